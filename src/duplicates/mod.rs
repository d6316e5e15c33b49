//! Which codes and which cards have been used already.
//!
//! Uses issuers, regions, application numbers, keys (hashes and MACs) and the COSE layer. Times are
//! handed in. Everything stays in memory.
//! Specification: docs/SPEC.md section 14.

mod memory;
mod shared;
mod summary;
mod table;
mod venue_file;

use std::fmt;

use crate::code::ApplicationNumber;
use crate::keys::sha256_name;
use crate::lists::trust::Issuer;
use crate::region::Region;

pub use memory::MAX_CODE_LIFE_S;
pub(crate) use memory::{Unrecorded, UsedCodes};
pub use shared::{Epoch, NotAdmitted, SharedStore, StoreCall, StoreProblem, StoreQuestion};
pub use summary::{Merged, SummaryError, VenueKey, MAX_SUMMARY};
pub use venue_file::{Heard, VenueFileError, MAX_VENUE_FILE};

/// Names a code: the same for every copy of it, whatever bytes its signature has.
///
/// Derived from the issuer, the card's status position and the moment the code was made for. A
/// phone never makes two codes for one moment. See docs/SPEC.md section 14.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CodeName(pub [u8; 16]);

impl CodeName {
    pub(crate) fn new(issuer: &Issuer, status_index: u32, issued_at_unix_s: i64) -> Self {
        CodeName(sha256_name(&[
            b"onecode code name\0",
            &issued_at_unix_s.to_be_bytes(),
            &status_index.to_be_bytes(),
            issuer.id.as_bytes(),
        ]))
    }
}

/// Names a card at one place, for one application.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardHere(pub [u8; 16]);

impl CardHere {
    pub(crate) fn new(
        issuer: &Issuer,
        status_index: u32,
        application: ApplicationNumber,
        place: Region,
    ) -> Self {
        CardHere(sha256_name(&[
            b"onecode card here\0",
            &application.get().to_be_bytes(),
            &place.code().to_be_bytes(),
            &status_index.to_be_bytes(),
            issuer.id.as_bytes(),
        ]))
    }
}

fn hex(name: &[u8; 16], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    name.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

impl fmt::Debug for CodeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

impl fmt::Debug for CardHere {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex(&self.0, f)
    }
}

/// One use of a code, about to be accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeUse {
    /// The code.
    pub code: CodeName,
    /// Last second in which any scanner could accept it (Unix seconds). After it, the record of the
    /// code may be forgotten.
    pub code_until_unix_s: i64,
    /// Whether the application refuses a code that was used before.
    pub refuse_repeat: bool,
    /// For an application with a pass-back rule: the card, and how long it has to wait.
    pub pass_back: Option<PassBack>,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
}

/// The same card may not be used again at the same place for some seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassBack {
    /// The card at this place and for this application.
    pub card: CardHere,
    /// Seconds between two uses, at most
    /// [`DuplicateRule::MAX_PASS_BACK_S`](crate::catalogue::DuplicateRule::MAX_PASS_BACK_S).
    pub wait_s: u32,
}

impl PassBack {
    /// Whether the card still waits after this use. A use in the future does not let it in: the
    /// clock was set back since, or another clock noted it.
    pub(crate) fn is_waiting(self, last_unix_s: i64, now_unix_s: i64) -> bool {
        now_unix_s.saturating_sub(last_unix_s) < i64::from(self.wait_s)
    }
}

/// How full the memory of used codes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DuplicateFill {
    /// Used codes and waiting cards that still count. What is over gives way when there has to be
    /// room.
    pub entries: usize,
    /// How many of them it may hold.
    pub capacity: usize,
}

/// What was known when a use was about to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing. The use has been recorded.
    Nothing,
    /// The code was used before. This use has been recorded unless
    /// [`refuse_repeat`](CodeUse::refuse_repeat) is set.
    Code {
        /// When it was used first.
        first_unix_s: i64,
    },
    /// The card was used here less than [`wait_s`](PassBack::wait_s) ago. Nothing was recorded. A
    /// store that answers this for a card that has waited long enough counts as out of order.
    Card {
        /// When, by the clock of the scanner that asks. A time ahead of it counts as now.
        last_unix_s: i64,
    },
}

/// How well a scanner hears the other gates of its venue.
///
/// What others say can only add uses. So a scanner that does not hear them goes by the application's
/// rule, and says so in each verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Others {
    /// All that are at work, or there are none.
    #[default]
    Heard,
    /// One of them has been silent, or its file could not be read. Acceptances say that the memory
    /// is incomplete (advisory `duplicates_unchecked`).
    Partly,
    /// None, or they do not hear this one. Where a code is good once it is refused with 707 `store`
    /// and nothing is recorded; where repeats are only warned of, acceptances say so.
    Unheard,
}

/// A store of used codes that the host keeps itself, beside the scanner's own memory: for instance
/// a database of the venue. [`SharedStore`] says how one in Valkey or Redis is asked.
///
/// A record may be dropped once its time is over, never earlier. It contains nothing personal.
/// docs/THREATS.md says what it may be worth to an attacker.
pub trait DuplicateStore: Send + Sync + fmt::Debug {
    /// Looks a use up and records it in one atomic step. When two gates ask about one code at the
    /// same time, exactly one is told [`Earlier::Nothing`].
    ///
    /// In this order: when the code is known and `refuse_repeat` is set, answer
    /// [`Earlier::Code`] and record nothing. When the card was recorded less than `wait_s` ago,
    /// answer [`Earlier::Card`] and record nothing. Otherwise record the code, if it is new, with
    /// this time, and the card with this time, and answer [`Earlier::Code`] or
    /// [`Earlier::Nothing`].
    ///
    /// The clocks of two scanners may be 240 s apart. So a store shared by several scanners
    /// measures how long a card has waited by its own clock. It answers on the clock of the scanner
    /// that asks: `last_unix_s` is `now_unix_s` less the seconds since the last use. If the store's
    /// clock may be set back, a use in its future counts as now.
    fn record(&self, code_use: &CodeUse) -> Result<Earlier, StoreUnavailable>;
}

/// The store does not answer, or not in time. The reason belongs in the host's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the store of used codes does not answer")]
pub struct StoreUnavailable;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::Name;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            "\"onecode code name\" ‖ 00 ‖ iat, 8 bytes ‖ status index, 4 bytes ‖ issuer's short name",
            "\"onecode card here\" ‖ 00 ‖ application, 2 bytes ‖ place, 4 bytes ‖ status index, 4 bytes",
        ]);
        let issuer = Issuer {
            id: "cn-32".into(),
            name: Name { zh: "江苏".into(), en: "Jiangsu".into() },
            region: Region::JIANGSU,
        };
        let first_16 = |input: &[u8]| sha256_name(&[input]);
        let code = b"onecode code name\0\0\0\0\0\x6a\xb1\x3b\x80\x0b\xeb\xc2\0cn-32";
        assert_eq!(CodeName::new(&issuer, 200_000_000, 1_790_000_000).0, first_16(code));
        let here = b"onecode card here\0\0\x65\0\x04\xe2\0\x0b\xeb\xc2\0cn-32";
        let application = ApplicationNumber::new(101).unwrap();
        let card = CardHere::new(&issuer, 200_000_000, application, Region::JIANGSU);
        assert_eq!(card.0, first_16(here));
    }
}
