//! The status of all cards of an issuer, and the lists that it publishes.

use std::sync::Arc;

use onecode::status::{EventError as CoreEventError, Status};

use crate::exclusive::Exclusive;
use crate::keys::HeldKey;
use crate::mirror::mirror;
use crate::usage::{seconds, status_index};
use crate::{DeviceKey, PublicKey, StatusListError, UsageError};

/// When a publication was made, and how long it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct StatusPublication {
    /// The time it speaks of (Unix seconds).
    pub issued_at_unix_s: i64,
    /// From when on scanners treat it as too old (Unix seconds).
    pub expires_unix_s: i64,
    /// After how many seconds the next one should be fetched.
    pub ttl_s: i64,
}

impl TryFrom<StatusPublication> for onecode::status::StatusPublication {
    type Error = UsageError;

    fn try_from(publication: StatusPublication) -> Result<Self, UsageError> {
        Ok(onecode::status::StatusPublication {
            issued_at_unix_s: publication.issued_at_unix_s,
            expires_unix_s: publication.expires_unix_s,
            ttl_s: seconds(publication.ttl_s)?,
        })
    }
}

/// The status of every credential that an issuer has issued. Events change it, and it is published
/// as signed lists. Calls from several threads run one after the other.
#[derive(uniffi::Object)]
pub struct StatusIssuer(Exclusive<onecode::status::StatusIssuer>);

#[uniffi::export]
impl StatusIssuer {
    /// An issuer with `positions` credentials, all valid. The number is rounded up to a multiple of
    /// four.
    #[uniffi::constructor]
    pub fn new(issuer_id: String, positions: i64) -> Result<Self, UsageError> {
        let issuer = onecode::status::StatusIssuer::new(issuer_id, status_index(positions)?);
        Ok(StatusIssuer(Exclusive::new(issuer)))
    }

    /// Continues from what this issuer has published, after its server restarts, wholly or not at
    /// all: the lists of one publication and the deltas after it, or several publications in their
    /// order. `keys` are the status keys it signed them with.
    ///
    /// Expired lists are accepted. `continues_unix_s` says for which time the result holds; later
    /// events are in no list and must be applied again. Only the caller knows whether that is the
    /// last publication, and whether lists are missing at the end: compare the time, and
    /// `positions`.
    #[uniffi::constructor]
    pub fn from_published(
        issuer_id: String,
        lists_and_deltas: Vec<Vec<u8>>,
        keys: Vec<Arc<PublicKey>>,
    ) -> Result<Self, ReloadError> {
        let keys: Vec<_> = keys.iter().map(|key| key.0).collect();
        let issuer =
            onecode::status::StatusIssuer::from_published(&issuer_id, lists_and_deltas, &keys)?;
        Ok(StatusIssuer(Exclusive::new(issuer)))
    }

    /// The time of the publication that this issuer continues. The next delta starts there. Nothing
    /// unless it was read by `from_published`.
    pub fn continues_unix_s(&self) -> Result<Option<i64>, UsageError> {
        self.0.with(|issuer| issuer.continues_unix_s())
    }

    /// How many positions there are.
    pub fn positions(&self) -> Result<i64, UsageError> {
        self.0.with(|issuer| i64::try_from(issuer.positions()).unwrap_or(i64::MAX))
    }

    /// A copy of the present state, for the next delta.
    pub fn copy(&self) -> Result<Arc<StatusIssuer>, UsageError> {
        Ok(Arc::new(StatusIssuer(Exclusive::new(self.now()?))))
    }

    /// The status of a position; nothing beyond the last one.
    pub fn status(&self, index: i64) -> Result<Option<Status>, UsageError> {
        let index = status_index(index)?;
        self.0.with(|issuer| issuer.status(index))
    }

    /// 挂失: the card cannot be used until it is restored. A revoked card stays revoked.
    pub fn suspend(&self, index: i64) -> Result<(), EventError> {
        let index = status_index(index)?;
        Ok(self.0.with(|issuer| issuer.suspend(index))??)
    }

    /// 解挂: a suspended card can be used again.
    pub fn restore(&self, index: i64) -> Result<(), EventError> {
        let index = status_index(index)?;
        Ok(self.0.with(|issuer| issuer.restore(index))??)
    }

    /// 注销: the card can never be used again.
    pub fn revoke(&self, index: i64) -> Result<(), EventError> {
        let index = status_index(index)?;
        Ok(self.0.with(|issuer| issuer.revoke(index))??)
    }

    /// A revoked position retires: it is published as 0 again, from two days after the latest `exp` of
    /// whatever was signed for it. The books never give it to a card again.
    pub fn retire(
        &self,
        index: i64,
        last_expires_unix_s: i64,
        now_unix_s: i64,
    ) -> Result<(), RetireError> {
        let index = status_index(index)?;
        let retire = |issuer: &mut onecode::status::StatusIssuer| {
            issuer.retire(index, last_expires_unix_s, now_unix_s)
        };
        Ok(self.0.with(retire)??)
    }

    /// 补换: the new credential has its own position, and the old one is revoked.
    pub fn replace(&self, old_index: i64, new_index: i64) -> Result<(), EventError> {
        let (old, new) = (status_index(old_index)?, status_index(new_index)?);
        Ok(self.0.with(|issuer| issuer.replace(old, new))??)
    }

    /// Signs one list for each shard, with the issuer's status key.
    pub fn publish(
        &self,
        publication: StatusPublication,
        key: Arc<dyn DeviceKey>,
    ) -> Result<Vec<Vec<u8>>, StatusListError> {
        Ok(self.now()?.publish(publication.try_into()?, &HeldKey::new(key)?)?)
    }

    /// Signs the changes since `earlier`, whose lists had the time `earlier_unix_s` and were signed
    /// with the same key.
    pub fn publish_delta(
        &self,
        earlier: Arc<StatusIssuer>,
        earlier_unix_s: i64,
        publication: StatusPublication,
        key: Arc<dyn DeviceKey>,
    ) -> Result<Vec<u8>, StatusListError> {
        let (earlier, publication) = (earlier.now()?, publication.try_into()?);
        let key = HeldKey::new(key)?;
        Ok(self.now()?.publish_delta(&earlier, earlier_unix_s, publication, &key)?)
    }
}

impl StatusIssuer {
    /// A copy to sign from, so that events need not wait for a slow key.
    fn now(&self) -> Result<onecode::status::StatusIssuer, UsageError> {
        self.0.with(|issuer| issuer.clone())
    }
}

mirror! {
    /// An issuer cannot continue from what it was given.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum ReloadError = onecode::status::ReloadError {
        /// There is no list at all.
        #[error("no list was given")]
        NoList,
        /// One of them cannot be used.
        #[error("at {at}: {list}")]
        Unusable {
            /// Its place among those given, counted from 0.
            at: i64,
            /// What is wrong with it.
            list: StatusListError,
        } = Unusable { at, error: list },
        /// One of them is another issuer's.
        #[error("at {at}: a list of the issuer {found}")]
        OtherIssuer {
            /// Its place among those given, counted from 0.
            at: i64,
            /// Whose it is.
            found: String,
        },
        /// One of them was signed by none of the issuer's keys.
        #[error("at {at}: signed by none of the keys")]
        NotSigned {
            /// Its place among those given, counted from 0.
            at: i64,
        },
        /// A delta that does not continue the lists before it, or a list older than one before it.
        #[error("at {at}: does not follow what was given before it")]
        DoesNotFollow {
            /// Its place among those given, counted from 0.
            at: i64,
        },
        /// A list is missing, or ends before the next one begins.
        #[error("list {number} is missing or too short")]
        Incomplete {
            /// The number of the list.
            number: i32,
        },
        /// A list belongs to an earlier publication than another one, so one of each is missing.
        #[error(
            "list {number} is of {issued_at_unix_s}, others are of {latest_unix_s} (Unix seconds)"
        )]
        Outdated {
            /// The number of the list.
            number: i32,
            /// Its time.
            issued_at_unix_s: i64,
            /// The latest time among the lists.
            latest_unix_s: i64,
        },
    }
}

/// A card's status cannot change in this way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum EventError {
    /// Not from this status, or the issuer has no such position.
    #[error("position {index} cannot be changed like that: its status is {status:?}")]
    NotPossible {
        /// The position.
        index: i64,
        /// Its status; nothing when the issuer has no such position.
        status: Option<Status>,
    },
    /// An impossible value.
    #[error("{usage}")]
    Usage {
        /// Which, and why.
        #[from]
        usage: UsageError,
    },
}

impl From<CoreEventError> for EventError {
    fn from(error: CoreEventError) -> Self {
        EventError::NotPossible { index: error.index.into(), status: error.status }
    }
}

mirror! {
    /// A position does not retire.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum RetireError = onecode::status::RetireError {
        /// Only revoked positions retire.
        #[error("position {index} is not revoked; only a revoked one retires")]
        NotRevoked {
            /// The position.
            index: i64,
            /// Its status; nothing when the issuer has no such position.
            status: Option<Status>,
        } = NotRevoked(CoreEventError { index, status }),
        /// Something that was signed for it may still be shown.
        #[error("position {index} retires from {from_unix_s} on (Unix seconds)")]
        TooEarly {
            /// The position.
            index: i64,
            /// From when on it may retire (Unix seconds).
            from_unix_s: i64,
        },
    } and {
        /// An impossible value.
        #[error("{usage}")]
        Usage {
            /// Which, and why.
            #[from]
            usage: UsageError,
        },
    }
}
