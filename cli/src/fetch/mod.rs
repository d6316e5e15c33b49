//! Lists from elsewhere into a folder: which files are needed `onecode::fetching` says; here is
//! where they come from and where they go.
//!
//! A scanner judges all of it before it takes its place, so a folder has nothing that is not
//! signed. Objects come first, indexes last, each file whole: whoever reads the folder meanwhile,
//! and whoever pulls out the stick, finds what was there before or what is there now.
//!
//! Uses `world` for the folder and `files`.

mod http;
mod source;
mod tag;
mod timer;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use onecode::fetching::{Answer, Fetch, FetchFault, FetchProblem, Purpose, Step, Wanted};
use onecode::governance::Roots;
use onecode::publication::{PublishedFile, StatusIndex};
use onecode::{InstallError, Policy, Scanner};

use self::source::Got;
pub(crate) use self::source::{Server, Source};
pub(crate) use self::timer::{for_ever, in_background, once, Tally};
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Held};
use crate::lang::Said;
use crate::world::published::Published;
use crate::world::publishing::Folder;

/// Who fetches into a folder.
pub(crate) struct Fetcher {
    source: Source,
    path: PathBuf,
    folder: Folder,
    purpose: Purpose,
    judge: Scanner,
    /// What is in the folder, as a gate takes it.
    published: Published,
    _held: Held,
}

/// What came of a fetch.
pub(crate) struct Fetched {
    /// Files that are new in the folder, and their bytes.
    pub(crate) files: usize,
    pub(crate) bytes: u64,
    /// A line for each file that was not taken.
    pub(crate) problems: Vec<Said>,
}

impl Fetcher {
    /// Nobody else fetches into the folder until this is dropped.
    pub(crate) fn new(
        source: Source,
        path: &Path,
        roots: Roots,
        purpose: Purpose,
    ) -> Result<Self, Failure> {
        files::create_folder(path)?;
        let held = files::try_hold(&path.join("fetch"))?.ok_or_else(|| {
            let text = said!(
                "另一个 onecode 正在向这个文件夹取名单",
                "another onecode is fetching into this folder"
            );
            failed(path, text)
        })?;
        if source.is_folder(path) {
            let text = said!("名单不能取到原处", "lists cannot be fetched to where they are");
            return Err(failed(path, text));
        }
        Ok(Fetcher {
            source,
            path: path.to_owned(),
            folder: Folder::of(path.to_owned()),
            purpose,
            judge: Scanner::new(roots, Policy::default()),
            published: Published::of(path.to_owned()),
            _held: held,
        })
    }

    /// Whether the folder has a trust list that counts.
    pub(crate) fn has_trust_list(&mut self, now: i64) -> bool {
        let _ = self.published.install(&mut self.judge, now);
        self.judge.held(now).trust_list.is_some()
    }

    /// One fetch. What cannot be written ends it; all else is told.
    pub(crate) fn fetch(&mut self, now: i64) -> Result<Fetched, Failure> {
        // What the folder has: others may have put something there.
        self.published.clock_was_set();
        let _ = self.published.install(&mut self.judge, now);
        let mut fetch = Fetch::with(self.purpose, now);
        let mut run = Run::default();
        while let Some(step) = fetch.step(&self.held(now)) {
            match step {
                Step::Get(wanted) => self.get(&mut fetch, &wanted, &mut run)?,
                Step::Install(files) => self.install(&mut fetch, &files, &mut run)?,
            }
        }
        // Those that no scanner takes any more: earlier editions for a mirror.
        for (file, bytes) in std::mem::take(&mut run.documents) {
            self.write(&file, &bytes, &mut run)?;
        }
        let held = self.held(now);
        for issuer in held.issuers.keys() {
            if let Some(index) = fetch.index_to_keep(issuer, &held) {
                self.switch(&index, &mut run)?;
            }
        }
        let in_words = |problem: &FetchProblem| match run.why.get(&problem.file) {
            Some(why) if problem.fault == FetchFault::NotFetched => {
                Some(Said::in_language(format!("{}: {why}", problem.file)))
            }
            // That nobody answers has been told.
            None if problem.fault == FetchFault::NotFetched => None,
            _ => Some(problem.said()),
        };
        let problems = fetch.problems().iter().filter_map(in_words).collect();
        Ok(Fetched { files: run.files, bytes: run.bytes, problems })
    }

    /// What the judge holds, and the anchors that are in the folder.
    fn held(&self, now: i64) -> onecode::fetching::Held {
        let mut held = self.judge.held(now);
        for (issuer, held) in &mut held.issuers {
            let index = self.folder.index(issuer);
            held.anchors = index.map_or_else(Vec::new, |index| index.anchor_times());
        }
        held
    }

    fn get(&self, fetch: &mut Fetch, wanted: &Wanted, run: &mut Run) -> Result<(), Failure> {
        let kept = self.folder.read(&wanted.file).ok();
        let kept = kept.filter(|_| wanted.may_be_kept);
        if let Some(kept) = kept.as_ref().filter(|_| !wanted.file.is_rewritten()) {
            fetch.answer(Answer::Kept(kept));
            return Ok(());
        }
        // A status index is rewritten here as well: only that of the server tells what is new
        // there.
        let kept = kept.filter(|_| wanted.file == PublishedFile::Index);
        if run.is_down {
            fetch.answer(Answer::Failed);
            return Ok(());
        }
        match self.source.get(wanted, kept.as_deref(), &self.path) {
            Got::Bytes(bytes) => {
                if fetch.answer(Answer::Fetched(&bytes)) {
                    self.keep(wanted, bytes, run)?;
                }
            }
            Got::Unchanged => {
                fetch.answer(Answer::Kept(&kept.unwrap_or_default()));
            }
            Got::Missing => {
                fetch.answer(Answer::Missing);
            }
            Got::Down(why) => {
                // Nobody waits for it once for each file.
                run.is_down = true;
                run.why.insert(wanted.file.clone(), why);
                fetch.answer(Answer::Failed);
            }
            Got::Failed(why) => {
                run.why.insert(wanted.file.clone(), why);
                fetch.answer(Answer::Failed);
            }
        }
        Ok(())
    }

    /// Objects of status lists are what their index says, and nobody reads them before the index of
    /// this folder names them. A document takes its place when the judge has taken it.
    fn keep(&self, wanted: &Wanted, bytes: Vec<u8>, run: &mut Run) -> Result<(), Failure> {
        match &wanted.file {
            PublishedFile::StatusIndex { .. } => {}
            file if file.issuer().is_some() => self.write(file, &bytes, run)?,
            file => {
                run.documents.insert(file.clone(), bytes);
            }
        }
        Ok(())
    }

    fn install(
        &mut self,
        fetch: &mut Fetch,
        files: &[PublishedFile],
        run: &mut Run,
    ) -> Result<(), Failure> {
        let (folder, documents) = (&self.folder, &run.documents);
        let read = |file: &PublishedFile| match documents.get(file) {
            Some(bytes) => bytes.clone(),
            None => folder.read(file).unwrap_or_default(),
        };
        let installed = fetch.install(&mut self.judge, files.iter().map(read));
        let [file] = files else { return Ok(()) };
        match (installed, run.documents.remove(file)) {
            (Ok(()), Some(bytes)) => self.write(file, &bytes, run),
            // A first one that has expired shows how old this publication is.
            (Err(InstallError::Expired { .. }), Some(bytes))
                if *file == PublishedFile::Index && self.folder.read(file).is_err() =>
            {
                self.write(file, &bytes, run)
            }
            _ => Ok(()),
        }
    }

    fn write(&self, file: &PublishedFile, bytes: &[u8], run: &mut Run) -> Result<(), Failure> {
        if self.folder.read(file).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        self.folder.write(file, bytes)?;
        (run.files, run.bytes) = (run.files + 1, run.bytes + bytes.len() as u64);
        Ok(())
    }

    /// Makes these lists those of the folder. What neither this index names nor the one before is
    /// erased: whoever reads the folder has the one before at most.
    fn switch(&self, index: &StatusIndex, run: &mut Run) -> Result<(), Failure> {
        let issuer = &index.issuer;
        let before = self.folder.index(issuer);
        if before.as_ref() == Some(index) {
            return Ok(());
        }
        let json = index.to_json().map_err(|error| failed(&self.path, error))?;
        self.write(&PublishedFile::StatusIndex { issuer: issuer.clone() }, &json, run)?;
        let named = [Some(index), before.as_ref()].into_iter().flatten();
        let named: Vec<&StatusIndex> = named.collect();
        let anchors: BTreeSet<i64> = named.iter().flat_map(|it| it.anchor_times()).collect();
        let is_left = |file: &&PublishedFile| match file {
            PublishedFile::StatusList { issued_at_unix_s, .. }
            | PublishedFile::AnchorIndex { issued_at_unix_s, .. } => {
                !anchors.contains(issued_at_unix_s)
            }
            PublishedFile::StatusDelta { .. } => !named
                .iter()
                .any(|index| index.deltas.iter().any(|delta| index.delta_file(delta) == **file)),
            _ => false,
        };
        let files = self.folder.files_of(issuer);
        files.iter().filter(is_left).for_each(|file| self.folder.remove(file));
        Ok(())
    }
}

/// What has been done in one fetch.
#[derive(Default)]
struct Run {
    files: usize,
    bytes: u64,
    /// Documents that wait for the judge.
    documents: BTreeMap<PublishedFile, Vec<u8>>,
    /// Why a file could not be fetched.
    why: BTreeMap<PublishedFile, Said>,
    /// Whether nobody answers, or too slowly.
    is_down: bool,
}
