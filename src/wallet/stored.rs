//! A wallet as bytes that the host stores: versioned, bounded, and checked against damage.
//!
//! ```text
//! wallet  = "OC1W" ‖ version, 1 byte ‖ content, deterministic CBOR ‖ first 8 bytes of SHA-256
//! content = [* [credential, key alias, label, [* second]]]
//! second  = the first one; then differences, each to the one before it
//! ```
//!
//! The checksum finds damage, not malice: it is meant for the private storage of one app.

use crate::card::{CardCredential, CredentialError};
use crate::cose::{CborError, CborProblem, Reader, Writer, MAX_UNIX_S};
use crate::keys::sha256;
use crate::session::{CodeSession, REMEMBERED};

use super::{Wallet, WalletCard};

const MAGIC: &[u8] = b"OC1W";
const VERSION: u8 = 1;
const CHECKSUM: usize = 8;

/// Largest wallet that is read, in bytes: more than [`Wallet::MAX_CARDS`] cards can take.
const MAX_BYTES: usize = 1 << 19;

/// Bytes are not a wallet. Nothing was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WalletBytesError {
    /// Not what [`Wallet::to_bytes`] writes.
    #[error("these bytes are no wallet")]
    NotAWallet,
    /// Written by a later version of this library.
    #[error("the wallet was stored by a later version (form {version}, this one reads {VERSION})")]
    Newer {
        /// The version of its form.
        version: u8,
    },
    /// Larger than any wallet.
    #[error("{length} bytes are over the limit of {limit}")]
    TooLarge {
        /// Bytes given.
        length: usize,
        /// Most bytes that are read.
        limit: usize,
    },
    /// Cut short or changed since it was written.
    #[error("the stored wallet is damaged")]
    Damaged,
    /// Undamaged, but not in the right form.
    #[error("the stored wallet departs from its form: {0}")]
    Form(#[from] CborError),
    /// A card in it is not a card credential.
    #[error(transparent)]
    Card(#[from] CredentialError),
}

impl Wallet {
    /// The whole wallet. The host stores it before it shows a new code. It contains no private key,
    /// and no personal data except the labels.
    ///
    /// An older copy put back has forgotten seconds. At worst, a code for one of them is refused as
    /// used, and the next one is accepted.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut content = Writer::with_capacity(512 * self.cards.len() + 16);
        content.array(self.cards.len() as u64);
        for WalletCard { session, key_alias, label } in &self.cards {
            content.array(4).bytes(session.credential().as_bytes()).text(key_alias).text(label);
            content.array(session.used().len() as u64);
            let mut last = 0;
            for second in session.used() {
                content.int(second - last);
                last = *second;
            }
        }
        let mut bytes = MAGIC.to_vec();
        bytes.push(VERSION);
        bytes.extend(content.finish());
        let checksum = sha256(&bytes);
        bytes.extend(&checksum[..CHECKSUM]);
        bytes
    }

    /// Reads what [`Wallet::to_bytes`] wrote, with all its limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WalletBytesError> {
        if bytes.len() > MAX_BYTES {
            return Err(WalletBytesError::TooLarge { length: bytes.len(), limit: MAX_BYTES });
        }
        let rest = bytes.strip_prefix(MAGIC).ok_or(WalletBytesError::NotAWallet)?;
        // The version comes first, because another version may be checked in another way.
        let (version, rest) = rest.split_first().ok_or(WalletBytesError::Damaged)?;
        if *version > VERSION {
            return Err(WalletBytesError::Newer { version: *version });
        }
        let length = rest.len().checked_sub(CHECKSUM).ok_or(WalletBytesError::Damaged)?;
        let (content, checksum) = rest.split_at(length);
        let checked = sha256(&bytes[..bytes.len() - CHECKSUM]);
        if *version != VERSION || checked[..CHECKSUM] != *checksum {
            return Err(WalletBytesError::Damaged);
        }
        let mut reader = Reader::at(content, MAGIC.len() + 1);
        let mut wallet = Wallet::new();
        for _ in 0..bounded(&mut reader, Wallet::MAX_CARDS)? {
            let twice = reader.problem(CborProblem::UnexpectedKey);
            let card = read_card(&mut reader)?;
            if wallet.card(card.id()).is_some() {
                return Err(twice.into());
            }
            wallet.cards.push(card);
        }
        reader.end()?;
        Ok(wallet)
    }
}

fn read_card(reader: &mut Reader<'_>) -> Result<WalletCard, WalletBytesError> {
    reader.array_of(4)?;
    let credential = CardCredential::from_bytes(reader.bytes()?)?;
    let key_alias = read_name(reader)?;
    let label = read_name(reader)?;
    let mut used = Vec::new();
    let mut last = 0_i64;
    for _ in 0..bounded(reader, REMEMBERED)? {
        last = reader.converted(Reader::int, CborProblem::OutOfRange, |difference| {
            last.checked_add(difference).filter(|second| (0..=MAX_UNIX_S).contains(second))
        })?;
        used.push(last);
    }
    Ok(WalletCard { session: CodeSession::with_used(credential, used), key_alias, label })
}

fn read_name(reader: &mut Reader<'_>) -> Result<String, CborError> {
    reader.converted(Reader::text, CborProblem::WrongLength, |name| {
        (name.len() <= Wallet::MAX_NAME).then(|| name.to_owned())
    })
}

/// The head of an array of at most `limit` items.
fn bounded(reader: &mut Reader<'_>, limit: usize) -> Result<u64, CborError> {
    reader.converted(Reader::array, CborProblem::WrongCount, |count| {
        (count <= limit as u64).then_some(count)
    })
}
