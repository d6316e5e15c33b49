//! Signed documents as a command handles them: read, begun from their content, counted.
//!
//! Uses `world::editions` and `cause`. Who must sign, and whether a signature counts, the library says.

use std::path::Path;

use onecode::catalogue::Catalogue;
use onecode::governance::{
    DocumentKind, Index, Roots, RootsDocument, Sha256Hash, SignatureStanding, SignedBy,
    SignedDocument, Tally, Withdrawal,
};
use onecode::jose::{DocumentError, Edition, SignDocumentError};
use onecode::trust::TrustList;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{failed, text_in};
use crate::lang::{language, Said};
use crate::world::editions::{self, name};

/// A document without signatures, from the JSON that people write.
pub(crate) fn draft(kind: DocumentKind, file: &Path) -> Result<SignedDocument, Failure> {
    let bytes = editions::read(file)?;
    let text = text_in(&bytes).map_err(|error| failed(file, error))?;
    let document = |error: DocumentError| failed(file, error);
    let json = |error: serde_json::Error| failed(file, error);
    let draft: Result<SignedDocument, SignDocumentError> = match kind {
        DocumentKind::Roots => RootsDocument::from_json(text).map_err(document)?.draft(),
        DocumentKind::TrustList => TrustList::from_json(text).map_err(document)?.draft(),
        DocumentKind::Catalogue => Catalogue::from_json(text).map_err(document)?.draft(),
        DocumentKind::Withdrawal => serde_json::from_str::<Withdrawal>(text).map_err(json)?.draft(),
        DocumentKind::Index => serde_json::from_str::<Index>(text).map_err(json)?.draft(),
    };
    draft.map_err(|error| failed(file, error))
}

/// A document with the signatures it has.
pub(crate) fn read(kind: DocumentKind, file: &Path) -> Result<SignedDocument, Failure> {
    let document =
        SignedDocument::from_json(&editions::read(file)?).map_err(|error| failed(file, error))?;
    match document.kind() == kind {
        true => Ok(document),
        false => {
            let found = document.kind().text(language());
            let wanted = kind.text(language());
            let text = said!("这是{found}，不是{wanted}", "this is a {found}, and no {wanted}");
            Err(failed(file, text))
        }
    }
}

/// The edition of a document that has one. Its content was checked when it was read.
pub(crate) fn edition(document: &SignedDocument) -> Option<Edition> {
    let text = std::str::from_utf8(document.payload()).ok()?;
    match document.kind() {
        DocumentKind::Roots => RootsDocument::from_json(text).map(|it| it.edition).ok(),
        DocumentKind::TrustList => TrustList::from_json(text).map(|it| it.edition).ok(),
        DocumentKind::Catalogue => Catalogue::from_json(text).map(|it| it.edition).ok(),
        DocumentKind::Withdrawal | DocumentKind::Index => None,
    }
}

/// The edition after this one, made now: it counts for as long as the one before did.
pub(crate) fn next(before: &Edition, hash: Sha256Hash, now: i64) -> Edition {
    let as_long = |until: i64| now.saturating_add(until.saturating_sub(before.issued_at_unix_s));
    Edition {
        sequence: before.sequence.saturating_add(1),
        issued_at_unix_s: now,
        next_update_unix_s: as_long(before.next_update_unix_s),
        expires_unix_s: as_long(before.expires_unix_s),
        previous: Some(hash),
        critical: before.critical.clone(),
    }
}

/// What a document is called in a line: its kind, and its number where it has one.
pub(crate) fn title(document: &SignedDocument) -> String {
    let name = name(document.kind());
    match edition(document) {
        Some(edition) => format!("{name} {}", edition.sequence),
        None => format!("{name} {}", document.hash()),
    }
}

/// Who has signed a document, as far as that can be known.
pub(crate) struct Count {
    /// By the roots in force, if they are known.
    in_force: Option<(u64, Tally, Vec<SignedBy>)>,
    /// Of a roots document: by the holders that it names itself.
    own: Option<(Tally, Vec<SignedBy>)>,
}

impl Count {
    /// Counts the signatures of a document. `roots` are those in force.
    pub(crate) fn of(document: &SignedDocument, roots: Option<&Roots>) -> Result<Self, Failure> {
        let failed = |error: DocumentError| Failure(error.said());
        if document.signers().next().is_none() {
            return Ok(Count { in_force: None, own: None });
        }
        let json = document.to_json();
        let is_roots = document.kind() == DocumentKind::Roots;
        // The edition in force has been signed by those before it, who are not known here.
        let roots = roots.filter(|roots| {
            let made_it = is_roots && roots.document_hash() == Some(document.hash());
            !roots.is_awaited() && !made_it
        });
        let in_force = roots
            .map(|roots| {
                let (tally, signed) = roots.tally(json.as_bytes())?;
                Ok((roots.number(), tally, signed))
            })
            .transpose()
            .map_err(failed)?;
        let own =
            is_roots.then(|| Roots::own_tally(json.as_bytes())).transpose().map_err(failed)?;
        Ok(Count { in_force, own })
    }

    /// Whether enough holders have signed; nothing where that cannot be known.
    pub(crate) fn is_enough(&self) -> Option<bool> {
        let in_force = self.in_force.as_ref().map(|(_, tally, _)| tally.is_enough());
        let own = self.own.as_ref().map(|(tally, _)| tally.is_enough());
        match (in_force, own) {
            (Some(in_force), Some(own)) => Some(in_force && own),
            (in_force, own) => in_force.or(own),
        }
    }

    /// Refuses a signature by a key that counts for nothing here: nobody has it, or it may not sign
    /// such a document.
    pub(crate) fn require_use_of(&self, key: &Sha256Hash) -> Result<(), Failure> {
        let of_force = self.in_force.iter().flat_map(|(_, _, signed)| signed);
        let of_own = self.own.iter().flat_map(|(_, signed)| signed);
        let standings: Vec<_> = of_force.chain(of_own).filter(|by| by.key == *key).collect();
        let counts = standings.iter().any(|by| by.standing == SignatureStanding::Counts);
        if counts || standings.is_empty() {
            return Ok(());
        }
        let holder = standings.iter().find_map(|by| by.holder.as_deref());
        Err(Failure(match holder {
            Some(holder) => said!(
                "签署方 {holder} 的密钥 {key} 无权签署此类文档",
                "the key {key} of the holder {holder} may not sign such a document"
            ),
            None => said!(
                "没有签署方持有密钥 {key}：它的签名不算数",
                "no holder has the key {key}: its signature counts for nothing"
            ),
        }))
    }

    /// A line for each count.
    pub(crate) fn lines(&self, document: &SignedDocument) -> Vec<Said> {
        let title = title(document);
        let mut lines = Vec::new();
        if let Some((number, tally, _)) = &self.in_force {
            let tally = tally.said();
            lines.push(match number {
                0 => said!("{title}：{tally}", "{title}: {tally}"),
                _ => said!(
                    "{title}：按根密钥名录第 {number} 版，{tally}",
                    "{title}: by edition {number} of the roots, {tally}"
                ),
            });
        }
        if let Some((tally, _)) = &self.own {
            let tally = tally.said();
            lines.push(said!(
                "{title}：按它自己载明的签署方，{tally}",
                "{title}: by its own holders, {tally}"
            ));
        }
        if lines.is_empty() {
            let count = document.signers().count();
            lines.push(said!(
                "{title}：有 {count} 个签名；分属哪些签署方，要用 --roots 才能知道",
                "{title}: signatures: {count}; whose they are is known with --roots alone"
            ));
        }
        lines
    }
}
