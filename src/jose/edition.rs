//! What published lists have in common: their edition, and names in two languages.

use serde::{Deserialize, Serialize};

use super::error::DocumentError;
use super::hash::Sha256Hash;
use super::member::text;
use super::rfc3339;

/// What every published list begins with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Edition {
    /// Counts up by at least one with each edition. A scanner never goes back to a lower one. It is
    /// at most `issued_at` in Unix seconds, so that a slip cannot publish a number too high for any
    /// later edition.
    pub sequence: u64,
    /// When it was issued (Unix seconds; RFC 3339 in the document).
    #[serde(rename = "issued_at", with = "rfc3339")]
    pub issued_at_unix_s: i64,
    /// When the next edition is due. After that, scanners say that the list is stale.
    #[serde(rename = "next_update", with = "rfc3339")]
    pub next_update_unix_s: i64,
    /// From when on scanners refuse to work with it.
    #[serde(rename = "expires", with = "rfc3339")]
    pub expires_unix_s: i64,
    /// The hash of the edition before this one. It chains editions for auditors; of trust lists and
    /// catalogues a scanner does not ask for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Sha256Hash>,
    /// Names of features that a reader must know to use this document. All other unknown members
    /// are ignored, so whatever must not be ignored is named here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub critical: Vec<String>,
}

/// A struct for reading a document, with the members of an edition and these side by side.
/// `#[serde(flatten)]` would keep every unknown member in memory until the end.
macro_rules! document_members {
    ($(#[$of_struct:meta])* struct $name:ident { $($(#[$of_member:meta])* $member:ident: $type:ty,)* }) => {
        $(#[$of_struct])*
        #[derive(serde::Deserialize)]
        struct $name {
            sequence: u64,
            #[serde(with = "crate::jose::rfc3339")]
            issued_at: i64,
            #[serde(with = "crate::jose::rfc3339")]
            next_update: i64,
            #[serde(with = "crate::jose::rfc3339")]
            expires: i64,
            #[serde(default, deserialize_with = "crate::jose::some_hash")]
            previous: Option<crate::jose::Sha256Hash>,
            #[serde(default, deserialize_with = "crate::jose::texts::<_, 64, 128>")]
            critical: Vec<String>,
            $($(#[$of_member])* $member: $type,)*
        }

        impl $name {
            fn take_edition(&mut self) -> $crate::jose::Edition {
                $crate::jose::Edition {
                    sequence: self.sequence,
                    issued_at_unix_s: self.issued_at,
                    next_update_unix_s: self.next_update,
                    expires_unix_s: self.expires,
                    previous: self.previous,
                    critical: std::mem::take(&mut self.critical),
                }
            }
        }
    };
}
pub(crate) use document_members;

impl Edition {
    /// Checks an edition by itself.
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

/// Longest name, in bytes of each language.
const MAX_NAME: usize = 512;

/// A name in the two languages of the lists.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    /// Chinese.
    #[serde(deserialize_with = "text::<_, MAX_NAME>")]
    pub zh: String,
    /// English.
    #[serde(deserialize_with = "text::<_, MAX_NAME>")]
    pub en: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([&format!("`zh` and `en`, text of at most {MAX_NAME} bytes each")]);
    }
}
