//! `onecode fetch`: the lists that a gate needs, into a folder.
//!
//! Uses `fetch`.

use std::path::PathBuf;

use onecode::fetching::Purpose;

use crate::failure::Failure;
use crate::fetch::{for_ever, once, Fetcher, Server, Source, Tally};
use crate::{roots, time};

/// Fetch what a gate needs from a server or a folder: newer lists, and whole ones only where no
/// change leads on.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode fetch https://lists.example.gov.cn --to lists --roots roots.json\n  \
    onecode fetch /media/stick/lists --to lists --roots roots.json\n  \
    onecode fetch https://lists.example.gov.cn --to lists --roots roots.json --every 3600\n\n\
    A scanner with these roots judges all of it first: nothing else gets into the folder. The exit \
    status is 0 when all went well, 1 when something could not be fetched or was not taken.")]
pub(crate) struct Fetch {
    /// The address of a publication, or a folder with one.
    #[arg(value_name = "URL|DIR")]
    source: String,
    /// The folder that the lists are kept in.
    #[arg(long = "to", value_name = "DIR")]
    folder: PathBuf,
    /// What the scanner is set up with: a signed roots document, its hash as sha256:HASH, or a lone
    /// public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: String,
    /// Go on fetching, about every so many seconds; sooner after a failure.
    #[arg(long, value_name = "S", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    every: Option<u32>,
    #[command(flatten)]
    server: Server,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse, conflicts_with = "every")]
    at: Option<i64>,
}

impl Fetch {
    pub(super) fn run(self) -> Result<bool, Failure> {
        let source = Source::of(&self.source, &self.server)?;
        let roots = roots::configured(&self.roots)?;
        let mut fetcher = Fetcher::new(source, &self.folder, roots, Purpose::Keep)?;
        if let Some(every_s) = self.every {
            for_ever(fetcher, every_s, &Tally::default());
        }
        once(&mut fetcher, &mut vec![], self.at.unwrap_or_else(time::now))
    }
}
