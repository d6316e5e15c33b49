//! The endpoints of phones.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use onecode::jose::decode_base64url;
use serde::Deserialize;
use serde_json::{json, Value};

use super::take::{self, Body};
use super::{CONFIGURATION, PRE_AUTHORIZED, PROOF};
use crate::issue::Sent;
use crate::nonce::For;
use crate::problem::{Kind, Problem};
use crate::service::Service;
use crate::tokens::code_hash;

type Shared = State<Arc<Service>>;

/// How long the token for a pre-authorised code is good, in seconds, and never longer than the code.
const TOKEN_S: i64 = 600;

/// Renewals in one request, at most.
const MAX_RENEWALS: usize = 8;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NonceRequest {
    /// The thumbprint of a key, for its renewal (RFC 9679, base64url).
    key: Option<String>,
}

#[derive(Deserialize)]
struct CredentialRequest {
    credential_configuration_id: Option<String>,
    credential_identifier: Option<String>,
    proofs: Proofs,
    attestation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Proofs {
    onecode_card_request: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Renewals {
    proofs: Proofs,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MoveRequest {
    proofs: Proofs,
    /// The text of the old phone's code.
    consent: String,
    attestation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Collect {
    collect_request: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lost {
    /// The thumbprint of the lost phone's key; the whole card without it.
    phone: Option<String>,
}

impl Proofs {
    fn one(&self) -> Result<&str, Problem> {
        match self.onecode_card_request.as_slice() {
            [one] => Ok(one),
            _ => Err(Kind::Form.with(format!("proofs.{PROOF} has one request"))),
        }
    }
}

/// A pre-authorised code for a token (OpenID4VCI 1.0 section 6). It can be asked for again until a
/// credential has been issued for it.
pub(super) async fn token(State(service): Shared, body: Body) -> Response {
    let result = async {
        let bytes = take::bytes(body)?;
        let form = std::str::from_utf8(&bytes).map_err(|_| Kind::Form.with("no UTF-8"))?;
        let member = |name: &str| form_member(form, name);
        if member("grant_type").as_deref() != Some(PRE_AUTHORIZED) {
            return Err(Kind::Form.with(format!("grant_type is {PRE_AUTHORIZED}")));
        }
        let code = member("pre-authorized_code").ok_or(Kind::BadGrant)?;
        let (hash, now) = (code_hash(&code), service.clock.now());
        service.rates.take(hash.as_bytes(), now).map_err(|wait_s| service.too_many(wait_s))?;
        let mut change = service.books.change().await?;
        let (reference, expires) = change.grant_of(&hash, now).await?.ok_or(Kind::BadGrant)?;
        let expires = expires.min(now.saturating_add(TOKEN_S));
        let token = service.tokens.for_grant(&service.secrets, &reference, &hash, expires);
        Ok(json!({
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": expires.saturating_sub(now),
        }))
    };
    service.answer(result.await)
}

/// A member of `application/x-www-form-urlencoded`.
fn form_member(form: &str, name: &str) -> Option<String> {
    let mut members = form.split('&').filter_map(|member| member.split_once('='));
    let (_, value) = members.find(|(member, _)| decoded(member).as_deref() == Some(name))?;
    decoded(value)
}

fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                let value = digit(rest.next())? * 16 + digit(rest.next())?;
                bytes.push(u8::try_from(value).ok()?);
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// A challenge: for who is signed in, or for a key that renews.
pub(super) async fn nonce(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        let bytes = take::bytes(body)?;
        let asked: NonceRequest =
            if bytes.is_empty() { NonceRequest { key: None } } else { take::json(Ok(bytes))? };
        let to = match (asked.key, take::optional_bearer(&headers)?) {
            (Some(key), _) => {
                let key = decode_base64url(&key).ok().and_then(|key| key.try_into().ok());
                let key: [u8; 32] =
                    key.ok_or_else(|| Kind::Form.with("key: a thumbprint of 32 bytes"))?;
                service.rates.take(&key, now).map_err(|wait_s| service.too_many(wait_s))?;
                For::Key(key)
            }
            (None, Some(_)) => service.citizen(&headers, now).await?.challenge_for(),
            (None, None) => return Err(Kind::NoToken.with("sign in, or name a key that renews")),
        };
        let nonce = service.secrets.challenge(&to, service.config.cards.challenge_lasts_s, now)?;
        Ok(json!({ "c_nonce": nonce.challenge, "c_nonce_expires_in": nonce.expires_in_s }))
    };
    service.answer(result.await)
}

/// A card onto this phone.
pub(super) async fn credential(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        let citizen = service.citizen(&headers, now).await?;
        let asked: CredentialRequest = take::json(body)?;
        let configuration = asked.credential_configuration_id.as_deref();
        if configuration.is_some_and(|configuration| configuration != CONFIGURATION) {
            return Err(Kind::Form.with("no such credential_configuration_id"));
        }
        let sent = Sent { request: asked.proofs.one()?, attestation: asked.attestation.as_deref() };
        let proof = service.proof(sent, &citizen.challenge_for(), true, now).await?;
        let reference = asked.credential_identifier.as_deref();
        service.issue(&citizen, reference, &proof, now).await
    };
    service.answer(result.await)
}

/// New credentials for the cards of a phone. One that fails does not hold up the others.
pub(super) async fn renewal(State(service): Shared, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        let asked: Renewals = take::json(body)?;
        match asked.proofs.onecode_card_request.as_slice() {
            [one] => service.renew(one, now).await,
            several if (2..=MAX_RENEWALS).contains(&several.len()) => {
                let mut answers = Vec::with_capacity(several.len());
                for one in several {
                    answers.push(match service.renew(one, now).await {
                        Ok(answer) => answer,
                        // Nothing is wrong with this card. The phone comes back with all of them: those
                        // that were renewed get the same answer again.
                        Err(problem)
                            if problem.what.status() == StatusCode::SERVICE_UNAVAILABLE =>
                        {
                            return Err(problem);
                        }
                        Err(problem) => json!({ "problem": problem.document() }),
                    });
                }
                Ok(json!({ "renewals": answers }))
            }
            _ => Err(Kind::Form.with(format!("proofs.{PROOF} has 1 to {MAX_RENEWALS} requests"))),
        }
    };
    service.answer(result.await)
}

/// A credential that a counter asked for.
pub(super) async fn collect(State(service): Shared, body: Body) -> Response {
    let result = async {
        let asked: Collect = take::json(body)?;
        service.collect(&asked.collect_request, service.clock.now()).await
    };
    service.answer(result.await)
}

/// A card from another phone onto this one.
pub(super) async fn move_card(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        let subject = service.person(&headers, now).await?;
        let asked: MoveRequest = take::json(body)?;
        let sent = Sent { request: asked.proofs.one()?, attestation: asked.attestation.as_deref() };
        let proof = service.proof(sent, &For::Person(subject.clone()), true, now).await?;
        service.move_card(&subject, &proof, &asked.consent, now).await
    };
    service.answer(result.await)
}

/// The own cards.
pub(super) async fn cards(State(service): Shared, headers: HeaderMap) -> Response {
    let result = async {
        let subject = service.person(&headers, service.clock.now()).await?;
        service.own_cards(&subject).await
    };
    service.answer(result.await)
}

/// The own card, or one of its phones, is lost.
pub(super) async fn report_lost(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let result = async {
        let now = service.clock.now();
        let subject = service.person(&headers, now).await?;
        let lost: Lost = take::json(body)?;
        let card: Value =
            service.report_lost(&subject, &reference, lost.phone.as_deref(), now).await?;
        Ok(card)
    };
    service.answer(result.await)
}
