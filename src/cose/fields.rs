//! Maps, read field by field.

use super::cbor::Reader;
use super::error::{CborError, CborProblem};

/// The fields of a map, read in the order of their encodings. Any other key is refused, and so is
/// one out of order.
pub(crate) struct Fields<'r, 'b, K> {
    reader: &'r mut Reader<'b>,
    left: u64,
    last: Option<K>,
    /// A key that has been read before its value, and its offset.
    ahead: Option<(K, usize)>,
}

/// A key of a map.
pub(crate) trait Key<'b>: Copy + PartialEq {
    fn read(reader: &mut Reader<'b>) -> Result<Self, CborError>;

    /// Whether its encoding comes before that of `other`.
    fn precedes(self, other: Self) -> bool;
}

/// 0, 1, 2 …, then -1, -2 ….
impl Key<'_> for i64 {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        reader.int()
    }

    fn precedes(self, other: Self) -> bool {
        let order = |key: i64| (key < 0, key.unsigned_abs());
        order(self) < order(other)
    }
}

/// By length, and then by letter.
impl<'b> Key<'b> for &'b str {
    fn read(reader: &mut Reader<'b>) -> Result<Self, CborError> {
        reader.text()
    }

    fn precedes(self, other: Self) -> bool {
        (self.len(), self) < (other.len(), other)
    }
}

impl<'b> Reader<'b> {
    /// A map with integer keys follows.
    pub(crate) fn fields(&mut self) -> Result<Fields<'_, 'b, i64>, CborError> {
        Fields::new(self)
    }

    /// A map with text keys follows.
    pub(crate) fn text_fields(&mut self) -> Result<Fields<'_, 'b, &'b str>, CborError> {
        Fields::new(self)
    }
}

impl<'r, 'b, K: Key<'b>> Fields<'r, 'b, K> {
    fn new(reader: &'r mut Reader<'b>) -> Result<Self, CborError> {
        let left = reader.map()?;
        Ok(Fields { reader, left, last: None, ahead: None })
    }

    /// The next field must be this one.
    pub(crate) fn required<T, E: From<CborError>>(
        &mut self,
        key: K,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self.look_ahead()? {
            Some((found, _)) if found == key => self.value(read),
            Some((_, at)) => Err(CborError { at, problem: CborProblem::UnexpectedKey }.into()),
            None => Err(self.reader.problem(CborProblem::MissingKey).into()),
        }
    }

    /// The next field may be this one.
    pub(crate) fn optional<T, E: From<CborError>>(
        &mut self,
        key: K,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if self.next_is(key)? {
            self.value(read).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether the next field is this one.
    pub(crate) fn next_is(&mut self, key: K) -> Result<bool, CborError> {
        Ok(self.look_ahead()?.is_some_and(|(found, _)| found == key))
    }

    /// The key of the next field, whichever it is. Read its value with [`Fields::value`].
    pub(crate) fn next_key(&mut self) -> Result<Option<K>, CborError> {
        Ok(self.look_ahead()?.map(|(key, _)| key))
    }

    /// The value of the field whose key was read last.
    pub(crate) fn value<T, E>(
        &mut self,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.ahead = None;
        read(self.reader)
    }

    /// Fails if a field is left.
    pub(crate) fn end(mut self) -> Result<(), CborError> {
        match self.look_ahead()? {
            None => Ok(()),
            Some((_, at)) => Err(CborError { at, problem: CborProblem::UnexpectedKey }),
        }
    }

    fn look_ahead(&mut self) -> Result<Option<(K, usize)>, CborError> {
        if self.ahead.is_some() || self.left == 0 {
            return Ok(self.ahead);
        }
        self.left -= 1;
        let at = self.reader.offset();
        let key = K::read(self.reader)?;
        if self.last.is_some_and(|last| !last.precedes(key)) {
            return Err(CborError { at, problem: CborProblem::UnsortedKeys });
        }
        self.last = Some(key);
        self.ahead = Some((key, at));
        Ok(self.ahead)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSORTED: CborProblem = CborProblem::UnsortedKeys;
    const UNEXPECTED: CborProblem = CborProblem::UnexpectedKey;
    const MISSING: CborProblem = CborProblem::MissingKey;

    /// Reads a map with 4 and -1, and perhaps 6 between them. Returns what is wrong and where, or
    /// whether 6 is there.
    fn read(bytes: &[u8]) -> Result<Option<u64>, CborError> {
        let mut reader = Reader::at(bytes, 10);
        let mut fields = reader.fields()?;
        fields.required(4, Reader::uint)?;
        let six = fields.optional(6, Reader::uint)?;
        fields.required(-1, Reader::uint)?;
        fields.end()?;
        reader.end()?;
        Ok(six)
    }

    #[test]
    fn fields_are_read_in_their_order() {
        assert_eq!(read(&[0xa2, 4, 0, 0x20, 0]), Ok(None));
        assert_eq!(read(&[0xa3, 4, 0, 6, 7, 0x20, 0]), Ok(Some(7)));
        // The map, what is wrong with it, and where.
        let refused: &[(&[u8], CborProblem, usize)] = &[
            (&[0xa0], MISSING, 11),
            (&[0xa1, 4, 0], MISSING, 13),
            (&[0xa2, 4, 0, 6, 0], MISSING, 15),
            (&[0xa1, 6, 0], UNEXPECTED, 11),
            (&[0xa2, 4, 0, 5, 0], UNEXPECTED, 13),
            (&[0xa3, 4, 0, 6, 0, 7, 0], UNEXPECTED, 15),
            (&[0xa3, 4, 0, 0x20, 0, 0x21, 0], UNEXPECTED, 15),
            (&[0xa2, 4, 0, 1, 0], UNSORTED, 13),
            (&[0xa2, 4, 0, 4, 0], UNSORTED, 13),
            (&[0xa3, 4, 0, 6, 0, 6, 0], UNSORTED, 15),
            (&[0xa3, 4, 0, 0x20, 0, 6, 0], UNSORTED, 15),
            (&[0xa2, 4, 0], CborProblem::Truncated, 13),
            (&[0xa2, 4, 0, 0x20, 0, 0], CborProblem::TrailingBytes, 15),
        ];
        for (bytes, problem, at) in refused {
            let error = read(bytes).unwrap_err();
            assert_eq!((error.problem, error.at), (*problem, *at), "{bytes:x?}");
        }
    }

    /// For maps whose fields their reader decides on.
    #[test]
    fn keys_can_be_looked_at_one_by_one() {
        let read = |bytes: &[u8]| -> Result<Vec<(i64, u64)>, CborError> {
            let mut reader = Reader::new(bytes);
            let mut fields = reader.fields()?;
            let mut all = Vec::new();
            while let Some(key) = fields.next_key()? {
                if key == 9 {
                    break;
                }
                all.push((key, fields.value(Reader::uint)?));
            }
            fields.end()?;
            Ok(all)
        };
        assert_eq!(read(&[0xa3, 1, 0, 4, 7, 0x20, 0]), Ok(vec![(1, 0), (4, 7), (-1, 0)]));
        let unexpected = CborError { at: 3, problem: CborProblem::UnexpectedKey };
        assert_eq!(read(&[0xa2, 1, 0, 9, 0]), Err(unexpected));
    }

    #[test]
    fn text_keys_ascend_by_length_and_then_by_letter() {
        let read = |bytes: &[u8]| -> Result<(), CborError> {
            let mut reader = Reader::new(bytes);
            let mut fields = reader.text_fields()?;
            fields.required("b", Reader::uint)?;
            fields.optional("c", Reader::uint)?;
            fields.required("aa", Reader::uint)?;
            fields.end()
        };
        assert_eq!(read(b"\xa2\x61b\0\x62aa\0"), Ok(()));
        assert_eq!(read(b"\xa3\x61b\0\x61c\0\x62aa\0"), Ok(()));
        let refused: &[(&[u8], CborProblem, usize)] = &[
            (b"\xa1\x62aa\0", UNEXPECTED, 1),
            (b"\xa2\x62aa\0\x61b\0", UNEXPECTED, 1),
            (b"\xa2\x61b\0\x61b\0", UNSORTED, 4),
            (b"\xa3\x61b\0\x61c\0\x61a\0", UNSORTED, 7),
            (b"\xa1\x61b\0", MISSING, 4),
            (b"\xa1\x01\0", CborProblem::WrongType, 1),
        ];
        for (bytes, problem, at) in refused {
            let expected = CborError { at: *at, problem: *problem };
            assert_eq!(read(bytes), Err(expected), "{bytes:x?}");
        }
    }
}
