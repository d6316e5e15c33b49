//! A folder in which the gates of a venue tell each other what was used: a file a gate.
//!
//! A thread of its own reads and writes, so that a network folder that hangs holds nobody up. The
//! gate takes in what was read between scans. Uses `peers` and `files`.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{sync_channel, SyncSender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use onecode::duplicates::{Others, VenueKey, MAX_VENUE_FILE};
use onecode::Scanner;
use sha2::{Digest, Sha256};

use super::peers::Peers;
use crate::cause::Cause;
use crate::files::{self, Readers, Unreadable};
use crate::lang::Said;

/// How often the folder is read, and the own file written where there is something new.
const ROUND: Duration = Duration::from_millis(500);

/// How often the own file is written where there is nothing new.
const ALIVE: Duration = Duration::from_secs(10);

/// For how long the folder may not answer before the others count as not heard.
const LATE: Duration = Duration::from_secs(10);

/// How long a gate waits for the first round before it opens, and for the last before it ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// For how long a gate does not write when somebody else has written its file.
const CONFLICT: Duration = Duration::from_secs(30);

/// Most gates that are heard.
const MAX_GATES: usize = 256;

/// What ends the name of a gate's file.
const EXTENSION: &str = "used";

/// The folder, for the gate.
pub(crate) struct Share {
    key: VenueKey,
    name: String,
    desk: Arc<Mutex<Desk>>,
    peers: Peers,
    /// When the own file was made last.
    told: Option<Instant>,
    /// Whether something was used since.
    is_new: bool,
    /// What was said of the folder last.
    said: Option<Said>,
    folder: PathBuf,
}

/// What gate and thread hand to each other.
struct Desk {
    /// To be written.
    outgoing: Option<Vec<u8>>,
    /// Read and not yet taken in: the newest file of each gate.
    incoming: BTreeMap<String, Result<Vec<u8>, Said>>,
    /// Whose files are there.
    gates: BTreeSet<String>,
    read: Result<Instant, Said>,
    wrote: Result<Instant, Said>,
    /// Whether more files are there than are read.
    too_many: bool,
    ended: Option<SyncSender<()>>,
}

impl Share {
    /// Reads once, and writes once, before the gate opens.
    pub(super) fn open(
        folder: &Path,
        name: &str,
        key: VenueKey,
        scanner: &mut Scanner,
        now: i64,
    ) -> Self {
        let desk = Arc::new(Mutex::new(Desk {
            outgoing: None,
            incoming: BTreeMap::new(),
            gates: BTreeSet::new(),
            read: Ok(Instant::now()),
            wrote: Ok(Instant::now()),
            too_many: false,
            ended: None,
        }));
        let mut share = Share {
            key,
            name: name.to_owned(),
            desk: Arc::clone(&desk),
            peers: Peers::default(),
            told: None,
            is_new: true,
            said: None,
            folder: folder.to_owned(),
        };
        let (tried, first) = sync_channel(1);
        let own = folder.join(format!("{name}.{EXTENSION}"));
        let mut rounds = Rounds {
            folder: folder.to_owned(),
            own,
            seen: BTreeMap::new(),
            last: None,
            conflict: None,
        };
        share.tell(scanner, now);
        thread::spawn(move || {
            rounds.read(&desk);
            rounds.write(&desk);
            let _ = tried.try_send(());
            while rounds.go_on(&desk) {
                thread::sleep(ROUND);
                rounds.read(&desk);
                rounds.write(&desk);
            }
        });
        if first.recv_timeout(PATIENCE).is_err() {
            let late = || Err(said!("没有及时回答", "it does not answer in time"));
            let mut desk = lock(&share.desk);
            (desk.read, desk.wrote) = (late(), late());
        }
        share.hear(scanner, now);
        share
    }

    /// Takes in what the other gates tell. Returns whether something was new.
    pub(crate) fn hear(&mut self, scanner: &mut Scanner, now: i64) -> bool {
        let (incoming, gates, state, too_many) = {
            let mut desk = lock(&self.desk);
            let late = |at: &Instant| at.elapsed() > LATE;
            let state = match (&desk.read, &desk.wrote) {
                (Err(why), _) | (_, Err(why)) => Some(why.clone()),
                (Ok(read), Ok(wrote)) if late(read) || late(wrote) => {
                    Some(said!("没有及时回答", "it does not answer in time"))
                }
                (Ok(_), Ok(_)) => None,
            };
            (std::mem::take(&mut desk.incoming), desk.gates.clone(), state, desk.too_many)
        };
        let mut is_new = false;
        for (gate, file) in incoming {
            is_new |= if gate == self.name {
                // What this gate told before it was started, where it can be read.
                let told = file.ok().map(|file| scanner.merge_venue_file(&file, &self.key, now));
                matches!(told, Some(Ok(_)))
            } else {
                self.peers.take(&gate, file, &self.key, scanner, now)
            };
        }
        self.peers.are_there(&gates);
        self.peers.too_many(too_many.then_some(MAX_GATES));
        self.say(state.clone());
        scanner.set_others(match (state, self.peers.are_all_heard(now)) {
            (Some(_), _) => Others::Unheard,
            (None, false) => Others::Partly,
            (None, true) => Others::Heard,
        });
        is_new
    }

    /// Whether this gate can read the folder, and the others can hear it.
    pub(crate) fn is_up(&self) -> bool {
        self.said.is_none()
    }

    /// How many other gates are heard, and how many are silent or tell what is not taken.
    pub(crate) fn gates(&self) -> (usize, usize) {
        self.peers.heard_and_unheard()
    }

    /// Something was used: the next round tells it.
    pub(crate) fn used(&mut self) {
        self.is_new = true;
    }

    /// Hands over what the others have to know, where it is time to.
    pub(crate) fn tell(&mut self, scanner: &mut Scanner, now: i64) {
        let wait = if self.is_new { ROUND } else { ALIVE };
        if self.told.is_none_or(|told| told.elapsed() >= wait) {
            lock(&self.desk).outgoing = Some(scanner.venue_file(&self.key, now));
            (self.told, self.is_new) = (Some(Instant::now()), false);
        }
    }

    /// At the end: the last uses are told, if the folder takes them in time.
    pub(crate) fn finish(&mut self, scanner: &mut Scanner, now: i64) {
        let (sender, ended) = sync_channel(1);
        {
            let mut desk = lock(&self.desk);
            desk.outgoing = Some(scanner.venue_file(&self.key, now));
            desk.ended = Some(sender);
        }
        let _ = ended.recv_timeout(PATIENCE);
    }

    /// One line when the folder's trouble begins, and one when it ends.
    fn say(&mut self, state: Option<Said>) {
        let folder = self.folder.display();
        match (&self.said, &state) {
            (None, Some(why)) => warn!(
                "{folder}：{why}。恢复之前，每码限用一次的服务不放行任何人",
                "{folder}: {why}. Where a code is good once, nobody is let in until then"
            ),
            (Some(_), None) => warn!("{folder}：恢复正常", "{folder}: it works again"),
            _ => {}
        }
        self.said = state;
    }
}

/// What the thread knows.
struct Rounds {
    folder: PathBuf,
    own: PathBuf,
    /// What was handed over of each file, by its hash.
    seen: BTreeMap<String, [u8; 32]>,
    /// What was written last.
    last: Option<Vec<u8>>,
    /// When the own file was found changed.
    conflict: Option<Instant>,
}

impl Rounds {
    fn read(&mut self, desk: &Mutex<Desk>) {
        let found = match self.found() {
            Ok(found) => found,
            Err(why) => {
                lock(desk).read = Err(why);
                return;
            }
        };
        let too_many = found.len() > MAX_GATES;
        let (mut read, mut gates) = (BTreeMap::new(), BTreeSet::new());
        for file in found.into_iter().take(MAX_GATES) {
            let Some(gate) = file.file_stem().map(|stem| stem.to_string_lossy().into_owned())
            else {
                continue;
            };
            let bytes = match files::try_read_up_to(&file, MAX_VENUE_FILE as u64) {
                Err(Unreadable::Io(error)) if error.kind() == ErrorKind::NotFound => continue,
                bytes => bytes.map_err(|error| error.said()),
            };
            let hash = Sha256::digest(bytes.as_deref().unwrap_or_default()).into();
            // What does not change is said once.
            if self.seen.insert(gate.clone(), hash) != Some(hash) {
                read.insert(gate.clone(), bytes);
            }
            gates.insert(gate);
        }
        self.seen.retain(|gate, _| gates.contains(gate));
        let mut desk = lock(desk);
        desk.incoming.append(&mut read);
        desk.gates = gates;
        desk.read = Ok(Instant::now());
        desk.too_many = too_many;
    }

    /// The files of the other gates; in the first round the own one as well, which tells what this
    /// gate knew before it was started.
    fn found(&self) -> Result<Vec<PathBuf>, Said> {
        let mut found = Vec::new();
        for entry in self.folder.read_dir().map_err(|error| error.said())?.take(16 * MAX_GATES) {
            let file = entry.map_err(|error| error.said())?.path();
            let is_own = file == self.own && self.last.is_some();
            if file.extension().is_some_and(|extension| extension == EXTENSION) && !is_own {
                found.push(file);
            }
        }
        found.sort();
        Ok(found)
    }

    fn write(&mut self, desk: &Mutex<Desk>) {
        let Some(file) = lock(desk).outgoing.take() else { return };
        let written = self.replace(&file);
        let mut desk = lock(desk);
        if written.is_err() {
            // Once more in the next round, unless there is something newer by then.
            desk.outgoing.get_or_insert(file);
        } else {
            self.last = Some(file);
        }
        desk.wrote = written.map(|()| Instant::now());
    }

    fn replace(&mut self, file: &[u8]) -> Result<(), Said> {
        if let Some(last) = &self.last {
            let there = files::try_read_up_to(&self.own, MAX_VENUE_FILE as u64);
            if let Some(there) = there.ok().filter(|there| there != last) {
                (self.conflict, self.last) = (Some(Instant::now()), Some(there));
            }
        }
        if self.conflict.is_some_and(|found| found.elapsed() < CONFLICT) {
            return Err(said!(
                "另一台闸机用同一个名字写入。每台闸机要有自己的 --gate 名",
                "another gate writes under the same name. Each gate needs a --gate of its own"
            ));
        }
        files::replace(&self.own, file, Readers::Everybody).map_err(|error| error.said())
    }

    fn go_on(&self, desk: &Mutex<Desk>) -> bool {
        let mut desk = lock(desk);
        if desk.outgoing.is_some() && desk.wrote.is_ok() {
            return true;
        }
        match desk.ended.take() {
            Some(ended) => {
                let _ = ended.try_send(());
                false
            }
            None => true,
        }
    }
}

fn lock(desk: &Mutex<Desk>) -> MutexGuard<'_, Desk> {
    desk.lock().unwrap_or_else(PoisonError::into_inner)
}
