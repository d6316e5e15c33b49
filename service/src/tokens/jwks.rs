//! The keys of a provider (RFC 7517), from a file or by HTTPS, fetched again when they may have
//! changed.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use onecode::jose::decode_base64url;
use serde::Deserialize;
use tokio::sync::Mutex;
use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::Agent;

use super::jwt::{Algorithm, Key, Material, Unverified};
use super::TokensError;
use crate::config::Provider;
use crate::keys::apart;
use crate::problem::{Kind, Problem};

/// Keys are fetched again after this time, in seconds, and good for a day if that fails.
const FRESH_S: i64 = 3_600;
const GOOD_S: i64 = 86_400;

/// A token by an unknown key makes the service ask again, no more often than this, in seconds.
const ASK_AGAIN_S: i64 = 60;

/// Largest set of keys, in bytes, and the most keys in it.
const MAX_SET: u64 = 256 << 10;
const MAX_KEYS: usize = 64;

/// The keys of one provider.
pub(super) struct KeySet {
    source: Source,
    held: RwLock<Held>,
    /// One request at a time asks the provider.
    asking: Mutex<()>,
}

enum Source {
    Fixed,
    File(PathBuf),
    Url { url: String, agent: Agent },
}

#[derive(Clone, Default)]
struct Held {
    keys: Arc<[Key]>,
    fetched_unix_s: Option<i64>,
    asked_unix_s: Option<i64>,
}

impl Held {
    fn is_fresh_for(&self, token: &Unverified<'_>, now: i64) -> bool {
        younger(self.fetched_unix_s, FRESH_S, now) && token.fits(&self.keys)
    }

    fn is_good(&self, now: i64) -> bool {
        younger(self.fetched_unix_s, GOOD_S, now)
    }

    fn may_ask(&self, now: i64) -> bool {
        !younger(self.asked_unix_s, ASK_AGAIN_S, now)
    }
}

fn younger(time: Option<i64>, than_s: i64, now: i64) -> bool {
    time.is_some_and(|time| (0..than_s).contains(&now.saturating_sub(time)))
}

impl KeySet {
    pub(super) fn of(provider: &Provider) -> Result<Self, TokensError> {
        let source = if provider.jwks.contains("://") {
            let agent = agent(provider.ca.as_deref())?;
            Source::Url { url: provider.jwks.clone(), agent }
        } else {
            Source::File(PathBuf::from(&provider.jwks))
        };
        Ok(KeySet { source, held: RwLock::default(), asking: Mutex::default() })
    }

    /// Keys that do not change.
    pub(super) fn fixed(keys: Vec<Key>) -> Self {
        let held = Held { keys: keys.into(), ..Held::default() };
        KeySet { source: Source::Fixed, held: RwLock::new(held), asking: Mutex::default() }
    }

    /// Keys that are fresh enough for this token.
    pub(super) async fn for_token(
        &self,
        token: &Unverified<'_>,
        now: i64,
    ) -> Result<Arc<[Key]>, Problem> {
        let mut held = self.held();
        if matches!(self.source, Source::Fixed) {
            return Ok(held.keys);
        }
        if !held.is_fresh_for(token, now) {
            // With keys that are good, nobody waits for another request that asks already.
            let asking = if held.is_good(now) && token.fits(&held.keys) {
                self.asking.try_lock().ok()
            } else {
                Some(self.asking.lock().await)
            };
            if asking.is_some() {
                held = self.held();
                if !held.is_fresh_for(token, now) && held.may_ask(now) {
                    held.asked_unix_s = Some(now);
                    match self.fetch().await {
                        Ok(keys) => (held.keys, held.fetched_unix_s) = (keys.into(), Some(now)),
                        Err(problem) => tracing::warn!("keys of the identity provider: {problem}"),
                    }
                    *self.held.write().unwrap_or_else(PoisonError::into_inner) = held.clone();
                }
            }
        }
        if held.is_good(now) {
            Ok(held.keys)
        } else {
            let wait = Duration::from_secs(ASK_AGAIN_S as u64);
            Err(Problem::from(Kind::NoKeys).after(wait))
        }
    }

    fn held(&self) -> Held {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn fetch(&self) -> Result<Vec<Key>, String> {
        let read = match &self.source {
            Source::Fixed => return Ok(Vec::new()),
            Source::File(file) => {
                let file = file.clone();
                apart(move || std::fs::read(file).map_err(|error| error.to_string())).await
            }
            Source::Url { url, agent } => {
                let (url, agent) = (url.clone(), agent.clone());
                apart(move || get(&agent, &url)).await
            }
        };
        let json = read.map_err(|problem| problem.to_string())??;
        parse(&json)
    }
}

fn get(agent: &Agent, url: &str) -> Result<Vec<u8>, String> {
    let mut response = agent.get(url).call().map_err(|error| error.to_string())?;
    let body = response.body_mut().with_config().limit(MAX_SET);
    body.read_to_vec().map_err(|error| error.to_string())
}

fn agent(ca: Option<&Path>) -> Result<Agent, TokensError> {
    let roots: Vec<Certificate<'static>> = match ca {
        Some(file) => {
            let failed = |problem: String| TokensError::Ca { file: file.to_owned(), problem };
            let pem = std::fs::read(file).map_err(|error| failed(error.to_string()))?;
            let items = ureq::tls::parse_pem(&pem).filter_map(|item| match item {
                Ok(ureq::tls::PemItem::Certificate(certificate)) => Some(certificate),
                _ => None,
            });
            let certificates: Vec<_> = items.collect();
            if certificates.is_empty() {
                return Err(failed("no certificate is in it".into()));
            }
            certificates
        }
        None => {
            let system = rustls_native_certs::load_native_certs();
            system.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
        }
    };
    let tls = TlsConfig::builder().root_certs(RootCerts::new_with_certs(&roots)).build();
    let config = Agent::config_builder()
        .tls_config(tls)
        .max_redirects(0)
        .timeout_global(Some(Duration::from_secs(5)))
        .build();
    Ok(config.into())
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<RawKey>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys that sign and are of a kind that is known here; the others are left out, as RFC 7517
/// section 5 asks.
fn parse(json: &[u8]) -> Result<Vec<Key>, String> {
    let set: RawSet = serde_json::from_slice(json).map_err(|error| error.to_string())?;
    if set.keys.len() > MAX_KEYS {
        return Err(format!("more than {MAX_KEYS} keys"));
    }
    Ok(set.keys.iter().filter_map(key).collect())
}

fn key(raw: &RawKey) -> Option<Key> {
    if raw.purpose.as_deref().is_some_and(|purpose| purpose != "sig") {
        return None;
    }
    let only = match &raw.alg {
        Some(name) => Some(Algorithm::named(name)?),
        None => None,
    };
    let bytes = |text: &Option<String>| decode_base64url(text.as_deref()?).ok();
    let of_32 = |text| bytes(text).filter(|bytes| bytes.len() == 32);
    let material = match (raw.kty.as_str(), raw.crv.as_deref()) {
        ("RSA", None) => Material::Rsa { n: bytes(&raw.n)?, e: bytes(&raw.e)? },
        ("EC", Some("P-256")) => Material::P256([vec![4], of_32(&raw.x)?, of_32(&raw.y)?].concat()),
        ("OKP", Some("Ed25519")) => Material::Ed25519(of_32(&raw.x)?),
        _ => return None,
    };
    Some(Key { id: raw.kid.clone(), only, material })
}
