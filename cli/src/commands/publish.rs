//! `onecode publish`: what a practice region publishes from day to day.
//!
//! Uses `world`.

use std::path::PathBuf;

use onecode::governance::{DocumentKind, Index, Named, SignedDocument, Withdrawal, MAX_INDEX_S};
use onecode::jose::SignDocumentError;
use onecode::Scanner;

use crate::cause::Cause;
use crate::documents;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::openssl;
use crate::time;
use crate::world::editions;
use crate::world::World;

/// Publish the status lists of all issuers of a practice region, and a new index.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode publish --world w\n\n\
    Documents are published by `onecode sign` and `onecode withdraw`; a province's lists by its \
    service. An issuer whose service keeps its books is left out.")]
pub(crate) struct Publish {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Publish {
    pub(super) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let world = World::open(&self.world)?;
        let _held = world.hold()?;
        for id in world.issuers_with_lists() {
            let books = match world.issuer(&id) {
                Ok(books) => books,
                Err(Failure(line)) => {
                    crate::out::warn(&line);
                    continue;
                }
            };
            let index = world.publish_status(&books, &world.issuer_key(&id, "status")?, now)?;
            answer!(
                "{id}：{at} 的卡状态名单，增量 {deltas} 份",
                "{id}: status lists of {at}, deltas: {deltas}",
                at = time::rfc3339(index.issued_at_unix_s),
                deltas = index.deltas.len()
            );
        }
        let index = index(&world, now)?;
        answer!(
            "索引：根密钥名录第 {roots} 版，发卡机构名单第 {trust_list} 版，应用项目清单第 {catalogue} 版，撤销通知 {notices} 份",
            "index: roots {roots}, trust list {trust_list}, catalogue {catalogue}, notices: {notices}",
            roots = index.roots.sequence,
            trust_list = index.trust_list.sequence,
            catalogue = index.catalogue.sequence,
            notices = index.withdrawals.len()
        );
        Ok(())
    }
}

/// Signs and writes the index, with the index key of a holder: when all that it names is there.
fn index(world: &World, now: i64) -> Result<Index, Failure> {
    let failed = |error: SignDocumentError| Failure(error.said());
    let steps = world.walked(None)?;
    let roots = steps.last().and_then(|roots| Some((roots.number(), roots.document_hash()?)));
    let (sequence, sha256) =
        roots.ok_or_else(|| Failure(said!("没有根密钥名录", "there are no roots")))?;
    let in_force = steps.last().map(std::slice::from_ref).unwrap_or_default();
    let named = |kind| -> Result<Named, Failure> {
        let (file, bytes) = world.editions().newest(kind, in_force)?;
        let document =
            SignedDocument::from_json(&bytes).map_err(|error| files::failed(&file, error))?;
        let edition = documents::edition(&document)
            .ok_or_else(|| files::failed(&file, said!("没有版号", "it has no number")))?;
        Ok(Named { sequence: edition.sequence, sha256: document.hash() })
    };
    let index = Index {
        issued_at_unix_s: now,
        expires_unix_s: now.saturating_add(MAX_INDEX_S),
        critical: vec![],
        roots: Named { sequence, sha256 },
        trust_list: named(DocumentKind::TrustList)?,
        catalogue: named(DocumentKind::Catalogue)?,
        withdrawals: notices(world, now)?,
    };
    let mut document = index.draft().map_err(failed)?;
    let key = openssl::private_key(&world.any_index_key()?)?;
    document.sign(&key, now).map_err(failed)?;
    let place = world.editions().index();
    files::replace(&place, document.to_json().as_bytes(), Readers::Everybody)
        .map_err(|error| files::failed(&place, error))?;
    Ok(index)
}

/// The notices that scanners take now.
fn notices(world: &World, now: i64) -> Result<Vec<onecode::governance::Sha256Hash>, Failure> {
    let mut scanner = Scanner::new(world.roots(None)?, onecode::Policy::default());
    let _ = world.lists().install(&mut scanner, now);
    let held = scanner.held(now).notices;
    let counts = |file: PathBuf| {
        let document = SignedDocument::from_json(&editions::read(&file).ok()?).ok()?;
        let notice: Withdrawal = serde_json::from_slice(document.payload()).ok()?;
        let is_held = held.contains(&document.hash());
        (is_held && now < notice.expires_unix_s).then(|| document.hash())
    };
    Ok(world.editions().notices().into_iter().filter_map(counts).collect())
}
