//! `onecode sandbox`: a whole practice region in a folder of readable files.

use std::fs;
use std::path::Path;

use onecode::{
    Algorithm, CardClaims, CardCredential, Catalogue, Edition, Entitlements, Issuer, IssuerKey,
    MaySign, Name, Region, SigningKey, TrustList, TrustedIssuer,
};
use pem_rfc7468::LineEnding;
use zeroize::Zeroizing;

use super::files::{self, failed, Readers};
use super::practice_keys::{PracticeKey, PracticeKeys};
use super::progress::Progress;
use super::world::{self, IssuerFile, World};
use super::{encode, Failure};

const DAY: i64 = 86_400;

/// The services that the regulation names.
const CATALOGUE: &str = include_str!("../../examples/data/catalogue.json");

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

/// A card of the region and what is the matter with it.
struct Person {
    name: &'static str,
    zh: &'static str,
    en: &'static str,
    phone: &'static str,
    issuer: &'static str,
    region: u32,
    bits: &'static [u8],
    what: What,
}

#[derive(Clone, Copy, PartialEq)]
enum What {
    Ordinary,
    Suspended,
    Revoked,
    Expired,
    Specimen,
    Delegate,
    /// The issuer signs it anew each day, so that it speaks for itself.
    Confirmed,
}

const fn person(
    name: &'static str,
    [zh, en, phone]: [&'static str; 3],
    issuer: &'static str,
    region: u32,
    bits: &'static [u8],
    what: What,
) -> Person {
    Person { name, zh, en, phone, issuer, region, bits, what }
}

/// Everything but the subsidy account.
const ALL: &[u8] = &[0, 1, 2, 3, 4, 5, 6];

const PEOPLE: [Person; 13] = [
    person(
        "lin-yue",
        ["林月", "Lin Yue, Shanghai: everything, off-site filing too", "lin-yue"],
        "cn-31",
        310_000,
        ALL,
        What::Ordinary,
    ),
    person(
        "zhou-guilan",
        ["周桂兰", "Zhou Guilan, Lin Yue's mother: a family card in Lin Yue's phone", "lin-yue"],
        "cn-31",
        310_000,
        ALL,
        What::Delegate,
    ),
    person(
        "wang-fang",
        ["王芳", "Wang Fang, Shanghai: no off-site filing", "wang-fang"],
        "cn-31",
        310_000,
        &[0, 1, 2, 3, 4, 6],
        What::Ordinary,
    ),
    person(
        "chen-jie",
        ["陈洁", "Chen Jie, Suzhou: signed anew today by the issuer", "chen-jie"],
        "cn-32",
        320_500,
        ALL,
        What::Confirmed,
    ),
    person(
        "zhang-wei",
        ["张伟", "Zhang Wei, Nanjing: reported lost, suspended", "zhang-wei"],
        "cn-32",
        320_100,
        ALL,
        What::Suspended,
    ),
    person(
        "shi-fan",
        ["示范卡", "A practice card, which no live service takes", "shi-fan"],
        "cn-32",
        320_000,
        ALL,
        What::Specimen,
    ),
    person(
        "liu-yang",
        ["刘洋", "Liu Yang, Hangzhou: transit and library only", "liu-yang"],
        "cn-33",
        330_100,
        &[0, 1],
        What::Ordinary,
    ),
    person(
        "zhao-min",
        ["赵敏", "Zhao Min, Ningbo: cancelled, revoked", "zhao-min"],
        "cn-33",
        330_200,
        ALL,
        What::Revoked,
    ),
    person(
        "yang-li",
        ["杨丽", "Yang Li, a farmer of Jiaxing: subsidy account", "yang-li"],
        "cn-33",
        330_400,
        &[0, 3, 4, 6, 7],
        What::Ordinary,
    ),
    person(
        "sun-hao",
        ["孙浩", "Sun Hao, Huzhou: a child's card in a parent's phone", "yang-li"],
        "cn-33",
        330_500,
        &[0, 1, 2, 4],
        What::Delegate,
    ),
    person(
        "huang-lei",
        ["黄磊", "Huang Lei, Hefei: everything", "huang-lei"],
        "cn-34",
        340_100,
        ALL,
        What::Ordinary,
    ),
    person(
        "xu-na",
        ["徐娜", "Xu Na, Wuhu: the credential expired yesterday", "xu-na"],
        "cn-34",
        340_200,
        ALL,
        What::Expired,
    ),
    person(
        "wu-qiang",
        ["吴强", "Wu Qiang, Huangshan: a student with a library card", "wu-qiang"],
        "cn-34",
        341_000,
        &[1],
        What::Ordinary,
    ),
];

/// The first position that has a card; those before it could be anybody's.
const FIRST_INDEX: u32 = 1_000;

pub(crate) fn sandbox(
    folder: &Path,
    seed: Option<u64>,
    positions: u32,
    now: i64,
) -> Result<(), Failure> {
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(failed(folder, "there is something in it already; name a new folder"));
    }
    let keys = PracticeKeys::new(seed)?;
    let world = World::at(folder);
    for part in ["operator", "published/status", "cards", "phones", "scanners"] {
        files::create_folder(&world.path(part))?;
    }
    let root = keys.key(Algorithm::Ed25519, "root")?;
    write_key(&world.path("operator/root.pem"), &root)?;
    let jwk = format!("{}\n", root.public_key().to_jwk());
    files::write_new(&world.path("operator/root.jwk"), jwk.as_bytes(), Readers::Everybody)?;

    let catalogue = catalogue(&world, &root, now)?;
    let mut progress = Progress::new("status lists", ISSUERS.len());
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
        files::replace_json(&world.issuer_file(id)?, &books)?;
        let status_key = keys.key(algorithm, &format!("{id} status"))?;
        world.publish_status(&books, &status_key, now - 3_600)?;
        progress.step();
    }
    drop(progress);
    trust_list(&world, &root, issuers, now)?;

    let walk = walk(folder);
    let readme = world.path("README.txt");
    files::write_new(&readme, read_me(&walk).as_bytes(), Readers::Everybody)?;
    outln!(
        "{}: 4 issuers, {} cards. {} says what is what.\n",
        folder.display(),
        PEOPLE.len(),
        readme.display()
    );
    out!("Try this:\n\n{walk}");
    Ok(())
}

/// In force from an hour ago for half a year.
fn edition(now: i64) -> Edition {
    Edition {
        sequence: 1,
        issued_at_unix_s: now - 3_600,
        next_update_unix_s: now + 30 * DAY,
        expires_unix_s: now + 180 * DAY,
        critical: vec![],
    }
}

fn catalogue(world: &World, root: &PracticeKey, now: i64) -> Result<Catalogue, Failure> {
    let mut catalogue =
        Catalogue::from_json(CATALOGUE).map_err(|error| Failure(error.to_string()))?;
    catalogue.edition = edition(now);
    files::replace_json(&world.path("operator/catalogue.json"), &catalogue)?;
    let jws = catalogue.sign(root).map_err(|error| Failure(error.to_string()))?;
    let file = world.path("published/catalogue.jws");
    files::write_new(&file, jws.as_bytes(), Readers::Everybody)?;
    Ok(catalogue)
}

fn trust_list(
    world: &World,
    root: &PracticeKey,
    issuers: Vec<TrustedIssuer>,
    now: i64,
) -> Result<(), Failure> {
    let list = TrustList { edition: edition(now), roots: vec![], algorithms: vec![], issuers };
    files::replace_json(&world.path("operator/trust-list.json"), &list)?;
    let jws = list.sign(root).map_err(|error| Failure(error.to_string()))?;
    let file = world.path("published/trust-list.jws");
    files::write_new(&file, jws.as_bytes(), Readers::Everybody)
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
    let expires = if person.what == What::Expired { now - DAY } else { now + 3 * 365 * DAY };
    let claims = CardClaims {
        region: Region::new(person.region).map_err(|error| Failure(error.to_string()))?,
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
        CardCredential::issue(claims, &issuer_key).map_err(|error| Failure(error.to_string()))?;
    let who = Name { zh: person.zh.into(), en: person.en.into() };
    let card =
        world::card_file(person.name, who, person.phone, person.issuer, catalogue, &credential);
    files::replace_json(&world.card_file(person.name)?, &card)
}

fn write_key(file: &Path, key: &PracticeKey) -> Result<(), Failure> {
    let pem = pem_rfc7468::encode_string(encode::PRIVATE_KEY, LineEnding::LF, &key.pkcs8)
        .map(Zeroizing::new)
        .map_err(|error| failed(file, error))?;
    files::write_new(file, pem.as_bytes(), Readers::Owner)
}

/// What to try, as commands that can be pasted: the walk of the README, in this folder.
const WALK: &str = include_str!("walk.sh");

fn walk(folder: &Path) -> String {
    let world = shell_word(&folder.display().to_string());
    WALK.replace("--world w ", &format!("--world {world} "))
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn read_me(walk: &str) -> String {
    let mut text = String::from(
        "A practice region for onecode. Nobody in it is real, and no live scanner trusts it.\n\
         Keys made from a seed are known to everybody who knows the seed.\n\n\
         operator/    the root key, and the lists as they are before it signs them\n\
         published/   what scanners and phones get: trust list, catalogue, status lists\n\
         issuers/     each agency's books, its key for cards and its key for status lists\n\
         cards/       the cards, with their signed credentials\n\
         phones/      the phones' keys; .wallet: which seconds a phone has used\n\
         scanners/    the keys with which gates sign receipts\n\n\
         The catalogue is signed with: onecode sign catalogue --world DIR\n\
         the trust list with:          onecode sign trust-list --world DIR\n\
         after a change to the file in operator/; raise its \"sequence\".\n\nCards:\n",
    );
    for Person { name, zh, en, issuer, .. } in &PEOPLE {
        text += &format!("  {name:<12} {issuer}  {zh}  {en}\n");
    }
    text += "\n";
    text += "Try this:\n\n";
    text += walk;
    text
}
