//! Where the document comes from that is signed.

use std::path::{Path, PathBuf};

use onecode::catalogue::Catalogue;
use onecode::governance::{DocumentKind, Index, Named, Roots, SignedDocument, MAX_INDEX_S};
use onecode::jose::{decode_base64url, Edition};
use onecode::trust::TrustList;

use crate::documents;
use crate::failure::Failure;
use crate::files::{failed, read_text};
use crate::world::editions;
use crate::world::World;

/// One of three; in a practice region what is in the making, or else the next edition.
#[derive(clap::Args)]
#[group(multiple = false)]
pub(super) struct Source {
    /// Its content, as JSON; `-` for standard input.
    #[arg(long = "json", id = "content", value_name = "FILE")]
    content: Option<PathBuf>,
    /// The document with the signatures that others have made.
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,
    /// What --prepare has written, for --attach.
    #[arg(long, value_name = "FILE")]
    prepared: Option<PathBuf>,
}

impl Source {
    pub(super) fn document(
        &self,
        kind: DocumentKind,
        world: Option<&World>,
        steps: &[Roots],
        now: i64,
    ) -> Result<SignedDocument, Failure> {
        match (&self.content, &self.document, &self.prepared) {
            (Some(content), ..) => documents::draft(kind, content),
            (_, Some(document), _) => documents::read(kind, document),
            (.., Some(prepared)) => of_prepared(kind, prepared),
            _ => match world {
                Some(world) => in_world(kind, world, steps, now),
                None => Err(Failure(said!(
                    "请指明文档：--json FILE，或别人签过的 --document FILE",
                    "name the document: --json FILE, or --document FILE that others have signed"
                ))),
            },
        }
    }
}

/// The payload in the bytes that were to be signed: `header.payload` in base64url.
fn of_prepared(kind: DocumentKind, file: &Path) -> Result<SignedDocument, Failure> {
    let bytes = editions::read(file)?;
    let payload = bytes.iter().position(|byte| *byte == b'.').map(|dot| &bytes[dot + 1..]);
    let payload = payload.ok_or_else(|| {
        let text = said!("不是 --prepare 写的文件", "this is nothing that --prepare has written");
        failed(file, text)
    })?;
    let payload = decode_base64url(payload).map_err(|error| failed(file, error))?;
    SignedDocument::of_payload(kind, payload).map_err(|error| failed(file, error))
}

/// What is in the making in a practice region, or the next edition of what is published.
fn in_world(
    kind: DocumentKind,
    world: &World,
    steps: &[Roots],
    now: i64,
) -> Result<SignedDocument, Failure> {
    let in_making = world.in_making(kind);
    if in_making.is_file() {
        return documents::read(kind, &in_making);
    }
    let json = world.path("operator").join(format!("{}.json", editions::name(kind)));
    let text = || read_text(&json);
    let draft = match kind {
        DocumentKind::TrustList => {
            let mut list = TrustList::from_json(&text()?).map_err(|error| failed(&json, error))?;
            list.edition = next(kind, world, steps, now)?;
            list.draft()
        }
        DocumentKind::Catalogue => {
            let mut list = Catalogue::from_json(&text()?).map_err(|error| failed(&json, error))?;
            list.edition = next(kind, world, steps, now)?;
            list.draft()
        }
        DocumentKind::Index => index(world, steps, now)?.draft(),
        DocumentKind::Roots => {
            return Err(Failure(said!(
                "请指明内容：--json FILE；`onecode roots next` 可生成",
                "name the content: --json FILE, which `onecode roots next` writes"
            )))
        }
        DocumentKind::Withdrawal => {
            return Err(Failure(said!(
                "请指明内容：--json FILE；`onecode withdraw` 生成并签署停用通知",
                "name the content: --json FILE; `onecode withdraw` makes a notice and signs it"
            )))
        }
    };
    draft.map_err(|error| failed(&json, error))
}

fn next(kind: DocumentKind, world: &World, steps: &[Roots], now: i64) -> Result<Edition, Failure> {
    let (file, bytes) = world.editions().newest(kind, steps)?;
    let before = SignedDocument::from_json(&bytes).map_err(|error| failed(&file, error))?;
    let edition = documents::edition(&before)
        .ok_or_else(|| failed(&file, said!("没有版次", "it has no edition")))?;
    Ok(documents::next(&edition, before.hash(), now))
}

/// The newest editions and the notices that count.
pub(crate) fn index(world: &World, steps: &[Roots], now: i64) -> Result<Index, Failure> {
    let editions = world.editions();
    let named = |kind| -> Result<Named, Failure> {
        let (file, bytes) = editions.newest(kind, steps)?;
        let document = SignedDocument::from_json(&bytes).map_err(|error| failed(&file, error))?;
        let sequence = documents::edition(&document).map_or(0, |edition| edition.sequence);
        Ok(Named { sequence, sha256: document.hash() })
    };
    let roots = steps
        .last()
        .and_then(|roots| Some(Named { sequence: roots.number(), sha256: roots.document_hash()? }));
    let roots = roots.ok_or_else(|| {
        Failure(said!("没有根密钥名录，索引无从写起", "an index names roots, and there are none"))
    })?;
    let mut withdrawals = Vec::new();
    for file in editions.notices() {
        let notice = documents::read(DocumentKind::Withdrawal, &file)?;
        let ends = serde_json::from_slice::<onecode::governance::Withdrawal>(notice.payload());
        if ends.is_ok_and(|notice| notice.expires_unix_s > now) {
            withdrawals.push(notice.hash());
        }
    }
    Ok(Index {
        issued_at_unix_s: now,
        expires_unix_s: now.saturating_add(MAX_INDEX_S),
        critical: vec![],
        roots,
        trust_list: named(DocumentKind::TrustList)?,
        catalogue: named(DocumentKind::Catalogue)?,
        withdrawals,
    })
}
