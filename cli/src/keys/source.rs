//! A private key as a command line names it: a PEM file, or a PKCS#11 URI (RFC 7512).
//!
//! Uses `openssl` for files, `token` and `prompt` for tokens.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::{OsStringValueParser, TypedValueParser};
use onecode::keys::{EncodedSignature, SigningError, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey};
use onecode_keystore::{Pkcs11Key, Pkcs11Uri, TokenError, UriError};

use super::{openssl, prompt};
use crate::cause::Cause;
use crate::failure::Failure;

/// Where a private key is.
#[derive(Clone, Debug)]
pub(crate) enum KeySource {
    /// A file with a key in PEM, or `-`.
    File(PathBuf),
    Token(TokenKey),
}

/// A key in a token, by its URI. It is read when the key is used, and not by clap, which would
/// repeat it with a PIN that should not be there.
#[derive(Clone, Debug)]
pub(crate) struct TokenKey(String);

/// The driver of tokens.
#[derive(clap::Args)]
pub(crate) struct Module {
    /// The token's PKCS#11 library, where the URI has no module-path.
    #[arg(long, value_name = "FILE")]
    pkcs11_module: Option<PathBuf>,
}

/// Reads a [`KeySource`] for clap.
pub(crate) fn key_source() -> impl TypedValueParser<Value = KeySource> {
    OsStringValueParser::new().map(|text: OsString| {
        match text.to_str().filter(|text| Pkcs11Uri::is_meant(text)) {
            Some(uri) => KeySource::Token(TokenKey(uri.to_owned())),
            None => KeySource::File(text.into()),
        }
    })
}

/// A key in a token that says in the language of this process why it does not sign.
struct InToken(Pkcs11Key);

impl SigningKey for InToken {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        let refused =
            |error: TokenError| SigningError::Refused { reason: error.said().to_string() };
        self.0.try_sign(message).map_err(refused)
    }
}

impl From<String> for TokenKey {
    fn from(text: String) -> Self {
        TokenKey(text)
    }
}

impl KeySource {
    /// A key that signs. Whoever sits at the terminal is asked for a PIN, where one is wanted.
    pub(crate) fn open(&self, module: &Module) -> Result<Box<dyn SigningKey>, Failure> {
        match self {
            KeySource::File(file) => Ok(Box::new(openssl::private_key(file)?)),
            KeySource::Token(key) => {
                let module = module.pkcs11_module.as_deref();
                let opened = Pkcs11Key::open(&key.uri()?, module, &prompt::pin);
                Ok(Box::new(InToken(opened.map_err(|error| key.failed(&error))?)))
            }
        }
    }

    /// The public half alone: of a token nobody is asked for a PIN.
    pub(crate) fn public_key(&self, module: &Module) -> Result<PublicKey, Failure> {
        match self {
            KeySource::File(file) => Ok(openssl::private_key(file)?.public_key()),
            KeySource::Token(key) => {
                let module = module.pkcs11_module.as_deref();
                onecode_keystore::public_key(&key.uri()?, module)
                    .map_err(|error| key.failed(&error))
            }
        }
    }
}

impl TokenKey {
    /// A new key pair in the token.
    pub(crate) fn generate(
        &self,
        module: &Module,
        algorithm: Algorithm,
    ) -> Result<PublicKey, Failure> {
        let module = module.pkcs11_module.as_deref();
        onecode_keystore::generate(&self.uri()?, module, &prompt::pin, algorithm)
            .map_err(|error| self.failed(&error))
    }

    fn uri(&self) -> Result<Pkcs11Uri, Failure> {
        self.0.parse().map_err(|error: UriError| {
            Failure(said!("PKCS#11 URI：{error}", "PKCS#11 URI: {error}", error = error.said()))
        })
    }

    fn failed(&self, error: &TokenError) -> Failure {
        let (key, error) = (&self.0, error.said());
        Failure(said!("{key}：{error}", "{key}: {error}"))
    }
}
