//! Lists that are wrong, missing or ahead, and clocks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::night::{minute, Night};
use crate::run;
use crate::run::gate::{number, Gate, AT};
use crate::run::{good, lines, onecode, with_input};

fn folders(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_wrong_list_is_published() {
    let night = Night::new("wrong_list");
    let file = Path::new(&night.0.world).join("operator/catalogue.json");
    let right = fs::read(&file).unwrap();
    night.change("catalogue.json", |catalogue| {
        catalogue["applications"].as_array_mut().unwrap().retain(|entry| entry["number"] != 101);
    });
    night.sign("catalogue", ["sh", "js", "zj"], &minute(1));
    night.publish(&minute(1));
    let keeps = |card: &str, at: &str| night.keeps(card, at);
    assert_eq!((night.metro("lin-yue", &minute(2)), keeps("lin-yue", &minute(2))), (705, 705));
    assert_eq!(night.refusals(705), Some(1));
    let [one, two] = [1, 2].map(|number| night.0.published(&format!("catalogue/{number}.json")));
    let diff = ["catalogue", "diff", one.to_str().unwrap(), two.to_str().unwrap()];
    assert!(String::from_utf8(onecode(&diff).stdout).unwrap().contains("transit.metro"));
    // No edition is taken back: the content of the one before gets the next number.
    fs::write(&file, right).unwrap();
    night.sign("catalogue", ["sh", "js", "zj"], &minute(3));
    assert!(night.publish(&minute(3)).contains("catalogue 3"));
    assert_eq!((night.metro("lin-yue", &minute(4)), keeps("lin-yue", &minute(4))), (0, 0));
    assert_eq!(night.figure("onecode_gate_list_number{list=\"catalogue\"}"), Some(3));
    // A status list that is wrong: the books are mended, and what follows says so.
    night.does(&["card", "suspend", "--card", "lin-yue"], &minute(5));
    assert_eq!((night.metro("lin-yue", &minute(6)), keeps("lin-yue", &minute(6))), (402, 402));
    night.does(&["card", "restore", "--card", "lin-yue"], &minute(7));
    assert_eq!((night.metro("lin-yue", &minute(8)), keeps("lin-yue", &minute(8))), (0, 0));
}

#[test]
fn the_clock_of_the_publisher_is_wrong() {
    let night = Night::new("publisher_clock");
    // Two days ahead. Who has lists goes on with them; a gate that begins has none.
    let at = minute(1);
    let mut gate = Gate::open(&night.0.arguments(&["--application", "101", "--at", &at]));
    let code = night.0.text("lin-yue", &at);
    assert_eq!(gate.number(&code), 0);
    night.publish("2026-11-27T08:00:00+08:00");
    std::thread::sleep(std::time::Duration::from_millis(5_200));
    assert_eq!(gate.number(&night.0.text("chen-jie", &at)), 0);
    let told = gate.close();
    assert!(told.contains("it is dated 172740 s ahead of this clock"), "{told}");
    let (refused, told) = night.gate("101", "lin-yue", &minute(2));
    assert_eq!((refused, night.refusals(710)), (710, Some(1)), "{told}");
    assert!(night.figure("onecode_gate_lists_not_taken_total").unwrap() > 0);
    // The publisher itself, with the right time, does not go back.
    let publish = ["publish", "--world", &night.0.world, "--at", &minute(3)];
    assert!(run::bad(&onecode(&publish)).contains("cn-31: the publication of"));
    // No gate took it, so it is taken away, index first.
    for issuer in folders(&night.0.published("status")) {
        fs::remove_file(issuer.join("index.json")).unwrap();
        for entry in folders(&issuer) {
            let name = entry.file_name().unwrap().to_str().unwrap().to_owned();
            match (name.starts_with("1795737600"), entry.is_dir()) {
                (true, true) => fs::remove_dir_all(entry).unwrap(),
                (true, false) => fs::remove_file(entry).unwrap(),
                _ => {}
            }
        }
    }
    night.publish(&minute(3));
    assert_eq!(night.metro("lin-yue", &minute(4)), 0);

    // An hour ahead: gates have taken it, and it stays until its time has come.
    night.publish(&minute(64));
    assert_eq!(night.metro("lin-yue", &minute(5)), 0);
    assert!(run::bad(&onecode(&publish)).contains("is not before"));
    night.publish(&minute(65));
    assert_eq!(night.metro("lin-yue", &minute(66)), 0);

    // A holder's machine whose clock is ahead: the next holder does not sign what it dated.
    night.does(&["sign", "catalogue", "--holder", "sh"], "2026-11-26T10:00:00+08:00");
    let sign = ["sign", "catalogue", "--world", &night.0.world, "--holder", "js"];
    let output = onecode(&[&sign[..], &["--at", &minute(67)]].concat());
    assert_eq!(output.status.code(), Some(2));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("ahead of this clock; 120 s are the most that is signed"), "{told}");
}

#[test]
fn gates_say_701() {
    let night = Night::new("701");
    let (roots, lists) = (format!("{}/roots.json", night.0.world), night.path("lists"));
    let published = night.0.published("").to_str().unwrap().to_owned();
    let gate = |at: &str| {
        let code = night.0.text("lin-yue", at);
        let gate = ["scan", "--roots", &roots, "--lists", &lists, "--application", "101"];
        let place = ["--place", "320500", "--at", at];
        number(&lines(&with_input(&[&gate[..], &place].concat(), code.as_bytes()))[0])
    };
    // Nothing has come: by a stick it does.
    fs::create_dir(&lists).unwrap();
    assert_eq!(gate(&minute(1)), 701);
    let preflight = ["preflight", "--roots", &roots, "--lists", &lists, "--at", &minute(1)];
    let page = String::from_utf8(onecode(&preflight).stdout).unwrap();
    assert!(page.contains("trust list   MISSING"), "{page}");
    let stick = night.path("stick");
    for [command, from, to] in [["mirror", &*published, &*stick], ["fetch", &*stick, &*lists]] {
        let copy = [command, from, "--to", to, "--roots", &roots, "--at", &minute(2)];
        good(&onecode(&copy));
    }
    assert_eq!(gate(&minute(3)), 0);
    // The list has ended: preflight says which, and the next edition helps.
    let end = "2027-05-24T09:00:00+08:00";
    night.does(&["card", "issue", "--issuer", "cn-31", "--name", "new"], end);
    assert_eq!(night.metro("new", end), 701);
    assert_eq!(night.refusals(701), Some(1));
    assert!(night.preflight(end).contains("trust list   MISSING"));
    night.sign("trust-list", ["sh", "js", "zj"], end);
    night.sign("catalogue", ["sh", "js", "zj"], end);
    night.publish(end);
    let (verdict, told) = night.gate("101", "new", end);
    assert_eq!((verdict, told.as_str()), (0, ""));
}

#[test]
fn gates_say_706() {
    let night = Night::new("706");
    let code = night.0.text("lin-yue", AT);
    // The battery of the board is empty.
    let (refused, told) = night.gate_for(&code, "101", "2026-11-20T08:00:00+08:00");
    assert_eq!((refused, night.refusals(706)), (706, Some(1)), "{told}");
    assert!(told.contains("this scanner's clock is wrong"), "{told}");
    assert_eq!(night.figure("onecode_gate_clock_timestamp_seconds"), Some(1_795_132_800));
    // Set right: no list has to come for that.
    assert_eq!(night.gate_for(&code, "101", AT), (0, String::new()));
}

#[test]
fn gates_suddenly_say_403() {
    let night = Night::new("403");
    assert_eq!(night.gate("302", "lin-yue", &minute(1)).0, 0);
    // The lists of one issuer are gone, and those of others are not.
    fs::remove_dir_all(night.0.published("status/cn-31")).unwrap();
    let code = night.0.text("lin-yue", &minute(2));
    let gate = night.0.arguments(&["--application", "302", "--at"]);
    let at = minute(2);
    let line = &lines(&with_input(&[&gate[..], &[&at]].concat(), code.as_bytes()))[0];
    assert_eq!((number(line), &line["facts"]["why"]), (403, &"none".into()));
    let page = night.preflight(&minute(2));
    assert!(page.contains("status cn-31 MISSING"), "{page}");
    assert!(page.contains("403 no_status_list, cards of cn-31"), "{page}");
    night.does(&["card", "publish", "--issuer", "cn-31"], &minute(3));
    assert_eq!(night.gate("302", "lin-yue", &minute(4)).0, 0);
    // Old: three days without lists are too long for books to be lent, and not for the metro.
    let next = "2026-11-28T08:30:00+08:00";
    let line = &lines(&with_input(
        &[&gate[..], &[next]].concat(),
        night.0.text("lin-yue", next).as_bytes(),
    ))[0];
    assert_eq!((number(line), &line["facts"]["why"]), (403, &"old".into()));
    assert_eq!(night.metro("lin-yue", next), 0);
    night.publish(next);
    assert_eq!(night.gate("302", "lin-yue", next).0, 0);
}
