//! `onecode receipts`: what an auditor does with receipts.
//!
//! `verify` says whether they are all there, `replay` makes their scans again, `totals` counts them
//! without persons, and `evidence` puts one complaint into one file.

mod evidence;
mod replay;
mod totals;
mod verify;

use onecode::governance::{DocumentKind, Roots};
use onecode::receipt::ReceiptKeys;

use crate::failure::Failure;
use crate::files::failed;
use crate::world::World;

/// Check a gate's receipts, make its scans again from them, count them, or send one on.
#[derive(clap::Subcommand)]
pub(crate) enum Receipts {
    Verify(verify::Verify),
    Replay(replay::Replay),
    Totals(totals::Totals),
    #[command(subcommand)]
    Evidence(evidence::Evidence),
}

impl Receipts {
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self {
            Receipts::Verify(options) => options.run(),
            Receipts::Replay(options) => options.run(),
            Receipts::Totals(options) => options.run(),
            Receipts::Evidence(evidence) => evidence.run(),
        }
    }
}

/// Each edition of the roots, and the keys that the newest trust list admits for receipts.
fn keys(
    world: &World,
    roots: Option<&str>,
    now: i64,
) -> Result<(Vec<Roots>, ReceiptKeys), Failure> {
    let steps = world.walked(roots)?;
    let (file, trust_list) = world.editions().newest(DocumentKind::TrustList, &steps)?;
    let keys = ReceiptKeys::from_trust_list(&trust_list, &steps, now)
        .map_err(|error| failed(&file, error))?;
    Ok((steps, keys))
}
