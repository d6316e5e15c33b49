//! Phones with real keys, and the requests that they send. They sign on processors of their own: their
//! requests are made before the clock runs.

use std::net::SocketAddr;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::jose::decode_base64url;
use onecode::request::{CardRequest, CardRequestClaims, RequestChallenge};
use onecode::{Algorithm, SigningKey, SoftwareKey};
use rayon::prelude::*;
use serde_json::{json, Value};

use crate::http::{post, send_all, Answer};
use crate::{now, Failed, CONNECTIONS};

/// A phone.
pub struct Phone {
    key: SoftwareKey,
    pub thumbprint: String,
    pub jwk: String,
    /// For the next request.
    challenge: Option<String>,
}

/// New phones.
pub fn new(count: usize) -> Result<Vec<Phone>, Failed> {
    let phone = |_| {
        let key = SoftwareKey::generate(Algorithm::Esp256)?.key;
        let public = key.public_key();
        let thumbprint = URL_SAFE_NO_PAD.encode(public.thumbprint().0);
        Ok(Phone { key, thumbprint, jwk: public.to_jwk(), challenge: None })
    };
    (0..count).into_par_iter().map(phone).collect()
}

impl Phone {
    fn proofs(&self, challenge: &str) -> Result<Value, Failed> {
        let challenge = decode_base64url(challenge)?;
        let claims = CardRequestClaims {
            issued_at_unix_s: now(),
            key: self.key.public_key(),
            challenge: RequestChallenge::new(&challenge).ok_or("a challenge of another length")?,
            attestation: None,
            replaces: None,
        };
        let request = CardRequest::make(claims, &self.key)?;
        let request = URL_SAFE_NO_PAD.encode(request.as_bytes());
        Ok(json!({ "proofs": { "onecode_card_request": [request] } }))
    }

    /// Keeps the challenge for the next renewal. Whether the answer is a credential.
    pub fn take(&mut self, answer: &Answer) -> Result<(), String> {
        let json = answer.json()?;
        let credential = json["credentials"][0]["credential"].as_str();
        let challenge = json["c_nonce"].as_str().filter(|_| credential.is_some());
        self.challenge = challenge.map(str::to_owned);
        challenge.map(|_| ()).ok_or_else(|| format!("no credential: {json}"))
    }
}

fn member(answer: &Answer, name: &str) -> Result<String, Failed> {
    let json = answer.json()?;
    Ok(json[name].as_str().ok_or_else(|| format!("no {name}: {json}"))?.to_owned())
}

/// A renewal for each of these phones.
pub fn renewals(address: SocketAddr, phones: &mut [Phone]) -> Result<Vec<Vec<u8>>, Failed> {
    let without: Vec<&mut Phone> =
        phones.iter_mut().filter(|phone| phone.challenge.is_none()).collect();
    let asked: Vec<Vec<u8>> = without
        .iter()
        .map(|phone| post("/nonce", None, &json!({ "key": phone.thumbprint })))
        .collect();
    let (_, answers) = send_all(address, CONNECTIONS, &asked);
    for (phone, answer) in without.into_iter().zip(&answers) {
        phone.challenge = Some(member(answer, "c_nonce")?);
    }
    let renewal = |phone: &Phone| {
        let challenge = phone.challenge.as_deref().ok_or("no challenge")?;
        Ok(post("/renewal", None, &phone.proofs(challenge)?))
    };
    phones.par_iter().map(renewal).collect()
}

/// A first card for each of these new phones, whose persons are `new-FROM` and the next ones.
pub fn issues(address: SocketAddr, from: u32, phones: &[Phone]) -> Result<Vec<Vec<u8>>, Failed> {
    let persons = (from..).take(phones.len()).map(|number| format!("new-{number}"));
    let asked: Vec<Vec<u8>> =
        persons.map(|name| post("/practice/token", None, &json!({ "subject": name }))).collect();
    let (_, answers) = send_all(address, CONNECTIONS, &asked);
    let tokens = answers.iter().map(|answer| member(answer, "access_token"));
    let tokens: Vec<String> = tokens.collect::<Result<_, _>>()?;
    let asked: Vec<Vec<u8>> =
        tokens.iter().map(|token| post("/nonce", Some(token), &json!({}))).collect();
    let (_, answers) = send_all(address, CONNECTIONS, &asked);
    let nonces = answers.iter().map(|answer| member(answer, "c_nonce"));
    let nonces: Vec<String> = nonces.collect::<Result<_, _>>()?;
    let issue = |((phone, token), nonce): ((&Phone, &String), &String)| {
        Ok(post("/credential", Some(token), &phone.proofs(nonce)?))
    };
    phones.par_iter().zip(&tokens).zip(&nonces).map(issue).collect()
}
