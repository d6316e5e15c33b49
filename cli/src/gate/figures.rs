//! The gate's figures for the control room: OpenMetrics text in a file, which is replaced as a whole.
//!
//! Labels are numbers of refusals, names of lists, and issuers of the trust list: whoever stands at
//! the gate makes no new one. Uses `files`; how often is decided here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use onecode::messages::MESSAGES;
use onecode::preflight::{DocumentState, Preflight, Until};
use onecode_operations::{Kind, OpenMetrics};

use super::{Gate, Scanned};
use crate::cause::Cause;
use crate::fetch::Tally;
use crate::files::{self, Readers};

/// How often the file is written where nothing has happened.
const RHYTHM: Duration = Duration::from_secs(15);

/// How long there is at least between two writes.
const APART: Duration = Duration::from_secs(1);

/// Most issuers that have figures of their own: those without lists, and those with the oldest.
const MAX_ISSUERS: usize = 64;

/// Refusals that have a figure before there was one, so that the first is seen as a rise: those for
/// which the scanner itself is the reason.
const OF_SCANNER: std::ops::Range<u16> = 700..800;

/// What is counted, and where it goes.
pub(crate) struct Figures {
    file: PathBuf,
    /// What came of the gate's own fetches, if it fetches.
    fetches: Option<Arc<Tally>>,
    /// Verdicts that were told, by kind and number.
    scans: BTreeMap<(&'static str, u16), u64>,
    lists_taken: u64,
    lists_not_taken: u64,
    written: Option<(Instant, Standing)>,
    failing: bool,
}

/// What has to be known at once when it changes.
#[derive(Clone, PartialEq)]
struct Standing {
    state_failing: bool,
    receipts_failing: bool,
    venue_up: Option<bool>,
    /// Whether the last verdict was a refusal for the scanner's own sake.
    is_at_fault: bool,
    lists: (u64, u64),
    fetch: Option<bool>,
}

impl Figures {
    pub(crate) fn new(file: PathBuf, fetches: Option<Arc<Tally>>) -> Self {
        let of_scanner = MESSAGES.iter().filter(|message| OF_SCANNER.contains(&message.number));
        let mut scans: BTreeMap<_, _> =
            of_scanner.map(|message| (("refused", message.number), 0)).collect();
        scans.insert(("accepted", 0), 0);
        let (lists_taken, lists_not_taken) = (0, 0);
        let (written, failing) = (None, false);
        Figures { file, fetches, scans, lists_taken, lists_not_taken, written, failing }
    }

    /// Lists were looked for: how many were taken, and how many were newly not taken.
    pub(super) fn looked_for_lists(&mut self, taken: usize, not_taken: usize) {
        self.lists_taken += taken as u64;
        self.lists_not_taken += not_taken as u64;
    }
}

impl Gate {
    /// These verdicts were told.
    pub(super) fn count(&mut self, told: &[Scanned]) {
        for scanned in told {
            self.count_one(scanned.verdict.outcome());
        }
    }

    /// A line that says so went out.
    pub(super) fn count_one(&mut self, (verdict, number): (&'static str, u16)) {
        self.is_at_fault = OF_SCANNER.contains(&number);
        if let Some(figures) = &mut self.figures {
            *figures.scans.entry((verdict, number)).or_default() += 1;
        }
    }

    /// Writes the figures, where it is time to or something has changed that matters.
    pub(super) fn report(&mut self) {
        let Some(figures) = &self.figures else { return };
        let standing = self.standing(figures);
        let is_due = figures.written.as_ref().is_none_or(|(at, then)| {
            let since = at.elapsed();
            since >= RHYTHM || (since >= APART && standing != *then)
        });
        if is_due {
            self.report_now();
        }
    }

    /// Writes the figures. A gate goes on without them, and says so once.
    pub(super) fn report_now(&mut self) {
        let Some(figures) = &self.figures else { return };
        let (standing, text) = (self.standing(figures), self.text(figures));
        let Some(figures) = &mut self.figures else { return };
        let written = files::replace(&figures.file, text.as_bytes(), Readers::Everybody);
        figures.written = Some((Instant::now(), standing));
        let failed = std::mem::replace(&mut figures.failing, written.is_err());
        let file = figures.file.display();
        match written {
            Err(error) if !failed => warn!(
                "{file}：运行数据写不了：{error}。闸机照常工作",
                "{file}: the figures cannot be written: {error}. The gate goes on",
                error = error.said()
            ),
            Ok(()) if failed => {
                warn!("{file}：运行数据恢复写入", "{file}: the figures are written again");
            }
            _ => {}
        }
    }

    fn standing(&self, figures: &Figures) -> Standing {
        let not_kept = self.not_kept();
        let is_complete = |tally: &Arc<Tally>| tally.last_unix_s() == tally.complete_unix_s();
        Standing {
            state_failing: not_kept.state,
            receipts_failing: not_kept.receipt,
            venue_up: self.venue.is_up(),
            is_at_fault: self.is_at_fault,
            lists: (figures.lists_taken, figures.lists_not_taken),
            fetch: figures.fetches.as_ref().map(is_complete),
        }
    }

    fn text(&self, figures: &Figures) -> String {
        let now = self.now();
        let preflight = self.scanner.preflight(now);
        let mut text = OpenMetrics::new("onecode_gate");
        self.about(&mut text, now);
        self.about_scans(&mut text, figures);
        about_lists(&mut text, &preflight);
        self.about_readiness(&mut text, &preflight);
        self.about_memory(&mut text, &preflight);
        about_changes(&mut text, figures);
        text.finish()
    }

    fn about(&self, text: &mut OpenMetrics, now: i64) {
        let application = self.station.application.to_string();
        let place = self.station.place.code().to_string();
        let labels = [
            ("version", env!("CARGO_PKG_VERSION")),
            ("application", &application),
            ("place", &place),
        ];
        let help = "The version that runs, which application it serves, and where.";
        text.family("build_info", Kind::Gauge, help).figure(&labels, 1);
        let help = "The gate's clock when this was written.";
        text.family("clock_timestamp_seconds", Kind::Gauge, help).figure(&[], now);
    }

    fn about_scans(&self, text: &mut OpenMetrics, figures: &Figures) {
        let application = self.station.application.to_string();
        let help = "Verdicts that were told, by number of the refusal; 0 without one.";
        let mut family = text.family("scans", Kind::Counter, help);
        for ((verdict, number), count) in &figures.scans {
            let number = number.to_string();
            let labels =
                [("application", &*application), ("verdict", verdict), ("number", &number)];
            family.figure(&labels, count);
        }
    }

    fn about_readiness(&self, text: &mut OpenMetrics, preflight: &Preflight) {
        let application = self.station.application;
        let outlook = preflight.applications.iter().find(|it| it.application == application);
        let help = "Until when lists and keys give no reason to refuse anybody: +Inf without end, \
                    0 where they do already.";
        let mut family = text.family("works_until_timestamp_seconds", Kind::Gauge, help);
        match outlook.map_or(Until::NeverBegan, |outlook| outlook.works_until()) {
            Until::NeverBegan => family.figure(&[], 0),
            Until::Second { unix_s } => family.figure(&[], unix_s),
            Until::Open => family.figure(&[], "+Inf"),
        };
        if let Some(clock) = preflight.clock {
            let help = "By how much recent phones say that the gate's clock is behind, at least.";
            text.family("clock_behind_seconds", Kind::Gauge, help).figure(&[], clock.behind_s);
            let help = "Phones that were asked for that, and whether they agree.";
            text.family("clock_phones", Kind::Gauge, help)
                .figure(&[("agree", "true")], clock.agreeing)
                .figure(&[("agree", "false")], clock.of.saturating_sub(clock.agreeing));
        }
    }

    fn about_memory(&self, text: &mut OpenMetrics, preflight: &Preflight) {
        let gauges = [
            (
                "used_codes",
                "Used codes and waiting cards that still count.",
                preflight.used_codes.entries,
            ),
            ("used_codes_capacity", "How many may be remembered.", self.capacity as usize),
            ("open_challenges", "Challenges that wait for an answer.", preflight.open_challenges),
        ];
        for (name, help, value) in gauges {
            text.family(name, Kind::Gauge, help).figure(&[], value);
        }
        let not_kept = self.not_kept();
        if self.keeper.is_some() {
            let help = "Whether the last state is on the disk.";
            text.family("state_kept", Kind::Gauge, help).figure(&[], u8::from(!not_kept.state));
        }
        if let Some(recorder) = &self.recorder {
            let help = "Whether all receipts are on the disk.";
            text.family("receipts_kept", Kind::Gauge, help)
                .figure(&[], u8::from(!not_kept.receipt));
            let help = "Receipts of the chain that are on the disk.";
            text.family("receipts", Kind::Counter, help).figure(&[], recorder.in_file().number);
            let help = "Receipts that wait for room on the disk.";
            text.family("receipts_waiting", Kind::Gauge, help).figure(&[], recorder.waiting());
            let help = "Scans that have no receipt.";
            text.family("scans_without_receipt", Kind::Counter, help)
                .figure(&[], recorder.without());
        }
        if let Some(is_up) = self.venue.is_up() {
            let help = "Whether the venue's store, or its shared folder, can be used.";
            text.family("venue_up", Kind::Gauge, help).figure(&[], u8::from(is_up));
        }
        if let Some(share) = &self.venue.share {
            let (heard, unheard) = share.gates();
            let help = "Other gates of the venue, and whether they are heard.";
            text.family("venue_gates", Kind::Gauge, help)
                .figure(&[("heard", "true")], heard)
                .figure(&[("heard", "false")], unheard);
        }
    }
}

fn about_lists(text: &mut OpenMetrics, preflight: &Preflight) {
    let documents = [
        ("roots", preflight.roots),
        ("trust_list", preflight.trust_list),
        ("catalogue", preflight.catalogue),
    ];
    let mut of_documents = |name: &str, help: &str, value: fn(&DocumentState) -> i64| {
        let mut family = text.family(name, Kind::Gauge, help);
        for (list, document) in &documents {
            if let Some(document) = document {
                family.figure(&[("list", list)], value(document));
            }
        }
    };
    let time = |name: &str| format!("list_{name}_timestamp_seconds");
    of_documents("list_number", "The edition in force.", |it| {
        i64::try_from(it.sequence).unwrap_or(i64::MAX)
    });
    of_documents(&time("issued"), "When it was made.", |it| it.issued_at_unix_s);
    of_documents(&time("due"), "When the next is due.", |it| it.next_update_unix_s);
    of_documents(&time("expires"), "When it ends.", |it| it.expires_unix_s);
    if let Some(index) = preflight.index {
        let help = "When the newest index was made.";
        text.family("index_issued_timestamp_seconds", Kind::Gauge, help)
            .figure(&[], index.issued_at_unix_s);
        let help = "When the next index is due.";
        text.family("index_due_timestamp_seconds", Kind::Gauge, help)
            .figure(&[], index.expires_unix_s);
    }
    let mut issuers: Vec<_> = preflight.status.iter().collect();
    issuers.sort_by_key(|status| status.oldest_unix_s);
    issuers.truncate(MAX_ISSUERS);
    let help = "Status lists of an issuer.";
    let mut family = text.family("status_lists", Kind::Gauge, help);
    for status in &issuers {
        family.figure(&[("issuer", &status.issuer)], status.lists);
    }
    let help = "When the oldest status list of an issuer was made.";
    let mut family = text.family("status_issued_timestamp_seconds", Kind::Gauge, help);
    for status in &issuers {
        if let Some(oldest) = status.oldest_unix_s {
            family.figure(&[("issuer", &status.issuer)], oldest);
        }
    }
    let help = "When the first status list of an issuer ends.";
    let mut family = text.family("status_expires_timestamp_seconds", Kind::Gauge, help);
    for status in &issuers {
        if let Some(first) = status.first_expires_unix_s {
            family.figure(&[("issuer", &status.issuer)], first);
        }
    }
}

fn about_changes(text: &mut OpenMetrics, figures: &Figures) {
    let mut counter = |name: &str, help: &str, count: u64| {
        text.family(name, Kind::Counter, help).figure(&[], count);
    };
    counter("lists_taken", "Lists that were taken.", figures.lists_taken);
    counter("lists_not_taken", "Lists that were not taken.", figures.lists_not_taken);
    let Some(tally) = &figures.fetches else { return };
    counter("fetches", "Fetches.", tally.fetches());
    counter("failed_fetches", "Fetches that did not bring everything.", tally.failed());
    let times = [
        ("fetched_timestamp_seconds", "When the last fetch ended.", tally.last_unix_s()),
        (
            "fetch_complete_timestamp_seconds",
            "When the last fetch ended that brought everything.",
            tally.complete_unix_s(),
        ),
    ];
    for (name, help, at) in times {
        if let Some(at) = at {
            text.family(name, Kind::Gauge, help).figure(&[], at);
        }
    }
}
