//! `onecode phone enrol`: a card onto a phone.

use std::path::PathBuf;

use onecode::card::CardId;
use onecode::client::{CardStep, Remedy};
use onecode::issuing::IssuingRefusal;
use onecode::request::{CardRequest, Reason, Replaces};

use super::{refused, tell, Patience, Service};
use crate::client::{CallError, Issued, IssuerClient, Token};
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::handset::Handset;

/// Get a card from the issuer's service onto a new phone.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode phone enrol p --service http://127.0.0.1:8031 --subject qian-wei\n  \
    onecode phone enrol p --service https://cards.example.cn --token token.txt")]
pub(crate) struct Enrol {
    /// The phone's folder; a new one, or one without a card.
    phone: PathBuf,
    #[command(flatten)]
    service: Service,
    #[command(flatten)]
    who: Who,
    /// Which of the person's cards, by the issuer's reference; needed where there are several.
    #[arg(long, value_name = "REFERENCE")]
    card: Option<String>,
    /// This phone takes the place of one that is lost or broken, which is then refused.
    #[arg(long, value_enum, value_name = "WHY")]
    replaces: Option<Why>,
    #[command(flatten)]
    patience: Patience,
}

/// Who asks: somebody who is signed in, or somebody with a code from a counter.
#[derive(clap::Args)]
#[group(required = true, multiple = false)]
struct Who {
    /// The person, in a practice region: its service signs a token for whoever asks.
    #[arg(long, value_name = "NAME")]
    subject: Option<String>,
    /// A file with the token of the person; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    token: Option<PathBuf>,
    /// A file with the code that a counter gave; `-` is standard input.
    #[arg(long, value_name = "FILE")]
    code: Option<PathBuf>,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Why {
    Lost,
    Broken,
}

impl Enrol {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let server = self.service.server(self.patience);
        let client = IssuerClient::new(&server)?;
        let mut phone = Handset::open_or_new(&self.phone, &server)?;
        if phone.held_card()?.is_some() {
            return Err(failed(
                &self.phone,
                said!("这部手机上已有卡", "a card is on this phone already"),
            ));
        }
        // An earlier answer may have got lost: then the card is there, and needs no sign-in.
        let earlier = phone.asked(false);
        if let Some(card) = collected(&mut phone, &client, earlier.as_ref(), self.patience)? {
            return tell(&phone, card);
        }
        let token = self.token(&mut phone, &client)?;
        let wait_s = self.patience.wait_s;
        let ask = |phone: &mut Handset, request: &CardRequest| {
            let card = self.card.as_deref();
            phone.call(&client, wait_s, |client| client.credential(&token, request, card))
        };
        let (replaces, begins_anew) = (self.replaces(), earlier.is_some());
        if let Some(request) = earlier.filter(|it| it.claims().replaces == replaces) {
            match ask(&mut phone, &request)? {
                // Its challenge has ended: nothing comes of it any more.
                Err(error) if is_hopeless(&error) => {}
                issued => return taken(&mut phone, issued),
            }
        }
        let given = phone.call(&client, wait_s, |client| client.challenge(&token))?;
        let given = given.map_err(|error| refused(&error))?;
        let key = if begins_anew { phone.new_key()? } else { phone.key_or_new()? };
        let request = phone.request(&key, given.challenge, replaces)?;
        phone.ask(&request)?;
        let issued = ask(&mut phone, &request)?;
        taken(&mut phone, issued)
    }

    fn replaces(&self) -> Option<Replaces> {
        self.replaces.map(|why| Replaces {
            reason: match why {
                Why::Lost => Reason::Lost,
                Why::Broken => Reason::Broken,
            },
            card: None,
        })
    }

    fn token(&self, phone: &mut Handset, client: &IssuerClient) -> Result<Token, Failure> {
        let Who { subject, token, code } = &self.who;
        let Some(file) = code else {
            let sign_in = super::SignIn { subject: subject.clone(), token: token.clone() };
            return sign_in.token(phone, client, self.patience);
        };
        let code = files::read_text(file)?;
        let token = phone
            .call(client, self.patience.wait_s, |client| client.token_for_code(code.trim()))?;
        token.map_err(|error| refused(&error))
    }
}

/// What was issued for an earlier request, if anything was.
fn collected(
    phone: &mut Handset,
    client: &IssuerClient,
    earlier: Option<&CardRequest>,
    patience: Patience,
) -> Result<Option<CardId>, Failure> {
    let Some(earlier) = earlier else { return Ok(None) };
    let collect = phone.collect(earlier)?;
    match phone.call(client, patience.wait_s, |client| client.collect(&collect))? {
        Ok(issued) => phone.take(issued).map(Some),
        Err(error) if error.number() == Some(IssuingRefusal::UnknownRequest.number().into()) => {
            Ok(None)
        }
        Err(error) => Err(refused(&error)),
    }
}

/// Whether a request never gets a card: `collected` has found none.
fn is_hopeless(error: &CallError) -> bool {
    let remedy = error.remedy(CardStep::Issue);
    matches!(remedy, Some(Remedy::CollectAnswer | Remedy::NewKey))
}

fn taken(phone: &mut Handset, issued: Result<Issued, CallError>) -> Result<(), Failure> {
    let card = phone.take(issued.map_err(|error| refused(&error))?)?;
    tell(phone, card)
}
