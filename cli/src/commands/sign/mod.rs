//! `onecode sign`: one holder's signature on a document that takes several.
//!
//! `join` puts signatures of several together. Uses `documents`, `signing` and `world`.

mod join;
mod source;

use std::path::{Path, PathBuf};

use onecode::governance::{DocumentKind, Roots, SignedDocument};

use self::source::Source;
use crate::cause::Cause;
use crate::documents::{self, Count};
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::lang::{language, Said};
use crate::signing::{to_compare, Signing};
use crate::world::editions::name;
use crate::world::World;
use crate::{out, roots, time};

/// Sign a document as one of the holders, or join what several have signed.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:\n  \
    onecode sign trust-list --json trust-list.json --key sh.pem --out trust-list.signed.json\n  \
    onecode sign trust-list --document from-sh.json --key js.pem --out trust-list.signed.json\n  \
    onecode sign roots --json roots.json --signer zj.pub --prepare roots.tbs\n  \
    onecode sign roots --prepared roots.tbs --signer zj.pub --attach roots.sig --out roots.zj.json\n  \
    onecode sign join roots.sh.json roots.zj.json --out roots.signed.json\n  \
    onecode sign catalogue --world w --holder sh   # practice: the next edition, until it counts")]
pub(crate) enum Sign {
    /// Who signs for the region.
    Roots(Box<Options>),
    /// Which issuers are trusted, and what their keys may sign.
    TrustList(Box<Options>),
    /// Which applications exist, on what terms.
    Catalogue(Box<Options>),
    /// Keys of an issuer that are withdrawn at once.
    Withdrawal(Box<Options>),
    /// Which editions and notices are the newest.
    Index(Box<Options>),
    Join(join::Join),
}

/// What is signed, by whom, and where it goes.
#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    signing: Signing,
    /// The practice region's folder: documents in the making are in `signing/`, and published when
    /// enough holders have signed.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// The holder of the region whose key signs.
    #[arg(long, value_name = "ID", requires = "world")]
    holder: Option<String>,
    /// The signed document; `-` for standard output. One that is there, with signatures of others
    /// on the same content, gets this one added.
    #[arg(long = "out", id = "signed", value_name = "FILE")]
    out: Option<PathBuf>,
    /// The roots in force, to say whose signatures count: their first edition and each one since.
    #[arg(long = "roots", id = "known_roots", value_name = "ROOTS")]
    roots: Vec<String>,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Sign {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Sign::Roots(options) => options.sign(DocumentKind::Roots),
            Sign::TrustList(options) => options.sign(DocumentKind::TrustList),
            Sign::Catalogue(options) => options.sign(DocumentKind::Catalogue),
            Sign::Withdrawal(options) => options.sign(DocumentKind::Withdrawal),
            Sign::Index(options) => options.sign(DocumentKind::Index),
            Sign::Join(join) => join.run(),
        }
    }
}

impl Options {
    fn sign(self, kind: DocumentKind) -> Result<(), Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let world = self.world.as_deref().map(World::open).transpose()?;
        let _held = world.as_ref().map(World::hold).transpose()?;
        let steps = known_roots(&self.roots, world.as_ref())?;
        let usual = match (&world, &self.holder) {
            (Some(world), Some(holder)) => Some(world.holder_key(holder, kind)?),
            _ => None,
        };
        let signer = self.signing.signer(usual)?;
        let in_making = world.as_ref().map(|world| world.in_making(kind));
        let out = self.out.as_ref().or(in_making.as_ref());
        let mut document = self.source.document(kind, world.as_ref(), &steps, now)?;
        if let Some(out) = out.filter(|out| out.exists() && *out != Path::new("-")) {
            let there = documents::read(kind, out)?;
            document.join(&there).map_err(|error| failed(out, error))?;
        }
        // Whoever signs sees what, and compares it with what the others see.
        out::say(&document.words(language()));
        out::say(to_compare(&document.hash()).as_str());
        let kid = signer.public_key().kid();
        let prepared =
            document.prepare(&signer.public_key(), now).map_err(|error| Failure(error.said()))?;
        let Some(document) = signer.complete(&prepared)? else { return Ok(()) };
        let count = Count::of(&document, steps.last())?;
        count.require_use_of(&kid)?;
        match (out, &world) {
            (None, _) => Err(Failure(said!(
                "请指明签好的文档写到哪里：--out FILE",
                "say where the signed document goes: --out FILE"
            ))),
            (Some(out), Some(world)) if self.out.is_none() => {
                let place = match count.is_enough() {
                    Some(true) => world.place_of(&document),
                    _ => out.clone(),
                };
                write(&place, &document)?;
                if place != *out && out.exists() {
                    std::fs::remove_file(out).map_err(|error| failed(out, error))?;
                }
                tell_count(&place, &document, &count);
                Ok(())
            }
            (Some(out), _) => {
                write(out, &document)?;
                tell_count(out, &document, &count);
                Ok(())
            }
        }
    }
}

/// The roots in force with the editions before them: those named, or else those of the region.
fn known_roots(named: &[String], world: Option<&World>) -> Result<Vec<Roots>, Failure> {
    match world {
        Some(world) if named.is_empty() => world.walked(None),
        _ => roots::chain(named),
    }
}

/// A file holds the document and nothing behind it, as those who install it want it.
fn write(out: &Path, document: &SignedDocument) -> Result<(), Failure> {
    if out == Path::new("-") {
        outln!("{}", document.to_json());
        return Ok(());
    }
    if let Some(folder) = out.parent().filter(|folder| *folder != Path::new("")) {
        files::create_folder(folder)?;
    }
    files::replace(out, document.to_json().as_bytes(), Readers::Everybody)
        .map_err(|error| failed(out, error))
}

/// How many holders have signed, and how many it takes. Standard output may have the document.
fn tell_count(out: &Path, document: &SignedDocument, count: &Count) {
    let put = |line: &Said| match out == Path::new("-") {
        true => out::say(line.as_str()),
        false => outln!("{line}"),
    };
    count.lines(document).iter().for_each(&put);
    let (kind, file) = (name(document.kind()), out.display());
    match count.is_enough() {
        Some(true) => put(&said!("{file}：{kind} 已可采用", "{file}: {kind} counts now")),
        Some(false) => put(&said!(
            "{file}：{kind} 的签名还不够，没有扫码设备会采用",
            "{file}: {kind} has too few signatures, and no scanner takes it"
        )),
        None => put(&said!("{file}：{kind} 已写入", "{file}: {kind} is written")),
    }
}
