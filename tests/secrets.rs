//! Private keys do not show in what is printed, and do not stay in memory when they are dropped.

#[macro_use]
mod say;

use std::mem::{size_of, MaybeUninit};
use std::ptr;

use onecode::keys::GeneratedKey;
use onecode::{Algorithm, SigningKey, SoftwareKey};
use p256::elliptic_curve::PrimeField;
use ring::digest::{digest, SHA512};

/// A new key, the private number or seed in it, and the forms in which it may lie in memory.
fn generate(algorithm: Algorithm) -> (GeneratedKey, Vec<(&'static str, Vec<u8>)>) {
    let generated = SoftwareKey::generate(algorithm).unwrap();
    // What comes before the 32 bytes in PKCS#8: the version of ECPrivateKey (RFC 5915) and the
    // head of an octet string; in RFC 8410 an octet string in another.
    let before: &[u8] = match algorithm {
        Algorithm::Ed25519 => &[0x04, 0x22, 0x04, 0x20],
        _ => &[0x02, 0x01, 0x01, 0x04, 0x20],
    };
    let at = find(&generated.pkcs8, before).unwrap() + before.len();
    let secret = generated.pkcs8[at..at + 32].to_vec();
    let reversed = secret.iter().rev().copied().collect();
    let mut forms = vec![("as it is", secret.clone()), ("reversed", reversed)];
    forms.extend(internal(algorithm, &secret));
    (generated, forms)
}

/// The forms in which the libraries keep it.
fn internal(algorithm: Algorithm, secret: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    match algorithm {
        Algorithm::Esp256 => {
            // Times 2^256, in little-endian words (Montgomery form).
            let number = p256::Scalar::from_repr(*<&_>::try_from(secret).unwrap()).unwrap();
            let two_to_128 = p256::Scalar::from_u128(u128::MAX) + p256::Scalar::ONE;
            let mut bytes = (number * two_to_128 * two_to_128).to_repr().to_vec();
            bytes.reverse();
            vec![("in Montgomery form", bytes)]
        }
        Algorithm::Ed25519 => {
            // The two halves of the hash of the seed (RFC 8032 section 5.1.5).
            let hash = digest(&SHA512, secret);
            let (scalar, prefix) = hash.as_ref().split_at(32);
            let mut scalar = scalar.to_vec();
            scalar[0] &= 248;
            scalar[31] = scalar[31] & 63 | 64;
            vec![("scalar", scalar), ("prefix", prefix.to_vec())]
        }
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => {
            let number = sm2::Scalar::from_repr(*<&_>::try_from(secret).unwrap()).unwrap();
            vec![("in Montgomery form", memory(&number))]
        }
    }
}

/// The bytes of a value as they lie in memory, padding included.
fn memory<T>(value: *const T) -> Vec<u8> {
    let start: *const u8 = value.cast();
    // SAFETY: all of them are inside of the one allocation that `value` points to. Volatile, so
    // that the compiler reads what is there and not what it knows has been written.
    (0..size_of::<T>()).map(|at| unsafe { ptr::read_volatile(start.add(at)) }).collect()
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

#[test]
fn a_dropped_key_is_overwritten() {
    for algorithm in Algorithm::ALL {
        let (generated, forms) = generate(*algorithm);
        let mut place = Box::new(MaybeUninit::new(generated.key));

        let before = memory(place.as_ptr());
        let found: Vec<_> =
            forms.iter().filter(|(_, bytes)| find(&before, bytes).is_some()).collect();
        // Otherwise nothing would be tested below.
        let expected = internal(*algorithm, &forms[0].1);
        assert_eq!(found, expected.iter().collect::<Vec<_>>(), "{algorithm}");

        // SAFETY: initialised above, and not used as a key again.
        unsafe { ptr::drop_in_place(place.as_mut_ptr()) };

        let after = memory(place.as_ptr());
        for (form, bytes) in &forms {
            // Halves, too: a partial overwrite is none.
            for half in bytes.chunks(16) {
                assert_eq!(find(&after, half), None, "{algorithm} {form}");
            }
        }
        say!("{algorithm}: {} bytes, {} forms found and gone", before.len(), found.len());
    }
}

#[test]
fn debug_output_has_the_public_key_only() {
    for algorithm in Algorithm::ALL {
        let (generated, forms) = generate(*algorithm);
        let public = format!("{:?}", generated.key.public_key());
        let key = format!("SoftwareKey {{ public_key: {public}, .. }}");
        assert_eq!(format!("{:?}", generated.key), key);
        let whole = format!("GeneratedKey {{ key: {key}, .. }}");
        assert_eq!(format!("{generated:?}"), whole);

        // In any layout: hexadecimal, or a list of numbers.
        let mut printed = format!("{:#?} {generated:#?}", generated.key).to_lowercase();
        printed.retain(|character| !character.is_whitespace());
        for (form, bytes) in &forms {
            let part = &bytes[..8];
            let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
            let numbers: Vec<String> = part.iter().map(u8::to_string).collect();
            assert!(!printed.contains(&hex), "{algorithm} {form}");
            assert!(!printed.contains(&numbers.join(",")), "{algorithm} {form}");
        }
    }
}
