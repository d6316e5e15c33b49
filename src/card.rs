//! The card credential: what an issuer signs about a card, bound to one phone's key.
//!
//! Uses the COSE layer, keys and regions. It holds no name and no number of a person.
//! Specification: RFC 8392 (CWT), RFC 8747 (`cnf`), docs/SPEC.md section 6.

mod draft;

use std::fmt;

use draft::CredentialDraft;

use crate::cose::header::{self, SignedBy};
use crate::cose::registry::claim::{CARD, CNF, EXP, IAT};
use crate::cose::registry::confirmation::COSE_KEY;
use crate::cose::{
    encodable_time, write_key, CborError, CborProblem, CompressedKey, KeyId, Reader, Sign1,
    Unsigned, Writer,
};
#[cfg(feature = "sm2")]
use crate::keys::SignerId;
use crate::keys::{
    Algorithm, BadSignature, Check, NotAKey, Prepared, PublicKey, SigningError, SigningKey,
};
use crate::region::Region;

/// The claim `CARD` is an array: scheme, region, status index, entitlements, window, flags.
const CARD_ITEMS: u64 = 6;
const SCHEME: u64 = 1;

const FLAG_SPECIMEN: u64 = 1;
const FLAG_DELEGATE: u64 = 2;

/// What an issuer states about a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardClaims {
    /// The card's home: the division whose agency issued it (GB/T 2260).
    pub region: Region,
    /// The card's position in the status lists of its issuer.
    pub status_index: u32,
    /// The functions loaded on the card.
    pub entitlements: Entitlements,
    /// How many seconds a code made with this credential may be shown, 1 to 300. The phone cannot
    /// lengthen it.
    pub max_window_s: u16,
    /// From this second on the credential is refused (`exp`, Unix seconds).
    pub expires_unix_s: i64,
    /// When present, the issuer states that the card was valid at this second (`iat`, Unix
    /// seconds). A credential signed anew each day thus proves its own status to a scanner with
    /// older lists.
    pub confirmed_unix_s: Option<i64>,
    /// A practice card. No live service accepts it.
    pub specimen: bool,
    /// Another person's card, shown by a relative who cares for them.
    pub delegate: bool,
    /// The key in the phone's secure hardware.
    pub holder_key: PublicKey,
}

impl CardClaims {
    /// The windows that an issuer may sign, in seconds.
    pub const WINDOW_S: std::ops::RangeInclusive<u16> = 1..=300;
}

/// What a card is called in a wallet and in a request: its home region and its position in the
/// status lists of that region's issuer. A renewed credential keeps both, and so does one that has
/// moved to another phone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CardId {
    /// The card's home.
    pub region: Region,
    /// The card's position in the status lists of its issuer.
    pub status_index: u32,
}

impl CardId {
    /// The name of a credential's card.
    pub fn of(claims: &CardClaims) -> Self {
        CardId { region: claims.region, status_index: claims.status_index }
    }
}

/// `310000-7`.
impl fmt::Display for CardId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.region, self.status_index)
    }
}

/// The functions loaded on a card, one bit each. The application catalogue says what each bit
/// means, so a new function needs no new release.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Entitlements(u64);

impl Entitlements {
    /// From a bit field: bit 0 is the least significant one.
    pub fn from_bits(bits: u64) -> Self {
        Entitlements(bits)
    }

    /// Sets exactly these bits, each from 0 to 63. Larger numbers are ignored.
    pub fn of(bits: impl IntoIterator<Item = u8>) -> Self {
        Entitlements(
            bits.into_iter().filter_map(|bit| 1u64.checked_shl(bit.into())).fold(0, |a, b| a | b),
        )
    }

    /// The bit field.
    pub fn bits(self) -> u64 {
        self.0
    }

    /// Whether all of `required` are there.
    pub fn contains(self, required: Entitlements) -> bool {
        self.0 & required.0 == required.0
    }

    /// Those of `self` that `other` lacks.
    pub fn without(self, other: Entitlements) -> Entitlements {
        Entitlements(self.0 & !other.0)
    }

    /// The numbers of the bits that are set, ascending.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..64).filter(move |bit| self.0 >> bit & 1 == 1)
    }
}

/// A card credential as the issuer delivered it to the phone.
///
/// Its form has been checked, its signature has not. A phone needs no list of issuers, because
/// every scanner checks what it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CardCredential {
    bytes: Vec<u8>,
    claims: CardClaims,
    issuer_key_id: KeyId,
}

impl CardCredential {
    /// Signs a credential with the issuer's key, and checks the signature.
    pub fn issue(claims: CardClaims, issuer: &dyn SigningKey) -> Result<Self, IssueError> {
        let prepared = Self::prepare(claims, &issuer.public_key())?;
        Ok(prepared.sign(issuer, Check::Signature)?)
    }

    /// Prepares a credential for an issuer's key that signs elsewhere: in a security module, or
    /// behind a network.
    pub fn prepare(claims: CardClaims, issuer: &PublicKey) -> Result<Prepared<Self>, IssueError> {
        if !CardClaims::WINDOW_S.contains(&claims.max_window_s) {
            return Err(IssueError::Window { window_s: claims.max_window_s });
        }
        #[cfg(feature = "sm2")]
        if claims.holder_key.sm2_id().is_some_and(|id| *id != SignerId::DEFAULT) {
            return Err(IssueError::HolderSignerId);
        }
        let time = |unix_s| encodable_time(unix_s).ok_or(IssueError::Time { unix_s });
        let exp = time(claims.expires_unix_s)?;
        let iat = claims.confirmed_unix_s.map(time).transpose()?;

        let mut payload = Writer::with_capacity(96);
        payload.map(if iat.is_some() { 4 } else { 3 }).int(EXP).uint(exp);
        if let Some(iat) = iat {
            payload.int(IAT).uint(iat);
        }
        payload.int(CNF).map(1).int(COSE_KEY);
        write_key(&mut payload, &claims.holder_key);
        payload.int(CARD).array(CARD_ITEMS).uint(SCHEME).uint(claims.region.to_prefix().into());
        payload.uint(claims.status_index.into()).uint(claims.entitlements.0);
        payload.uint(claims.max_window_s.into());
        payload.uint(
            if claims.specimen { FLAG_SPECIMEN } else { 0 }
                | if claims.delegate { FLAG_DELEGATE } else { 0 },
        );

        let (unsigned, bytes) = Unsigned::new(header::of_signer(issuer), payload.finish());
        let issuer_key_id = issuer.key_id();
        Ok(Prepared::new(*issuer, bytes, CredentialDraft { unsigned, claims, issuer_key_id }))
    }

    /// Reads a credential. The issuer's signature is not checked here; see
    /// [`CardCredential::verify`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CredentialError> {
        let mut reader = Reader::new(bytes);
        let unverified = UnverifiedCredential::read(&mut reader)?;
        reader.end()?;
        Ok(CardCredential {
            bytes: bytes.to_vec(),
            claims: unverified.claims()?,
            issuer_key_id: unverified.key_id(),
        })
    }

    /// The encoded COSE_Sign1.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What the credential says. It is true only if the issuer's signature holds.
    pub fn claims(&self) -> &CardClaims {
        &self.claims
    }

    /// The id of the key that is said to have signed it.
    pub fn issuer_key_id(&self) -> KeyId {
        self.issuer_key_id
    }

    /// Checks the issuer's signature, for a wallet that wants to know before the gate.
    pub fn verify(&self, issuer_key: &PublicKey) -> Result<(), BadSignature> {
        Sign1::parse(&self.bytes).map_err(|_| BadSignature)?.verify(issuer_key)
    }
}

/// A credential inside a code. It has been read; its issuer is not yet verified.
///
/// The claims needed to find the issuer's key can be read at once. All others come out only through
/// [`UnverifiedCredential::verify`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnverifiedCredential<'b> {
    encoded: &'b [u8],
    sign1: Sign1<'b>,
    signed_by: SignedBy,
    expires_unix_s: i64,
    confirmed_unix_s: Option<i64>,
    holder_key: CompressedKey<'b>,
    card: Card,
}

/// The private claim.
#[derive(Clone, Copy, Debug)]
struct Card {
    region: Region,
    status_index: u32,
    entitlements: Entitlements,
    max_window_s: u16,
    flags: u64,
}

impl Card {
    fn read(reader: &mut Reader<'_>) -> Result<Self, CborError> {
        let at = reader.offset();
        let items = reader.array()?;
        // A card of another scheme may have another number of items; that is no damage.
        if items > 0 && reader.uint()? != SCHEME {
            return Err(CborError { at, problem: CborProblem::UnknownScheme });
        }
        if items != CARD_ITEMS {
            return Err(CborError { at, problem: CborProblem::WrongCount });
        }
        Ok(Card {
            region: reader.converted(Reader::uint, CborProblem::OutOfRange, Region::from_prefix)?,
            status_index: reader.uint_in(0..=u32::MAX)?,
            entitlements: Entitlements(reader.uint()?),
            max_window_s: reader.uint_in(CardClaims::WINDOW_S)?,
            flags: reader.uint_in(0..=FLAG_SPECIMEN | FLAG_DELEGATE)?,
        })
    }
}

impl<'b> UnverifiedCredential<'b> {
    pub(crate) fn read(reader: &mut Reader<'b>) -> Result<Self, CborError> {
        let start = reader.offset();
        let sign1 = Sign1::read(reader)?;
        let encoded = reader.since(start);
        let signed_by = SignedBy::read(sign1.header())?;
        let mut payload = sign1.claims();
        let mut claims = payload.fields()?;
        let expires_unix_s = claims.required(EXP, Reader::time)?;
        let confirmed_unix_s = claims.optional(IAT, Reader::time)?;
        let holder_key = claims.required(CNF, read_confirmation)?;
        let card = claims.required(CARD, Card::read)?;
        claims.end()?;
        payload.end()?;
        Ok(UnverifiedCredential {
            encoded,
            sign1,
            signed_by,
            expires_unix_s,
            confirmed_unix_s,
            holder_key,
            card,
        })
    }

    /// All of its bytes, the signature included.
    pub(crate) fn as_bytes(&self) -> &'b [u8] {
        self.encoded
    }

    pub(crate) fn is_signed(&self) -> bool {
        self.sign1.is_signed()
    }

    pub(crate) fn key_id(&self) -> KeyId {
        self.signed_by.key_id
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        self.signed_by.algorithm
    }

    /// The algorithm of the phone's key, for a refusal before any signature is checked.
    pub(crate) fn holder_algorithm(&self) -> Algorithm {
        self.holder_key.algorithm()
    }

    /// The home region, for finding the issuer's key.
    pub(crate) fn region(&self) -> Region {
        self.card.region
    }

    /// The position in the status lists. It names a card that must not be a witness in its own
    /// case.
    pub(crate) fn status_index(&self) -> u32 {
        self.card.status_index
    }

    /// When the issuer is said to have confirmed the card (Unix seconds), for a refusal before any
    /// signature is checked.
    pub(crate) fn confirmed_unix_s(&self) -> Option<i64> {
        self.confirmed_unix_s
    }

    /// How many seconds a code made with it may be shown, as claimed.
    pub(crate) fn max_window_s(&self) -> u16 {
        self.card.max_window_s
    }

    /// What was signed, for those who want to look without trusting it.
    pub(crate) fn unverified_signature(&self) -> &Sign1<'b> {
        &self.sign1
    }

    /// The first half of the issuer's signature, r or R. Only the issuer, the phone and whoever has
    /// seen a code know these 32 bytes. A malleable signature keeps this half.
    pub(crate) fn secret(&self) -> Option<[u8; 32]> {
        let signature = self.sign1.signature()?.as_bytes();
        signature.first_chunk().copied()
    }

    /// Whether `issuer_key` signed this.
    pub(crate) fn verify(&self, issuer_key: &PublicKey) -> Result<(), BadSignature> {
        self.sign1.verify(issuer_key)
    }

    /// What the credential says, whoever signed it. The caller has verified it, or says that it has
    /// not.
    pub(crate) fn claims(&self) -> Result<CardClaims, NotAKey> {
        Ok(CardClaims {
            region: self.card.region,
            status_index: self.card.status_index,
            entitlements: self.card.entitlements,
            max_window_s: self.card.max_window_s,
            expires_unix_s: self.expires_unix_s,
            confirmed_unix_s: self.confirmed_unix_s,
            specimen: self.card.flags & FLAG_SPECIMEN != 0,
            delegate: self.card.flags & FLAG_DELEGATE != 0,
            holder_key: self.holder_key.to_public_key()?,
        })
    }
}

/// The confirmation method of `cnf`: the phone's key.
pub(crate) fn read_confirmation<'b>(
    reader: &mut Reader<'b>,
) -> Result<CompressedKey<'b>, CborError> {
    let mut methods = reader.fields()?;
    let key = methods.required(COSE_KEY, Reader::key)?;
    methods.end()?;
    Ok(key)
}

/// A credential could not be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// The window is not 1 to 300 seconds.
    #[error("a window of {window_s} s is not within 1 to 300 s")]
    Window {
        /// The window asked for.
        window_s: u16,
    },
    /// A time is before 1970 or after 9999, which usually means milliseconds.
    #[error("{unix_s} is not a time in Unix seconds")]
    Time {
        /// The time asked for.
        unix_s: i64,
    },
    /// An SM2 phone key that signs under an ID of its own. A COSE_Key has no place for that ID.
    #[cfg(feature = "sm2")]
    #[error("a phone key signs under the default ID")]
    HolderSignerId,
    /// The issuer's key did not sign.
    #[error(transparent)]
    Signing(#[from] SigningError),
}

/// Bytes are not a card credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// The encoding departs from docs/SPEC.md section 6.
    #[error("not a card credential: {0}")]
    Form(#[from] CborError),
    /// The phone key in it is no key.
    #[error("the phone key in the credential is {0}")]
    HolderKey(#[from] NotAKey),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::assert_says;

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("scheme: {SCHEME},"),
            &format!("flags: 0..{}", FLAG_SPECIMEN | FLAG_DELEGATE),
            &format!(
                "max_window_s: {}..{}",
                CardClaims::WINDOW_S.start(),
                CardClaims::WINDOW_S.end()
            ),
        ]);
    }
}
