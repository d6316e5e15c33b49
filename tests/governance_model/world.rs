//! Keys and cards, made once, and what can be offered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use onecode::governance::{DocumentKind, SignedDocument};
use onecode::{Algorithm, CardCredential, Policy, Region, SigningKey, SoftwareKey};

use super::model::{self, Issuer, IssuerKey, Key, Role, DAY};
use super::steps::{Signing, KEYS};
use crate::practice::{card, key, NOW};

/// What the steps need of keys and cards, made once.
pub struct World {
    pub holders: Vec<SoftwareKey>,
    pub cards: BTreeMap<IssuerKey, SoftwareKey>,
    pub phone: SoftwareKey,
    /// One of Shanghai's that its status lists may suspend, another one, and one of Jiangsu's.
    pub credentials: [(IssuerKey, bool, CardCredential); 3],
}

pub const SUSPENDED: u32 = 7;

pub static WORLD: LazyLock<World> = LazyLock::new(|| {
    let p256 = || key(Algorithm::Esp256);
    let keys = [
        IssuerKey::ShanghaiCards,
        IssuerKey::ShanghaiStatus(0),
        IssuerKey::ShanghaiStatus(1),
        IssuerKey::JiangsuCards,
    ];
    let cards: BTreeMap<_, _> = keys.into_iter().map(|key| (key, p256())).collect();
    let phone = p256();
    let credential = |signer: IssuerKey, status_index| {
        let region = match signer.issuer() {
            Issuer::Shanghai => Region::SHANGHAI,
            Issuer::Jiangsu => Region::JIANGSU,
        };
        let expires_unix_s = NOW + 9_999 * DAY;
        let card = card(phone.public_key());
        let claims = onecode::CardClaims { region, status_index, expires_unix_s, ..card };
        CardCredential::issue(claims, &cards[&signer]).unwrap()
    };
    let credentials = [
        (IssuerKey::ShanghaiCards, true, credential(IssuerKey::ShanghaiCards, SUSPENDED)),
        (IssuerKey::ShanghaiCards, false, credential(IssuerKey::ShanghaiCards, 8)),
        (IssuerKey::JiangsuCards, false, credential(IssuerKey::JiangsuCards, 9)),
    ];
    World { holders: (0..KEYS).map(|_| p256()).collect(), cards, phone, credentials }
});

/// Something that can be offered, for both.
#[derive(Clone)]
pub enum Offer {
    Roots(model::Roots, SignedDocument),
    List(Role, model::List, SignedDocument),
    Notice(model::Notice, SignedDocument),
    Status(model::StatusList, Vec<u8>),
}

pub fn policy() -> Policy {
    Policy { without_status_lists: true, ..Policy::default() }
}

pub fn sign(draft: &SignedDocument, by: &Signing) -> String {
    let mut document = draft.clone();
    by.keys.iter().for_each(|key| document.sign(&WORLD.holders[*key], i64::MAX).unwrap());
    let Some(at) = by.broken.filter(|at| *at < by.keys.len()) else { return document.to_json() };
    let mut json: serde_json::Value = serde_json::from_str(&document.to_json()).unwrap();
    let signature = &mut json["signatures"][at]["signature"];
    let text = signature.as_str().unwrap();
    let other = if text.starts_with('A') { "B" } else { "A" };
    *signature = format!("{other}{}", &text[1..]).into();
    json.to_string()
}

/// The keys whose signatures hold, in their order.
pub fn sound(by: &Signing) -> Vec<Key> {
    let at = by.keys.iter().enumerate();
    at.filter(|(at, _)| by.broken != Some(*at)).map(|(_, key)| *key).collect()
}

pub fn kind(role: Role) -> DocumentKind {
    match role {
        Role::Roots => DocumentKind::Roots,
        Role::TrustList => DocumentKind::TrustList,
        Role::Catalogue => DocumentKind::Catalogue,
        Role::Withdrawal => DocumentKind::Withdrawal,
    }
}

pub fn issuer_id(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Shanghai => "cn-31",
        Issuer::Jiangsu => "cn-32",
    }
}

/// The first two holders answer for Shanghai, the third for Jiangsu.
pub fn answers_for(holder: usize) -> BTreeSet<Issuer> {
    match holder {
        0 | 1 => [Issuer::Shanghai].into(),
        2 => [Issuer::Jiangsu].into(),
        _ => BTreeSet::new(),
    }
}
