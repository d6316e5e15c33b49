//! Documents that several holders sign: roots, who is counted, notices, the index.

mod form;
mod index;
mod lists;
mod notices;
mod roots;
mod tally;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::{Beyond, DuplicateRule};
use onecode::keys::SignerId;
use onecode::trust::{IssuerKey, MaySign};
use onecode::{ApplicationNumber, SigningKey};
use serde_json::{json, Map, Value};
use time::format_description::well_known::Rfc3339;
use time::OffsetDateTime;

use super::jws;
use super::parts::{Card, FixedKey, Parts, NOW};
use super::steps::{scan, Scan, Sequence};
use super::world::{World, YEAR};

pub const DAY: i64 = 86_400;
pub const ROOTS: &str = "onecode-roots+jws";
pub const TRUST_LIST: &str = "onecode-trust-list+jws";
pub const CATALOGUE: &str = "onecode-catalogue+jws";
pub const WITHDRAWAL: &str = "onecode-withdrawal+jws";
pub const INDEX: &str = "onecode-index+jws";

/// Accepts a card whose status is not known; refuses it; refuses a code the second time.
pub const ACCEPTS: u16 = 1;
pub const STRICT: u16 = 2;
pub const ONCE: u16 = 3;

/// The holders' keys, and those of Jiangsu's status lists.
pub struct Governance<'w> {
    pub world: &'w World,
    pub sh: FixedKey,
    pub sh_index: FixedKey,
    pub js: FixedKey,
    /// In another city.
    pub js_second: FixedKey,
    /// SM2.
    pub zj: FixedKey,
    /// In place of `zj`, from edition 2 of the roots on.
    pub zj_new: FixedKey,
    pub ah: FixedKey,
    /// Signs withdrawals alone.
    pub ah_notices: FixedKey,
    pub ah_index: FixedKey,
    /// SM2, under an ID of its own.
    pub escrow: FixedKey,
    pub stranger: FixedKey,
    pub status: FixedKey,
    pub status_new: FixedKey,
}

impl<'w> Governance<'w> {
    pub fn new(world: &'w World) -> Self {
        Governance {
            world,
            sh: FixedKey::esp256("holder in Shanghai"),
            sh_index: FixedKey::ed25519("index of Shanghai"),
            js: FixedKey::ed25519("holder in Jiangsu"),
            js_second: FixedKey::esp256("holder in Jiangsu, second city"),
            zj: FixedKey::sm2("holder in Zhejiang"),
            zj_new: FixedKey::sm2("holder in Zhejiang, after the theft"),
            ah: FixedKey::esp256("holder in Anhui"),
            ah_notices: FixedKey::ed25519("notices of Anhui"),
            ah_index: FixedKey::esp256("index of Anhui"),
            escrow: FixedKey::sm2_with_id("escrow", SignerId::new(b"escrow").unwrap()),
            stranger: FixedKey::esp256("no holder"),
            status: FixedKey::esp256("status lists of Jiangsu"),
            status_new: FixedKey::ed25519("new status lists of Jiangsu"),
        }
    }

    /// The threshold for roots and trust lists, without an SM2 key.
    pub fn three(&self) -> [&FixedKey; 3] {
        [&self.sh, &self.js, &self.ah]
    }

    /// Edition 1 of the roots: five holders, of whom three sign roots and trust lists, and two
    /// catalogues.
    pub fn first_roots(&self) -> Value {
        let all = ["roots", "trust_list", "catalogue", "withdrawal"];
        let holder = |id: &str, issuers: &[&str], keys: Vec<Value>| {
            let name = json!({ "zh": format!("{id} 持有方"), "en": format!("Holder {id}") });
            json!({ "id": id, "name": name, "issuers": issuers, "keys": keys })
        };
        let mut roots = edition(1, -30 * DAY);
        roots["thresholds"] = json!({ "roots": 3, "trust_list": 3, "catalogue": 2 });
        roots["holders"] = json!([
            holder("sh", &["cn-31"], vec![key(&self.sh, &all), key(&self.sh_index, &["index"])]),
            holder("js", &["cn-32"], vec![key(&self.js, &all), key(&self.js_second, &all)]),
            holder("zj", &["cn-33"], vec![key(&self.zj, &all)]),
            holder(
                "ah",
                &["cn-34"],
                vec![
                    key(&self.ah, &all),
                    key(&self.ah_notices, &["withdrawal"]),
                    key(&self.ah_index, &["index"]),
                ],
            ),
            holder("escrow", &[], vec![key(&self.escrow, &all)]),
        ]);
        roots
    }

    pub fn first_roots_signed(&self) -> String {
        sign(ROOTS, &self.first_roots(), &[&self.sh, &self.js, &self.zj, &self.ah])
    }

    /// Edition 2: another key for Zhejiang.
    pub fn second_roots(&self) -> Value {
        let mut roots = self.first_roots();
        merge(&mut roots, edition(2, -DAY));
        roots["previous"] = json!(hash(&self.first_roots_signed()));
        roots["holders"][2]["keys"][0]["jwk"] = jwk(&self.zj_new);
        roots
    }

    pub fn second_roots_signed(&self) -> String {
        sign(ROOTS, &self.second_roots(), &self.three())
    }

    /// Edition 3: the same holders again.
    pub fn third_roots_signed(&self) -> String {
        let mut roots = self.second_roots();
        merge(&mut roots, edition(3, -DAY / 2));
        roots["previous"] = json!(hash(&self.second_roots_signed()));
        sign(ROOTS, &roots, &self.three())
    }

    /// Jiangsu has a key for cards and two for status lists.
    pub fn trust_list(&self, sequence: u64, issued_s: i64) -> Value {
        let mut list = self.world.trust_list();
        list.issuers.iter_mut().for_each(|issuer| issuer.keys.truncate(1));
        list.issuers[1].keys.extend([&self.status, &self.status_new].map(|key| IssuerKey {
            key: key.public_key(),
            may_sign: MaySign { status_lists: true, ..MaySign::default() },
            not_before_unix_s: NOW - YEAR,
            not_after_unix_s: NOW + 5 * YEAR,
            withdrawn_from_unix_s: None,
        }));
        let mut list = serde_json::to_value(list).unwrap();
        merge(&mut list, edition(sequence, issued_s));
        list
    }

    pub fn catalogue(&self, sequence: u64, issued_s: i64) -> Value {
        let mut catalogue = self.world.catalogue();
        catalogue.foreign_codes.clear();
        for (application, number) in catalogue.applications.iter_mut().zip([ACCEPTS, STRICT, ONCE])
        {
            application.number = ApplicationNumber::new(number).unwrap();
            application.id = format!("open.{number}");
        }
        catalogue.applications[1].status.beyond = Beyond::Refuse;
        catalogue.applications[2].duplicates = DuplicateRule::Refuse;
        let mut catalogue = serde_json::to_value(catalogue).unwrap();
        merge(&mut catalogue, edition(sequence, issued_s));
        catalogue
    }

    pub fn trust_list_signed(&self, sequence: u64, issued_s: i64) -> String {
        sign(TRUST_LIST, &self.trust_list(sequence, issued_s), &self.three())
    }

    pub fn catalogue_signed(&self, sequence: u64, issued_s: i64) -> String {
        sign(CATALOGUE, &self.catalogue(sequence, issued_s), &[&self.js, &self.ah])
    }

    /// The lists that all scanners begin with, and the sets.
    pub fn document(&self) -> Value {
        let root = self.world.root.public_key().to_jwk();
        let lone = |list: Value, typ: &str| sign(typ, &list, &[&self.world.root]);
        let mut expiring = self.first_roots();
        expiring["next_update"] = time(NOW + 10);
        expiring["expires"] = time(NOW + 20);
        let nothing = json!({ "trust_list": null, "catalogue": null });
        let with = |member: &str, value: Value| {
            let mut set = nothing.clone();
            set["roots"] = Value::Null;
            set[member] = value;
            set
        };
        let sets = [
            ("nothing", nothing.clone()),
            ("by_hash", with("roots_hash", json!(hash(&self.first_roots_signed())))),
            ("by_key", with("root", json!(root))),
            (
                "by_key_with_lists",
                json!({
                    "roots": null,
                    "root": root,
                    "trust_list": lone(self.trust_list(1, -10 * DAY), TRUST_LIST),
                    "catalogue": lone(self.catalogue(1, -10 * DAY), CATALOGUE),
                }),
            ),
            ("in_the_middle", json!({ "roots": self.second_roots_signed() })),
            ("expiring_roots", json!({ "roots": sign(ROOTS, &expiring, &self.three()) })),
            ("never_given", json!({ "without_status_lists": false })),
        ];
        let sets = sets.map(|(name, set)| (name.to_owned(), set));
        json!({
            "about": "Documents that several holders sign; each vector has steps",
            "lists": {
                "roots": self.first_roots_signed(),
                "installed_at_unix_s": NOW,
                "trust_list": self.trust_list_signed(1, -10 * DAY),
                "catalogue": self.catalogue_signed(1, -10 * DAY),
                "status": [],
                "without_status_lists": true,
            },
            "list_sets": Map::from_iter(sets),
            "venue_key": super::world::hex(&super::sequences::VENUE_KEY),
        })
    }
}

pub fn vectors(world: &World) -> (Value, Vec<Sequence>) {
    let governance = Governance::new(world);
    let of = [form::vectors, tally::vectors, roots::vectors, lists::vectors];
    let mut all: Vec<Sequence> = of.iter().flat_map(|vectors| vectors(&governance)).collect();
    all.extend(notices::vectors(&governance));
    all.extend(index::vectors(&governance));
    (governance.document(), all)
}

pub fn time(unix_s: i64) -> Value {
    json!(OffsetDateTime::from_unix_timestamp(unix_s).unwrap().format(&Rfc3339).unwrap())
}

/// The members of an edition, issued some seconds after [`NOW`].
pub fn edition(sequence: u64, issued_s: i64) -> Value {
    json!({
        "sequence": sequence,
        "issued_at": time(NOW + issued_s),
        "next_update": time(NOW + 2 * YEAR),
        "expires": time(NOW + 3 * YEAR),
    })
}

pub fn merge(document: &mut Value, members: Value) {
    let Value::Object(members) = members else { panic!("no object") };
    document.as_object_mut().unwrap().extend(members);
}

pub fn jwk(key: &FixedKey) -> Value {
    serde_json::from_str(&key.public_key().to_jwk()).unwrap()
}

/// A key of a holder.
pub fn key(key: &FixedKey, signs: &[&str]) -> Value {
    json!({ "jwk": jwk(key), "signs": signs })
}

pub fn kid(key: &FixedKey) -> String {
    key.public_key().jwk_thumbprint()
}

pub fn sign(typ: &str, document: &Value, keys: &[&FixedKey]) -> String {
    jws::sign(typ, document.to_string().as_bytes(), keys)
}

/// The name of a signed document.
pub fn hash(document: &str) -> String {
    URL_SAFE_NO_PAD.encode(jws::hash(document))
}

/// Some seconds after [`NOW`] gate 1 is given a document, or a status list in hex.
pub fn give_at(member: &str, document: impl Into<Value>, after_s: i64) -> Value {
    let mut step = json!({ "do": "install", "scanner": "gate 1", "now_unix_s": NOW + after_s });
    step[member] = document.into();
    step
}

pub trait Given: Sized {
    fn takes_at(self, member: &str, document: impl Into<Value>, after_s: i64) -> Self;
    fn rejects_at(self, member: &str, document: impl Into<Value>, after_s: i64) -> Self;

    fn takes(self, member: &str, document: impl Into<Value>) -> Self {
        self.takes_at(member, document, 0)
    }

    fn rejects(self, member: &str, document: impl Into<Value>) -> Self {
        self.rejects_at(member, document, 0)
    }
}

impl Given for Sequence {
    fn takes_at(self, member: &str, document: impl Into<Value>, after_s: i64) -> Self {
        self.step(give_at(member, document, after_s), json!({ "taken": true }))
    }

    fn rejects_at(self, member: &str, document: impl Into<Value>, after_s: i64) -> Self {
        self.step(give_at(member, document, after_s), json!({ "taken": false }))
    }
}

impl Governance<'_> {
    /// A card of Jiangsu is shown some seconds after [`NOW`].
    pub fn jiangsu(&self, position: u64, application: u16, after_s: i64) -> Scan {
        self.shown(&self.world.jiangsu, 32, position, application, after_s)
    }

    /// What gate 1 is ready for.
    pub fn preflight(&self, after_s: i64) -> Value {
        json!({ "do": "preflight", "scanner": "gate 1", "now_unix_s": NOW + after_s })
    }

    pub fn shown(
        &self,
        issuer: &FixedKey,
        region: u64,
        position: u64,
        application: u16,
        after_s: i64,
    ) -> Scan {
        let card = Card { region, status_index: position, ..Card::default() };
        let parts = Parts::new(issuer, &self.world.phone, &card).at(NOW + after_s);
        scan(&parts.code(), application).after(after_s)
    }
}
