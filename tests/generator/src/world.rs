//! Who exists in the vectors: issuers and their keys, phones, and how a vector is written down.

use onecode::catalogue::{
    Application, Beyond, Catalogue, CharacterClass, Domain, DuplicateRule, ForeignCode,
    ForeignEntry, ForeignPattern, StatusRule,
};
use onecode::jose::{Edition, Name};
use onecode::keys::SignerId;
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{Accepted, Advisory, ApplicationNumber, Region, SigningKey, Verdict};
use serde_json::{json, Value};

use super::parts::{bytes, FixedKey, NOW};

pub struct World {
    pub root: FixedKey,
    pub shanghai: FixedKey,
    pub jiangsu: FixedKey,
    pub zhejiang: FixedKey,
    pub anhui: FixedKey,
    pub anhui_sm2: FixedKey,
    /// Signs under an ID of its own.
    pub anhui_sm2_id: FixedKey,
    pub early: FixedKey,
    pub late: FixedKey,
    pub withdrawn: FixedKey,
    /// Two keys of two issuers with one key id.
    pub twins: [FixedKey; 2],
    pub phone: FixedKey,
    pub phone_ed25519: FixedKey,
    pub phone_sm2: FixedKey,
}

pub const YEAR: i64 = 365 * 86_400;

impl World {
    pub fn new() -> Self {
        World {
            root: FixedKey::esp256("operator root"),
            shanghai: FixedKey::esp256("issuer of Shanghai"),
            jiangsu: FixedKey::esp256("issuer of Jiangsu"),
            zhejiang: FixedKey::ed25519("issuer of Zhejiang"),
            anhui: FixedKey::esp256("issuer of Anhui"),
            anhui_sm2: FixedKey::sm2("issuer of Anhui"),
            anhui_sm2_id: FixedKey::sm2_with_id(
                "issuer of Anhui with an ID",
                SignerId::new(b"\x00cn-34\xff").unwrap(),
            ),
            early: FixedKey::ed25519("an expired key"),
            late: FixedKey::ed25519("a key for next year"),
            withdrawn: FixedKey::ed25519("a withdrawn key"),
            twins: twins(),
            phone: FixedKey::esp256("phone"),
            phone_ed25519: FixedKey::ed25519("phone"),
            phone_sm2: FixedKey::sm2("phone"),
        }
    }

    /// The issuers and their keys.
    pub fn trust_list(&self) -> TrustList {
        let (from, until) = (NOW - YEAR, NOW + 5 * YEAR);
        let key = |key: &FixedKey, regions: &[u32]| IssuerKey {
            key: key.public_key(),
            may_sign: MaySign {
                credentials: regions.iter().map(|code| region(*code)).collect(),
                ..MaySign::default()
            },
            not_before_unix_s: from,
            not_after_unix_s: until,
            withdrawn_from_unix_s: None,
        };
        let [twin_a, twin_b] = &self.twins;
        let issuer =
            |id: &str, zh: &str, en: &str, code: u32, keys: Vec<IssuerKey>| TrustedIssuer {
                issuer: Issuer {
                    id: id.into(),
                    name: name(
                        &format!("{zh}社会保障卡管理机构"),
                        &format!("{en} social security card agency"),
                    ),
                    region: region(code),
                },
                keys,
            };
        TrustList {
            edition: edition(),
            withdrawals: vec![],
            algorithms: vec![],
            issuers: vec![
                issuer(
                    "cn-31",
                    "上海市",
                    "Shanghai",
                    310_000,
                    vec![key(&self.shanghai, &[310_000]), key(twin_a, &[310_000])],
                ),
                issuer(
                    "cn-32",
                    "江苏省",
                    "Jiangsu",
                    320_000,
                    vec![key(&self.jiangsu, &[320_000]), key(twin_b, &[320_000, 310_100])],
                ),
                issuer(
                    "cn-33",
                    "浙江省",
                    "Zhejiang",
                    330_000,
                    vec![
                        key(&self.zhejiang, &[330_000]),
                        IssuerKey { not_after_unix_s: NOW - 1, ..key(&self.early, &[330_000]) },
                        IssuerKey { not_before_unix_s: NOW + 1, ..key(&self.late, &[330_000]) },
                        IssuerKey {
                            withdrawn_from_unix_s: Some(NOW),
                            ..key(&self.withdrawn, &[330_000])
                        },
                    ],
                ),
                issuer(
                    "cn-34",
                    "安徽省",
                    "Anhui",
                    340_000,
                    [&self.anhui, &self.anhui_sm2, &self.anhui_sm2_id]
                        .map(|anhui| key(anhui, &[340_000]))
                        .to_vec(),
                ),
            ],
        }
    }

    /// Applications without terms: what is refused is the code's own doing.
    pub fn catalogue(&self) -> Catalogue {
        let application = |number: u16| Application {
            number: ApplicationNumber::new(number).unwrap(),
            id: format!("open.{number}"),
            domain: Domain::Transit,
            name: name("开放", "Open to all"),
            article: None,
            places: vec![Region::SHANGHAI, Region::JIANGSU, Region::ZHEJIANG, Region::ANHUI],
            issuers: None,
            entitlements: vec![],
            entitlements_outside_home: vec![],
            max_code_age_s: None,
            status: StatusRule { max_age_s: 86_400, beyond: Beyond::Accept },
            bound: false,
            challenge: false,
            delegate: true,
            duplicates: DuplicateRule::Allow,
            from_unix_s: NOW - YEAR,
            until_unix_s: None,
        };
        Catalogue {
            edition: edition(),
            entitlements: vec![],
            applications: [1, 101, 65_534].map(application).to_vec(),
            foreign_codes: foreign_codes(),
        }
    }

    /// What a scanner is given, as every language reads it from the vector file.
    pub fn lists(&self, trust_list: &TrustList, catalogue: &Catalogue) -> Value {
        json!({
            "root": self.root.public_key().to_jwk(),
            "installed_at_unix_s": NOW,
            "trust_list": trust_list.sign(&self.root).unwrap(),
            "catalogue": catalogue.sign(&self.root).unwrap(),
            "status": [],
            "without_status_lists": true,
        })
    }
}

/// Codes of other systems, each told in another way; the last one would fit the second as well.
fn foreign_codes() -> Vec<ForeignEntry> {
    let entry = |id: &str, zh: &str, en: &str, pattern| ForeignEntry {
        code: ForeignCode {
            id: id.into(),
            name: name(zh, en),
            advice: name("请走旁边的通道。", "Use the lane beside this one."),
        },
        pattern,
    };
    let begins = |parts: &[&str]| ForeignPattern {
        begins_with: parts.iter().map(|part| part.to_string()).collect(),
        ..ForeignPattern::default()
    };
    let pay = ForeignPattern {
        characters: Some(CharacterClass::Digits),
        length: Some([18, 18]),
        ..begins(&["10", "11", "12", "13", "14", "15"])
    };
    let health =
        ForeignPattern { contains: Some("card=".into()), ..begins(&["https://health.example/"]) };
    let ticket = ForeignPattern { ends_with: Some("#Ticket".into()), ..begins(&[]) };
    let token = ForeignPattern {
        characters: Some(CharacterClass::Hex),
        length: Some([32, 64]),
        ..begins(&[])
    };
    vec![
        entry("pay", "付款码", "a payment code", pay),
        entry("health", "健康卡", "a health card", health),
        entry("ticket", "车票", "a ticket", ticket),
        entry("token", "令牌", "a token", token),
        entry("health.web", "健康网站", "a health site", begins(&["https://health.example/"])),
    ]
}

pub fn region(code: u32) -> Region {
    Region::new(code).unwrap()
}

pub fn name(zh: &str, en: &str) -> Name {
    Name { zh: zh.into(), en: en.into() }
}

pub fn edition() -> Edition {
    Edition {
        sequence: 1,
        issued_at_unix_s: NOW - 30 * 86_400,
        next_update_unix_s: NOW + 4 * YEAR,
        expires_unix_s: NOW + 5 * YEAR,
        previous: None,
        critical: vec![],
    }
}

/// Searches for two keys whose thumbprints begin with the same two bytes.
fn twins() -> [FixedKey; 2] {
    let mut seen = std::collections::HashMap::new();
    for n in 0.. {
        let key = FixedKey::ed25519(&format!("twin {n}"));
        if let Some(other) = seen.insert(key.public_key().key_id(), key.clone()) {
            return [other, key];
        }
    }
    unreachable!()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The text of the picture, by our own hand.
pub fn picture_text(code: &[u8]) -> String {
    format!("OC1:{}", base45::encode(code))
}

/// One vector: a text, the context it is scanned in, and what must come out.
pub struct Vector {
    name: &'static str,
    comment: &'static str,
    text: String,
    lists: Option<String>,
    application: u16,
    place: u32,
    now: i64,
    challenge: Option<Vec<u8>>,
    tolerance_s: u16,
    accept_specimens: bool,
    expected: Expected,
    /// When the card's status was known, or since when it is not. Not looked at when `None`.
    known_at: Option<i64>,
}

enum Expected {
    /// With these marks, joined by `+`: advisories, why the status is not known, `delegate`,
    /// `specimen`. Not looked at when `None`.
    Accepted { marks: Option<&'static str> },
    /// The number, and for 107 the problem, as the specification demands them. The other facts
    /// are offsets and copies, which are taken down when the file is made.
    Refused { number: u16, detail: &'static str },
}

impl Vector {
    fn new(name: &'static str, comment: &'static str, text: String, expected: Expected) -> Self {
        Vector {
            name,
            comment,
            text,
            lists: None,
            application: 101,
            place: 320_500,
            now: NOW,
            challenge: None,
            tolerance_s: 30,
            accept_specimens: false,
            expected,
            known_at: None,
        }
    }

    pub fn valid(name: &'static str, comment: &'static str, code: &[u8]) -> Self {
        let expected = Expected::Accepted { marks: None };
        Self::new(name, comment, picture_text(code), expected)
    }

    pub fn refused(number: u16, name: &'static str, comment: &'static str, code: &[u8]) -> Self {
        Self::refused_text(number, name, comment, picture_text(code))
    }

    pub fn malformed(
        problem: &'static str,
        name: &'static str,
        comment: &'static str,
        code: &[u8],
    ) -> Self {
        let expected = Expected::Refused { number: 107, detail: problem };
        Self::new(name, comment, picture_text(code), expected)
    }

    pub fn refused_text(
        number: u16,
        name: &'static str,
        comment: &'static str,
        text: String,
    ) -> Self {
        Self::new(name, comment, text, Expected::Refused { number, detail: "" })
    }

    /// A fact of the refusal, or all marks of the acceptance.
    pub fn detail(mut self, wanted: &'static str) -> Self {
        match &mut self.expected {
            Expected::Accepted { marks } => *marks = Some(wanted),
            Expected::Refused { detail, .. } => *detail = wanted,
        }
        self
    }

    /// When the card's status was known, or since when it is not.
    pub fn known_at(mut self, unix_s: i64) -> Self {
        self.known_at = Some(unix_s);
        self
    }

    /// Scanned with another one of the document's sets of lists.
    pub fn lists(mut self, set: impl Into<String>) -> Self {
        self.lists = Some(set.into());
        self
    }

    pub fn at_place(mut self, place: u32) -> Self {
        self.place = place;
        self
    }

    pub fn after(mut self, seconds: i64) -> Self {
        self.now = NOW + seconds;
        self
    }

    pub fn at_second(mut self, unix_s: i64) -> Self {
        self.now = unix_s;
        self
    }

    pub fn at_application(mut self, application: u16) -> Self {
        self.application = application;
        self
    }

    pub fn challenge(mut self, challenge: &[u8]) -> Self {
        self.challenge = Some(challenge.to_vec());
        self
    }

    pub fn tolerance(mut self, tolerance_s: u16) -> Self {
        self.tolerance_s = tolerance_s;
        self
    }

    pub fn accept_specimens(mut self) -> Self {
        self.accept_specimens = true;
        self
    }

    /// Asks the library, checks that it does what is demanded, and writes everything down.
    pub fn to_json(&self, document: &Value) -> Value {
        let mut vector = json!({
            "name": self.name,
            "comment": self.comment,
            "text": self.text,
            "application": self.application,
            "place": self.place,
            "now_unix_s": self.now,
            "challenge": self.challenge.as_deref().map(hex),
            "tolerance_s": self.tolerance_s,
            "accept_specimens": self.accept_specimens,
        });
        if let Some(set) = &self.lists {
            vector["lists"] = json!(set);
        }
        let verdict = super::vector_file::run(document, &vector);
        let found = super::vector_file::verdict_to_json(&verdict);
        match (&self.expected, &verdict) {
            (Expected::Accepted { marks }, Verdict::Accepted(accepted)) => {
                if let Some(marks) = marks {
                    assert_eq!(*marks, marks_of(accepted), "{}", self.name);
                }
            }
            (Expected::Refused { number, detail }, Verdict::Refused(refusal)) => {
                assert_eq!(*number, refusal.number(), "{}: {refusal:?}", self.name);
                let facts = refusal.facts();
                assert!(
                    detail.is_empty() || facts.iter().any(|(_, fact)| fact.to_string() == *detail),
                    "{}: {detail} is not a fact of {refusal:?}",
                    self.name
                );
            }
            _ => panic!("{}: {verdict:?}", self.name),
        }
        if let Some(time) = self.known_at {
            let times = [
                &found["status"]["valid_as_of_unix_s"],
                &found["status"]["since_unix_s"],
                &found["facts"]["as_of_unix_s"],
                &found["facts"]["since_unix_s"],
            ];
            assert!(times.contains(&&json!(time)), "{}: {verdict:?}", self.name);
        }
        vector["expected"] = found;
        vector
    }
}

fn marks_of(accepted: &Accepted) -> String {
    let mut marks = Vec::new();
    for advisory in &accepted.advisories {
        marks.push(match advisory {
            Advisory::StatusUnknown(why) => why.name(),
            other => other.name(),
        });
    }
    marks.extend(accepted.delegate.then_some("delegate"));
    marks.extend(accepted.specimen.then_some("specimen"));
    marks.join("+")
}

/// A challenge as it lies in a code.
pub fn answer(challenge: &[u8]) -> (Vec<u8>, Vec<u8>) {
    (super::parts::int(39), bytes(challenge))
}
