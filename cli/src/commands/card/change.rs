//! What may happen to a card: `onecode card suspend`, `restore`, `revoke` and `replace`.
//!
//! Uses `world` and `files`. Each of them changes the issuer's books and publishes its lists anew.

use std::path::PathBuf;

use onecode::request::CREDENTIAL_S;
use onecode::{CardCredential, SigningKey};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::source::{key_source, KeySource, Module};
use crate::time;
use crate::world::books::CardFile;
use crate::world::World;

/// The card that something happens to.
#[derive(clap::Args)]
pub(crate) struct OneCard {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The card, by its name in the region.
    #[arg(long, value_name = "NAME")]
    card: String,
    /// The issuer's key for lists, a PEM file or a PKCS#11 URI; that of the region without this.
    #[arg(long, value_name = "KEY", value_parser = key_source())]
    status_key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

/// The card that gets a new credential.
#[derive(clap::Args)]
pub(crate) struct Replaced {
    #[command(flatten)]
    card: OneCard,
    /// The issuer's key for cards, a PEM file or a PKCS#11 URI; that of the region without this.
    #[arg(long, value_name = "KEY", value_parser = key_source())]
    issuer_key: Option<KeySource>,
}

impl OneCard {
    fn now(&self) -> i64 {
        self.at.unwrap_or_else(time::now)
    }

    fn status_key(&self, world: &World, issuer: &str) -> Result<Box<dyn SigningKey>, Failure> {
        world.issuer_key_or(self.status_key.as_ref(), &self.module, issuer, "status")
    }
}

/// A change to a card's status.
#[derive(Clone, Copy)]
pub(super) enum Event {
    Suspend,
    Restore,
    Revoke,
}

pub(super) fn change(card: &OneCard, to: Event) -> Result<(), Failure> {
    let (name, now) = (&card.card, card.now());
    let world = World::open(&card.world)?;
    let _held = world.hold()?;
    let found = world.card(name)?;
    let mut books = world.issuer(&found.issuer)?;
    let index = found.status_index;
    let revoked = books.revoked.contains(&index);
    // Once more is no mistake: perhaps the lists could not be written the first time.
    if revoked && !matches!(to, Event::Revoke) {
        return Err(Failure(said!(
            "{name} 已注销，不能恢复；`onecode card replace` 可为它补换新的卡凭证",
            "{name} has been revoked, for good; `onecode card replace` gives it a new credential"
        )));
    }
    let status_key = card.status_key(&world, &books.id)?;
    books.suspended.retain(|suspended| *suspended != index);
    let word = match to {
        Event::Suspend => {
            books.suspended.push(index);
            said!("已挂失", "suspended")
        }
        Event::Restore => said!("正常", "valid"),
        Event::Revoke => {
            if !revoked {
                books.revoked.push(index);
            }
            said!("已注销", "revoked")
        }
    };
    world.change_books(&books, &*status_key, now)?;
    answer!(
        "{name}：从现在起在 {issuer} 的名单中为{word}",
        "{name}: {word} in the lists of {issuer} from now on",
        issuer = books.id
    );
    Ok(())
}

/// 补换: a new card in the same phone; the old one is revoked.
pub(super) fn replace(replaced: &Replaced) -> Result<(), Failure> {
    let Replaced { card, issuer_key } = replaced;
    let (name, now) = (&card.card, card.now());
    let world = World::open(&card.world)?;
    let _held = world.hold()?;
    let old = world.card(name)?;
    let mut books = world.issuer(&old.issuer)?;
    let issuer_key = world.issuer_key_or(issuer_key.as_ref(), &card.module, &books.id, "cards")?;
    let status_key = card.status_key(&world, &books.id)?;
    let mut claims = old.credential()?.claims().clone();
    claims.expires_unix_s = now.saturating_add(CREDENTIAL_S);
    claims.confirmed_unix_s = claims.confirmed_unix_s.map(|_| now);
    claims.status_index = books.take_position()?;
    let credential =
        CardCredential::issue(claims, &*issuer_key).map_err(|error| Failure(error.said()))?;
    books.suspended.retain(|index| *index != old.status_index);
    if !books.revoked.contains(&old.status_index) {
        books.revoked.push(old.status_index);
    }
    let CardFile { name, who, phone, .. } = old;
    let card = CardFile::new(&name, who, &phone, &books.id, &world.catalogue()?, &credential);
    world.change_books(&books, &*status_key, now)?;
    let file = world.card_file(&name)?;
    files::replace_json(&file, &card, Readers::Owner)?;
    answer!(
        "{name}：位置 {old} 已注销，新发位置 {new}",
        "{name}: position {old} revoked, {new} issued",
        old = old.status_index,
        new = card.status_index
    );
    Ok(())
}
