//! `onecode`: the command for issuers, operators, hotlines and auditors.

mod encode;
mod explain;
mod keys;
mod reason;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

/// One QR code from a social security card, checked offline.
#[derive(Parser)]
#[command(name = "onecode", version, about)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
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

/// One line for a person: what went wrong, and with what.
struct Failure(String);

fn main() -> ExitCode {
    let result = match Command::parse().what {
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
            eprintln!("onecode: {line}");
            ExitCode::from(2)
        }
    }
}
