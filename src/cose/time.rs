//! Times, UTC in whole Unix seconds (docs/SPEC.md section 2).

use super::cbor::Reader;
use super::error::CborError;

/// The end of the year 9999 in Unix seconds: a time beyond it is milliseconds by mistake.
pub(crate) const MAX_UNIX_S: i64 = 253_402_300_799;

/// A time for the wire; `None` when it is before 1970 or after 9999.
pub(crate) fn encodable_time(unix_s: i64) -> Option<u64> {
    u64::try_from(unix_s).ok().filter(|_| unix_s <= MAX_UNIX_S)
}

/// A time that a host has handed in; `None` for milliseconds by mistake. A clock that was never
/// set may give a time before 1970, which is accepted.
pub(crate) fn time_of_host(unix_s: i64) -> Option<i64> {
    Some(unix_s).filter(|_| unix_s <= MAX_UNIX_S)
}

impl Reader<'_> {
    /// A time in Unix seconds.
    pub(crate) fn time(&mut self) -> Result<i64, CborError> {
        self.uint_in(0..=MAX_UNIX_S)
    }
}

#[cfg(test)]
mod tests {
    use super::super::cbor::Writer;
    use super::super::error::CborProblem;
    use super::*;

    #[test]
    fn what_is_written_is_read_and_milliseconds_are_not() {
        for unix_s in [0, 1_795_392_000, MAX_UNIX_S] {
            let mut writer = Writer::with_capacity(9);
            writer.uint(encodable_time(unix_s).unwrap());
            assert_eq!(Reader::new(&writer.finish()).time(), Ok(unix_s));
        }
        for unix_s in [-1, MAX_UNIX_S + 1, 1_795_392_000_000, i64::MIN, i64::MAX] {
            assert_eq!(encodable_time(unix_s), None);
            let mut writer = Writer::with_capacity(9);
            writer.uint(unix_s as u64);
            let error = Reader::new(&writer.finish()).time().unwrap_err();
            assert_eq!(error.problem, CborProblem::OutOfRange, "{unix_s}");
        }
    }
}
