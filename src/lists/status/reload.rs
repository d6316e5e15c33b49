//! How an issuer continues from what it published, after its server restarts.
//!
//! Uses `book`, so lists and deltas have the same effect as at a scanner. Specification:
//! docs/SPEC.md section 13.

use super::book::{BookError, Signer, Standing, StatusBook};
use super::issuer::StatusIssuer;
use super::resident::SHARD_POSITIONS;
use super::signed::{StatusListError, Unverified};
use crate::keys::PublicKey;

/// An issuer cannot continue from what it was given.
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
    /// One of them was signed by none of the issuer's keys.
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
    /// A list is missing, or ends before the next one begins.
    #[error("list {number} is missing or too short")]
    Incomplete {
        /// The number of the list.
        number: u16,
    },
    /// A list belongs to an earlier publication than another one, so one of each is missing.
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
    /// Continues from what this issuer has published, wholly or not at all: the lists of one
    /// publication and the deltas after it, or several publications in their order. `keys` are the
    /// status keys it signed them with.
    ///
    /// Expired lists are accepted. [`StatusIssuer::continues_unix_s`] says for which time the
    /// result holds; later events are in no list and must be applied again. Only the caller knows
    /// whether that is the last publication, and whether lists are missing at the end: compare the
    /// time, and [`StatusIssuer::positions`].
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
            let signer = Signer::of(*key);
            let content = list.content().map_err(unusable)?;
            book.install(issuer_id, signer, content, None, |_| Standing::Counts).map_err(
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
