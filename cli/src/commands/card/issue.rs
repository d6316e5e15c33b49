//! `onecode card issue`: a new card in a phone.
//!
//! Uses `world`, `keys` and `files`.

use std::path::PathBuf;

use onecode::catalogue::Catalogue;
use onecode::jose::Name;
use onecode::{Algorithm, CardClaims, CardCredential, Entitlements, Region, SigningKey};

use crate::arguments::region;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::source::{key_source, KeySource, Module};
use crate::keys::{self, openssl};
use crate::time;
use crate::world::books::CardFile;
use crate::world::World;

const DAY: i64 = 86_400;

/// Issue a card to a phone of the region.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode card issue --world w --issuer cn-31 \
    --name qian-wei --entitlements transit,library,medical_insurance")]
pub(crate) struct Issue {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
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
    #[arg(long, value_parser = region)]
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
    /// The issuer's key for cards, a PEM file or a PKCS#11 URI; that of the region without this.
    #[arg(long, value_name = "KEY", value_parser = key_source())]
    issuer_key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Issue {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let world = World::open(&self.world)?;
        let _held = world.hold()?;
        let mut books = world.issuer(&self.issuer)?;
        let file = world.card_file(&self.name)?;
        if file.exists() {
            return Err(files::failed(
                &file,
                said!(
                    "已有这张卡；请给新卡另取名称",
                    "there is such a card; give the new one another name"
                ),
            ));
        }
        let catalogue = world.catalogue()?;
        let region = match self.region {
            Some(region) => region,
            None => Region::new(books.region).map_err(|error| Failure(error.said()))?,
        };
        let entitlements = entitlements(&self.entitlements, &catalogue)?;
        let status_index = books.take_position()?;
        let issuer_key =
            world.issuer_key_or(self.issuer_key.as_ref(), &self.module, &books.id, "cards")?;
        let phone = self.phone.as_deref().unwrap_or(&self.name);
        let claims = |holder_key| CardClaims {
            region,
            status_index,
            entitlements,
            max_window_s: self.window,
            expires_unix_s: now.saturating_add(i64::from(self.days) * DAY),
            confirmed_unix_s: self.confirm.then_some(now),
            specimen: self.specimen,
            delegate: self.delegate,
            holder_key,
        };
        let phone_file = world.phone_file(phone)?;
        let (holder_key, new_key) = if phone_file.exists() {
            (openssl::private_key(&phone_file)?.public_key(), None)
        } else {
            let (public_key, pem) = keys::new_key(Algorithm::Esp256)?;
            (public_key, Some(pem))
        };
        let credential = CardCredential::issue(claims(holder_key), &*issuer_key)
            .map_err(|error| Failure(error.said()))?;
        let who = Name { zh: self.name.clone(), en: self.name.clone() };
        let card = CardFile::new(&self.name, who, phone, &books.id, &catalogue, &credential);
        // The books first: a position is given away once, whatever happens after.
        files::replace_json(&world.issuer_file(&books.id)?, &books, Readers::Owner)?;
        if let Some(pem) = new_key {
            files::write_new(&phone_file, pem.as_bytes(), Readers::Owner)?;
        }
        files::replace_json(&file, &card, Readers::Owner)?;
        outln!("{}", file.display());
        Ok(())
    }
}

fn entitlements(ids: &[String], catalogue: &Catalogue) -> Result<Entitlements, Failure> {
    let bits = ids.iter().filter(|id| !id.is_empty()).map(|id| {
        let found = catalogue.entitlements.iter().find(|entry| entry.id == *id);
        found.map(|entry| entry.bit).ok_or_else(|| {
            let known: Vec<&str> =
                catalogue.entitlements.iter().map(|entry| entry.id.as_str()).collect();
            Failure(said!(
                "没有功能 {id}；现有：{known}",
                "no entitlement {id}; there are {known}",
                known = known.join(", ")
            ))
        })
    });
    Ok(Entitlements::of(bits.collect::<Result<Vec<u8>, _>>()?))
}
