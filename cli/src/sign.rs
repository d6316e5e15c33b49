//! `onecode sign`: the operator signs a trust list or a catalogue.

use std::fs;
use std::path::{Path, PathBuf};

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::{Catalogue, TrustList};
use serde_json::Value;

use super::files::{self, failed, Readers};
use super::world::World;
use super::{encode, Failure};

/// Which document.
#[derive(Clone, Copy)]
pub(crate) enum Document {
    TrustList,
    Catalogue,
}

/// Where key, JSON and signed document are: in a world, or wherever they are.
pub(crate) struct Places {
    pub(crate) world: Option<PathBuf>,
    pub(crate) key: Option<PathBuf>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) out: Option<PathBuf>,
}

pub(crate) fn sign(document: Document, places: Places) -> Result<(), Failure> {
    let name = match document {
        Document::TrustList => "trust-list",
        Document::Catalogue => "catalogue",
    };
    let world = places.world.as_deref().map(World::open).transpose()?;
    let _held = world.as_ref().map(World::hold).transpose()?;
    let place = |given: Option<PathBuf>, in_world: String, option: &str| {
        given
            .or_else(|| Some(world.as_ref()?.path(&in_world)))
            .ok_or_else(|| Failure(format!("say where it is: --world DIR, or {option} FILE")))
    };
    let key = place(places.key, "operator/root.pem".into(), "--key")?;
    let json = place(places.json, format!("operator/{name}.json"), "--json")?;
    let out = place(places.out, format!("published/{name}.jws"), "--out")?;

    let key = encode::private_key(&key)?;
    let (jws, sequence) = match document {
        Document::TrustList => {
            let list: TrustList = files::read_json(&json)?;
            (list.sign(&key), list.edition.sequence)
        }
        Document::Catalogue => {
            let catalogue: Catalogue = files::read_json(&json)?;
            (catalogue.sign(&key), catalogue.edition.sequence)
        }
    };
    let jws = jws.map_err(|error| failed(&json, error))?;
    if let Some(before) = published_before(&out, &jws).filter(|before| sequence <= *before) {
        return Err(failed(
            &out,
            format!(
                "edition {before} is there, and scanners that have it take no other document of \
                 that number or a lower one; raise \"sequence\" in {}",
                json.display()
            ),
        ));
    }
    write(&out, &jws)?;
    tell!("{}: edition {sequence}, {} bytes", out.display(), jws.len());
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
        out!("{jws}\n");
        return Ok(());
    }
    files::replace(out, jws.as_bytes(), Readers::Everybody).map_err(|error| failed(out, error))
}
