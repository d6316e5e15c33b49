//! A folder with everything that the roles of a region hold: what `onecode sandbox` makes.
//!
//! ```text
//! roots.json                           what scanners are set up with: the first roots document
//! published/roots/1.json, trust-list/1.json, catalogue/1.json, withdrawal/HASH.json, index.json
//! published/status/cn-31/index.json     what there is of the issuer's status lists (docs/SPEC.md section 23)
//! published/status/cn-31/IAT/0.cwt      whole lists of a time
//! published/status/cn-31/IAT.from-ANCHOR.cwt    what has changed since
//! holders/sh/signing.pem, index.pem    a holder's key, and where there is one its index key
//! operator/trust-list.json, catalogue.json     the content of the next editions
//! signing/catalogue.json               a document that too few holders have signed yet
//! issuers/cn-31/issuer.json, cards.pem, status.pem     the agency's books and keys
//! issuers/cn-31/service.toml, books.db     its service: how it is configured, the books once it ran
//! cards/lin-yue.json                   a card, with its credential
//! phones/lin-yue.pem, lin-yue.wallet   the phone's key, and which seconds it has used
//! scanners/cn-31.gate-1.pem            the key that signs receipts
//! ```
//!
//! A scanner needs `roots.json` and `published/` alone. Uses `files`, `keys` and `roots`.

pub(crate) mod books;
pub(crate) mod editions;
mod making;
pub(crate) mod published;
pub(crate) mod publishing;

use std::fs;
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::Catalogue;
use onecode::governance::{DocumentKind, Roots};
use onecode::status::StatusPublication;
use onecode::wallet::WalletCard;
use onecode::{ApplicationNumber, Offers, SigningKey, SoftwareKey, Wallet};

use self::books::{CardFile, IssuerFile};
use self::editions::Editions;
use self::published::Published;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Held, Readers};
use crate::keys::openssl;
use crate::keys::source::{KeySource, Module};
use crate::lang::Said;
use crate::roots;

/// For how long the status lists of a practice region count, in seconds.
const STATUS_LASTS_S: i64 = 30 * 86_400;

/// The books of an issuer's service, beside `issuer.json`.
pub(crate) const SERVICE_BOOKS: &str = "books.db";

pub(crate) struct World {
    folder: PathBuf,
    published: PathBuf,
}

impl World {
    /// A folder that is there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let world = World::at(folder);
        if !world.path("published").is_dir() {
            return Err(failed(
                folder,
                said!(
                    "这里不是演练地区（没有 published/）；可用 `onecode sandbox DIR` 生成",
                    "no region is here (there is no published/); `onecode sandbox DIR` makes one"
                ),
            ));
        }
        Ok(world)
    }

    /// A folder that is to be filled.
    pub(crate) fn at(folder: &Path) -> Self {
        World { folder: folder.to_owned(), published: folder.join("published") }
    }

    /// A region whose lists lie elsewhere, or a gate that has nothing but lists.
    pub(crate) fn with_lists(folder: Option<&Path>, published: PathBuf) -> Self {
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        World { folder, published }
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.folder.join(path)
    }

    /// What scanners are set up with: what is named here, or else `roots.json`.
    pub(crate) fn roots(&self, named: Option<&str>) -> Result<Roots, Failure> {
        match named {
            Some(named) => roots::configured(named),
            None => {
                let file = self.path("roots.json");
                let bytes = editions::read(&file)?;
                Roots::edition(&bytes).map_err(|error| failed(&file, error))
            }
        }
    }

    /// The same, and each published edition since. The last one is in force.
    pub(crate) fn walked(&self, named: Option<&str>) -> Result<Vec<Roots>, Failure> {
        Ok(roots::walk(self.roots(named)?, &self.editions()))
    }

    pub(crate) fn editions(&self) -> Editions {
        Editions::of(self.published.clone())
    }

    /// The lists that a scanner takes.
    pub(crate) fn lists(&self) -> Published {
        Published::of(self.published.clone())
    }

    /// What is offered, by the roots that are named here or else in `roots.json`.
    pub(crate) fn offers(&self, roots: Option<&str>) -> Result<Offers, Failure> {
        let steps = self.walked(roots)?;
        let in_force = steps.last().map(std::slice::from_ref).unwrap_or_default();
        let (_, trust_list) = self.editions().newest(DocumentKind::TrustList, in_force)?;
        let (file, catalogue) = self.editions().newest(DocumentKind::Catalogue, in_force)?;
        let [roots] = in_force else { return Err(failed(&file, said!("没有根", "no roots"))) };
        Offers::verify(&trust_list, &catalogue, roots)
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
            return Err(self.no_such(&said!("卡", "card"), name, "cards"));
        }
        files::read_json(&file)
    }

    /// What is not there, and what there is in its place.
    fn no_such(&self, what: &Said, name: &str, folder: &str) -> Failure {
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
        let there = if names.is_empty() {
            said!("无", "none")
        } else {
            Said::in_language(names.join(", "))
        };
        Failure(said!(
            "{folder}/ 里没有{what} {name}；现有：{there}",
            "no {what} {name} in {folder}/; there are {there}"
        ))
    }

    pub(crate) fn cards(&self) -> Result<Vec<CardFile>, Failure> {
        let files = files::files_in(&self.path("cards"), "json");
        files.iter().map(|file| files::read_json(file)).collect()
    }

    pub(crate) fn card_file(&self, name: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("cards").join(format!("{}.json", checked(name)?)))
    }

    /// The configuration of an issuer's service.
    pub(crate) fn service_file(&self, id: &str) -> Result<PathBuf, Failure> {
        Ok(self.issuer_file(id)?.with_file_name("service.toml"))
    }

    /// An issuer's books, to be changed or published: not when its service keeps them.
    pub(crate) fn issuer(&self, id: &str) -> Result<IssuerFile, Failure> {
        let file = self.issuer_file(id)?;
        if !file.is_file() {
            return Err(self.no_such(&said!("发卡机构", "issuer"), id, "issuers"));
        }
        let of_service = file.with_file_name(SERVICE_BOOKS);
        if of_service.exists() {
            return Err(failed(
                &of_service,
                said!(
                    "{id} 的账册由其服务保管；请通过服务的接口办理",
                    "the service of {id} keeps its books; ask the service"
                ),
            ));
        }
        files::read_json(&file)
    }

    pub(crate) fn issuer_file(&self, id: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("issuers").join(checked(id)?).join("issuer.json"))
    }

    pub(crate) fn issuer_key_file(&self, id: &str, which: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("issuers").join(checked(id)?).join(format!("{which}.pem")))
    }

    pub(crate) fn issuer_key(&self, id: &str, which: &str) -> Result<SoftwareKey, Failure> {
        openssl::private_key(&self.issuer_key_file(id, which)?)
    }

    /// What waits for a signature that is made elsewhere.
    pub(crate) fn pending_file(&self, issuer: &str, card: &str) -> Result<PathBuf, Failure> {
        let name = format!("{}.pending.json", checked(card)?);
        Ok(self.path("issuers").join(checked(issuer)?).join(name))
    }

    /// The key that somebody named, or else that of the region.
    pub(crate) fn issuer_key_or(
        &self,
        named: Option<&KeySource>,
        module: &Module,
        id: &str,
        which: &str,
    ) -> Result<Box<dyn SigningKey>, Failure> {
        match named {
            Some(key) => key.open(module),
            None => Ok(Box::new(self.issuer_key(id, which)?)),
        }
    }

    pub(crate) fn phone_file(&self, phone: &str) -> Result<PathBuf, Failure> {
        Ok(self.path("phones").join(format!("{}.pem", checked(phone)?)))
    }

    pub(crate) fn phone_key(&self, phone: &str) -> Result<SoftwareKey, Failure> {
        let file = self.phone_file(phone)?;
        if !file.is_file() {
            return Err(self.no_such(&said!("手机", "phone"), phone, "phones"));
        }
        openssl::private_key(&file)
    }

    /// The key with which a scanner of the region signs its receipts.
    pub(crate) fn scanner_key(&self, id: &str) -> Result<SoftwareKey, Failure> {
        let file = self.path("scanners").join(format!("{id}.pem"));
        if !file.is_file() {
            let Failure(line) =
                self.no_such(&said!("扫码设备的密钥", "key of the scanner"), id, "scanners");
            return Err(Failure(said!(
                "{line}。可用 --scanner-key 指明别处的文件",
                "{line}. --scanner-key names a file elsewhere"
            )));
        }
        openssl::private_key(&file)
    }

    /// The key of a holder that signs indexes.
    pub(crate) fn any_index_key(&self) -> Result<PathBuf, Failure> {
        let holders = fs::read_dir(self.path("holders")).into_iter().flatten().flatten();
        let mut keys: Vec<PathBuf> = holders
            .map(|holder| holder.path().join("index.pem"))
            .filter(|file| file.is_file())
            .collect();
        keys.sort();
        keys.into_iter().next().ok_or_else(|| {
            failed(
                &self.path("holders"),
                said!("没有签署方有索引密钥 index.pem", "no holder has an index key, index.pem"),
            )
        })
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
            Wallet::from_bytes(&files::read_base64url(&file)?).map_err(|error| {
                failed(
                    &file,
                    said!(
                        "{error}；没有这个文件时手机从头开始",
                        "{error}; without this file the phone starts anew",
                        error = error.said()
                    ),
                )
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
                .map_err(|error| of_phone(phone, &error))?;
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

    /// Writes down what has happened to an issuer's cards, and publishes it.
    pub(crate) fn change_books(
        &self,
        books: &IssuerFile,
        key: &dyn SigningKey,
        now: i64,
    ) -> Result<(), Failure> {
        files::replace_json(&self.issuer_file(&books.id)?, books, Readers::Owner)?;
        self.publish_status(books, key, now).map(|_| ())
    }

    /// The application of a scanner. Its number will do without any list.
    pub(crate) fn known_application(
        &self,
        wanted: &str,
        roots: Option<&str>,
    ) -> Result<ApplicationNumber, Failure> {
        if let Some(number) = number_of_application(wanted) {
            return Ok(number);
        }
        let offers = self.offers(roots).map_err(|Failure(line)| {
            Failure(said!(
                "{line}；没有应用项目清单时，请用编号指明服务项目",
                "{line}; without the catalogue, name the application by its number"
            ))
        })?;
        application(wanted, &offers)
    }
}

/// Status lists of this time, as a practice region publishes them.
pub(crate) fn publication(now: i64) -> StatusPublication {
    StatusPublication {
        issued_at_unix_s: now,
        expires_unix_s: now.saturating_add(STATUS_LASTS_S),
        ttl_s: 3_600,
    }
}

fn of_phone(phone: &str, error: &impl Cause) -> Failure {
    let error = error.said();
    Failure(said!("{phone}：{error}", "{phone}: {error}"))
}

/// An application by its id or number.
pub(crate) fn application(wanted: &str, offers: &Offers) -> Result<ApplicationNumber, Failure> {
    let listed = offers.applications();
    let named = || listed.iter().find(|entry| entry.id == wanted).map(|entry| entry.number);
    number_of_application(wanted).or_else(named).ok_or_else(|| {
        let known: Vec<&str> = listed.iter().map(|entry| entry.id.as_str()).collect();
        Failure(said!(
            "应用项目清单里没有 {wanted}；现有：{known}",
            "the catalogue has no application {wanted}; it has {known}",
            known = known.join(", ")
        ))
    })
}

fn number_of_application(wanted: &str) -> Option<ApplicationNumber> {
    wanted.parse().ok().and_then(ApplicationNumber::new)
}

/// A name that is one part of a path: small letters, digits, `-` and `.`.
fn checked(name: &str) -> Result<&str, Failure> {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.');
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) && !name.starts_with('.') {
        Ok(name)
    } else {
        Err(Failure(said!(
            "{name:?} 不能作名称：只能用小写字母、数字和 `-`",
            "{name:?} is no name: small letters, digits and `-`"
        )))
    }
}
