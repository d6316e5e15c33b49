//! What withdrawal notices and indexes change about a scan.
//!
//! Specification: docs/SPEC.md section 11.

use super::{Advisory, Recall};
use crate::jose::{DocumentKind, Sha256Hash};
use crate::lists::trust::Trust;
use crate::lists::withdrawal::Notice;
use crate::lists::Lists;

/// The notice that keeps a key of an issuer out of force, if it counted at the time.
pub(super) fn notice_against<'l>(
    lists: &'l Lists,
    trust: &Trust,
    issuer_id: &str,
    key: &Sha256Hash,
    now: i64,
    memory: &mut dyn Recall,
) -> Option<&'l Notice> {
    lists.notices.kept.iter().find(|notice| {
        notice.is_against(&lists.roots, trust, issuer_id, key, now) && memory.applies(&notice.hash)
    })
}

/// The editions and notices that an index names and this scanner does not have.
pub(super) fn newer(
    lists: &Lists,
    trust: &Trust,
    now: i64,
    memory: &mut dyn Recall,
) -> Option<Advisory> {
    let mut missing: Vec<DocumentKind> = Vec::new();
    for (kind, named_by) in lists.missing(Some(trust), now) {
        if memory.applies(&named_by.hash) && !missing.contains(&kind) {
            missing.insert(missing.partition_point(|other| *other < kind), kind);
        }
    }
    (!missing.is_empty()).then_some(Advisory::NewerExists { missing })
}
