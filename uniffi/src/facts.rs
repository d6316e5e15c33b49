//! The types of a refusal's facts, and the facts by name.
//!
//! Where a core type can cross the border, it is used here as it is. Its documentation for the
//! other languages is written here.

use onecode::catalogue::ForeignCode;
use onecode::cose::CborProblem;
use onecode::gate::{MemoryProblem, Signer, UnknownStatus};
use onecode::jose::Name;
use onecode::text::Alteration;

use crate::mirror::mirror;

/// A kind of code that is not ours (随申码, 交通码, 医保码, …), as the catalogue names it.
#[uniffi::remote(Record)]
#[uniffi(name = "ForeignKind")]
pub struct ForeignCode {
    /// A readable id that never changes, such as `suishenma`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What the attendant should do.
    pub advice: Name,
}

/// Why a scanner cannot tell whether a code has been used before.
#[uniffi::remote(Enum)]
pub enum MemoryProblem {
    /// Its memory is full of codes that could still be used.
    Full,
    /// The host's own store does not answer.
    Store,
    /// The scanner's clock was set back over codes it has forgotten since. Only in an advisory: the
    /// refusal for it is `ScannerClockWentBack`.
    ClockWentBack,
    /// Nothing is known of the code or the card, and entries that might tell are missing. Either
    /// there was no room for what other gates told, or a waiting card was forgotten before the
    /// clock was set back. Only in an advisory, whatever the application's rule.
    Incomplete,
}

/// Whose signature a fact is about.
#[uniffi::remote(Enum)]
pub enum Signer {
    /// The card-issuing agency.
    Issuer,
    /// The phone.
    Phone,
}

/// Why a card's status is unknown. None of these means that the card is invalid.
#[uniffi::remote(Enum)]
pub enum UnknownStatus {
    /// The scanner has no list for this card.
    NoList,
    /// The scanner's list is older than the application allows.
    OldList {
        /// The list's time.
        as_of_unix_s: i64,
    },
    /// The last list handed in could not be used, and there is no older one.
    Unreadable {
        /// When that was.
        since_unix_s: i64,
    },
    /// The list calls the card valid, but a notice has withdrawn the key that signed the list.
    Withdrawn {
        /// The list's time.
        as_of_unix_s: i64,
    },
}

/// How a code's text was changed on its way from the camera.
#[uniffi::remote(Enum)]
pub enum Alteration {
    /// A byte order mark in front of it.
    ByteOrderMark,
    /// White space in front of it.
    LeadingSpace,
    /// Capital letters became small ones: Caps Lock on a keyboard-wedge scanner.
    LowerCase,
    /// The prefix is there twice: the scanner adds one of its own.
    DoubledPrefix,
    /// A line end, tab or another control character behind it: the scanner's suffix was not
    /// removed.
    TrailingControl,
    /// A control character in front of it, such as STX.
    LeadingControl,
    /// White space behind it, other than a line end or tab.
    TrailingSpace,
    /// A control character or a line end within it.
    InnerControl,
    /// An AIM symbology identifier in front of it, such as `]Q1`.
    AimIdentifier,
    /// An ECI designator in front of it, such as `\000026`.
    EciPrefix,
    /// Something else in front of it, such as `QR-Code:`.
    AddedPrefix,
    /// Something else behind it.
    AddedSuffix,
    /// Quotation marks around it, or at one end.
    QuotationMarks,
    /// Invisible characters: of zero width, or for writing direction.
    InvisibleCharacter,
    /// Two codes, or one code twice, in one text.
    JoinedCodes,
    /// The first characters are missing.
    BeginningLost,
    /// Characters are missing, mostly the end.
    CutOff,
    /// Reader and computer are set to different keyboard layouts.
    KeyboardLayout,
    /// Shift was lost: `oc1;` for `OC1:`.
    ShiftLost,
    /// Full-width characters or Chinese punctuation: an input method was on.
    FullWidth,
    /// Another space character, such as a no-break space, in place of the space.
    OtherSpace,
    /// No space is left: they were removed, or became `+`, as in form data.
    SpacesLost,
    /// `+` became a space: read as form data.
    PlusToSpace,
    /// Characters were written as `%20` and the like.
    PercentEncoded,
    /// `%` and two digits were decoded as an encoded character.
    PercentDecoded,
    /// Backslashes within it: an escape was not removed.
    Escaped,
    /// Written in hexadecimal digits.
    Hexadecimal,
}

/// How bytes differ from the one allowed encoding.
#[uniffi::remote(Enum)]
pub enum CborProblem {
    /// The bytes end inside an item.
    Truncated,
    /// Bytes follow where the structure has ended.
    TrailingBytes,
    /// A string, array or map of indefinite length.
    IndefiniteLength,
    /// A number or length in more bytes than it needs.
    NotShortest,
    /// An item of another type than belongs here.
    WrongType,
    /// An array or map with another number of entries than belongs here.
    WrongCount,
    /// Map keys out of ascending order, or the same key twice.
    UnsortedKeys,
    /// A map key that does not belong here.
    UnexpectedKey,
    /// A required map key is missing.
    MissingKey,
    /// A byte string of an impossible length.
    WrongLength,
    /// A number outside its permitted range.
    OutOfRange,
    /// An unprotected header. None is allowed here.
    UnprotectedHeader,
    /// A scheme number unknown to this version.
    UnknownScheme,
    /// An algorithm number unknown to this version, or one that does not fit the key.
    UnknownAlgorithm,
}

mirror! {
    /// The value of a fact.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Fact = onecode::gate::Fact {
        /// A number; its unit is part of the fact's name.
        Number {
            /// The number.
            value: i64,
        } = Number(value),
        /// A short name or code.
        Text {
            /// The text.
            value: String,
        } = Text(value),
    }
}

/// One fact of a refusal, for a log or for a program that does not handle each refusal.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NamedFact {
    /// Its name, in snake case. It never changes.
    pub name: String,
    /// Its value.
    pub fact: Fact,
}

/// The facts by name, in a fixed order.
pub(crate) fn facts(refusal: &onecode::Refusal) -> Vec<NamedFact> {
    let named = |(name, fact): (&str, onecode::gate::Fact)| NamedFact {
        name: name.to_owned(),
        fact: fact.into(),
    };
    refusal.facts().into_iter().map(named).collect()
}
