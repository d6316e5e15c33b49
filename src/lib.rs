//! # onecode (一码通)
//!
//! One short-lived, signed QR code from an electronic social security card, checked offline.
//!
//! ```text
//! issuer key ──signs──> CardCredential   binds the phone's public key to a card; nothing personal
//! phone key ──signs──> Code              this moment; carries the credential; drawn as the QR
//! ```
//!
//! On the phone, a [`CodeSession`] makes one [`Code`] after the other from a [`CardCredential`]
//! and a [`SigningKey`]; a [`Wallet`] holds several cards and picks the one that is needed. At the
//! gate, [`Scanner::scan`] turns the text of the picture into a [`Verdict`] with no network at all;
//! [`Scanner::preflight`] says before until when it will, and [`Scanner::scan_with_receipt`] keeps
//! what was decided in a form that can be checked later.
//!
//! Nothing here reads a clock, a file or the network, and nothing starts a thread, but for a batch
//! with the feature `rayon`: time and keys are handed in. All times are UTC in whole Unix seconds.
//! Bad input never panics; at most [`MAX_TEXT`] bytes of a scanned text are looked at.
//!
//! The format is specified in `docs/SPEC.md`; what it defends against, and what not, in
//! `docs/THREATS.md`.
//!
//! Modules may use those above them, never those below:
//! region, clock, base45, text, qr, keys; cose, jose; card, code, session; lists; duplicates,
//! challenge; scan; scanner; receipt, messages, explain; wallet.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable,
        clippy::todo
    )
)]

mod base45;
mod card;
mod challenge;
mod clock;
mod code;
mod cose;
mod duplicates;
mod explain;
mod jose;
mod keys;
mod lists;
mod messages;
mod qr;
mod receipt;
mod region;
mod scan;
mod scanner;
mod session;
#[cfg(test)]
mod spec;
mod text;
mod wallet;

pub use card::{CardClaims, CardCredential, CredentialError, Entitlements, IssueError};
pub use challenge::{
    ChallengeError, ChallengeForm, ChallengeTextError, IssuedChallenge, CHALLENGE_S,
    MAX_CHALLENGE_S, MAX_OPEN_CHALLENGES,
};
pub use clock::{
    ClockBlame, ClockConfidence, ClockError, ClockEstimate, ClockReading, HolderClock,
};
pub use code::{ApplicationNumber, Challenge, Code, CodeClaims, MakeCodeError, Schedule};
pub use cose::{CborError, CborProblem, KeyId, Thumbprint};
pub use duplicates::{
    CardHere, CodeName, CodeUse, DuplicateFill, DuplicateStore, Earlier, Merged, PassBack,
    StoreUnavailable, SummaryError, VenueKey, MAX_CODE_LIFE_S, MAX_SUMMARY,
};
pub use explain::{explain, SignedBytes, Unverified};
pub use jose::{DocumentError, Edition, JwkError, Name, SignDocumentError, MAX_DOCUMENT};
#[cfg(feature = "sm2")]
pub use keys::SignerId;
pub use keys::{
    Algorithm, BadSignature, EncodedSignature, GeneratedKey, KeyError, NotAKey, PublicKey,
    Signature, SignatureError, SigningError, SigningKey, SoftwareKey,
};
pub use lists::catalogue::{
    Application, Beyond, Catalogue, Domain, DuplicateRule, EntitlementName, StatusRule,
};
pub use lists::foreign::{CharacterClass, ForeignCode, ForeignEntry, ForeignPattern};
pub use lists::status::{
    pack, Change, Delta, DeltaError, DeltaLimits, EventError, NotAStatus, PackedError,
    PackedStatuses, ReloadError, Shard, ShardError, Status, StatusIssuer, StatusListError,
    StatusPublication, MAX_ISSUED_AHEAD_S, SHARD_POSITIONS,
};
pub use lists::trust::{AlgorithmRule, Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
pub use lists::{
    Affected, DocumentState, EndReason, Ending, InstallError, Outlook, StatusState, Until,
};
pub use messages::{Fault, Language, Message, Text, CLOCK_MESSAGES, MESSAGES};
pub use qr::{Level, QrCode, QrError};
pub use receipt::{
    verify_chain, ChainError, ChainLink, ChainProblem, ChainSummary, ChainVerifier, Pseudonym,
    Receipt, ReceiptError, ReceiptKeys, ReceiptProblem, ReceiptStatus, ReplayError, ReplayLists,
    ReplayListsError, ScannerId,
};
pub use region::{Region, RegionError};
pub use scan::{
    Accepted, Advisory, CardReference, Context, Fact, MemoryProblem, Policy, Refusal, Signer,
    StatusAnswer, UnknownStatus, Verdict, PLAUSIBLE_S,
};
pub use scanner::{ForeignCodeHandler, PastScan, Preflight, Scanner, SnapshotError};
pub use session::CodeSession;
pub use text::{Alteration, MAX_CODE, MAX_TEXT};
pub use wallet::{
    AddCardError, Added, CardId, Choice, NoCard, Offers, Unfit, UnfitCard, Wallet,
    WalletBytesError, WalletCard, WhyNoCard,
};

/// The README's examples are compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
