//! The roots in force: whose signatures make a document count, and how they are replaced.
//!
//! Uses signed documents and keys. Specification: docs/SPEC.md section 11.

mod document;
mod signers;

pub use document::{Holder, HolderKey, RootsDocument, Thresholds};
pub use signers::{SignatureStanding, SignedBy};

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::install::InstallError;
use crate::jose::{self, DocumentError, DocumentKind, Edition, Envelope, Sha256Hash, Tally};
use crate::keys::PublicKey;

/// The roots that a scanner, a phone or an auditor believes: a lone key, or an edition of the roots
/// document, walked to from the one it was set up with.
///
/// It is set up with an edition, with the hash of one, or with a lone public key. A lone key is one
/// holder with threshold 1 who signs everything but an index, and counts as edition 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roots {
    pub(crate) begun: Begun,
    pub(crate) standing: Standing,
    /// The hashes of all editions since, in their order, the one in force last.
    pub(crate) walked: Vec<Sha256Hash>,
}

/// What it was set up with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// A lone key.
    Key(PublicKey),
    /// An edition with this hash, whether it was at hand or not.
    Edition(Sha256Hash),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Key(PublicKey),
    /// Only the hash of the first edition is known.
    Awaited(Sha256Hash),
    Edition(Arc<RootsEdition>),
}

/// An edition whose threshold of signatures held.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct RootsEdition {
    pub(crate) document: RootsDocument,
    pub(crate) hash: Sha256Hash,
    /// As signed, for a snapshot.
    pub(crate) payload: Vec<u8>,
    /// Which holder's a key is, and which of its keys.
    by_thumbprint: HashMap<Sha256Hash, (usize, usize)>,
}

/// A key of a holder, found by its thumbprint.
struct Found<'r> {
    holder: usize,
    key: &'r PublicKey,
    signs: bool,
}

/// Two settings name different roots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the configured roots ({configured}) are not among those this state came by: it was set up \
     with {begun} and has walked to edition {number}"
)]
pub struct RootsDiffer {
    /// The thumbprint or the hash configured.
    pub configured: Sha256Hash,
    /// The thumbprint or the hash that the state began with.
    pub begun: Sha256Hash,
    /// The edition in force in the state.
    pub number: u64,
}

impl From<PublicKey> for Roots {
    fn from(key: PublicKey) -> Self {
        Roots::key(key)
    }
}

impl Roots {
    /// A lone key: for tests and small places. Whoever steals it can sign everything.
    pub fn key(key: PublicKey) -> Self {
        Roots { begun: Begun::Key(key), standing: Standing::Key(key), walked: Vec::new() }
    }

    /// The edition with this hash, which is installed later. Until then nothing else is.
    pub fn hash(hash: Sha256Hash) -> Self {
        let (begun, standing) = (Begun::Edition(hash), Standing::Awaited(hash));
        Roots { begun, standing, walked: Vec::new() }
    }

    /// This edition, which the host trusts. A threshold of its own holders must have signed it.
    pub fn edition(json: &[u8]) -> Result<Self, DocumentError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Roots, json)?;
        // Nobody vouches for it but the host: its payload is read before its signatures.
        let edition = RootsEdition::read(&mut envelope)?;
        edition.require_own(&mut envelope)?;
        let hash = edition.hash;
        Ok(Roots {
            begun: Begun::Edition(hash),
            standing: Standing::Edition(Arc::new(edition)),
            walked: vec![hash],
        })
    }

    /// Takes the next edition, or the awaited one. The edition in force is accepted again.
    ///
    /// The next one has exactly the next number, the hash of the one in force as `previous`, and
    /// signatures by a threshold of the holders in force and of its own. No date is asked: a
    /// scanner whose clock is wrong walks, too. All that is refused changes nothing.
    pub fn walk(&mut self, json: &[u8]) -> Result<(), InstallError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Roots, json)?;
        let hash = envelope.hash();
        if self.walked.last() == Some(&hash) {
            return Ok(());
        }
        if self.walked.contains(&hash) {
            let past: RootsDocument = envelope.read()?;
            return Err(self.rollback(past.edition.sequence));
        }
        match &self.standing {
            Standing::Awaited(expected) if *expected != hash => {
                return Err(InstallError::OtherRoots { expected: *expected, found: hash });
            }
            Standing::Awaited(_) => {}
            Standing::Key(_) | Standing::Edition(_) => {
                self.require(&mut envelope)?;
            }
        }
        let next = RootsEdition::read(&mut envelope)?;
        self.check_order(&next)?;
        next.require_own(&mut envelope)?;
        self.standing = Standing::Edition(Arc::new(next));
        self.walked.push(hash);
        Ok(())
    }

    fn check_order(&self, next: &RootsEdition) -> Result<(), InstallError> {
        let offered = next.document.edition.sequence;
        let in_force = match &self.standing {
            Standing::Awaited(_) => return Ok(()),
            Standing::Key(_) => 0,
            Standing::Edition(edition) => edition.document.edition.sequence,
        };
        if offered < in_force {
            return Err(self.rollback(offered));
        }
        if offered == in_force {
            return Err(InstallError::SameSequence { sequence: offered });
        }
        if offered - in_force > 1 {
            return Err(InstallError::RootsSkipped { in_force, offered });
        }
        if next.document.edition.previous != self.walked.last().copied() {
            let detail = format!("previous is not the hash of edition {in_force}");
            return Err(DocumentError::Content { detail }.into());
        }
        Ok(())
    }

    fn rollback(&self, offered: u64) -> InstallError {
        let number = |number| i64::try_from(number).unwrap_or(i64::MAX);
        InstallError::Rollback { in_force: number(self.number()), offered: number(offered) }
    }

    /// The number of the edition in force; 0 for a lone key or an edition that has not come yet.
    pub fn number(&self) -> u64 {
        self.document().map_or(0, |document| document.edition.sequence)
    }

    /// Whether only the hash of the first edition is known. Until that comes, nothing can be checked.
    pub fn is_awaited(&self) -> bool {
        matches!(self.standing, Standing::Awaited(_))
    }

    /// The hash of the edition that has not come yet.
    pub(crate) fn awaited(&self) -> Option<Sha256Hash> {
        match self.standing {
            Standing::Awaited(hash) => Some(hash),
            Standing::Key(_) | Standing::Edition(_) => None,
        }
    }

    /// The edition in force, unless it is a lone key or has not come yet.
    pub fn document(&self) -> Option<&RootsDocument> {
        match &self.standing {
            Standing::Edition(edition) => Some(&edition.document),
            Standing::Key(_) | Standing::Awaited(_) => None,
        }
    }

    /// Its hash.
    pub fn document_hash(&self) -> Option<Sha256Hash> {
        self.walked.last().copied()
    }

    pub(crate) fn edition_in_force(&self) -> Option<&Edition> {
        self.document().map(|document| &document.edition)
    }

    /// Whether a scanner with these roots came by the configured ones: they are those it was set up
    /// with, or an edition it has walked through. If not, the host tells its operator, who may
    /// [begin anew](crate::Scanner::begin_anew).
    pub fn came_by(&self, configured: &Roots) -> Result<(), RootsDiffer> {
        let agree = match &configured.begun {
            Begun::Key(_) => self.begun == configured.begun,
            Begun::Edition(hash) => self.begun == configured.begun || self.walked.contains(hash),
        };
        if agree {
            return Ok(());
        }
        let name = |begun: &Begun| match begun {
            Begun::Key(key) => key.kid(),
            Begun::Edition(hash) => *hash,
        };
        Err(RootsDiffer {
            configured: name(&configured.begun),
            begun: name(&self.begun),
            number: self.number(),
        })
    }

    fn find(&self, kid: &Sha256Hash, kind: DocumentKind) -> Option<Found<'_>> {
        match &self.standing {
            Standing::Key(key) => (key.kid() == *kid).then_some(Found {
                holder: 0,
                key,
                signs: kind != DocumentKind::Index,
            }),
            Standing::Awaited(_) => None,
            Standing::Edition(edition) => edition.find(kid, kind),
        }
    }

    fn threshold(&self, kind: DocumentKind) -> usize {
        self.document().map_or(1, |document| document.thresholds.of(kind))
    }

    /// The id of a holder; a lone key has none, and goes by the name of its kind.
    fn holder_id(&self, at: usize) -> &str {
        let holder = self.document().and_then(|document| document.holders.get(at));
        holder.map_or("key", |holder| &holder.id)
    }

    /// Counts the holders that have signed. Returns the keys whose signatures count.
    pub(crate) fn count(&self, envelope: &mut Envelope<'_>) -> (Vec<Sha256Hash>, Tally) {
        let kind = envelope.kind;
        let find = |kid: &Sha256Hash| self.find(kid, kind);
        count(envelope, self.threshold(kind), find, |at| self.holder_id(at))
    }

    /// The same, where it takes the threshold.
    pub(crate) fn require(
        &self,
        envelope: &mut Envelope<'_>,
    ) -> Result<Vec<Sha256Hash>, DocumentError> {
        let (signers, tally) = self.count(envelope);
        match tally.is_enough() {
            true => Ok(signers),
            false => Err(tally.into()),
        }
    }

    /// Whether signatures by these keys reach the threshold.
    pub(crate) fn reached_by(&self, signers: &[Sha256Hash], kind: DocumentKind) -> bool {
        let found = signers.iter().filter_map(|kid| self.find(kid, kind));
        let mut holders = BTreeSet::new();
        holders.extend(found.filter(|found| found.signs).map(|found| found.holder));
        holders.len() >= self.threshold(kind)
    }

    /// From when on new documents take the place of those whose signers no longer suffice.
    pub(crate) fn issued_at_unix_s(&self) -> i64 {
        self.edition_in_force().map_or(i64::MIN, |edition| edition.issued_at_unix_s)
    }

    /// The holder whose key this is, if that key may withdraw keys of this issuer.
    pub(crate) fn withdraws_for(&self, kid: &Sha256Hash, issuer_id: &str) -> Option<usize> {
        let found = self.find(kid, DocumentKind::Withdrawal).filter(|found| found.signs)?;
        let answers = self.document().is_none_or(|document| {
            let issuers = document.holders.get(found.holder).map(|holder| &holder.issuers);
            issuers.is_some_and(|ids| ids.iter().any(|id| id == issuer_id))
        });
        answers.then_some(found.holder)
    }

    /// Whether this key may sign an index.
    pub(crate) fn signs_index(&self, kid: &Sha256Hash) -> bool {
        self.find(kid, DocumentKind::Index).is_some_and(|found| found.signs)
    }
}

impl RootsEdition {
    fn read(envelope: &mut Envelope<'_>) -> Result<Self, DocumentError> {
        Self::of_payload(envelope.payload().to_vec(), envelope.hash())
    }

    /// A payload whose signatures were or will be checked.
    pub(crate) fn of_payload(payload: Vec<u8>, hash: Sha256Hash) -> Result<Self, DocumentError> {
        let document: RootsDocument = jose::read(&payload)?;
        let by_thumbprint = document.by_thumbprint()?;
        Ok(RootsEdition { document, hash, payload, by_thumbprint })
    }

    fn find(&self, kid: &Sha256Hash, kind: DocumentKind) -> Option<Found<'_>> {
        let (holder, of_holder) = *self.by_thumbprint.get(kid)?;
        let HolderKey { key, signs } = self.document.holders.get(holder)?.keys.get(of_holder)?;
        Some(Found { holder, key, signs: signs.contains(&kind) })
    }

    /// A roots document is signed by a threshold of its own holders, too.
    fn require_own(&self, envelope: &mut Envelope<'_>) -> Result<(), DocumentError> {
        let needed = self.document.thresholds.of(DocumentKind::Roots);
        let find = |kid: &Sha256Hash| self.find(kid, DocumentKind::Roots);
        let id = |at: usize| self.document.holders.get(at).map_or("", |holder| &holder.id);
        let (_, tally) = count(envelope, needed, find, id);
        match tally.is_enough() {
            true => Ok(()),
            false => Err(tally.into()),
        }
    }
}

/// Checks each signature of a key that is known, and counts holders.
fn count<'r>(
    envelope: &mut Envelope<'_>,
    needed: usize,
    find: impl Fn(&Sha256Hash) -> Option<Found<'r>>,
    id: impl Fn(usize) -> &'r str,
) -> (Vec<Sha256Hash>, Tally) {
    let mut tally = Tally { needed, ..Tally::default() };
    let (mut signers, mut holders) = (Vec::new(), BTreeSet::new());
    for at in 0..envelope.signatures.len() {
        let kid = envelope.signatures[at].kid;
        match find(&kid) {
            None => tally.unknown += 1,
            Some(found) if !found.signs => tally.not_admitted += 1,
            Some(found) if envelope.holds(at, found.key) => {
                signers.push(kid);
                holders.insert(found.holder);
            }
            Some(_) => tally.bad += 1,
        }
    }
    envelope.end_checks();
    tally.holders = holders.into_iter().map(|at| id(at).to_owned()).collect();
    (signers, tally)
}
