//! The `onecode` command, run as its users run it.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

#[path = "../../tests/practice/mod.rs"]
mod practice;
mod run;

use std::path::Path;
use std::process::{Command, Output};

use onecode::messages::{Message, ALTERED_MESSAGES, CLOCK_MESSAGES, MESSAGES};
use onecode::{Algorithm, PublicKey, SigningKey};
use practice::{Practice, NOW};
use run::{bad, folder, good, onecode, with_input};

/// Whether OpenSSL is here; where it must be, its absence fails the test.
fn openssl_is_here() -> bool {
    run::is_here("openssl", "version")
}

fn openssl(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("openssl").args(arguments).current_dir(folder).output().unwrap()
}

const ALGORITHMS: &[&str] =
    if cfg!(feature = "sm2") { &["es256", "ed25519", "sm2"] } else { &["es256", "ed25519"] };

#[test]
fn a_key_is_made_and_read_back() {
    let folder = folder("keygen");
    for algorithm in ALGORITHMS {
        let file = folder.join(format!("{algorithm}.pem"));
        let path = file.to_str().unwrap();
        let made = onecode(&["keygen", "--alg", algorithm, "--out", path]);
        assert_eq!(good(&made), "");
        let told = String::from_utf8(made.stderr).unwrap();
        let shown = good(&onecode(&["key", path]));
        assert!(shown.starts_with(&told), "{shown}");
        assert!(shown.contains("BEGIN PUBLIC KEY") && !shown.contains("PRIVATE"), "{shown}");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&file).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        // A key that is there is never overwritten.
        let before = std::fs::read(&file).unwrap();
        bad(&onecode(&["keygen", "--alg", algorithm, "--out", path]));
        assert_eq!(std::fs::read(&file).unwrap(), before);

        if openssl_is_here() {
            let read = openssl(&folder, &["pkey", "-in", path, "-pubout"]);
            assert!(read.status.success(), "{algorithm}: {read:?}");
            let public = String::from_utf8(read.stdout).unwrap();
            assert!(shown.ends_with(&public), "{algorithm}: {shown} {public}");
        }
    }
    let out = good(&onecode(&["keygen", "--alg", "es256"]));
    assert!(out.starts_with("-----BEGIN PRIVATE KEY-----\n"), "only the PEM is on standard output");
    assert!(good(&with_input(&["key", "-"], out.as_bytes())).contains("ESP256"));
}

#[test]
fn keys_that_openssl_makes_are_read() {
    if !openssl_is_here() {
        return;
    }
    let folder = folder("openssl_keys");
    for (name, arguments) in [
        ("ESP256", &["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"][..]),
        ("Ed25519", &["genpkey", "-algorithm", "ed25519"]),
        ("SM2", &["genpkey", "-algorithm", "SM2"]),
    ] {
        let made = openssl(&folder, arguments);
        assert!(made.status.success(), "{made:?}");
        let shown = with_input(&["key", "-"], &made.stdout);
        if name == "SM2" && !cfg!(feature = "sm2") {
            bad(&shown);
            continue;
        }
        let shown = good(&shown);
        assert!(shown.starts_with(&format!("algorithm   {name}\n")), "{shown}");
    }
    let rsa = openssl(&folder, &["genpkey", "-algorithm", "RSA"]);
    bad(&with_input(&["key", "-"], &rsa.stdout));
}

/// Codes of every pair of algorithms, with the issuer's public key.
fn codes() -> Vec<(String, String, PublicKey)> {
    let mut codes = Vec::new();
    for issuer in Algorithm::ALL {
        for phone in Algorithm::ALL {
            let world = Practice::new(Algorithm::Esp256, *issuer, *phone);
            let code = world.code(&world.credential(|_| ()), NOW);
            let name = format!("{issuer}_{phone}");
            codes.push((name, code.text().to_owned(), world.issuer.public_key()));
        }
    }
    codes
}

#[test]
fn openssl_alone_checks_what_is_exported() {
    if !openssl_is_here() {
        return;
    }
    let folder = folder("export");
    let mut checked = 0;
    for (name, text, issuer) in codes() {
        let key = folder.join(format!("{name}.jwk"));
        std::fs::write(&key, issuer.to_jwk()).unwrap();
        let target = folder.join(&name);
        let arguments = ["explain", "-", "--export", target.to_str().unwrap()];
        let arguments = [&arguments[..], &["--issuer-key", key.to_str().unwrap()]].concat();
        let shown = good(&with_input(&arguments, format!("{text}\n").as_bytes()));
        assert!(shown.starts_with("UNVERIFIED"), "{shown}");

        let run = || Command::new("sh").arg("COMMANDS.txt").current_dir(&target).output().unwrap();
        let verified = String::from_utf8(run().stdout).unwrap();
        let lines: Vec<&str> = verified.lines().collect();
        assert_eq!(lines, ["Signature Verified Successfully"; 2], "{name}");
        for layer in ["card", "code"] {
            let file = target.join(format!("{layer}.signed"));
            let mut bytes = std::fs::read(&file).unwrap();
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(&file, &bytes).unwrap();
            let verified = String::from_utf8(run().stdout).unwrap();
            assert_eq!(verified.matches("Verified Successfully").count(), 1, "{name} {layer}");
            *bytes.last_mut().unwrap() ^= 1;
            std::fs::write(&file, &bytes).unwrap();
        }
        // A folder that is there is not written into.
        bad_after_output(&with_input(&arguments, text.as_bytes()));
        checked += 2;
    }
    say!("{checked} signatures checked by openssl");
    assert_eq!(checked, 2 * Algorithm::ALL.len().pow(2));
}

fn bad_after_output(output: &Output) {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1, "{output:?}");
}

#[test]
fn a_code_is_explained() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let code = world.code(&world.credential(|card| card.delegate = true), NOW);
    let shown = good(&onecode(&["explain", code.text()]));
    for expected in ["UNVERIFIED", "2026-11-23T00:00:00Z", "310000", "relative   true", "60 s"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    let json = good(&onecode(&["explain", "--json", code.text()]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["card"]["status_index"], 7);
    assert_eq!(json["code"]["issued_at_unix_s"], NOW);
    assert!(json["unverified"].as_str().unwrap().starts_with("UNVERIFIED"));
}

/// The page of a number has all texts of a message, each in its language.
fn has_its_texts(message: &Message) {
    let number = message.number.to_string();
    let [zh, en] = ["zh", "en"].map(|lang| good(&onecode(&["reason", &number, "--lang", lang])));
    for text in [message.reason, message.holder, message.attendant, message.operator] {
        assert!(zh.contains(text.zh) && !zh.contains(text.en), "{zh}");
        assert!(en.contains(text.en) && !en.contains(text.zh), "{en}");
    }
}

#[test]
fn every_number_has_its_page() {
    let all = good(&onecode(&["reason"]));
    assert_eq!(all.lines().count(), MESSAGES.len());
    for message in MESSAGES {
        has_its_texts(message);
    }
    // A scanner that knows which clock is wrong, or what a reader has done, says something else:
    // the hotline has that, too.
    let clocks = CLOCK_MESSAGES.iter().map(|(_, message)| message);
    for message in clocks.chain(ALTERED_MESSAGES.iter().map(|(_, message)| message)) {
        has_its_texts(message);
    }
    let json = good(&onecode(&["reason", "302", "--json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["name"], "code_expired");
    let clocks = json["where_a_clock_is_known_to_be_wrong"].as_array().unwrap();
    assert_eq!(clocks.len(), 2);
    bad(&onecode(&["reason", "999"]));
    bad(&onecode(&["reason", "801"]));
    let reserved = good(&onecode(&["reason", "405"]));
    assert!(reserved.contains("pass_withdrawn") && reserved.contains("reserved"), "{reserved}");
    let json = good(&onecode(&["reason", "405", "--json"]));
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap()["reserved"], true);
}

#[test]
fn bad_input_gets_one_line() {
    let folder = folder("bad");
    let missing = folder.join("missing.pem");
    let missing = missing.to_str().unwrap();
    let nowhere = folder.join("no/such/folder/key.pem");
    let million = "A".repeat(1 << 20);
    let cases: Vec<(&str, Output)> = vec![
        ("no code", onecode(&["explain", "https://example.cn"])),
        ("empty", onecode(&["explain", ""])),
        ("empty input", onecode(&["explain", "-"])),
        ("a megabyte", with_input(&["explain", "-"], million.as_bytes())),
        ("more than a megabyte", with_input(&["explain", "-"], (million.clone() + "A").as_bytes())),
        ("not UTF-8", with_input(&["explain", "-"], &[0xff, 0xfe, b'\n'])),
        ("NUL", with_input(&["explain", "-"], b"OC1:\0\0\0")),
        ("a missing file", onecode(&["key", missing])),
        ("a folder", onecode(&["key", folder.to_str().unwrap()])),
        ("no PEM", with_input(&["key", "-"], b"hello")),
        ("no folder", onecode(&["keygen", "--alg", "es256", "--out", nowhere.to_str().unwrap()])),
    ];
    for (name, output) in cases {
        let line = bad(&output);
        assert!(!line.contains("panicked"), "{name}: {line}");
    }
    assert!(bad(&onecode(&["explain", "https://example.cn"])).contains("103"));
    // What clap refuses is explained by clap, with the same status.
    assert_eq!(onecode(&["keygen", "--alg", "rsa"]).status.code(), Some(2));
    assert!(good(&onecode(&["explain", "--help"])).contains("Examples"));
}
