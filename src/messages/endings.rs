//! Why an application stops: what a preflight says.

use super::text::fill;
use crate::jose::DocumentKind;
use crate::language::{text, Language};
use crate::lists::{EndReason, Ending};
use crate::scan::Fact;

impl Ending {
    /// Why an application stops, as one sentence. The fields say when and for whom.
    pub fn text(&self, language: Language) -> String {
        let mut facts = Vec::new();
        let template = match &self.reason {
            EndReason::NoTrustList => text("没有发卡机构名单。", "There is no trust list."),
            EndReason::NoCatalogue => text("没有应用项目清单。", "There is no catalogue."),
            EndReason::ScannerClockBehind { behind_s } => {
                facts.push(("behind_s", Fact::Number(*behind_s)));
                text(
                    "扫码设备的时间慢了至少{behind_s}秒。",
                    "The scanner's clock is at least {behind_s} s behind.",
                )
            }
            EndReason::TrustListExpires => text("发卡机构名单到期。", "The trust list expires."),
            EndReason::CatalogueExpires => text("应用项目清单到期。", "The catalogue expires."),
            EndReason::RootsExpire => text("根密钥名录到期。", "The roots document expires."),
            EndReason::NewerExists { kind } => match kind {
                DocumentKind::Roots => {
                    text("已有更新的根密钥名录。", "A newer roots document exists.")
                }
                DocumentKind::TrustList => {
                    text("已有更新的发卡机构名单。", "A newer trust list exists.")
                }
                DocumentKind::Catalogue => {
                    text("已有更新的应用项目清单。", "A newer catalogue exists.")
                }
                DocumentKind::Withdrawal => text(
                    "有一份密钥停用通知还没有装入。",
                    "A withdrawal notice exists that has not been loaded.",
                ),
                DocumentKind::Index => text("已有更新的索引。", "A newer index exists."),
            },
            EndReason::EntryEnds => text(
                "本服务项目在清单中的期限结束。",
                "The application's entry in the catalogue ends.",
            ),
            EndReason::EntryNotYet { .. } => text(
                "本服务项目在清单中的期限还没有开始。",
                "The application's entry in the catalogue has not begun.",
            ),
            EndReason::NotATime => text(
                "给出的时间不对，多半误用了毫秒。",
                "The time that was handed in cannot be: milliseconds, most likely.",
            ),
            EndReason::NoStatusLists => text(
                "还从未装入任何卡状态名单。",
                "No status list was ever loaded into this scanner.",
            ),
            EndReason::NoIssuer => text(
                "名单中没有本服务项目接受的发卡机构。",
                "The trust list has no issuer whose cards the application takes.",
            ),
            EndReason::KeyEnds { .. } => {
                text("发卡机构（{issuer}）的密钥到期。", "A key of the issuer {issuer} expires.")
            }
            EndReason::KeyWithdrawn { .. } => text(
                "发卡机构（{issuer}）的密钥被停用。",
                "A key of the issuer {issuer} is withdrawn.",
            ),
            EndReason::KeyNotYet { .. } => text(
                "发卡机构（{issuer}）的密钥还没有启用。",
                "No key of the issuer {issuer} has begun to count.",
            ),
            EndReason::IssuerAlgorithmEnds { algorithm, .. } => {
                facts.push(("algorithm", Fact::Text(algorithm.to_string())));
                text(
                    "发卡机构（{issuer}）的密钥所用算法{algorithm}停用。",
                    "The algorithm {algorithm} is no longer admitted for the issuer {issuer}.",
                )
            }
            EndReason::PhoneAlgorithmEnds { algorithm } => {
                facts.push(("algorithm", Fact::Text(algorithm.to_string())));
                text(
                    "手机密钥所用算法{algorithm}停用。",
                    "The algorithm {algorithm} is no longer admitted for phones.",
                )
            }
            EndReason::NoStatusList { .. } => text(
                "没有发卡机构（{issuer}）的卡状态名单。",
                "There is no status list of the issuer {issuer}.",
            ),
            EndReason::StatusTooOld { .. } => text(
                "发卡机构（{issuer}）的卡状态名单超出本服务项目允许的时间。",
                "The status list of the issuer {issuer} gets too old for this application.",
            ),
            EndReason::StatusExpires { .. } => text(
                "发卡机构（{issuer}）的卡状态名单到期。",
                "The status list of the issuer {issuer} expires.",
            ),
            EndReason::StatusKeyEnds { .. } => text(
                "签发该名单的密钥不再有效：发卡机构（{issuer}）的卡状态名单不能再用。",
                "The key that signed the status list of the issuer {issuer} counts no longer.",
            ),
        };
        facts.extend(self.reason.issuer().map(|id| ("issuer", Fact::Text(id.to_owned()))));
        fill(template.in_language(language), &facts)
    }
}
