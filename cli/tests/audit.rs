//! An archive that somebody has tampered with: everything is named, and nothing ends the audit.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs;
use std::process::Output;

use run::gate::{World, AT};
use run::{folder, good, onecode};
use serde_json::Value;

fn audit(world: &World, more: &[&str]) -> (Option<i32>, Value) {
    let published = world.published("");
    let audit = ["audit", published.to_str().unwrap(), "--json", "--at", AT];
    let Output { status, stdout, stderr } = onecode(&[&audit[..], more].concat());
    assert!(stderr.is_empty(), "{}", String::from_utf8_lossy(&stderr));
    (status.code(), serde_json::from_slice(&stdout).unwrap())
}

/// The names of all problems, each with the file it is about.
fn problems(report: &Value) -> Vec<String> {
    let names = |of: &Value, file: &str| -> Vec<String> {
        let problems = of["problems"].as_array().unwrap().iter();
        problems.map(|problem| format!("{file} {}", problem["name"].as_str().unwrap())).collect()
    };
    let documents = report["documents"].as_array().unwrap().iter();
    let mut all: Vec<String> =
        documents.flat_map(|found| names(found, found["file"].as_str().unwrap())).collect();
    all.extend(names(report, "-"));
    all
}

#[test]
fn a_whole_archive_says_who_signed_what() {
    let world = World::new("audit_whole");
    let (status, report) = audit(&world, &[]);
    assert_eq!((status, &report["whole"]), (Some(0), &true.into()), "{report:#}");
    assert_eq!(problems(&report), [""; 0]);
    let trust_list = &report["documents"][1];
    assert_eq!(trust_list["kind"], "trust_list");
    assert_eq!(trust_list["holders"], serde_json::json!(["sh", "js", "zj"]));
    assert_eq!(trust_list["signatures"][0]["standing"], "counts");
    assert_eq!(report["roots_vouched_for"], false);
    // By what somebody believes, and by what is something else.
    let roots = format!("{}/roots.json", world.world);
    let (status, report) = audit(&world, &["--roots", &roots]);
    assert_eq!((status, &report["roots_vouched_for"]), (Some(0), &true.into()));
    let wrong = format!("sha256:{}", "0".repeat(64));
    let (status, report) = audit(&world, &["--roots", &wrong]);
    assert_eq!(status, Some(1));
    let found = problems(&report);
    assert!(found.contains(&"roots/1.json does_not_follow".into()), "{found:?}");
    assert!(found.contains(&"catalogue/1.json not_enough".into()), "{found:?}");
    assert!(run::bad(&onecode(&["audit", "nowhere"])).contains("nowhere"));
}

#[test]
fn each_thing_that_is_wrong_is_named() {
    let world = World::new("audit_wrong");
    // A fork of catalogue 2: the same three holders have signed two contents.
    let forked = world.published("catalogue/2-b.json");
    world.sign_next("catalogue");
    fs::rename(world.published("catalogue/2.json"), &forked).unwrap();
    let content = format!("{}/operator/catalogue.json", world.world);
    let json = fs::read_to_string(&content).unwrap();
    fs::write(&content, json.replacen("320500", "320800", 1)).unwrap();
    world.sign_next("catalogue");
    // A third with two signatures only, which is published all the same.
    for holder in ["sh", "js"] {
        good(&world.sign("catalogue", holder));
    }
    let in_making = format!("{}/signing/catalogue.json", world.world);
    fs::copy(in_making, world.published("catalogue/3.json")).unwrap();
    let (status, report) = audit(&world, &[]);
    assert_eq!(status, Some(1));
    let found = problems(&report);
    for expected in [
        "catalogue/2-b.json wrong_name",
        "catalogue/3.json not_enough",
        "index.json index_behind",
        "- fork",
    ] {
        assert!(found.contains(&expected.into()), "{expected}: {found:?}");
    }
    let fork = report["problems"][0]["text"].as_str().unwrap();
    assert!(fork.contains("catalogue 2") && fork.contains("all of them: js sh zj"), "{fork}");

    // The first catalogue is lost, and one of the second is left: the chain has a gap.
    fs::remove_file(world.published("catalogue/1.json")).unwrap();
    fs::remove_file(&forked).unwrap();
    // A file that is none, garbage, another kind, a document too large, names that would be obeyed.
    fs::write(world.published("trust-list/7.json"), "garbage").unwrap();
    fs::copy(world.published("roots/1.json"), world.published("trust-list/8.json")).unwrap();
    let large = fs::File::create(world.published("catalogue/9.json")).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    fs::write(world.published("catalogue/\u{1b}[2J\n.json"), "{}").unwrap();
    fs::create_dir(world.published("roots/4.json")).unwrap();
    // And a changed bit.
    let trust_list = world.published("trust-list/1.json");
    let json = fs::read_to_string(&trust_list).unwrap();
    let at = json.rfind("\"signature\":\"").unwrap() + 20;
    let changed = if &json[at..=at] == "A" { "B" } else { "A" };
    fs::write(&trust_list, [&json[..at], changed, &json[at + 1..]].concat()).unwrap();
    let (status, report) = audit(&world, &[]);
    assert_eq!(status, Some(1));
    let found = problems(&report);
    for expected in [
        "- missing",
        "trust-list/7.json unreadable",
        "trust-list/8.json wrong_folder",
        "catalogue/9.json unreadable",
        "catalogue/\\u{1b}[2J\\u{a}.json unreadable",
        "roots/4.json unreadable",
        "trust-list/1.json not_enough",
        "index.json not_here",
    ] {
        assert!(found.contains(&expected.into()), "{expected}: {found:?}");
    }
    // The text says the same, and obeys nothing.
    let published = world.published("");
    let text = onecode(&["audit", published.to_str().unwrap(), "--at", AT]);
    assert_eq!(text.status.code(), Some(1));
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.contains("NOT WHOLE") && !text.contains('\u{1b}'), "{text}");
    assert!(text.contains("that do not hold: 1"), "{text}");

    // Nothing is there.
    let empty = folder("audit_empty");
    let nothing = onecode(&["audit", empty.to_str().unwrap()]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(String::from_utf8(nothing.stdout).unwrap().contains("has no roots"));
}
