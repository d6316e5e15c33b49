//! Requests by keys of each algorithm, bit by bit, and the old phone's answer in its session and at a
//! gate.

mod practice;

use onecode::code::MakeCodeError;
use onecode::governance::Sha256Hash;
use onecode::keys::SigningError;
use onecode::request::{
    CardRequest, CardRequestClaims, CollectRequest, MakeRequestError, MoveAnswer, MoveQuestion,
    Reason, Replaces, RequestChallenge, UnverifiedCardRequest, UnverifiedCollectRequest,
};
use onecode::{Algorithm, CodeSession, SigningKey, SoftwareKey};
use practice::{context, key, Practice};

const NOW: i64 = practice::NOW;

fn claims(key: &SoftwareKey) -> CardRequestClaims {
    CardRequestClaims {
        issued_at_unix_s: NOW,
        key: key.public_key(),
        challenge: RequestChallenge::new(&[7; 64]).unwrap(),
        attestation: Some(Sha256Hash([8; 32])),
        replaces: Some(Replaces { reason: Reason::Move, card: None }),
    }
}

#[test]
fn a_request_is_prepared_signed_elsewhere_and_read_back() {
    for algorithm in Algorithm::ALL {
        let (key, other) = (key(*algorithm), key(*algorithm));
        let wrong = CardRequest::make(claims(&key), &other);
        assert_eq!(wrong, Err(MakeRequestError::WrongKey), "{algorithm}");
        let prepared = CardRequest::prepare(claims(&key)).unwrap();
        let by_other = other.sign(&prepared.message()).unwrap();
        assert_eq!(prepared.attach(&by_other), Err(SigningError::DoesNotHold), "{algorithm}");
        let request = prepared.attach(&key.sign(&prepared.message()).unwrap()).unwrap();
        let read = UnverifiedCardRequest::from_text(&request.text()).unwrap();
        assert_eq!(read.unverified_claims(), &claims(&key));
        assert_eq!(read.verify().unwrap(), request, "{algorithm}");
        // What is made anew has other signature bytes perhaps, and the same name.
        assert_eq!(CardRequest::make(claims(&key), &key).unwrap().name(), request.name());
    }
    let late =
        CardRequestClaims { issued_at_unix_s: NOW * 1_000, ..claims(&key(Algorithm::Esp256)) };
    let milliseconds = MakeRequestError::Time { unix_s: NOW * 1_000 };
    assert_eq!(CardRequest::prepare(late).err(), Some(milliseconds));
}

#[test]
fn a_request_with_any_bit_changed_is_refused() {
    for algorithm in Algorithm::ALL {
        let key = key(*algorithm);
        let request = CardRequest::make(claims(&key), &key).unwrap();
        let collect = CollectRequest::make(&request, NOW, &key).unwrap();
        // Each of them for one algorithm; the others take longer.
        let step = if *algorithm == Algorithm::Ed25519 { 1 } else { 29 };
        for bit in (0..request.as_bytes().len() * 8).step_by(step) {
            let mut bytes = request.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = UnverifiedCardRequest::from_bytes(&bytes);
            assert!(!read.is_ok_and(|read| read.verify().is_ok()), "{algorithm}, bit {bit}");
        }
        for bit in (0..collect.as_bytes().len() * 8).step_by(step) {
            let mut bytes = collect.as_bytes().to_vec();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let read = UnverifiedCollectRequest::from_bytes(&bytes);
            let holds = read.is_ok_and(|read| read.verify(&key.public_key()).is_ok());
            assert!(!holds, "{algorithm}, bit {bit}");
        }
    }
}

/// The answer is a code of the session like any other: no second twice, and for that card alone.
#[test]
fn the_old_phone_answers_in_its_session() {
    let world = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Esp256);
    let (old, new, childs_key) = (&world.phone, key(Algorithm::Esp256), key(Algorithm::Esp256));
    let mine = world.credential(|_| ());
    let child = world.credential(|card| card.holder_key = childs_key.public_key());
    let request = CardRequest::make(claims(&new), &new).unwrap();
    let consent = MoveQuestion::read(&request.text(), mine.claims(), NOW).unwrap().agree();

    let mut others = CodeSession::new(child);
    let wrong = consent.code(&mut others, &childs_key, NOW);
    assert_eq!(wrong.err(), Some(MakeCodeError::WrongKey));

    let index = mine.claims().status_index;
    let mut session = CodeSession::new(mine);
    session.code(old, NOW).unwrap();
    let answer = consent.code(&mut session, old, NOW).unwrap();
    assert_eq!(answer.schedule().shown_from_unix_s, NOW + 1);
    let read = MoveAnswer::read(answer.text(), &request).unwrap();
    assert_eq!((read.card().status_index, read.text()), (index, answer.text()));
    let prepared = consent.prepare(&session, NOW).unwrap();
    let signature = old.sign(&prepared.message()).unwrap();
    let attached = session.attach(&prepared, &signature).unwrap();
    assert_eq!(attached.schedule().shown_from_unix_s, NOW + 2);
    assert!(MoveAnswer::read(attached.text(), &request).is_ok());

    // No gate takes it, whatever the gate serves.
    let mut scanner = world.scanner(practice::without_status_lists());
    let verdict = scanner.scan(answer.text(), &context(NOW));
    assert_eq!(practice::number(&verdict), Some(506), "{verdict:?}");
}
