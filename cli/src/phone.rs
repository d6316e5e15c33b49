//! A phone of the region: its key and its wallet, which remembers each second that it has used.
//!
//! Uses `world`.

use onecode::card::CardId;
use onecode::code::MakeCodeError;
use onecode::{ApplicationNumber, Challenge, Code, SoftwareKey, Wallet};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::time;
use crate::world::World;

/// A phone with the card that it shows.
pub(crate) struct Phone {
    world: World,
    name: String,
    key: SoftwareKey,
    wallet: Wallet,
    showing: Showing,
}

/// What a phone shows, and to whom.
pub(crate) struct Showing {
    pub(crate) card: CardId,
    pub(crate) application: Option<ApplicationNumber>,
    pub(crate) challenge: Option<Challenge>,
    /// Whether the seconds used are remembered: not when the time is made up.
    pub(crate) remembers: bool,
}

impl Phone {
    /// Takes up a phone of the region: `choose` picks what it shows from the cards in it.
    pub(crate) fn take_up(
        world: World,
        name: String,
        choose: impl FnOnce(&World, &Wallet) -> Result<Showing, Failure>,
    ) -> Result<Self, Failure> {
        let key = world.phone_key(&name)?;
        let wallet = world.wallet(&name)?;
        let showing = choose(&world, &wallet)?;
        Ok(Phone { world, name, key, wallet, showing })
    }

    /// The card that it shows.
    pub(crate) fn card(&self) -> CardId {
        self.showing.card
    }

    /// What the holder calls the card.
    pub(crate) fn label(&self) -> &str {
        self.wallet.card(self.card()).map_or("", |card| card.label())
    }

    /// A code for this second or the next free one, which is on the disk as used before anybody
    /// sees the code.
    pub(crate) fn code(&mut self, now: i64) -> Result<Code, Failure> {
        let held = self.showing.remembers.then(|| self.world.hold_phone(&self.name)).transpose()?;
        if held.is_some() {
            // Somebody else may have made codes with this phone meanwhile.
            self.wallet = self.world.wallet(&self.name)?;
        }
        let card = self.card();
        let session = self.wallet.session(card);
        let session = session.ok_or_else(|| {
            Failure(said!(
                "卡 {card} 已不在这部手机里；请出示新卡",
                "the card {card} is no longer in this phone; show the new one"
            ))
        })?;
        let code = session
            .bound_code(&self.key, now, self.showing.application, self.showing.challenge.clone())
            .map_err(no_code)?;
        if self.showing.remembers {
            self.world.store_wallet(&self.name, &self.wallet)?;
        }
        Ok(code)
    }
}

/// Why there is no code, for the person with the phone.
pub(crate) fn no_code(error: MakeCodeError) -> Failure {
    match error {
        MakeCodeError::CardExpired { expires_unix_s } => Failure(said!(
            "这张卡已于 {expired} 到期，须由发卡机构更新",
            "the card expired on {expired}; its issuer has to renew it",
            expired = time::rfc3339(expires_unix_s)
        )),
        MakeCodeError::NoUnusedSecond { .. } => Failure(said!(
            "这张卡在接下来的每一秒都已有码；请等一秒",
            "this card has had a code for each of the next seconds; wait for one second"
        )),
        error => Failure(said!(
            "码生成不了：{error}",
            "no code can be made: {error}",
            error = error.said()
        )),
    }
}
