//! The commands, one file each: its arguments, its examples, and what it does.
//!
//! A command may use every module beside this folder, and no other command.

mod audit;
mod card;
mod catalogue;
mod completions;
mod explain;
mod fetch;
mod key;
mod keygen;
mod mirror;
mod phone;
mod preflight;
mod publish;
mod reason;
mod receipts;
mod roots;
mod sandbox;
mod scan;
mod show;
mod sign;
mod withdraw;

use std::process::ExitCode;

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};
use onecode::Language;

use crate::failure::Failure;
use crate::help;
use crate::lang::language;

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
    Fetch(fetch::Fetch),
    Mirror(mirror::Mirror),
    Publish(publish::Publish),
    #[command(subcommand)]
    Receipts(receipts::Receipts),
    #[command(subcommand)]
    Card(card::Card),
    #[command(subcommand)]
    Phone(phone::Phone),
    #[command(subcommand)]
    Sign(sign::Sign),
    #[command(subcommand)]
    Roots(roots::Roots),
    Withdraw(withdraw::Withdraw),
    Audit(audit::Audit),
    #[command(subcommand)]
    Catalogue(catalogue::Catalogue),
    Keygen(keygen::Keygen),
    Key(key::Key),
    Explain(explain::Explain),
    Reason(reason::Reason),
    Completions(completions::Completions),
}

impl Onecode {
    /// What the line asks for; help, or what is wrong with the line, ends the process.
    pub(crate) fn from_line() -> Self {
        let wanted = Self::in_language().try_get_matches().and_then(|matches| {
            // What is wrong here is wrong with the description, and a test would have seen it.
            Onecode::from_arg_matches(&matches)
        });
        wanted.unwrap_or_else(|error| match language() {
            Language::Zh => error.apply::<help::Chinese>().exit(),
            Language::En => error.exit(),
        })
    }

    /// All commands and arguments, described in the language of this process.
    fn in_language() -> clap::Command {
        match language() {
            Language::Zh => help::in_chinese(Self::described()),
            Language::En => Self::described(),
        }
    }

    /// The same in English.
    pub(crate) fn described() -> clap::Command {
        // Read by `lang` before anything else, and no command has to know it.
        let lang = Arg::new("lang")
            .long("lang")
            .global(true)
            .value_parser(["zh", "en"])
            .value_name("LANGUAGE")
            .help("Answer in Chinese or English; else as LC_ALL, LC_MESSAGES or LANG say");
        Self::command().arg(lang)
    }

    /// The exit status: success, or failure where the answer to what was asked is no. A gate has
    /// one of its own.
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        let yes_or_no = |yes| if yes { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        match self.command {
            Command::Preflight(options) => return options.run().map(yes_or_no),
            Command::Receipts(receipts) => return receipts.run().map(yes_or_no),
            Command::Roots(roots) => return roots.run().map(yes_or_no),
            Command::Audit(audit) => return audit.run().map(yes_or_no),
            Command::Fetch(fetch) => return fetch.run().map(yes_or_no),
            Command::Mirror(mirror) => return mirror.run().map(yes_or_no),
            Command::Scan(scan) => return scan.run(),
            Command::Publish(publish) => publish.run(),
            Command::Sandbox(sandbox) => sandbox.run(),
            Command::Show(show) => show.run(),
            Command::Card(card) => card.run(),
            Command::Phone(phone) => phone.run(),
            Command::Sign(sign) => sign.run(),
            Command::Catalogue(catalogue) => catalogue.run(),
            Command::Keygen(keygen) => keygen.run(),
            Command::Withdraw(withdraw) => withdraw.run(),
            Command::Key(key) => key.run(),
            Command::Explain(explain) => explain.run(),
            Command::Reason(reason) => reason.run(),
            Command::Completions(completions) => {
                completions.run(&mut Onecode::in_language());
                Ok(())
            }
        }?;
        Ok(ExitCode::SUCCESS)
    }
}
