//! A phone: its key, its requests, its codes.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::card::CardId;
use onecode::governance::Sha256Hash;
use onecode::request::{
    CardRequest, CardRequestClaims, CollectRequest, Reason, Replaces, RequestChallenge,
};
use onecode::{Algorithm, CardCredential, CodeSession, SigningKey, SoftwareKey};
use serde_json::{json, Value};

/// A phone with a key, and what the service gave it.
pub(crate) struct Phone {
    pub(crate) key: SoftwareKey,
    pub(crate) session: Option<CodeSession>,
    pub(crate) next_challenge: Option<String>,
}

impl Phone {
    pub(crate) fn new() -> Self {
        let key = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
        Phone { key, session: None, next_challenge: None }
    }

    pub(crate) fn thumbprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key().thumbprint().0)
    }

    pub(crate) fn request(
        &self,
        challenge: &str,
        replaces: Option<Replaces>,
        attestation: Option<&[u8]>,
        now: i64,
    ) -> CardRequest {
        let challenge = URL_SAFE_NO_PAD.decode(challenge).unwrap();
        let claims = CardRequestClaims {
            issued_at_unix_s: now,
            key: self.key.public_key(),
            challenge: RequestChallenge::new(&challenge).unwrap(),
            attestation: attestation.map(Sha256Hash::of),
            replaces,
        };
        CardRequest::make(claims, &self.key).unwrap()
    }

    /// What fetches the answer to an earlier request.
    pub(crate) fn collect(&self, request: &CardRequest, now: i64) -> Value {
        let collect = CollectRequest::make(request, now, &self.key).unwrap();
        json!({ "collect_request": URL_SAFE_NO_PAD.encode(collect.as_bytes()) })
    }

    /// Takes a credential, if there is one in the answer.
    pub(crate) fn take(&mut self, answer: &Value) {
        if let Some(credential) = answer["credentials"][0]["credential"].as_str() {
            let bytes = URL_SAFE_NO_PAD.decode(credential).unwrap();
            let credential = CardCredential::from_bytes(&bytes).unwrap();
            assert_eq!(credential.claims().holder_key, self.key.public_key());
            self.session = Some(CodeSession::new(credential));
            self.next_challenge = Some(answer["c_nonce"].as_str().unwrap().to_owned());
        }
    }

    pub(crate) fn position(&self) -> u32 {
        self.credential().claims().status_index
    }

    pub(crate) fn credential(&self) -> &CardCredential {
        self.session.as_ref().unwrap().credential()
    }

    pub(crate) fn code(&mut self, now: i64) -> String {
        self.session.as_mut().unwrap().code(&self.key, now).unwrap().text().to_owned()
    }
}

/// The card that a phone has is replaced.
pub(crate) fn replaces(reason: Reason, old: &Phone) -> Replaces {
    Replaces { reason, card: Some(CardId::of(old.credential().claims())) }
}
