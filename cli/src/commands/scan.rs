//! `onecode scan`: the gate. A line in, a line out; or a picture in.
//!
//! Uses `gate`, and what a gate needs: `world`, `state`, `receipt_file`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use onecode::challenge::ChallengeForm;
use onecode::fetching::Purpose;
use onecode::{Challenge, Policy, Region};

use crate::arguments::{challenge, region};
use crate::cause::Cause;
use crate::failure::Failure;
use crate::fetch::{in_background, Fetcher, Server, Source, Tally};
use crate::gate::{Figures, Gate, Station};
use crate::keys::source::{key_source, KeySource, Module};
use crate::receipt_file::{Recorder, Rotation};
use crate::state::{self, Keeper};
use crate::time;
use crate::venue::VenueOptions;
use crate::world::World;

/// Exit status when the terminal that was read has gone. A unit restarts the gate then.
const DEVICE_GONE: u8 = 3;

/// Decide about codes, offline: a line of JSON for each line of standard input, or picture.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode scan --world w --application transit.metro --place 320500 < /dev/ttyACM0\n  \
    onecode scan --world w --application culture.library --place 330100 code.png\n  \
    onecode scan --roots roots.json --lists https://lists.example.gov.cn --keep lists --application \
    transit.metro --place 320500 --state gate.state\n\n\
    A terminal or a serial line is set raw and put back at the end: every byte is data, and Ctrl-C \
    and Ctrl-D end nothing.\n\n\
    The exit status is 0 when it ran to the end of its input, whatever the verdicts; 2 when it \
    could not go on, or something is not on the disk at the end; 3 when the terminal or serial \
    line that it read has gone.")]
pub(crate) struct Scan {
    /// The region's folder: `roots.json` and `published/` of it.
    #[arg(long, value_name = "DIR", required_unless_present = "lists")]
    world: Option<PathBuf>,
    /// Where lists come from in place of `published/` of the region: the address of a publication,
    /// which is fetched into the folder of --keep, or a folder that somebody else fills.
    #[arg(long, value_name = "URL|DIR")]
    lists: Option<String>,
    /// The folder that fetched lists are kept in.
    #[arg(long, value_name = "DIR", requires = "lists")]
    keep: Option<PathBuf>,
    /// About how many seconds are between two fetches.
    #[arg(long, value_name = "S", default_value_t = 3_600, requires = "keep", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    every: u32,
    #[command(flatten)]
    server: Server,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// The application that this scanner serves, by id or number.
    #[arg(long, value_name = "ID")]
    application: String,
    /// Where the scanner stands (GB/T 2260).
    #[arg(long, value_name = "CODE", value_parser = region)]
    place: Region,
    /// As if it were this time (RFC 3339 or Unix seconds), for every line.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The challenge that the scanner has shown: as shown, or its bytes in hexadecimal digits.
    #[arg(long, value_name = "CHALLENGE", value_parser = challenge)]
    challenge: Option<Challenge>,
    /// Make challenges, one after the other, and put each out as a line of its own to be shown.
    #[arg(long, value_enum, conflicts_with_all = ["challenge", "pictures"])]
    ask: Option<Ask>,
    /// Seconds by which the clocks of phone and scanner may differ, at most 120.
    #[arg(long, value_name = "S", default_value_t = Policy::default().tolerance_s, value_parser = clap::value_parser!(u16).range(..=i64::from(Policy::MAX_TOLERANCE_S)))]
    tolerance: u16,
    /// Take practice cards, marked as such. Never at a live service.
    #[arg(long)]
    specimens: bool,
    /// Work without ever having been given a status list. Only where there are none to be had:
    /// whether a card is lost is not known then.
    #[arg(long)]
    without_status_lists: bool,
    /// Keep the scanner's memory in this file: used codes, editions of lists, clock, challenges.
    /// Each running scanner needs a file of its own.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Append a signed receipt of each verdict to this file, chained to the one before. The state
    /// has to be kept as well: the chain goes on from it.
    #[arg(long, value_name = "FILE", requires_all = ["state", "scanner"])]
    receipts: Option<PathBuf>,
    /// The scanner's id in its receipts, such as cn-32.gate-1.
    #[arg(long, value_name = "ID", requires = "receipts")]
    scanner: Option<String>,
    /// The key that signs receipts, a PEM file or a PKCS#11 URI; `scanners/ID.pem` of the region
    /// without this.
    #[arg(long, value_name = "KEY", requires = "receipts", value_parser = key_source())]
    scanner_key: Option<KeySource>,
    #[command(flatten)]
    rotation: Rotation,
    #[command(flatten)]
    module: Module,
    #[command(flatten)]
    venue: VenueOptions,
    /// Write figures for the control room to this file, as OpenMetrics text: each 15 seconds, and at
    /// once when something is wrong. A folder in memory spares the disk.
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    /// Pictures with codes, PNG or JPEG; without them, texts from standard input, a line each.
    #[arg(value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
}

/// How a challenge gets to the phone.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Ask {
    /// As the text of a QR picture.
    Picture,
    /// As 8 characters that a person types.
    Typed,
}

impl From<Ask> for ChallengeForm {
    fn from(ask: Ask) -> Self {
        match ask {
            Ask::Picture => ChallengeForm::Picture,
            Ask::Typed => ChallengeForm::Typed,
        }
    }
}

impl Scan {
    /// The region, with lists from where they are to come, and what comes of fetching them.
    fn world(&self) -> Result<(World, Option<Arc<Tally>>), Failure> {
        let region = self.world.as_deref();
        let Some(lists) = &self.lists else {
            return Ok((World::open(region.unwrap_or(Path::new(".")))?, None));
        };
        if region.is_none() && self.roots.is_none() {
            return Err(Failure(said!(
                "没有 --world 时，请用 --roots 指明根密钥",
                "without --world, name the roots with --roots"
            )));
        }
        let folder = match &self.keep {
            None if Source::is_url(lists) => {
                return Err(Failure(said!(
                    "{lists}：请用 --keep DIR 指明名单保存在哪里",
                    "{lists}: say with --keep DIR where the lists are kept"
                )))
            }
            None => PathBuf::from(lists),
            Some(keep) => keep.clone(),
        };
        let world = World::with_lists(region, folder.clone());
        let mut fetches = None;
        if self.keep.is_some() {
            let roots = world.roots(self.roots.as_deref())?;
            let source = Source::of(lists, &self.server)?;
            let fetcher = Fetcher::new(source, &folder, roots, Purpose::Keep)?;
            fetches = Some(in_background(fetcher, self.every)?);
        }
        Ok((world, fetches))
    }

    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let (world, fetches) = self.world()?;
        let station = Station {
            application: world.known_application(&self.application, self.roots.as_deref())?,
            place: self.place,
            at: self.at,
            challenge: self.challenge,
            asks: self.ask.map(ChallengeForm::from),
        };
        let policy = Policy {
            tolerance_s: self.tolerance,
            accept_specimens: self.specimens,
            without_status_lists: self.without_status_lists,
        };
        let roots = world.roots(self.roots.as_deref())?;
        let (mut scanner, mut keeper) = match &self.state {
            Some(file) => {
                let (scanner, keeper) = Keeper::take_up(&roots, file.clone(), policy)?;
                (scanner, Some(keeper))
            }
            None => (state::scanner(&roots, None, policy)?, None),
        };
        let recorder = match (&self.receipts, &self.scanner) {
            (Some(file), Some(id)) => {
                let key =
                    self.scanner_key.as_ref().map(|key| key.open(&self.module)).transpose()?;
                Some(Recorder::new(&world, file, id, key, self.rotation, &mut scanner)?)
            }
            _ => None,
        };
        if let Some(keeper) = &mut keeper {
            keeper.begin(&scanner)?;
        }
        let now = station.at.unwrap_or_else(time::now);
        let venue = self.venue.open(&mut scanner, self.state.as_deref(), now)?;
        let figures = self.metrics.map(|file| Figures::new(file, fetches));
        let lists = world.lists();
        let mut gate = Gate::open(scanner, lists, station, recorder, keeper, venue, figures);
        let mut gone = None;
        if self.pictures.is_empty() {
            gone = gate.standard_input()?;
        }
        for file in &self.pictures {
            gate.picture(file)?;
        }
        gate.close()?;
        let Some(gone) = gone else { return Ok(ExitCode::SUCCESS) };
        let why = gone.said();
        warn!("标准输入：{why}", "standard input: {why}");
        Ok(ExitCode::from(DEVICE_GONE))
    }
}
