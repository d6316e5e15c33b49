//! A picture of two colours as a PNG file (ISO/IEC 15948): the one kind of PNG that is written here.
//!
//! Uses `flate2`, which status lists need as well. An encoder for every kind of PNG takes 77 kB of the
//! library on a phone.

use std::io::{self, Write};

use flate2::write::ZlibEncoder;
use flate2::Compression;

/// The file of a square grey picture with one bit a pixel, 1 for white. Each of the `rows` is padded to
/// whole bytes.
///
/// # Errors
///
/// The compressor refused; it has no reason to.
pub(super) fn file<'a>(side: u32, rows: impl Iterator<Item = &'a [u8]>) -> io::Result<Vec<u8>> {
    let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
    for row in rows {
        zlib.write_all(&[0])?; // as it is, without a filter
        zlib.write_all(row)?;
    }
    // Width, height, one bit a pixel, grey; compression and filters are the only ones of the
    // standard, and there is no interlacing.
    let side = side.to_be_bytes();
    let header = [&side[..], &side, &[1, 0, 0, 0, 0]].concat();

    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", header), (b"IDAT", zlib.finish()?), (b"IEND", Vec::new())] {
        let length = u32::try_from(data.len()).map_err(io::Error::other)?;
        file.extend_from_slice(&length.to_be_bytes());
        file.extend_from_slice(kind);
        file.extend_from_slice(&data);
        file.extend_from_slice(&crc(kind, &data).to_be_bytes());
    }
    Ok(file)
}

/// CRC-32 of a chunk, bit by bit: a picture has some 2 kB.
fn crc(kind: &[u8], data: &[u8]) -> u32 {
    !kind.iter().chain(data).fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc(b"12345", b"6789"), 0xcbf4_3926); // its check value
        assert_eq!(crc(b"IEND", b""), 0xae42_6082); // how every PNG file ends
    }
}
