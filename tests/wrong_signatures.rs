//! Keys that sign wrongly, as keystores do: found where the signature is made, and not by who
//! reads it.

mod practice;

use std::cell::{Cell, RefCell};

use onecode::code::MakeCodeError;
use onecode::keys::{EncodedSignature, SignatureError, SigningError, ToBeSigned};
use onecode::receipt::{ReceiptError, ScannerId};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::{
    Algorithm, CardCredential, CodeSession, Policy, PublicKey, Scanner, SigningKey, SoftwareKey,
    Verdict, Wallet,
};
use practice::{catalogue, context, key, open_application, Practice, NOW};
use proptest::prelude::*;

/// What a keystore does in place of signing the message that it is given.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    AnotherKey,
    OldMessage,
    /// The hash of the message, hashed once more by the signature.
    HashedTwice,
    OneBit(usize),
    /// r and s in the other order, or each with its bytes turned round.
    Swapped,
    LittleEndian,
    RawForDer,
    DerForRaw,
}

/// A keystore, sound until it has a fault.
struct Keystore {
    key: SoftwareKey,
    other: SoftwareKey,
    fault: Cell<Option<Fault>>,
    last: RefCell<Vec<u8>>,
}

impl Keystore {
    fn of(algorithm: Algorithm, fault: Option<Fault>) -> Self {
        let (key, other) = (key(algorithm), key(algorithm));
        Keystore { key, other, fault: Cell::new(fault), last: RefCell::new(b"earlier".to_vec()) }
    }
}

impl SigningKey for Keystore {
    fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        use Fault::*;
        let fault = self.fault.get();
        let signer = if fault == Some(AnotherKey) { &self.other } else { &self.key };
        let last = self.last.replace(message.bytes().to_vec());
        let sign = |bytes| signer.sign(&ToBeSigned::new(signer.public_key(), bytes));
        let signed = match fault {
            Some(OldMessage) => sign(&last)?,
            Some(HashedTwice) => {
                sign(ring::digest::digest(&ring::digest::SHA256, message.bytes()).as_ref())?
            }
            _ => sign(message.bytes())?,
        };
        let EncodedSignature::Raw(mut raw) = signed else { panic!("{signed:?}") };
        match fault {
            Some(OneBit(bit)) => raw[bit / 8] ^= 1 << (bit % 8),
            Some(Swapped) => raw.rotate_left(32),
            Some(LittleEndian) => raw.chunks_mut(32).for_each(<[u8]>::reverse),
            Some(RawForDer) => return Ok(EncodedSignature::Der(raw)),
            Some(DerForRaw) => return Ok(EncodedSignature::Raw(der(&raw))),
            _ => {}
        }
        Ok(EncodedSignature::Raw(raw))
    }
}

/// `SEQUENCE { r INTEGER, s INTEGER }`.
fn der(raw: &[u8]) -> Vec<u8> {
    let integer = |number: &[u8]| {
        let digits = number.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
        let sign = digits.first().is_none_or(|first| *first >= 0x80).then_some(0);
        let digits: Vec<u8> = sign.into_iter().chain(digits).collect();
        [&[2, digits.len() as u8][..], &digits].concat()
    };
    let both = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [&[0x30, both.len() as u8][..], &both].concat()
}

/// Whether this is what is to be said of the fault.
fn says(error: &SigningError, fault: Fault) -> bool {
    use SigningError::{DoesNotHold, Returned};
    match fault {
        Fault::RawForDer => *error == Returned(SignatureError::NotDer),
        Fault::DerForRaw => matches!(error, Returned(SignatureError::WrongLength { .. })),
        // Half of the numbers that come of this are none below the order.
        Fault::OneBit(_) | Fault::Swapped | Fault::LittleEndian => {
            matches!(error, DoesNotHold | Returned(SignatureError::OutOfRange))
        }
        Fault::HashedTwice => *error == SigningError::HashedTwice,
        _ => *error == DoesNotHold,
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    use Fault::*;
    prop_oneof![
        Just(AnotherKey),
        Just(OldMessage),
        Just(HashedTwice),
        (0usize..512).prop_map(OneBit),
        Just(Swapped),
        Just(LittleEndian),
        Just(RawForDer),
        Just(DerForRaw),
    ]
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    prop::sample::select(Algorithm::ALL)
}

fn card(world: &Practice, keystore: &Keystore) -> CardCredential {
    world.credential(|card| card.holder_key = keystore.public_key())
}

fn refused(made: Result<onecode::Code, MakeCodeError>, fault: Fault) -> bool {
    matches!(made, Err(MakeCodeError::Signing(error)) if says(&error, fault))
}

/// A world whose lists and cards cost little.
fn world() -> Practice {
    Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    #[test]
    fn no_code_is_shown_whose_signature_does_not_hold(fault in fault(), algorithm in algorithm()) {
        let world = world();
        let keystore = Keystore::of(algorithm, Some(fault));
        let card = card(&world, &keystore);
        let mut session = CodeSession::new(card.clone());
        for second in [NOW - 2, NOW - 1] {
            let made = session.code(&keystore, second);
            prop_assert!(refused(made.clone(), fault), "{fault:?} {algorithm}: {made:?}");
        }
        // It is looked at again with the next code, and no second was lost.
        keystore.fault.set(None);
        let code = session.code(&keystore, NOW).unwrap();
        prop_assert_eq!(code.schedule().shown_from_unix_s, NOW);
        let verdict = world.scanner(Policy::default()).scan(code.text(), &context(NOW));
        prop_assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");

        keystore.fault.set(Some(fault));
        let claims = onecode::CodeClaims::at(NOW + 1);
        prop_assert!(refused(onecode::Code::make(&card, &keystore, &claims), fault));
    }

    #[test]
    fn no_receipt_is_written_whose_signature_does_not_hold(
        fault in fault(),
        algorithm in algorithm(),
    ) {
        let keystore = Keystore::of(algorithm, Some(fault));
        let mut scanner = gate();
        let before = scanner.receipt_head();
        let receipt = receipt(&mut scanner, &keystore);
        prop_assert!(matches!(&receipt, Err(ReceiptError::Signing(error)) if says(error, fault)));
        prop_assert_eq!(scanner.receipt_head(), before);
    }

    #[test]
    fn nothing_is_published_whose_signature_does_not_hold(
        fault in fault(),
        algorithm in algorithm(),
    ) {
        let world = world();
        let keystore = Keystore::of(algorithm, Some(fault));
        let claims = world.credential(|_| ()).claims().clone();
        prop_assert!(CardCredential::issue(claims, &keystore).is_err());
        prop_assert!(world.trust_list(1).sign(&keystore).is_err());
        prop_assert!(catalogue(1, vec![open_application()]).sign(&keystore).is_err());
        let at = |issued_at_unix_s| StatusPublication {
            issued_at_unix_s,
            expires_unix_s: NOW + 86_400,
            ttl_s: 3_600,
        };
        let mut agency = StatusIssuer::new("cn-31", 8);
        prop_assert!(agency.publish(at(NOW), &keystore).is_err());
        let earlier = agency.clone();
        agency.revoke(3).unwrap();
        prop_assert!(agency.publish_delta(&earlier, NOW, at(NOW + 60), &keystore).is_err());
    }
}

fn gate() -> Scanner {
    let mut scanner =
        Scanner::new(practice::key(Algorithm::Ed25519).public_key(), Policy::default());
    scanner.start_receipts(ScannerId::new("gate").unwrap());
    scanner
}

fn receipt(scanner: &mut Scanner, keystore: &Keystore) -> Result<Vec<u8>, ReceiptError> {
    scanner.scan_with_receipt("?", &context(NOW), keystore).1
}

#[test]
fn a_key_is_checked_once_and_again_after_a_change() {
    let world = world();
    let keystore = Keystore::of(Algorithm::Esp256, None);
    let mut wallet = Wallet::new();
    let card = wallet.add(card(&world, &keystore), "key", "card").unwrap().card();
    let mut second = NOW;
    let mut code = |wallet: &mut Wallet, fault| {
        second += 1;
        keystore.fault.set(fault);
        wallet.session(card).unwrap().code(&keystore, second)
    };
    let wrong = Some(Fault::OldMessage);
    let found = MakeCodeError::Signing(SigningError::DoesNotHold);

    // What changes: nothing yet; the object that stands for the key; the app; the credential.
    let changes: [&dyn Fn(&mut Wallet); 4] = [
        &|_| (),
        &|wallet| wallet.session(card).unwrap().check_key_again(),
        &|wallet| *wallet = Wallet::from_bytes(&wallet.to_bytes()).unwrap(),
        &|wallet| {
            let renewed = world.credential(|card| {
                card.holder_key = keystore.public_key();
                card.confirmed_unix_s = Some(NOW);
            });
            wallet.add(renewed, "key", "card").unwrap();
        },
    ];
    for (n, change) in changes.iter().enumerate() {
        change(&mut wallet);
        assert_eq!(code(&mut wallet, wrong), Err(found.clone()), "change {n}");
        code(&mut wallet, None).unwrap();
        // Once: from here on a code costs one signature and no more.
        code(&mut wallet, wrong).unwrap();
    }
}

#[test]
fn a_scanner_checks_each_key_that_signs_its_receipts() {
    let (first, second) =
        (Keystore::of(Algorithm::Esp256, None), Keystore::of(Algorithm::Ed25519, None));
    let mut scanner = gate();
    let found = |scanner: &mut Scanner, key: &Keystore| {
        key.fault.set(Some(Fault::AnotherKey));
        let wrong = receipt(scanner, key);
        key.fault.set(None);
        receipt(scanner, key).unwrap();
        wrong.map(drop)
    };
    let wrong = Err(ReceiptError::Signing(SigningError::DoesNotHold));
    assert_eq!(found(&mut scanner, &first), wrong, "when the chain begins");
    assert_eq!(found(&mut scanner, &first), Ok(()), "once");
    assert_eq!(found(&mut scanner, &second), wrong, "after a change of key");
    scanner.start_receipts(ScannerId::new("gate").unwrap());
    assert_eq!(found(&mut scanner, &second), wrong, "when the chain goes on");
    let mut scanner = Scanner::restore(&scanner.snapshot(), Policy::default()).unwrap();
    assert_eq!(found(&mut scanner, &second), wrong, "after a restart");
}
