//! Properties that hold for every input.

mod practice;

use std::sync::LazyLock;

use onecode::code::MakeCodeError;
use onecode::text::MAX_CODE;
use onecode::{
    Algorithm, Answer, ApplicationNumber, CardClaims, CardCredential, Challenge, Code, CodeClaims,
    CodeSession, Entitlements, Policy, PublicKey, Region, Scanner, Schedule, SigningKey,
    SoftwareKey, Verdict,
};
use practice::{context, key, Practice, NOW};
use proptest::prelude::*;

const TEXT_ALPHABET: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

static WORLD: LazyLock<Practice> =
    LazyLock::new(|| Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256));
static SCANNER: LazyLock<Scanner> = LazyLock::new(|| WORLD.scanner(Policy::default()));
static PHONE_ED25519: LazyLock<SoftwareKey> = LazyLock::new(|| key(Algorithm::Ed25519));
static EVERYDAY: LazyLock<Code> = LazyLock::new(|| WORLD.code(&credential(60), NOW));

fn credential(max_window_s: u16) -> CardCredential {
    WORLD.credential(|card| card.max_window_s = max_window_s)
}

fn accepted(text: &str, now: i64, tolerance_s: u16) -> bool {
    let verdict = if tolerance_s == Policy::default().tolerance_s {
        SCANNER.clone().scan(text, &context(now))
    } else {
        let policy = Policy { tolerance_s, ..Policy::default() };
        WORLD.scanner(policy).scan(text, &context(now))
    };
    matches!(verdict, Verdict::Accepted(_))
}

/// Every single bit of a code, not a sample of them.
#[test]
fn no_code_with_one_bit_flipped_verifies() {
    let text = EVERYDAY.text();
    assert!(accepted(text, NOW, 30));
    let code = base45::decode(&text[4..]).unwrap();
    for bit in 0..code.len() * 8 {
        let mut flipped = code.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let text = format!("OC1:{}", base45::encode(&flipped));
        assert!(!accepted(&text, NOW, 30), "bit {bit}");
    }
}

/// The same for the text in the picture.
#[test]
fn no_text_with_one_bit_flipped_verifies() {
    let text = EVERYDAY.text();
    for bit in 0..text.len() * 8 {
        let mut flipped = text.as_bytes().to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if let Ok(flipped) = String::from_utf8(flipped) {
            assert!(!accepted(&flipped, NOW, 30), "bit {bit}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_credential_round_trips(
        region in prop_oneof![Just(310_000u32), Just(320_500), Just(330_421), 11u32..=65],
        status_index: u32,
        entitlements: u64,
        max_window_s in 1u16..=300,
        expires_unix_s in 0i64..=253_402_300_799,
        confirmed_unix_s in proptest::option::of(0i64..=253_402_300_799),
        specimen: bool,
        delegate: bool,
        ed25519: bool,
    ) {
        let region = Region::new(if region < 100 { region * 10_000 } else { region }).unwrap();
        let phone = if ed25519 { &*PHONE_ED25519 } else { &WORLD.phone };
        let claims = CardClaims {
            region,
            status_index,
            entitlements: Entitlements::from_bits(entitlements),
            max_window_s,
            expires_unix_s,
            confirmed_unix_s,
            specimen,
            delegate,
            holder_key: phone.public_key(),
        };
        let issued = CardCredential::issue(claims.clone(), &WORLD.issuer).unwrap();
        let read = CardCredential::from_bytes(issued.as_bytes()).unwrap();
        prop_assert_eq!(read.claims(), &claims);
        prop_assert_eq!(&read, &issued);
        prop_assert!(read.verify(&WORLD.issuer.public_key()).is_ok());
        prop_assert!(read.verify(&WORLD.phone.public_key()).is_err());
    }

    /// What a phone makes, with whatever claims, a scanner in the same context accepts; or the
    /// phone says that it is too large.
    #[test]
    fn what_is_made_is_accepted(
        application in proptest::option::of(Just(101u16)),
        challenge in proptest::option::of(proptest::collection::vec(any::<u8>(), 5..=15)),
        window in 1u16..=300,
    ) {
        let application = application.and_then(ApplicationNumber::new);
        let challenge = challenge.and_then(|bytes| Challenge::new(&bytes));
        let answers = challenge.clone().map(Answer::Challenge);
        let claims = CodeClaims { issued_at_unix_s: NOW, application, answers };
        let code = Code::make(&credential(window), &WORLD.phone, &claims).unwrap();
        prop_assert!(code.byte_length() <= MAX_CODE);
        let mut context = context(NOW);

        context.challenge = challenge;
        let verdict = SCANNER.clone().scan(code.text(), &context);
        prop_assert!(matches!(verdict, Verdict::Accepted(_)), "{verdict:?}");
    }

    #[test]
    fn arbitrary_text_never_panics_and_is_refused(text in ".{0,600}") {
        prop_assert!(!accepted(&text, NOW, 30));
    }

    #[test]
    fn arbitrary_base45_never_panics_and_is_refused(
        indices in proptest::collection::vec(0usize..45, 0..500),
    ) {
        let body: String =
            indices.into_iter().map(|index| TEXT_ALPHABET.as_bytes()[index] as char).collect();
        let text = format!("OC1:{body}");
        prop_assert!(!accepted(&text, NOW, 30));
    }

    /// Bytes that look like a code for a while.
    #[test]
    fn spliced_codes_never_panic_and_are_refused(
        cut in 0usize..232,
        middle in proptest::collection::vec(any::<u8>(), 0..40),
        skip in 0usize..60,
    ) {
        let code = base45::decode(&EVERYDAY.text()[4..]).unwrap();
        let cut = cut.min(code.len());
        let rest = (cut + skip).min(code.len());
        let spliced = [&code[..cut], &middle, &code[rest..]].concat();
        prop_assume!(spliced != code);
        let text = format!("OC1:{}", base45::encode(&spliced));
        prop_assert!(!accepted(&text, NOW, 30));
    }

    #[test]
    fn arbitrary_bytes_are_no_credential_and_no_key(
        bytes in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assert!(CardCredential::from_bytes(&bytes).is_err());
        prop_assert!(SoftwareKey::from_pkcs8(&bytes).is_err());
        if let Ok(key) = PublicKey::from_cose_key(&bytes) {
            prop_assert_eq!(key.to_cose_key(), bytes);
        }
    }

    /// Whatever the window, whatever the difference of the clocks within the tolerance, whenever
    /// somebody looks: what is on the screen is accepted, and has half of its window before it.
    #[test]
    fn there_is_no_dead_moment(
        window in 1u16..=300,
        tolerance in 0u16..=120,
        skew_share in -1.0f64..=1.0,
        displayed_for in 0i64..2_000,
    ) {
        let skew = (skew_share * f64::from(tolerance)) as i64;
        let mut shown = Schedule::new(NOW, window);
        let moment = NOW + displayed_for;
        while shown.renew_at_unix_s <= moment {
            let next = Schedule::new(shown.renew_at_unix_s, window);
            prop_assert_eq!(next.shown_from_unix_s, shown.renew_at_unix_s);
            prop_assert!(shown.good_until_unix_s >= shown.renew_at_unix_s);
            shown = next;
        }
        prop_assert!(shown.shown_from_unix_s <= moment);
        prop_assert!(2 * (shown.good_until_unix_s - shown.renew_at_unix_s) >= i64::from(window) - 1);

        let code =
            Code::make(&credential(window), &WORLD.phone, &CodeClaims::at(shown.shown_from_unix_s)).unwrap();
        prop_assert_eq!(code.schedule(), shown);
        prop_assert!(accepted(code.text(), moment + skew, tolerance));
    }

    #[test]
    fn nothing_outlives_window_and_tolerance(
        window in 1u16..=300,
        tolerance in 0u16..=200,
        late in 1i64..=100_000,
    ) {
        let code = Code::make(&credential(window), &WORLD.phone, &CodeClaims::at(NOW)).unwrap();
        let counted = tolerance.min(Policy::MAX_TOLERANCE_S);
        let end = NOW + i64::from(window) + i64::from(counted);
        prop_assert!(accepted(code.text(), end, tolerance));
        prop_assert!(!accepted(code.text(), end + late, tolerance));
        prop_assert!(accepted(code.text(), NOW - i64::from(counted), tolerance));
        prop_assert!(!accepted(code.text(), NOW - i64::from(counted) - late, tolerance));
    }

    /// A clock that runs, stands still, or jumps: no two codes of a session are for one second.
    #[test]
    fn a_session_never_makes_two_codes_for_one_second(
        steps in proptest::collection::vec(-40i64..40, 1..60),
    ) {
        let mut session = CodeSession::new(credential(60));
        let mut made = std::collections::HashSet::new();
        let mut now = NOW;
        for step in steps {
            now += step;
            match session.code(&WORLD.phone, now) {
                Ok(code) => {
                    let issued_at = code.schedule().shown_from_unix_s;
                    prop_assert!(made.insert(issued_at));
                    prop_assert!((now..=now + 5).contains(&issued_at));
                }
                Err(error) => {
                    prop_assert_eq!(error, MakeCodeError::NoUnusedSecond { now_unix_s: now });
                    prop_assert!((now..=now + 5).all(|second| made.contains(&second)));
                }
            }
        }
    }
}
