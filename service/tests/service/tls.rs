//! TLS of its own, and keys of a provider over TLS.

use std::path::Path;
use std::process::Command;

use serde_json::json;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::harness::{send, Setup, World};

/// A certificate for the loopback; `None` without OpenSSL, where that is allowed.
fn certificate(folder: &Path) -> Option<Vec<u8>> {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "tls-key.pem", "-out", "tls.pem"])
        .current_dir(folder)
        .output();
    match made {
        Ok(output) if output.status.success() => {
            Some(std::fs::read(folder.join("tls.pem")).unwrap())
        }
        other => {
            println!("SKIPPED: openssl makes no certificate: {other:?}");
            assert!(std::env::var("ONECODE_REQUIRE_TOOLS").is_err(), "openssl is required");
            None
        }
    }
}

fn trusting(pem: &[u8]) -> ureq::Agent {
    let certificate = Certificate::from_pem(pem).unwrap();
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&[certificate])).build();
    ureq::Agent::config_builder().http_status_as_error(false).tls_config(tls).build().into()
}

#[test]
fn phones_reach_it_by_tls_and_it_fetches_a_providers_keys_by_tls() {
    let mut provider = World::new();
    let Some(pem) = certificate(&provider.place.folder) else { return };
    provider.end();
    provider.reconfigure(|text| {
        text.replace("[keys]", "[tls]\ncertificate = \"tls.pem\"\nkey = \"tls-key.pem\"\n[keys]")
    });
    provider.start();
    let address = provider.running.as_ref().unwrap().address;
    let url = format!("https://{address}");
    let body = json!({ "subject": "s-1" }).to_string();
    let path = format!("{url}/practice/token");
    let token = send(&trusting(&pem), "POST", &path, None, Some(body.as_bytes())).ok();
    let token = token["access_token"].as_str().unwrap();
    let figures = send(&trusting(&pem), "GET", &format!("{url}/metrics"), None, None).json;
    let name = "onecode_service_certificate_expires_timestamp_seconds ";
    let ends = figures.as_str().unwrap().lines().find_map(|line| line.strip_prefix(name));
    let left_s = ends.unwrap().parse::<i64>().unwrap() - crate::program::now();
    assert!((86_400..=2 * 86_400).contains(&left_s), "{left_s}");
    let cleartext = crate::harness::agent().get(format!("http://{address}/health")).call();
    assert!(cleartext.is_err() || cleartext.unwrap().status() != 200);

    let ca = provider.place.folder.join("tls.pem").display().to_string();
    let extra = |ca: &str| {
        format!(
            "[citizens]\nissuer = \"http://127.0.0.1/practice\"\naudience = \"http://127.0.0.1\"\n\
             jwks = \"{url}/practice/jwks.json\"\n{ca}"
        )
    };
    let world = World::with(Setup { extra: extra(&format!("ca = \"{ca}\"")), ..Setup::default() });
    world.get("/cards", Some(token)).ok();
    // A provider whose certificate nobody vouches for is none.
    let world = World::with(Setup { extra: extra(""), ..Setup::default() });
    world.get("/cards", Some(token)).is(945);
}
