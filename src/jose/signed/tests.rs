use super::*;
use crate::keys::{Algorithm, SigningKey, SoftwareKey, ToBeSigned};
use crate::spec::{assert_says, number};

/// A document with one signature, and its header padded to so many bytes.
fn document(key: &SoftwareKey, header_bytes: usize) -> String {
    let public = key.public_key();
    let kid = public.jwk_thumbprint();
    let header = format!(r#"{{"alg":"Ed25519","kid":"{kid}","typ":"onecode-catalogue+jws"}}"#);
    let protected = URL_SAFE_NO_PAD.encode(format!("{header:header_bytes$}"));
    let input = signing_input(&protected, b"{}");
    let encoded = key.sign(&ToBeSigned::new(public, &input)).unwrap();
    let signature = Signature::decode(Algorithm::Ed25519, &encoded).unwrap();
    write(b"{}", [(&*protected, &signature)])
}

#[test]
fn the_specification_states_what_is_here() {
    assert_says([
        &format!("at most 64 MiB ({} bytes)", number(MAX_DOCUMENT)),
        &format!("header and signature have at most {MAX_HEADER} characters each"),
        &format!("1 to {MAX_SIGNATURES} signatures"),
    ]);
    let kinds: Vec<String> =
        DocumentKind::ALL.iter().map(|kind| format!("`{}`", kind.typ())).collect();
    for kind in &kinds {
        assert_says([kind]);
    }
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
    let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap().key;
    let public = key.public_key();
    let longest = document(&key, 384);
    let mut envelope = Envelope::parse(longest.as_bytes()).unwrap();
    assert!(envelope.holds(0, &public));
    let longer = document(&key, 385);
    let longer = Envelope::parse(longer.as_bytes()).map(|_| ());
    assert!(matches!(longer, Err(DocumentError::Form { .. })), "{longer:?}");
}

#[test]
fn a_signature_is_checked_with_one_key() {
    let [key, other] = [(), ()].map(|()| SoftwareKey::generate(Algorithm::Ed25519).unwrap().key);
    let [key_there, stranger] = [&key, &other].map(|key| key.public_key());
    let text = document(&key, 0);
    let mut envelope = Envelope::parse(text.as_bytes()).unwrap();
    assert!(envelope.holds(0, &key_there) && envelope.holds(0, &key_there));
    assert!(!envelope.holds(0, &stranger));
    assert!(!envelope.holds(1, &key_there), "there is no second signature");
    let mut envelope = Envelope::parse(text.as_bytes()).unwrap();
    assert!(!envelope.holds(0, &stranger) && !envelope.holds(0, &key_there));
}
