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

use std::process::ExitCode;

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
    /// The exit status: success, or failure where the answer to what was asked is no. A gate has
    /// one of its own.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let yes_or_no = |yes| if yes { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        match self.command {
            Command::Preflight(options) => return options.run().map(yes_or_no),
            Command::Receipts(receipts) => return receipts.run().map(yes_or_no),
            Command::Scan(scan) => return scan.run(),
            Command::Sandbox(sandbox) => sandbox.run(),
            Command::Show(show) => show.run(),
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
        Ok(ExitCode::SUCCESS)
    }
}
