//! Talks to an issuer's service as a phone does: docs/SERVICE.md has the endpoints.
//!
//! `http` sends and reads, `error` says what went wrong. Rules are the service's and the library's.
//! Uses `files`, `cause` and `time`.

mod error;
pub(crate) mod http;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::jose::decode_base64url;
use onecode::request::{CardRequest, CollectRequest, MoveAnswer, RequestChallenge};
use onecode::{CardCredential, PublicKey};
use serde_json::{json, Value};
use zeroize::Zeroizing;

pub(crate) use self::error::CallError;
use self::http::Http;
pub(crate) use self::http::Server;
use crate::failure::Failure;
use crate::time;

/// The grant type of a code from a counter (OpenID4VCI 1.0 section 6).
const PRE_AUTHORIZED: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// What the service says when it has no such endpoint.
pub(crate) const NO_SUCH_ENDPOINT: u64 = 933;

/// An issuer's service.
pub(crate) struct IssuerClient {
    http: Http,
}

/// A token that says who is signed in. Never printed.
pub(crate) struct Token(Zeroizing<String>);

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Token(Zeroizing::new(text.trim().to_owned()))
    }
}

/// A challenge, and until when it is good by this machine's clock (Unix seconds).
#[derive(Clone)]
pub(crate) struct Given {
    pub(crate) challenge: RequestChallenge,
    pub(crate) until_unix_s: i64,
}

/// A credential, and the challenge for the next renewal.
pub(crate) struct Issued {
    pub(crate) credential: CardCredential,
    pub(crate) next: Given,
}

impl IssuerClient {
    pub(crate) fn new(server: &Server) -> Result<Self, Failure> {
        Ok(IssuerClient { http: Http::new(server)? })
    }

    /// A token from the signer of a practice region.
    pub(crate) fn practice_token(&self, subject: &str) -> Result<Token, CallError> {
        let answer = self.http.post("/practice/token", None, &json!({ "subject": subject }))?;
        self.token(&answer)
    }

    /// A token for a code that a counter gave.
    pub(crate) fn token_for_code(&self, code: &str) -> Result<Token, CallError> {
        let form = [("grant_type", PRE_AUTHORIZED), ("pre-authorized_code", code)];
        let answer = self.http.post_form("/token", form)?;
        self.token(&answer)
    }

    fn token(&self, answer: &Value) -> Result<Token, CallError> {
        let token = answer["access_token"].as_str().ok_or_else(|| self.strange("access_token"))?;
        Ok(Token::new(token))
    }

    /// A challenge for whoever is signed in.
    pub(crate) fn challenge(&self, token: &Token) -> Result<Given, CallError> {
        self.given(&self.http.post("/nonce", Some(&token.0), &json!({}))?)
    }

    /// A challenge for a key that renews.
    pub(crate) fn challenge_for_key(&self, key: &PublicKey) -> Result<Given, CallError> {
        let thumbprint = URL_SAFE_NO_PAD.encode(key.thumbprint().0);
        self.given(&self.http.post("/nonce", None, &json!({ "key": thumbprint }))?)
    }

    /// A card onto this phone: the one that is named, or the only one.
    pub(crate) fn credential(
        &self,
        token: &Token,
        request: &CardRequest,
        card: Option<&str>,
    ) -> Result<Issued, CallError> {
        let mut body = proofs(request);
        if let Some(card) = card {
            body["credential_identifier"] = card.into();
        }
        self.issued(&self.http.post("/credential", Some(&token.0), &body)?)
    }

    /// The same card for another 30 days.
    pub(crate) fn renewal(&self, request: &CardRequest) -> Result<Issued, CallError> {
        self.issued(&self.http.post("/renewal", None, &proofs(request))?)
    }

    /// What was issued for a request whose answer was lost.
    pub(crate) fn collect(&self, collect: &CollectRequest) -> Result<Issued, CallError> {
        let collect = URL_SAFE_NO_PAD.encode(collect.as_bytes());
        self.issued(&self.http.post("/collect", None, &json!({ "collect_request": collect }))?)
    }

    /// A card from another phone, which agreed.
    pub(crate) fn move_card(
        &self,
        token: &Token,
        request: &CardRequest,
        answer: &MoveAnswer,
    ) -> Result<Issued, CallError> {
        let mut body = proofs(request);
        body["consent"] = answer.text().into();
        self.issued(&self.http.post("/move", Some(&token.0), &body)?)
    }

    fn issued(&self, answer: &Value) -> Result<Issued, CallError> {
        let text = answer["credentials"][0]["credential"].as_str();
        let bytes = text.and_then(|text| decode_base64url(text).ok());
        let credential = bytes.and_then(|bytes| CardCredential::from_bytes(&bytes).ok());
        let credential = credential.ok_or_else(|| self.strange("credential"))?;
        Ok(Issued { credential, next: self.given(answer)? })
    }

    fn given(&self, answer: &Value) -> Result<Given, CallError> {
        let text = answer["c_nonce"].as_str();
        let bytes = text.and_then(|text| decode_base64url(text).ok());
        let challenge = bytes.and_then(|bytes| RequestChallenge::new(&bytes));
        let challenge = challenge.ok_or_else(|| self.strange("c_nonce"))?;
        let lasts_s = answer["c_nonce_expires_in"].as_i64().unwrap_or(0);
        Ok(Given { challenge, until_unix_s: time::now().saturating_add(lasts_s) })
    }

    fn strange(&self, member: &'static str) -> CallError {
        CallError::Strange { url: self.http.url().to_owned(), status: 200, member: Some(member) }
    }
}

fn proofs(request: &CardRequest) -> Value {
    let request = URL_SAFE_NO_PAD.encode(request.as_bytes());
    json!({ "proofs": { "onecode_card_request": [request] } })
}
