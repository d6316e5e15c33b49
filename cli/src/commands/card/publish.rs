//! `onecode card publish`: the status lists of an issuer, signed anew.
//!
//! Uses `world` and `signing`. A status key that signs elsewhere signs one file for each list.

use std::path::PathBuf;

use onecode::keys::Prepared;
use onecode::publication::StatusIndex;
use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::keys::openssl;
use crate::keys::source::{key_source, KeySource, Module};
use crate::signing::{signature, write_down};
use crate::time;
use crate::world::books::{of_issuer, IssuerFile};
use crate::world::{publication, World};

/// Sign and publish the status lists of an issuer, as they are in its books.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode card publish --world w --issuer cn-31\n  \
    onecode card publish --world w --issuer cn-31 --signer status.pub --prepare lists\n  \
    onecode card publish --world w --issuer cn-31 --signer status.pub --attach lists\n\n\
    lists/N.tbs is what is signed, and its signature is put into lists/N.sig. A key that signs \
    elsewhere signs whole lists; one at hand signs deltas as well.")]
pub(crate) struct Publish {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The issuer, such as cn-31.
    #[arg(long = "issuer", id = "publish_issuer", value_name = "ID")]
    issuer: String,
    /// The issuer's key for lists, a PEM file or a PKCS#11 URI; that of the region without this.
    #[arg(long, value_name = "KEY", value_parser = key_source(), conflicts_with = "status_signer")]
    status_key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    /// The public half of a status key that signs elsewhere, as PEM or JWK.
    #[arg(long = "signer", id = "status_signer", value_name = "FILE")]
    signer: Option<PathBuf>,
    /// Write what the key has to sign into this new folder.
    #[arg(long = "prepare", id = "prepare_folder", value_name = "DIR", requires = "status_signer")]
    prepare: Option<PathBuf>,
    /// Take the signatures from this folder, check them, and publish the lists.
    #[arg(
        long = "attach",
        id = "attach_folder",
        value_name = "DIR",
        requires = "status_signer",
        conflicts_with = "prepare_folder"
    )]
    attach: Option<PathBuf>,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

/// The time that is in lists which wait for their signatures.
#[derive(Serialize, Deserialize)]
struct Waiting {
    issued_at_unix_s: i64,
}

impl Publish {
    pub(super) fn run(self) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let world = World::open(&self.world)?;
        let _held = world.hold()?;
        let books = world.issuer(&self.issuer)?;
        match (&self.signer, &self.prepare, &self.attach) {
            (Some(_), Some(folder), _) => {
                let lists = self.prepared(&books, now)?;
                files::fill_new_folder(folder, || {
                    let waiting = Waiting { issued_at_unix_s: now };
                    let file = folder.join("waiting.json");
                    files::replace_json(&file, &waiting, Readers::Everybody)?;
                    let named = lists.iter().enumerate();
                    named
                        .map(|(n, list)| (folder.join(format!("{n}.tbs")), list))
                        .try_for_each(|(file, list)| write_down(list, &file))
                })
            }
            (Some(_), None, Some(folder)) => {
                let waiting: Waiting = files::read_json(&folder.join("waiting.json"))?;
                let lists = self.prepared(&books, waiting.issued_at_unix_s)?;
                let mut signed = Vec::new();
                for (number, list) in lists.iter().enumerate() {
                    let file = folder.join(format!("{number}.sig"));
                    let signature = signature(&file, false, false)?;
                    signed.push(list.attach(&signature).map_err(|error| failed(&file, error))?);
                }
                let index = world.publish_lists(&books.id, signed, waiting.issued_at_unix_s)?;
                self.tell(&index);
                Ok(())
            }
            (Some(_), None, None) => Err(Failure(said!(
                "--signer 要与 --prepare DIR 或 --attach DIR 同用",
                "--signer wants --prepare DIR or --attach DIR"
            ))),
            (None, ..) => {
                let named = self.status_key.as_ref();
                let key = world.issuer_key_or(named, &self.module, &books.id, "status")?;
                self.tell(&world.publish_status(&books, &*key, now)?);
                Ok(())
            }
        }
    }

    fn prepared(&self, books: &IssuerFile, now: i64) -> Result<Vec<Prepared<Vec<u8>>>, Failure> {
        let Some(signer) = &self.signer else { return Ok(vec![]) };
        let key = openssl::public_key(signer)?;
        books
            .statuses()?
            .prepare(publication(now), &key)
            .map_err(|error| of_issuer(&books.id, &error))
    }

    fn tell(&self, index: &StatusIndex) {
        answer!(
            "{issuer}：已发布 {at} 的卡状态名单，增量 {deltas} 份",
            "{issuer}: status lists of {at} published, and deltas: {deltas}",
            issuer = self.issuer,
            at = time::rfc3339(index.issued_at_unix_s),
            deltas = index.deltas.len()
        );
    }
}
