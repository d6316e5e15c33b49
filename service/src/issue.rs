//! A card comes onto a phone: the request is checked, a position given, a credential signed.
//!
//! What is good and in time says the library; what the books allow is decided here. `proof` is what
//! renewals, moves and counters check as well.

use std::sync::Arc;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use onecode::issuing::{
    check_attestation, verify_card_request, CardOnRecord, IssuingRefusal, OpenChallenge,
    MAX_ATTESTATION,
};
use onecode::jose::decode_base64url;
use onecode::request::{CardRequest, Reason, UnverifiedCardRequest, CREDENTIAL_S};
use onecode::{Entitlements, PublicKey, Region};
use serde_json::{json, Value};

use crate::attestation::Policy;
use crate::books::{Asked, Card, Change, NewPosition, Position, Request, State};
use crate::keys::apart;
use crate::nonce::For;
use crate::problem::{Kind, Problem};
use crate::service::Service;
use crate::tokens::Citizen;

/// A credential says that its card was valid this many seconds ago: processes that share the books
/// have different clocks, and a list that suspends the card must be later than the credential.
pub(crate) const CLOCKS_S: i64 = 60;

/// How long the answer to a request is kept after its challenge has ended, in seconds.
const ANSWER_KEPT_S: i64 = 2 * 86_400;

/// A card request that is good, in time, and whose challenge is ours.
pub(crate) struct Proof {
    pub(crate) request: CardRequest,
    pub(crate) open: OpenChallenge,
    /// The challenge, as the books know it.
    challenge: String,
    pub(crate) name: String,
    /// The thumbprint of the phone's key, as the books know it.
    pub(crate) holder: String,
    pub(crate) level: Option<&'static str>,
}

/// A request and what travels beside it, as they arrive: base64url, or the text of a picture.
#[derive(Clone, Copy)]
pub(crate) struct Sent<'a> {
    pub(crate) request: &'a str,
    pub(crate) attestation: Option<&'a str>,
}

impl Proof {
    /// The proof as the books keep it.
    pub(crate) fn as_request(&self) -> Request<'_> {
        Request {
            challenge: &self.challenge,
            name: &self.name,
            holder: &self.holder,
            kept_until_unix_s: self.open.received_until_unix_s.saturating_add(ANSWER_KEPT_S),
        }
    }

    /// The proof as renewals know it.
    pub(crate) fn as_asked(&self) -> Asked<'_> {
        Asked {
            holder: &self.holder,
            name: &self.name,
            challenge: &self.challenge,
            from_unix_s: self.open.from_unix_s,
        }
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.request.claims().key
    }
}

/// How the books name a key.
pub(crate) fn holder(key: &PublicKey) -> String {
    URL_SAFE_NO_PAD.encode(key.thumbprint().0)
}

/// Reads a request, whatever it travelled as.
pub(crate) fn read(sent: &str) -> Result<UnverifiedCardRequest, Problem> {
    let request = match decode_base64url(sent) {
        Ok(bytes) => UnverifiedCardRequest::from_bytes(&bytes),
        Err(_) => UnverifiedCardRequest::from_text(sent),
    };
    Ok(request.map_err(IssuingRefusal::from)?)
}

impl Service {
    /// Checks a request and the attestation beside it.
    pub(crate) async fn proof(
        &self,
        sent: Sent<'_>,
        to: &For,
        is_new: bool,
        now: i64,
    ) -> Result<Proof, Problem> {
        self.proof_of(read(sent.request)?, sent.attestation, to, is_new, now).await
    }

    /// The same for a request that was read.
    pub(crate) async fn proof_of(
        &self,
        unverified: UnverifiedCardRequest,
        attestation: Option<&str>,
        to: &For,
        is_new: bool,
        now: i64,
    ) -> Result<Proof, Problem> {
        let claims = unverified.unverified_claims();
        let attestation = match attestation {
            None => None,
            Some(text) if text.len() > MAX_ATTESTATION.div_ceil(3) * 4 => {
                let length = text.len() / 4 * 3;
                return Err(IssuingRefusal::AttestationTooLarge { length }.into());
            }
            Some(text) => Some(
                decode_base64url(text)
                    .map_err(|error| Kind::Form.with(format!("attestation: {error}")))?,
            ),
        };
        let open = self.secrets.open(&claims.challenge, to)?;
        check_attestation(claims.attestation, attestation.as_deref())?;
        let request = verify_card_request(unverified, &open, attestation.as_deref(), now)?;
        let level = if is_new { self.attested(&request, attestation, now).await? } else { None };
        let claims = request.claims();
        Ok(Proof {
            challenge: URL_SAFE_NO_PAD.encode(claims.challenge.as_bytes()),
            name: URL_SAFE_NO_PAD.encode(request.name().0),
            holder: holder(&claims.key),
            open,
            level,
            request,
        })
    }

    /// Where the key lives, as far as the issuer wants to know, in a word for the books.
    async fn attested(
        &self,
        request: &CardRequest,
        attestation: Option<Vec<u8>>,
        now: i64,
    ) -> Result<Option<&'static str>, Problem> {
        let evidence = match (self.config.attestation.policy, attestation) {
            (Policy::Ignored, _) | (Policy::Wanted, None) => return Ok(None),
            (Policy::Required { .. }, None) => return Err(Kind::NoAttestation.into()),
            (_, Some(evidence)) => evidence,
        };
        let claims = request.claims().clone();
        let verifier = Arc::clone(&self.attestation);
        let check =
            move || verifier.check(&evidence, &claims.key, claims.challenge.as_bytes(), now);
        let found = apart(check).await?.map_err(|error| Kind::BadAttestation.with(error))?;
        Ok(Some(found.word))
    }

    /// Gives a citizen's card to the phone of a request.
    pub(crate) async fn issue(
        &self,
        citizen: &Citizen,
        reference: Option<&str>,
        proof: &Proof,
        now: i64,
    ) -> Result<Value, Problem> {
        let reference = match citizen {
            Citizen::Grant { reference, .. } => reference.clone(),
            Citizen::Person { subject } => self.choose(subject, reference).await?,
        };
        let mut change = self.books.change_that_gives().await?;
        let card = change.hold_card(&reference).await?.ok_or(Kind::NoSuchCard)?;
        if let Citizen::Person { subject } = citizen {
            self.is_whose(&card, subject)?;
        }
        in_use(&card)?;
        if let Some(answered) = change.answered(&proof.challenge).await? {
            return self.credential_answer(&answered.to(&proof.name)?, &proof.key(), now);
        }
        if let Citizen::Grant { code_hash, .. } = citizen {
            if !change.use_grant(code_hash, now).await? {
                return Err(Kind::BadGrant.into());
            }
        }
        let credential = self.place(&mut change, &card, proof, now).await?;
        self.keep(change, proof, &credential).await?;
        self.metrics.issued.add(1);
        self.credential_answer(&credential, &proof.key(), now)
    }

    /// Keeps the answer to a request and makes the change true.
    pub(crate) async fn keep(
        &self,
        mut change: Change,
        proof: &Proof,
        credential: &str,
    ) -> Result<(), Problem> {
        if !change.answer(proof.as_request(), credential).await? {
            return Err(IssuingRefusal::ChallengeUsed.into());
        }
        change.commit().await
    }

    /// The position for a request, and the credential on it. The card is held.
    pub(crate) async fn place(
        &self,
        change: &mut Change,
        card: &Card,
        proof: &Proof,
        now: i64,
    ) -> Result<String, Problem> {
        let reference = &card.granted.reference;
        let known = change.positions_by(&proof.holder).await?;
        if let Some(here) = known.iter().find(|it| it.state == State::Valid) {
            // It has what it asks for: an answer was lost, and it asked anew.
            if here.reference == *reference && proof.request.claims().replaces.is_none() {
                return self.renew_in(change, proof, now).await;
            }
        }
        if !known.is_empty() || change.has_moved_away(&proof.holder).await? {
            return Err(IssuingRefusal::KeyInUse.into());
        }
        let positions = change.positions_of(reference).await?;
        let mut in_use: Vec<&Position> =
            positions.iter().filter(|position| position.state != State::Revoked).collect();
        if let Some(old) = replaced(card, proof, &positions)? {
            for position in in_use.extract_if(.., |position| position.holder == old) {
                change.set_position(position.position, State::Revoked, None).await?;
            }
        }
        if in_use.len() as u64 >= u64::from(self.config.cards.phones) {
            return Err(Kind::TooManyPhones.into());
        }
        let key = proof.key();
        let new = NewPosition {
            reference,
            holder: &proof.holder,
            holder_jwk: &key.to_jwk(),
            level: proof.level,
        };
        let position = change.give_position(&new, now + CREDENTIAL_S, now).await?;
        self.sign(card, position, key, now).await
    }

    /// A credential for a position, base64url.
    pub(crate) async fn sign(
        &self,
        card: &Card,
        position: u32,
        key: PublicKey,
        now: i64,
    ) -> Result<String, Problem> {
        let granted = &card.granted;
        let record = CardOnRecord {
            region: region(granted.region)?,
            status_index: position,
            entitlements: Entitlements::from_bits(granted.entitlements),
            max_window_s: self.config.cards.window_s,
            specimen: granted.specimen,
            delegate: granted.delegate,
        };
        self.sign_record(&record, key, now).await
    }

    /// The same for what the books say.
    pub(crate) async fn sign_record(
        &self,
        record: &CardOnRecord,
        key: PublicKey,
        now: i64,
    ) -> Result<String, Problem> {
        let claims = record.credential(key, now.saturating_sub(CLOCKS_S));
        let credential = self.keys.issue(claims).await?;
        Ok(URL_SAFE_NO_PAD.encode(credential.as_bytes()))
    }

    /// The answer with a credential, and the challenge for the next renewal.
    pub(crate) fn credential_answer(
        &self,
        credential: &str,
        key: &PublicKey,
        now: i64,
    ) -> Result<Value, Problem> {
        let lasts_s = self.config.cards.next_challenge_lasts_s;
        let next = self.secrets.challenge(&For::Key(key.thumbprint().0), lasts_s, now)?;
        Ok(json!({
            "credentials": [{ "credential": credential }],
            "c_nonce": next.challenge,
            "c_nonce_expires_in": next.expires_in_s,
        }))
    }

    /// The card that a person means: the one that is named, or the only one.
    async fn choose(&self, subject: &str, reference: Option<&str>) -> Result<String, Problem> {
        if let Some(reference) = reference {
            return Ok(reference.to_owned());
        }
        let cards = self.books.cards_of(subject).await?;
        match cards.as_slice() {
            [] => Err(Kind::NoSuchCard.into()),
            [card] => Ok(card.granted.reference.clone()),
            _ => Err(Kind::Form.with("several cards: name one by credential_identifier")),
        }
    }

    /// Another person's card is none: nobody learns which references there are.
    pub(crate) fn is_whose(&self, card: &Card, subject: &str) -> Result<(), Problem> {
        if card.granted.subject.as_deref() == Some(subject) {
            Ok(())
        } else {
            Err(Kind::NoSuchCard.into())
        }
    }
}

/// Whether the card itself is neither suspended nor revoked.
pub(crate) fn in_use(card: &Card) -> Result<(), Problem> {
    match card.state {
        State::Valid => Ok(()),
        State::Suspended => Err(IssuingRefusal::CardSuspended.into()),
        State::Revoked => Err(IssuingRefusal::CardRevoked.into()),
    }
}

pub(crate) fn region(code: u32) -> Result<Region, Problem> {
    Region::new(code).map_err(|error| Kind::Internal.with(error))
}

/// The phone that a request takes the place of, and whose positions it revokes. A card names the
/// phone also when a report of loss has given that phone another position since.
fn replaced<'a>(
    card: &Card,
    proof: &Proof,
    positions: &'a [Position],
) -> Result<Option<&'a str>, Problem> {
    let Some(replaces) = proof.request.claims().replaces else { return Ok(None) };
    if replaces.reason == Reason::Move {
        return Err(Kind::Form.with("a move needs the old phone's consent: POST /move"));
    }
    if let Some(named) = replaces.card {
        let position = positions.iter().find(|it| it.position == named.status_index);
        let position = position.filter(|_| named.region.code() == card.granted.region);
        return Ok(Some(&position.ok_or(IssuingRefusal::OtherCard)?.holder));
    }
    let mut in_use = positions.iter().filter(|position| position.state != State::Revoked);
    match (in_use.next(), in_use.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => Ok(Some(&only.holder)),
        _ => Err(Kind::Form.with("several phones: the request names the card that it replaces")),
    }
}
