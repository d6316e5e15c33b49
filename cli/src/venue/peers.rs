//! The other gates of a venue: when each was heard last, and what is wrong with what it tells.
//!
//! Knows no files. The rules of merging are the library's.

use std::collections::{BTreeMap, BTreeSet};

use onecode::duplicates::{SummaryError, VenueFileError, VenueKey};
use onecode::Scanner;

use crate::cause::Cause;
use crate::lang::Said;
use crate::time::rfc3339;

/// For how long a gate may be silent before it counts as not heard, in seconds.
const SILENT_S: i64 = 30;

/// After which silence a gate counts as switched off, in seconds. Nothing that it tells is taken
/// then (docs/SPEC.md section 14).
const OFF_S: i64 = 900;

#[derive(Default)]
pub(super) struct Peers {
    gates: BTreeMap<String, Peer>,
    too_many: bool,
}

#[derive(Default)]
struct Peer {
    /// When its last summaries were made, by its clock (Unix seconds).
    made_unix_s: Option<i64>,
    /// When something new was heard last, by this gate's clock (Unix seconds).
    heard_unix_s: i64,
    /// Whether its file was not taken.
    is_wrong: bool,
    is_silent: bool,
}

impl Peer {
    fn is_heard(&self) -> bool {
        !self.is_wrong && !self.is_silent
    }
}

impl Peers {
    /// Takes in what a gate tells. Returns whether something was new.
    pub(super) fn take(
        &mut self,
        gate: &str,
        file: Result<Vec<u8>, Said>,
        key: &VenueKey,
        scanner: &mut Scanner,
        now: i64,
    ) -> bool {
        let heard = match file {
            Ok(file) => scanner.merge_venue_file(&file, key, now).map_err(|error| match error {
                VenueFileError::Summary {
                    error: SummaryError::OutOfTime { unix_s, .. }, ..
                } if unix_s < now => Untaken::Old(unix_s),
                error => Untaken::Wrong(error.said()),
            }),
            Err(why) => Err(Untaken::Wrong(why)),
        };
        match heard {
            Ok(heard) => {
                let peer = self.gates.entry(gate.to_owned()).or_default();
                let mut is_back = std::mem::take(&mut peer.is_wrong);
                // A copy of what it told before is nothing new. What lay there when this gate was
                // started is as old as it says.
                if peer.made_unix_s.is_none_or(|made| made < heard.made_unix_s) {
                    let at_first = heard.made_unix_s.min(now);
                    peer.heard_unix_s = if peer.made_unix_s.is_none() { at_first } else { now };
                    peer.made_unix_s = Some(heard.made_unix_s);
                    is_back |= std::mem::take(&mut peer.is_silent);
                }
                if is_back {
                    warn!("闸机 {gate}：又有消息了", "gate {gate}: it is heard again");
                }
                heard.merged.new_codes + heard.merged.new_cards > 0
            }
            // Of a gate that was heard since, it is a copy that somebody has put there.
            Err(Untaken::Old(_)) if self.gates.contains_key(gate) => false,
            Err(Untaken::Old(unix_s)) => {
                let at = rfc3339(unix_s);
                warn!(
                    "闸机 {gate}：最后的消息是 {at} 的，视为已关机",
                    "gate {gate}: what it told last is of {at}; it counts as switched off"
                );
                false
            }
            Err(Untaken::Wrong(why)) => {
                let peer = self.gates.entry(gate.to_owned()).or_default();
                if !std::mem::replace(&mut peer.is_wrong, true) {
                    warn!(
                        "闸机 {gate}：它的文件没有采用：{why}。修复之前，每次通过都注明记录不全",
                        "gate {gate}: its file is not taken: {why}. Until it is, each acceptance \
                         says that something may be missing"
                    );
                }
                false
            }
        }
    }

    /// Whose files are there. One that was wrong and has gone is nobody's any more.
    pub(super) fn are_there(&mut self, gates: &BTreeSet<String>) {
        self.gates.retain(|gate, peer| {
            peer.is_wrong &= gates.contains(gate);
            peer.is_wrong || peer.made_unix_s.is_some()
        });
    }

    /// More files than are read: some gates are not heard.
    pub(super) fn too_many(&mut self, limit: Option<usize>) {
        let was = std::mem::replace(&mut self.too_many, limit.is_some());
        if let Some(limit) = limit.filter(|_| !was) {
            warn!(
                "共享文件夹里的闸机文件超过 {limit} 个，其余不读；请删去旧的",
                "the shared folder has files of more than {limit} gates, and the others are not \
                 read; remove old ones"
            );
        }
    }

    /// Whether every gate that is at work was heard lately.
    pub(super) fn are_all_heard(&mut self, now: i64) -> bool {
        self.gates.retain(|gate, peer| {
            if peer.made_unix_s.is_none() {
                return true;
            }
            let silent_s = now.saturating_sub(peer.heard_unix_s);
            if silent_s > OFF_S {
                warn!(
                    "闸机 {gate}：{OFF_S} 秒没有消息，视为已关机",
                    "gate {gate}: nothing was heard for {OFF_S} s; it counts as switched off"
                );
                return false;
            }
            if silent_s > SILENT_S && !std::mem::replace(&mut peer.is_silent, true) {
                let at = rfc3339(peer.heard_unix_s);
                warn!(
                    "闸机 {gate}：{at} 之后没有消息。收到消息或视为关机之前，每次通过都注明记录不全",
                    "gate {gate}: nothing was heard since {at}. Until something is or it counts \
                     as switched off, each acceptance says that something may be missing"
                );
            }
            true
        });
        !self.too_many && self.gates.values().all(Peer::is_heard)
    }

    /// How many gates are heard, and how many are not.
    pub(super) fn heard_and_unheard(&self) -> (usize, usize) {
        let heard = self.gates.values().filter(|peer| peer.is_heard()).count();
        (heard, self.gates.len() - heard)
    }
}

enum Untaken {
    /// It is of this time.
    Old(i64),
    Wrong(Said),
}

#[cfg(test)]
mod tests {
    use onecode::{Algorithm, Policy, SigningKey, SoftwareKey};

    use super::*;

    const NOW: i64 = 1_795_392_000;

    struct Folder {
        peers: Peers,
        scanner: Scanner,
        other: Scanner,
        key: VenueKey,
    }

    impl Folder {
        fn new() -> Self {
            let root = SoftwareKey::generate(Algorithm::Ed25519).unwrap().key.public_key();
            let scanner = Scanner::new(root, Policy::default());
            let (peers, key) = (Peers::default(), VenueKey::new([7; 32]));
            Folder { peers, other: scanner.clone(), scanner, key }
        }

        /// Reads a file of gate 2 that was made then. Returns whether all are heard.
        fn read(&mut self, made_unix_s: i64, now: i64) -> bool {
            let file = self.other.venue_file(&self.key, made_unix_s);
            self.peers.take("gate-2", Ok(file), &self.key, &mut self.scanner, now);
            self.peers.are_all_heard(now)
        }
    }

    #[test]
    fn a_gate_whose_clock_is_off_is_heard_as_long_as_it_tells_something_new() {
        for off_s in [-119, 119] {
            let mut folder = Folder::new();
            folder.read(NOW + off_s, NOW);
            for second in [10, 20, 49] {
                assert!(folder.read(NOW + off_s + second, NOW + second), "{off_s} {second}");
            }
            assert!(folder.peers.are_all_heard(NOW + 79), "{off_s}");
            assert!(!folder.peers.are_all_heard(NOW + 80), "{off_s}");
        }
    }

    /// Somebody who has the folder, and not the key, puts old files back.
    #[test]
    fn copies_of_old_files_are_no_sign_of_life() {
        let mut folder = Folder::new();
        assert!(folder.read(NOW, NOW));
        assert!(folder.read(NOW + 10, NOW + 10));
        assert!(folder.read(NOW, NOW + 40));
        assert!(!folder.read(NOW + 10, NOW + 41));
        // One that is too old to be taken does not pass for a gate that was switched off.
        assert!(!folder.read(NOW - 900, NOW + 42));
        assert!(folder.read(NOW + 50, NOW + 51));
        assert!(!folder.peers.are_all_heard(NOW + 951));
        assert!(folder.peers.are_all_heard(NOW + 952), "it counts as switched off");
    }
}
