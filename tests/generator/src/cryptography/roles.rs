//! The keys, by what they are for, a row each.

use onecode::governance::DocumentKind;
use onecode::{Algorithm, Language};

use super::primitives::of_algorithm;
use super::{both, Both};

/// A key, by what it is for.
pub(super) struct Role {
    pub(super) id: &'static str,
    pub(super) name: Both,
    /// As CycloneDX calls it.
    pub(super) kind: &'static str,
    pub(super) algorithms: Vec<&'static str>,
    pub(super) lives: Both,
    pub(super) signs: String,
    pub(super) signs_zh: String,
}

/// The documents that one key of a holder signs: with `index_key` the one that is online.
fn documents(index_key: bool, language: Language) -> String {
    let is_of = |kind: &DocumentKind| match kind {
        DocumentKind::Roots
        | DocumentKind::TrustList
        | DocumentKind::Catalogue
        | DocumentKind::Withdrawal => !index_key,
        DocumentKind::Index => index_key,
    };
    let kinds = DocumentKind::ALL.into_iter().filter(is_of);
    let separator = match language {
        Language::Zh => "、",
        Language::En => ", ",
    };
    let names: Vec<_> = kinds.map(|kind| kind.text(language)).collect();
    names.join(separator)
}

pub(super) fn roles() -> Vec<Role> {
    let any: Vec<&str> = Algorithm::ALL.iter().map(|it| of_algorithm(*it).name).collect();
    let role = |id, name, kind, algorithms: &[&'static str], lives, signs: Both| Role {
        id,
        name,
        kind,
        algorithms: algorithms.to_vec(),
        lives,
        signs: signs.en.to_owned(),
        signs_zh: signs.zh.to_owned(),
    };
    let of_holder = |id, name, lives, index_key| Role {
        id,
        name,
        kind: "private-key",
        algorithms: any.clone(),
        lives,
        signs: documents(index_key, Language::En),
        signs_zh: documents(index_key, Language::Zh),
    };
    vec![
        of_holder(
            "holder-signing",
            both("签署方的签名密钥", "signing key of a holder"),
            both(
                "签署方自己的密码机，从不联网；两名保管人",
                "a module of the holder that never had a network; two keepers",
            ),
            false,
        ),
        of_holder(
            "holder-index",
            both("签署方的索引密钥", "index key of a holder"),
            both(
                "发布用的电脑，联网；最好在令牌里",
                "the machine that publishes, online; better in a token",
            ),
            true,
        ),
        role(
            "issuer-cards",
            both("发卡机构的卡凭证密钥", "an issuer's key for cards"),
            "private-key",
            &any,
            both("服务所用的密码机（PKCS#11）", "the module of the service (PKCS#11)"),
            both("卡凭证", "card credentials"),
        ),
        role(
            "issuer-status",
            both("发卡机构的名单密钥", "an issuer's key for lists"),
            "private-key",
            &any,
            both(
                "服务所用的密码机，与卡凭证密钥不同",
                "the module of the service; another key than that for cards",
            ),
            both("卡状态名单及其增量", "status lists and their deltas"),
        ),
        role(
            "phone",
            both("手机密钥", "key of a phone"),
            "private-key",
            &any,
            both(
                "手机安全硬件，从不导出；其中一般只有 P-256",
                "the phone's secure hardware, which never gives it away; most have P-256 alone",
            ),
            both("码、领卡和续期请求、迁移", "codes, requests for cards and renewals, moves"),
        ),
        role(
            "scanner-receipts",
            both("闸机的回执密钥", "a gate's key for receipts"),
            "private-key",
            &any,
            both(
                "闸机上只有 root 可读的文件，或令牌",
                "a file of the gate that root alone reads, or a token",
            ),
            both("受理回执", "receipts"),
        ),
        role(
            "venue",
            both("同场密钥", "venue key"),
            "secret-key",
            &["HMAC-SHA-256"],
            both(
                "同一场所的每台闸机，只有 root 可读",
                "each gate of the venue, where root alone reads it",
            ),
            both("用过的码的摘要；共用存储中的键名", "summaries of used codes; names in the store"),
        ),
        role(
            "books-secret",
            both("账册的密值", "secret of the books"),
            "secret-key",
            &["HMAC-SHA-256"],
            both("服务的数据库", "the database of the service"),
            both("领卡挑战、窗口领卡码", "challenges for card requests, codes from the counter"),
        ),
        role(
            "service-tls",
            both("服务的 TLS 密钥", "TLS key of the service"),
            "private-key",
            &["TLS"],
            both(
                "只有服务可读的文件，或前置代理",
                "a file that the service alone reads, or a proxy",
            ),
            both("TLS 连接", "TLS connections"),
        ),
        role(
            "identity-providers",
            both("身份提供方的密钥", "keys of identity providers"),
            "public-key",
            &["ECDSA-P256-SHA256", "Ed25519", "RSA-PKCS1v1.5", "RSA-PSS"],
            both("只有公钥，从提供方获取", "public alone, fetched from the provider"),
            both("市民和工作人员的登录令牌", "tokens of citizens and staff"),
        ),
        role(
            "attestation-roots",
            both("手机厂商的根密钥", "root keys of makers of phones"),
            "public-key",
            &["ECDSA-P256-P384", "RSA-PKCS1v1.5"],
            both("只有公钥，在服务的配置里", "public alone, configured at the service"),
            both("密钥证明的证书链", "chains of attestations"),
        ),
    ]
}
