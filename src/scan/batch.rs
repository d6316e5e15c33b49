//! Many scans decided again, for a back office; the only place that may use more than one thread.

use super::known_cards::KnownCards;
use super::{Accepted, Context, Refusal, Scanner, Verdict};
use crate::challenge::{Asked, Question};
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
    /// remembered, no handler is asked, and nothing of this scanner changes. A challenge is the one
    /// in the context, never one that this scanner has open. A scan from before these lists were
    /// made is refused with [`Refusal::ScannerClockBehind`].
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
        let lists = &self.lists;
        let mut decide = || -> Result<Accepted, Refusal> {
            let bytes = text::decode(scan.text).map_err(|error| lists.refusal(error, scan.text))?;
            let genuine = lists.authenticate(&bytes, scan.context, known_cards)?;
            // What was open then is not now: the context says what was shown.
            let question = Question { any_open: false, asked: Asked::Unknown };
            lists.judge(&genuine, scan.context, self.policy, question)
        };
        match decide() {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }
}
