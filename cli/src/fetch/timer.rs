//! Fetches that follow each other, with a random wait between.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use onecode::fetching::fetch_wait_s;

use super::{Fetched, Fetcher};
use crate::failure::Failure;
use crate::out;
use crate::time;

/// What came of the fetches, for whoever asks from another thread.
#[derive(Default)]
pub(crate) struct Tally {
    fetches: AtomicU64,
    failed: AtomicU64,
    /// When the last one ended, and the last that brought everything (Unix seconds); 0 for never.
    last: AtomicI64,
    complete: AtomicI64,
}

impl Tally {
    fn add(&self, went_well: bool, now: i64) {
        self.fetches.fetch_add(1, Relaxed);
        self.failed.fetch_add(u64::from(!went_well), Relaxed);
        self.last.store(now, Relaxed);
        if went_well {
            self.complete.store(now, Relaxed);
        }
    }

    /// How many fetches there were.
    pub(crate) fn fetches(&self) -> u64 {
        self.fetches.load(Relaxed)
    }

    /// How many of them did not bring everything.
    pub(crate) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }

    /// When the last fetch ended (Unix seconds).
    pub(crate) fn last_unix_s(&self) -> Option<i64> {
        Some(self.last.load(Relaxed)).filter(|at| *at != 0)
    }

    /// When the last fetch ended that brought everything (Unix seconds).
    pub(crate) fn complete_unix_s(&self) -> Option<i64> {
        Some(self.complete.load(Relaxed)).filter(|at| *at != 0)
    }
}

/// One fetch, told: a line when something came, and one for each thing that went wrong and had not
/// been told last time. Whether all went well.
pub(crate) fn once(
    fetcher: &mut Fetcher,
    told: &mut Vec<String>,
    now: i64,
) -> Result<bool, Failure> {
    let Fetched { files, bytes, problems } = fetcher.fetch(now)?;
    if files > 0 {
        warn!("取到 {files} 个文件，{bytes} 字节", "fetched {files} files, {bytes} bytes");
    }
    let before = std::mem::take(told);
    *told = problems.iter().map(ToString::to_string).collect();
    problems.iter().filter(|it| !before.contains(&it.to_string())).for_each(out::warn);
    if problems.is_empty() && !before.is_empty() {
        warn!("名单又取齐了", "the lists have come, all of them");
    }
    Ok(problems.is_empty())
}

/// Fetches about every `every_s` seconds; sooner after a failure.
pub(crate) fn for_ever(mut fetcher: Fetcher, every_s: u32, tally: &Tally) -> ! {
    let (mut told, mut failed) = (Vec::new(), 0_u32);
    loop {
        let went_well =
            once(&mut fetcher, &mut told, time::now()).unwrap_or_else(|Failure(line)| {
                out::warn(&line);
                false
            });
        tally.add(went_well, time::now());
        failed = if went_well { 0 } else { failed.saturating_add(1) };
        let random = RandomState::new().hash_one(failed);
        thread::sleep(Duration::from_secs(fetch_wait_s(every_s, failed, random)));
    }
}

/// The same beside a gate, which goes on scanning. A gate that has no trust list waits for the
/// first fetch; any other works with what it has.
pub(crate) fn in_background(mut fetcher: Fetcher, every_s: u32) -> Result<Arc<Tally>, Failure> {
    let (mut first, tally) = (0, Arc::new(Tally::default()));
    if !fetcher.has_trust_list(time::now()) {
        let went_well = once(&mut fetcher, &mut vec![], time::now())?;
        tally.add(went_well, time::now());
        first = fetch_wait_s(every_s, u32::from(!went_well), RandomState::new().hash_one(0));
    }
    let of_thread = Arc::clone(&tally);
    thread::Builder::new()
        .name("fetch".to_owned())
        .spawn(move || {
            thread::sleep(Duration::from_secs(first));
            for_ever(fetcher, every_s, &of_thread);
        })
        .map_err(|error| {
            let error = crate::cause::Cause::said(&error);
            Failure(said!("不能在后台取名单：{error}", "no fetching in the background: {error}"))
        })?;
    Ok(tally)
}
