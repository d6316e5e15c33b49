//! What an operator sees, and what nobody may see.

use onecode_service::config::Config;
use serde_json::json;

use crate::harness::{agent, config_text, proofs, send, write_keys, Place, Setup, World};
use crate::program::{now, Program};

#[test]
fn health_is_good_once_lists_are_published_and_bad_when_they_are_late() {
    let world = World::new();
    world.publish();
    let good = world.get("/health", None);
    assert_eq!((good.status, good.json["published_in_time"].as_bool()), (200, Some(true)));
    world.pass(-100);
    assert_eq!(world.get("/health", None).status, 200);
}

#[test]
fn metrics_are_openmetrics_and_name_nobody() {
    let world = World::new();
    world.grant("o-1");
    let mut phone = world.enrol("o-1");
    world.pass(100);
    world.renew(&mut phone).ok();
    world.get("/cards", None).is(940);
    let text = world.get("/metrics", None).json;
    let text = text.as_str().unwrap();
    assert!(text.ends_with("# EOF\n"));
    for line in [
        "onecode_service_issued_total 1",
        "onecode_service_renewed_total 1",
        "onecode_service_positions_given 1",
        "onecode_service_books_up 1",
        "onecode_service_build_info{version=\"0.1.0\",issuer=\"cn-31\"} 1",
        "onecode_service_answers_total{endpoint=\"/cards\",status=\"401\",problem=\"940\"} 1",
    ] {
        assert!(text.lines().any(|it| it == line), "{line} is not in\n{text}");
    }
    assert!(!text.contains("o-1"), "{text}");
    // A family is described before its samples, once, and samples of counters end in _total.
    let mut seen = std::collections::HashSet::new();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        assert!(seen.insert(line.split(' ').next().unwrap().to_owned()), "{line} twice");
    }
}

/// What the package brings as an example.
#[test]
fn the_configuration_of_the_package_is_one() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/debian");
    let config = Config::read(&folder.join("onecode-service/service.toml")).unwrap();
    assert_eq!(config.publish.folder.to_str(), Some("/var/lib/onecode-service/published"));
    assert_eq!(config.books.database, "sqlite:/var/lib/onecode-service/books.db");
    assert!(config.keys.cards.starts_with("/run/credentials/onecode-service.service/"));
}

#[test]
fn a_live_configuration_has_no_practice() {
    let place = Place::new();
    write_keys(&place.folder);
    let live = Setup { mode: "live", ..Setup::default() };
    let read = |text: &str| {
        let file = place.folder.join("live.toml");
        std::fs::write(&file, text).unwrap();
        Config::read(&file)
    };
    let text = config_text(&place, &live);
    let error = read(&text).unwrap_err().to_string();
    assert!(error.contains("a live service signs no tokens"), "{error}");

    let providers = |jwks: &str| {
        let provider = |name: &str| {
            format!("[{name}]\nissuer = \"i\"\naudience = \"{name}\"\njwks = \"{jwks}\"\n")
        };
        let extra = [provider("citizens"), provider("staff")].concat();
        config_text(&place, &Setup { mode: "live", extra, ..Setup::default() })
    };
    let error = read(&providers("http://id.example/jwks")).unwrap_err().to_string();
    assert!(error.contains("https"), "{error}");
    let config = read(&providers("jwks.json")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let clock = onecode_service::clock::Clock::system();
    let running = runtime.block_on(onecode_service::start(config, clock)).unwrap();
    let url = format!("http://{}/practice/token", running.address);
    let body = json!({ "subject": "x" }).to_string();
    send(&agent(), "POST", &url, None, Some(body.as_bytes())).is(933);
    let url = format!("http://{}/practice/jwks.json", running.address);
    send(&agent(), "GET", &url, None, None).is(933);
    runtime.block_on(running.end()).unwrap();

    let continues = providers("jwks.json").replace("[books]", "[books]\ncontinues = \"x\"");
    assert!(read(&continues).is_err());
    for (old, new) in [
        ("positions = 1000", "positions = 0"),
        ("positions = 1000", "position = 1000"),
        ("issuer = \"cn-31\"", "issuer = \"CN 31\""),
        ("per_minute = 100000", "per_minute = 0"),
        ("folder = \"published\"", "folder = \"published\"\nlasts_s = 3600"),
    ] {
        assert!(read(&providers("jwks.json").replace(old, new)).is_err(), "{new}");
    }
}

#[test]
fn the_program_ends_on_sigterm_and_its_log_has_no_token_no_code_and_no_reference() {
    let place = Place::new();
    write_keys(&place.folder);
    let program = Program::usual(&place);
    let ask = |path: &str, token: Option<&str>, body| program.post(path, token, &body);
    let token = |subject: &str, staff| program.token(subject, staff);
    let (citizen, staff) = (token("SUBJECT-7", false), token("CLERK-8", true));
    let mut grant = crate::harness::grant("REFERENCE-9");
    grant["subject"] = "SUBJECT-7".into();
    let granted = ask("/staff/cards", Some(&staff), grant).ok();
    let nonce = ask("/nonce", Some(&citizen), json!({})).ok();
    let nonce = nonce["c_nonce"].as_str().unwrap();
    let mut phone = crate::harness::Phone::new();
    let request = phone.request(nonce, None, None, now());
    let answer = ask("/credential", Some(&citizen), proofs(&request)).ok();
    phone.take(&answer);
    ask("/cards/REFERENCE-9/report-lost", Some(&citizen), json!({})).ok();
    ask("/cards/REFERENCE-9/report-lost", Some("TOKEN-10"), json!({})).is(941);

    let log = program.end();
    let code = granted["credential_offer"]["grants"].to_string();
    let code = code.split('"').rev().nth(1).unwrap();
    for secret in ["SUBJECT-7", "CLERK-8", "REFERENCE-9", "TOKEN-10", &citizen, &staff, code, nonce]
    {
        assert!(!log.contains(secret), "{secret} is in\n{log}");
    }
    assert!(log.contains("/cards/{reference}/report-lost"), "{log}");
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(line["level"].is_string() && line["timestamp"].is_string());
    }
}
