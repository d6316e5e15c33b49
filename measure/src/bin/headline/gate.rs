//! What a scanner does: verdicts, refusals, lists.

use onecode::catalogue::{Catalogue, DuplicateRule};
use onecode::gate::PastScan;
use onecode::keys::{Signature, ToBeSigned};
use onecode::receipt::ScannerId;
use onecode::status::{
    pack, PackedStatuses, Shard, StatusIssuer, StatusPublication, SHARD_POSITIONS,
};
use onecode::text::MAX_TEXT;
use onecode::{Algorithm, Code, Context, Policy, Region, Scanner, SigningKey, Verdict};
use std::hint::black_box;

use crate::bare::{Bare, Key};
use crate::measure::{Table, Target};
use onecode_measure::practice::{self, context, Practice, DAY, NOW};

/// One more than a scanner remembers: taken in turn, none of them is ever known.
const STRANGERS: u32 = 4_097;

/// What keeps a P-256 card from being as cheap as its signatures.
const COMPRESSED: &str =
    "the phone's key travels compressed, which saves a version of the picture; \
    to find its y takes a square root of 253 squarings, 4 % of two verifications before anything \
    else is done";

pub fn rows(table: &mut Table) {
    table.section = "scan";
    verdicts(table);
    with_duplicates(table);
    with_receipts(table);
    sm2_alone(table);
    batch(table);
    table.section = "refuse early";
    early(table);
    table.section = "lists";
    status(table);
    install(table);
}

/// Scans codes of different cards in turn.
pub struct Gate {
    pub scanner: Scanner,
    texts: Vec<String>,
    next: usize,
}

impl Gate {
    pub fn new(issuer: Algorithm, phone: Algorithm, cards: u32) -> Self {
        let world = Practice::new(Algorithm::Esp256, issuer, phone);
        let code = |n| {
            let credential = world.credential(|card| card.status_index = n);
            world.code(&credential, NOW).text().to_owned()
        };
        Gate {
            scanner: world.scanner(Policy::default()),
            texts: (0..cards).map(code).collect(),
            next: 0,
        }
    }

    pub fn scan(&mut self) {
        self.next = (self.next + 1) % self.texts.len();
        let verdict = self.scanner.scan(black_box(&self.texts[self.next]), &context(NOW));
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    }
}

fn verdicts(table: &mut Table) {
    let p256 = || Bare::new(Key::p256(), Key::p256());
    let ed25519 = || Bare::new(Key::ed25519(), Key::ed25519());
    let mixed = || Bare::new(Key::sm2(), Key::p256());
    let sm2 = || Bare::new(Key::sm2(), Key::sm2());
    use Algorithm::{Ed25519, Esp256, Sm2};
    for (name, issuer, phone, bare) in [
        ("ESP256", Esp256, Esp256, &p256 as &dyn Fn() -> Bare),
        ("Ed25519", Ed25519, Ed25519, &ed25519),
        ("SM2 issuer, ESP256 phone", Sm2, Esp256, &mixed),
        ("SM2", Sm2, Sm2, &sm2),
    ] {
        let (mut fresh, mut bare_two) = (Gate::new(issuer, phone, STRANGERS), bare());
        let row = table.row(
            format!("scan, card never seen, {name}"),
            "its two verifications, bare",
            Target::Ratio(1.05),
            || fresh.scan(),
            || bare_two.verify_two(),
        );
        row.for_readme();
        if phone == Esp256 {
            row.missed_because(COMPRESSED);
        }
        let (mut known, mut bare_one) = (Gate::new(issuer, phone, 500), bare());
        (0..500).for_each(|_| known.scan());
        table
            .row(
                format!("scan, card seen before, {name}"),
                "its one verification, bare",
                Target::Ratio(1.10),
                || known.scan(),
                || bare_one.verify_one(),
            )
            .for_readme();
    }
}

/// The rule that asks most of the memory: each code once, each card once in a while.
fn with_duplicates(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut application = practice::open_application();
    application.duplicates = DuplicateRule::PassBack { seconds: 1 };
    let catalogue = practice::catalogue(2, vec![application]).sign(&world.root).unwrap();
    let mut scanner = world.scanner(Policy::default());
    scanner.install_catalogue(catalogue.as_bytes(), NOW).unwrap();
    // As long as a gate works, cards come again, codes do not.
    let cards: Vec<_> = (0..500).map(|n| world.credential(|card| card.status_index = n)).collect();
    let hour: Vec<(i64, Code)> = (NOW..NOW + 60)
        .flat_map(|now| cards.iter().map(move |card| (now, card)))
        .map(|(now, card)| (now, world.code(card, now)))
        .collect();
    for (now, code) in &hour[..500] {
        scanner.scan(code.text(), &context(*now));
    }
    let opened = scanner.clone();
    let mut next = 500;
    let mut bare = Bare::new(Key::p256(), Key::p256());
    table
        .row(
            "scan, card seen before, each use remembered too",
            "its one verification, bare",
            Target::Ratio(1.10),
            || {
                if next == hour.len() {
                    next = 500;
                    scanner = opened.clone();
                }
                let (now, code) = &hour[next];
                next += 1;
                let verdict = scanner.scan(black_box(code.text()), &context(*now));
                assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
            },
            || bare.verify_one(),
        )
        .for_readme();
}

/// A receipt costs the signature in it.
fn with_receipts(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let key = practice::key(Algorithm::Esp256);
    let cards: Vec<_> = (0..500).map(|n| world.credential(|card| card.status_index = n)).collect();
    let codes: Vec<_> = cards.iter().map(|card| world.code(card, NOW)).collect();
    let mut scanner = world.scanner(Policy::default());
    scanner.start_receipts(ScannerId::new("cn-31.metro.gate-1").unwrap());
    codes.iter().for_each(|code| drop(scanner.scan(code.text(), &context(NOW))));
    let mut next = 0;
    let mut bare = Bare::new(Key::p256(), Key::p256());
    table
        .row(
            "scan, card seen before, with a signed receipt",
            "one verification and one signature, bare",
            Target::Ratio(1.10),
            || {
                next = (next + 1) % codes.len();
                let text = black_box(codes[next].text());
                let (verdict, receipt) = scanner.scan_with_receipt(text, &context(NOW), &key);
                assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
                black_box(receipt.unwrap());
            },
            || {
                bare.verify_one();
                bare.sign_one();
            },
        )
        .for_readme();
}

/// A back office that checks a day's codes again.
fn batch(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let cards: Vec<_> = (0..32).map(|n| world.credential(|card| card.status_index = n)).collect();
    let scans: Vec<(Code, Context)> = (0..1_024)
        .map(|n| {
            let at = NOW + i64::from(n);
            (world.code(&cards[n as usize % cards.len()], at), context(at))
        })
        .collect();
    let scans: Vec<PastScan<'_>> =
        scans.iter().map(|(code, context)| PastScan { text: code.text(), context }).collect();
    let gate = world.scanner(Policy::default());
    let threads = |count| rayon::ThreadPoolBuilder::new().num_threads(count).build().unwrap();
    let (one, two) = (threads(1), threads(2));
    let batch = |pool: &rayon::ThreadPool| {
        let verdicts = pool.install(|| gate.verify_batch(black_box(&scans)));
        assert!(verdicts.iter().all(|verdict| matches!(verdict, Verdict::Accepted(_))));
    };
    table
        .row(
            "batch of 1,024 codes of 32 cards, 1 thread",
            "scanning them one by one",
            Target::Ratio(1.05),
            || batch(&one),
            || {
                let mut gate = gate.clone();
                for scan in &scans {
                    black_box(gate.scan(scan.text, scan.context));
                }
            },
        )
        .for_readme();
    table
        .row(
            "the same batch, 2 threads",
            "1 thread",
            Target::Ratio(0.60),
            || batch(&two),
            || batch(&one),
        )
        .for_readme();
}

/// Our interface on top of the bare library.
fn sm2_alone(table: &mut Table) {
    let message = [0x5a; 240];
    let key = practice::key(Algorithm::Sm2);
    let signed = key.sign(&ToBeSigned::new(key.public_key(), &message)).unwrap();
    let signature = Signature::decode(Algorithm::Sm2, &signed).unwrap();
    let public_key = key.public_key();
    let id = "1234567812345678";
    let bare_key = sm2::dsa::VerifyingKey::from_sec1_bytes(id, &public_key.to_bytes()).unwrap();
    let bare_signature = sm2::dsa::Signature::from_slice(signature.as_bytes()).unwrap();
    table
        .row(
            "verify one SM2 signature",
            "RustCrypto sm2, the key read before",
            // No slower, as exactly as this can be measured.
            Target::Ratio(1.02),
            || black_box(&public_key).verify(black_box(&message), &signature).unwrap(),
            || {
                use sm2::dsa::signature::Verifier;
                black_box(&bare_key).verify(black_box(&message), &bare_signature).unwrap();
            },
        )
        .for_readme();
}

/// What is refused before a signature is checked has to cost next to nothing: whoever holds up
/// rubbish to a gate must not keep it busy.
fn early(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    let code = world.code(&world.credential(|_| ()), NOW).text().to_owned();
    let stranger = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let unknown = stranger.code(&stranger.credential(|_| ()), NOW).text().to_owned();
    let mut bare = Bare::new(Key::p256(), Key::p256());

    // Everything but the signatures, beside the least that reading a code takes.
    table
        .row(
            "parse and check, no signature: a code of an hour ago",
            "base45 and minicbor by hand",
            Target::Nanoseconds(6_000.0),
            || refused(&mut scanner, &code, NOW + 3_600, 301..=304),
            || {
                let bytes = ::base45::decode(&black_box(&code)[4..]).unwrap();
                black_box(by_hand(&bytes).unwrap());
            },
        )
        .for_readme();
    let web = "https://example.cn/".to_owned() + &"a".repeat(350);
    let long = "x".repeat(MAX_TEXT);
    let garbage = "OC1:".to_owned() + &"A".repeat(366);
    for (name, text, now, numbers) in [
        ("a web address", &web, NOW, 100..=199),
        ("4,096 bytes of anything", &long, NOW, 100..=199),
        ("our prefix, then rubbish", &garbage, NOW, 100..=199),
        ("an issuer that nobody knows", &unknown, NOW, 201..=201),
        ("a code of an hour ago", &code, NOW + 3_600, 301..=304),
    ] {
        table
            .row(
                format!("refuse {name}"),
                "one ring verification",
                Target::Ratio(0.05),
                || refused(&mut scanner, text, now, numbers.clone()),
                || bare.verify_one(),
            )
            .for_readme();
    }
}

fn refused(scanner: &mut Scanner, text: &str, now: i64, numbers: std::ops::RangeInclusive<u16>) {
    match scanner.scan(black_box(text), &context(now)) {
        Verdict::Refused(refusal) if numbers.contains(&refusal.number()) => {}
        other => panic!("{other:?}"),
    }
}

/// Walks over all items of a code and of the credential in it, believing everything.
fn by_hand(code: &[u8]) -> Result<u64, minicbor::decode::Error> {
    let mut sign1 = minicbor::Decoder::new(code);
    sign1.array()?;
    let mut header = minicbor::Decoder::new(sign1.bytes()?);
    sign1.skip()?;
    let mut claims = minicbor::Decoder::new(sign1.bytes()?);
    sign1.bytes()?;
    header.map()?;
    for _ in 0..3 {
        header.i64()?;
    }
    header.array()?;
    let mut issuer_header = minicbor::Decoder::new(header.bytes()?);
    header.skip()?;
    let mut card = minicbor::Decoder::new(header.bytes()?);
    header.bytes()?;
    issuer_header.skip()?;
    card.skip()?;
    claims.map()?;
    claims.u64()?;
    claims.u64()
}

/// One position among as many as Shanghai has cards.
fn status(table: &mut Table) {
    const POSITIONS: usize = SHARD_POSITIONS as usize;
    let mut random = fastrand::Rng::with_seed(1);
    let values: Vec<u8> =
        (0..POSITIONS).map(|_| if random.u8(..) < 3 { random.u8(1..=2) } else { 0 }).collect();
    let packed = PackedStatuses::inflate(2, &pack(2, &values).unwrap(), POSITIONS / 4).unwrap();
    let shards = vec![Shard::from_packed(&packed).unwrap(); 28];
    let arrays = vec![packed; 28];
    let asked: Vec<(usize, u32)> = (0..100_000)
        .map(|_| (random.usize(..shards.len()), random.u32(..SHARD_POSITIONS)))
        .collect();
    let (mut ours, mut theirs) = (0, 0);
    table
        .row(
            format!("status of one card among {} million", (28 * POSITIONS).div_ceil(1_000_000)),
            "an array of 2 bits each",
            Target::Nanoseconds(1_000.0),
            || {
                let (shard, position) = asked[ours % asked.len()];
                black_box(shards[shard].status(position));
                ours += 1;
            },
            || {
                let (array, position) = asked[theirs % asked.len()];
                black_box(arrays[array].value(position));
                theirs += 1;
            },
        )
        .for_readme();
}

/// Taking in a list, beside its signature and the bare reading of it.
fn install(table: &mut Table) {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut bare = Bare::new(Key::p256(), Key::p256());

    let regions = [Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI];
    let issuers = regions.iter().map(|region| {
        let keys = (0..5).map(|n| {
            let areas: &[Region] = if n == 0 { &[*region] } else { &[] };
            practice::issuer_key(practice::key(Algorithm::Esp256).public_key(), areas)
        });
        practice::issuer(&format!("cn-{region}"), *region, keys.collect())
    });
    let trust_list = practice::trust_list(2, issuers.collect()).sign(&world.root).unwrap();
    let fresh = Scanner::new(world.root.public_key(), Policy::default());
    table.row(
        "install a trust list of 4 issuers, 20 keys",
        "one verification, JSON read into a tree",
        Target::None,
        || fresh.clone().install_trust_list(black_box(trust_list.as_bytes()), NOW).unwrap(),
        || {
            bare.verify_one();
            json_tree(black_box(&trust_list));
        },
    );

    let catalogue =
        Catalogue::from_json(include_str!("../../../../examples/data/catalogue.json")).unwrap();
    let catalogue = catalogue.sign(&world.root).unwrap();
    table.row(
        "install the catalogue of 33 applications",
        "one verification, JSON read into a tree",
        Target::None,
        || fresh.clone().install_catalogue(black_box(catalogue.as_bytes()), NOW).unwrap(),
        || {
            bare.verify_one();
            json_tree(black_box(&catalogue));
        },
    );

    let mut issuer = StatusIssuer::new("cn-31", SHARD_POSITIONS);
    let mut random = fastrand::Rng::with_seed(2);
    for _ in 0..SHARD_POSITIONS / 100 {
        let _ = issuer.revoke(random.u32(..SHARD_POSITIONS));
    }
    let publication =
        StatusPublication { issued_at_unix_s: NOW, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    let lists = issuer.publish(publication, &world.issuer).unwrap();
    let mut scanner = world.scanner(Policy::default());
    let shard = &issuer.shards().unwrap()[0];
    let zlib = shard.to_packed().deflate().unwrap();
    table.row(
        format!("install a status list of {} positions", thousands(SHARD_POSITIONS.into())),
        "inflating it",
        // 235 million positions in a second.
        Target::Nanoseconds(1e9 * f64::from(SHARD_POSITIONS) / 235e6),
        || scanner.install_status(black_box(&lists[0]), NOW).unwrap(),
        || {
            let mut reader = flate2::read::ZlibDecoder::new(black_box(&zlib[..]));
            std::io::copy(&mut reader, &mut std::io::sink()).unwrap();
        },
    );
}

/// The payload of a signed document as any JSON reader takes it.
fn json_tree(document: &str) {
    use base64::Engine;
    let outer: serde_json::Value = serde_json::from_str(document).unwrap();
    let payload = outer["payload"].as_str().unwrap();
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    black_box(serde_json::from_slice::<serde_json::Value>(&json).unwrap());
}

/// 1234567 as 1,234,567.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
