//! The wallet: several cards in one phone, and which of them an application sees.

use std::sync::Arc;

use onecode::cose::{CborError, CborProblem};
use onecode::jose::Name;
use onecode::Language;

use crate::code::SessionOfCard;
use crate::exclusive::Exclusive;
use crate::keys::HeldKey;
use crate::mirror::{mirror, Cross};
use crate::usage;
use crate::{
    CardCredential, CodeSession, CredentialError, DeviceKey, DocumentError, MakeCodeError,
    PreparingSession, Refusal, Roots, UsageError, Wording,
};

mirror! {
    /// The name of a card in a wallet. A renewed credential keeps it.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Record)]
    pub struct CardId = onecode::card::CardId {
        /// The card's home (GB/T 2260).
        pub region: i32,
        /// The card's position in the status lists of its issuer.
        pub status_index: i64,
    }
}

impl TryFrom<CardId> for onecode::card::CardId {
    type Error = UsageError;

    fn try_from(id: CardId) -> Result<Self, UsageError> {
        let (region, status_index) =
            (usage::region(id.region)?, usage::status_index(id.status_index)?);
        Ok(onecode::card::CardId { region, status_index })
    }
}

/// A card in a wallet.
#[derive(Clone, Debug, uniffi::Record)]
pub struct WalletCard {
    /// Its name in this wallet.
    pub id: CardId,
    /// The host's name for the private key in the secure hardware.
    pub key_alias: String,
    /// What the holder calls it.
    pub label: String,
    /// Its present credential.
    pub credential: Arc<CardCredential>,
    /// Whether it is another person's.
    pub delegate: bool,
    /// From when on the app should renew the credential, the next time it is online (Unix seconds).
    pub renew_from_unix_s: i64,
}

impl From<&onecode::wallet::WalletCard> for WalletCard {
    fn from(card: &onecode::wallet::WalletCard) -> Self {
        WalletCard {
            id: card.id().into(),
            key_alias: card.key_alias().to_owned(),
            label: card.label().to_owned(),
            credential: Arc::new(CardCredential(card.credential().clone())),
            delegate: card.is_delegate(),
            renew_from_unix_s: card.renew_from_unix_s(),
        }
    }
}

mirror! {
    /// What happened to a credential added to a wallet.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Added = onecode::wallet::Added {
        /// A new card was added.
        New {
            /// Which.
            card: CardId,
        } = New(card),
        /// It replaced an older credential of the same card.
        Renewed {
            /// Which.
            card: CardId,
        } = Renewed(card),
        /// The wallet has a newer credential of this card and keeps that.
        Older {
            /// Which.
            card: CardId,
        } = Older(card),
    }
}

/// What is offered, where and to whom: trust list and catalogue as a phone reads them, checked
/// against the roots.
#[derive(Debug, uniffi::Object)]
pub struct Offers(onecode::Offers);

/// An application of the catalogue, for a list on a screen.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OfferedApplication {
    /// The number by which codes and scanners refer to it.
    pub number: i32,
    /// A readable id, such as `transit.metro`.
    pub id: String,
    /// Its names.
    pub name: Name,
}

impl From<&onecode::catalogue::Application> for OfferedApplication {
    fn from(application: &onecode::catalogue::Application) -> Self {
        OfferedApplication {
            number: application.number.get().into(),
            id: application.id.clone(),
            name: application.name.clone(),
        }
    }
}

#[uniffi::export]
impl Offers {
    /// Reads both lists, each signed by a threshold of holders.
    #[uniffi::constructor]
    pub fn verify(
        trust_list: Vec<u8>,
        catalogue: Vec<u8>,
        roots: Arc<Roots>,
    ) -> Result<Self, DocumentError> {
        Ok(Offers(onecode::Offers::verify(&trust_list, &catalogue, &roots.0)?))
    }

    /// The applications, by number.
    pub fn applications(&self) -> Vec<OfferedApplication> {
        self.0.applications().into_iter().map(OfferedApplication::from).collect()
    }

    /// The application with this id.
    pub fn application(&self, id: String) -> Option<OfferedApplication> {
        self.0.application(&id).map(OfferedApplication::from)
    }
}

mirror! {
    /// The card for an application, and what kind of code the application accepts.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct Choice = onecode::wallet::Choice {
        /// The card.
        pub card: CardId,
        /// What the code must be bound to: the application, if it accepts only codes made for it.
        /// Nothing means that the everyday code is enough.
        pub application: Option<i32>,
        /// Whether the code must answer a challenge that the scanner shows.
        pub challenge: bool,
    }
}

/// The chosen card, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Chosen {
    /// This card.
    Card {
        /// Which card, and what kind of code to make.
        choice: Choice,
    },
    /// No card.
    Nothing {
        /// Why.
        no_card: NoCard,
    },
}

impl From<Result<onecode::wallet::Choice, onecode::wallet::NoCard>> for Chosen {
    fn from(chosen: Result<onecode::wallet::Choice, onecode::wallet::NoCard>) -> Self {
        match chosen {
            Ok(choice) => Chosen::Card { choice: choice.into() },
            Err(no_card) => Chosen::Nothing { no_card: no_card.into() },
        }
    }
}

/// No card of the wallet can be shown for an application.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct NoCard {
    /// The application.
    pub application: i32,
    /// Its names, when the catalogue has it.
    pub name: Option<Name>,
    /// Why, as a type.
    pub why: WhyNoCard,
    /// The number of the refusal that a gate would give, if one number covers all cards.
    pub number: Option<i32>,
    /// Why, for the holder of the phone: one line, and one more for each card that does not fit.
    pub text: Wording,
}

impl From<onecode::wallet::NoCard> for NoCard {
    fn from(no_card: onecode::wallet::NoCard) -> Self {
        let (zh, en) = (no_card.text(Language::Zh), no_card.text(Language::En));
        let number = no_card.number().cross();
        let onecode::wallet::NoCard { application, name, why } = no_card;
        let text = Wording { zh, en };
        NoCard { application: application.cross(), name, why: why.into(), number, text }
    }
}

mirror! {
    /// Why no card can be shown.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum WhyNoCard = onecode::wallet::WhyNoCard {
        /// The phone's catalogue has no such application.
        UnknownApplication,
        /// The caller's time is after the year 9999, which usually means milliseconds.
        NotATime {
            /// What was handed in.
            unix_s: i64,
        },
        /// It is not offered at this time, for any card.
        NotInForce {
            /// From when it is (Unix seconds).
            from_unix_s: i64,
            /// Until when it is, if it ends.
            until_unix_s: Option<i64>,
        },
        /// It is not offered at this place, for any card.
        NotOfferedHere {
            /// The place.
            place: i32,
        },
        /// There is no card.
        EmptyWallet,
        /// Each card has its reason, in the order of the wallet.
        NoneFits {
            /// The cards and their reasons.
            cards: Vec<UnfitCard>,
        } = NoneFits(cards),
    }
}

/// A card that does not fit, and the first reason a gate would find.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct UnfitCard {
    /// The card.
    pub card: CardId,
    /// What its holder calls it.
    pub label: String,
    /// Why, as a type.
    pub why: Unfit,
    /// The number of the refusal that a gate would give.
    pub number: i32,
    /// Why, in a sentence for the holder of the phone.
    pub text: Wording,
}

impl Cross<UnfitCard> for onecode::wallet::UnfitCard {
    fn cross(self) -> UnfitCard {
        let onecode::wallet::UnfitCard { card, label, why } = self;
        UnfitCard {
            card: card.into(),
            label,
            number: why.number().into(),
            text: Wording { zh: why.text(Language::Zh), en: why.text(Language::En) },
            why: why.into(),
        }
    }
}

mirror! {
    /// Why one card does not fit.
    #[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
    pub enum Unfit = onecode::wallet::Unfit {
        /// Its issuer's signature does not count.
        Untrusted {
            /// For this reason of the 2xx family.
            refusal: Refusal,
        } = Untrusted(refusal),
        /// The credential has expired.
        Expired {
            /// When (Unix seconds).
            expired_unix_s: i64,
        },
        /// A practice card.
        Specimen,
        /// The application does not accept cards of this issuer.
        IssuerNotAccepted {
            /// The issuer's names.
            issuer: Name,
        },
        /// The card lacks functions.
        EntitlementMissing {
            /// Which, by the numbers that the catalogue gives them.
            missing: Vec<i32>,
            /// Their names, as far as the catalogue names them.
            names: Vec<Name>,
        },
        /// Another person's card, where the holder must come in person.
        DelegateNotAllowed,
    }
}

/// The cards in one phone: the holder's own, and those of family members they care for. Calls from
/// several threads run one after the other.
#[derive(uniffi::Object)]
pub struct Wallet(pub(crate) Exclusive<onecode::Wallet>);

#[uniffi::export]
impl Wallet {
    /// An empty wallet.
    #[uniffi::constructor]
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Wallet(Exclusive::new(onecode::Wallet::new()))
    }

    /// Reads what `to_bytes` wrote.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, WalletBytesError> {
        Ok(Wallet(Exclusive::new(onecode::Wallet::from_bytes(&bytes)?)))
    }

    /// The whole wallet. The app stores it before it shows a new code. It contains no private key,
    /// and no personal data except the labels.
    pub fn to_bytes(&self) -> Result<Vec<u8>, UsageError> {
        self.0.with(|wallet| wallet.to_bytes())
    }

    /// Adds a credential just delivered by its issuer. If the wallet has that card already, it is a
    /// renewal.
    pub fn add(
        &self,
        credential: Arc<CardCredential>,
        key_alias: String,
        label: String,
    ) -> Result<Added, AddCardError> {
        let credential = credential.0.clone();
        Ok(self.0.with(|wallet| wallet.add(credential, &key_alias, &label))??.into())
    }

    /// Removes a card: revoked, replaced by another one, or no longer wanted. Returns nothing if
    /// there was no such card.
    pub fn remove(&self, card: CardId) -> Result<Option<WalletCard>, UsageError> {
        let id = card.try_into()?;
        self.0.with(|wallet| wallet.remove(id).as_ref().map(WalletCard::from))
    }

    /// All cards, in the order they were added.
    pub fn cards(&self) -> Result<Vec<WalletCard>, UsageError> {
        self.0.with(|wallet| wallet.cards().iter().map(WalletCard::from).collect())
    }

    /// One card.
    pub fn card(&self, card: CardId) -> Result<Option<WalletCard>, UsageError> {
        let id = card.try_into()?;
        self.0.with(|wallet| wallet.card(id).map(WalletCard::from))
    }

    /// Makes the codes of a card, with the key that its `key_alias` names. The wallet remembers
    /// which seconds already have a code.
    pub fn session(
        self: Arc<Self>,
        card: CardId,
        key: Arc<dyn DeviceKey>,
    ) -> Result<CodeSession, MakeCodeError> {
        CodeSession::of(SessionOfCard::in_wallet(self, card.try_into()?)?, HeldKey::new(key)?)
    }

    /// The same for a key that answers later or elsewhere.
    pub fn preparing_session(
        self: Arc<Self>,
        card: CardId,
    ) -> Result<PreparingSession, MakeCodeError> {
        Ok(PreparingSession(SessionOfCard::in_wallet(self, card.try_into()?)?))
    }

    /// The card for an application, at a place, now. Of the cards that fit, the holder's own come
    /// before a relative's; then the one last confirmed by its issuer; then the one that lasts
    /// longest.
    pub fn choose(
        &self,
        offers: Arc<Offers>,
        application: i32,
        place: i32,
        now_unix_s: i64,
    ) -> Result<Chosen, UsageError> {
        let (application, place) = (usage::application(application)?, usage::region(place)?);
        let (offers, now_unix_s) = (&offers.0, usage::time(now_unix_s)?);
        let chosen = self.0.with(|wallet| wallet.choose(offers, application, place, now_unix_s))?;
        Ok(chosen.into())
    }

    /// The same for one card that the holder has opened, for instance a relative's at the hospital.
    pub fn check(
        &self,
        card: CardId,
        offers: Arc<Offers>,
        application: i32,
        place: i32,
        now_unix_s: i64,
    ) -> Result<Chosen, UsageError> {
        let (id, application) = (card.try_into()?, usage::application(application)?);
        let (place, now_unix_s) = (usage::region(place)?, usage::time(now_unix_s)?);
        let check = |wallet: &mut onecode::Wallet| {
            wallet.check(id, &offers.0, application, place, now_unix_s)
        };
        Ok(self.0.with(check)?.into())
    }

    /// The cards whose renewal is due, the most urgent first.
    pub fn due_for_renewal(&self, now_unix_s: i64) -> Result<Vec<CardId>, UsageError> {
        let now_unix_s = usage::time(now_unix_s)?;
        let due = self.0.with(|wallet| wallet.due_for_renewal(now_unix_s))?;
        Ok(due.into_iter().map(CardId::from).collect())
    }
}

mirror! {
    /// A card could not be added. The wallet is unchanged.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum AddCardError = onecode::wallet::AddCardError {
        /// The wallet is full.
        #[error("the wallet is full: it has {limit} cards")]
        Full {
            /// Most cards in a wallet.
            limit: i64,
        },
        /// The label or the name of the key is too long.
        #[error("a name of {length} bytes is longer than {limit}")]
        NameTooLong {
            /// Its length in bytes of UTF-8.
            length: i64,
            /// Most bytes of a name.
            limit: i64,
        },
    } and {
        /// A call from inside a call.
        #[error("{usage}")]
        Usage {
            /// Which.
            #[from]
            usage: UsageError,
        },
    }
}

mirror! {
    /// Bytes are not a wallet. Nothing was imported.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
    #[uniffi::export(Display)]
    pub enum WalletBytesError = onecode::wallet::WalletBytesError {
        /// Not what a wallet writes.
        #[error("these bytes are no wallet")]
        NotAWallet,
        /// Written by a later version of this library.
        #[error("the wallet was stored by a later version (form {version})")]
        Newer {
            /// The version of its form.
            version: i32,
        },
        /// Larger than any wallet.
        #[error("{length} bytes are over the limit of {limit}")]
        TooLarge {
            /// Bytes given.
            length: i64,
            /// Most bytes that are read.
            limit: i64,
        },
        /// Cut short or changed since it was written.
        #[error("the stored wallet is damaged")]
        Damaged,
        /// Undamaged, but not in the right form.
        #[error("the stored wallet departs from its form: {problem:?} at byte {at}")]
        Form {
            /// Offset of the problem in bytes.
            at: i64,
            /// What is wrong there.
            problem: CborProblem,
        } = Form(CborError { at, problem }),
        /// A card in it is not a card credential.
        #[error("{credential}")]
        Card {
            /// Why not.
            credential: CredentialError,
        } = Card(credential),
    }
}
