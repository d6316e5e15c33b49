//! `onecode card issue`: a new card in a phone.
//!
//! Uses `world`, `keys`, `signing` and `files`.

use std::fs;
use std::path::{Path, PathBuf};

use onecode::catalogue::Catalogue;
use onecode::jose::Name;
use onecode::{Algorithm, CardClaims, CardCredential, Entitlements, PublicKey, Region, SigningKey};
use serde::{Deserialize, Serialize};

use crate::arguments::region;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::source::{key_source, KeySource, Module};
use crate::keys::{self, openssl};
use crate::signing::{Elsewhere, Signer};
use crate::time;
use crate::world::books::{CardFile, IssuerFile};
use crate::world::World;

const DAY: i64 = 86_400;

/// Issue a card to a phone of the region.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode card issue --world w --issuer cn-31 \
    --name qian-wei --entitlements transit,library,medical_insurance\n\n\
    With --signer and --prepare a credential waits for a signature that is made elsewhere; \
    --attach takes it.")]
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
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(..=36_500))]
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
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// What a credential will say, written down while its signature is made elsewhere.
#[derive(Serialize, Deserialize)]
struct Pending {
    phone: String,
    region: u32,
    status_index: u32,
    entitlements: Vec<u8>,
    window_s: u16,
    expires_unix_s: i64,
    confirmed_unix_s: Option<i64>,
    specimen: bool,
    delegate: bool,
}

impl Pending {
    fn claims(&self, holder_key: PublicKey) -> Result<CardClaims, Failure> {
        Ok(CardClaims {
            region: Region::new(self.region).map_err(|error| Failure(error.said()))?,
            status_index: self.status_index,
            entitlements: Entitlements::of(self.entitlements.iter().copied()),
            max_window_s: self.window_s,
            expires_unix_s: self.expires_unix_s,
            confirmed_unix_s: self.confirmed_unix_s,
            specimen: self.specimen,
            delegate: self.delegate,
            holder_key,
        })
    }
}

impl Issue {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let world = World::open(&self.world)?;
        let _held = world.hold()?;
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
        let mut books = world.issuer(&self.issuer)?;
        let catalogue = world.catalogue()?;
        let waiting = world.pending_file(&books.id, &self.name)?;
        let usual = KeySource::File(world.issuer_key_file(&books.id, "cards")?);
        let key = self.issuer_key.as_ref().unwrap_or(&usual);
        let signer = self.elsewhere.signer(Some(key), &self.module)?;
        if let Signer::Answered(..) = signer {
            if !waiting.is_file() {
                return Err(files::failed(
                    &waiting,
                    said!("没有等待签名的卡凭证", "no credential waits for a signature"),
                ));
            }
            let pending: Pending = files::read_json(&waiting)?;
            let phone = openssl::private_key(&world.phone_file(&pending.phone)?)?.public_key();
            let prepared = CardCredential::prepare(pending.claims(phone)?, &signer.public_key())
                .map_err(|error| Failure(error.said()))?;
            let Some(credential) = signer.complete(&prepared)? else { return Ok(()) };
            self.write(&file, &pending.phone, &catalogue, &credential)?;
            return fs::remove_file(&waiting).map_err(|error| files::failed(&waiting, error));
        }
        if waiting.exists() {
            return Err(files::failed(
                &waiting,
                said!(
                    "这张卡的卡凭证在等待签名；请用 --attach，或移走这个文件",
                    "a credential for this card waits for its signature; --attach it, or move \
                     this file away"
                ),
            ));
        }
        let pending = self.pending(&mut books, &catalogue)?;
        let phone_file = world.phone_file(&pending.phone)?;
        let (holder_key, new_key) = if phone_file.exists() {
            (openssl::private_key(&phone_file)?.public_key(), None)
        } else {
            let (public_key, pem) = keys::new_key(Algorithm::Esp256)?;
            (public_key, Some(pem))
        };
        let prepared = CardCredential::prepare(pending.claims(holder_key)?, &signer.public_key())
            .map_err(|error| Failure(error.said()))?;
        let credential = signer.complete(&prepared)?;
        // The books first: a position is given away once, whatever happens after.
        files::replace_json(&world.issuer_file(&books.id)?, &books, Readers::Owner)?;
        if let Some(pem) = new_key {
            files::write_new(&phone_file, pem.as_bytes(), Readers::Owner)?;
        }
        match credential {
            Some(credential) => self.write(&file, &pending.phone, &catalogue, &credential),
            None => files::replace_json(&waiting, &pending, Readers::Owner),
        }
    }

    /// What the credential will say, at a position that is taken for it.
    fn pending(&self, books: &mut IssuerFile, catalogue: &Catalogue) -> Result<Pending, Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let entitlements = entitlements(&self.entitlements, catalogue)?;
        Ok(Pending {
            phone: self.phone.as_deref().unwrap_or(&self.name).to_owned(),
            region: self.region.map_or(books.region, Region::code),
            status_index: books.take_position()?,
            entitlements: entitlements.iter().collect(),
            window_s: self.window,
            expires_unix_s: now.saturating_add(i64::from(self.days) * DAY),
            confirmed_unix_s: self.confirm.then_some(now),
            specimen: self.specimen,
            delegate: self.delegate,
        })
    }

    fn write(
        &self,
        file: &Path,
        phone: &str,
        catalogue: &Catalogue,
        credential: &CardCredential,
    ) -> Result<(), Failure> {
        let who = Name { zh: self.name.clone(), en: self.name.clone() };
        let card = CardFile::new(&self.name, who, phone, &self.issuer, catalogue, credential);
        files::replace_json(file, &card, Readers::Owner)?;
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
