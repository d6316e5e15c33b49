//! What leaves the operator: figures of a month, and the evidence about one complaint.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::path::Path;
use std::process::Output;

use run::gate::{number, World, AT};
use run::{bad, good, lines, onecode, with_input};
use serde_json::{json, Value};

struct Operator {
    world: World,
    receipts: String,
}

impl Operator {
    fn new(name: &str) -> Self {
        let world = World::new(name);
        let receipts = world.folder.join("receipts.txt").to_str().unwrap().to_owned();
        Operator { world, receipts }
    }

    fn file(&self, name: &str) -> String {
        self.world.folder.join(name).to_str().unwrap().to_owned()
    }

    /// Verdicts of a bus at a time.
    fn scan(&self, at: &str, texts: &[&str]) -> Vec<u64> {
        let state = self.world.state();
        let mut arguments = self.world.bus(&state);
        let place = arguments.iter().position(|word| *word == AT).unwrap();
        arguments[place] = at;
        arguments.extend(["--receipts", &self.receipts, "--scanner", "cn-32.gate-1"]);
        lines(&with_input(&arguments, texts.join("\n").as_bytes())).iter().map(number).collect()
    }

    fn totals(&self, more: &[&str]) -> Output {
        let totals = ["receipts", "totals", "--world", &self.world.world, "--at", AT];
        onecode(&[&totals[..], more].concat())
    }

    fn totals_json(&self, more: &[&str]) -> Value {
        let output = self.totals(&[&["--json"], more, &[&*self.receipts]].concat());
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Puts the evidence about a receipt together.
    fn make(&self, receipt: &str, out: &str, more: &[&str]) -> Output {
        let make = ["receipts", "evidence", "make", "--world", &self.world.world, "--at", AT];
        let about = ["--receipt", receipt, "--out", out];
        onecode(&[&make[..], &about, more, &[&self.receipts]].concat())
    }

    fn check(&self, more: &[&str]) -> Output {
        let check = ["receipts", "evidence", "check", "--at", AT];
        onecode(&[&check[..], more].concat())
    }
}

fn codes(world: &World) -> Vec<String> {
    world.codes(12)
}

#[test]
fn a_month_is_counted_without_persons() {
    let operator = Operator::new("totals");
    let codes = codes(&operator.world);
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    // Midnight in China divides the months.
    operator.scan("2026-10-31T15:59:59Z", &["rubbish"]);
    assert_eq!(operator.scan(AT, &codes), [0; 12]);
    assert_eq!(operator.scan(AT, &[codes[0], codes[1], "https://example.cn"]), [601, 601, 110]);

    let exact = operator.totals_json(&["--exact", "--month", "2026-11"]);
    let month = &exact["months"][0];
    assert_eq!((&month["accepted"], &month["refused"]), (&12.into(), &3.into()));
    let refused = json!([
        { "number": 110, "reason": "foreign_code", "count": 1 },
        { "number": 601, "reason": "used_before", "count": 2 },
    ]);
    assert_eq!(month["refused_by_number"], refused);
    // Of Shanghai, as the key of the status list says; and the address has no card.
    let provinces = json!([
        { "province": null, "accepted": 0, "refused": 1, "handed_over": 0 },
        { "province": "310000", "accepted": 12, "refused": 2, "handed_over": 0 },
    ]);
    assert_eq!(month["by_province"], provinces);
    assert_eq!(month["by_application"][0]["application"], 102);
    assert_eq!(month["by_scanner"][0]["scanner"], "cn-32.gate-1");
    assert_eq!((&month["missing"], &month["begun_before"]), (&0.into(), &0.into()));

    // What is published has no figure of one.
    let published = operator.totals_json(&["--month", "2026-11"]);
    assert_eq!(published["rounded_down_to"], 5);
    let month = &published["months"][0];
    assert_eq!((&month["accepted"], &month["refused"]), (&10.into(), &"<5".into()));
    assert_eq!(month["refused_by_number"][0]["count"], "<5");
    let told = good(&operator.totals(&["--month", "2026-11", &operator.receipts]));
    assert!(told.contains("refused 601 used_before: fewer than 5"), "{told}");
    assert!(told.contains("cards of Shanghai: 10 accepted"), "{told}");
    let told = good(&operator.totals(&["--lang", "zh", &operator.receipts]));
    assert!(
        told.contains("2026-10") && told.contains("发卡地上海市：通过 10，拒绝 少于 5"),
        "{told}"
    );
    assert!(bad(&operator
        .totals(&["--month", "2026-13", &operator.receipts])
        .clone_with_one_line())
    .contains("2026-11"));
}

/// clap says what is wrong in several lines.
trait OneLine {
    fn clone_with_one_line(&self) -> Output;
}

impl OneLine for Output {
    fn clone_with_one_line(&self) -> Output {
        let text = String::from_utf8(self.stderr.clone()).unwrap();
        let line = text.lines().next().unwrap().replacen("error: ", "onecode: ", 1);
        Output { stderr: line.into_bytes(), ..self.clone() }
    }
}

#[test]
fn what_is_missing_is_told_and_nothing_is_counted_twice() {
    let operator = Operator::new("totals_missing");
    operator.scan(AT, &["a"; 9]);
    let text = std::fs::read_to_string(&operator.receipts).unwrap();
    let all: Vec<&str> = text.lines().collect();
    let write = |lines: &[&str]| {
        std::fs::write(&operator.receipts, lines.join("\n") + "\n").unwrap();
        operator.totals(&["--exact", &operator.receipts])
    };
    let told = |output: Output| {
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let gap = told(write(&[&all[..2], &all[5..]].concat()));
    assert!(gap.contains("6 refused") && gap.contains("missing: 3 receipts"), "{gap}");
    let damaged = told(write(&[&all[..2], &["garbage"][..], &all[3..]].concat()));
    assert!(damaged.contains("1 lines are no receipts") && damaged.contains("missing: 1 receipts"));
    let twice = write(&[&all[..4], &all[2..]].concat());
    assert!(good(&twice).contains("9 refused"), "{twice:?}");
    assert!(String::from_utf8_lossy(&twice.stderr).contains("2 receipts are there twice"));
    let late = good(&write(&all[4..]));
    assert!(late.contains("of 1 gates the first receipt here is not the first"), "{late}");
    // A gate that lost its state begins anew with number 0, and is counted all the same.
    write(&all);
    std::fs::rename(&operator.receipts, operator.file("first.txt")).unwrap();
    std::fs::remove_file(operator.world.state()).unwrap();
    operator.scan(AT, &["b"; 4]);
    let first = operator.file("first.txt");
    let anew = operator.totals(&["--exact", &first, &operator.receipts, &first]);
    let told = good(&anew);
    assert!(told.contains("13 refused") && told.contains("1 chains were begun anew"), "{told}");
    assert!(String::from_utf8_lossy(&anew.stderr).contains("9 receipts are there twice"));
    write(&all[4..]);
    // The same file twice, and of an empty one nothing.
    let both = operator.totals(&["--exact", &operator.receipts, &operator.receipts]);
    assert!(good(&both).contains("5 refused"), "{both:?}");
    std::fs::write(&operator.receipts, "").unwrap();
    assert!(good(&operator.totals(&[&operator.receipts])).contains("no receipts of that month"));
}

#[test]
fn one_complaint_goes_on_in_one_file() {
    let operator = Operator::new("evidence");
    let code = operator.world.text("lin-yue", AT);
    let code_file = operator.file("code.txt");
    std::fs::write(&code_file, format!("{code}\n")).unwrap();
    // Reported lost an hour ago, and published since.
    let suspend = ["card", "suspend", "--world", &operator.world.world, "--card", "lin-yue"];
    good(&onecode(&[&suspend[..], &["--at", AT]].concat()));
    let verdicts = operator.scan(AT, &["a", &code, "b", "c"]);
    assert_eq!(verdicts[1], 402, "{verdicts:?}");

    let out = operator.file("complaint.json");
    let told = good(&operator.make("1", &out, &["--text", &code_file]));
    assert!(told.contains("the gate judged rightly"), "{told}");
    assert!(told.contains("The province that issued the card ("), "{told}");
    let bundle: Value = serde_json::from_slice(&std::fs::read(&out).unwrap()).unwrap();
    assert_eq!(bundle["answers"]["who"], "card_issuer");
    assert_eq!((bundle["receipts"].as_array().unwrap().len(), &bundle["about"]), (3, &1.into()));
    assert_eq!(bundle["text"], code);
    // It is not written over.
    assert!(bad(&operator.make("1", &out, &[])).contains("is there already"));

    // Elsewhere there is the file, and the roots: nothing else of the region.
    let roots = operator.file("roots.json");
    std::fs::copy(Path::new(&operator.world.world).join("roots.json"), &roots).unwrap();
    std::fs::rename(&operator.world.world, operator.file("gone")).unwrap();
    let told = good(&operator.check(&["--roots", &roots, &out]));
    for expected in ["refused, 402 card_suspended", "judged rightly", "1 receipts before it and 1"]
    {
        assert!(told.contains(expected), "{expected}: {told}");
    }
    assert!(!told.contains("That the roots are those of the region"), "{told}");
    assert!(told.contains("Time and place"), "{told}");
    // Whoever names no roots is told that they are not proven.
    let told = good(&operator.check(&[&out]));
    assert!(told.contains("That the roots are those of the region"), "{told}");
    let told = good(&operator.check(&["--lang", "zh", &out]));
    assert!(told.contains("闸机判定正确") && told.contains("由发卡地（"), "{told}");

    // Without the text nothing is made again, and the exit status says so.
    std::fs::rename(operator.file("gone"), &operator.world.world).unwrap();
    let without = operator.file("without.json");
    good(&operator.make("1", &without, &[]));
    let output = operator.check(&["--roots", &roots, &without]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("without the text of the code"), "{told}");
    // The text of another code.
    let other = operator.file("other.txt");
    std::fs::write(&other, "OC1:other").unwrap();
    let elsewhere = operator.file("elsewhere.json");
    good(&operator.make("1", &elsewhere, &["--text", &other]));
    let told = String::from_utf8(operator.check(&["--roots", &roots, &elsewhere]).stdout).unwrap();
    assert!(told.contains("the receipt is for another text"), "{told}");
    // The region has erased the status lists of then; somebody has kept them.
    let (kept, late) = (operator.file("kept"), operator.file("late.json"));
    std::fs::rename(operator.world.published("status"), &kept).unwrap();
    let output = operator.make("1", &late, &["--text", &code_file]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("Say with --status"), "{output:?}");
    assert!(good(&output).contains("the receipt is for another status list"), "{output:?}");
    let late = operator.file("kept.json");
    let more = ["--text", &*code_file, "--status", &kept];
    assert!(good(&operator.make("1", &late, &more)).contains("judged rightly"));
    // What the operator answers.
    let rule = operator.file("rule.json");
    let told = good(&operator.make("0", &rule, &["--later", "3"]));
    assert!(told.contains("stands (Jiangsu) answers"), "{told}");
    assert!(bad(&operator.make("9", &operator.file("none.json"), &[])).contains("number 9"));
}

#[test]
fn a_hostile_file_is_refused_by_name() {
    let operator = Operator::new("evidence_hostile");
    let codes = operator.world.codes(1);
    operator.scan(AT, &["a", &codes[0], "b", "c"]);
    let (code, out) = (operator.file("code.txt"), operator.file("complaint.json"));
    std::fs::write(&code, &codes[0]).unwrap();
    good(&operator.make("1", &out, &["--text", &code]));
    let json = std::fs::read_to_string(&out).unwrap();
    let hostile = operator.file("hostile.json");
    let roots = Path::new(&operator.world.world).join("roots.json");
    let check = |bytes: &[u8]| {
        std::fs::write(&hostile, bytes).unwrap();
        bad(&operator.check(&["--roots", roots.to_str().unwrap(), &hostile]))
    };
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut bundle: Value = serde_json::from_str(&json).unwrap();
        change(&mut bundle);
        check(&serde_json::to_vec(&bundle).unwrap())
    };
    type Change<'c> = &'c dyn Fn(&mut Value);
    let cases: [(&str, Change, &str); 14] = [
        ("version", &|it| it["onecode_evidence"] = 2.into(), "newer than this software"),
        ("unknown", &|it| it["path"] = "../../etc/passwd".into(), "unknown field `path`"),
        ("a name", &|it| it["lists"][0]["name"] = "../x".into(), "unknown field `name`"),
        ("a kind", &|it| it["lists"][0]["kind"] = "../roots".into(), "unknown variant"),
        ("about", &|it| it["about"] = 7.into(), "no receipt at the place 7"),
        ("none", &|it| it["receipts"] = json!([]), "no receipt at the place 1"),
        ("moved", &|it| it["about"] = 0.into(), "another"),
        (
            "other receipts",
            &|it| it["receipts"].as_array_mut().unwrap().swap(0, 2),
            "the receipts: ",
        ),
        ("a hole", &|it| drop(it["receipts"].as_array_mut().unwrap().remove(1)), "receipts: "),
        ("a hash", &|it| it["lists"][1]["sha256"] = it["lists"][0]["sha256"].clone(), "hash"),
        ("twice", &|it| it["lists"][2] = it["lists"][1].clone(), "two lists of the kind"),
        (
            "taken out",
            &|it| it["lists"].as_array_mut().unwrap().retain(|it| it["kind"] != "catalogue"),
            "no list of the kind catalogue",
        ),
        ("province", &|it| it["answers"]["province"] = "x".into(), "not an evidence bundle"),
        ("who", &|it| it["answers"] = json!({ "who": "card_issuer" }), "another province"),
    ];
    for (name, change, expected) in cases {
        if name == "moved" {
            // Another receipt of the chain: the text is not its own.
            let mut bundle: Value = serde_json::from_str(&json).unwrap();
            change(&mut bundle);
            std::fs::write(&hostile, serde_json::to_vec(&bundle).unwrap()).unwrap();
            let output = operator.check(&["--roots", roots.to_str().unwrap(), &hostile]);
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            assert!(String::from_utf8(output.stdout).unwrap().contains(expected));
            continue;
        }
        let told = changed(change);
        assert!(told.contains(expected), "{name}: {told}");
    }
    // A list of another edition, whole and signed.
    operator.world.sign_next("catalogue");
    let next = std::fs::read(operator.world.published("catalogue/2.json")).unwrap();
    let told = changed(&|it| {
        use base64::Engine;
        use sha2::Digest;
        let lists = it["lists"].as_array_mut().unwrap();
        let catalogue = lists.iter_mut().find(|it| it["kind"] == "catalogue").unwrap();
        let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
        catalogue["content"] = engine.encode(&next).into();
        catalogue["sha256"] = engine.encode(sha2::Sha256::digest(&next)).into();
    });
    assert!(told.contains("about another list of the kind catalogue"), "{told}");
    // What is quoted of it moves no cursor and has an end.
    let told = changed(&|it| it["\u{1b}[2J\u{7}".repeat(10_000).as_str()] = 1.into());
    assert!(told.contains("unknown field") && told.len() < 2_000, "{}", told.len());
    assert!(!told.trim_end().contains(char::is_control), "{told:?}");
    // Cut short anywhere.
    for at in [0, 1, 100, json.len() / 2, json.len() - 3] {
        assert!(check(&json.as_bytes()[..at]).contains("not an evidence bundle"), "{at}");
    }
    assert!(check(format!("{json}{{}}").as_bytes()).contains("not an evidence bundle"));
    // A gigabyte that takes no room on the disk, and no memory here.
    let file = std::fs::File::create(&hostile).unwrap();
    file.set_len(1 << 30).unwrap();
    let line = bad(&operator.check(&[&hostile]));
    assert!(line.contains("more than 33554432 bytes"), "{line}");
    // The roots of somebody else.

    good(&onecode(&["sandbox", &operator.file("w2"), "--seed", "8", "--at", AT]));
    let foreign = Path::new(&operator.file("w2")).join("roots.json");
    std::fs::write(&hostile, &json).unwrap();
    let line = bad(&operator.check(&["--roots", foreign.to_str().unwrap(), &hostile]));
    assert!(line.contains("the roots are others than those trusted here"), "{line}");

    say!("{} hostile files are refused, each by its name", cases.len() + 9);
}
