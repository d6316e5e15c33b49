//! # onecode (一码通)
//!
//! One short-lived, signed QR code from an electronic social security card, checked offline.
//!
//! ```text
//! issuer key ──signs──> CardCredential   binds the phone's public key to a card; nothing personal
//! phone key ──signs──> Code              this moment; carries the credential; drawn as the QR
//! ```
//!
//! On the phone (`examples/phone.rs` has the whole of it):
//!
//! ```
//! use onecode::{CardCredential, CodeSession, Level, QrCode, SigningKey};
//!
//! # fn issued(key: &dyn SigningKey) -> Result<Vec<u8>, Box<dyn std::error::Error>> {
//! #     let issuer = onecode::SoftwareKey::generate(onecode::Algorithm::Esp256)?.key;
//! #     let card = onecode::CardClaims {
//! #         region: onecode::Region::JIANGSU, status_index: 7,
//! #         entitlements: onecode::Entitlements::of([0]), max_window_s: 60,
//! #         expires_unix_s: 1_800_000_000, confirmed_unix_s: None, specimen: false,
//! #         delegate: false, holder_key: key.public_key(),
//! #     };
//! #     Ok(CardCredential::issue(card, &issuer)?.as_bytes().to_vec())
//! # }
//! fn show(key: &dyn SigningKey, credential: &[u8], now_unix_s: i64)
//!     -> Result<(), Box<dyn std::error::Error>>
//! {
//!     let mut session = CodeSession::new(CardCredential::from_bytes(credential)?);
//!     let code = session.code(key, now_unix_s)?; // a fresh code for this second
//!     println!("{}", QrCode::draw(code.text(), Level::default())?.to_terminal());
//!     Ok(())
//! }
//! # let phone = onecode::SoftwareKey::generate(onecode::Algorithm::Esp256)?.key;
//! # show(&phone, &issued(&phone)?, 1_790_000_000)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! At the gate (`examples/gate.rs`):
//!
//! ```
//! use onecode::{Context, InstallError, Language, Policy, PublicKey, Scanner, Verdict};
//!
//! fn gate(root: PublicKey, lists: [&[u8]; 3], text: &str, context: &Context)
//!     -> Result<bool, InstallError>
//! {
//!     let mut scanner = Scanner::new(root, Policy::default());
//!     let [trust_list, catalogue, status_list] = lists;
//!     scanner.install_trust_list(trust_list, context.now_unix_s)?;
//!     scanner.install_catalogue(catalogue, context.now_unix_s)?;
//!     scanner.install_status(status_list, context.now_unix_s)?;
//!     match scanner.scan(text, context) {
//!         Verdict::Accepted(_) => return Ok(true),
//!         Verdict::Refused(refusal) => {
//!             println!("{} {}", refusal.number(), refusal.text(Language::Zh));
//!         }
//!         Verdict::HandedOver(code) => println!("served by the host: {}", code.name.en),
//!     }
//!     Ok(false)
//! }
//! ```
//!
//! The issuing agency signs credentials ([`CardCredential::issue`]) and status lists
//! ([`status::StatusIssuer`]): `examples/issuer.rs`. The operator signs the trust list
//! ([`trust::TrustList`]) and the catalogue ([`catalogue::Catalogue`]), asks a scanner what it is
//! ready for ([`Scanner::preflight`]), and checks receipts ([`receipt::ChainVerifier`]):
//! `examples/operator.rs`.
//!
//! Everyday items are at the root; everything else is in the module of its subject.
//!
//! Nothing here reads a clock, a file or the network: time and keys are handed in. Nothing starts a
//! thread, except a batch with the feature `rayon`. All times are UTC in whole Unix seconds. Bad
//! input never panics; at most [`text::MAX_TEXT`] bytes of a scanned text are read.
//!
//! `docs/SPEC.md` specifies the format. `docs/THREATS.md` says what it defends against, and what
//! remains. `docs/CARD-NAMES.md` says what stands for a card, and who can match it with what.
//!
//! Modules may use those above them, never those below: region, clock, base45, text, qr, language;
//! keys; cose, jose; card, code, altered, session, pacer, request; lists (roots, trust, catalogue,
//! foreign, status); publication; issuing; client; duplicates, challenge; scan; scanner; fetching; receipt, messages,
//! explain; wallet.
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

mod altered;
mod base45;
pub mod card;
pub mod challenge;
pub mod client;
pub mod clock;
pub mod code;
pub mod cose;
pub mod duplicates;
pub mod explain;
pub mod fetching;
pub mod issuing;
pub mod jose;
pub mod keys;
mod language;
mod lists;
pub mod messages;
pub mod pacer;
pub mod publication;
pub mod qr;
pub mod receipt;
pub mod region;
pub mod request;
mod scan;
mod scanner;
mod session;
#[cfg(test)]
mod spec;
pub mod text;
pub mod wallet;

/// Who signs for the region: the roots document with its holders and thresholds, withdrawal notices,
/// the index, and documents on their way from one holder to the next.
pub mod governance {
    pub use crate::jose::{DocumentKind, Sha256Hash, Tally};
    pub use crate::lists::newest::{Index, Named, MAX_INDEX_S};
    pub use crate::lists::roots::{
        Holder, HolderKey, Roots, RootsDiffer, RootsDocument, SignatureStanding, SignedBy,
        Thresholds,
    };
    pub use crate::lists::withdrawal::{Withdrawal, MAX_WITHDRAWAL_S};
    pub use crate::lists::SignedDocument;
}

/// The trust list: which issuers a scanner trusts, and what each of their keys may sign.
pub mod trust {
    pub use crate::lists::trust::{
        AlgorithmRule, Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer,
    };
}

/// The catalogue: which applications exist, on which terms, and which codes of other systems are
/// known by name.
pub mod catalogue {
    pub use crate::lists::catalogue::{
        Application, Beyond, Catalogue, Domain, DuplicateRule, EntitlementName, StatusRule,
    };
    pub use crate::lists::foreign::{CharacterClass, ForeignCode, ForeignEntry, ForeignPattern};
}

/// Status lists and their deltas: valid, suspended, revoked.
pub mod status {
    pub use crate::lists::status::{
        pack, Change, Delta, DeltaError, DeltaLimits, EventError, NotAStatus, PackedError,
        PackedStatuses, ReloadError, RetireError, Shard, ShardError, Status, StatusIssuer,
        StatusListError, StatusPublication, MAX_ISSUED_AHEAD_S, RETIRE_AFTER_S, SHARD_POSITIONS,
    };
}

/// The types around a scanner and its verdict.
pub mod gate {
    pub use crate::scan::{
        CardReference, Fact, MemoryProblem, Signer, StatusAnswer, UnknownStatus, PLAUSIBLE_S,
    };
    pub use crate::scanner::{ForeignCodeHandler, PastScan, SnapshotError};
}

/// Before the doors open: how old each list is, and how long each application will work.
pub mod preflight {
    pub use crate::lists::{
        Affected, DocumentState, EndReason, Ending, IndexState, Outlook, StatusState, Until,
    };
    pub use crate::scanner::Preflight;
}

pub use card::{CardClaims, CardCredential, Entitlements};
pub use code::{Answer, ApplicationNumber, Challenge, Code, CodeClaims, Schedule};
pub use keys::{Algorithm, PublicKey, SigningKey, SoftwareKey};
pub use language::Language;
pub use lists::InstallError;
pub use qr::{Level, QrCode};
pub use region::Region;
pub use scan::{Accepted, Advisory, Context, Policy, Refusal, Verdict};
pub use scanner::Scanner;
pub use session::{CodeSession, PreparedCode};
pub use wallet::{Offers, Wallet};

/// The README's examples are compiled together with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
