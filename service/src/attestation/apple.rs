//! App Attest of Apple, as far as its format is public: an object of CBOR, whose certificates lead to
//! Apple's root and whose nonce binds a hash of the app's choice.
//!
//! The key in it is App Attest's own. It cannot be a card's: it signs only what App Attest asks it
//! to. The hash covers our challenge and the card's key, so the object says: this issuer's app, on an
//! Apple device, vouched for this key.

use minicbor::data::Type;
use minicbor::Decoder;
use onecode::PublicKey;
use ring::digest::{digest, SHA256};
use x509_cert::der::asn1::ObjectIdentifier;

use super::chain::{Chain, Roots};
use super::config::{self, Apple, OpenError};
use super::{point, AttestationError as E, Found, Level};

/// What the books keep of it.
pub(super) const WORD: &str = "app-attest";

/// The first byte of the object.
pub(super) const MAP_OF_3: u8 = 0xa3;

const NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113635.100.8.2");
/// `SEQUENCE { [1] { OCTET STRING (32) } }`, before the nonce.
const NONCE_HEADER: [u8; 6] = [0x30, 0x24, 0xa1, 0x22, 0x04, 0x20];

const PRODUCTION: &[u8; 16] = b"appattest\0\0\0\0\0\0\0";
const DEVELOPMENT: &[u8; 16] = b"appattestdevelop";

/// Authenticator data has attested credential data (WebAuthn section 6.1).
const ATTESTED: u8 = 0x40;

/// A COSE_Key of P-256, as far as its x, and from there to its y.
const KEY_X: [u8; 10] = [0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
const KEY_Y: [u8; 3] = [0x22, 0x58, 0x20];

/// What an issuer asks of Apple, with its files read.
pub(super) struct Checker {
    roots: Roots,
    /// The SHA-256 of the id of each app.
    apps: Vec<[u8; 32]>,
    counts_as: Level,
    development: bool,
}

impl Checker {
    pub(super) fn open(config: &Apple) -> Result<Self, OpenError> {
        Ok(Checker {
            roots: config::roots(&config.roots)?,
            apps: config.apps.iter().map(|app| sha256(&[app.as_bytes()])).collect(),
            counts_as: config.counts_as,
            development: config.development,
        })
    }

    pub(super) fn check(
        &self,
        evidence: &[u8],
        key: &PublicKey,
        challenge: &[u8],
        now: i64,
    ) -> Result<Found, E> {
        let point = point(key).ok_or(E::OtherKey)?;
        self.verify(evidence, &sha256(&[challenge, &point]), now)?;
        Ok(Found { level: self.counts_as, word: WORD })
    }

    /// Apple's nine steps but the last two, which are the app's own.
    fn verify(&self, evidence: &[u8], client_data_hash: &[u8], now: i64) -> Result<(), E> {
        let object = Object::read(evidence)?;
        let chain = Chain::of(&object.certificates)?;
        let vouched = chain.lead_to(&self.roots)?;
        for (index, link) in chain.links()[..vouched].iter().enumerate() {
            if link.is_not_yet(now) {
                return Err(E::NotYet { index });
            }
            if link.is_expired(now) {
                return Err(E::Expired { index });
            }
        }
        let leaf = &chain.links()[0];
        let nonce = sha256(&[object.authenticator_data, client_data_hash]);
        let stated = leaf.extension(&NONCE).ok_or(E::NoStatement)?;
        let stated = stated.strip_prefix(&NONCE_HEADER).ok_or(E::Statement)?;
        if stated != nonce {
            return Err(E::Challenge);
        }
        let data = AuthenticatorData::read(object.authenticator_data)?;
        if !self.apps.contains(data.app) {
            return Err(E::App);
        }
        if data.environment == DEVELOPMENT && !self.development {
            return Err(E::Environment);
        }
        let key = leaf.p256_point().ok_or(E::Algorithm)?;
        if *data.credential_id != sha256(&[key]) || key != data.point {
            return Err(E::OtherKey);
        }
        Ok(())
    }
}

fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let hash = digest(&SHA256, &parts.concat());
    let mut bytes = [0; 32];
    bytes.copy_from_slice(hash.as_ref());
    bytes
}

/// `{"fmt": "apple-appattest", "attStmt": {"x5c": [+ bstr], "receipt": bstr}, "authData": bstr}`.
struct Object<'a> {
    certificates: Vec<&'a [u8]>,
    authenticator_data: &'a [u8],
}

impl<'a> Object<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, E> {
        let mut decoder = Decoder::new(bytes);
        let object = Object::decode(&mut decoder).map_err(|_| E::Statement)?.ok_or(E::Statement)?;
        if decoder.position() != bytes.len() {
            return Err(E::Statement);
        }
        Ok(object)
    }

    /// `None` where a member is missing, is another one, or comes twice.
    fn decode(decoder: &mut Decoder<'a>) -> Result<Option<Self>, minicbor::decode::Error> {
        let (mut format, mut certificates, mut data) = (None, None, None);
        if decoder.map()? != Some(3) {
            return Ok(None);
        }
        for _ in 0..3 {
            match decoder.str()? {
                "fmt" if format.is_none() => format = Some(decoder.str()?),
                "attStmt" if certificates.is_none() => certificates = statement(decoder)?,
                "authData" if data.is_none() => data = Some(decoder.bytes()?),
                _ => return Ok(None),
            }
        }
        let is_ours = format == Some("apple-appattest");
        Ok(certificates
            .zip(data)
            .filter(|_| is_ours)
            .map(|(certificates, authenticator_data)| Object { certificates, authenticator_data }))
    }
}

/// The certificates. What the receipt says, Apple tells who asks it over the network.
fn statement<'a>(
    decoder: &mut Decoder<'a>,
) -> Result<Option<Vec<&'a [u8]>>, minicbor::decode::Error> {
    let (mut certificates, mut receipt) = (None, None);
    if decoder.map()? != Some(2) {
        return Ok(None);
    }
    for _ in 0..2 {
        match decoder.str()? {
            "x5c" if certificates.is_none() => {
                let Some(count) = decoder.array()? else { return Ok(None) };
                let mut each = Vec::new();
                for _ in 0..count {
                    each.push(decoder.bytes()?);
                }
                certificates = Some(each);
            }
            "receipt" if receipt.is_none() => receipt = Some(decoder.bytes()?),
            _ => return Ok(None),
        }
    }
    Ok(certificates)
}

/// Authenticator data with an attested key (WebAuthn section 6.1).
struct AuthenticatorData<'a> {
    app: &'a [u8; 32],
    environment: &'a [u8; 16],
    credential_id: &'a [u8; 32],
    point: [u8; 65],
}

impl<'a> AuthenticatorData<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, E> {
        AuthenticatorData::parse(bytes).ok_or(E::Statement)
    }

    fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (app, rest) = bytes.split_first_chunk()?;
        let ([flags, counter @ ..], rest) = rest.split_first_chunk::<5>()?;
        let (environment, rest) = rest.split_first_chunk()?;
        let (id_length, rest) = rest.split_first_chunk()?;
        let (credential_id, rest) = rest.split_first_chunk()?;
        let is_new = flags & ATTESTED != 0 && *counter == [0; 4] && *id_length == [0, 32];
        if !is_new || ![PRODUCTION, DEVELOPMENT].contains(&environment) {
            return None;
        }
        let (x, rest) = rest.strip_prefix(&KEY_X)?.split_first_chunk::<32>()?;
        let (y, rest) = rest.strip_prefix(&KEY_Y)?.split_first_chunk::<32>()?;
        let point = [&[4], x.as_slice(), y].concat().try_into().ok()?;
        is_end_or_map(rest).then_some(AuthenticatorData { app, environment, credential_id, point })
    }
}

/// From iOS 27 on a map about the app's distribution follows the key.
fn is_end_or_map(rest: &[u8]) -> bool {
    let mut decoder = Decoder::new(rest);
    rest.is_empty()
        || decoder.datatype().is_ok_and(|it| it == Type::Map)
            && decoder.skip().is_ok()
            && decoder.position() == rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An object that a phone made (tests/attestation/data). Its app is another's, and so is its
    /// way to hash: what Apple and the phone did is checked by it, and not what our app does.
    const OBJECT: &[u8] = include_bytes!("../../tests/attestation/data/app-attest-2024.cbor");
    const CHALLENGE: &[u8] = b"2f04f0ba-aa3a-42e4-8de1-7625c929faae";
    /// 2024-07-02.
    const JULY_2024: i64 = 1_719_878_400;

    fn checker() -> Checker {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/roots/apple-app-attest.pem");
        let apple = Apple {
            roots: vec![root.into()],
            apps: Vec::new(),
            counts_as: Level::Tee,
            development: false,
        };
        let mut checker = Checker::open(&apple).unwrap();
        // The name of the app was not published, only its hash.
        let object = Object::read(OBJECT).unwrap();
        checker.apps.push(*AuthenticatorData::read(object.authenticator_data).unwrap().app);
        checker
    }

    #[test]
    fn an_object_of_a_phone_leads_to_apples_root() {
        let hash = sha256(&[CHALLENGE]);
        assert_eq!(checker().verify(OBJECT, &hash, JULY_2024), Ok(()));
        assert_eq!(checker().verify(OBJECT, CHALLENGE, JULY_2024), Err(E::Challenge));
        let year = 365 * 86_400;
        assert_eq!(checker().verify(OBJECT, &hash, JULY_2024 + year), Err(E::Expired { index: 0 }));
        let nobody = Checker { apps: Vec::new(), ..checker() };
        assert_eq!(nobody.verify(OBJECT, &hash, JULY_2024), Err(E::App));
    }
}
