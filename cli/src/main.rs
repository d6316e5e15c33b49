//! `onecode`: the command for issuers, operators, hotlines and auditors.

#[macro_use]
mod out;

mod card;
mod encode;
mod explain;
mod files;
mod keys;
mod lines;
mod live;
mod picture;
mod practice_keys;
mod preflight;
mod progress;
mod reason;
mod receipts;
mod replay;
mod sandbox;
mod scan;
mod show;
mod sign;
mod state;
mod time;
mod verdict_line;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use onecode::{Challenge, Region};

/// One QR code from a social security card, checked offline.
#[derive(Parser)]
#[command(name = "onecode", version, about)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Make a practice region in a new folder: operator, issuers, lists, cards, phones, scanners.
    #[command(after_help = "Examples:\n  onecode sandbox w\n  \
        onecode sandbox w --seed 7 --at 2026-11-23T00:00:00Z   # the same files each time")]
    Sandbox {
        /// A new folder.
        folder: PathBuf,
        /// Make all keys from this number: for practice that can be repeated, and for nothing else.
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// Cards for which each issuer's status lists have room.
        #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(2_000..=250_000_000))]
        positions: u32,
        /// As if it were this time (RFC 3339 or Unix seconds).
        #[arg(long, value_name = "TIME", value_parser = time::parse)]
        at: Option<i64>,
    },
    /// Show a card's code: live in a terminal, as text elsewhere, as a picture in a file.
    #[command(after_help = "Examples:\n  onecode show --world w --card lin-yue\n  \
        onecode show --world w --card lin-yue --png code.png\n  \
        onecode show --world w --phone lin-yue --application medical.local --place 340100 --text")]
    Show(#[command(flatten)] Box<show::Show>),
    /// Decide about codes, offline: a line of JSON for each line of standard input, or picture.
    #[command(after_help = "Examples:\n  \
        onecode scan --world w --application transit.metro --place 320500 < /dev/ttyACM0\n  \
        onecode scan --world w --application culture.library --place 330100 code.png\n\n\
        The exit status is 0 when it ran, whatever the verdicts.")]
    Scan(#[command(flatten)] Box<scan::Scan>),
    /// Say how old every list is, and which application works until when.
    #[command(after_help = "Examples:\n  onecode preflight --world w\n  \
        onecode preflight --world w --application medical.local --hours 24 || echo call somebody\n\n\
        The exit status is 0 when ready, 1 when not: the lists, or the application that is named.")]
    Preflight(#[command(flatten)] Box<preflight::Options>),
    /// Check a gate's receipts, and make its scans again from them.
    #[command(subcommand)]
    Receipts(Receipts),
    /// Issue, suspend, restore, revoke, replace a card.
    #[command(subcommand)]
    Card(Card),
    /// Sign a trust list or a catalogue with the operator's root.
    #[command(
        subcommand,
        after_help = "Examples:\n  onecode sign catalogue --world w\n  \
        onecode sign trust-list --key root.pem --json trust-list.json --out trust-list.jws"
    )]
    Sign(Sign),
    /// Make a private key, as PKCS#8 PEM.
    #[command(after_help = "Example:\n  onecode keygen --alg sm2 --out issuer.pem")]
    Keygen {
        /// The algorithm.
        #[arg(long, value_enum)]
        alg: Algorithm,
        /// A new file, readable by its owner alone; standard output without it.
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Show the public half of a private key: PEM, JWK, thumbprint, key id.
    #[command(after_help = "Example:\n  openssl genpkey -algorithm ed25519 | onecode key -")]
    Key {
        /// A PKCS#8 PEM file, as this command or OpenSSL writes it; `-` for standard input.
        file: PathBuf,
    },
    /// Show what a code says. UNVERIFIED: no signature is checked.
    #[command(after_help = "Examples:\n  onecode explain 'OC1:…'\n  \
        onecode explain - --export audit < code.txt   # then: cd audit; sh COMMANDS.txt")]
    Explain {
        /// The text of the picture; `-` for the first line of standard input.
        text: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
        /// A new folder for signed bytes, signatures, keys and the OpenSSL commands to check them.
        #[arg(long, value_name = "DIR")]
        export: Option<PathBuf>,
        /// The issuer's public key, as PEM or JWK, to be exported as well.
        #[arg(long, value_name = "FILE", requires = "export")]
        issuer_key: Option<PathBuf>,
    },
    /// The hotline's page for a refusal number; all of them without one.
    #[command(after_help = "Example:\n  onecode reason 302")]
    Reason {
        /// The number that the scanner shows.
        number: Option<u16>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the completions for a shell.
    #[command(after_help = "Example:\n  \
        onecode completions bash > ~/.local/share/bash-completion/completions/onecode")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// What an auditor does with receipts.
#[derive(Subcommand)]
enum Receipts {
    /// Say whether the chain is whole, and where it is not.
    #[command(after_help = "Examples:\n  \
        onecode receipts verify --world w --state gate.state receipts.txt\n  \
        onecode receipts verify --world w --list receipts.txt\n\n\
        The exit status is 0 when the chain is whole, 1 when it is not.")]
    Verify(#[command(flatten)] receipts::Verify),
    /// Make scans again from their receipts: the same verdicts, with all of their facts.
    ///
    /// Standard input has the texts of codes, a line each, as `onecode scan` reads them. For each
    /// receipt of one of them a line of JSON goes out: the verdict with the number of its receipt;
    /// `not_replayed` and the reason, where other lists are needed or the verdict is another one;
    /// and `no_receipt` for a text that no receipt is for.
    #[command(after_help = "Example:\n  \
        onecode receipts replay --world w receipts.txt <code.txt\n\n\
        The exit status is 0 when every text has its receipts and every verdict is the same, 1 \
        when not.")]
    Replay(#[command(flatten)] replay::Replay),
}

/// What an issuer does with a card.
#[derive(Subcommand)]
enum Card {
    /// Issue a card to a phone of the region.
    #[command(after_help = "Example:\n  onecode card issue --world w --issuer cn-31 \
        --name qian-wei --entitlements transit,library,medical_insurance")]
    Issue(#[command(flatten)] Box<card::Issue>),
    /// 挂失: no gate takes it from the next status list on.
    #[command(after_help = "Example:\n  onecode card suspend --world w --card lin-yue")]
    Suspend(CardEvent),
    /// 解挂: gates take it again.
    #[command(after_help = "Example:\n  onecode card restore --world w --card lin-yue")]
    Restore(CardEvent),
    /// 注销: for good.
    #[command(after_help = "Example:\n  onecode card revoke --world w --card lin-yue")]
    Revoke(CardEvent),
    /// 补换: a new credential in the same phone, the old one is revoked.
    #[command(after_help = "Example:\n  onecode card replace --world w --card lin-yue")]
    Replace(CardEvent),
}

#[derive(clap::Args)]
struct CardEvent {
    /// The region's folder.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// The card, by its name in the region.
    #[arg(long, value_name = "NAME")]
    card: String,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

/// What an operator signs.
#[derive(Subcommand)]
enum Sign {
    /// Which issuers are trusted, and what their keys may sign.
    TrustList(SignPlaces),
    /// Which applications exist, on what terms.
    Catalogue(SignPlaces),
}

#[derive(clap::Args)]
struct SignPlaces {
    /// The region's folder, with the root key and the document in operator/.
    #[arg(long, value_name = "DIR")]
    world: Option<PathBuf>,
    /// The root's private key, PKCS#8 PEM.
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The document, as JSON; `-` for standard input.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The signed document; `-` for standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl From<SignPlaces> for sign::Places {
    fn from(SignPlaces { world, key, json, out }: SignPlaces) -> Self {
        sign::Places { world, key, json, out }
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// EdDSA on Curve25519.
    Ed25519,
    /// SM2 with SM3.
    #[cfg(feature = "sm2")]
    Sm2,
}

impl From<Algorithm> for onecode::Algorithm {
    fn from(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Es256 => onecode::Algorithm::Esp256,
            Algorithm::Ed25519 => onecode::Algorithm::Ed25519,
            #[cfg(feature = "sm2")]
            Algorithm::Sm2 => onecode::Algorithm::Sm2,
        }
    }
}

/// A place, for clap.
fn region(code: &str) -> Result<Region, String> {
    let number = code.parse().map_err(|_| format!("{code} is not a six-digit GB/T 2260 code"))?;
    Region::new(number).map_err(|error| error.to_string())
}

/// A challenge, for clap: in hexadecimal digits, or as a scanner shows it.
fn challenge(text: &str) -> Result<Challenge, String> {
    let pairs = text.as_bytes().chunks(2).map(|pair| {
        let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2)?;
        u8::from_str_radix(pair, 16).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    match bytes.and_then(|bytes| Challenge::new(&bytes)) {
        Some(challenge) => Ok(challenge),
        None => Challenge::from_text(text).map_err(|error| {
            format!("neither 10 to 32 hexadecimal digits nor what a scanner shows: {error}")
        }),
    }
}

/// One line for a person: what went wrong, and with what.
struct Failure(String);

fn main() -> ExitCode {
    let result = match Command::parse().what {
        What::Sandbox { folder, seed, positions, at } => {
            sandbox::sandbox(&folder, seed, positions, at.unwrap_or_else(time::now))
        }
        What::Show(show) => show::show(*show),
        What::Scan(scan) => scan::scan(*scan),
        What::Preflight(options) => match preflight::preflight(&options) {
            Ok(false) => return ExitCode::FAILURE,
            ready => ready.map(|_| ()),
        },
        What::Receipts(Receipts::Verify(options)) => match receipts::verify(&options) {
            Ok(false) => return ExitCode::FAILURE,
            whole => whole.map(|_| ()),
        },
        What::Receipts(Receipts::Replay(options)) => match replay::replay(&options) {
            Ok(false) => return ExitCode::FAILURE,
            same => same.map(|_| ()),
        },
        What::Card(card) => self::card(card),
        What::Sign(Sign::TrustList(places)) => sign::sign(sign::Document::TrustList, places.into()),
        What::Sign(Sign::Catalogue(places)) => sign::sign(sign::Document::Catalogue, places.into()),
        What::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Command::command(), "onecode", &mut script);
            out!("{}", String::from_utf8_lossy(&script));
            Ok(())
        }
        What::Keygen { alg, out } => keys::generate(alg.into(), out.as_deref()),
        What::Key { file } => keys::show(&file),
        What::Explain { text, json, export, issuer_key } => {
            explain::explain(&text, json, export.as_deref(), issuer_key.as_deref())
        }
        What::Reason { number, json } => reason::reason(number, json),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(line)) => {
            tell!("onecode: {line}");
            ExitCode::from(2)
        }
    }
}

fn card(card: Card) -> Result<(), Failure> {
    let change = |event: CardEvent, to| {
        card::change(&event.world, &event.card, to, event.at.unwrap_or_else(time::now))
    };
    match card {
        Card::Issue(wanted) => card::issue(&wanted, wanted.at.unwrap_or_else(time::now)),
        Card::Suspend(event) => change(event, card::Event::Suspend),
        Card::Restore(event) => change(event, card::Event::Restore),
        Card::Revoke(event) => change(event, card::Event::Revoke),
        Card::Replace(CardEvent { world, card, at }) => {
            card::replace(&world, &card, at.unwrap_or_else(time::now))
        }
    }
}
