//! PEM with whatever stands around it: explanations, parameters, certificates.
//!
//! Specification: RFC 7468. Uses the error of `pem`.

use zeroize::Zeroizing;

use super::{KeyKind, PemError};

/// A part of a text, from `-----BEGIN label-----` to `-----END label-----`.
pub(super) struct Block<'t> {
    pub(super) label: &'t str,
    /// All of its lines, none of them indented.
    text: Zeroizing<String>,
}

impl Block<'_> {
    pub(super) fn der(&self) -> Result<Zeroizing<Vec<u8>>, PemError> {
        if self.text.contains("ENCRYPTED") {
            return Err(PemError::Encrypted);
        }
        let (_, der) = pem_rfc7468::decode_vec(self.text.as_bytes()).map_err(|error| {
            PemError::Damaged { label: self.label.to_owned(), detail: error.to_string() }
        })?;
        Ok(Zeroizing::new(der))
    }
}

/// The blocks of a text. What stands between them is for people.
pub(super) fn blocks(text: &str) -> Result<Vec<Block<'_>>, PemError> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(first) = lines.next() {
        let label = first.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        let Some(label) = label else { continue };
        let last = format!("-----END {label}-----");
        let mut inner = Vec::new();
        loop {
            let line = lines.next().ok_or_else(|| PemError::CutShort { missing: last.clone() })?;
            if line == last {
                break;
            }
            inner.push(line);
        }
        // With room for all of it: a copy that is left behind would not be wiped.
        let inside: usize = inner.iter().map(|line| line.len() + 1).sum();
        let mut block =
            Zeroizing::new(String::with_capacity(first.len() + inside + last.len() + 2));
        for line in [first].into_iter().chain(inner).chain([&*last]) {
            block.push_str(line);
            block.push('\n');
        }
        blocks.push(Block { label, text: block });
    }
    Ok(blocks)
}

/// The one block of a text that is wanted, or what is there in its place.
pub(super) fn only<'b, 't>(
    blocks: &'b [Block<'t>],
    wanted: KeyKind,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<&'b Block<'t>, PemError> {
    let mut found = blocks.iter().filter(|block| is_wanted(block.label));
    match (found.next(), found.next(), blocks.last()) {
        (Some(block), None, _) => Ok(block),
        (Some(_), Some(_), _) => Err(PemError::Several { wanted }),
        (None, _, None) => Err(PemError::NotPem),
        (None, _, Some(other)) => Err(match other.label {
            "ENCRYPTED PRIVATE KEY" => PemError::Encrypted,
            "CERTIFICATE" => PemError::Certificate,
            label => PemError::Other { wanted, label: label.to_owned() },
        }),
    }
}
