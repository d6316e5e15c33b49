//! What staff does: grants a card, suspends, restores, revokes, replaces, searches.

use serde_json::{json, Value};

use crate::books::{Change, NewCard, State};
use crate::issue::in_use;
use crate::problem::{Kind, Problem};
use crate::service::Service;
use crate::tokens::{code_hash, new_code};

/// A suspension has its end within this time, or none, in seconds.
const MAX_SUSPENSION_S: i64 = 400 * 86_400;

/// Longest reference of a province, in bytes.
const MAX_REFERENCE: usize = 64;

/// What is done to a card, or to one of its positions.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Action {
    Suspend { until_unix_s: Option<i64> },
    Restore,
    Revoke,
    Replace,
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Action::Suspend { .. } => "suspend",
            Action::Restore => "restore",
            Action::Revoke => "revoke",
            Action::Replace => "replace",
        }
    }
}

impl Service {
    /// Grants a card, and makes a code for who does not sign in. Whether it is new.
    pub(crate) async fn grant(
        &self,
        actor: &str,
        new: &NewCard,
        now: i64,
    ) -> Result<(bool, Value), Problem> {
        let reference = &new.reference;
        if reference.is_empty() || reference.len() > MAX_REFERENCE || has_controls(reference) {
            return Err(Kind::Form.with("a reference has 1 to 64 bytes of text"));
        }
        if onecode::Region::new(new.region).is_err() {
            return Err(Kind::Form.with("the region is none"));
        }
        let mut change = self.books.change().await?;
        let is_new = change.grant(new, now).await?;
        if !is_new {
            let card = change.hold_card(reference).await?.ok_or(Kind::NoBooks)?;
            if card.granted != *new {
                return Err(Kind::ReferenceTaken.into());
            }
            in_use(&card)?;
        }
        let offer = self.offer(&mut change, reference, now).await?;
        change.note(actor, "issue", reference, None, now).await?;
        change.commit().await?;
        let mut answer = self.card_now(reference).await?;
        answer["credential_offer"] = offer;
        Ok((is_new, answer))
    }

    /// Does something to a card, or to one of its positions.
    pub(crate) async fn act(
        &self,
        actor: &str,
        reference: &str,
        position: Option<u32>,
        action: Action,
        now: i64,
    ) -> Result<Value, Problem> {
        let mut change = self.books.change().await?;
        let card = change.hold_card(reference).await?.ok_or(Kind::NoSuchCard)?;
        if card.state == State::Revoked && !matches!(action, Action::Revoke) {
            return Err(onecode::issuing::IssuingRefusal::CardRevoked.into());
        }
        if let Some(position) = position {
            let positions = change.positions_of(reference).await?;
            let known = positions.iter().find(|known| known.position == position);
            let known = known.ok_or(Kind::UnknownPhone)?;
            if known.state == State::Revoked
                && matches!(action, Action::Suspend { .. } | Action::Restore)
            {
                return Err(onecode::issuing::IssuingRefusal::CardRevoked.into());
            }
            if matches!(action, Action::Restore) {
                // A phone is not restored while its card is suspended.
                in_use(&card)?;
            }
        }
        let (state, until) = match action {
            Action::Suspend { until_unix_s } => (State::Suspended, checked(until_unix_s, now)?),
            Action::Restore => (State::Valid, None),
            Action::Revoke | Action::Replace => (State::Revoked, None),
        };
        match position {
            Some(position) => {
                change.set_position(position, state, until).await?;
            }
            None => {
                let card_state = match action {
                    // 补换: the card goes on, its phones do not.
                    Action::Replace => State::Valid,
                    _ => state,
                };
                change.set_card(reference, card_state, until).await?;
                change.set_positions_of(reference, state, until).await?;
            }
        }
        let offer = match action {
            Action::Replace => Some(self.offer(&mut change, reference, now).await?),
            Action::Revoke if position.is_none() => {
                change.drop_grants(reference).await?;
                None
            }
            _ => None,
        };
        change.note(actor, action.name(), reference, position, now).await?;
        change.commit().await?;
        self.metrics.events.add(1);
        let mut answer = self.card_now(reference).await?;
        if let Some(offer) = offer {
            answer["credential_offer"] = offer;
        }
        Ok(answer)
    }

    /// Cards whose reference begins like this.
    pub(crate) async fn search(&self, beginning: &str) -> Result<Value, Problem> {
        if beginning.is_empty() || beginning.len() > MAX_REFERENCE {
            return Err(Kind::Form.with("reference: 1 to 64 bytes"));
        }
        let mut found = Vec::new();
        for card in self.books.cards_like(beginning).await? {
            let positions = self.books.positions_of(&card.granted.reference).await?;
            found.push(crate::status::card_document(&card, &positions));
        }
        Ok(json!({ "cards": found }))
    }

    /// A credential offer (OpenID4VCI 1.0 section 4.1) with a new pre-authorised code.
    async fn offer(
        &self,
        change: &mut Change,
        reference: &str,
        now: i64,
    ) -> Result<Value, Problem> {
        let code = new_code(&self.secrets)?;
        let expires = now.saturating_add(self.config.cards.grant_lasts_s.into());
        change.add_grant(&code_hash(&code), reference, expires).await?;
        Ok(json!({
            "credential_issuer": self.config.public_url,
            "credential_configuration_ids": [crate::http::CONFIGURATION],
            "grants": { crate::http::PRE_AUTHORIZED: { "pre-authorized_code": code } },
        }))
    }
}

fn has_controls(text: &str) -> bool {
    text.chars().any(|character| character.is_control() || character == '/')
}

fn checked(until_unix_s: Option<i64>, now: i64) -> Result<Option<i64>, Problem> {
    let in_reach = |until: &i64| *until > now && *until <= now.saturating_add(MAX_SUSPENSION_S);
    match until_unix_s {
        Some(until) if !in_reach(&until) => {
            Err(Kind::Form.with("until: Unix seconds from now on, within 400 days"))
        }
        until => Ok(until),
    }
}
