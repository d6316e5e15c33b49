//! Drivers, tokens and the objects in them: found, and made.
//!
//! Uses `uri`, `pin`, `curve` and `error`. Specification: PKCS#11 2.40.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::{Slot, TokenInfo};
use cryptoki::types::AuthPin;
use onecode::{Algorithm, PublicKey};

use crate::curve::{self, Curve};
use crate::error::TokenError;
use crate::pin::{Pin, PinWanted};
use crate::uri::{ObjectType, Pkcs11Uri};

/// Bytes of the identifier that a new key gets.
const ID_LENGTH: u32 = 8;

/// The public key in a token, of a public object that is as the URI says.
///
/// `module` is the file of the driver, where the URI has none. Nobody is asked for a PIN; where the
/// URI names a file with one, it is used, because some tokens hide public objects too.
pub fn public_key(uri: &Pkcs11Uri, module: Option<&Path>) -> Result<PublicKey, TokenError> {
    let pkcs11 = load(uri, module)?;
    let (slot, info) = slot(&pkcs11, uri)?;
    let session = pkcs11.open_ro_session(slot)?;
    if uri.pin_file.is_some() {
        Login::of(uri, &info, &|_| None)?.log_in(&session)?;
    }
    let object = public_object(&session, &named(uri)?)?.ok_or(TokenError::NoPublicKey)?;
    Ok(public_half(&session, object, None)?.1)
}

/// Makes a key pair in the token: the private key is sensitive, may not be extracted, and may sign
/// and nothing else; the public key stands beside it.
///
/// The URI says by `object` what both are called, and may say their `id`. Whoever has the PIN is
/// asked by `ask`, if the URI names no file with it. Nothing is made where an object of that label
/// or id exists.
pub fn generate(
    uri: &Pkcs11Uri,
    module: Option<&Path>,
    ask: &dyn Fn(&PinWanted) -> Option<Pin>,
    algorithm: Algorithm,
) -> Result<PublicKey, TokenError> {
    let (mechanism, parameters) = match algorithm {
        Algorithm::Esp256 => (Mechanism::EccKeyPairGen, curve::P256),
        Algorithm::Ed25519 => (Mechanism::EccEdwardsKeyPairGen, curve::ED25519),
        #[cfg(feature = "sm2")]
        Algorithm::Sm2 => return Err(TokenError::Sm2),
    };
    let label = uri.object.as_ref().ok_or(TokenError::NoLabel)?;
    let pkcs11 = load(uri, module)?;
    let (slot, info) = slot(&pkcs11, uri)?;
    let login = Login::of(uri, &info, ask)?;
    let session = pkcs11.open_rw_session(slot)?;
    login.log_in(&session)?;
    if !session.find_objects(&[Attribute::Label(label.clone().into())])?.is_empty() {
        return Err(TokenError::LabelTaken { label: label.clone() });
    }
    let id = match &uri.id {
        Some(id) if !session.find_objects(&[Attribute::Id(id.clone())])?.is_empty() => {
            return Err(TokenError::IdTaken);
        }
        Some(id) => id.clone(),
        None => session.generate_random_vec(ID_LENGTH)?,
    };
    let both = [Attribute::Token(true), Attribute::Label(label.clone().into()), Attribute::Id(id)];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::Encrypt(false),
        Attribute::Wrap(false),
        Attribute::EcParams(parameters.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ];
    let (public, _) = session.generate_key_pair(
        &mechanism,
        &[&both[..], &public].concat(),
        &[&both[..], &private].concat(),
    )?;
    Ok(public_half(&session, public, Some(algorithm))?.1)
}

/// The driver that URI and caller name, ready to be used.
///
/// A driver stays loaded until the program ends: it may have threads, which cannot be taken from it.
pub(crate) fn load(uri: &Pkcs11Uri, module: Option<&Path>) -> Result<Pkcs11, TokenError> {
    static LOADED: Mutex<Vec<(PathBuf, Pkcs11)>> = Mutex::new(Vec::new());

    let file = module_file(uri, module)?;
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let pkcs11 = match loaded.iter().find(|(known, _)| *known == file) {
        Some((_, pkcs11)) => pkcs11.clone(),
        None => Pkcs11::new(&file).map_err(|error| match error {
            Error::LibraryLoading(error) => {
                TokenError::NotALibrary { module: file.clone(), detail: error.to_string() }
            }
            Error::MissingSymbol(_) | Error::NullFunctionPointer => {
                TokenError::NotAModule { module: file.clone() }
            }
            other => other.into(),
        })?,
    };
    initialize(&pkcs11)?;
    if loaded.iter().all(|(known, _)| *known != file) {
        loaded.push((file, pkcs11.clone()));
    }
    Ok(pkcs11)
}

/// Once for each driver in a program; again is no mistake.
pub(crate) fn initialize(pkcs11: &Pkcs11) -> Result<(), TokenError> {
    match pkcs11.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A file that is there, or the bare name of one that the system's loader finds.
fn module_file(uri: &Pkcs11Uri, module: Option<&Path>) -> Result<PathBuf, TokenError> {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    let named = uri.module_name.as_ref().map(|name| format!("{DLL_PREFIX}{name}{DLL_SUFFIX}"));
    let of_uri = match (&uri.module_path, &named) {
        (Some(folder), Some(name)) if folder.is_dir() => Some(folder.join(name)),
        (path, _) => path.clone(),
    };
    let file = match (module.map(Path::to_owned), of_uri) {
        (Some(flag), Some(path)) if flag != path => return Err(TokenError::TwoModules),
        (Some(file), _) | (None, Some(file)) => file,
        (None, None) => return named.map(PathBuf::from).ok_or(TokenError::NoModule),
    };
    // Whole, because the loader looks elsewhere for a name without a folder.
    let whole = std::fs::canonicalize(&file).ok().filter(|file| file.is_file());
    whole.ok_or(TokenError::ModuleMissing { module: file })
}

/// The one token that is as the URI says.
pub(crate) fn slot(pkcs11: &Pkcs11, uri: &Pkcs11Uri) -> Result<(Slot, TokenInfo), TokenError> {
    let is = |wanted: &Option<String>, found: &str| {
        wanted.as_ref().is_none_or(|wanted| wanted.trim_end_matches(' ') == found)
    };
    let mut present = Vec::new();
    let mut matching = Vec::new();
    for slot in pkcs11.get_slots_with_token()? {
        // One that does not answer, or has not been set up, is none.
        let Ok(info) = pkcs11.get_token_info(slot) else { continue };
        if !info.token_initialized() {
            continue;
        }
        present.push(info.label().to_owned());
        if is(&uri.token, info.label())
            && is(&uri.serial, info.serial_number())
            && is(&uri.manufacturer, info.manufacturer_id())
            && is(&uri.model, info.model())
            && uri.slot_id.is_none_or(|wanted| wanted == slot.id())
        {
            matching.push((slot, info));
        }
    }
    match matching.len() {
        0 => Err(TokenError::TokenMissing { present }),
        1 => Ok(matching.remove(0)),
        count => Err(TokenError::SeveralTokens { count }),
    }
}

/// How one logs in to a token.
#[derive(Debug)]
pub(crate) enum Login {
    /// It wants nobody to.
    NotWanted,
    /// With a PIN that is typed at the token itself.
    AtTheToken,
    Pin(AuthPin),
}

impl Login {
    /// What the token wants. A file with a PIN is not tried where that may lock the token: a service
    /// that starts again and again would.
    pub(crate) fn of(
        uri: &Pkcs11Uri,
        info: &TokenInfo,
        ask: &dyn Fn(&PinWanted) -> Option<Pin>,
    ) -> Result<Self, TokenError> {
        if !info.login_required() {
            return Ok(Login::NotWanted);
        }
        if !info.user_pin_initialized() {
            return Err(TokenError::PinNotSet);
        }
        if info.user_pin_locked() {
            return Err(TokenError::PinLocked);
        }
        let is_last_try = info.user_pin_final_try();
        let pin = match &uri.pin_file {
            Some(_) if is_last_try => return Err(TokenError::LastTry),
            Some(file) => Pin::read(file)
                .map_err(|problem| TokenError::PinFile { file: file.clone(), problem })?,
            None if info.protected_authentication_path() => return Ok(Login::AtTheToken),
            None => ask(&PinWanted { token: info.label().to_owned(), is_last_try })
                .ok_or(TokenError::NoPin)?,
        };
        Ok(Login::Pin(AuthPin::from(pin.as_str())))
    }

    /// Once, whatever comes of it.
    pub(crate) fn log_in(&self, session: &Session) -> Result<(), TokenError> {
        let logged_in = match self {
            Login::NotWanted => return Ok(()),
            Login::AtTheToken => session.login(UserType::User, None),
            Login::Pin(pin) => session.login(UserType::User, Some(pin)),
        };
        match logged_in {
            // Another key of this program is in the same token: the login is the program's.
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
            // A PIN of a length that the token never has.
            Err(Error::Pkcs11(RvError::PinLenRange | RvError::PinInvalid, _)) => {
                Err(TokenError::WrongPin)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A private key, and its public half.
pub(crate) struct Pair {
    pub(crate) private: ObjectHandle,
    pub(crate) public_key: PublicKey,
}

/// The one private key that is as the URI says, for a session that is logged in.
pub(crate) fn pair(session: &Session, uri: &Pkcs11Uri) -> Result<Pair, TokenError> {
    if uri.object_type == Some(ObjectType::Public) {
        return Err(TokenError::NamesPublicKey);
    }
    let mut wanted = named(uri)?;
    wanted.push(Attribute::Class(ObjectClass::PRIVATE_KEY));
    let found = session.find_objects(&wanted)?;
    let private = match found[..] {
        [] => return Err(TokenError::KeyMissing),
        [private] => private,
        _ => return Err(TokenError::SeveralKeys { count: found.len() }),
    };
    let asked = [
        AttributeType::KeyType,
        AttributeType::EcParams,
        AttributeType::Id,
        AttributeType::Label,
        AttributeType::Sign,
        AttributeType::AlwaysAuthenticate,
    ];
    let attributes = session.get_attributes(private, &asked)?;
    let algorithm = algorithm(&attributes)?;
    if attributes.contains(&Attribute::Sign(false)) {
        return Err(TokenError::MayNotSign);
    }
    if attributes.contains(&Attribute::AlwaysAuthenticate(true)) {
        return Err(TokenError::AlwaysAuthenticate);
    }
    // The public half has the same identifier; where none was given, the same label.
    let same = |wanted: fn(&Attribute) -> bool| attributes.iter().find(|it| wanted(it)).cloned();
    let id = same(|it| matches!(it, Attribute::Id(id) if !id.is_empty()));
    let label = || same(|it| matches!(it, Attribute::Label(label) if !label.is_empty()));
    let beside = id.or_else(label).ok_or(TokenError::PublicKeyMissing)?;
    let public = public_object(session, &[beside])?.ok_or(TokenError::PublicKeyMissing)?;
    let (found, public_key) = public_half(session, public, algorithm)?;
    if algorithm.is_some_and(|algorithm| algorithm != found) {
        return Err(TokenError::PublicKeyDamaged);
    }
    Ok(Pair { private, public_key })
}

/// What the URI says of a key.
fn named(uri: &Pkcs11Uri) -> Result<Vec<Attribute>, TokenError> {
    let label = uri.object.iter().map(|label| Attribute::Label(label.clone().into()));
    let wanted: Vec<Attribute> = label.chain(uri.id.clone().map(Attribute::Id)).collect();
    if wanted.is_empty() {
        return Err(TokenError::NoObjectNamed);
    }
    Ok(wanted)
}

fn public_object(
    session: &Session,
    wanted: &[Attribute],
) -> Result<Option<ObjectHandle>, TokenError> {
    let class = [Attribute::Class(ObjectClass::PUBLIC_KEY)];
    let found = session.find_objects(&[wanted, &class].concat())?;
    match found[..] {
        [] => Ok(None),
        [public] => Ok(Some(public)),
        _ => Err(TokenError::SeveralPublicKeys { count: found.len() }),
    }
}

/// The algorithm and the point of a public object; where it does not name its curve, that of the
/// private key counts.
fn public_half(
    session: &Session,
    object: ObjectHandle,
    of_private: Option<Algorithm>,
) -> Result<(Algorithm, PublicKey), TokenError> {
    let asked = [AttributeType::KeyType, AttributeType::EcParams, AttributeType::EcPoint];
    let attributes = session.get_attributes(object, &asked)?;
    let algorithm = algorithm(&attributes)?.or(of_private).ok_or(TokenError::PublicKeyDamaged)?;
    let point = attributes.iter().find_map(|it| match it {
        Attribute::EcPoint(point) => curve::public_key(algorithm, point),
        _ => None,
    });
    Ok((algorithm, point.ok_or(TokenError::PublicKeyDamaged)?))
}

/// The algorithm of a key, or what it is in place of one that is used here; `None` if the object
/// does not say its curve.
fn algorithm(attributes: &[Attribute]) -> Result<Option<Algorithm>, TokenError> {
    let kind = attributes.iter().find_map(|it| match it {
        Attribute::KeyType(kind) => Some(*kind),
        _ => None,
    });
    if let Some(kind) = kind.filter(|kind| ![KeyType::EC, KeyType::EC_EDWARDS].contains(kind)) {
        let found = kind.to_string();
        let found = found.strip_prefix("CKK_").unwrap_or(&found).to_owned();
        return Err(TokenError::Kind { found });
    }
    let parameters = attributes.iter().find_map(|it| match it {
        Attribute::EcParams(parameters) if !parameters.is_empty() => Some(parameters),
        _ => None,
    });
    match parameters.map(|parameters| Curve::of(parameters)) {
        None => Ok(None),
        Some(Curve::Used(algorithm)) => Ok(Some(algorithm)),
        Some(Curve::Sm2) => Err(TokenError::Sm2),
        Some(Curve::Other(found)) => Err(TokenError::Kind { found }),
    }
}
