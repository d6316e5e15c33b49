//! Texts as editors, mail and OpenSSL leave them: read where nothing can go wrong, or named with
//! the place.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use run::gate::{number, World, AT};
use run::{bad, folder, good, onecode, with_input};

const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Changes a file, for as long as the guard is there.
struct Changed {
    file: PathBuf,
    before: Vec<u8>,
}

impl Changed {
    fn new(file: &Path, change: impl FnOnce(Vec<u8>) -> Vec<u8>) -> Self {
        let before = fs::read(file).unwrap();
        fs::write(file, change(before.clone())).unwrap();
        Changed { file: file.to_owned(), before }
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        fs::write(&self.file, &self.before).unwrap();
    }
}

fn marked(bytes: Vec<u8>) -> Vec<u8> {
    [BYTE_ORDER_MARK.as_bytes(), &bytes].concat()
}

fn utf16(bytes: Vec<u8>) -> Vec<u8> {
    let text = BYTE_ORDER_MARK.to_owned() + std::str::from_utf8(&bytes).unwrap();
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_byte_order_mark_is_skipped_in_what_people_write() {
    let world = World::new("marks");
    let file = |name: &str| Path::new(&world.world).join(name);
    let code = world.text("lin-yue", AT);
    // What every gate reads first; and keys, books and documents.
    let files = [
        "holders/sh/signing.pem",
        "holders/zj/signing.pem",
        "operator/catalogue.json",
        "operator/trust-list.json",
        "cards/lin-yue.json",
        "phones/lin-yue.pem",
        "issuers/cn-31/issuer.json",
        "issuers/cn-31/status.pem",
    ];
    let _changed: Vec<Changed> =
        files.iter().map(|name| Changed::new(&file(name), marked)).collect();
    assert_eq!(number(&world.scan(code.as_bytes())[0]), 0);
    for name in ["catalogue", "trust-list"] {
        world.sign_next(name);
    }
    assert_eq!(number(&world.scan(world.text("lin-yue", AT).as_bytes())[0]), 0);
    let at = ["--at", AT];
    let suspend = ["card", "suspend", "--world", &world.world, "--card", "lin-yue"];
    good(&onecode(&[&suspend[..], &at].concat()));

    // UTF-16, as `>` of older PowerShells writes it, is named.
    let root = file("root.jwk");
    let described = good(&onecode(&["key", file("holders/sh/signing.pem").to_str().unwrap()]));
    let jwk = described.lines().find_map(|line| Some(&line[line.find('{')?..])).unwrap();
    fs::write(&root, marked(jwk.as_bytes().to_vec())).unwrap();
    let roots = ["--roots", root.to_str().unwrap()];
    let scan = [&world.arguments(&["--application", "422", "--at", AT])[..], &roots].concat();
    good(&onecode(&scan));
    fs::write(&root, utf16(jwk.as_bytes().to_vec())).unwrap();
    let line = bad(&onecode(&scan));
    assert!(line.contains("root.jwk") && line.contains("UTF-16"), "{line}");
}

/// What is signed is as it was signed. The line says where it is not, and what is there.
#[test]
fn text_that_is_no_base64url_is_named_with_its_place() {
    let world = World::new("base64url");
    let in_payload = |text: Vec<u8>| {
        let text = String::from_utf8(text).unwrap();
        text.replacen("\"payload\":\"", "\"payload\":\"=", 1).into_bytes()
    };
    let padded = |text: Vec<u8>| [text.trim_ascii(), b"=="].concat();
    let code = world.text("lin-yue", AT);
    let told = || {
        let arguments = world.arguments(&["--application", "identity.public_service", "--at", AT]);
        // The application by its number: the catalogue may be the one that is not read.
        let arguments: Vec<&str> = arguments
            .into_iter()
            .map(|word| if word == "identity.public_service" { "422" } else { word })
            .collect();
        String::from_utf8(with_input(&arguments, code.as_bytes()).stderr).unwrap()
    };
    assert_eq!(told(), "");
    type Change<'c> = &'c dyn Fn(Vec<u8>) -> Vec<u8>;
    let cases: [(&str, Change, String); 4] = [
        ("published/trust-list/1.json", &marked, "not a JWS in JSON general serial".into()),
        ("published/trust-list/1.json", &in_payload, "payload is not base64url: char".into()),
        ("published/catalogue/1.json", &padded, "not a JWS in JSON general serialization".into()),
        ("published/catalogue/1.json", &utf16, "byte 0 is no UTF-8".into()),
    ];
    for (name, change, expected) in cases {
        let _changed = Changed::new(&Path::new(&world.world).join(name), change);
        let told = told();
        assert!(told.contains(name.rsplit('/').next().unwrap()), "{name}: {told}");
        assert!(told.contains(&expected), "{expected}: {told}");
    }
    assert_eq!(told(), "");

    // A credential in the books, and the root.
    let card = Path::new(&world.world).join("cards/lin-yue.json");
    let _changed = Changed::new(&card, |json| {
        let json = String::from_utf8(json).unwrap();
        json.replacen("\"credential\": \"", "\"credential\": \"=", 1).into_bytes()
    });
    let show = ["show", "--world", &world.world, "--text", "--card", "lin-yue"];
    let line = bad(&onecode(&show));
    assert!(line.contains("credential is not base64url: character 1 is padding"), "{line}");
    let signing = Path::new(&world.world).join("holders/ah/signing.pem");
    let described = good(&onecode(&["key", signing.to_str().unwrap()]));
    let jwk = described.lines().find_map(|line| Some(&line[line.find('{')?..])).unwrap();
    let root = Path::new(&world.world).join("root.jwk");
    fs::write(&root, jwk.replacen("\"}", "=\"}", 1)).unwrap();
    let state = world.state();
    let bus = [&world.bus(&state)[..], &["--roots", root.to_str().unwrap()]].concat();
    let line = bad(&with_input(&bus, b""));
    assert!(line.contains("root.jwk: x is not base64url: character 44 is padding"), "{line}");
}

fn openssl(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(arguments)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output.stdout
}

#[test]
fn keys_are_read_with_whatever_openssl_writes_around_them() {
    if !run::is_here("openssl", "version") {
        return;
    }
    let key = |input: &[u8]| with_input(&["key", "-"], input);
    let curves: &[(&str, &str)] = if cfg!(feature = "sm2") {
        &[("prime256v1", "ESP256"), ("SM2", "SM2")]
    } else {
        &[("prime256v1", "ESP256")]
    };
    for (curve, algorithm) in curves {
        // The parameters first, and the key in the form of SEC 1.
        let made = openssl(&["ecparam", "-genkey", "-name", curve], b"");
        assert!(made.starts_with(b"-----BEGIN EC PARAM") || made.starts_with(b"-----BEGIN SM2"));
        let shown = good(&key(&made));
        assert!(shown.starts_with(&format!("algorithm   {algorithm}\n")), "{shown}");
        let public = openssl(&["pkey", "-pubout"], &made);
        assert!(shown.ends_with(std::str::from_utf8(&public).unwrap()), "{curve}: {shown}");
        // The same key in other forms is the same key.
        let text = openssl(&["pkey", "-text"], &made);
        assert!(!text.ends_with(b"-----\n"));
        let sec1 = openssl(&["ec"], &made);
        let sec1_without_point = openssl(&["ec", "-no_public"], &made);
        let around = [b"Bag Attributes\n    friendlyName: gate\n", &text[..], b"\n"].concat();
        let windows = String::from_utf8(text.clone()).unwrap().replace('\n', "\r\n");
        let indented = String::from_utf8(text.clone()).unwrap().replace('\n', "\n    ");
        let with_public = [&public[..], &text].concat();
        for form in [
            &text,
            &sec1,
            &sec1_without_point,
            &around,
            &marked(text.clone()),
            windows.as_bytes(),
            indented.as_bytes(),
            &with_public,
        ] {
            let form: &[u8] = form;
            assert_eq!(good(&key(form)), shown, "{}", String::from_utf8_lossy(form));
        }
        // A SEC 1 key alone names its curve, too.
        let alone = openssl(&["ecparam", "-genkey", "-name", curve, "-noout"], b"");
        good(&key(&alone));

        // The issuer's public key, with its text.
        let folder = folder(&format!("openssl_text_{curve}"));
        let file = folder.join("public.pem");
        let described = openssl(&["pkey", "-pubin", "-text"], &public);
        for form in [described.clone(), marked(described), [&made[..], &public].concat()] {
            fs::write(&file, form).unwrap();
            let world = World::new(&format!("openssl_text_world_{curve}"));
            let code = world.text("lin-yue", AT);
            let export = folder.join("export");
            let _ = fs::remove_dir_all(&export);
            let issuer = ["--issuer-key", file.to_str().unwrap()];
            let explain = ["explain", &code, "--export", export.to_str().unwrap()];
            good(&onecode(&[&explain[..], &issuer].concat()));
            assert_eq!(fs::read(export.join("issuer.pem")).unwrap(), public);
        }
    }
    // What cannot be read is named.
    let made = openssl(&["ecparam", "-genkey", "-name", "prime256v1"], b"");
    let encrypted = ["-aes256", "-passout", "pass:secret"];
    let full = ["ecparam", "-genkey", "-name", "prime256v1", "-param_enc", "explicit"];
    let cut = made[..made.len() - 40].to_vec();
    let text = String::from_utf8(made.clone()).unwrap();
    let begins = text.find("-----BEGIN EC PRIVATE").unwrap_or_default();
    let damaged = {
        let at = begins + 60;
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        bytes
    };
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (openssl(&[&["ec"][..], &encrypted].concat(), &made), "is encrypted"),
        (openssl(&[&["pkey"][..], &encrypted].concat(), &made), "is encrypted"),
        (
            openssl(&["pkey", "-pubout"], &made),
            "no private key of a kind that is used here, but PUB",
        ),
        ([&made[..], &made].concat(), "more than one private key"),
        (openssl(&full, b""), "named_curve"),
        (openssl(&["ecparam", "-genkey", "-name", "secp384r1"], b""), "its curve is not used here"),
        (text.as_bytes()[..begins].to_vec(), "but EC PARAMETERS"),
        (cut, "cut short"),
        (damaged, "damaged"),
        (utf16(made), "UTF-16"),
        (b"hello".to_vec(), "no PEM"),
    ];
    for (input, expected) in cases {
        let line = bad(&key(&input));
        assert!(line.contains(expected), "{expected}: {line}");
    }
}
