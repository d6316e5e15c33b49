//! OpenMetrics 1.0 as text.
//!
//! Only what older readers of Prometheus' text take as well is written: counters, gauges and
//! histograms, without time and without units. For these readers a counter has no type.

use std::fmt::{Display, Write};

/// What the figures of a family are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, from 0 when the process starts or from where its books stand.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How many were at most so large.
    Histogram,
}

/// A text that is being written, family by family.
#[derive(Debug)]
pub struct OpenMetrics {
    prefix: &'static str,
    text: String,
}

impl OpenMetrics {
    /// A text in which each name begins with `prefix`.
    pub fn new(prefix: &'static str) -> Self {
        OpenMetrics { prefix, text: String::new() }
    }

    /// Begins a family. `name` has no prefix and no suffix of its kind; `help` is one sentence.
    pub fn family(&mut self, name: &str, kind: Kind, help: &str) -> Family<'_> {
        let name = format!("{}_{name}", self.prefix);
        let of_kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        // Writing to a `String` cannot fail, here and below.
        let _ = writeln!(self.text, "# TYPE {name} {of_kind}\n# HELP {name} {}", escaped(help));
        Family { text: &mut self.text, name, kind }
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        self.text.push_str("# EOF\n");
        self.text
    }
}

/// The figures of one name.
#[derive(Debug)]
pub struct Family<'t> {
    text: &'t mut String,
    name: String,
    kind: Kind,
}

impl Family<'_> {
    /// A figure of a counter or gauge. One set of labels has one figure.
    pub fn figure(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let suffix = if self.kind == Kind::Counter { "_total" } else { "" };
        self.line(suffix, labels, value);
        self
    }

    /// Durations in seconds: for each bound how many took at most so long, how many there were,
    /// and their sum.
    pub fn histogram(
        &mut self,
        labels: &[(&str, &str)],
        buckets: impl IntoIterator<Item = (f64, u64)>,
        count: u64,
        sum: f64,
    ) {
        for (bound, within) in buckets {
            // The form that readers ask for: 1.0, and not 1.
            let bound = format!("{bound:?}");
            self.line("_bucket", &[labels, &[("le", &bound)]].concat(), within);
        }
        self.line("_bucket", &[labels, &[("le", "+Inf")]].concat(), count);
        self.line("_count", labels, count);
        self.line("_sum", labels, sum);
    }

    fn line(&mut self, suffix: &str, labels: &[(&str, &str)], value: impl Display) {
        let _ = write!(self.text, "{}{suffix}", self.name);
        for (place, (label, of_label)) in labels.iter().enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            let _ = write!(self.text, "{before}{label}=\"{}\"", escaped(of_label));
        }
        let _ = writeln!(self.text, "{} {value}", if labels.is_empty() { "" } else { "}" });
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('"', r#"\""#).replace('\n', r"\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_gauges_and_histograms_are_written_as_the_standard_says() {
        let mut text = OpenMetrics::new("x");
        text.family("scans", Kind::Counter, "Scans.").figure(&[("number", "402")], 7);
        text.family("fill", Kind::Gauge, "Fill.").figure(&[], 0.5);
        text.family("seconds", Kind::Histogram, "Time.").histogram(
            &[("of", "a")],
            [(0.5, 1), (1.0, 2)],
            3,
            4.5,
        );
        let expected = "# TYPE x_scans counter\n# HELP x_scans Scans.\n\
            x_scans_total{number=\"402\"} 7\n\
            # TYPE x_fill gauge\n# HELP x_fill Fill.\nx_fill 0.5\n\
            # TYPE x_seconds histogram\n# HELP x_seconds Time.\n\
            x_seconds_bucket{of=\"a\",le=\"0.5\"} 1\n\
            x_seconds_bucket{of=\"a\",le=\"1.0\"} 2\n\
            x_seconds_bucket{of=\"a\",le=\"+Inf\"} 3\n\
            x_seconds_count{of=\"a\"} 3\nx_seconds_sum{of=\"a\"} 4.5\n# EOF\n";
        assert_eq!(text.finish(), expected);
    }

    #[test]
    fn no_label_ends_its_line_or_its_quotes() {
        let mut text = OpenMetrics::new("x");
        text.family("a", Kind::Gauge, "A.").figure(&[("l", "\"} 9\nb 1 \\")], 1);
        let text = text.finish();
        assert!(text.contains(r#"x_a{l="\"} 9\nb 1 \\"} 1"#), "{text}");
        assert_eq!(text.lines().count(), 4);
    }
}
