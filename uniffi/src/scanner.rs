//! The scanner.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use onecode::challenge::ChallengeForm;

use crate::exclusive::Exclusive;
use crate::host::{Handler, Store};
use crate::keys::HeldKey;
use crate::usage::{self, count};
use crate::{
    ChainLink, ChallengeError, ClockEstimate, DeviceKey, DuplicateFill, DuplicateStore,
    ForeignCodeHandler, InstallError, IssuedChallenge, Merged, Others, PastScan, Policy, Preflight,
    ReceiptError, ReceiptOutcome, ReceiptedVerdict, Roots, ScanContext, SnapshotError,
    SummaryError, UsageError, Verdict,
};

/// Accepts or refuses codes offline, by the lists it has been given. In the core it is called
/// `Scanner`; that name is taken on two platforms. Calls from several threads run one after the
/// other.
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
    /// A scanner that believes lists signed by these roots: an edition, the hash of one, or a lone
    /// key. It has no lists yet.
    #[uniffi::constructor]
    pub fn new(roots: Arc<Roots>, policy: Policy) -> Result<Self, UsageError> {
        Ok(onecode::Scanner::new(roots.0.clone(), policy.try_into()?).into())
    }

    /// A scanner that continues from `snapshot`, without lists: install them again. It refuses
    /// lists older than those it had. The host's own store and handler must be set again.
    #[uniffi::constructor]
    pub fn restore(snapshot: Vec<u8>, policy: Policy) -> Result<Self, SnapshotError> {
        Ok(onecode::Scanner::restore(&snapshot, policy.try_into()?)?.into())
    }

    /// Everything a scanner has found out and must not forget. The host stores it where only the
    /// host can write. The signed documents are not included: the host keeps those.
    pub fn snapshot(&self) -> Result<Vec<u8>, UsageError> {
        self.scanner.with(|scanner| scanner.snapshot())
    }

    /// How old each list is, when it ends, and how long each application will work. An operator
    /// looks at this before the doors open. It changes nothing.
    pub fn preflight(&self, now_unix_s: i64) -> Result<Preflight, UsageError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.preflight(now_unix_s))?.into())
    }

    /// What is known to be used and still matters, for the other gates of its venue, in as many
    /// summaries as needed. They share a key of 32 random bytes. Of cards it tells only those that
    /// this scanner has seen, so each gate must hear every other one. Deliver each summary at once:
    /// any delay lengthens a card's wait elsewhere.
    pub fn duplicates_summaries(
        &self,
        venue_key: Vec<u8>,
        now_unix_s: i64,
    ) -> Result<Vec<Vec<u8>>, UsageError> {
        let now_unix_s = usage::time(now_unix_s)?;
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
        let now_unix_s = usage::time(now_unix_s)?;
        let key = usage::venue_key(venue_key)?;
        Ok(self
            .scanner
            .with(|scanner| scanner.merge_duplicates(&summary, &key, now_unix_s))??
            .into())
    }

    /// The roots in force.
    pub fn roots(&self) -> Result<Roots, UsageError> {
        self.scanner.with(|scanner| Roots(scanner.roots().clone()))
    }

    /// Believes only these roots from now on, as if it had been set up with them. A host does so
    /// when its operator has chosen other roots by hand and `Roots.came_by` says that the state has
    /// other ones.
    ///
    /// A trust list or catalogue that they would not take goes out of force. The scanner then
    /// refuses with 701 or 703 until it has one that they take. All else stays: used codes, status
    /// lists, and the numbers below which it takes no edition that the new roots would have taken.
    pub fn begin_anew(&self, roots: Arc<Roots>) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.begin_anew(roots.0.clone()))
    }

    /// Bytes of memory used by the status lists.
    pub fn status_bytes(&self) -> Result<i64, UsageError> {
        self.scanner.with(|scanner| count(scanner.status_bytes()))
    }

    /// Takes the next edition of the roots document, or the one whose hash the scanner was set up
    /// with. After a long time offline each edition is installed in its turn. No date is asked, so
    /// a scanner whose clock is wrong walks, too. The edition in force is accepted again.
    pub fn install_roots(&self, json: Vec<u8>) -> Result<(), InstallError> {
        Ok(self.scanner.with(|scanner| scanner.install_roots(&json))??)
    }

    /// Installs a trust list that a threshold of the holders has signed.
    pub fn install_trust_list(&self, json: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.install_trust_list(&json, now_unix_s))??)
    }

    /// Installs an application catalogue that a threshold of the holders has signed.
    pub fn install_catalogue(&self, json: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.install_catalogue(&json, now_unix_s))??)
    }

    /// Takes a withdrawal notice, signed by one holder that answers for the issuer. It counts until
    /// it ends or a trust list names it, over a restart as well.
    pub fn install_withdrawal(&self, json: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.install_withdrawal(&json, now_unix_s))??)
    }

    /// Takes an index, signed by one index key. It brings nothing into force: if it names more than
    /// this scanner has, verdicts and `preflight` say so.
    pub fn install_index(&self, json: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.install_index(&json, now_unix_s))??)
    }

    /// Installs a status list, or a delta for all lists of an issuer. A key that the trust list
    /// admits for it must have signed it.
    pub fn install_status(&self, cwt: Vec<u8>, now_unix_s: i64) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.install_status(&cwt, now_unix_s))??)
    }

    /// Makes a challenge for one code to answer within two minutes, and keeps it open. When 64 are
    /// open, the oldest is closed.
    pub fn issue_challenge(
        &self,
        form: ChallengeForm,
        now_unix_s: i64,
    ) -> Result<IssuedChallenge, ChallengeError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self.scanner.with(|scanner| scanner.issue_challenge(form, now_unix_s))??.into())
    }

    /// Keeps a challenge open that the host has made itself, for one code, until `expires_unix_s`.
    /// Its bytes must be random and never used before.
    pub fn expect_challenge(
        &self,
        challenge: Vec<u8>,
        expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), ChallengeError> {
        let now_unix_s = usage::time(now_unix_s)?;
        let challenge = usage::challenge(&challenge)?;
        let expect = |scanner: &mut onecode::Scanner| {
            scanner.expect_challenge(challenge, expires_unix_s, now_unix_s)
        };
        Ok(self.scanner.with(expect)??)
    }

    /// From now on, this handler is offered the codes of other systems that the catalogue names.
    pub fn set_foreign_handler(
        &self,
        handler: Arc<dyn ForeignCodeHandler>,
    ) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.set_foreign_handler(Arc::new(Handler(handler))))
    }

    /// From now on, a store of the host is asked as well: for instance one that the gates of a venue
    /// share. A code is accepted where neither the scanner's own memory nor the store knows of a
    /// use. The own memory is asked first.
    pub fn set_duplicate_store(&self, store: Arc<dyn DuplicateStore>) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.set_duplicate_store(Arc::new(Store(store))))
    }

    /// Says how well this scanner hears the other gates of its venue. A host that shares used codes
    /// sets it whenever it changes; a scanner that was restored has `HEARD`.
    pub fn set_others(&self, others: Others) -> Result<(), UsageError> {
        self.scanner.with(|scanner| scanner.set_others(others.into()))
    }

    /// Sets how many used codes and waiting cards the memory may hold. The default is 65,536.
    pub fn set_duplicate_capacity(&self, entries: i64) -> Result<(), UsageError> {
        let entries = usage::entries(entries)?;
        self.scanner.with(|scanner| scanner.set_duplicate_capacity(entries))
    }

    /// How full the memory of used codes is at this time (Unix seconds).
    pub fn duplicate_fill(&self, now_unix_s: i64) -> Result<DuplicateFill, UsageError> {
        Ok(self.scanner.with(|scanner| scanner.duplicate_fill(now_unix_s))?.into())
    }

    /// Takes status lists and the deltas that continue them in one step, in their order, wholly or
    /// not at all: an anchor that the host keeps and the delta from it, or everything of several
    /// issuers after a restart. What they lead to must not be older than what is in force.
    pub fn install_statuses(
        &self,
        lists_and_deltas: Vec<Vec<u8>>,
        now_unix_s: i64,
    ) -> Result<(), InstallError> {
        let now_unix_s = usage::time(now_unix_s)?;
        Ok(self
            .scanner
            .with(|scanner| scanner.install_statuses(&lists_and_deltas, now_unix_s))??)
    }

    /// What recent genuine codes say about this scanner's clock, when enough of them agree.
    pub fn clock_estimate(&self, now_unix_s: i64) -> Result<Option<ClockEstimate>, UsageError> {
        let now_unix_s = usage::time(now_unix_s)?;
        self.scanner.with(|scanner| scanner.clock_estimate(now_unix_s).map(ClockEstimate::from))
    }

    /// Decides about one text, unchanged and untrimmed as it came from the reader.
    pub fn scan(&self, text: String, context: ScanContext) -> Result<Verdict, UsageError> {
        let context = context.try_into()?;
        Ok(self.scanner.with(|scanner| scanner.scan(&text, &context))?.into())
    }

    /// Decides again about past scans, by the lists in force here. One call takes many scans, for a
    /// back office. The verdicts come in the order of the scans.
    ///
    /// Each verdict is the one that `scan` would give if the code came for the first time. Earlier
    /// uses are neither looked up nor remembered, no handler is asked, and this scanner does not
    /// change. The time in a context is that of the scan, not of today. The challenge is the one in
    /// the context. If one context is impossible, nothing is decided. Other calls wait meanwhile:
    /// use a separate scanner, or one for each thread, and some thousand scans per call.
    pub fn verify_batch(&self, scans: Vec<PastScan>) -> Result<Vec<Verdict>, UsageError> {
        let scans = scans.into_iter().map(|scan| Ok((scan.text, scan.context.try_into()?)));
        let scans = scans.collect::<Result<Vec<(String, onecode::Context)>, UsageError>>()?;
        let scans = scans.iter().map(|(text, context)| onecode::gate::PastScan { text, context });
        let scans: Vec<_> = scans.collect();
        let verdicts = self.scanner.with(|scanner| scanner.verify_batch(&scans))?;
        Ok(verdicts.into_iter().map(Verdict::from).collect())
    }

    /// From now on scans can have receipts, under this name (1 to 64 of `a` to `z`, `0` to `9`, `-`
    /// and `.`) and signed by this key. A scanner restored from a snapshot continues its chain.
    pub fn start_receipts(
        &self,
        scanner: String,
        key: Arc<dyn DeviceKey>,
    ) -> Result<(), ReceiptError> {
        let (id, key) = (usage::scanner_id(&scanner)?, Arc::new(HeldKey::new(key)?));
        // Both at once, so that no receipt has the name of one and the signature of another.
        Ok(self.scanner.with(|scanner| {
            scanner.start_receipts(id);
            *self.receipt_key() = Some(key);
        })?)
    }

    /// Where the chain of receipts stands. Keep it elsewhere: later it shows that no receipt is
    /// missing at the end.
    pub fn receipt_head(&self) -> Result<Option<ChainLink>, UsageError> {
        self.scanner.with(|scanner| scanner.receipt_head().map(ChainLink::from))
    }

    /// Decides as `scan` does, with a receipt. Store the receipt before the next scan, because the
    /// chain continues from it.
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
    /// Asked for only while the scanner is locked.
    fn receipt_key(&self) -> MutexGuard<'_, Option<Arc<HeldKey>>> {
        self.receipt_key.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, feature = "backend"))]
mod tests {
    use std::thread;

    use onecode::Algorithm;

    use super::*;
    use crate::{generate_key, ReceiptKeys};

    #[test]
    fn a_receipt_is_signed_by_the_key_of_its_name() {
        let policy =
            Policy { tolerance_s: 30, accept_specimens: false, without_status_lists: false };
        let root = generate_key(Algorithm::Ed25519).unwrap().key.public_key().unwrap();
        let scanner = OneCodeScanner::new(Roots::from_key(root).into(), policy).unwrap();
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
