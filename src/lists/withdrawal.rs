//! Withdrawal notices: one holder takes keys of its own issuers out of force at once.
//!
//! Uses roots and signed documents. A notice can only take, never give. Specification: docs/SPEC.md
//! section 11.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::draft::SignedDocument;
use super::install::{check_ahead, InstallError};
use super::roots::Roots;
use super::trust::{is_id, Trust};
use crate::jose::{
    self, rfc3339, DocumentError, DocumentKind, Envelope, Sha256Hash, SignDocumentError,
};
use crate::keys::SigningKey;

/// Longest life of a notice, in seconds: 14 days. By then the holders have signed a trust list.
pub const MAX_WITHDRAWAL_S: i64 = 14 * 86_400;
/// Most keys in one notice.
const MAX_KEYS: usize = 16;
/// Most notices of one holder that are kept.
const MAX_NOTICES: usize = 16;

/// A notice that keys of an issuer are not to be believed (`onecode-withdrawal+jws`), signed by one
/// key of a holder that answers for the issuer.
///
/// While it counts, credentials by these keys are refused (205), and status lists by them go on
/// refusing whom they call suspended or revoked but no longer say of anybody that the card is
/// valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Members")]
pub struct Withdrawal {
    /// When it was made (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "issued_at", with = "rfc3339")]
    pub issued_at_unix_s: i64,
    /// From when on it no longer counts, at most [`MAX_WITHDRAWAL_S`] later.
    #[serde(rename = "expires", with = "rfc3339")]
    pub expires_unix_s: i64,
    /// Names of features that a reader must know: see [`crate::jose::Edition::critical`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
    /// The issuer, by id.
    pub issuer: String,
    /// Its keys, by thumbprint.
    pub keys: Vec<Sha256Hash>,
}

#[derive(Deserialize)]
struct Members {
    #[serde(with = "rfc3339")]
    issued_at: i64,
    #[serde(with = "rfc3339")]
    expires: i64,
    #[serde(default, deserialize_with = "jose::texts::<_, 64, 128>")]
    critical: Vec<String>,
    #[serde(deserialize_with = "jose::text::<_, 32>")]
    issuer: String,
    #[serde(deserialize_with = "jose::items::<_, _, MAX_KEYS>")]
    keys: Vec<Sha256Hash>,
}

impl From<Members> for Withdrawal {
    fn from(members: Members) -> Self {
        let Members { issued_at, expires, critical, issuer, keys } = members;
        Withdrawal { issued_at_unix_s: issued_at, expires_unix_s: expires, critical, issuer, keys }
    }
}

impl Withdrawal {
    pub(super) fn read(payload: &[u8]) -> Result<Self, DocumentError> {
        let notice: Withdrawal = jose::read(payload)?;
        notice.check()?;
        Ok(notice)
    }

    fn check(&self) -> Result<(), DocumentError> {
        let life_s = self.expires_unix_s.saturating_sub(self.issued_at_unix_s);
        let mut keys = self.keys.clone();
        keys.sort_unstable();
        keys.dedup();
        let detail = if let Some(feature) = self.critical.first() {
            format!("it needs the feature {feature:?}, which this version does not know")
        } else if !(1..=MAX_WITHDRAWAL_S).contains(&life_s) {
            format!("it counts for {life_s} s; a notice counts for 1 to {MAX_WITHDRAWAL_S}")
        } else if !is_id(&self.issuer) {
            format!("{:?} is no issuer id", self.issuer)
        } else if keys.is_empty() || keys.len() < self.keys.len() {
            "it names no key, or one twice".to_owned()
        } else {
            return Ok(());
        };
        Err(DocumentError::Content { detail })
    }

    /// The notice ready to be signed, after the checks a scanner would make.
    pub fn draft(&self) -> Result<SignedDocument, SignDocumentError> {
        SignedDocument::draft(DocumentKind::Withdrawal, self)
    }

    /// The notice signed by one key: see [`crate::trust::TrustList::sign`].
    pub fn sign(&self, key: &dyn SigningKey) -> Result<String, SignDocumentError> {
        self.draft()?.signed_at_once(key)
    }
}

/// A notice that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) hash: Sha256Hash,
    /// The key that signed it. When that no longer withdraws for the issuer, the notice is void.
    pub(crate) signer: Sha256Hash,
    pub(crate) withdrawal: Withdrawal,
}

/// Most notices that are remembered as not needed.
const MAX_UNNEEDED: usize = 256;

/// The notices that a scanner keeps.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    pub(crate) kept: Vec<Notice>,
    /// Those that others outlast, so that an index which names them names nothing that is missing.
    unneeded: VecDeque<Sha256Hash>,
}

impl Notices {
    /// See [`crate::Scanner::install_withdrawal`].
    pub(crate) fn install(
        &mut self,
        json: &[u8],
        roots: &Roots,
        trust: Option<&Trust>,
        now: i64,
    ) -> Result<(), InstallError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Withdrawal, json)?;
        let signers = roots.require(&mut envelope)?;
        let withdrawal = Withdrawal::read(envelope.payload())?;
        let issuer = &withdrawal.issuer;
        let signer = signers.into_iter().find(|kid| roots.withdraws_for(kid, issuer).is_some());
        let signer =
            signer.ok_or_else(|| InstallError::NotAnsweredFor { issuer: issuer.clone() })?;
        let other = trust.and_then(|trust| {
            withdrawal.keys.iter().find_map(|key| trust.only_of_another(issuer, key))
        });
        if let Some(other) = other {
            return Err(InstallError::NotAnsweredFor { issuer: other.to_owned() });
        }
        if now >= withdrawal.expires_unix_s {
            return Err(InstallError::Expired { expired_unix_s: withdrawal.expires_unix_s });
        }
        check_ahead(withdrawal.issued_at_unix_s, now)?;
        let notice = Notice { hash: envelope.hash(), signer, withdrawal };
        self.keep(notice, roots, trust, now)
    }

    /// Of each key the notice that ends last is kept. None makes room for another: that would lift
    /// it.
    fn keep(
        &mut self,
        notice: Notice,
        roots: &Roots,
        trust: Option<&Trust>,
        now: i64,
    ) -> Result<(), InstallError> {
        if self.kept.iter().any(|held| held.hash == notice.hash) {
            return Ok(());
        }
        if trust.is_some_and(|trust| notice.is_over(trust)) {
            self.note_unneeded([notice.hash]);
            return Ok(());
        }
        let holder =
            |notice: &Notice| roots.withdraws_for(&notice.signer, &notice.withdrawal.issuer);
        let mut kept: Vec<Notice> = self.kept.clone();
        let of_holder = |held: &Notice| holder(held) == holder(&notice);
        let adds = notice.withdrawal.keys.iter().any(|key| {
            kept.iter().filter(|held| of_holder(held)).all(|held| !held.outlasts(&notice, key))
        });
        if !adds {
            self.note_unneeded([notice.hash]);
            return Ok(());
        }
        // One all of whose keys the new one holds longer is not needed any more.
        let is_needed = |held: &Notice| {
            !of_holder(held) || !held.withdrawal.keys.iter().all(|key| notice.outlasts(held, key))
        };
        let unneeded: Vec<Sha256Hash> =
            kept.iter().filter(|held| !is_needed(held)).map(|held| held.hash).collect();
        kept.retain(is_needed);
        // What is over, by a clock that may be wrong, goes only where its holder needs the room.
        let is_full =
            |kept: &[Notice]| kept.iter().filter(|held| of_holder(held)).count() >= MAX_NOTICES;
        if is_full(&kept) {
            kept.retain(|held| !of_holder(held) || held.withdrawal.expires_unix_s > now);
        }
        if is_full(&kept) {
            return Err(InstallError::TooManyNotices { limit: MAX_NOTICES });
        }
        kept.push(notice);
        self.kept = kept;
        self.note_unneeded(unneeded);
        Ok(())
    }

    fn note_unneeded(&mut self, hashes: impl IntoIterator<Item = Sha256Hash>) {
        for hash in hashes {
            if !self.unneeded.contains(&hash) {
                self.unneeded.push_back(hash);
            }
        }
        while self.unneeded.len() > MAX_UNNEEDED {
            self.unneeded.pop_front();
        }
    }

    /// After a restart.
    pub(crate) fn kept_before(kept: Vec<Notice>) -> Self {
        Notices { kept, unneeded: VecDeque::new() }
    }

    /// The notices that were handed in, and are kept or not needed.
    pub(crate) fn known(&self) -> impl Iterator<Item = &Sha256Hash> {
        self.kept.iter().map(|held| &held.hash).chain(&self.unneeded)
    }

    /// Whether this notice was handed in, and is kept or not needed.
    pub(crate) fn knows(&self, hash: &Sha256Hash) -> bool {
        self.known().any(|known| known == hash)
    }

    /// Forgets those that have ended whatever the clock says: their signers no longer withdraw for the
    /// issuer, or a trust list deals with them or is dated after them. They would take the room and
    /// the place of others.
    pub(crate) fn settle(&mut self, roots: &Roots, trust: Option<&Trust>) {
        self.kept.retain(|notice| {
            let Notice { signer, withdrawal, .. } = notice;
            roots.withdraws_for(signer, &withdrawal.issuer).is_some()
                && !trust.is_some_and(|trust| notice.is_over(trust))
        });
    }

    /// Keeps a notice from an archive, once for each key that signed it.
    pub(super) fn archive(
        &mut self,
        envelope: &Envelope<'_>,
        signers: &[Sha256Hash],
    ) -> Result<(), DocumentError> {
        let (hash, withdrawal) = (envelope.hash(), Withdrawal::read(envelope.payload())?);
        let of =
            |signer: &Sha256Hash| Notice { hash, signer: *signer, withdrawal: withdrawal.clone() };
        self.kept.extend(signers.iter().map(of));
        Ok(())
    }
}

impl Notice {
    /// Whether it keeps this key of an issuer out of force now.
    pub(crate) fn is_against(
        &self,
        roots: &Roots,
        trust: &Trust,
        issuer_id: &str,
        key: &Sha256Hash,
        now: i64,
    ) -> bool {
        let Notice { signer, withdrawal, .. } = self;
        // Few notices are about this key: that is asked first.
        withdrawal.keys.contains(key)
            && withdrawal.issuer == issuer_id
            && now < withdrawal.expires_unix_s
            && !self.is_over(trust)
            && roots.withdraws_for(signer, issuer_id).is_some()
    }

    /// Whether this trust list ends it, whatever the clock says: it deals with the notice, or is dated
    /// after it.
    fn is_over(&self, trust: &Trust) -> bool {
        trust.deals_with(&self.hash)
            || trust.edition.issued_at_unix_s >= self.withdrawal.expires_unix_s
    }

    /// Whether this one withdraws the key for as long as the other does, or longer.
    fn outlasts(&self, other: &Notice, key: &Sha256Hash) -> bool {
        let (ours, theirs) = (&self.withdrawal, &other.withdrawal);
        ours.issuer == theirs.issuer
            && ours.keys.contains(key)
            && ours.expires_unix_s >= theirs.expires_unix_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most 14 days ({} s) after `issued_at`", number(MAX_WITHDRAWAL_S)),
            &format!("1 to {MAX_KEYS} thumbprints"),
            &format!("at most {MAX_NOTICES} notices of one holder"),
        ]);
    }
}
