//! What one gate tells another, put together by hand.

use serde_json::{json, Value};

use super::parts::{array, bytes, int, map, sha256, text, uint, NOW};
use super::sequences::{code_of, PASS_BACK, REFUSE, VENUE_KEY};
use super::steps::{scan, Sequence};
use super::world::World;

/// Name, time of the use, and for how long it matters.
type Entry = ([u8; 16], i64, i64);

/// A summary put together by hand: pieces that can each be wrong on purpose.
struct Summary {
    alg: i64,
    typ: &'static str,
    made_unix_s: i64,
    codes: Vec<Entry>,
    cards: Vec<Entry>,
    key: [u8; 32],
    tail: &'static [u8],
}

impl Summary {
    fn of(codes: &[Entry]) -> Self {
        Summary {
            alg: 5,
            typ: "application/onecode-used-codes+cwt",
            made_unix_s: NOW,
            codes: codes.to_vec(),
            cards: vec![],
            key: VENUE_KEY,
            tail: &[],
        }
    }

    fn encode(&self) -> Vec<u8> {
        let protected = map(&[(int(1), int(self.alg)), (int(16), text(self.typ))]);
        let entries = |entries: &[Entry]| {
            let entry = |(name, used, life): &Entry| {
                array(&[bytes(name), uint(*used as u64), uint(*life as u64)])
            };
            array(&entries.iter().map(entry).collect::<Vec<_>>())
        };
        let payload = map(&[
            (int(6), uint(self.made_unix_s as u64)),
            (int(-65_539), array(&[entries(&self.codes), entries(&self.cards)])),
        ]);
        let maced = array(&[text("MAC0"), bytes(&protected), bytes(&[]), bytes(&payload)]);
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.key);
        let tag = ring::hmac::sign(&key, &maced);
        let items = [bytes(&protected), map(&[]), bytes(&payload), bytes(tag.as_ref())];
        [array(&items), self.tail.to_vec()].concat()
    }
}

/// The name of the code of [`code_of`], from the formula.
fn name_of(status_index: u32, made_after_s: i64) -> [u8; 16] {
    let mut input = b"onecode code name\0".to_vec();
    input.extend((NOW + made_after_s).to_be_bytes());
    input.extend(status_index.to_be_bytes());
    input.extend(b"cn-32");
    sha256(&input)[..16].try_into().unwrap()
}

pub fn vectors(world: &World) -> Vec<Sequence> {
    let code = code_of(world, 7, 0);
    let entry = (name_of(7, 0), NOW, 180);
    let mut names = [entry, (name_of(8, 0), NOW, 180)];
    names.sort();
    let descending = [names[1], names[0]];
    // What a summary says that is not taken is not believed in part either.
    let refused = |name, comment, summary: Summary| {
        Sequence::new(name, comment)
            .summary(&summary.encode(), json!({ "taken": false }))
            .accepted(scan(&code, REFUSE))
    };
    let good = || Summary::of(&[entry]);
    vec![
        Sequence::new("summary_by_hand", "a summary of another implementation")
            .summary(&good().encode(), json!({ "taken": true, "new_codes": 1, "new_cards": 0 }))
            .refused_saying(601, "first_unix_s", NOW, scan(&code, REFUSE)),
        Sequence::new(
            "summary_lie",
            "a first use long before its end is told as 540 s before it, also after a restart",
        )
        .accepted(scan(&code, REFUSE))
        .summary(
            &Summary::of(&[(entry.0, NOW - 540, 540)]).encode(),
            json!({ "taken": true, "new_codes": 0, "new_cards": 0 }),
        )
        .restart(true)
        .refused_saying(601, "first_unix_s", NOW - 360, scan(&code, REFUSE))
        .merge(1, 1, 0)
        .refused_saying(601, "first_unix_s", NOW - 360, scan(&code, REFUSE).at_gate_2()),
        Sequence::new("summary_over", "an entry that is over brings nothing")
            .summary(
                &Summary::of(&[(entry.0, NOW - 500, 499)]).encode(),
                json!({ "taken": true, "new_codes": 0, "new_cards": 0 }),
            )
            .accepted(scan(&code, REFUSE)),
        Sequence::new("summary_as_old_as_can_be", "900 s and not more")
            .summary(
                &Summary { made_unix_s: NOW - 900, ..good() }.encode(),
                json!({ "taken": true, "new_codes": 1, "new_cards": 0 }),
            )
            .refused(601, scan(&code, REFUSE)),
        refused("summary_other_key", "of another venue", Summary { key: [7; 32], ..good() }),
        refused("summary_other_algorithm", "HMAC 256/64", Summary { alg: 4, ..good() }),
        refused(
            "summary_other_type",
            "another kind of thing",
            Summary { typ: "application/statuslist+cwt", ..good() },
        ),
        refused("summary_old", "a replay", Summary { made_unix_s: NOW - 901, ..good() }),
        refused(
            "summary_to_come",
            "of a gate that is far ahead",
            Summary { made_unix_s: NOW + 901, ..good() },
        ),
        refused(
            "summary_entry_to_come",
            "a code used in an hour",
            Summary::of(&[(entry.0, NOW + 3_600, 180)]),
        ),
        refused(
            "summary_entry_for_ever",
            "a code that never ends",
            Summary::of(&[(entry.0, NOW, 541)]),
        ),
        refused("summary_unsorted", "entries out of order", Summary::of(&descending)),
        refused("summary_double", "one entry twice", Summary::of(&[entry, entry])),
        refused("summary_trailing", "a byte behind it", Summary { tail: b"\0", ..good() }),
    ]
    .into_iter()
    .chain(waiting_cards(world))
    .collect()
}

/// The name of the card of [`code_of`] at [`PASS_BACK`] in Suzhou, from the formula.
fn name_here(status_index: u32) -> [u8; 16] {
    let mut input = b"onecode card here\0".to_vec();
    input.extend(PASS_BACK.to_be_bytes());
    input.extend(320_500_u32.to_be_bytes());
    input.extend(status_index.to_be_bytes());
    input.extend(b"cn-32");
    sha256(&input)[..16].try_into().unwrap()
}

/// Cards that wait for 300 s since a use at another gate, whose clock may be another one.
fn waiting_cards(world: &World) -> Vec<Sequence> {
    let (first, second) = (code_of(world, 7, 0), code_of(world, 7, 30));
    let code = |made_after_s| code_of(world, 7, made_after_s);
    let told = |made_after_s: i64, used_after_s: i64| Summary {
        made_unix_s: NOW + made_after_s,
        cards: vec![(name_here(7), NOW + used_after_s, 300)],
        ..Summary::of(&[])
    };
    let taken = |new_cards: usize| json!({ "taken": true, "new_codes": 0, "new_cards": new_cards });
    let refused = |name, comment, summary: Summary| {
        Sequence::new(name, comment)
            .summary(&summary.encode(), json!({ "taken": false }))
            .accepted(scan(&first, PASS_BACK))
    };
    let waits = |name, comment, summary: Summary, since_s: i64| {
        Sequence::new(name, comment)
            .summary(&summary.encode(), taken(1))
            .refused_saying(602, "seconds", since_s, scan(&first, PASS_BACK))
            .refused_saying(
                602,
                "seconds",
                299,
                scan(&code(299 - since_s), PASS_BACK).after(299 - since_s),
            )
            .accepted(scan(&code(300 - since_s), PASS_BACK).after(300 - since_s))
    };
    let full = {
        let mut names = [(name_of(7, 0), NOW, 180), (name_of(8, 0), NOW, 170)];
        names.sort();
        Summary::of(&names)
    };
    let capacity = |entries: u32| json!({ "do": "duplicate_capacity", "scanner": "gate 1", "entries": entries });
    let merge_on = json!({
        "do": "merge", "scanner": "gate 3", "from": "gate 2", "now_unix_s": NOW + 2,
    });
    let incomplete = "status_unknown+duplicates_unchecked";
    let eight = |made_after_s| code_of(world, 8, made_after_s);
    vec![
        waits("summary_card", "a card waits since its use at another gate", told(0, -100), 100),
        waits(
            "summary_card_clock_ahead",
            "the other clock is 80 s ahead: the age counts, not the time",
            told(80, -20),
            100,
        ),
        waits("summary_card_clock_behind", "or 80 s behind", told(-80, -180), 100),
        waits(
            "summary_card_to_come_there",
            "a use that lies ahead of the summary counts as now",
            told(0, 60),
            0,
        ),
        waits(
            "summary_card_replayed",
            "a summary that was held back: no later than 240 s after the time that it tells",
            told(-500, -500),
            260,
        ),
        Sequence::new("summary_card_replayed_late", "and so in the end it brings nothing")
            .summary(&told(-600, -600).encode(), taken(0))
            .accepted(scan(&first, PASS_BACK)),
        Sequence::new("summary_lifts_no_wait", "a use to come does not end a wait that is")
            .accepted(scan(&first, PASS_BACK))
            .summary(&told(400, 400).encode(), taken(0))
            .refused_saying(602, "seconds", 30, scan(&second, PASS_BACK).after(30))
            .refused_saying(602, "seconds", 299, scan(&code(299), PASS_BACK).after(299))
            .accepted(scan(&code(300), PASS_BACK).after(300)),
        Sequence::new("summary_earlier_use", "nor does an earlier one")
            .accepted(scan(&first, PASS_BACK))
            .summary(&told(0, -290).encode(), taken(0))
            .refused_saying(602, "seconds", 30, scan(&second, PASS_BACK).after(30)),
        Sequence::new("summary_card_restart", "what was told survives a restart")
            .summary(&told(80, -20).encode(), taken(1))
            .restart(true)
            .refused_saying(602, "seconds", 130, scan(&second, PASS_BACK).after(30)),
        Sequence::new(
            "merge_not_told_on",
            "a waiting card is told by the gate that saw it, no other",
        )
        .accepted(scan(&first, PASS_BACK))
        .merge(1, 1, 1)
        .step(merge_on, json!({ "taken": true, "new_codes": 1, "new_cards": 0 })),
        refused("summary_card_next_hour", "a card used in 901 s", told(0, 901)),
        refused("summary_card_of_yesterday", "or 87,301 s ago", told(0, -87_301)),
        refused(
            "summary_card_for_days",
            "a card that waits for more than a day",
            Summary { cards: vec![(name_here(7), NOW, 86_401)], ..Summary::of(&[]) },
        ),
        Sequence::new("summary_full", "codes fill half of a memory, and what is missing is said")
            .step(capacity(2), Value::Null)
            .summary(&full.encode(), json!({ "taken": false }))
            .accepted_with(incomplete, scan(&code_of(world, 9, 0), REFUSE))
            .accepted(scan(&code_of(world, 9, 1), REFUSE).after(1)),
        Sequence::new("summary_cards_make_way", "for what the gate sees itself")
            .step(capacity(2), Value::Null)
            .summary(&told(0, 0).encode(), taken(1))
            .accepted_with(incomplete, scan(&eight(0), PASS_BACK))
            .refused(602, scan(&eight(30), PASS_BACK).after(30)),
        Sequence::new(
            "set_back_card",
            "a clock that is set back: a card waits once more, from then",
        )
        .accepted(scan(&first, PASS_BACK))
        .refused_saying(602, "seconds", 0, scan(&code(-100), PASS_BACK).after(-100))
        .refused_saying(602, "seconds", 299, scan(&code(199), PASS_BACK).after(199))
        .accepted(scan(&code(200), PASS_BACK).after(200)),
    ]
}
