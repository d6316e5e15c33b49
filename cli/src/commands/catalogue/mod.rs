//! `onecode catalogue`: the list of applications as citizens read it, and what changed in it.
//!
//! Uses `files` and `roots`. The words are in `rules` and `places`; `page` and `difference` put
//! them together.

#[macro_use]
mod words;

mod difference;
mod document;
mod page;
mod places;
mod rules;

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use onecode::jose::Name;

use self::document::Document;
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::lang::language;
use crate::roots;

/// Show a catalogue as citizens read it, or what changed between two editions.
#[derive(clap::Subcommand)]
#[command(after_help = "Examples:\n  \
    onecode catalogue page w/published/catalogue/1.json --out catalogue.html\n  \
    onecode catalogue diff before.json w/operator/catalogue.json")]
pub(crate) enum Catalogue {
    /// One HTML page in Chinese and English, for a phone, a screen reader and paper.
    ///
    /// It loads nothing and runs nothing. The same file gives the same page, byte for byte.
    Page(Page),
    /// What changed between two editions, in words.
    Diff(Diff),
}

#[derive(clap::Args)]
pub(crate) struct Page {
    /// The catalogue, signed or as JSON; `-` for standard input.
    file: PathBuf,
    /// A trust list, signed or as JSON, which says what the issuers are called.
    #[arg(long, value_name = "FILE")]
    trust_list: Option<PathBuf>,
    /// The roots that must have signed it: an edition and those that follow it, sha256:HASH, or a lone
    /// key.
    #[arg(long, value_name = "ROOTS")]
    roots: Vec<String>,
    /// The page; standard output when left out.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(crate) struct Diff {
    /// The edition before, signed or as JSON.
    before: PathBuf,
    /// The edition after, signed or as JSON.
    after: PathBuf,
    /// A trust list, signed or as JSON, which says what the issuers are called.
    #[arg(long, value_name = "FILE")]
    trust_list: Option<PathBuf>,
    /// The roots that must have signed it: an edition and those that follow it, sha256:HASH, or a lone
    /// key.
    #[arg(long, value_name = "ROOTS")]
    roots: Vec<String>,
    /// As JSON, in both languages.
    #[arg(long)]
    json: bool,
}

impl Catalogue {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Catalogue::Page(page) => page.run(),
            Catalogue::Diff(diff) => diff.run(),
        }
    }
}

/// What issuers are called; nothing without a trust list.
fn issuers(trust_list: Option<&Path>) -> Result<HashMap<String, Name>, Failure> {
    trust_list.map(document::issuers).transpose().map(Option::unwrap_or_default)
}

impl Page {
    fn run(self) -> Result<(), Failure> {
        let document = Document::read(&self.file, &roots::chain(&self.roots)?)?;
        let html = page::html(&document, &issuers(self.trust_list.as_deref())?);
        match self.out.as_deref().filter(|out| *out != Path::new("-")) {
            None => out!("{html}"),
            Some(out) => files::replace(out, html.as_bytes(), Readers::Everybody)
                .map_err(|error| failed(out, error))?,
        }
        Ok(())
    }
}

impl Diff {
    fn run(self) -> Result<(), Failure> {
        let roots = roots::chain(&self.roots)?;
        let (before, after) =
            (Document::read(&self.before, &roots)?, Document::read(&self.after, &roots)?);
        let difference =
            difference::Difference::between(&before, &after, &issuers(self.trust_list.as_deref())?);
        if self.json {
            outln!("{:#}", difference.to_json());
        } else {
            out!("{}", difference.text(language()));
        }
        Ok(())
    }
}
