//! Counters without network: challenges that they carry with them, and the requests that they bring
//! back.

use std::num::NonZeroU32;

use onecode::issuing::{ChallengeKey, IssuingRefusal};
use serde_json::{json, Value};

use crate::issue::{in_use, read, Sent};
use crate::nonce::For;
use crate::problem::{Kind, Problem};
use crate::service::Service;

/// Challenges that a counter gets at once, at most.
const MAX_CHALLENGES: u32 = 1_000;

impl Service {
    /// Challenges for a counter.
    pub(crate) fn counter_challenges(
        &self,
        counter: NonZeroU32,
        count: u32,
        now: i64,
    ) -> Result<Value, Problem> {
        if count == 0 || count > MAX_CHALLENGES {
            return Err(Kind::Form.with("count: 1 to 1,000"));
        }
        let lasts_s = self.config.cards.counter_challenge_lasts_s;
        let challenges = (0..count)
            .map(|_| {
                let nonce = self.secrets.challenge(&For::Counter(counter), lasts_s, now)?;
                Ok(nonce.challenge)
            })
            .collect::<Result<Vec<String>, Problem>>()?;
        Ok(json!({ "challenges": challenges, "expires_in": lasts_s }))
    }

    /// A request that a counter took, for a card whose holder stood there. The phone collects the
    /// credential.
    pub(crate) async fn counter_request(
        &self,
        actor: &str,
        reference: &str,
        sent: Sent<'_>,
        now: i64,
    ) -> Result<Value, Problem> {
        let request = read(sent.request)?;
        let counter = ChallengeKey::unverified_counter(&request.unverified_claims().challenge);
        let counter = counter.ok_or(IssuingRefusal::OtherChallenge)?;
        let proof =
            self.proof_of(request, sent.attestation, &For::Counter(counter), true, now).await?;
        let mut change = self.books.change_that_gives().await?;
        let card = change.hold_card(reference).await?.ok_or(Kind::NoSuchCard)?;
        in_use(&card)?;
        let answered = change.answered(proof.as_request().challenge).await?;
        if let Some(answered) = answered {
            answered.to(&proof.name)?;
        } else {
            let credential = self.place(&mut change, &card, &proof, now).await?;
            change.note(actor, "counter", reference, None, now).await?;
            self.keep(change, &proof, &credential).await?;
            self.metrics.issued.add(1);
        }
        Ok(json!({ "request": proof.name, "phone": proof.holder }))
    }
}
