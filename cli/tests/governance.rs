//! Several holders at work: signatures here and elsewhere, roots from edition to edition, notices.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use run::gate::{number, World, AT};
use run::{folder, good, is_here, lines, onecode, with_input};

/// A minute later, when the practice region of [`AT`] is there.
const LATER: &str = "2026-11-25T08:01:00+08:00";

/// What was refused, by the last line of standard error: words may have gone before it.
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr.clone()).unwrap();
    told.lines().last().unwrap().to_owned()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Holders outside of any practice region, with files as provinces have them.
struct Holders {
    folder: PathBuf,
}

impl Holders {
    fn new(name: &str) -> Self {
        let holders = Holders { folder: folder(name) };
        for (id, algorithm) in [("sh", "es256"), ("js", ALSO), ("zj", "ed25519"), ("ah", "es256")] {
            holders.key(id, algorithm);
        }
        holders.key("index", "ed25519");
        for id in ["sh", "js", "zj"] {
            holders.entry(id);
        }
        holders
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn key(&self, id: &str, algorithm: &str) {
        good(&onecode(&["keygen", "--alg", algorithm, "--out", &self.path(&format!("{id}.pem"))]));
        let described = good(&onecode(&["key", &self.path(&format!("{id}.pem"))]));
        let pem = &described[described.find("-----BEGIN").unwrap()..];
        fs::write(self.path(&format!("{id}.pub")), pem).unwrap();
    }

    fn entry(&self, id: &str) {
        let (key, out) = (self.path(&format!("{id}.pub")), self.path(&format!("{id}.entry.json")));
        let names = ["--name-zh", "签署方", "--name-en", "A holder", "--issuer", "cn-31"];
        let entry = ["roots", "entry", id, "--signing-key", &key, "--out", &out];
        let index = self.path("index.pub");
        let index_key = ["--index-key", &*index];
        let more: &[&str] = if id == "sh" { &index_key } else { &[] };
        good(&onecode(&[&entry[..], &names, more].concat()));
    }

    /// The first edition: two of three, or as many as it takes.
    fn first(&self, threshold: &str) -> String {
        let entries = ["sh", "js", "zj"].map(|id| self.path(&format!("{id}.entry.json")));
        let [sh, js, zj] = &entries;
        let out = self.path("roots-1.json");
        let make = ["roots", "make", sh, js, zj, "--threshold", threshold, "--out", &out];
        good(&onecode(&[&make[..], &["--at", AT]].concat()));
        out
    }

    fn sign(&self, kind: &str, source: &[&str], id: &str, out: &str, more: &[&str]) -> Output {
        let key = self.path(&format!("{id}.pem"));
        let sign = ["sign", kind, "--key", &key, "--out", out, "--at", LATER];
        onecode(&[&sign[..], source, more].concat())
    }
}

#[cfg(feature = "sm2")]
const ALSO: &str = "sm2";
#[cfg(not(feature = "sm2"))]
const ALSO: &str = "es256";

#[test]
fn roots_are_made_signed_and_walked() {
    let holders = Holders::new("roots_walked");
    let content = holders.first("2");
    let (first, second) = (holders.path("1.json"), holders.path("2.json"));
    let from = ["--json", &*content];
    let one = good(&holders.sign("roots", &from, "sh", &first, &[]));
    assert!(one.contains("by its own holders, 1 of the 2 holders"), "{one}");
    assert!(refused(&onecode(&["roots", "walk", &first])).contains("1 of the 2 holders"));
    // Of roots that are still to come nothing is known, and so nobody is turned away.
    let (awaited, apart) = (format!("sha256:{}", "A".repeat(43)), holders.path("apart.json"));
    let roots = ["--roots", &*awaited];
    let of_awaited = good(&holders.sign("roots", &from, "sh", &apart, &roots));
    assert!(!of_awaited.contains("edition 0") && of_awaited.contains("1 of the 2"), "{of_awaited}");
    let two = good(&holders.sign("roots", &["--document", &first], "js", &first, &[]));
    assert!(two.contains("2 of the 2") && two.contains("roots counts now"), "{two}");
    let shown = good(&onecode(&["roots", "show", &first]));
    assert!(shown.contains("Roots document\n") && shown.contains("\ncompare: "), "{shown}");

    // zj is thrown out, ah comes in its place. The old holders alone are not enough for three.
    holders.entry("ah");
    let (content, entry) = (holders.path("roots-2.json"), holders.path("ah.entry.json"));
    let next = ["roots", "next", "--from", &first, "--without", "zj", "--with", &entry];
    let more = ["--threshold", "3", "--out", &content, "--at", LATER];
    good(&onecode(&[&next[..], &more].concat()));
    let by = ["--roots", &*first];
    let from = ["--json", &*content];
    good(&holders.sign("roots", &from, "sh", &second, &by));
    let old = good(&holders.sign("roots", &from, "js", &second, &by));
    assert!(old.contains("by edition 1 of the roots, 2 of the 2 holders"), "{old}");
    assert!(old.contains("by its own holders, 2 of the 3 holders"), "{old}");
    assert!(old.contains("no scanner takes it"), "{old}");
    let walk = onecode(&["roots", "walk", &first, &second]);
    assert_eq!(walk.status.code(), Some(1));
    let walked = String::from_utf8(walk.stdout).unwrap();
    assert!(walked.contains("edition 1, holders sh js zj") && walked.contains("NO FURTHER"));
    let new = good(&holders.sign("roots", &from, "ah", &second, &by));
    assert!(new.contains("roots counts now"), "{new}");
    let walked = good(&onecode(&["roots", "walk", &first, &second]));
    assert!(walked.contains("edition 2, holders sh js ah, 3 to sign"), "{walked}");

    // What names its edition by hash walks as well, and a jump is none.
    let hash = good(&onecode(&["roots", "show", &first]));
    let hash = hash.lines().find_map(|line| line.strip_prefix("compare: ")).unwrap();
    let hash = format!("sha256:{}", hash.replace(' ', ""));
    good(&onecode(&["roots", "walk", &hash, &first, &second]));
    let jump = onecode(&["roots", "walk", &hash, &second]);
    assert_eq!(jump.status.code(), Some(1), "{jump:?}");
    // A lost key has one in its place.
    let third = holders.path("roots-3.json");
    let kid = good(&onecode(&["key", &holders.path("js.pem")]));
    let kid = kid.lines().find_map(|line| line.strip_prefix("thumbprint  ")).unwrap();
    holders.key("js-new", "es256");
    let replaced = format!("{kid}={}", holders.path("js-new.pub"));
    let next = ["roots", "next", "--from", &second, "--replace-key", &replaced, "--out", &third];
    good(&onecode(&next));
    let shown = good(&onecode(&["roots", "show", &third]));
    assert!(shown.contains("Edition: 3") && !shown.contains(kid), "{shown}");
    let unknown = format!("{}={}", "A".repeat(43), holders.path("js-new.pub"));
    let next = ["roots", "next", "--from", &second, "--replace-key", &unknown, "--out", &third];
    assert!(run::bad(&onecode(&next)).contains("no holder has the key"));
}

#[test]
fn what_counts_for_nothing_is_not_signed() {
    let holders = Holders::new("not_signed");
    let content = holders.first("2");
    let first = holders.path("1.json");
    let from = ["--json", &*content];
    // A key that nobody has, and an index key.
    let line = refused(&holders.sign("roots", &from, "ah", &first, &[]));
    assert!(line.contains("no holder has the key"), "{line}");
    let line = refused(&holders.sign("roots", &from, "index", &first, &[]));
    assert!(line.contains("of the holder sh may not sign such a document"), "{line}");
    assert!(!Path::new(&first).exists());
    good(&holders.sign("roots", &from, "sh", &first, &[]));
    let line = refused(&holders.sign("roots", &from, "sh", &first, &[]));
    assert!(line.contains("a signature by this key already"), "{line}");

    // Another document under the same name stays as it is.
    let before = fs::read(&first).unwrap();
    let other = holders.path("other.json");
    let json = fs::read_to_string(&content).unwrap();
    fs::write(&other, json.replace("A holder", "Another")).unwrap();
    let line = refused(&holders.sign("roots", &["--json", &other], "js", &first, &[]));
    assert!(line.contains("these are two documents"), "{line}");
    assert_eq!(fs::read(&first).unwrap(), before);
    let signed_other = holders.path("other.signed.json");
    good(&holders.sign("roots", &["--json", &other], "js", &signed_other, &[]));
    let joined = holders.path("joined.json");
    let join = onecode(&["sign", "join", &first, &signed_other, "--out", &joined]);
    assert!(refused(&join).contains("these are two documents"), "{join:?}");
    assert!(!Path::new(&joined).exists());

    // What is dated tomorrow, or has a number beyond its date, nobody signs.
    for (from, to, expected) in [
        ("\"issued_at\": \"2026-11-25", "\"issued_at\": \"2026-11-26", "ahead of this clock"),
        ("\"sequence\": 1,", "\"sequence\": 9007199254740992,", "above issued_at"),
        ("\"sequence\": 1,", "\"sequence\": 18446744073709551615,", "above issued_at"),
        ("\"sequence\": 1,", "\"sequence\": -1,", "invalid value"),
        ("\"trust_list\": 2,", "\"trust_list\": 0,", "the threshold of 0"),
        ("\"trust_list\": 2,", "\"trust_list\": 4,", "the threshold of 4"),
    ] {
        assert!(json.contains(from), "{from}");
        fs::write(&other, json.replacen(from, to, 1)).unwrap();
        let line = refused(&holders.sign("roots", &["--json", &other], "js", &joined, &[]));
        assert!(line.contains(expected), "{to}: {line}");
    }
    // Of another kind, no document at all, or 64 MiB of something.
    let line = refused(&holders.sign("catalogue", &["--document", &first], "js", &joined, &[]));
    assert!(line.contains("this is a Roots document, and no Catalogue"), "{line}");
    let large = fs::File::create(&other).unwrap();
    large.set_len((64 << 20) + 1).unwrap();
    for source in ["--json", "--document", "--prepared"] {
        let line = refused(&holders.sign("roots", &[source, &other], "js", &joined, &[]));
        assert!(line.contains("more than 67108864 bytes"), "{line}");
    }
}

#[test]
fn signatures_of_three_cities_are_joined() {
    let holders = Holders::new("joined");
    let content = holders.first("3");
    let copies = ["sh", "js", "zj"].map(|id| holders.path(&format!("{id}.signed.json")));
    for (id, copy) in ["sh", "js", "zj"].iter().zip(&copies) {
        good(&holders.sign("roots", &["--json", &content], id, copy, &[]));
    }
    let out = holders.path("1.json");
    let [sh, js, zj] = &copies;
    let two = good(&onecode(&["sign", "join", sh, js, "--out", &out]));
    assert!(two.contains("2 of the 3") && two.contains("no scanner takes it"), "{two}");
    let three = good(&onecode(&["sign", "join", zj, "--out", &out]));
    assert!(three.contains("3 of the 3") && three.contains("roots counts now"), "{three}");
    good(&onecode(&["roots", "walk", &out]));
}

/// The key is on a machine without a network: bytes go there, a signature comes back.
#[test]
fn a_signature_made_elsewhere_is_checked_and_attached() {
    if !is_here("openssl", "version") {
        return;
    }
    let holders = Holders::new("elsewhere");
    let content = holders.first("3");
    let out = holders.path("1.json");
    let elsewhere = |id: &str, digest: &[&str]| {
        let path = |end: &str| holders.path(&format!("{id}.{end}"));
        let (signer, bytes, signature) = (path("pub"), path("tbs"), path("sig"));
        if !Path::new(&bytes).exists() {
            let prepare = ["sign", "roots", "--json", &content, "--signer", &signer];
            let prepared = onecode(&[&prepare[..], &["--prepare", &bytes, "--at", LATER]].concat());
            let words = told(&prepared);
            good(&prepared);
            assert!(words.contains("Roots document\nSHA-256: "), "{words}");
            assert!(words.contains("bytes to be signed with"), "{words}");
        }
        let key = path("pem");
        let sign = ["pkeyutl", "-sign", "-inkey", &key, "-rawin", "-in", &bytes];
        let signed = Command::new("openssl")
            .args(sign)
            .args(digest)
            .args(["-out", &signature])
            .output()
            .unwrap();
        assert!(signed.status.success(), "{signed:?}");
        let attach = ["sign", "roots", "--prepared", &bytes, "--signer", &signer];
        let more = ["--attach", &signature, "--out", &out, "--at", LATER];
        onecode(&[&attach[..], &more].concat())
    };
    let told = good(&elsewhere("sh", &["-digest", "sha256"]));
    assert!(told.contains("1 of the 3"), "{told}");
    let told = good(&elsewhere("zj", &[]));
    assert!(told.contains("2 of the 3"), "{told}");
    // One of another document, or by another key, is not taken.
    let (sh, zj) = (holders.path("sh.sig"), holders.path("zj.sig"));
    let (bytes, signer) = (holders.path("sh.tbs"), holders.path("sh.pub"));
    let attach = |signature: &str, more: &[&str]| {
        let attach = ["sign", "roots", "--prepared", &bytes, "--signer", &signer, "--at", LATER];
        let out = holders.path("none.json");
        onecode(&[&attach[..], &["--attach", signature, "--out", &out], more].concat())
    };
    assert!(refused(&attach(&zj, &[])).contains("does not hold"));
    let other = holders.path("other.sig");
    fs::write(&other, "no signature").unwrap();
    assert!(refused(&attach(&other, &[])).contains("neither DER nor 64 bytes"));
    assert!(refused(&attach(&sh, &["--raw"])).contains("a raw signature has 64 bytes"));
    // 64 bytes that may be either: the word decides.
    let either = [&[0x30, 62][..], &[7; 62]].concat();
    fs::write(&other, either).unwrap();
    assert!(refused(&attach(&other, &[])).contains("say --der or --raw"));
    assert!(refused(&attach(&other, &["--raw"])).contains("does not hold"));
    assert!(!Path::new(&holders.path("none.json")).exists());
    #[cfg(feature = "sm2")]
    sm2_with_and_without_z(&holders, &elsewhere);
}

/// Over SM3 of the bare message the signature is refused, in words that name the cause.
#[cfg(feature = "sm2")]
fn sm2_with_and_without_z(holders: &Holders, elsewhere: &dyn Fn(&str, &[&str]) -> Output) {
    let (bytes, digest) = (holders.path("js.tbs"), holders.path("js.sm3"));
    let id = "distid:1234567812345678";
    let last = good(&elsewhere("js", &["-digest", "sm3", "-pkeyopt", id]));
    assert!(last.contains("3 of the 3") && last.contains("roots counts now"), "{last}");
    let hashed = Command::new("openssl")
        .args(["dgst", "-sm3", "-binary", "-out", &digest, &bytes])
        .output()
        .unwrap();
    assert!(hashed.status.success(), "{hashed:?}");
    let (key, signature) = (holders.path("js.pem"), holders.path("js.plain.sig"));
    let sign = ["pkeyutl", "-sign", "-inkey", &key, "-in", &digest, "-out", &signature];
    let signed = Command::new("openssl").args(sign).output().unwrap();
    assert!(signed.status.success(), "{signed:?}");
    let signer = holders.path("js.pub");
    let attach = ["sign", "roots", "--prepared", &bytes, "--signer", &signer, "--at", LATER];
    let out = holders.path("none.json");
    let attach = onecode(&[&attach[..], &["--attach", &signature, "--out", &out]].concat());
    assert!(refused(&attach).contains("plain SM3 hash of the message: Z is missing"), "{attach:?}");
}

#[test]
fn one_holder_withdraws_a_key_of_its_issuer_and_of_no_other() {
    let world = World::new("withdrawn");
    let code = world.text("lin-yue", LATER);
    let scan = || {
        let scan = ["scan", "--world", &world.world, "--place", "320500", "--at", LATER];
        let output =
            with_input(&[&scan[..], &["--application", "transit.metro"]].concat(), code.as_bytes());
        number(&lines(&output)[0])
    };
    let withdraw = |holder: &str, more: &[&str]| {
        let notice =
            ["withdraw", "--issuer", "cn-31", "--withdrawn", "cards", "--world", &world.world];
        onecode(&[&notice[..], &["--holder", holder, "--at", AT], more].concat())
    };
    assert_eq!(scan(), 0);
    assert!(refused(&withdraw("js", &[])).contains("answers for cn-31"));
    assert!(refused(&withdraw("escrow", &[])).contains("answers for cn-31"));
    assert_eq!(withdraw("sh", &["--days", "365"]).status.code(), Some(2));
    assert_eq!(scan(), 0);
    let told = good(&withdraw("sh", &[]));
    assert!(told.contains("published/withdrawal/") && told.contains("1 of the 1"), "{told}");
    assert_eq!(scan(), 205);
    // An index names it, and whoever has it not says so.
    good(&world.sign("index", "sh"));
    let published = world.published("");
    let audit = ["audit", published.to_str().unwrap(), "--at", AT];
    assert!(good(&onecode(&audit)).contains("whole: 5 documents"));
    let notice = fs::read_dir(world.published("withdrawal")).unwrap().next().unwrap().unwrap();
    fs::remove_file(notice.path()).unwrap();
    assert_eq!(scan(), 0);
    let preflight = ["preflight", "--world", &world.world, "--at", LATER];
    let page = String::from_utf8(onecode(&preflight).stdout).unwrap();
    assert!(page.contains("an index names newer ones that are NOT HERE: Withdrawal"), "{page}");
    let told = onecode(&audit);
    assert_eq!(told.status.code(), Some(1));
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("which is not here"), "{told}");
}

/// A notice changed a verdict: the receipt names it, and the archive has to have it.
#[test]
fn a_scan_under_a_notice_is_made_again_with_the_notice() {
    let world = World::new("withdrawn_replayed");
    let (state, receipts) = (world.state(), world.folder.join("receipts"));
    let receipts = receipts.to_str().unwrap();
    let notice = ["withdraw", "--issuer", "cn-31", "--withdrawn", "cards", "--at", AT];
    good(&onecode(&[&notice[..], &["--world", &world.world, "--holder", "sh"]].concat()));
    let code = world.text("lin-yue", AT);
    let gate = ["--receipts", receipts, "--scanner", "cn-32.gate-1"];
    let scanned = with_input(&[&world.bus(&state)[..], &gate].concat(), code.as_bytes());
    assert_eq!(number(&lines(&scanned)[0]), 205);
    let audit = ["--world", &world.world, "--at", AT, receipts];
    good(&onecode(&[&["receipts", "verify"], &audit[..]].concat()));
    let replay = || with_input(&[&["receipts", "replay"], &audit[..]].concat(), code.as_bytes());
    assert_eq!(number(&lines(&replay())[0]), 205);
    fs::remove_dir_all(world.published("withdrawal")).unwrap();
    let without = replay();
    assert_eq!(without.status.code(), Some(1));
    let line: serde_json::Value = serde_json::from_slice(&without.stdout).unwrap();
    assert_eq!(
        (&line["verdict"], &line["reason"]),
        (&"not_replayed".into(), &"other_notice".into())
    );
}

/// A gate walks by itself, and is set up with an edition, its hash, or a lone key.
#[test]
fn a_gate_walks_through_new_roots_and_takes_what_they_sign() {
    let world = World::new("gate_walks");
    let state = world.state();
    let code = world.text("lin-yue", LATER);
    let scan = |more: &[&str]| {
        let scan = ["scan", "--world", &world.world, "--place", "320500", "--at", LATER];
        let scan = [&scan[..], &["--application", "101"], more].concat();
        with_input(&scan, code.as_bytes())
    };
    let kept = ["--state", &*state];
    assert_eq!(number(&lines(&scan(&kept))[0]), 0);
    // Without sh and js: zj, ah and the escrow go on.
    let (first, second) = (world.published("roots/1.json"), world.folder.join("roots-2.json"));
    let second = second.to_str().unwrap();
    let next = ["roots", "next", "--from", first.to_str().unwrap(), "--without", "sh"];
    let more = ["--without", "js", "--threshold", "2", "--out", second, "--at", AT];
    good(&onecode(&[&next[..], &more].concat()));
    let sign = |kind: &str, holder: &str, more: &[&str]| {
        let world = ["--world", &world.world, "--holder", holder, "--at", AT];
        good(&onecode(&[&["sign", kind], &world[..], more].concat()))
    };
    sign("roots", "zj", &["--json", second]);
    sign("roots", "ah", &[]);
    assert!(sign("roots", "escrow", &[]).contains("roots counts now"));
    // What sh, js and zj have signed no longer suffices, and new signatures do.
    sign("catalogue", "zj", &[]);
    sign("catalogue", "ah", &[]);
    let output = scan(&kept);
    assert_eq!(told(&output).lines().count(), 1, "{output:?}"); // the index, by a key of sh
    assert!(told(&output).contains("index.json: not taken: 0 of the 1 holders"), "{output:?}");
    let preflight = ["preflight", "--world", &world.world, "--state", &state, "--at", LATER];
    let page = String::from_utf8(onecode(&preflight).stdout).unwrap();
    assert!(page.contains("roots        edition 2") && page.contains("catalogue    edition 2"));

    // A new gate by the hash of the first edition, or by the first edition itself.
    let shown = good(&onecode(&["roots", "show", first.to_str().unwrap()]));
    let hash = shown.lines().find_map(|line| line.strip_prefix("compare: ")).unwrap();
    let hash = format!("sha256:{}", hash.replace(' ', ""));
    let preflight = ["preflight", "--world", &world.world, "--at", LATER, "--roots"];
    for roots in [&*hash, first.to_str().unwrap(), second] {
        let page = onecode(&[&preflight[..], &[roots]].concat());
        let page = String::from_utf8(page.stdout).unwrap();
        let walked = page.contains("roots        edition 2");
        assert_eq!(walked, roots != second, "{roots}: {page}");
    }
    let wrong = format!("sha256:{}", "0".repeat(64));
    let page = onecode(&[&preflight[..], &[&wrong]].concat());
    assert_eq!(page.status.code(), Some(1));
    assert!(told(&page).contains("the scanner was set up with the roots document"), "{page:?}");
    assert!(run::bad(&onecode(&[&preflight[..], &["sha256:00"]].concat())).contains("43 char"));
}

/// A credential and status lists whose keys are elsewhere.
#[test]
fn an_issuers_keys_sign_elsewhere_too() {
    if !is_here("openssl", "version") {
        return;
    }
    let world = World::new("issuer_elsewhere");
    let path = |name: &str| world.folder.join(name).to_str().unwrap().to_owned();
    let public = |key: &str| {
        let file = path(&format!("{key}.pub"));
        let private = format!("{}/issuers/cn-31/{key}.pem", world.world);
        let described = good(&onecode(&["key", &private]));
        fs::write(&file, &described[described.find("-----BEGIN").unwrap()..]).unwrap();
        (private, file)
    };
    let openssl = |key: &str, bytes: &str, signature: &str| {
        let sign = ["pkeyutl", "-sign", "-inkey", key, "-rawin", "-digest", "sha256"];
        let files = ["-in", bytes, "-out", signature];
        let signed = Command::new("openssl").args(sign).args(files).output().unwrap();
        assert!(signed.status.success(), "{signed:?}");
    };
    let (key, signer) = public("cards");
    let issue = |more: &[&str]| {
        let issue = ["card", "issue", "--world", &world.world, "--issuer", "cn-31", "--at", AT];
        onecode(&[&issue[..], &["--name", "new", "--signer", &signer], more].concat())
    };
    let (bytes, signature) = (path("card.tbs"), path("card.sig"));
    assert!(run::bad(&issue(&["--attach", &bytes])).contains("card.tbs"));
    let prepared = issue(&["--prepare", &bytes]);
    good(&prepared);
    assert!(told(&prepared).contains("bytes to be signed with ESP256"), "{prepared:?}");
    assert!(run::bad(&issue(&["--prepare", &path("again")])).contains("waits for its signature"));
    fs::write(&signature, [7; 64]).unwrap();
    assert!(run::bad(&issue(&["--attach", &signature])).contains("does not hold"));
    openssl(&key, &bytes, &signature);
    good(&issue(&["--attach", &signature]));
    assert_eq!(number(&world.scan(world.text("new", AT).as_bytes())[0]), 0);
    assert!(run::bad(&issue(&["--attach", &signature])).contains("there is such a card"));

    let (key, signer) = public("status");
    let folder = path("lists");
    let publish = |more: &[&str]| {
        let publish = ["card", "publish", "--world", &world.world, "--issuer", "cn-31"];
        onecode(&[&publish[..], &["--signer", &signer, "--at", AT], more].concat())
    };
    good(&publish(&["--prepare", &folder]));
    openssl(&key, &format!("{folder}/0.tbs"), &format!("{folder}/0.sig"));
    assert!(good(&publish(&["--attach", &folder])).contains("published, and deltas: 0"));
    assert_eq!(number(&world.scan(world.text("new", AT).as_bytes())[0]), 0);
    let at_hand = ["card", "publish", "--world", &world.world, "--issuer", "cn-31", "--at", LATER];
    good(&onecode(&at_hand));
}
