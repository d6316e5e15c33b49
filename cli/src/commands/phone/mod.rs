//! `onecode phone`: a phone for people without one, against an issuer's service.
//!
//! Uses `handset` and `client`. `enrol`, `renew`, `moving` and `show` have a command each; here is
//! what they share.

mod enrol;
mod moving;
mod renew;
mod show;

use std::path::PathBuf;

use onecode::card::CardId;
use onecode::request::renewal_due_unix_s;

use crate::cause::Cause;
use crate::client::{CallError, IssuerClient, Server, Token, NO_SUCH_ENDPOINT};
use crate::failure::Failure;
use crate::files;
use crate::handset::{self, Handset};
use crate::time;

/// Play a phone: get a card from an issuer's service, renew it, move it, show its code.
#[derive(clap::Subcommand)]
pub(crate) enum Phone {
    Enrol(Box<enrol::Enrol>),
    Renew(renew::Renew),
    Move(Box<moving::Move>),
    MoveAsk(Box<moving::Ask>),
    MoveAgree(moving::Agree),
    MoveTake(moving::Take),
    Show(show::Show),
}

impl Phone {
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Phone::Enrol(enrol) => enrol.run(),
            Phone::Renew(renew) => renew.run(),
            Phone::Move(moving) => moving.run(),
            Phone::MoveAsk(ask) => ask.run(),
            Phone::MoveAgree(agree) => agree.run(),
            Phone::MoveTake(take) => take.run(),
            Phone::Show(show) => show.run(),
        }
    }
}

/// Where the service is.
#[derive(clap::Args)]
struct Service {
    /// The address of the issuer's service.
    #[arg(long = "service", value_name = "URL")]
    url: String,
    /// Who signs the service's certificate, PEM; those whom the system knows without this.
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Who is signed in on the phone.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct SignIn {
    /// The person, in a practice region: its service signs a token for whoever asks.
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// A file with the token of the person; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
}

/// How long the command waits.
#[derive(clap::Args, Clone, Copy)]
struct Patience {
    /// Seconds that the command goes on trying while the service is away or busy.
    #[arg(long = "wait", value_name = "S", default_value_t = 0)]
    wait_s: u64,
    /// Seconds that an answer may take.
    #[arg(long = "timeout", value_name = "S", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout_s: u64,
}

impl Service {
    fn server(&self, patience: Patience) -> Server {
        let timeout_s = patience.timeout_s;
        Server { url: self.url.clone(), ca: self.ca.clone(), timeout_s }
    }
}

impl SignIn {
    fn token(
        &self,
        phone: &mut Handset,
        client: &IssuerClient,
        patience: Patience,
    ) -> Result<Token, Failure> {
        if let Some(file) = &self.token {
            return Ok(Token::new(&files::read_text(file)?));
        }
        let subject = self.subject.as_deref().unwrap_or_default();
        let signed =
            phone.call(client, patience.wait_s, |client| client.practice_token(subject))?;
        signed.map_err(|error| match error.number() {
            Some(NO_SUCH_ENDPOINT) => Failure(said!(
                "这个服务不签发演练凭据；请用 --token 给出登录凭据",
                "this service signs no tokens for practice; --token names the file with one"
            )),
            _ => refused(&error),
        })
    }
}

/// The service did not do it.
fn refused(error: &CallError) -> Failure {
    Failure(error.said())
}

/// Tells what card a phone has now, and until when.
fn tell(phone: &Handset, card: CardId) -> Result<(), Failure> {
    let held = handset::card(phone.folder())?;
    let claims = held.claims();
    answer!(
        "{phone}：卡 {card}，有效期至 {expires}；{due} 起应更新",
        "{phone}: card {card}, good until {expires}; renewal is due from {due} on",
        phone = phone.folder().display(),
        expires = time::rfc3339(claims.expires_unix_s),
        due = time::rfc3339(renewal_due_unix_s(claims))
    );
    Ok(())
}
