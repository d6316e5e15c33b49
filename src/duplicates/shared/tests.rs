//! What is asked of a store, and what its answers mean. The script itself runs in the command's
//! tests, where a store is.

use proptest::prelude::*;

use super::*;
use crate::duplicates::{CardHere, CodeName, PassBack};
use crate::spec::assert_says;

const NOW: i64 = 1_795_392_000;
const QUESTION: StoreQuestion = StoreQuestion([0x0a; 16]);

fn store() -> SharedStore {
    SharedStore::new(VenueKey::new([7; 32]))
}

fn code_use(now_unix_s: i64) -> CodeUse {
    CodeUse {
        code: CodeName([1; 16]),
        code_until_unix_s: NOW + 180,
        refuse_repeat: true,
        pass_back: None,
        now_unix_s,
    }
}

fn passing_back(now_unix_s: i64, wait_s: u32) -> CodeUse {
    let pass_back = Some(PassBack { card: CardHere([2; 16]), wait_s });
    CodeUse { pass_back, ..code_use(now_unix_s) }
}

/// A memory with this first digit, and of this age.
fn epoch(digit: char) -> String {
    format!("{}.{}.{}", digit.to_string().repeat(40), "b".repeat(40), "c".repeat(32))
}

fn answer(word: &str, ago_s: i64, now: i64, age_s: i64, digit: char) -> Vec<u8> {
    let since = now - age_s;
    format!("{word} {ago_s} {now} {since} {since} {}", epoch(digit)).into_bytes()
}

#[test]
fn the_names_in_a_store_say_nothing_without_the_venue_key() {
    let call = store().record(QUESTION, &passing_back(NOW, 300));
    let hash = |message: &[u8]| hex(&hmac(&[7; 32], message)[..16]);
    let venue = hash(b"onecode store venue\0");
    let code = [&b"onecode store code\0"[..], &[1; 16]].concat();
    let card = [&b"onecode store card\0"[..], &[2; 16]].concat();
    assert_eq!(
        call.keys,
        [
            format!("onecode:{{{venue}}}:beginning:{}", hash(b"onecode store beginning\0")),
            format!("onecode:{{{venue}}}:code:{}", hash(&code)),
            format!("onecode:{{{venue}}}:card:{}", hash(&card)),
        ]
    );
    // The example of the specification.
    let question = "0a".repeat(16);
    assert_says([
        &*call.keys[0],
        &*call.keys[1],
        &*call.keys[2],
        &format!("ARGV use {NOW} {question} \"\" 1 1 660 300 \"\""),
    ]);
    let other = SharedStore::new(VenueKey::new([8; 32])).record(QUESTION, &passing_back(NOW, 300));
    assert!(call.keys.iter().zip(other.keys).all(|(ours, theirs)| *ours != theirs));
    let now = NOW.to_string();
    let expected = ["use", &now, &question, "", "1", "1", "660", "300", ""];
    assert_eq!(call.arguments, expected);
    assert_eq!(store().look(QUESTION, NOW).arguments, ["look", &now, &question]);
    let back = store().take_back(QUESTION, &code_use(NOW), NOW + 1);
    assert_eq!(back.arguments, ["undo", &(NOW + 1).to_string(), &question]);
    assert_eq!(back.keys.len(), 2);
}

#[test]
fn what_a_store_knows_counts_from_its_first_second() {
    let mut store = store();
    let code = store.heard_of(&answer("code", 7, NOW, 0, 'a'), &code_use(NOW));
    assert_eq!(code, Ok(Earlier::Code { first_unix_s: NOW - 7 }));
    let card = store.heard_of(&answer("card", 8, NOW, 0, 'a'), &passing_back(NOW, 300));
    assert_eq!(card, Ok(Earlier::Card { last_unix_s: NOW - 8 }));
    // Nobody asked about a card.
    let unasked = store.heard_of(&answer("card", 8, NOW, 0, 'a'), &code_use(NOW));
    assert_eq!(unasked, Err(StoreProblem::Strange));
}

#[test]
fn what_a_store_does_not_know_counts_when_its_memory_is_old_enough() {
    for (wait_s, settle_s) in [(0, 540), (300, 540), (3_600, 3_600)] {
        let code_use = if wait_s == 0 { code_use(NOW) } else { passing_back(NOW, wait_s) };
        for (age_s, left_s) in [(settle_s, 0), (settle_s - 1, 1), (0, settle_s)] {
            let heard = store().heard_of(&answer("new", 0, NOW, age_s, 'a'), &code_use);
            let expected = match left_s {
                0 => Ok(Earlier::Nothing),
                left_s => Err(StoreProblem::Begun { until_unix_s: NOW + left_s }),
            };
            assert_eq!(heard, expected, "{wait_s} {age_s}");
        }
    }
    // One of the two clocks was set: the longer wait counts.
    let since = |by_store: i64, by_gates: i64| {
        let (store, gates) = (NOW - by_store, NOW - by_gates);
        format!("new 0 {NOW} {store} {gates} {}", epoch('a')).into_bytes()
    };
    let until = |left_s: i64| Err(StoreProblem::Begun { until_unix_s: NOW + left_s });
    assert_eq!(store().heard_of(&since(100_000, 40), &code_use(NOW)), until(500));
    assert_eq!(store().heard_of(&since(40, 100_000), &code_use(NOW)), until(500));
}

/// A stand-by that has run for months takes the place of the store: it knows nothing of today.
#[test]
fn another_memory_is_not_believed_before_a_code_of_the_old_one_has_ended() {
    let old = 1_000_000;
    let mut gate = store();
    assert_eq!(
        gate.heard_of(&answer("new", 0, NOW, old, 'a'), &code_use(NOW)),
        Ok(Earlier::Nothing)
    );
    let until = NOW + 10 + 540;
    let begun = Err(StoreProblem::Begun { until_unix_s: until });
    let other = |now: i64| answer("begun", 0, now, old, 'd');
    assert_eq!(gate.heard_of(&other(NOW + 10), &code_use(NOW + 10)), begun);
    // From now on it asks without recording, over a restart as well.
    let line = gate.to_line().unwrap();
    let mut restarted = store();
    assert!(restarted.resume(&line));
    for gate in [&mut gate, &mut restarted] {
        assert_eq!(gate.record(QUESTION, &code_use(until - 1)).arguments[5], "0");
        assert_eq!(
            gate.heard(&answer("look", 0, NOW + 20, old, 'd'), NOW + 20),
            Err(StoreProblem::Begun { until_unix_s: until })
        );
        assert_eq!(gate.record(QUESTION, &code_use(until)).arguments[5], "1");
        let heard = gate.heard_of(&answer("new", 0, until, old, 'd'), &code_use(until));
        assert_eq!(heard, Ok(Earlier::Nothing));
        // A card waits longer.
        assert_eq!(gate.record(QUESTION, &passing_back(until, 3_600)).arguments[5], "0");
    }
    // The gate's clock was a year ahead when it saw the change. It does not wait for a year.
    let mut gate = store();
    let ahead = NOW + 31_536_000;
    gate.heard(&answer("look", 0, ahead, old, 'a'), ahead).unwrap();
    gate.heard(&answer("look", 0, ahead, old, 'd'), ahead).unwrap_err();
    gate.heard(&answer("look", 0, NOW, old, 'd'), NOW).unwrap_err();
    assert_eq!(gate.heard(&answer("look", 0, NOW + 540, old, 'd'), NOW + 540), Ok(()));
}

#[test]
fn clocks_that_are_far_apart_are_no_answer() {
    for ahead_s in [-241, 241] {
        let clock = format!("clock 0 {}", NOW + ahead_s).into_bytes();
        let problem = Err(StoreProblem::Clock { ahead_s });
        assert_eq!(store().heard_of(&clock, &code_use(NOW)), problem);
        assert_eq!(store().heard(&clock, NOW), problem.map(|_| ()));
    }
    let near = answer("new", 0, NOW + 240, 1_000, 'a');
    assert_eq!(store().heard_of(&near, &code_use(NOW)), Ok(Earlier::Nothing));
    // It says "clock" about clocks that agree.
    let clock = format!("clock 0 {NOW}").into_bytes();
    assert_eq!(store().heard(&clock, NOW), Err(StoreProblem::Strange));
}

#[test]
fn what_is_not_an_answer_of_the_script_is_none() {
    let good = String::from_utf8(answer("new", 0, NOW, 1_000, 'a')).unwrap();
    assert_eq!(store().heard_of(good.as_bytes(), &code_use(NOW)), Ok(Earlier::Nothing));
    for bad in [
        String::new(),
        "new".to_owned(),
        good.replace("new", "NEW"),
        good.replace("new 0", "new -1"),
        good.replace("new 0", "new +1"),
        good.replace("new 0", "new "),
        good.replace("new 0", "new 99999999999999999999"),
        good.replace(" 0 ", "  0 "),
        good.clone() + " ",
        good.clone() + "0",
        good.replace('b', "B"),
        good.replace("look", "new"),
        good[..good.len() - 1].to_owned(),
        good.replace('.', " "),
        "new 0 1 1 1 ".to_owned() + &"a".repeat(300),
        good.replace("new", "undo"),
    ] {
        if bad != good {
            let heard = store().heard_of(bad.as_bytes(), &code_use(NOW));
            assert_eq!(heard, Err(StoreProblem::Strange), "{bad}");
        }
    }
    assert_eq!(store().heard_of(&[0xff; 8], &code_use(NOW)), Err(StoreProblem::Strange));
    for bad in ["", "-", "a.b.c -", &format!("{} x", epoch('a')), &format!("{} - -", epoch('a'))] {
        assert!(!store().resume(bad), "{bad}");
    }
}

#[test]
fn only_a_store_that_evicts_nothing_is_admitted() {
    let info = |policy: &str, role: &str| {
        format!("# Memory\r\nmaxmemory_policy:{policy}\r\n# Replication\r\nrole:{role}\r\n")
    };
    assert_eq!(SharedStore::admit(&info("noeviction", "master")), Ok(()));
    for policy in ["allkeys-lru", "volatile-ttl", "noeviction2", ""] {
        let evicts = Err(NotAdmitted::Evicts { policy: policy.into() });
        assert_eq!(SharedStore::admit(&info(policy, "master")), evicts);
    }
    assert_eq!(SharedStore::admit(&info("noeviction", "slave")), Err(NotAdmitted::Replica));
    assert_eq!(SharedStore::admit("role:master"), Err(NotAdmitted::Strange("maxmemory_policy")));
    assert_eq!(SharedStore::admit("x"), Err(NotAdmitted::Strange("role")));
}

proptest! {
    #[test]
    fn no_answer_panics_and_none_lifts_a_wait(
        bytes in prop::collection::vec(any::<u8>(), 0..300),
        word in "[a-z]{3,5}",
        numbers in prop::array::uniform4(-10_i64..400_000_000_000),
        now in any::<i64>(),
    ) {
        let mut gate = store();
        let _ = gate.heard_of(&bytes, &passing_back(now, 86_400));
        let [ago, time, since, gates] = numbers;
        let line = format!("{word} {ago} {time} {since} {gates} {}", epoch('a'));
        let heard = gate.heard_of(line.as_bytes(), &passing_back(NOW, 86_400));
        if heard == Ok(Earlier::Nothing) {
            prop_assert!(word == "new" && NOW - gates >= 86_400 && time - since >= 86_400);
        }
    }
}

#[test]
fn the_specification_states_what_is_here() {
    assert_says([
        "\"onecode store \" ‖ kind ‖ 00 ‖ name",
        &format!("{} s and the wait of the card", SharedStore::SETTLE_S),
        &format!("{MARGIN_S} s longer"),
        &format!("more than {APART_S} s apart"),
    ]);
    assert!(SharedStore::SCRIPT.starts_with("-- onecode: used codes of a venue, version 1."));
    // The script's own numbers.
    let script = SharedStore::SCRIPT;
    for (phrase, count) in [
        (format!("> {APART_S} then"), 1),
        (format!("wait + {MARGIN_S}"), 2),
        (format!("math.max({}, wait)", SharedStore::SETTLE_S), 1),
    ] {
        assert_eq!(script.matches(&phrase).count(), count, "{phrase}");
    }
}
