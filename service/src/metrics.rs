//! Figures for the control room, as OpenMetrics text. No label says who.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use onecode_operations::{Kind, OpenMetrics};

/// Upper bounds of durations, in seconds.
const BOUNDS_S: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1.0, 5.0];

/// A number that only grows.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }
}

/// What is not counted, but asked for when somebody wants the figures.
pub(crate) struct Standing {
    pub(crate) issuer: String,
    pub(crate) positions: u32,
    /// None while the books do not answer, as the next two.
    pub(crate) positions_given: Option<i64>,
    pub(crate) published_unix_s: Option<i64>,
    pub(crate) due_unix_s: Option<i64>,
}

/// Everything that is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    pub(crate) issued: Counter,
    pub(crate) renewed: Counter,
    pub(crate) moved: Counter,
    /// Reports of loss, and what staff did.
    pub(crate) events: Counter,
    pub(crate) publications: Counter,
    pub(crate) failed_publications: Counter,
    pub(crate) in_flight: AtomicI64,
    /// When the certificate of the service's own TLS ends. None without one.
    pub(crate) certificate_expires_unix_s: Option<i64>,
    /// By endpoint, status and number of the problem, 0 without one.
    answers: Mutex<BTreeMap<(String, u16, u16), u64>>,
    durations: Mutex<BTreeMap<String, Durations>>,
}

#[derive(Default)]
struct Durations {
    buckets: [u64; BOUNDS_S.len()],
    count: u64,
    sum: f64,
}

impl Metrics {
    /// An answer went out. `endpoint` is the path's pattern, never the path.
    pub(crate) fn answered(&self, endpoint: &str, status: u16, number: u16, took: Duration) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        *answers.entry((endpoint.to_owned(), status, number)).or_default() += 1;
        drop(answers);
        let took = took.as_secs_f64();
        let mut durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        let of_endpoint = durations.entry(endpoint.to_owned()).or_default();
        of_endpoint.count += 1;
        of_endpoint.sum += took;
        for (bound, bucket) in BOUNDS_S.iter().zip(&mut of_endpoint.buckets) {
            *bucket += u64::from(took <= *bound);
        }
    }

    /// OpenMetrics text.
    pub(crate) fn text(&self, standing: &Standing) -> String {
        let mut text = OpenMetrics::new("onecode_service");
        text.family("build_info", Kind::Gauge, "The version that runs, and for which issuer.")
            .figure(&[("version", env!("CARGO_PKG_VERSION")), ("issuer", &standing.issuer)], 1);
        let counters = [
            ("issued", "Credentials on new positions.", &self.issued),
            ("renewed", "Credentials renewed.", &self.renewed),
            ("moved", "Cards moved to another phone.", &self.moved),
            ("events", "Reports of loss, and changes by staff.", &self.events),
            ("publications", "Status lists published by this process.", &self.publications),
            ("failed_publications", "Publications that failed.", &self.failed_publications),
        ];
        for (name, help, counter) in counters {
            let count = counter.0.load(Ordering::Relaxed);
            text.family(name, Kind::Counter, help).figure(&[], count);
        }
        text.family("in_flight", Kind::Gauge, "Requests that are being served.")
            .figure(&[], self.in_flight.load(Ordering::Relaxed));
        let gauges = [
            (
                "published_timestamp_seconds",
                "When the newest status lists were published, by whichever process.",
                standing.published_unix_s,
            ),
            (
                "publication_due_timestamp_seconds",
                "When the next status lists are due.",
                standing.due_unix_s,
            ),
            (
                "positions_given",
                "Positions of the status lists that are taken, or with other processes.",
                standing.positions_given,
            ),
            ("positions", "Positions of the status lists.", Some(standing.positions.into())),
            (
                "certificate_expires_timestamp_seconds",
                "When the certificate of the service's own TLS ends.",
                self.certificate_expires_unix_s,
            ),
        ];
        for (name, help, value) in gauges {
            // What is not known has no figure: 0 would be one.
            if let Some(value) = value {
                text.family(name, Kind::Gauge, help).figure(&[], value);
            }
        }
        text.family("books_up", Kind::Gauge, "Whether the books answer.")
            .figure(&[], u8::from(standing.positions_given.is_some()));
        let mut of_answers =
            text.family("answers", Kind::Counter, "Answers by endpoint, status and problem.");
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        for ((endpoint, status, number), count) in answers.iter() {
            let (status, number) = (status.to_string(), number.to_string());
            let labels = [("endpoint", &**endpoint), ("status", &status), ("problem", &number)];
            of_answers.figure(&labels, count);
        }
        drop(answers);
        let mut seconds = text.family("seconds", Kind::Histogram, "How long answers took.");
        let durations = self.durations.lock().unwrap_or_else(PoisonError::into_inner);
        for (endpoint, it) in durations.iter() {
            let buckets = BOUNDS_S.into_iter().zip(it.buckets);
            seconds.histogram(&[("endpoint", endpoint)], buckets, it.count, it.sum);
        }
        drop(durations);
        text.finish()
    }
}
