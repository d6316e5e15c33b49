//! `onecode phone renew`: the same card for another 30 days.

use std::path::PathBuf;

use onecode::issuing::IssuingRefusal;
use onecode::request::renewal_due_unix_s;
use onecode::SigningKey;

use super::{refused, tell, Patience};
use crate::client::IssuerClient;
use crate::failure::Failure;
use crate::handset::Handset;
use crate::time;

/// Renew the card on a phone, by its key alone.
#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  onecode phone renew p\n  onecode phone renew p --if-due --wait 3600"
)]
pub(crate) struct Renew {
    /// The phone's folder.
    phone: PathBuf,
    /// Only when it is due, as a phone does by itself.
    #[arg(long)]
    if_due: bool,
    #[command(flatten)]
    patience: Patience,
}

impl Renew {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut phone = Handset::open(&self.phone)?;
        let (key, card) = phone.card()?;
        if self.if_due && renewal_due_unix_s(card.claims()) > time::now() {
            return tell(&phone, card.id());
        }
        let client = IssuerClient::new(&phone.server(self.patience.timeout_s))?;
        let wait_s = self.patience.wait_s;
        // One round trip, if the challenge that came with the last credential is still good.
        let challenge = match phone.take_challenge() {
            Some(challenge) => challenge,
            None => {
                let public = key.public_key();
                let given =
                    phone.call(&client, wait_s, |client| client.challenge_for_key(&public))?;
                given.map_err(|error| refused(&error))?.challenge
            }
        };
        let request = phone.request(&key, challenge, None)?;
        let issued = match phone.call(&client, wait_s, |client| client.renewal(&request))? {
            Ok(issued) => issued,
            Err(error) => {
                let moved = u64::from(IssuingRefusal::PhoneNotInUse.number());
                if error.number() == Some(moved) {
                    phone.forget()?;
                    warn!(
                        "卡已转到另一部手机，本机上的卡和密钥已删除",
                        "the card is on another phone now; card and key of this one are deleted"
                    );
                }
                return Err(refused(&error));
            }
        };
        let card = phone.take(issued)?;
        tell(&phone, card)
    }
}
