//! What an issuer asks of attestations, and whom it believes.

use std::path::{Path, PathBuf};

use rustls::pki_types::pem::{self, PemObject, SectionKind};
use serde::Deserialize;

use super::chain::{Root, Roots};
use super::Level;

/// Most roots of one maker.
const MAX_ROOTS: usize = 16;

/// What an issuer asks of attestations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Policy {
    /// None is looked at.
    #[default]
    Ignored,
    /// What comes is checked and must hold; who sends none is served.
    Wanted,
    /// No card without one, of at least this level.
    Required {
        /// The least level.
        level: Level,
    },
}

/// The part of the configuration that is about attestations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "Raw")]
pub struct Config {
    /// What is asked.
    pub policy: Policy,
    /// Key attestation of Android.
    pub android: Option<Android>,
    /// App Attest of Apple.
    pub apple: Option<Apple>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    policy: Asked,
    level: Option<Level>,
    android: Option<Android>,
    apple: Option<Apple>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Asked {
    Ignored,
    Wanted,
    Required,
}

impl TryFrom<Raw> for Config {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        let policy = match (raw.policy, raw.level) {
            (Asked::Ignored, None) => Policy::Ignored,
            (Asked::Wanted, None) => Policy::Wanted,
            (Asked::Required, Some(level)) => Policy::Required { level },
            (Asked::Required, None) => return Err("a policy that requires names a level"),
            (_, Some(_)) => return Err("a level stands with the policy required alone"),
        };
        if policy != Policy::Ignored && raw.android.is_none() && raw.apple.is_none() {
            return Err("nobody's attestations are taken: add attestation.android or .apple");
        }
        let android = raw.android.iter().map(|android| android.roots.is_empty());
        let apple = raw.apple.iter().map(|apple| apple.roots.is_empty() || apple.apps.is_empty());
        if android.chain(apple).any(|believes_nobody| believes_nobody) {
            return Err("without roots, or Apple without apps, nothing would be believed");
        }
        Ok(Config { policy, android: raw.android, apple: raw.apple })
    }
}

/// Key attestation of Android.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Android {
    /// Files with the roots that are believed: Google's own form (a JSON array of PEM), or PEM with
    /// certificates or public keys.
    pub roots: Vec<PathBuf>,
    /// Google's list of revoked certificates, as JSON; it is read again each hour.
    pub revoked: Option<PathBuf>,
    /// Whether certificates that a phone got in the factory count after they have expired. Those that
    /// a phone fetches later never do.
    #[serde(default = "yes")]
    pub factory_outlives: bool,
    /// Whether the phone must have been started with its maker's system, locked.
    #[serde(default = "yes")]
    pub verified_boot: bool,
}

/// App Attest of Apple.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apple {
    /// As for Android; Apple publishes one certificate.
    pub roots: Vec<PathBuf>,
    /// The issuer's apps: team, a full stop, bundle.
    pub apps: Vec<String>,
    /// The level that the word of such an app counts as. Apple attests the app, not our key.
    pub counts_as: Level,
    /// Takes attestations of Apple's environment for development; refused in a live service.
    #[serde(default)]
    pub development: bool,
}

fn yes() -> bool {
    true
}

impl Config {
    /// The files that it names.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let android =
            self.android.iter_mut().flat_map(|it| it.roots.iter_mut().chain(&mut it.revoked));
        android.chain(self.apple.iter_mut().flat_map(|it| &mut it.roots))
    }
}

/// A file that the configuration names is not what belongs there.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", file.display())]
pub struct OpenError {
    pub(super) file: PathBuf,
    pub(super) problem: String,
}

/// Reads all files with roots.
pub(super) fn roots(files: &[PathBuf]) -> Result<Roots, OpenError> {
    let mut roots = Vec::new();
    for file in files {
        let failed = |problem: String| OpenError { file: file.clone(), problem };
        let text = read(file)?;
        let found = roots_in(&text).map_err(failed)?;
        if found.is_empty() {
            return Err(failed("no certificate and no public key is in it".into()));
        }
        roots.extend(found);
        if roots.len() > MAX_ROOTS {
            return Err(failed(format!("more than {MAX_ROOTS} roots")));
        }
    }
    Ok(Roots(roots))
}

pub(super) fn read(file: &Path) -> Result<String, OpenError> {
    std::fs::read_to_string(file)
        .map_err(|error| OpenError { file: file.to_owned(), problem: error.to_string() })
}

fn roots_in(text: &str) -> Result<Vec<Root>, String> {
    if text.trim_start().starts_with('[') {
        let each: Vec<String> = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let roots: Result<Vec<_>, _> = each.iter().map(|pem| roots_in_pem(pem)).collect();
        return Ok(roots?.into_iter().flatten().collect());
    }
    roots_in_pem(text)
}

fn roots_in_pem(text: &str) -> Result<Vec<Root>, String> {
    let sections = <(SectionKind, Vec<u8>)>::pem_slice_iter(text.as_bytes());
    let read = |section: Result<(SectionKind, Vec<u8>), pem::Error>| {
        let root = match section.map_err(|error| error.to_string())? {
            (SectionKind::Certificate, der) => Root::of_certificate(&der),
            (SectionKind::PublicKey, der) => Root::of_key(&der),
            (kind, _) => return Err(format!("{kind:?} is no root")),
        };
        root.ok_or_else(|| "a root cannot be read".to_owned())
    };
    sections.map(read).collect()
}
