//! Keys in tokens, from key to verdict: SoftHSM 2 stands for a hardware security module.
//!
//! On Linux, where `setsid` takes the terminal away from a command, or gives it one.
#![cfg(target_os = "linux")]

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;
#[path = "../../keystore/tests/softhsm/mod.rs"]
mod softhsm;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use run::gate::{number, World, AT};
use run::{bad, folder, good, lines};
use serde_json::{json, Value};
use softhsm::SoftHsm;

/// Both algorithms that tokens sign with.
const ALGORITHMS: [&str; 2] = ["es256", "ed25519"];

fn hsm(folder: &Path) -> Option<SoftHsm> {
    let hsm = SoftHsm::new(&folder.join("a token"))?;
    hsm.token("jiangsu");
    Some(hsm)
}

/// The command with these tokens, and without a terminal to ask at.
fn onecode(hsm: &SoftHsm, arguments: &[&str]) -> Output {
    let mut command = run::in_english(Command::new("setsid"));
    command.args(["--wait", run::COMMAND]).env("SOFTHSM2_CONF", &hsm.configuration);
    run::fed(command.args(arguments), b"")
}

fn uri(hsm: &SoftHsm, object: &str) -> String {
    hsm.uri(&format!("token=jiangsu;object={object}"))
}

/// Makes a key, and gives its URI and what was told of it.
fn made(hsm: &SoftHsm, algorithm: &str, object: &str) -> (String, String) {
    let uri = uri(hsm, object);
    let told = good(&onecode(hsm, &["keygen", "--alg", algorithm, "--token", &uri]));
    (uri, told)
}

/// The JWK in the lines about a key.
fn jwk(told: &str) -> Value {
    let line = told.lines().find_map(|line| line.strip_prefix("jwk")).unwrap();
    serde_json::from_str(line.trim()).unwrap()
}

#[test]
fn a_key_is_made_in_a_token_and_shown() {
    let folder = folder("token keygen");
    let Some(hsm) = hsm(&folder) else { return };
    for algorithm in ALGORITHMS {
        let (uri, told) = made(&hsm, algorithm, algorithm);
        let words: Vec<&str> = told.lines().map(|line| line.split("  ").next().unwrap()).collect();
        assert_eq!(words, ["algorithm", "jwk", "thumbprint", "key id"]);
        let shown = good(&onecode(&hsm, &["key", &uri]));
        let pem = shown.strip_prefix(&told).unwrap();
        assert!(pem.starts_with("-----BEGIN PUBLIC KEY-----"), "{pem}");
        // No PIN is needed to read what is public, and the driver may be named by a flag.
        let named = format!("pkcs11:token=jiangsu;object={algorithm}");
        let module = hsm.module.to_str().unwrap();
        assert_eq!(good(&onecode(&hsm, &["key", &named, "--pkcs11-module", module])), shown);

        let again = onecode(&hsm, &["keygen", "--alg", algorithm, "--token", &uri]);
        assert!(bad(&again).contains("has an object"), "{again:?}");
    }
    if cfg!(feature = "sm2") {
        let uri = uri(&hsm, "sm2");
        let refused = bad(&onecode(&hsm, &["keygen", "--alg", "sm2", "--token", &uri]));
        assert!(refused.contains("sign --prepare") && refused.contains("--attach"), "{refused}");
    }
}

/// Exchanges a key of an issuer in the trust list for another one.
fn put_key(list: &mut Value, issuer: &str, may: impl Fn(&Value) -> bool, jwk: &Value) {
    let issuers = list["issuers"].as_array_mut().unwrap();
    let issuer = issuers.iter_mut().find(|found| found["id"] == issuer).unwrap();
    let keys = issuer["keys"].as_array_mut().unwrap();
    let key = keys.iter_mut().find(|key| may(&key["may_sign"])).unwrap();
    key["jwk"] = jwk.clone();
}

#[test]
fn a_region_whose_keys_are_in_tokens_is_accepted_and_openssl_agrees() {
    for (algorithm, other) in [("es256", "ed25519"), ("ed25519", "es256")] {
        let world = World::new(&format!("token region {algorithm}"));
        let Some(hsm) = hsm(&world.folder) else { return };
        let file = |name: &str| Path::new(&world.world).join(name);
        let (cards, cards_told) = made(&hsm, other, "cards");
        let (status, status_told) = made(&hsm, algorithm, "status");

        // Two holders, whose keys are in tokens, make the roots, and sign both documents.
        let holders = [(algorithm, "sh"), (other, "js")].map(|(algorithm, id)| {
            let (key, _) = made(&hsm, algorithm, id);
            (id, algorithm, key)
        });
        let place = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
        for (id, _, key) in &holders {
            let (public, out) = (pem_file(&hsm, &world.folder, key), place(&format!("{id}.json")));
            let names = ["--name-zh", "签署方", "--name-en", "A holder", "--out", &out];
            let entry = ["roots", "entry", id, "--signing-key", &public];
            good(&onecode(&hsm, &[&entry[..], &names].concat()));
        }
        let (sh, js, content) = (place("sh.json"), place("js.json"), place("roots-1.json"));
        let make = ["roots", "make", &sh, &js, "--threshold", "2", "--at", AT, "--out", &content];
        good(&onecode(&hsm, &make));
        let json = file("operator/trust-list.json");
        let mut list: Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        put_key(&mut list, "cn-31", |may| may["credentials"].is_array(), &jwk(&cards_told));
        put_key(&mut list, "cn-31", |may| may["status_lists"] == true, &jwk(&status_told));
        fs::write(&json, list.to_string()).unwrap();
        fs::remove_file(file("published/index.json")).unwrap();
        let catalogue = file("operator/catalogue.json");
        for (kind, json, out) in [
            ("roots", Path::new(&content), "roots.json"),
            ("trust-list", &*json, "published/trust-list/1.json"),
            ("catalogue", &*catalogue, "published/catalogue/1.json"),
        ] {
            let (json, out) = (json.to_str().unwrap(), file(out));
            fs::remove_file(&out).unwrap();
            for (_, _, key) in &holders {
                let sign = ["sign", kind, "--json", json, "--key", key, "--at", AT, "--out"];
                good(&onecode(&hsm, &[&sign[..], &[out.to_str().unwrap()]].concat()));
            }
            for (at, (_, algorithm, key)) in holders.iter().enumerate() {
                let pem = pem_file(&hsm, &world.folder, key);
                jws_holds_for_openssl(&pem, algorithm, &fs::read_to_string(&out).unwrap(), at);
            }
        }
        fs::copy(file("roots.json"), file("published/roots/1.json")).unwrap();

        // The issuer: a card, and the list in which it is suspended.
        let scan = |card: &str| {
            let code = world.text(card, AT);
            number(&world.scan(code.as_bytes())[0])
        };
        // The trust list does not name the region's own key any more.
        assert_eq!(scan("lin-yue"), 201, "{algorithm}");
        let place = ["--world", &world.world, "--at", AT];
        let issue = ["card", "issue", "--issuer", "cn-31", "--name", "qian-wei"];
        let key = ["--issuer-key", &cards];
        good(&onecode(&hsm, &[&issue[..], &place, &key].concat()));
        for (event, expected) in [("restore", 0), ("suspend", 402), ("restore", 0)] {
            let event = ["card", event, "--card", "qian-wei", "--status-key", &status];
            good(&onecode(&hsm, &[&event[..], &place].concat()));
            assert_eq!(scan("qian-wei"), expected, "{algorithm}");
        }
        let list = fs::read(run::list_of(&world.world, "cn-31")).unwrap();
        let pem = pem_file(&hsm, &world.folder, &status);
        cose_holds_for_openssl(&pem, algorithm, &list);

        // The credential is checked by the commands that `explain` writes.
        let pem = pem_file(&hsm, &world.folder, &cards);
        let audit = world.folder.join("audit");
        let arguments = ["--export", audit.to_str().unwrap(), "--issuer-key", &pem];
        let code = world.text("qian-wei", AT);
        good(&onecode(&hsm, &[&["explain", &code][..], &arguments].concat()));
        if run::is_here("openssl", "version") {
            let checked = Command::new("sh").arg("COMMANDS.txt").current_dir(&audit).output();
            let checked = good(&checked.unwrap());
            assert_eq!(checked.matches("Signature Verified Successfully").count(), 2, "{checked}");
        }

        // A new credential takes both keys.
        let replace = ["card", "replace", "--card", "qian-wei"];
        let keys = ["--issuer-key", &cards, "--status-key", &status];
        good(&onecode(&hsm, &[&replace[..], &place, &keys].concat()));
        assert_eq!(scan("qian-wei"), 0, "{algorithm}");
    }
}

#[test]
fn receipts_are_signed_in_a_token() {
    let world = World::new("token receipts");
    let Some(hsm) = hsm(&world.folder) else { return };
    let (key, _) = made(&hsm, "es256", "gate");
    let (state, receipts) = (world.state(), world.folder.join("receipts"));
    let receipts = receipts.to_str().unwrap();
    let gate = ["--scanner", "cn-31.gate-1", "--receipts", receipts, "--scanner-key", &key];
    let arguments = [&world.bus(&state)[..], &gate].concat();
    let mut command = run::command();
    command.args(arguments).env("SOFTHSM2_CONF", &hsm.configuration);
    let scanned = run::fed(&mut command, world.text("lin-yue", AT).as_bytes());
    assert_eq!(number(&lines(&scanned)[0]), 0);
    assert_eq!(fs::read_to_string(receipts).unwrap().lines().count(), 1);
}

/// The public half of a key in a token, in a file of PEM.
fn pem_file(hsm: &SoftHsm, folder: &Path, uri: &str) -> String {
    let shown = good(&onecode(hsm, &["key", uri]));
    let file = folder.join("public.pem");
    fs::write(&file, &shown[shown.find("-----BEGIN").unwrap()..]).unwrap();
    file.to_str().unwrap().to_owned()
}

/// RFC 7515 section 7.2.1, by hand: one of the signatures, over its header and the payload.
fn jws_holds_for_openssl(pem: &str, algorithm: &str, jws: &str, at: usize) {
    let jws: Value = serde_json::from_str(jws).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let signature = &jws["signatures"][at];
    let signed = format!("{}.{}", text(&signature["protected"]), text(&jws["payload"]));
    let signature = URL_SAFE_NO_PAD.decode(text(&signature["signature"])).unwrap();
    holds_for_openssl(pem, algorithm, signed.as_bytes(), &signature);
}

/// RFC 9052 section 4.4, by hand: the parts of a COSE_Sign1 as they are, in another array.
fn cose_holds_for_openssl(pem: &str, algorithm: &str, token: &[u8]) {
    let bytes = |at: usize| -> (&[u8], usize) {
        let (begin, length) = match token[at] {
            short @ 0x40..=0x57 => (at + 1, usize::from(short - 0x40)),
            0x58 => (at + 2, usize::from(token[at + 1])),
            0x59 => (at + 3, usize::from(token[at + 1]) << 8 | usize::from(token[at + 2])),
            other => panic!("{other:02x} at {at}"),
        };
        (&token[at..begin + length], begin + length)
    };
    assert_eq!(token[0], 0x84);
    let (protected, end) = bytes(1);
    assert_eq!(token[end], 0xa0);
    let (payload, end) = bytes(end + 1);
    let signed = [b"\x84\x6aSignature1", protected, &[0x40], payload].concat();
    let (signature, end) = bytes(end);
    assert_eq!((&signature[..2], end), (&[0x58, 64][..], token.len()));
    holds_for_openssl(pem, algorithm, &signed, &signature[2..]);
}

fn holds_for_openssl(pem: &str, algorithm: &str, signed: &[u8], signature: &[u8]) {
    if !run::is_here("openssl", "version") {
        return;
    }
    let folder = Path::new(pem).parent().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        fs::write(folder.join(name), bytes).unwrap();
        folder.join(name).to_str().unwrap().to_owned()
    };
    let (form, digest): (Vec<u8>, &[&str]) = match algorithm {
        "es256" => {
            let signature = p256::ecdsa::Signature::from_slice(signature).unwrap();
            (signature.to_der().as_bytes().to_vec(), &["-digest", "sha256"])
        }
        _ => (signature.to_vec(), &[]),
    };
    let (signed, signature) = (file("signed", signed), file("signature", &form));
    let openssl = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-pubin", "-inkey", pem, "-rawin", "-in", &signed])
        .args(["-sigfile", &signature])
        .args(digest)
        .output();
    assert!(good(&openssl.unwrap()).contains("Signature Verified Successfully"));
}

#[test]
fn a_key_that_cannot_be_had_is_one_line_in_both_languages() {
    let folder = folder("token refused");
    let Some(hsm) = hsm(&folder) else { return };
    made(&hsm, "es256", "root");
    let json = folder.join("trust-list.json");
    fs::write(&json, json!({"sequence": 1}).to_string()).unwrap();
    let (json, out) = (json.to_str().unwrap(), folder.join("out"));
    let sign = |key: &str| {
        let out = out.to_str().unwrap();
        let arguments = ["sign", "trust-list", "--key", key, "--json", json, "--out", out];
        let said = ["en", "zh"].map(|lang| {
            bad(&onecode(&hsm, &[&["--lang", lang][..], &arguments].concat())).trim_end().to_owned()
        });
        assert!(!out.is_empty() && !Path::new(out).exists());
        said
    };
    let pin = |name: &str, line: &str| {
        let file = softhsm::encoded(&hsm.secret_file(name, line));
        let uri = hsm.uri_without_pin("token=jiangsu;object=root");
        format!("{uri}&pin-source=file:{file}")
    };
    let open = pin("open", softhsm::PIN);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o644);
    fs::set_permissions(folder.join("a token/open"), mode).unwrap();
    let module = |file: &str| format!("pkcs11:token=jiangsu;object=root?module-path={file}");
    let cases = [
        (pin("wrong", "000000"), "the PIN is wrong; it was tried once", "PIN 不对；只试了一次"),
        (open, "others than its owner", "所有者以外的人也能读写"),
        (pin("empty", ""), "not one line with a PIN", "内容不是一行 PIN"),
        (hsm.uri_without_pin("token=jiangsu;object=root"), "wants a PIN", "令牌需要 PIN"),
        (hsm.uri("token=suzhou;object=root"), "there are: jiangsu", "现有：jiangsu"),
        (uri(&hsm, "nobody"), "no private key in the token", "没有符合 URI 的私钥"),
        (hsm.uri("token=jiangsu"), "add object or id", "请加上 object 或 id"),
        (module("/no/such.so"), "no such PKCS#11 module", "没有这个 PKCS#11 模块"),
        (module(&softhsm::encoded(Path::new(json))), "cannot be loaded", "装入不了"),
        ("pkcs11:token=jiangsu;object=root".into(), "no PKCS#11 module is named", "没有指明"),
        ("pkcs11:object=ro%00ot".into(), "object is not UTF-8 text", "object 不是没有控制字符"),
        ("pkcs11:object=ro%0ot".into(), "% without two", "不是两个十六进制数字"),
        ("pkcs11:x-color=red".into(), "\"x-color\" is not used here", "不使用属性 \"x-color\""),
    ];
    for (key, english, chinese) in cases {
        let [en, zh] = sign(&key);
        assert!(en.contains(english), "{en}");
        assert!(zh.contains(chinese), "{zh}");
    }
    // A PIN that should not be there is not repeated.
    let [en, zh] = sign("pkcs11:token=jiangsu;object=root?pin-value=271828");
    assert!(en.contains("pin-source=file:") && zh.contains("pin-source=file:"), "{en} {zh}");
    assert!(!en.contains("271828") && !zh.contains("271828"), "{en} {zh}");
    // None of the wrong PINs has locked the token: the key signs, and the document is what is wrong.
    let [en, _] = sign(&uri(&hsm, "root"));
    assert!(en.contains("trust-list.json") && en.contains("missing field"), "{en}");
}

#[test]
fn a_pin_is_asked_at_the_terminal_and_not_shown() {
    use std::io::{Read, Write};
    use std::process::Stdio;

    use run::pty::Pty;

    let folder = folder("token pin");
    let Some(hsm) = hsm(&folder) else { return };
    let uri = hsm.uri_without_pin("token=jiangsu;object=asked");
    // What is typed, what comes of it, and whether a key was made.
    let ask = |typed: &[u8]| {
        let mut pty = Pty::new();
        let before = pty.settings();
        let mut child = run::in_english(Command::new("setsid"))
            .args(["--wait", "--ctty", run::COMMAND])
            .args(["keygen", "--alg", "es256", "--token", &uri])
            .env("SOFTHSM2_CONF", &hsm.configuration)
            .stdin(Stdio::from(pty.open()))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut shown = vec![];
        while !shown.ends_with(b"PIN of jiangsu: ") {
            let mut byte = [0];
            assert_eq!(pty.reader.read(&mut byte).unwrap(), 1);
            shown.push(byte[0]);
        }
        pty.reader.write_all(typed).unwrap();
        let _ = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        assert_eq!(pty.settings().local_modes, before.local_modes);
        // The line end behind the question is all that came.
        let mut rest = [0; 64];
        let length = pty.reader.read(&mut rest).unwrap();
        assert_eq!(&rest[..length], b"\r\n");
        output
    };
    assert!(bad(&ask(b"000000\r")).contains("the PIN is wrong"));
    for given_up in [&b"\x03"[..], b"27\x04", b"\r"] {
        assert!(bad(&ask(given_up)).contains("wants a PIN"));
    }
    // A slip is taken back; of a character of several bytes the whole.
    let typed = format!("1\x15{}9好\x7f\x7f\r", softhsm::PIN);
    assert!(good(&ask(typed.as_bytes())).contains("thumbprint"));
}

#[test]
fn the_walk_of_the_integration_page_goes_through() {
    let folder = folder("token walk");
    // It makes tokens of its own.
    let Some(hsm) = hsm(&folder) else { return };
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/INTEGRATION.md");
    let page = fs::read_to_string(page).unwrap();
    let (_, walk) = page.split_once("export SOFTHSM2_CONF").unwrap();
    let (walk, _) = walk.split_once("```").unwrap();
    let module = "module=/usr/lib/softhsm/libsofthsm2.so";
    assert!(walk.contains(module));
    let walk = walk.replace(module, &format!("module={}", softhsm::encoded(&hsm.module)));
    let commands = Path::new(run::COMMAND).parent().unwrap().display();
    let script = format!("PATH='{commands}':$PATH\nexport SOFTHSM2_CONF{walk}");
    let walked = run::in_english(Command::new("setsid"))
        .args(["--wait", "bash", "-eu", "-o", "pipefail", "-c", &script])
        .current_dir(&folder)
        .output()
        .unwrap();
    let told = good(&walked);
    let verdict: Value = serde_json::from_str(told.lines().last().unwrap()).unwrap();
    assert_eq!(number(&verdict), 0, "{walked:?}");
}
