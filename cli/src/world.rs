//! A folder with everything that the roles of a region hold: what `onecode sandbox` makes.
//!
//! ```text
//! operator/root.pem, root.jwk          the root: its private key, and what scanners pin
//! operator/trust-list.json, catalogue.json     what is signed
//! published/trust-list.jws, catalogue.jws, status/cn-31.0.b64     what scanners and phones get
//! issuers/cn-31/issuer.json, cards.pem, status.pem     the agency's books and keys
//! cards/lin-yue.json                   a card, with its credential
//! phones/lin-yue.pem, lin-yue.wallet   the phone's key, and which seconds it has used
//! scanners/cn-31.gate-1.pem            the key that signs receipts
//! ```
//!
//! A scanner needs `operator/root.jwk` and `published/` alone.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::{
    Application, ApplicationNumber, CardCredential, Catalogue, Name, Offers, PublicKey, Scanner,
    SoftwareKey, StatusIssuer, StatusPublication, Wallet, WalletCard,
};
use serde::{Deserialize, Serialize};

use super::files::{self, failed, Held, Readers};
use super::{encode, time, Failure};

/// Largest published document that is read, in bytes.
const MAX_PUBLISHED: u64 = 64 << 20;

/// For how long the status lists of a practice region count, in seconds.
const STATUS_LASTS_S: i64 = 30 * 86_400;

pub(crate) struct World {
    folder: PathBuf,
}

/// A card as its issuer has it in its books, for people to read. What counts is the credential.
#[derive(Serialize, Deserialize)]
pub(crate) struct CardFile {
    pub(crate) name: String,
    pub(crate) who: Name,
    /// Which phone holds it.
    pub(crate) phone: String,
    pub(crate) issuer: String,
    pub(crate) status_index: u32,
    pub(crate) region: u32,
    pub(crate) entitlements: Vec<String>,
    pub(crate) window_s: u16,
    pub(crate) expires: String,
    pub(crate) specimen: bool,
    pub(crate) delegate: bool,
    /// The signed credential, base64url.
    pub(crate) credential: String,
}

impl CardFile {
    pub(crate) fn credential(&self) -> Result<CardCredential, Failure> {
        let wrong = |error: String| Failure(format!("the card {}: {error}", self.name));
        let bytes = URL_SAFE_NO_PAD
            .decode(&self.credential)
            .map_err(|_| wrong("the credential is not base64url".into()))?;
        CardCredential::from_bytes(&bytes).map_err(|error| wrong(error.to_string()))
    }
}

/// An issuer's books.
#[derive(Serialize, Deserialize)]
pub(crate) struct IssuerFile {
    pub(crate) id: String,
    pub(crate) name: Name,
    pub(crate) region: u32,
    /// Positions in its status lists.
    pub(crate) positions: u32,
    /// The next position that has no card.
    pub(crate) next_index: u32,
    pub(crate) suspended: Vec<u32>,
    pub(crate) revoked: Vec<u32>,
}

impl IssuerFile {
    pub(crate) fn statuses(&self) -> Result<StatusIssuer, Failure> {
        let mut issuer = StatusIssuer::new(&self.id, self.positions);
        let suspended = self.suspended.iter().try_for_each(|index| issuer.suspend(*index));
        let revoked = self.revoked.iter().try_for_each(|index| issuer.revoke(*index));
        suspended.and(revoked).map_err(|error| Failure(format!("{}: {error}", self.id)))?;
        Ok(issuer)
    }
}

impl World {
    /// A folder that is there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let world = World { folder: folder.to_owned() };
        if !world.root_file().is_file() {
            return Err(failed(
                folder,
                "no region is here (there is no operator/root.jwk); `onecode sandbox DIR` makes one",
            ));
        }
        Ok(world)
    }

    /// A folder that is to be filled.
    pub(crate) fn at(folder: &Path) -> Self {
        World { folder: folder.to_owned() }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    fn root_file(&self) -> PathBuf {
        self.path("operator/root.jwk")
    }

    pub(crate) fn root(&self) -> Result<PublicKey, Failure> {
        encode::public_key(&self.root_file())
    }

    pub(crate) fn published(&self, name: &str) -> Result<Vec<u8>, Failure> {
        read_published(&self.path("published").join(name))
    }

    pub(crate) fn offers(&self) -> Result<Offers, Failure> {
        let trust_list = self.published("trust-list.jws")?;
        let catalogue = self.published("catalogue.jws")?;
        Offers::verify(&trust_list, &catalogue, &[self.root()?])
            .map_err(|error| failed(&self.path("published"), error))
    }

    pub(crate) fn catalogue(&self) -> Result<Catalogue, Failure> {
        let file = self.path("operator/catalogue.json");
        Catalogue::from_json(&files::read_text(&file)?).map_err(|error| failed(&file, error))
    }

    /// A card by its name.
    pub(crate) fn card(&self, name: &str) -> Result<CardFile, Failure> {
        let file = self.card_file(name)?;
        if !file.is_file() {
            return Err(self.no_such("card", name, "cards"));
        }
        files::read_json(&file)
    }

    /// What is not there, and what there is in its place.
    fn no_such(&self, what: &str, name: &str, folder: &str) -> Failure {
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let stem = name.strip_suffix(".json").or_else(|| name.strip_suffix(".pem"));
                let is_folder = entry.path().is_dir();
                stem.or_else(|| is_folder.then_some(&*name)).map(str::to_owned)
            })
            .collect();
        names.sort();
        let there = if names.is_empty() { "none".into() } else { names.join(", ") };
        Failure(format!("no {what} {name} in {folder}/; there are {there}"))
    }

    pub(crate) fn cards(&self) -> Result<Vec<CardFile>, Failure> {
        let files = files::files_in(&self.path("cards"), "json");
        files.iter().map(|file| files::read_json(file)).collect()
    }

    pub(crate) fn card_file(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("cards").join(format!("{}.json", checked(name)?)))
    }

    pub(crate) fn issuer(&self, id: &str) -> Result<IssuerFile, Failure> {
        let file = self.issuer_file(id)?;
        if !file.is_file() {
            return Err(self.no_such("issuer", id, "issuers"));
        }
        files::read_json(&file)
    }

    pub(crate) fn issuer_file(&self, id: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("issuers").join(checked(id)?).join("issuer.json"))
    }

    pub(crate) fn issuer_key(&self, id: &str, which: &str) -> Result<SoftwareKey, Failure> {
        encode::private_key(&self.path("issuers").join(checked(id)?).join(format!("{which}.pem")))
    }

    pub(crate) fn phone_file(&self, phone: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("phones").join(format!("{}.pem", checked(phone)?)))
    }

    pub(crate) fn phone_key(&self, phone: &str) -> Result<SoftwareKey, Failure> {
        let file = self.phone_file(phone)?;
        if !file.is_file() {
            return Err(self.no_such("phone", phone, "phones"));
        }
        encode::private_key(&file)
    }

    /// The key with which a scanner of the region signs its receipts.
    pub(crate) fn scanner_key(&self, id: &str) -> Result<SoftwareKey, Failure> {
        let file = self.path("scanners").join(format!("{id}.pem"));
        if !file.is_file() {
            let Failure(line) = self.no_such("key of the scanner", id, "scanners");
            return Err(Failure(format!("{line}. --scanner-key names a file elsewhere")));
        }
        encode::private_key(&file)
    }

    fn wallet_file(&self, phone: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("phones").join(format!("{}.wallet", checked(phone)?)))
    }

    /// Until this is dropped nobody else changes the books and cards of the region.
    pub(crate) fn hold(&self) -> Result<Held, Failure> {
        files::hold(&self.path("issuers"))
    }

    /// Until this is dropped nobody else makes codes with the phone.
    pub(crate) fn hold_phone(&self, phone: &str) -> Result<Held, Failure> {
        files::hold(&self.wallet_file(phone)?)
    }

    /// The cards of a phone, with the seconds that it has used.
    pub(crate) fn wallet(&self, phone: &str) -> Result<Wallet, Failure> {
        let file = self.wallet_file(phone)?;
        let mut wallet = if file.is_file() {
            Wallet::from_bytes(&read_published(&file)?).map_err(|error| {
                failed(&file, format!("{error}; without this file the phone starts anew"))
            })?
        } else {
            Wallet::new()
        };
        let cards = self.cards()?;
        let held: Vec<&CardFile> = cards.iter().filter(|card| card.phone == phone).collect();
        let mut ids = Vec::new();
        for card in &held {
            let added = wallet
                .add(card.credential()?, phone, &card.who.zh)
                .map_err(|error| Failure(format!("{phone}: {error}")))?;
            ids.push(added.card());
        }
        let gone = wallet.cards().iter().map(WalletCard::id).filter(|id| !ids.contains(id));
        for id in gone.collect::<Vec<_>>() {
            wallet.remove(id);
        }
        Ok(wallet)
    }

    pub(crate) fn store_wallet(&self, phone: &str, wallet: &Wallet) -> Result<(), Failure> {
        let file = self.wallet_file(phone)?;
        let text = format!("{}\n", URL_SAFE_NO_PAD.encode(wallet.to_bytes()));
        files::replace(&file, text.as_bytes(), Readers::Owner).map_err(|error| failed(&file, error))
    }

    /// Signs and writes the status lists of an issuer.
    pub(crate) fn publish_status(
        &self,
        issuer: &IssuerFile,
        key: &dyn onecode::SigningKey,
        now: i64,
    ) -> Result<(), Failure> {
        let publication = StatusPublication {
            issued_at_unix_s: now,
            expires_unix_s: now.saturating_add(STATUS_LASTS_S),
            ttl_s: 3_600,
        };
        let lists = issuer
            .statuses()?
            .publish(publication, key)
            .map_err(|error| Failure(format!("{}: {error}", issuer.id)))?;
        let folder = self.path("published/status");
        files::create_folder(&folder)?;
        for (number, list) in lists.iter().enumerate() {
            let file = folder.join(format!("{}.{number}.b64", issuer.id));
            let text = format!("{}\n", URL_SAFE_NO_PAD.encode(list));
            files::replace(&file, text.as_bytes(), Readers::Everybody)
                .map_err(|error| failed(&file, error))?;
        }
        Ok(())
    }
}

/// An application by its id or number.
pub(crate) fn application<'a>(
    wanted: &str,
    mut listed: impl Iterator<Item = &'a Application>,
) -> Option<ApplicationNumber> {
    let number = wanted.parse().ok().and_then(ApplicationNumber::new);
    number.or_else(|| listed.find(|entry| entry.id == wanted).map(|entry| entry.number))
}

/// The application of a scanner. Its number will do without any list.
pub(crate) fn known_application(world: &World, wanted: &str) -> Result<ApplicationNumber, Failure> {
    if let Some(number) = wanted.parse().ok().and_then(ApplicationNumber::new) {
        return Ok(number);
    }
    let offers = world.offers().map_err(|Failure(line)| {
        Failure(format!("{line}; without the catalogue, name the application by its number"))
    })?;
    let listed = offers.applications();
    application(wanted, listed.iter().copied()).ok_or_else(|| no_application(wanted, &offers))
}

pub(crate) fn no_application(wanted: &str, offers: &Offers) -> Failure {
    let known: Vec<&str> = offers.applications().iter().map(|entry| entry.id.as_str()).collect();
    Failure(format!("the catalogue has no application {wanted}; it has {}", known.join(", ")))
}

/// The lists that scanners get, taken again when their files change.
pub(crate) struct Published {
    folder: PathBuf,
    seen: HashMap<PathBuf, Seen>,
}

/// A file as it was when it was last looked at.
struct Seen {
    stamp: Option<(SystemTime, u64)>,
    /// Why it was not taken, if so.
    problem: Option<String>,
}

impl Published {
    pub(crate) fn of(world: &World) -> Self {
        Published { folder: world.path("published"), seen: HashMap::new() }
    }

    /// Hands every list to the scanner that is new since the last time, or was not taken then: how
    /// many it took, and what is newly wrong with the others.
    ///
    /// What could not be taken may be taken later as it is: when the list comes that names its key,
    /// or the clock has been set.
    pub(crate) fn install(&mut self, scanner: &mut Scanner, now: i64) -> (usize, Vec<String>) {
        let (mut taken, mut problems) = (0, Vec::new());
        let trust_list = self.folder.join("trust-list.jws");
        let catalogue = self.folder.join("catalogue.jws");
        let status = files::files_in(&self.folder.join("status"), "b64");
        for file in [&trust_list, &catalogue].into_iter().chain(&status) {
            let stamp = fs::metadata(file)
                .ok()
                .and_then(|found| Some((found.modified().ok()?, found.len())));
            let before = self.seen.get(file).filter(|seen| seen.stamp == stamp);
            if before.is_some_and(|seen| seen.problem.is_none()) {
                continue;
            }
            let installed = read_published(file).and_then(|bytes| {
                let installed = if *file == trust_list {
                    scanner.install_trust_list(&bytes, now)
                } else if *file == catalogue {
                    scanner.install_catalogue(&bytes, now)
                } else {
                    scanner.install_status(&bytes, now)
                };
                installed.map_err(|error| failed(file, format!("not taken: {error}")))
            });
            let problem = installed.err().map(|Failure(line)| line);
            match &problem {
                None => taken += 1,
                Some(line) if before.is_some_and(|seen| seen.problem.as_ref() == Some(line)) => {}
                Some(line) => problems.push(line.clone()),
            }
            self.seen.insert(file.clone(), Seen { stamp, problem });
        }
        (taken, problems)
    }
}

/// A published document: binary as text in base64url, the others as they are.
pub(crate) fn read_published(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = files::read_up_to(file, MAX_PUBLISHED)?;
    let text = bytes.trim_ascii();
    if file.extension().is_some_and(|extension| extension == "jws") {
        return Ok(text.to_vec());
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| failed(file, "this is not base64url"))
}

/// A name that is one part of a path: small letters, digits, `-` and `.`.
pub(crate) fn checked(name: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.') {
        Ok(name)
    } else {
        Err(Failure(format!("{name:?} is no name: small letters, digits and `-`")))
    }
}

/// What a card file says of a credential.
pub(crate) fn card_file(
    name: &str,
    who: Name,
    phone: &str,
    issuer: &str,
    catalogue: &Catalogue,
    credential: &CardCredential,
) -> CardFile {
    let claims = credential.claims();
    let named = catalogue.entitlements.iter();
    let entitlements = named
        .filter(|entry| claims.entitlements.iter().any(|bit| bit == entry.bit))
        .map(|entry| entry.id.clone());
    CardFile {
        name: name.to_owned(),
        who,
        phone: phone.to_owned(),
        issuer: issuer.to_owned(),
        status_index: claims.status_index,
        region: claims.region.code(),
        entitlements: entitlements.collect(),
        window_s: claims.max_window_s,
        expires: time::rfc3339(claims.expires_unix_s),
        specimen: claims.specimen,
        delegate: claims.delegate,
        credential: URL_SAFE_NO_PAD.encode(credential.as_bytes()),
    }
}
