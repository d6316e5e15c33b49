//! `onecode preflight`: what works until when, and the exit status that says so.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::path::Path;

use run::gate::{World, AT};
use run::{good, lines, onecode, with_input};
use serde_json::Value;

#[test]
fn preflight_says_what_works_until_when() {
    let world = World::new("preflight");
    let preflight = |more: &[&str]| {
        let arguments = ["preflight", "--world", &world.world];
        onecode(&[&arguments[..], more].concat())
    };
    let page = good(&preflight(&["--at", AT]));
    for expected in ["edition 1", "status cn-32", "ready", "Metro  works until"] {
        assert!(page.contains(expected), "{expected}: {page}");
    }
    let json: Value = serde_json::from_str(&good(&preflight(&["--at", AT, "--json"]))).unwrap();
    assert_eq!((&json["ready"], &json["catalogue"]["sequence"]), (&true.into(), &1.into()));
    assert_eq!(json["status"].as_array().unwrap().len(), 4);

    // The same of a gate that has lists and no region.
    let (roots, lists) = (format!("{}/roots.json", world.world), world.published(""));
    let of_gate = ["preflight", "--roots", &roots, "--lists", lists.to_str().unwrap()];
    assert_eq!(good(&onecode(&[&of_gate[..], &["--at", AT]].concat())), page);
    let nowhere = ["preflight", "--roots", &roots, "--lists", "no-such-folder", "--at", AT];
    assert_eq!(onecode(&nowhere).status.code(), Some(1));

    // Medical settlement wants lists of today; the metro does with old ones.
    let hours = |application: &str, hours: &str| {
        let arguments = ["--at", AT, "--application", application, "--hours", hours];
        preflight(&arguments).status.code()
    };
    assert_eq!(hours("medical.local", "22"), Some(0));
    assert_eq!(hours("medical.local", "24"), Some(1));
    assert_eq!(hours("transit.metro", "240"), Some(0));
    assert_eq!(hours("tourism.annual_pass", "0"), Some(1));
    assert_eq!(hours("9999", "0"), Some(1));
    let told = |arguments: &[&str]| {
        let output = preflight(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = told(&["--at", AT, "--application", "9999"]);
    assert!(unknown.contains("no catalogue in force has the application 9999"), "{unknown}");
    // Offered, and not here.
    let tram = ["--at", AT, "--application", "transit.tram", "--place"];
    good(&preflight(&[&tram[..], &["320500"]].concat()));
    let elsewhere = told(&[&tram[..], &["110000"]].concat());
    assert!(elsewhere.contains("offered at 110000"), "{elsewhere}");
    let line = run::bad(&preflight(&["--at", AT, "--state", "no-such-state"]));
    assert!(line.contains("no-such-state"), "{line}");

    let year = preflight(&["--at", "2027-11-25T08:00:00+08:00"]);
    assert_eq!(year.status.code(), Some(1));
    let told = String::from_utf8(year.stderr).unwrap();
    assert!(told.contains("trust-list/1.json: not taken: it expired"), "{told}");
    let page = String::from_utf8(year.stdout).unwrap();
    assert!(page.contains("MISSING") && page.contains("NOT READY"), "{page}");
    let status = Path::new(&world.world).join("published/status/cn-33/index.json");
    std::fs::remove_file(status).unwrap();
    let missing = preflight(&["--at", AT]);
    assert_eq!(missing.status.code(), Some(1));
    assert!(String::from_utf8(missing.stdout).unwrap().contains("status cn-33 MISSING"));

    // The memory of used codes is counted.
    let (codes, state) = (world.codes(3), world.state());
    lines(&with_input(&world.bus(&state), codes.join("\n").as_bytes()));
    let page = String::from_utf8(preflight(&["--at", AT, "--state", &state]).stdout).unwrap();
    assert!(page.contains("used codes   3 of 65536"), "{page}");
}
