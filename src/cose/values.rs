//! Items that are more than their CBOR type: of one length, within a range, of one value.

use std::ops::RangeInclusive;

use super::cbor::Reader;
use super::error::{CborError, CborProblem};

impl<'b> Reader<'b> {
    /// An item converted by `convert`. If that gives `None`, the item has this problem.
    pub(crate) fn converted<T, U>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, CborError>,
        problem: CborProblem,
        convert: impl FnOnce(T) -> Option<U>,
    ) -> Result<U, CborError> {
        let at = self.offset();
        convert(read(self)?).ok_or(CborError { at, problem })
    }

    /// An unsigned integer in `range`.
    pub(crate) fn uint_in<T>(&mut self, range: RangeInclusive<T>) -> Result<T, CborError>
    where
        T: TryFrom<u64> + PartialOrd,
    {
        self.converted(Self::uint, CborProblem::OutOfRange, |value| {
            T::try_from(value).ok().filter(|value| range.contains(value))
        })
    }

    /// A byte string of exactly `N` bytes.
    pub(crate) fn byte_array<const N: usize>(&mut self) -> Result<[u8; N], CborError> {
        self.converted(Self::bytes, CborProblem::WrongLength, |bytes| bytes.try_into().ok())
    }

    /// A byte string whose length lies in `length`.
    pub(crate) fn bytes_of(
        &mut self,
        length: RangeInclusive<usize>,
    ) -> Result<&'b [u8], CborError> {
        self.converted(Self::bytes, CborProblem::WrongLength, |bytes| {
            length.contains(&bytes.len()).then_some(bytes)
        })
    }

    /// This very text.
    pub(crate) fn exact_text(&mut self, text: &str) -> Result<(), CborError> {
        self.converted(Self::text, CborProblem::OutOfRange, |found| (found == text).then_some(()))
    }

    /// The head of an array of exactly `count` items, which are read next.
    pub(crate) fn array_of(&mut self, count: u64) -> Result<(), CborError> {
        self.converted(Self::array, CborProblem::WrongCount, |found| (found == count).then_some(()))
    }

    /// An array of any length. Memory is allocated only for items that are really there.
    pub(crate) fn items<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Result<T, CborError>,
    ) -> Result<Vec<T>, CborError> {
        (0..self.array()?).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_item_may_not_be_is_told_at_the_item() {
        // After one byte that is read before.
        fn told<T>(
            bytes: &[u8],
            read: impl FnOnce(&mut Reader<'_>) -> Result<T, CborError>,
        ) -> (usize, CborProblem) {
            let bytes = [&[0], bytes].concat();
            let mut reader = Reader::new(&bytes);
            reader.uint().unwrap();
            read(&mut reader).err().map(|error| (error.at, error.problem)).unwrap()
        }
        use CborProblem::*;
        assert_eq!(told(&[2], |r| r.uint_in(3..=4u16)), (1, OutOfRange));
        assert_eq!(told(&[0x19, 1, 0], |r| r.uint_in(0..=u8::MAX)), (1, OutOfRange));
        assert_eq!(told(&[0x20], |r| r.uint_in(-9..=0i64)), (1, WrongType));
        assert_eq!(told(&[0x41, 7], |r| r.byte_array::<2>()), (1, WrongLength));
        assert_eq!(told(&[0x42, 7], |r| r.byte_array::<2>()), (1, Truncated));
        assert_eq!(told(&[0x41, 7], |r| r.bytes_of(2..=3).map(drop)), (1, WrongLength));
        assert_eq!(told(&[0x61, b'a'], |r| r.exact_text("b")), (1, OutOfRange));
        assert_eq!(told(&[0x82, 7, 7], |r| r.array_of(3)), (1, WrongCount));
        assert_eq!(told(&[0x82, 7], |r| r.items(Reader::uint)), (3, Truncated));
        // Told by the first item, and not by running out of memory.
        let many = [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x20];
        assert_eq!(told(&many, |r| r.items(Reader::uint)), (10, WrongType));
    }
}
