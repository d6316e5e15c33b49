//! `onecode receipts replay`: scans made again from their receipts, for whoever disputes one.
//!
//! Uses `receipt_file`, `lines` and `verdict_line`, and `world` for the lists as they were.

use std::collections::{HashMap, HashSet};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use onecode::governance::{DocumentKind, Roots};
use onecode::receipt::{self, Receipt, ReceiptKeys, ReplayLists, ReplayListsError};
use onecode::{ApplicationNumber, Context};

use crate::device::Input;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lines::{Line, Lines};
use crate::out;
use crate::progress::Progress;
use crate::receipt_file;
use crate::time;
use crate::verdict_line::{self, VerdictLine};
use crate::world::{editions, World};

/// Most texts that are looked for at a time: as many as there are receipts for in a day.
const MAX_TEXTS: usize = 65_536;

/// Of how many applications and days the hashes of all texts are kept at a time.
const MAX_SCOPES: usize = 16;

/// Make scans again from their receipts: the same verdicts, with all of their facts.
///
/// Standard input has the texts of codes, a line each, as `onecode scan` reads them. For each
/// receipt of one of them a line of JSON goes out: the verdict with the number of its receipt;
/// `not_replayed` and the reason, where other lists are needed or the verdict is another one;
/// and `no_receipt` for a text that no receipt is for.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  \
    onecode receipts replay --world w receipts.txt <code.txt\n\n\
    The exit status is 0 when every text has its receipts and every verdict is the same, 1 \
    when not.")]
pub(crate) struct Replay {
    /// The region's folder: `roots.json` and `published/` of it, with the status lists of then.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The receipts, as `onecode scan --receipts` writes them: of several files the oldest first.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// A line of standard input that receipts are looked for.
struct Wanted {
    number: usize,
    line: Line,
    found: bool,
}

impl Replay {
    /// Whether each text had its receipts, and each of them led to its verdict again.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let world = World::open(&self.world)?;
        let mut archive = Archive::open(&world, self.roots.as_deref())?;
        let keys = archive.keys(self.at.unwrap_or_else(time::now))?;
        let mut wanted = AllWanted::read()?;
        let mut all = true;
        for file in &self.files {
            let (mut lines, size) = receipt_file::open(file)?;
            let mut progress = Progress::new(said!("受理回执", "receipts"), size);
            let mut damaged = 0;
            loop {
                let (some, read) =
                    receipt_file::some(&mut lines, 1).map_err(|error| failed(file, error))?;
                let Some(bytes) = some.first() else { break };
                progress.advance(read);
                let Ok(receipt) = Receipt::verify(bytes, &keys) else {
                    damaged += 1;
                    continue;
                };
                let Some(wanted) = wanted.of(&receipt) else { continue };
                wanted.found = true;
                match archive.of(&receipt)?.replay(&receipt, &wanted.line.text()) {
                    Ok(verdict) => {
                        let verdict = wanted.line.judged(verdict);
                        let line = VerdictLine::new(&verdict, &context(&receipt), None);
                        put(&line.of_receipt(receipt.number));
                    }
                    Err(error) => {
                        all = false;
                        put(&VerdictLine::not_replayed(&receipt, &error));
                    }
                }
            }
            drop(progress);
            if damaged > 0 {
                all = false;
                warn!(
                    "{file}: 有 {damaged} 行不是本地区的受理回执；`onecode receipts verify` \
                     指出是哪些",
                    "{file}: {damaged} lines are no receipts of this region; `onecode receipts \
                     verify` says which",
                    file = file.display()
                );
            }
        }
        let missing: Vec<&Wanted> = wanted.texts.iter().filter(|wanted| !wanted.found).collect();
        missing.iter().for_each(|wanted| put(&VerdictLine::no_receipt(wanted.number)));
        Ok(all && missing.is_empty())
    }
}

/// The lines of standard input, each text once.
struct AllWanted {
    texts: Vec<Wanted>,
    /// For an application and a day, where a text stands among them by the hash that it has in
    /// their receipts.
    by_hash: HashMap<(ApplicationNumber, i64), HashMap<[u8; 32], usize>>,
}

impl AllWanted {
    fn read() -> Result<Self, Failure> {
        let mut lines = Lines::of(BufReader::new(Input::open()));
        let (mut texts, mut seen) = (Vec::new(), HashSet::new());
        let next =
            |lines: &mut Lines<_>| lines.next_line().map_err(|error| files::standard_input(&error));
        for number in 1.. {
            let Some(line) = next(&mut lines)? else { break };
            if texts.len() == MAX_TEXTS {
                return Err(Failure(said!(
                    "标准输入：一次最多 {MAX_TEXTS} 个码的文本",
                    "standard input: more than {MAX_TEXTS} texts at a time"
                )));
            }
            if seen.insert(line.text()) {
                texts.push(Wanted { number, line, found: false });
            }
        }
        if texts.is_empty() {
            return Err(Failure(said!(
                "标准输入里没有码；每行一个",
                "standard input has no code in it; a line each is wanted"
            )));
        }
        Ok(AllWanted { texts, by_hash: HashMap::new() })
    }

    /// The text of a receipt, if it is one of these.
    fn of(&mut self, receipt: &Receipt) -> Option<&mut Wanted> {
        let (application, time) = (receipt.application, receipt.time_unix_s);
        let scope = (application, receipt::day(time));
        if self.by_hash.len() == MAX_SCOPES && !self.by_hash.contains_key(&scope) {
            self.by_hash.clear();
        }
        let texts = &mut self.texts;
        let by_hash = self.by_hash.entry(scope).or_insert_with(|| {
            let hash = |wanted: &Wanted| receipt::text_hash(&wanted.line.text(), application, time);
            texts.iter().map(hash).zip(0..).collect()
        });
        by_hash.get(&receipt.text_hash).and_then(|at| texts.get_mut(*at))
    }
}

fn context(receipt: &Receipt) -> Context {
    Context {
        application: receipt.application,
        place: receipt.place,
        now_unix_s: receipt.time_unix_s,
        challenge: receipt.shown.clone(),
    }
}

fn put(line: &VerdictLine) {
    let mut output = Vec::new();
    verdict_line::write(&mut output, line);
    out!("{}", String::from_utf8_lossy(&output));
}

/// What a scanner had: the numbers of trust list and catalogue, and whether it had a status list.
type Had = (Option<u64>, Option<u64>, bool);

/// The published lists, of which all editions are kept, and the scanners that had some of them.
struct Archive<'w> {
    world: &'w World,
    /// Each edition of the roots.
    roots: Vec<Roots>,
    made: HashMap<Had, ReplayLists>,
}

impl<'w> Archive<'w> {
    fn open(world: &'w World, roots: Option<&str>) -> Result<Self, Failure> {
        Ok(Archive { world, roots: world.walked(roots)?, made: HashMap::new() })
    }

    fn keys(&self, now: i64) -> Result<ReceiptKeys, Failure> {
        let editions = self.world.editions();
        let (file, trust_list) = editions.newest(DocumentKind::TrustList, &self.roots)?;
        ReceiptKeys::from_trust_list(&trust_list, &self.roots, now)
            .map_err(|error| failed(&file, error))
    }

    /// The lists for a receipt: those editions that its scanner had.
    fn of(&mut self, receipt: &Receipt) -> Result<&mut ReplayLists, Failure> {
        let had = (receipt.trust_list, receipt.catalogue, receipt.status.is_some());
        if !self.made.contains_key(&had) {
            if self.made.len() == MAX_SCOPES {
                self.made.clear();
            }
            let made = self.make(had)?;
            self.made.insert(had, made);
        }
        self.made.get_mut(&had).ok_or_else(|| Failure(said!("没有名单", "no lists")))
    }

    fn make(&self, (trust_list, catalogue, status): Had) -> Result<ReplayLists, Failure> {
        let trust_list = self.edition(DocumentKind::TrustList, trust_list)?;
        let catalogue = self.edition(DocumentKind::Catalogue, catalogue)?;
        let published = self.world.path("published");
        let mut lists = ReplayLists::new(&self.roots, trust_list.as_deref(), catalogue.as_deref())
            .map_err(|error| failed(&published, error))?;
        let editions = self.world.editions();
        for notice in editions.notices() {
            add(&notice, |json| lists.add_withdrawal(json));
        }
        if editions.index().exists() {
            add(&editions.index(), |json| lists.add_index(json));
        }
        let status = if status { self.world.issuers_with_lists() } else { vec![] };
        for issuer in status {
            let newest = self.world.published().newest(&issuer).unwrap_or_default();
            let added = newest.iter().try_for_each(|list| lists.add_status(list));
            if let Err(error) = added {
                let Failure(line) = failed(&published.join("status").join(issuer), error);
                out::warn(&line);
            }
        }
        Ok(lists)
    }

    /// The edition that a receipt names. Where it has gone, whichever is the newest: the replay then
    /// says which one it is for.
    fn edition(&self, kind: DocumentKind, number: Option<u64>) -> Result<Option<Vec<u8>>, Failure> {
        let Some(number) = number else { return Ok(None) };
        let file = self.world.editions().file(kind, number);
        match file.is_file() {
            true => Ok(Some(editions::read(&file)?)),
            false => Ok(Some(self.world.editions().newest(kind, &self.roots)?.1)),
        }
    }
}

fn add(file: &Path, take: impl FnOnce(&[u8]) -> Result<(), ReplayListsError>) {
    let added =
        editions::read(file).and_then(|bytes| take(&bytes).map_err(|error| failed(file, error)));
    if let Err(Failure(line)) = added {
        out::warn(&line);
    }
}
