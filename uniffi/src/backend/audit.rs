//! Whether receipts prove what they say: who signed them, and that the same scan comes to the same
//! verdict.

use std::sync::Arc;

use onecode::cose::{CborError, CborProblem};

use crate::exclusive::Exclusive;
use crate::mirror::{mirror, Cross};
use crate::usage::{code, scanner_id};
use crate::{
    ChainError, ChainLink, ChainSummary, DocumentError, PublicKey, Roots, StatusListError,
    UsageError, Verdict,
};

/// The keys that receipts are checked with.
#[derive(Debug, uniffi::Object)]
pub struct ReceiptKeys(pub(crate) onecode::receipt::ReceiptKeys);

#[uniffi::export]
impl ReceiptKeys {
    /// The keys that a trust list, signed by a threshold of any of these editions of the roots,
    /// admits for receipts. The list may have expired. Withdrawals count as of `now_unix_s`.
    #[uniffi::constructor]
    pub fn from_trust_list(
        json: Vec<u8>,
        roots: Vec<Arc<Roots>>,
        now_unix_s: i64,
    ) -> Result<Self, DocumentError> {
        let roots = editions(&roots);
        Ok(ReceiptKeys(onecode::receipt::ReceiptKeys::from_trust_list(&json, &roots, now_unix_s)?))
    }

    /// Keys known otherwise, good for every scanner at all times.
    #[uniffi::constructor]
    pub fn of(keys: Vec<Arc<PublicKey>>) -> Self {
        ReceiptKeys(onecode::receipt::ReceiptKeys::new(keys.iter().map(|key| key.0)))
    }

    /// Reads a receipt and checks who signed it.
    pub fn verify(&self, receipt: Vec<u8>) -> Result<Receipt, ReceiptProblem> {
        Ok(onecode::receipt::Receipt::verify(&receipt, &self.0)?.into())
    }

    /// Checks receipts of one scanner in their order. `start` is what the first receipt must have,
    /// by default the start of a whole chain. `end` is what must come next, if known from
    /// elsewhere. Without it, missing receipts at the end go unnoticed.
    #[uniffi::method(default(start = None, end = None))]
    pub fn verify_chain(
        &self,
        receipts: Vec<Vec<u8>>,
        scanner: String,
        start: Option<ChainLink>,
        end: Option<ChainLink>,
    ) -> Result<ChainSummary, ChainError> {
        let scanner = scanner_id(&scanner)?;
        let start =
            start.map(onecode::receipt::ChainLink::try_from).transpose()?.unwrap_or_default();
        let end = end.map(onecode::receipt::ChainLink::try_from).transpose()?;
        let receipts = receipts.iter().map(Vec::as_slice);
        Ok(onecode::receipt::verify_chain(receipts, &scanner, &self.0, start, end)?.into())
    }
}

fn editions(roots: &[Arc<Roots>]) -> Vec<onecode::governance::Roots> {
    roots.iter().map(|roots| roots.0.clone()).collect()
}

/// A receipt whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Receipt {
    /// Who scanned.
    pub scanner: String,
    /// When, by the scanner's clock (Unix seconds).
    pub time_unix_s: i64,
    /// Its number. The first receipt of a chain is 0.
    pub number: i64,
    /// The SHA-256 of the receipt before it, 32 bytes; zeros for the first.
    pub previous: Vec<u8>,
    /// Its own SHA-256, 32 bytes.
    pub hash: Vec<u8>,
    /// 0 for accepted, otherwise the number of the refusal; 110 for a code of another system.
    pub verdict: i32,
    /// Whether the host handled it, as a code of another system.
    pub handed_over: bool,
    /// The application that the scanner served.
    pub application: i32,
    /// Where (GB/T 2260).
    pub place: i32,
    /// The hash of the scanned text, 32 bytes: `receiptTextHash` of it, with this application and
    /// time.
    pub text_hash: Vec<u8>,
    /// The name of the card on that day, 32 hex digits, if the issuer's signature held.
    pub card: Option<String>,
    /// The tolerance in force, in seconds.
    pub tolerance_s: i32,
    /// Whether practice cards were accepted.
    pub specimens_accepted: bool,
    /// The sequence number of the trust list in force.
    pub trust_list: Option<i64>,
    /// The sequence number of the catalogue in force.
    pub catalogue: Option<i64>,
    /// The status list that the scan used.
    pub status: Option<ReceiptStatus>,
    /// The challenge that the host named.
    pub shown: Option<Vec<u8>>,
}

mirror! {
    /// The status list that a scan used.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct ReceiptStatus = onecode::receipt::ReceiptStatus {
        /// Its number among those of the card's issuer.
        pub number: i32,
        /// Its time (Unix seconds).
        pub issued_at_unix_s: i64,
        /// The key that signed it, 4 hex digits.
        pub signed_by: String,
    }
}

impl From<onecode::receipt::Receipt> for Receipt {
    fn from(receipt: onecode::receipt::Receipt) -> Self {
        Receipt {
            scanner: receipt.scanner.as_str().to_owned(),
            time_unix_s: receipt.time_unix_s,
            number: receipt.number.cross(),
            previous: receipt.previous.to_vec(),
            hash: receipt.hash.to_vec(),
            verdict: receipt.verdict.into(),
            handed_over: receipt.handed_over,
            application: receipt.application.get().into(),
            place: code(receipt.place),
            text_hash: receipt.text_hash.to_vec(),
            card: receipt.card.map(|card| card.to_string()),
            tolerance_s: receipt.tolerance_s.into(),
            specimens_accepted: receipt.specimens_accepted,
            trust_list: receipt.trust_list.cross(),
            catalogue: receipt.catalogue.cross(),
            status: receipt.status.cross(),
            shown: receipt.shown.map(|challenge| challenge.as_bytes().to_vec()),
        }
    }
}

mirror! {
    /// A receipt proves nothing.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ReceiptProblem = onecode::receipt::ReceiptProblem {
        /// Not a receipt, or not in its one form.
        #[error("not a receipt: {problem:?} at byte {at}")]
        Form {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Form(CborError { at, problem }),
        /// No key with this id and algorithm may sign receipts.
        #[error("no key {key_id} may sign receipts")]
        UnknownKey {
            /// The key id in the receipt, 4 hex digits.
            key_id: String,
        },
        /// The key may not sign for this scanner.
        #[error("the key may not sign for the scanner {scanner}")]
        NotAdmitted {
            /// The scanner in the receipt.
            scanner: String,
        },
        /// The key did not count at the time in the receipt.
        #[error("the key did not count at {time_unix_s} (Unix seconds)")]
        KeyNotInTime {
            /// The time in the receipt.
            time_unix_s: i64,
        },
        /// The key has been withdrawn. None of its signatures count, past ones included.
        #[error("the key has been withdrawn")]
        KeyWithdrawn,
        /// The signature does not hold.
        #[error("the signature does not hold")]
        BadSignature,
    }
}

/// The lists that a scanner had when it scanned, from an archive. They may have expired.
#[derive(uniffi::Object)]
pub struct ReplayLists(Exclusive<onecode::receipt::ReplayLists>);

#[uniffi::export]
impl ReplayLists {
    /// Lists signed by a threshold of any of these editions of the roots; nothing for a list the
    /// scanner did not have. `roots` are all editions that are known, for instance each step of a
    /// walk, or the lone key that a small place uses.
    #[uniffi::constructor]
    pub fn new(
        roots: Vec<Arc<Roots>>,
        trust_list: Option<Vec<u8>>,
        catalogue: Option<Vec<u8>>,
    ) -> Result<Self, ReplayListsError> {
        let lists = onecode::receipt::ReplayLists::new(
            &editions(&roots),
            trust_list.as_deref(),
            catalogue.as_deref(),
        )?;
        Ok(ReplayLists(Exclusive::new(lists)))
    }

    /// Adds a withdrawal notice. It counts in the scans whose receipts name it.
    pub fn add_withdrawal(&self, json: Vec<u8>) -> Result<(), ReplayListsError> {
        Ok(self.0.with(|lists| lists.add_withdrawal(&json))??)
    }

    /// Adds an index. It counts in the scans whose receipts name it.
    pub fn add_index(&self, json: Vec<u8>) -> Result<(), ReplayListsError> {
        Ok(self.0.with(|lists| lists.add_index(&json))??)
    }

    /// Adds a status list, or a delta to those given before.
    pub fn add_status(&self, cwt: Vec<u8>) -> Result<(), ReplayListsError> {
        Ok(self.0.with(|lists| lists.add_status(&cwt))??)
    }

    /// Repeats the scan of a receipt, with the same verdict and all of its facts. What the
    /// scanner's memory answered then is taken from the receipt. Everything else is decided anew.
    pub fn replay(
        &self,
        receipt: Vec<u8>,
        keys: Arc<ReceiptKeys>,
        text: String,
    ) -> Result<Verdict, ReplayError> {
        let receipt = onecode::receipt::Receipt::verify(&receipt, &keys.0)
            .map_err(|problem| ReplayError::Proof { problem: problem.into() })?;
        Ok(self.0.with(|lists| lists.replay(&receipt, &text))??.into())
    }
}

mirror! {
    /// A list from the archive cannot be used.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ReplayListsError = onecode::receipt::ReplayListsError {
        /// The trust list, the catalogue, a notice or an index.
        #[error("{document}")]
        Document {
            /// What is wrong with it.
            document: DocumentError,
        } = Document(document),
        /// A status list or a delta.
        #[error("{list}")]
        Status {
            /// What is wrong with it.
            list: StatusListError,
        } = Status(list),
        /// A status list that no key of the trust list has signed.
        #[error("no key of the trust list has signed this status list")]
        NotSigned,
        /// A delta without the lists it continues, or a list older than one already given.
        #[error("this delta or list does not follow those given before it")]
        NoBase,
    } and {
        /// A call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which.
            #[from]
            usage: UsageError,
        },
    }
}

mirror! {
    /// A scan cannot be repeated, or the result differs.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ReplayError = onecode::receipt::ReplayError {
        /// Another text than the scanned one.
        #[error("the receipt is for another text")]
        OtherText,
        /// Another trust list than in the receipt, or one where there was none.
        #[error("the receipt is for another trust list")]
        OtherTrustList {
            /// The sequence number in the receipt.
            receipt: Option<i64>,
            /// That of the list given.
            given: Option<i64>,
        },
        /// Another catalogue, or one where there was none.
        #[error("the receipt is for another catalogue")]
        OtherCatalogue {
            /// The sequence number in the receipt.
            receipt: Option<i64>,
            /// That of the catalogue given.
            given: Option<i64>,
        },
        /// The edition of the roots that was in force is not among those given.
        #[error("edition {receipt} of the roots is missing")]
        OtherRoots {
            /// Its number; 0 for a lone key.
            receipt: i64,
        },
        /// A withdrawal notice or an index that changed the verdict is missing.
        #[error("the withdrawal notice or index {missing} is missing")]
        OtherNotice {
            /// Its hash, base64url.
            missing: String,
        },
        /// The status list that the scan used is missing, or one is given that was not there.
        #[error("the receipt is for another status list")]
        OtherStatusList,
        /// The same scan leads to another verdict: the receipt says something that its scanner did
        /// not find.
        #[error("the receipt says {receipt}, the same scan comes to {replayed} (0 is accepted)")]
        OtherVerdict {
            /// The verdict in the receipt.
            receipt: i32,
            /// The verdict now.
            replayed: i32,
        },
        /// The pseudonym in the receipt is not that of the card in the text. The receipt is about
        /// another card.
        #[error("the receipt is about another card than the one in the text")]
        OtherCard,
    } and {
        /// The receipt proves nothing.
        #[error("{problem}")]
        Proof {
            /// Why not.
            problem: ReceiptProblem,
        },
        /// A call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which.
            #[from]
            usage: UsageError,
        },
    }
}
