//! `onecode roots next`: the content of the edition after the one in force.

use std::path::PathBuf;

use onecode::governance::{DocumentKind, Holder, RootsDocument, Sha256Hash};

use super::write;
use crate::documents;
use crate::failure::Failure;
use crate::files::{failed, read_json};
use crate::keys::openssl;
use crate::{roots, time};

/// Write the content of the next edition: number, hash of the one before and dates are filled in.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode roots next --from published/roots/1.json --without zj --with zj-new.json --out 2.json\n  \
    onecode roots next --from published/roots/1.json --replace-key OLD=new.pub --out 2.json")]
pub(crate) struct Next {
    /// The signed edition in force.
    #[arg(long = "from", id = "in_force", value_name = "FILE")]
    from: PathBuf,
    /// A holder to be left out, by id.
    #[arg(long, value_name = "ID")]
    without: Vec<String>,
    /// The entry of a holder that is new, or takes the place of the one with its id.
    #[arg(long, value_name = "ENTRY")]
    with: Vec<PathBuf>,
    /// A key of a holder, by thumbprint, and the public key in its place.
    #[arg(long, value_name = "OLD=FILE", allow_hyphen_values = true)]
    replace_key: Vec<String>,
    /// How many holders sign the next roots, a trust list and a catalogue.
    #[arg(long, value_name = "N")]
    threshold: Option<u8>,
    /// The content, as JSON; `-` for standard output.
    #[arg(long = "out", id = "content_out", value_name = "FILE")]
    out: PathBuf,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Next {
    pub(super) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let before = documents::read(DocumentKind::Roots, &self.from)?;
        let text = String::from_utf8_lossy(before.payload());
        let mut document =
            RootsDocument::from_json(&text).map_err(|error| failed(&self.from, error))?;
        document.edition = documents::next(&document.edition, before.hash(), now);
        for id in &self.without {
            let there = document.holders.len();
            document.holders.retain(|holder| holder.id != *id);
            if document.holders.len() == there {
                return Err(failed(
                    &self.from,
                    said!("没有签署方 {id}", "there is no holder {id}"),
                ));
            }
        }
        for file in &self.with {
            let new: Holder = read_json(file)?;
            match document.holders.iter_mut().find(|holder| holder.id == new.id) {
                Some(holder) => *holder = new,
                None => document.holders.push(new),
            }
        }
        for replaced in &self.replace_key {
            replace_key(&mut document, replaced)?;
        }
        if let Some(count) = self.threshold {
            let thresholds = &mut document.thresholds;
            (thresholds.roots, thresholds.trust_list, thresholds.catalogue) = (count, count, count);
        }
        write(&document, &self.out)
    }
}

/// Another key in the place of one, for the same documents.
fn replace_key(document: &mut RootsDocument, replaced: &str) -> Result<(), Failure> {
    let (old, file) = replaced.split_once('=').ok_or_else(|| {
        Failure(said!(
            "{replaced}：写法是 旧密钥的指纹=新公钥的文件",
            "{replaced}: it is written as the old key's thumbprint=the new public key's file"
        ))
    })?;
    let kid: Sha256Hash = roots::hash(old)
        .ok_or_else(|| Failure(said!("{old} 不是密钥的指纹", "{old} is no thumbprint of a key")))?;
    let mut keys = document.holders.iter_mut().flat_map(|holder| &mut holder.keys);
    let key = keys.find(|key| key.key.kid() == kid);
    let none = || Failure(said!("没有签署方持有密钥 {old}", "no holder has the key {old}"));
    key.ok_or_else(none)?.key = openssl::public_key(file.as_ref())?;
    Ok(())
}
