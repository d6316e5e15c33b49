//! App Attest of Apple.

use std::sync::Arc;

use onecode::PublicKey;
use onecode_service::attestation::{
    Apple, AttestationError as E, Config, Found, Level, Policy, Verifier,
};
use ring::digest::{digest, SHA256};

use crate::maker::*;

const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";

/// Writes an object of certificates and authenticator data.
type Encode = fn(&[Vec<u8>], &[u8]) -> Vec<u8>;

/// An app on a phone, and an issuer.
pub struct Case {
    app: &'static str,
    flags: u8,
    counter: u32,
    environment: &'static [u8; 16],
    credential_id: Option<Vec<u8>>,
    /// What App Attest's key is in the object, if not that of the certificate.
    stated_key: Option<Arc<Signer>>,
    after_key: Vec<u8>,
    nonce: fn([u8; 32]) -> Vec<u8>,
    plans: Vec<Plan>,
    root: String,
    pub challenge: Vec<u8>,
    signed_challenge: Option<Vec<u8>>,
    pub key: PublicKey,
    card_key: Arc<Signer>,
    now: i64,
    policy: Policy,
    development: bool,
    encode: Encode,
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    digest(&SHA256, &parts.concat()).as_ref().try_into().unwrap()
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&[0x59, (bytes.len() >> 8) as u8, bytes.len() as u8], bytes].concat()
}

fn text(text: &str) -> Vec<u8> {
    [&[0x60 | text.len() as u8], text.as_bytes()].concat()
}

fn object(certificates: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let each: Vec<u8> = certificates.iter().flat_map(|it| bytes(it)).collect();
    [
        vec![0xa3],
        [text("fmt"), text("apple-appattest")].concat(),
        [text("attStmt"), vec![0xa2]].concat(),
        [text("x5c"), vec![0x80 | certificates.len() as u8], each].concat(),
        [text("receipt"), bytes(b"a receipt")].concat(),
        [text("authData"), bytes(data)].concat(),
    ]
    .concat()
}

impl Case {
    pub fn new() -> Self {
        let [root, middle] = [Signer::p384(), Signer::p384()];
        let [key, card_key] = [Signer::p256(), Signer::p256()];
        let root_plan = Plan::authority("root", &root, ("root", &root));
        let leaf = Plan {
            not_before: "260531000000Z",
            not_after: "260603000000Z",
            extensions: vec![signs_digitally()],
            ..Plan::authority("a key", &key, ("middle", &middle))
        };
        Case {
            app: "TEAM123456.cn.example.card",
            flags: 0x40,
            counter: 0,
            environment: PRODUCTION,
            credential_id: None,
            stated_key: None,
            after_key: Vec::new(),
            nonce: |nonce| sequence(&[context(1, &octets(&nonce))]),
            plans: vec![leaf, Plan::authority("middle", &middle, ("root", &root))],
            root: pem("CERTIFICATE", &root_plan.sign()),
            challenge: b"a challenge of the issuer".to_vec(),
            signed_challenge: None,
            key: card_key.public_key(),
            card_key,
            now: NOW,
            policy: Policy::Required { level: Level::Tee },
            development: false,
            encode: object,
        }
    }

    pub fn evidence(&self) -> Vec<u8> {
        let attested = &self.plans[0].key;
        let id = sha256(&[attested.point()]).to_vec();
        let point = self.stated_key.as_ref().unwrap_or(attested).point();
        let id = self.credential_id.as_ref().unwrap_or(&id);
        let data = [
            &sha256(&[self.app.as_bytes()])[..],
            &[self.flags],
            &self.counter.to_be_bytes(),
            self.environment,
            &(id.len() as u16).to_be_bytes(),
            id,
            &[0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 0x20],
            &point[1..33],
            &[0x22, 0x58, 0x20],
            &point[33..],
            &self.after_key,
        ]
        .concat();
        let challenge = self.signed_challenge.as_ref().unwrap_or(&self.challenge);
        let client_data_hash = sha256(&[challenge, self.card_key.point()]);
        let mut plans = self.plans.clone();
        let nonce = (self.nonce)(sha256(&[&data, &client_data_hash]));
        plans[0].extensions.push(extension(APPLE_NONCE, false, &nonce));
        (self.encode)(&plans.iter().map(Plan::sign).collect::<Vec<_>>(), &data)
    }

    pub fn verifier(&self) -> Verifier {
        let root = File::new(&self.root);
        let apple = Apple {
            roots: vec![root.0.clone()],
            apps: vec!["TEAM123456.cn.example.card".into(), "TEAM123456.cn.example.kiosk".into()],
            counts_as: Level::Tee,
            development: self.development,
        };
        let config = Config { policy: self.policy, android: None, apple: Some(apple) };
        Verifier::open(&config).unwrap()
    }

    fn check(&self) -> Result<Found, E> {
        self.verifier().check(&self.evidence(), &self.key, &self.challenge, self.now)
    }
}

fn with(change: impl FnOnce(&mut Case)) -> Result<Found, E> {
    let mut case = Case::new();
    change(&mut case);
    case.check()
}

#[test]
fn the_issuers_app_vouches_for_a_key_and_counts_as_configured() {
    let found = Found { level: Level::Tee, word: "app-attest" };
    assert_eq!(with(|_| {}), Ok(found));
    assert_eq!(with(|case| case.app = "TEAM123456.cn.example.kiosk"), Ok(found));
    let required = Level::SecureElement;
    let more = with(|case| case.policy = Policy::Required { level: required });
    assert_eq!(more, Err(E::Level { found: Level::Tee, required }));
}

#[test]
fn it_is_for_this_challenge_and_this_key_of_ours() {
    let other = with(|case| case.signed_challenge = Some(b"another challenge".to_vec()));
    assert_eq!(other, Err(E::Challenge));
    assert_eq!(with(|case| case.card_key = Signer::p256()), Err(E::Challenge));
    // App Attest's own key is none of ours.
    let own = with(|case| case.key = case.plans[0].key.public_key());
    assert_eq!(own, Err(E::Challenge));
}

#[test]
fn another_app_an_old_key_or_the_environment_for_development_is_refused() {
    assert_eq!(with(|case| case.app = "TEAM123456.cn.example.other"), Err(E::App));
    assert_eq!(with(|case| case.counter = 1), Err(E::Statement));
    assert_eq!(with(|case| case.flags = 0), Err(E::Statement));
    let development = |case: &mut Case| case.environment = b"appattestdevelop";
    assert_eq!(with(development), Err(E::Environment));
    let taken = with(|case| {
        development(case);
        case.development = true;
    });
    assert_eq!(taken.unwrap().word, "app-attest");
    assert_eq!(with(|case| case.environment = b"appattest......."), Err(E::Statement));
}

#[test]
fn the_key_of_the_object_is_that_of_the_certificate() {
    assert_eq!(with(|case| case.stated_key = Some(Signer::p256())), Err(E::OtherKey));
    assert_eq!(with(|case| case.credential_id = Some(vec![7; 32])), Err(E::OtherKey));
    assert_eq!(with(|case| case.credential_id = Some(vec![7; 31])), Err(E::Statement));
}

#[test]
fn a_map_may_follow_the_key_and_nothing_else() {
    let after = |after: &[u8]| with(|case| case.after_key = after.to_vec());
    // {"apple_validation_category_01": h'01000000'}, as iOS 27 has it.
    let map =
        [&[0xa1, 0x78, 28][..], b"apple_validation_category_01", &[0x44, 1, 0, 0, 0]].concat();
    assert_eq!(after(&map).unwrap().word, "app-attest");
    for wrong in [&[0][..], &[0x40], &[0xa1], &[0xa0, 0], &[0xa1, 0x61]] {
        assert_eq!(after(wrong), Err(E::Statement), "{wrong:?}");
    }
}

#[test]
fn the_nonce_has_one_form() {
    let wrong: [fn([u8; 32]) -> Vec<u8>; 4] = [
        |nonce| nonce.to_vec(),
        |nonce| sequence(&[octets(&nonce)]),
        |nonce| sequence(&[context(1, &octets(&nonce[..31]))]),
        |_| Vec::new(),
    ];
    for nonce in wrong {
        assert_eq!(with(|case| case.nonce = nonce), Err(E::Statement));
    }
    let trailing = with(|case| {
        case.nonce = |nonce| [sequence(&[context(1, &octets(&nonce))]), vec![0]].concat();
    });
    assert_eq!(trailing, Err(E::Challenge));
}

#[test]
fn the_object_has_one_form() {
    let wrong: [Encode; 5] = [
        |certificates, data| [object(certificates, data), vec![0]].concat(),
        |certificates, data| {
            let object = object(certificates, data);
            object[..object.len() - 1].to_vec()
        },
        |certificates, data| {
            let mut other = object(certificates, data);
            other[6] ^= 1;
            other
        },
        |_, _| [vec![0xa3], text("fmt"), text("apple-appattest"), text("fmt"), text("x")].concat(),
        |_, _| vec![0xa3],
    ];
    for encode in wrong {
        assert_eq!(with(|case| case.encode = encode), Err(E::Statement));
    }
    assert_eq!(with(|case| case.encode = |_, data| object(&[], data)), Err(E::Format));
}

#[test]
fn dates_authority_and_root_count() {
    assert_eq!(with(|case| case.now += 3 * 86_400), Err(E::Expired { index: 0 }));
    assert_eq!(with(|case| case.now -= 3 * 86_400), Err(E::NotYet { index: 0 }));
    let expired = with(|case| case.plans[1].not_after = "260531000000Z");
    assert_eq!(expired, Err(E::Expired { index: 1 }));
    let strange = Signer::p384();
    let other = pem("CERTIFICATE", &Plan::authority("root", &strange, ("root", &strange)).sign());
    assert_eq!(with(|case| case.root = other), Err(E::Root));
    let not = with(|case| case.plans[1].extensions = vec![issues_certificates()]);
    assert_eq!(not, Err(E::NotAnAuthority { index: 1 }));
    let forged = with(|case| case.plans[0].signed_by = Signer::p384());
    assert_eq!(forged, Err(E::Signature { index: 0 }));
    let many = with(|case| {
        let root = case.plans[1].clone();
        case.plans.extend(std::iter::repeat_n(root, 9));
    });
    assert_eq!(many, Err(E::TooManyCertificates));
}
