//! Why an attestation does not hold. An index counts certificates, the key's own being 0.

use super::Level;

/// An attestation does not hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// More bytes than are looked at.
    #[error("{length} bytes are too many")]
    TooLarge {
        /// How many came.
        length: usize,
    },
    /// Neither certificates nor an attestation object.
    #[error("the format of the attestation is not known")]
    Format,
    /// The issuer's configuration names no roots for this maker.
    #[error("attestations of {maker} are not taken here")]
    NotTaken {
        /// The maker.
        maker: &'static str,
    },
    /// More certificates than are looked at.
    #[error("there are too many certificates")]
    TooManyCertificates,
    /// A certificate is not X.509 in DER, or bytes come after the last one.
    #[error("certificate {index} cannot be read")]
    Unreadable {
        /// Which.
        index: usize,
    },
    /// A certificate has an extension twice.
    #[error("certificate {index} has an extension twice")]
    ExtensionTwice {
        /// Which.
        index: usize,
    },
    /// A certificate has a critical extension that is not known here.
    #[error("certificate {index} has a critical extension that is not known")]
    CriticalExtension {
        /// Which.
        index: usize,
    },
    /// A certificate names another issuer than the one that comes next.
    #[error("certificate {index} was not issued by the next one")]
    Issuer {
        /// Which.
        index: usize,
    },
    /// A certificate issues others and may not, or not so many.
    #[error("certificate {index} may not issue certificates")]
    NotAnAuthority {
        /// Which.
        index: usize,
    },
    /// The key's own certificate is one that issues others.
    #[error("the certificate of the key is that of an authority")]
    KeyIsAuthority,
    /// The signature on a certificate is not its issuer's, or of a kind that is not taken.
    #[error("the signature on certificate {index} is wrong")]
    Signature {
        /// Which.
        index: usize,
    },
    /// The chain ends at no root that the issuer trusts.
    #[error("the chain ends at no root that is trusted here")]
    Root,
    /// A certificate is not good yet.
    #[error("certificate {index} is not good yet")]
    NotYet {
        /// Which.
        index: usize,
    },
    /// A certificate has expired.
    #[error("certificate {index} has expired")]
    Expired {
        /// Which.
        index: usize,
    },
    /// The maker has revoked a certificate.
    #[error("certificate {index} is revoked")]
    Revoked {
        /// Which.
        index: usize,
    },
    /// The certificate of the key has no statement about it.
    #[error("the maker states nothing about the key")]
    NoStatement,
    /// A certificate further up has a statement: an attested key has issued a certificate.
    #[error("certificate {index} is that of an attested key")]
    SecondStatement {
        /// Which.
        index: usize,
    },
    /// The statement about the key is not what the maker documents.
    #[error("the statement about the key cannot be read")]
    Statement,
    /// A version of the statement that is not known here.
    #[error("version {version} of the statement is not known")]
    Version {
        /// Which.
        version: u32,
    },
    /// It was made for another challenge, or for another key of ours.
    #[error("it was made for another challenge")]
    Challenge,
    /// It is about another key.
    #[error("it is about another key")]
    OtherKey,
    /// The key may do something else than sign, or may not sign.
    #[error("the key is not for signing alone")]
    Purpose,
    /// The statement is about a key of another algorithm.
    #[error("the key is not one of P-256")]
    Algorithm,
    /// The key was made elsewhere and brought in.
    #[error("the key was not made in the phone")]
    Imported,
    /// Any app of the phone may use the key.
    #[error("the key is for all apps")]
    AllApps,
    /// The phone was started with a system that its maker has not signed, or is unlocked.
    #[error("the phone's system is not its maker's ({boot})")]
    Boot {
        /// How it was started.
        boot: &'static str,
    },
    /// The attestation is that of another app.
    #[error("it is another app's")]
    App,
    /// The attestation is by Apple's environment for development.
    #[error("it is by the environment for development")]
    Environment,
    /// The key lives in a less safe place than the issuer asks for.
    #[error("the key lives in {}, and {} is required", found.name(), required.name())]
    Level {
        /// Where it lives.
        found: Level,
        /// The least that is asked for.
        required: Level,
    },
}
