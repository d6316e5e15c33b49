//! What it costs that several holders sign, and that one of them may withdraw keys.

use std::hint::black_box;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::governance::Sha256Hash;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{Algorithm, Policy, Region, Scanner, SigningKey, Verdict};
use onecode_measure::practice::region::{withdrawal, Five};
use onecode_measure::practice::{context, issuer, issuer_key, key, DAY, NOW};
use ring::signature::{UnparsedPublicKey, ECDSA_P256_SHA256_FIXED};

use crate::measure::{Table, Target};

const THREE: [&str; 3] = ["sh", "js", "zj"];

pub fn rows(table: &mut Table) {
    table.section = "governance";
    installing(table);
    scanning(table);
}

/// The signatures of a document, ready to be checked with nothing around them.
struct Bare {
    checks: Vec<(Vec<u8>, Vec<u8>, Vec<u8>)>,
    payload: String,
}

impl Bare {
    fn of(document: &str, region: &Five) -> Self {
        let json: serde_json::Value = serde_json::from_str(document).unwrap();
        let payload = json["payload"].as_str().unwrap().to_owned();
        let signatures = json["signatures"].as_array().unwrap();
        let checks = signatures.iter().zip(region.keys(&THREE)).map(|(signed, key)| {
            let public_key = key.public_key();
            let (x, y) = public_key.coordinates();
            let point = [&[4], x, y.unwrap()].concat();
            let message = format!("{}.{payload}", signed["protected"].as_str().unwrap());
            let signature = URL_SAFE_NO_PAD.decode(signed["signature"].as_str().unwrap()).unwrap();
            (point, message.into_bytes(), signature)
        });
        Bare { checks: checks.collect(), payload }
    }

    fn verify_and_read(&self) {
        for (point, message, signature) in black_box(&self.checks) {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            key.verify(message, signature).unwrap();
        }
        let json = URL_SAFE_NO_PAD.decode(black_box(&self.payload)).unwrap();
        black_box(serde_json::from_slice::<serde_json::Value>(&json).unwrap());
    }
}

fn list_of(region: &Five, issuers: u32, keys: usize) -> TrustList {
    let mut list = region.trust_list(2, NOW);
    list.issuers = (0..issuers)
        .map(|n| {
            // A city of its own for each.
            let area = Region::new(110_100 + n / 50 * 10_000 + n % 50 * 100).unwrap();
            let keys = (0..keys).map(|at| {
                let areas: &[Region] = if at == 0 { &[area] } else { &[] };
                issuer_key(key(Algorithm::Esp256).public_key(), areas)
            });
            issuer(&format!("cn-{area}"), area, keys.collect())
        })
        .collect();
    list
}

fn installing(table: &mut Table) {
    let region = Five::new();
    let fresh = Scanner::new(region.roots(), Policy::default());
    for (issuers, keys) in [(4, 5), (200, 2)] {
        let list = region.signed(list_of(&region, issuers, keys).draft(), &THREE);
        let bare = Bare::of(&list, &region);
        table.row(
            format!("install a trust list of {issuers} issuers by 3 holders, ESP256"),
            "its three verifications, bare, and JSON read into a tree",
            Target::Ratio(1.5),
            || fresh.clone().install_trust_list(black_box(list.as_bytes()), NOW).unwrap(),
            || bare.verify_and_read(),
        );
    }
}

/// A gate with as many notices of a holder as it keeps, none of which concerns the cards shown.
fn scanning(table: &mut Table) {
    let region = Five::new();
    let mut gate = region.scanner();
    let publication =
        StatusPublication { issued_at_unix_s: NOW, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    let list = StatusIssuer::new("cn-31", 1_000).publish(publication, &region.status[0]).unwrap();
    gate.install_status(&list[0], NOW).unwrap();
    let mut with_notices = gate.clone();
    for n in 0..16 {
        let mut notice = withdrawal("cn-31", &[], NOW);
        notice.keys = vec![Sha256Hash([n; 32])];
        let notice = region.signed(notice.draft(), &["sh"]);
        with_notices.install_withdrawal(notice.as_bytes(), NOW).unwrap();
    }
    let codes: Vec<String> = (0..500)
        .map(|n| region.cards.credential(|card| card.status_index = n))
        .map(|card| region.cards.code(&card, NOW).text().to_owned())
        .collect();
    let scan = |gate: &mut Scanner, next: &mut usize| {
        *next = (*next + 1) % codes.len();
        let verdict = gate.scan(black_box(&codes[*next]), &context(NOW));
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    };
    let (mut ours, mut theirs) = (0, 0);
    for _ in 0..codes.len() {
        scan(&mut with_notices, &mut ours);
        scan(&mut gate, &mut theirs);
    }
    table.row(
        "scan, card seen before, 16 notices in force, Ed25519",
        "the same without a notice",
        Target::Ratio(1.02),
        || scan(&mut with_notices, &mut ours),
        || scan(&mut gate, &mut theirs),
    );
}
