//! The practice region's identity provider: it signs a token for whoever asks. A live service has
//! none.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{json, Value};

use super::jwt::{Key, Material};
use super::{TokensError, STAFF_ROLE};
use crate::config::Config;
use crate::nonce::Secrets;

/// How long its tokens are good, in seconds.
pub(crate) const LASTS_S: i64 = 3_600;

const KEY_ID: &str = "practice";

/// Signs tokens.
pub(crate) struct Practice {
    pub(crate) issuer: String,
    citizens: String,
    staff: String,
    roles_claim: String,
    key: Ed25519KeyPair,
}

impl Practice {
    pub(super) fn new(config: &Config, secrets: &Secrets) -> Result<Self, TokensError> {
        let url = config.public_url.trim_end_matches('/');
        let key = Ed25519KeyPair::from_seed_unchecked(&secrets.practice);
        let roles = config.staff.as_ref().map(|staff| staff.roles_claim.clone());
        Ok(Practice {
            issuer: format!("{url}/practice"),
            citizens: url.to_owned(),
            staff: format!("{url}/staff"),
            roles_claim: roles.unwrap_or_else(|| "roles".into()),
            key: key.map_err(|_| TokensError::Practice)?,
        })
    }

    pub(super) fn audience(&self, staff: bool) -> String {
        if staff {
            self.staff.clone()
        } else {
            self.citizens.clone()
        }
    }

    pub(super) fn jwks(&self) -> Vec<Key> {
        let material = Material::Ed25519(self.key.public_key().as_ref().to_vec());
        vec![Key { id: Some(KEY_ID.into()), only: None, material }]
    }

    /// The same as a document.
    pub(crate) fn jwks_document(&self) -> Value {
        let x = URL_SAFE_NO_PAD.encode(self.key.public_key());
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "use": "sig", "kid": KEY_ID, "x": x }] })
    }

    /// A token for this subject, as a citizen or as staff.
    pub(crate) fn sign(&self, subject: &str, staff: bool, now: i64) -> String {
        let mut claims = json!({
            "iss": self.issuer,
            "aud": self.audience(staff),
            "sub": subject,
            "iat": now,
            "exp": now.saturating_add(LASTS_S),
        });
        if staff {
            claims[&self.roles_claim] = json!([STAFF_ROLE]);
        }
        let header = json!({ "alg": "EdDSA", "kid": KEY_ID, "typ": "JWT" });
        let encode = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = self.key.sign(signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
