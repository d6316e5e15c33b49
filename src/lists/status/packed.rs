//! Status lists as they travel: 1, 2, 4 or 8 bits per entry, lowest bits first, in zlib.
//!
//! Uses flate2 alone. Specification: draft-ietf-oauth-status-list section 4.1, RFC 1950.

use std::io::Write;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Decompress, FlushDecompress};

/// What an issuer says about one credential.
///
/// Our lists have 2 bits per entry. The fourth value, "application specific", has no meaning in
/// them and is refused when a list is loaded. Read as valid it would admit a card that its issuer
/// marked; read as revoked it would accuse a citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Status {
    /// In force.
    Valid = 0,
    /// Ended for good (注销). The specification calls it INVALID.
    Revoked = 1,
    /// On hold, and may come back (挂失).
    Suspended = 2,
}

/// A list holds a number that is no [`Status`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{value} is not a status: 0 is valid, 1 revoked, 2 suspended")]
pub struct NotAStatus {
    /// The number.
    pub value: u8,
}

impl Status {
    /// The number that stands for it in a list.
    pub fn value(self) -> u8 {
        self as u8
    }
}

impl TryFrom<u8> for Status {
    type Error = NotAStatus;

    fn try_from(value: u8) -> Result<Self, NotAStatus> {
        match value {
            0 => Ok(Status::Valid),
            1 => Ok(Status::Revoked),
            2 => Ok(Status::Suspended),
            _ => Err(NotAStatus { value }),
        }
    }
}

/// Why bytes are not a status list, or numbers do not fit in one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackedError {
    /// The specification has no such entry width.
    #[error("an entry has 1, 2, 4 or 8 bits, not {bits}")]
    Width {
        /// The width that was asked for.
        bits: u8,
    },
    /// The list is longer than its reader allows: the limit is wrong, or it is a decompression
    /// bomb.
    #[error("the list inflates to more than {max_inflated_bytes} bytes")]
    TooLong {
        /// The limit that was in force.
        max_inflated_bytes: usize,
    },
    /// The compressed bytes end before the list does: most likely an interrupted download.
    #[error("the compressed list breaks off")]
    Truncated,
    /// The compressed bytes are not a zlib stream, or their checksum is wrong.
    #[error("the compressed list is damaged")]
    Damaged,
    /// Bytes follow the zlib stream.
    #[error("{count} bytes follow the compressed list")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A number to be packed needs more bits than an entry has.
    #[error("{value} at position {position} does not fit in {bits} bits")]
    ValueTooWide {
        /// Where it stands.
        position: u32,
        /// The number.
        value: u8,
        /// The width of an entry.
        bits: u8,
    },
    /// The compressor failed. It documents no way to fail here.
    #[error("the list cannot be compressed")]
    NotCompressed,
}

/// The most a list can take inflated, whatever limit its reader sets: 2^29 - 1 bytes. So every
/// position fits in 32 bits at every width.
pub const MAX_INFLATED_BYTES: usize = (1 << 29) - 1;

/// Deflate writes at most 258 bytes for 2 bits.
const MAX_EXPANSION: usize = 1032;

/// An inflated list: one raw number for each position.
#[derive(Clone, PartialEq, Eq)]
pub struct PackedStatuses {
    bits: u8,
    len: u32,
    bytes: Box<[u8]>,
}

impl PackedStatuses {
    /// The numbers as they are packed.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Inflates the `lst` of a status list whose entries are `bits` wide.
    ///
    /// Allocates at most `max_inflated_bytes` (or 2^29 - 1, if that is less) and the decompressor's
    /// own 64 KiB. The list has as many positions as its bytes have room for: the wire form has no
    /// other length.
    pub fn inflate(bits: u8, zlib: &[u8], max_inflated_bytes: usize) -> Result<Self, PackedError> {
        check_width(bits)?;
        let max_inflated_bytes = max_inflated_bytes.min(MAX_INFLATED_BYTES);
        // No stream needs more room than this, so a short one does not reserve the whole limit.
        let room = max_inflated_bytes.min(zlib.len().saturating_mul(MAX_EXPANSION));
        let mut bytes = vec![0; room];

        let mut stream = Decompress::new(true);
        let outcome = stream
            .decompress(zlib, &mut bytes, FlushDecompress::Finish)
            .map_err(|_| PackedError::Damaged)?;
        let unread = zlib.len() - stream.total_in() as usize;
        let inflated = stream.total_out() as usize;
        match (outcome, unread) {
            (flate2::Status::StreamEnd, 0) => {}
            (flate2::Status::StreamEnd, count) => return Err(PackedError::TrailingBytes { count }),
            // When the room runs out, a complete stream still has its checksum ahead.
            (_, 1..) if inflated == room => {
                return Err(PackedError::TooLong { max_inflated_bytes })
            }
            _ => return Err(PackedError::Truncated),
        }
        bytes.truncate(inflated);
        Ok(Self { bits, len: inflated as u32 * (8 / u32::from(bits)), bytes: bytes.into() })
    }

    /// The `lst` of a status list: these statuses, at the best compression.
    ///
    /// The last byte is padded with zeros: a list of 3 two-bit entries inflates to 4.
    pub fn deflate(&self) -> Result<Vec<u8>, PackedError> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&self.bytes)
            .and_then(|()| zlib.finish())
            .map_err(|_| PackedError::NotCompressed)
    }

    /// `len` zeros. The width is known to be one of the four.
    pub(super) fn zeros(bits: u8, len: u32) -> Self {
        let bytes = len.div_ceil(8 / u32::from(bits)) as usize;
        Self { bits, len, bytes: vec![0; bytes].into() }
    }

    /// Sets a number that fits, at a position inside the list.
    pub(super) fn set(&mut self, position: u32, value: u8) {
        let (byte, shift) = self.place(position);
        let mask = u8::MAX >> (8 - self.bits);
        self.bytes[byte] = self.bytes[byte] & !(mask << shift) | value << shift;
    }

    /// How many bits an entry has.
    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// How many positions the list has.
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Whether the list has no position at all.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The raw number at a position; `None` outside the list.
    pub fn value(&self, position: u32) -> Option<u8> {
        let (byte, shift) = self.place(position);
        let mask = u8::MAX >> (8 - self.bits);
        (position < self.len).then(|| self.bytes[byte] >> shift & mask)
    }

    /// The positions whose number is not zero, and the numbers, in order.
    pub fn iter_not_zero(&self) -> impl Iterator<Item = (u32, u8)> + Clone + '_ {
        let bits = u32::from(self.bits);
        let mask = u64::MAX >> (64 - bits);
        let (words, tail) = self.bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        // Nearly all of a list is zeros, so whole words of zeros are skipped.
        (words.iter().copied().chain([last]))
            .zip(0..)
            .map(|(word, index)| (u64::from_le_bytes(word), index))
            .filter(|&(word, _)| word != 0)
            .flat_map(move |(mut word, index): (u64, u32)| {
                std::iter::from_fn(move || {
                    let lane = word.trailing_zeros() / bits;
                    let value = word.checked_shr(lane * bits)? & mask;
                    word &= !(mask << (lane * bits));
                    Some((index * (64 / bits) + lane, value as u8))
                })
            })
    }

    /// How many numbers are not zero.
    pub(super) fn count_not_zero(&self) -> usize {
        let bits = u32::from(self.bits);
        let lowest = u64::MAX / (u64::MAX >> (64 - bits)); // safe: 1 to 8 bits, so not zero
        let (words, tail) = self.bytes.as_chunks::<8>();
        let mut last = [0; 8];
        last[..tail.len()].copy_from_slice(tail);
        let words = words.iter().copied().chain([last]).map(u64::from_le_bytes);
        let lanes = words.map(|word| {
            let any = (0..bits).fold(0, |any, bit| any | word >> bit);
            (any & lowest).count_ones() as usize
        });
        lanes.sum()
    }

    /// The byte that holds a position, and its shift within the byte.
    fn place(&self, position: u32) -> (usize, u32) {
        let bits = u32::from(self.bits);
        let in_byte = 8 / bits;
        ((position / in_byte) as usize, position % in_byte * bits)
    }
}

impl std::fmt::Debug for PackedStatuses {
    // Without the bytes: there may be a quarter of a million.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { bits, len, .. } = self;
        write!(f, "PackedStatuses({len} positions of {bits} bits)")
    }
}

/// Packs numbers and compresses them: the `lst` of a status list, for its issuer.
///
/// ```
/// # use onecode::status::{pack, PackedStatuses, Status};
/// let lst = pack(2, &[Status::Valid, Status::Revoked, Status::Suspended].map(Status::value))?;
/// let list = PackedStatuses::inflate(2, &lst, 1)?;
/// assert_eq!(list.value(2), Some(2));
/// # Ok::<(), onecode::status::PackedError>(())
/// ```
pub fn pack(bits: u8, values: &[u8]) -> Result<Vec<u8>, PackedError> {
    check_width(bits)?;
    let len = u32::try_from(values.len())
        .ok()
        .filter(|len| len.div_ceil(8 / u32::from(bits)) as usize <= MAX_INFLATED_BYTES)
        .ok_or(PackedError::TooLong { max_inflated_bytes: MAX_INFLATED_BYTES })?;
    let mut list = PackedStatuses::zeros(bits, len);
    for (position, &value) in (0..).zip(values) {
        if u16::from(value) >> bits != 0 {
            return Err(PackedError::ValueTooWide { position, value, bits });
        }
        list.set(position, value);
    }
    list.deflate()
}

fn check_width(bits: u8) -> Result<(), PackedError> {
    match bits {
        1 | 2 | 4 | 8 => Ok(()),
        _ => Err(PackedError::Width { bits }),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// 1, 2, 0, 3 | 0, 1, 0, 1 | 1, 2, 3, 3, the 2-bit example of the specification.
    const ZLIB: [u8; 11] = [
        0x78, 0xda, // zlib, best compression
        0x3b, 0xe9, 0xf2, 0x13, 0x00, // deflate of c9 44 f9
        0x03, 0xdf, 0x02, 0x07, // Adler-32
    ];

    #[test]
    fn entries_lie_lowest_bits_first() {
        let list = PackedStatuses::inflate(2, &ZLIB, 3).unwrap();
        let values: Vec<_> = (0..13).map_while(|at| list.value(at)).collect();
        assert_eq!(values, [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
        let not_zero: Vec<_> = list.iter_not_zero().map(|(at, _)| at).collect();
        assert_eq!(not_zero, [0, 1, 3, 5, 7, 8, 9, 10, 11]);
    }

    #[test]
    fn what_is_no_list_is_told_apart() {
        let inflate = |zlib: &[u8], max| PackedStatuses::inflate(2, zlib, max).unwrap_err();
        let changed = |at: usize| {
            let mut zlib = ZLIB;
            zlib[at] ^= 1;
            zlib
        };
        let trailing = [&ZLIB[..], &[0, 0]].concat();
        let preset_dictionary = [0x78, 0xf9, 0, 0, 0, 1, 0x03, 0x00, 0, 0, 0, 1];

        for (bits, ok) in (0..=16).map(|bits| (bits, [1, 2, 4, 8].contains(&bits))) {
            let width = PackedStatuses::inflate(bits, &ZLIB, 3);
            assert_eq!(width == Err(PackedError::Width { bits }), !ok, "{bits} bits");
        }
        for end in 0..ZLIB.len() {
            assert_eq!(inflate(&ZLIB[..end], 3), PackedError::Truncated, "up to {end}");
        }
        assert_eq!(inflate(&changed(0), 3), PackedError::Damaged, "header");
        assert_eq!(inflate(&changed(10), 3), PackedError::Damaged, "checksum");
        assert_eq!(inflate(&preset_dictionary, 3), PackedError::Damaged);
        assert_eq!(inflate(&trailing, 3), PackedError::TrailingBytes { count: 2 });
        assert_eq!(inflate(&ZLIB, 2), PackedError::TooLong { max_inflated_bytes: 2 });
    }

    #[test]
    fn the_limit_is_exact() {
        for len in [0, 1, 7, 8, 1_000, 70_000] {
            let zlib = pack(8, &vec![7; len]).unwrap();
            assert_eq!(PackedStatuses::inflate(8, &zlib, len).unwrap().len(), len as u32);
            if let Some(max_inflated_bytes) = len.checked_sub(1) {
                let error = PackedStatuses::inflate(8, &zlib, max_inflated_bytes).unwrap_err();
                assert_eq!(error, PackedError::TooLong { max_inflated_bytes }, "{len}");
            }
            let error = PackedStatuses::inflate(8, &zlib[..zlib.len() - 1], len).unwrap_err();
            assert_eq!(error, PackedError::Truncated, "{len} bytes without the end");
        }
    }

    #[test]
    fn a_number_that_does_not_fit_is_not_packed() {
        for bits in [1, 2, 4] {
            let error = pack(bits, &[0, 1 << bits]).unwrap_err();
            let (position, value) = (1, 1 << bits);
            assert_eq!(error, PackedError::ValueTooWide { position, value, bits });
        }
        assert_eq!(pack(3, &[0]), Err(PackedError::Width { bits: 3 }));
    }
}
