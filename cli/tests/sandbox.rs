//! The practice region: what is made, that every role can be played in it, and that it can be
//! made again.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::collections::BTreeMap;
use std::path::Path;

use run::{bad, folder, good, lines, onecode, with_input};
use serde_json::Value;

const AT: &str = "2026-11-25T08:00:00+08:00";
const SUZHOU: &str = "320500";

/// A region made from a seed, and a way to play in it at one time.
struct Region {
    world: String,
    at: &'static str,
}

impl Region {
    fn new(name: &str) -> Self {
        let world = folder(name).join("w").to_str().unwrap().to_owned();
        good(&onecode(&["sandbox", &world, "--seed", "7", "--at", AT]));
        Region { world, at: AT }
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        Path::new(&self.world).join(path)
    }

    fn run(&self, command: &[&str], more: &[&str]) -> std::process::Output {
        onecode(&[command, &["--world", &self.world, "--at", self.at], more].concat())
    }

    fn text(&self, arguments: &[&str]) -> String {
        good(&self.run(&["show", "--text"], arguments))
    }

    fn scan(&self, text: &str, application: &str, more: &[&str]) -> Value {
        let arguments = ["scan", "--world", &self.world, "--at", self.at];
        let arguments =
            [&arguments[..], &["--application", application, "--place", SUZHOU], more].concat();
        let mut lines = lines(&with_input(&arguments, text.as_bytes()));
        assert_eq!(lines.len(), 1);
        lines.remove(0)
    }

    fn metro(&self, card: &str) -> Value {
        self.scan(&self.text(&["--card", card]), "transit.metro", &[])
    }
}

fn number(line: &Value) -> u64 {
    match line["verdict"].as_str() {
        Some("accepted") => 0,
        Some("refused") => line["number"].as_u64().unwrap(),
        _ => panic!("{line}"),
    }
}

/// Every file of a folder, by its path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.to_str().unwrap().to_owned(), std::fs::read(&path).unwrap());
        }
    }
    found
}

#[test]
fn the_same_seed_makes_the_same_region() {
    let place = folder("seeds");
    let make = |name: &str, arguments: &[&str]| {
        let world = place.join(name);
        good(&onecode(&[&["sandbox", world.to_str().unwrap(), "--at", AT], arguments].concat()));
        files(&world)
            .into_iter()
            .map(|(path, bytes)| (path.replace(world.to_str().unwrap(), ""), bytes))
            .filter(|(path, _)| path != "/README.txt") // It names the folder.
            .collect::<BTreeMap<_, _>>()
    };
    let first = make("first", &["--seed", "7"]);
    assert!(first.len() > 40, "{:?}", first.keys());
    assert_eq!(first, make("second", &["--seed", "7"]));
    let keys = |files: &BTreeMap<String, Vec<u8>>| {
        files
            .iter()
            .filter(|(path, _)| path.ends_with(".pem"))
            .map(|(_, pem)| pem.clone())
            .collect::<Vec<_>>()
    };
    let others = [make("eight", &["--seed", "8"]), make("own", &[]), make("another", &[])];
    for (at, other) in others.iter().enumerate() {
        let taken = keys(other);
        assert!(keys(&first).iter().all(|key| !taken.contains(key)), "{at}");
    }
    assert!(keys(&others[1]).iter().all(|key| !keys(&others[2]).contains(key)));
}

#[test]
fn everything_is_readable_and_keys_are_their_owners() {
    let region = Region::new("readable");
    for (path, bytes) in files(Path::new(&region.world)) {
        if path.ends_with(".cwt") {
            continue;
        }
        let text = String::from_utf8(bytes).unwrap();
        // What is installed as it is has nothing behind it; all else is text with lines.
        let is_signed = path.ends_with(".json")
            && (path.contains("/published/") || path.ends_with("/roots.json"));
        assert!(text.ends_with('\n') != is_signed, "{path}");
        assert!(!text.contains('\0'), "{path}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
            assert!(!path.ends_with(".pem") || mode == 0o600, "{path}");
        }
        if path.ends_with(".pem") {
            assert!(good(&onecode(&["key", &path])).contains("BEGIN PUBLIC KEY"), "{path}");
        }
    }
    let read_me = std::fs::read_to_string(region.path("README.txt")).unwrap();
    for name in ["lin-yue", "no live scanner trusts it", "onecode show --world", "published/"] {
        assert!(read_me.contains(name), "{name}");
    }
}

/// The README's walk, which is run word for word, is what the sandbox prints.
#[test]
fn the_walk_is_that_of_the_readme() {
    let place = folder("walk");
    let made = run::command().args(["sandbox", "w"]).current_dir(&place).output().unwrap();
    let printed = good(&made);
    let walk = printed.split_once("Try this:\n\n").unwrap().1;
    assert!(walk.contains("onecode show --world w --card lin-yue\n"), "{walk}");
    let read_me = include_str!("../../README.md");
    assert!(read_me.contains(walk), "{walk}");
    let of_folder = std::fs::read_to_string(place.join("w/README.txt")).unwrap();
    assert!(of_folder.ends_with(walk));
    // In another folder, with its name, quoted for the shell.
    let other = place.join("it's a place");
    let printed = good(&onecode(&["sandbox", other.to_str().unwrap()]));
    assert!(printed.contains(r"it'\''s a place' --card lin-yue"), "{printed}");
    assert!(!printed.contains("--world w "), "{printed}");
}

/// Each card and what a metro gate in Suzhou and a hospital in Suzhou say to it.
#[test]
fn each_card_has_its_verdict() {
    let region = Region::new("verdicts");
    let table = [
        ("lin-yue", 0, 0),
        ("zhou-guilan", 509, 0),
        ("wang-fang", 0, 503),
        ("chen-jie", 0, 0),
        ("zhang-wei", 402, 402),
        ("shi-fan", 404, 404),
        ("liu-yang", 0, 503),
        ("zhao-min", 401, 401),
        ("yang-li", 0, 503),
        ("sun-hao", 509, 503),
        ("huang-lei", 0, 0),
        ("wu-qiang", 503, 503),
    ];
    for (card, metro, hospital) in table {
        assert_eq!(number(&region.metro(card)), metro, "{card} at the metro");
        let text = region.text(&["--card", card, "--application", "medical.local"]);
        assert_eq!(number(&region.scan(&text, "medical.local", &[])), hospital, "{card}");
    }
    let mother = region.scan(&region.text(&["--card", "zhou-guilan"]), "transit.bus", &[]);
    assert_eq!((number(&mother), &mother["delegate"]), (0, &Value::from(true)));
    let practice = region.text(&["--card", "shi-fan"]);
    let practice = region.scan(&practice, "transit.metro", &["--specimens"]);
    assert_eq!((number(&practice), &practice["specimen"]), (0, &Value::from(true)));
    // The phone does not make a code that every gate refuses.
    let expired = bad(&region.run(&["show", "--text"], &["--card", "xu-na"]));
    assert!(expired.contains("expired on 2026-11-24"), "{expired}");
}

#[test]
fn a_challenge_is_asked_and_answered() {
    let region = Region::new("challenge");
    let show = |challenge: &[&str]| {
        let subsidy = ["--card", "yang-li", "--application", "finance.subsidy"];
        region.text(&[&subsidy[..], challenge].concat())
    };
    let asked = ["--challenge", "0123456789abcdef"];
    let scan = |text: &str, challenge: &[&str]| region.scan(text, "finance.subsidy", challenge);
    assert_eq!(number(&scan(&show(&asked), &asked)), 0);
    assert_eq!(number(&scan(&show(&[]), &asked)), 507);
    assert_eq!(number(&scan(&show(&["--challenge", "0123456789abcdee"]), &asked)), 508);
    // As a scanner shows it to be typed.
    let typed = ["--challenge", "0TYP-ed42"];
    assert_eq!(number(&scan(&show(&typed), &["--challenge", "OtypeD42"])), 0);
    for wrong in ["012", "0123", "xyzw567890", "00112233445566778899aabbccddeeff00", "０１２３４"]
    {
        let output = region.run(&["show"], &["--card", "yang-li", "--challenge", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn the_phone_picks_the_card() {
    let region = Region::new("picks");
    let pick = |phone: &str, application: &str, place: &str| {
        let arguments = ["--phone", phone, "--application", application, "--place", place];
        region.run(&["show", "--text"], &arguments)
    };
    let told = |output: &std::process::Output| String::from_utf8(output.stderr.clone()).unwrap();
    let own = pick("lin-yue", "medical.local", "340100");
    assert!(told(&own).contains("林月"), "{}", told(&own));
    assert_eq!(number(&region.scan(&good(&own), "medical.local", &[])), 0);
    // The child's card is the one with the museums.
    let child = pick("yang-li", "culture.museum", "330100");
    assert!(told(&child).contains("孙浩"), "{}", told(&child));
    let none = pick("yang-li", "medical.offsite", SUZHOU);
    assert_eq!(none.status.code(), Some(2));
    for reason in ["No card in this phone", "杨丽: ", "孙浩: "] {
        assert!(told(&none).contains(reason), "{}", told(&none));
    }
    assert!(!told(&none).contains("without"), "{}", told(&none));
    let more = ["--phone", "yang-li", "--application", "medical.offsite", "--place", SUZHOU];
    let none = region.run(&["show", "--text", "--lang", "zh"], &more);
    for reason in ["杨丽：这张卡还没有开通：异地就医备案。", "孙浩："] {
        assert!(told(&none).contains(reason), "{}", told(&none));
    }
    // A card that was named is shown all the same, with a word of warning.
    let arguments = ["--card", "wu-qiang", "--application", "transit.metro", "--place", SUZHOU];
    let warned = region.run(&["show", "--text"], &arguments);
    assert!(told(&warned).contains("a gate will not take this"), "{}", told(&warned));
    assert!(good(&warned).starts_with("OC1:"));
}

#[test]
fn an_issuer_has_its_day() {
    let mut region = Region::new("issuer");
    let card = |region: &Region, event: &str, name: &str| {
        good(&region.run(&["card", event], &["--card", name]))
    };
    assert_eq!(number(&region.metro("lin-yue")), 0);
    region.at = "2026-11-25T08:01:00+08:00";
    assert!(card(&region, "suspend", "lin-yue").contains("suspended"));
    assert_eq!(number(&region.metro("lin-yue")), 402);
    region.at = "2026-11-25T08:02:00+08:00";
    card(&region, "restore", "lin-yue");
    assert_eq!(number(&region.metro("lin-yue")), 0);
    region.at = "2026-11-25T08:03:00+08:00";
    let old = region.text(&["--card", "lin-yue"]);
    assert!(card(&region, "replace", "lin-yue").contains("1000 revoked"));
    assert_eq!(number(&region.scan(&old, "transit.metro", &[])), 401);
    assert_eq!(number(&region.metro("lin-yue")), 0);
    region.at = "2026-11-25T08:04:00+08:00";
    card(&region, "revoke", "lin-yue");
    assert_eq!(number(&region.metro("lin-yue")), 401);
    // Once more is no mistake: perhaps the lists could not be written the first time.
    let list = region.path("published/status/cn-31/index.json");
    std::fs::remove_file(&list).unwrap();
    card(&region, "revoke", "lin-yue");
    assert!(list.is_file());
    for event in ["restore", "suspend"] {
        let line = bad(&region.run(&["card", event], &["--card", "lin-yue"]));
        assert!(line.contains("card replace"), "{line}");
    }

    let issue = |name: &str, more: &[&str]| {
        let arguments = ["--issuer", "cn-32", "--name", name];
        region.run(&["card", "issue"], &[&arguments[..], more].concat())
    };
    good(&issue("qian-wei", &["--entitlements", "transit", "--region", "320506"]));
    assert_eq!(number(&region.metro("qian-wei")), 0);
    bad(&issue("qian-wei", &[]));
    good(&issue("no-transit", &["--entitlements", ""]));
    assert_eq!(number(&region.metro("no-transit")), 503);
    let line = bad(&issue("bad", &["--entitlements", "flying"]));
    assert!(line.contains("transit"), "{line}");
    bad(&issue("bad", &["--window", "0"]));
    bad(&issue("../bad", &[]));
    assert!(!region.path("cards/bad.json").exists(), "nothing half done");
    assert!(!region.path("phones/bad.pem").exists(), "nothing half done");
    // A region that the issuer may not sign for: the gate says so.
    good(&issue("elsewhere", &["--region", "330100"]));
    assert_eq!(number(&region.metro("elsewhere")), 202);
}

/// Several clerks at once: each card has a position of its own, and no change is lost.
#[test]
fn clerks_do_not_undo_each_other() {
    let region = Region::new("clerks");
    let at_once = |commands: &[Vec<&str>]| {
        let world = ["--world", &region.world, "--at", AT];
        let children: Vec<_> = commands
            .iter()
            .map(|command| {
                run::command()
                    .args([&command[..], &world].concat())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for child in children {
            good(&child.wait_with_output().unwrap());
        }
    };
    let names: Vec<String> = (0..6).map(|number| format!("clerk-{number}")).collect();
    let issue = |name| vec!["card", "issue", "--issuer", "cn-31", "--name", name];
    at_once(&names.iter().map(|name| issue(name)).collect::<Vec<_>>());
    let mut positions: Vec<u64> = names
        .iter()
        .map(|name| {
            let card = std::fs::read(region.path(&format!("cards/{name}.json"))).unwrap();
            serde_json::from_slice::<Value>(&card).unwrap()["status_index"].as_u64().unwrap()
        })
        .collect();
    positions.sort();
    positions.dedup();
    assert_eq!(positions.len(), names.len());
    let suspend = |name| vec!["card", "suspend", "--card", name];
    at_once(&names.iter().map(|name| suspend(name)).collect::<Vec<_>>());
    assert!(names.iter().all(|name| number(&region.metro(name)) == 402));
}

#[test]
fn three_of_five_holders_sign_a_list() {
    let region = Region::new("operator");
    let catalogue = region.path("operator/catalogue.json");
    let published = region.path("published/catalogue/2.json");
    let in_making = region.path("signing/catalogue.json");
    let sign =
        |document: &str, holder: &str| region.run(&["sign", document], &["--holder", holder]);
    let change = |from: &str, to: &str| {
        let json = std::fs::read_to_string(&catalogue).unwrap();
        assert!(json.contains(from), "{from}");
        std::fs::write(&catalogue, json.replacen(from, to, 1)).unwrap();
    };
    // What no scanner would take is not signed.
    change("\"transit\"\n", "\"levitation\"\n");
    assert!(bad(&sign("catalogue", "sh")).contains("levitation"));
    assert!(!in_making.exists());
    change("\"levitation\"\n", "\"transit\"\n");
    // The metro no longer runs in Suzhou. One province signs, and a gate says what that is worth.
    change("320500", "320800");
    let told = good(&sign("catalogue", "sh"));
    assert!(told.contains("1 of the 3 holders that must sign it have signed (sh)"), "{told}");
    assert!(told.contains("no scanner takes it") && !published.exists(), "{told}");
    std::fs::copy(&in_making, &published).unwrap();
    assert_eq!(number(&region.metro("lin-yue")), 0);
    let scan = region.run(&["scan"], &["--application", "101", "--place", SUZHOU]);
    let told = String::from_utf8(scan.stderr).unwrap();
    assert!(told.contains("catalogue/2.json: not taken: 1 of the 3 holders"), "{told}");
    // Nobody signs twice, and a second province is shown what the first has signed.
    assert!(bad_last(&sign("catalogue", "sh")).contains("a signature by this key already"));
    let second = sign("catalogue", "escrow");
    let words = String::from_utf8(second.stderr.clone()).unwrap();
    assert!(words.contains("Catalogue\nSHA-256: ") && words.contains("compare: "), "{words}");
    assert!(good(&second).contains("2 of the 3 holders that must sign it have signed (sh, esc"));
    let third = good(&sign("catalogue", "js"));
    assert!(third.contains("3 of the 3") && third.contains("catalogue counts now"), "{third}");
    assert!(!in_making.exists());
    assert_eq!(number(&region.metro("lin-yue")), 501);
    assert!(bad(&sign("catalogue", "fj")).contains("there are ah, escrow, js, sh, zj"));
    // An index says what is the newest, and takes one.
    assert!(good(&sign("index", "sh")).contains("1 of the 1"));
    let published = region.path("published");
    let told = good(&onecode(&["audit", published.to_str().unwrap(), "--at", AT]));
    assert!(told.contains("\nwhole: 5 documents"), "{told}");
}

/// The last line of standard error, where words have gone before it.
fn bad_last(output: &std::process::Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    told.lines().last().unwrap().to_owned()
}

#[test]
fn a_phone_makes_no_two_codes_for_one_second() {
    let region = Region::new("seconds");
    let show = || {
        let world = ["show", "--world", &region.world, "--text", "--card"];
        let text = good(&onecode(&[&world[..], &["lin-yue"]].concat()));
        let code = good(&onecode(&["explain", "--json", text.trim_end_matches('\n')]));
        let code: Value = serde_json::from_str(&code).unwrap();
        code["code"]["issued_at_unix_s"].as_i64().unwrap()
    };
    // All at once.
    let mut seconds: Vec<i64> = std::thread::scope(|scope| {
        let shows: Vec<_> = (0..5).map(|_| scope.spawn(show)).collect();
        shows.into_iter().map(|show| show.join().unwrap()).collect()
    });
    seconds.sort();
    seconds.dedup();
    assert_eq!(seconds.len(), 5, "{seconds:?}");
    // A memory that was damaged is said to be so, and not overwritten.
    let wallet = region.path("phones/lin-yue.wallet");
    let stored = std::fs::read_to_string(&wallet).unwrap();
    for broken in ["", "T0MxVw\n", &stored[..stored.len() / 2], "!"] {
        std::fs::write(&wallet, broken).unwrap();
        let arguments = ["show", "--world", &region.world, "--text", "--card", "lin-yue"];
        let line = bad(&onecode(&arguments));
        assert!(line.contains("lin-yue.wallet"), "{line}");
        assert_eq!(std::fs::read_to_string(&wallet).unwrap(), broken);
    }
}

#[test]
fn pictures_are_written() {
    let region = Region::new("pictures");
    let (png, svg) = (region.path("code.png"), region.path("code.svg"));
    let (png, svg) = (png.to_str().unwrap(), svg.to_str().unwrap());
    let made = region.run(&["show"], &["--card", "lin-yue", "--png", png, "--svg", svg]);
    assert_eq!(good(&made), "", "no text when it goes to files");
    assert!(std::fs::read_to_string(svg).unwrap().starts_with("<svg"));
    let line = region.scan("", "transit.metro", &[png]);
    assert_eq!(number(&line), 0, "{line}");
    assert_eq!(line["picture"], png);
    let small = region.path("small.png");
    let level = ["--card", "lin-yue", "--level", "l", "--png", small.to_str().unwrap()];
    good(&region.run(&["show"], &level));
    let size = |file: &str| {
        let picture = png::Decoder::new(std::io::Cursor::new(std::fs::read(file).unwrap()));
        picture.read_info().unwrap().info().width
    };
    assert!(size(small.to_str().unwrap()) < size(png));
    if run::is_here("zbarimg", "--version") {
        let read = std::process::Command::new("zbarimg").args(["--quiet", "--raw", png]).output();
        let read = String::from_utf8(read.unwrap().stdout).unwrap();
        assert_eq!(number(&region.scan(&read, "transit.metro", &[])), 0);
        say!("zbarimg read the picture of a card");
    }
}

#[test]
fn bad_arguments_get_one_line() {
    let region = Region::new("bad_arguments");
    let world = &region.world;
    let nowhere = region.path("nowhere");
    let nowhere = nowhere.to_str().unwrap();
    let cases: Vec<(&str, Vec<&str>)> = vec![
        ("something in it", vec!["sandbox", world]),
        ("a file", vec!["sandbox", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]),
        ("no world", vec!["show", "--world", nowhere, "--card", "lin-yue"]),
        ("no world", vec!["scan", "--world", nowhere, "--application", "1", "--place", SUZHOU]),
        ("no card", vec!["show", "--world", world, "--card", "nobody"]),
        ("a path", vec!["show", "--world", world, "--card", "../lin-yue"]),
        (
            "no phone",
            vec![
                "show",
                "--world",
                world,
                "--phone",
                "x",
                "--application",
                "101",
                "--place",
                SUZHOU,
            ],
        ),
        (
            "no application",
            vec!["show", "--world", world, "--card", "lin-yue", "--application", "x"],
        ),
        ("no application", vec!["scan", "--world", world, "--application", "x", "--place", SUZHOU]),
        ("no issuer", vec!["card", "issue", "--world", world, "--issuer", "cn-99", "--name", "x"]),
        ("no card", vec!["card", "suspend", "--world", world, "--card", "nobody"]),
    ];
    for (name, arguments) in cases {
        let line = bad(&onecode(&arguments));
        assert!(!line.contains("panicked"), "{name}: {line}");
    }
    let names = bad(&onecode(&["show", "--world", world, "--card", "nobody"]));
    assert!(names.contains("lin-yue, liu-yang"), "{names}");
    let issuer = ["card", "issue", "--world", world, "--issuer", "cn-99", "--name", "x"];
    assert!(bad(&onecode(&issuer))
        .contains("no issuer cn-99 in issuers/; there are cn-31, cn-32, cn-33"));
    let phone = ["show", "--world", world, "--application", "101", "--place", SUZHOU];
    let line = bad(&onecode(&[&phone[..], &["--phone", "nobody"]].concat()));
    assert!(
        line.contains("no phone nobody in phones/; there are chen-jie, huang-lei, lin-yue"),
        "{line}"
    );
    // What clap refuses: status 2 and a word about what is wanted.
    for arguments in [
        &["scan", "--world", world, "--application", "101", "--place", "32"][..],
        &["scan", "--world", world, "--application", "101"],
        &["show", "--world", world, "--card", "lin-yue", "--at", "yesterday"],
        &["show", "--world", world],
        &["show", "--world", world, "--phone", "lin-yue"],
        &["sandbox", nowhere, "--positions", "1"],
    ] {
        let output = onecode(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{arguments:?}");
    }
    for command in ["sandbox", "show", "scan", "sign"] {
        let help = good(&onecode(&[command, "--help"]));
        assert!(help.contains("Example") && help.contains("onecode "), "{help}");
    }
    for event in ["issue", "suspend", "restore", "revoke", "replace"] {
        assert!(good(&onecode(&["card", event, "--help"])).contains("Example"), "{event}");
    }
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(good(&onecode(&["completions", shell])).contains("sandbox"), "{shell}");
    }
    // Times are taken both ways.
    let both = ["2026-11-25T00:00:00Z", "1795564800"].map(|at| {
        let arguments = ["show", "--world", world, "--card", "lin-yue", "--text", "--at", at];
        let explained =
            good(&onecode(&["explain", good(&onecode(&arguments)).trim_end_matches('\n')]));
        explained.lines().nth(2).unwrap().to_owned()
    });
    assert_eq!(both[0], both[1]);
}
