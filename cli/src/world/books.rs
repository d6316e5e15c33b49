//! What an agency writes down: its cards, and the positions of its status lists.
//!
//! Files for people to read. Uses `time`; where the files are, `world` knows.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::Catalogue;
use onecode::jose::{decode_base64url, Name};
use onecode::status::StatusIssuer;
use onecode::CardCredential;
use serde::{Deserialize, Serialize};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::lang::Said;
use crate::time;

/// A card as its issuer has it in its books, for people to read. What counts is the credential.
#[derive(Serialize, Deserialize)]
pub(crate) struct CardFile {
    pub(crate) name: String,
    pub(crate) who: Name,
    /// Which phone holds it.
    pub(crate) phone: String,
    pub(crate) issuer: String,
    pub(crate) status_index: u32,
    pub(crate) region: u32,
    pub(crate) entitlements: Vec<String>,
    pub(crate) window_s: u16,
    pub(crate) expires: String,
    pub(crate) specimen: bool,
    pub(crate) delegate: bool,
    /// The signed credential, base64url.
    pub(crate) credential: String,
}

impl CardFile {
    /// What the file says of a credential.
    pub(crate) fn new(
        name: &str,
        who: Name,
        phone: &str,
        issuer: &str,
        catalogue: &Catalogue,
        credential: &CardCredential,
    ) -> Self {
        let claims = credential.claims();
        let named = catalogue.entitlements.iter();
        let entitlements = named
            .filter(|entry| claims.entitlements.iter().any(|bit| bit == entry.bit))
            .map(|entry| entry.id.clone());
        CardFile {
            name: name.to_owned(),
            who,
            phone: phone.to_owned(),
            issuer: issuer.to_owned(),
            status_index: claims.status_index,
            region: claims.region.code(),
            entitlements: entitlements.collect(),
            window_s: claims.max_window_s,
            expires: time::rfc3339(claims.expires_unix_s),
            specimen: claims.specimen,
            delegate: claims.delegate,
            credential: URL_SAFE_NO_PAD.encode(credential.as_bytes()),
        }
    }

    pub(crate) fn credential(&self) -> Result<CardCredential, Failure> {
        let name = &self.name;
        let wrong = |error: Said| Failure(said!("卡 {name}：{error}", "the card {name}: {error}"));
        let bytes = decode_base64url(&self.credential).map_err(|error| {
            let error = error.said();
            wrong(said!("卡凭证{error}", "the credential is {error}"))
        })?;
        CardCredential::from_bytes(&bytes).map_err(|error| wrong(error.said()))
    }
}

/// An issuer's books.
#[derive(Serialize, Deserialize)]
pub(crate) struct IssuerFile {
    pub(crate) id: String,
    pub(crate) name: Name,
    pub(crate) region: u32,
    /// Positions in its status lists.
    pub(crate) positions: u32,
    /// The next position that has no card.
    pub(crate) next_index: u32,
    pub(crate) suspended: Vec<u32>,
    pub(crate) revoked: Vec<u32>,
}

impl IssuerFile {
    /// The next position that has no card, which is then taken.
    pub(crate) fn take_position(&mut self) -> Result<u32, Failure> {
        let index = self.next_index;
        if index >= self.positions {
            return Err(Failure(said!(
                "{issuer}：卡状态名单的 {positions} 个位置都已有卡",
                "{issuer}: all {positions} positions of the status lists have a card",
                issuer = self.id,
                positions = self.positions
            )));
        }
        self.next_index += 1;
        Ok(index)
    }

    /// The status of every position.
    pub(crate) fn statuses(&self) -> Result<StatusIssuer, Failure> {
        let mut issuer = StatusIssuer::new(&self.id, self.positions);
        let suspended = self.suspended.iter().try_for_each(|index| issuer.suspend(*index));
        let revoked = self.revoked.iter().try_for_each(|index| issuer.revoke(*index));
        suspended.and(revoked).map_err(|error| of_issuer(&self.id, &error))?;
        Ok(issuer)
    }
}

/// What went wrong with an issuer's lists.
pub(crate) fn of_issuer(id: &str, error: &impl Cause) -> Failure {
    let error = error.said();
    Failure(said!("{id}：{error}", "{id}: {error}"))
}
