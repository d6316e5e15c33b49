//! Many scans decided again, for a back office. Only this module may use more than one thread.

use super::Scanner;
use crate::challenge::{Asked, Question};
use crate::clock::{ClockBlame, ClockEstimate, Sample};
use crate::code::Challenge;
use crate::scan::{decide, Advisory, Context, Genuine, KnownCards, Recall, Refusal, Verdict};

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
    /// give if the code came for the first time. Earlier uses are neither looked up nor remembered,
    /// no handler is asked, and this scanner does not change. The challenge is the one in the
    /// context, never one that this scanner has open. A scan from before these lists were made is
    /// refused with [`Refusal::ScannerClockBehind`].
    ///
    /// With the feature `rayon`, the threads of the current `rayon` pool share the work. Only the
    /// time it takes changes; the verdicts and their order stay the same.
    pub fn verify_batch(&self, scans: &[PastScan<'_>]) -> Vec<Verdict> {
        #[cfg(feature = "rayon")]
        {
            use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};

            // Each part of the work remembers the cards in that part.
            let parts = scans.par_iter().with_min_len(256);
            parts.map_init(Blank::default, |memory, scan| self.decide_again(scan, memory)).collect()
        }
        #[cfg(not(feature = "rayon"))]
        {
            let mut memory = Blank::default();
            scans.iter().map(|scan| self.decide_again(scan, &mut memory)).collect()
        }
    }

    fn decide_again(&self, scan: &PastScan<'_>, memory: &mut Blank) -> Verdict {
        match decide(&self.lists, scan.text, scan.context, self.policy, memory) {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(refusal) => Verdict::Refused(refusal),
        }
    }
}

/// The memory of a scanner that sees everything for the first time. Which challenges were open then
/// is unknown; the context says what was shown.
#[derive(Default)]
struct Blank(KnownCards);

impl Recall for Blank {
    fn known_cards(&mut self) -> &mut KnownCards {
        &mut self.0
    }

    fn question(&mut self, _: Option<&Challenge>, _: i64) -> Question {
        Question { any_open: false, asked: Asked::Unknown }
    }

    fn note_use(&mut self, _: &Genuine<'_>, _: &Context) -> Result<Option<Advisory>, Refusal> {
        Ok(None)
    }

    fn hear(&mut self, _: Sample, _: i64) {}

    fn may_learn(&mut self, _: i64) -> bool {
        false
    }

    fn learn(&mut self, _: Sample, _: i64) {}

    fn blame(&mut self, _: &Sample, _: i64) -> ClockBlame {
        ClockBlame::Unknown
    }

    fn clock_off(&mut self, _: i64, _: i64) -> Option<ClockEstimate> {
        None
    }
}
