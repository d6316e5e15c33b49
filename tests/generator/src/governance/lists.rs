//! Trust lists and catalogues: numbers, chains, and who signed what is in force.

use serde_json::{json, Value};

use super::{sign, time, Given, Governance, ACCEPTS, CATALOGUE, DAY, TRUST_LIST};
use crate::parts::{FixedKey, NOW};
use crate::steps::Sequence;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    [numbers(g), chains(g), replaced(g), ahead(g)].into_iter().flatten().collect()
}

fn numbers(g: &Governance<'_>) -> Vec<Sequence> {
    let one = |name, comment, taken: bool, number: Value| {
        let mut list = g.trust_list(2, 0);
        list["sequence"] = number.clone();
        let mut terms = g.catalogue(2, 0);
        terms["sequence"] = number;
        let documents = [
            ("trust_list", sign(TRUST_LIST, &list, &g.three())),
            ("catalogue", sign(CATALOGUE, &terms, &g.three())),
        ];
        let mut sequence = Sequence::new(name, comment);
        for (member, document) in documents {
            sequence = match taken {
                true => sequence.takes(member, document),
                false => sequence.rejects(member, document),
            };
        }
        match taken {
            true => sequence,
            false => sequence.takes("trust_list", g.trust_list_signed(2, 0)),
        }
    };
    vec![
        one("number_of_now", "the second of its own date, as a number", true, json!(NOW)),
        one("number_of_the_next_second", "one more", false, json!(NOW + 1)),
        one("number_of_tomorrow", "tomorrow's", false, json!(NOW + DAY)),
        one("number_2_53", "2^53", false, json!(1_u64 << 53)),
        one("number_2_64_less_1", "2^64 - 1", false, json!(u64::MAX)),
        one("number_negative", "a negative one", false, json!(-1)),
        one("number_text", "a text", false, json!("2")),
    ]
}

fn chains(g: &Governance<'_>) -> Vec<Sequence> {
    let list = |previous: Value, comment: &str| {
        let mut list = g.trust_list(2, 0);
        list["previous"] = previous;
        list["comment"] = json!(comment);
        sign(TRUST_LIST, &list, &g.three())
    };
    let before = super::hash(&g.trust_list_signed(1, -10 * DAY));
    vec![
        Sequence::new("previous", "the hash of the edition before it")
            .takes("trust_list", list(json!(before), "")),
        Sequence::new("previous_other", "of another one: a scanner does not ask, an auditor does")
            .takes("trust_list", list(json!("A".repeat(43)), "")),
        Sequence::new("previous_short", "of 31 bytes")
            .rejects("trust_list", list(json!("A".repeat(42)), "")),
        Sequence::new("previous_null", "a null").rejects("trust_list", list(Value::Null, "")),
        Sequence::new("fork", "two editions with one number, signed by three: the first stays")
            .takes("trust_list", list(json!(before), "one"))
            .rejects("trust_list", list(json!(before), "two"))
            .takes("trust_list", list(json!(before), "one"))
            .takes("trust_list", g.trust_list_signed(3, 0)),
    ]
}

/// What was signed by too few of the holders in force.
fn replaced(g: &Governance<'_>) -> Vec<Sequence> {
    let by = |sequence: u64, issued_s: i64, keys: &[&FixedKey]| {
        sign(TRUST_LIST, &g.trust_list(sequence, issued_s), keys)
    };
    let terms_by = |sequence: u64, issued_s: i64, keys: &[&FixedKey]| {
        sign(CATALOGUE, &g.catalogue(sequence, issued_s), keys)
    };
    let Governance { sh, js, zj, ah, .. } = g;
    let high = NOW as u64 - 3 * DAY as u64;
    // The second edition of the roots is dated a day ago.
    let stolen = by(high, -2 * DAY, &[sh, js, zj]);
    let three = [sh, js, ah];
    let walked = |name, comment, list: &str| {
        Sequence::new(name, comment)
            .takes("trust_list", list)
            .takes("roots", g.second_roots_signed())
            .accepted(g.jiangsu(7, ACCEPTS, 0))
    };
    vec![
        walked("replaced", "a lower number, dated since the roots", &stolen)
            .takes("trust_list", by(5, -DAY, &three))
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .rejects("trust_list", by(4, 0, &three)),
        walked("replaced_dated_before", "one dated a second before the roots", &stolen)
            .rejects("trust_list", by(5, -DAY - 1, &three)),
        walked("replaced_by_two", "nor one by two holders", &stolen)
            .rejects("trust_list", by(5, 0, &[sh, js])),
        walked("replaced_higher", "a higher number, whatever its date", &stolen)
            .takes("trust_list", by(high + 1, -2 * DAY, &three)),
        walked("not_replaced", "three of its signers are still holders: no lower number", {
            &by(high, -2 * DAY, &[sh, js, zj, ah])
        })
        .rejects("trust_list", by(5, 0, &three)),
        walked("replaced_played_back", "what was replaced does not come back", &stolen)
            .takes("trust_list", by(5, 0, &three))
            .rejects("trust_list", stolen.clone()),
        walked("replaced_same_again", "what is in force is taken again", &stolen)
            .takes("trust_list", stolen.clone()),
        walked("replaced_restart", "after a restart, too, and is replaced then", &stolen)
            .restart(false)
            .takes("trust_list", stolen.clone())
            .takes("catalogue", g.catalogue_signed(1, -10 * DAY))
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .takes("trust_list", by(5, -DAY, &three)),
        walked("replaced_restart_before", "or before it has come again", &stolen)
            .restart(false)
            .rejects("trust_list", by(5, -DAY - 1, &three))
            .takes("trust_list", by(5, -DAY, &three))
            .rejects("trust_list", stolen.clone()),
        walked("replaced_signed_again", "unless three who are holders sign it", &stolen)
            .takes("trust_list", by(high, -2 * DAY, &three))
            .rejects("trust_list", by(5, 0, &three)),
        Sequence::new("replaced_catalogue", "the same of a catalogue, with its threshold")
            .takes("catalogue", terms_by(high, -2 * DAY, &[sh, zj]))
            .takes("roots", g.second_roots_signed())
            .rejects("catalogue", terms_by(5, -DAY - 1, &[sh, js]))
            .takes("catalogue", terms_by(5, -DAY, &[sh, js])),
        Sequence::new(
            "not_replaced_before_the_walk",
            "under the old roots a low number is refused",
        )
        .takes("trust_list", stolen)
        .rejects("trust_list", by(5, 0, &three)),
    ]
}

/// A scanner without lists takes what is dated far ahead, and that is no mark.
fn ahead(g: &Governance<'_>) -> Vec<Sequence> {
    let far = 40 * DAY;
    let list = |sequence: u64, issued_s: i64| {
        let mut list = g.trust_list(sequence, issued_s);
        list["expires"] = time(NOW + 1_000 * DAY);
        sign(TRUST_LIST, &list, &g.three())
    };
    let begun = |name, comment| {
        Sequence::new(name, comment)
            .lists("nothing")
            .takes("trust_list", list(9, far))
            .takes("catalogue", g.catalogue_signed(1, -10 * DAY))
            .refused_saying(706, "behind_s", far, g.jiangsu(7, ACCEPTS, 0))
    };
    vec![
        begun("ahead_no_mark", "a lower number takes its place")
            .takes("trust_list", list(5, 0))
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .rejects("trust_list", list(9, far)),
        begun("ahead_no_mark_restart", "after a restart, too")
            .restart(false)
            .takes("trust_list", list(5, 0))
            .takes("catalogue", g.catalogue_signed(1, -10 * DAY))
            .accepted(g.jiangsu(7, ACCEPTS, 0)),
        begun("ahead_mark_when_near", "it is one as soon as its date is a day away")
            .rejects_at("trust_list", list(5, 0), far - DAY)
            .takes_at("trust_list", list(5, 0), far - DAY - 1),
        Sequence::new("ahead_by_a_day", "a day ahead it is one at once")
            .lists("nothing")
            .takes("trust_list", list(9, DAY))
            .rejects("trust_list", list(5, 0))
            .takes("trust_list", list(10, 0)),
    ]
}
