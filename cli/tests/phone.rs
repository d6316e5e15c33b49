//! `onecode phone` against the service itself.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;
#[path = "run/service.rs"]
mod service;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use run::{bad, command, fed, folder, good, lines, onecode, with_input};
use serde_json::json;
use service::Service;

/// A person with phones, and a service that has granted a card to them.
struct Scene {
    folder: PathBuf,
    service: Service,
}

impl Scene {
    fn new(name: &str) -> Self {
        Self::with(name, |config| config)
    }

    fn with(name: &str, change: impl FnOnce(String) -> String) -> Self {
        let folder = folder(name);
        let service = Service::with(&folder, change);
        service.grant("qian-wei");
        Scene { folder, service }
    }

    fn phone(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let file = self.folder.join(name);
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    fn try_enrol(&self, phone: &str, more: &[&str]) -> Output {
        let enrol = ["phone", "enrol", &self.phone(phone), "--service", &self.service.url];
        onecode(&[&enrol[..], more].concat())
    }

    fn enrol(&self, phone: &str) {
        good(&self.try_enrol(phone, &["--subject", "qian-wei"]));
    }

    fn renew(&self, phone: &str) -> Output {
        onecode(&["phone", "renew", &self.phone(phone)])
    }

    fn code(&self, phone: &str) -> String {
        good(&onecode(&["phone", "show", &self.phone(phone)])).trim_end_matches('\n').to_owned()
    }

    /// What a gate says that reads what is published: 0 if it accepts.
    fn gate(&self, code: &str) -> u64 {
        let scan = ["scan", "--world", &self.service.world, "--application", "transit.metro"];
        let scan = [&scan[..], &["--place", "320500"]].concat();
        run::gate::number(&lines(&with_input(&scan, code.as_bytes()))[0])
    }

    /// The status index of a phone's card.
    fn position(&self, phone: &str) -> u64 {
        let card = good(&onecode(&["phone", "renew", &self.phone(phone), "--if-due"]));
        let (_, after) = card.split_once("card 310000-").unwrap();
        after.split(',').next().unwrap().parse().unwrap()
    }
}

#[test]
fn a_phone_enrols_shows_is_lost_is_restored_and_moves() {
    let scene = Scene::new("phone_walk");
    let told = good(&scene.try_enrol("old", &["--subject", "qian-wei"]));
    assert!(told.contains("card 310000-") && told.contains("good until 20"), "{told}");
    // The first position that no card of the practice region had.
    assert_eq!(scene.position("old"), 1_003);
    assert_eq!(scene.gate(&scene.code("old")), 0);

    scene.service.as_person("qian-wei", "/cards/qian-wei/report-lost", &json!({}));
    scene.service.publish();
    assert_eq!(scene.gate(&scene.code("old")), 402);
    assert_eq!(
        bad(&scene.renew("old")).trim_end(),
        "onecode: 918 The card has been reported lost. Have it restored first."
    );
    scene.service.as_staff("cards/qian-wei/restore", &json!({}));
    scene.service.publish();
    assert_eq!(scene.gate(&scene.code("old")), 0);
    good(&scene.renew("old"));

    let code_of_old = scene.code("old");
    let (old, new) = (scene.phone("old"), scene.phone("new"));
    let moved = onecode(&["phone", "move", &old, &new, "--subject", "qian-wei", "--yes"]);
    let told = good(&moved);
    assert!(told.contains("old: the card has moved") && told.contains("new: card"), "{told}");
    assert!(String::from_utf8(moved.stderr).unwrap().contains("no official does"));
    assert_eq!(scene.position("new"), 1_003);
    assert_eq!(scene.gate(&scene.code("new")), 0);
    // The old phone has neither card nor key.
    for command in ["show", "renew"] {
        let told = bad(&onecode(&["phone", command, &old]));
        assert!(told.contains("no card is on this phone"), "{told}");
    }
    assert!(!Path::new(&old).join("key.pem").exists());
    // What the old phone made before still counts, as docs/THREATS.md says, until its loss is reported.
    assert_eq!(scene.gate(&code_of_old), 0);
}

#[test]
fn a_move_in_steps_is_the_same_and_the_old_phone_learns_of_it_by_its_renewal() {
    let scene = Scene::new("phone_steps");
    scene.enrol("old");
    let (old, new, url) = (scene.phone("old"), scene.phone("new"), scene.service.url.as_str());
    let ask = ["phone", "move-ask", &new, "--service", url, "--subject", "qian-wei"];
    let question = good(&onecode(&ask));
    assert!(question.starts_with("OC1Q:"), "{question}");
    let question = scene.file("question.txt", &question);
    // The holder is asked, and nothing but a clear yes is one.
    for typed in ["", "\n", "y\n", "no\n"] {
        let agree = with_input(&["phone", "move-agree", &old, &question], typed.as_bytes());
        assert_eq!(agree.status.code(), Some(2));
        let told = String::from_utf8(agree.stderr).unwrap();
        assert!(told.contains("Move this card to another phone?"), "{told}");
        assert!(told.contains("did not agree") && agree.stdout.is_empty(), "{told}");
    }
    let agree = with_input(&["phone", "move-agree", &old, &question], b"yes\n");
    let answer = scene.file("answer.txt", &good(&agree));
    good(&onecode(&["phone", "move-take", &new, &answer, "--subject", "qian-wei"]));
    assert_eq!(scene.gate(&scene.code("new")), 0);
    // Twice is no mistake: an answer was lost on the way. But the phone has the card by now.
    let again = onecode(&["phone", "move-take", &new, &answer, "--subject", "qian-wei"]);
    assert!(bad(&again).contains("has not asked"), "{again:?}");

    let renewal = scene.renew("old");
    assert_eq!(renewal.status.code(), Some(2));
    let told = String::from_utf8(renewal.stderr).unwrap();
    assert!(told.contains("921 ") && told.contains("are deleted"), "{told}");
    assert!(bad(&scene.renew("old")).contains("no card is on this phone"));
}

#[test]
fn a_move_that_cannot_be_is_refused_by_the_phones() {
    let scene = Scene::new("phone_no_move");
    scene.enrol("old");
    let (old, new) = (scene.phone("old"), scene.phone("new"));
    let url = scene.service.url.as_str();
    // What is no request for a move: another code, and nothing.
    let code = scene.file("code.txt", &scene.code("old"));
    let empty = scene.file("empty.txt", "");
    for question in [&code, &empty] {
        let told = bad(&onecode(&["phone", "move-agree", &old, question, "--yes"]));
        assert!(told.contains("onecode: 80"), "{told}");
    }
    let told = bad(&onecode(&["phone", "move-agree", &old, "-"]));
    assert!(told.contains("--yes"), "{told}");
    // An answer to nothing, and one to somebody else.
    let take = ["phone", "move-take", &new, &code, "--subject", "qian-wei"];
    assert!(bad(&onecode(&take)).contains("no phone is here"));
    let ask = ["phone", "move-ask", &new, "--service", url, "--subject", "qian-wei"];
    good(&onecode(&ask));
    let told = bad(&onecode(&take));
    assert!(told.contains("onecode: 80"), "{told}");
    // Signed in as a stranger.
    let told = fails(&["phone", "move", &old, &new, "--subject", "thief", "--yes"]);
    assert!(told.contains("922 "), "{told}");
    // Onto a phone that has a card, and from one that has none.
    let told = bad(&onecode(&["phone", "move", &old, &old, "--subject", "qian-wei", "--yes"]));
    assert!(told.contains("already"), "{told}");
    let told = bad(&onecode(&["phone", "move", &new, &old, "--subject", "qian-wei", "--yes"]));
    assert!(told.contains("no card is on this phone"), "{told}");
    // The card is where it was.
    assert_eq!(scene.gate(&scene.code("old")), 0);
}

/// Status 2 with words on standard error, the last line of which is the reason.
fn fails(arguments: &[&str]) -> String {
    let output = onecode(arguments);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    told.lines().last().unwrap().to_owned()
}

#[test]
fn the_code_of_a_counter_is_enough_to_enrol() {
    let scene = Scene::new("phone_counter");
    let granted = scene.service.as_staff(
        "cards",
        &json!({ "reference": "walk-in", "region": 310_000, "entitlements": [0] }),
    );
    let grants = granted["credential_offer"]["grants"].as_object().unwrap();
    let code = grants.values().next().unwrap()["pre-authorized_code"].as_str().unwrap();
    let code = scene.file("code.txt", &format!("{code}\n"));
    good(&scene.try_enrol("p", &["--code", &code]));
    assert_eq!(scene.gate(&scene.code("p")), 0);
    // It is good once.
    assert!(bad(&scene.try_enrol("q", &["--code", &code])).contains("946 "));
}

/// Stands between phone and service until the phone asks for its card: then the line goes dead,
/// before the request has `arrived`, or after it.
fn dead_line(service: &str, arrived: bool) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = service.strip_prefix("http://").unwrap().to_owned();
    std::thread::spawn(move || {
        for phone in listener.incoming() {
            let (mut phone, mut there) = (phone.unwrap(), TcpStream::connect(&service).unwrap());
            let (mut to_phone, mut from) = (phone.try_clone().unwrap(), there.try_clone().unwrap());
            let is_dead = Arc::new(AtomicBool::new(false));
            let hears = Arc::clone(&is_dead);
            std::thread::spawn(move || {
                let mut bytes = [0; 65_536];
                while let Ok(read @ 1..) = from.read(&mut bytes) {
                    if hears.load(Ordering::SeqCst) {
                        let _ = to_phone.shutdown(Shutdown::Both);
                    } else {
                        let _ = to_phone.write_all(&bytes[..read]);
                    }
                }
            });
            let mut bytes = [0; 65_536];
            while let Ok(read @ 1..) = phone.read(&mut bytes) {
                if bytes.starts_with(b"POST /credential") {
                    is_dead.store(true, Ordering::SeqCst);
                    if !arrived {
                        let _ = phone.shutdown(Shutdown::Both);
                        break;
                    }
                }
                let _ = there.write_all(&bytes[..read]);
            }
        }
    });
    url
}

#[test]
fn a_card_whose_answer_was_lost_is_fetched_though_the_code_of_the_counter_is_used() {
    let scene = Scene::new("phone_lost_answer");
    let granted = scene.service.as_staff(
        "cards",
        &json!({ "reference": "lost-answer", "region": 310_000, "entitlements": [0] }),
    );
    let grants = granted["credential_offer"]["grants"].as_object().unwrap();
    let code = grants.values().next().unwrap()["pre-authorized_code"].as_str().unwrap();
    let code = scene.file("code.txt", code);
    let (phone, url) = (scene.phone("p"), dead_line(&scene.service.url, true));
    bad(&onecode(&["phone", "enrol", &phone, "--service", &url, "--code", &code]));
    let key = std::fs::read_to_string(Path::new(&phone).join("key.pem")).unwrap();
    assert!(bad(&scene.try_enrol("q", &["--code", &code])).contains("946 "), "it arrived");

    good(&scene.try_enrol("p", &["--code", &code]));
    assert_eq!(std::fs::read_to_string(Path::new(&phone).join("key.pem")).unwrap(), key);
    assert_eq!(scene.gate(&scene.code("p")), 0);
    good(&scene.renew("p"));
}

#[test]
fn a_request_that_never_arrived_is_sent_again_and_makes_way_for_another_key_in_the_end() {
    let scene = Scene::with("phone_never_arrived", |config| {
        format!("{config}\n[cards]\nchallenge_lasts_s = 4\nphones = 2\n")
    });
    let dead = dead_line(&scene.service.url, false);
    let begin = |name: &str| {
        let phone = scene.phone(name);
        bad(&onecode(&["phone", "enrol", &phone, "--service", &dead, "--subject", "qian-wei"]));
        std::fs::read_to_string(Path::new(&phone).join("key.pem")).unwrap()
    };
    let key = |name: &str| {
        std::fs::read_to_string(Path::new(&scene.phone(name)).join("key.pem")).unwrap()
    };
    let first = begin("in time");
    scene.enrol("in time");
    assert_eq!(key("in time"), first);
    let first = begin("too late");
    std::thread::sleep(std::time::Duration::from_secs(5));
    scene.enrol("too late");
    assert_ne!(key("too late"), first);
    assert_eq!(scene.gate(&scene.code("too late")), 0);
}

#[test]
fn a_lost_phone_is_replaced_by_another_one_on_a_position_of_its_own() {
    let scene = Scene::new("phone_lost");
    scene.enrol("lost");
    let code_of_lost = scene.code("lost");
    good(&scene.try_enrol("next", &["--subject", "qian-wei", "--replaces", "lost"]));
    assert_ne!(scene.position("lost"), scene.position("next"));
    scene.service.publish();
    assert_eq!([scene.gate(&code_of_lost), scene.gate(&scene.code("next"))], [401, 0]);
    assert!(bad(&scene.renew("lost")).contains("919 "));
}

#[test]
fn what_the_service_refuses_is_said_with_number_and_advice_in_both_languages() {
    let scene = Scene::new("phone_refused");
    let told = bad(&scene.try_enrol("p", &["--subject", "stranger"]));
    assert_eq!(
        told.trim_end(),
        "onecode: 955 There is no such card. Check it, or go to a counter."
    );
    let zh = ["--lang", "zh", "phone", "enrol", &scene.phone("p"), "--service"];
    let zh = [&zh[..], &[&scene.service.url, "--subject", "stranger"]].concat();
    assert_eq!(
        bad(&onecode(&zh)).trim_end(),
        "onecode: 955 没有这张卡。请核对后重试，或到窗口办理。"
    );

    let garbage = scene.file("garbage.txt", "not.a.token\n");
    assert!(bad(&scene.try_enrol("p", &["--token", &garbage])).contains("941 "));
    let staff = scene.file("staff.txt", &scene.service.token("counter 7", true));
    assert!(bad(&scene.try_enrol("p", &["--token", &staff])).contains("943 "));
    let broken = scene.file("broken.txt", "a\nb");
    assert!(bad(&scene.try_enrol("p", &["--token", &broken])).contains("line ends"));

    // The same phone, with a token that is good.
    let token = scene.file("token.txt", &scene.service.token("qian-wei", false));
    good(&scene.try_enrol("p", &["--token", &token]));
    assert!(bad(&scene.try_enrol("p", &["--token", &token])).contains("already"));
    assert!(bad(&scene.renew("no-such")).contains("no phone is here"));
    let show = onecode(&["phone", "show", &scene.phone("no-such")]);
    assert!(bad(&show).contains("no phone is here"));
    assert!(!Path::new(&scene.phone("no-such")).exists());
}

#[test]
fn a_live_service_signs_no_tokens_and_the_command_says_what_to_do() {
    let folder = folder("phone_live");
    // What answers as a live service does.
    let problem = json!({
        "number": 933, "status": 404,
        "texts": { "zh": { "reason": "没有。", "advice": "核对。" },
                   "en": { "reason": "None.", "advice": "Check." } },
    });
    let url = answers(404, &[], &problem.to_string());
    let phone = folder.join("p").to_str().unwrap().to_owned();
    let told = bad(&onecode(&["phone", "enrol", &phone, "--service", &url, "--subject", "a"]));
    assert!(told.contains("--token"), "{told}");
}

/// A server that gives each connection this answer.
fn answers(status: u16, headers: &[&str], body: &str) -> String {
    use std::io::Write;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 4_096]);
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn what_is_no_service_is_told_from_one_that_refuses() {
    let folder = folder("phone_strange");
    let phone = folder.join("p").to_str().unwrap().to_owned();
    let try_at = |url: &str, more: &[&str]| {
        let enrol = ["phone", "enrol", &phone, "--service", url, "--subject", "a"];
        bad(&onecode(&[&enrol[..], more].concat()))
    };
    let told = try_at(&answers(200, &[], "<html>"), &[]);
    assert!(told.contains("status 200 is no issuer's service"), "{told}");
    let told = try_at(&answers(200, &[], "{}"), &[]);
    assert!(told.contains("no usable access_token"), "{told}");
    let told = try_at(&answers(502, &[], "{\"error\":1}"), &[]);
    assert!(told.contains("status 502"), "{told}");
    // It is not led elsewhere, whatever stands there.
    let elsewhere = ["location: http://127.0.0.1:9/practice/token"];
    assert!(try_at(&answers(307, &elsewhere, ""), &[]).contains("status 307"));
    // No endless answer is read.
    let told = try_at(&answers(200, &[], &" ".repeat(70_000)), &[]);
    assert!(told.contains("status 200"), "{told}");
    // What it writes does not steer the terminal.
    let problem = json!({
        "number": 955, "status": 404, "detail": "\u{1b}[2Jgone\u{7}",
        "texts": { "zh": { "reason": "a", "advice": "b" }, "en": { "reason": "c", "advice": "d\r\n" } },
    });
    let told = try_at(&answers(404, &[], &problem.to_string()), &[]);
    assert_eq!(told.trim_end(), "onecode: 955 c d ([2Jgone)");

    for (url, why) in [
        ("http://cards.example.cn", "for this machine alone"),
        ("cards.example.cn", "no address of a service"),
        ("ftp://127.0.0.1", "no address of a service"),
    ] {
        assert!(try_at(url, &[]).contains(why), "{url}");
    }
    // Nothing was left behind by addresses that cannot be used.
    let fresh = folder.join("fresh").to_str().unwrap().to_owned();
    bad(&onecode(&["phone", "enrol", &fresh, "--service", "http://example.cn", "--subject", "a"]));
    assert!(!Path::new(&fresh).exists());
}

#[test]
fn a_service_that_is_away_or_slow_is_told_and_the_code_goes_on() {
    let scene = Scene::new("phone_away");
    scene.enrol("p");
    scene.service.end();
    let told = bad(&scene.renew("p"));
    assert!(told.contains("the service is not reached"), "{told}");
    // Offline, as everywhere.
    assert_eq!(scene.gate(&scene.code("p")), 0);

    // A server that takes the connection, and says nothing.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let phone = scene.phone("q");
    let enrol = ["phone", "enrol", &phone, "--service", &url, "--subject", "qian-wei"];
    let began = std::time::Instant::now();
    let told = bad(&onecode(&[&enrol[..], &["--timeout", "1"]].concat()));
    assert!(told.contains("no answer within 1 s"), "{told}");
    assert!(began.elapsed().as_secs() < 10);
    // Once the service answers, the same folder and key go on.
    let key = std::fs::read(Path::new(&phone).join("key.pem"));
    assert!(key.is_err(), "a key was made before a challenge was there");
}

#[test]
fn what_the_service_asks_to_wait_is_waited() {
    let scene = Scene::with("phone_wait", |config| format!("{config}\n[limits]\nper_minute = 2\n"));
    // The challenge and the card are two requests of the person.
    scene.enrol("p");
    let told = bad(&scene.try_enrol("q", &["--subject", "qian-wei"]));
    assert!(told.contains("960 "), "{told}");
    // The next command does not even ask, and says until when.
    let told = bad(&scene.try_enrol("q", &["--subject", "qian-wei"]));
    assert!(told.contains("asked this phone to wait until"), "{told}");
    let seconds: u64 =
        told.split("--wait ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!((1..=180).contains(&seconds), "{told}");
    // Others are not held up, and neither is the code.
    assert_eq!(scene.gate(&scene.code("p")), 0);

    // A short wait is waited by the command itself.
    let problem = json!({
        "number": 961, "status": 503,
        "texts": { "zh": { "reason": "忙。", "advice": "等。" }, "en": { "reason": "Busy.", "advice": "Wait." } },
    });
    let url = answers(503, &["retry-after: 1"], &problem.to_string());
    let phone = scene.phone("r");
    let enrol = ["phone", "enrol", &phone, "--service", &url, "--subject", "a", "--wait", "3"];
    let began = std::time::Instant::now();
    let told = fails(&enrol);
    assert!(told.contains("961 ") && began.elapsed().as_secs() >= 1, "{told}");
}

#[test]
fn a_certificate_for_another_name_and_one_by_nobody_known_are_refused() {
    if !run::is_here("openssl", "version") {
        return;
    }
    let place = folder("phone_tls");
    let certificate = |name: &str, names: &str| {
        let made = Command::new("openssl")
            .args([
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ])
            .args([
                "-days",
                "2",
                "-subj",
                "/CN=test",
                "-addext",
                "basicConstraints=critical,CA:FALSE",
            ])
            .args(["-addext", &format!("subjectAltName={names}")])
            .args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.pem")])
            .current_dir(&place)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        place.join(name).to_str().unwrap().to_owned()
    };
    for (name, names, why) in [
        ("other", "DNS:other.example", Some("is for another name")),
        ("ours", "IP:127.0.0.1", None),
    ] {
        let file = certificate(name, names);
        let scene = Scene::with(&format!("phone_tls_{name}"), |config| {
            format!("{config}\n[tls]\ncertificate = \"{file}.pem\"\nkey = \"{file}.key\"\n")
        });
        let ca = format!("{file}.pem");
        let known = scene.try_enrol("p", &["--subject", "qian-wei", "--ca", &ca]);
        match why {
            Some(why) => assert!(bad(&known).contains(why), "{known:?}"),
            None => {
                good(&known);
                // It knows for the next time.
                good(&scene.renew("p"));
            }
        }
        let told = bad(&scene.try_enrol("q", &["--subject", "qian-wei"]));
        assert!(told.contains("signed its certificate; --ca"), "{told}");
        let told = bad(&scene.try_enrol("q", &["--subject", "a", "--ca", "no-such.pem"]));
        assert!(told.contains("no-such.pem"), "{told}");
    }
}

#[test]
fn a_phone_speaks_chinese() {
    let scene = Scene::new("phone_chinese");
    let (old, new) = (scene.phone("old"), scene.phone("new"));
    let zh = |arguments: &[&str], input: &str| {
        fed(command().args(["--lang", "zh"]).args(arguments), input.as_bytes())
    };
    let url = scene.service.url.as_str();
    let told = good(&zh(&["phone", "enrol", &old, "--service", url, "--subject", "qian-wei"], ""));
    assert!(told.contains("：卡 310000-1003，有效期至 20"), "{told}");
    let moved = zh(&["phone", "move", &old, &new, "--subject", "qian-wei"], "同意\n");
    assert!(good(&moved).contains("本机上的卡和密钥已删除"), "{moved:?}");
    let asked = String::from_utf8(moved.stderr).unwrap();
    assert!(asked.contains("把这张卡转到另一部手机？") && asked.contains("同意请输入"), "{asked}");
    scene.service.end();
    let told = bad(&zh(&["phone", "renew", &new], ""));
    assert!(told.contains("连接不上服务：连接被拒绝（系统错误 "), "{told}");
}

#[test]
fn the_books_of_an_issuer_have_one_keeper() {
    let scene = Scene::new("phone_books");
    let w = scene.service.world.as_str();
    let told = bad(&onecode(&["card", "suspend", "--world", w, "--card", "lin-yue"]));
    assert!(told.contains("the service of cn-31 keeps its books"), "{told}");
    // What was suspended before the service came is so in its lists.
    scene.service.publish();
    let gate =
        |card| scene.gate(&good(&onecode(&["show", "--world", w, "--card", card, "--text"])));
    assert_eq!([gate("lin-yue"), gate("zhang-wei")], [0, 402]);
    // Those of the other issuers are where they were.
    good(&onecode(&["card", "suspend", "--world", w, "--card", "chen-jie"]));
}

#[test]
fn two_commands_at_once_give_no_second_twice() {
    let scene = Scene::new("phone_twice");
    scene.enrol("p");
    let phone = scene.phone("p");
    let show =
        || command().args(["phone", "show", &phone]).stdout(std::process::Stdio::piped()).spawn();
    let running: Vec<_> = (0..4).map(|_| show().unwrap()).collect();
    let mut codes: Vec<String> =
        running.into_iter().map(|child| good(&child.wait_with_output().unwrap())).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), 4);
    // As a picture, the way a camera meets it.
    let png = scene.phone("code.png");
    good(&onecode(&["phone", "show", &phone, "--png", &png]));
    let scan = ["scan", "--world", &scene.service.world, "--application", "transit.metro"];
    let scan = [&scan[..], &["--place", "320500", &png]].concat();
    assert_eq!(run::gate::number(&lines(&fed(command().args(scan), b""))[0]), 0);
}
