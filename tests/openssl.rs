//! OpenSSL as an outside judge, in both directions: keys and signatures made here are good there,
//! and the other way round.
//!
//! Needs OpenSSL 3 on the path. Without it these tests do nothing, and say so; with
//! `ONECODE_REQUIRE_TOOLS=1` they fail instead.

#[macro_use]
mod say;
mod tool;

use std::fs;

#[cfg(feature = "sm2")]
use onecode::keys::{BadSignature, SignerId};
use onecode::keys::{EncodedSignature, Signature, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use tool::OpenSsl;

const MESSAGE: &[u8] = "onecode 一码通".as_bytes();
const ALTERED: &[u8] = "onecode 一码逋".as_bytes();

/// How OpenSSL is told of an algorithm.
struct Subject {
    algorithm: Algorithm,
    genpkey: &'static [&'static str],
    pkeyutl: &'static [&'static str],
}

const ESP256: Subject = Subject {
    algorithm: Algorithm::Esp256,
    genpkey: &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    pkeyutl: &["-digest", "sha256"],
};

const ED25519: Subject =
    Subject { algorithm: Algorithm::Ed25519, genpkey: &["ED25519"], pkeyutl: &[] };

#[test]
fn esp256() {
    let Some(openssl) = OpenSsl::find("esp256") else {
        return;
    };
    let read = |pkcs8: &[u8]| SoftwareKey::from_pkcs8(pkcs8).unwrap();
    let checks = openssl.compare(&ESP256, &read);
    say!("ESP256: {checks} checks");
    assert_eq!(checks, 16);
}

#[test]
fn ed25519() {
    let Some(openssl) = OpenSsl::find("ed25519") else {
        return;
    };
    let read = |pkcs8: &[u8]| SoftwareKey::from_pkcs8(pkcs8).unwrap();
    let checks = openssl.compare(&ED25519, &read);
    say!("Ed25519: {checks} checks");
    assert_eq!(checks, 16);
}

/// The ID is always stated: what OpenSSL takes for the default has changed between versions.
#[cfg(feature = "sm2")]
#[test]
fn sm2() {
    let Some(openssl) = OpenSsl::find("sm2") else {
        return;
    };
    let subject = |pkeyutl| Subject { algorithm: Algorithm::Sm2, genpkey: &["SM2"], pkeyutl };
    let default = subject(&["-digest", "sm3", "-pkeyopt", "distid:1234567812345678"]);
    let text = subject(&["-digest", "sm3", "-pkeyopt", "distid:ALICE123@YAHOO.COM"]);
    let binary = subject(&["-digest", "sm3", "-pkeyopt", "hexdistid:00ff800100"]);

    let with_id = |id: &'static [u8]| {
        move |pkcs8: &[u8]| SoftwareKey::sm2_with_id(pkcs8, SignerId::new(id).unwrap()).unwrap()
    };
    let mut checks = openssl.compare(&default, &|pkcs8| SoftwareKey::from_pkcs8(pkcs8).unwrap());
    checks += openssl.compare(&text, &with_id(b"ALICE123@YAHOO.COM"));
    checks += openssl.compare(&binary, &with_id(b"\x00\xff\x80\x01\x00"));

    // The same key under another ID is another key, to both.
    let pkcs8 = SoftwareKey::generate(Algorithm::Sm2).unwrap().pkcs8;
    let key = SoftwareKey::from_pkcs8(&pkcs8).unwrap();
    let other = with_id(b"\x00\xff\x80\x01\x00")(&pkcs8);
    openssl.take_key(&pkcs8);
    assert!(openssl.verifies(&default, MESSAGE, &sign(&key)));
    assert!(!openssl.verifies(&binary, MESSAGE, &sign(&key)));
    let signature = openssl.sign(&binary);
    assert_eq!(other.public_key().verify(MESSAGE, &signature), Ok(()));
    assert_eq!(key.public_key().verify(MESSAGE, &signature), Err(BadSignature));
    checks += 4;
    say!("SM2: {checks} checks");
    assert_eq!(checks, 3 * 16 + 4);
}

impl OpenSsl {
    /// One key from each side, signing on both. Returns how many checks were made.
    fn compare(&self, subject: &Subject, read: &dyn Fn(&[u8]) -> SoftwareKey) -> usize {
        let ours = SoftwareKey::generate(subject.algorithm).unwrap().pkcs8;
        let theirs = self.generate(subject);
        let mut checks = 0;
        let mut check = |holds: bool, what: &str| {
            assert!(holds, "{}: {what}", subject.algorithm);
            checks += 1;
        };
        for pkcs8 in [&ours[..], &theirs] {
            let key = read(pkcs8);
            let public_key = key.public_key();
            self.take_key(pkcs8);
            check(public_key.algorithm() == subject.algorithm, "algorithm");
            check(self.public_key(&public_key) == public_key.to_bytes(), "public key");

            let signature = sign(&key);
            check(public_key.verify(MESSAGE, &signature).is_ok(), "ours, here");
            check(self.verifies(subject, MESSAGE, &signature), "ours, by OpenSSL");
            check(!self.verifies(subject, ALTERED, &signature), "ours, altered, by OpenSSL");

            let signature = self.sign(subject);
            check(public_key.verify(MESSAGE, &signature).is_ok(), "OpenSSL's, here");
            check(public_key.verify(ALTERED, &signature).is_err(), "OpenSSL's, altered, here");
            check(
                self.verifies(subject, MESSAGE, &signature),
                "OpenSSL's, decoded and encoded here, by OpenSSL",
            );
        }
        checks
    }

    /// A new key as PKCS#8.
    fn generate(&self, subject: &Subject) -> Vec<u8> {
        let mut arguments = vec!["genpkey", "-out", "new.pem", "-algorithm"];
        arguments.extend(subject.genpkey);
        self.must(&arguments);
        self.must(&[
            "pkcs8", "-topk8", "-nocrypt", "-in", "new.pem", "-outform", "DER", "-out", "new.der",
        ]);
        fs::read(self.directory.join("new.der")).unwrap()
    }

    /// The key that what follows is about.
    fn take_key(&self, pkcs8: &[u8]) {
        self.write("private.der", pkcs8);
        self.must(&[
            "pkey",
            "-inform",
            "DER",
            "-in",
            "private.der",
            "-pubout",
            "-outform",
            "DER",
            "-out",
            "public.der",
        ]);
    }

    /// The public half as OpenSSL sees it, in the form of [`PublicKey::to_bytes`]: it ends the
    /// SubjectPublicKeyInfo. `like` has its algorithm.
    fn public_key(&self, like: &PublicKey) -> Vec<u8> {
        let spki = fs::read(self.directory.join("public.der")).unwrap();
        let length = if like.algorithm() == Algorithm::Ed25519 { 32 } else { 65 };
        let bytes = &spki[spki.len() - length..];
        PublicKey::from_bytes(like.algorithm(), bytes).unwrap().to_bytes()
    }

    fn sign(&self, subject: &Subject) -> Signature {
        self.write("message", MESSAGE);
        let mut arguments = vec![
            "pkeyutl",
            "-sign",
            "-keyform",
            "DER",
            "-inkey",
            "private.der",
            "-rawin",
            "-in",
            "message",
            "-out",
            "signature",
        ];
        arguments.extend(subject.pkeyutl);
        self.must(&arguments);
        let signature = fs::read(self.directory.join("signature")).unwrap();
        let encoded = if subject.algorithm == Algorithm::Ed25519 {
            EncodedSignature::Raw(signature)
        } else {
            EncodedSignature::Der(signature)
        };
        Signature::decode(subject.algorithm, &encoded).unwrap()
    }

    fn verifies(&self, subject: &Subject, message: &[u8], signature: &Signature) -> bool {
        self.write("message", message);
        if subject.algorithm == Algorithm::Ed25519 {
            self.write("signature", signature.as_bytes());
        } else {
            self.write("signature", &der(signature));
        }
        let mut arguments = vec![
            "pkeyutl",
            "-verify",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            "public.der",
            "-rawin",
            "-in",
            "message",
            "-sigfile",
            "signature",
        ];
        arguments.extend(subject.pkeyutl);
        let (succeeded, said) = self.run(&arguments);
        // Anything but these two answers is a mistake of this test, not a verdict.
        assert!(
            said.contains("Signature Verified Successfully")
                || said.contains("Signature Verification Failure"),
            "openssl {arguments:?}: {said}"
        );
        succeeded
    }
}

/// What the key says, decoded as the library decodes it.
fn sign(key: &SoftwareKey) -> Signature {
    let encoded = key.sign(&ToBeSigned::new(key.public_key(), MESSAGE)).unwrap();
    Signature::decode(key.public_key().algorithm(), &encoded).unwrap()
}

/// `SEQUENCE { r INTEGER, s INTEGER }`.
fn der(signature: &Signature) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let zeros = number.iter().take_while(|byte| **byte == 0).count();
        let mut digits = number[zeros..].to_vec();
        if digits[0] >= 0x80 {
            digits.insert(0, 0);
        }
        [vec![0x02, digits.len() as u8], digits].concat()
    };
    let (r, s) = signature.as_bytes().split_at(32);
    let body = [integer(r), integer(s)].concat();
    [vec![0x30, body.len() as u8], body].concat()
}
