//! `onecode withdraw`: one holder takes keys of its issuer out of force, at once.
//!
//! Uses `signing`, `documents` and `world`.

use std::path::{Path, PathBuf};

use onecode::governance::{DocumentKind, Sha256Hash, Withdrawal};
use onecode::SigningKey;

use crate::cause::Cause;
use crate::documents::Count;
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::keys::openssl;
use crate::keys::source::{key_source, KeySource, Module};
use crate::lang::language;
use crate::signing::to_compare;
use crate::world::World;
use crate::{out, roots, time};

const DAY: i64 = 86_400;

/// Withdraw keys of an issuer at once, for 14 days at most. It takes one holder.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode withdraw --issuer cn-31 --withdrawn THUMBPRINT --key sh.pem --out notice.json\n  \
    onecode withdraw --issuer cn-31 --withdrawn cards.pub --draft notice.json   # for onecode sign withdrawal\n  \
    onecode withdraw --issuer cn-31 --withdrawn cards --world w --holder sh   # practice: published at once")]
pub(crate) struct Withdraw {
    /// The issuer whose keys they are, such as cn-31.
    #[arg(long = "issuer", id = "withdrawn_issuer", value_name = "ID")]
    issuer: String,
    /// A key, once for each: thumbprint, or file with a public key; in a region also `cards`, `status`.
    #[arg(long = "withdrawn", required = true, value_name = "KEY", allow_hyphen_values = true)]
    withdrawn: Vec<String>,
    /// Days until it ends; by then a trust list has to leave the keys out.
    #[arg(long = "days", id = "notice_days", value_name = "DAYS", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=14))]
    days: u32,
    /// The holder's private key: a PKCS#8 PEM file, or a PKCS#11 URI.
    #[arg(long = "key", id = "holder_key", value_name = "KEY", value_parser = key_source(), conflicts_with_all = ["holder", "draft"])]
    key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    /// The practice region's folder, where the notice is published.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// The holder of the region whose key signs.
    #[arg(long, value_name = "ID", requires = "world", conflicts_with = "draft")]
    holder: Option<String>,
    /// Sign nothing: write the content as JSON to this file.
    #[arg(long, value_name = "FILE")]
    draft: Option<PathBuf>,
    /// The signed notice; `-` for standard output.
    #[arg(long = "out", id = "notice_out", value_name = "FILE", conflicts_with = "draft")]
    out: Option<PathBuf>,
    /// The roots in force, to say whose signatures count: their first edition and each one since.
    #[arg(long = "roots", id = "known_roots", value_name = "ROOTS")]
    roots: Vec<String>,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Withdraw {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let world = self.world.as_deref().map(World::open).transpose()?;
        let withdrawn: Result<Vec<Sha256Hash>, Failure> =
            self.withdrawn.iter().map(|key| self.named(key, world.as_ref())).collect();
        let notice = Withdrawal {
            issued_at_unix_s: now,
            expires_unix_s: now.saturating_add(i64::from(self.days) * DAY),
            critical: vec![],
            issuer: self.issuer.clone(),
            keys: withdrawn?,
        };
        let mut document = notice.draft().map_err(|error| Failure(error.said()))?;
        out::say(&document.words(language()));
        out::say(to_compare(&document.hash()).as_str());
        if let Some(draft) = &self.draft {
            return files::replace_json(draft, &notice, Readers::Everybody);
        }
        let key = match (&self.key, &world, &self.holder) {
            (Some(key), ..) => key.clone(),
            (None, Some(world), Some(holder)) => {
                KeySource::File(world.holder_key(holder, DocumentKind::Withdrawal)?)
            }
            _ => {
                return Err(Failure(said!(
                    "请指明签署方的密钥：--key FILE，或 --world DIR --holder ID；\
                     密钥在别处时用 --draft FILE",
                    "name the holder's key: --key FILE, or --world DIR --holder ID; for one that \
                     signs elsewhere --draft FILE"
                )))
            }
        };
        let key = key.open(&self.module)?;
        document.sign(&*key, now).map_err(|error| Failure(error.said()))?;
        let steps = match &world {
            Some(world) if self.roots.is_empty() => world.walked(None)?,
            _ => roots::chain(&self.roots)?,
        };
        let count = Count::of(&document, steps.last())?;
        count.require_use_of(&key.public_key().kid())?;
        // Whether its holder answers for the issuer, scanners ask, and so does this one.
        if let Some(in_force) = steps.last() {
            let mut scanner = onecode::Scanner::new(in_force.clone(), onecode::Policy::default());
            scanner
                .install_withdrawal(document.to_json().as_bytes(), now)
                .map_err(|error| Failure(error.said()))?;
        }
        let published = world.as_ref().map(|world| world.place_of(&document));
        let out = self.out.clone().or(published).ok_or_else(|| {
            Failure(said!("请指明写到哪里：--out FILE", "say where it goes: --out FILE"))
        })?;
        if out == Path::new("-") {
            outln!("{}", document.to_json());
            return Ok(());
        }
        if let Some(folder) = out.parent().filter(|folder| *folder != Path::new("")) {
            files::create_folder(folder)?;
        }
        files::replace(&out, document.to_json().as_bytes(), Readers::Everybody)
            .map_err(|error| failed(&out, error))?;
        outln!("{}", out.display());
        count.lines(&document).iter().for_each(|line| outln!("{line}"));
        Ok(())
    }

    /// A key that is withdrawn, by its thumbprint, its file, or in a region its name.
    fn named(&self, text: &str, world: Option<&World>) -> Result<Sha256Hash, Failure> {
        if let Some(hash) = roots::hash(text) {
            return Ok(hash);
        }
        match world {
            Some(world) if ["cards", "status"].contains(&text) => {
                Ok(world.issuer_key(&self.issuer, text)?.public_key().kid())
            }
            _ => Ok(openssl::public_key(Path::new(text))?.kid()),
        }
    }
}
