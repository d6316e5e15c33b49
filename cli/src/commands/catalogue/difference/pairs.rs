//! Which entries of two documents are the same one, and which of their members are different.
//!
//! Uses nothing else of the command. What is compared is the JSON as it stands in the documents.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

/// Two entries that are one, before and after; or one alone. Each with its JSON.
pub(super) type Pair<'a, T> = (Option<(&'a T, &'a Value)>, Option<(&'a T, &'a Value)>);

/// The members of two objects that are different, by name, those that one of them lacks with null.
pub(super) fn different(before: &Value, after: &Value) -> Vec<(String, Value, Value)> {
    let empty = Map::new();
    let members = |value: &'_ Value| value.as_object().cloned().unwrap_or_else(|| empty.clone());
    let (before, after) = (members(before), members(after));
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let member = |of: &Map<String, Value>, name| of.get(name).cloned().unwrap_or(Value::Null);
    names
        .into_iter()
        .map(|name| (name.clone(), member(&before, name), member(&after, name)))
        .filter(|(_, before, after)| before != after)
        .collect()
}

/// The entries of an array, each with its JSON.
pub(super) fn entries<'a, T>(
    typed: &'a [T],
    document: &'a Value,
    array: &str,
) -> Vec<(&'a T, &'a Value)> {
    let json = document.get(array).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    typed.iter().zip(json).collect()
}

/// Finds which entries are the same one: by the first of the names that they have in common. Those
/// of the later document in its order, then those that are gone.
pub(super) fn pairs<'a, T>(
    before: Vec<(&'a T, &'a Value)>,
    after: Vec<(&'a T, &'a Value)>,
    names: &[&dyn Fn(&T) -> String],
) -> Vec<Pair<'a, T>> {
    let mut before: Vec<_> = before.into_iter().map(Some).collect();
    let mut found: Vec<_> = after.into_iter().map(|entry| (None, Some(entry))).collect();
    for name in names {
        let at: HashMap<String, usize> = before
            .iter()
            .enumerate()
            .filter_map(|(at, entry)| Some((name(entry.as_ref()?.0), at)))
            .collect();
        for (matching, entry) in &mut found {
            let wanted =
                entry.as_ref().filter(|_| matching.is_none()).map(|(entry, _)| name(entry));
            let at = wanted.and_then(|wanted| at.get(&wanted));
            if let Some(entry) = at.and_then(|at| before.get_mut(*at)) {
                *matching = entry.take();
            }
        }
    }
    found.extend(before.into_iter().flatten().map(|entry| (Some(entry), None)));
    found
}
