//! `onecode roots entry`: what a holder hands in to be named in the next edition.

use std::path::PathBuf;

use onecode::governance::{DocumentKind, Holder, HolderKey};
use onecode::jose::Name;

use super::write_json;
use crate::failure::Failure;
use crate::keys::openssl;
use crate::signing::read_aloud;

/// What a key signs that is no index key.
pub(super) const ALL_BUT_INDEX: [DocumentKind; 4] = [
    DocumentKind::Roots,
    DocumentKind::TrustList,
    DocumentKind::Catalogue,
    DocumentKind::Withdrawal,
];

/// Write a holder's entry: its id, its names, the issuers it answers for, its public keys.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode roots entry sh --name-zh 上海 --name-en Shanghai \
    --issuer cn-31 --signing-key sh.pub --index-key sh-index.pub --out sh.json")]
pub(crate) struct Entry {
    /// A short name that never changes: small letters, digits, `-` and `.`.
    id: String,
    /// Its name in Chinese.
    #[arg(long, value_name = "NAME")]
    name_zh: String,
    /// Its name in English.
    #[arg(long, value_name = "NAME")]
    name_en: String,
    /// An issuer it answers for; once for each of them.
    #[arg(long = "issuer", id = "answers_for", value_name = "ID")]
    issuers: Vec<String>,
    /// A public key that signs everything but the index, PEM or JWK; once for each of them.
    #[arg(long = "signing-key", id = "signing_keys", value_name = "FILE", required = true)]
    signing_keys: Vec<PathBuf>,
    /// A public key that signs the index, and nothing else.
    #[arg(long = "index-key", id = "index_keys", value_name = "FILE")]
    index_keys: Vec<PathBuf>,
    /// The entry, as JSON; `-` for standard output.
    #[arg(long = "out", id = "entry_out", value_name = "FILE")]
    out: PathBuf,
}

impl Entry {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut keys = Vec::new();
        for file in &self.signing_keys {
            keys.push(HolderKey { key: openssl::public_key(file)?, signs: ALL_BUT_INDEX.to_vec() });
        }
        for file in &self.index_keys {
            let signs = vec![DocumentKind::Index];
            keys.push(HolderKey { key: openssl::public_key(file)?, signs });
        }
        for key in &keys {
            tell!(
                "{id}：{algorithm} 密钥，核对：{thumbprint}",
                "{id}: a key for {algorithm}, compare: {thumbprint}",
                id = self.id,
                algorithm = key.key.algorithm(),
                thumbprint = read_aloud(&key.key.kid())
            );
        }
        let name = Name { zh: self.name_zh, en: self.name_en };
        write_json(&Holder { id: self.id, name, issuers: self.issuers, keys }, &self.out)
    }
}
