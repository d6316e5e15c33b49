//! `onecode receipts evidence`: one complaint in one file, and what it proves.
//!
//! `make` puts it together from a gate's receipts and the lists of then; `check` is for whoever gets it.
//! What it must hold, what it proves and who answers, the library says.

mod check;
mod make;
mod said;

use crate::failure::Failure;

/// Put the evidence about one complaint into one file, or check such a file.
#[derive(clap::Subcommand)]
pub(crate) enum Evidence {
    Make(make::Make),
    Check(check::Check),
}

impl Evidence {
    pub(super) fn run(self) -> Result<bool, Failure> {
        match self {
            Evidence::Make(options) => options.run().map(|()| true),
            Evidence::Check(options) => options.run(),
        }
    }
}
