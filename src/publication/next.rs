//! The next publication of an issuer's status lists: what is signed, and which files are written.

use super::file::{PublishedFile, MAX_STATUS_FILE};
use super::index::{AnchorFiles, IndexedAnchor, IndexedDelta, PublicationError, StatusIndex};
use super::kept::kept;
use crate::jose::Sha256Hash;
use crate::keys::SigningKey;
use crate::lists::status::{StatusIssuer, StatusListError, StatusPublication};

/// An anchor that is there, whole.
#[derive(Clone, Copy, Debug)]
pub struct Anchor<'s> {
    /// What the index says of it.
    pub entry: IndexedAnchor,
    /// The statuses that its lists have.
    pub statuses: &'s StatusIssuer,
}

/// A publication in the making. Whoever signs adds the deltas and, if [`Self::is_anchor`], the
/// lists.
#[derive(Clone, Debug)]
pub struct NextPublication {
    issuer: String,
    issued_at_unix_s: i64,
    anchors: Vec<IndexedAnchor>,
    deltas: Vec<(IndexedDelta, Vec<u8>)>,
    anchor_every_s: i64,
}

/// The files of a publication.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// In the order in which they are written, each on the disk before the next: the index comes
    /// last. Whoever is killed between two leaves the old publication and files that nobody names.
    pub files: Vec<(PublishedFile, Vec<u8>)>,
    /// What the index says.
    pub index: StatusIndex,
}

impl NextPublication {
    /// Begins a publication after the one that `before` names. An anchor is due in each stretch of
    /// `anchor_every_s` seconds since 1970: a day is 86,400.
    pub fn after(
        before: Option<&StatusIndex>,
        issuer: &str,
        issued_at_unix_s: i64,
        anchor_every_s: u32,
    ) -> Result<Self, PublicationError> {
        let before_unix_s = before.map_or(-1, |index| index.issued_at_unix_s);
        if issued_at_unix_s <= before_unix_s {
            return Err(PublicationError::NotLater { before_unix_s, issued_at_unix_s });
        }
        let anchors = before.map_or_else(Vec::new, |index| index.anchors.clone());
        let (issuer, anchor_every_s) = (issuer.to_owned(), i64::from(anchor_every_s.max(1)));
        let mut next =
            NextPublication { issuer, issued_at_unix_s, anchors, deltas: vec![], anchor_every_s };
        if next.is_new_stretch() {
            next.make_room();
        }
        Ok(next)
    }

    /// Gives up the anchors that are not kept beside one of this time.
    fn make_room(&mut self) {
        let mut times: Vec<i64> = self.anchors.iter().map(|it| it.issued_at_unix_s).collect();
        times.push(self.issued_at_unix_s);
        let kept = kept(&times);
        times.retain(|time| !kept.contains(time));
        times.into_iter().for_each(|time| self.give_up(time));
    }

    fn is_new_stretch(&self) -> bool {
        let stretch = |time: i64| time.div_euclid(self.anchor_every_s);
        let newest = self.anchors.last().map(|anchor| anchor.issued_at_unix_s);
        newest.is_none_or(|newest| stretch(newest) != stretch(self.issued_at_unix_s))
    }

    /// The time of this publication (Unix seconds).
    pub fn issued_at_unix_s(&self) -> i64 {
        self.issued_at_unix_s
    }

    /// The anchors from which deltas are wanted. Each is kept as long as whoever signs can read it
    /// and it is by the status key of now: see [`NextPublication::give_up`].
    pub fn anchors(&self) -> Vec<IndexedAnchor> {
        self.anchors.clone()
    }

    /// An anchor is damaged, or was signed by another status key: it is not published any more.
    pub fn give_up(&mut self, anchor_unix_s: i64) {
        self.anchors.retain(|anchor| anchor.issued_at_unix_s != anchor_unix_s);
        self.deltas.retain(|(delta, _)| delta.from_unix_s != anchor_unix_s);
    }

    /// Adds the delta from an anchor, or that none can be made: more has changed than a delta may
    /// say, or there are more positions. One that is no smaller than the anchor's lists is not
    /// published.
    pub fn add_delta(&mut self, anchor_unix_s: i64, delta: Option<Vec<u8>>) {
        let of = |anchor: &&IndexedAnchor| anchor.issued_at_unix_s == anchor_unix_s;
        let Some(anchor) = self.anchors.iter().find(of) else { return };
        let Some(delta) = delta else { return };
        let size = delta.len() as u64;
        if size < anchor.size && delta.len() <= MAX_STATUS_FILE {
            let sha256 = Sha256Hash::of(&delta);
            let entry = IndexedDelta { from_unix_s: anchor_unix_s, size, sha256 };
            self.deltas.retain(|(delta, _)| delta.from_unix_s != anchor_unix_s);
            self.deltas.push((entry, delta));
        }
    }

    /// Whether this publication is an anchor, once all deltas are added: in this stretch of time
    /// there is none, or no delta leads on from the newest.
    pub fn is_anchor(&self) -> bool {
        let leads_on = |newest: &IndexedAnchor| {
            self.deltas.iter().any(|(delta, _)| delta.from_unix_s == newest.issued_at_unix_s)
        };
        self.is_new_stretch() || !self.anchors.last().is_some_and(leads_on)
    }

    /// The files, with the lists of this time if it [is an anchor](Self::is_anchor).
    pub fn finish(mut self, lists: Option<Vec<Vec<u8>>>) -> Result<Publication, PublicationError> {
        if lists.is_some() {
            self.make_room();
        }
        let (issuer, issued_at_unix_s) = (&self.issuer, self.issued_at_unix_s);
        let mut files = Vec::new();
        // An anchor from which nothing leads on is of no use.
        self.anchors.retain(|anchor| {
            self.deltas.iter().any(|(delta, _)| delta.from_unix_s == anchor.issued_at_unix_s)
        });
        self.deltas.sort_by_key(|(delta, _)| delta.from_unix_s);
        for (delta, bytes) in &self.deltas {
            let (issuer, from_unix_s) = (issuer.clone(), delta.from_unix_s);
            let file = PublishedFile::StatusDelta { issuer, issued_at_unix_s, from_unix_s };
            files.push((file, bytes.clone()));
        }
        if let Some(lists) = lists {
            let own = AnchorFiles::of(&lists);
            let json = own.to_json()?;
            let (size, sha256) = (own.bytes(), Sha256Hash::of(&json));
            for (number, list) in lists.into_iter().enumerate() {
                let number = number as u16; // safe: there are at most 4,096 lists
                let issuer = issuer.clone();
                files.push((PublishedFile::StatusList { issuer, issued_at_unix_s, number }, list));
            }
            let issuer = issuer.clone();
            files.push((PublishedFile::AnchorIndex { issuer, issued_at_unix_s }, json));
            self.anchors.push(IndexedAnchor { issued_at_unix_s, size, sha256 });
        }
        let index = StatusIndex {
            issuer: issuer.clone(),
            issued_at_unix_s,
            anchors: self.anchors,
            deltas: self.deltas.into_iter().map(|(delta, _)| delta).collect(),
        };
        files.push((PublishedFile::StatusIndex { issuer: issuer.clone() }, index.to_json()?));
        Ok(Publication { files, index })
    }

    /// Signs all of it with a key at hand.
    pub fn sign(
        mut self,
        statuses: &StatusIssuer,
        anchors: &[Anchor<'_>],
        expires_unix_s: i64,
        ttl_s: u32,
        key: &dyn SigningKey,
    ) -> Result<Publication, SignPublicationError> {
        let issued_at_unix_s = self.issued_at_unix_s;
        let publication = StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s };
        for entry in self.anchors() {
            let from = entry.issued_at_unix_s;
            let Some(anchor) = anchors.iter().find(|anchor| anchor.entry == entry) else {
                self.give_up(from);
                continue;
            };
            match statuses.publish_delta(anchor.statuses, from, publication, key) {
                Ok(delta) => self.add_delta(from, Some(delta)),
                Err(StatusListError::Delta(_)) => self.add_delta(from, None),
                Err(error) => return Err(error.into()),
            }
        }
        let lists = self.is_anchor().then(|| statuses.publish(publication, key)).transpose()?;
        Ok(self.finish(lists)?)
    }
}

/// A publication was not signed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignPublicationError {
    /// The lists cannot be made or signed.
    #[error(transparent)]
    Lists(#[from] StatusListError),
    /// They cannot be published so.
    #[error(transparent)]
    Publication(#[from] PublicationError),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::keys::SoftwareKey;
    use crate::Algorithm;

    const DAY: i64 = 86_400;
    /// 00:00 UTC.
    const BEGAN: i64 = 20_780 * DAY;

    /// An issuer that publishes, and what lies in its folder.
    struct Publisher {
        key: SoftwareKey,
        now: StatusIssuer,
        then: BTreeMap<i64, StatusIssuer>,
        index: Option<StatusIndex>,
    }

    impl Publisher {
        fn new() -> Self {
            let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
            let mut now = StatusIssuer::new("cn-32", 12_000);
            // Lists of some size, so that small deltas are smaller.
            let scattered = |card: u32| 1_000 + card * card * 31 % 11_000;
            (0..400).for_each(|card| now.suspend(scattered(card)).unwrap());
            Publisher { key, now, then: BTreeMap::new(), index: None }
        }

        fn publish(&mut self, at: i64) -> Publication {
            let index = self.index.as_ref();
            let next = NextPublication::after(index, "cn-32", at, 86_400).unwrap();
            let entries = next.anchors();
            let there = |entry: &IndexedAnchor| {
                let statuses = self.then.get(&entry.issued_at_unix_s)?;
                Some(Anchor { entry: *entry, statuses })
            };
            let anchors: Vec<_> = entries.iter().filter_map(there).collect();
            let made = next.sign(&self.now, &anchors, at + DAY, 3_600, &self.key).unwrap();
            if made.index.anchor(at).is_some() {
                self.then.insert(at, self.now.clone());
            }
            self.index = Some(made.index.clone());
            made
        }
    }

    #[test]
    fn the_index_comes_last_and_names_what_was_written_before() {
        let mut publisher = Publisher::new();
        for hour in 0..100 {
            publisher.now.suspend(hour).unwrap();
            let made = publisher.publish(BEGAN + i64::from(hour) * 3_600);
            let (last, before) = made.files.split_last().unwrap();
            assert_eq!(last.0, PublishedFile::StatusIndex { issuer: "cn-32".to_owned() });
            assert_eq!(StatusIndex::read(&last.1, "cn-32").unwrap(), made.index);
            let written: BTreeMap<String, _> =
                before.iter().map(|(file, bytes)| (file.path(), Sha256Hash::of(bytes))).collect();
            for delta in &made.index.deltas {
                assert_eq!(written[&made.index.delta_file(delta).path()], delta.sha256);
            }
            // One anchor a day.
            let anchors = made.index.anchors.len();
            assert_eq!(anchors, usize::try_from(hour).unwrap() / 24 + 1);
        }
    }

    #[test]
    fn days_mondays_and_firsts_of_a_month_are_kept_and_no_anchor_without_a_way_on() {
        let mut publisher = Publisher::new();
        for day in 0..120 {
            publisher.now.suspend(day).unwrap();
            let made = publisher.publish(BEGAN + i64::from(day) * DAY);
            let every: Vec<i64> = (0..=i64::from(day)).map(|day| BEGAN + day * DAY).collect();
            let mut kept = kept(&every);
            kept.reverse();
            // What is larger than the lists is no longer there: only the oldest ones.
            let there = made.index.anchor_times();
            assert!(kept.ends_with(&there), "{day}: {kept:?} {there:?}");
            let from: Vec<i64> = made.index.deltas.iter().map(|delta| delta.from_unix_s).collect();
            assert_eq!(from, there[..there.len() - 1], "{day}");
        }
    }

    #[test]
    fn after_a_change_of_the_key_or_of_the_positions_new_lists_come_at_once() {
        let mut publisher = Publisher::new();
        publisher.publish(BEGAN);
        publisher.now.suspend(1).unwrap();
        let made = publisher.publish(BEGAN + 60);
        assert_eq!(made.index.anchor_times(), [BEGAN]);
        // Anchors by another key are not handed in.
        publisher.then.clear();
        let made = publisher.publish(BEGAN + 120);
        assert_eq!(made.index.anchor_times(), [BEGAN + 120]);
        publisher.now = StatusIssuer::new("cn-32", 80_000);
        let made = publisher.publish(BEGAN + 180);
        assert_eq!(made.index.anchor_times(), [BEGAN + 180]);
        assert!(made.index.deltas.is_empty());
    }

    #[test]
    fn a_publication_is_later_than_the_one_before_and_a_delta_smaller_than_the_lists() {
        let mut publisher = Publisher::new();
        let made = publisher.publish(BEGAN);
        let (before_unix_s, issued_at_unix_s) = (BEGAN, BEGAN);
        let error = PublicationError::NotLater { before_unix_s, issued_at_unix_s };
        let index = publisher.index.as_ref();
        let again = NextPublication::after(index, "cn-32", BEGAN, 86_400);
        assert_eq!(again.err(), Some(error));
        let size = usize::try_from(made.index.anchors[0].size).unwrap();
        for (delta, is_made) in [(size - 1, true), (size, false)] {
            let mut next = NextPublication::after(index, "cn-32", BEGAN + 1, 86_400).unwrap();
            next.add_delta(BEGAN, Some(vec![0; delta]));
            next.add_delta(BEGAN + 7, Some(vec![0; 1]));
            assert_eq!(next.is_anchor(), !is_made);
        }
    }
}
