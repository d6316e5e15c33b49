//! Which files of an issuer's folder nobody needs any more.

use super::file::PublishedFile;
use super::index::StatusIndex;
use super::kept::kept;

/// How many seconds files stay that the last index named: somebody may be fetching them.
pub const GRACE_S: i64 = 2 * 3_600;

/// Of the files in an issuer's folder those that no index has named since [`GRACE_S`] ago: they may
/// be erased after a publication. It is told by their names and that index alone, so a publisher
/// that was killed needs no memory.
///
/// Lists of an anchor whose own index is missing were never published.
pub fn erasable<'f>(
    files: &'f [PublishedFile],
    index: &StatusIndex,
    now_unix_s: i64,
) -> Vec<&'f PublishedFile> {
    let long_ago = now_unix_s.saturating_sub(GRACE_S);
    let times = |of: fn(&PublishedFile) -> Option<i64>| files.iter().filter_map(of);
    let anchors: Vec<i64> = times(anchor_time).filter(|time| *time <= long_ago).collect();
    let mut needed = kept(&anchors);
    needed.extend(index.anchor_times());
    // The publication that was the newest then, and all later ones.
    let published = times(time).filter(|time| *time <= long_ago).max().unwrap_or(i64::MIN);
    let is_left = |file: &&PublishedFile| match file {
        PublishedFile::StatusDelta { issued_at_unix_s, .. } => {
            *issued_at_unix_s < published.min(index.issued_at_unix_s)
        }
        PublishedFile::StatusList { issued_at_unix_s, .. }
        | PublishedFile::AnchorIndex { issued_at_unix_s, .. } => {
            *issued_at_unix_s < long_ago && !needed.contains(issued_at_unix_s)
        }
        _ => false,
    };
    files.iter().filter(is_left).collect()
}

fn anchor_time(file: &PublishedFile) -> Option<i64> {
    match file {
        PublishedFile::AnchorIndex { issued_at_unix_s, .. } => Some(*issued_at_unix_s),
        _ => None,
    }
}

/// When it was published.
fn time(file: &PublishedFile) -> Option<i64> {
    match file {
        PublishedFile::StatusDelta { issued_at_unix_s, .. }
        | PublishedFile::AnchorIndex { issued_at_unix_s, .. } => Some(*issued_at_unix_s),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::index::IndexedAnchor;
    use super::*;
    use crate::jose::Sha256Hash;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("for {} s after the last index that named it", number(GRACE_S))]);
    }

    #[test]
    fn what_an_index_of_the_last_hours_named_stays() {
        let issuer = || "cn-32".to_owned();
        let delta = |issued_at_unix_s, from_unix_s| PublishedFile::StatusDelta {
            issuer: issuer(),
            issued_at_unix_s,
            from_unix_s,
        };
        let list = |issued_at_unix_s| PublishedFile::StatusList {
            issuer: issuer(),
            issued_at_unix_s,
            number: 0,
        };
        let own =
            |issued_at_unix_s| PublishedFile::AnchorIndex { issuer: issuer(), issued_at_unix_s };
        let now = 1_795_392_000;
        let hour = 3_600;
        let (first, orphan) = (now - 40 * hour, now - 30 * hour);
        let files = [
            own(first),
            list(first),
            list(orphan),
            delta(now - 9 * hour, first),
            // The publisher stood still: this one was the newest until an hour ago.
            delta(now - 5 * hour, first),
            delta(now - hour, first),
            delta(now, first),
            PublishedFile::StatusIndex { issuer: issuer() },
        ];
        let anchor =
            IndexedAnchor { issued_at_unix_s: first, size: 1, sha256: Sha256Hash::of(b"") };
        let index = StatusIndex {
            issuer: issuer(),
            issued_at_unix_s: now,
            anchors: vec![anchor],
            deltas: vec![],
        };
        let erased = erasable(&files, &index, now);
        assert_eq!(erased, [&list(orphan), &delta(now - 9 * hour, first)]);
        // Without a later publication the last one stays, however old it is.
        let index = StatusIndex { issued_at_unix_s: now, ..index };
        assert!(!erasable(&files, &index, now + 1_000 * hour).contains(&&delta(now, first)));
    }
}
