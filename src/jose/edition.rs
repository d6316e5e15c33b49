//! What published lists have in common: their edition, and names in two languages.

use serde::{Deserialize, Serialize};

use super::error::DocumentError;
use super::rfc3339;

/// What every published list begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    /// Counts up by at least one with each edition; a scanner never goes back to a lower one. At
    /// most `issued_at` in Unix seconds: no slip makes a number that nobody can pass.
    pub sequence: u64,
    /// When it was issued (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "issued_at", with = "rfc3339")]
    pub issued_at_unix_s: i64,
    /// By when the next edition is due: past it, scanners say that the list is stale.
    #[serde(rename = "next_update", with = "rfc3339")]
    pub next_update_unix_s: i64,
    /// From when on scanners refuse to work with it.
    #[serde(rename = "expires", with = "rfc3339")]
    pub expires_unix_s: i64,
    /// Names of features that a reader must know to use this document. Unknown members are
    /// ignored everywhere else, so whatever may not be ignored is named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
}

impl Edition {
    /// What can be said against an edition by itself.
    pub(crate) fn check(&self) -> Result<(), DocumentError> {
        let detail = if let Some(feature) = self.critical.first() {
            format!("it needs the feature {feature:?}, which this version does not know")
        } else if self.issued_at_unix_s > self.next_update_unix_s
            || self.next_update_unix_s > self.expires_unix_s
        {
            "issued_at, next_update and expires are not in this order".to_owned()
        } else if u64::try_from(self.issued_at_unix_s).is_ok_and(|time| self.sequence > time) {
            format!(
                "the sequence number {} is above issued_at in Unix seconds, {}",
                self.sequence, self.issued_at_unix_s
            )
        } else {
            return Ok(());
        };
        Err(DocumentError::Content { detail })
    }
}

/// A name in the two languages of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}
