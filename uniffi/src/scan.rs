//! The scanner and its verdicts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::exclusive::Exclusive;
use crate::host::{Handler, Store};
use crate::keys::HeldKey;
use crate::refusal::facts;
use crate::usage::{self, bits, code, count, seconds};
use crate::{
    ChainLink, ChallengeError, ChallengeForm, ClockEstimate, DeviceKey, DuplicateFill,
    DuplicateStore, ForeignCodeHandler, ForeignKind, IssuedChallenge, MemoryProblem, Merged,
    Message, NamedFact, Preflight, PublicKey, ReceiptError, ReceiptOutcome, ReceiptedVerdict,
    Refusal, SigningError, SnapshotError, SummaryError, UnknownStatus, UsageError,
};

/// Where, when and for what a code is scanned.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct ScanContext {
    /// The number in the catalogue of the application that the scanner serves, 1 to 65,535.
    pub application: i32,
    /// Where the scanner stands (GB/T 2260, six digits).
    pub place: i32,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
    /// The challenge that this scanner has shown, 5 to 16 bytes, when it has.
    #[uniffi(default = None)]
    pub challenge: Option<Vec<u8>>,
}

impl TryFrom<ScanContext> for onecode::Context {
    type Error = UsageError;

    fn try_from(context: ScanContext) -> Result<Self, UsageError> {
        Ok(onecode::Context {
            application: usage::application(context.application)?,
            place: usage::region(context.place)?,
            now_unix_s: context.now_unix_s,
            challenge: context.challenge.as_deref().map(usage::challenge).transpose()?,
        })
    }
}

/// A scan that was made earlier.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PastScan {
    /// The text, as it came from the reader.
    pub text: String,
    /// Where, when and for what it was scanned.
    pub context: ScanContext,
}

/// How strict a scanner is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Policy {
    /// By how many seconds the clocks of phone and scanner may differ, in either direction. Values
    /// above 120 count as that.
    #[uniffi(default = 30)]
    pub tolerance_s: i32,
    /// Whether practice cards are accepted, marked as such. Never at a live service.
    #[uniffi(default = false)]
    pub accept_specimens: bool,
}

impl TryFrom<Policy> for onecode::Policy {
    type Error = UsageError;

    fn try_from(policy: Policy) -> Result<Self, UsageError> {
        Ok(onecode::Policy {
            tolerance_s: seconds(policy.tolerance_s.into())?,
            accept_specimens: policy.accept_specimens,
        })
    }
}

/// A name in the two languages of the lists.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl From<&onecode::jose::Name> for Name {
    fn from(name: &onecode::jose::Name) -> Self {
        Name { zh: name.zh.clone(), en: name.en.clone() }
    }
}

/// A card-issuing agency (发卡地社会保障卡管理机构).
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Issuer {
    /// A short name that never changes, such as `cn-31`.
    pub id: String,
    /// Its names.
    pub name: Name,
    /// Where it issues cards.
    pub region: i32,
}

impl From<&onecode::trust::Issuer> for Issuer {
    fn from(issuer: &onecode::trust::Issuer) -> Self {
        Issuer { id: issuer.id.clone(), name: (&issuer.name).into(), region: code(issuer.region) }
    }
}

/// The answer to one scan.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Verdict {
    /// Let the person in.
    Accepted {
        /// What is known about the code.
        acceptance: Acceptance,
    },
    /// Do not, and say why.
    Refused {
        /// The reason, with its facts by type.
        refusal: Refusal,
        /// The same facts by name.
        facts: Vec<NamedFact>,
        /// What people are told.
        message: Message,
    },
    /// A code of another system, which the host has taken over: neither yes nor no.
    HandedOver {
        /// What it is.
        kind: ForeignKind,
    },
}

impl From<onecode::Verdict> for Verdict {
    fn from(verdict: onecode::Verdict) -> Self {
        match verdict {
            onecode::Verdict::Accepted(accepted) => {
                Verdict::Accepted { acceptance: accepted.into() }
            }
            onecode::Verdict::Refused(refusal) => Verdict::Refused {
                refusal: (&refusal).into(),
                facts: facts(&refusal),
                message: (&refusal).into(),
            },
            onecode::Verdict::HandedOver(code) => Verdict::HandedOver { kind: code.into() },
        }
    }
}

/// What is known about an accepted code.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Acceptance {
    /// Who issued the card.
    pub issuer: Issuer,
    /// The card's home region (GB/T 2260).
    pub region: i32,
    /// Stands for the card at this application, 32 hex digits; at another application it is
    /// another one.
    pub card: String,
    /// The functions loaded on the card, by the numbers that the catalogue gives them.
    pub entitlements: Vec<i32>,
    /// The application it was accepted for.
    pub application: i32,
    /// Seconds since the code was made, by the two clocks; negative when the phone's is ahead.
    pub age_s: i64,
    /// The card is another person's, shown by a relative.
    pub delegate: bool,
    /// A practice card.
    pub specimen: bool,
    /// Whether the card is in force, and how that is known.
    pub status: StatusAnswer,
    /// What the operator should know although the answer is yes.
    pub advisories: Vec<Advisory>,
}

impl From<onecode::Accepted> for Acceptance {
    fn from(accepted: onecode::Accepted) -> Self {
        Acceptance {
            issuer: accepted.issuer.as_ref().into(),
            region: code(accepted.region),
            card: accepted.card.to_string(),
            entitlements: bits(accepted.entitlements),
            application: accepted.application.get().into(),
            age_s: accepted.age_s,
            delegate: accepted.delegate,
            specimen: accepted.specimen,
            status: accepted.status.into(),
            advisories: accepted.advisories.into_iter().map(Advisory::from).collect(),
        }
    }
}

/// Whether an accepted card is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum StatusAnswer {
    /// Valid at this time (Unix seconds).
    Valid {
        /// As of when.
        as_of_unix_s: i64,
    },
    /// Not known; never to be taken for "revoked".
    Unknown {
        /// Why not.
        why: UnknownStatus,
    },
}

impl From<onecode::gate::StatusAnswer> for StatusAnswer {
    fn from(status: onecode::gate::StatusAnswer) -> Self {
        match status {
            onecode::gate::StatusAnswer::Valid { as_of_unix_s } => {
                StatusAnswer::Valid { as_of_unix_s }
            }
            onecode::gate::StatusAnswer::Unknown(why) => StatusAnswer::Unknown { why: why.into() },
            _ => StatusAnswer::Unknown { why: UnknownStatus::NoList },
        }
    }
}

/// Something to see to that is no reason to refuse.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Advisory {
    /// The card was accepted without knowing its status.
    StatusUnknown {
        /// Why it is not known.
        why: UnknownStatus,
    },
    /// The next trust list was due at this time (Unix seconds).
    TrustListDue {
        /// When.
        due_unix_s: i64,
    },
    /// The next catalogue was due at this time (Unix seconds).
    CatalogueDue {
        /// When.
        due_unix_s: i64,
    },
    /// This very code has been used before, and the application accepts that.
    UsedBefore {
        /// When it was used first (Unix seconds).
        first_unix_s: i64,
    },
    /// Whether the code has been used before could not be told, and the application accepts that.
    DuplicatesUnchecked {
        /// Why not.
        why: MemoryProblem,
    },
    /// The scanner's clock disagrees with most phones, and will refuse good codes if it goes on.
    ClockOff {
        /// By how much, and what that rests on.
        estimate: ClockEstimate,
    },
    /// One that this version of the binding has no type for.
    Other {
        /// Its name, in snake case.
        name: String,
    },
}

impl From<onecode::Advisory> for Advisory {
    fn from(advisory: onecode::Advisory) -> Self {
        match advisory {
            onecode::Advisory::StatusUnknown(why) => Advisory::StatusUnknown { why: why.into() },
            onecode::Advisory::TrustListDue { due_unix_s } => Advisory::TrustListDue { due_unix_s },
            onecode::Advisory::CatalogueDue { due_unix_s } => Advisory::CatalogueDue { due_unix_s },
            onecode::Advisory::UsedBefore { first_unix_s } => Advisory::UsedBefore { first_unix_s },
            onecode::Advisory::DuplicatesUnchecked(why) => {
                Advisory::DuplicatesUnchecked { why: why.into() }
            }
            onecode::Advisory::ClockOff(estimate) => {
                Advisory::ClockOff { estimate: estimate.into() }
            }
            other => Advisory::Other { name: other.name().to_owned() },
        }
    }
}

/// Says yes or no to codes, offline, by the lists it has been given. The core's `Scanner`; that
/// name is taken on two platforms. Threads wait for each other.
#[derive(uniffi::Object)]
pub struct OneCodeScanner {
    pub(crate) scanner: Exclusive<onecode::Scanner>,
    /// Signs receipts, once they are started.
    receipt_key: Mutex<Option<Arc<HeldKey>>>,
}

impl From<onecode::Scanner> for OneCodeScanner {
    fn from(scanner: onecode::Scanner) -> Self {
        OneCodeScanner { scanner: Exclusive::new(scanner), receipt_key: Mutex::new(None) }
    }
}

#[uniffi::export]
impl OneCodeScanner {
    /// A scanner that believes lists signed by these operator roots, and has none yet.
    #[uniffi::constructor]
    pub fn new(roots: Vec<Arc<PublicKey>>, policy: Policy) -> Result<Self, UsageError> {
        let roots = roots.iter().map(|root| root.0);
        Ok(onecode::Scanner::new(roots, policy.try_into()?).into())
    }

    /// A scanner that goes on where `snapshot` was made, without lists: install them again. What
    /// is older than the lists it had is refused. The host's own store and handler have to be set
    /// again.
    #[uniffi::constructor]
    pub fn restore(snapshot: Vec<u8>, policy: Policy) -> Result<Self, SnapshotError> {
        Ok(onecode::Scanner::restore(&snapshot, policy.try_into()?)?.into())
    }

    /// Everything that a scanner has found out and must not forget, for the host to store where
    /// only it can write. The signed documents are not in it: the host keeps those.
    pub fn snapshot(&self) -> Result<Vec<u8>, UsageError> {
        self.scanner.with(|scanner| scanner.snapshot())
    }

    /// Ages and ends of every list, and until when each application will work with them: what an
    /// operator looks at before the doors open. Nothing is changed.
    pub fn preflight(&self, now_unix_s: i64) -> Result<Preflight, UsageError> {
        Ok(self.scanner.with(|scanner| scanner.preflight(now_unix_s))?.into())
    }

    /// What this scanner has seen used and what still matters, for the other gates of its venue,
    /// in as many summaries as it takes. They share a key of 32 random bytes.
    pub fn duplicates_summaries(
        &self,
        venue_key: Vec<u8>,
        now_unix_s: i64,
    ) -> Result<Vec<Vec<u8>>, UsageError> {
        let key = usage::venue_key(venue_key)?;
        self.scanner.with(|scanner| scanner.duplicates_summaries(&key, now_unix_s))
    }

    /// Takes in what another gate has seen, wholly or not at all, in any order.
    pub fn merge_duplicates(
        &self,
        summary: Vec<u8>,
        venue_key: Vec<u8>,
        now_unix_s: i64,
    ) -> Result<Merged, SummaryError> {
        let key = usage::venue_key(venue_key)?;
        Ok(self
            .scanner
            .with(|scanner| scanner.merge_duplicates(&summary, &key, now_unix_s))??
            .into())
    }

    /// The operator roots in force.
    pub fn roots(&self) -> Result<Vec<Arc<PublicKey>>, UsageError> {
        let key = |key: &onecode::PublicKey| Arc::new(PublicKey(*key));
        self.scanner.with(|scanner| scanner.roots().iter().map(key).collect())
    }

    /// Bytes of memory that the status lists take.
    pub fn status_bytes(&self) -> Result<i64, UsageError> {
        self.scanner.with(|scanner| count(scanner.status_bytes()))
    }

    /// Takes a trust list (compact JWS) that one of the pinned roots has signed. When the list
    /// names roots, they take the place of the pinned ones.
    pub fn install_trust_list(&self, jws: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        Ok(self.scanner.with(|scanner| scanner.install_trust_list(&jws, now_unix_s))??)
    }

    /// Takes an application catalogue (compact JWS) that one of the pinned roots has signed.
    pub fn install_catalogue(&self, jws: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        Ok(self.scanner.with(|scanner| scanner.install_catalogue(&jws, now_unix_s))??)
    }

    /// Takes a status list, or a delta for all lists of an issuer, signed by a key that the trust
    /// list admits for it.
    pub fn install_status(&self, cwt: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        Ok(self.scanner.with(|scanner| scanner.install_status(&cwt, now_unix_s))??)
    }

    /// Makes a challenge for one code to answer within two minutes, and keeps it open. Of 64 that
    /// are open, the oldest makes way.
    pub fn issue_challenge(
        &self,
        form: ChallengeForm,
        now_unix_s: i64,
    ) -> Result<IssuedChallenge, ChallengeError> {
        Ok(self.scanner.with(|scanner| scanner.issue_challenge(form.into(), now_unix_s))??.into())
    }

    /// Keeps a challenge open that the host has made itself, for one code and before
    /// `expires_unix_s`. Its bytes must be random and never used before.
    pub fn expect_challenge(
        &self,
        challenge: Vec<u8>,
        expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), ChallengeError> {
        let challenge = usage::challenge(&challenge)?;
        let expect = |scanner: &mut onecode::Scanner| {
            scanner.expect_challenge(challenge, expires_unix_s, now_unix_s)
        };
        Ok(self.scanner.with(expect)??)
    }

    /// Codes of other systems that the catalogue names are offered to this handler from now on.
    pub fn set_foreign_handler(
        &self,
        handler: Arc<dyn ForeignCodeHandler>,
    ) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.set_foreign_handler(Arc::new(Handler(handler))))
    }

    /// Puts a store of the host in place of the scanner's own memory of used codes. What the
    /// memory held is not handed over; set the store before the first scan.
    pub fn set_duplicate_store(&self, store: Arc<dyn DuplicateStore>) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.set_duplicate_store(Arc::new(Store(store))))
    }

    /// How many used codes and waiting cards the memory may hold; 65,536 unless told otherwise.
    pub fn set_duplicate_capacity(&self, entries: i64) -> Result<(), UsageError> {
        let entries = usage::entries(entries)?;
        self.scanner.with(|scanner| scanner.set_duplicate_capacity(entries))
    }

    /// How full the memory of used codes is.
    pub fn duplicate_fill(&self) -> Result<DuplicateFill, UsageError> {
        let (entries, capacity) = self.scanner.with(|scanner| scanner.duplicate_fill())?;
        Ok(DuplicateFill { entries: count(entries), capacity: count(capacity) })
    }

    /// Takes status lists and the deltas that continue them again, in the order in which they once
    /// came into force; all of them or none. This is how a host that keeps what it was sent goes
    /// on after a restart with no network.
    pub fn reinstall_status(
        &self,
        lists_and_deltas: Vec<Vec<u8>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        Ok(self
            .scanner
            .with(|scanner| scanner.reinstall_status(&lists_and_deltas, now_unix_s))??)
    }

    /// What recent genuine codes say about this scanner's clock, when enough of them agree.
    pub fn clock_estimate(&self, now_unix_s: i64) -> Result<Option<ClockEstimate>, UsageError> {
        self.scanner.with(|scanner| scanner.clock_estimate(now_unix_s).map(ClockEstimate::from))
    }

    /// Decides about one text as it came from the reader: unchanged, not trimmed.
    pub fn scan(&self, text: String, context: ScanContext) -> Result<Verdict, UsageError> {
        let context = context.try_into()?;
        Ok(self.scanner.with(|scanner| scanner.scan(&text, &context))?.into())
    }

    /// Decides again about scans of the past, by the lists in force here: one call for many, for a
    /// back office. The verdicts come in the order of the scans.
    ///
    /// Each is the one that `scan` would give if the code came for the first time. What was used
    /// before is neither looked up nor remembered, no handler is asked, and nothing of this scanner
    /// changes. The time in a context is that of the scan, not of today; a challenge is the one in
    /// the context. When one context is not possible, nothing is decided. Other calls wait
    /// meanwhile: use a scanner of its own, or one for each thread, and some thousand scans a call.
    pub fn verify_batch(&self, scans: Vec<PastScan>) -> Result<Vec<Verdict>, UsageError> {
        let scans = scans.into_iter().map(|scan| Ok((scan.text, scan.context.try_into()?)));
        let scans = scans.collect::<Result<Vec<(String, onecode::Context)>, UsageError>>()?;
        let scans = scans.iter().map(|(text, context)| onecode::gate::PastScan { text, context });
        let scans: Vec<_> = scans.collect();
        let verdicts = self.scanner.with(|scanner| scanner.verify_batch(&scans))?;
        Ok(verdicts.into_iter().map(Verdict::from).collect())
    }

    /// From now on scans can have receipts, under this name (1 to 64 of `a` to `z`, `0` to `9`,
    /// `-` and `.`) and signed by this key. A scanner that goes on from a snapshot goes on with
    /// its chain.
    pub fn start_receipts(
        &self,
        scanner: String,
        key: Arc<dyn DeviceKey>,
    ) -> Result<(), ReceiptError> {
        let (id, key) = (usage::scanner_id(&scanner)?, Arc::new(HeldKey::new(key)?));
        // Both at once: no receipt has the name of one and the signature of another.
        Ok(self.scanner.with(|scanner| {
            scanner.start_receipts(id);
            *self.receipt_key() = Some(key);
        })?)
    }

    /// Where the chain of receipts stands. Kept elsewhere, it shows later that none was taken off
    /// the end.
    pub fn receipt_head(&self) -> Result<Option<ChainLink>, UsageError> {
        self.scanner.with(|scanner| scanner.receipt_head().map(ChainLink::from))
    }

    /// Decides as `scan` does, with a receipt. Store the receipt before the next scan: the chain
    /// goes on from it.
    pub fn scan_with_receipt(
        &self,
        text: String,
        context: ScanContext,
    ) -> Result<ReceiptedVerdict, UsageError> {
        let context = context.try_into()?;
        let (verdict, receipt) = self.scanner.with(|scanner| {
            let key = self.receipt_key().clone();
            match key {
                Some(key) => scanner.scan_with_receipt(&text, &context, &*key),
                None => {
                    (scanner.scan(&text, &context), Err(onecode::receipt::ReceiptError::NotStarted))
                }
            }
        })?;
        let receipt = match receipt {
            Ok(bytes) => ReceiptOutcome::Written { bytes },
            Err(error) => ReceiptOutcome::Missing { why: error.into() },
        };
        Ok(ReceiptedVerdict { verdict: verdict.into(), receipt })
    }
}

impl OneCodeScanner {
    /// Asked for only while the scanner is held.
    fn receipt_key(&self) -> MutexGuard<'_, Option<Arc<HeldKey>>> {
        self.receipt_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A signed document could not be taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum DocumentError {
    /// Larger than any document that is looked at.
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: i64,
        /// Bytes allowed.
        limit: i64,
    },
    /// Not three parts with dots between them, or too long a header or signature.
    #[error("not a compact JWS")]
    NotJws,
    /// A part that is not base64url without padding.
    #[error("the {part} is {problem}")]
    NotBase64Url {
        /// `header`, `payload` or `signature`.
        part: String,
        /// What is wrong with it, and where.
        problem: String,
    },
    /// A protected header with anything but `alg`, `kid` and `typ`.
    #[error("the protected header is not exactly alg, kid and typ")]
    Header,
    /// Another kind of document.
    #[error("this is a document of type {found:?}")]
    WrongKind {
        /// Its `typ`.
        found: String,
    },
    /// Signed by a key that is no root here.
    #[error("no pinned root has the key {key:?}")]
    UnknownRoot {
        /// The `kid` in the header.
        key: String,
    },
    /// The header names another algorithm than that of the root key.
    #[error("the root key is for {key}, the header says {named:?}")]
    WrongAlgorithm {
        /// The algorithm of the key.
        key: String,
        /// What the header says.
        named: String,
    },
    /// The signature does not hold.
    #[error("the signature does not hold")]
    BadSignature,
    /// Signed, but not what such a document must hold; or JSON that is no such document.
    #[error("the content cannot be used: {detail}")]
    Content {
        /// Where and why.
        detail: String,
    },
}

impl From<onecode::jose::DocumentError> for DocumentError {
    fn from(error: onecode::jose::DocumentError) -> Self {
        use onecode::jose::DocumentError as Core;
        match error {
            Core::TooLarge { length, limit } => {
                DocumentError::TooLarge { length: count(length), limit: count(limit) }
            }
            Core::NotJws => DocumentError::NotJws,
            Core::NotBase64Url { part, problem } => {
                DocumentError::NotBase64Url { part: part.to_owned(), problem: problem.to_string() }
            }
            Core::Header => DocumentError::Header,
            Core::WrongKind { found } => DocumentError::WrongKind { found },
            Core::UnknownRoot { key } => DocumentError::UnknownRoot { key },
            Core::WrongAlgorithm { key, named } => {
                DocumentError::WrongAlgorithm { key: key.to_owned(), named }
            }
            Core::BadSignature => DocumentError::BadSignature,
            Core::Content { detail } => DocumentError::Content { detail },
            other => DocumentError::Content { detail: other.to_string() },
        }
    }
}

/// A list was not taken; what was in force before still is.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum InstallError {
    /// The document is not signed by a pinned root, or cannot be used.
    #[error("{document}")]
    Document {
        /// What is wrong with it.
        document: DocumentError,
    },
    /// The status list or delta cannot be used.
    #[error("{list}")]
    Status {
        /// What is wrong with it.
        list: StatusListError,
    },
    /// An older edition than the one in force.
    #[error("edition {offered} is older than {in_force}, which is in force")]
    Rollback {
        /// Sequence number, or time of a status list, in force.
        in_force: i64,
        /// The one offered.
        offered: i64,
    },
    /// Another document under the sequence number of the one in force.
    #[error("another document has the sequence number {sequence} already")]
    SameSequence {
        /// The sequence number.
        sequence: i64,
    },
    /// It has expired, by this scanner's clock.
    #[error("it expired at {expired_unix_s} (Unix seconds)")]
    Expired {
        /// When.
        expired_unix_s: i64,
    },
    /// It was issued further after this scanner's clock than any clock should be wrong: the
    /// signer's clock is ahead, or this scanner's behind. Hand it in again when the clock has been
    /// set.
    #[error(
        "it was issued at {issued_at_unix_s} (Unix seconds), more than {limit_s} s after this \
         scanner's clock: one of the two clocks is wrong"
    )]
    IssuedAhead {
        /// When it was issued, by its signer's clock (Unix seconds).
        issued_at_unix_s: i64,
        /// By how much that is after this scanner's clock.
        ahead_s: i64,
        /// By how much it may be.
        limit_s: i64,
    },
    /// A status list needs a trust list to be checked against.
    #[error("there is no trust list yet")]
    NoTrustList,
    /// No key of that issuer, in force now, may sign status lists under that key id.
    #[error("no key of {issuer} that may sign status lists has this key id")]
    NoStatusKey {
        /// The issuer it names.
        issuer: String,
    },
    /// The signature of the status list does not hold.
    #[error("the signature of the status list does not hold")]
    BadSignature,
    /// A delta for lists of another time than those in force, or of another key.
    #[error("this delta continues lists of {from_unix_s} (Unix seconds) that are not in force")]
    NoBase {
        /// The time it continues from.
        from_unix_s: i64,
    },
    /// One that this version of the binding has no type for.
    #[error("{detail}")]
    Other {
        /// What it is.
        detail: String,
    },
    /// A call from inside a call.
    #[error("{usage}")]
    Usage {
        /// Which.
        #[from]
        usage: UsageError,
    },
}

impl From<onecode::InstallError> for InstallError {
    fn from(error: onecode::InstallError) -> Self {
        use onecode::InstallError as Core;
        match error {
            Core::Document(error) => InstallError::Document { document: error.into() },
            Core::Status(error) => InstallError::Status { list: error.into() },
            Core::Rollback { in_force, offered } => InstallError::Rollback { in_force, offered },
            Core::SameSequence { sequence } => {
                InstallError::SameSequence { sequence: i64::try_from(sequence).unwrap_or(i64::MAX) }
            }
            Core::Expired { expired_unix_s } => InstallError::Expired { expired_unix_s },
            Core::IssuedAhead { issued_at_unix_s, ahead_s, limit_s } => {
                InstallError::IssuedAhead { issued_at_unix_s, ahead_s, limit_s }
            }
            Core::NoTrustList => InstallError::NoTrustList,
            Core::NoStatusKey { issuer } => InstallError::NoStatusKey { issuer },
            Core::BadSignature => InstallError::BadSignature,
            Core::NoBase { from_unix_s } => InstallError::NoBase { from_unix_s },
            other => InstallError::Other { detail: other.to_string() },
        }
    }
}

/// A status list or delta cannot be used or made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum StatusListError {
    /// Larger than any list of one shard.
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: i64,
        /// Bytes allowed.
        limit: i64,
    },
    /// The encoding departs from the specification.
    #[error("not a status list: {problem:?} at byte {at}")]
    Form {
        /// Offset of the problem in bytes.
        at: i64,
        /// What is wrong there.
        problem: crate::CborProblem,
    },
    /// A signed token of another kind.
    #[error("this is another kind of signed token")]
    WrongKind,
    /// The list or delta is properly encoded and holds what a scanner cannot use.
    #[error("the content cannot be used: {detail}")]
    Content {
        /// Where and why.
        detail: String,
    },
    /// A time is before 1970 or after 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// The time.
        unix_s: i64,
    },
    /// The key did not sign.
    #[error("{signing}")]
    Signing {
        /// Why not.
        #[from]
        signing: SigningError,
    },
    /// A value that is not possible.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

impl From<onecode::status::StatusListError> for StatusListError {
    fn from(error: onecode::status::StatusListError) -> Self {
        use onecode::status::StatusListError as Core;
        match error {
            Core::TooLarge { length, limit } => {
                StatusListError::TooLarge { length: count(length), limit: count(limit) }
            }
            Core::Form(error) => {
                StatusListError::Form { at: count(error.at), problem: error.problem.into() }
            }
            Core::WrongKind => StatusListError::WrongKind,
            Core::Time { unix_s } => StatusListError::Time { unix_s },
            Core::Signing(error) => StatusListError::Signing { signing: error.into() },
            other => StatusListError::Content { detail: other.to_string() },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;
    use crate::{generate_key, Algorithm, ReceiptKeys};

    #[test]
    fn a_receipt_is_signed_by_the_key_of_its_name() {
        let policy = Policy { tolerance_s: 30, accept_specimens: false };
        let scanner = OneCodeScanner::new(vec![], policy).unwrap();
        let named = ["a", "b"].map(|name| (name, generate_key(Algorithm::Ed25519).unwrap().key));
        let start = |(name, key): &(&str, Arc<dyn DeviceKey>)| {
            scanner.start_receipts((*name).to_owned(), key.clone()).unwrap();
        };
        start(&named[0]);
        thread::scope(|scope| {
            let other = scope.spawn(|| (0..2_000).for_each(|n| start(&named[n % 2])));
            while !other.is_finished() {
                let context = ScanContext {
                    application: 101,
                    place: 310_000,
                    now_unix_s: 1_795_392_000,
                    challenge: None,
                };
                let scanned = scanner.scan_with_receipt(String::new(), context).unwrap();
                let ReceiptOutcome::Written { bytes } = scanned.receipt else { panic!() };
                let signer = |(name, key): &(&str, Arc<dyn DeviceKey>)| {
                    let keys = ReceiptKeys::of(vec![key.public_key().unwrap()]);
                    keys.verify(bytes.clone()).is_ok_and(|receipt| receipt.scanner == *name)
                };
                assert!(named.iter().any(signer), "signed by the key of another name");
            }
        });
    }
}
