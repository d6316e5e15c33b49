//! The shortest way through: a card, a code, a verdict.

use onecode::*;

#[test]
fn a_code_is_accepted() {
    for issuer_algorithm in Algorithm::ALL {
        for phone_algorithm in Algorithm::ALL {
            let issuer = SoftwareKey::generate(*issuer_algorithm).unwrap().key;
            let phone = SoftwareKey::generate(*phone_algorithm).unwrap().key;
            let now = 1_790_000_000;
            let credential = CardCredential::issue(
                CardClaims {
                    region: Region::new(320_500).unwrap(),
                    status_index: 200_000_000,
                    entitlements: Entitlements::of([0, 1, 2, 5]),
                    max_window_s: 60,
                    expires_unix_s: now + 86_400,
                    confirmed_unix_s: None,
                    specimen: false,
                    delegate: false,
                    holder_key: phone.public_key(),
                },
                &issuer,
            )
            .unwrap();
            assert_eq!(
                CardCredential::from_bytes(credential.as_bytes()).unwrap(),
                credential
            );
            let code = CodeSession::new(credential).code(&phone, now).unwrap();
            println!("{} bytes", code.byte_length());

            let mut issuers = Issuers::new();
            issuers.add(
                Issuer {
                    id: "cn-32".into(),
                    name_zh: "江苏省社会保障卡管理机构".into(),
                    name_en: "Jiangsu social security card agency".into(),
                    region: Region::JIANGSU,
                },
                [IssuerKey {
                    key: issuer.public_key(),
                    credential_regions: vec![Region::JIANGSU],
                    not_before_unix_s: 0,
                    not_after_unix_s: now * 2,
                    withdrawn_from_unix_s: None,
                }],
            );
            let mut scanner = Scanner::new(issuers, Policy::default());
            let context = Context {
                application: ApplicationNumber::new(101).unwrap(),
                place: Region::SHANGHAI,
                now_unix_s: now + 10,
                challenge: None,
            };
            let verdict = scanner.scan(code.text(), &context);
            assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        }
    }
}
