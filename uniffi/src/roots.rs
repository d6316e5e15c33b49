//! The roots: whose signatures make a document count.

use std::sync::Arc;

use onecode::governance::DocumentKind;
use onecode::jose::Name;

use crate::mirror::{mirror, Cross};
use crate::usage::document_hash;
use crate::{DocumentError, InstallError, PublicKey, UsageError};

/// The roots that a scanner, a phone or an auditor believes: a lone key, or an edition of the roots
/// document, walked to from the one it was set up with. An object never changes: `walk` gives
/// another one.
#[derive(Debug, uniffi::Object)]
pub struct Roots(pub(crate) onecode::governance::Roots);

#[uniffi::export]
impl Roots {
    /// A lone key, for tests and small places: one holder that signs everything but an index.
    /// Whoever steals it can sign everything.
    #[uniffi::constructor]
    pub fn from_key(key: Arc<PublicKey>) -> Self {
        Roots(onecode::governance::Roots::key(key.0))
    }

    /// This edition of the roots document, which the host trusts. A threshold of its own holders
    /// must have signed it.
    #[uniffi::constructor]
    pub fn from_edition(json: Vec<u8>) -> Result<Self, DocumentError> {
        Ok(Roots(onecode::governance::Roots::edition(&json)?))
    }

    /// The edition with this hash (43 characters of base64url), which is installed later. Until
    /// then nothing else is.
    #[uniffi::constructor]
    pub fn from_hash(hash: String) -> Result<Self, UsageError> {
        Ok(Roots(onecode::governance::Roots::hash(document_hash(&hash)?)))
    }

    /// The roots after the next edition, or after the awaited one. The next one has exactly the
    /// next number, names the hash of the one in force, and is signed by a threshold of the holders
    /// in force and of its own. For a scanner use `OneCodeScanner.install_roots`.
    pub fn walk(&self, json: Vec<u8>) -> Result<Roots, InstallError> {
        let mut roots = self.0.clone();
        roots.walk(&json)?;
        Ok(Roots(roots))
    }

    /// The number of the edition in force; 0 for a lone key or an edition that has not come yet.
    pub fn number(&self) -> i64 {
        self.0.number().cross()
    }

    /// The hash of the edition in force, 43 characters of base64url. Nothing for a lone key or an
    /// edition that has not come yet.
    pub fn document_hash(&self) -> Option<String> {
        self.0.document_hash().cross()
    }

    /// How many holders sign what, by the edition in force. Nothing as above.
    pub fn thresholds(&self) -> Option<Thresholds> {
        self.0.document().map(|document| document.thresholds.into())
    }

    /// The holders in the edition in force. None for a lone key or an edition that has not come
    /// yet.
    pub fn holders(&self) -> Vec<Holder> {
        self.0.document().map(|document| document.holders.clone().cross()).unwrap_or_default()
    }

    /// Throws unless a scanner with these roots came by the configured ones: they are those it was
    /// set up with, or an edition it has walked through. Ask it after a restart. If it throws, tell
    /// the operator, who may call `OneCodeScanner.begin_anew`.
    pub fn came_by(&self, configured: Arc<Roots>) -> Result<(), RootsDiffer> {
        Ok(self.0.came_by(&configured.0)?)
    }
}

mirror! {
    /// How many holders must sign a document. A withdrawal and an index take one.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Record)]
    pub struct Thresholds = onecode::governance::Thresholds {
        /// The next roots document.
        pub roots: i32,
        /// A trust list.
        pub trust_list: i32,
        /// A catalogue.
        pub catalogue: i32,
    }
}

mirror! {
    /// Somebody who signs for the region: a province, or an escrow.
    #[derive(Clone, Debug, uniffi::Record)]
    pub struct Holder = onecode::governance::Holder {
        /// A short name that never changes, such as `js`.
        pub id: String,
        /// Its names.
        pub name: Name,
        /// The issuers it answers for, by id: it may withdraw their keys.
        pub issuers: Vec<String>,
        /// Its keys. Holders are counted, not keys.
        pub keys: Vec<HolderKey>,
    }
}

mirror! {
    /// A key of a holder.
    #[derive(Clone, Debug, uniffi::Record)]
    pub struct HolderKey = onecode::governance::HolderKey {
        /// The public key.
        pub key: Arc<PublicKey>,
        /// What it signs.
        pub signs: Vec<DocumentKind>,
    }
}

impl Cross<Arc<PublicKey>> for onecode::PublicKey {
    fn cross(self) -> Arc<PublicKey> {
        Arc::new(PublicKey(self))
    }
}

/// Two settings name different roots.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum RootsDiffer {
    /// The configured roots are not among those that the state came by.
    #[error(
        "the configured roots ({configured}) are not among those this state came by: it was set up \
         with {begun} and has walked to edition {number}"
    )]
    NotAmong {
        /// The thumbprint or the hash configured, base64url.
        configured: String,
        /// The thumbprint or the hash that the state began with, base64url.
        begun: String,
        /// The edition in force in the state.
        number: i64,
    },
}

impl From<onecode::governance::RootsDiffer> for RootsDiffer {
    fn from(differ: onecode::governance::RootsDiffer) -> Self {
        let onecode::governance::RootsDiffer { configured, begun, number } = differ;
        RootsDiffer::NotAmong {
            configured: configured.cross(),
            begun: begun.cross(),
            number: number.cross(),
        }
    }
}
