//! The evidence about one scan in one file: what a hotline sends on to whoever answers.
//!
//! A JSON document: it has no names of files, so there is no path to be tricked with. Uses receipts,
//! chains and replays, and `jose` for its JSON. Specification: docs/SPEC.md section 19.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::{Deserialize, Serialize};

use super::{archived, Answer, Answering, ChainError, Finding, Receipt, ReplayListsError};
use crate::jose::{self, decode_base64url, rfc3339, DocumentError, Sha256Hash};
use crate::lists::roots::Roots;
use crate::region::Region;
use crate::text::MAX_TEXT;

/// Largest bundle, in bytes.
pub const MAX_BUNDLE: usize = 32 << 20;
/// Most receipts in one, and most lists.
pub const MAX_BUNDLED_RECEIPTS: usize = 4_096;
const MAX_LISTS: usize = 1_200;
/// Longest name of the software that made it, in bytes.
const MAX_MADE_BY: usize = 64;
/// Longest base64url of a receipt.
const MAX_RECEIPT: usize = 4_096;
/// Longest text of a scan: one byte more shows that it was too long.
const MAX_SCANNED: usize = MAX_TEXT + 1;

/// The version of this form.
const VERSION: u8 = 1;

/// Which list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BundledKind {
    /// An edition of the roots. All of them, from the first to the one in force at the scan.
    Roots,
    /// The trust list in force at the scan.
    TrustList,
    /// A later trust list, which says what has become of the key that signs receipts.
    LaterTrustList,
    /// The catalogue in force at the scan.
    Catalogue,
    /// A withdrawal notice that the receipt names.
    Withdrawal,
    /// An index that the receipt names.
    Index,
    /// The status list that was looked at, or the list and the delta that lead to it.
    Status,
}

impl BundledKind {
    /// A short name that never changes: as in the bundle.
    pub fn name(self) -> &'static str {
        match self {
            BundledKind::Roots => "roots",
            BundledKind::TrustList => "trust_list",
            BundledKind::LaterTrustList => "later_trust_list",
            BundledKind::Catalogue => "catalogue",
            BundledKind::Withdrawal => "withdrawal",
            BundledKind::Index => "index",
            BundledKind::Status => "status",
        }
    }

    /// Whether there is one at most.
    fn is_single(self) -> bool {
        use BundledKind::{Catalogue, LaterTrustList, TrustList};
        matches!(self, TrustList | LaterTrustList | Catalogue)
    }
}

/// A list in a bundle, as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BundledList {
    /// Which it is.
    pub kind: BundledKind,
    /// Its bytes: a signed document, or a CWT.
    pub bytes: Vec<u8>,
}

/// The evidence about one scan. Nothing in it is verified before [`EvidenceBundle::check`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceBundle {
    /// When it was made (Unix seconds).
    pub made_at_unix_s: i64,
    /// The software that made it, and its version.
    pub made_by: String,
    /// The text of the code, where the person who complains has it.
    pub text: Option<String>,
    /// Receipts of one scanner one after the other.
    pub receipts: Vec<Vec<u8>>,
    /// Which of them it is about.
    pub about: usize,
    /// The lists in the order in which they are taken.
    pub lists: Vec<BundledList>,
    /// Who answers, as the file says; none before there is a file.
    pub(super) answers: Option<Answer>,
}

/// A bundle cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// Larger than [`MAX_BUNDLE`].
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// Not an evidence bundle, or cut short.
    #[error("not an evidence bundle: {0}")]
    Form(DocumentError),
    /// Of a later form.
    #[error("form {version} of the bundle is newer than this software")]
    NewerVersion {
        /// Its number.
        version: u64,
    },
    /// A list is not the one whose hash stands beside it.
    #[error("list {at} (a {}) is not the one whose hash stands beside it", kind.name())]
    OtherHash {
        /// Which it is said to be.
        kind: BundledKind,
        /// Its place among the lists, counted from 0.
        at: usize,
    },
    /// Two lists of a kind of which there is one.
    #[error("there are two lists of the kind {}", kind.name())]
    Twice {
        /// The kind.
        kind: BundledKind,
    },
    /// A list that is needed is not there.
    #[error("there is no list of the kind {}", kind.name())]
    Missing {
        /// The kind.
        kind: BundledKind,
    },
    /// Another list than the one that the receipt names, or one where it names none.
    #[error("the receipt is about another list of the kind {}", kind.name())]
    OtherList {
        /// The kind.
        kind: BundledKind,
    },
    /// There is no receipt at the place that the bundle names.
    #[error("there is no receipt at the place {about}")]
    NoReceipt {
        /// The place, counted from 0.
        about: usize,
    },
    /// The receipts prove nothing, or do not follow each other.
    #[error("the receipts: {0}")]
    Chain(#[from] ChainError),
    /// A list that nobody who may has signed, or that cannot be read.
    #[error("list {at} (a {}): {problem}", kind.name())]
    List {
        /// Which it is.
        kind: BundledKind,
        /// Its place among the lists, counted from 0.
        at: usize,
        /// What is wrong.
        problem: ReplayListsError,
    },
    /// An edition of the roots that does not follow from the one that the checker trusts.
    #[error("the roots are others than those trusted here: {detail}")]
    OtherRoots {
        /// Why.
        detail: String,
    },
    /// It says that somebody else answers than the receipt and the lists say.
    #[error("it names another province to answer than its receipt leads to")]
    OtherAnswer,
}

impl BundleError {
    /// A short name that never changes, for vectors and logs. For a chain it says what is wrong
    /// with it.
    pub fn name(&self) -> &'static str {
        match self {
            BundleError::TooLarge { .. } => "too_large",
            BundleError::Form(_) => "form",
            BundleError::NewerVersion { .. } => "newer_version",
            BundleError::OtherHash { .. } => "other_hash",
            BundleError::Twice { .. } => "twice",
            BundleError::Missing { .. } => "list_missing",
            BundleError::OtherList { .. } => "other_list",
            BundleError::NoReceipt { .. } => "no_receipt",
            BundleError::Chain(error) => error.problem.name(),
            BundleError::List { .. } => "list",
            BundleError::OtherRoots { .. } => "other_roots",
            BundleError::OtherAnswer => "other_answer",
        }
    }
}

/// The members in their order.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    onecode_evidence: u8,
    #[serde(with = "rfc3339")]
    made_at: i64,
    #[serde(deserialize_with = "jose::text::<_, MAX_MADE_BY>")]
    made_by: String,
    #[serde(deserialize_with = "jose::object")]
    answers: AnswerMembers,
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_text")]
    text: Option<String>,
    #[serde(deserialize_with = "jose::texts::<_, MAX_BUNDLED_RECEIPTS, MAX_RECEIPT>")]
    receipts: Vec<String>,
    about: usize,
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_LISTS>")]
    lists: Vec<ListMembers>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AnswerMembers {
    #[serde(deserialize_with = "jose::word")]
    who: Answering,
    /// Not there where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "some_region")]
    province: Option<Region>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ListMembers {
    #[serde(deserialize_with = "jose::word")]
    kind: BundledKind,
    sha256: Sha256Hash,
    #[serde(deserialize_with = "jose::text::<_, MAX_BUNDLE>")]
    content: String,
}

/// What of any version is read first.
#[derive(Deserialize)]
struct Version {
    onecode_evidence: u64,
}

fn some_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    jose::text::<D, MAX_SCANNED>(from).map(Some)
}

fn some_region<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Region>, D::Error> {
    Region::deserialize(from).map(Some)
}

impl EvidenceBundle {
    /// The evidence about the receipt at the place `about` among `receipts`, without lists yet.
    pub fn new(receipts: Vec<Vec<u8>>, about: usize, text: Option<String>) -> Self {
        let (made_at_unix_s, made_by, lists, answers) = (0, String::new(), Vec::new(), None);
        EvidenceBundle { made_at_unix_s, made_by, text, receipts, about, lists, answers }
    }

    /// Reads a bundle strictly: one version, no unknown members, everything within its bounds, each
    /// list the one whose hash stands beside it. Who signed what is asked by
    /// [`EvidenceBundle::check`].
    pub fn from_json(json: &[u8]) -> Result<Self, BundleError> {
        if json.len() > MAX_BUNDLE {
            return Err(BundleError::TooLarge { length: json.len(), limit: MAX_BUNDLE });
        }
        let Version { onecode_evidence: version } = jose::read(json).map_err(BundleError::Form)?;
        if version > VERSION.into() {
            return Err(BundleError::NewerVersion { version });
        }
        let members: Members = jose::read(json).map_err(BundleError::Form)?;
        let binary = |text: &String| decode_base64url(text).map_err(content);
        let receipts: Vec<_> = members.receipts.iter().map(binary).collect::<Result<_, _>>()?;
        if members.about >= receipts.len() {
            return Err(BundleError::NoReceipt { about: members.about });
        }
        let mut lists: Vec<BundledList> = Vec::new();
        for (at, list) in members.lists.into_iter().enumerate() {
            let (kind, bytes) = (list.kind, binary(&list.content)?);
            if Sha256Hash::of(&bytes) != list.sha256 {
                return Err(BundleError::OtherHash { kind, at });
            }
            if kind.is_single() && lists.iter().any(|list| list.kind == kind) {
                return Err(BundleError::Twice { kind });
            }
            lists.push(BundledList { kind, bytes });
        }
        Ok(EvidenceBundle {
            made_at_unix_s: members.made_at,
            made_by: members.made_by,
            text: members.text,
            receipts,
            about: members.about,
            lists,
            answers: Some(Answer { who: members.answers.who, province: members.answers.province }),
        })
    }

    /// Adds, of these status lists and deltas, what the scan of this receipt looked at: the list, or
    /// all lists of an earlier time and the deltas that lead from there. Whether all that it takes
    /// is there now.
    pub fn add_status<'c>(
        &mut self,
        receipt: &Receipt,
        published: impl IntoIterator<Item = &'c [u8]>,
    ) -> bool {
        let Some(looked_at) = receipt.status else { return true };
        let found = archived::leading_to(&looked_at, published);
        for bytes in found.iter().flatten() {
            self.lists.push(BundledList { kind: BundledKind::Status, bytes: bytes.to_vec() });
        }
        found.is_some()
    }

    /// The file, after the check that its reader makes: what says nothing is not sent on.
    pub fn to_json(
        &self,
        trusted: Option<&Roots>,
        now_unix_s: i64,
    ) -> Result<(Vec<u8>, Finding), BundleError> {
        let finding = self.check(trusted, now_unix_s)?;
        let Answer { who, province } = finding.answer;
        let members = Members {
            onecode_evidence: VERSION,
            made_at: self.made_at_unix_s,
            made_by: self.made_by.clone(),
            answers: AnswerMembers { who, province },
            text: self.text.clone(),
            receipts: self.receipts.iter().map(|it| URL_SAFE_NO_PAD.encode(it)).collect(),
            about: self.about,
            lists: self.lists.iter().map(ListMembers::of).collect(),
        };
        let mut json = serde_json::to_vec_pretty(&members).map_err(content)?;
        json.push(b'\n');
        // Whatever is beyond a bound is found here, and not by whoever gets the file.
        Self::from_json(&json)?;
        Ok((json, finding))
    }

    pub(super) fn of_kind(&self, kind: BundledKind) -> impl Iterator<Item = (usize, &[u8])> {
        let lists = self.lists.iter().enumerate().filter(move |(_, list)| list.kind == kind);
        lists.map(|(at, list)| (at, &*list.bytes))
    }

    pub(super) fn only(&self, kind: BundledKind) -> Option<(usize, &[u8])> {
        self.of_kind(kind).next()
    }
}

impl ListMembers {
    fn of(list: &BundledList) -> Self {
        let content = URL_SAFE_NO_PAD.encode(&list.bytes);
        ListMembers { kind: list.kind, sha256: Sha256Hash::of(&list.bytes), content }
    }
}

fn content(detail: impl ToString) -> BundleError {
    BundleError::Form(DocumentError::Content { detail: detail.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most 32 MiB ({} bytes)", number(MAX_BUNDLE)),
            &format!("1 to {} receipts", number(MAX_BUNDLED_RECEIPTS)),
            &format!("at most {} lists", number(MAX_LISTS)),
            &format!("`onecode_evidence` | {VERSION} |"),
        ]);
        for kind in [
            BundledKind::Roots,
            BundledKind::TrustList,
            BundledKind::LaterTrustList,
            BundledKind::Catalogue,
            BundledKind::Withdrawal,
            BundledKind::Index,
            BundledKind::Status,
        ] {
            assert_says([&format!("| `{}` |", kind.name())]);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
