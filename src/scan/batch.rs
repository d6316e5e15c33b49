//! Many scans decided again, for a back office; the only place that may use more than one thread.

use super::known_cards::KnownCards;
use super::{Context, Scanner, Verdict};
use crate::text;

/// A scan that was made earlier.
#[derive(Clone, Copy, Debug)]
pub struct PastScan<'s> {
    /// The text, as it came from the reader.
    pub text: &'s str,
    /// Where, when and for what it was scanned: the time is that of the scan, not of today.
    pub context: &'s Context,
}

impl Scanner {
    /// Decides again about a day's scans, by the lists in force here.
    ///
    /// The verdicts come in the order of the scans. Each is the one that [`Scanner::scan`] would
    /// give if the code came for the first time: what was used before is neither looked up nor
    /// remembered, and nothing else of this scanner changes. A scan from before these lists were
    /// made is refused as [`ScannerClockBehind`](crate::Refusal::ScannerClockBehind) is.
    ///
    /// With the feature `rayon` the work is shared among the threads of the current `rayon` pool.
    /// That changes the time it takes, never a verdict or the order.
    pub fn verify_batch(&self, scans: &[PastScan<'_>]) -> Vec<Verdict> {
        #[cfg(feature = "rayon")]
        {
            use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

            // Whoever takes a part of the work remembers the cards in that part.
            let parts = scans.par_iter().with_min_len(64);
            parts
                .map_init(KnownCards::default, |known, scan| self.decide_again(scan, known))
                .collect()
        }
        #[cfg(not(feature = "rayon"))]
        {
            let mut known = KnownCards::default();
            scans.iter().map(|scan| self.decide_again(scan, &mut known)).collect()
        }
    }

    /// All checks but the last, the one for duplicates.
    fn decide_again(&self, scan: &PastScan<'_>, known_cards: &mut KnownCards) -> Verdict {
        let decision = text::decode(scan.text).map_err(Into::into).and_then(|bytes| {
            let genuine = self.lists.authenticate(&bytes, scan.context, known_cards)?;
            self.lists.judge(&genuine, scan.context, self.policy)
        });
        match decision {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }
}
