//! Codes, one after the other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use onecode::Schedule;

use crate::exclusive::Exclusive;
use crate::keys::HeldKey;
use crate::mirror::mirror;
use crate::usage::{application, challenge};
use crate::{CardCredential, DeviceKey, SigningError, UsageError, Wallet};

/// A code ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Code {
    /// The text for the QR picture.
    pub text: String,
    /// Length of the signed structure in bytes.
    pub byte_length: i32,
    /// When it is shown, when it is replaced and when it ends.
    pub schedule: Schedule,
}

/// When a code is on the screen. All times are Unix seconds on the phone's clock.
///
/// A code is replaced at half of its window, so whatever is on the screen stays good for at least
/// the other half.
#[uniffi::remote(Record)]
pub struct Schedule {
    /// From when the code may be shown: the second it is made for.
    pub shown_from_unix_s: i64,
    /// When the next code replaces it. The next code is made for exactly this second, so it can be
    /// made in advance.
    pub renew_at_unix_s: i64,
    /// The last second in which a scanner with the right time accepts it.
    pub good_until_unix_s: i64,
}

impl From<onecode::Code> for Code {
    fn from(code: onecode::Code) -> Self {
        Code {
            text: code.text().to_owned(),
            // safe: a code has at most 319 bytes
            byte_length: code.byte_length() as i32,
            schedule: code.schedule(),
        }
    }
}

/// Makes the codes of one card with one key, never two for the same second. Calls from several
/// threads run one after the other. For a card in a wallet use `Wallet.session`.
#[derive(uniffi::Object)]
pub struct CodeSession {
    key: HeldKey,
    source: SessionOfCard,
}

/// The session of one card, its own or a wallet's.
pub(crate) struct SessionOfCard {
    credential: Arc<CardCredential>,
    /// Whether this object's key has made a code. A card in a wallet may have had another object
    /// before.
    key_checked: AtomicBool,
    source: Source,
}

/// Where the seconds that already have a code are remembered.
enum Source {
    Own(Box<Exclusive<onecode::CodeSession>>),
    Wallet { wallet: Arc<Wallet>, id: onecode::card::CardId },
}

#[uniffi::export]
impl CodeSession {
    /// A session for one card and the key it is bound to.
    #[uniffi::constructor]
    pub fn new(
        credential: Arc<CardCredential>,
        key: Arc<dyn DeviceKey>,
    ) -> Result<Self, MakeCodeError> {
        Self::of(SessionOfCard::new(credential), HeldKey::new(key)?)
    }

    /// The card, as it was when the session began.
    pub fn credential(&self) -> Arc<CardCredential> {
        self.source.credential()
    }

    /// The everyday code for `now_unix_s`, or for the next second that has no code yet. Show it
    /// from its `shown_from_unix_s` on. Ask for the next one with its `renew_at_unix_s`, shortly
    /// before that moment.
    ///
    /// The signature of a session's first code is checked, and that of the first code after the
    /// credential was renewed. If it does not hold, the error is `Signing` with `DoesNotHold`.
    pub fn code(&self, now_unix_s: i64) -> Result<Code, MakeCodeError> {
        self.make(now_unix_s, None, None)
    }

    /// A code bound to what is given. With `application`, only that application accepts it. With
    /// `challenge` (5 to 15 bytes), it answers the scanner's challenge.
    #[uniffi::method(default(application = None, challenge = None))]
    pub fn bound_code(
        &self,
        now_unix_s: i64,
        application: Option<i32>,
        challenge: Option<Vec<u8>>,
    ) -> Result<Code, MakeCodeError> {
        let application = application.map(self::application).transpose()?;
        let challenge = challenge.as_deref().map(self::challenge).transpose()?;
        self.make(now_unix_s, application, challenge)
    }
}

impl CodeSession {
    pub(crate) fn of(source: SessionOfCard, key: HeldKey) -> Result<Self, MakeCodeError> {
        if onecode::SigningKey::public_key(&key) != source.credential.0.claims().holder_key {
            return Err(MakeCodeError::WrongKey);
        }
        Ok(CodeSession { key, source })
    }

    /// Lets the session make an answer that its holder has agreed to.
    pub(crate) fn agree(
        &self,
        make: impl FnOnce(
            &mut onecode::CodeSession,
            &HeldKey,
        ) -> Result<onecode::Code, onecode::code::MakeCodeError>,
    ) -> Result<Code, MakeCodeError> {
        self.source.make(|session| make(session, &self.key))
    }

    fn make(
        &self,
        now_unix_s: i64,
        application: Option<onecode::ApplicationNumber>,
        challenge: Option<onecode::Challenge>,
    ) -> Result<Code, MakeCodeError> {
        self.source
            .make(|session| session.bound_code(&self.key, now_unix_s, application, challenge))
    }
}

impl SessionOfCard {
    /// A session that remembers its seconds itself.
    pub(crate) fn new(credential: Arc<CardCredential>) -> Self {
        let session = onecode::CodeSession::new(credential.0.clone());
        Self::from(credential, Source::Own(Box::new(Exclusive::new(session))))
    }

    /// That of a card in a wallet.
    pub(crate) fn in_wallet(
        wallet: Arc<Wallet>,
        id: onecode::card::CardId,
    ) -> Result<Self, MakeCodeError> {
        let credential =
            wallet.0.with(|wallet| wallet.card(id).map(|it| it.credential().clone()))?;
        let credential = Arc::new(CardCredential(credential.ok_or(MakeCodeError::NoSuchCard)?));
        Ok(Self::from(credential, Source::Wallet { wallet, id }))
    }

    fn from(credential: Arc<CardCredential>, source: Source) -> Self {
        SessionOfCard { credential, key_checked: AtomicBool::new(false), source }
    }

    /// The card, as it was when the session began.
    pub(crate) fn credential(&self) -> Arc<CardCredential> {
        self.credential.clone()
    }

    /// Lets the session make a code. The first one by this object is checked.
    pub(crate) fn make(
        &self,
        make: impl FnOnce(
            &mut onecode::CodeSession,
        ) -> Result<onecode::Code, onecode::code::MakeCodeError>,
    ) -> Result<Code, MakeCodeError> {
        let code = self.with(|session| {
            // Whoever makes a code holds the session or the wallet alone.
            if !self.key_checked.load(Ordering::Relaxed) {
                session.check_key_again();
            }
            let code = make(session)?;
            self.key_checked.store(true, Ordering::Relaxed);
            Ok::<_, onecode::code::MakeCodeError>(code)
        })??;
        Ok(code.into())
    }

    pub(crate) fn with<R>(
        &self,
        f: impl FnOnce(&mut onecode::CodeSession) -> R,
    ) -> Result<R, MakeCodeError> {
        match &self.source {
            Source::Own(session) => Ok(session.with(f)?),
            Source::Wallet { wallet, id } => {
                wallet.0.with(|wallet| wallet.session(*id).map(f))?.ok_or(MakeCodeError::NoSuchCard)
            }
        }
    }
}

mirror! {
    /// A code could not be made.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum MakeCodeError = onecode::code::MakeCodeError {
        /// The credential is bound to another key.
        #[error("the credential is bound to another phone key")]
        WrongKey,
        /// The time is before 1970 or after 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        Time {
            /// The time asked for.
            unix_s: i64,
        },
        /// The credential has expired at that time. Every scanner would refuse.
        #[error("the credential expired at {expires_unix_s} (Unix seconds)")]
        CardExpired {
            /// Its expiry.
            expires_unix_s: i64,
        },
        /// The code would need a denser picture than a phone can show and a gate can read.
        #[error("a code of {length} bytes is over the limit of {limit}")]
        TooLarge {
            /// Bytes it would have.
            length: i64,
            /// Bytes it may have.
            limit: i64,
        },
        /// This phone's clock stands still, or was set back over codes already made.
        #[error("no unused second is left near {now_unix_s} (Unix seconds)")]
        NoUnusedSecond {
            /// The time that was given.
            now_unix_s: i64,
        },
        /// Another code has been made for this second since the one at hand was prepared. Prepare
        /// the next.
        #[error("another code has been made for {unix_s} (Unix seconds)")]
        SecondTaken {
            /// The second.
            unix_s: i64,
        },
        /// The phone's key did not sign, or signed wrongly.
        #[error("{signing}")]
        Signing {
            /// Why not.
            #[from]
            signing: SigningError,
        } = Signing(signing),
    } and {
        /// The card has been taken out of the wallet.
        #[error("the wallet has no such card")]
        NoSuchCard,
        /// An impossible value, or a call from inside the key.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}
