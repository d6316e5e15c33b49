//! A publisher that is killed at every write, and readers at every moment: what they find is one
//! publication, the old one or the new one.

mod practice;

use std::collections::{BTreeMap, HashMap};

use onecode::fetching::{Answer, Fetch, FetchProblem, Held, Purpose, Step};
use onecode::publication::{
    erasable, Anchor, IndexedAnchor, NextPublication, Publication, PublishedFile, StatusIndex,
};
use onecode::status::{Status, StatusIssuer};
use onecode::{Algorithm, Policy, Scanner};
use practice::{Practice, DAY, NOW};

const ISSUER: &str = "cn-31";
const HOUR: i64 = 3_600;

type Files = BTreeMap<PublishedFile, Vec<u8>>;

struct Publisher<'p> {
    practice: &'p Practice,
    now: StatusIssuer,
    then: HashMap<i64, StatusIssuer>,
    index: Option<StatusIndex>,
    card: u32,
}

impl<'p> Publisher<'p> {
    fn new(practice: &'p Practice) -> Self {
        let mut now = StatusIssuer::new(ISSUER, 6_000);
        // Lists of some size, so that deltas are smaller.
        (0..300).for_each(|card| now.suspend(1_000 + card * card * 31 % 5_000).unwrap());
        Publisher { practice, now, then: HashMap::new(), index: None, card: 0 }
    }

    /// With one more card revoked: what is to be written.
    fn next(&mut self, at: i64) -> Publication {
        self.now.revoke(self.card).unwrap();
        self.card += 1;
        let next = NextPublication::after(self.index.as_ref(), ISSUER, at, 86_400).unwrap();
        let entries = next.anchors();
        let there = |entry: &IndexedAnchor| {
            let statuses = self.then.get(&entry.issued_at_unix_s)?;
            Some(Anchor { entry: *entry, statuses })
        };
        let there: Vec<_> = entries.iter().filter_map(there).collect();
        let key = &self.practice.issuer;
        let made = next.sign(&self.now, &there, at + 9 * DAY, 3_600, key).unwrap();
        if made.index.anchor(at).is_some() {
            self.then.insert(at, self.now.clone());
        }
        made
    }
}

fn erase(files: &mut Files, index: &StatusIndex, now: i64) {
    let all: Vec<PublishedFile> = files.keys().cloned().collect();
    erasable(&all, index, now).into_iter().for_each(|file| {
        files.remove(file);
    });
}

/// A gate with a store of its own.
#[derive(Clone)]
struct Reader {
    scanner: Scanner,
    store: Files,
    anchors: Vec<i64>,
}

impl Reader {
    fn new(practice: &Practice) -> Self {
        let scanner = practice.scanner(Policy::default());
        Reader { scanner, store: Files::new(), anchors: vec![] }
    }

    fn held(&self, now: i64) -> Held {
        let mut held = self.scanner.held(now);
        held.issuers.get_mut(ISSUER).unwrap().anchors.clone_from(&self.anchors);
        held
    }

    fn in_force(&self, now: i64) -> Option<i64> {
        self.held(now).issuers[ISSUER].in_force_unix_s
    }

    /// Fetches. `files` are those of the publication before each file that is got.
    fn fetch<'f>(
        &mut self,
        now: i64,
        mut files: impl FnMut(usize) -> &'f Files,
    ) -> Vec<FetchProblem> {
        let (mut fetch, mut got) = (Fetch::with(Purpose::Keep, now), 0);
        while let Some(step) = fetch.step(&self.held(now)) {
            match step {
                Step::Get(wanted) => {
                    let is_kept = wanted.may_be_kept && !wanted.file.is_rewritten();
                    if let Some(kept) = self.store.get(&wanted.file).filter(|_| is_kept) {
                        fetch.answer(Answer::Kept(kept));
                        continue;
                    }
                    let file = files(got).get(&wanted.file);
                    got += 1;
                    let good = fetch.answer(file.map_or(Answer::Missing, |it| Answer::Fetched(it)));
                    if let (true, Some(file)) = (good, file) {
                        self.store.insert(wanted.file, file.clone());
                    }
                }
                Step::Install(wanted) => {
                    let bytes: Vec<_> = wanted.iter().map(|file| &self.store[file]).collect();
                    fetch.install(&mut self.scanner, bytes).unwrap();
                }
            }
        }
        if let Some(index) = fetch.index_to_keep(ISSUER, &self.held(now)) {
            self.anchors = index.anchor_times();
        }
        // There are no documents here.
        fetch.problems().iter().filter(|it| it.file.issuer().is_some()).cloned().collect()
    }
}

#[test]
fn a_publisher_is_killed_at_every_write_and_readers_find_the_old_or_the_new() {
    let practice = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519);
    let mut publisher = Publisher::new(&practice);
    let (mut files, mut regular) = (Files::new(), Reader::new(&practice));
    let mut moments = 0;
    for hour in 0..40 {
        let at = NOW + hour * HOUR;
        let before = publisher.index.as_ref().map(|index| index.issued_at_unix_s);
        let made = publisher.next(at);
        for (file, bytes) in &made.files {
            files.insert(file.clone(), bytes.clone());
            let Some(before) = before else { continue };
            let is_new = matches!(file, PublishedFile::StatusIndex { .. });
            let expected = if is_new { at } else { before };
            for mut reader in [Reader::new(&practice), regular.clone()] {
                assert_eq!(reader.fetch(at, |_| &files), [], "after {file}");
                assert_eq!(reader.in_force(at), Some(expected), "after {file}");
            }
            moments += 1;
        }
        // What a killed publisher has written of a second publication, which never came.
        let torn = publisher.next(at + 60);
        let (_, objects) = torn.files.split_last().unwrap();
        files.extend(objects.iter().cloned());
        publisher.then.remove(&(at + 60));
        publisher.index = Some(made.index.clone());
        erase(&mut files, &made.index, at);
        assert_eq!(regular.fetch(at, |_| &files), []);
        assert_eq!(regular.in_force(at), Some(at));
    }
    assert!(moments > 80, "{moments}");
    // Nothing heaps up.
    let deltas = files.keys().filter(|it| matches!(it, PublishedFile::StatusDelta { .. })).count();
    assert!(deltas <= 4 * 2 * 3, "{deltas}");
}

#[test]
fn who_reads_an_index_finds_what_it_names_while_others_are_published() {
    let practice = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519);
    let mut publisher = Publisher::new(&practice);
    let (mut states, mut files) = (Vec::new(), Files::new());
    // It publishes each hour, and then stands still for a day.
    let times: Vec<i64> = (0..30).chain([54, 55, 56, 57]).map(|hour| NOW + hour * HOUR).collect();
    for at in times {
        let made = publisher.next(at);
        files.extend(made.files.iter().cloned());
        publisher.index = Some(made.index.clone());
        erase(&mut files, &made.index, at);
        states.push((at, files.clone()));
    }
    for pair in states.windows(2) {
        let [(old, before), (new, after)] = pair else { panic!("not two") };
        for moment in 0..9 {
            let mut reader = Reader::new(&practice);
            let problems = reader.fetch(*new, |got| if got < moment { before } else { after });
            assert_eq!(problems, [], "{old} to {new} after {moment}");
            assert!([Some(*old), Some(*new)].contains(&reader.in_force(*new)));
        }
    }
}

#[test]
fn a_gate_holds_what_the_issuer_says_whenever_it_fetches() {
    let practice = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519);
    let mut publisher = Publisher::new(&practice);
    let (mut files, mut gate) = (Files::new(), Reader::new(&practice));
    let mut random = fastrand::Rng::with_seed(16);
    let (mut at, mut fetched) = (NOW, 0);
    for _ in 0..120 {
        at += random.i64(HOUR..2 * DAY);
        let made = publisher.next(at);
        files.extend(made.files.iter().cloned());
        publisher.index = Some(made.index.clone());
        erase(&mut files, &made.index, at);
        if at > NOW + 300 * DAY {
            break;
        }
        if random.u32(0..4) > 0 {
            continue;
        }
        assert_eq!(gate.fetch(at, |_| &files), []);
        assert_eq!(gate.in_force(at), Some(at));
        assert!(gate.anchors.len() <= 3, "{:?}", gate.anchors);
        fetched += 1;
    }
    assert!(fetched > 10, "{fetched}");
    assert_eq!(publisher.now.status(0), Some(Status::Revoked));
}
