//! The receipt: what a scanner decided, when, and by which lists. It is signed and chained to the
//! one before it.
//!
//! Uses scans and their evidence, and the COSE layer. It contains nothing personal. Specification:
//! RFC 8392 (CWT), docs/SPEC.md section 19.

mod answering;
mod archived;
mod bundle;
mod chain;
mod finding;
mod keys;
mod made;
mod replay;
mod retention;
mod totals;
mod wire;

pub use answering::{province_name, Answer, Answering};
pub use bundle::{
    BundleError, BundledKind, BundledList, EvidenceBundle, MAX_BUNDLE, MAX_BUNDLED_RECEIPTS,
};
pub use chain::{verify_chain, ChainError, ChainLink, ChainProblem, ChainSummary, ChainVerifier};
pub use finding::{Finding, Judged, NotProven};
pub use keys::{ReceiptKeys, ReceiptProblem};
pub use made::{PreparedReceipt, ReceiptError};
pub use replay::{ReplayError, ReplayLists, ReplayListsError};
pub use retention::Retention;
pub use totals::{published, Answers, CardProvinces, Month, MonthTotals, Published, Totals, FEW};

use std::fmt;

use crate::card::{CardCredential, UnverifiedCredential};
use crate::code::{ApplicationNumber, Challenge};
use crate::cose::{CborError, KeyId, Reader};
use crate::jose::Sha256Hash;
use crate::keys::{hmac, sha256};
use crate::region::Region;
use crate::scan::evidence::{Consulted, Edition, Evidence};
use crate::scanner::{ReceiptChain, Scanner, SnapshotError};

/// The name of a scanner in its receipts: 1 to 64 of `a` to `z`, `0` to `9`, `-` and `.`. By its
/// prefix, the trust list says which keys may sign for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ScannerId(String);

impl ScannerId {
    /// Takes a name if it has that form.
    pub fn new(id: &str) -> Option<Self> {
        let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
        let good = (1..=64).contains(&id.len()) && id.bytes().all(plain);
        good.then(|| ScannerId(id.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScannerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How many seconds before midnight UTC a day of receipts begins. The gates stand in China, and the
/// day must not change during the morning rush.
const DAY_BEGINS_BEFORE_S: i64 = 28_800;
const DAY_S: i64 = 86_400;

/// The number of the day that a receipt belongs to; each begins at 16:00 UTC.
pub fn day(unix_s: i64) -> i64 {
    unix_s.saturating_add(DAY_BEGINS_BEFORE_S).div_euclid(DAY_S)
}

/// What is hashed for one application on one day. With this prefix, hashes for different
/// applications or days never match.
fn scope(label: &[u8], application: ApplicationNumber, unix_s: i64) -> Vec<u8> {
    let mut scope = label.to_vec();
    scope.push(0);
    scope.extend(application.get().to_be_bytes());
    scope.extend(day(unix_s).to_be_bytes());
    scope
}

/// The hash of a text in the receipts of one application on one day (which begins at 16:00 UTC). It
/// finds the receipt of a text at hand. Without the text, the hashes of two applications or two
/// days cannot be matched.
///
/// `unix_s` is the receipt's time; only its day counts.
pub fn text_hash(text: &str, application: ApplicationNumber, unix_s: i64) -> [u8; 32] {
    let mut input = scope(b"onecode receipt text", application, unix_s);
    input.extend(text.as_bytes());
    sha256(&input)
}

/// The name of a card in the receipts of one application on one day, which begins at 16:00 UTC.
/// Telling whose it is takes the card's credential, or a code that carried it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pseudonym(pub [u8; 16]);

impl Pseudonym {
    /// The pseudonym of a card. An issuer finds out whose receipt it is by trying the credentials
    /// it has signed.
    ///
    /// `unix_s` is the receipt's time; only its day counts. `None` when the credential has no
    /// signature.
    pub fn of(
        credential: &CardCredential,
        application: ApplicationNumber,
        unix_s: i64,
    ) -> Option<Self> {
        let mut reader = Reader::new(credential.as_bytes());
        let secret = UnverifiedCredential::read(&mut reader).ok()?.secret()?;
        Some(Pseudonym::keyed(&secret, application, unix_s))
    }

    fn keyed(secret: &[u8; 32], application: ApplicationNumber, unix_s: i64) -> Self {
        let input = scope(b"onecode receipt pseudonym", application, unix_s);
        let mut pseudonym = [0; 16];
        pseudonym.copy_from_slice(&hmac(secret, &input)[..16]);
        Pseudonym(pseudonym)
    }
}

impl fmt::Display for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Pseudonym {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonym({self})")
    }
}

/// A receipt whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Who scanned.
    pub scanner: ScannerId,
    /// When, by the scanner's clock (Unix seconds).
    pub time_unix_s: i64,
    /// Its number. The first receipt of a chain is 0.
    pub number: u64,
    /// The SHA-256 of the receipt before it, signature included; zeros for the first.
    pub previous: [u8; 32],
    /// Its own SHA-256.
    pub hash: [u8; 32],
    /// 0 for accepted, otherwise the number of the refusal. 110 for a code of another system, even
    /// when the host handled it.
    pub verdict: u16,
    /// Whether the host handled it, as a code of another system.
    pub handed_over: bool,
    /// The application that the scanner served.
    pub application: ApplicationNumber,
    /// Where.
    pub place: Region,
    /// The hash of the scanned text: [`text_hash`] of it, with this application and time.
    pub text_hash: [u8; 32],
    /// The card, if the issuer's signature held.
    pub card: Option<Pseudonym>,
    /// The tolerance in force, in seconds.
    pub tolerance_s: u16,
    /// Whether practice cards were accepted.
    pub specimens_accepted: bool,
    /// The sequence number of the trust list in force.
    pub trust_list: Option<u64>,
    /// The sequence number of the catalogue in force.
    pub catalogue: Option<u64>,
    /// The status list that the scan used.
    pub status: Option<ReceiptStatus>,
    /// The challenge that the host named.
    pub shown: Option<Challenge>,
    /// The evidence for the verdict, for [`ReplayLists::replay`].
    evidence: Evidence,
}

/// The status list that a scan used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptStatus {
    /// Its number among those of the card's issuer.
    pub number: u16,
    /// Its time (Unix seconds).
    pub issued_at_unix_s: i64,
    /// The key that signed it.
    pub signed_by: KeyId,
}

impl Scanner {
    /// From now on scans can have receipts, under this name.
    ///
    /// A scanner restored from a snapshot continues its chain. A different name begins a new chain
    /// at number 0. The signature of the next receipt is checked.
    pub fn start_receipts(&mut self, scanner: ScannerId) {
        let chain = self.chain_of_receipts_mut();
        if chain.as_ref().is_none_or(|chain| chain.scanner != scanner.0) {
            *chain = Some(ReceiptChain::new(scanner.0, 0, [0; 32]));
        }
        if let Some(chain) = chain {
            chain.checked = None;
        }
    }

    /// Where the chain of receipts stands: what the next one will have for its number and for the
    /// one before it. Keep it elsewhere: later it shows that no receipt is missing at the end.
    pub fn receipt_head(&self) -> Option<ChainLink> {
        let chain = self.chain_of_receipts()?;
        Some(ChainLink { number: chain.number, previous: chain.previous })
    }

    /// [`Scanner::snapshot`] with a chain of receipts that stands at `head`. Receipts from there on
    /// are not stored yet; the used codes are saved without waiting for them.
    pub fn snapshot_with_receipts_at(&self, head: ChainLink) -> Vec<u8> {
        self.snapshot_with(self.chain_at(head).as_ref())
    }

    /// Forgets what it has found out since one of its own snapshots: uses of codes, and answers to
    /// challenges. A host calls this when it could not store them or could not deliver the verdict:
    /// a code counts as used only if its holder got an answer. Afterwards the chain of receipts
    /// stands at `head`, if it was begun. The lists in force and the host's settings stay.
    pub fn go_back_to(
        &mut self,
        snapshot: &[u8],
        head: Option<ChainLink>,
    ) -> Result<(), SnapshotError> {
        let receipts = head.and_then(|head| self.chain_at(head));
        self.go_back(snapshot, receipts)
    }

    fn chain_at(&self, ChainLink { number, previous }: ChainLink) -> Option<ReceiptChain> {
        let scanner = self.chain_of_receipts()?.scanner.clone();
        Some(ReceiptChain::new(scanner, number, previous))
    }
}

impl Receipt {
    /// Reads a receipt and checks who signed it.
    pub fn verify(bytes: &[u8], keys: &ReceiptKeys) -> Result<Self, ReceiptProblem> {
        let unverified = wire::read(bytes)?;
        keys.check(&unverified)?;
        Ok(unverified.receipt)
    }
}

/// The time of a receipt (Unix seconds). UNVERIFIED: nobody has checked who signed it. It helps to
/// find out how old a file of one's own receipts is.
pub fn unverified_time(receipt: &[u8]) -> Result<i64, CborError> {
    Ok(wire::read(receipt)?.receipt.time_unix_s)
}

impl From<CborError> for ReceiptProblem {
    fn from(error: CborError) -> Self {
        ReceiptProblem::Form(error)
    }
}

impl Receipt {
    /// The hash of the trust list in force.
    pub fn trust_list_hash(&self) -> Option<Sha256Hash> {
        self.evidence.trust_list.map(|edition| edition.hash)
    }

    /// The hash of the catalogue in force.
    pub fn catalogue_hash(&self) -> Option<Sha256Hash> {
        self.evidence.catalogue.map(|edition| edition.hash)
    }

    /// The number of the roots edition in force; 0 for a lone key.
    pub fn roots(&self) -> u64 {
        self.evidence.roots
    }

    /// The hashes of the withdrawal notices and indexes that changed the verdict or its advisories.
    pub fn applied(&self) -> &[Sha256Hash] {
        &self.evidence.applied
    }

    fn sequence(edition: Option<Edition>) -> Option<u64> {
        edition.map(|edition| edition.sequence)
    }

    fn status_of(consulted: Consulted) -> Option<ReceiptStatus> {
        match consulted {
            Consulted::List { number, issued_at_unix_s, signed_by } => {
                Some(ReceiptStatus { number, issued_at_unix_s, signed_by })
            }
            Consulted::NotYet | Consulted::Nothing { .. } => None,
        }
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
                "⌊(`iat` of the receipt + {}) / {}⌋",
                number(DAY_BEGINS_BEFORE_S),
                number(DAY_S)
            ),
            "\"onecode receipt text\" ‖ 00 ‖ application, 2 bytes ‖ day, 8 bytes ‖ text",
            "\"onecode receipt pseudonym\" ‖ 00 ‖ application, 2 bytes ‖ day, 8 bytes",
        ]);
    }

    #[test]
    fn the_day_begins_at_midnight_where_the_gates_stand() {
        let application = ApplicationNumber::new(101).unwrap();
        let day_of = |unix_s| {
            (
                Pseudonym::keyed(&[7; 32], application, unix_s),
                text_hash("text", application, unix_s),
            )
        };
        // 2026-11-23T16:00:00Z is midnight in Beijing.
        let midnight = 1_795_392_000 + 57_600;
        for (at, same) in [(-1, false), (0, true), (28_800, true), (86_399, true), (86_400, false)]
        {
            let (card, text) = day_of(midnight + at);
            let (of_day, text_of_day) = day_of(midnight + 5);
            assert_eq!((card == of_day, text == text_of_day), (same, same), "{at}");
        }
        for far in [i64::MIN, i64::MAX] {
            let _ = day_of(far);
        }
    }

    #[test]
    fn the_hash_of_a_text_joins_no_applications() {
        let hash =
            |number, unix_s| text_hash("OC1:", ApplicationNumber::new(number).unwrap(), unix_s);
        let now = 1_795_392_000;
        assert_eq!(hash(101, now), hash(101, now + 60));
        assert_ne!(hash(101, now), hash(102, now));
        assert_ne!(hash(101, now), hash(101, now + 86_400));
        assert_ne!(hash(101, now), sha256(b"OC1:"));
    }
}
