//! The same work by others: two signatures in COSE, one in a JWS, a COVID certificate.

use std::hint::black_box;

use ciborium::Value;
use coset::{CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, TaggedCborSerializable};
use onecode::{Algorithm, PublicKey};
use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};

use crate::gate::Gate;
use crate::measure::{Table, Target};
use onecode_measure::practice::{Practice, DAY, NOW};

pub fn rows(table: &mut Table) {
    table.section = "peers";
    let mut fresh = Gate::new(Algorithm::Esp256, Algorithm::Esp256, 4_097);
    let mut known = Gate::new(Algorithm::Esp256, Algorithm::Esp256, 500);
    (0..500).for_each(|_| known.scan());

    let coset = Coset::new();
    table
        .row(
            "scan, card never seen",
            "coset + p256: the two signatures of one code, nothing else",
            Target::Ratio(1.0),
            || fresh.scan(),
            || coset.verify(),
        )
        .for_readme();

    let key = signing_key();
    let point = key.verifying_key().to_sec1_point(false);
    let pkcs8 = ring_pkcs8();
    let (token, decoding, validation) = jwt(&pkcs8);
    table
        .row(
            "scan, card seen before",
            "jsonwebtoken (on ring): one ES256 token",
            Target::Ratio(1.10),
            || known.scan(),
            || {
                let decoded = jsonwebtoken::decode::<serde_json::Value>(
                    black_box(&token),
                    &decoding,
                    &validation,
                );
                black_box(decoded.unwrap());
            },
        )
        .for_readme();

    let certificate = covid_certificate(&key);
    let mut trusted = dgc::TrustList::default();
    trusted.add(KID, point.as_bytes().to_vec());
    let verify = || {
        let (container, validity) = dgc::validate(black_box(&certificate), &trusted).unwrap();
        assert!(validity.is_valid(), "{validity}");
        black_box(container);
    };
    table.row(
        "scan, card never seen: two signatures",
        "dgc: a COVID certificate, one signature",
        Target::Ratio(2.0),
        || fresh.scan(),
        verify,
    );
    table.row(
        "scan, card seen before: one signature",
        "dgc: a COVID certificate, one signature",
        Target::Ratio(1.0),
        || known.scan(),
        verify,
    );
}

/// A code of ours, read and checked with other libraries.
struct Coset {
    text: String,
    issuer: VerifyingKey,
}

impl Coset {
    fn new() -> Self {
        let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
        let issuer: PublicKey = onecode::SigningKey::public_key(&world.issuer);
        Coset {
            text: world.code(&world.credential(|_| ()), NOW).text().to_owned(),
            issuer: VerifyingKey::from_sec1_bytes(&issuer.to_bytes()).unwrap(),
        }
    }

    fn verify(&self) {
        let bytes = base45::decode(&black_box(&self.text)[4..]).unwrap();
        let code = CoseSign1::from_slice(&bytes).unwrap();
        // The credential travels in the header parameter `kcwt`, 13.
        let mut parameters = code.protected.header.rest.iter();
        let (_, kcwt) = parameters.find(|(label, _)| *label == coset::Label::Int(13)).unwrap();
        let mut credential = Vec::new();
        ciborium::into_writer(kcwt, &mut credential).unwrap();
        let credential = CoseSign1::from_slice(&credential).unwrap();
        verify(&credential, &self.issuer);

        let claims: Value =
            ciborium::from_reader(&credential.payload.as_ref().unwrap()[..]).unwrap();
        let confirmation = entry(&claims, 8);
        let key = entry(confirmation, 1);
        let x = entry(key, -2).as_bytes().unwrap();
        let is_odd = entry(key, -3).as_bool().unwrap();
        let point = [&[2 + u8::from(is_odd)], &x[..]].concat();
        verify(&code, &VerifyingKey::from_sec1_bytes(&point).unwrap());
    }
}

fn verify(sign1: &CoseSign1, key: &VerifyingKey) {
    sign1
        .verify_signature(b"", |signature, message| {
            key.verify(message, &Signature::from_slice(signature)?)
        })
        .unwrap();
}

fn entry(map: &Value, key: i64) -> &Value {
    let entries = map.as_map().unwrap();
    &entries.iter().find(|(found, _)| *found == Value::from(key)).unwrap().1
}

fn signing_key() -> SigningKey {
    let number: [u8; 32] = std::array::from_fn(|_| fastrand::u8(..=200));
    SigningKey::from_slice(&number).unwrap()
}

fn ring_pkcs8() -> Vec<u8> {
    let random = ring::rand::SystemRandom::new();
    let algorithm = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let document = ring::signature::EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    document.as_ref().to_vec()
}

/// A token with about the claims of a code.
fn jwt(pkcs8: &[u8]) -> (String, jsonwebtoken::DecodingKey, jsonwebtoken::Validation) {
    use ring::signature::{EcdsaKeyPair, KeyPair};
    let algorithm = jsonwebtoken::Algorithm::ES256;
    let claims = serde_json::json!({
        "iss": "cn-31", "iat": NOW, "exp": 4_000_000_000_i64, "region": 310000,
        "status": { "status_list": { "idx": 700007, "uri": "https://example.cn/status/31" } },
        "entitlements": [0, 1, 2, 3, 4, 5, 6],
    });
    let encoding = jsonwebtoken::EncodingKey::from_ec_der(pkcs8);
    let header = jsonwebtoken::Header::new(algorithm);
    let token = jsonwebtoken::encode(&header, &claims, &encoding).unwrap();
    let random = ring::rand::SystemRandom::new();
    let ring_algorithm = &ring::signature::ECDSA_P256_SHA256_FIXED_SIGNING;
    let pair = EcdsaKeyPair::from_pkcs8(ring_algorithm, pkcs8, &random).unwrap();
    let decoding = jsonwebtoken::DecodingKey::from_ec_der(pair.public_key().as_ref());
    (token, decoding, jsonwebtoken::Validation::new(algorithm))
}

const KID: &[u8; 8] = b"onecode0";

/// A made-up vaccination certificate in the form of the European Union's: CBOR, COSE_Sign1, zlib,
/// base45.
fn covid_certificate(key: &SigningKey) -> String {
    let text = |text: &str| Value::from(text);
    let map = |entries: Vec<(&str, Value)>| {
        Value::Map(entries.into_iter().map(|(name, value)| (text(name), value)).collect())
    };
    let vaccination = map(vec![
        ("tg", text("840539006")),
        ("vp", text("1119349007")),
        ("mp", text("EU/1/20/1528")),
        ("ma", text("ORG-100030215")),
        ("dn", Value::from(2)),
        ("sd", Value::from(2)),
        ("dt", text("2021-05-29")),
        ("co", text("XX")),
        ("is", text("Nobody's Ministry of Health")),
        ("ci", text("URN:UVCI:01:XX:0123456789ABCDEF0123456789#A")),
    ]);
    let name = map(vec![
        ("fn", text("Nobody")),
        ("fnt", text("NOBODY")),
        ("gn", text("Nemo")),
        ("gnt", text("NEMO")),
    ]);
    let certificate = map(vec![
        ("v", Value::Array(vec![vaccination])),
        ("nam", name),
        ("dob", text("1970-01-01")),
        ("ver", text("1.3.0")),
    ]);
    let claims = Value::Map(vec![
        (Value::from(1), text("XX")),
        (Value::from(4), Value::from(NOW + 365 * DAY)),
        (Value::from(6), Value::from(NOW)),
        (Value::from(-260), Value::Map(vec![(Value::from(1), certificate)])),
    ]);
    let mut payload = Vec::new();
    ciborium::into_writer(&claims, &mut payload).unwrap();
    let header =
        HeaderBuilder::new().algorithm(coset::iana::Algorithm::ES256).key_id(KID.to_vec()).build();
    let sign1 = CoseSign1Builder::new()
        .protected(header)
        .payload(payload)
        .create_signature(b"", |message| {
            let signature: Signature = key.sign(message);
            signature.to_bytes().to_vec()
        })
        .build();
    let bytes = sign1.to_tagged_vec().unwrap();
    let mut zlib = Vec::new();
    let mut reader = flate2::read::ZlibEncoder::new(&bytes[..], flate2::Compression::best());
    std::io::copy(&mut reader, &mut zlib).unwrap();
    format!("HC1:{}", base45::encode(zlib))
}
