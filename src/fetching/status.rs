//! The status lists of one issuer: which way leads to the newest ones, and which anchors are worth
//! keeping.

use std::collections::{BTreeMap, BTreeSet};

use super::fetch::{Asked, Purpose, Wanted};
use super::problem::{FetchFault, FetchProblem};
use crate::lists::status::MAX_ISSUED_AHEAD_S;
use crate::lists::HeldStatus;
use crate::publication::{
    first_of_weeks, AnchorFiles, PublicationError, PublishedFile, StatusIndex,
};

/// A newer anchor is fetched when the smaller deltas from it save its bytes within this many
/// fetches.
const PAYS_AFTER: u64 = 8;

#[derive(Clone, Debug)]
pub(super) struct Statuses {
    issuer: String,
    asked: bool,
    index: Option<StatusIndex>,
    /// The lists of the anchors that were looked at.
    anchors: BTreeMap<i64, AnchorFiles>,
    good: BTreeSet<PublishedFile>,
    bad: BTreeSet<PublishedFile>,
    stage: Stage,
    later: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Judge,
    Need,
    Installed,
    Later,
    Done,
}

pub(super) enum Next {
    Get(Wanted, Asked),
    Install(Vec<PublishedFile>),
}

impl Statuses {
    pub(super) fn of(issuer: &str) -> Self {
        Statuses {
            issuer: issuer.to_owned(),
            asked: false,
            index: None,
            anchors: BTreeMap::new(),
            good: BTreeSet::new(),
            bad: BTreeSet::new(),
            stage: Stage::Judge,
            later: None,
        }
    }

    fn index_file(&self) -> PublishedFile {
        PublishedFile::StatusIndex { issuer: self.issuer.clone() }
    }

    pub(super) fn next(
        &mut self,
        held: &HeldStatus,
        purpose: Purpose,
        now: i64,
        problems: &mut Vec<FetchProblem>,
    ) -> Option<Next> {
        let file = self.index_file();
        let mut tell = |fault| problems.push(FetchProblem { file: file.clone(), fault });
        if !self.asked {
            self.asked = true;
            if PublishedFile::is_folder(&self.issuer) {
                let (wanted, asked) = Wanted::new(file, Asked::Nothing, false);
                return Some(Next::Get(wanted, asked));
            }
            tell(FetchFault::NoFolder);
        }
        let newest = self.index.as_ref()?.issued_at_unix_s;
        let is_in_force = held.in_force_unix_s == Some(newest);
        if self.stage == Stage::Judge {
            let judged = judge(newest, held, now);
            self.stage = match (&judged, purpose) {
                (Ok(()), Purpose::Now) if is_in_force => Stage::Done,
                (Ok(()), _) => Stage::Need,
                (Err(_), _) => Stage::Done,
            };
            if let Err(fault) = judged {
                tell(fault);
            }
        }
        if self.stage == Stage::Need {
            match self.way(held) {
                // Which file stood in each way has been told.
                None => self.stage = Stage::Done,
                Some(anchor) => match self.missing(anchor, true, false) {
                    Some((wanted, asked)) => return Some(Next::Get(wanted, asked)),
                    None if is_in_force => self.stage = Stage::Later,
                    None => return Some(Next::Install(self.files(anchor, true))),
                },
            }
        }
        if self.stage == Stage::Installed {
            self.stage = if is_in_force { Stage::Later } else { Stage::Done };
            if !is_in_force {
                let detail = format!("its lists are not of {newest} (Unix seconds)");
                tell(PublicationError::Form { detail }.into());
            }
        }
        if self.stage == Stage::Later {
            let next = match purpose {
                Purpose::Now => None,
                Purpose::Keep => self.next_for_later(held),
                Purpose::Mirror => self.next_of_all(),
            };
            match next {
                Some((wanted, asked)) => return Some(Next::Get(wanted, asked)),
                None => self.stage = Stage::Done,
            }
        }
        None
    }

    /// The anchor from which the newest lists take the fewest bytes; of several the latest one.
    fn way(&self, held: &HeldStatus) -> Option<i64> {
        let index = self.index.as_ref()?;
        let bytes = |at: i64| {
            let lists = match held.anchors.contains(&at) {
                true => 0,
                false => index.anchor(at)?.size,
            };
            Some(lists.saturating_add(index.from_anchor_bytes(at)?))
        };
        let ways = index.anchor_times().into_iter().rev();
        let ways = ways.filter(|at| self.files(*at, true).iter().all(|it| !self.bad.contains(it)));
        ways.filter_map(|at| Some((bytes(at)?, at))).min_by_key(|(bytes, _)| *bytes).map(|it| it.1)
    }

    /// The files of an anchor as far as they are known, and of the delta from it.
    fn files(&self, anchor: i64, with_delta: bool) -> Vec<PublishedFile> {
        let Some(index) = &self.index else { return vec![] };
        let mut files = match self.anchors.get(&anchor) {
            None => vec![self.anchor_file(anchor)],
            Some(lists) => (0..lists.lists.len()).map(|at| self.list_file(anchor, at)).collect(),
        };
        let delta = index.delta_from(anchor).filter(|_| with_delta);
        files.extend(delta.map(|delta| index.delta_file(delta)));
        files
    }

    fn anchor_file(&self, anchor: i64) -> PublishedFile {
        PublishedFile::AnchorIndex { issuer: self.issuer.clone(), issued_at_unix_s: anchor }
    }

    fn list_file(&self, anchor: i64, at: usize) -> PublishedFile {
        PublishedFile::StatusList {
            issuer: self.issuer.clone(),
            issued_at_unix_s: anchor,
            number: at as u16, // safe: an anchor has at most 4,096 lists
        }
    }

    /// The next file of an anchor that has not been looked at.
    fn missing(&self, anchor: i64, with_delta: bool, later: bool) -> Option<(Wanted, Asked)> {
        let index = self.index.as_ref()?;
        let open = |file: &PublishedFile| !self.good.contains(file) && !self.bad.contains(file);
        let own = self.anchor_file(anchor);
        if open(&own) {
            let asked = Asked::File(index.anchor(anchor)?.sha256, None);
            return Some(Wanted::new(own, asked, later));
        }
        let lists = self.anchors.get(&anchor).map_or(&[][..], |files| &files.lists);
        for (at, list) in lists.iter().enumerate() {
            let file = self.list_file(anchor, at);
            if open(&file) {
                return Some(Wanted::new(file, Asked::File(list.sha256, Some(list.size)), later));
            }
        }
        let delta = index.delta_from(anchor).filter(|_| with_delta)?;
        let file = index.delta_file(delta);
        let asked = Asked::File(delta.sha256, Some(delta.size));
        open(&file).then(|| Wanted::new(file, asked, later))
    }

    /// One more anchor, so that later fetches are small, or a pause may be long.
    fn next_for_later(&mut self, held: &HeldStatus) -> Option<(Wanted, Asked)> {
        let anchor = match self.later {
            Some(anchor) => anchor,
            None => {
                let anchor = self.worth_having(held)?;
                *self.later.insert(anchor)
            }
        };
        let is_spoilt = self.files(anchor, false).iter().any(|file| self.bad.contains(file));
        self.missing(anchor, false, true).filter(|_| !is_spoilt)
    }

    fn worth_having(&self, held: &HeldStatus) -> Option<i64> {
        let index = self.index.as_ref()?;
        let times = index.anchor_times();
        let has = |at: &i64| held.anchors.contains(at) || self.is_whole(*at);
        let from = |at: &i64| index.from_anchor_bytes(*at);
        let newest = index.anchors.last()?;
        let now = times.iter().filter(|at| has(at)).filter_map(from).min().unwrap_or(u64::MAX);
        let saved = now.saturating_sub(from(&newest.issued_at_unix_s).unwrap_or(now));
        if !has(&newest.issued_at_unix_s) && saved.saturating_mul(PAYS_AFTER) > newest.size {
            return Some(newest.issued_at_unix_s);
        }
        first_of_weeks(&times).first().copied().filter(|at| !has(at))
    }

    fn next_of_all(&self) -> Option<(Wanted, Asked)> {
        let anchors = self.index.as_ref()?.anchor_times().into_iter().rev();
        anchors.filter_map(|anchor| self.missing(anchor, true, true)).next()
    }

    /// Whether all files of an anchor have been looked at and are good.
    fn is_whole(&self, anchor: i64) -> bool {
        self.anchors.contains_key(&anchor)
            && self.files(anchor, false).iter().all(|file| self.good.contains(file))
    }

    /// A file that is what the index says.
    pub(super) fn take(&mut self, file: &PublishedFile, bytes: &[u8]) -> Result<(), FetchFault> {
        match (file, &self.index) {
            (PublishedFile::StatusIndex { issuer }, _) => {
                self.index = Some(StatusIndex::read(bytes, issuer)?);
            }
            (PublishedFile::AnchorIndex { issued_at_unix_s, .. }, Some(index)) => {
                if let Some(anchor) = index.anchor(*issued_at_unix_s) {
                    let files = AnchorFiles::read(bytes, anchor)?;
                    self.anchors.insert(*issued_at_unix_s, files);
                }
            }
            _ => {}
        }
        self.good.insert(file.clone());
        Ok(())
    }

    /// A file could not be had.
    pub(super) fn fail(&mut self, file: &PublishedFile) {
        self.bad.insert(file.clone());
    }

    /// The scanner took these files, or did not.
    pub(super) fn installed(&mut self, files: &[PublishedFile], taken: bool) {
        self.stage = if taken { Stage::Installed } else { Stage::Done };
        if !taken {
            self.bad.extend(files.iter().cloned());
        }
    }

    pub(super) fn index_to_keep(&self, held: &HeldStatus, purpose: Purpose) -> Option<StatusIndex> {
        // What the scanner did not take, or has later lists than, takes no place in a store.
        let in_force = |index: &&StatusIndex| held.in_force_unix_s == Some(index.issued_at_unix_s);
        let index = self.index.as_ref().filter(in_force)?;
        let is_spoilt = |at: &i64| self.files(*at, false).iter().any(|it| self.bad.contains(it));
        let has = |at: &i64| (self.is_whole(*at) || held.anchors.contains(at)) && !is_spoilt(at);
        let mut anchors: Vec<i64> = index.anchor_times().into_iter().filter(has).collect();
        let good = |from: &i64| {
            let file = index.delta_from(*from).map(|delta| index.delta_file(delta));
            file.is_some_and(|file| self.good.contains(&file) && !self.bad.contains(&file))
        };
        let deltas: Vec<i64> = anchors.iter().copied().filter(good).collect();
        if purpose != Purpose::Mirror {
            let newest = anchors.last().copied();
            let week = first_of_weeks(&index.anchor_times());
            let week = week.into_iter().find(|at| anchors.contains(at));
            anchors.retain(|at| Some(*at) == newest || Some(*at) == week || deltas.contains(at));
        }
        index.with_only(&anchors, &deltas)
    }
}

/// Whether lists of this time may be taken.
fn judge(newest: i64, held: &HeldStatus, now: i64) -> Result<(), FetchFault> {
    let before = held.in_force_unix_s.max(held.not_before_unix_s);
    let number = |time: i64| u64::try_from(time).unwrap_or(0);
    match before {
        Some(before) if newest < before => {
            Err(FetchFault::Behind { offered: number(newest), held: number(before) })
        }
        Some(before) if newest == before => Ok(()),
        _ if newest.saturating_sub(now) > MAX_ISSUED_AHEAD_S => {
            Err(FetchFault::Ahead { ahead_s: newest.saturating_sub(now) })
        }
        _ => Ok(()),
    }
}
