//! `onecode sign join`: signatures of several holders, put together.

use std::path::{Path, PathBuf};

use onecode::governance::SignedDocument;

use super::{known_roots, tell_count, write};
use crate::documents::{self, Count};
use crate::failure::Failure;
use crate::files::failed;
use crate::lang::language;
use crate::out;
use crate::signing::to_compare;
use crate::world::editions;
use crate::world::World;

/// Put together the signatures that several holders have made on one document.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode sign join from-sh.json from-js.json from-zj.json \
    --out trust-list.json")]
pub(crate) struct Join {
    /// Copies of one document, each with the signatures of some.
    #[arg(required = true, value_name = "FILE")]
    copies: Vec<PathBuf>,
    /// The document with all of them; `-` for standard output.
    #[arg(long = "out", id = "signed", value_name = "FILE")]
    out: PathBuf,
    /// The region's folder, whose roots say whose signatures count.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// The roots in force, to say whose signatures count: their first edition and each one since.
    #[arg(long = "roots", id = "known_roots", value_name = "ROOTS")]
    roots: Vec<String>,
}

impl Join {
    pub(super) fn run(self) -> Result<(), Failure> {
        let world = self.world.as_deref().map(World::open).transpose()?;
        let steps = known_roots(&self.roots, world.as_ref())?;
        let mut joined: Option<SignedDocument> = None;
        for file in &self.copies {
            let copy = SignedDocument::from_json(&editions::read(file)?)
                .map_err(|error| failed(file, error))?;
            match &mut joined {
                None => joined = Some(copy),
                Some(joined) => joined.join(&copy).map_err(|error| failed(file, error))?,
            }
        }
        let Some(mut document) = joined else { return Ok(()) };
        if self.out.exists() && self.out != Path::new("-") {
            let there = documents::read(document.kind(), &self.out)?;
            document.join(&there).map_err(|error| failed(&self.out, error))?;
        }
        out::say(&document.words(language()));
        out::say(to_compare(&document.hash()).as_str());
        let count = Count::of(&document, steps.last())?;
        write(&self.out, &document)?;
        tell_count(&self.out, &document, &count);
        Ok(())
    }
}
