//! Receipts in a file: one a line, base64url. Written by the gate, read by an auditor.
//!
//! Uses `files`, `state` for the hold on the file, and `world` for the scanner's key.

mod reading;
mod rotation;

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::receipt::{day, unverified_time, ChainLink, ScannerId};
use onecode::{Scanner, SigningKey};

use self::reading::length_up_to;
pub(crate) use self::reading::{open, some};
pub(crate) use self::rotation::Rotation;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Held, Readers};
use crate::lang::Said;
use crate::out;
use crate::state;
use crate::world::World;

/// Most receipts that wait for room on the disk: about 30 MB.
const MAX_WAITING: usize = 65_536;

/// Where a scanner's receipts go.
pub(crate) struct Recorder {
    key: Box<dyn SigningKey>,
    path: PathBuf,
    file: File,
    _held: Held,
    /// Bytes of the file that are whole receipts.
    length: u64,
    /// How often it went on in another file, or in one that had been cut, and behind how many
    /// bytes the last time.
    moves: u64,
    base: u64,
    waiting: Vec<u8>,
    count: usize,
    failing: bool,
    /// The chain as far as it is in the file.
    in_file: ChainLink,
    /// The chain as far as the state on the disk tells of it.
    in_state: ChainLink,
    /// Scans that have no receipt, and whether it was said.
    without: u64,
    said_without: bool,
    rotation: Rotation,
    /// The day of the last receipt in the file, and of the first that waits.
    last_day: Option<i64>,
    waiting_day: Option<i64>,
    /// The day on which old files were last looked for.
    looked_on: Option<Option<i64>>,
}

/// Where the receipts stood before some scans.
#[derive(Clone, Copy)]
pub(crate) struct Mark {
    pub(crate) head: ChainLink,
    moves: u64,
    length: u64,
    waiting: usize,
    count: usize,
    without: u64,
}

impl Recorder {
    /// Goes on with the chain that the scanner knows of: in the file that has its last receipt, or
    /// in a new one where that has been moved away. Receipts behind its end go to a file of
    /// their own: the scanner was killed before it told anybody of those verdicts, or could not
    /// write its state when it did.
    pub(crate) fn new(
        world: &World,
        path: &Path,
        id: &str,
        key: Option<Box<dyn SigningKey>>,
        rotation: Rotation,
        scanner: &mut Scanner,
    ) -> Result<Self, Failure> {
        let wrong = || {
            Failure(said!(
                "{id:?} 不是扫码设备编号：1 至 64 个字符，限 a-z、0-9、- 和 .",
                "{id:?} is no scanner id: 1 to 64 of a-z, 0-9, - and ."
            ))
        };
        let scanner_id = ScannerId::new(id).ok_or_else(wrong)?;
        let key = match key {
            Some(key) => key,
            None => Box::new(world.scanner_key(id)?),
        };
        let held = state::hold(path)?;
        let before = scanner.receipt_head();
        scanner.start_receipts(scanner_id);
        let head = scanner.receipt_head().unwrap_or_default();
        let opened = files::open_to_append(path, Readers::Owner);
        let file = opened.map_err(|error| failed(path, error))?;
        let mut recorder = Recorder {
            key,
            path: path.to_owned(),
            file,
            _held: held,
            length: 0,
            moves: 0,
            base: 0,
            waiting: vec![],
            count: 0,
            failing: false,
            in_file: head,
            in_state: head,
            without: 0,
            said_without: false,
            rotation,
            last_day: None,
            waiting_day: None,
            looked_on: None,
        };
        recorder.go_on_from(head, before == Some(head))?;
        recorder.last_day = rotation::last_day(&recorder.file, recorder.length);
        Ok(recorder)
    }

    fn go_on_from(&mut self, head: ChainLink, known: bool) -> Result<(), Failure> {
        let path = self.path.clone();
        let failed = |error: io::Error| failed(&path, error);
        let Some(length) = length_up_to(&self.file, head).map_err(failed)? else {
            return Err(files::failed(
                &path,
                said!(
                    "这不是扫码设备的状态所记的 {count} 份回执，也不是其中最后几份；\
                     请用对应的文件，或把这个文件移走，闸机会在新文件里接续",
                    "these are not the {count} receipts that the scanner's state tells of, nor \
                     the last of them; bring the right file, or move this one away and the gate \
                     goes on in a new one",
                    count = head.number
                ),
            ));
        };
        self.length = length;
        let mut input = BufReader::new(&self.file);
        input.seek(SeekFrom::Start(length)).map_err(failed)?;
        if input.fill_buf().map_err(failed)?.is_empty() {
            if length == 0 && head.number > 0 {
                warn!(
                    "{file}: 从编号 {number} 的回执开始；之前的在已移走的文件里",
                    "{file}: begins with receipt {number}; those before it are in files that were \
                     moved away",
                    file = path.display(),
                    number = head.number
                );
            }
            return Ok(());
        }
        if !known {
            return Err(files::failed(
                &path,
                said!(
                    "文件里有回执，而扫码设备的状态里没有；请用对应的 --state，或把文件移走、\
                     重新开始一条链",
                    "it has receipts, and the scanner's state knows of none; bring the right \
                     --state, or move the file away to begin a new chain"
                ),
            ));
        }
        let aside = &*rotation::aside(&path);
        let opened = files::open_to_append(aside, Readers::Owner);
        let kept = opened.and_then(|mut kept| {
            io::copy(&mut input, &mut kept)?;
            // The last one may be cut short.
            kept.write_all(b"\n")?;
            kept.sync_all()
        });
        kept.map_err(|error| files::failed(aside, error))?;
        self.file.set_len(self.length).map_err(failed)?;
        warn!(
            "{file}: 状态里没有记的回执已移到 {aside}。除非当时提示过状态写不了，\
             这些判定都没有发出",
            "{file}: receipts that the state does not tell of are now in {aside}. Their verdicts \
             never went out, unless it was said then that the state cannot be written",
            file = path.display(),
            aside = aside.display()
        );
        Ok(())
    }

    pub(crate) fn key(&self) -> &dyn SigningKey {
        &*self.key
    }

    /// Whether it takes one more. Scans that find no room have no receipt.
    pub(crate) fn has_room(&self) -> bool {
        self.count < MAX_WAITING
    }

    /// Takes a receipt; it is on the disk after the next [`Recorder::keep`].
    pub(crate) fn take(&mut self, receipt: &[u8]) {
        self.waiting.extend_from_slice(URL_SAFE_NO_PAD.encode(receipt).as_bytes());
        self.waiting.push(b'\n');
        self.count += 1;
        self.waiting_day = self.waiting_day.or_else(|| unverified_time(receipt).ok().map(day));
    }

    /// A scan has no receipt. The first time one line says why.
    pub(crate) fn go_without(&mut self, why: &Said) {
        self.without += 1;
        if !std::mem::replace(&mut self.said_without, true) {
            warn!(
                "{file}: 现在起扫码没有回执：{why}",
                "{file}: scans have no receipt now: {why}",
                file = self.path.display()
            );
        }
    }

    /// Whether the last attempt to write failed.
    pub(crate) fn is_failing(&self) -> bool {
        self.failing
    }

    /// How many wait for room on the disk.
    pub(crate) fn waiting(&self) -> usize {
        self.count
    }

    /// How many scans have no receipt, since the gate was started.
    pub(crate) fn without(&self) -> u64 {
        self.without
    }

    /// Where it stands; the scanner's chain stands at `head`.
    pub(crate) fn mark(&self, head: ChainLink) -> Mark {
        let Recorder { moves, length, count, without, .. } = *self;
        Mark { head, moves, length, waiting: self.waiting.len(), count, without }
    }

    /// Takes back the receipts of scans that nobody was told of.
    pub(crate) fn go_back_to(&mut self, mark: Mark) {
        let base = if self.moves == mark.moves { mark.length } else { self.base };
        if self.length > base {
            // Those that waited went out before them.
            let length = base + mark.waiting as u64;
            let cut = self.file.set_len(length).and_then(|()| self.file.sync_data());
            if let Err(error) = cut {
                out::warn(&files::about(&self.path, &error.said()));
            }
            (self.length, self.in_file) = (length, mark.head);
        } else {
            self.waiting.truncate(mark.waiting);
            self.count = mark.count;
        }
        self.without = mark.without;
    }

    /// The chain as far as it is in the file: what a state may tell of.
    pub(crate) fn in_file(&self) -> ChainLink {
        self.in_file
    }

    /// The state on the disk tells of the chain as far as it is in the file.
    pub(crate) fn state_is_kept(&mut self) {
        self.in_state = self.in_file;
    }

    /// Puts what is waiting on the disk, and says whether it is there. What does not fit waits on;
    /// one line says so. The scanner's chain stands at `head`.
    ///
    /// A new file is begun only where the state on the disk tells of all receipts in the old one:
    /// killed at any moment, the gate goes on from one of the two.
    pub(crate) fn keep(&mut self, head: ChainLink) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        let written = self
            .follow_its_name()
            .and_then(|()| self.rotate_if_due())
            .and_then(|()| self.file.write_all(&self.waiting))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += self.waiting.len() as u64;
                self.waiting.clear();
                self.count = 0;
                self.in_file = head;
                self.last_day = self.waiting_day.take().or(self.last_day);
                self.said_without = false;
                if std::mem::take(&mut self.failing) {
                    warn!(
                        "{file}: 回执恢复写入；{without} 次扫码没有回执",
                        "{file}: receipts are written again; {without} scans have none",
                        file = self.path.display(),
                        without = self.without
                    );
                }
            }
            Err(error) => {
                // No half receipt stays behind.
                let _ = self.file.set_len(self.length);
                let _ = self.file.seek(SeekFrom::End(0));
                if !std::mem::replace(&mut self.failing, true) {
                    warn!(
                        "{file}: 回执写不了：{error}。先留在内存里",
                        "{file}: receipts cannot be written: {error}. They wait in memory",
                        file = self.path.display(),
                        error = error.said()
                    );
                }
            }
        }
        self.waiting.is_empty()
    }

    /// Goes on in a new file when this one is full.
    fn rotate_if_due(&mut self) -> io::Result<()> {
        let Some(next) = self.waiting_day else { return Ok(()) };
        let is_due = self.rotation.is_due(self.length, self.waiting.len(), self.last_day, next);
        if !is_due || self.in_state != self.in_file {
            return Ok(());
        }
        rotation::rename(&self.path, &self.file)?;
        self.file = files::open_to_append(&self.path, Readers::Owner)?;
        self.went_on_behind(0);
        Ok(())
    }

    /// Whether old files are to be looked for: at the start, and once a day.
    pub(crate) fn looks_for_old_files(&self) -> bool {
        self.rotation.erases() && self.looked_on != Some(self.last_day)
    }

    /// Erases old files. `known_unix_s` is a time that has passed, whatever the gate's clock says.
    pub(crate) fn erase_old_files(&mut self, known_unix_s: i64) {
        self.looked_on = Some(self.last_day);
        self.rotation.erase(&self.path, self.in_file.number, known_unix_s);
    }

    /// Goes on in a new file when this one has been moved away, as logrotate does.
    #[cfg(unix)]
    fn follow_its_name(&mut self) -> io::Result<()> {
        use std::os::unix::fs::MetadataExt;
        let ours = self.file.metadata()?;
        if ours.len() < self.length {
            warn!(
                "{file}: 文件被截短了（是否用了 copytruncate？）；请改用移走的办法，\
                 否则会丢失回执",
                "{file}: somebody has cut the file short (copytruncate?); move it away instead, \
                 for receipts are lost this way",
                file = self.path.display()
            );
            self.went_on_behind(ours.len());
        }
        let named = std::fs::metadata(&self.path).map(|named| (named.dev(), named.ino()));
        match named {
            Ok(named) if named == (ours.dev(), ours.ino()) => return Ok(()),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let new = files::open_to_append(&self.path, Readers::Owner)?;
        if new.metadata()?.len() > 0 {
            return Err(io::Error::other(both!(
                "另一个有内容的文件占用了这个文件名",
                "another file with something in it has taken the name"
            )));
        }
        self.file = new;
        self.went_on_behind(0);
        warn!(
            "{file}: 文件已移走；回执在新文件里接续",
            "{file}: it was moved away; receipts go on in a new file",
            file = self.path.display()
        );
        Ok(())
    }

    fn went_on_behind(&mut self, length: u64) {
        (self.length, self.base) = (length, length);
        self.moves += 1;
    }

    #[cfg(not(unix))]
    fn follow_its_name(&mut self) -> io::Result<()> {
        Ok(())
    }

    /// At the end: whether every receipt is on the disk.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        let (count, without) = (self.count, self.without);
        let text = match (count, without) {
            (0, 0) => return Ok(()),
            (_, 0) => said!("{count} 份回执没有写入", "{count} receipts were not written"),
            (0, _) => said!("{without} 次扫码没有回执", "{without} scans have no receipt"),
            _ => said!(
                "{count} 份回执没有写入，{without} 次扫码没有回执",
                "{count} receipts were not written, and {without} scans have none"
            ),
        };
        Err(failed(&self.path, text))
    }
}
