//! Maps, read as the list of their fields.

use super::cbor::Reader;
use super::error::{CborError, CborProblem};

/// The fields of a map with integer keys, asked for in the order of their encodings: 0, 1, 2 …,
/// then -1, -2 …. A key that is not asked for is refused, and so is one that is out of order.
pub(crate) struct Fields<'r, 'b> {
    reader: &'r mut Reader<'b>,
    left: u64,
    last: Option<i64>,
    /// A key that has been read while its value has not, and its offset.
    ahead: Option<(i64, usize)>,
}

impl<'b> Reader<'b> {
    /// A map follows.
    pub(crate) fn fields(&mut self) -> Result<Fields<'_, 'b>, CborError> {
        let left = self.map()?;
        Ok(Fields { reader: self, left, last: None, ahead: None })
    }
}

impl<'b> Fields<'_, 'b> {
    /// The next field must be this one.
    pub(crate) fn required<T, E: From<CborError>>(
        &mut self,
        key: i64,
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
        key: i64,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, E>,
    ) -> Result<Option<T>, E> {
        if self.next_is(key)? {
            self.value(read).map(Some)
        } else {
            Ok(None)
        }
    }

    /// Whether the next field is this one.
    pub(crate) fn next_is(&mut self, key: i64) -> Result<bool, CborError> {
        Ok(self.look_ahead()?.is_some_and(|(found, _)| found == key))
    }

    /// The key of the next field, whichever it is; its value is then read with
    /// [`Fields::value`].
    pub(crate) fn next_key(&mut self) -> Result<Option<i64>, CborError> {
        Ok(self.look_ahead()?.map(|(key, _)| key))
    }

    /// The value of the field whose key was looked at.
    pub(crate) fn value<T, E>(
        &mut self,
        read: impl FnOnce(&mut Reader<'b>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.ahead = None;
        read(self.reader)
    }

    /// No field may be left.
    pub(crate) fn end(mut self) -> Result<(), CborError> {
        match self.look_ahead()? {
            None => Ok(()),
            Some((_, at)) => Err(CborError { at, problem: CborProblem::UnexpectedKey }),
        }
    }

    fn look_ahead(&mut self) -> Result<Option<(i64, usize)>, CborError> {
        if self.ahead.is_some() || self.left == 0 {
            return Ok(self.ahead);
        }
        self.left -= 1;
        let at = self.reader.offset();
        let key = self.reader.int()?;
        let order = |key: i64| (key < 0, key.unsigned_abs());
        if self.last.is_some_and(|last| order(last) >= order(key)) {
            return Err(CborError { at, problem: CborProblem::UnsortedKeys });
        }
        self.last = Some(key);
        self.ahead = Some((key, at));
        Ok(self.ahead)
    }
}

impl<'b> Reader<'b> {
    /// A map with text keys follows, which ascend by length and then by letter.
    pub(crate) fn each_text_key(
        &mut self,
        mut read: impl FnMut(&mut Reader<'b>, &'b str) -> Result<(), CborError>,
    ) -> Result<(), CborError> {
        let mut last: Option<&str> = None;
        for _ in 0..self.map()? {
            let at = self.offset();
            let key = self.text()?;
            let order = |key: &'b str| (key.len(), key);
            if last.is_some_and(|last| order(last) >= order(key)) {
                return Err(CborError { at, problem: CborProblem::UnsortedKeys });
            }
            last = Some(key);
            read(self, key)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNSORTED: CborProblem = CborProblem::UnsortedKeys;
    const UNEXPECTED: CborProblem = CborProblem::UnexpectedKey;
    const MISSING: CborProblem = CborProblem::MissingKey;

    /// Of a map with 4 and -1, and perhaps 6 between them: what is wrong and where, or whether 6
    /// is there.
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

    /// For maps whose fields are a matter of their reader.
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
}
