//! A card moves to a new phone: the old one agreed, and the same person is signed in on the new one.

use onecode::card::CardId;
use onecode::issuing::{verify_move, IssuingRefusal, MoveStep, PositionOnRecord};
use onecode::request::CREDENTIAL_S;
use onecode::status::Status;
use onecode::PublicKey;
use serde_json::Value;

use crate::books::{NewPosition, State};
use crate::issue::{in_use, region, Proof};
use crate::problem::{Kind, Problem};
use crate::service::Service;

impl Service {
    /// Signs the new phone's key on the position that the old phone gives up.
    pub(crate) async fn move_card(
        &self,
        subject: &str,
        proof: &Proof,
        consent: &str,
        now: i64,
    ) -> Result<Value, Problem> {
        let verified = verify_move(&proof.request, consent, &self.keys.card_keys(), now)?;
        let CardId { status_index, .. } = verified.card();

        let mut change = self.books.change().await?;
        let reference = change.reference_of(status_index).await?;
        let reference = reference.ok_or(IssuingRefusal::NotOurCard)?;
        let card = change.hold_card(&reference).await?.ok_or(IssuingRefusal::NotOurCard)?;
        if let Some(answered) = change.answered(proof.as_request().challenge).await? {
            in_use(&card)?;
            return self.credential_answer(&answered.to(&proof.name)?, &proof.key(), now);
        }
        let positions = change.positions_of(&reference).await?;
        let named = positions.iter().find(|position| position.position == status_index);
        let named = named.ok_or(IssuingRefusal::NotOurCard)?;
        // A report of loss may have given the old phone another position, of which it does not know.
        let has = |holder: &str| {
            positions.iter().find(|it| it.holder == holder && it.state != State::Revoked)
        };
        let position = has(&named.holder).or_else(|| has(&proof.holder)).unwrap_or(named);
        let moves = change.moves_of(&reference).await?;
        let moved = moves.iter().filter(|moved| moved.position == position.position);
        let key = PublicKey::from_jwk(&position.holder_jwk);
        let on_record = PositionOnRecord {
            card: CardId { region: region(card.granted.region)?, status_index },
            status: status(position.state),
            key: key.map_err(|error| Kind::Internal.with(error))?,
            moved_unix_s: moved.map(|moved| moved.moved_unix_s).collect(),
            same_person: card.granted.subject.as_deref() == Some(subject),
        };
        let credential = match verified.admit(&on_record, now)? {
            // The answer was lost, and the phone asked with another challenge.
            MoveStep::AlreadyMoved => self.renew_in(&mut change, proof, now).await?,
            MoveStep::Move => {
                let used = !change.positions_by(&proof.holder).await?.is_empty();
                if used || change.has_moved_away(&proof.holder).await? {
                    return Err(IssuingRefusal::KeyInUse.into());
                }
                let to = NewPosition {
                    reference: &reference,
                    holder: &proof.holder,
                    holder_jwk: &proof.key().to_jwk(),
                    level: proof.level,
                };
                let until = now + CREDENTIAL_S;
                let from = &position.holder;
                if !change.move_position(position.position, from, &to, until, now).await? {
                    return Err(IssuingRefusal::PhoneNotInUse.into());
                }
                self.metrics.moved.add(1);
                self.sign(&card, position.position, proof.key(), now).await?
            }
        };
        self.keep(change, proof, &credential).await?;
        self.credential_answer(&credential, &proof.key(), now)
    }
}

fn status(state: State) -> Status {
    match state {
        State::Valid => Status::Valid,
        State::Suspended => Status::Suspended,
        State::Revoked => Status::Revoked,
    }
}
