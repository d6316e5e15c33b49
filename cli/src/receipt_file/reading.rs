//! The lines of a file of receipts. Uses `files`.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::receipt::ChainLink;
use sha2::{Digest, Sha256};

use crate::failure::Failure;
use crate::files::{self, failed};

/// Longest line that can be a receipt.
pub(super) const MAX_LINE: usize = 4_096;

/// The receipt in a line; what is none at all is one that every chain refuses.
pub(super) fn receipt_in(line: &[u8]) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(line.trim_ascii_end()).unwrap_or_default()
}

/// SHA-256 of the receipt in a line.
fn hash(line: &[u8]) -> [u8; 32] {
    Sha256::digest(receipt_in(line)).into()
}

/// A file of receipts, and its size.
pub(crate) fn open(file: &Path) -> Result<(impl BufRead, usize), Failure> {
    let opened = files::open_to_read(file).map_err(|error| failed(file, error))?;
    let size = opened.metadata().map_err(|error| failed(file, error))?.len();
    Ok((BufReader::with_capacity(1 << 16, opened), size as usize))
}

/// The next receipts, `limit` at most, and how many bytes they take in the file.
pub(crate) fn some(lines: &mut impl BufRead, limit: usize) -> io::Result<(Vec<Vec<u8>>, usize)> {
    let (mut receipts, mut read) = (Vec::new(), 0);
    while receipts.len() < limit {
        let mut line = Vec::new();
        let bytes = lines.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if bytes == 0 {
            break;
        }
        read += bytes;
        receipts.push(receipt_in(&line));
    }
    Ok((receipts, read))
}

/// How many bytes of the file the state tells of: as far as the last receipt before `head`. None
/// of them where the file was begun behind it; nothing where it is of another chain.
pub(super) fn length_up_to(file: &File, head: ChainLink) -> io::Result<Option<u64>> {
    if head.number == 0 {
        return Ok(Some(0));
    }
    let mut input = BufReader::new(file);
    let (mut length, mut begins, mut lines) = (0, None, 0);
    loop {
        let mut line = Vec::new();
        if (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        // One that is cut short is no receipt, and no other follows it.
        let link = begins.or_else(|| ChainLink::unverified(&receipt_in(&line)).ok());
        let Some(link) = link else { return Ok((!line.ends_with(b"\n")).then_some(0)) };
        begins = Some(link);
        lines += 1;
        length += line.len() as u64;
        if hash(&line) == head.previous {
            return Ok((link.number.saturating_add(lines) == head.number).then_some(length));
        }
    }
    Ok(begins.is_none_or(|begins| begins == head).then_some(0))
}
