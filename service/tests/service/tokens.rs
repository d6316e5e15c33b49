//! Who is let in: by which token, of whom, for whom, and when.

use std::fs;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use ring::hmac;
use ring::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaEncoding, RsaKeyPair, RsaPublicKeyComponents,
    ECDSA_P256_SHA256_FIXED_SIGNING as ES256, RSA_PKCS1_SHA256, RSA_PSS_SHA256,
};
use serde_json::{json, Value};

use crate::harness::{Setup, World, START};

/// An identity provider with two kinds of keys.
struct Provider {
    ed25519: Ed25519KeyPair,
    p256: EcdsaKeyPair,
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

impl Provider {
    fn new() -> Self {
        let random = ring::rand::SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ES256, &random).unwrap();
        Provider {
            ed25519: Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap(),
            p256: EcdsaKeyPair::from_pkcs8(&ES256, pkcs8.as_ref(), &random).unwrap(),
        }
    }

    fn jwks(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.ed25519.public_key());
        let point = self.p256.public_key().as_ref();
        let [px, py] = [&point[1..33], &point[33..]].map(|half| URL_SAFE_NO_PAD.encode(half));
        json!({ "keys": [
            { "kty": "oct", "kid": "secret", "k": "c2VjcmV0" },
            { "kty": "OKP", "crv": "Ed25519", "kid": "ed", "alg": "EdDSA", "x": x },
            { "kty": "EC", "crv": "P-256", "kid": "ec", "use": "sig", "x": px, "y": py },
        ] })
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = match header["alg"].as_str() {
            Some("ES256") => {
                let random = ring::rand::SystemRandom::new();
                self.p256.sign(&random, signed.as_bytes()).unwrap().as_ref().to_vec()
            }
            _ => self.ed25519.sign(signed.as_bytes()).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn world(provider: &Provider) -> World {
    let extra = r#"
        [citizens]
        issuer = "https://id.example"
        audience = "onecode"
        jwks = "jwks.json"
        [staff]
        issuer = "https://staff.example"
        audience = "onecode staff"
        jwks = "jwks.json"
        roles_claim = "groups"
    "#;
    let world = World::with(Setup { extra: extra.into(), ..Setup::default() });
    fs::write(world.place.folder.join("jwks.json"), provider.jwks().to_string()).unwrap();
    world
}

fn claims() -> Value {
    json!({
        "iss": "https://id.example",
        "aud": ["other", "onecode"],
        "sub": "t-1",
        "iat": START,
        "exp": START + 600,
    })
}

fn with(member: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[member] = value;
    claims
}

fn header() -> Value {
    json!({ "alg": "EdDSA", "kid": "ed" })
}

#[test]
fn a_provider_of_the_province_signs_people_in() {
    let provider = Provider::new();
    let world = world(&provider);
    let ask = |token: &str| world.get("/cards", Some(token));
    ask(&provider.sign(&header(), &claims())).ok();
    ask(&provider.sign(&json!({ "alg": "ES256", "kid": "ec" }), &claims())).ok();
    // Without the name of a key each is tried that fits.
    ask(&provider.sign(&json!({ "alg": "ES256" }), &claims())).ok();
    world.get("/cards", None).is(940);
}

#[test]
fn rsa_keys_are_taken_with_both_paddings_and_with_one_where_the_key_says_so() {
    use std::process::Command;
    let make =
        ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-outform", "DER"];
    let Ok(made) = Command::new("openssl").args(make).output() else {
        println!("SKIPPED: no openssl");
        assert!(std::env::var("ONECODE_REQUIRE_TOOLS").is_err(), "openssl is required");
        return;
    };
    // Releases of OpenSSL differ in what they write as DER.
    let der = &made.stdout;
    let key = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)).unwrap();
    let public = RsaPublicKeyComponents::<Vec<u8>>::from(key.public());
    let [n, e] = [&public.n, &public.e].map(|number| URL_SAFE_NO_PAD.encode(number));
    let world = world(&Provider::new());
    let publish = |alg: Option<&str>| {
        let jwks = json!({ "keys": [{ "kty": "RSA", "kid": "r", "n": n, "e": e, "alg": alg }] });
        fs::write(world.place.folder.join("jwks.json"), jwks.to_string()).unwrap();
        world.pass(3_600);
    };
    let ask = |alg: &str| {
        let padding: &dyn RsaEncoding = match alg {
            "PS256" => &RSA_PSS_SHA256,
            _ => &RSA_PKCS1_SHA256,
        };
        let mut claims = claims();
        claims["exp"] = json!(world.now() + 600);
        let signed = format!("{}.{}", encode(&json!({ "alg": alg, "kid": "r" })), encode(&claims));
        let mut signature = vec![0; key.public().modulus_len()];
        let random = ring::rand::SystemRandom::new();
        key.sign(padding, &random, signed.as_bytes(), &mut signature).unwrap();
        world.get("/cards", Some(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))))
    };
    publish(None);
    ask("RS256").ok();
    ask("PS256").ok();
    ask("RS384").is(941);
    publish(Some("PS256"));
    ask("PS256").ok();
    ask("RS256").is(941);
    publish(Some("RSA-OAEP"));
    ask("PS256").is(941);
}

#[test]
fn tokens_of_another_audience_or_provider_or_time_are_refused() {
    let provider = Provider::new();
    let world = world(&provider);
    let ask = |claims: Value| world.get("/cards", Some(&provider.sign(&header(), &claims)));
    ask(with("aud", json!("onecode staff"))).is(943);
    ask(with("aud", Value::Null)).is(943);
    ask(with("iss", json!("https://evil.example"))).is(943);
    ask(with("exp", json!(START - 61))).is(942);
    ask(with("exp", Value::Null)).is(941);
    ask(with("exp", json!("soon"))).is(941);
    ask(with("nbf", json!(START + 61))).is(942);
    ask(with("iat", json!(START + 61))).is(942);
    ask(with("sub", json!(""))).is(941);
    ask(with("sub", json!("x".repeat(256)))).is(941);
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    ask(endless).is(942);
    ask(with("exp", json!(START as f64 + 600.5))).ok();
}

#[test]
fn tokens_that_nobody_known_signed_are_refused() {
    let provider = Provider::new();
    let world = world(&provider);
    let ask = |token: &str| world.get("/cards", Some(token)).is(941);
    // alg: none, in every way of writing it.
    for none in ["none", "None", "NONE", ""] {
        let header = json!({ "alg": none });
        ask(&format!("{}.{}.", encode(&header), encode(&claims())));
        ask(&provider.sign(&header, &claims()));
    }
    // The public key as the secret of an HMAC.
    let public = provider.jwks()["keys"][1]["x"].as_str().unwrap().to_owned();
    for secret in [public.as_bytes(), b"secret"] {
        let signed = format!("{}.{}", encode(&json!({ "alg": "HS256" })), encode(&claims()));
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
        ask(&format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag)));
    }
    // An unknown key, a key of another kind, a key that the token brings along.
    let stranger = Provider {
        ed25519: Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap(),
        ..Provider::new()
    };
    ask(&stranger.sign(&header(), &claims()));
    ask(&provider.sign(&json!({ "alg": "EdDSA", "kid": "unknown" }), &claims()));
    ask(&provider.sign(&json!({ "alg": "EdDSA", "kid": "ec" }), &claims()));
    ask(&provider.sign(&json!({ "alg": "ES256", "kid": "ed" }), &claims()));
    let own = stranger.jwks()["keys"][1].clone();
    ask(&stranger.sign(&json!({ "alg": "EdDSA", "jwk": own }), &claims()));
    ask(&provider.sign(&json!({ "alg": "EdDSA", "kid": "ed", "crit": ["x"] }), &claims()));
    // Other claims under a good signature; no token at all.
    let good = provider.sign(&header(), &claims());
    let (_, signature) = good.rsplit_once('.').unwrap();
    let other = with("sub", json!("t-2"));
    ask(&format!("{}.{}.{signature}", encode(&header()), encode(&other)));
    for garbage in ["a", "a.b", "a.b.c", "..", &"x".repeat(9_000), "grant~a.b", "grant~"] {
        ask(garbage);
    }
}

#[test]
fn staff_has_another_audience_and_a_role() {
    let provider = Provider::new();
    let world = world(&provider);
    let mut staff = claims();
    staff["iss"] = json!("https://staff.example");
    staff["aud"] = json!("onecode staff");
    let ask = |claims: &Value| {
        let token = provider.sign(&header(), claims);
        world.get("/staff/cards?reference=r", Some(&token))
    };
    ask(&staff).is(944);
    staff["groups"] = json!(["onecode-readers"]);
    ask(&staff).is(944);
    staff["groups"] = json!(["a", "onecode-staff"]);
    ask(&staff).ok();
    staff["groups"] = json!("a onecode-staff");
    ask(&staff).ok();
    // A citizen with the role is none.
    ask(&with("groups", json!(["onecode-staff"]))).is(943);
    // And staff is no citizen.
    world.get("/cards", Some(&provider.sign(&header(), &staff))).is(943);
}

#[test]
fn keys_of_a_provider_are_fetched_again_when_they_change_and_no_more_often() {
    let provider = Provider::new();
    let world = world(&provider);
    world.get("/cards", Some(&provider.sign(&header(), &claims()))).ok();
    let mut jwks = provider.jwks();
    jwks["keys"][1]["kid"] = json!("new");
    fs::write(world.place.folder.join("jwks.json"), jwks.to_string()).unwrap();
    let new = provider.sign(&json!({ "alg": "EdDSA", "kid": "new" }), &claims());
    world.get("/cards", Some(&new)).is(941);
    world.pass(60);
    world.get("/cards", Some(&new)).ok();
    // A provider that is gone is believed for a day.
    fs::remove_file(world.place.folder.join("jwks.json")).unwrap();
    world.pass(20 * 3_600);
    let later = with("exp", json!(world.now() + 600));
    world.get("/cards", Some(&provider.sign(&json!({ "alg": "EdDSA" }), &later))).ok();
    world.pass(5 * 3_600);
    let later = with("exp", json!(world.now() + 600));
    let answer = world.get("/cards", Some(&provider.sign(&json!({ "alg": "EdDSA" }), &later)));
    answer.is(945);
    assert!(answer.retry_after_s.is_some());
}
