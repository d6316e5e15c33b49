//! What the host may supply: a store of used codes beside the scanner's own memory, and a handler for
//! codes of other systems.

use std::fmt;
use std::sync::Arc;

use onecode::catalogue::ForeignCode;

use crate::mirror::mirror;
use crate::usage::{code, hex};
use crate::ScanContext;

/// The host's own store or handler does not answer, or not in time. The reason belongs in the
/// host's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum HostError {
    /// It does not answer.
    #[error("it does not answer")]
    Unavailable,
}

/// Anything else that it threw. The text is a stack trace and is dropped.
impl From<uniffi::UnexpectedUniFFICallbackError> for HostError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        HostError::Unavailable
    }
}

/// One use of a code, about to be accepted.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct CodeUse {
    /// The name of the code, the same for every copy of it: 32 hex digits.
    pub code: String,
    /// After this second, the record of the code may be forgotten (Unix seconds).
    pub code_until_unix_s: i64,
    /// Whether the application refuses a code that was used before.
    pub refuse_repeat: bool,
    /// For an application with a pass-back rule: the card, and how long it has to wait.
    pub pass_back: Option<PassBack>,
    /// The scanner's clock (Unix seconds).
    pub now_unix_s: i64,
}

/// The same card may not be used again at the same place for some seconds.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct PassBack {
    /// The name of the card at this place and for this application: 32 hex digits.
    pub card: String,
    /// Seconds between two uses.
    pub wait_s: i64,
}

impl From<&onecode::duplicates::CodeUse> for CodeUse {
    fn from(code_use: &onecode::duplicates::CodeUse) -> Self {
        let onecode::duplicates::CodeUse {
            code,
            code_until_unix_s,
            refuse_repeat,
            pass_back,
            now_unix_s,
        } = *code_use;
        let pass_back = pass_back.map(|onecode::duplicates::PassBack { card, wait_s }| PassBack {
            card: hex(&card.0),
            wait_s: wait_s.into(),
        });
        let code = hex(&code.0);
        CodeUse { code, code_until_unix_s, refuse_repeat, pass_back, now_unix_s }
    }
}

/// What was known when a use was about to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Earlier {
    /// Nothing. The use has been recorded.
    Nothing,
    /// The code was used before. This use has been recorded unless `refuse_repeat` is set.
    UsedCode {
        /// When it was used first.
        first_unix_s: i64,
    },
    /// The card was used here less than `wait_s` ago. Nothing was recorded.
    UsedCard {
        /// When, by the clock of the scanner that asks. A time ahead of it counts as now.
        last_unix_s: i64,
    },
}

#[cfg(feature = "backend")]
impl From<onecode::duplicates::Earlier> for Earlier {
    fn from(earlier: onecode::duplicates::Earlier) -> Self {
        match earlier {
            onecode::duplicates::Earlier::Nothing => Earlier::Nothing,
            onecode::duplicates::Earlier::Code { first_unix_s } => {
                Earlier::UsedCode { first_unix_s }
            }
            onecode::duplicates::Earlier::Card { last_unix_s } => Earlier::UsedCard { last_unix_s },
        }
    }
}

impl From<Earlier> for onecode::duplicates::Earlier {
    fn from(earlier: Earlier) -> Self {
        match earlier {
            Earlier::Nothing => onecode::duplicates::Earlier::Nothing,
            Earlier::UsedCode { first_unix_s } => {
                onecode::duplicates::Earlier::Code { first_unix_s }
            }
            Earlier::UsedCard { last_unix_s } => onecode::duplicates::Earlier::Card { last_unix_s },
        }
    }
}

/// A store of used codes that the host keeps itself, beside the scanner's own memory: for instance
/// a database of the venue. `SharedStore` says how one in Valkey or Redis is asked.
#[uniffi::export(foreign)]
pub trait DuplicateStore: Send + Sync {
    /// Looks a use up and records it in one atomic step. When two gates ask about one code at the
    /// same time, exactly one is told `Nothing`.
    ///
    /// In this order: when the code is known and `refuse_repeat` is set, answer `UsedCode` and
    /// record nothing. When the card was recorded less than `wait_s` ago, answer `UsedCard` and
    /// record nothing. Otherwise record the code, if it is new, with this time, and the card with
    /// this time, and answer `UsedCode` or `Nothing`.
    ///
    /// The clocks of two scanners may be 240 s apart. So a store shared by several scanners
    /// measures how long a card has waited by its own clock. It answers on the clock of the scanner
    /// that asks: `last_unix_s` is `now_unix_s` less the seconds since the last use. If the store's
    /// clock may be set back, a use in its future counts as now.
    fn record(&self, code_use: CodeUse) -> Result<Earlier, HostError>;
}

pub(crate) struct Store(pub(crate) Arc<dyn DuplicateStore>);

impl onecode::duplicates::DuplicateStore for Store {
    fn record(
        &self,
        code_use: &onecode::duplicates::CodeUse,
    ) -> Result<onecode::duplicates::Earlier, onecode::duplicates::StoreUnavailable> {
        let earlier =
            self.0.record(code_use.into()).map_err(|_| onecode::duplicates::StoreUnavailable)?;
        Ok(earlier.into())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host's store")
    }
}

/// A host that serves codes of other systems as well.
#[uniffi::export(foreign)]
pub trait ForeignCodeHandler: Send + Sync {
    /// Returns whether the host handles this code. `kind` is what the catalogue calls it, `text` is
    /// what was scanned. It is asked only about codes that would be refused with 110. If the
    /// handler throws, the code counts as not handled.
    fn take(
        &self,
        kind: ForeignCode,
        text: String,
        context: ScanContext,
    ) -> Result<bool, HostError>;
}

pub(crate) struct Handler(pub(crate) Arc<dyn ForeignCodeHandler>);

impl onecode::gate::ForeignCodeHandler for Handler {
    fn take(
        &self,
        code: &onecode::catalogue::ForeignCode,
        text: &str,
        context: &onecode::Context,
    ) -> bool {
        let taken = self.0.take(code.clone(), text.to_owned(), context.into());
        taken.unwrap_or(false)
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the host's handler")
    }
}

impl From<&onecode::Context> for ScanContext {
    fn from(context: &onecode::Context) -> Self {
        ScanContext {
            application: context.application.get().into(),
            place: code(context.place),
            now_unix_s: context.now_unix_s,
            challenge: context.challenge.as_ref().map(|it| it.as_bytes().to_vec()),
        }
    }
}

mirror! {
    /// How full the scanner's memory of used codes is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct DuplicateFill = onecode::duplicates::DuplicateFill {
        /// Used codes and waiting cards that still count. What is over gives way when there has to be
        /// room.
        pub entries: i64,
        /// How many of them it may hold.
        pub capacity: i64,
    }
}
