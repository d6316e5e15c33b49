//! Signed documents by our own hand: JWS JSON general serialization (RFC 7515 section 7.2.1).
//! Shares no code with the library's writer.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::{Algorithm, SigningKey};
use serde_json::{json, Value};

use super::parts::{sha256, FixedKey};

/// The protected header of a signature by this key.
pub fn header(typ: &str, key: &FixedKey) -> Value {
    let key = key.public_key();
    let alg = match key.algorithm() {
        Algorithm::Esp256 => "ES256",
        Algorithm::Ed25519 => "Ed25519",
        _ => "SM2-SM3",
    };
    json!({ "alg": alg, "kid": key.jwk_thumbprint(), "typ": typ })
}

/// One member of `signatures`.
pub fn signature(header: &Value, payload: &[u8], key: &FixedKey) -> Value {
    let protected = base64url(header.to_string());
    let raw = key.raw(format!("{protected}.{}", base64url(payload)).as_bytes());
    json!({ "protected": protected, "signature": base64url(raw) })
}

/// The whole document.
pub fn document(payload: &[u8], signatures: Vec<Value>) -> String {
    json!({ "payload": base64url(payload), "signatures": signatures }).to_string()
}

/// A document signed by these keys.
pub fn sign(typ: &str, payload: &[u8], keys: &[&FixedKey]) -> String {
    let signatures = keys.iter().map(|key| signature(&header(typ, key), payload, key));
    document(payload, signatures.collect())
}

/// What was signed.
pub fn payload(document: &str) -> Vec<u8> {
    let document: Value = serde_json::from_str(document).unwrap();
    URL_SAFE_NO_PAD.decode(document["payload"].as_str().unwrap()).unwrap()
}

/// The name of a document.
pub fn hash(document: &str) -> [u8; 32] {
    sha256(&payload(document))
}

pub fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
