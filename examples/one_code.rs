//! The main job, told from start to end: one resident, one phone, one code, four provinces.
//!
//! `cargo run --release --example one_code` makes a code, draws it, reads it back from the picture
//! with somebody else's decoder, and has scanners in four provinces decide about it offline. Then
//! it tries what should not work. It exits 0 only if every verdict is the expected one. With the
//! argument `sm2` the issuers sign with SM2, as they will; the phone's hardware stays with P-256.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use onecode::catalogue::{Application, Catalogue};
use onecode::governance::{
    DocumentKind, Holder, HolderKey, Roots, RootsDocument, SignedDocument, Thresholds,
};
use onecode::jose::{Edition, Name};
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{
    Algorithm, CardClaims, CardCredential, Challenge, Code, CodeClaims, CodeSession, Context,
    Entitlements, Language, Level, Policy, QrCode, Region, Scanner, Schedule, SigningKey,
    SoftwareKey, Verdict,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DAY: i64 = 86_400;

/// Status positions of the three cards of this story.
const LIN: u32 = 700_007;
const LOST: u32 = 700_008;
const STUDENT: u32 = 700_009;

fn main() -> Result<()> {
    // The catalogue is dated, so the story has a fixed day; only the stopwatch is real.
    let now = 1_795_392_000; // 2026-11-23, 08:00 in Shanghai
    let issuers = match std::env::args().nth(1).as_deref() {
        None => Algorithm::Esp256,
        #[cfg(feature = "sm2")]
        Some("sm2") => Algorithm::Sm2,
        Some(other) => return Err(format!("{other:?}? say nothing, or sm2 for SM2 issuers").into()),
    };
    let story = Story::new(now, issuers)?;

    title("一码通 onecode");
    say("Four provinces publish a trust list, a catalogue of applications and status lists.");
    say("Lin Yue of Shanghai has a social security card in her phone. The card's key never");
    say("leaves the phone; the card holds no name and no number.");

    title("1. The phone makes a code");
    let mut session = CodeSession::new(story.card(LIN, &[0, 1, 2, 3, 4, 5, 6])?);
    let started = Instant::now();
    let code = session.code(&story.phone, now)?;
    let making = started.elapsed();
    let picture = QrCode::draw(code.text(), Level::default())?;
    let folder = folder()?;
    let (png, svg) = write_pictures(&folder, &picture)?;
    println!("{}", picture.to_terminal());
    fact("code", &format!("{} bytes, signed twice, made in {making:.0?}", code.byte_length()));
    let (version, width) = (picture.version(), picture.width());
    fact(
        "picture",
        &format!("QR version {version} at level {:?}, {width} modules wide", picture.level()),
    );
    fact("good for", &schedule(code.schedule()));
    fact("written", &format!("{png} and {svg}"));
    fs::write(folder.join("code.txt"), code.text())?;
    let issuer_key = story.issuers[0].3.public_key();
    fs::write(folder.join("issuer_key.hex"), hex(&issuer_key.to_bytes()))?;
    fs::write(folder.join("issuer_key.jwk"), issuer_key.to_jwk())?;

    title("2. A decoder that is not ours reads the picture");
    let text = read_back(&png)?;
    expect(text == code.text(), "the text read from the PNG is the text of the code")?;
    println!("{text}");

    title("3. Four scanners, four provinces, no network");
    let gates = [
        ("the metro gate in Suzhou", "transit.metro", 320_500),
        ("the library in Hangzhou", "culture.library", 330_100),
        ("the hospital in Hefei", "medical.offsite", 340_100),
        ("the hotel in Shanghai", "identity.lodging", 310_000),
    ];
    for (who, application, place) in gates {
        story.visit(who, application, place, &mut session, now + 3)?;
    }

    title("4. What does not work");
    let mut metro = story.scanner(now)?;
    let at_metro = |now_unix_s| story.context("transit.metro", 320_500, now_unix_s, None);

    say("A screenshot, shown two minutes later:");
    refused(&metro.scan(&text, &at_metro(now + 120)?), 302)?;

    say("The code with one bit changed:");
    let mut changed = base45::decode(&text[4..])?;
    let last = changed.len() - 1;
    changed[last] ^= 1;
    refused(&metro.scan(&as_text(&changed), &at_metro(now)?), 207)?;

    say("A code from an issuer that nobody knows:");
    let stranger = SoftwareKey::generate(Algorithm::Esp256)?.key;
    let forged = CardCredential::issue(story.claims(LIN, &[0]), &stranger)?;
    let forged = Code::make(&forged, &story.phone, &CodeClaims::at(now))?;
    refused(&metro.scan(forged.text(), &at_metro(now)?), 201)?;

    say("The phone's signature taken off:");
    let mut stripped = base45::decode(&text[4..])?;
    stripped.truncate(stripped.len() - 66);
    stripped.push(0x40); // a byte string of no bytes
    refused(&metro.scan(&as_text(&stripped), &at_metro(now)?), 208)?;

    say("A phone whose card was reported lost this morning:");
    let lost = story.card(LOST, &[0, 1, 2])?;
    let lost = Code::make(&lost, &story.phone, &CodeClaims::at(now))?;
    refused(&metro.scan(lost.text(), &at_metro(now)?), 402)?;

    say("A student's library card at the hospital in Hefei, without off-site filing:");
    let mut student = CodeSession::new(story.card(STUDENT, &[0, 1, 4])?);
    let (verdict, _) = story.scan("medical.offsite", 340_100, &mut student, now)?;
    refused(&verdict, 503)?;

    say("A scanner that has had no new lists for half a year:");
    let later = now + 170 * DAY;
    let code = session.code(&story.phone, later)?;
    refused(&metro.scan(code.text(), &at_metro(later)?), 702)?;

    title("Every verdict was the expected one.");
    Ok(())
}

/// Everybody in the story: the holders, the four issuers, the phone.
struct Story {
    now: i64,
    /// The signing keys of four provinces and an escrow, any three of which are enough.
    holders: Vec<SoftwareKey>,
    issuers: Vec<(&'static str, [&'static str; 2], Region, SoftwareKey, SoftwareKey)>,
    phone: SoftwareKey,
    catalogue: Catalogue,
}

impl Story {
    fn new(now: i64, issuers: Algorithm) -> Result<Self> {
        let key = |algorithm| SoftwareKey::generate(algorithm).map(|generated| generated.key);
        let issuer = |id, zh, en, region| -> Result<_> {
            Ok((id, [zh, en], region, key(issuers)?, key(issuers)?))
        };
        Ok(Story {
            now,
            holders: (0..5).map(|_| Ok(key(Algorithm::Esp256)?)).collect::<Result<_>>()?,
            issuers: vec![
                issuer("cn-31", "上海市社会保障卡管理机构", "Shanghai agency", Region::SHANGHAI)?,
                issuer("cn-32", "江苏省社会保障卡管理机构", "Jiangsu agency", Region::JIANGSU)?,
                issuer("cn-33", "浙江省社会保障卡管理机构", "Zhejiang agency", Region::ZHEJIANG)?,
                issuer("cn-34", "安徽省社会保障卡管理机构", "Anhui agency", Region::ANHUI)?,
            ],
            phone: key(Algorithm::Esp256)?,
            catalogue: Catalogue::from_json(include_str!("data/catalogue.json"))?,
        })
    }

    /// The operator's list of issuers: one key for cards, one for status lists.
    fn trust_list(&self) -> TrustList {
        let key = |key: &SoftwareKey, may_sign| IssuerKey {
            key: key.public_key(),
            may_sign,
            not_before_unix_s: self.now - 365 * DAY,
            not_after_unix_s: self.now + 365 * DAY,
            withdrawn_from_unix_s: None,
        };
        let issuers = self.issuers.iter().map(|(id, [zh, en], region, cards, status)| {
            let may_sign_cards = MaySign { credentials: vec![*region], ..MaySign::default() };
            let may_sign_lists = MaySign { status_lists: true, ..MaySign::default() };
            TrustedIssuer {
                issuer: Issuer {
                    id: (*id).into(),
                    name: Name { zh: (*zh).into(), en: (*en).into() },
                    region: *region,
                },
                keys: vec![key(cards, may_sign_cards), key(status, may_sign_lists)],
            }
        });
        TrustList {
            edition: Edition {
                sequence: 1,
                issued_at_unix_s: self.now - DAY,
                next_update_unix_s: self.now + 30 * DAY,
                expires_unix_s: self.now + 150 * DAY,
                previous: None,
                critical: vec![],
            },
            withdrawals: vec![],
            algorithms: vec![],
            issuers: issuers.collect(),
        }
    }

    fn claims(&self, status_index: u32, entitlements: &[u8]) -> CardClaims {
        CardClaims {
            region: Region::SHANGHAI,
            status_index,
            entitlements: Entitlements::of(entitlements.iter().copied()),
            max_window_s: 60,
            expires_unix_s: self.now + 3 * 365 * DAY,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: self.phone.public_key(),
        }
    }

    fn card(&self, status_index: u32, entitlements: &[u8]) -> Result<CardCredential> {
        Ok(CardCredential::issue(self.claims(status_index, entitlements), &self.issuers[0].3)?)
    }

    /// Who signs for the region, and how many of them together.
    fn roots(&self) -> RootsDocument {
        use DocumentKind::{Catalogue, Roots, TrustList, Withdrawal};
        let ids = ["sh", "js", "zj", "ah", "escrow"];
        let holder = |(id, key): (&str, &SoftwareKey)| Holder {
            id: id.into(),
            name: Name { zh: id.into(), en: id.into() },
            issuers: vec![],
            keys: vec![HolderKey {
                key: key.public_key(),
                signs: vec![Roots, TrustList, Catalogue, Withdrawal],
            }],
        };
        RootsDocument {
            edition: self.trust_list().edition,
            thresholds: Thresholds { roots: 3, trust_list: 3, catalogue: 3 },
            holders: ids.into_iter().zip(&self.holders).map(holder).collect(),
        }
    }

    /// A document that three of the five have signed.
    fn signed(&self, mut document: SignedDocument) -> Result<String> {
        for key in &self.holders[1..4] {
            document.sign(key, self.now)?;
        }
        Ok(document.to_json())
    }

    /// A scanner with everything installed. It is set up with the roots; all else is signed.
    fn scanner(&self, now: i64) -> Result<Scanner> {
        let roots = Roots::edition(self.signed(self.roots().draft()?)?.as_bytes())?;
        let mut scanner = Scanner::new(roots, Policy::default());
        let trust_list = self.signed(self.trust_list().draft()?)?;
        scanner.install_trust_list(trust_list.as_bytes(), now)?;
        let catalogue = self.signed(self.catalogue.draft()?)?;
        scanner.install_catalogue(catalogue.as_bytes(), now)?;
        for list in self.status_lists()? {
            scanner.install_status(&list, now)?;
        }
        Ok(scanner)
    }

    /// This morning's list of Shanghai, of the part in which the cards of this story lie.
    fn status_lists(&self) -> Result<Vec<Vec<u8>>> {
        let mut shanghai = StatusIssuer::new("cn-31", LIN.next_multiple_of(SHARD_POSITIONS));
        shanghai.suspend(LOST)?;
        let publication = StatusPublication {
            issued_at_unix_s: self.now - 3_600,
            expires_unix_s: self.now + 7 * DAY,
            ttl_s: 3_600,
        };
        Ok(shanghai.publish(publication, &self.issuers[0].4)?)
    }

    fn application(&self, id: &str) -> Result<&Application> {
        let found = self.catalogue.applications.iter().find(|application| application.id == id);
        found.ok_or_else(|| format!("the catalogue has no {id}").into())
    }

    fn context(
        &self,
        id: &str,
        place: u32,
        now: i64,
        challenge: Option<Challenge>,
    ) -> Result<Context> {
        let application = self.application(id)?.number;
        Ok(Context { application, place: Region::new(place)?, now_unix_s: now, challenge })
    }

    /// The phone shows the code that the application needs, and a scanner decides.
    fn scan(
        &self,
        id: &str,
        place: u32,
        session: &mut CodeSession,
        now: i64,
    ) -> Result<(Verdict, String)> {
        let application = self.application(id)?;
        let challenge =
            application.challenge.then(|| Challenge::new(b"\x51\x8e\x3f\x02\xd4\x77\x19\xc6"));
        let challenge = challenge.flatten();
        let bound_to = application.bound.then_some(application.number);
        let code = session.bound_code(&self.phone, now, bound_to, challenge.clone())?;
        let context = self.context(id, place, now, challenge)?;
        let mut scanner = self.scanner(now)?;
        let started = Instant::now();
        let verdict = scanner.scan(code.text(), &context);
        let kind = match (application.bound, application.challenge) {
            (false, false) => "the everyday code".to_owned(),
            (_, false) => format!("a code for this service alone, {} bytes", code.byte_length()),
            _ => format!(
                "a code for this service that answers its challenge, {} bytes",
                code.byte_length()
            ),
        };
        Ok((verdict, format!("{kind}, decided in {:.0?}", started.elapsed())))
    }

    fn visit(
        &self,
        who: &str,
        id: &str,
        place: u32,
        session: &mut CodeSession,
        now: i64,
    ) -> Result<()> {
        let (verdict, how) = self.scan(id, place, session, now)?;
        match &verdict {
            Verdict::Accepted(accepted) => {
                let name = &self.application(id)?.name;
                println!("  ✓ {who}: accepted for {} ({})", name.en, name.zh);
                println!("      {}, issued by the {}", how, accepted.issuer.name.en);
                Ok(())
            }
            Verdict::Refused(refusal) => Err(format!("{who}: {refusal}").into()),
            Verdict::HandedOver(code) => Err(format!("{who}: handed over as {code:?}").into()),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn as_text(code: &[u8]) -> String {
    format!("OC1:{}", base45::encode(code))
}

fn schedule(schedule: Schedule) -> String {
    format!(
        "{} s; the next one takes its place after {} s",
        schedule.good_until_unix_s - schedule.shown_from_unix_s,
        schedule.renew_at_unix_s - schedule.shown_from_unix_s
    )
}

/// `one_code` in cargo's target folder, wherever that is: cargo puts the program into
/// `release/examples` there.
fn folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let target = program.ancestors().nth(3).ok_or("the program lies outside a target folder")?;
    let folder = target.join("one_code");
    fs::create_dir_all(&folder)?;
    // Shorter to read where it lies below.
    let here = std::env::current_dir()?;
    Ok(folder.strip_prefix(here).map(Path::to_owned).unwrap_or(folder))
}

/// Writes both pictures and says where.
fn write_pictures(folder: &Path, picture: &QrCode) -> Result<(String, String)> {
    let (png, svg) = (folder.join("code.png"), folder.join("code.svg"));
    fs::write(&png, picture.to_png(6)?)?;
    fs::write(&svg, picture.to_svg())?;
    Ok((png.display().to_string(), svg.display().to_string()))
}

/// Reads a PNG with `rqrr`, which knows nothing of this library.
fn read_back(path: &str) -> Result<String> {
    let mut decoder = png::Decoder::new(std::io::BufReader::new(fs::File::open(path)?));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().ok_or("a picture too large")?];
    let info = reader.next_frame(&mut pixels)?;
    let (width, height) = (info.width as usize, info.height as usize);
    let mut image =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    let grid = grids.first().ok_or("no code in the picture")?;
    Ok(grid.decode()?.1)
}

fn refused(verdict: &Verdict, number: u16) -> Result<()> {
    match verdict {
        Verdict::Refused(refusal) if refusal.number() == number => {
            println!("  ✗ {number}  {}", refusal.text(Language::Zh));
            println!("         {}", refusal.text(Language::En));
            println!("         {}\n", refusal.attendant(Language::En));
            Ok(())
        }
        other => Err(format!("expected a refusal {number}, got {other:?}").into()),
    }
}

fn expect(holds: bool, what: &str) -> Result<()> {
    if holds {
        println!("  ✓ {what}");
        Ok(())
    } else {
        Err(format!("it does not hold that {what}").into())
    }
}

fn title(text: &str) {
    println!("\n━━ {text}\n");
}

fn say(text: &str) {
    println!("  {text}");
}

fn fact(name: &str, value: &str) {
    println!("  {name:<9} {value}");
}
