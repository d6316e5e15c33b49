//! `onecode roots`: the holders that sign for a region, from edition to edition.
//!
//! `make` and `next` write contents, which `onecode sign roots` signs; `begin_anew` is for a gate.

mod begin_anew;
mod entry;
mod make;
mod next;
mod show;
mod walk;

use std::path::Path;

use onecode::governance::RootsDocument;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::lang::language;
use crate::out;
use crate::signing::to_compare;

/// The roots of a region: who signs, with which keys, and how many it takes.
#[derive(clap::Subcommand)]
pub(crate) enum Roots {
    Entry(entry::Entry),
    Make(make::Make),
    Next(next::Next),
    Walk(walk::Walk),
    Show(show::Show),
    BeginAnew(begin_anew::BeginAnew),
}

impl Roots {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self {
            Roots::Entry(entry) => entry.run(),
            Roots::Make(make) => make.run(),
            Roots::Next(next) => next.run(),
            Roots::Walk(walk) => return walk.run(),
            Roots::Show(show) => show.run(),
            Roots::BeginAnew(begin_anew) => begin_anew.run(),
        }?;
        Ok(true)
    }
}

/// Writes the content of an edition that a scanner would take, and says what is in it.
fn write(document: &RootsDocument, out: &Path) -> Result<(), Failure> {
    let draft = document.draft().map_err(|error| Failure(error.said()))?;
    write_json(document, out)?;
    out::say(&draft.words(language()));
    out::say(to_compare(&draft.hash()).as_str());
    Ok(())
}

/// A JSON file for people to read; `-` for standard output.
fn write_json(value: &impl serde::Serialize, out: &Path) -> Result<(), Failure> {
    if out == Path::new("-") {
        let json = serde_json::to_string_pretty(value).map_err(|error| failed(out, error))?;
        outln!("{json}");
        return Ok(());
    }
    files::replace_json(out, value, Readers::Everybody)
}
