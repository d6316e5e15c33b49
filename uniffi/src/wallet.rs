//! The wallet: several cards in one phone, and which of them an application gets to see.

use std::sync::Arc;

use crate::code::Source;
use crate::exclusive::Exclusive;
use crate::keys::HeldKey;
use crate::usage::{self, code, count};
use crate::{
    CardCredential, CborProblem, CodeSession, CredentialError, DeviceKey, DocumentError,
    MakeCodeError, Name, PublicKey, UsageError, Wording,
};

/// Names a card in a wallet, whichever credential stands for it at the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, uniffi::Record)]
pub struct CardId {
    /// The card's home (GB/T 2260).
    pub region: i32,
    /// The card's position in the status lists of its issuer.
    pub status_index: i64,
}

impl From<onecode::wallet::CardId> for CardId {
    fn from(id: onecode::wallet::CardId) -> Self {
        CardId { region: code(id.region), status_index: id.status_index.into() }
    }
}

impl TryFrom<CardId> for onecode::wallet::CardId {
    type Error = UsageError;

    fn try_from(id: CardId) -> Result<Self, UsageError> {
        let (region, status_index) =
            (usage::region(id.region)?, usage::status_index(id.status_index)?);
        Ok(onecode::wallet::CardId { region, status_index })
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
    /// The credential that stands for it now.
    pub credential: Arc<CardCredential>,
    /// Whether it is another person's.
    pub delegate: bool,
    /// From when on the app should have the credential renewed, the next time it is online
    /// (Unix seconds).
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

/// What became of a credential that was put into a wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Added {
    /// The wallet has one card more.
    New {
        /// Which.
        card: CardId,
    },
    /// It took the place of an older credential of the same card.
    Renewed {
        /// Which.
        card: CardId,
    },
    /// The wallet has a newer credential of this card, and keeps it.
    Older {
        /// Which.
        card: CardId,
    },
}

/// What is offered where and to whom: trust list and catalogue, checked against the operator's
/// roots, as a phone reads them.
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
            name: (&application.name).into(),
        }
    }
}

#[uniffi::export]
impl Offers {
    /// Reads both lists (compact JWS), signed by one of the pinned roots.
    #[uniffi::constructor]
    pub fn verify(
        trust_list: Vec<u8>,
        catalogue: Vec<u8>,
        roots: Vec<Arc<PublicKey>>,
    ) -> Result<Self, DocumentError> {
        let roots: Vec<_> = roots.iter().map(|root| root.0).collect();
        Ok(Offers(onecode::Offers::verify(&trust_list, &catalogue, &roots)?))
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

/// The card for an application, and what kind of code it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Choice {
    /// The card.
    pub card: CardId,
    /// What the code has to be bound to: the application where it takes only codes made for it,
    /// else nothing, and the everyday code does.
    pub application: Option<i32>,
    /// Whether the code has to answer a challenge that the scanner shows.
    pub challenge: bool,
}

impl From<onecode::wallet::Choice> for Choice {
    fn from(choice: onecode::wallet::Choice) -> Self {
        Choice {
            card: choice.card.into(),
            application: choice.application.map(|number| number.get().into()),
            challenge: choice.challenge,
        }
    }
}

/// Which card it is, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum Chosen {
    /// This one.
    Card {
        /// Which, and what kind of code it takes.
        choice: Choice,
    },
    /// None of them.
    Nothing {
        /// Why.
        no_card: NoCard,
    },
}

impl From<Result<onecode::wallet::Choice, onecode::wallet::NoCard>> for Chosen {
    fn from(chosen: Result<onecode::wallet::Choice, onecode::wallet::NoCard>) -> Self {
        match chosen {
            Ok(choice) => Chosen::Card { choice: choice.into() },
            Err(no_card) => Chosen::Nothing { no_card: (&no_card).into() },
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
    /// The number of the refusal that a gate would give, where one number says it all.
    pub number: Option<i32>,
    /// Why, to the holder of the phone: one line, and one more for each card that does not fit.
    pub text: Wording,
}

impl From<&onecode::wallet::NoCard> for NoCard {
    fn from(no_card: &onecode::wallet::NoCard) -> Self {
        NoCard {
            application: no_card.application.get().into(),
            name: no_card.name.as_ref().map(Name::from),
            why: (&no_card.why).into(),
            number: no_card.number().map(i32::from),
            text: Wording {
                zh: no_card.text(onecode::Language::Zh),
                en: no_card.text(onecode::Language::En),
            },
        }
    }
}

/// Why no card can be shown.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum WhyNoCard {
    /// The phone's catalogue has no such application.
    UnknownApplication,
    /// It is not offered at this time, whatever the card.
    NotInForce {
        /// From when it is (Unix seconds).
        from_unix_s: i64,
        /// Until when it is, if it ends.
        until_unix_s: Option<i64>,
    },
    /// It is not offered at this place, whatever the card.
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
    },
    /// One that this version of the binding has no name for.
    Other,
}

impl From<&onecode::wallet::WhyNoCard> for WhyNoCard {
    fn from(why: &onecode::wallet::WhyNoCard) -> Self {
        use onecode::wallet::WhyNoCard as Core;
        match why {
            Core::UnknownApplication => WhyNoCard::UnknownApplication,
            Core::NotInForce { from_unix_s, until_unix_s } => {
                WhyNoCard::NotInForce { from_unix_s: *from_unix_s, until_unix_s: *until_unix_s }
            }
            Core::NotOfferedHere { place } => WhyNoCard::NotOfferedHere { place: code(*place) },
            Core::EmptyWallet => WhyNoCard::EmptyWallet,
            Core::NoneFits(cards) => {
                WhyNoCard::NoneFits { cards: cards.iter().map(UnfitCard::from).collect() }
            }
            _ => WhyNoCard::Other,
        }
    }
}

/// A card that does not fit, and why: the first thing that a gate would find.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct UnfitCard {
    /// The card.
    pub card: CardId,
    /// What its holder calls it.
    pub label: String,
    /// The number of the refusal that a gate would give.
    pub number: i32,
    /// Why, in a sentence to the holder of the phone.
    pub text: Wording,
}

impl From<&onecode::wallet::UnfitCard> for UnfitCard {
    fn from(unfit: &onecode::wallet::UnfitCard) -> Self {
        UnfitCard {
            card: unfit.card.into(),
            label: unfit.label.clone(),
            number: unfit.why.number().into(),
            text: Wording {
                zh: unfit.why.text(onecode::Language::Zh),
                en: unfit.why.text(onecode::Language::En),
            },
        }
    }
}

/// The cards in one phone: the holder's own, and those of family members for whom they care.
/// Threads wait for each other.
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

    /// The whole wallet, to be stored by the app before a new code is shown. It has no private
    /// key in it, and no personal data but the labels.
    pub fn to_bytes(&self) -> Result<Vec<u8>, UsageError> {
        self.0.with(|wallet| wallet.to_bytes())
    }

    /// Puts a credential in, as its issuer has just delivered it. One of a card that is there
    /// already is its renewal.
    pub fn add(
        &self,
        credential: Arc<CardCredential>,
        key_alias: String,
        label: String,
    ) -> Result<Added, AddCardError> {
        let credential = credential.0.clone();
        let added = self.0.with(|wallet| wallet.add(credential, &key_alias, &label))??;
        Ok(match added {
            onecode::wallet::Added::Renewed(id) => Added::Renewed { card: id.into() },
            onecode::wallet::Added::Older(id) => Added::Older { card: id.into() },
            onecode::wallet::Added::New(id) => Added::New { card: id.into() },
            _ => return Err(AddCardError::Other),
        })
    }

    /// Takes a card out: revoked, replaced by another one, or no longer wanted. Nothing comes
    /// back when there was no such card.
    pub fn remove(&self, card: CardId) -> Result<Option<WalletCard>, UsageError> {
        let id = card.try_into()?;
        self.0.with(|wallet| wallet.remove(id).as_ref().map(WalletCard::from))
    }

    /// All cards, in the order in which they came.
    pub fn cards(&self) -> Result<Vec<WalletCard>, UsageError> {
        self.0.with(|wallet| wallet.cards().iter().map(WalletCard::from).collect())
    }

    /// One card.
    pub fn card(&self, card: CardId) -> Result<Option<WalletCard>, UsageError> {
        let id = card.try_into()?;
        self.0.with(|wallet| wallet.card(id).map(WalletCard::from))
    }

    /// Where the codes of a card are made, with the key that its `key_alias` names. The wallet
    /// remembers the seconds that have had their code.
    pub fn session(
        self: Arc<Self>,
        card: CardId,
        key: Arc<dyn DeviceKey>,
    ) -> Result<CodeSession, MakeCodeError> {
        let id = card.try_into()?;
        let credential = self.0.with(|wallet| wallet.card(id).map(|it| it.credential().clone()))?;
        let credential = credential.ok_or(MakeCodeError::NoSuchCard)?;
        CodeSession::of(credential, HeldKey::new(key)?, Source::Wallet { wallet: self, id })
    }

    /// The card for an application, at a place, now: of those that fit the holder's own before a
    /// relative's, then the one last confirmed by its issuer, then the one that lasts longest.
    pub fn choose(
        &self,
        offers: Arc<Offers>,
        application: i32,
        place: i32,
        now_unix_s: i64,
    ) -> Result<Chosen, UsageError> {
        let (application, place) = (usage::application(application)?, usage::region(place)?);
        let offers = &offers.0;
        let chosen = self.0.with(|wallet| wallet.choose(offers, application, place, now_unix_s))?;
        Ok(chosen.into())
    }

    /// The same for one card, for a holder who has opened it: a relative's at the hospital.
    pub fn check(
        &self,
        card: CardId,
        offers: Arc<Offers>,
        application: i32,
        place: i32,
        now_unix_s: i64,
    ) -> Result<Chosen, UsageError> {
        let (id, application) = (card.try_into()?, usage::application(application)?);
        let place = usage::region(place)?;
        let check = |wallet: &mut onecode::Wallet| {
            wallet.check(id, &offers.0, application, place, now_unix_s)
        };
        Ok(self.0.with(check)?.into())
    }

    /// The cards whose renewal is due, the most urgent first.
    pub fn due_for_renewal(&self, now_unix_s: i64) -> Result<Vec<CardId>, UsageError> {
        let due = self.0.with(|wallet| wallet.due_for_renewal(now_unix_s))?;
        Ok(due.into_iter().map(CardId::from).collect())
    }
}

/// A card could not be put into a wallet; the wallet is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum AddCardError {
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
    /// One that this version of the binding has no name for.
    #[error("the card could not be put into the wallet")]
    Other,
    /// A call from inside a call.
    #[error("{usage}")]
    Usage {
        /// Which.
        #[from]
        usage: UsageError,
    },
}

impl From<onecode::wallet::AddCardError> for AddCardError {
    fn from(error: onecode::wallet::AddCardError) -> Self {
        match error {
            onecode::wallet::AddCardError::Full => {
                AddCardError::Full { limit: count(onecode::Wallet::MAX_CARDS) }
            }
            onecode::wallet::AddCardError::NameTooLong { length } => AddCardError::NameTooLong {
                length: count(length),
                limit: count(onecode::Wallet::MAX_NAME),
            },
            _ => AddCardError::Other,
        }
    }
}

/// Bytes are no wallet; nothing was imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum WalletBytesError {
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
        /// Bytes that are looked at.
        limit: i64,
    },
    /// Cut short or changed since it was written.
    #[error("the stored wallet is damaged")]
    Damaged,
    /// Not damaged, but not of the form either.
    #[error("the stored wallet departs from its form: {problem:?} at byte {at}")]
    Form {
        /// Offset of the problem in bytes.
        at: i64,
        /// What is wrong there.
        problem: CborProblem,
    },
    /// A card in it is none.
    #[error("{credential}")]
    Card {
        /// Why not.
        credential: CredentialError,
    },
}

impl From<onecode::wallet::WalletBytesError> for WalletBytesError {
    fn from(error: onecode::wallet::WalletBytesError) -> Self {
        use onecode::wallet::WalletBytesError as Core;
        match error {
            Core::NotAWallet => WalletBytesError::NotAWallet,
            Core::Newer { version } => WalletBytesError::Newer { version: version.into() },
            Core::TooLarge { length, limit } => {
                WalletBytesError::TooLarge { length: count(length), limit: count(limit) }
            }
            Core::Form(error) => {
                WalletBytesError::Form { at: count(error.at), problem: error.problem.into() }
            }
            Core::Card(error) => WalletBytesError::Card { credential: error.into() },
            _ => WalletBytesError::Damaged,
        }
    }
}
