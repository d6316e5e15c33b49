//! Receipts in a file: one a line, base64url. Written by the gate, checked by an auditor.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::{
    verify_chain, ChainLink, ChainSummary, Policy, Receipt, ReceiptKeys, Scanner, ScannerId,
    SigningKey, SoftwareKey,
};
use serde_json::json;

use super::files::{failed, hex, sync_folder_of, Held};
use super::progress::Progress;
use super::time::{self, rfc3339};
use super::world::World;
use super::{encode, state, Failure};

/// Longest line that can be a receipt.
const MAX_LINE: usize = 4_096;

/// Receipts that are checked at a time.
const AT_A_TIME: usize = 4_096;

/// Most receipts that wait for room on the disk: about 30 MB.
const MAX_WAITING: usize = 65_536;

/// Where a scanner's receipts go.
pub(crate) struct Recorder {
    key: SoftwareKey,
    path: PathBuf,
    file: File,
    _held: Held,
    /// Bytes of the file that are whole receipts.
    length: u64,
    waiting: Vec<u8>,
    count: usize,
    failing: bool,
}

impl Recorder {
    /// Goes on with the chain that the scanner knows of. Receipts behind its end go to a file of
    /// their own: the scanner was killed before it told anybody of those verdicts, or could not
    /// write its state when it did.
    pub(crate) fn new(
        world: &World,
        path: &Path,
        id: &str,
        key: Option<&Path>,
        scanner: &mut Scanner,
    ) -> Result<Self, Failure> {
        let wrong = || Failure(format!("{id:?} is no scanner id: 1 to 64 of a-z, 0-9, - and ."));
        let scanner_id = ScannerId::new(id).ok_or_else(wrong)?;
        let key = key.map_or_else(|| world.scanner_key(id), encode::private_key)?;
        if fs::metadata(path).is_ok_and(|found| !found.is_file()) {
            return Err(failed(path, "receipts go to a regular file, and this is none"));
        }
        let held = state::hold(path)?;
        let before = scanner.receipt_head();
        scanner.start_receipts(scanner_id);
        let head = scanner.receipt_head().unwrap_or_default();
        let opened = OpenOptions::new().read(true).append(true).create(true).open(path);
        let file = opened.map_err(|error| failed(path, error))?;
        let mut recorder = Recorder {
            key,
            path: path.to_owned(),
            file,
            _held: held,
            length: 0,
            waiting: vec![],
            count: 0,
            failing: false,
        };
        recorder.go_on_from(head, before == Some(head))?;
        sync_folder_of(path);
        Ok(recorder)
    }

    fn go_on_from(&mut self, head: ChainLink, known: bool) -> Result<(), Failure> {
        let path = self.path.clone();
        let failed = |error: io::Error| failed(&path, error);
        let mut numbers = 0;
        let mut last = [0; 32];
        let mut input = BufReader::new(&self.file);
        while numbers < head.number {
            let mut line = Vec::new();
            let bytes = (&mut input).take(MAX_LINE as u64).read_until(b'\n', &mut line);
            if bytes.map_err(failed)? == 0 {
                break;
            }
            last = hash(&line);
            numbers += 1;
            self.length += line.len() as u64;
        }
        if (numbers, last) != (head.number, head.previous) {
            return Err(Failure(format!(
                "{}: these are not the {} receipts that the scanner's state tells of; bring the \
                 right file, or move both away to begin a new chain",
                path.display(),
                head.number
            )));
        }
        if input.fill_buf().map_err(failed)?.is_empty() {
            return Ok(());
        }
        if !known {
            return Err(Failure(format!(
                "{}: it has receipts, and the scanner's state knows of none; bring the right \
                 --state, or move the file away to begin a new chain",
                path.display()
            )));
        }
        let mut aside = path.clone().into_os_string();
        aside.push(".not-in-state");
        let aside = Path::new(&aside);
        let opened = OpenOptions::new().append(true).create(true).open(aside);
        let kept = opened.and_then(|mut kept| {
            io::copy(&mut input, &mut kept)?;
            // The last one may be cut short.
            kept.write_all(b"\n")?;
            kept.sync_all()
        });
        kept.map_err(|error| super::files::failed(aside, error))?;
        self.file.set_len(self.length).map_err(failed)?;
        tell!(
            "onecode: {}: receipts that the state does not tell of are now in {}. Their verdicts \
             never went out, unless it was said then that the state cannot be written",
            path.display(),
            aside.display()
        );
        Ok(())
    }

    pub(crate) fn key(&self) -> &dyn SigningKey {
        &self.key
    }

    /// Takes a receipt; it is on the disk after the next [`Recorder::keep`].
    pub(crate) fn take(&mut self, receipt: &[u8]) -> Result<(), Failure> {
        if self.count == MAX_WAITING {
            return Err(failed(&self.path, format!("no room for {MAX_WAITING} receipts")));
        }
        self.waiting.extend_from_slice(URL_SAFE_NO_PAD.encode(receipt).as_bytes());
        self.waiting.push(b'\n');
        self.count += 1;
        Ok(())
    }

    /// Puts what is waiting on the disk, and says whether it is there. What does not fit waits on;
    /// one line says so.
    pub(crate) fn keep(&mut self) -> bool {
        if self.waiting.is_empty() {
            return true;
        }
        let written = self.file.write_all(&self.waiting).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += self.waiting.len() as u64;
                self.waiting.clear();
                self.count = 0;
                if std::mem::take(&mut self.failing) {
                    tell!("onecode: {}: receipts are written again", self.path.display());
                }
            }
            Err(error) => {
                // No half receipt stays behind.
                let _ = self.file.set_len(self.length);
                let _ = self.file.seek(SeekFrom::End(0));
                if !std::mem::replace(&mut self.failing, true) {
                    tell!(
                        "onecode: {}: receipts cannot be written: {error}. They wait in memory",
                        self.path.display()
                    );
                }
            }
        }
        self.waiting.is_empty()
    }

    /// At the end: whether every receipt is on the disk.
    pub(crate) fn finish(self) -> Result<(), Failure> {
        if self.count > 0 {
            return Err(failed(&self.path, format!("{} receipts were not written", self.count)));
        }
        Ok(())
    }
}

/// SHA-256 of the receipt in a line.
fn hash(line: &[u8]) -> [u8; 32] {
    use sha2::{Digest, Sha256};
    let receipt = URL_SAFE_NO_PAD.decode(line.trim_ascii_end()).unwrap_or_default();
    Sha256::digest(receipt).into()
}

#[derive(clap::Args)]
pub(crate) struct Verify {
    /// The region's folder: `operator/root.jwk` and `published/trust-list.jws` of it.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The scanner whose receipts they must be; that of the first one without this.
    #[arg(long, value_name = "ID")]
    scanner: Option<String>,
    /// The scanner's state: whether the last receipts are there is known from it alone.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Print each receipt as a line of JSON.
    #[arg(long)]
    list: bool,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The receipts, as `onecode scan --receipts` writes them.
    file: PathBuf,
}

/// Whether the chain is whole; if not, a line on standard output says where it breaks.
pub(crate) fn verify(options: &Verify) -> Result<bool, Failure> {
    let world = World::open(&options.world)?;
    let now = options.at.unwrap_or_else(time::now);
    let trust_list = world.published("trust-list.jws")?;
    let keys = ReceiptKeys::from_trust_list(&trust_list, &[world.root()?], now)
        .map_err(|error| failed(&world.path("published/trust-list.jws"), error))?;
    // The state first: a gate that is at work writes its receipts before it.
    let end = match &options.state {
        Some(state) => {
            let scanner = state::scanner(&world, Some(state), Policy::default())?;
            Some(scanner.receipt_head().unwrap_or_default())
        }
        None => None,
    };
    let file = &options.file;
    let (mut lines, size) = open(file)?;
    let named = options
        .scanner
        .as_deref()
        .map(|id| ScannerId::new(id).ok_or_else(|| Failure(format!("{id:?} is no scanner id"))));
    let mut scanner = named.transpose()?;
    let mut whole = ChainSummary::default();
    let mut last_unix_s = i64::MIN;
    let mut progress = Progress::new("receipts", size);
    loop {
        // Up to where the state knows them, and from there on.
        let to_end = end.map_or(0, |end| end.number.saturating_sub(whole.next.number));
        let limit = if to_end == 0 { AT_A_TIME } else { AT_A_TIME.min(to_end as usize) };
        let (receipts, read) = some(&mut lines, limit).map_err(|error| failed(file, error))?;
        if receipts.is_empty() {
            break;
        }
        let read_one = |bytes: Option<&Vec<u8>>| Receipt::verify(bytes?, &keys).ok();
        // Of one that cannot be read the chain says so.
        if let Some(first) = read_one(receipts.first()) {
            whole.clock_went_back += u64::from(first.time_unix_s < last_unix_s);
            // Whose they are.
            scanner.get_or_insert(first.scanner);
        }
        last_unix_s = read_one(receipts.last()).map_or(last_unix_s, |last| last.time_unix_s);
        let id = scanner.clone().or_else(|| ScannerId::new("unknown"));
        let id = id.ok_or_else(|| Failure("no scanner id".into()))?;
        let each = receipts.iter().map(Vec::as_slice);
        match verify_chain(each, &id, &keys, whole.next, None) {
            Ok(part) => {
                whole.receipts += part.receipts;
                whole.accepted += part.accepted;
                whole.refused += part.refused;
                whole.handed_over += part.handed_over;
                whole.clock_went_back += part.clock_went_back;
                whole.next = part.next;
            }
            Err(error) => {
                drop(progress);
                let line = whole.receipts + error.at as u64 + 1;
                outln!("NOT WHOLE: line {line}, number {}: {}", error.number, error.problem);
                return Ok(false);
            }
        }
        if options.list {
            let good = receipts.iter().filter_map(|bytes| Receipt::verify(bytes, &keys).ok());
            good.for_each(|receipt| outln!("{}", to_json(&receipt)));
        }
        progress.advance(read);
        if end.is_some_and(|end| end.number == whole.next.number && end != whole.next) {
            drop(progress);
            outln!(
                "NOT WHOLE: line {}: it is not the receipt that the state tells of",
                whole.receipts
            );
            return Ok(false);
        }
    }
    drop(progress);
    if let Some(end) = end.filter(|end| end.number > whole.next.number) {
        outln!(
            "NOT WHOLE: the scanner made {} receipts, and the file ends after {}",
            end.number,
            whole.receipts
        );
        return Ok(false);
    }
    if !options.list {
        let ChainSummary { receipts, accepted, refused, handed_over, clock_went_back, .. } = whole;
        let id = scanner.as_ref().map_or("no scanner", ScannerId::as_str);
        outln!(
            "whole: {receipts} receipts of {id}: {accepted} accepted, {refused} refused, \
             {handed_over} handed over; the clock went back {clock_went_back} times"
        );
        match end {
            None => outln!("whether the last ones are there is known with --state alone"),
            Some(end) if end.number < receipts => outln!(
                "the state tells of {} of them: the others came after it was written",
                end.number
            ),
            Some(_) => {}
        }
    }
    Ok(true)
}

/// A file of receipts, and its size.
pub(crate) fn open(file: &Path) -> Result<(impl BufRead, usize), Failure> {
    let opened = File::open(file).map_err(|error| failed(file, error))?;
    let size = opened.metadata().map_err(|error| failed(file, error))?.len();
    Ok((BufReader::with_capacity(1 << 16, opened), size as usize))
}

/// The next receipts, `limit` at most, and how many bytes they take in the file. What is no
/// receipt at all is one that the chain refuses.
pub(crate) fn some(lines: &mut impl BufRead, limit: usize) -> io::Result<(Vec<Vec<u8>>, usize)> {
    let (mut receipts, mut read) = (Vec::new(), 0);
    while receipts.len() < limit {
        let mut line = Vec::new();
        let bytes = lines.by_ref().take(MAX_LINE as u64).read_until(b'\n', &mut line)?;
        if bytes == 0 {
            break;
        }
        read += bytes;
        receipts.push(URL_SAFE_NO_PAD.decode(line.trim_ascii_end()).unwrap_or_default());
    }
    Ok((receipts, read))
}

fn to_json(receipt: &Receipt) -> serde_json::Value {
    json!({
        "scanner": receipt.scanner.as_str(),
        "number": receipt.number,
        "time": rfc3339(receipt.time_unix_s),
        "verdict": receipt.verdict,
        "handed_over": receipt.handed_over,
        "application": receipt.application,
        "place": receipt.place,
        "card": receipt.card.map(|card| card.to_string()),
        "text_sha256": hex(&receipt.text_hash),
        "trust_list": receipt.trust_list,
        "catalogue": receipt.catalogue,
        "status_as_of": receipt.status.map(|status| rfc3339(status.issued_at_unix_s)),
        "tolerance_s": receipt.tolerance_s,
    })
}
