//! `onecode receipts evidence make`: what a hotline sends on.
//!
//! Uses `receipt_file`, and `world` for the lists as they were.

use std::path::{Path, PathBuf};

use onecode::governance::{DocumentKind, Roots, SignedDocument};
use onecode::jose::decode_base64url;
use onecode::receipt::{
    BundledKind, BundledList, ChainLink, EvidenceBundle, Receipt, MAX_BUNDLED_RECEIPTS,
};

use super::said;
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::lines::Lines;
use crate::receipt_file;
use crate::time;
use crate::world::{editions, World};

/// Largest status list that is read, in bytes; as base64url it is a third longer.
const MAX_STATUS: u64 = 6 << 20;

/// Put the evidence about one scan into one file: receipt, lists, and the text where it is there.
///
/// The file has the receipt with its neighbours in the chain, and whole: the roots, the trust list,
/// the catalogue, the notices and the status list that the gate held. It is checked before it is
/// written, and says which province answers.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  \
    onecode receipts evidence make --world w --receipt 1 --text code.txt --out complaint.json \
    receipts.txt")]
pub(crate) struct Make {
    /// The region's folder: `roots.json` and `published/` of it, with the status lists of then.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// The number of the receipt. `onecode receipts replay` finds it by the text of the code.
    #[arg(long, id = "receipt_number", value_name = "NUMBER")]
    receipt: u64,
    /// The file with the text of the code, where the person has it; `-` is standard input.
    #[arg(long, id = "scanned_text", value_name = "FILE")]
    text: Option<PathBuf>,
    /// A folder that is searched for the status lists of then as well: the region erases old ones.
    #[arg(long, id = "status_folder", value_name = "DIR")]
    status: Option<PathBuf>,
    /// How many later receipts go with it: as far as a number that was kept elsewhere, to prove
    /// more. They are of other persons, without names.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(0..=4_000))]
    later: u16,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The new file, for its owner alone.
    #[arg(long, id = "evidence_out", value_name = "FILE")]
    out: PathBuf,
    /// The receipts, as `onecode scan --receipts` writes them: of several files the oldest first.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

impl Make {
    pub(super) fn run(self) -> Result<(), Failure> {
        let world = World::open(&self.world)?;
        let now = self.at.unwrap_or_else(time::now);
        let (steps, keys) = super::super::keys(&world, self.roots.as_deref(), now)?;
        let (receipts, about) = self.receipts()?;
        let found = receipts.get(about).map(|bytes| Receipt::verify(bytes, &keys));
        let receipt = match found {
            Some(Ok(receipt)) => receipt,
            Some(Err(error)) => return Err(Failure(crate::cause::Cause::said(&error))),
            None => {
                return Err(Failure(said!(
                    "文件里没有编号 {number} 的受理回执",
                    "there is no receipt with number {number} in the files",
                    number = self.receipt
                )))
            }
        };
        let text = self.text.as_deref().map(text).transpose()?;
        let mut bundle = EvidenceBundle::new(receipts, about, text);
        bundle.made_at_unix_s = now;
        bundle.made_by = concat!("onecode ", env!("CARGO_PKG_VERSION")).to_owned();
        self.add_lists(&world, &steps, &receipt, &mut bundle)?;
        let trusted = world.roots(self.roots.as_deref())?;
        let (json, finding) = bundle
            .to_json(Some(&trusted), now)
            .map_err(|error| Failure(crate::cause::Cause::said(&error)))?;
        files::write_new(&self.out, &json, Readers::Owner)?;
        said::tell(&finding, bundle.text.as_deref());
        Ok(())
    }

    /// The receipt with those around it, and its place among them.
    fn receipts(&self) -> Result<(Vec<Vec<u8>>, usize), Failure> {
        let last = self.receipt.saturating_add(self.later.into());
        let mut found = Vec::new();
        for file in &self.files {
            let (mut lines, _) = receipt_file::open(file)?;
            loop {
                let (some, _) =
                    receipt_file::some(&mut lines, 1).map_err(|error| failed(file, error))?;
                let Some(bytes) = some.into_iter().next() else { break };
                // What is no receipt is none of these.
                let Ok(link) = ChainLink::unverified(&bytes) else { continue };
                let wanted = self.receipt.saturating_sub(1)..=last;
                if wanted.contains(&link.number) && found.len() < MAX_BUNDLED_RECEIPTS {
                    found.push((link.number, bytes));
                }
            }
        }
        let about = found.iter().position(|(number, _)| *number == self.receipt);
        Ok((found.into_iter().map(|(_, bytes)| bytes).collect(), about.unwrap_or(usize::MAX)))
    }

    /// The lists of then: found by the hashes and numbers in the receipt.
    fn add_lists(
        &self,
        world: &World,
        steps: &[Roots],
        receipt: &Receipt,
        bundle: &mut EvidenceBundle,
    ) -> Result<(), Failure> {
        let editions = world.editions();
        let mut add = |kind, bytes| bundle.lists.push(BundledList { kind, bytes });
        for (_, file) in editions.numbered(DocumentKind::Roots) {
            add(BundledKind::Roots, editions::read(&file)?);
        }
        for (of, kind, number, hash) in [
            (
                DocumentKind::TrustList,
                BundledKind::TrustList,
                receipt.trust_list,
                receipt.trust_list_hash(),
            ),
            (
                DocumentKind::Catalogue,
                BundledKind::Catalogue,
                receipt.catalogue,
                receipt.catalogue_hash(),
            ),
        ] {
            let Some(number) = number else { continue };
            let file = editions.file(of, number);
            let bytes = editions::read(&file)?;
            let document =
                SignedDocument::from_json(&bytes).map_err(|error| failed(&file, error))?;
            if Some(document.hash()) != hash {
                let text = said!("不是受理回执所记的那一版", "not the one that the receipt names");
                return Err(failed(&file, text));
            }
            add(kind, bytes);
        }
        let (_, newest) = editions.newest(DocumentKind::TrustList, steps)?;
        let same = SignedDocument::from_json(&newest)
            .is_ok_and(|newest| Some(newest.hash()) == receipt.trust_list_hash());
        if !same {
            add(BundledKind::LaterTrustList, newest);
        }
        let notices = editions.notices().into_iter().map(|file| (BundledKind::Withdrawal, file));
        let index = Some((BundledKind::Index, editions.index()));
        for (kind, file) in notices.chain(index).filter(|(_, file)| file.is_file()) {
            let bytes = editions::read(&file)?;
            let document = SignedDocument::from_json(&bytes);
            if document.is_ok_and(|document| receipt.applied().contains(&document.hash())) {
                add(kind, bytes);
            }
        }
        let mut lists = status_lists(&world.path("published").join("status"));
        lists.extend(self.status.iter().flat_map(|folder| status_lists(folder)));
        if !bundle.add_status(receipt, lists.iter().map(Vec::as_slice)) {
            warn!(
                "找不到当时所用的卡状态名单：无法重新核验。另处存有的，用 --status 指明",
                "the status list of then is not there: the scan cannot be made again. Say with \
                 --status where it is kept"
            );
        }
        Ok(())
    }
}

/// The text as a scanner reads it.
fn text(file: &Path) -> Result<String, Failure> {
    let bytes = files::read(file)?;
    let line = Lines::of(&*bytes).next_line().map_err(|error| failed(file, error))?;
    line.map(|line| line.text()).ok_or_else(|| failed(file, said!("文件是空的", "it is empty")))
}

/// All status lists and deltas below a folder. What cannot be read is none of them.
fn status_lists(folder: &Path) -> Vec<Vec<u8>> {
    let below = |folder: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    };
    let (mut lists, mut folders) = (Vec::new(), vec![(folder.to_owned(), 0)]);
    while let Some((folder, depth)) = folders.pop() {
        for path in below(&folder) {
            let extension = path.extension().and_then(|extension| extension.to_str());
            match extension {
                // status/ISSUER/TIME/NUMBER.cwt lies deepest.
                _ if path.is_dir() && depth < 2 => folders.push((path, depth + 1)),
                Some("b64") => {
                    let bytes = files::read_up_to(&path, MAX_STATUS).ok();
                    lists.extend(bytes.and_then(|it| decode_base64url(it.trim_ascii()).ok()));
                }
                Some("cwt") => lists.extend(files::read_up_to(&path, MAX_STATUS).ok()),
                _ => {}
            }
        }
    }
    lists
}
