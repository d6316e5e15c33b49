//! The words of the rules: keys, holders, documents.

use std::collections::{BTreeMap, BTreeSet};

pub const DAY: i64 = 86_400;

/// A holder's key, by its place in a pool.
pub type Key = usize;
/// A document or a status list, by the order in which they were made.
pub type Id = usize;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Roots,
    TrustList,
    Catalogue,
    Withdrawal,
}

/// A key of an issuer. Those for status lists are Shanghai's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum IssuerKey {
    ShanghaiCards,
    ShanghaiStatus(usize),
    JiangsuCards,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Issuer {
    Shanghai,
    Jiangsu,
}

impl IssuerKey {
    pub fn issuer(self) -> Issuer {
        match self {
            IssuerKey::ShanghaiCards | IssuerKey::ShanghaiStatus(_) => Issuer::Shanghai,
            IssuerKey::JiangsuCards => Issuer::Jiangsu,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Holder {
    pub keys: BTreeMap<Key, BTreeSet<Role>>,
    pub answers_for: BTreeSet<Issuer>,
}

#[derive(Clone, Debug)]
pub struct Roots {
    pub id: Id,
    pub number: u64,
    pub previous: Option<Id>,
    pub issued_at: i64,
    pub expires: i64,
    pub holders: Vec<Holder>,
    pub thresholds: BTreeMap<Role, usize>,
}

/// A trust list or a catalogue.
#[derive(Clone, Debug)]
pub struct List {
    pub id: Id,
    pub number: u64,
    pub issued_at: i64,
    pub expires: i64,
    /// Of a trust list: the notices that it names, and the status keys that it withdraws.
    pub deals_with: BTreeSet<Id>,
    pub withdraws: BTreeSet<IssuerKey>,
}

impl List {
    /// Of a trust list: whether it ends this notice, whatever the clock says.
    pub fn ends(&self, notice: &Notice) -> bool {
        self.deals_with.contains(&notice.id) || self.issued_at >= notice.expires
    }
}

#[derive(Clone, Debug)]
pub struct Notice {
    pub id: Id,
    pub issuer: Issuer,
    pub key: IssuerKey,
    pub issued_at: i64,
    pub expires: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusList {
    pub signer: IssuerKey,
    pub issued_at: i64,
    pub expires: i64,
    pub suspends: bool,
}
