//! How facts are inserted into sentences.

use crate::scan::Fact;

/// Replaces names in braces by facts, in one pass: braces inside a fact stay as they are. A name
/// without a fact is removed; `{-name}` is a number with its sign changed.
pub(super) fn fill(template: &str, facts: &[(&'static str, Fact)]) -> String {
    let mut text = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, (name, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        text.push_str(before);
        let (name, negated) = name.strip_prefix('-').map_or((name, false), |name| (name, true));
        if let Some((_, fact)) = facts.iter().find(|(fact, _)| *fact == name) {
            match fact {
                Fact::Number(number) if negated => {
                    text.push_str(&number.saturating_neg().to_string())
                }
                fact => text.push_str(&fact.to_string()),
            }
        }
        rest = after;
    }
    text.push_str(rest);
    text
}
