//! The roots that a command believes: what somebody has configured, and the editions since.
//!
//! Uses `world::editions` for the editions that are published, and `keys` for a lone key.

use std::path::Path;

use onecode::governance::{DocumentKind, Roots, Sha256Hash};
use onecode::InstallError;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{failed, text_in};
use crate::keys::openssl;
use crate::world::editions::{self, Editions, MAX_ROOTS};

/// What was configured: a signed edition, its hash as `sha256:HASH`, or a lone public key as PEM or
/// JWK.
pub(crate) fn configured(text: &str) -> Result<Roots, Failure> {
    if let Some(hash) = text.strip_prefix("sha256:") {
        let hash = self::hash(hash).ok_or_else(|| {
            Failure(said!(
                "{text} 不是 sha256: 加 43 个 base64url 字符或 64 个十六进制数字",
                "{text} is not sha256: and 43 characters of base64url or 64 hexadecimal digits"
            ))
        })?;
        return Ok(Roots::hash(hash));
    }
    let file = Path::new(text);
    let bytes = editions::read(file)?;
    // A document begins with its payload. A lone key is small, and text that people have.
    let is_document = text_in(&bytes).is_ok_and(|text| text.contains("\"payload\""));
    match is_document {
        true => Roots::edition(&bytes).map_err(|error| failed(file, error)),
        false => Ok(Roots::key(openssl::public_key(file)?)),
    }
}

/// A hash as it is written and read aloud: base64url, or hexadecimal digits.
pub(crate) fn hash(text: &str) -> Option<Sha256Hash> {
    let hex = || {
        let mut bytes = [0; 32];
        let digits = Some(text).filter(|text| text.len() == 64 && text.is_ascii())?;
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(digits.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Sha256Hash(bytes))
    };
    Sha256Hash::from_base64url(text).or_else(hex)
}

/// Goes through what was configured, the first by itself and each further one as the next edition.
/// All of its steps, the last one in force.
pub(crate) fn chain(configured: &[String]) -> Result<Vec<Roots>, Failure> {
    let mut steps: Vec<Roots> = Vec::new();
    for text in configured {
        let next = match steps.last() {
            None => self::configured(text)?,
            Some(before) => {
                let file = Path::new(text);
                let mut next = before.clone();
                next.walk(&editions::read(file)?).map_err(|error| failed(file, error))?;
                next
            }
        };
        steps.push(next);
    }
    Ok(steps)
}

/// Walks on from there through the editions that are published. All steps, the last one in force.
/// What does not follow stays where it is: gates do not take it either.
pub(crate) fn walk(begun: Roots, published: &Editions) -> Vec<Roots> {
    let mut steps = vec![begun];
    for (_, file) in published.numbered(DocumentKind::Roots).into_iter().take(MAX_ROOTS) {
        let Some(mut next) = steps.last().cloned() else { break };
        let Ok(bytes) = editions::read(&file) else { continue };
        let before = next.document_hash();
        match next.walk(&bytes) {
            Ok(()) if next.document_hash() != before => steps.push(next),
            Ok(()) | Err(InstallError::Rollback { .. } | InstallError::OtherRoots { .. }) => {}
            Err(error) => {
                let (file, error) = (file.display(), error.said());
                warn!("{file}: 没有装入：{error}", "{file}: not taken: {error}");
            }
        }
    }
    steps
}
