//! Who has signed a document, signature by signature: for those who sign it next, and for auditors.

use super::{count, Found, Roots, RootsEdition};
use crate::jose::{DocumentError, DocumentKind, Envelope, Sha256Hash, Tally};

/// A signature of a document, as these roots see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedBy {
    /// The thumbprint that the signature names.
    pub key: Sha256Hash,
    /// The holder whose key this is, by id; `None` for an unknown key. A lone key is held by `key`.
    pub holder: Option<String>,
    /// Whether it counts.
    pub standing: SignatureStanding,
}

/// Whether a signature counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureStanding {
    /// It holds, by a key that may sign such a document.
    Counts,
    /// No holder has the key.
    UnknownKey,
    /// The key may not sign such a document.
    NotAdmitted,
    /// It does not hold.
    Bad,
}

impl SignatureStanding {
    /// A short name that never changes, for logs.
    pub fn name(self) -> &'static str {
        match self {
            SignatureStanding::Counts => "counts",
            SignatureStanding::UnknownKey => "unknown_key",
            SignatureStanding::NotAdmitted => "not_admitted",
            SignatureStanding::Bad => "bad",
        }
    }
}

impl Roots {
    /// Who has signed a document of any kind, by these roots. Its form is checked, and nothing of
    /// its content: that is for [`SignedDocument::from_json`](crate::governance::SignedDocument).
    pub fn tally(&self, json: &[u8]) -> Result<(Tally, Vec<SignedBy>), DocumentError> {
        let mut envelope = Envelope::parse(json)?;
        let kind = envelope.kind;
        let (_, tally) = self.count(&mut envelope);
        let signed = signed_by(&mut envelope, |kid| self.find(kid, kind), |at| self.holder_id(at));
        Ok((tally, signed))
    }

    /// The last of these editions of the roots by which enough holders have signed a document, with
    /// the tally. The error is that of the last edition.
    pub fn enough_by<'r>(
        editions: &'r [Roots],
        json: &[u8],
    ) -> Result<(&'r Roots, Tally), DocumentError> {
        let mut envelope = Envelope::parse(json)?;
        let mut missing = None;
        for roots in editions.iter().rev() {
            let (_, tally) = roots.count(&mut envelope);
            if tally.is_enough() {
                return Ok((roots, tally));
            }
            missing = missing.or(Some(tally));
        }
        Err(DocumentError::NotEnough(missing.unwrap_or_default()))
    }

    /// Who has signed a roots document, by the holders that it names itself.
    pub fn own_tally(json: &[u8]) -> Result<(Tally, Vec<SignedBy>), DocumentError> {
        let mut envelope = Envelope::of_kind(DocumentKind::Roots, json)?;
        let edition = RootsEdition::read(&mut envelope)?;
        let needed = edition.document.thresholds.of(DocumentKind::Roots);
        let find = |kid: &Sha256Hash| edition.find(kid, DocumentKind::Roots);
        let id = |at: usize| edition.document.holders.get(at).map_or("", |holder| &holder.id);
        let (_, tally) = count(&mut envelope, needed, find, id);
        let signed = signed_by(&mut envelope, find, id);
        Ok((tally, signed))
    }
}

/// No signature is checked twice: the envelope remembers.
fn signed_by<'r>(
    envelope: &mut Envelope<'_>,
    find: impl Fn(&Sha256Hash) -> Option<Found<'r>>,
    id: impl Fn(usize) -> &'r str,
) -> Vec<SignedBy> {
    let count = envelope.signatures.len();
    let of = |at: usize| {
        let key = envelope.signatures[at].kid;
        let found = find(&key);
        let holder = found.as_ref().map(|found| id(found.holder).to_owned());
        let standing = match found {
            None => SignatureStanding::UnknownKey,
            Some(found) if !found.signs => SignatureStanding::NotAdmitted,
            Some(found) if envelope.holds(at, found.key) => SignatureStanding::Counts,
            Some(_) => SignatureStanding::Bad,
        };
        SignedBy { key, holder, standing }
    };
    (0..count).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Edition, Name};
    use crate::keys::{Algorithm, SigningKey, SoftwareKey};
    use crate::lists::roots::{Holder, HolderKey, RootsDocument, Thresholds};

    #[test]
    fn each_signature_has_its_holder_and_its_standing() {
        let [ours, index, stranger] =
            [(); 3].map(|()| SoftwareKey::generate(Algorithm::Ed25519).unwrap().key);
        let all = vec![DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue];
        let of = |key: &SoftwareKey, signs| HolderKey { key: key.public_key(), signs };
        let holder = Holder {
            id: "sh".to_owned(),
            name: Name { zh: "上海".to_owned(), en: "Shanghai".to_owned() },
            issuers: vec![],
            keys: vec![of(&ours, all), of(&index, vec![DocumentKind::Index])],
        };
        let edition = Edition {
            sequence: 1,
            issued_at_unix_s: 1_795_000_000,
            next_update_unix_s: 1_795_000_001,
            expires_unix_s: 1_795_000_002,
            previous: None,
            critical: vec![],
        };
        let thresholds = Thresholds { roots: 1, trust_list: 1, catalogue: 1 };
        let document = RootsDocument { edition, thresholds, holders: vec![holder] };
        let mut signed = document.draft().unwrap();
        for key in [&ours, &index, &stranger] {
            signed.sign(key, 1_795_000_000).unwrap();
        }
        let json = signed.to_json();
        let (tally, by) = Roots::own_tally(json.as_bytes()).unwrap();
        let standings = |by: &[SignedBy]| -> Vec<_> {
            by.iter().map(|by| (by.holder.clone(), by.standing)).collect()
        };
        let sh = || Some("sh".to_owned());
        let expected = [
            (sh(), SignatureStanding::Counts),
            (sh(), SignatureStanding::NotAdmitted),
            (None, SignatureStanding::UnknownKey),
        ];
        assert_eq!(standings(&by), expected);
        assert_eq!((tally.holders.len(), tally.not_admitted, tally.unknown), (1, 1, 1));
        // By the roots that it makes, the same; by a lone key, that key alone counts.
        let roots = Roots::edition(json.as_bytes()).unwrap();
        assert_eq!(roots.tally(json.as_bytes()).unwrap(), (tally, by));
        let (_, by) = Roots::key(stranger.public_key()).tally(json.as_bytes()).unwrap();
        assert_eq!(by[2].standing, SignatureStanding::Counts);
        assert_eq!((&by[0].holder, &by[2].holder), (&None, &Some("key".to_owned())));
    }
}
