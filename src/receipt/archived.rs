//! Which of many published status lists lead to the one that a scan looked at.
//!
//! Nothing is verified here: a replay does that. Specification: docs/SPEC.md section 19.

use super::ReceiptStatus;
use crate::lists::status::UnverifiedStatus;

/// Most deltas that follow each other.
const MAX_DELTAS: usize = 64;

struct List<'c> {
    issuer_id: &'c str,
    number: u16,
    issued_at_unix_s: i64,
    bytes: &'c [u8],
}

struct Delta<'c> {
    issuer_id: &'c str,
    from_unix_s: i64,
    to_unix_s: i64,
    bytes: &'c [u8],
}

/// The list itself; or all lists of an earlier time, since a delta is about all of them, and the
/// deltas from there in their order.
pub(super) fn leading_to<'c>(
    looked_at: &ReceiptStatus,
    published: impl IntoIterator<Item = &'c [u8]>,
) -> Option<Vec<&'c [u8]>> {
    let (mut lists, mut deltas) = (Vec::new(), Vec::new());
    for bytes in published {
        let Ok(unverified) = UnverifiedStatus::parse(bytes) else { continue };
        if unverified.key_id() != looked_at.signed_by {
            continue;
        }
        let (issuer_id, number) = (unverified.issuer_id(), unverified.number());
        match unverified.times() {
            Ok((None, issued_at_unix_s)) => {
                lists.push(List { issuer_id, number, issued_at_unix_s, bytes });
            }
            Ok((Some(from_unix_s), to_unix_s)) if from_unix_s < to_unix_s => {
                deltas.push(Delta { issuer_id, from_unix_s, to_unix_s, bytes });
            }
            _ => {}
        }
    }
    lists.sort_by_key(|list| list.number);
    let is_there = |issuer_id: &str, unix_s: i64| {
        lists.iter().any(|list| {
            let of_then = (list.issuer_id, list.issued_at_unix_s) == (issuer_id, unix_s);
            of_then && list.number == looked_at.number
        })
    };
    let to = looked_at.issued_at_unix_s;
    let itself = |list: &&List<'_>| list.number == looked_at.number && list.issued_at_unix_s == to;
    if let Some(list) = lists.iter().find(itself) {
        return Some(vec![list.bytes]);
    }
    let mut last = deltas.iter().filter(|delta| delta.to_unix_s == to);
    last.find_map(|last| {
        let issuer_id = last.issuer_id;
        let mut led = vec![last];
        loop {
            let from = led.last()?.from_unix_s;
            if is_there(issuer_id, from) {
                let base = lists
                    .iter()
                    .filter(|list| (list.issuer_id, list.issued_at_unix_s) == (issuer_id, from));
                let deltas = led.iter().rev().map(|delta| delta.bytes);
                return Some(base.map(|list| list.bytes).chain(deltas).collect());
            }
            let before = deltas
                .iter()
                .filter(|delta| (delta.issuer_id, delta.to_unix_s) == (issuer_id, from));
            // Time goes back with each of them, so this ends.
            led.push(before.max_by_key(|delta| is_there(issuer_id, delta.from_unix_s))?);
            if led.len() > MAX_DELTAS {
                return None;
            }
        }
    })
}
