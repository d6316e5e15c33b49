//! An Android phone with a key, what its keystore states, and an issuer that asks.

use std::sync::Arc;

use onecode::PublicKey;
use onecode_service::attestation::{
    Android, AttestationError, Config, Found, Level, Policy, Verifier,
};

use crate::maker::*;

/// What a keystore states about a key.
#[derive(Clone)]
pub struct Statement {
    pub version: u64,
    pub stated_in: u8,
    pub key_in: u8,
    pub challenge: Vec<u8>,
    pub software: Vec<(u32, Vec<u8>)>,
    pub hardware: Vec<(u32, Vec<u8>)>,
    pub after: Vec<u8>,
}

impl Statement {
    pub fn encode(&self) -> Vec<u8> {
        let list = |list: &[(u32, Vec<u8>)]| {
            let each: Vec<_> = list.iter().map(|(tag, value)| context(*tag, value)).collect();
            sequence(&each)
        };
        let mut bytes = sequence(&[
            integer(self.version),
            enumerated(self.stated_in),
            integer(self.version),
            enumerated(self.key_in),
            octets(&self.challenge),
            octets(&[]),
            list(&self.software),
            list(&self.hardware),
        ]);
        bytes.extend(&self.after);
        bytes
    }

    /// Puts another value, or takes one away.
    pub fn put(&mut self, tag: u32, value: Option<Vec<u8>>) {
        self.hardware.retain(|(other, _)| *other != tag);
        self.hardware.extend(value.map(|value| (tag, value)));
    }
}

pub fn numbers(numbers: &[u64]) -> Vec<u8> {
    set(&numbers.iter().copied().map(integer).collect::<Vec<_>>())
}

pub fn root_of_trust(is_locked: bool, state: u8) -> Vec<u8> {
    sequence(&[octets(&[1; 32]), boolean(is_locked), enumerated(state), octets(&[2; 32])])
}

/// A phone, its chain, and an issuer.
pub struct Case {
    pub statement: Statement,
    /// The key's own first; its statement is added when they are signed.
    pub plans: Vec<Plan>,
    pub key: PublicKey,
    pub challenge: Vec<u8>,
    pub now: i64,
    pub policy: Policy,
    pub root: String,
    pub revoked: Option<String>,
    pub factory_outlives: bool,
    pub verified_boot: bool,
    pub arrange: fn(Vec<Vec<u8>>) -> Vec<u8>,
}

impl Case {
    /// A key in the trusted environment of a phone from the factory.
    pub fn new() -> Self {
        Case::of(Signer::p256())
    }

    /// The same for a key.
    pub fn of(key: Arc<Signer>) -> Self {
        let [root, middle] = [Signer::p384(), Signer::p384()];
        let batch = Signer::p256();
        let leaf = Plan {
            serial: 1,
            not_before: "700101000000Z",
            not_after: "480101000000Z",
            extensions: vec![signs_digitally()],
            ..Plan::authority("Android Keystore Key", &key, ("batch", &batch))
        };
        let root_plan = Plan::authority("root", &root, ("root", &root));
        let challenge = b"a challenge of the issuer".to_vec();
        let statement = Statement {
            version: 300,
            stated_in: 1,
            key_in: 1,
            challenge: challenge.clone(),
            software: vec![(701, integer(1_780_000_000_000)), (709, octets(b"an app"))],
            hardware: vec![
                (1, numbers(&[2])),
                (2, integer(3)),
                (3, integer(256)),
                (5, numbers(&[4])),
                (10, integer(1)),
                (503, null()),
                (702, integer(0)),
                (704, root_of_trust(true, 0)),
                (705, integer(150_000)),
                (706, integer(202_605)),
            ],
            after: Vec::new(),
        };
        Case {
            statement,
            key: key.public_key(),
            challenge,
            now: NOW,
            policy: Policy::Required { level: Level::Tee },
            root: pem("CERTIFICATE", &root_plan.sign()),
            plans: vec![
                leaf,
                Plan::authority("batch", &batch, ("middle", &middle)),
                Plan::authority("middle", &middle, ("root", &root)),
                root_plan,
            ],
            revoked: None,
            factory_outlives: true,
            verified_boot: true,
            arrange: |certificates| certificates.concat(),
        }
    }

    pub fn evidence(&self) -> Vec<u8> {
        let mut plans = self.plans.clone();
        plans[0].extensions.push(extension(KEY_DESCRIPTION, false, &self.statement.encode()));
        (self.arrange)(plans.iter().map(Plan::sign).collect())
    }

    pub fn verifier(&self) -> Verifier {
        let root = File::new(&self.root);
        let revoked = self.revoked.as_deref().map(File::new);
        let android = Android {
            roots: vec![root.0.clone()],
            revoked: revoked.as_ref().map(|file| file.0.clone()),
            factory_outlives: self.factory_outlives,
            verified_boot: self.verified_boot,
        };
        let config = Config { policy: self.policy, android: Some(android), apple: None };
        Verifier::open(&config).unwrap()
    }

    pub fn check(&self) -> Result<Found, AttestationError> {
        self.verifier().check(&self.evidence(), &self.key, &self.challenge, self.now)
    }
}
