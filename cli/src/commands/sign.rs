//! `onecode sign`: the operator signs a trust list or a catalogue.
//!
//! Uses `world`, `keys` and `files`.

use std::fs;
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::catalogue::Catalogue;
use onecode::trust::TrustList;
use serde_json::Value;

use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::keys::source::{key_source, KeySource, Module};
use crate::world::World;

/// Sign a trust list or a catalogue with the operator's root.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:\n  onecode sign catalogue --world w\n  \
    onecode sign trust-list --key root.pem --json trust-list.json --out trust-list.jws")]
pub(crate) enum Sign {
    /// Which issuers are trusted, and what their keys may sign.
    TrustList(Places),
    /// Which applications exist, on what terms.
    Catalogue(Places),
}

/// Where key, JSON and signed document are: in a world, or wherever they are.
#[derive(clap::Args)]
pub(crate) struct Places {
    /// The region's folder, with the root key and the document in operator/.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// The root's private key: a PKCS#8 PEM file, or a PKCS#11 URI.
    #[arg(long, value_name = "KEY", value_parser = key_source())]
    key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    /// The document, as JSON; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The signed document; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Which document.
#[derive(Clone, Copy)]
enum Document {
    TrustList,
    Catalogue,
}

impl Sign {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Sign::TrustList(places) => sign(Document::TrustList, places),
            Sign::Catalogue(places) => sign(Document::Catalogue, places),
        }
    }
}

fn sign(document: Document, places: Places) -> Result<(), Failure> {
    let name = match document {
        Document::TrustList => "trust-list",
        Document::Catalogue => "catalogue",
    };
    let world = places.world.as_deref().map(World::open).transpose()?;
    let _held = world.as_ref().map(World::hold).transpose()?;
    let place = |given: Option<PathBuf>, in_world: String, option: &str| {
        given.or_else(|| Some(world.as_ref()?.path(&in_world))).ok_or_else(|| {
            Failure(said!(
                "请指明位置：--world DIR，或 {option} FILE",
                "say where it is: --world DIR, or {option} FILE"
            ))
        })
    };
    let key = match places.key {
        Some(key) => key,
        None => KeySource::File(place(None, "operator/root.pem".into(), "--key")?),
    };
    let json = place(places.json, format!("operator/{name}.json"), "--json")?;
    let out = place(places.out, format!("published/{name}.jws"), "--out")?;

    let key = key.open(&places.module)?;
    let (jws, sequence) = match document {
        Document::TrustList => {
            let list: TrustList = files::read_json(&json)?;
            (list.sign(&*key), list.edition.sequence)
        }
        Document::Catalogue => {
            let catalogue: Catalogue = files::read_json(&json)?;
            (catalogue.sign(&*key), catalogue.edition.sequence)
        }
    };
    let jws = jws.map_err(|error| failed(&json, error))?;
    if let Some(before) = published_before(&out, &jws).filter(|before| sequence <= *before) {
        return Err(failed(
            &out,
            said!(
                "已有第 {before} 版；装了它的扫码设备不再接受序号相同或更小的其他文档；\
                 请加大 {json} 里的 \"sequence\"",
                "edition {before} is there, and scanners that have it take no other document of \
                 that number or a lower one; raise \"sequence\" in {json}",
                json = json.display()
            ),
        ));
    }
    write(&out, &jws)?;
    tell!(
        "{out}: 第 {sequence} 版，{bytes} 字节",
        "{out}: edition {sequence}, {bytes} bytes",
        out = out.display(),
        bytes = jws.len()
    );
    Ok(())
}

/// The sequence number of another document that is there already, if there is one.
fn published_before(out: &Path, jws: &str) -> Option<u64> {
    let out = Some(out).filter(|out| out.is_file())?;
    let before = fs::read_to_string(out).ok().filter(|before| before != jws)?;
    let payload = URL_SAFE_NO_PAD.decode(before.split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Value>(&payload).ok()?["sequence"].as_u64()
}

/// A file holds the document and nothing behind it, as those who install it want it.
fn write(out: &Path, jws: &str) -> Result<(), Failure> {
    if out == Path::new("-") {
        outln!("{jws}");
        return Ok(());
    }
    files::replace(out, jws.as_bytes(), Readers::Everybody).map_err(|error| failed(out, error))
}
