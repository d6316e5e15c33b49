//! Challenges: a scanner shows one, and the code that answers is made for this scanner and this
//! moment.

use onecode::challenge::ChallengeForm;

use crate::mirror::mirror;
use crate::UsageError;

/// How a challenge gets from the scanner to the phone.
#[uniffi::remote(Enum)]
pub enum ChallengeForm {
    /// As a small QR picture: 8 bytes.
    Picture,
    /// Typed by a person: 5 bytes, 8 characters.
    Typed,
}

/// A challenge to be shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct IssuedChallenge {
    /// The random bytes.
    pub challenge: Vec<u8>,
    /// What to show: the text for a QR picture, or the 8 characters to type.
    pub text: String,
    /// From this second on an answer is too late (Unix seconds).
    pub expires_unix_s: i64,
}

impl From<onecode::challenge::IssuedChallenge> for IssuedChallenge {
    fn from(issued: onecode::challenge::IssuedChallenge) -> Self {
        IssuedChallenge {
            challenge: issued.challenge.as_bytes().to_vec(),
            text: issued.text(),
            expires_unix_s: issued.expires_unix_s,
        }
    }
}

/// Reads what a phone has scanned or a person has typed. Returns the bytes that a bound code
/// answers.
#[uniffi::export]
pub fn challenge_from_text(text: String) -> Result<Vec<u8>, ChallengeTextError> {
    Ok(onecode::Challenge::from_text(&text)?.as_bytes().to_vec())
}

mirror! {
    /// What was scanned or typed is not a scanner's challenge.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ChallengeTextError = onecode::challenge::ChallengeTextError {
        /// Typed: not 8 characters, not counting spaces and hyphens. Picture: a wrong length.
        #[error("{found} where {expected} belong")]
        Length {
            /// Characters that were typed, or bytes in the picture.
            found: i64,
            /// How many there should be.
            expected: i64,
        },
        /// A character outside the alphabet.
        #[error("character {at} is not one of a challenge")]
        Character {
            /// Its place, counted in characters from 0.
            at: i64,
        },
        /// The picture's text is damaged.
        #[error("the text of the picture is damaged")]
        NotBase45,
    }
}

mirror! {
    /// No challenge was opened. Open ones stay open.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ChallengeError = onecode::challenge::ChallengeError {
        /// The system gave no random numbers.
        #[error("the system gives no random numbers")]
        NoRandomness,
        /// It would end before it begins, or last too long.
        #[error("a challenge from now on until {expires_unix_s} (Unix seconds) is not short-lived")]
        Lifetime {
            /// The end asked for.
            expires_unix_s: i64,
        },
        /// The caller's time is after the year 9999, which usually means milliseconds.
        #[error("{unix_s} is not a time in Unix seconds")]
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// This challenge was opened before.
        #[error("this challenge was opened before")]
        Known,
    } and {
        /// An impossible value, or a call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}
