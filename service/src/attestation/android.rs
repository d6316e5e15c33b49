//! Key attestation of Android: the certificate of a key carries an extension in which the keystore
//! states what the key is (KeyDescription, as Android documents it).

use onecode::PublicKey;
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use x509_cert::der::{self, Decode, Reader, SliceReader, Tag, Tagged};

use super::chain::{Chain, Link, Roots};
use super::config::{self, Android, OpenError};
use super::revoked::RevocationList;
use super::{point, AttestationError as E, Found, Level};

const KEY_DESCRIPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.17");
/// Certificates that a phone fetched, instead of getting them in the factory, carry it.
const PROVISIONING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.1.30");

/// Versions of the statement that are read: Keymaster 4.0 and 4.1, KeyMint 1 to 4.
const VERSIONS: [u32; 6] = [3, 4, 100, 200, 300, 400];

/// The authorizations that Android documents. One that is not among them could widen what the key
/// is for.
const TAGS: [u32; 44] = [
    1, 2, 3, 4, 5, 6, 10, 200, 203, 303, 305, 400, 401, 402, 405, 503, 504, 505, 506, 507, 508,
    509, 600, 601, 701, 702, 703, 704, 705, 706, 709, 710, 711, 712, 713, 714, 715, 716, 717, 718,
    719, 720, 723, 724,
];

const SIGN: u32 = 2;
const VERIFY: u32 = 3;
const EC: u32 = 3;
const P256: u32 = 1;
const GENERATED: u32 = 0;

/// What an issuer asks of Android, with its files read.
pub(super) struct Checker {
    roots: Roots,
    revoked: Option<RevocationList>,
    factory_outlives: bool,
    verified_boot: bool,
}

impl Checker {
    pub(super) fn open(config: &Android) -> Result<Self, OpenError> {
        Ok(Checker {
            roots: config::roots(&config.roots)?,
            revoked: config.revoked.as_deref().map(RevocationList::open).transpose()?,
            factory_outlives: config.factory_outlives,
            verified_boot: config.verified_boot,
        })
    }

    pub(super) fn check(
        &self,
        evidence: &[u8],
        key: &PublicKey,
        challenge: &[u8],
        now: i64,
    ) -> Result<Found, E> {
        let chain = Chain::concatenated(evidence)?;
        let vouched = chain.lead_to(&self.roots)?;
        let (leaf, authorities) = chain.links().split_first().ok_or(E::Format)?;
        // An attested key can sign what it likes, a certificate with a statement of its own making
        // too. Only the key's own certificate may have one.
        let attested = |link: &Link<'_>| link.extension(&KEY_DESCRIPTION).is_some();
        if let Some(above) = authorities.iter().position(attested) {
            return Err(E::SecondStatement { index: above + 1 });
        }
        self.check_dates(&authorities[..vouched - 1], now)?;
        if let Some(list) = &self.revoked {
            let revoked = |link: &Link<'_>| list.has(link.serial(), now);
            if let Some(index) = authorities.iter().position(revoked) {
                return Err(E::Revoked { index: index + 1 });
            }
        }
        if leaf.p256_point() != point(key).as_ref().map(<[u8; 65]>::as_slice) {
            return Err(E::OtherKey);
        }
        let statement = leaf.extension(&KEY_DESCRIPTION).ok_or(E::NoStatement)?;
        self.judge(&KeyDescription::read(statement)?, challenge)
    }

    /// The dates of the key's own certificate are the phone's to choose: nobody asks them, or those
    /// of the root.
    fn check_dates(&self, authorities: &[Link<'_>], now: i64) -> Result<(), E> {
        let fetched = authorities.iter().any(|link| link.extension(&PROVISIONING).is_some());
        for (index, link) in (1..).zip(authorities) {
            if link.is_not_yet(now) {
                return Err(E::NotYet { index });
            }
            if link.is_expired(now) && (fetched || !self.factory_outlives) {
                return Err(E::Expired { index });
            }
        }
        Ok(())
    }

    fn judge(&self, stated: &KeyDescription<'_>, challenge: &[u8]) -> Result<Found, E> {
        if stated.challenge != challenge {
            return Err(E::Challenge);
        }
        // What only the system says of a key in hardware counts for nothing.
        let level = stated.level;
        let enforced = if level == Level::Software { &stated.software } else { &stated.hardware };
        let signs = enforced.purposes.contains(&SIGN);
        if !signs || enforced.purposes.iter().any(|purpose| ![SIGN, VERIFY].contains(purpose)) {
            return Err(E::Purpose);
        }
        let is_p256 = enforced.ec_curve.is_none_or(|curve| curve == P256)
            && enforced.key_size.is_none_or(|bits| bits == 256);
        if enforced.algorithm != Some(EC) || !is_p256 {
            return Err(E::Algorithm);
        }
        if enforced.origin != Some(GENERATED) {
            return Err(E::Imported);
        }
        if stated.software.all_apps || stated.hardware.all_apps {
            return Err(E::AllApps);
        }
        let boot = stated.hardware.boot;
        if self.verified_boot && level > Level::Software && boot != Some(Boot::Verified) {
            return Err(E::Boot { boot: boot.map_or("unstated", Boot::name) });
        }
        Ok(Found { level, word: word(level, boot) })
    }
}

/// How the phone was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Boot {
    /// With its maker's system, and locked.
    Verified,
    /// With a system that its owner trusts.
    SelfSigned,
    /// With any system, or unlocked.
    Unverified,
    /// With one whose check failed.
    Failed,
}

impl Boot {
    fn name(self) -> &'static str {
        match self {
            Boot::Verified => "verified",
            Boot::SelfSigned => "self-signed",
            Boot::Unverified => "unverified",
            Boot::Failed => "failed",
        }
    }
}

fn word(level: Level, boot: Option<Boot>) -> &'static str {
    match (level, boot) {
        (Level::Software, _) => "software",
        (Level::Tee, Some(Boot::Verified)) => "tee",
        (Level::Tee, Some(Boot::SelfSigned)) => "tee-boot-self-signed",
        (Level::Tee, Some(Boot::Unverified)) => "tee-boot-unverified",
        (Level::Tee, Some(Boot::Failed)) => "tee-boot-failed",
        (Level::Tee, None) => "tee-boot-unstated",
        (Level::SecureElement, Some(Boot::Verified)) => "secure-element",
        (Level::SecureElement, Some(Boot::SelfSigned)) => "secure-element-boot-self-signed",
        (Level::SecureElement, Some(Boot::Unverified)) => "secure-element-boot-unverified",
        (Level::SecureElement, Some(Boot::Failed)) => "secure-element-boot-failed",
        (Level::SecureElement, None) => "secure-element-boot-unstated",
    }
}

/// The statement, as far as it is asked here.
struct KeyDescription<'a> {
    /// The lower one of where the statement was made and where the key is.
    level: Level,
    challenge: &'a [u8],
    software: Authorizations,
    hardware: Authorizations,
}

#[derive(Default)]
struct Authorizations {
    purposes: Vec<u32>,
    algorithm: Option<u32>,
    key_size: Option<u32>,
    ec_curve: Option<u32>,
    all_apps: bool,
    origin: Option<u32>,
    boot: Option<Boot>,
}

impl<'a> KeyDescription<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, E> {
        let version = version(bytes).map_err(|_| E::Statement)?;
        if !VERSIONS.contains(&version) {
            return Err(E::Version { version });
        }
        KeyDescription::parse(bytes).map_err(|_| E::Statement)
    }

    fn parse(bytes: &'a [u8]) -> der::Result<Self> {
        let mut reader = SliceReader::new(bytes)?;
        let read = reader.sequence(|fields| {
            let _version = u32::decode(fields)?;
            let stated_in = level(fields)?;
            let _keymint_version = u32::decode(fields)?;
            let key_in = level(fields)?;
            let challenge = <&OctetStringRef>::decode(fields)?.as_bytes();
            let _unique_id = <&OctetStringRef>::decode(fields)?;
            let software = Authorizations::parse(fields)?;
            let hardware = Authorizations::parse(fields)?;
            let level = stated_in.min(key_in);
            Ok::<_, der::Error>(KeyDescription { level, challenge, software, hardware })
        })?;
        reader.finish()?;
        Ok(read)
    }
}

fn version(bytes: &[u8]) -> der::Result<u32> {
    SliceReader::new(bytes)?.sequence(|fields| {
        let version = u32::decode(fields)?;
        fields.drain(fields.remaining_len())?;
        Ok::<_, der::Error>(version)
    })
}

impl Authorizations {
    fn parse<'r>(reader: &mut impl Reader<'r>) -> der::Result<Self> {
        reader.sequence(|list| {
            let mut read = Authorizations::default();
            let mut seen = Vec::new();
            while !list.is_finished() {
                let field = AnyRef::decode(list)?;
                let Tag::ContextSpecific { constructed: true, number } = field.tag() else {
                    return Err(Tag::Sequence.value_error().into());
                };
                let tag = number.value();
                // Not all keystores keep them in order. None may come twice.
                if seen.contains(&tag) || !TAGS.contains(&tag) {
                    return Err(field.tag().value_error().into());
                }
                seen.push(tag);
                let mut value = SliceReader::new(field.value())?;
                read.take(tag, &mut value)?;
                value.finish()?;
            }
            Ok::<_, der::Error>(read)
        })
    }

    fn take<'r>(&mut self, tag: u32, value: &mut SliceReader<'r>) -> der::Result<()> {
        match tag {
            1 => self.purposes = numbers(value)?,
            2 => self.algorithm = Some(u32::decode(value)?),
            3 => self.key_size = Some(u32::decode(value)?),
            10 => self.ec_curve = Some(u32::decode(value)?),
            600 => {
                self.all_apps = true;
                der::asn1::Null::decode(value)?;
            }
            702 => self.origin = Some(u32::decode(value)?),
            704 => self.boot = Some(boot(value)?),
            // 303 and 703 are about what a deleted key leaves behind: few phones can, none must.
            303 | 703 => drop(der::asn1::Null::decode(value)?),
            _ => drop(AnyRef::decode(value)?),
        }
        Ok(())
    }
}

fn numbers(reader: &mut SliceReader<'_>) -> der::Result<Vec<u32>> {
    let set = AnyRef::decode(reader)?;
    if set.tag() != Tag::Set {
        return Err(set.tag().value_error().into());
    }
    let mut inside = SliceReader::new(set.value())?;
    let mut numbers = Vec::new();
    while !inside.is_finished() {
        numbers.push(u32::decode(&mut inside)?);
    }
    Ok(numbers)
}

/// RootOfTrust.
fn boot(reader: &mut SliceReader<'_>) -> der::Result<Boot> {
    reader.sequence(|fields| {
        let _key = <&OctetStringRef>::decode(fields)?;
        let is_locked = bool::decode(fields)?;
        let state = match enumerated(fields)? {
            // An unlocked phone may say that what it started was its maker's.
            0 if !is_locked => Boot::Unverified,
            0 => Boot::Verified,
            1 => Boot::SelfSigned,
            2 => Boot::Unverified,
            3 => Boot::Failed,
            _ => return Err(Tag::Enumerated.value_error().into()),
        };
        let _hash = <&OctetStringRef>::decode(fields)?;
        Ok::<_, der::Error>(state)
    })
}

fn level<'r>(reader: &mut impl Reader<'r>) -> der::Result<Level> {
    match enumerated(reader)? {
        0 => Ok(Level::Software),
        1 => Ok(Level::Tee),
        2 => Ok(Level::SecureElement),
        _ => Err(Tag::Enumerated.value_error().into()),
    }
}

fn enumerated<'r>(reader: &mut impl Reader<'r>) -> der::Result<u8> {
    let value = AnyRef::decode(reader)?;
    match (value.tag(), value.value()) {
        (Tag::Enumerated, [number]) => Ok(*number),
        (tag, _) => Err(tag.value_error().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_names_each_word_that_the_books_may_keep() {
        let interface: serde_json::Value =
            serde_json::from_str(include_str!("../../openapi.json")).unwrap();
        let listed = interface["components"]["schemas"]["Phone"]["properties"]["level"]["enum"]
            .as_array()
            .unwrap();
        let mut words = vec!["software", crate::attestation::apple::WORD];
        let boots = [Boot::Verified, Boot::SelfSigned, Boot::Unverified, Boot::Failed];
        for level in [Level::Tee, Level::SecureElement] {
            words.push(word(level, None));
            words.extend(boots.map(|boot| word(level, Some(boot))));
        }
        for word in &words {
            assert!(listed.contains(&(*word).into()), "{word}");
        }
        // And none, where no attestation came.
        assert_eq!(listed.len(), words.len() + 1);
    }
}
