//! No message chooses the algorithm that it is checked with: for every pair of algorithms, a
//! header that names another one than the key's is refused, and a signature of another kind under
//! the right name is a forgery.

#[macro_use]
mod say;

mod practice;

use minicbor::{Decoder, Encoder};
use onecode::gate::Signer;
#[cfg(feature = "sm2")]
use onecode::keys::SignerId;
use onecode::keys::{Signature, ToBeSigned};
use onecode::{
    Algorithm, CardClaims, CardCredential, Code, CodeClaims, Entitlements, Policy, PublicKey,
    Refusal, Region, SigningKey, SoftwareKey, Verdict,
};
use practice::NOW;

/// An issuer, a phone, and somebody who has a key of yet another algorithm.
struct Parties {
    issuer: SoftwareKey,
    phone: SoftwareKey,
    other: SoftwareKey,
}

/// Every issuer with every phone, and for each every algorithm that `of` does not have.
fn for_each_pair(of: fn(&Parties) -> &SoftwareKey, mut check: impl FnMut(&Parties)) {
    let mut cases = 0;
    for issuer in Algorithm::ALL {
        for phone in Algorithm::ALL {
            for other in Algorithm::ALL {
                let parties = Parties {
                    issuer: practice::key(*issuer),
                    phone: practice::key(*phone),
                    other: practice::key(*other),
                };
                if algorithm(of(&parties)) != *other {
                    check(&parties);
                    cases += 1;
                }
            }
        }
    }
    say!("{cases} cases");
    let count = Algorithm::ALL.len();
    assert_eq!(cases, count * count * (count - 1));
}

#[test]
fn every_pair_is_accepted() {
    let mut cases = 0;
    for issuer in Algorithm::ALL {
        for phone in Algorithm::ALL {
            let parties = Parties {
                issuer: practice::key(*issuer),
                phone: practice::key(*phone),
                other: practice::key(Algorithm::Esp256),
            };
            let verdict = parties.scan(&parties.code(&parties.credential()));
            assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
            cases += 1;
        }
    }
    say!("{cases} cases");
    assert_eq!(cases, Algorithm::ALL.len().pow(2));
}

#[test]
fn the_issuers_header_names_another_algorithm() {
    for_each_pair(
        |parties| &parties.issuer,
        |parties| {
            let (key, named) = (algorithm(&parties.issuer), algorithm(&parties.other));
            let credential = parties.credential();
            let credential = signed_as(credential.as_bytes(), named.cose_id(), &parties.issuer);
            let credential = CardCredential::from_bytes(&credential).unwrap();
            parties.check(
                &parties.code(&credential),
                &Refusal::AlgorithmMismatch { signer: Signer::Issuer, key, named },
            );
        },
    );
}

#[test]
fn the_phones_header_names_another_algorithm() {
    for_each_pair(
        |parties| &parties.phone,
        |parties| {
            let (key, named) = (algorithm(&parties.phone), algorithm(&parties.other));
            let code = parties.code(&parties.credential());
            parties.check(
                &signed_as(&code, named.cose_id(), &parties.phone),
                &Refusal::AlgorithmMismatch { signer: Signer::Phone, key, named },
            );
        },
    );
}

#[test]
fn the_issuers_algorithm_is_named_and_another_signs() {
    for_each_pair(
        |parties| &parties.issuer,
        |parties| {
            let credential = parties.credential();
            let named = algorithm(&parties.issuer).cose_id();
            let credential = signed_as(credential.as_bytes(), named, &parties.other);
            let credential = CardCredential::from_bytes(&credential).unwrap();
            parties.check(&parties.code(&credential), &Refusal::CardForged);
        },
    );
}

#[test]
fn the_phones_algorithm_is_named_and_another_signs() {
    for_each_pair(
        |parties| &parties.phone,
        |parties| {
            let code = parties.code(&parties.credential());
            let named = algorithm(&parties.phone).cose_id();
            parties.check(&signed_as(&code, named, &parties.other), &Refusal::CodeForged);
        },
    );
}

/// ES256 (-7) and ESP256 (-9) are the same computation, and still two names.
#[test]
fn a_name_that_is_not_known() {
    let key = || SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
    let parties = Parties { issuer: key(), phone: key(), other: key() };
    let code = parties.code(&parties.credential());
    for named in [-7, -8, 0, -65_536, -65_538] {
        let code = signed_as(&code, named, &parties.phone);
        let verdict = parties.scan(&code);
        assert!(
            matches!(verdict, Verdict::Refused(Refusal::UnknownAlgorithm { .. })),
            "{named}: {verdict:?}"
        );
    }
}

/// Two keys that differ in their signer ID alone have the same key id: both are tried, and the one
/// that signed is found.
#[cfg(feature = "sm2")]
#[test]
fn an_issuers_signer_id_is_part_of_its_key() {
    let pkcs8 = SoftwareKey::generate(Algorithm::Sm2).unwrap().pkcs8;
    let id = SignerId::new(b"\x00\xff\x80\x01").unwrap();
    let default = SoftwareKey::from_pkcs8(&pkcs8).unwrap().public_key();
    let parties = Parties {
        issuer: SoftwareKey::sm2_with_id(&pkcs8, id).unwrap(),
        phone: SoftwareKey::generate(Algorithm::Esp256).unwrap().key,
        other: SoftwareKey::generate(Algorithm::Sm2).unwrap().key,
    };
    let own = parties.issuer.public_key();
    assert_eq!(own.key_id(), default.key_id());
    let code = parties.code(&parties.credential());

    let verdict = scan(&code, [own]);
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    let verdict = scan(&code, [default, own]);
    assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    assert_eq!(scan(&code, [default]), Verdict::Refused(Refusal::CardForged));
}

impl Parties {
    fn credential(&self) -> CardCredential {
        let claims = CardClaims {
            region: Region::JIANGSU,
            status_index: 7,
            entitlements: Entitlements::of([0]),
            max_window_s: 60,
            expires_unix_s: NOW + 86_400,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: self.phone.public_key(),
        };
        CardCredential::issue(claims, &self.issuer).unwrap()
    }

    /// The bytes of a code.
    fn code(&self, credential: &CardCredential) -> Vec<u8> {
        let code = Code::make(credential, &self.phone, &CodeClaims::at(NOW)).unwrap();
        base45::decode(code.text().strip_prefix("OC1:").unwrap()).unwrap()
    }

    fn scan(&self, code: &[u8]) -> Verdict {
        scan(code, [self.issuer.public_key()])
    }

    fn check(&self, code: &[u8], refusal: &Refusal) {
        assert_eq!(self.scan(code), Verdict::Refused(refusal.clone()));
    }
}

fn scan(code: &[u8], keys: impl IntoIterator<Item = PublicKey>) -> Verdict {
    let keys = keys.into_iter().map(|key| practice::issuer_key(key, &[Region::JIANGSU])).collect();
    let issuers = vec![practice::issuer("cn-32", Region::JIANGSU, keys)];
    let text = format!("OC1:{}", base45::encode(code));
    practice::scanner_of(&practice::key(Algorithm::Esp256), issuers, Policy::default())
        .scan(&text, &practice::context(NOW))
}

fn algorithm(key: &SoftwareKey) -> Algorithm {
    key.public_key().algorithm()
}

/// The same COSE_Sign1 with another number under `alg`, the first entry of its protected header,
/// signed by `key`.
fn signed_as(sign1: &[u8], alg: i64, key: &SoftwareKey) -> Vec<u8> {
    let mut decoder = Decoder::new(sign1);
    assert_eq!(decoder.array().unwrap(), Some(4));
    let protected = decoder.bytes().unwrap();
    assert_eq!(decoder.map().unwrap(), Some(0));
    let payload = decoder.bytes().unwrap();

    let mut header = Decoder::new(protected);
    let entries = header.map().unwrap().unwrap();
    assert_eq!(header.i64().unwrap(), 1);
    header.i64().unwrap();
    let mut encoder = Encoder::new(Vec::new());
    encoder.map(entries).unwrap().i64(1).unwrap().i64(alg).unwrap();
    let mut changed = encoder.into_writer();
    changed.extend(&protected[header.position()..]);

    let mut encoder = Encoder::new(Vec::new());
    encoder.array(4).unwrap().str("Signature1").unwrap();
    encoder.bytes(&changed).unwrap().bytes(&[]).unwrap();
    encoder.bytes(payload).unwrap();
    let signature = key.sign(&ToBeSigned::new(key.public_key(), encoder.writer())).unwrap();
    let signature = Signature::decode(algorithm(key), &signature).unwrap();

    let mut encoder = Encoder::new(Vec::new());
    encoder.array(4).unwrap().bytes(&changed).unwrap();
    encoder.map(0).unwrap().bytes(payload).unwrap();
    encoder.bytes(signature.as_bytes()).unwrap();
    encoder.into_writer()
}
