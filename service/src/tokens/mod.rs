//! Who asks: tokens of citizens and of staff (OpenID Connect), codes from a counter, and in practice
//! a signer of the service's own.
//!
//! `jwt` reads and checks a token, `jwks` holds the keys of a provider. Nothing here logs a token.

mod grant;
mod jwks;
mod jwt;
mod practice;

use std::path::PathBuf;

use serde_json::{Map, Value};

pub(crate) use grant::{code_hash, new_code};
use jwks::KeySet;
pub(crate) use practice::Practice;

use crate::config::{Config, Mode, Provider};
use crate::nonce::{For, Secrets};
use crate::problem::{Kind, Problem};

/// Longest token that is read, in bytes.
const MAX_TOKEN: usize = 8 << 10;

/// The role that staff needs.
pub(crate) const STAFF_ROLE: &str = "onecode-staff";

/// A provider is not as it should be.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// The certificates for its TLS cannot be read.
    #[error("{}: {problem}", file.display())]
    Ca {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The practice signer has no key.
    #[error("the practice signer has no key")]
    Practice,
}

/// A citizen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Citizen {
    /// Signed in: the subject of the token.
    Person { subject: String },
    /// With a code from a counter, for one card.
    Grant { reference: String, code_hash: String },
}

impl Citizen {
    /// Whom a challenge is for.
    pub(crate) fn challenge_for(&self) -> For {
        match self {
            Citizen::Person { subject } => For::Person(subject.clone()),
            Citizen::Grant { code_hash, .. } => For::Grant(code_hash.clone()),
        }
    }

    /// Whose requests are counted.
    pub(crate) fn counted_as(&self) -> String {
        match self {
            Citizen::Person { subject } => format!("p {subject}"),
            Citizen::Grant { code_hash, .. } => format!("g {code_hash}"),
        }
    }
}

/// Who takes tokens.
pub(crate) struct Tokens {
    citizens: Trusted,
    staff: Trusted,
    roles_claim: String,
    pub(crate) practice: Option<Practice>,
}

struct Trusted {
    issuer: String,
    audience: String,
    keys: KeySet,
}

impl Tokens {
    pub(crate) fn new(config: &Config, secrets: &Secrets) -> Result<Self, TokensError> {
        let practice = match config.mode {
            Mode::Practice => Some(Practice::new(config, secrets)?),
            Mode::Live => None,
        };
        let trusted = |provider: &Option<Provider>, staff: bool| match (provider, &practice) {
            (Some(provider), _) => Ok(Trusted {
                issuer: provider.issuer.clone(),
                audience: provider.audience.clone(),
                keys: KeySet::of(provider)?,
            }),
            (None, Some(practice)) => Ok(Trusted {
                issuer: practice.issuer.clone(),
                audience: practice.audience(staff),
                keys: KeySet::fixed(practice.jwks()),
            }),
            // The configuration was checked: a live service has both.
            (None, None) => Err(TokensError::Practice),
        };
        let roles_claim =
            config.staff.as_ref().map_or_else(|| "roles".into(), |staff| staff.roles_claim.clone());
        let (citizens, staff) = (trusted(&config.citizens, false)?, trusted(&config.staff, true)?);
        Ok(Tokens { citizens, staff, roles_claim, practice })
    }

    /// The citizen of a token.
    pub(crate) async fn citizen(
        &self,
        token: &str,
        secrets: &Secrets,
        now: i64,
    ) -> Result<Citizen, Problem> {
        if let Some(token) = token.strip_prefix(grant::PREFIX) {
            return grant::read(token, &secrets.grants, now);
        }
        let claims = self.citizens.claims(token, now).await?;
        Ok(Citizen::Person { subject: subject(&claims)? })
    }

    /// The member of staff of a token, by its subject.
    pub(crate) async fn staff(&self, token: &str, now: i64) -> Result<String, Problem> {
        let claims = self.staff.claims(token, now).await?;
        let has_role = match claims.get(&self.roles_claim) {
            Some(Value::String(roles)) => roles.split_ascii_whitespace().any(|r| r == STAFF_ROLE),
            Some(Value::Array(roles)) => roles.iter().any(|role| role == STAFF_ROLE),
            _ => false,
        };
        if has_role {
            subject(&claims)
        } else {
            Err(Kind::NotAllowed.into())
        }
    }

    /// What a pre-authorised code is exchanged for.
    pub(crate) fn for_grant(
        &self,
        secrets: &Secrets,
        reference: &str,
        code_hash: &str,
        expires_unix_s: i64,
    ) -> String {
        grant::token(&secrets.grants, reference, code_hash, expires_unix_s)
    }
}

impl Trusted {
    async fn claims(&self, token: &str, now: i64) -> Result<Map<String, Value>, Problem> {
        if token.len() > MAX_TOKEN {
            return Err(Kind::BadToken.with("it is longer than 8 KiB"));
        }
        let unverified = jwt::Unverified::read(token)?;
        let keys = self.keys.for_token(&unverified, now).await?;
        let claims = unverified.verify(&keys)?;
        jwt::check(&claims, &self.issuer, &self.audience, now)?;
        Ok(claims)
    }
}

fn subject(claims: &Map<String, Value>) -> Result<String, Problem> {
    let subject = claims.get("sub").and_then(Value::as_str);
    let subject = subject.filter(|subject| (1..=255).contains(&subject.len()));
    Ok(subject.ok_or_else(|| Kind::BadToken.with("it has no subject"))?.to_owned())
}
