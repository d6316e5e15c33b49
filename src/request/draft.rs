//! Requests without their signature, and what they say in plain words.

use super::card_request::{CardRequest, CardRequestClaims, Reason};
use super::collect::CollectRequest;
use crate::cose::Unsigned;
use crate::jose::rfc3339::written;
use crate::jose::Sha256Hash;
use crate::keys::{Draft, Signature};
use crate::language::{text, Hex, Language, Lines};

pub(super) struct CardRequestDraft {
    pub(super) unsigned: Unsigned,
    pub(super) claims: CardRequestClaims,
}

impl Draft<CardRequest> for CardRequestDraft {
    fn words(&self, language: Language) -> String {
        let claims = &self.claims;
        let mut lines = Lines::new(language, text("卡申请", "Card request"));
        lines
            .time(text("时间", "Time"), written(claims.issued_at_unix_s))
            .fact(text("手机密钥算法", "Algorithm of the phone's key"), claims.key.algorithm())
            .fact(text("手机密钥", "Phone's key"), Hex(&claims.key.to_bytes()))
            .fact(text("发卡机构的挑战", "Issuer's challenge"), Hex(claims.challenge.as_bytes()));
        if let Some(hash) = &claims.attestation {
            lines.fact(text("密钥证明的散列", "Hash of the attestation"), Hex(&hash.0));
        }
        if let Some(replaces) = &claims.replaces {
            let reason = match replaces.reason {
                Reason::Lost => text("原手机遗失", "the old phone is lost"),
                Reason::Broken => text("原手机损坏", "the old phone is broken"),
                Reason::Move => text("换手机", "the card moves to this phone"),
            };
            lines.said(text("替换原因", "Why it replaces a card"), reason);
            if let Some(card) = &replaces.card {
                lines.fact(text("被替换的卡", "Card that it replaces"), card);
            }
        }
        lines.finish()
    }

    fn signed(&self, signature: &Signature) -> CardRequest {
        let bytes = self.unsigned.signed(signature);
        CardRequest::signed(bytes, self.unsigned.payload(), self.claims.clone())
    }
}

pub(super) struct CollectDraft {
    pub(super) unsigned: Unsigned,
    pub(super) request: Sha256Hash,
    pub(super) issued_at_unix_s: i64,
}

impl Draft<CollectRequest> for CollectDraft {
    fn words(&self, language: Language) -> String {
        Lines::new(language, text("领取卡凭证", "Request to collect a credential"))
            .time(text("时间", "Time"), written(self.issued_at_unix_s))
            .fact(text("卡申请的名称", "Name of the card request"), Hex(&self.request.0))
            .finish()
    }

    fn signed(&self, signature: &Signature) -> CollectRequest {
        CollectRequest(self.unsigned.signed(signature))
    }
}
