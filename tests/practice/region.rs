//! A region as it is meant to be governed: five holders, three of whom sign. Four are provinces,
//! the fifth is an escrow.

use onecode::governance::{
    DocumentKind, Holder, HolderKey, Index, Named, Roots, RootsDocument, Sha256Hash,
    SignedDocument, Thresholds, Withdrawal,
};
use onecode::jose::{Edition, SignDocumentError};
use onecode::trust::{MaySign, TrustList, TrustedIssuer};
use onecode::{Algorithm, Policy, Region, Scanner, SigningKey, SoftwareKey};

use super::{catalogue, issuer, issuer_key, key, name, open_application, Practice, DAY, NOW};

/// When the first roots document was made.
pub const FOUNDED: i64 = NOW - 30 * DAY;

/// What a key of a holder signs, if it does not sign indexes.
pub const DOCUMENTS: [DocumentKind; 4] = [
    DocumentKind::Roots,
    DocumentKind::TrustList,
    DocumentKind::Catalogue,
    DocumentKind::Withdrawal,
];

/// A holder with all its private keys.
pub struct Member {
    pub id: &'static str,
    pub issuers: Vec<&'static str>,
    /// Each signs all documents but the index. A second one is a second security module.
    pub keys: Vec<SoftwareKey>,
    pub index_key: SoftwareKey,
}

impl Member {
    fn new(id: &'static str, issuers: &[&'static str]) -> Self {
        let p256 = || key(Algorithm::Esp256);
        Member { id, issuers: issuers.to_vec(), keys: vec![p256()], index_key: p256() }
    }

    fn holder(&self) -> Holder {
        let of = |key: &SoftwareKey, signs: &[DocumentKind]| HolderKey {
            key: key.public_key(),
            signs: signs.to_vec(),
        };
        let mut keys: Vec<_> = self.keys.iter().map(|key| of(key, &DOCUMENTS)).collect();
        keys.push(of(&self.index_key, &[DocumentKind::Index]));
        Holder {
            id: self.id.into(),
            name: name("持有方", "Holder"),
            issuers: self.issuers.iter().map(|id| id.to_string()).collect(),
            keys,
        }
    }
}

/// The five, and an issuer in Shanghai with its cards.
pub struct Five {
    pub members: Vec<Member>,
    /// The issuer's key for cards, and the phone.
    pub cards: Practice,
    /// The issuer's keys for status lists.
    pub status: [SoftwareKey; 2],
}

impl Five {
    #[allow(clippy::new_without_default)] // Each has keys of its own.
    pub fn new() -> Self {
        let ed25519 = Algorithm::Ed25519;
        Five {
            members: vec![
                Member::new("sh", &["cn-31"]),
                Member::new("js", &["cn-32"]),
                Member::new("zj", &["cn-33"]),
                Member::new("ah", &["cn-34"]),
                Member::new("escrow", &[]),
            ],
            cards: Practice::new(ed25519, ed25519, ed25519),
            status: [key(ed25519), key(ed25519)],
        }
    }

    pub fn member(&mut self, id: &str) -> &mut Member {
        self.members.iter_mut().find(|member| member.id == id).unwrap()
    }

    /// The first key of each of these holders.
    pub fn keys(&self, ids: &[&str]) -> Vec<&SoftwareKey> {
        let of = |id: &&str| self.members.iter().find(|member| member.id == *id).unwrap();
        ids.iter().map(|id| &of(id).keys[0]).collect()
    }

    /// The holder gets a new key in the place of its first. Returns the old one.
    pub fn replace_key(&mut self, id: &str) -> SoftwareKey {
        let new = key(Algorithm::Ed25519);
        std::mem::replace(&mut self.member(id).keys[0], new)
    }

    /// The first edition of the roots.
    pub fn founding(&self) -> RootsDocument {
        let edition = Edition { previous: None, ..long_edition(1, FOUNDED) };
        let thresholds = Thresholds { roots: 3, trust_list: 3, catalogue: 3 };
        RootsDocument { edition, thresholds, holders: self.holders() }
    }

    /// The edition after this one, with the holders as they are now.
    pub fn following(&self, before: &RootsDocument, issued_at_unix_s: i64) -> RootsDocument {
        let previous = Some(before.draft().unwrap().hash());
        let number = before.edition.sequence + 1;
        let edition = Edition { previous, ..long_edition(number, issued_at_unix_s) };
        RootsDocument { edition, thresholds: before.thresholds, holders: self.holders() }
    }

    fn holders(&self) -> Vec<Holder> {
        self.members.iter().map(Member::holder).collect()
    }

    /// A document signed by the first key of each of these holders.
    pub fn signed(&self, draft: Result<SignedDocument, SignDocumentError>, ids: &[&str]) -> String {
        signed_by(draft, &self.keys(ids))
    }

    /// The roots to set a scanner up with.
    pub fn roots(&self) -> Roots {
        let founding = self.signed(self.founding().draft(), &["sh", "js", "zj"]);
        Roots::edition(founding.as_bytes()).unwrap()
    }

    /// The issuer in Shanghai with a key for cards and two for status lists.
    pub fn shanghai(&self) -> TrustedIssuer {
        let cards = issuer_key(self.cards.issuer.public_key(), &[Region::SHANGHAI]);
        let mut keys = vec![cards];
        keys[0].may_sign.status_lists = false;
        keys.extend(self.status.iter().map(|key| {
            let mut key = issuer_key(key.public_key(), &[]);
            key.may_sign = MaySign { status_lists: true, ..MaySign::default() };
            key
        }));
        issuer("cn-31", Region::SHANGHAI, keys)
    }

    pub fn trust_list(&self, sequence: u64, issued_at_unix_s: i64) -> TrustList {
        TrustList {
            edition: edition_at(sequence, issued_at_unix_s),
            withdrawals: vec![],
            algorithms: vec![],
            issuers: vec![self.shanghai()],
        }
    }

    /// A scanner with the first editions of the lists. It works without status lists.
    pub fn scanner(&self) -> Scanner {
        self.scanner_with(Policy { without_status_lists: true, ..Policy::default() })
    }

    /// The same with a policy.
    pub fn scanner_with(&self, policy: Policy) -> Scanner {
        let mut scanner = Scanner::new(self.roots(), policy);
        let three = ["sh", "js", "zj"];
        let list = self.signed(self.trust_list(1, NOW - DAY).draft(), &three);
        scanner.install_trust_list(list.as_bytes(), NOW).unwrap();
        let list = self.signed(catalogue(1, vec![open_application()]).draft(), &three);
        scanner.install_catalogue(list.as_bytes(), NOW).unwrap();
        scanner
    }
}

/// The document signed with these keys. Their clocks show whatever it takes: thieves sign, too.
pub fn signed_by(
    draft: Result<SignedDocument, SignDocumentError>,
    keys: &[&SoftwareKey],
) -> String {
    let mut document = draft.unwrap();
    keys.iter().for_each(|key| document.sign(*key, i64::MAX).unwrap());
    document.to_json()
}

/// In force for a month, to be followed after a week.
pub fn edition_at(sequence: u64, issued_at_unix_s: i64) -> Edition {
    Edition {
        sequence,
        issued_at_unix_s,
        next_update_unix_s: issued_at_unix_s + 7 * DAY,
        expires_unix_s: issued_at_unix_s + 30 * DAY,
        previous: None,
        critical: vec![],
    }
}

/// In force for three years, to be followed after one.
fn long_edition(sequence: u64, issued_at_unix_s: i64) -> Edition {
    Edition {
        next_update_unix_s: issued_at_unix_s + 365 * DAY,
        expires_unix_s: issued_at_unix_s + 3 * 365 * DAY,
        ..edition_at(sequence, issued_at_unix_s)
    }
}

/// A notice of a week against keys of an issuer.
pub fn withdrawal(issuer: &str, keys: &[&SoftwareKey], issued_at_unix_s: i64) -> Withdrawal {
    Withdrawal {
        issued_at_unix_s,
        expires_unix_s: issued_at_unix_s + 7 * DAY,
        critical: vec![],
        issuer: issuer.into(),
        keys: keys.iter().map(|key| key.public_key().kid()).collect(),
    }
}

/// An index of a day that names these numbers, and nothing else.
pub fn index(roots: u64, trust_list: u64, catalogue: u64, issued_at_unix_s: i64) -> Index {
    let named = |sequence| Named { sequence, sha256: Sha256Hash([0; 32]) };
    Index {
        issued_at_unix_s,
        expires_unix_s: issued_at_unix_s + DAY,
        critical: vec![],
        roots: named(roots),
        trust_list: named(trust_list),
        catalogue: named(catalogue),
        withdrawals: vec![],
    }
}
