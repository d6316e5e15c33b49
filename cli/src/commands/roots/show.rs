//! `onecode roots show`: what a roots document says, in words.

use std::path::PathBuf;

use onecode::governance::{DocumentKind, SignedDocument};

use crate::documents::{self, Count};
use crate::failure::Failure;
use crate::files::text_in;
use crate::lang::language;
use crate::signing::to_compare;
use crate::world::editions;

/// Say in words what a roots document has in it, and its hash in groups to be read aloud.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode roots show published/roots/1.json")]
pub(crate) struct Show {
    /// A signed roots document, or the content of one.
    #[arg(id = "roots_file", value_name = "FILE")]
    file: PathBuf,
}

impl Show {
    pub(super) fn run(self) -> Result<(), Failure> {
        let file = &self.file;
        let is_signed =
            text_in(&editions::read(file)?).is_ok_and(|text| text.contains("\"payload\""));
        let document: SignedDocument = match is_signed {
            true => documents::read(DocumentKind::Roots, file)?,
            false => documents::draft(DocumentKind::Roots, file)?,
        };
        outln!("{}", document.words(language()));
        outln!("{}", to_compare(&document.hash()));
        if is_signed {
            for line in Count::of(&document, None)?.lines(&document) {
                outln!("{line}");
            }
        }
        Ok(())
    }
}
