//! What a person sees and says of the own card: where it is, and that a phone is lost.

use onecode::issuing::{loss_effect, LossEffect};
use serde_json::{json, Value};

use crate::books::{Card, Change, NewPosition, Position, State};
use crate::issue::in_use;
use crate::problem::{Kind, Problem};
use crate::service::Service;

impl Service {
    /// All cards of a person.
    pub(crate) async fn own_cards(&self, subject: &str) -> Result<Value, Problem> {
        let mut cards = Vec::new();
        for card in self.books.cards_of(subject).await? {
            let positions = self.books.positions_of(&card.granted.reference).await?;
            cards.push(card_document(&card, &positions));
        }
        Ok(json!({ "cards": cards }))
    }

    /// A person reports the card lost, and it is suspended; or one of its phones, and that phone's
    /// position is revoked.
    pub(crate) async fn report_lost(
        &self,
        subject: &str,
        reference: &str,
        phone: Option<&str>,
        now: i64,
    ) -> Result<Value, Problem> {
        let mut change = match phone {
            Some(_) => self.books.change_that_gives().await?,
            None => self.books.change().await?,
        };
        let card = change.hold_card(reference).await?.ok_or(Kind::NoSuchCard)?;
        self.is_whose(&card, subject)?;
        match phone {
            Some(phone) => lose_phone(&mut change, &card, phone, now).await?,
            None if card.state == State::Revoked => in_use(&card)?,
            None => {
                change.set_card(reference, State::Suspended, None).await?;
                change.set_positions_of(reference, State::Suspended, None).await?;
            }
        }
        change.commit().await?;
        self.metrics.events.add(1);
        self.card_now(reference).await
    }

    /// A card as it is now.
    pub(crate) async fn card_now(&self, reference: &str) -> Result<Value, Problem> {
        let card = self.books.card(reference).await?.ok_or(Kind::NoSuchCard)?;
        let positions = self.books.positions_of(reference).await?;
        Ok(card_document(&card, &positions))
    }
}

/// What the loss of a phone does to the position that it has or had.
async fn lose_phone(
    change: &mut Change,
    card: &Card,
    phone: &str,
    now: i64,
) -> Result<(), Problem> {
    let reference = &card.granted.reference;
    let positions = change.positions_of(reference).await?;
    let of_phone = positions.iter().filter(|position| position.holder == phone);
    let mut is_known = false;
    for position in of_phone {
        is_known = true;
        if loss_effect(None, now) == LossEffect::Revoke {
            change.set_position(position.position, State::Revoked, None).await?;
        }
    }
    let moves = change.moves_of(reference).await?;
    let moved = match moves.iter().rev().find(|moved| moved.from_holder == phone) {
        Some(moved) => moved,
        None if is_known => return Ok(()),
        None => return Err(Kind::UnknownPhone.into()),
    };
    let position = positions.iter().find(|position| position.position == moved.position);
    let position = position.ok_or_else(|| Kind::Internal.with("a move of no position"))?;
    if loss_effect(Some(moved.moved_unix_s), now) != LossEffect::RevokeAndPlaceAnew
        || !change.set_position(position.position, State::Revoked, None).await?
    {
        return Ok(());
    }
    // The phone in use learns of its new position by its next renewal.
    let new = NewPosition {
        reference,
        holder: &position.holder,
        holder_jwk: &position.holder_jwk,
        level: position.level.as_deref(),
    };
    let new = change.give_position(&new, now, now).await?;
    if position.state == State::Suspended {
        change.set_position(new, State::Suspended, position.until_unix_s).await?;
    }
    Ok(())
}

/// A card and its phones.
pub(crate) fn card_document(card: &Card, positions: &[Position]) -> Value {
    let phones = positions.iter().map(|position| {
        json!({
            "position": position.position,
            "phone": position.holder,
            "state": position.state.name(),
            "suspended_until": position.until_unix_s,
            "renewed_at": position.renewed_unix_s,
            "level": position.level,
        })
    });
    json!({
        "credential_identifier": card.granted.reference,
        "region": card.granted.region,
        "entitlements": onecode::Entitlements::from_bits(card.granted.entitlements)
            .iter()
            .collect::<Vec<u8>>(),
        "delegate": card.granted.delegate,
        "specimen": card.granted.specimen,
        "state": card.state.name(),
        "suspended_until": card.until_unix_s,
        "phones": phones.collect::<Vec<Value>>(),
    })
}
