//! `onecode roots begin-anew`: other roots, put in force by hand at a gate that has a state.
//!
//! Uses `world` or `roots` for them, and `state` for the file.

use std::path::PathBuf;

use onecode::Policy;

use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::world::World;
use crate::{roots, state};

/// Believe the configured roots from now on, and no others, at a gate that has a state.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode roots begin-anew --world w --state gate.state\n\n\
    Lists that these roots have not signed are out of force then. Used codes are kept.")]
pub(crate) struct BeginAnew {
    /// The region's folder: `roots.json` of it.
    #[arg(long, value_name = "DIR", required_unless_present = "roots")]
    world: Option<PathBuf>,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// The scanner's state, as `onecode scan` keeps it. No scanner may be running on it.
    #[arg(long, value_name = "FILE")]
    state: PathBuf,
}

impl BeginAnew {
    pub(super) fn run(self) -> Result<(), Failure> {
        let roots = match (&self.world, &self.roots) {
            (Some(world), named) => World::open(world)?.roots(named.as_deref())?,
            (None, Some(named)) => roots::configured(named)?,
            (None, None) => return Ok(()),
        };
        let _held = state::hold(&self.state)?;
        // How strict it is, is not kept in the state.
        let mut scanner = state::restore(&self.state, Policy::default())?;
        scanner.begin_anew(roots);
        files::replace(&self.state, &scanner.snapshot(), Readers::Owner)
            .map_err(|error| failed(&self.state, error))?;
        answer!(
            "{state}：从根密钥名录第 {number} 版重新开始",
            "{state}: begins anew with edition {number} of the roots",
            state = self.state.display(),
            number = scanner.roots().number()
        );
        Ok(())
    }
}
