use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::governance::Withdrawal;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{Algorithm, Policy, SigningKey, SoftwareKey};

use super::*;

const NOW: i64 = 1_795_392_000;
const DAY: i64 = 86_400;

/// Nothing else changes in the folder, and the same bytes are good again.
#[test]
fn a_list_that_a_notice_keeps_out_is_taken_when_the_notice_ends() {
    let [root, agency] =
        [(); 2].map(|()| SoftwareKey::generate(Algorithm::Ed25519).expect("a key").key);
    let trust = TrustList::from_json(&format!(
        r#"{{
            "sequence": 1, "issued_at": "2026-11-22T00:00:00Z",
            "next_update": "2027-11-22T00:00:00Z", "expires": "2027-11-22T00:00:00Z",
            "issuers": [{{
                "id": "cn-31", "region": 310000, "name": {{ "zh": "上海", "en": "Shanghai" }},
                "keys": [{{
                    "jwk": {}, "may_sign": {{ "status_lists": true }},
                    "not_before": "2026-01-01T00:00:00Z", "not_after": "2099-01-01T00:00:00Z"
                }}]
            }}]
        }}"#,
        agency.public_key().to_jwk()
    ));
    let trust = trust.expect("a trust list").sign(&root).expect("signed");
    let notice = Withdrawal {
        issued_at_unix_s: NOW,
        expires_unix_s: NOW + DAY,
        critical: vec![],
        issuer: "cn-31".to_owned(),
        keys: vec![agency.public_key().kid()],
    };
    let publication =
        StatusPublication { issued_at_unix_s: NOW, expires_unix_s: NOW + 9 * DAY, ttl_s: 60 };
    let list = StatusIssuer::new("cn-31", 100).publish(publication, &agency).expect("a list");
    let folder = std::env::temp_dir().join(format!("onecode-published-{}", std::process::id()));
    for (file, content) in [
        ("trust-list/1.json", trust),
        ("withdrawal/notice.json", notice.sign(&root).expect("signed")),
        ("status/cn-31.0.b64", URL_SAFE_NO_PAD.encode(&list[0])),
    ] {
        let file = folder.join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, content).expect("written");
    }

    let mut scanner = Scanner::new(root.public_key(), Policy::default());
    let mut published = Published::of(folder.clone());
    let (taken, told) = published.install(&mut scanner, NOW);
    assert_eq!(taken, 2, "{told:?}");
    assert_eq!(published.install(&mut scanner, NOW + DAY - 1).0, 0);
    assert_eq!(scanner.status_bytes(), 0);
    assert_eq!(published.install(&mut scanner, NOW + DAY).0, 1);
    assert!(scanner.status_bytes() > 0);
    let _ = fs::remove_dir_all(folder);
}
