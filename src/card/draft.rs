//! A credential without its signature, and what it says in plain words.

use super::{CardClaims, CardCredential};
use crate::cose::{KeyId, Unsigned};
use crate::jose::rfc3339::written;
use crate::keys::{Draft, Signature};
use crate::language::{text, Hex, Language, Lines};

pub(super) struct CredentialDraft {
    pub(super) unsigned: Unsigned,
    pub(super) claims: CardClaims,
    pub(super) issuer_key_id: KeyId,
}

impl Draft<CardCredential> for CredentialDraft {
    fn words(&self, language: Language) -> String {
        let card = &self.claims;
        let mut lines = Lines::new(language, text("卡凭证", "Card credential"));
        lines
            .fact(text("签发密钥", "Issuer's key"), self.issuer_key_id)
            .fact(text("归属地", "Home region"), card.region)
            .fact(text("在卡状态名单中的位置", "Position in the status lists"), card.status_index)
            .fact(text("手机密钥算法", "Algorithm of the phone's key"), card.holder_key.algorithm())
            .fact(text("手机密钥", "Phone's key"), Hex(&card.holder_key.to_bytes()))
            .fact(text("每个码的有效秒数", "Seconds that a code is good"), card.max_window_s)
            .time(text("失效时间", "Expires"), written(card.expires_unix_s));
        let functions: Vec<String> =
            card.entitlements.iter().map(|function| function.to_string()).collect();
        match functions.as_slice() {
            [] => lines.said(text("功能", "Functions"), text("无", "none")),
            functions => lines.fact(text("功能编号", "Functions, by number"), functions.join(" ")),
        };
        if let Some(confirmed) = card.confirmed_unix_s {
            lines.time(text("确认有效的时间", "Confirmed as valid at"), written(confirmed));
        }
        if card.specimen {
            lines.said(text("用途", "Use"), text("演练用卡", "a practice card"));
        }
        if card.delegate {
            lines.said(
                text("持有", "Held by"),
                text("亲属代为出示（亲情卡）", "a relative (a family card)"),
            );
        }
        lines.finish()
    }

    fn signed(&self, signature: &Signature) -> CardCredential {
        CardCredential {
            bytes: self.unsigned.signed(signature),
            claims: self.claims.clone(),
            issuer_key_id: self.issuer_key_id,
        }
    }
}
