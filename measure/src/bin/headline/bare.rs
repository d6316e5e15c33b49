//! The yardsticks: signatures by the libraries underneath, with nothing around them.

use std::hint::black_box;

use ring::rand::SystemRandom;
use ring::signature::{
    EcdsaKeyPair, Ed25519KeyPair, KeyPair, UnparsedPublicKey, VerificationAlgorithm,
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ED25519,
};
use sm2::dsa::signature::{Signer, Verifier};

/// As many cards as take turns, so that no number is warm from the last time.
const CARDS: usize = 500;
/// Bytes that an issuer and a phone sign for an everyday code: the Sig_structures of
/// docs/SPEC.md appendix B.
const SIGNED: [usize; 2] = [95, 180];
const ID: &str = "1234567812345678";

/// Two signatures of each card, by two keys.
pub struct Bare {
    keys: [Key; 2],
    cards: Vec<[(Vec<u8>, Vec<u8>); 2]>,
    next: usize,
}

pub enum Key {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Sm2(sm2::dsa::SigningKey),
}

impl Key {
    pub fn p256() -> Key {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Key::P256(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    pub fn ed25519() -> Key {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Key::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap())
    }

    pub fn sm2() -> Key {
        let number: [u8; 32] = std::array::from_fn(|_| fastrand::u8(1..));
        Key::Sm2(sm2::dsa::SigningKey::from_slice(ID, &number).unwrap())
    }

    pub fn sign(&self, random: &SystemRandom, message: &[u8]) -> Vec<u8> {
        match self {
            Key::P256(pair) => pair.sign(random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Key::Sm2(key) => {
                let signature: sm2::dsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
        }
    }

    fn verify(&self, message: &[u8], signature: &[u8]) {
        let by_ring = |algorithm: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(algorithm, key).verify(message, signature).unwrap();
        };
        match self {
            Key::P256(pair) => by_ring(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref()),
            Key::Ed25519(pair) => by_ring(&ED25519, pair.public_key().as_ref()),
            Key::Sm2(key) => {
                let signature = sm2::dsa::Signature::from_slice(signature).unwrap();
                key.verifying_key().verify(message, &signature).unwrap();
            }
        }
    }
}

impl Bare {
    pub fn new(issuer: Key, phone: Key) -> Self {
        let random = SystemRandom::new();
        let sign = |key: &Key, length: usize, n: usize| {
            let message: Vec<u8> = n.to_be_bytes().into_iter().cycle().take(length).collect();
            let signature = key.sign(&random, &message);
            (message, signature)
        };
        let card = |n| [sign(&issuer, SIGNED[0], n), sign(&phone, SIGNED[1], n)];
        let cards = (0..CARDS).map(card).collect();
        Bare { keys: [issuer, phone], cards, next: 0 }
    }

    /// Both signatures of the next card.
    pub fn verify_two(&mut self) {
        self.verify(&[0, 1]);
    }

    /// The phone's signature of the next card.
    pub fn verify_one(&mut self) {
        self.verify(&[1]);
    }

    fn verify(&mut self, which: &[usize]) {
        self.next = (self.next + 1) % CARDS;
        for at in which {
            let (message, signature) = black_box(&self.cards[self.next][*at]);
            self.keys[*at].verify(message, signature);
        }
    }

    /// A signature over as many bytes as a phone signs.
    pub fn sign_one(&mut self) {
        self.next = (self.next + 1) % CARDS;
        let (message, _) = &self.cards[self.next][1];
        black_box(self.keys[1].sign(&SystemRandom::new(), black_box(message)));
    }
}
