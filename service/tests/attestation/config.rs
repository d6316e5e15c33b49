//! What an operator may write.

use onecode_service::attestation::{Config, Level, Policy};
use onecode_service::config;

fn parse(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error| error.to_string())
}

const ANDROID: &str = "[android]\nroots = ['google.json']\n";
const APPLE: &str = "[apple]\nroots = ['a.pem']\napps = ['TEAM123456.cn.example.card']\n";

#[test]
fn a_policy_says_what_is_asked_and_of_whom() {
    let required = parse(&format!("policy = 'required'\nlevel = 'secure-element'\n{ANDROID}"));
    let required = required.unwrap();
    assert_eq!(required.policy, Policy::Required { level: Level::SecureElement });
    let android = required.android.unwrap();
    assert!(android.verified_boot && android.factory_outlives && android.revoked.is_none());
    let wanted = parse(&format!("policy = 'wanted'\n{APPLE}counts_as = 'tee'"));
    let wanted = wanted.unwrap();
    assert_eq!(wanted.policy, Policy::Wanted);
    assert!(!wanted.apple.unwrap().development);
    assert_eq!(parse("policy = 'ignored'").unwrap().policy, Policy::Ignored);
    assert_eq!(Config::default().policy, Policy::Ignored);
}

#[test]
fn a_policy_that_would_mean_something_else_than_it_reads_is_refused() {
    let wrong = [
        (format!("policy = 'required'\n{ANDROID}"), "names a level"),
        (format!("policy = 'wanted'\nlevel = 'tee'\n{ANDROID}"), "required alone"),
        ("policy = 'ignored'\nlevel = 'tee'".to_owned(), "required alone"),
        ("policy = 'wanted'".to_owned(), "nobody's attestations"),
        ("policy = 'required'\nlevel = 'tee'".to_owned(), "nobody's attestations"),
        (format!("policy = 'wanted'\n{APPLE}"), "counts_as"),
        (format!("policy = 'wanted'\n{ANDROID}boot = true"), "unknown field"),
        ("policy = 'wanted'\n[android]\nroots = []".to_owned(), "without roots"),
        (
            format!(
                "policy = 'wanted'\n{}counts_as = 'tee'",
                APPLE.replace("'TEAM123456.cn.example.card'", "")
            ),
            "Apple without apps",
        ),
        ("policy = 'Required'".to_owned(), "unknown variant"),
        (ANDROID.to_owned(), "policy"),
    ];
    for (text, problem) in wrong {
        let error = parse(&text).err().unwrap();
        assert!(error.contains(problem), "{text}: {error}");
    }
}

#[test]
fn a_live_service_believes_no_app_in_development() {
    let text = |mode: &str, development: bool| {
        format!(
            "mode = '{mode}'\nissuer = 'cn-31'\nlisten = '127.0.0.1:0'\npublic_url = 'https://a'\n\
             [keys]\ncards = 'c'\nstatus = 's'\n[books]\ndatabase = 'sqlite:b'\npositions = 9\n\
             [publish]\nfolder = 'p'\n\
             [citizens]\nissuer = 'i'\naudience = 'a'\njwks = 'https://j'\n\
             [staff]\nissuer = 'i'\naudience = 'b'\njwks = 'https://j'\n\
             [attestation]\npolicy = 'wanted'\n[attestation.apple]\nroots = ['r']\napps = ['a']\n\
             counts_as = 'tee'\ndevelopment = {development}\n"
        )
    };
    let check = |mode, development| {
        let config: config::Config = toml::from_str(&text(mode, development)).unwrap();
        config.check().map_err(|error| error.to_string())
    };
    assert_eq!(check("practice", true), Ok(()));
    assert_eq!(check("live", false), Ok(()));
    assert!(check("live", true).unwrap_err().contains("attestation.apple.development"));
}
