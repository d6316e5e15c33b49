//! What a document says, in plain words, for those who sign it.

use super::SignedDocument;
use crate::jose::rfc3339::written;
use crate::jose::{DocumentKind, Edition, Sha256Hash};
use crate::language::{text, Language, Lines, Text};
use crate::lists::catalogue::Catalogue;
use crate::lists::newest::Index;
use crate::lists::roots::RootsDocument;
use crate::lists::trust::TrustList;
use crate::lists::withdrawal::Withdrawal;

impl DocumentKind {
    /// What it is called.
    pub fn text(self, language: Language) -> &'static str {
        self.heading().in_language(language)
    }

    fn heading(self) -> Text {
        match self {
            DocumentKind::Roots => text("根密钥名录", "Roots document"),
            DocumentKind::TrustList => text("发卡机构名单", "Trust list"),
            DocumentKind::Catalogue => text("应用项目清单", "Catalogue"),
            DocumentKind::Withdrawal => text("密钥停用通知", "Withdrawal notice"),
            DocumentKind::Index => text("索引", "Index"),
        }
    }
}

impl SignedDocument {
    /// What it says, in plain words and with its hash, for those who compare it before they sign.
    /// One fact a line; times are UTC.
    pub fn words(&self, language: Language) -> String {
        let mut lines = Lines::new(language, self.kind().heading());
        lines.fact(text("SHA-256", "SHA-256"), self.hash());
        let payload = self.payload();
        // Its content was checked when it was read.
        let _ = match self.kind() {
            DocumentKind::Roots => RootsDocument::read(payload).map(|it| roots(&mut lines, &it)),
            DocumentKind::TrustList => TrustList::read(payload).map(|it| trust(&mut lines, &it)),
            DocumentKind::Catalogue => {
                Catalogue::read(payload).map(|it| catalogue(&mut lines, &it))
            }
            DocumentKind::Withdrawal => {
                Withdrawal::read(payload).map(|it| withdrawal(&mut lines, &it))
            }
            DocumentKind::Index => Index::read(payload).map(|it| index(&mut lines, &it)),
        };
        for signer in self.signers() {
            lines.fact(text("已签名的密钥", "Signed by the key"), signer);
        }
        lines.finish()
    }
}

fn edition(lines: &mut Lines, edition: &Edition) {
    lines
        .fact(text("版次", "Edition"), edition.sequence)
        .time(text("签发时间", "Issued at"), written(edition.issued_at_unix_s))
        .time(text("下次更新", "Next update"), written(edition.next_update_unix_s))
        .time(text("失效时间", "Expires"), written(edition.expires_unix_s));
    if let Some(previous) = edition.previous {
        lines.fact(text("上一版的 SHA-256", "SHA-256 of the edition before"), previous);
    }
}

fn roots(lines: &mut Lines, document: &RootsDocument) {
    edition(lines, &document.edition);
    let of = document.holders.len();
    for kind in [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue] {
        let needed = document.thresholds.of(kind);
        let name = match kind {
            DocumentKind::Roots => {
                text("根密钥名录所需签署方数", "Holders to sign a roots document")
            }
            DocumentKind::TrustList => {
                text("发卡机构名单所需签署方数", "Holders to sign a trust list")
            }
            _ => text("应用项目清单所需签署方数", "Holders to sign a catalogue"),
        };
        lines.fact(name, format_args!("{needed} / {of}"));
    }
    for holder in &document.holders {
        let name = &holder.name;
        lines.fact(
            text("签署方", "Holder"),
            format_args!("{}, {} / {}", holder.id, name.zh, name.en),
        );
        if !holder.issuers.is_empty() {
            lines.fact(text("对应的发卡机构", "Answers for"), holder.issuers.join(" "));
        }
        for key in &holder.keys {
            let signs: Vec<&str> = key.signs.iter().map(|kind| kind.name()).collect();
            lines.fact(
                text("密钥", "Key"),
                format_args!("{} {}: {}", key.key.algorithm(), key.key.kid(), signs.join(" ")),
            );
        }
    }
}

fn trust(lines: &mut Lines, list: &TrustList) {
    edition(lines, &list.edition);
    for trusted in &list.issuers {
        let (issuer, keys) = (&trusted.issuer, trusted.keys.len());
        lines.fact(
            text("发卡机构", "Issuer"),
            format_args!("{}, {} / {} ({keys})", issuer.id, issuer.name.zh, issuer.name.en),
        );
        for key in &trusted.keys {
            let withdrawn = key.withdrawn_from_unix_s.and_then(written);
            let withdrawn = withdrawn.map(|from| format!(" × {from}")).unwrap_or_default();
            lines.fact(
                text("密钥", "Key"),
                format_args!(
                    "{} {} {} – {}{withdrawn}",
                    key.key.algorithm(),
                    key.key.kid(),
                    written(key.not_before_unix_s).unwrap_or_default(),
                    written(key.not_after_unix_s).unwrap_or_default(),
                ),
            );
        }
    }
    for notice in &list.withdrawals {
        lines.fact(text("已处理的停用通知", "Withdrawal notice dealt with"), notice);
    }
}

fn catalogue(lines: &mut Lines, catalogue: &Catalogue) {
    edition(lines, &catalogue.edition);
    for application in &catalogue.applications {
        let name = &application.name;
        lines.fact(
            text("应用项目", "Application"),
            format_args!(
                "{} {}, {} / {}",
                application.number.get(),
                application.id,
                name.zh,
                name.en
            ),
        );
    }
}

fn withdrawal(lines: &mut Lines, notice: &Withdrawal) {
    lines
        .time(text("签发时间", "Issued at"), written(notice.issued_at_unix_s))
        .time(text("失效时间", "Expires"), written(notice.expires_unix_s))
        .fact(text("发卡机构", "Issuer"), &notice.issuer);
    for key in &notice.keys {
        lines.fact(text("停用的密钥", "Key withdrawn"), key);
    }
}

fn index(lines: &mut Lines, index: &Index) {
    lines
        .time(text("签发时间", "Issued at"), written(index.issued_at_unix_s))
        .time(text("失效时间", "Expires"), written(index.expires_unix_s));
    for kind in [DocumentKind::Roots, DocumentKind::TrustList, DocumentKind::Catalogue] {
        if let Some(named) = index.named(kind) {
            let (number, hash): (u64, Sha256Hash) = (named.sequence, named.sha256);
            lines.fact(kind.heading(), format_args!("{number} {hash}"));
        }
    }
    for notice in &index.withdrawals {
        lines.fact(DocumentKind::Withdrawal.heading(), notice);
    }
}
