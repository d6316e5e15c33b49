//! An issuer that goes on from what it has published, after a restart of its server.
//!
//! Uses `book`, so that lists and deltas lead to what they lead to at a scanner.
//! Specification: docs/SPEC.md section 13.

use super::book::{BookError, Signer, StatusBook};
use super::resident::SHARD_POSITIONS;
use super::signed::{StatusIssuer, StatusListError, Unverified};
use crate::keys::PublicKey;

/// An issuer cannot go on from what it was given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReloadError {
    /// There is no list at all.
    #[error("no list was given")]
    NoList,
    /// One of them cannot be used.
    #[error("at {at}: {error}")]
    Unusable {
        /// Its place among those given, counted from 0.
        at: usize,
        /// What is wrong with it.
        error: StatusListError,
    },
    /// One of them is another issuer's.
    #[error("at {at}: a list of the issuer {found}")]
    OtherIssuer {
        /// Its place among those given, counted from 0.
        at: usize,
        /// Whose it is.
        found: String,
    },
    /// None of the issuer's keys has signed one of them.
    #[error("at {at}: signed by none of the keys")]
    NotSigned {
        /// Its place among those given, counted from 0.
        at: usize,
    },
    /// A delta that does not continue the lists before it, or a list older than one before it.
    #[error("at {at}: does not follow what was given before it")]
    DoesNotFollow {
        /// Its place among those given, counted from 0.
        at: usize,
    },
    /// A list is not there, or ends before the next one begins.
    #[error("list {number} is missing or too short")]
    Incomplete {
        /// The number of the list.
        number: u16,
    },
    /// A list is of an earlier publication than another one, so one of each is missing.
    #[error(
        "list {number} is of {issued_at_unix_s}, others are of {latest_unix_s} (Unix seconds)"
    )]
    Outdated {
        /// The number of the list.
        number: u16,
        /// Its time.
        issued_at_unix_s: i64,
        /// The latest time among the lists.
        latest_unix_s: i64,
    },
}

impl StatusIssuer {
    /// Goes on from what this issuer has published: the lists of one publication and the deltas
    /// after it, or several publications, in their order; all of it or nothing. `keys` are the
    /// status keys that it has signed them with.
    ///
    /// Whether they have expired is not asked. [`StatusIssuer::continues_unix_s`] says as of when
    /// the outcome is: what came after that is in no list, and has to be done again. Whether that
    /// is the last publication, and whether lists are missing at the end, only the caller can know:
    /// compare the time, and [`StatusIssuer::positions`].
    pub fn from_published(
        issuer_id: &str,
        lists_and_deltas: impl IntoIterator<Item = impl AsRef<[u8]>>,
        keys: &[PublicKey],
    ) -> Result<Self, ReloadError> {
        let mut book = StatusBook::default();
        for (at, cwt) in lists_and_deltas.into_iter().enumerate() {
            let unusable = |error| ReloadError::Unusable { at, error };
            let list = Unverified::parse(cwt.as_ref()).map_err(unusable)?;
            if list.issuer_id() != issuer_id {
                return Err(ReloadError::OtherIssuer { at, found: list.issuer_id().to_owned() });
            }
            let signed =
                |key: &&PublicKey| key.algorithm() == list.algorithm() && list.verify(key).is_ok();
            let key = keys.iter().find(signed).ok_or(ReloadError::NotSigned { at })?;
            let signer = Signer { key_id: list.key_id(), key: *key };
            let content = list.content().map_err(unusable)?;
            book.install(issuer_id, signer, content, None, |_| true).map_err(
                |error| match error {
                    BookError::List(error) => unusable(error),
                    _ => ReloadError::DoesNotFollow { at },
                },
            )?;
        }

        let latest_unix_s = book.shards_of(issuer_id).map(|(_, issued_at, _)| issued_at).max();
        let latest_unix_s = latest_unix_s.ok_or(ReloadError::NoList)?;
        let mut shards = Vec::new();
        for (number, issued_at_unix_s, shard) in book.shards_of(issuer_id) {
            let next = shards.len() as u16; // safe: not more than there are numbers
            let before_is_full =
                shards.last().is_none_or(|it: &super::Shard| it.len() == SHARD_POSITIONS);
            if number != next {
                return Err(ReloadError::Incomplete { number: next });
            }
            if !before_is_full {
                return Err(ReloadError::Incomplete { number: next - 1 });
            }
            if issued_at_unix_s != latest_unix_s {
                return Err(ReloadError::Outdated { number, issued_at_unix_s, latest_unix_s });
            }
            shards.push(shard.clone());
        }
        Ok(Self::continued(issuer_id, shards, Some(latest_unix_s)))
    }
}
