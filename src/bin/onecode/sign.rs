//! `onecode sign`: the operator signs a trust list or a catalogue.

use std::path::{Path, PathBuf};

use onecode::{Catalogue, TrustList};

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
    write(&out, &jws)?;
    tell!("{}: edition {sequence}, {} bytes", out.display(), jws.len());
    Ok(())
}

/// A file holds the document and nothing behind it, as those who install it want it.
fn write(out: &Path, jws: &str) -> Result<(), Failure> {
    if out == Path::new("-") {
        out!("{jws}\n");
        return Ok(());
    }
    files::replace(out, jws.as_bytes(), Readers::Everybody).map_err(|error| failed(out, error))
}
