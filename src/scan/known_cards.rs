//! The credentials that a scanner has verified before, so that a card that comes every day costs
//! one signature and not two.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::card::CardClaims;
use crate::keys::{sha256, PublicKey};

/// How many credentials are remembered: about a megabyte and a half.
const CAPACITY: usize = 4_096;

/// Stands at the ends of the order of use, where there is no neighbour.
const NONE: usize = usize::MAX;

/// What was found out about a credential: who signed it, and what it says.
#[derive(Clone, Debug)]
pub(super) struct KnownCard {
    pub(super) issuer_key: PublicKey,
    pub(super) claims: CardClaims,
}

/// The least recently used ones are forgotten first.
///
/// The key is the hash of the whole credential, its signature included: only bytes that were
/// verified are ever found here, so a scanner answers the same with and without this memory. Only
/// signatures that hold come in. Whether the issuer's key still counts, the time and the status
/// are not remembered, but checked at each scan.
#[derive(Clone, Debug)]
pub(super) struct KnownCards {
    places: HashMap<CredentialHash, usize, BuildHasherDefault<FirstBytes>>,
    /// A list in the order of use, linked by places: each knows its neighbours.
    cards: Vec<Remembered>,
    newest: usize,
    oldest: usize,
}

#[derive(Clone, Debug)]
struct Remembered {
    hash: CredentialHash,
    card: KnownCard,
    newer: usize,
    older: usize,
}

/// The hash of a credential's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CredentialHash([u8; 32]);

impl CredentialHash {
    pub(super) fn of(credential: &[u8]) -> Self {
        CredentialHash(sha256(credential))
    }
}

impl std::hash::Hash for CredentialHash {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write(&self.0);
    }
}

/// Takes the first eight bytes of a SHA-256 hash as they are: nothing mixes them better.
///
/// Whoever makes credentials whose hashes begin alike needs an issuer's key to have them
/// remembered, and then 2^32 tries for each two of them.
#[derive(Clone, Copy, Debug, Default)]
struct FirstBytes(u64);

impl Hasher for FirstBytes {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk() {
            self.0 = u64::from_ne_bytes(*first);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl Default for KnownCards {
    fn default() -> Self {
        KnownCards { places: HashMap::default(), cards: Vec::new(), newest: NONE, oldest: NONE }
    }
}

impl KnownCards {
    /// The card, if these very bytes have been verified before.
    pub(super) fn find(&mut self, hash: CredentialHash) -> Option<&KnownCard> {
        let place = *self.places.get(&hash)?;
        self.take_out(place);
        self.put_first(place);
        self.cards.get(place).map(|remembered| &remembered.card)
    }

    /// Remembers a credential whose signature holds.
    pub(super) fn remember(&mut self, hash: CredentialHash, card: KnownCard) {
        let place = match self.places.get(&hash) {
            Some(place) => *place,
            None if self.cards.len() < CAPACITY => self.cards.len(),
            None => self.oldest,
        };
        let remembered = Remembered { hash, card, newer: NONE, older: NONE };
        if place < self.cards.len() {
            self.take_out(place);
        }
        match self.cards.get_mut(place) {
            Some(forgotten) => {
                self.places.remove(&forgotten.hash);
                *forgotten = remembered;
            }
            None => self.cards.push(remembered),
        }
        self.places.insert(hash, place);
        self.put_first(place);
    }

    /// Joins the neighbours of this place in the order of use.
    fn take_out(&mut self, place: usize) {
        let Some(Remembered { newer, older, .. }) = self.cards.get(place) else { return };
        let (newer, older) = (*newer, *older);
        self.link(newer, older);
    }

    fn put_first(&mut self, place: usize) {
        let second = self.newest;
        self.link(NONE, place);
        self.link(place, second);
    }

    /// Makes two places neighbours; beyond the newest and the oldest there is none.
    fn link(&mut self, newer: usize, older: usize) {
        match self.cards.get_mut(newer) {
            Some(remembered) => remembered.older = older,
            None => self.newest = older,
        }
        match self.cards.get_mut(older) {
            Some(remembered) => remembered.newer = newer,
            None => self.oldest = newer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, Entitlements, Region, SigningKey, SoftwareKey};

    fn card() -> KnownCard {
        let key = SoftwareKey::generate(Algorithm::Ed25519).unwrap().key.public_key();
        let claims = CardClaims {
            region: Region::SHANGHAI,
            status_index: 0,
            entitlements: Entitlements::default(),
            max_window_s: 60,
            expires_unix_s: 0,
            confirmed_unix_s: None,
            specimen: false,
            delegate: false,
            holder_key: key,
        };
        KnownCard { issuer_key: key, claims }
    }

    #[test]
    fn the_least_recently_used_is_forgotten() {
        let hash = |n: usize| CredentialHash::of(&n.to_be_bytes());
        let (mut known, card) = (KnownCards::default(), card());
        for n in 0..CAPACITY {
            known.remember(hash(n), card.clone());
        }
        assert!(known.find(hash(0)).is_some());
        known.remember(hash(CAPACITY), card.clone());
        assert!(known.find(hash(0)).is_some(), "used a moment ago");
        assert!(known.find(hash(1)).is_none(), "the oldest one");
        assert!(known.find(hash(2)).is_some());
        // Remembering what is known already takes no second place.
        known.remember(hash(2), card);
        assert_eq!((known.cards.len(), known.places.len()), (CAPACITY, CAPACITY));
    }

    /// Against a model that remembers when each was used, and looks for the oldest.
    #[test]
    fn whatever_is_done_the_cards_used_last_are_known() {
        let hashes: Vec<_> = (0..4_200_u16).map(|n| CredentialHash::of(&n.to_be_bytes())).collect();
        let (mut known, card) = (KnownCards::default(), card());
        let mut last_use = HashMap::new();
        let mut random = fastrand::Rng::with_seed(7);
        for moment in 0..20_000 {
            let n = random.usize(..hashes.len());
            let is_known = last_use.contains_key(&n);
            assert_eq!(known.find(hashes[n]).is_some(), is_known);
            if !is_known || random.u8(..8) == 0 {
                known.remember(hashes[n], card.clone());
            }
            if !is_known && last_use.len() == CAPACITY {
                let (oldest, _) = last_use.iter().min_by_key(|(_, moment)| **moment).unwrap();
                last_use.remove(&{ *oldest });
            }
            last_use.insert(n, moment);
        }
        assert_eq!(known.cards.len(), CAPACITY);
    }
}
