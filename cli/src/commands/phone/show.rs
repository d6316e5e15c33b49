//! `onecode phone show`: the code of a phone's card.

use std::io::{stdout, IsTerminal};
use std::path::PathBuf;

use onecode::{Challenge, Level};

use crate::arguments::challenge;
use crate::failure::Failure;
use crate::files::{self, failed, Readers};
use crate::handset;
use crate::picture::{draw, MODULE_PX};
use crate::time;

/// Show the code of the card on a phone. Needs no network.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode phone show p\n  onecode phone show p --png code.png")]
pub(crate) struct Show {
    /// The phone's folder.
    phone: PathBuf,
    /// The scanner's challenge: what it shows, or its bytes in hexadecimal digits.
    #[arg(long, value_name = "CHALLENGE", value_parser = challenge)]
    challenge: Option<Challenge>,
    /// Write a PNG picture.
    #[arg(long, value_name = "FILE")]
    png: Option<PathBuf>,
    /// Print the text of the code: what a scanner reads. The default where nobody watches.
    #[arg(long)]
    text: bool,
}

impl Show {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let code = handset::code(&self.phone, |session, key| {
            session.bound_code(key, time::now(), None, self.challenge.clone())
        })?;
        if let Some(file) = &self.png {
            let picture = draw(&code, Level::default())?;
            let png = picture.to_png(MODULE_PX).map_err(|error| failed(file, error))?;
            files::replace(file, &png, Readers::Everybody).map_err(|error| failed(file, error))?;
        }
        if self.text || self.png.is_none() && !stdout().is_terminal() {
            outln!("{}", code.text());
        } else if self.png.is_none() {
            outln!("{}", draw(&code, Level::default())?.to_terminal());
        }
        Ok(())
    }
}
