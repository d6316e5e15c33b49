//! The roots, the marks of documents, and the notices.

use std::sync::Arc;

use super::{read_key, write_key};
use crate::cose::{CborError, CborProblem, Reader, Writer};
use crate::jose::Sha256Hash;
use crate::lists::roots::{Begun, Roots, RootsEdition, Standing};
use crate::lists::withdrawal::{Notice, Notices, Withdrawal};
use crate::lists::Mark;

/// What it was set up with (a key, or a hash), the hashes of the editions it walked through, and the
/// payload of the last one. A payload is there unless nothing was walked.
pub(super) fn write_roots(writer: &mut Writer, roots: &Roots) {
    writer.array(4);
    match &roots.begun {
        Begun::Key(key) => write_key(writer.uint(0), key),
        Begun::Edition(hash) => {
            writer.uint(1).bytes(&hash.0);
        }
    }
    write_hashes(writer, &roots.walked);
    match &roots.standing {
        Standing::Edition(edition) => writer.bytes(&edition.payload),
        Standing::Key(_) | Standing::Awaited(_) => writer.bytes(&[]),
    };
}

pub(super) fn read_roots(reader: &mut Reader<'_>) -> Result<Roots, CborError> {
    reader.array_of(4)?;
    let begun = match reader.uint_in(0..=1u8)? {
        0 => Begun::Key(read_key(reader)?),
        _ => Begun::Edition(Sha256Hash(reader.byte_array()?)),
    };
    let walked = read_hashes(reader)?;
    let standing = reader.converted(Reader::bytes, CborProblem::OutOfRange, |payload| {
        match (walked.last(), begun, payload.is_empty()) {
            (None, Begun::Key(key), true) => Some(Standing::Key(key)),
            (None, Begun::Edition(hash), true) => Some(Standing::Awaited(hash)),
            (Some(hash), _, false) if Sha256Hash::of(payload) == *hash => {
                let edition = RootsEdition::of_payload(payload.to_vec(), *hash).ok()?;
                Some(Standing::Edition(Arc::new(edition)))
            }
            _ => None,
        }
    })?;
    Ok(Roots { begun, standing, walked })
}

fn write_hashes(writer: &mut Writer, hashes: &[Sha256Hash]) {
    writer.array(hashes.len() as u64);
    hashes.iter().for_each(|hash| {
        writer.bytes(&hash.0);
    });
}

fn read_hashes(reader: &mut Reader<'_>) -> Result<Vec<Sha256Hash>, CborError> {
    reader.items(|reader| reader.byte_array().map(Sha256Hash))
}

/// Number, hash, time, and the keys that signed it.
pub(super) fn write_mark(writer: &mut Writer, mark: &Mark) {
    writer.array(4).uint(mark.sequence).bytes(&mark.hash.0).int(mark.issued_at_unix_s);
    write_hashes(writer, &mark.signers);
}

pub(super) fn read_mark(reader: &mut Reader<'_>) -> Result<Mark, CborError> {
    reader.array_of(4)?;
    Ok(Mark {
        sequence: reader.uint()?,
        hash: Sha256Hash(reader.byte_array()?),
        issued_at_unix_s: reader.int()?,
        signers: read_hashes(reader)?,
    })
}

/// For each notice: its hash, the key that signed it, its times, the issuer, and the keys.
pub(super) fn write_notices(writer: &mut Writer, notices: &Notices) {
    writer.array(notices.kept.len() as u64);
    for Notice { hash, signer, withdrawal } in &notices.kept {
        writer.array(6).bytes(&hash.0).bytes(&signer.0);
        writer.int(withdrawal.issued_at_unix_s).int(withdrawal.expires_unix_s);
        writer.text(&withdrawal.issuer);
        write_hashes(writer, &withdrawal.keys);
    }
}

pub(super) fn read_notices(reader: &mut Reader<'_>) -> Result<Notices, CborError> {
    let notices = reader.items(|reader| {
        reader.array_of(6)?;
        Ok(Notice {
            hash: Sha256Hash(reader.byte_array()?),
            signer: Sha256Hash(reader.byte_array()?),
            withdrawal: Withdrawal {
                issued_at_unix_s: reader.int()?,
                expires_unix_s: reader.int()?,
                critical: Vec::new(),
                issuer: reader.text()?.to_owned(),
                keys: read_hashes(reader)?,
            },
        })
    })?;
    Ok(Notices::kept_before(notices))
}
