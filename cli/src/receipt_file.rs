//! Receipts in a file: one a line, base64url. Written by the gate, read by an auditor.
//!
//! Uses `files`, `state` for the hold on the file, and `world` for the scanner's key.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::receipt::{ChainLink, ScannerId};
use onecode::{Scanner, SigningKey};
use sha2::{Digest, Sha256};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Held, Readers};
use crate::lang::Said;
use crate::out;
use crate::state;
use crate::world::World;

/// Longest line that can be a receipt.
const MAX_LINE: usize = 4_096;

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
    /// Scans that have no receipt, and whether it was said.
    without: u64,
    said_without: bool,
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
            without: 0,
            said_without: false,
        };
        recorder.go_on_from(head, before == Some(head))?;
        Ok(recorder)
    }

    fn go_on_from(&mut self, head: ChainLink, known: bool) -> Result<(), Failure> {
        let path = self.path.clone();
        let failed = |error: io::Error| failed(&path, error);
        let Some(length) = self.length_up_to(head).map_err(failed)? else {
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
        let mut aside = path.clone().into_os_string();
        aside.push(".not-in-state");
        let aside = Path::new(&aside);
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

    /// How many bytes of the file the state tells of: as far as the last receipt before `head`. None
    /// of them where the file was begun behind it; nothing where it is of another chain.
    fn length_up_to(&self, head: ChainLink) -> io::Result<Option<u64>> {
        if head.number == 0 {
            return Ok(Some(0));
        }
        let mut input = BufReader::new(&self.file);
        let (mut length, mut begins, mut lines) = (0, None, 0);
        loop {
            let mut line = Vec::new();
            if (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut line)? == 0 {
                break;
            }
            // One that is cut short is no receipt, and no other follows it.
            let link = begins.or_else(|| ChainLink::unverified(&receipt_in(&line)).ok());
            let Some(link) = link else { return Ok((!line.ends_with(b"\n")).then_some(0)) };
            begins = Some(link);
            lines += 1;
            length += line.len() as u64;
            if hash(&line) == head.previous {
                return Ok((link.number.saturating_add(lines) == head.number).then_some(length));
            }
        }
        Ok(begins.is_none_or(|begins| begins == head).then_some(0))
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

    /// Puts what is waiting on the disk, and says whether it is there. What does not fit waits on;
    /// one line says so. The scanner's chain stands at `head`.
    pub(crate) fn keep(&mut self, head: ChainLink) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        let written = self
            .follow_its_name()
            .and_then(|()| self.file.write_all(&self.waiting))
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += self.waiting.len() as u64;
                self.waiting.clear();
                self.count = 0;
                self.in_file = head;
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

    #[cfg(unix)]
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

/// The receipt in a line; what is none at all is one that every chain refuses.
fn receipt_in(line: &[u8]) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(line.trim_ascii_end()).unwrap_or_default()
}

/// SHA-256 of the receipt in a line.
fn hash(line: &[u8]) -> [u8; 32] {
    Sha256::digest(receipt_in(line)).into()
}

/// A file of receipts, and its size.
pub(crate) fn open(file: &Path) -> Result<(impl BufRead, usize), Failure> {
    let opened = files::open_to_read(file).map_err(|error| failed(file, error))?;
    let size = opened.metadata().map_err(|error| failed(file, error))?.len();
    Ok((BufReader::with_capacity(1 << 16, opened), size as usize))
}

/// The next receipts, `limit` at most, and how many bytes they take in the file.
pub(crate) fn some(lines: &mut impl BufRead, limit: usize) -> io::Result<(Vec<Vec<u8>>, usize)> {
    let (mut receipts, mut read) = (Vec::new(), 0);
    while receipts.len() < limit {
        let mut line = Vec::new();
        let bytes = lines.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if bytes == 0 {
            break;
        }
        read += bytes;
        receipts.push(receipt_in(&line));
    }
    Ok((receipts, read))
}
