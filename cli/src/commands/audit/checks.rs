//! What documents say about each other: chains, forks, dates, notices, the index.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use onecode::governance::{DocumentKind, Roots, Sha256Hash, Tally};
use onecode::{Policy, Scanner};

use super::folder::{Folder, Found};
use crate::cause::Cause;
use crate::lang::{language, Said};
use crate::time::rfc3339;
use crate::world::editions::name;

/// Something that is wrong.
pub(super) struct Problem {
    /// A short name that never changes.
    pub(super) name: &'static str,
    pub(super) text: Said,
}

impl Problem {
    fn new(name: &'static str, text: Said) -> Self {
        Problem { name, text }
    }

    pub(super) fn unreadable(why: Said) -> Self {
        Self::new("unreadable", why)
    }

    pub(super) fn too_many(kind: DocumentKind, found: usize, limit: usize) -> Self {
        let kind = name(kind);
        let text = said!(
            "{kind}/ 有 {found} 个文件，只读了 {limit} 个",
            "{kind}/ has {found} files, of which {limit} were read"
        );
        Self::new("too_many", text)
    }

    pub(super) fn no_roots(folder: &Path) -> Self {
        let folder = folder.display();
        let text = said!(
            "{folder} 里没有根密钥名录：谁也不能核验",
            "{folder} has no roots: nothing can be checked"
        );
        Self::new("no_roots", text)
    }

    pub(super) fn does_not_follow(why: &Said) -> Self {
        Self::new(
            "does_not_follow",
            said!("不能从前一版走到这一版：{why}", "no walk leads to this edition: {why}"),
        )
    }

    pub(super) fn not_enough(tally: &Tally) -> Self {
        Self::new("not_enough", tally.said())
    }

    pub(super) fn wrong_folder(kind: DocumentKind) -> Self {
        let kind = kind.text(language());
        Self::new("wrong_folder", said!("放错了文件夹：这是{kind}", "in a wrong folder: {kind}"))
    }

    pub(super) fn wrong_name(place: &str) -> Self {
        Self::new("wrong_name", said!("应在 {place}", "its place is {place}"))
    }
}

/// Chains, forks and dates of documents that have editions.
pub(super) fn editions(folder: &mut Folder) {
    for kind in [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue] {
        let found: Vec<&Found> = folder.of_kind(kind).collect();
        let mut problems = forks(kind, &found);
        problems.extend(gaps(kind, &found));
        let of_documents = chain(&found);
        folder.problems.append(&mut problems);
        let documents = folder.found.iter_mut().filter(|found| found.kind == Some(kind));
        for (found, mut problems) in documents.zip(of_documents) {
            found.problems.append(&mut problems);
        }
    }
}

/// Two payloads with one number, or behind one edition. Whoever signed both has said two things.
fn forks(kind: DocumentKind, found: &[&Found]) -> Vec<Problem> {
    let (mut by_number, mut by_previous) = (BTreeMap::new(), BTreeMap::new());
    for found in found {
        let (Some(edition), Some(hash)) = (&found.edition, found.hash) else { continue };
        let number: &mut BTreeMap<Sha256Hash, &Found> =
            by_number.entry(edition.sequence).or_default();
        number.insert(hash, found);
        if let Some(previous) = edition.previous {
            let previous: &mut BTreeMap<Sha256Hash, &Found> =
                by_previous.entry(previous).or_default();
            previous.insert(hash, found);
        }
    }
    let kind = name(kind);
    let mut problems = Vec::new();
    for (number, documents) in by_number.iter().filter(|(_, documents)| documents.len() > 1) {
        let (files, both) = (files(documents), signed_all(documents));
        problems.push(Problem::new(
            "fork",
            said!(
                "分叉：{kind} 第 {number} 版有不同的内容：{files}；都签了的签署方：{both}",
                "a fork: {kind} {number} has different contents: {files}; holders that signed \
                 all of them: {both}"
            ),
        ));
    }
    for (previous, documents) in by_previous.iter().filter(|(_, documents)| documents.len() > 1) {
        let numbers: BTreeSet<_> =
            documents.values().filter_map(|it| Some(it.edition.as_ref()?.sequence)).collect();
        // With one number it has been told.
        if numbers.len() > 1 {
            let (files, both) = (files(documents), signed_all(documents));
            problems.push(Problem::new(
                "fork",
                said!(
                    "分叉：{kind} 的 {previous} 之后有不止一版：{files}；都签了的签署方：{both}",
                    "a fork: more than one {kind} follows {previous}: {files}; holders that signed \
                     all of them: {both}"
                ),
            ));
        }
    }
    problems
}

fn files(documents: &BTreeMap<Sha256Hash, &Found>) -> String {
    documents.values().map(|found| found.file.as_str()).collect::<Vec<_>>().join(", ")
}

fn signed_all(documents: &BTreeMap<Sha256Hash, &Found>) -> String {
    let mut holders: Option<BTreeSet<&str>> = None;
    for found in documents.values() {
        let counted = found.counted.iter().flat_map(|counted| &counted.tally.holders);
        let these: BTreeSet<&str> = counted.map(String::as_str).collect();
        holders = Some(match holders {
            None => these,
            Some(before) => before.intersection(&these).copied().collect(),
        });
    }
    let holders: Vec<&str> = holders.into_iter().flatten().collect();
    if holders.is_empty() {
        "-".to_owned()
    } else {
        holders.join(" ")
    }
}

/// Numbers that are not there. All editions are kept for ever, and the first is 1.
fn gaps(kind: DocumentKind, found: &[&Found]) -> Option<Problem> {
    let numbers: BTreeSet<u64> =
        found.iter().filter_map(|found| Some(found.edition.as_ref()?.sequence)).collect();
    let mut expected = 1;
    let mut missing = Vec::new();
    for number in numbers {
        if number > expected {
            missing.push(match number - expected {
                1 => expected.to_string(),
                _ => format!("{expected}–{}", number - 1),
            });
        }
        expected = number.saturating_add(1);
    }
    let (kind, missing) = (name(kind), missing.join(", "));
    (!missing.is_empty()).then(|| {
        Problem::new("missing", said!("缺少 {kind} {missing}", "{kind} {missing} missing"))
    })
}

/// Whether each edition names one that is there with the number before it, and is dated behind it.
fn chain(found: &[&Found]) -> Vec<Vec<Problem>> {
    let of = |this: &&Found| {
        let Some(edition) = &this.edition else { return vec![] };
        let mut problems = Vec::new();
        let before = |other: &&&Found| {
            other
                .edition
                .as_ref()
                .is_some_and(|it| it.sequence.checked_add(1) == Some(edition.sequence))
        };
        let mut earlier = found.iter().filter(before).peekable();
        match edition.previous {
            None if edition.sequence > 1 => problems.push(Problem::new(
                "no_previous",
                said!("没有写明前一版的哈希", "it does not name the edition before it"),
            )),
            Some(previous)
                if earlier.peek().is_some()
                    && !found.iter().filter(before).any(|it| it.hash == Some(previous)) =>
            {
                problems.push(Problem::new(
                    "chain_broken",
                    said!(
                        "链断了：它接在 {previous} 之后，而那不是前一版",
                        "the chain is broken: it follows {previous}, which is not the edition \
                         before it"
                    ),
                ));
            }
            _ => {}
        }
        let dates = earlier.filter_map(|it| it.issued_at_unix_s);
        if let Some(latest) = dates.max().filter(|date| *date > edition.issued_at_unix_s) {
            problems.push(Problem::new(
                "dates",
                said!(
                    "签发时间早于前一版的 {before}",
                    "it is dated before the edition with the number before, of {before}",
                    before = rfc3339(latest)
                ),
            ));
        }
        problems
    };
    found.iter().map(of).collect()
}

/// Whether holders answer for the issuers whose keys they withdraw: a scanner of that time says so.
pub(super) fn notices(folder: &mut Folder, steps: &[Roots]) {
    let notices = folder.found.iter_mut().filter(|it| it.kind == Some(DocumentKind::Withdrawal));
    for found in notices {
        let Some(by) = found.counted.as_ref().filter(|it| it.tally.is_enough()).map(|it| it.by)
        else {
            continue;
        };
        let roots = steps.iter().find(|roots| roots.number() == by).cloned();
        let (Some(roots), Some(json), Some(issued)) = (roots, found.json(), found.issued_at_unix_s)
        else {
            continue;
        };
        if let Err(error) = Scanner::new(roots, Policy::default()).install_withdrawal(&json, issued)
        {
            let error = error.said();
            found.problems.push(Problem::new("not_taken", error));
        }
    }
}

/// Whether the index names what is there.
pub(super) fn index(folder: &mut Folder, now: i64) {
    let of_kind = |kind| {
        let enough = |found: &&Found| found.counted.as_ref().is_some_and(|it| it.tally.is_enough());
        let newest = folder
            .of_kind(kind)
            .filter(enough)
            .filter_map(|found| Some((found.edition.as_ref()?.sequence, found.hash?)));
        newest.max()
    };
    let hashes: HashSet<Sha256Hash> = folder.found.iter().filter_map(|found| found.hash).collect();
    let newest = [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue]
        .map(|kind| (kind, of_kind(kind)));
    let Some(found) = folder.found.iter_mut().find(|it| it.kind == Some(DocumentKind::Index))
    else {
        return;
    };
    let Some(index) = &found.index else { return };
    let mut problems = Vec::new();
    for (kind, here) in newest {
        let (Some(named), kind) = (index.named(kind), name(kind)) else { continue };
        let (number, hash) = (named.sequence, named.sha256);
        if !hashes.contains(&hash) {
            problems.push(Problem::new(
                "not_here",
                said!(
                    "索引载有 {kind} {number}（{hash}），而这里没有",
                    "the index names {kind} {number} ({hash}), which is not here"
                ),
            ));
        } else if let Some((newer, _)) = here.filter(|(newest, _)| *newest > number) {
            // An index that is over has not seen what came since.
            if now < index.expires_unix_s {
                problems.push(Problem::new(
                    "index_behind",
                    said!(
                        "索引载有 {kind} {number}，而这里已有第 {newer} 版",
                        "the index names {kind} {number}, and {newer} is here"
                    ),
                ));
            }
        }
    }
    for hash in index.withdrawals.iter().filter(|hash| !hashes.contains(hash)) {
        problems.push(Problem::new(
            "not_here",
            said!(
                "索引载有停用通知 {hash}，而这里没有",
                "the index names the withdrawal notice {hash}, which is not here"
            ),
        ));
    }
    found.problems.append(&mut problems);
}
