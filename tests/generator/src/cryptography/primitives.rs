//! The primitives that the programs use, a row each.

use onecode::Algorithm;

use super::{both, Both};

/// A primitive that the programs use.
pub struct Primitive {
    /// Its name in CycloneDX and on the page.
    pub name: &'static str,
    /// How sources name it: constants of `ring`, with which the test finds what is missing.
    pub in_sources: &'static [&'static str],
    /// The kind of primitive, as CycloneDX calls it.
    pub(super) kind: &'static str,
    pub(super) functions: &'static [&'static str],
    pub(super) curve: Option<&'static str>,
    /// Bits of security against attacks without a quantum computer.
    pub(super) bits: u16,
    /// Whether it is one of SM2, SM3 and SM4.
    pub(super) is_commercial: bool,
    pub(super) used_for: Both,
}

/// Signatures of the format.
pub(super) fn of_algorithm(algorithm: Algorithm) -> Primitive {
    let (name, in_sources, curve, is_commercial): (_, &[_], _, _) = match algorithm {
        Algorithm::Esp256 => (
            "ECDSA-P256-SHA256",
            &["ECDSA_P256_SHA256_FIXED", "ECDSA_P256_SHA256_FIXED_SIGNING"],
            "secg/secp256r1",
            false,
        ),
        Algorithm::Ed25519 => ("Ed25519", &["ED25519", "ED25519_PKCS8"], "other/Ed25519", false),
        Algorithm::Sm2 => ("SM2-SM3", &[], "oscaa/SM2", true),
    };
    let used_for = match algorithm {
        Algorithm::Esp256 => both(
            "签名：手机安全硬件支持的算法；其他各角色可选",
            "signatures: what the hardware of phones has; one of three for every other role",
        ),
        Algorithm::Ed25519 => both(
            "签名：签署方、发卡机构和闸机可选",
            "signatures: one of three for holders, issuers and gates",
        ),
        Algorithm::Sm2 => both(
            "签名：各角色可选；其中的摘要为 SM3",
            "signatures: one of three for every role; its hash is SM3",
        ),
    };
    let (kind, functions) = ("signature", &["keygen", "sign", "verify"]);
    let curve = Some(curve);
    Primitive { name, in_sources, kind, functions, curve, bits: 128, is_commercial, used_for }
}

/// All primitives, those of the format first.
pub fn primitives() -> Vec<Primitive> {
    let mut all: Vec<Primitive> = Algorithm::ALL.iter().copied().map(of_algorithm).collect();
    let other = |name, in_sources, kind, functions, bits, used_for| Primitive {
        name,
        in_sources,
        kind,
        functions,
        curve: None,
        bits,
        is_commercial: name == "SM3",
        used_for,
    };
    all.extend([
        other("SM3", &[], "hash", &["digest"], 128, both("SM2 签名的摘要", "the hash of SM2 signatures")),
        other(
            "SHA-256",
            &["SHA256"],
            "hash",
            &["digest"],
            128,
            both(
                "密钥指纹、文档和文件的哈希、码和卡的名称、受理回执的链、存档校验；SM2 地区同样使用",
                "thumbprints of keys, hashes of documents and files, names of codes and cards, the chain of \
                 receipts, checksums; in an SM2 region too",
            ),
        ),
        other(
            "HMAC-SHA-256",
            &["HMAC_SHA256"],
            "mac",
            &["tag"],
            256,
            both(
                "受理回执中的假名、同场各闸机之间的摘要和共用存储中的键名、领卡挑战、窗口领卡码；SM2 地区同样使用",
                "pseudonyms in receipts, summaries and names in the store of a venue, challenges for card \
                 requests, codes from the counter; in an SM2 region too",
            ),
        ),
        other(
            "RSA-PKCS1v1.5",
            &[
                "RSA_PKCS1_2048_8192_SHA256",
                "RSA_PKCS1_2048_8192_SHA384",
                "RSA_PKCS1_2048_8192_SHA512",
                "RSA_SHA256",
                "RSA_SHA384",
                "RSA_SHA512",
                "RSA",
            ],
            "signature",
            &["verify"],
            112,
            both(
                "只验不签：身份提供方的令牌、手机厂商的密钥证明",
                "verified alone: tokens of identity providers, attestations of makers of phones",
            ),
        ),
        other(
            "RSA-PSS",
            &["RSA_PSS_2048_8192_SHA256"],
            "signature",
            &["verify"],
            112,
            both("只验不签：身份提供方的令牌", "verified alone: tokens of identity providers"),
        ),
        other(
            "ECDSA-P256-P384",
            &[
                "ECDSA_P256_SHA256_ASN1",
                "ECDSA_P256_SHA384_ASN1",
                "ECDSA_P384_SHA256_ASN1",
                "ECDSA_P384_SHA384_ASN1",
                "ECDSA_SHA256",
                "ECDSA_SHA384",
            ],
            "signature",
            &["verify"],
            128,
            both(
                "只验不签：手机厂商的密钥证明",
                "verified alone: attestations of makers of phones",
            ),
        ),
        other(
            "SCRAM-SHA-256",
            &[],
            "other",
            &["other"],
            256,
            both(
                "PostgreSQL 的登录口令，经 sqlx；服务器仍旧要求时为 MD5",
                "passwords of PostgreSQL, by sqlx; MD5 where the server still asks for it",
            ),
        ),
        other(
            "system-random",
            &[],
            "drbg",
            &["generate"],
            256,
            both(
                "操作系统的随机数：密钥、挑战、码中的随机值",
                "random numbers of the operating system: keys, challenges, what is random in codes",
            ),
        ),
    ]);
    all
}
