//! What docs/SPEC.md says, for the tests of the constants it states.
//!
//! Uses nothing else of the crate, and exists only in its tests.

use std::fmt::Display;

const SPEC: &str = include_str!("../docs/SPEC.md");

/// Fails unless the page contains each of these, however its lines are broken.
#[track_caller]
pub(crate) fn assert_says<const N: usize>(phrases: [&str; N]) {
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let page = joined(SPEC);
    for phrase in phrases {
        assert!(page.contains(&joined(phrase)), "docs/SPEC.md does not say: {phrase}");
    }
}

/// An integer as the page writes it: `65,536`.
pub(crate) fn number(value: impl Display) -> String {
    let digits = value.to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}
