use onecode::governance::Withdrawal;
use onecode::publication::NextPublication;
use onecode::status::StatusIssuer;
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
                    "jwk": {}, "may_sign": {{ "credentials": [310000], "status_lists": true }},
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
    let next = NextPublication::after(None, "cn-31", NOW, 86_400).expect("the first");
    let books = StatusIssuer::new("cn-31", 100);
    let lists = next.sign(&books, &[], NOW + 9 * DAY, 60, &agency).expect("signed");
    let folder = std::env::temp_dir().join(format!("onecode-published-{}", std::process::id()));
    let mut files = vec![
        ("trust-list/1.json".to_owned(), trust.into_bytes()),
        ("withdrawal/notice.json".to_owned(), notice.sign(&root).expect("signed").into_bytes()),
    ];
    files.extend(lists.files.into_iter().map(|(file, bytes)| (file.path(), bytes)));
    for (file, content) in files {
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
    // What was not taken is looked at again within a minute.
    assert_eq!(published.install(&mut scanner, NOW + DAY + 59).0, 1);
    assert!(scanner.status_bytes() > 0);
    let _ = fs::remove_dir_all(folder);
}
