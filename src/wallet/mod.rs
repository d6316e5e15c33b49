//! The wallet: several cards in one phone, and which of them an application gets to see.
//!
//! Uses cards, codes, sessions, the lists, and the scanner's reasons. Holds no private key: the
//! host's name for it is all the wallet knows. Specification: docs/SPEC.md section 9.

mod fit;
mod offers;
mod stored;

pub use fit::{Choice, NoCard, Unfit, UnfitCard, WhyNoCard};
pub use offers::Offers;
pub use stored::WalletBytesError;

use std::cmp::Reverse;
use std::fmt;

use crate::card::{CardClaims, CardCredential};
use crate::code::ApplicationNumber;
use crate::region::Region;
use crate::session::CodeSession;

/// Seconds before its expiry from which a credential is due for renewal: 30 days.
const RENEW_BEFORE_EXPIRY_S: i64 = 30 * 86_400;

/// Seconds after which the issuer's word that a card is valid should be had anew: a day.
const CONFIRM_EVERY_S: i64 = 86_400;

/// The cards in one phone: the holder's own, and those of family members for whom they care.
///
/// A wallet picks the card that an application needs, so that nobody has to choose, and says of
/// each card why it does not fit where none does. It does not know whether a card has been
/// suspended or revoked: the issuer tells the app, and the app takes the card out.
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

/// Names a card in a wallet, whichever credential stands for it at the time: its home region and
/// its position in the status lists of that region's issuer, neither of which a renewal changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardId {
    /// The card's home.
    pub region: Region,
    /// The card's position in the status lists of its issuer.
    pub status_index: u32,
}

impl CardId {
    /// The name of the card that a credential stands for.
    pub fn of(claims: &CardClaims) -> Self {
        CardId { region: claims.region, status_index: claims.status_index }
    }
}

/// `310000-7`.
impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.region, self.status_index)
    }
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

    /// The credential that stands for it now.
    pub fn credential(&self) -> &CardCredential {
        self.session.credential()
    }

    /// What the credential says.
    pub fn claims(&self) -> &CardClaims {
        self.session.credential().claims()
    }

    /// Whether it is another person's.
    pub fn is_delegate(&self) -> bool {
        self.claims().delegate
    }

    /// From when on the app should have the credential renewed, the next time it is online
    /// (Unix seconds): 30 days before it expires, or a day after the issuer last confirmed it,
    /// whichever comes first.
    pub fn renew_from_unix_s(&self) -> i64 {
        let CardClaims { expires_unix_s, confirmed_unix_s, .. } = self.claims();
        let before_expiry = expires_unix_s.saturating_sub(RENEW_BEFORE_EXPIRY_S);
        let confirmed = confirmed_unix_s.map(|time| time.saturating_add(CONFIRM_EVERY_S));
        confirmed.map_or(before_expiry, |confirmed| confirmed.min(before_expiry))
    }

    /// What comes first in the choice among cards that fit: the holder's own, then the one last
    /// confirmed, then the one that lasts longest.
    fn rank(&self) -> impl Ord {
        let CardClaims { delegate, confirmed_unix_s, expires_unix_s, .. } = self.claims();
        (*delegate, Reverse(*confirmed_unix_s), Reverse(*expires_unix_s))
    }
}

/// What became of a credential that was put into a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// The wallet has one card more.
    New(CardId),
    /// It took the place of an older credential of the same card.
    Renewed(CardId),
    /// The wallet has a newer credential of this card, and keeps it.
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

/// A card could not be put into a wallet; the wallet is as it was.
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

    /// Puts a credential in, as its issuer has just delivered it.
    ///
    /// A credential of a card that is there already is its renewal: it takes the older one's
    /// place, with label and key, and the seconds that have had their code stay remembered. Which
    /// of the two is newer is said by the issuer's confirmation (`iat`) where both have one, else
    /// by their expiry; of two that say the same, the one put in last counts.
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

    /// Takes a card out: revoked, replaced by another one, or no longer wanted.
    pub fn remove(&mut self, id: CardId) -> Option<WalletCard> {
        let at = self.cards.iter().position(|card| card.id() == id)?;
        Some(self.cards.remove(at))
    }

    /// All cards, in the order in which they came.
    pub fn cards(&self) -> &[WalletCard] {
        &self.cards
    }

    /// One card.
    pub fn card(&self, id: CardId) -> Option<&WalletCard> {
        self.cards.iter().find(|card| card.id() == id)
    }

    /// Where the codes of a card are made. Store the wallet's bytes before a code is shown: a
    /// wallet that forgets a second can make a second code for it, which a gate refuses as used.
    pub fn session(&mut self, id: CardId) -> Option<&mut CodeSession> {
        self.find_mut(id).map(|card| &mut card.session)
    }

    /// The card for an application, at a place, now: of those that fit the holder's own before a
    /// relative's, then the one last confirmed by its issuer, then the one that lasts longest.
    ///
    /// What fits is what a gate with the same lists would accept, as far as a phone can know: it
    /// has no status list. A practice card never fits.
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
        fitting.sort_by_key(|card| card.rank());
        match fitting.first() {
            Some(card) => Ok(terms.choice(card.id())),
            None if unfit.is_empty() => Err(terms.no_card(WhyNoCard::EmptyWallet)),
            None => Err(terms.no_card(WhyNoCard::NoneFits(unfit))),
        }
    }

    /// The same for one card, for a holder who has opened it: a relative's at the hospital.
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!(
            "{} days before `exp`, or {} s after `iat`",
            RENEW_BEFORE_EXPIRY_S / 86_400,
            number(CONFIRM_EVERY_S)
        )]);
    }
}
