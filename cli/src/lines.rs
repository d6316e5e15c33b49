//! Lines as scanners type them: whatever is in them, and however they end.
//!
//! Uses the library's limit of a text alone.

use std::io::{self, BufRead, ErrorKind};

use onecode::text::MAX_TEXT;
use onecode::{Refusal, Verdict};

/// Bytes of a line that are kept: one more than a text may have shows that it is too long.
const KEPT: usize = MAX_TEXT + 1;

/// A line without its end: of a long one only the beginning, and how long all of it was.
#[derive(Default)]
pub(crate) struct Line {
    bytes: Vec<u8>,
    length: usize,
}

impl Line {
    /// The line as text. A byte that is no UTF-8 is `?`, which no code has in it: whatever comes
    /// behind stays in its place.
    pub(crate) fn text(&self) -> String {
        let mut text = String::with_capacity(self.bytes.len());
        for chunk in self.bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(chunk.invalid().iter().map(|_| '?'));
        }
        text
    }

    /// The verdict on [`Line::text`] as that on the whole line: which is too long either way.
    pub(crate) fn judged(&self, mut verdict: Verdict) -> Verdict {
        if let Verdict::Refused(Refusal::TooLong { length, .. }) = &mut verdict {
            *length = self.length;
        }
        verdict
    }
}

/// A text that came in one piece.
impl From<String> for Line {
    fn from(text: String) -> Self {
        Line { length: text.len(), bytes: text.into_bytes() }
    }
}

/// Lines that end as on Unix, as on Windows, or with the lone carriage return that most scanners
/// send for the Enter key.
pub(crate) struct Lines<R> {
    input: R,
    /// A line feed that comes now belongs to the end of the last line.
    returned: bool,
    /// The last line of [`Lines::next_scan`] had something in it.
    scanned: bool,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn of(input: R) -> Self {
        Lines { input, returned: false, scanned: false }
    }

    /// The next line that a reader has typed. An empty one right behind another is the second
    /// half of a suffix that is set twice, and no scan; empty ones after that are.
    pub(crate) fn next_scan(&mut self) -> io::Result<Option<Line>> {
        loop {
            let line = self.next_line()?;
            let scanned = line.as_ref().is_some_and(|line| line.length > 0);
            if std::mem::replace(&mut self.scanned, scanned) && !scanned && line.is_some() {
                continue;
            }
            return Ok(line);
        }
    }

    /// The next line, or none when there will be no more.
    pub(crate) fn next_line(&mut self) -> io::Result<Option<Line>> {
        let mut line = Line::default();
        let mut begun = false;
        loop {
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                available => available?,
            };
            let Some(first) = available.first() else { return Ok(begun.then_some(line)) };
            if std::mem::take(&mut self.returned) && *first == b'\n' {
                self.input.consume(1);
                continue;
            }
            begun = true;
            let end = available.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            self.returned = end.is_some_and(|end| available[end] == b'\r');
            let part = &available[..end.unwrap_or(available.len())];
            line.length += part.len();
            let room = KEPT.saturating_sub(line.bytes.len());
            line.bytes.extend_from_slice(&part[..part.len().min(room)]);
            let consumed = part.len() + usize::from(end.is_some());
            self.input.consume(consumed);
            if end.is_some() {
                return Ok(Some(line));
            }
        }
    }
}
