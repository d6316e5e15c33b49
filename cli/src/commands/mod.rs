//! The commands, one file each: its arguments, its examples, and what it does.
//!
//! A command may use every module beside this folder, and no other command.

mod card;
mod completions;
mod explain;
mod key;
mod keygen;
mod pin;
mod preflight;
mod reason;
mod receipts;
mod sandbox;
mod scan;
mod show;
mod sign;

use clap::{CommandFactory, Parser, Subcommand};

use crate::failure::Failure;

/// One QR code from a social security card, checked offline.
#[derive(Parser)]
#[command(name = "onecode", version, about)]
pub(crate) struct Onecode {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Sandbox(sandbox::Sandbox),
    Show(Box<show::Show>),
    Scan(Box<scan::Scan>),
    Preflight(preflight::Options),
    #[command(subcommand)]
    Receipts(receipts::Receipts),
    #[command(subcommand)]
    Card(card::Card),
    #[command(subcommand)]
    Sign(sign::Sign),
    Keygen(keygen::Keygen),
    Pin(pin::Pin),
    Key(key::Key),
    Explain(explain::Explain),
    Reason(reason::Reason),
    Completions(completions::Completions),
}

impl Onecode {
    /// Whether the answer to what was asked is yes; it always is where nothing was asked.
    pub(crate) fn run(self) -> Result<bool, Failure> {
        match self.command {
            Command::Preflight(options) => return options.run(),
            Command::Receipts(receipts) => return receipts.run(),
            Command::Sandbox(sandbox) => sandbox.run(),
            Command::Show(show) => show.run(),
            Command::Scan(scan) => scan.run(),
            Command::Card(card) => card.run(),
            Command::Sign(sign) => sign.run(),
            Command::Keygen(keygen) => keygen.run(),
            Command::Pin(pin) => pin.run(),
            Command::Key(key) => key.run(),
            Command::Explain(explain) => explain.run(),
            Command::Reason(reason) => reason.run(),
            Command::Completions(completions) => {
                completions.run(&mut Onecode::command());
                Ok(())
            }
        }?;
        Ok(true)
    }
}
