//! `onecode mirror`: everything that any gate may need, into a folder.
//!
//! Uses `fetch`.

use std::path::PathBuf;

use onecode::fetching::Purpose;

use crate::failure::Failure;
use crate::fetch::{once, Fetcher, Server, Source};
use crate::{roots, time};

/// Copy a publication as a whole: for a USB stick, or a server of an inner network.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode mirror https://lists.example.gov.cn --to /media/stick/lists --roots roots.json\n  \
    onecode mirror /media/stick/lists --to /srv/lists --roots roots.json\n\n\
    It has all editions of the roots, what the index names, and all that the indexes of the status \
    lists name. The stick may be pulled out at any time: what is on it is one publication or the \
    other. The exit status is 0 when all went well, 1 when something is missing or was not taken.")]
pub(crate) struct Mirror {
    /// The address of a publication, or a folder with one.
    #[arg(value_name = "URL|DIR")]
    source: String,
    /// The folder of the copy.
    #[arg(long = "to", value_name = "DIR")]
    folder: PathBuf,
    /// What signs the lists: a signed roots document, its hash as sha256:HASH, or a lone public key
    /// as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: String,
    #[command(flatten)]
    server: Server,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Mirror {
    pub(super) fn run(self) -> Result<bool, Failure> {
        let source = Source::of(&self.source, &self.server)?;
        let roots = roots::configured(&self.roots)?;
        let mut fetcher = Fetcher::new(source, &self.folder, roots, Purpose::Mirror)?;
        once(&mut fetcher, &mut vec![], self.at.unwrap_or_else(time::now))
    }
}
