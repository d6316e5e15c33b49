//! `onecode pin`: the operator's root, put in force by hand at a gate that has a state.
//!
//! Uses `world` for the root and `state` for the file.

use std::path::PathBuf;

use onecode::Policy;

use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::keys;
use crate::state;
use crate::world::World;

/// Believe the root in operator/root.jwk from now on, and no other, at a gate that has a state.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode pin --world w --state gate.state\n\n\
    Lists that this root has not signed are out of force then. Used codes and the numbers of \
    editions are kept.")]
pub(crate) struct Pin {
    /// The region's folder: `operator/root.jwk` of it.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The scanner's state, as `onecode scan` keeps it. No scanner may be running on it.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

impl Pin {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let world = World::open(&self.world)?;
        let root = world.root()?;
        let _held = state::hold(&self.state)?;
        // How strict it is, is not kept in the state.
        let mut scanner = state::restore(&self.state, Policy::default())?;
        scanner.pin_roots([root]);
        files::replace(&self.state, &scanner.snapshot(), Readers::Owner)
            .map_err(|error| failed(&self.state, error))?;
        out!("{}", keys::describe(&root));
        Ok(())
    }
}
