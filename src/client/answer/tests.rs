use super::*;
use crate::card::{CardClaims, Entitlements};
use crate::client::{CardStep, Remedy};
use crate::keys::{Algorithm, SigningKey, SoftwareKey};
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::{json, Value};

const NOW: i64 = 1_795_392_000;

fn answer<T>(
    status: u16,
    retry_after: Option<&str>,
    body: &Value,
    read: impl FnOnce(IssuerAnswer<'_>) -> T,
) -> T {
    let body = body.to_string();
    read(IssuerAnswer { status, retry_after, body: body.as_bytes() })
}

fn issued(holder: PublicKey) -> Value {
    let issuer = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
    let claims = CardClaims {
        region: Region::JIANGSU,
        status_index: 7,
        entitlements: Entitlements::of([0]),
        max_window_s: 60,
        expires_unix_s: NOW + 30 * 86_400,
        confirmed_unix_s: Some(NOW),
        specimen: false,
        delegate: false,
        holder_key: holder,
    };
    let credential = CardCredential::issue(claims, &issuer).unwrap();
    json!({
        "credentials": [{ "credential": URL_SAFE_NO_PAD.encode(credential.as_bytes()) }],
        "c_nonce": URL_SAFE_NO_PAD.encode([7; 64]),
        "c_nonce_expires_in": 600,
        "a member of a later version": [],
    })
}

#[test]
fn a_credential_is_taken_for_the_own_key_alone() {
    let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key();
    let other = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key();
    let card =
        answer(200, None, &issued(key), |answer| answer.card(CardStep::Issue, &key, NOW)).unwrap();
    assert_eq!(card.credential.claims().holder_key, key);
    assert!(card.next_challenge.is_good(NOW + 569));
    assert!(!card.next_challenge.is_good(NOW + 570));
    let refused =
        answer(200, None, &issued(other), |answer| answer.card(CardStep::Issue, &key, NOW));
    assert_eq!(refused.unwrap_err(), IssuerError::OtherKey);
}

#[test]
fn answers_of_another_form_are_refused_without_repeating_them() {
    let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key();
    let good = issued(key);
    let mut two = good.clone();
    two["credentials"] = json!([good["credentials"][0], good["credentials"][0]]);
    let mut padded = good.clone();
    padded["credentials"][0]["credential"] = "secret=".into();
    let mut short = good.clone();
    short["c_nonce"] = "secret".into();
    for body in [two, padded, short, json!({}), json!(null), json!("secret")] {
        let error =
            answer(200, None, &body, |answer| answer.card(CardStep::Issue, &key, NOW)).unwrap_err();
        let IssuerError::Form { detail } = error else { panic!("{error:?}") };
        assert!(!detail.contains("secret"), "{detail}");
    }
    let large = vec![b' '; MAX_ANSWER + 1];
    let answer = IssuerAnswer { status: 503, retry_after: None, body: &large };
    assert!(matches!(answer.card(CardStep::Issue, &key, NOW), Err(IssuerError::TooLarge { .. })));
    let token = json!({ "access_token": "a\r\nb: c", "expires_in": 60 });
    let token = self::answer(200, None, &token, |answer| answer.token(NOW));
    assert!(matches!(token, Err(IssuerError::Form { .. })));
}

#[test]
fn a_problem_says_what_helps() {
    let document = |number: u16| {
        let said = json!({ "reason": "r", "advice": "a" });
        json!({ "number": number, "texts": { "zh": said, "en": said }, "detail": "d" })
    };
    let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key.public_key();
    let problem = |status, number: u16, read: &dyn Fn(IssuerAnswer<'_>) -> IssuerError| {
        let error = answer(status, Some("90"), &document(number), read);
        let IssuerError::Problem(problem) = error else { panic!("{number}") };
        assert_eq!((problem.number, problem.retry_after_s), (Some(number), Some(90)));
        assert_eq!(problem.to_string(), format!("{number} r (d)"));
        problem.remedy
    };
    for (status, number, remedy) in [
        (401, 942, Remedy::SignIn),
        (403, 918, Remedy::Tell),
        (429, 960, Remedy::TryLater),
        (503, 961, Remedy::TryLater),
        (500, 964, Remedy::TryLater),
    ] {
        let own = problem(status, number, &|answer| answer.own_cards().unwrap_err());
        assert_eq!(own, remedy, "{number}");
        for step in STEPS {
            let card = problem(status, number, &|it| it.card(step, &key, NOW).unwrap_err());
            assert_eq!(card, remedy, "{number} {step:?}");
        }
    }
    // Whether a key can be asked for again depends on whether it has a card.
    for (status, number, remedies) in [
        (400, 903, [Remedy::NewKey, Remedy::NewChallenge, Remedy::Tell, Remedy::Tell]),
        (400, 904, [Remedy::CollectAnswer, Remedy::NewChallenge, Remedy::Tell, Remedy::Tell]),
        (409, 905, [Remedy::NewKey, Remedy::NewChallenge, Remedy::Tell, Remedy::Tell]),
        (409, 910, [Remedy::NewKey, Remedy::Tell, Remedy::Tell, Remedy::Tell]),
        // A counter may still bring the request.
        (404, 924, [Remedy::Tell, Remedy::Tell, Remedy::Tell, Remedy::NewKey]),
    ] {
        let found =
            STEPS.map(|step| problem(status, number, &|it| it.card(step, &key, NOW).unwrap_err()));
        assert_eq!(found, remedies, "{number}");
    }
}

const STEPS: [CardStep; 4] =
    [CardStep::Issue, CardStep::Renew, CardStep::Collect, CardStep::CollectAnswer];

#[test]
fn the_answer_of_a_proxy_is_a_problem_without_a_number() {
    let body = b"<html>Bad gateway";
    for (retry_after, said) in [(Some("120"), Some(120)), (Some("Fri, 1 Jan"), None), (None, None)]
    {
        let error = IssuerAnswer { status: 502, retry_after, body }.own_card().unwrap_err();
        let IssuerError::Problem(problem) = error else { panic!("{error:?}") };
        assert_eq!((problem.number, problem.remedy), (None, Remedy::TryLater));
        assert_eq!(problem.retry_after_s, said);
        assert!(problem.reason.zh.contains("502"), "{problem:?}");
    }
    assert!(matches!(
        IssuerAnswer { status: 204, retry_after: None, body: b"" }.own_card(),
        Err(IssuerError::Form { .. })
    ));
}
