//! Which keys may sign receipts.

use std::collections::HashMap;

use super::wire::Unverified;
use super::ScannerId;
use crate::cose::header::SignedBy;
use crate::cose::{time_of_host, CborError, KeyId};
use crate::jose::{DocumentError, DocumentKind, Envelope};
use crate::keys::PublicKey;
use crate::lists::require_any;
use crate::lists::roots::Roots;
use crate::lists::trust::{Candidate, Trust};

/// The keys that receipts are checked with.
#[derive(Clone, Debug, Default)]
pub struct ReceiptKeys(HashMap<KeyId, Vec<Admitted>>);

#[derive(Clone, Debug)]
struct Admitted {
    key: PublicKey,
    /// For which scanners; `None` for all.
    beginnings: Option<Vec<String>>,
    not_before_unix_s: i64,
    not_after_unix_s: i64,
    withdrawn: bool,
}

/// A receipt proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptProblem {
    /// Not a receipt, or not in its one form.
    #[error("not a receipt: {0}")]
    Form(CborError),
    /// No key with this id and algorithm may sign receipts.
    #[error("no key {key_id} may sign receipts")]
    UnknownKey {
        /// The key id in the receipt.
        key_id: KeyId,
    },
    /// The key may not sign for this scanner.
    #[error("the key may not sign for the scanner {scanner}")]
    NotAdmitted {
        /// The scanner in the receipt.
        scanner: ScannerId,
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

impl ReceiptProblem {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            ReceiptProblem::Form(_) => "form",
            ReceiptProblem::UnknownKey { .. } => "unknown_key",
            ReceiptProblem::NotAdmitted { .. } => "not_admitted",
            ReceiptProblem::KeyNotInTime { .. } => "key_not_in_time",
            ReceiptProblem::KeyWithdrawn => "key_withdrawn",
            ReceiptProblem::BadSignature => "bad_signature",
        }
    }
}

impl ReceiptKeys {
    /// The keys that a trust list, signed by a threshold of any of these editions of the roots,
    /// admits for receipts. The list may have expired. Withdrawals count as of `now_unix_s`.
    pub fn from_trust_list(
        json: &[u8],
        roots: &[Roots],
        now_unix_s: i64,
    ) -> Result<Self, DocumentError> {
        time_of_host(now_unix_s).ok_or(DocumentError::NotATime { unix_s: now_unix_s })?;
        let mut envelope = Envelope::of_kind(DocumentKind::TrustList, json)?;
        require_any(roots, &mut envelope)?;
        let trust = Trust::of_payload(envelope.payload())?;
        let mut keys = ReceiptKeys::default();
        for Candidate { key, .. } in trust.candidates() {
            if key.may_sign.receipts.is_empty() {
                continue;
            }
            keys.add(Admitted {
                key: key.key,
                beginnings: Some(key.may_sign.receipts.clone()),
                not_before_unix_s: key.not_before_unix_s,
                not_after_unix_s: key.not_after_unix_s,
                withdrawn: key.withdrawn_from_unix_s.is_some_and(|from| from <= now_unix_s),
            });
        }
        Ok(keys)
    }

    /// Keys known otherwise, good for every scanner at all times.
    pub fn new(keys: impl IntoIterator<Item = PublicKey>) -> Self {
        let mut all = ReceiptKeys::default();
        for key in keys {
            let (not_before_unix_s, not_after_unix_s) = (i64::MIN, i64::MAX);
            let beginnings = None;
            all.add(Admitted {
                key,
                beginnings,
                not_before_unix_s,
                not_after_unix_s,
                withdrawn: false,
            });
        }
        all
    }

    fn add(&mut self, admitted: Admitted) {
        self.0.entry(admitted.key.key_id()).or_default().push(admitted);
    }

    /// Whether one of the keys that may have signed this did. Each step rules out keys. The step
    /// that leaves none is the reason.
    pub(super) fn check(&self, unverified: &Unverified<'_>) -> Result<(), ReceiptProblem> {
        let Unverified { receipt, sign1, signed_by } = unverified;
        let SignedBy { algorithm, key_id } = *signed_by;
        let keys = self.0.get(&key_id).map(Vec::as_slice).unwrap_or_default();
        let mut keys: Vec<&Admitted> =
            keys.iter().filter(|admitted| admitted.key.algorithm() == algorithm).collect();
        let mut narrow = |keep: &dyn Fn(&Admitted) -> bool, problem: ReceiptProblem| {
            keys.retain(|admitted| keep(admitted));
            if keys.is_empty() {
                Err(problem)
            } else {
                Ok(())
            }
        };
        narrow(&|_| true, ReceiptProblem::UnknownKey { key_id })?;
        let scanner = &receipt.scanner;
        let admitted = |key: &Admitted| {
            let begins = |beginning: &String| scanner.as_str().starts_with(beginning.as_str());
            key.beginnings.as_ref().is_none_or(|beginnings| beginnings.iter().any(begins))
        };
        narrow(&admitted, ReceiptProblem::NotAdmitted { scanner: scanner.clone() })?;
        let time_unix_s = receipt.time_unix_s;
        let in_time =
            |key: &Admitted| (key.not_before_unix_s..=key.not_after_unix_s).contains(&time_unix_s);
        narrow(&in_time, ReceiptProblem::KeyNotInTime { time_unix_s })?;
        narrow(&|key| !key.withdrawn, ReceiptProblem::KeyWithdrawn)?;
        narrow(&|key| sign1.verify(&key.key).is_ok(), ReceiptProblem::BadSignature)
    }
}
