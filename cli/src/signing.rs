//! A signature by a key at hand, or by one that signs elsewhere: in a security module, on a machine
//! without a network, in another city.
//!
//! Uses `keys` and `files`. What is signed, and whether a signature holds, the library says.

use std::path::{Path, PathBuf};

use onecode::keys::{EncodedSignature, Prepared, Signature};
use onecode::{Algorithm, PublicKey, SigningKey};

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed, hex, Readers};
use crate::keys::openssl;
use crate::keys::source::{key_source, KeySource, Module};
use crate::lang::{language, Said};
use crate::out;

/// With which key, and where that signs.
#[derive(clap::Args)]
pub(crate) struct Signing {
    /// The private key: a PKCS#8 PEM file, or a PKCS#11 URI.
    #[arg(long, value_name = "KEY", value_parser = key_source(), conflicts_with = "signer")]
    key: Option<KeySource>,
    #[command(flatten)]
    module: Module,
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// A key that signs elsewhere: what it has to sign goes out, and its signature comes back.
#[derive(clap::Args)]
pub(crate) struct Elsewhere {
    /// The public half of a key that signs elsewhere, as PEM or JWK; with --prepare or --attach.
    #[arg(long, value_name = "FILE")]
    signer: Option<PathBuf>,
    /// Write the bytes that the key has to sign to this new file, and say what they mean.
    #[arg(long, value_name = "FILE", requires = "signer", conflicts_with = "attach")]
    prepare: Option<PathBuf>,
    /// Take the signature in this file. It is checked first.
    #[arg(long, value_name = "FILE", requires = "signer")]
    attach: Option<PathBuf>,
    /// The signature is in DER, as OpenSSL writes ECDSA and SM2.
    #[arg(long, requires = "attach")]
    der: bool,
    /// The signature is raw: 64 bytes.
    #[arg(long, requires = "attach", conflicts_with = "der")]
    raw: bool,
}

/// A key and where it signs.
pub(crate) enum Signer {
    AtHand(Box<dyn SigningKey>),
    /// What it has to sign is to be written to a file.
    Asked(PublicKey, PathBuf),
    /// Its signature is there, from this file.
    Answered(PublicKey, EncodedSignature, PathBuf),
}

impl Signing {
    /// The key that is named, or else the one at its usual place.
    pub(crate) fn signer(&self, usual: Option<PathBuf>) -> Result<Signer, Failure> {
        let usual = usual.map(KeySource::File);
        self.elsewhere.signer(self.key.as_ref().or(usual.as_ref()), &self.module)
    }
}

impl Elsewhere {
    /// The key that signs elsewhere if there is one, or else the one at hand.
    pub(crate) fn signer(
        &self,
        at_hand: Option<&KeySource>,
        module: &Module,
    ) -> Result<Signer, Failure> {
        let signer = self.signer.as_deref().map(openssl::public_key).transpose()?;
        match (signer, &self.prepare, &self.attach) {
            (Some(key), Some(file), _) => Ok(Signer::Asked(key, file.clone())),
            (Some(key), None, Some(file)) => {
                let signature = signature(file, self.der, self.raw)?;
                Ok(Signer::Answered(key, signature, file.clone()))
            }
            (Some(_), None, None) => Err(Failure(said!(
                "--signer 要与 --prepare FILE 或 --attach FILE 同用",
                "--signer wants --prepare FILE or --attach FILE"
            ))),
            (None, ..) => {
                let key = at_hand.ok_or_else(|| {
                    Failure(said!(
                        "请指明密钥：--key KEY；密钥在别处时，--signer FILE 加 --prepare 或 --attach",
                        "name the key: --key KEY; for one that signs elsewhere --signer FILE with \
                         --prepare or --attach"
                    ))
                })?;
                Ok(Signer::AtHand(key.open(module)?))
            }
        }
    }
}

/// A signature whose form shows, or was named.
pub(crate) fn signature(file: &Path, der: bool, raw: bool) -> Result<EncodedSignature, Failure> {
    let bytes = files::read(file)?;
    let looks_der = bytes.first() == Some(&0x30)
        && bytes.get(1).is_some_and(|length| usize::from(*length) + 2 == bytes.len());
    match (der, raw, looks_der, bytes.len() == Signature::LENGTH) {
        (true, ..) | (_, false, true, false) => Ok(EncodedSignature::Der(bytes)),
        (_, true, ..) | (_, _, false, true) => Ok(EncodedSignature::Raw(bytes)),
        (.., true, true) => Err(failed(
            file,
            said!(
                "可能是 DER，也可能是原始格式；请用 --der 或 --raw 指明",
                "this may be DER or raw; say --der or --raw"
            ),
        )),
        (.., false, false) => Err(failed(
            file,
            said!(
                "不是签名：既不是 DER，也不是 {expected} 字节的原始格式；有 {found} 字节",
                "no signature: neither DER nor {expected} bytes, raw; it has {found}",
                expected = Signature::LENGTH,
                found = bytes.len()
            ),
        )),
    }
}

impl Signer {
    pub(crate) fn public_key(&self) -> PublicKey {
        match self {
            Signer::AtHand(key) => key.public_key(),
            Signer::Asked(key, _) | Signer::Answered(key, ..) => *key,
        }
    }

    /// The thing with its signature; nothing while the signature is still to come.
    pub(crate) fn complete<T>(&self, prepared: &Prepared<T>) -> Result<Option<T>, Failure> {
        match self {
            Signer::AtHand(key) => {
                let signed = key.sign(&prepared.message()).and_then(|it| prepared.attach(&it));
                signed.map(Some).map_err(|error| Failure(error.said()))
            }
            Signer::Asked(_, file) => {
                write_down(prepared, file)?;
                Ok(None)
            }
            Signer::Answered(_, signature, file) => {
                prepared.attach(signature).map(Some).map_err(|error| failed(file, error))
            }
        }
    }
}

/// Writes the bytes to be signed, and says what somebody needs to know who signs elsewhere.
pub(crate) fn write_down<T>(prepared: &Prepared<T>, file: &Path) -> Result<(), Failure> {
    files::write_new(file, prepared.message().bytes(), Readers::Everybody)?;
    out::say(&prepared.words(language()));
    let message = prepared.message();
    let algorithm = message.public_key().algorithm();
    let sha256 = hex(&onecode::governance::Sha256Hash::of(message.bytes()).0);
    tell!(
        "\n{file}：待签 {bytes} 字节，算法 {algorithm}，密钥 {key}\nSHA-256  {sha256}",
        "\n{file}: {bytes} bytes to be signed with {algorithm} by the key {key}\nSHA-256  {sha256}",
        file = file.display(),
        bytes = message.bytes().len(),
        key = message.public_key().jwk_thumbprint()
    );
    match message.digest() {
        Some(digest) if algorithm != Algorithm::Esp256 => {
            tell!("SM3（含 Z 值）  {digest}", "SM3 with Z  {digest}", digest = hex(&digest))
        }
        _ => {}
    }
    Ok(())
}

/// A hash to be read aloud and compared: hexadecimal digits in groups of four.
pub(crate) fn read_aloud(hash: &onecode::governance::Sha256Hash) -> String {
    let pairs = hash.0.chunks(2).map(hex);
    pairs.collect::<Vec<_>>().join(" ")
}

/// The line with it.
pub(crate) fn to_compare(hash: &onecode::governance::Sha256Hash) -> Said {
    let hash = read_aloud(hash);
    said!("核对：{hash}", "compare: {hash}")
}
