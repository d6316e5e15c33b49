//! Deterministic CBOR, read strictly: one encoding of each thing.

use std::error::Error;

use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

use super::error::{CborError, CborProblem};

/// Reads deterministic CBOR item by item, borrowing strings from the input.
pub(crate) struct Reader<'b> {
    decoder: Decoder<'b>,
    /// Offset of this input in the outermost one, so that errors point into the caller's bytes.
    base: usize,
}

impl<'b> Reader<'b> {
    pub(crate) fn new(input: &'b [u8]) -> Self {
        Self::at(input, 0)
    }

    /// For a byte string found at `base` in an outer input.
    pub(crate) fn at(input: &'b [u8], base: usize) -> Self {
        Reader { decoder: Decoder::new(input), base }
    }

    /// Offset of the next item in the outermost input.
    pub(crate) fn offset(&self) -> usize {
        self.base + self.decoder.position()
    }

    /// A problem with the next item.
    pub(crate) fn problem(&self, problem: CborProblem) -> CborError {
        CborError { at: self.offset(), problem }
    }

    fn error<T>(&self, problem: CborProblem) -> Result<T, CborError> {
        Err(self.problem(problem))
    }

    /// The bytes consumed since `start`, an earlier [`Reader::offset`].
    pub(crate) fn since(&self, start: usize) -> &'b [u8] {
        let consumed = start.saturating_sub(self.base)..self.decoder.position();
        self.decoder.input().get(consumed).unwrap_or_default()
    }

    /// The type of the next item.
    fn peek(&self) -> Result<Type, CborError> {
        match self.decoder.datatype() {
            Ok(found) => Ok(found),
            // Bytes are left, so it is a negative integer with a cut head. Reading it tells.
            Err(_) if self.end().is_err() => Ok(Type::I64),
            Err(_) => self.error(CborProblem::Truncated),
        }
    }

    /// Runs one step of the decoder on an item whose head carries `argument(result)`. The head must
    /// be as short as that argument allows.
    fn item<T>(
        &mut self,
        step: impl FnOnce(&mut Decoder<'b>) -> Result<T, minicbor::decode::Error>,
        argument: impl FnOnce(&T) -> u64,
        content_length: impl FnOnce(&T) -> usize,
    ) -> Result<T, CborError> {
        let (start, at) = (self.decoder.position(), self.offset());
        let value = step(&mut self.decoder).map_err(|error| {
            // The type is right. If the text is not UTF-8, the error has that as its source. Any
            // other error means that the bytes end too early; a length over 32 bits means that on
            // any machine.
            let problem = if error.source().is_some() {
                CborProblem::WrongType
            } else {
                CborProblem::Truncated
            };
            CborError { at, problem }
        })?;
        let head = self.decoder.position() - start - content_length(&value);
        if head == head_length(argument(&value)) {
            Ok(value)
        } else {
            Err(CborError { at, problem: CborProblem::NotShortest })
        }
    }

    pub(crate) fn uint(&mut self) -> Result<u64, CborError> {
        match self.peek()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => self.item(|d| d.u64(), |v| *v, |_| 0),
            _ => self.error(CborProblem::WrongType),
        }
    }

    pub(crate) fn int(&mut self) -> Result<i64, CborError> {
        match self.peek()? {
            Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
                let at = self.offset();
                let value = self.uint()?;
                i64::try_from(value).map_err(|_| CborError { at, problem: CborProblem::OutOfRange })
            }
            Type::I8 | Type::I16 | Type::I32 | Type::I64 => {
                self.item(|d| d.i64(), |v| !*v as u64, |_| 0)
            }
            Type::Int => self.error(CborProblem::OutOfRange),
            _ => self.error(CborProblem::WrongType),
        }
    }

    pub(crate) fn boolean(&mut self) -> Result<bool, CborError> {
        match self.peek()? {
            Type::Bool => self.item(|d| d.bool(), |_| 0, |_| 0),
            _ => self.error(CborProblem::WrongType),
        }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'b [u8], CborError> {
        match self.peek()? {
            Type::Bytes => self.item(|d| d.bytes(), |v| v.len() as u64, |v| v.len()),
            Type::BytesIndef => self.error(CborProblem::IndefiniteLength),
            _ => self.error(CborProblem::WrongType),
        }
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, CborError> {
        match self.peek()? {
            Type::String => self.item(|d| d.str(), |v| v.len() as u64, |v| v.len()),
            Type::StringIndef => self.error(CborProblem::IndefiniteLength),
            _ => self.error(CborProblem::WrongType),
        }
    }

    /// The head of an array: how many items follow.
    pub(crate) fn array(&mut self) -> Result<u64, CborError> {
        match self.peek()? {
            Type::Array => {
                self.item(|d| d.array(), |v| v.unwrap_or(0), |_| 0).map(|n| n.unwrap_or(0))
            }
            Type::ArrayIndef => self.error(CborProblem::IndefiniteLength),
            _ => self.error(CborProblem::WrongType),
        }
    }

    /// The head of a map: how many entries follow.
    pub(crate) fn map(&mut self) -> Result<u64, CborError> {
        match self.peek()? {
            Type::Map => self.item(|d| d.map(), |v| v.unwrap_or(0), |_| 0).map(|n| n.unwrap_or(0)),
            Type::MapIndef => self.error(CborProblem::IndefiniteLength),
            _ => self.error(CborProblem::WrongType),
        }
    }

    /// Fails if anything follows.
    pub(crate) fn end(&self) -> Result<(), CborError> {
        if self.decoder.position() == self.decoder.input().len() {
            Ok(())
        } else {
            self.error(CborProblem::TrailingBytes)
        }
    }
}

/// How many bytes the shortest head with this argument takes.
fn head_length(argument: u64) -> usize {
    match argument {
        0..=23 => 1,
        24..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        _ => 9,
    }
}

/// Writes deterministic CBOR. The caller gives map entries in order.
pub(crate) struct Writer(Encoder<Vec<u8>>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Writer(Encoder::new(Vec::with_capacity(bytes)))
    }

    // The encoder's results are dropped below: writing to a `Vec` cannot fail.

    pub(crate) fn uint(&mut self, value: u64) -> &mut Self {
        let _ = self.0.u64(value);
        self
    }

    pub(crate) fn int(&mut self, value: i64) -> &mut Self {
        let _ = self.0.i64(value);
        self
    }

    pub(crate) fn boolean(&mut self, value: bool) -> &mut Self {
        let _ = self.0.bool(value);
        self
    }

    pub(crate) fn bytes(&mut self, value: &[u8]) -> &mut Self {
        let _ = self.0.bytes(value);
        self
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        let _ = self.0.str(value);
        self
    }

    pub(crate) fn array(&mut self, count: u64) -> &mut Self {
        let _ = self.0.array(count);
        self
    }

    pub(crate) fn map(&mut self, count: u64) -> &mut Self {
        let _ = self.0.map(count);
        self
    }

    /// Appends bytes that are CBOR already.
    pub(crate) fn encoded(&mut self, cbor: &[u8]) -> &mut Self {
        self.0.writer_mut().extend_from_slice(cbor);
        self
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0.into_writer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem<T: std::fmt::Debug>(result: Result<T, CborError>) -> CborProblem {
        result.unwrap_err().problem
    }

    #[test]
    fn integers_have_one_form() {
        for value in [0, 23, 24, 255, 256, 65_535, 65_536, u32::MAX.into(), 1 << 32, u64::MAX] {
            let mut writer = Writer::with_capacity(9);
            writer.uint(value);
            let bytes = writer.finish();
            assert_eq!(bytes.len(), head_length(value));
            assert_eq!(Reader::new(&bytes).uint(), Ok(value));
        }
        for value in [-1, -24, -25, -256, -257, -65_537, i64::MIN] {
            let mut writer = Writer::with_capacity(9);
            writer.int(value);
            let bytes = writer.finish();
            assert_eq!(Reader::new(&bytes).int(), Ok(value));
        }
        let long_forms: [&[u8]; 5] = [
            &[0x18, 23],
            &[0x19, 0, 255],
            &[0x1a, 0, 0, 255, 255],
            &[0x1b, 0, 0, 0, 0, 255, 255, 255, 255],
            &[0x38, 0],
        ];
        for bytes in long_forms {
            assert_eq!(problem(Reader::new(bytes).int()), CborProblem::NotShortest);
        }
    }

    #[test]
    fn strings_arrays_and_maps_are_definite_and_shortest() {
        assert_eq!(problem(Reader::new(&[0x58, 1, 7]).bytes()), CborProblem::NotShortest);
        assert_eq!(
            problem(Reader::new(&[0x5f, 0x41, 7, 0xff]).bytes()),
            CborProblem::IndefiniteLength
        );
        assert_eq!(problem(Reader::new(&[0x7f, 0xff]).text()), CborProblem::IndefiniteLength);
        assert_eq!(problem(Reader::new(&[0x98, 1, 7]).array()), CborProblem::NotShortest);
        assert_eq!(problem(Reader::new(&[0x9f, 0xff]).array()), CborProblem::IndefiniteLength);
        assert_eq!(problem(Reader::new(&[0xb8, 0]).map()), CborProblem::NotShortest);
        assert_eq!(problem(Reader::new(&[0xbf, 0xff]).map()), CborProblem::IndefiniteLength);
    }

    #[test]
    fn a_length_past_the_end_is_truncation_and_allocates_nothing() {
        let huge = [0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(problem(Reader::new(&huge).bytes()), CborProblem::Truncated);
        assert_eq!(problem(Reader::new(&[]).uint()), CborProblem::Truncated);
        assert_eq!(problem(Reader::new(&[0x1a, 0]).uint()), CborProblem::Truncated);
        assert_eq!(problem(Reader::new(&[0x62, 0x41]).text()), CborProblem::Truncated);
        assert_eq!(problem(Reader::new(&[0x61, 0xff]).text()), CborProblem::WrongType);
    }

    #[test]
    fn an_error_points_into_the_outer_bytes() {
        let mut reader = Reader::at(&[0x01, 0x40], 10);
        reader.uint().unwrap();
        assert_eq!(reader.uint(), Err(CborError { at: 11, problem: CborProblem::WrongType }));
    }
}
