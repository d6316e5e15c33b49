//! Keys in a token as it is: SoftHSM 2, in this process.
//!
//! All tokens are made before the driver is loaded, once for the whole program.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod softhsm;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use onecode::keys::{Signature, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey};
use onecode_keystore::{
    generate, public_key, Pin, PinFileProblem, Pkcs11Key, Pkcs11Uri, TokenError,
};
use softhsm::{SoftHsm, PIN};
use zeroize::Zeroizing;

const BOTH: [Algorithm; 2] = [Algorithm::Esp256, Algorithm::Ed25519];
const P256: &[u8] = b"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07";
const P384: &[u8] = b"\x06\x05\x2b\x81\x04\x00\x22";

/// One test after the other: one of them ends the driver, for all that are in it.
fn turn() -> Option<MutexGuard<'static, ()>> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    hsm().map(|_| turn)
}

fn hsm() -> Option<&'static SoftHsm> {
    static HSM: OnceLock<Option<SoftHsm>> = OnceLock::new();
    let hsm = HSM.get_or_init(|| {
        // Another run of the tests waits until this one has ended.
        static LOCK: OnceLock<File> = OnceLock::new();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("key store");
        std::fs::create_dir_all(&folder).unwrap();
        LOCK.get_or_init(|| {
            let lock = File::create(folder.join("lock")).unwrap();
            lock.lock().unwrap();
            lock
        });
        let _ = std::fs::remove_dir_all(folder.join("tokens"));
        let hsm = SoftHsm::new(&folder)?;
        std::env::set_var("SOFTHSM2_CONF", &hsm.configuration);
        for label in ["made", "others", "twins", "twins", "pulled", "pins", "fast"] {
            hsm.token(label);
        }
        Some(hsm)
    });
    hsm.as_ref()
}

fn uri(key: &str) -> Pkcs11Uri {
    hsm().unwrap().uri(key).parse().unwrap()
}

fn open(key: &str) -> Result<Pkcs11Key, TokenError> {
    Pkcs11Key::open(&uri(key), None, &|_| panic!("nobody is asked"))
}

fn make(key: &str, algorithm: Algorithm) -> Result<PublicKey, TokenError> {
    generate(&uri(key), None, &|_| panic!("nobody is asked"), algorithm)
}

/// A session that is logged in, beside those of the keys.
fn session(token: &str) -> Session {
    let pkcs11 = Pkcs11::new(&hsm().unwrap().module).unwrap();
    let _ = pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
    let slots = pkcs11.get_slots_with_initialized_token().unwrap();
    let is = |slot| pkcs11.get_token_info(slot).unwrap().label() == token;
    let slot = slots.into_iter().find(|slot| is(*slot)).unwrap();
    let session = pkcs11.open_rw_session(slot).unwrap();
    // Whoever else is in the token has logged in for the whole program.
    let _ = session.login(UserType::User, Some(&AuthPin::from(PIN)));
    session
}

fn signs(key: &Pkcs11Key, message: &[u8]) {
    let public_key = key.public_key();
    let signature = key.sign(&ToBeSigned::new(public_key, message)).unwrap();
    let signature = Signature::decode(public_key.algorithm(), &signature).unwrap();
    assert_eq!(public_key.verify(message, &signature), Ok(()));
}

#[test]
fn a_key_that_was_made_in_a_token_signs_and_cannot_leave_it() {
    let Some(_turn) = turn() else { return };
    for algorithm in BOTH {
        let name = format!("token=made;object={algorithm}");
        let made = make(&name, algorithm).unwrap();
        assert_eq!(made.algorithm(), algorithm);
        assert_eq!(
            make(&name, algorithm),
            Err(TokenError::LabelTaken { label: algorithm.to_string() })
        );

        let key = open(&name).unwrap();
        assert_eq!(key.public_key(), made);
        for length in [0, 1, 64, 100_000] {
            signs(&key, &vec![7; length]);
        }
        assert_eq!(public_key(&uri(&name), None), Ok(made));
        // The public half can be had without a PIN.
        let without: Pkcs11Uri = hsm().unwrap().uri_without_pin(&name).parse().unwrap();
        assert_eq!(public_key(&without, None), Ok(made));

        let session = session("made");
        let wanted =
            [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Label(algorithm.name().into())];
        let found = session.find_objects(&wanted).unwrap();
        let private = found[0];
        let asked = [
            AttributeType::Token,
            AttributeType::Private,
            AttributeType::Sensitive,
            AttributeType::Extractable,
            AttributeType::Sign,
            AttributeType::Decrypt,
            AttributeType::Unwrap,
            AttributeType::Derive,
        ];
        let expected = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Sign(true),
            Attribute::Decrypt(false),
            Attribute::Unwrap(false),
            Attribute::Derive(false),
        ];
        assert_eq!(session.get_attributes(private, &asked).unwrap(), expected);
        assert!(session.get_attributes(private, &[AttributeType::Value]).unwrap().is_empty());
    }
    // By its identifier, which is any bytes; and with the whole name of the token.
    let made = make("token=made;object=by-id;id=%00%01", Algorithm::Esp256).unwrap();
    assert_eq!(public_key(&uri("token=made;id=%00%01;type=public"), None), Ok(made));
    assert_eq!(open("token=made;id=%00%01;type=private").unwrap().public_key(), made);
    assert_eq!(make("token=made;object=other;id=%00%01", BOTH[0]), Err(TokenError::IdTaken));
    assert_eq!(make("token=made", BOTH[0]), Err(TokenError::NoLabel));
    let whole = "token=made;manufacturer=SoftHSM%20project;model=SoftHSM%20v2;object=by-id";
    assert_eq!(open(whole).unwrap().public_key(), made);
    #[cfg(feature = "sm2")]
    assert_eq!(make("token=made;object=sm2", Algorithm::Sm2), Err(TokenError::Sm2));
}

#[test]
fn a_key_that_is_not_there_or_not_usable_is_told_by_name() {
    let Some(_turn) = turn() else { return };
    let session = session("others");
    let pair = |label: &str, public: &[Attribute], private: &[Attribute], mechanism: &Mechanism| {
        let both =
            [Attribute::Token(true), Attribute::Label(label.into()), Attribute::Id(label.into())];
        let public = [&both[..], &[Attribute::Private(false)], public].concat();
        let private = [&both[..], &[Attribute::Sensitive(true)], private].concat();
        session.generate_key_pair(mechanism, &public, &private).unwrap()
    };
    let ec = Mechanism::EccKeyPairGen;
    let p256 = [Attribute::EcParams(P256.into())];
    let sign = [Attribute::Sign(true)];
    pair("p384", &[Attribute::EcParams(P384.into())], &sign, &ec);
    let rsa = [Attribute::ModulusBits(2_048.into())];
    pair("rsa", &rsa, &sign, &Mechanism::RsaPkcsKeyPairGen);
    pair("twice", &p256, &sign, &ec);
    pair("twice", &p256, &sign, &ec);
    pair("always", &p256, &[Attribute::Sign(true), Attribute::AlwaysAuthenticate(true)], &ec);
    pair("no-sign", &p256, &[Attribute::Sign(false)], &ec);
    let (public, _) = pair("alone", &p256, &sign, &ec);
    session.destroy_object(public).unwrap();
    let (public, _) = pair("two-public", &p256, &sign, &ec);
    session.copy_object(public, &[Attribute::Label("copy".into())]).unwrap();

    let refused = |key: &str| open(&format!("token=others;{key}")).unwrap_err();
    let kind = |found: &str| TokenError::Kind { found: found.into() };
    assert_eq!(refused("object=p384"), kind("P-384"));
    assert_eq!(refused("object=rsa"), kind("RSA"));
    assert_eq!(refused("object=nobody"), TokenError::KeyMissing);
    assert_eq!(refused("object=p384;id=%00"), TokenError::KeyMissing);
    assert_eq!(refused("object=twice"), TokenError::SeveralKeys { count: 2 });
    assert_eq!(refused("object=no-sign"), TokenError::MayNotSign);
    assert_eq!(refused("object=always"), TokenError::AlwaysAuthenticate);
    assert_eq!(refused("object=alone"), TokenError::PublicKeyMissing);
    assert_eq!(refused("object=two-public"), TokenError::SeveralPublicKeys { count: 2 });
    assert_eq!(refused("object=alone;type=public"), TokenError::NamesPublicKey);
    assert_eq!(open("token=others").unwrap_err(), TokenError::NoObjectNamed);
    assert_eq!(public_key(&uri("token=others;object=alone"), None), Err(TokenError::NoPublicKey));
    assert_eq!(open("token=twins;object=a").unwrap_err(), TokenError::SeveralTokens { count: 2 });
    let missing = open("token=nowhere;object=a").unwrap_err();
    let TokenError::TokenMissing { present } = missing else { panic!("{missing:?}") };
    assert!(present.contains(&"others".to_owned()), "{present:?}");
    assert!(matches!(open("slot-id=0;object=a"), Err(TokenError::TokenMissing { .. })));

    // A point that is on no curve, as a bad import leaves it.
    let class = |class| [Attribute::Class(class), Attribute::KeyType(KeyType::EC)];
    let bad = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label("bad".into()),
        Attribute::EcParams(P256.into()),
        Attribute::EcPoint([&[4, 65, 4][..], &[1; 64]].concat()),
    ];
    session.create_object(&[&class(ObjectClass::PUBLIC_KEY)[..], &bad].concat()).unwrap();
    let damaged = public_key(&uri("token=others;object=bad"), None);
    assert_eq!(damaged, Err(TokenError::PublicKeyDamaged));
}

#[test]
fn a_point_without_its_octet_string_is_taken() {
    let Some(_turn) = turn() else { return };
    let made = make("token=others;object=wrapped", Algorithm::Esp256).unwrap();
    let (x, y) = made.coordinates();
    let bare = [
        Attribute::Class(ObjectClass::PUBLIC_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Label("bare".into()),
        Attribute::EcParams(P256.into()),
        Attribute::EcPoint([&[4], x, y.unwrap()].concat()),
    ];
    session("others").create_object(&bare).unwrap();
    assert_eq!(public_key(&uri("token=others;object=bare"), None), Ok(made));
}

#[test]
fn a_token_that_was_logged_out_is_logged_in_anew() {
    let (Some(_turn), Some(hsm)) = (turn(), hsm()) else { return };
    make("token=pulled;object=a", Algorithm::Esp256).unwrap();
    make("token=pulled;object=b", Algorithm::Ed25519).unwrap();
    let keys = ["a", "b"].map(|name| open(&format!("token=pulled;object={name}")).unwrap());
    for _ in 0..3 {
        session("pulled").logout().unwrap();
        keys.iter().for_each(|key| signs(key, b"again"));
    }
    // All of its sessions are gone as well.
    let other = session("pulled");
    let pkcs11 = Pkcs11::new(&hsm.module).unwrap();
    pkcs11.clone().finalize().unwrap();
    keys.iter().for_each(|key| signs(key, b"after the driver was ended"));
    drop(other);

    // Behind the same name is another key.
    let session = session("pulled");
    for object in session.find_objects(&[Attribute::Label("a".into())]).unwrap() {
        session.destroy_object(object).unwrap();
    }
    let sign = |key: &Pkcs11Key| key.try_sign(&ToBeSigned::new(key.public_key(), b"m"));
    assert_eq!(sign(&keys[0]), Err(TokenError::KeyMissing));
    make("token=pulled;object=a", Algorithm::Esp256).unwrap();
    assert_eq!(sign(&keys[0]), Err(TokenError::OtherKey));
    signs(&keys[1], b"the other one goes on");

    // The PIN has been changed: the old one is tried once, and not again when it would be right.
    let pins = [PIN, "314159"].map(AuthPin::from);
    session.set_pin(&pins[0], &pins[1]).unwrap();
    session.logout().unwrap();
    assert_eq!(sign(&keys[1]), Err(TokenError::WrongPin));
    session.login(UserType::User, Some(&pins[1])).unwrap();
    session.set_pin(&pins[1], &pins[0]).unwrap();
    session.logout().unwrap();
    assert_eq!(sign(&keys[1]), Err(TokenError::WrongPin));
    let error = keys[1].sign(&ToBeSigned::new(keys[1].public_key(), b"m")).unwrap_err();
    assert_eq!(error.to_string(), "the key did not sign: the PIN is wrong; it was tried once");
}

#[test]
fn a_pin_is_tried_once_and_asked_once() {
    let (Some(_turn), Some(hsm)) = (turn(), hsm()) else { return };
    let named = |pin: &Path, key: &str| -> Pkcs11Uri {
        let pin = softhsm::encoded(pin);
        format!("{}&pin-source=file:{pin}", hsm.uri_without_pin(key)).parse().unwrap()
    };
    let key = "token=pins;object=a";
    let nobody = |_: &onecode_keystore::PinWanted| panic!("nobody is asked");
    let with_file = |pin: &Path| Pkcs11Key::open(&named(pin, key), None, &nobody).unwrap_err();
    for wrong in ["000000", "1"] {
        assert_eq!(with_file(&hsm.secret_file("wrong", wrong)), TokenError::WrongPin);
    }
    let problem = |file: PathBuf| match with_file(&file) {
        TokenError::PinFile { problem, .. } => problem,
        other => panic!("{other:?}"),
    };
    let missing = hsm.pin_file.with_file_name("missing");
    assert_eq!(problem(missing), PinFileProblem::Io(std::io::ErrorKind::NotFound));
    for bad in ["", "1234\n", "12\x0034", &"1".repeat(1_000)] {
        assert_eq!(problem(hsm.secret_file("bad", bad)), PinFileProblem::Content, "{bad:?}");
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        for mode in [0o640, 0o604, 0o620] {
            let open = hsm.secret_file("open", PIN);
            std::fs::set_permissions(&open, std::fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(problem(open), PinFileProblem::OpenToOthers { mode });
        }
        let folder = hsm.pin_file.parent().unwrap().to_owned();
        assert_eq!(problem(folder), PinFileProblem::NotAFile);
        assert_eq!(problem("/dev/null".into()), PinFileProblem::NotAFile);
    }

    let asked: Pkcs11Uri = hsm.uri_without_pin(key).parse().unwrap();
    let opened = |answer: Option<&str>| {
        let times = std::cell::Cell::new(0);
        let opened = Pkcs11Key::open(&asked, None, &|wanted| {
            times.set(times.get() + 1);
            assert_eq!(wanted.token, "pins");
            answer.and_then(|pin| Pin::new(Zeroizing::new(pin.into())))
        });
        assert_eq!(times.get(), 1);
        opened.map(|key| signs(&key, b"m"))
    };
    assert_eq!(opened(None), Err(TokenError::NoPin));
    assert_eq!(opened(Some("000000")), Err(TokenError::WrongPin));
    make(key, Algorithm::Esp256).unwrap();
    assert_eq!(opened(Some(PIN)), Ok(()));
}

#[test]
fn a_driver_that_is_none_is_told_apart() {
    let (Some(_turn), Some(hsm)) = (turn(), hsm()) else { return };
    let from = |uri: &str, module: Option<&Path>| public_key(&uri.parse().unwrap(), module);
    let key = "pkcs11:token=made;object=a";
    assert_eq!(from(key, None), Err(TokenError::NoModule));
    let missing = PathBuf::from("/no/such.so");
    assert_eq!(from(key, Some(&missing)), Err(TokenError::ModuleMissing { module: missing }));
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    assert!(matches!(from(key, Some(&text)), Err(TokenError::NotALibrary { .. })));
    let name = "pkcs11:token=made;object=a?module-name=no-such-module";
    assert!(matches!(from(name, None), Err(TokenError::NotALibrary { .. })));
    let two = hsm.uri("token=made;object=a");
    assert_eq!(from(&two, Some(Path::new("/no/such.so"))), Err(TokenError::TwoModules));
    let folder = softhsm::encoded(hsm.module.parent().unwrap());
    let by_name = format!("{key}?module-path={folder}&module-name=softhsm2");
    assert_eq!(from(&by_name, None), Err(TokenError::NoPublicKey));
    let libraries = ["/lib/x86_64-linux-gnu/libm.so.6", "/lib/aarch64-linux-gnu/libm.so.6"];
    if let Some(library) = libraries.map(Path::new).into_iter().find(|library| library.is_file()) {
        assert!(matches!(from(key, Some(library)), Err(TokenError::NotAModule { .. })));
    }
}

#[test]
fn several_threads_sign_with_one_key() {
    let Some(_turn) = turn() else { return };
    for algorithm in BOTH {
        let name = format!("token=fast;object={algorithm}");
        make(&name, algorithm).unwrap();
        let key = open(&name).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let key = &key;
                scope.spawn(move || (0..20).for_each(|round| signs(key, &[thread, round])));
            }
        });
        let (count, began) = (300, Instant::now());
        for round in 0..count {
            let _ = key.sign(&ToBeSigned::new(key.public_key(), &[round as u8; 300])).unwrap();
        }
        let per_second = f64::from(count) / began.elapsed().as_secs_f64();
        say!("SoftHSM, {algorithm}: {per_second:.0} signatures a second");
    }
}
