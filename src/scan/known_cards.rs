//! The credentials that a scanner has verified before. A card that comes every day thus costs one
//! signature check instead of two.

use std::fmt;
use std::num::NonZeroUsize;

use lru::LruCache;

use crate::card::CardClaims;
use crate::keys::{sha256, PublicKey};

/// How many credentials are remembered: about a megabyte and a half.
const CAPACITY: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4_095);

/// What was found out about a credential: who signed it, and what it says.
#[derive(Clone, Debug)]
pub(super) struct KnownCard {
    pub(super) issuer_key: PublicKey,
    pub(super) claims: CardClaims,
}

/// The least recently used ones are forgotten first.
///
/// The key is the hash of the whole credential, signature included. So only bytes that were
/// verified are found here, and a scanner answers the same with and without this memory. Only
/// signatures that hold are stored. The time, the status, and whether the issuer's key still counts
/// are checked at each scan. Only card credentials are in it: bytes that held as another kind must
/// not be found as a card (section 5).
#[derive(Clone)]
pub(crate) struct KnownCards(LruCache<CredentialHash, KnownCard>);

/// The hash of a credential's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct CredentialHash([u8; 32]);

impl CredentialHash {
    pub(super) fn of(credential: &[u8]) -> Self {
        CredentialHash(sha256(credential))
    }
}

impl Default for KnownCards {
    fn default() -> Self {
        KnownCards(LruCache::new(CAPACITY))
    }
}

impl fmt::Debug for KnownCards {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KnownCards({} of {CAPACITY})", self.0.len())
    }
}

impl KnownCards {
    /// The card, if these very bytes have been verified before.
    pub(super) fn find(&mut self, hash: CredentialHash) -> Option<&KnownCard> {
        self.0.get(&hash)
    }

    /// Remembers a credential whose signature holds.
    pub(super) fn remember(&mut self, hash: CredentialHash, card: KnownCard) {
        self.0.put(hash, card);
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
        let capacity = CAPACITY.get();
        for n in 0..capacity {
            known.remember(hash(n), card.clone());
        }
        assert!(known.find(hash(0)).is_some());
        known.remember(hash(capacity), card.clone());
        assert!(known.find(hash(0)).is_some(), "used a moment ago");
        assert!(known.find(hash(1)).is_none(), "the oldest one");
        assert!(known.find(hash(2)).is_some());
        // Remembering a known card again takes no second place.
        known.remember(hash(2), card);
        assert_eq!(known.0.len(), capacity);
    }
}
