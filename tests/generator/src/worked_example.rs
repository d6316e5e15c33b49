//! The worked examples of docs/SPEC.md appendix B, byte by byte.
//!
//! The keys are published test keys and the signatures are deterministic (RFC 6979, RFC 8032), so
//! every run prints the same.

use std::error::Error;
use std::fmt::Write;

use onecode::keys::{EncodedSignature, SigningError, ToBeSigned};
use onecode::request::{CardRequest, CardRequestClaims, Reason, Replaces, RequestChallenge};
use onecode::{
    Algorithm, Answer, ApplicationNumber, CardClaims, CardCredential, Challenge, Code, CodeClaims,
    Entitlements, PublicKey, Region, SigningKey, SoftwareKey,
};
use p256::ecdsa::signature::Signer;

/// RFC 6979, appendix A.2.5.
const ISSUER_P256: [u8; 32] = [
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
    0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21,
];

/// RFC 7515, appendix A.3.
const PHONE_P256: [u8; 32] = [
    0x8e, 0x9b, 0x10, 0x9e, 0x71, 0x90, 0x98, 0xbf, 0x98, 0x04, 0x87, 0xdf, 0x1f, 0x5d, 0x77, 0xe9,
    0xcb, 0x29, 0x60, 0x6e, 0xbe, 0xd2, 0x26, 0x3b, 0x5f, 0x57, 0xc2, 0x13, 0xdf, 0x84, 0xf4, 0xb2,
];

/// RFC 8032, section 7.1, test 1.
const ISSUER_ED25519: [u8; 32] = [
    0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4,
    0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
];

/// RFC 8032, section 7.1, test 2.
const NEW_PHONE_ED25519: [u8; 32] = [
    0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
    0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb,
];

/// A P-256 key that signs without random numbers.
struct DeterministicKey(p256::ecdsa::SigningKey);

impl DeterministicKey {
    fn new(private: &[u8; 32]) -> Result<Self, Box<dyn Error>> {
        Ok(DeterministicKey(p256::ecdsa::SigningKey::from_slice(private)?))
    }
}

impl SigningKey for DeterministicKey {
    fn public_key(&self) -> PublicKey {
        let point = self.0.verifying_key().to_sec1_point(true);
        match PublicKey::from_bytes(Algorithm::Esp256, point.as_bytes()) {
            Ok(key) => key,
            Err(_) => unreachable!("a verifying key is a point"),
        }
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        let signature: p256::ecdsa::Signature = self.0.sign(message.bytes());
        Ok(EncodedSignature::Raw(signature.to_bytes().to_vec()))
    }
}

/// PKCS#8 version 1 around an Ed25519 seed (RFC 8410, section 7).
fn ed25519(seed: &[u8; 32]) -> Result<SoftwareKey, Box<dyn Error>> {
    let mut pkcs8 = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20".to_vec();
    pkcs8.extend(seed);
    Ok(SoftwareKey::from_pkcs8(&pkcs8)?)
}

/// The everyday code: both keys on P-256, no optional claim.
fn everyday() -> Result<String, Box<dyn Error>> {
    let issuer = DeterministicKey::new(&ISSUER_P256)?;
    let phone = DeterministicKey::new(&PHONE_P256)?;
    let credential = CardCredential::issue(
        CardClaims {
            region: Region::new(320_500)?,
            status_index: 200_000_000,
            entitlements: Entitlements::of([0, 1, 2, 5]),
            max_window_s: 60,
            expires_unix_s: 1_790_086_400,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: phone.public_key(),
        },
        &issuer,
    )?;
    let code = Code::make(&credential, &phone, &CodeClaims::at(1_790_000_000))?;
    let pieces = [
        (1, "array of 4: the code, a COSE_Sign1"),
        (2, "protected header of the code: 154 bytes"),
        (1, ". map of 2"),
        (2, ". 1 alg: -9, ESP256"),
        (1, ". 13 kcwt: the card credential"),
        (1, ". . array of 4: the credential, a COSE_Sign1"),
        (1, ". . protected header of the credential: 7 bytes"),
        (1, ". . . map of 2"),
        (2, ". . . 1 alg: -9, ESP256"),
        (4, ". . . 4 kid: first 2 bytes of the issuer key's thumbprint"),
        (1, ". . unprotected header: empty"),
        (2, ". . payload of the credential: 72 bytes"),
        (1, ". . . map of 3"),
        (6, ". . . 4 exp: 1790086400"),
        (1, ". . . 8 cnf"),
        (1, ". . . . map of 1"),
        (1, ". . . . 1 COSE_Key"),
        (1, ". . . . . map of 4"),
        (2, ". . . . . 1 kty: 2, EC2"),
        (2, ". . . . . -1 crv: 1, P-256"),
        (35, ". . . . . -2 x"),
        (2, ". . . . . -3 y: true, the odd one"),
        (5, ". . . -65537 card"),
        (1, ". . . . array of 6"),
        (1, ". . . . scheme: 1"),
        (3, ". . . . region: 3205, which is 320500 (Suzhou)"),
        (5, ". . . . status index: 200000000"),
        (2, ". . . . entitlements: 39, bits 0, 1, 2 and 5"),
        (2, ". . . . longest window: 60 s"),
        (1, ". . . . flags: none"),
        (66, ". . signature of the issuer: r, then s"),
        (1, "unprotected header: empty"),
        (1, "payload of the code: 7 bytes"),
        (1, ". map of 1"),
        (6, ". 6 iat: 1790000000"),
        (66, "signature of the phone: r, then s"),
    ];
    report(&issuer, &phone, &credential, &code, &pieces)
}

/// Everything that is optional: a confirmation of status, a relative's phone, an application and
/// a challenge; and an issuer whose key is on Ed25519.
fn bound() -> Result<String, Box<dyn Error>> {
    let issuer = ed25519(&ISSUER_ED25519)?;
    let phone = DeterministicKey::new(&PHONE_P256)?;
    let credential = CardCredential::issue(
        CardClaims {
            region: Region::SHANGHAI,
            status_index: 65_536,
            entitlements: Entitlements::of([0, 8]),
            max_window_s: 90,
            expires_unix_s: 1_790_086_400,
            confirmed_unix_s: Some(1_789_999_200),
            specimen: false,
            delegate: true,
            holder_key: phone.public_key(),
        },
        &issuer,
    )?;
    let claims = CodeClaims {
        issued_at_unix_s: 1_790_000_000,
        application: ApplicationNumber::new(101),
        answers: Challenge::new(b"\x01\x23\x45\x67\x89\xab\xcd\xef").map(Answer::Challenge),
    };
    let code = Code::make(&credential, &phone, &claims)?;
    let pieces = [
        (1, "array of 4: the code, a COSE_Sign1"),
        (2, "protected header of the code: 160 bytes"),
        (1, ". map of 2"),
        (2, ". 1 alg: -9, ESP256"),
        (1, ". 13 kcwt: the card credential"),
        (1, ". . array of 4: the credential, a COSE_Sign1"),
        (1, ". . protected header of the credential: 7 bytes"),
        (1, ". . . map of 2"),
        (2, ". . . 1 alg: -19, Ed25519"),
        (4, ". . . 4 kid: first 2 bytes of the issuer key's thumbprint"),
        (1, ". . unprotected header: empty"),
        (2, ". . payload of the credential: 78 bytes"),
        (1, ". . . map of 4"),
        (6, ". . . 4 exp: 1790086400"),
        (6, ". . . 6 iat: 1789999200, the card was valid then"),
        (1, ". . . 8 cnf"),
        (1, ". . . . map of 1"),
        (1, ". . . . 1 COSE_Key"),
        (1, ". . . . . map of 4"),
        (2, ". . . . . 1 kty: 2, EC2"),
        (2, ". . . . . -1 crv: 1, P-256"),
        (35, ". . . . . -2 x"),
        (2, ". . . . . -3 y: true, the odd one"),
        (5, ". . . -65537 card"),
        (1, ". . . . array of 6"),
        (1, ". . . . scheme: 1"),
        (2, ". . . . region: 31, which is 310000 (Shanghai)"),
        (5, ". . . . status index: 65536"),
        (3, ". . . . entitlements: 257, bits 0 and 8"),
        (2, ". . . . longest window: 90 s"),
        (1, ". . . . flags: 2, shown by a delegate"),
        (66, ". . signature of the issuer: R, then S"),
        (1, "unprotected header: empty"),
        (1, "payload of the code: 23 bytes"),
        (1, ". map of 3"),
        (5, ". 3 aud: \"101\""),
        (6, ". 6 iat: 1790000000"),
        (11, ". 39 cnonce: 8 bytes"),
        (66, "signature of the phone: r, then s"),
    ];
    report(&issuer, &phone, &credential, &code, &pieces)
}

/// A new phone asks for a move, with a challenge that the issuer has kept.
fn card_request() -> Result<String, Box<dyn Error>> {
    let phone = ed25519(&NEW_PHONE_ED25519)?;
    let challenge = RequestChallenge::new(b"sixteen bytes it").ok_or("16 bytes")?;
    let claims = CardRequestClaims {
        issued_at_unix_s: 1_790_000_000,
        key: phone.public_key(),
        challenge,
        attestation: None,
        replaces: Some(Replaces { reason: Reason::Move, card: None }),
    };
    let request = CardRequest::make(claims, &phone)?;
    let pieces = [
        (1, "array of 4: the card request, a COSE_Sign1"),
        (2, "protected header: 42 bytes"),
        (1, ". map of 2"),
        (2, ". 1 alg: -19, Ed25519"),
        (39, ". 16 typ"),
        (1, "unprotected header: empty"),
        (2, "payload: 76 bytes"),
        (1, ". map of 4"),
        (6, ". 6 iat: 1790000000"),
        (1, ". 8 cnf"),
        (1, ". . map of 1"),
        (1, ". . 1 COSE_Key"),
        (1, ". . . map of 3"),
        (2, ". . . 1 kty: 1, OKP"),
        (2, ". . . -1 crv: 6, Ed25519"),
        (35, ". . . -2 x"),
        (19, ". 39 cnonce: 16 bytes"),
        (5, ". -65542 replaces"),
        (1, ". . array of 1: the card is not named"),
        (1, ". . 3, a move"),
        (66, "signature of the new phone: R, then S"),
    ];
    let mut out = String::new();
    let key = phone.public_key();
    writeln!(out, "```text")?;
    writeln!(out, "public key         {}", hex(&key.to_bytes(), ""))?;
    writeln!(out, "thumbprint         {}", key.thumbprint())?;
    writeln!(out, "signs              {}", signed(request.as_bytes())?)?;
    writeln!(out, "name               {}", hex(&request.name().0, ""))?;
    writeln!(out, "bytes              {}", request.as_bytes().len())?;
    writeln!(out, "text               {}", request.text())?;
    writeln!(out, "```\n\n```text")?;
    dump(&mut out, request.as_bytes(), &pieces)?;
    Ok(out)
}

fn report(
    issuer: &dyn SigningKey,
    phone: &dyn SigningKey,
    credential: &CardCredential,
    code: &Code,
    pieces: &[(usize, &str)],
) -> Result<String, Box<dyn Error>> {
    let bytes = base45::decode(code.text().trim_start_matches("OC1:"))?;
    let mut out = String::new();
    writeln!(out, "```text")?;
    for (name, key) in [("issuer", issuer.public_key()), ("phone", phone.public_key())] {
        writeln!(out, "{name:6} public key  {}", hex(&key.to_bytes(), ""))?;
        writeln!(out, "{name:6} thumbprint  {}", key.thumbprint())?;
    }
    writeln!(out, "issuer signs       {}", signed(credential.as_bytes())?)?;
    writeln!(out, "phone signs        {}", signed(&bytes)?)?;
    writeln!(out, "bytes              {}", bytes.len())?;
    writeln!(out, "characters         {}", code.text().len())?;
    writeln!(out, "text               {}", code.text())?;
    writeln!(out, "```\n\n```text")?;
    dump(&mut out, &bytes, pieces)?;
    Ok(out)
}

/// The bytes of the pieces, 16 a line, each with its note.
fn dump(out: &mut String, bytes: &[u8], pieces: &[(usize, &str)]) -> Result<(), Box<dyn Error>> {
    let mut at = 0;
    for (length, note) in pieces {
        let piece = bytes.get(at..at + length).ok_or("the pieces are too long")?;
        for (line, chunk) in piece.chunks(16).enumerate() {
            let note = if line == 0 { *note } else { "" };
            let row = format!("{:3}  {:47}  {note}", at + line * 16, hex(chunk, " "));
            writeln!(out, "{}", row.trim_end())?;
        }
        at += length;
    }
    if at != bytes.len() {
        return Err("the pieces are too short".into());
    }
    writeln!(out, "```")?;
    Ok(())
}

/// SHA-256 of the Sig_structure of a COSE_Sign1.
fn signed(sign1: &[u8]) -> Result<String, Box<dyn Error>> {
    // An array of 4, two byte strings around an empty map, and 66 bytes of signature: so the
    // Sig_structure is made of the same bytes, with "Signature1" and an empty string put in.
    let mut decoder = minicbor::Decoder::new(sign1);
    decoder.array()?;
    let from = decoder.position();
    decoder.bytes()?;
    let protected = &sign1[from..decoder.position()];
    decoder.map()?;
    let from = decoder.position();
    decoder.bytes()?;
    let payload = &sign1[from..decoder.position()];
    let message = [b"\x84\x6aSignature1", protected, b"\x40", payload].concat();
    let hash = ring::digest::digest(&ring::digest::SHA256, &message);
    Ok(format!("{} bytes, SHA-256 {}", message.len(), hex(hash.as_ref(), "")))
}

fn hex(bytes: &[u8], separator: &str) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.join(separator)
}

/// What appendix B of the specification contains, word for word.
///
/// # Errors
/// None is possible unless the library is wrong: it makes what it cannot read.
pub fn worked_examples() -> Result<[String; 3], Box<dyn Error>> {
    Ok([everyday()?, bound()?, card_request()?])
}
