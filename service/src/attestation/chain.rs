//! Chains of X.509 certificates (RFC 5280), as makers of phones issue them: from a key's own
//! certificate up to a root whose key is trusted. Signatures are ring's.

use ring::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{self, Decode, Reader, SliceReader};
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};
use x509_cert::name::Name;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::{Certificate, Version};

use super::AttestationError as E;

/// The first byte of a certificate.
pub(super) const SEQUENCE: u8 = 0x30;

/// Most certificates in a chain, its root included.
const MAX_CERTIFICATES: usize = 10;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const EC: ObjectIdentifier = oid("1.2.840.10045.2.1");
const RSA: ObjectIdentifier = oid("1.2.840.113549.1.1.1");
const P256: ObjectIdentifier = oid("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = oid("1.3.132.0.34");
const ECDSA_SHA256: ObjectIdentifier = oid("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = oid("1.2.840.10045.4.3.3");
const RSA_SHA256: ObjectIdentifier = oid("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = oid("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = oid("1.2.840.113549.1.1.13");

const BASIC_CONSTRAINTS: ObjectIdentifier = oid("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = oid("2.5.29.15");

/// A certificate, and the bytes that its issuer signed.
pub(super) struct Link<'a> {
    signed: &'a [u8],
    certificate: Certificate,
}

/// The certificates of a chain, the key's own first.
pub(super) struct Chain<'a>(Vec<Link<'a>>);

impl<'a> Chain<'a> {
    /// Reads certificates that stand one after the other.
    pub(super) fn concatenated(bytes: &'a [u8]) -> Result<Self, E> {
        let mut reader = SliceReader::new(bytes).map_err(|_| E::Format)?;
        let mut each = Vec::new();
        while !reader.is_finished() {
            if each.len() == MAX_CERTIFICATES {
                return Err(E::TooManyCertificates);
            }
            each.push(reader.tlv_bytes().map_err(|_| E::Unreadable { index: each.len() })?);
        }
        Chain::of(&each)
    }

    /// Reads certificates that stand by themselves.
    pub(super) fn of(each: &[&'a [u8]]) -> Result<Self, E> {
        if each.len() > MAX_CERTIFICATES {
            return Err(E::TooManyCertificates);
        }
        let links = each.iter().enumerate().map(|(index, der)| Link::read(der, index));
        let chain = Chain(links.collect::<Result<_, _>>()?);
        if chain.0.is_empty() {
            return Err(E::Format);
        }
        Ok(chain)
    }

    pub(super) fn links(&self) -> &[Link<'a>] {
        &self.0
    }

    /// Checks names, authority and signatures up to a trusted root. The answer is how many
    /// certificates the root vouches for: one that is the root itself is not among them.
    pub(super) fn lead_to(&self, roots: &Roots) -> Result<usize, E> {
        let links = &self.0;
        if links[0].is_authority()?.is_some() {
            return Err(E::KeyIsAuthority);
        }
        for (index, pair) in links.windows(2).enumerate() {
            let [link, issuer] = pair else { continue };
            if link.tbs().issuer() != issuer.tbs().subject() {
                return Err(E::Issuer { index });
            }
            issuer.may_issue(index + 1)?;
            if !link.is_signed_by(issuer.key()) {
                return Err(E::Signature { index });
            }
        }
        let last = links.len() - 1;
        if last > 0 && roots.0.iter().any(|root| root.key == *links[last].key()) {
            return Ok(last);
        }
        let issued = |root: &Root| {
            root.name.as_ref().is_none_or(|name| name == links[last].tbs().issuer())
                && links[last].is_signed_by(&root.key)
        };
        if roots.0.iter().any(issued) {
            Ok(links.len())
        } else {
            Err(E::Root)
        }
    }
}

impl<'a> Link<'a> {
    fn read(bytes: &'a [u8], index: usize) -> Result<Self, E> {
        let link = Link::parse(bytes).map_err(|_| E::Unreadable { index })?;
        let tbs = link.tbs();
        if tbs.version() != Version::V3 || tbs.signature() != link.certificate.signature_algorithm()
        {
            return Err(E::Unreadable { index });
        }
        let extensions = tbs.extensions().map(Vec::as_slice).unwrap_or_default();
        for (number, extension) in extensions.iter().enumerate() {
            if extensions[..number].iter().any(|other| other.extn_id == extension.extn_id) {
                return Err(E::ExtensionTwice { index });
            }
            let known = [BASIC_CONSTRAINTS, KEY_USAGE].contains(&extension.extn_id);
            if extension.critical && !known {
                return Err(E::CriticalExtension { index });
            }
        }
        Ok(link)
    }

    fn parse(bytes: &'a [u8]) -> der::Result<Self> {
        let certificate = Certificate::from_der(bytes)?;
        let mut reader = SliceReader::new(bytes)?;
        let signed = reader.sequence(|inside| {
            let signed = inside.tlv_bytes()?;
            inside.drain(inside.remaining_len())?;
            Ok::<_, der::Error>(signed)
        })?;
        Ok(Link { signed, certificate })
    }

    fn tbs(&self) -> &x509_cert::TbsCertificate {
        self.certificate.tbs_certificate()
    }

    fn key(&self) -> &SubjectPublicKeyInfoOwned {
        self.tbs().subject_public_key_info()
    }

    /// The point of its key, uncompressed, if that is one of P-256.
    pub(super) fn p256_point(&self) -> Option<&[u8]> {
        let key = self.key();
        (curve(key) == Some(P256)).then(|| key.subject_public_key.as_bytes()).flatten()
    }

    /// The bytes of its serial number, most significant first.
    pub(super) fn serial(&self) -> &[u8] {
        self.tbs().serial_number().as_bytes()
    }

    /// What an extension holds.
    pub(super) fn extension(&self, id: &ObjectIdentifier) -> Option<&[u8]> {
        let extensions = self.tbs().extensions().map(Vec::as_slice).unwrap_or_default();
        let found = extensions.iter().find(|extension| extension.extn_id == *id)?;
        Some(found.extn_value.as_bytes())
    }

    pub(super) fn is_not_yet(&self, now_unix_s: i64) -> bool {
        now_unix_s < unix_s(self.tbs().validity().not_before)
    }

    pub(super) fn is_expired(&self, now_unix_s: i64) -> bool {
        now_unix_s > unix_s(self.tbs().validity().not_after)
    }

    /// As an authority: how many authorities may stand below it.
    fn is_authority(&self) -> Result<Option<Option<u8>>, E> {
        let Some(bytes) = self.extension(&BASIC_CONSTRAINTS) else { return Ok(None) };
        let constraints = BasicConstraints::from_der(bytes).map_err(|_| E::KeyIsAuthority)?;
        Ok(constraints.ca.then_some(constraints.path_len_constraint))
    }

    fn may_issue(&self, index: usize) -> Result<(), E> {
        let not = E::NotAnAuthority { index };
        let Ok(Some(below)) = self.is_authority() else { return Err(not) };
        // Between it and the key's own certificate stand `index - 1` others.
        if below.is_some_and(|below| usize::from(below) < index - 1) {
            return Err(not);
        }
        match self.extension(&KEY_USAGE).map(KeyUsage::from_der) {
            None => Ok(()),
            Some(Ok(usage)) if usage.key_cert_sign() => Ok(()),
            Some(_) => Err(not),
        }
    }

    fn is_signed_by(&self, key: &SubjectPublicKeyInfoOwned) -> bool {
        let Some(algorithm) = algorithm(self.certificate.signature_algorithm(), key) else {
            return false;
        };
        let parts = (key.subject_public_key.as_bytes(), self.certificate.signature().as_bytes());
        let (Some(key), Some(signature)) = parts else { return false };
        UnparsedPublicKey::new(algorithm, key).verify(self.signed, signature).is_ok()
    }
}

fn unix_s(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

fn curve(key: &SubjectPublicKeyInfoOwned) -> Option<ObjectIdentifier> {
    let parameters = key.algorithm.parameters.as_ref()?;
    (key.algorithm.oid == EC).then(|| parameters.decode_as().ok()).flatten()
}

/// How ring checks such a signature by such a key.
fn algorithm(
    signature: &AlgorithmIdentifierOwned,
    key: &SubjectPublicKeyInfoOwned,
) -> Option<&'static dyn VerificationAlgorithm> {
    if let Some(curve) = curve(key) {
        return match (curve, signature.oid, &signature.parameters) {
            (P256, ECDSA_SHA256, None) => Some(&signature::ECDSA_P256_SHA256_ASN1),
            (P256, ECDSA_SHA384, None) => Some(&signature::ECDSA_P256_SHA384_ASN1),
            (P384, ECDSA_SHA256, None) => Some(&signature::ECDSA_P384_SHA256_ASN1),
            (P384, ECDSA_SHA384, None) => Some(&signature::ECDSA_P384_SHA384_ASN1),
            _ => None,
        };
    }
    if key.algorithm.oid != RSA {
        return None;
    }
    match signature.oid {
        RSA_SHA256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        RSA_SHA384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        RSA_SHA512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        _ => None,
    }
}

/// The roots of one maker.
pub(super) struct Roots(pub(super) Vec<Root>);

/// A root: its key counts, and neither its dates nor its serial number. Makers issue new
/// certificates for the same key when old ones end.
pub(super) struct Root {
    key: SubjectPublicKeyInfoOwned,
    name: Option<Name>,
}

impl Root {
    pub(super) fn of_certificate(der: &[u8]) -> Option<Self> {
        let certificate = Certificate::from_der(der).ok()?;
        let tbs = certificate.tbs_certificate();
        let key = tbs.subject_public_key_info().clone();
        Some(Root { key, name: Some(tbs.subject().clone()) })
    }

    pub(super) fn of_key(der: &[u8]) -> Option<Self> {
        Some(Root { key: SubjectPublicKeyInfoOwned::from_der(der).ok()?, name: None })
    }
}
