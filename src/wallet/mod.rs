//! The wallet: several cards in one phone, and which of them an application sees.
//!
//! Uses cards, codes, sessions, the lists, and the scanner's reasons. Holds no private key, only
//! the host's name for it. Specification: docs/SPEC.md section 9.

mod fit;
mod offers;
mod stored;

pub use fit::{Choice, NoCard, Unfit, UnfitCard, WhyNoCard};
pub use offers::Offers;
pub use stored::WalletBytesError;

use std::cmp::Reverse;

use crate::card::{CardClaims, CardCredential, CardId};
use crate::code::ApplicationNumber;
use crate::region::Region;
use crate::request::renewal_due_unix_s;
use crate::session::CodeSession;

/// The cards in one phone: the holder's own, and those of family members they care for.
///
/// A wallet picks the card that an application needs, so that nobody has to choose. If none fits,
/// it says for each card why. It cannot know whether a card has been suspended or revoked: the
/// issuer tells the app, and the app removes the card.
///
/// ```
/// use onecode::{ApplicationNumber, Offers, Region, Wallet};
///
/// fn show(wallet: &Wallet, offers: &Offers, place: Region, now_unix_s: i64) -> Option<()> {
///     let metro = offers.application("transit.metro")?.number;
///     match wallet.choose(offers, metro, place, now_unix_s) {
///         Ok(choice) => println!("{}", wallet.card(choice.card)?.label()),
///         Err(no_card) => println!("{no_card}"),
///     }
///     Some(())
/// }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Wallet {
    cards: Vec<WalletCard>,
}

/// A card in a wallet.
#[derive(Clone, Debug)]
pub struct WalletCard {
    session: CodeSession,
    key_alias: String,
    label: String,
}

impl WalletCard {
    /// Its name in this wallet.
    pub fn id(&self) -> CardId {
        CardId::of(self.claims())
    }

    /// The host's name for the private key in the secure hardware.
    pub fn key_alias(&self) -> &str {
        &self.key_alias
    }

    /// What the holder calls it.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its present credential.
    pub fn credential(&self) -> &CardCredential {
        self.session.credential()
    }

    /// What the credential says.
    pub fn claims(&self) -> &CardClaims {
        self.session.credential().claims()
    }

    /// Whether it is another person's card.
    pub fn is_delegate(&self) -> bool {
        self.claims().delegate
    }

    /// From when on the app renews the credential, the next time it is online (Unix seconds); see
    /// [`renewal_due_unix_s`].
    pub fn renew_from_unix_s(&self) -> i64 {
        renewal_due_unix_s(self.claims())
    }

    /// The order of choice among cards that fit: the holder's own, then the one last confirmed,
    /// then the one that lasts longest.
    fn rank(&self) -> impl Ord {
        let CardClaims { delegate, confirmed_unix_s, expires_unix_s, .. } = self.claims();
        (*delegate, Reverse(*confirmed_unix_s), Reverse(*expires_unix_s))
    }
}

/// What happened to a credential added to a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// A new card was added.
    New(CardId),
    /// It replaced an older credential of the same card.
    Renewed(CardId),
    /// The wallet has a newer credential of this card and keeps that.
    Older(CardId),
}

impl Added {
    /// The card.
    pub fn card(self) -> CardId {
        match self {
            Added::New(card) | Added::Renewed(card) | Added::Older(card) => card,
        }
    }
}

/// A card could not be added. The wallet is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddCardError {
    /// The wallet is full.
    #[error("the wallet is full: it has {limit} cards")]
    Full {
        /// [`Wallet::MAX_CARDS`].
        limit: usize,
    },
    /// The label or the name of the key is too long.
    #[error("a name of {length} bytes is longer than {limit}")]
    NameTooLong {
        /// Its length in bytes of UTF-8.
        length: usize,
        /// [`Wallet::MAX_NAME`].
        limit: usize,
    },
}

impl Wallet {
    /// Most cards in a wallet.
    pub const MAX_CARDS: usize = 64;

    /// Longest label, and longest name of a key, in bytes of UTF-8.
    pub const MAX_NAME: usize = 256;

    /// An empty wallet.
    pub fn new() -> Self {
        Wallet::default()
    }

    /// Adds a credential just delivered by its issuer.
    ///
    /// If the wallet has that card already, it is a renewal: it replaces the older credential, with
    /// label and key, and the seconds that already have a code stay remembered. The issuer's
    /// confirmation (`iat`) says which of the two is newer. If one has none, the expiry does. If
    /// they are equal, the one added last counts.
    pub fn add(
        &mut self,
        credential: CardCredential,
        key_alias: &str,
        label: &str,
    ) -> Result<Added, AddCardError> {
        if let Some(length) =
            [key_alias, label].map(str::len).into_iter().find(|length| *length > Self::MAX_NAME)
        {
            return Err(AddCardError::NameTooLong { length, limit: Self::MAX_NAME });
        }
        let id = CardId::of(credential.claims());
        if let Some(held) = self.find_mut(id) {
            if is_older(credential.claims(), held.claims()) {
                return Ok(Added::Older(id));
            }
            held.session.renew(credential);
            held.key_alias = key_alias.to_owned();
            held.label = label.to_owned();
            return Ok(Added::Renewed(id));
        }
        if self.cards.len() == Self::MAX_CARDS {
            return Err(AddCardError::Full { limit: Self::MAX_CARDS });
        }
        self.cards.push(WalletCard {
            session: CodeSession::new(credential),
            key_alias: key_alias.to_owned(),
            label: label.to_owned(),
        });
        Ok(Added::New(id))
    }

    /// Removes a card: revoked, replaced by another one, or no longer wanted.
    pub fn remove(&mut self, id: CardId) -> Option<WalletCard> {
        let at = self.cards.iter().position(|card| card.id() == id)?;
        Some(self.cards.remove(at))
    }

    /// All cards, in the order they were added.
    pub fn cards(&self) -> &[WalletCard] {
        &self.cards
    }

    /// One card.
    pub fn card(&self, id: CardId) -> Option<&WalletCard> {
        self.cards.iter().find(|card| card.id() == id)
    }

    /// Makes the codes of a card. Store the wallet's bytes before a code is shown: a wallet that
    /// forgets a second can make a second code for it, which a gate refuses as used.
    pub fn session(&mut self, id: CardId) -> Option<&mut CodeSession> {
        self.find_mut(id).map(|card| &mut card.session)
    }

    /// The card for an application, at a place, now. Of the cards that fit, the holder's own come
    /// before a relative's; then the one last confirmed by its issuer; then the one that lasts
    /// longest.
    ///
    /// A card fits if a gate with the same lists would accept it, as far as a phone can know
    /// without status lists. A practice card never fits.
    pub fn choose(
        &self,
        offers: &Offers,
        application: ApplicationNumber,
        place: Region,
        now_unix_s: i64,
    ) -> Result<Choice, NoCard> {
        let terms = offers.offered(application, place, now_unix_s)?;
        let mut fitting = Vec::new();
        let mut unfit = Vec::new();
        for card in &self.cards {
            match terms.fits(card.credential()) {
                Ok(()) => fitting.push(card),
                Err(why) => {
                    unfit.push(UnfitCard { card: card.id(), label: card.label.clone(), why })
                }
            }
        }
        match fitting.into_iter().min_by_key(|card| card.rank()) {
            Some(card) => Ok(terms.choice(card.id())),
            None if unfit.is_empty() => Err(terms.no_card(WhyNoCard::EmptyWallet)),
            None => Err(terms.no_card(WhyNoCard::NoneFits(unfit))),
        }
    }

    /// The same for one card that the holder has opened, for instance a relative's at the hospital.
    pub fn check(
        &self,
        id: CardId,
        offers: &Offers,
        application: ApplicationNumber,
        place: Region,
        now_unix_s: i64,
    ) -> Result<Choice, NoCard> {
        let terms = offers.offered(application, place, now_unix_s)?;
        let Some(card) = self.card(id) else {
            return Err(terms.no_card(WhyNoCard::EmptyWallet));
        };
        match terms.fits(card.credential()) {
            Ok(()) => Ok(terms.choice(id)),
            Err(why) => Err(terms.no_card(WhyNoCard::NoneFits(vec![UnfitCard {
                card: id,
                label: card.label.clone(),
                why,
            }]))),
        }
    }

    /// The cards whose renewal is due, the most urgent first.
    pub fn due_for_renewal(&self, now_unix_s: i64) -> Vec<CardId> {
        let mut due: Vec<&WalletCard> =
            self.cards.iter().filter(|card| card.renew_from_unix_s() <= now_unix_s).collect();
        due.sort_by_key(|card| (card.claims().expires_unix_s, card.renew_from_unix_s()));
        due.into_iter().map(WalletCard::id).collect()
    }

    fn find_mut(&mut self, id: CardId) -> Option<&mut WalletCard> {
        self.cards.iter_mut().find(|card| card.id() == id)
    }
}

fn is_older(offered: &CardClaims, held: &CardClaims) -> bool {
    match (offered.confirmed_unix_s, held.confirmed_unix_s) {
        (Some(offered), Some(held)) if offered != held => offered < held,
        _ => offered.expires_unix_s < held.expires_unix_s,
    }
}
