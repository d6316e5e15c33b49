//! Keys in PEM with whatever stands around them: explanations, parameters, certificates.
//!
//! Specification: RFC 7468, RFC 5915. Uses `cause`.

use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::{Decode, Sequence};
use onecode::{Algorithm, PublicKey, SigningKey, SoftwareKey};
use p256::pkcs8::EncodePrivateKey;
use spki::ObjectIdentifier;
use zeroize::Zeroizing;

use crate::cause::Cause;
use crate::lang::Said;

use super::openssl::P256;
#[cfg(feature = "sm2")]
use super::openssl::SM2;

/// What stands in the first line of a private key in PKCS#8.
pub(super) const PRIVATE_KEY: &str = "PRIVATE KEY";

/// Private keys as `openssl ecparam -genkey` and `openssl ec` write them (SEC 1).
const SEC1: [&str; 2] = ["EC PRIVATE KEY", "SM2 PRIVATE KEY"];

fn encrypted() -> Said {
    said!(
        "密钥已加密；可用 `openssl pkey -in FILE -out PLAIN` 解密",
        "the key is encrypted; `openssl pkey -in FILE -out PLAIN` decrypts it"
    )
}

/// A part of a file, from `-----BEGIN label-----` to `-----END label-----`.
struct Block<'t> {
    label: &'t str,
    /// All of its lines, none of them indented.
    text: Zeroizing<String>,
}

impl Block<'_> {
    fn der(&self) -> Result<Zeroizing<Vec<u8>>, Said> {
        if self.text.contains("ENCRYPTED") {
            return Err(encrypted());
        }
        let decoded = pem_rfc7468::decode_vec(self.text.as_bytes());
        let label = self.label;
        let (_, der) = decoded
            .map_err(|error| said!("{label} 已损坏：{error}", "{label} is damaged: {error}"))?;
        Ok(Zeroizing::new(der))
    }
}

/// The blocks of a text. What stands between them is for people.
fn blocks(text: &str) -> Result<Vec<Block<'_>>, Said> {
    let mut blocks = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(first) = lines.next() {
        let label = first.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        let Some(label) = label else { continue };
        let last = format!("-----END {label}-----");
        let mut inner = Vec::new();
        loop {
            let line = lines
                .next()
                .ok_or_else(|| said!("内容不完整：没有 {last}", "cut short: there is no {last}"))?;
            if line == last {
                break;
            }
            inner.push(line);
        }
        // With room for all of it: a copy that is left behind would not be wiped.
        let inside: usize = inner.iter().map(|line| line.len() + 1).sum();
        let mut block =
            Zeroizing::new(String::with_capacity(first.len() + inside + last.len() + 2));
        for line in [first].into_iter().chain(inner).chain([&*last]) {
            block.push_str(line);
            block.push('\n');
        }
        blocks.push(Block { label, text: block });
    }
    Ok(blocks)
}

/// The one block of a file that is wanted, or what is there in its place.
fn only<'b, 't>(
    blocks: &'b [Block<'t>],
    what: &Said,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<&'b Block<'t>, Said> {
    let mut wanted = blocks.iter().filter(|block| is_wanted(block.label));
    match (wanted.next(), wanted.next(), blocks.last()) {
        (Some(block), None, _) => Ok(block),
        (Some(_), Some(_), _) => {
            Err(said!("里面有不止一个{what}", "there is more than one {what} in it"))
        }
        (None, _, None) => Err(said!("不是 PEM", "this is no PEM")),
        (None, _, Some(other)) => Err(match other.label {
            "ENCRYPTED PRIVATE KEY" => encrypted(),
            "CERTIFICATE" => said!(
                "这是证书；可用 `openssl x509 -in FILE -pubkey -noout` 导出其中的公钥",
                "this is a certificate; `openssl x509 -in FILE -pubkey -noout` writes the public \
                 key that is in it"
            ),
            label => said!(
                "不是这里使用的{what}，而是 {label}",
                "this is no {what} of a kind that is used here, but {label}"
            ),
        }),
    }
}

/// The DER of the SubjectPublicKeyInfo in a text.
pub(super) fn public(text: &str) -> Result<Zeroizing<Vec<u8>>, Said> {
    only(&blocks(text)?, &said!("公钥", "public key"), |label| label == "PUBLIC KEY")?.der()
}

/// The private key in a text, in PKCS#8 or SEC 1.
pub(super) fn private(text: &str) -> Result<SoftwareKey, Said> {
    let blocks = blocks(text)?;
    let is_private = |label: &str| label == PRIVATE_KEY || SEC1.contains(&label);
    let block = only(&blocks, &said!("私钥", "private key"), is_private)?;
    let der = block.der()?;
    if block.label == PRIVATE_KEY {
        return SoftwareKey::from_pkcs8(&der).map_err(|error| error.said());
    }
    let parameters = blocks.iter().find(|block| block.label.ends_with("PARAMETERS"));
    let parameters = parameters.map(Block::der).transpose()?;
    sec1(&der, parameters.as_ref().and_then(|der| AnyRef::from_der(der).ok()))
}

/// RFC 5915 section 3.
#[derive(Sequence)]
struct EcPrivateKey<'a> {
    version: u8,
    private_key: &'a OctetStringRef,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    parameters: Option<AnyRef<'a>>,
    #[asn1(context_specific = "1", tag_mode = "EXPLICIT", optional = "true")]
    public_key: Option<BitStringRef<'a>>,
}

/// The curve is named in the key, or in the block before it.
fn sec1(der: &[u8], parameters: Option<AnyRef<'_>>) -> Result<SoftwareKey, Said> {
    let damaged = || said!("EC PRIVATE KEY 已损坏", "the EC PRIVATE KEY is damaged");
    let key = EcPrivateKey::from_der(der).map_err(|_| damaged())?;
    let curve = key
        .parameters
        .or(parameters)
        .ok_or_else(|| said!("EC PRIVATE KEY 没有指明曲线", "the EC PRIVATE KEY names no curve"))?;
    let curve = curve.decode_as::<ObjectIdentifier>().map_err(|_| {
        said!(
            "曲线的参数是逐项写出的；请用 -param_enc named_curve 生成密钥",
            "its curve is written out in full; make it with -param_enc named_curve"
        )
    })?;
    let number = key.private_key.as_bytes();
    let (algorithm, pkcs8) = match curve {
        P256 => {
            let secret = p256::SecretKey::from_slice(number).map_err(|_| damaged())?;
            (Algorithm::Esp256, secret.to_pkcs8_der().map_err(|_| damaged())?)
        }
        #[cfg(feature = "sm2")]
        SM2 => {
            let secret = sm2::SecretKey::from_slice(number).map_err(|_| damaged())?;
            (Algorithm::Sm2, secret.to_pkcs8_der().map_err(|_| damaged())?)
        }
        _ => return Err(said!("这里不使用它的曲线", "its curve is not used here")),
    };
    let made = SoftwareKey::from_pkcs8(pkcs8.as_bytes()).map_err(|error| error.said())?;
    let beside = key.public_key.map(|point| point.as_bytes().unwrap_or_default());
    let fits = |point| PublicKey::from_bytes(algorithm, point) == Ok(made.public_key());
    if key.version != 1 || !beside.is_none_or(fits) {
        return Err(damaged());
    }
    Ok(made)
}
