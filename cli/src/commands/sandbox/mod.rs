//! `onecode sandbox`: a whole practice region in a folder of readable files.
//!
//! Uses `world`, `keys` and `files`. `holders` says who signs, `people` who lives there, `service`
//! how each issuer's service is configured, `read_me` what to try.

mod holders;
mod people;
mod read_me;
mod service;

use std::path::{Path, PathBuf};

use onecode::catalogue::Catalogue;
use onecode::jose::{Edition, Name};
use onecode::request::CREDENTIAL_S;
use onecode::trust::{Issuer, IssuerKey, MaySign, TrustList, TrustedIssuer};
use onecode::{Algorithm, CardClaims, CardCredential, Entitlements, Region, SigningKey};

use self::holders::Signers;
use self::people::{Person, What, PEOPLE};
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::keys::openssl;
use crate::keys::practice::{PracticeKey, PracticeKeys};
use crate::progress::Progress;
use crate::time;
use crate::world::books::{CardFile, IssuerFile};
use crate::world::World;

const DAY: i64 = 86_400;

/// The services that the regulation names.
const CATALOGUE: &str = include_str!("../../../../examples/data/catalogue.json");

/// SM2 where it is built in: what commercial cryptography is assessed for.
#[cfg(feature = "sm2")]
const COMMERCIAL: Algorithm = Algorithm::Sm2;
#[cfg(not(feature = "sm2"))]
const COMMERCIAL: Algorithm = Algorithm::Esp256;

/// Id, names, region, algorithm.
const ISSUERS: [(&str, &str, &str, Region, Algorithm); 4] = [
    ("cn-31", "上海市社会保障卡管理机构", "Shanghai agency", Region::SHANGHAI, Algorithm::Esp256),
    ("cn-32", "江苏省社会保障卡管理机构", "Jiangsu agency", Region::JIANGSU, COMMERCIAL),
    ("cn-33", "浙江省社会保障卡管理机构", "Zhejiang agency", Region::ZHEJIANG, Algorithm::Esp256),
    ("cn-34", "安徽省社会保障卡管理机构", "Anhui agency", Region::ANHUI, Algorithm::Ed25519),
];

/// The first position that has a card; those before it could be anybody's.
const FIRST_INDEX: u32 = 1_000;

/// Make a practice region in a new folder: holders, issuers, lists, cards, phones, scanners.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode sandbox w\n  \
    onecode sandbox w --seed 7 --at 2026-11-23T00:00:00Z   # the same files each time")]
pub(crate) struct Sandbox {
    /// A new folder.
    folder: PathBuf,
    /// Make all keys from this number: for practice that can be repeated, and for nothing else.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Cards for which each issuer's status lists have room.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2_000..=250_000_000))]
    positions: u32,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Sandbox {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let folder = &self.folder;
        let now = self.at.unwrap_or_else(time::now);
        let walk = read_me::walk(folder);
        let readme = folder.join("README.txt");
        files::fill_new_folder(folder, || {
            make(folder, self.seed, self.positions, now)?;
            let text = read_me::read_me(&walk);
            files::write_new(&readme, text.as_bytes(), Readers::Everybody)
        })?;
        answer!(
            "{folder}: {issuers} 家发卡机构，{cards} 张卡。说明见 {readme}。\n",
            "{folder}: {issuers} issuers, {cards} cards. {readme} says what is what.\n",
            folder = folder.display(),
            issuers = ISSUERS.len(),
            cards = PEOPLE.len(),
            readme = readme.display()
        );
        answer!("请试：\n", "Try this:\n");
        out!("{walk}");
        Ok(())
    }
}

fn make(folder: &Path, seed: Option<u64>, positions: u32, now: i64) -> Result<(), Failure> {
    let keys = PracticeKeys::new(seed)?;
    let world = World::at(folder);
    for part in ["operator", "published/status", "cards", "phones", "scanners"] {
        files::create_folder(&world.path(part))?;
    }
    let signers = Signers::found(&world, &keys, now)?;
    let catalogue = catalogue(&world, now)?;
    let mut progress = Progress::new(said!("卡状态名单", "status lists"), ISSUERS.len());
    let mut issuers = Vec::new();
    for (id, zh, en, region, algorithm) in ISSUERS {
        let name = Name { zh: zh.into(), en: en.into() };
        let people: Vec<&Person> = PEOPLE.iter().filter(|person| person.issuer == id).collect();
        let issuer = Issuer { id: id.into(), name: name.clone(), region };
        issuers.push(found_issuer(&world, &keys, issuer, algorithm, now)?);

        let mut books = IssuerFile {
            id: id.into(),
            name,
            region: region.code(),
            positions,
            next_index: FIRST_INDEX + people.len() as u32,
            suspended: vec![],
            revoked: vec![],
        };
        for (person, index) in people.into_iter().zip(FIRST_INDEX..) {
            match person.what {
                What::Suspended => books.suspended.push(index),
                What::Revoked => books.revoked.push(index),
                _ => {}
            }
            issue(&world, &keys, person, algorithm, index, &catalogue, now)?;
        }
        files::replace_json(&world.issuer_file(id)?, &books, Readers::Owner)?;
        service::configure(&world, &books)?;
        let status_key = keys.key(algorithm, &format!("{id} status"))?;
        world.publish_status(&books, &status_key, now - 3_600)?;
        progress.step();
    }
    drop(progress);
    let list = trust_list(&world, issuers, now)?;
    let catalogue = signers.sign_and_publish(&world, catalogue.draft())?;
    let trust_list = signers.sign_and_publish(&world, list.draft())?;
    signers.index(&world, trust_list, catalogue)
}

/// In force from an hour ago for half a year.
fn edition(now: i64) -> Edition {
    Edition {
        sequence: 1,
        issued_at_unix_s: now - 3_600,
        next_update_unix_s: now + 30 * DAY,
        expires_unix_s: now + 180 * DAY,
        previous: None,
        critical: vec![],
    }
}

fn catalogue(world: &World, now: i64) -> Result<Catalogue, Failure> {
    let mut catalogue = Catalogue::from_json(CATALOGUE).map_err(|error| Failure(error.said()))?;
    catalogue.edition = edition(now);
    files::replace_json(&world.path("operator/catalogue.json"), &catalogue, Readers::Everybody)?;
    Ok(catalogue)
}

fn trust_list(world: &World, issuers: Vec<TrustedIssuer>, now: i64) -> Result<TrustList, Failure> {
    let edition = edition(now);
    let list = TrustList { edition, algorithms: vec![], withdrawals: vec![], issuers };
    files::replace_json(&world.path("operator/trust-list.json"), &list, Readers::Everybody)?;
    Ok(list)
}

/// An agency: a key for cards, one for status lists, one for the receipts of its first gate.
fn found_issuer(
    world: &World,
    keys: &PracticeKeys,
    issuer: Issuer,
    algorithm: Algorithm,
    now: i64,
) -> Result<TrustedIssuer, Failure> {
    let id = &issuer.id;
    let folder = world.path("issuers").join(id);
    files::create_folder(&folder)?;
    let gate = format!("{id}.gate-1");
    let trusted = |key: &PracticeKey, may_sign| IssuerKey {
        key: key.public_key(),
        may_sign,
        not_before_unix_s: now - 365 * DAY,
        not_after_unix_s: now + 4 * 365 * DAY,
        withdrawn_from_unix_s: None,
    };
    let cards = keys.key(algorithm, &format!("{id} cards"))?;
    let status = keys.key(algorithm, &format!("{id} status"))?;
    let scanner = keys.key(Algorithm::Esp256, &format!("{id} scanner"))?;
    write_key(&folder.join("cards.pem"), &cards)?;
    write_key(&folder.join("status.pem"), &status)?;
    write_key(&world.path("scanners").join(format!("{gate}.pem")), &scanner)?;
    let may_sign =
        |credentials, status_lists, receipts| MaySign { credentials, status_lists, receipts };
    let keys = vec![
        trusted(&cards, may_sign(vec![issuer.region], false, vec![])),
        trusted(&status, may_sign(vec![], true, vec![])),
        trusted(&scanner, may_sign(vec![], false, vec![gate])),
    ];
    Ok(TrustedIssuer { issuer, keys })
}

fn issue(
    world: &World,
    keys: &PracticeKeys,
    person: &Person,
    algorithm: Algorithm,
    status_index: u32,
    catalogue: &Catalogue,
    now: i64,
) -> Result<(), Failure> {
    let phone = keys.key(Algorithm::Esp256, &format!("phone {}", person.phone))?;
    let phone_file = world.phone_file(person.phone)?;
    if !phone_file.exists() {
        write_key(&phone_file, &phone)?;
    }
    let expires = if person.what == What::Expired { now - DAY } else { now + CREDENTIAL_S };
    let claims = CardClaims {
        region: Region::new(person.region).map_err(|error| Failure(error.said()))?,
        status_index,
        entitlements: Entitlements::of(person.bits.iter().copied()),
        max_window_s: 60,
        expires_unix_s: expires,
        confirmed_unix_s: (person.what == What::Confirmed).then_some(now - 600),
        specimen: person.what == What::Specimen,
        delegate: person.what == What::Delegate,
        holder_key: phone.public_key(),
    };
    let issuer_key = keys.key(algorithm, &format!("{} cards", person.issuer))?;
    let credential =
        CardCredential::issue(claims, &issuer_key).map_err(|error| Failure(error.said()))?;
    let who = Name { zh: person.zh.into(), en: person.en.into() };
    let card = CardFile::new(person.name, who, person.phone, person.issuer, catalogue, &credential);
    files::replace_json(&world.card_file(person.name)?, &card, Readers::Owner)
}

fn write_key(file: &Path, key: &PracticeKey) -> Result<(), Failure> {
    let pem = openssl::private_pem(&key.pkcs8)?;
    files::write_new(file, pem.as_bytes(), Readers::Owner)
}
