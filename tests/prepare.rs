//! What is prepared here and signed elsewhere: by OpenSSL as an outside signer whose keys never
//! come here, and by keys that answer late or never.
//!
//! Needs OpenSSL 3 on the path. Without it those tests do nothing, and say so; with
//! `ONECODE_REQUIRE_TOOLS=1` they fail instead.

mod practice;
#[macro_use]
mod say;
mod tool;

use std::fs;

use onecode::code::MakeCodeError;
#[cfg(feature = "sm2")]
use onecode::keys::SignerId;
use onecode::keys::{EncodedSignature, Signature, SignatureError, SigningError, ToBeSigned};
use onecode::receipt::{ChainLink, Receipt, ReceiptError, ReceiptKeys, ScannerId};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{
    Algorithm, CardCredential, Code, CodeClaims, CodeSession, Language, Policy, PreparedCode,
    PublicKey, Region, Scanner, SigningKey, SoftwareKey, Verdict,
};
use practice::{card, context, issuer, issuer_key, key, trust_list, Practice, DAY, NOW};
use tool::OpenSsl;

/// A key that only OpenSSL has.
struct Outside {
    openssl: OpenSsl,
    algorithm: Algorithm,
    public_key: PublicKey,
}

impl Outside {
    fn new(test: &str, algorithm: Algorithm) -> Option<Self> {
        let openssl = OpenSsl::find(test)?;
        let kind: &[&str] = match algorithm {
            Algorithm::Esp256 => &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Algorithm::Ed25519 => &["ED25519"],
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => &["SM2"],
        };
        openssl.must(&[&["genpkey", "-out", "key.pem", "-algorithm"], kind].concat());
        openssl.must(&["pkey", "-in", "key.pem", "-pubout", "-outform", "DER", "-out", "public"]);
        let spki = fs::read(openssl.directory.join("public")).unwrap();
        // The point or the 32 bytes end the SubjectPublicKeyInfo.
        let length = if algorithm == Algorithm::Ed25519 { 32 } else { 65 };
        let public_key = PublicKey::from_bytes(algorithm, &spki[spki.len() - length..]).unwrap();
        Some(Outside { openssl, algorithm, public_key })
    }

    /// As it is documented for each algorithm: the message itself, and for SM2 the signer ID.
    fn sign(&self, message: &[u8]) -> EncodedSignature {
        let options: &[&str] = match self.algorithm {
            Algorithm::Esp256 => &["-rawin", "-digest", "sha256"],
            Algorithm::Ed25519 => &["-rawin"],
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => &["-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"],
        };
        self.pkeyutl(message, options)
    }

    /// A hash as it is.
    fn sign_digest(&self, digest: &[u8]) -> EncodedSignature {
        self.pkeyutl(digest, &[])
    }

    fn pkeyutl(&self, input: &[u8], options: &[&str]) -> EncodedSignature {
        self.openssl.write("input", input);
        let usual = ["pkeyutl", "-sign", "-inkey", "key.pem", "-in", "input", "-out", "signature"];
        self.openssl.must(&[&usual, options].concat());
        let signature = fs::read(self.openssl.directory.join("signature")).unwrap();
        match self.algorithm {
            Algorithm::Ed25519 => EncodedSignature::Raw(signature),
            _ => EncodedSignature::Der(signature),
        }
    }

    fn hash(&self, name: &str, message: &[u8]) -> Vec<u8> {
        self.openssl.write("input", message);
        self.openssl.must(&["dgst", name, "-binary", "-out", "hash", "input"]);
        fs::read(self.openssl.directory.join("hash")).unwrap()
    }

    fn raw(&self, encoded: &EncodedSignature) -> EncodedSignature {
        let signature = Signature::decode(self.algorithm, encoded).unwrap();
        EncodedSignature::Raw(signature.as_bytes().to_vec())
    }

    /// The signature of a message in every form that a signer may return it in.
    fn every_form(&self, message: &ToBeSigned<'_>) -> Vec<EncodedSignature> {
        let signature = self.sign(message.bytes());
        let mut forms = vec![self.raw(&signature), signature];
        if let Some(digest) = message.digest() {
            forms.push(self.sign_digest(&digest));
        }
        forms
    }
}

fn publication(issued_at_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s: NOW + DAY, ttl_s: 3_600 }
}

/// An issuer, a phone and a gate whose keys are all elsewhere.
#[test]
fn what_openssl_signs_for_all_of_them_is_taken_by_a_scanner() {
    for algorithm in Algorithm::ALL {
        let outside = |who: &str| Outside::new(&format!("{who}-{algorithm}"), *algorithm);
        let (Some(agency), Some(phone), Some(gate)) =
            (outside("agency"), outside("phone"), outside("gate"))
        else {
            return;
        };
        let mut of_agency = issuer_key(agency.public_key, &[Region::SHANGHAI]);
        of_agency.may_sign.receipts = vec!["gate".into()];
        let mut of_gate = issuer_key(gate.public_key, &[]);
        of_gate.may_sign.receipts = vec!["metro.".into()];
        of_gate.may_sign.status_lists = false;
        let root = key(Algorithm::Esp256);
        let list = trust_list(1, vec![issuer("cn-31", Region::SHANGHAI, vec![of_agency, of_gate])]);
        let mut scanner = practice::scanner_of_list(&root, &list, Policy::default());
        scanner.start_receipts(ScannerId::new("metro.gate-7").unwrap());

        let prepared = CardCredential::prepare(card(phone.public_key), &agency.public_key).unwrap();
        let mut credentials = agency
            .every_form(&prepared.message())
            .into_iter()
            .map(|it| prepared.attach(&it).unwrap());
        let credential = credentials.next().unwrap();
        assert_eq!(credential.verify(&agency.public_key), Ok(()));
        assert!(credentials.all(|other| other.verify(&agency.public_key).is_ok()));

        let earlier = StatusIssuer::new("cn-31", 64);
        let mut now = earlier.clone();
        for list in earlier.prepare(publication(NOW - 60), &agency.public_key).unwrap() {
            let list = list.attach(&agency.sign(list.message().bytes())).unwrap();
            scanner.install_status(&list, NOW).unwrap();
        }
        now.revoke(8).unwrap();
        let delta = now
            .prepare_delta(&earlier, NOW - 60, publication(NOW - 30), &agency.public_key)
            .unwrap();
        let delta = delta.attach(&agency.sign(delta.message().bytes())).unwrap();
        scanner.install_status(&delta, NOW).unwrap();

        let mut session = CodeSession::new(credential);
        for signature in 0..phone.every_form(&session.prepare(NOW).unwrap().message()).len() {
            let prepared = session.prepare(NOW).unwrap();
            let signature = phone.every_form(&prepared.message()).swap_remove(signature);
            let code = session.attach(&prepared, &signature).unwrap();
            let mut context = context(NOW);
            context.now_unix_s = prepared.issued_at_unix_s();
            let (verdict, receipt) =
                scanner.scan_preparing_receipt(code.text(), &context, &gate.public_key);
            assert_eq!(practice::number(&verdict), None, "{algorithm}: {verdict:?}");
            let receipt = receipt.unwrap();
            let signature = gate.sign(receipt.message().bytes());
            let receipt = scanner.attach_receipt(&receipt, &signature).unwrap();
            let jws = list.sign(&root).unwrap();
            let keys =
                ReceiptKeys::from_trust_list(jws.as_bytes(), &[root.public_key().into()], NOW)
                    .unwrap();
            assert_eq!(Receipt::verify(&receipt, &keys).unwrap().verdict, 0);
        }

        let mut claims = card(phone.public_key);
        claims.status_index = 8;
        let revoked = CardCredential::prepare(claims, &agency.public_key).unwrap();
        let revoked = revoked.attach(&agency.sign(revoked.message().bytes())).unwrap();
        let code = Code::prepare(&revoked, &CodeClaims::at(NOW)).unwrap();
        let code = code.attach(&phone.sign(code.message().bytes())).unwrap();
        assert_eq!(practice::number(&scanner.scan(code.text(), &context(NOW))), Some(401));
    }
}

#[test]
fn a_wrong_signature_is_refused_with_its_cause_and_the_right_one_is_taken_afterwards() {
    for algorithm in Algorithm::ALL {
        let outside = |who: &str| Outside::new(&format!("wrong-{who}-{algorithm}"), *algorithm);
        let (Some(agency), Some(other)) = (outside("agency"), outside("other")) else {
            return;
        };
        let claims = card(key(Algorithm::Esp256).public_key());
        let prepared = CardCredential::prepare(claims, &agency.public_key).unwrap();
        let message = prepared.message();
        let good = agency.sign(message.bytes());
        let EncodedSignature::Raw(raw) = agency.raw(&good) else { unreachable!() };

        let hashed_twice = match message.digest() {
            Some(digest) => agency.sign(&digest),
            None => agency.sign(&agency.hash("-sha256", message.bytes())),
        };
        let mut cases = vec![
            (other.sign(message.bytes()), SigningError::DoesNotHold),
            (agency.sign(b"another message"), SigningError::DoesNotHold),
            (EncodedSignature::Der(raw), SigningError::Returned(SignatureError::NotDer)),
            (hashed_twice, SigningError::HashedTwice),
        ];
        if let EncodedSignature::Der(der) = &good {
            let found = der.len();
            cases.push((
                EncodedSignature::Raw(der.clone()),
                SigningError::Returned(SignatureError::WrongLength { found }),
            ));
        }
        #[cfg(feature = "sm2")]
        if *algorithm == Algorithm::Sm2 {
            let plain = agency.hash("-sm3", message.bytes());
            assert_ne!(message.digest().unwrap(), plain[..]);
            cases.push((agency.sign_digest(&plain), SigningError::WithoutZ));
            // Z, but of the plain hash.
            cases.push((agency.sign(&plain), SigningError::HashedTwice));
            assert!(SigningError::WithoutZ.to_string().ends_with("Z is missing"));
        }
        // Told no ID, a signer takes the default one, or none.
        #[cfg(feature = "sm2")]
        if *algorithm == Algorithm::Sm2 {
            let point = agency.public_key.to_bytes();
            let id = |id: &[u8]| SignerId::new(id).unwrap();
            let own = PublicKey::sm2_with_id(&point, id(b"cn-31")).unwrap();
            let claims = card(key(Algorithm::Esp256).public_key());
            let prepared = CardCredential::prepare(claims, &own).unwrap();
            let message = prepared.message().bytes();
            for (option, used) in
                [("distid:1234567812345678", SignerId::DEFAULT), ("hexdistid:", id(b""))]
            {
                let signature =
                    agency.pkeyutl(message, &["-rawin", "-digest", "sm3", "-pkeyopt", option]);
                let cause = SigningError::OtherSignerId { used };
                assert_eq!(prepared.attach(&signature), Err(cause));
            }
        }
        for (signature, cause) in cases {
            assert_eq!(prepared.attach(&signature), Err(cause), "{algorithm}: {signature:?}");
        }
        assert!(prepared.attach(&good).is_ok(), "{algorithm}");
    }
}

fn sign(key: &SoftwareKey, message: &ToBeSigned<'_>) -> EncodedSignature {
    key.sign(message).unwrap()
}

fn session(world: &Practice) -> CodeSession {
    CodeSession::new(world.credential(|_| ()))
}

fn practice() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

#[test]
fn a_code_whose_signature_never_comes_was_never_made() {
    let world = practice();
    let mut session = session(&world);
    let never = session.prepare(NOW).unwrap();
    let late = session.prepare(NOW).unwrap();
    let seconds = [&never, &late].map(PreparedCode::issued_at_unix_s);
    assert_eq!(seconds, [NOW, NOW], "preparing takes no second");
    let code = session.attach(&late, &sign(&world.phone, &late.message())).unwrap();
    assert_eq!(code.schedule().shown_from_unix_s, NOW);
    let mut scanner = world.scanner(Policy::default());
    assert!(matches!(scanner.scan(code.text(), &context(NOW)), Verdict::Accepted(_)));

    // The other one comes after all: a phone makes no two codes for one second.
    let taken = Err(MakeCodeError::SecondTaken { unix_s: NOW });
    let signature = sign(&world.phone, &never.message());
    assert_eq!(session.attach(&never, &signature), taken);
    assert_eq!(session.attach(&late, &sign(&world.phone, &late.message())), taken);
    assert_eq!(session.prepare(NOW).unwrap().issued_at_unix_s(), NOW + 1);
    // A key at hand continues where the one elsewhere stopped.
    let next = session.code(&world.phone, NOW).unwrap();
    assert_eq!(next.schedule().shown_from_unix_s, NOW + 1);
}

#[test]
fn the_first_signature_of_a_session_is_checked_and_again_after_a_change_of_key() {
    let world = practice();
    let other = key(Algorithm::Esp256);
    let mut session = session(&world);
    let does_not_hold = Err(MakeCodeError::Signing(SigningError::DoesNotHold));
    let attach = |session: &mut CodeSession, key: &SoftwareKey, now| {
        let prepared = session.prepare(now).unwrap();
        session.attach(&prepared, &sign(key, &prepared.message())).map(|_| ())
    };
    assert_eq!(attach(&mut session, &other, NOW), does_not_hold);
    assert_eq!(attach(&mut session, &world.phone, NOW), Ok(()), "the second stayed free");
    // Later ones by their form alone: a check costs three signatures.
    assert_eq!(attach(&mut session, &other, NOW + 1), Ok(()));
    session.check_key_again();
    assert_eq!(attach(&mut session, &other, NOW + 2), does_not_hold);
    assert_eq!(attach(&mut session, &world.phone, NOW + 2), Ok(()));

    // The card moves to another key while a code for the old one is being signed.
    let mut wallet = onecode::Wallet::new();
    let id = match wallet.add(world.credential(|_| ()), "phone", "").unwrap() {
        onecode::wallet::Added::New(id) => id,
        other => panic!("{other:?}"),
    };
    let prepared = wallet.session(id).unwrap().prepare(NOW).unwrap();
    wallet.add(world.credential(|card| card.holder_key = other.public_key()), "other", "").unwrap();
    let session = wallet.session(id).unwrap();
    let signature = sign(&world.phone, &prepared.message());
    assert_eq!(session.attach(&prepared, &signature), Err(MakeCodeError::WrongKey));
    assert_eq!(attach(session, &world.phone, NOW), does_not_hold);
    assert_eq!(attach(session, &other, NOW), Ok(()));
}

#[test]
fn a_receipt_whose_signature_never_comes_leaves_its_place_to_the_next() {
    let world = practice();
    let (gate, other) = (key(Algorithm::Esp256), key(Algorithm::Esp256));
    let mut scanner = world.scanner(Policy::default());
    scanner.start_receipts(ScannerId::new("metro.gate-7").unwrap());
    let begin = scanner.receipt_head().unwrap();
    let scan = |scanner: &mut Scanner, key: &SoftwareKey, at| {
        let code = world.code(&world.credential(|_| ()), at);
        let (verdict, receipt) =
            scanner.scan_preparing_receipt(code.text(), &context(at), &key.public_key());
        assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
        receipt.unwrap()
    };
    let never = scan(&mut scanner, &gate, NOW);
    assert_eq!((never.place(), scanner.receipt_head()), (begin, Some(begin)));
    let first = scan(&mut scanner, &gate, NOW + 1);
    assert_eq!(first.place(), begin);

    let does_not_hold = Err(ReceiptError::Signing(SigningError::DoesNotHold));
    assert_eq!(scanner.attach_receipt(&first, &sign(&other, &first.message())), does_not_hold);
    assert_eq!(scanner.receipt_head(), Some(begin));
    let receipt = scanner.attach_receipt(&first, &sign(&gate, &first.message())).unwrap();
    let hash = ring::digest::digest(&ring::digest::SHA256, &receipt);
    let head = scanner.receipt_head().unwrap();
    assert_eq!(head, ChainLink { number: 1, previous: hash.as_ref().try_into().unwrap() });

    let went_on = Err(ReceiptError::ChainWentOn { number: 1 });
    assert_eq!(scanner.attach_receipt(&never, &sign(&gate, &never.message())), went_on);
    assert_eq!(scanner.attach_receipt(&first, &sign(&gate, &first.message())), went_on);
    assert_eq!(scanner.receipt_head(), Some(head));

    // From now on its form alone, until another key signs.
    let second = scan(&mut scanner, &gate, NOW + 2);
    assert!(scanner.attach_receipt(&second, &sign(&other, &second.message())).is_ok());
    let third = scan(&mut scanner, &other, NOW + 3);
    assert_eq!(scanner.attach_receipt(&third, &sign(&gate, &third.message())), does_not_hold);
    assert!(scanner.attach_receipt(&third, &sign(&other, &third.message())).is_ok());

    // Another chain begins at the same place, but it is another chain.
    let fourth = scan(&mut scanner, &other, NOW + 4);
    scanner.start_receipts(ScannerId::new("metro.gate-8").unwrap());
    let fifth = scan(&mut scanner, &other, NOW + 5);
    let went_on = Err(ReceiptError::ChainWentOn { number: 0 });
    assert_eq!(scanner.attach_receipt(&fourth, &sign(&other, &fourth.message())), went_on);
    scanner.start_receipts(ScannerId::new("metro.gate-9").unwrap());
    assert_eq!(fifth.place(), begin);
    assert_eq!(scanner.attach_receipt(&fifth, &sign(&other, &fifth.message())), went_on);
}

#[test]
fn what_is_signed_is_said_in_plain_words() {
    let world = practice();
    let issuer = world.issuer.public_key();
    let phone = world.phone.public_key();
    let mut claims = card(phone);
    claims.confirmed_unix_s = Some(NOW);
    claims.specimen = true;
    let credential = CardCredential::prepare(claims, &issuer).unwrap();
    let hex: String = phone.to_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let id = issuer.key_id();
    assert_eq!(
        credential.words(Language::En),
        format!(
            "Card credential\nIssuer's key: {id}\nHome region: 310000\n\
             Position in the status lists: 7\nAlgorithm of the phone's key: ESP256\n\
             Phone's key: {hex}\nSeconds that a code is good: 60\n\
             Expires: 2027-11-23T00:00:00Z\nFunctions, by number: 0 1\n\
             Confirmed as valid at: 2026-11-23T00:00:00Z\nUse: a practice card"
        )
    );
    assert_eq!(
        credential.words(Language::Zh),
        format!(
            "卡凭证\n签发密钥：{id}\n归属地：310000\n在卡状态名单中的位置：7\n\
             手机密钥算法：ESP256\n手机密钥：{hex}\n每个码的有效秒数：60\n\
             失效时间：2027-11-23T00:00:00Z\n功能编号：0 1\n\
             确认有效的时间：2026-11-23T00:00:00Z\n用途：演练用卡"
        )
    );

    let mut statuses = StatusIssuer::new("cn-31", 64);
    let earlier = statuses.clone();
    statuses.suspend(3).unwrap();
    statuses.revoke(4).unwrap();
    statuses.revoke(5).unwrap();
    let lists = statuses.prepare(publication(NOW), &issuer).unwrap();
    assert_eq!(
        lists.iter().map(|list| list.words(Language::En)).collect::<Vec<_>>(),
        ["Status list\nIssuer: cn-31\nNumber, from 0: 0\nNumber of lists: 1\nPositions: 64\n\
          Suspended: 1\nRevoked: 2\nSeconds until the next is fetched: 3600\n\
          Time: 2026-11-23T00:00:00Z\nExpires: 2026-11-24T00:00:00Z"]
    );
    let delta = statuses.prepare_delta(&earlier, NOW - 60, publication(NOW), &issuer).unwrap();
    assert_eq!(
        delta.words(Language::Zh),
        "增量名单\n发卡机构：cn-31\n所承接名单的时间：2026-11-22T23:59:00Z\n新挂失：1\n新注销：2\n解挂：0\n\
         时间：2026-11-23T00:00:00Z\n失效时间：2026-11-24T00:00:00Z"
    );

    let credential = world.credential(|_| ());
    let code = CodeSession::new(credential.clone()).prepare(NOW).unwrap();
    assert_eq!(
        code.words(Language::Zh),
        "码\n卡的归属地：310000\n时刻：2026-11-23T00:00:00Z\n有效至：2026-11-23T00:01:00Z\n服务项目：不限"
    );

    let mut scanner = world.scanner(Policy::default());
    scanner.start_receipts(ScannerId::new("metro.gate-7").unwrap());
    let code = world.code(&credential, NOW - 100);
    let (_, receipt) = scanner.scan_preparing_receipt(code.text(), &context(NOW), &issuer);
    assert_eq!(
        receipt.unwrap().words(Language::En),
        format!(
            "Receipt\nScanner: metro.gate-7\nNumber: 0\nSHA-256 of the one before: {}\n\
             Time: 2026-11-23T00:00:00Z\nRefused with: 302\nApplication: 101\nPlace: 310000",
            "00".repeat(32)
        )
    );
}
