//! `onecode receipts`: what an auditor does with receipts.
//!
//! `verify` says whether they are all there, `replay` makes their scans again.

mod replay;
mod verify;

use crate::failure::Failure;

/// Check a gate's receipts, and make its scans again from them.
#[derive(clap::Subcommand)]
pub(crate) enum Receipts {
    Verify(verify::Verify),
    Replay(replay::Replay),
}

impl Receipts {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self {
            Receipts::Verify(options) => options.run(),
            Receipts::Replay(options) => options.run(),
        }
    }
}
