//! A private key in a token that signs.
//!
//! Uses `token`, `uri`, `pin` and `error`.

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use cryptoki::context::Pkcs11;
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;
use cryptoki::slot::Slot;
use onecode::keys::{EncodedSignature, SigningError, ToBeSigned};
use onecode::{Algorithm, PublicKey, SigningKey};

use crate::error::TokenError;
use crate::pin::{Pin, PinWanted};
use crate::token::{initialize, load, pair, slot, Login};
use crate::uri::Pkcs11Uri;

/// A private key in a PKCS#11 token: P-256 or Ed25519.
///
/// Several threads may sign at once, each in a session of its own. A token that was pulled out, or
/// logged out by another part of the program, is logged in anew once for each signature that meets
/// it so; therefore the PIN stays in memory. A PIN that the token refuses then is not tried again.
pub struct Pkcs11Key {
    pkcs11: Pkcs11,
    uri: Pkcs11Uri,
    public_key: PublicKey,
    login: Login,
    state: Mutex<State>,
}

/// What a new login changes.
struct State {
    /// Counts the logins, so that several threads that meet a pulled token log in once.
    logins: u64,
    slot: Slot,
    private: ObjectHandle,
    /// Sessions that nobody uses at the moment.
    idle: Vec<Session>,
    /// Why the token is not asked any more.
    given_up: Option<TokenError>,
}

impl Pkcs11Key {
    /// Logs in, and finds the private key with its public half.
    ///
    /// `module` is the file of the driver, where the URI has none. `ask` is asked for the PIN, once,
    /// if the token wants one and the URI names no file with it; `None` means that nobody answers.
    pub fn open(
        uri: &Pkcs11Uri,
        module: Option<&Path>,
        ask: &dyn Fn(&PinWanted) -> Option<Pin>,
    ) -> Result<Self, TokenError> {
        let pkcs11 = load(uri, module)?;
        let (slot, info) = slot(&pkcs11, uri)?;
        let login = Login::of(uri, &info, ask)?;
        let session = pkcs11.open_ro_session(slot)?;
        login.log_in(&session)?;
        let pair = pair(&session, uri)?;
        let state =
            State { logins: 0, slot, private: pair.private, idle: vec![session], given_up: None };
        Ok(Pkcs11Key {
            pkcs11,
            uri: uri.clone(),
            public_key: pair.public_key,
            login,
            state: Mutex::new(state),
        })
    }

    /// Signs, or says exactly why not: what [`SigningKey::sign`] does, for callers that want more of
    /// an error than its text.
    pub fn try_sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, TokenError> {
        let signature = match message.digest() {
            Some(digest) => self.sign_in_token(&digest),
            None => self.sign_in_token(message.bytes()),
        };
        signature.map(EncodedSignature::Raw)
    }

    /// Signs what the mechanism of the algorithm takes: a SHA-256 digest for P-256, the message for
    /// Ed25519.
    fn sign_in_token(&self, data: &[u8]) -> Result<Vec<u8>, TokenError> {
        if let Some(error) = self.state().given_up.clone() {
            return Err(error);
        }
        let (logins, error) = match self.try_once(data) {
            Ok(signature) => return Ok(signature),
            Err(failed) => failed,
        };
        if !is_logged_out(&error) {
            return Err(error.into());
        }
        self.log_in_anew(logins)?;
        Ok(self.try_once(data).map_err(|(_, error)| error)?)
    }

    /// One signature in a session that no other thread uses; or what failed, and the number of the
    /// login that it failed with.
    fn try_once(&self, data: &[u8]) -> Result<Vec<u8>, (u64, Error)> {
        let (logins, private, slot, idle) = {
            let mut state = self.state();
            (state.logins, state.private, state.slot, state.idle.pop())
        };
        let session = match idle {
            Some(session) => session,
            None => self.pkcs11.open_ro_session(slot).map_err(|error| (logins, error))?,
        };
        let mechanism = match self.public_key.algorithm() {
            Algorithm::Ed25519 => Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Ed25519)),
            _ => Mechanism::Ecdsa,
        };
        // A session in which something failed may be in the middle of a signature: it is closed.
        let signature = session.sign(&mechanism, private, data).map_err(|error| (logins, error))?;
        let mut state = self.state();
        if state.logins == logins {
            state.idle.push(session);
        }
        Ok(signature)
    }

    /// Finds token and key again, if no other thread has done so meanwhile.
    fn log_in_anew(&self, logins: u64) -> Result<(), TokenError> {
        let mut state = self.state();
        if state.logins != logins {
            return Ok(());
        }
        state.idle.clear();
        initialize(&self.pkcs11)?;
        let (slot, info) = slot(&self.pkcs11, &self.uri)?;
        if info.user_pin_final_try() {
            return Err(TokenError::LastTry);
        }
        let session = self.pkcs11.open_ro_session(slot)?;
        if let Err(error) = self.login.log_in(&session) {
            if matches!(error, TokenError::WrongPin | TokenError::PinLocked) {
                state.given_up = Some(error.clone());
            }
            return Err(error);
        }
        let pair = pair(&session, &self.uri)?;
        if pair.public_key != self.public_key {
            return Err(TokenError::OtherKey);
        }
        state.logins += 1;
        state.slot = slot;
        state.private = pair.private;
        state.idle.push(session);
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing is changed by halves in it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SigningKey for Pkcs11Key {
    fn public_key(&self) -> PublicKey {
        self.public_key
    }

    fn sign(&self, message: &ToBeSigned<'_>) -> Result<EncodedSignature, SigningError> {
        self.try_sign(message).map_err(|error| SigningError::Refused { reason: error.to_string() })
    }
}

impl fmt::Debug for Pkcs11Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Key").field("public_key", &self.public_key).finish_non_exhaustive()
    }
}

/// Whether a new login may help: the token was pulled out, its session has ended, or somebody has
/// logged out. Drivers say the last by a handle that is gone, too.
fn is_logged_out(error: &Error) -> bool {
    use RvError::*;
    let Error::Pkcs11(code, _) = error else { return false };
    matches!(
        code,
        DeviceRemoved
            | TokenNotPresent
            | SlotIdInvalid
            | SessionClosed
            | SessionHandleInvalid
            | UserNotLoggedIn
            | KeyHandleInvalid
            | ObjectHandleInvalid
            | CryptokiNotInitialized
    )
}
