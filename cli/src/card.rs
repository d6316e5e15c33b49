//! `onecode card`: what a card-issuing agency does in a day.

use std::path::{Path, PathBuf};

use onecode::{
    Algorithm, CardClaims, CardCredential, Catalogue, Entitlements, Name, Region, SigningKey,
};

use super::files::{self, Readers};
use super::world::{self, CardFile, IssuerFile, World};
use super::{encode, keys, Failure};

const DAY: i64 = 86_400;

/// A card to be issued.
#[derive(clap::Args)]
pub(crate) struct Issue {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) world: PathBuf,
    /// The issuer, such as cn-31.
    #[arg(long, value_name = "ID")]
    issuer: String,
    /// A new name for the card: small letters, digits, `-`.
    #[arg(long)]
    name: String,
    /// The phone that holds it; a new one of the card's name without this.
    #[arg(long)]
    phone: Option<String>,
    /// The card's home (GB/T 2260); the issuer's region without this.
    #[arg(long, value_parser = super::region)]
    region: Option<Region>,
    /// Functions by their ids in the catalogue, with commas between them.
    #[arg(long, value_delimiter = ',', default_value = "transit,library")]
    entitlements: Vec<String>,
    /// How long a code may be shown, in seconds (1 to 300).
    #[arg(long, default_value_t = 60)]
    window: u16,
    /// Days until the credential expires, at most 36500.
    #[arg(long, default_value_t = 1095, value_parser = clap::value_parser!(u32).range(..=36_500))]
    days: u32,
    /// State that the card is valid now: it carries its own proof of status.
    #[arg(long)]
    confirm: bool,
    /// Another person's card, shown by a relative.
    #[arg(long)]
    delegate: bool,
    /// A practice card.
    #[arg(long)]
    specimen: bool,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = super::time::parse)]
    pub(crate) at: Option<i64>,
}

/// A change to a card's status.
#[derive(Clone, Copy)]
pub(crate) enum Event {
    Suspend,
    Restore,
    Revoke,
}

pub(crate) fn issue(wanted: &Issue, now: i64) -> Result<(), Failure> {
    let world = World::open(&wanted.world)?;
    let _held = world.hold()?;
    let mut books = world.issuer(&wanted.issuer)?;
    let file = world.card_file(&wanted.name)?;
    if file.exists() {
        return Err(files::failed(&file, "there is such a card; give the new one another name"));
    }
    let catalogue = world.catalogue()?;
    let region = match wanted.region {
        Some(region) => region,
        None => Region::new(books.region).map_err(|error| Failure(error.to_string()))?,
    };
    let entitlements = entitlements(&wanted.entitlements, &catalogue)?;
    let status_index = next_index(&mut books)?;
    let issuer_key = world.issuer_key(&books.id, "cards")?;
    let phone = wanted.phone.as_deref().unwrap_or(&wanted.name);
    let claims = |holder_key| CardClaims {
        region,
        status_index,
        entitlements,
        max_window_s: wanted.window,
        expires_unix_s: now.saturating_add(i64::from(wanted.days) * DAY),
        confirmed_unix_s: wanted.confirm.then_some(now),
        specimen: wanted.specimen,
        delegate: wanted.delegate,
        holder_key,
    };
    let phone_file = world.phone_file(phone)?;
    let (holder_key, new_key) = if phone_file.exists() {
        (encode::private_key(&phone_file)?.public_key(), None)
    } else {
        let (public_key, pem) = keys::new_key(Algorithm::Esp256)?;
        (public_key, Some(pem))
    };
    let credential = CardCredential::issue(claims(holder_key), &issuer_key)
        .map_err(|error| Failure(error.to_string()))?;
    let who = Name { zh: wanted.name.clone(), en: wanted.name.clone() };
    let card = world::card_file(&wanted.name, who, phone, &books.id, &catalogue, &credential);
    // The books first: a position is given away once, whatever happens after.
    files::replace_json(&world.issuer_file(&books.id)?, &books)?;
    if let Some(pem) = new_key {
        files::write_new(&phone_file, pem.as_bytes(), Readers::Owner)?;
    }
    files::replace_json(&file, &card)?;
    outln!("{}", file.display());
    Ok(())
}

/// 补换: a new card in the same phone; the old one is revoked.
pub(crate) fn replace(folder: &Path, name: &str, now: i64) -> Result<(), Failure> {
    let world = World::open(folder)?;
    let _held = world.hold()?;
    let old = world.card(name)?;
    let mut books = world.issuer(&old.issuer)?;
    let issuer_key = world.issuer_key(&books.id, "cards")?;
    let mut claims = old.credential()?.claims().clone();
    let left_s = 1095 * DAY;
    claims.expires_unix_s = now.saturating_add(left_s);
    claims.confirmed_unix_s = claims.confirmed_unix_s.map(|_| now);
    claims.status_index = next_index(&mut books)?;
    let credential =
        CardCredential::issue(claims, &issuer_key).map_err(|error| Failure(error.to_string()))?;
    books.suspended.retain(|index| *index != old.status_index);
    if !books.revoked.contains(&old.status_index) {
        books.revoked.push(old.status_index);
    }
    let CardFile { name, who, phone, .. } = old;
    let card = world::card_file(&name, who, &phone, &books.id, &world.catalogue()?, &credential);
    publish(&world, &books, now)?;
    let file = world.card_file(&name)?;
    files::replace_json(&file, &card)?;
    outln!("{name}: position {} revoked, {} issued", old.status_index, card.status_index);
    Ok(())
}

pub(crate) fn change(folder: &Path, name: &str, to: Event, now: i64) -> Result<(), Failure> {
    let world = World::open(folder)?;
    let _held = world.hold()?;
    let card = world.card(name)?;
    let mut books = world.issuer(&card.issuer)?;
    let index = card.status_index;
    let revoked = books.revoked.contains(&index);
    // Once more is no mistake: perhaps the lists could not be written the first time.
    if revoked && !matches!(to, Event::Revoke) {
        return Err(Failure(format!(
            "{name} has been revoked, for good; `onecode card replace` gives it a new credential"
        )));
    }
    books.suspended.retain(|suspended| *suspended != index);
    let word = match to {
        Event::Suspend => {
            books.suspended.push(index);
            "suspended"
        }
        Event::Restore => "valid",
        Event::Revoke => {
            if !revoked {
                books.revoked.push(index);
            }
            "revoked"
        }
    };
    publish(&world, &books, now)?;
    outln!("{name}: {word} in the lists of {} from now on", books.id);
    Ok(())
}

fn publish(world: &World, books: &IssuerFile, now: i64) -> Result<(), Failure> {
    let key = world.issuer_key(&books.id, "status")?;
    files::replace_json(&world.issuer_file(&books.id)?, books)?;
    world.publish_status(books, &key, now)
}

fn next_index(books: &mut IssuerFile) -> Result<u32, Failure> {
    let index = books.next_index;
    if index >= books.positions {
        return Err(Failure(format!(
            "{}: all {} positions of the status lists have a card",
            books.id, books.positions
        )));
    }
    books.next_index += 1;
    Ok(index)
}

fn entitlements(ids: &[String], catalogue: &Catalogue) -> Result<Entitlements, Failure> {
    let bits = ids.iter().filter(|id| !id.is_empty()).map(|id| {
        let found = catalogue.entitlements.iter().find(|entry| entry.id == *id);
        found.map(|entry| entry.bit).ok_or_else(|| {
            let known: Vec<&str> =
                catalogue.entitlements.iter().map(|entry| entry.id.as_str()).collect();
            Failure(format!("no entitlement {id}; there are {}", known.join(", ")))
        })
    });
    Ok(Entitlements::of(bits.collect::<Result<Vec<u8>, _>>()?))
}
