//! What is ready to be signed elsewhere: by a security module, a machine without a network, another
//! city, or a keystore that answers later.

use std::fmt;

use super::{Check, EncodedSignature, PublicKey, Signature, SigningError, SigningKey, ToBeSigned};
use crate::language::Language;

/// A thing that lacks its signature alone.
///
/// Whoever holds the key signs [`Prepared::message`], after reading [`Prepared::words`].
/// [`Prepared::attach`] takes the signature and gives the thing. Preparing changes nothing: if the
/// signature never comes, drop it.
pub struct Prepared<T> {
    public_key: PublicKey,
    bytes: Vec<u8>,
    draft: Box<dyn Draft<T>>,
}

/// A thing without its signature.
pub(crate) trait Draft<T>: Send + Sync {
    /// What is signed, in plain words: kind, whom it is about, numbers and times. One fact a line,
    /// no line end at the end.
    fn words(&self, language: Language) -> String;

    /// The thing. The signature has been checked.
    fn signed(&self, signature: &Signature) -> T;
}

impl<T> Prepared<T> {
    /// `bytes` are what `public_key` has to sign for `draft`.
    pub(crate) fn new(
        public_key: PublicKey,
        bytes: Vec<u8>,
        draft: impl Draft<T> + 'static,
    ) -> Self {
        Prepared { public_key, bytes, draft: Box::new(draft) }
    }

    /// What has to be signed: the key, the bytes, and their hash.
    pub fn message(&self) -> ToBeSigned<'_> {
        ToBeSigned::new(self.public_key, &self.bytes)
    }

    /// The key that has to sign.
    pub(crate) fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// What is signed, in plain words, for the person who approves it: kind, whom it is about,
    /// numbers and times (UTC). One fact a line.
    pub fn words(&self, language: Language) -> String {
        self.draft.words(language)
    }

    /// Takes the signature, made wherever, and gives the thing. The signature is checked; one that
    /// does not hold is refused with the cause, as far as it shows, and another can be tried.
    pub fn attach(&self, signature: &EncodedSignature) -> Result<T, SigningError> {
        self.attach_checked(signature, Check::Signature)
    }

    /// [`Prepared::attach`] with the check that the caller's rule asks for.
    pub(crate) fn attach_checked(
        &self,
        signature: &EncodedSignature,
        check: Check,
    ) -> Result<T, SigningError> {
        Ok(self.draft.signed(&check.of(&self.message(), signature)?))
    }

    /// Lets a key at hand sign.
    pub(crate) fn sign(&self, key: &dyn SigningKey, check: Check) -> Result<T, SigningError> {
        self.attach_checked(&key.sign(&self.message())?, check)
    }
}

/// The message to be signed; see [`Prepared::words`] for what it says.
impl<T> fmt::Debug for Prepared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Prepared").field(&self.message()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Algorithm, SoftwareKey};

    struct Line(&'static str);

    impl Draft<(&'static str, Signature)> for Line {
        fn words(&self, language: Language) -> String {
            let sign = match language {
                Language::Zh => "请签名",
                Language::En => "Sign",
            };
            format!("{sign}: {}", self.0)
        }

        fn signed(&self, signature: &Signature) -> (&'static str, Signature) {
            (self.0, *signature)
        }
    }

    fn prepared(key: &SoftwareKey) -> Prepared<(&'static str, Signature)> {
        Prepared::new(key.public_key(), b"message".to_vec(), Line("a line"))
    }

    fn sign(key: &SoftwareKey, bytes: &[u8]) -> EncodedSignature {
        key.sign(&ToBeSigned::new(key.public_key(), bytes)).unwrap()
    }

    #[test]
    fn a_signature_is_attached_after_it_was_found_to_hold() {
        for algorithm in Algorithm::ALL {
            let key = SoftwareKey::generate(*algorithm).unwrap().key;
            let other = SoftwareKey::generate(*algorithm).unwrap().key;
            let prepared = prepared(&key);
            assert_eq!(prepared.message().bytes(), b"message");
            assert_eq!(prepared.message().public_key(), &key.public_key());
            assert_eq!(prepared.words(Language::En), "Sign: a line");
            for wrong in [sign(&other, b"message"), sign(&key, b"another message")] {
                assert_eq!(prepared.attach(&wrong), Err(SigningError::DoesNotHold), "{algorithm}");
                assert!(prepared.attach_checked(&wrong, Check::Form).is_ok(), "{algorithm}");
            }
            // A refused signature takes nothing away.
            let (line, signature) = prepared.attach(&sign(&key, b"message")).unwrap();
            assert_eq!((line, key.public_key().verify(b"message", &signature)), ("a line", Ok(())));
            assert_eq!(prepared.sign(&key, Check::Signature).unwrap().0, "a line");
        }
    }

    #[test]
    fn a_hash_that_was_hashed_once_more_is_called_that() {
        for algorithm in Algorithm::ALL {
            let key = SoftwareKey::generate(*algorithm).unwrap().key;
            let prepared = prepared(&key);
            let digest = prepared.message().digest();
            assert_eq!(digest.is_none(), *algorithm == Algorithm::Ed25519);
            for hash in digest.into_iter().chain([crate::keys::sha256(b"message")]) {
                let found = prepared.attach(&sign(&key, &hash));
                assert_eq!(found, Err(SigningError::HashedTwice), "{algorithm}");
            }
        }
    }

    #[cfg(feature = "sm2")]
    #[test]
    fn the_digest_for_sm2_begins_with_z() {
        use crate::keys::SignerId;
        // GB/T 32918.5 appendix A.2: key, message and e. The ID is the default one.
        let hex = |text: &str| -> Vec<u8> {
            (0..text.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
                .collect()
        };
        let point = hex("0409f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020\
                         ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13");
        let key = PublicKey::from_bytes(Algorithm::Sm2, &point).unwrap();
        let digest = ToBeSigned::new(key, b"message digest").digest().unwrap();
        let e = "f0b43e94ba45accaace692ed534382eb17e6ab5a19ce7b31f4486fdfc0d28640";
        assert_eq!(digest.to_vec(), hex(e));
        let other = PublicKey::sm2_with_id(&point, SignerId::new(b"other").unwrap()).unwrap();
        assert_ne!(ToBeSigned::new(other, b"message digest").digest(), Some(digest));
    }
}
