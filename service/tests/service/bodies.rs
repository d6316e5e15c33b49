//! Bodies and connections that are cut, huge, slow or garbage.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Setup, World};

/// What comes back on a bare connection until the service closes it.
fn raw(world: &World, parts: &[&[u8]]) -> String {
    let address = world.running.as_ref().unwrap().address;
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    for part in parts {
        if stream.write_all(part).is_err() {
            break;
        }
    }
    let _ = stream.shutdown(std::net::Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn garbage_in_every_endpoint_is_refused_with_a_number() {
    let world = World::new();
    let (citizen, staff) = (world.citizen("x"), world.staff());
    for (method, path) in onecode_service::ENDPOINTS {
        if *method != "post" || matches!(*path, "/nonce" | "/staff/publish") {
            continue;
        }
        let token = if path.starts_with("/staff") { &staff } else { &citizen };
        let path = path.replace("{reference}", "x");
        for garbage in [
            &b"\xff\xfe\x00"[..],
            b"{",
            b"[]",
            b"null",
            b"{\"a\":",
            b"\"\\ud800\"",
            &[b'['; 60_000],
            br#"{"proofs":{"onecode_card_request":["!"]},"consent":""}"#,
        ] {
            let answer = world.post_bytes(&path, Some(token), garbage);
            assert!((400..500).contains(&answer.status), "{path}: {answer:?}");
            assert!(answer.number() >= 901, "{path}: {answer:?}");
        }
    }
    world.post("/nonce", Some(&citizen), &json!({ "kee": 1 })).is(931);
    world.post("/nonce", None, &json!({ "key": "AA" })).is(931);
    world.get("/nowhere", None).is(933);
    world.get("/credential", None).is(933);
}

#[test]
fn a_problem_repeats_nothing_that_was_sent() {
    let world = World::new();
    let token = world.citizen("x");
    let secret = "MOST-SECRET";
    for body in [
        json!({ "proofs": { "onecode_card_request": [secret] } }),
        json!({ "proofs": secret }),
        json!({ "credential_identifier": secret, "proofs": { "onecode_card_request": 7 } }),
    ] {
        let answer = world.post("/credential", Some(&token), &body);
        assert!(answer.number() > 900 && !answer.json.to_string().contains(secret), "{answer:?}");
    }
}

#[test]
fn a_body_of_a_hundred_megabytes_is_refused_unread() {
    let world = World::new();
    let head = b"POST /renewal HTTP/1.1\r\nhost: x\r\ncontent-length: 104857600\r\n\r\n";
    let began = Instant::now();
    let answer = raw(&world, &[head, &[b' '; 70_000]]);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"number\":932"), "{answer}");
    assert!(began.elapsed() < Duration::from_secs(5));
    // Without a length, in chunks.
    let head = b"POST /renewal HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    let chunk = [&b"8000\r\n"[..], &[b' '; 0x8000], b"\r\n"].concat();
    let answer = raw(&world, &[head, &chunk, &chunk, &chunk, b"0\r\n\r\n"]);
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"number\":932"), "{answer}");
}

#[test]
fn an_attestation_of_a_megabyte_is_not_read() {
    let world = World::new();
    let token = world.citizen("x");
    let body = json!({ "proofs": {}, "attestation": "A".repeat(1 << 20) }).to_string();
    let head = format!(
        "POST /credential HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    );
    let answer = raw(&world, &[head.as_bytes(), body.as_bytes()]);
    // Who goes on writing may lose the answer with the connection.
    assert!(answer.is_empty() || answer.contains("\"number\":932"), "{answer}");
}

#[test]
fn a_body_that_is_cut_does_nothing() {
    let world = World::new();
    let body = json!({ "subject": "cut" }).to_string();
    let head = format!(
        "POST /practice/token HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    for cut in [0, 1, body.len() - 1] {
        let answer = raw(&world, &[head.as_bytes(), &body.as_bytes()[..cut]]);
        assert!(!answer.contains("access_token"), "{answer}");
    }
}

#[test]
fn who_sends_nothing_holds_no_connection() {
    let limits = "per_minute = 100\nrequest_s = 1".to_owned();
    let world = World::with(Setup { limits, ..Setup::default() });
    let address = world.running.as_ref().unwrap().address;
    let begins: [&[u8]; 3] = [
        b"",
        b"GET /health HTTP/1.1\r\nhost",
        b"POST /renewal HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
    ];
    for begin in begins {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(begin).unwrap();
        let began = Instant::now();
        let mut answer = [0; 4_096];
        let read = stream.read(&mut answer).unwrap_or(0);
        let text = String::from_utf8_lossy(&answer[..read]);
        assert!(began.elapsed() < Duration::from_secs(5), "{text}");
        assert!(
            text.is_empty() || text.contains("408") || text.contains("\"number\":934"),
            "{text}"
        );
    }
}

#[test]
fn who_comes_when_the_service_is_full_is_told_another_time_each() {
    let limits = "per_minute = 100000\nrequest_s = 60\nat_once = 2\ncome_back_s = 100".to_owned();
    let world = World::with(Setup { limits, ..Setup::default() });
    let token = world.citizen("x");
    let address = world.running.as_ref().unwrap().address;
    let begun = b"POST /renewal HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{";
    // Who asks whether it is full takes a place for a moment, so one that should be slow may find none.
    let mut slow: Vec<TcpStream> = Vec::new();
    while world.get("/cards", Some(&token)).status == 200 {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(begun).unwrap();
        slow.push(stream);
        assert!(slow.len() < 200, "it is never full");
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut waits = std::collections::HashSet::new();
    for _ in 0..60 {
        let answer = world.get("/cards", Some(&token));
        answer.is(961);
        let wait = answer.retry_after_s.unwrap();
        assert!((100..=400).contains(&wait), "{wait}");
        waits.insert(wait);
        // A phone that renews by itself comes back in hours.
        let answer = world.post("/renewal", None, &json!({}));
        answer.is(961);
        let wait = answer.retry_after_s.unwrap();
        assert!((7_200..=28_800).contains(&wait), "{wait}");
    }
    assert!(waits.len() > 20, "{waits:?}");
    // Whoever watches it still sees it.
    assert_eq!(world.get("/metrics", None).status, 200);
}

#[test]
fn large_heads_are_refused() {
    let world = World::new();
    let head = format!("GET /health HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "y".repeat(200_000));
    let answer = raw(&world, &[head.as_bytes()]);
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}
