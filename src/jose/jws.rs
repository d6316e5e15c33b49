//! Signed documents: compact JWS with a protected header of exactly `alg`, `kid` and `typ`.
//!
//! Specification: RFC 7515, docs/SPEC.md section 11.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::base64url::decode_base64url;
use super::error::{DocumentError, SignDocumentError};
use super::json;
use super::member::Object;
use crate::keys::{self, Algorithm, Check, PublicKey, Signature, SigningKey};

/// Largest document that is read, in bytes of JWS.
pub const MAX_DOCUMENT: usize = 64 << 20;

/// Longest protected header, in characters: it holds three short strings.
const MAX_HEADER: usize = 512;

/// The protected header, with exactly these members: no `crit`, and no key or key address that a
/// forger could supply.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

impl Algorithm {
    /// The name in a JWS header. ES256 is already fully specified there, so it has no other name
    /// (RFC 9864 section 2.1). The name of SM2 is not registered.
    pub fn jose_name(self) -> &'static str {
        match self {
            Algorithm::Esp256 => "ES256",
            Algorithm::Ed25519 => "Ed25519",
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => "SM2-SM3",
        }
    }
}

/// A document as JSON, to be signed.
pub(crate) fn to_json(document: &impl Serialize) -> Result<Vec<u8>, SignDocumentError> {
    serde_json::to_vec(document)
        .map_err(|error| SignDocumentError::Json { detail: error.to_string() })
}

/// Signs the JSON of a document: `typ` says which kind it is.
pub(crate) fn sign(
    typ: &str,
    json: &[u8],
    key: &dyn SigningKey,
) -> Result<String, SignDocumentError> {
    let public_key = key.public_key();
    let header = Header {
        alg: public_key.algorithm().jose_name().to_owned(),
        kid: public_key.jwk_thumbprint(),
        typ: typ.to_owned(),
    };
    let mut jws = URL_SAFE_NO_PAD.encode(to_json(&header)?);
    jws.push('.');
    URL_SAFE_NO_PAD.encode_string(json, &mut jws);
    let signature = keys::sign(key, jws.as_bytes(), Check::Signature)?;
    jws.push('.');
    URL_SAFE_NO_PAD.encode_string(signature.as_bytes(), &mut jws);
    Ok(jws)
}

/// Reads a document that one of `roots` has signed. The payload is parsed only after the signature
/// holds. Returns the document and the root that signed it.
pub(crate) fn verify<T: DeserializeOwned>(
    typ: &str,
    jws: &[u8],
    roots: &[PublicKey],
) -> Result<(T, PublicKey), DocumentError> {
    check_length(jws.len())?;
    let mut parts = jws.split(|byte| *byte == b'.');
    let (Some(header), Some(payload), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(DocumentError::NotJws);
    };
    if header.len() > MAX_HEADER || signature.len() > MAX_HEADER {
        return Err(DocumentError::NotJws);
    }
    let signed = &jws[..header.len() + 1 + payload.len()];
    let decode = |part, text| {
        decode_base64url(text).map_err(|problem| DocumentError::NotBase64Url { part, problem })
    };
    let Object::<Header>(header) =
        serde_json::from_slice(&decode("header", header)?).map_err(|_| DocumentError::Header)?;
    if header.typ != typ {
        return Err(DocumentError::WrongKind { found: header.typ });
    }
    let root = roots
        .iter()
        .find(|root| root.jwk_thumbprint() == header.kid)
        .ok_or(DocumentError::UnknownRoot { key: header.kid })?;
    if header.alg != root.algorithm().jose_name() {
        return Err(DocumentError::WrongAlgorithm {
            key: root.algorithm().jose_name(),
            named: header.alg,
        });
    }
    let signature = Signature::from_raw(&decode("signature", signature)?)
        .map_err(|_| DocumentError::BadSignature)?;
    root.verify(signed, &signature).map_err(|_| DocumentError::BadSignature)?;
    Ok((json::read(&decode("payload", payload)?)?, *root))
}

fn check_length(length: usize) -> Result<(), DocumentError> {
    match length > MAX_DOCUMENT {
        true => Err(DocumentError::TooLarge { length, limit: MAX_DOCUMENT }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::SoftwareKey;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most 64 MiB ({} bytes)", number(MAX_DOCUMENT)),
            &format!("header and signature have at most {MAX_HEADER} characters each"),
        ]);
    }

    #[test]
    fn a_document_of_exactly_64_mib_is_read() {
        assert_eq!(check_length(67_108_864), Ok(()));
        let (length, limit) = (67_108_865, 67_108_864);
        assert_eq!(check_length(length), Err(DocumentError::TooLarge { length, limit }));
    }

    /// A header of 384 bytes has 512 characters, and one of 385 has 514: no header has 513.
    #[test]
    fn a_header_of_512_characters_is_read_and_none_of_more() {
        let root = SoftwareKey::generate(Algorithm::Ed25519).unwrap().key;
        let kid = root.public_key().jwk_thumbprint();
        let header = format!(r#"{{"alg":"Ed25519","kid":"{kid}","typ":"t"}}"#);
        let read = |bytes: usize| {
            let header = URL_SAFE_NO_PAD.encode(format!("{header:bytes$}"));
            let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode("{}"));
            let signature = keys::sign(&root, signed.as_bytes(), Check::Signature).unwrap();
            let jws = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature.as_bytes()));
            let document = verify::<serde_json::Value>("t", jws.as_bytes(), &[root.public_key()]);
            (header.len(), document.map(|_| ()))
        };
        assert_eq!(read(384), (512, Ok(())));
        assert_eq!(read(385), (514, Err(DocumentError::NotJws)));
        let longer = [&[b'A'; 513][..], b".e30.AA"].concat();
        let longer = verify::<serde_json::Value>("t", &longer, &[]).map(|_| ());
        assert_eq!(longer, Err(DocumentError::NotJws));
    }
}
