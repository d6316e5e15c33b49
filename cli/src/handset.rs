//! A phone in a folder of its own: its key, its wallet, and what it knows of its issuer's service.
//!
//! ```text
//! phone.json     where its issuer's service is, and what that asked of it
//! key.pem        its private key, as long as a card is bound to it
//! wallet         its card, and which seconds it has used
//! ```
//!
//! It knows nothing of a region: everything comes from the service. Uses `client`, `files`, `keys`,
//! and what `phone` says of codes.

use std::hash::{BuildHasher, Hasher};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::card::CardId;
use onecode::code::MakeCodeError;
use onecode::jose::decode_base64url;
use onecode::request::{
    retry_wait_s, CardRequest, CardRequestClaims, CollectRequest, Reason, Replaces,
    RequestChallenge, UnverifiedCardRequest,
};
use onecode::wallet::WalletCard;
use onecode::{Algorithm, Code, CodeSession, SigningKey, SoftwareKey, Wallet};
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::client::{CallError, Given, Issued, IssuerClient, Server};
use crate::failure::Failure;
use crate::files::{self, failed, Held, Readers};
use crate::keys::{self, openssl};
use crate::phone::no_code;
use crate::time;

/// Its one card needs no name.
const LABEL: &str = "";

/// A challenge is used as long as it is good for this many seconds more.
const LEFT_S: i64 = 60;

/// What `phone.json` has.
#[derive(Serialize, Deserialize)]
struct PhoneFile {
    service: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<PathBuf>,
    /// For the next renewal: base64url, and Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_challenge: Option<(String, i64)>,
    /// A card request without an answer yet: base64url. If one was lost, the same request gets it.
    #[serde(skip_serializing_if = "Option::is_none")]
    asks: Option<String>,
    /// Attempts in a row without success, and until when the service asked to be left alone.
    #[serde(default)]
    failed: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_until: Option<i64>,
}

/// A phone that this process alone changes. Codes can be made with it meanwhile.
pub(crate) struct Handset {
    folder: PathBuf,
    file: PhoneFile,
    _held: Held,
}

impl Handset {
    /// A phone that is there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let file = found(folder)?;
        let held = files::hold(&file)?;
        Ok(Handset { folder: folder.to_owned(), file: files::read_json(&file)?, _held: held })
    }

    /// A phone that is there, or a new one.
    pub(crate) fn open_or_new(folder: &Path, server: &Server) -> Result<Self, Failure> {
        // The phone is used from other folders as well.
        let ca = server.ca.as_ref().map(std::path::absolute).transpose();
        let ca = ca.map_err(|error| failed(folder, error))?;
        let service = server.url.clone();
        let file = folder.join("phone.json");
        if file.is_file() {
            let mut phone = Handset::open(folder)?;
            (phone.file.service, phone.file.ca) = (service, ca);
            return Ok(phone);
        }
        files::create_folder(folder)?;
        let held = files::hold(&file)?;
        let file = PhoneFile {
            service,
            ca,
            next_challenge: None,
            asks: None,
            failed: 0,
            wait_until: None,
        };
        let phone = Handset { folder: folder.to_owned(), file, _held: held };
        phone.store()?;
        Ok(phone)
    }

    fn store(&self) -> Result<(), Failure> {
        files::replace_json(&self.folder.join("phone.json"), &self.file, Readers::Owner)
    }

    /// Where its issuer's service is.
    pub(crate) fn server(&self, timeout_s: u64) -> Server {
        Server { url: self.file.service.clone(), ca: self.file.ca.clone(), timeout_s }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its key: made now, if it has none. On the disk before anybody learns of it.
    pub(crate) fn key_or_new(&self) -> Result<SoftwareKey, Failure> {
        let file = key_file(&self.folder);
        if !file.is_file() {
            let (_, pem) = keys::new_key(Algorithm::Esp256)?;
            files::write_new(&file, pem.as_bytes(), Readers::Owner)?;
        }
        openssl::private_key(&file)
    }

    /// Another key than the one it had, which no card came for.
    pub(crate) fn new_key(&self) -> Result<SoftwareKey, Failure> {
        let file = key_file(&self.folder);
        if file.is_file() {
            std::fs::remove_file(&file).map_err(|error| failed(&file, error))?;
        }
        self.key_or_new()
    }

    /// Its key and its card.
    pub(crate) fn card(&self) -> Result<(SoftwareKey, WalletCard), Failure> {
        let card = card(&self.folder)?;
        Ok((openssl::private_key(&key_file(&self.folder))?, card))
    }

    /// The card that it has, if it has one.
    pub(crate) fn held_card(&self) -> Result<Option<WalletCard>, Failure> {
        Ok(read_wallet(&self.folder)?.cards().first().cloned())
    }

    /// A signed request for a card.
    pub(crate) fn request(
        &self,
        key: &SoftwareKey,
        challenge: RequestChallenge,
        replaces: Option<Replaces>,
    ) -> Result<CardRequest, Failure> {
        let claims = CardRequestClaims {
            issued_at_unix_s: time::now(),
            key: key.public_key(),
            challenge,
            attestation: None,
            replaces,
        };
        CardRequest::make(claims, key).map_err(|error| Failure(error.said()))
    }

    /// Remembers what it asks for, until that is answered.
    pub(crate) fn ask(&mut self, request: &CardRequest) -> Result<(), Failure> {
        self.file.asks = Some(URL_SAFE_NO_PAD.encode(request.as_bytes()));
        self.store()
    }

    /// What it asked for by its key, and has no answer to: a move, or a card of its own.
    pub(crate) fn asked(&self, is_move: bool) -> Option<CardRequest> {
        let bytes = self.file.asks.as_ref().and_then(|asked| decode_base64url(asked).ok())?;
        let request = UnverifiedCardRequest::from_bytes(&bytes).ok()?.verify().ok()?;
        let claims = request.claims();
        let moves = claims.replaces.is_some_and(|replaces| replaces.reason == Reason::Move);
        let key = openssl::private_key(&key_file(&self.folder)).ok()?;
        (moves == is_move && key.public_key() == claims.key).then_some(request)
    }

    /// What fetches the answer to an earlier request.
    pub(crate) fn collect(&self, request: &CardRequest) -> Result<CollectRequest, Failure> {
        let key = openssl::private_key(&key_file(&self.folder))?;
        CollectRequest::make(request, time::now(), &key).map_err(|error| Failure(error.said()))
    }

    /// The challenge that came with the last credential, if it is still good. It is used once.
    pub(crate) fn take_challenge(&mut self) -> Option<RequestChallenge> {
        let (challenge, until) = self.file.next_challenge.take()?;
        let is_good = until.saturating_sub(LEFT_S) > time::now();
        let bytes = decode_base64url(&challenge).ok().filter(|_| is_good)?;
        RequestChallenge::new(&bytes)
    }

    /// Takes up what the service issued: the wallet first, which counts.
    pub(crate) fn take(&mut self, issued: Issued) -> Result<CardId, Failure> {
        let Issued { credential, next: Given { challenge, until_unix_s } } = issued;
        let id = CardId::of(credential.claims());
        change_wallet(&self.folder, |wallet| {
            wallet.add(credential, "key.pem", LABEL).map_err(|error| Failure(error.said()))?;
            // After a loss elsewhere the card has another position.
            let others: Vec<CardId> =
                wallet.cards().iter().map(WalletCard::id).filter(|held| *held != id).collect();
            others.into_iter().for_each(|other| drop(wallet.remove(other)));
            Ok(())
        })?;
        let challenge = URL_SAFE_NO_PAD.encode(challenge.as_bytes());
        self.file.next_challenge = Some((challenge, until_unix_s));
        self.file.asks = None;
        self.store()?;
        Ok(id)
    }

    /// The card is on another phone now: card and key go.
    pub(crate) fn forget(&mut self) -> Result<(), Failure> {
        change_wallet(&self.folder, |wallet| {
            *wallet = Wallet::new();
            Ok(())
        })?;
        let key = key_file(&self.folder);
        std::fs::remove_file(&key).map_err(|error| failed(&key, error))?;
        self.file.next_challenge = None;
        self.store()
    }

    /// Calls the service, as often as it fails for a while and `patience_s` lasts. What the service
    /// asks to wait is waited by every later command of this phone, too.
    pub(crate) fn call<T>(
        &mut self,
        client: &IssuerClient,
        patience_s: u64,
        what: impl Fn(&IssuerClient) -> Result<T, CallError>,
    ) -> Result<Result<T, CallError>, Failure> {
        let mut left_s = patience_s;
        let mut wait_s = self
            .file
            .wait_until
            .map_or(0, |until| u64::try_from(until.saturating_sub(time::now())).unwrap_or(0));
        loop {
            if wait_s > left_s {
                let until = time::now().saturating_add(i64::try_from(wait_s).unwrap_or(i64::MAX));
                return Err(Failure(said!(
                    "服务要求这部手机等到 {until}；可用 --wait {wait_s} 让本命令等候",
                    "the service asked this phone to wait until {until}; --wait {wait_s} waits",
                    until = time::rfc3339(until)
                )));
            }
            thread::sleep(Duration::from_secs(wait_s));
            left_s -= wait_s;
            let result = what(client);
            let Some(asked_s) = result.as_ref().err().and_then(CallError::passes) else {
                (self.file.failed, self.file.wait_until) = (0, None);
                self.store()?;
                return Ok(result);
            };
            self.file.failed = self.file.failed.saturating_add(1);
            wait_s = retry_wait_s(self.file.failed, random(), asked_s);
            self.file.wait_until = asked_s
                .map(|_| time::now().saturating_add(i64::try_from(wait_s).unwrap_or(i64::MAX)));
            self.store()?;
            if wait_s > left_s {
                return Ok(result);
            }
            if let Err(error) = &result {
                warn!(
                    "{error}；{wait_s} 秒后重试",
                    "{error}; trying again in {wait_s} s",
                    error = error.said()
                );
            }
        }
    }
}

/// The file of a phone that is there.
fn found(folder: &Path) -> Result<PathBuf, Failure> {
    let file = folder.join("phone.json");
    if file.is_file() {
        return Ok(file);
    }
    Err(failed(
        folder,
        said!(
            "这里没有手机；可用 `onecode phone enrol` 领卡",
            "no phone is here; `onecode phone enrol` makes one"
        ),
    ))
}

/// The card of a phone.
pub(crate) fn card(folder: &Path) -> Result<WalletCard, Failure> {
    found(folder)?;
    read_wallet(folder)?.cards().first().cloned().ok_or_else(|| no_card(folder))
}

/// A code of a phone's card, which is on the disk as used before anybody sees it.
pub(crate) fn code(
    folder: &Path,
    make: impl FnOnce(&mut CodeSession, &SoftwareKey) -> Result<Code, MakeCodeError>,
) -> Result<Code, Failure> {
    found(folder)?;
    change_wallet(folder, |wallet| {
        let card = wallet.cards().first().map(WalletCard::id);
        let session = card.and_then(|card| wallet.session(card)).ok_or_else(|| no_card(folder))?;
        let key = openssl::private_key(&key_file(folder))?;
        make(session, &key).map_err(no_code)
    })
}

/// No card is on the phone.
fn no_card(folder: &Path) -> Failure {
    failed(folder, said!("这部手机上没有卡", "no card is on this phone"))
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("key.pem")
}

fn wallet_file(folder: &Path) -> PathBuf {
    folder.join("wallet")
}

fn read_wallet(folder: &Path) -> Result<Wallet, Failure> {
    let file = wallet_file(folder);
    if !file.is_file() {
        return Ok(Wallet::new());
    }
    let bytes =
        decode_base64url(files::read(&file)?.trim_ascii()).map_err(|error| failed(&file, error))?;
    Wallet::from_bytes(&bytes).map_err(|error| failed(&file, error))
}

/// Changes the wallet from what is in it now, while nobody else does.
fn change_wallet<T>(
    folder: &Path,
    change: impl FnOnce(&mut Wallet) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let file = wallet_file(folder);
    let _held = files::hold(&file)?;
    let mut wallet = read_wallet(folder)?;
    let result = change(&mut wallet)?;
    let text = format!("{}\n", URL_SAFE_NO_PAD.encode(wallet.to_bytes()));
    files::replace(&file, text.as_bytes(), Readers::Owner).map_err(|error| failed(&file, error))?;
    Ok(result)
}

/// Spreads phones over time; no secret. The standard library seeds it from the system.
fn random() -> u64 {
    std::collections::hash_map::RandomState::new().build_hasher().finish()
}
