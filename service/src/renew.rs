//! Renewal and collecting: a phone that has a card asks again, by its key alone.

use onecode::governance::Sha256Hash;
use onecode::issuing::{verify_collect, CardOnRecord, IssuingRefusal};
use onecode::jose::decode_base64url;
use onecode::request::{UnverifiedCollectRequest, CREDENTIAL_S};
use onecode::{Entitlements, PublicKey};
use serde_json::Value;

use crate::books::{Change, Held, Renewal, Renewed, State, Used};
use crate::issue::{read, region, Proof};
use crate::nonce::For;
use crate::problem::{Kind, Problem};
use crate::service::Service;

/// How often a renewal is tried that others of the same phone overtake.
const ATTEMPTS: usize = 16;

/// What a renewal is answered with.
enum Answer {
    /// What it was answered with before.
    Before(String),
    /// A new credential, and what is written of the challenge.
    Signed(Used, String),
}

fn renewed<'a>(
    held: &'a Held,
    proof: &'a Proof,
    used: &'a Used,
    credential: &'a str,
    now: i64,
) -> Renewed<'a> {
    Renewed {
        held,
        asked: proof.as_asked(),
        used,
        answer: credential,
        expires_unix_s: now.saturating_add(CREDENTIAL_S),
        now_unix_s: now,
    }
}

impl Service {
    /// A new credential for the phone that signed the request.
    pub(crate) async fn renew(&self, request: &str, now: i64) -> Result<Value, Problem> {
        let request = read(request)?;
        let to = For::Key(request.unverified_claims().key.thumbprint().0);
        let proof = self.proof_of(request, None, &to, false, now).await?;
        self.rates.take(proof.holder.as_bytes(), now).map_err(|wait_s| self.too_many(wait_s))?;
        if proof.request.claims().replaces.is_some() {
            return Err(Kind::Form.with("a renewal replaces nothing"));
        }
        let mut renewing = self.books.renewing().await?;
        for _ in 0..ATTEMPTS {
            let Some(held) = renewing.held_by(&proof.holder).await? else {
                // Nobody waits for a second connection with one in the hand.
                drop(renewing);
                let mut change = self.books.change().await?;
                return Err(self.not_renewed(&mut change, &proof).await?);
            };
            let (used, credential) = match self.answer_to(&held, &proof, now).await? {
                Answer::Before(credential) => {
                    return self.credential_answer(&credential, &proof.key(), now);
                }
                Answer::Signed(used, credential) => (used, credential),
            };
            if renewing.renew(renewed(&held, &proof, &used, &credential, now)).await? {
                self.metrics.renewed.add(1);
                return self.credential_answer(&credential, &proof.key(), now);
            }
        }
        Err(Kind::Overloaded.into())
    }

    /// The same within a change.
    pub(crate) async fn renew_in(
        &self,
        change: &mut Change,
        proof: &Proof,
        now: i64,
    ) -> Result<String, Problem> {
        let Some(held) = change.held_by(&proof.holder).await? else {
            return Err(self.not_renewed(change, proof).await?);
        };
        let (used, credential) = match self.answer_to(&held, proof, now).await? {
            Answer::Before(credential) => return Ok(credential),
            Answer::Signed(used, credential) => (used, credential),
        };
        if change.renew(renewed(&held, proof, &used, &credential, now)).await? {
            return Ok(credential);
        }
        // The phone renews at the same time, and asks again.
        Err(Kind::Overloaded.into())
    }

    /// The credential for a position that was read. Nothing is written yet, and nothing may go out.
    async fn answer_to(&self, held: &Held, proof: &Proof, now: i64) -> Result<Answer, Problem> {
        let used = match held.renewal(proof.as_asked()) {
            Renewal::New(used) => used,
            Renewal::Again(credential) => return Ok(Answer::Before(credential)),
            Renewal::ChallengeUsed => return Err(IssuingRefusal::ChallengeUsed.into()),
            Renewal::TooMany => return Err(self.too_many(1)),
        };
        let record = CardOnRecord {
            region: region(held.region)?,
            status_index: held.position,
            entitlements: Entitlements::from_bits(held.entitlements),
            max_window_s: self.config.cards.window_s,
            specimen: held.specimen,
            delegate: held.delegate,
        };
        Ok(Answer::Signed(used, self.sign_record(&record, proof.key(), now).await?))
    }

    /// Why a phone has no position that can be renewed.
    async fn not_renewed(&self, change: &mut Change, proof: &Proof) -> Result<Problem, Problem> {
        let positions = change.positions_by(&proof.holder).await?;
        let has = |state| positions.iter().any(|position| position.state == state);
        Ok(if has(State::Valid) {
            // Restored this moment.
            Kind::Overloaded.into()
        } else if has(State::Suspended) {
            IssuingRefusal::CardSuspended.into()
        } else if change.has_moved_away(&proof.holder).await? {
            IssuingRefusal::PhoneNotInUse.into()
        } else if has(State::Revoked) {
            IssuingRefusal::CardRevoked.into()
        } else {
            Kind::UnknownPhone.into()
        })
    }

    /// The credential that a phone asked for earlier, at a counter.
    pub(crate) async fn collect(&self, sent: &str, now: i64) -> Result<Value, Problem> {
        let bytes = decode_base64url(sent).map_err(|error| Kind::Form.with(error))?;
        let collect = UnverifiedCollectRequest::from_bytes(&bytes).map_err(IssuingRefusal::from)?;
        let Sha256Hash(name) = collect.request_name();
        self.rates.take(&name, now).map_err(|wait_s| self.too_many(wait_s))?;
        let name = crate::books::text(&name);
        let known = self.books.request_named(&name).await?;
        let (holder, answer) = known.ok_or(IssuingRefusal::UnknownRequest)?;
        let mut change = self.books.change().await?;
        let positions = change.positions_by(&holder).await?;
        let Some(position) = positions.last() else {
            return Err(IssuingRefusal::PhoneNotInUse.into());
        };
        let key = PublicKey::from_jwk(&position.holder_jwk);
        let key = key.map_err(|error| Kind::Internal.with(error))?;
        verify_collect(&collect, &key, now)?;
        match position.state {
            State::Valid => self.credential_answer(&answer, &key, now),
            State::Suspended => Err(IssuingRefusal::CardSuspended.into()),
            State::Revoked => Err(IssuingRefusal::CardRevoked.into()),
        }
    }
}
