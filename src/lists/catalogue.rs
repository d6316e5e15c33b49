//! The application catalogue (应用项目清单): what is offered, where, to whom and on which terms.
//!
//! Uses regions, application numbers, entitlements, issuers, foreign codes and the signed-document
//! layer. Signed by a threshold of holders. Specification: docs/SPEC.md section 12.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::card::Entitlements;
use crate::code::ApplicationNumber;
use crate::jose::{
    self, document_members, rfc3339, without_byte_order_mark, DocumentError, DocumentKind, Edition,
    Name, SignDocumentError,
};
use crate::keys::SigningKey;
use crate::lists::draft::SignedDocument;
use crate::lists::foreign::{ForeignEntry, ForeignTable, MAX_FOREIGN_CODES};
use crate::lists::trust::Issuer;
use crate::region::Region;

/// Most entitlements: one for each bit. An application names at most as many.
const MAX_ENTITLEMENTS: usize = 64;
/// Most applications.
const MAX_APPLICATIONS: usize = 4_096;
/// Longest id of an application or an entitlement, in bytes.
const MAX_ID: usize = 64;
/// Most regions in which an application is offered.
const MAX_PLACES: usize = 1_024;
/// Most issuers that an application names, and their longest id, in bytes.
const MAX_ISSUERS: usize = 4_096;
const MAX_ISSUER_ID: usize = 32;

/// The jointly published list of applications, as its operator publishes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct Catalogue {
    /// Sequence number and times.
    #[serde(flatten)]
    pub edition: Edition,
    /// What the entitlement bits of cards mean.
    pub entitlements: Vec<EntitlementName>,
    /// The applications.
    pub applications: Vec<Application>,
    /// Codes of other systems that people show by mistake, or that a host handles. The first entry
    /// that fits a text is the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub foreign_codes: Vec<ForeignEntry>,
}

document_members! {
    struct Members {
        #[serde(deserialize_with = "jose::objects::<_, _, MAX_ENTITLEMENTS>")]
        entitlements: Vec<EntitlementName>,
        #[serde(deserialize_with = "jose::objects::<_, _, MAX_APPLICATIONS>")]
        applications: Vec<Application>,
        #[serde(default, deserialize_with = "jose::objects::<_, _, MAX_FOREIGN_CODES>")]
        foreign_codes: Vec<ForeignEntry>,
    }
}

impl From<Members> for Catalogue {
    fn from(mut members: Members) -> Self {
        let edition = members.take_edition();
        let Members { entitlements, applications, foreign_codes, .. } = members;
        Catalogue { edition, entitlements, applications, foreign_codes }
    }
}

/// What one entitlement bit means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntitlementName {
    /// Its number, 0 to 63.
    pub bit: u8,
    /// A readable id. Applications refer to it.
    #[serde(deserialize_with = "jose::text::<_, MAX_ID>")]
    pub id: String,
    /// Its names.
    #[serde(deserialize_with = "jose::object")]
    pub name: Name,
}

/// The fields of service that the regulation names in its article 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Domain {
    /// 交通出行.
    Transit,
    /// 旅游观光.
    Tourism,
    /// 文化体验.
    Culture,
    /// 社会保障.
    SocialSecurity,
    /// 医疗卫生.
    Health,
    /// 金融服务.
    Finance,
}

/// One entry of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// The number by which codes and scanners refer to it.
    pub number: ApplicationNumber,
    /// A readable id, such as `transit.metro`.
    #[serde(deserialize_with = "jose::text::<_, MAX_ID>")]
    pub id: String,
    /// The field of service.
    #[serde(deserialize_with = "jose::word")]
    pub domain: Domain,
    /// Its names.
    #[serde(deserialize_with = "jose::object")]
    pub name: Name,
    /// The article of the regulation it serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<u8>,
    /// Where it is offered: whole provinces, prefectures, or the counties of a pilot zone.
    #[serde(deserialize_with = "jose::items::<_, _, MAX_PLACES>")]
    pub places: Vec<Region>,
    /// Whose cards are accepted, by issuer id. When left out: those of all trusted issuers.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "issuer_ids")]
    pub issuers: Option<Vec<String>>,
    /// Ids of the entitlements that the card must have.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "jose::texts::<_, MAX_ENTITLEMENTS, MAX_ID>"
    )]
    pub entitlements: Vec<String>,
    /// Ids of further entitlements that it must have outside its home province.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "jose::texts::<_, MAX_ENTITLEMENTS, MAX_ID>"
    )]
    pub entitlements_outside_home: Vec<String>,
    /// Oldest code accepted, in seconds, where that is less than the code's own window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_code_age_s: Option<u32>,
    /// How recent the knowledge of the card's status must be.
    #[serde(deserialize_with = "jose::object")]
    pub status: StatusRule,
    /// Only codes made for this application are accepted.
    #[serde(default)]
    pub bound: bool,
    /// Only codes that answer the scanner's challenge are accepted.
    #[serde(default)]
    pub challenge: bool,
    /// A relative may show the card.
    #[serde(default)]
    pub delegate: bool,
    /// What happens when a code or a card is shown again.
    #[serde(default, deserialize_with = "jose::object")]
    pub duplicates: DuplicateRule,
    /// First second at which the entry holds (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "from", with = "rfc3339")]
    pub from_unix_s: i64,
    /// Last second at which it holds. When left out: no end.
    #[serde(
        rename = "until",
        default,
        skip_serializing_if = "Option::is_none",
        with = "rfc3339::option"
    )]
    pub until_unix_s: Option<i64>,
}

/// How recent the knowledge of a card's status must be, and what happens otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusRule {
    /// Oldest knowledge that counts, in seconds.
    pub max_age_s: u32,
    /// What happens beyond that age.
    #[serde(deserialize_with = "jose::word")]
    pub beyond: Beyond,
}

/// What happens when the knowledge of a card's status is too old.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Beyond {
    /// Accept, and mark the acceptance.
    Accept,
    /// Refuse, saying that the status is unknown.
    Refuse,
}

/// What happens when the same code, or the same card, is scanned again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", try_from = "DuplicateMembers")]
pub enum DuplicateRule {
    /// Accept.
    #[default]
    Allow,
    /// Accept the same code again, and mark the acceptance.
    Warn,
    /// Refuse the same code.
    Refuse,
    /// Refuse the same code, and the same card at the same place within some seconds.
    PassBack {
        /// Seconds between two uses of one card, at most [`DuplicateRule::MAX_PASS_BACK_S`].
        seconds: u32,
    },
}

/// The rule as the document has it. Reading by `tag` alone would keep unknown members in memory.
#[derive(Deserialize)]
struct DuplicateMembers {
    #[serde(deserialize_with = "jose::word")]
    rule: DuplicateWord,
    seconds: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum DuplicateWord {
    Allow,
    Warn,
    Refuse,
    PassBack,
}

impl TryFrom<DuplicateMembers> for DuplicateRule {
    type Error = &'static str;

    fn try_from(DuplicateMembers { rule, seconds }: DuplicateMembers) -> Result<Self, Self::Error> {
        Ok(match rule {
            DuplicateWord::Allow => DuplicateRule::Allow,
            DuplicateWord::Warn => DuplicateRule::Warn,
            DuplicateWord::Refuse => DuplicateRule::Refuse,
            DuplicateWord::PassBack => {
                DuplicateRule::PassBack { seconds: seconds.ok_or("pass_back without seconds")? }
            }
        })
    }
}

fn issuer_ids<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Vec<String>>, D::Error> {
    jose::texts::<_, MAX_ISSUERS, MAX_ISSUER_ID>(from).map(Some)
}

impl DuplicateRule {
    /// The longest wait for a card, in seconds: a day. Scanners remember every card for that long.
    pub const MAX_PASS_BACK_S: u32 = 86_400;
}

impl Catalogue {
    pub(super) fn read(payload: &[u8]) -> Result<Self, DocumentError> {
        let catalogue: Catalogue = jose::read(payload)?;
        Terms::index(catalogue.clone())?;
        Ok(catalogue)
    }

    /// The catalogue ready to be signed, after the checks a scanner would make.
    pub fn draft(&self) -> Result<SignedDocument, SignDocumentError> {
        SignedDocument::draft(DocumentKind::Catalogue, self)
    }

    /// The catalogue signed by one key: see [`crate::trust::TrustList::sign`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<String, SignDocumentError> {
        self.draft()?.signed_at_once(key)
    }

    /// Reads the JSON of an unsigned catalogue. A byte order mark in front is skipped; a signed
    /// catalogue has none.
    pub fn from_json(json: &str) -> Result<Self, DocumentError> {
        Self::read(without_byte_order_mark(json).as_bytes())
    }
}

/// An application with its entitlements looked up and its issuers sorted.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) application: Application,
    required: Entitlements,
    required_outside_home: Entitlements,
}

impl Entry {
    /// Whether it holds at this second.
    pub(crate) fn in_force(&self, now: i64) -> bool {
        let Application { from_unix_s, until_unix_s, .. } = self.application;
        (from_unix_s..=until_unix_s.unwrap_or(i64::MAX)).contains(&now)
    }

    /// Whether it is offered at this place.
    pub(crate) fn is_offered_at(&self, place: Region) -> bool {
        self.application.places.iter().any(|area| area.contains(place))
    }

    /// Whether it accepts the cards of this issuer.
    pub(crate) fn takes_cards_of(&self, issuer: &Issuer) -> bool {
        let issuers = self.application.issuers.as_ref();
        issuers.is_none_or(|sorted| sorted.binary_search(&issuer.id).is_ok())
    }

    /// What a card of `home` must have when used at `place`.
    pub(crate) fn required(&self, home: Region, place: Region) -> Entitlements {
        if home.province() == place.province() {
            self.required
        } else {
            Entitlements::from_bits(self.required.bits() | self.required_outside_home.bits())
        }
    }
}

/// A catalogue in force.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    pub(crate) edition: Edition,
    entitlements: Vec<EntitlementName>,
    by_number: BTreeMap<ApplicationNumber, Entry>,
    pub(crate) foreign: ForeignTable,
}

impl Terms {
    /// A catalogue that enough holders have signed.
    pub(crate) fn of_payload(payload: &[u8]) -> Result<Self, DocumentError> {
        Self::index(jose::read(payload)?)
    }

    fn index(catalogue: Catalogue) -> Result<Self, DocumentError> {
        let wrong = |detail: String| DocumentError::Content { detail };
        catalogue.edition.check()?;
        let mut bits: HashMap<&str, u8> = HashMap::new();
        for EntitlementName { bit, id, .. } in &catalogue.entitlements {
            if *bit > 63 {
                return Err(wrong(format!("entitlement {id} has bit {bit}; the last one is 63")));
            }
            if bits.values().any(|other| other == bit) || bits.insert(id, *bit).is_some() {
                return Err(wrong(format!("entitlement {id} or its bit {bit} is there twice")));
            }
        }
        let look_up = |ids: &[String]| -> Result<Entitlements, DocumentError> {
            let found: Result<Vec<u8>, _> = ids
                .iter()
                .map(|id| {
                    let bit = bits.get(id.as_str()).copied();
                    bit.ok_or_else(|| wrong(format!("there is no entitlement {id}")))
                })
                .collect();
            Ok(Entitlements::of(found?))
        };
        let (mut by_number, mut ids) = (BTreeMap::new(), HashSet::new());
        for mut application in catalogue.applications {
            application.issuers.iter_mut().for_each(|issuers| issuers.sort_unstable());
            let Application { number, id, .. } = &application;
            let (number, id) = (*number, id.clone());
            if number == ApplicationNumber::CARD_MOVE {
                return Err(wrong(format!("application {id} has {number}, which moves a card")));
            }
            if application.until_unix_s.is_some_and(|until| until < application.from_unix_s) {
                return Err(wrong(format!("application {id} ends before it begins")));
            }
            if let DuplicateRule::PassBack { seconds } = application.duplicates {
                if seconds > DuplicateRule::MAX_PASS_BACK_S {
                    return Err(wrong(format!(
                        "application {id} makes cards wait {seconds} s; a day is the most"
                    )));
                }
            }
            let entry = Entry {
                required: look_up(&application.entitlements)?,
                required_outside_home: look_up(&application.entitlements_outside_home)?,
                application,
            };
            if !ids.insert(id.clone()) || by_number.insert(number, entry).is_some() {
                return Err(wrong(format!(
                    "application {id} or its number {number} is there twice"
                )));
            }
        }
        let foreign = ForeignTable::index(catalogue.foreign_codes).map_err(wrong)?;
        let Catalogue { edition, entitlements, .. } = catalogue;
        Ok(Terms { edition, entitlements, by_number, foreign })
    }

    pub(crate) fn entry(&self, number: ApplicationNumber) -> Option<&Entry> {
        self.by_number.get(&number)
    }

    /// All applications, by number.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_number.values()
    }

    /// The names of these entitlements, as far as the catalogue names them.
    pub(crate) fn names_of(&self, wanted: Entitlements) -> Vec<&Name> {
        let named = |bit: &u8| wanted.contains(Entitlements::of([*bit]));
        self.entitlements
            .iter()
            .filter(|entry| named(&entry.bit))
            .map(|entry| &entry.name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!(
                "makes cards wait more than {} seconds",
                number(DuplicateRule::MAX_PASS_BACK_S)
            ),
            &format!(
                "more than {MAX_ENTITLEMENTS} entitlements or {} applications",
                number(MAX_APPLICATIONS)
            ),
            &format!(
                "more than {} places, {} issuers, or {MAX_ENTITLEMENTS} ids of entitlements",
                number(MAX_PLACES),
                number(MAX_ISSUERS)
            ),
            &format!("more than {MAX_ID} bytes, that of an issuer more than {MAX_ISSUER_ID}"),
        ]);
    }

    #[test]
    fn what_a_scan_walks_over_has_bounds() {
        use serde_json::{json, Value};
        type Put = fn(&mut Value, usize);
        let cases: [(&str, usize, Put); 8] = [
            ("entitlements", MAX_ENTITLEMENTS, |catalogue, count| {
                let name = json!({ "zh": "", "en": "" });
                let entry = |bit| json!({ "bit": bit, "id": format!("e{bit}"), "name": name });
                catalogue["entitlements"] = (0..count).map(entry).collect();
            }),
            ("applications", MAX_APPLICATIONS, |catalogue, count| {
                let application = catalogue["applications"][0].clone();
                let numbered = |number: usize| {
                    let mut application = application.clone();
                    application["number"] = json!(number + 1);
                    application["id"] = json!(format!("a{number}"));
                    application
                };
                catalogue["applications"] = (0..count).map(numbered).collect();
            }),
            ("places", MAX_PLACES, |catalogue, count| {
                catalogue["applications"][0]["places"] = json!(vec![320_000; count]);
            }),
            ("issuers", MAX_ISSUERS, |catalogue, count| {
                catalogue["applications"][0]["issuers"] = json!(vec!["cn-32"; count]);
            }),
            ("bytes of an issuer's id", MAX_ISSUER_ID, |catalogue, count| {
                catalogue["applications"][0]["issuers"] = json!(["a".repeat(count)]);
            }),
            ("ids of entitlements", MAX_ENTITLEMENTS, |catalogue, count| {
                catalogue["entitlements"] =
                    json!([{ "bit": 0, "id": "e", "name": { "zh": "", "en": "" } }]);
                catalogue["applications"][0]["entitlements"] = json!(vec!["e"; count]);
            }),
            ("bytes of an id", MAX_ID, |catalogue, count| {
                catalogue["applications"][0]["id"] = json!("a".repeat(count));
            }),
            ("bytes of a name", 512, |catalogue, count| {
                catalogue["applications"][0]["name"]["zh"] = json!("a".repeat(count));
            }),
        ];
        for (what, most, put) in cases {
            for (count, taken) in [(most, true), (most + 1, false)] {
                let mut catalogue = json!({
                    "sequence": 1, "issued_at": "2026-11-23T00:00:00Z",
                    "next_update": "2026-11-24T00:00:00Z", "expires": "2026-11-25T00:00:00Z",
                    "entitlements": [],
                    "applications": [{
                        "number": 1, "id": "one", "domain": "transit",
                        "name": { "zh": "某", "en": "one" }, "places": [320_000],
                        "status": { "max_age_s": 60, "beyond": "accept" },
                        "from": "2026-01-01T00:00:00Z",
                    }],
                });
                put(&mut catalogue, count);
                let read = Catalogue::from_json(&catalogue.to_string());
                assert_eq!(read.is_ok(), taken, "{count} {what}: {:?}", read.err());
            }
        }
    }

    #[test]
    fn the_issuers_of_an_application_are_found_in_any_order() {
        let json = include_str!("../../examples/data/catalogue.json");
        let mut catalogue = Catalogue::from_json(json).unwrap();
        let application = &mut catalogue.applications[0];
        application.issuers = Some(["c", "a", "b"].map(str::to_owned).to_vec());
        let number = application.number;
        let terms = Terms::index(catalogue).unwrap();
        let entry = terms.entry(number).unwrap();
        for (id, taken) in [("a", true), ("b", true), ("c", true), ("d", false), ("", false)] {
            let name = Name { zh: String::new(), en: String::new() };
            let issuer = Issuer { id: id.to_owned(), name, region: Region::JIANGSU };
            assert_eq!(entry.takes_cards_of(&issuer), taken, "{id}");
        }
    }
}
