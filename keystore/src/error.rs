//! Why a key in a token cannot be used.
//!
//! Uses `pin` for its problems.

use std::path::PathBuf;

use crate::pin::PinFileProblem;

/// A key in a token cannot be had, or does not sign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Nobody said which driver to load.
    #[error(
        "no PKCS#11 module is named; name its file by module-path in the URI or by --pkcs11-module"
    )]
    NoModule,
    /// The URI names one driver, and the caller another.
    #[error("two different PKCS#11 modules are named")]
    TwoModules,
    /// There is no such file.
    #[error("{}: no such PKCS#11 module", module.display())]
    ModuleMissing {
        /// The file.
        module: PathBuf,
    },
    /// The file is no library that this program can load. A statically linked program loads none.
    #[error("{}: cannot be loaded: {detail}", module.display())]
    NotALibrary {
        /// The file.
        module: PathBuf,
        /// What the system's loader says.
        detail: String,
    },
    /// It is a library, and no PKCS#11 module.
    #[error("{}: is no PKCS#11 module", module.display())]
    NotAModule {
        /// The file.
        module: PathBuf,
    },
    /// No token is as the URI says.
    #[error("no token is as the URI says; there are: {}", listed(present))]
    TokenMissing {
        /// The labels of the tokens that are there.
        present: Vec<String>,
    },
    /// The URI is that of several tokens.
    #[error("{count} tokens are as the URI says; add serial")]
    SeveralTokens {
        /// How many.
        count: usize,
    },
    /// The URI names no key.
    #[error("the URI names no key; add object or id")]
    NoObjectNamed,
    /// The URI names the public half, which does not sign.
    #[error("the URI names a public key, which does not sign")]
    NamesPublicKey,
    /// A PIN is wanted, and there is none: no file is named, and nobody answers.
    #[error("the token wants a PIN: name its file by pin-source=file:…, or run it at a terminal")]
    NoPin,
    /// The file with the PIN is not used.
    #[error("{}: {problem}", file.display())]
    PinFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: PinFileProblem,
    },
    /// The PIN is wrong. It was tried once.
    #[error("the PIN is wrong; it was tried once")]
    WrongPin,
    /// A wrong PIN would lock the token now, and nobody has just typed this one.
    #[error("one more wrong PIN locks the token; log in at a terminal first, without pin-source")]
    LastTry,
    /// The token has locked its PIN.
    #[error("the PIN is locked; the token's security officer sets a new one")]
    PinLocked,
    /// The token has no PIN for its user yet.
    #[error("the token has no user PIN yet; its own tool sets one")]
    PinNotSet,
    /// No private key is as the URI says.
    #[error("no private key in the token is as the URI says")]
    KeyMissing,
    /// The URI is that of several private keys.
    #[error("{count} private keys are as the URI says; name one by object and id")]
    SeveralKeys {
        /// How many.
        count: usize,
    },
    /// No public key is as the URI says. Where the token hides it until one logs in, `pin-source`
    /// helps.
    #[error("no public key in the token is as the URI says")]
    NoPublicKey,
    /// No public key stands beside the private one.
    #[error(
        "no public key stands beside the private one; write it there with the same id and label \
             (`pkcs11-tool --write-object FILE --type pubkey`)"
    )]
    PublicKeyMissing,
    /// The URI is that of several public keys, or several stand beside the private one.
    #[error("{count} public keys are as the URI says")]
    SeveralPublicKeys {
        /// How many.
        count: usize,
    },
    /// The public key cannot be read: its point is not on its curve, or not there.
    #[error("the public key in the token is damaged")]
    PublicKeyDamaged,
    /// A key of another kind.
    #[error("a key of the kind {found}; used here are P-256 and Ed25519")]
    Kind {
        /// Its curve or kind, or the beginning of its parameters.
        found: String,
    },
    /// SM2 has no mechanism in PKCS#11 that tokens agree on.
    #[error(
        "SM2 is not signed through PKCS#11; `sign --prepare` writes what the token's own tool \
             signs, and `sign --attach` takes the signature"
    )]
    Sm2,
    /// The key may not sign (`CKA_SIGN`).
    #[error("the key is not one that may sign")]
    MayNotSign,
    /// The key wants its PIN for each signature (`CKA_ALWAYS_AUTHENTICATE`).
    #[error("the key wants its PIN for each signature, which is not done here")]
    AlwaysAuthenticate,
    /// An object of this label is there already.
    #[error("the token has an object {label:?} already")]
    LabelTaken {
        /// The label.
        label: String,
    },
    /// An object of this identifier is there already.
    #[error("the token has an object of this id already")]
    IdTaken,
    /// The URI of a new key has no label.
    #[error("the URI of a new key names its label by object")]
    NoLabel,
    /// Behind the same name is now another key than the one that was opened.
    #[error("the token now has another key of this name")]
    OtherKey,
    /// The driver failed.
    #[error("{function}: {code}")]
    Driver {
        /// The function of PKCS#11, such as `C_Sign`.
        function: String,
        /// Its answer, such as `DeviceRemoved` for `CKR_DEVICE_REMOVED`.
        code: String,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".into()
    } else {
        names.join(", ")
    }
}

impl From<cryptoki::error::Error> for TokenError {
    fn from(error: cryptoki::error::Error) -> Self {
        use cryptoki::error::{Error, RvError};
        match error {
            Error::Pkcs11(RvError::PinIncorrect, _) => TokenError::WrongPin,
            Error::Pkcs11(RvError::PinLocked, _) => TokenError::PinLocked,
            Error::Pkcs11(RvError::UserPinNotInitialized, _) => TokenError::PinNotSet,
            Error::Pkcs11(code, function) => TokenError::Driver {
                function: format!("C_{function:?}"),
                code: format!("{code:?}"),
            },
            other => TokenError::Driver { function: "PKCS#11".into(), code: other.to_string() },
        }
    }
}
