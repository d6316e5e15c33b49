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
//! region, clock, keys, cose, card, text, code, session, qr; jose, foreign, trust, catalogue,
//! status; duplicates, challenge; scan, receipt, messages, explain; wallet.
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
mod catalogue;
mod challenge;
mod clock;
mod code;
mod cose;
mod duplicates;
mod explain;
mod foreign;
mod jose;
mod keys;
mod messages;
mod qr;
mod receipt;
mod region;
mod scan;
mod session;
mod status;
mod text;
mod trust;
mod wallet;

pub use card::{CardClaims, CardCredential, CredentialError, Entitlements, IssueError};
pub use catalogue::{
    Application, Beyond, Catalogue, Domain, DuplicateRule, EntitlementName, StatusRule,
};
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
pub use foreign::{CharacterClass, ForeignCode, ForeignEntry, ForeignPattern};
pub use jose::{DocumentError, Edition, JwkError, Name, SignDocumentError, MAX_DOCUMENT};
#[cfg(feature = "sm2")]
pub use keys::SignerId;
pub use keys::{
    Algorithm, BadSignature, EncodedSignature, GeneratedKey, KeyError, NotAKey, PublicKey,
    Signature, SignatureError, SigningError, SigningKey, SoftwareKey,
};
pub use messages::{Fault, Language, Message, Text, CLOCK_MESSAGES, MESSAGES};
pub use qr::{Level, QrCode, QrError};
pub use receipt::{
    verify_chain, ChainError, ChainLink, ChainProblem, ChainSummary, Pseudonym, Receipt,
    ReceiptError, ReceiptKeys, ReceiptProblem, ReceiptStatus, ReplayError, ReplayLists,
    ReplayListsError, ScannerId,
};
pub use region::{Region, RegionError};
pub use scan::{
    Accepted, Advisory, Affected, CardReference, Context, DocumentState, EndReason, Ending, Fact,
    ForeignCodeHandler, InstallError, MemoryProblem, Outlook, PastScan, Policy, Preflight, Refusal,
    Scanner, Signer, SnapshotError, StatusAnswer, StatusState, UnknownStatus, Until, Verdict,
    PLAUSIBLE_S,
};
pub use session::CodeSession;
pub use status::{
    pack, Change, Delta, DeltaError, DeltaLimits, EventError, PackedError, PackedStatuses,
    ReloadError, Shard, ShardError, Status, StatusIssuer, StatusListError, StatusPublication,
    MAX_ISSUED_AHEAD_S, SHARD_POSITIONS,
};
pub use text::{Alteration, MAX_CODE, MAX_TEXT};
pub use trust::{AlgorithmRule, Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
pub use wallet::{
    AddCardError, Added, CardId, Choice, NoCard, Offers, Unfit, UnfitCard, Wallet,
    WalletBytesError, WalletCard, WhyNoCard,
};

/// The README's examples are compiled with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
