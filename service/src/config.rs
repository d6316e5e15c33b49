//! What the operator decides: one TOML file.
//!
//! A member that is not known is refused, so that a misspelt limit does not count as none.
//! Relative paths are relative to the file. Every member: docs/SERVICE.md.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use onecode::issuing::{MAX_COUNTER_CHALLENGE_S, MOVES_WITHIN_S};
use serde::Deserialize;

use crate::attestation;

/// Four times as long is a day.
const MAX_RENEWALS_COME_BACK_S: u32 = 6 * 3_600;

/// The configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Practice or live.
    pub mode: Mode,
    /// The issuer's id in the trust list, such as `cn-31`.
    pub issuer: String,
    /// The address to listen at.
    pub listen: SocketAddr,
    /// How phones reach the service.
    pub public_url: String,
    /// TLS, unless a proxy does it.
    pub tls: Option<Tls>,
    /// The issuer's keys.
    pub keys: Keys,
    /// The database.
    pub books: Books,
    /// What cards are like.
    #[serde(default)]
    pub cards: Cards,
    /// How status lists are published.
    pub publish: Publish,
    /// Tokens of citizens. In practice the service may sign its own.
    pub citizens: Option<Provider>,
    /// Tokens of staff.
    pub staff: Option<Provider>,
    /// What is asked of a phone key's hardware.
    #[serde(default)]
    pub attestation: attestation::Config,
    /// Sizes, rates and times.
    #[serde(default)]
    pub limits: Limits,
}

/// Whether real cards are issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Practice: the service signs tokens for whoever asks.
    Practice,
    /// Live: only an identity provider does.
    Live,
}

/// The service's own TLS: PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The certificate and its chain.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Where the issuer's keys are: PEM files, or PKCS#11 URIs (RFC 7512).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// Signs credentials.
    pub cards: String,
    /// Signs status lists.
    pub status: String,
    /// The public keys (JWK files) that signed credentials before, as long as these are good: an old
    /// phone may agree to a move with one.
    #[serde(default)]
    pub former_cards: Vec<PathBuf>,
    /// The driver, where a URI names none.
    pub pkcs11_module: Option<PathBuf>,
}

/// The database, and the positions of the status lists.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Books {
    /// `sqlite:FILE`, or a URL of PostgreSQL.
    pub database: String,
    /// Positions in the status lists. It may grow, and never shrinks.
    pub positions: u32,
    /// Connections that are open at most.
    #[serde(default = "connections")]
    pub connections: u32,
    /// After how many days the books forget who had a card that is revoked, and a phone that lost
    /// its position; counted from the end of the last credential.
    #[serde(default = "keep_days")]
    pub keep_days: u16,
    /// Books of a practice region that new books continue: its next position, and what is
    /// suspended and revoked.
    pub continues: Option<PathBuf>,
}

fn connections() -> u32 {
    16
}

/// Longer than the half-year that gates keep receipts, and than the accounts of a year are open.
fn keep_days() -> u16 {
    365
}

impl Books {
    /// The same in seconds.
    pub(crate) fn keep_s(&self) -> i64 {
        i64::from(self.keep_days) * 86_400
    }
}

/// What cards are like.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Cards {
    /// How many seconds a code may be shown.
    pub window_s: u16,
    /// On how many phones a card may be.
    pub phones: u32,
    /// How long a pre-authorised code is good, in seconds.
    pub grant_lasts_s: u32,
    /// How long a challenge is good, in seconds.
    pub challenge_lasts_s: u32,
    /// How long the challenge is good that comes with each credential, for the next renewal, in
    /// seconds.
    pub next_challenge_lasts_s: u32,
    /// How long a challenge for a counter without network is good, in seconds.
    pub counter_challenge_lasts_s: u32,
}

impl Default for Cards {
    fn default() -> Self {
        Cards {
            window_s: 60,
            phones: 2,
            grant_lasts_s: 3_600,
            challenge_lasts_s: 600,
            next_challenge_lasts_s: 3 * 86_400,
            counter_challenge_lasts_s: 7 * 86_400,
        }
    }
}

/// How status lists are published.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publish {
    /// The folder: `status/` is made in it.
    pub folder: PathBuf,
    /// Seconds between whole lists.
    #[serde(default = "day")]
    pub whole_every_s: u32,
    /// Seconds between deltas.
    #[serde(default = "hour")]
    pub delta_every_s: u32,
    /// How long a publication counts, in seconds.
    #[serde(default = "week")]
    pub lasts_s: u32,
}

fn hour() -> u32 {
    3_600
}

fn day() -> u32 {
    86_400
}

fn week() -> u32 {
    7 * 86_400
}

/// An identity provider (OpenID Connect).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// `iss` of its tokens.
    pub issuer: String,
    /// `aud` of tokens for this service.
    pub audience: String,
    /// Its keys: `https://…`, or a file. `http://` in practice alone.
    pub jwks: String,
    /// Certificates that its TLS is checked against, PEM; the system's without it.
    pub ca: Option<PathBuf>,
    /// For staff: the claim with the roles.
    #[serde(default = "roles")]
    pub roles_claim: String,
}

fn roles() -> String {
    "roles".into()
}

/// Sizes, rates and times.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests of one person or phone in a minute.
    pub per_minute: u32,
    /// Requests that are served at once.
    pub at_once: u32,
    /// Seconds that a request may take.
    pub request_s: u32,
    /// Seconds that running requests have when the service ends.
    pub end_s: u32,
    /// After how many seconds a person comes back who was turned away, at least; up to four times as
    /// many.
    pub come_back_s: u32,
    /// The same for a phone that renews by itself: hours, since its code goes on working and all of
    /// them would come back at once. 6 hours at most, as no phone waits longer than a day.
    pub renewals_come_back_s: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            per_minute: 60,
            at_once: 512,
            request_s: 10,
            end_s: 20,
            come_back_s: 15,
            renewals_come_back_s: 2 * 3_600,
        }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// It is not the TOML that belongs here.
    #[error("{}: {error}", file.display())]
    Form {
        /// The file.
        file: PathBuf,
        /// Where, and what.
        error: Box<toml::de::Error>,
    },
    /// A member has a value that it may not have.
    #[error("{member}: {problem}")]
    Value {
        /// The member.
        member: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

impl Config {
    /// Reads the file.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file)
            .map_err(|error| ConfigError::Unreadable { file: file.to_owned(), error })?;
        let mut config: Config = toml::from_str(&text)
            .map_err(|error| ConfigError::Form { file: file.to_owned(), error: Box::new(error) })?;
        config.relative_to(file.parent().unwrap_or(Path::new(".")));
        config.check()?;
        Ok(config)
    }

    fn relative_to(&mut self, folder: &Path) {
        let path = |path: &mut PathBuf| *path = folder.join(&path);
        let text = |text: &mut String| *text = folder.join(&*text).display().to_string();
        for key in [&mut self.keys.cards, &mut self.keys.status] {
            if !key.starts_with("pkcs11:") {
                text(key);
            }
        }
        if let Some(file) = self.books.database.strip_prefix("sqlite:") {
            self.books.database = format!("sqlite:{}", folder.join(file).display());
        }
        for provider in [&mut self.citizens, &mut self.staff].into_iter().flatten() {
            if !provider.jwks.contains("://") {
                text(&mut provider.jwks);
            }
            provider.ca.iter_mut().for_each(path);
        }
        if let Some(tls) = &mut self.tls {
            path(&mut tls.certificate);
            path(&mut tls.key);
        }
        self.keys.pkcs11_module.iter_mut().for_each(path);
        self.keys.former_cards.iter_mut().for_each(path);
        self.books.continues.iter_mut().for_each(path);
        self.attestation.files_mut().for_each(path);
        path(&mut self.publish.folder);
    }

    /// What no single member says.
    pub fn check(&self) -> Result<(), ConfigError> {
        let wrong = |member, problem| Err(ConfigError::Value { member, problem });
        let cards = &self.cards;
        if self.issuer.is_empty() || !self.issuer.bytes().all(is_of_an_id) || self.issuer.len() > 32
        {
            return wrong("issuer", "an id has 1 to 32 of a-z, 0-9, . and -");
        }
        if !(1..=300).contains(&cards.window_s) {
            return wrong("cards.window_s", "a window has 1 to 300 s");
        }
        if cards.phones == 0 {
            return wrong("cards.phones", "0 would serve nobody");
        }
        if cards.challenge_lasts_s == 0 || cards.challenge_lasts_s > 3_600 {
            return wrong("cards.challenge_lasts_s", "1 to 3,600 s");
        }
        if i64::from(cards.counter_challenge_lasts_s) > MAX_COUNTER_CHALLENGE_S {
            return wrong("cards.counter_challenge_lasts_s", "31 days at most");
        }
        let publish = &self.publish;
        if publish.delta_every_s == 0
            || publish.whole_every_s < publish.delta_every_s
            || publish.lasts_s <= publish.whole_every_s
        {
            return wrong(
                "publish",
                "a delta comes as often as whole lists, and these last longer",
            );
        }
        let limits = &self.limits;
        if [limits.per_minute, limits.at_once, limits.request_s, limits.come_back_s].contains(&0) {
            return wrong("limits", "0 would serve nobody");
        }
        if !(1..=MAX_RENEWALS_COME_BACK_S).contains(&limits.renewals_come_back_s) {
            return wrong("limits.renewals_come_back_s", "1 to 21,600 s");
        }
        if self.books.positions == 0 || self.books.connections == 0 {
            return wrong("books", "0 would serve nobody");
        }
        // Until then a challenge may be used a second time, and a move be undone.
        if self.books.keep_s() < MAX_COUNTER_CHALLENGE_S.max(MOVES_WITHIN_S) {
            return wrong("books.keep_days", "31 days at least");
        }
        if self.mode == Mode::Live {
            self.check_live()?;
        }
        Ok(())
    }

    /// What practice may do, and a live service not.
    fn check_live(&self) -> Result<(), ConfigError> {
        let wrong = |member, problem| Err(ConfigError::Value { member, problem });
        if self.books.continues.is_some() {
            return wrong("books.continues", "a live service continues no practice region");
        }
        if self.attestation.apple.as_ref().is_some_and(|apple| apple.development) {
            return wrong(
                "attestation.apple.development",
                "a live service believes live apps alone",
            );
        }
        for (member, provider) in [("citizens", &self.citizens), ("staff", &self.staff)] {
            let Some(provider) = provider else {
                return wrong(member, "a live service signs no tokens; name an identity provider");
            };
            if provider.jwks.starts_with("http://") {
                return wrong(member, "keys of a live provider come by https or from a file");
            }
        }
        Ok(())
    }
}

fn is_of_an_id(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-')
}
