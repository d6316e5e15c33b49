//! What is offered, where and to whom, by the published lists as a phone reads them.

use crate::card::{CardCredential, UnverifiedCredential};
use crate::code::{ApplicationNumber, CodeFormError};
use crate::cose::time_of_host;
use crate::cose::Reader;
use crate::jose::{DocumentError, DocumentKind, Envelope};
use crate::lists::catalogue::{Application, Entry, Terms};
use crate::lists::roots::Roots;
use crate::lists::trust::{Issuer, Trust};
use crate::region::Region;
use crate::scan::{checks, Refusal, Signer};

use super::fit::{Choice, NoCard, Unfit, WhyNoCard};
use crate::card::CardId;

/// The trust list and the catalogue, checked against the operator's roots.
///
/// A phone uses the newest pair it can get, even an expired one. With old lists it picks a card as
/// well as it can; the gate decides.
#[derive(Clone, Debug)]
pub struct Offers {
    trust: Trust,
    terms: Terms,
}

impl Offers {
    /// Reads both lists, each signed by a threshold of holders.
    pub fn verify(
        trust_list: &[u8],
        catalogue: &[u8],
        roots: &Roots,
    ) -> Result<Self, DocumentError> {
        let mut trust = Envelope::of_kind(DocumentKind::TrustList, trust_list)?;
        roots.require(&mut trust)?;
        let mut terms = Envelope::of_kind(DocumentKind::Catalogue, catalogue)?;
        roots.require(&mut terms)?;
        let (trust, terms) = (trust.payload(), terms.payload());
        Ok(Offers { trust: Trust::of_payload(trust)?, terms: Terms::of_payload(terms)? })
    }

    /// The applications, by number.
    pub fn applications(&self) -> Vec<&Application> {
        self.terms.entries().map(|entry| &entry.application).collect()
    }

    /// The application with this id, such as `transit.metro`.
    pub fn application(&self, id: &str) -> Option<&Application> {
        self.terms.entries().map(|entry| &entry.application).find(|entry| entry.id == id)
    }

    /// An application offered at a place now.
    pub(super) fn offered(
        &self,
        application: ApplicationNumber,
        place: Region,
        now: i64,
    ) -> Result<Offer<'_>, NoCard> {
        let unknown = || NoCard { application, name: None, why: WhyNoCard::UnknownApplication };
        let entry = self.terms.entry(application).ok_or_else(unknown)?;
        let offer = Offer { offers: self, entry, place, now };
        if time_of_host(now).is_none() {
            return Err(offer.no_card(WhyNoCard::NotATime { unix_s: now }));
        }
        if !entry.in_force(now) {
            let Application { from_unix_s, until_unix_s, .. } = entry.application;
            return Err(offer.no_card(WhyNoCard::NotInForce { from_unix_s, until_unix_s }));
        }
        if !entry.is_offered_at(place) {
            return Err(offer.no_card(WhyNoCard::NotOfferedHere { place }));
        }
        Ok(offer)
    }
}

/// One application at one place and time.
pub(super) struct Offer<'o> {
    offers: &'o Offers,
    entry: &'o Entry,
    place: Region,
    now: i64,
}

impl Offer<'_> {
    pub(super) fn choice(&self, card: CardId) -> Choice {
        let Application { number, bound, challenge, .. } = self.entry.application;
        Choice { card, application: bound.then_some(number), challenge }
    }

    pub(super) fn no_card(&self, why: WhyNoCard) -> NoCard {
        let Application { number, name, .. } = &self.entry.application;
        NoCard { application: *number, name: Some(name.clone()), why }
    }

    /// Whether a gate would accept this card, in the order of the gate's checks.
    pub(super) fn fits(&self, credential: &CardCredential) -> Result<(), Unfit> {
        let claims = credential.claims();
        let issuer = self.issuer_of(credential).map_err(Unfit::Untrusted)?;
        if self.now >= claims.expires_unix_s {
            return Err(Unfit::Expired { expired_unix_s: claims.expires_unix_s });
        }
        if claims.specimen {
            return Err(Unfit::Specimen);
        }
        if !self.entry.takes_cards_of(issuer) {
            return Err(Unfit::IssuerNotAccepted { issuer: issuer.name.clone() });
        }
        let required = self.entry.required(claims.region, self.place);
        let missing = required.without(claims.entitlements);
        if missing.bits() != 0 {
            let names = self.offers.terms.names_of(missing).into_iter().cloned().collect();
            return Err(Unfit::EntitlementMissing { missing, names });
        }
        if claims.delegate && !self.entry.application.delegate {
            return Err(Unfit::DelegateNotAllowed);
        }
        Ok(())
    }

    /// Whose card it is. This checks the issuer's signature.
    fn issuer_of(&self, credential: &CardCredential) -> Result<&Issuer, Refusal> {
        let unverified = UnverifiedCredential::read(&mut Reader::new(credential.as_bytes()))
            .map_err(CodeFormError::from)?;
        if !unverified.is_signed() {
            return Err(Refusal::SignatureMissing { signer: Signer::Issuer });
        }
        let trust = &self.offers.trust;
        let candidates = checks::candidates(trust, &unverified, self.now, |_| None)?;
        let algorithm = unverified.holder_algorithm();
        if !trust.admits_phone(algorithm, self.now) {
            return Err(Refusal::AlgorithmNotAllowed { signer: Signer::Phone, algorithm });
        }
        let signer =
            candidates.into_iter().find(|candidate| unverified.verify(&candidate.key.key).is_ok());
        signer.map(|candidate| &*candidate.issuer).ok_or(Refusal::CardForged)
    }
}
