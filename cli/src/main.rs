//! `onecode`: the command for issuers, operators, hotlines and auditors.
//!
//! Hands the arguments to the command that they name, and its outcome to the shell as the exit
//! status. Nothing uses this file; everything a command does is in `commands` and what that uses.

#[macro_use]
mod lang;
#[macro_use]
mod out;

mod arguments;
mod cause;
mod client;
mod commands;
mod device;
mod documents;
mod failure;
mod fetch;
mod files;
mod gate;
mod handset;
mod help;
mod keys;
mod lines;
mod live;
mod phone;
mod picture;
mod progress;
mod receipt_file;
mod roots;
mod signing;
mod state;
mod time;
mod venue;
mod verdict_line;
mod world;

use std::process::ExitCode;

use self::failure::Failure;

fn main() -> ExitCode {
    lang::choose();
    match commands::Onecode::from_line().run() {
        Ok(status) => status,
        Err(Failure(line)) => {
            out::warn(&line);
            ExitCode::from(2)
        }
    }
}
