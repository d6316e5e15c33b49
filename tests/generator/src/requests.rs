//! Requests of phones: their form, challenges, attestations, collecting, moves, renewals.

mod moves;
mod renewals;

use onecode::{Algorithm, SigningKey};
use serde_json::{json, Value};

use super::parts::{array, bytes, int, key_entries, map, sha256, signed_bytes, text, uint};
use super::parts::{FixedKey, NOW};
use super::vector_file::requests::run;
use super::world::{hex, World};

pub const CARD_REQUEST: &str = "application/onecode-card-request+cwt";
pub const COLLECT_REQUEST: &str = "application/onecode-collect-request+cwt";
const ATTESTATION: i64 = -65_541;
const REPLACES: i64 = -65_542;
const NAME: i64 = -65_543;
const DAY: i64 = 86_400;

pub const LOST: u64 = 1;
pub const BROKEN: u64 = 2;
pub const MOVE: u64 = 3;

/// A vector: name, comment, what is done with what, and what comes of it.
pub struct Case(pub Value);

impl Case {
    pub fn new(name: &str, comment: &str, what: Value, expected: Value) -> Self {
        let mut vector = json!({ "name": name, "comment": comment });
        for (member, value) in what.as_object().unwrap() {
            vector[member] = value.clone();
        }
        let found = run(&vector);
        assert_eq!(found, expected, "{name}: {comment}");
        vector["expected"] = expected;
        Case(vector)
    }
}

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

/// The loose pieces of a request by a phone. Change one, then [`Pieces::request`] signs what is left.
#[derive(Clone)]
pub struct Pieces {
    pub key: FixedKey,
    pub header: Entries,
    pub unprotected: Vec<u8>,
    pub claims: Entries,
}

impl Pieces {
    /// A card request for a first card, without an attestation.
    pub fn card(key: &FixedKey, challenge: &[u8]) -> Self {
        Pieces::of(
            key,
            CARD_REQUEST,
            vec![
                (int(6), uint(NOW as u64)),
                (int(8), map(&[(int(1), map(&key_entries(&key.public_key())))])),
                (int(39), bytes(challenge)),
            ],
        )
    }

    fn collect(key: &FixedKey, name: &[u8]) -> Self {
        let claims = vec![(int(6), uint(NOW as u64)), (int(NAME), bytes(name))];
        Pieces::of(key, COLLECT_REQUEST, claims)
    }

    fn of(key: &FixedKey, typ: &str, claims: Entries) -> Self {
        let header = vec![(int(1), int(key.algorithm().cose_id())), (int(16), text(typ))];
        Pieces { key: key.clone(), header, unprotected: map(&[]), claims }
    }

    pub fn claim(mut self, key: i64, value: Vec<u8>) -> Self {
        match self.claims.iter_mut().find(|(name, _)| *name == int(key)) {
            Some((_, held)) => *held = value,
            None => self.claims.push((int(key), value)),
        }
        self
    }

    fn head(mut self, key: i64, value: Vec<u8>) -> Self {
        match self.header.iter_mut().find(|(name, _)| *name == int(key)) {
            Some((_, held)) => *held = value,
            None => self.header.push((int(key), value)),
        }
        self
    }

    fn without(mut self, key: i64) -> Self {
        self.claims.retain(|(name, _)| *name != int(key));
        self
    }

    pub fn at(self, unix_s: i64) -> Self {
        self.claim(6, int(unix_s))
    }

    pub fn replaces(self, items: &[u64]) -> Self {
        let items: Vec<_> = items.iter().map(|item| uint(*item)).collect();
        self.claim(REPLACES, array(&items))
    }

    pub fn request(&self) -> Vec<u8> {
        self.signed(|raw| raw)
    }

    fn signed(&self, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
        let (header, payload) = (map(&self.header), map(&self.claims));
        let signature = change(self.key.raw(&signed_bytes(&header, &payload)));
        let parts = [bytes(&header), self.unprotected.clone(), bytes(&payload), bytes(&signature)];
        array(&parts)
    }

    /// The name of the request.
    pub fn name(&self) -> [u8; 32] {
        sha256(&[b"onecode card request name\0", &map(&self.claims)[..]].concat())
    }
}

pub fn picture(request: &[u8]) -> String {
    format!("OC1Q:{}", base45::encode(request))
}

/// A challenge that the issuer has kept.
pub const KEPT: [u8; 16] = [0xc7; 16];
const ATTESTED: &[u8] = b"a chain of certificates";

/// It was handed out a minute ago and is good for ten.
fn kept(challenge: &[u8]) -> Value {
    json!({
        "challenge": hex(challenge),
        "from_unix_s": NOW - 60,
        "until_unix_s": NOW + 540,
        "received_until_unix_s": NOW + 540,
    })
}

fn asked(request: &[u8]) -> Value {
    json!({
        "do": "request",
        "request": hex(request),
        "challenge": kept(&KEPT),
        "attestation": null,
        "now_unix_s": NOW,
    })
}

fn with(mut what: Value, changes: Value) -> Value {
    for (member, value) in changes.as_object().unwrap() {
        what[member] = value.clone();
    }
    what
}

fn taken(pieces: &Pieces, iat: i64, replaces: (Option<&str>, Option<&str>), own: &str) -> Value {
    json!({
        "name": hex(&pieces.name()),
        "key": pieces.key.public_key().to_jwk(),
        "issued_at_unix_s": iat,
        "reason": replaces.0,
        "card": replaces.1,
        "placement": own,
        "placement_of_known_key": "keeps",
    })
}

fn form(problem: &str) -> Value {
    json!({ "number": 901, "problem": problem })
}

pub fn vectors(world: &World) -> Vec<Value> {
    let new = FixedKey::esp256("new phone");
    let mut cases = requests(world, &new);
    cases.extend(wrong_requests(&new));
    cases.extend(in_time(&new));
    cases.extend(attestations(&new));
    cases.extend(challenges());
    cases.extend(collects(&new));
    cases.extend(moves::cases(world, &new));
    cases.extend(renewals::cases(world));
    cases.into_iter().map(|Case(vector)| vector).collect()
}

fn requests(world: &World, new: &FixedKey) -> Vec<Case> {
    let first = Pieces::card(new, &KEPT);
    let own = |pieces: &Pieces| taken(pieces, NOW, (None, None), "own");
    let case = |name: &str, comment: &str, pieces: &Pieces, expected: Value| {
        Case::new(name, comment, asked(&pieces.request()), expected)
    };
    let mut cases = vec![
        case("request_first", "for a first card, or a second phone", &first, own(&first)),
        Case::new(
            "request_picture",
            "the same as a picture",
            with(asked(&[]), json!({ "text": picture(&first.request()), "request": null })),
            own(&first),
        ),
    ];
    for (name, key) in [("ed25519", &world.phone_ed25519), ("sm2", &world.phone_sm2)] {
        let pieces = Pieces::card(key, &KEPT);
        let comment = format!("by a key on {}", key.algorithm());
        cases.push(case(&format!("request_{name}"), &comment, &pieces, own(&pieces)));
    }
    for (name, reason, number, place) in [
        ("lost", "lost", LOST, "own_and_revoke_old"),
        ("broken", "broken", BROKEN, "own_and_revoke_old"),
        ("move", "move", MOVE, "keeps"),
    ] {
        let pieces = first.clone().replaces(&[number]);
        let expected = taken(&pieces, NOW, (Some(reason), None), place);
        let comment = "in place of a card that the issuer knows from the person";
        cases.push(case(&format!("request_{name}"), comment, &pieces, expected));
        let pieces = first.clone().replaces(&[number, 3_205, 200_000_007]);
        let expected = taken(&pieces, NOW, (Some(reason), Some("320500-200000007")), place);
        let comment = "in place of a card that it names";
        cases.push(case(&format!("request_{name}_named"), comment, &pieces, expected));
    }
    for length in [16, 64] {
        let challenge = vec![7; length];
        let pieces = Pieces::card(new, &challenge);
        let what = with(asked(&pieces.request()), json!({ "challenge": kept(&challenge) }));
        let comment = format!("a challenge of {length} bytes");
        cases.push(Case::new(&format!("request_challenge_{length}"), &comment, what, own(&pieces)));
    }
    let largest = Pieces::card(&world.phone_sm2, &[9; 64])
        .at(5_000_000_000)
        .claim(ATTESTATION, bytes(&sha256(ATTESTED)))
        .replaces(&[MOVE, 829_999, u32::MAX.into()]);
    let bytes = largest.request();
    let what = with(
        asked(&bytes),
        json!({
            "text": picture(&bytes),
            "request": null,
            "attestation": hex(ATTESTED),
            "challenge": {
                "challenge": hex(&[9; 64]),
                "from_unix_s": 5_000_000_000_i64,
                "until_unix_s": 5_000_000_000_i64,
                "received_until_unix_s": 5_000_000_000_i64,
            },
            "now_unix_s": 5_000_000_000_i64,
        }),
    );
    let comment = format!("the largest: {} bytes", bytes.len());
    let replaces = (Some("move"), Some("829999-4294967295"));
    cases.push(Case::new(
        "request_largest",
        &comment,
        what,
        taken(&largest, 5_000_000_000, replaces, "keeps"),
    ));
    // The signature is malleable; the name does not depend on it.
    let other = first.signed(super::parts::high_s);
    cases.push(Case::new("request_high_s", "the other signature", asked(&other), own(&first)));
    cases
}

fn wrong_requests(new: &FixedKey) -> Vec<Case> {
    let first = Pieces::card(new, &KEPT);
    let stranger = FixedKey::esp256("no phone");
    let case = |name: &str, comment: &str, request: Vec<u8>, expected: Value| {
        Case::new(name, comment, asked(&request), expected)
    };
    let refused = |number: u16| json!({ "number": number });
    let key = map(&[(int(1), map(&key_entries(&new.public_key())))]);
    let mut point = key_entries(&new.public_key());
    point[2].1 = bytes(&[0xff; 32]);
    let mut trailing = first.request();
    trailing.push(0);
    let mut cut = first.request();
    cut.pop();
    let mut cases = vec![
        case("form_empty", "no bytes", vec![], form("truncated")),
        case("form_cut", "the last byte is missing", cut, form("truncated")),
        case("form_trailing", "a byte too many", trailing, form("trailing_bytes")),
        case(
            "form_unprotected",
            "something in the unprotected header",
            Pieces { unprotected: map(&[(int(1), int(1))]), ..first.clone() }.request(),
            form("unprotected_header"),
        ),
        case(
            "form_typ_missing",
            "the header of no kind",
            Pieces { header: vec![first.header[0].clone()], ..first.clone() }.request(),
            form("missing_key"),
        ),
        case(
            "form_typ_collect",
            "the type of a collect request",
            first.clone().head(16, text(COLLECT_REQUEST)).request(),
            form("out_of_range"),
        ),
        case(
            "form_algorithm",
            "an algorithm that is not known",
            first.clone().head(1, int(-7)).request(),
            form("unknown_algorithm"),
        ),
        case(
            "form_algorithm_of_another_key",
            "the header says Ed25519, the key is on P-256",
            first.clone().head(1, int(Algorithm::Ed25519.cose_id())).request(),
            form("unknown_algorithm"),
        ),
        case("form_no_time", "no time", first.clone().without(6).request(), form("unexpected_key")),
        case("form_no_key", "no key", first.clone().without(8).request(), form("unexpected_key")),
        case(
            "form_no_challenge",
            "no challenge",
            first.clone().without(39).request(),
            form("missing_key"),
        ),
        case(
            "form_milliseconds",
            "a time in milliseconds",
            first.clone().at(NOW * 1_000).request(),
            form("out_of_range"),
        ),
        case(
            "form_point",
            "a key that is no point",
            first.clone().claim(8, map(&[(int(1), map(&point))])).request(),
            form("not_a_key"),
        ),
        case(
            "form_challenge_15",
            "a challenge of 15 bytes",
            Pieces::card(new, &[7; 15]).request(),
            form("wrong_length"),
        ),
        case(
            "form_challenge_65",
            "a challenge of 65 bytes",
            Pieces::card(new, &[7; 65]).request(),
            form("wrong_length"),
        ),
        case(
            "form_attestation_31",
            "a hash of 31 bytes",
            first.clone().claim(ATTESTATION, bytes(&[7; 31])).request(),
            form("wrong_length"),
        ),
        case(
            "form_reason_0",
            "a reason below the first",
            first.clone().replaces(&[0]).request(),
            form("out_of_range"),
        ),
        case(
            "form_reason_4",
            "a reason beyond the last",
            first.clone().replaces(&[4]).request(),
            form("out_of_range"),
        ),
        case(
            "form_replaces_2",
            "a region without a status index",
            first.clone().replaces(&[LOST, 32]).request(),
            form("wrong_count"),
        ),
        case(
            "form_replaces_region",
            "a region with zeros behind",
            first.clone().replaces(&[LOST, 3_200, 7]).request(),
            form("out_of_range"),
        ),
        case(
            "form_order",
            "the claims out of order",
            Pieces { claims: first.claims.iter().rev().cloned().collect(), ..first.clone() }
                .request(),
            form("unexpected_key"),
        ),
        case(
            "form_claim",
            "a claim that is not known",
            first.clone().claim(-65_544, uint(1)).request(),
            form("unexpected_key"),
        ),
        case(
            "form_signature_63",
            "a signature of 63 bytes",
            first.signed(|raw| raw[..63].to_vec()),
            form("wrong_length"),
        ),
        case("proof_none", "no signature", first.signed(|_| vec![]), refused(902)),
        case(
            "proof_other_key",
            "signed by another key than it names",
            Pieces { key: stranger.clone(), ..first.clone() }.request(),
            refused(902),
        ),
        case(
            "proof_other_message",
            "the signature of another request by this key",
            {
                let other = first.clone().at(NOW - 1);
                let (header, payload) = (map(&other.header), map(&other.claims));
                first.signed(|_| new.raw(&signed_bytes(&header, &payload)))
            },
            refused(902),
        ),
        case(
            "proof_external_data",
            "signed with external data",
            first.signed(|_| {
                let (header, payload) = (map(&first.header), map(&first.claims));
                let parts = [text("Signature1"), bytes(&header), bytes(b"x"), bytes(&payload)];
                new.raw(&array(&parts))
            }),
            refused(902),
        ),
        case(
            "challenge_other",
            "the answer to a challenge that was handed to somebody else",
            Pieces::card(new, &[0xc8; 16]).request(),
            refused(903),
        ),
        case(
            "form_code",
            "a code",
            {
                let world = World::new();
                super::parts::Parts::new(&world.shanghai, new, &Default::default()).code()
            },
            form("unexpected_key"),
        ),
    ];
    assert!(key.len() > 40);
    let text_case = |name: &str, comment: &str, text: String, problem: &str| {
        let what = with(asked(&[]), json!({ "text": text, "request": null }));
        Case::new(name, comment, what, form(problem))
    };
    let good = picture(&first.request());
    cases.extend([
        text_case("text_code", "the prefix of a code", good.replace("OC1Q:", "OC1:"), "other_text"),
        text_case("text_lower", "small letters", good.to_lowercase(), "other_text"),
        text_case("text_space", "a space before it", format!(" {good}"), "other_text"),
        text_case("text_line_end", "a line end behind", format!("{good}\n"), "not_base45"),
        text_case("text_long", "more than a request can have", picture(&[0; 319]), "too_large"),
        text_case("text_longest", "as long as it may be, and zeros", picture(&[0; 318]), {
            "wrong_type"
        }),
    ]);
    cases.push(case("form_large", "319 bytes", vec![0x84; 319], form("too_large")));
    cases
}

/// When a request was made, and when it arrives.
fn in_time(new: &FixedKey) -> Vec<Case> {
    let case = |name: &str, comment: &str, made: i64, now: i64, number: Option<u16>| {
        let pieces = Pieces::card(new, &KEPT).at(NOW + made);
        let what = with(asked(&pieces.request()), json!({ "now_unix_s": NOW + now }));
        let good = taken(&pieces, NOW + made, (None, None), "own");
        Case::new(name, comment, what, number.map_or(good, |number| json!({ "number": number })))
    };
    vec![
        case("time_first", "made 120 s before the challenge", -180, 0, None),
        case("time_before", "made 121 s before it", -181, 0, Some(906)),
        case("time_ahead", "made 120 s ahead of the issuer's clock", 120, 0, None),
        case("time_too_far_ahead", "made 121 s ahead of it", 121, 0, Some(906)),
        case("time_last", "arrives in the challenge's last second", 0, 540, None),
        case("time_over", "arrives a second later", 0, 541, Some(904)),
    ]
}

fn attestations(new: &FixedKey) -> Vec<Case> {
    let plain = Pieces::card(new, &KEPT);
    let named = plain.clone().claim(ATTESTATION, bytes(&sha256(ATTESTED)));
    let case = |name: &str, comment: &str, pieces: &Pieces, beside: Value, number: Option<u16>| {
        let what = with(asked(&pieces.request()), json!({ "attestation": beside }));
        let good = taken(pieces, NOW, (None, None), "own");
        Case::new(name, comment, what, number.map_or(good, |number| json!({ "number": number })))
    };
    let large = |length: usize| {
        let bytes_of = vec![7; length];
        (plain.clone().claim(ATTESTATION, bytes(&sha256(&bytes_of))), json!(hex(&bytes_of)))
    };
    let ((largest, largest_beside), (larger, larger_beside)) = (large(16_384), large(16_385));
    vec![
        case("attestation", "the one it names", &named, json!(hex(ATTESTED)), None),
        case("attestation_missing", "none came with it", &named, Value::Null, Some(907)),
        case("attestation_other", "another one", &named, json!(hex(b"another")), Some(908)),
        case("attestation_unnamed", "one it does not name", &plain, json!("00"), Some(908)),
        case("attestation_16384", "the largest", &largest, largest_beside, None),
        case("attestation_16385", "a byte more", &larger, larger_beside, Some(909)),
    ]
}

const SECRET: [u8; 32] = [0x5e; 32];
const RANDOM: [u8; 12] = [0x7a; 12];

/// The bytes of a challenge, and the tag with which an issuer knows them again.
fn challenge(from: i64, until: i64, counter: u32, reference: &[u8]) -> Vec<u8> {
    let mut content = from.to_be_bytes().to_vec();
    content.extend(until.to_be_bytes());
    content.extend(counter.to_be_bytes());
    content.extend(RANDOM);
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &SECRET);
    let covered = [b"onecode request challenge\0", &content[..], reference].concat();
    content.extend(ring::hmac::sign(&key, &covered).as_ref());
    content
}

fn challenges() -> Vec<Case> {
    let person = b"person 1";
    let online = challenge(NOW, NOW + 600, 0, person);
    let counter = challenge(NOW, NOW + 31 * DAY, 7, &[]);
    let open = |challenge: &[u8], to: Value| {
        with(json!({ "do": "challenge", "key": hex(&SECRET), "challenge": hex(challenge) }), to)
    };
    let good = |until: i64, received: i64| json!({ "from_unix_s": NOW, "until_unix_s": until, "received_until_unix_s": received });
    let refused = || json!({ "number": 903 });
    let make = |to: Value, from: i64, until: i64| {
        let times = json!({ "do": "make_challenge", "key": hex(&SECRET), "random": hex(&RANDOM),
            "from_unix_s": from, "until_unix_s": until });
        with(times, to)
    };
    let (to_person, to_7) = (json!({ "online": hex(person) }), json!({ "counter": 7 }));
    let changed = |at: usize| {
        let mut changed = online.clone();
        changed[at] ^= 1;
        changed
    };
    let mut cases = vec![
        Case::new(
            "challenge_made_online",
            "for a person",
            make(to_person.clone(), NOW, NOW + 600),
            json!({ "challenge": hex(&online) }),
        ),
        Case::new(
            "challenge_made_for_a_counter",
            "for counter 7, for the longest time",
            make(to_7.clone(), NOW, NOW + 31 * DAY),
            json!({ "challenge": hex(&counter) }),
        ),
        Case::new(
            "challenge_made_for_too_long",
            "for a counter, a second longer",
            make(to_7.clone(), NOW, NOW + 31 * DAY + 1),
            json!({ "problem": "time" }),
        ),
        Case::new(
            "challenge_made_backwards",
            "it would end before it begins",
            make(to_person.clone(), NOW, NOW - 1),
            json!({ "problem": "time" }),
        ),
        Case::new("challenge_online", "of this person", open(&online, to_person.clone()), {
            good(NOW + 600, NOW + 600)
        }),
        Case::new(
            "challenge_of_a_counter",
            "of this counter; a week more to deliver",
            open(&counter, to_7.clone()),
            good(NOW + 31 * DAY, NOW + 38 * DAY),
        ),
        Case::new(
            "challenge_of_another_person",
            "handed to somebody else",
            open(&online, json!({ "online": hex(b"person 2") })),
            refused(),
        ),
        Case::new(
            "challenge_of_another_counter",
            "handed to counter 7, comes from 8",
            open(&counter, json!({ "counter": 8 })),
            refused(),
        ),
        Case::new(
            "challenge_online_at_a_counter",
            "handed out online",
            open(&online, to_7.clone()),
            refused(),
        ),
        Case::new(
            "challenge_of_a_counter_online",
            "a counter's, used online without a person",
            open(&counter, json!({ "online": "" })),
            refused(),
        ),
        Case::new(
            "challenge_short",
            "the tag cut by a byte",
            open(&online[..63], to_person.clone()),
            refused(),
        ),
        Case::new("challenge_kept", "of another form", open(&KEPT, to_person.clone()), refused()),
    ];
    for (name, at) in [("from", 7), ("until", 15), ("counter", 19), ("random", 20), ("tag", 63)] {
        let what = open(&changed(at), to_person.clone());
        cases.push(Case::new(&format!("challenge_changed_{name}"), "one bit", what, refused()));
    }
    cases
}

fn collects(new: &FixedKey) -> Vec<Case> {
    let request = Pieces::card(new, &KEPT);
    let name = request.name();
    let good = || json!({ "name": hex(&name) });
    let collect = Pieces::collect(new, &name);
    let of = |collect: &[u8], key: &FixedKey, now: i64| {
        json!({
            "do": "collect",
            "collect": hex(collect),
            "key": key.public_key().to_jwk(),
            "now_unix_s": NOW + now,
        })
    };
    let bytes_of = collect.request();
    let refused = |number: u16| json!({ "number": number });
    let mut cases = vec![
        Case::new("collect", "by the key of the request", of(&bytes_of, new, 0), good()),
        Case::new("collect_oldest", "600 s old", of(&bytes_of, new, 600), good()),
        Case::new("collect_old", "601 s old", of(&bytes_of, new, 601), refused(906)),
        Case::new("collect_ahead", "120 s ahead", of(&bytes_of, new, -120), good()),
        Case::new("collect_too_far_ahead", "121 s", of(&bytes_of, new, -121), refused(906)),
        Case::new(
            "collect_other_key",
            "by another key",
            of(&Pieces { key: FixedKey::esp256("no phone"), ..collect.clone() }.request(), new, 0),
            refused(902),
        ),
        Case::new("collect_unsigned", "no signature", of(&collect.signed(|_| vec![]), new, 0), {
            refused(902)
        }),
        Case::new(
            "collect_typ",
            "the type of a card request",
            of(&collect.clone().head(16, text(CARD_REQUEST)).request(), new, 0),
            form("out_of_range"),
        ),
        Case::new("collect_card_request", "the card request", of(&request.request(), new, 0), {
            form("out_of_range")
        }),
        Case::new(
            "collect_name_31",
            "a name of 31 bytes",
            of(&Pieces::collect(new, &name[..31]).request(), new, 0),
            form("wrong_length"),
        ),
        Case::new("collect_large", "193 bytes", of(&[0x84; 193], new, 0), form("too_large")),
    ];
    let sm2 = FixedKey::sm2("new phone");
    let pieces = Pieces::collect(&sm2, &name);
    cases.push(Case::new("collect_sm2", "by a key on SM2", of(&pieces.request(), &sm2, 0), good()));
    let what = of(&pieces.request(), new, 0);
    cases.push(Case::new("collect_other_algorithm", "by a key on SM2", what, refused(902)));
    cases
}
