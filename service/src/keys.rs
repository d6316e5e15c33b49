//! The issuer's two keys, and who waits for them.
//!
//! A key in a token blocks its thread while it signs: it gets one on which nothing else waits. A key
//! in memory signs faster than that takes.

use std::path::Path;
use std::sync::Arc;

use onecode::keys::SigningError;
use onecode::status::{StatusIssuer, StatusListError, StatusPublication};
use onecode::{CardClaims, CardCredential, PublicKey, SigningKey};
use onecode_keystore::{pem, Pkcs11Key, Pkcs11Uri};

use crate::config;
use crate::problem::{Kind, Problem};

/// A key cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {problem}")]
pub struct KeyError {
    key: String,
    problem: String,
}

type Key = Arc<dyn SigningKey + Send + Sync>;

/// The issuer's keys.
#[derive(Clone)]
pub(crate) struct Keys {
    cards: Key,
    /// It is in a token.
    cards_block: bool,
    status: Key,
    former_cards: Arc<[PublicKey]>,
}

impl Keys {
    pub(crate) fn open(keys: &config::Keys) -> Result<Self, KeyError> {
        let module = keys.pkcs11_module.as_deref();
        let former = keys.former_cards.iter().map(|file| public_key(file));
        Ok(Keys {
            cards: open(&keys.cards, module)?,
            cards_block: Pkcs11Uri::is_meant(&keys.cards),
            status: open(&keys.status, module)?,
            former_cards: former.collect::<Result<_, _>>()?,
        })
    }

    /// All keys that signed credentials which are good.
    pub(crate) fn card_keys(&self) -> Vec<PublicKey> {
        let former = self.former_cards.iter().copied();
        std::iter::once(self.cards.public_key()).chain(former).collect()
    }

    pub(crate) fn status_key(&self) -> PublicKey {
        self.status.public_key()
    }

    /// A signed credential.
    pub(crate) async fn issue(&self, claims: CardClaims) -> Result<CardCredential, Problem> {
        let key = Arc::clone(&self.cards);
        let issue = move || CardCredential::issue(claims, &*key);
        let issued = if self.cards_block { apart(issue).await? } else { issue() };
        issued.map_err(|error| Kind::NoSignature.with(error))
    }

    /// Whole lists, one for each shard.
    pub(crate) async fn publish(
        &self,
        statuses: Arc<StatusIssuer>,
        publication: StatusPublication,
    ) -> Result<Vec<Vec<u8>>, Problem> {
        let key = Arc::clone(&self.status);
        let lists = apart(move || statuses.publish(publication, &*key)).await?;
        lists.map_err(|error| not_published(&error))
    }

    /// The changes since an anchor; `None` where they are more than a delta may have.
    pub(crate) async fn publish_delta(
        &self,
        statuses: Arc<StatusIssuer>,
        anchor: Arc<StatusIssuer>,
        anchor_unix_s: i64,
        publication: StatusPublication,
    ) -> Result<Option<Vec<u8>>, Problem> {
        let key = Arc::clone(&self.status);
        let delta = move || statuses.publish_delta(&anchor, anchor_unix_s, publication, &*key);
        match apart(delta).await? {
            Ok(delta) => Ok(Some(delta)),
            Err(StatusListError::Delta(_)) => Ok(None),
            Err(error) => Err(not_published(&error)),
        }
    }
}

fn not_published(error: &StatusListError) -> Problem {
    match error {
        StatusListError::Signing(SigningError::Refused { .. } | SigningError::Locked) => {
            Kind::NoSignature.with(error)
        }
        _ => Kind::NotPublished.with(error),
    }
}

/// Runs on a thread that may block.
pub(crate) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Kind::Internal.with(error))
}

fn public_key(file: &Path) -> Result<PublicKey, KeyError> {
    let failed = |problem: String| KeyError { key: file.display().to_string(), problem };
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    PublicKey::from_jwk(text.trim()).map_err(|error| failed(error.to_string()))
}

fn open(key: &str, module: Option<&Path>) -> Result<Key, KeyError> {
    let failed = |problem: String| KeyError { key: key.to_owned(), problem };
    if Pkcs11Uri::is_meant(key) {
        let uri: Pkcs11Uri = key.parse().map_err(|error| failed(format!("{error}")))?;
        // Nobody sits at a service: the URI names a file with the PIN.
        let opened = Pkcs11Key::open(&uri, module, &|_| None);
        return Ok(Arc::new(opened.map_err(|error| failed(error.to_string()))?));
    }
    let text = std::fs::read_to_string(key).map_err(|error| failed(error.to_string()))?;
    let text = zeroize::Zeroizing::new(text);
    Ok(Arc::new(pem::private_key(&text).map_err(|error| failed(error.to_string()))?))
}
