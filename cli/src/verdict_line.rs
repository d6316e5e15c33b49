//! A verdict as one line of JSON, for a turnstile's controller and for a log.
//!
//! Always in both languages. Uses `time` and `picture`. The library has the words and facts.

use std::path::Path;

use onecode::challenge::IssuedChallenge;
use onecode::gate::{Fact, StatusAnswer};
use onecode::jose::Name;
use onecode::receipt::{Receipt, ReplayError};
use onecode::{Advisory, Context, Language, Refusal, Verdict};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::picture::Unread;
use crate::time::rfc3339;

/// The members in the order in which they are written.
#[derive(Serialize)]
pub(crate) struct VerdictLine {
    /// `accepted`, `refused`; `unread`: a picture without a code; `not_replayed`, `no_receipt`.
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    facts: Option<Map<String, Value>>,
    text_zh: String,
    text_en: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    attendant_zh: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attendant_en: Option<String>,
    #[serde(flatten)]
    accepted: Option<AcceptedLine>,
    /// What could not be written to the disk: the verdict's `receipt`, the gate's `state`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_kept: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    /// The receipt from which the scan was made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<u64>,
    /// The line of standard input that no receipt is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// What of a verdict is not on the disk.
#[derive(Clone, Copy)]
pub(crate) struct NotKept {
    pub(crate) receipt: bool,
    pub(crate) state: bool,
}

#[derive(Serialize)]
struct AcceptedLine {
    application: u16,
    place: u32,
    card: String,
    issuer: String,
    issuer_name: Name,
    region: u32,
    entitlements: Vec<u8>,
    age_s: i64,
    delegate: bool,
    specimen: bool,
    /// `valid`, or why it is not known.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status_as_of: Option<String>,
    advisories: Vec<&'static str>,
}

impl VerdictLine {
    pub(crate) fn new(verdict: &Verdict, context: &Context, picture: Option<&Path>) -> Self {
        let mut line = match verdict {
            Verdict::Accepted(accepted) => {
                let (status, as_of) = match &accepted.status {
                    StatusAnswer::Valid { as_of_unix_s } => ("valid", Some(*as_of_unix_s)),
                    StatusAnswer::Unknown(why) => (why.name(), why.since_unix_s()),
                };
                let (text_zh, text_en) = match (accepted.delegate, accepted.specimen) {
                    (_, true) => ("通过：演练用卡。", "Accepted: a practice card."),
                    (true, _) => ("通过：亲情卡。", "Accepted: a family card."),
                    _ => ("通过。", "Accepted."),
                };
                VerdictLine {
                    accepted: Some(AcceptedLine {
                        application: accepted.application.get(),
                        place: context.place.code(),
                        card: accepted.card.to_string(),
                        issuer: accepted.issuer.id.clone(),
                        issuer_name: accepted.issuer.name.clone(),
                        region: accepted.region.code(),
                        entitlements: accepted.entitlements.iter().collect(),
                        age_s: accepted.age_s,
                        delegate: accepted.delegate,
                        specimen: accepted.specimen,
                        status,
                        status_as_of: as_of.map(rfc3339),
                        advisories: accepted.advisories.iter().map(Advisory::name).collect(),
                    }),
                    ..Self::plain("accepted", text_zh.into(), text_en.into())
                }
            }
            Verdict::Refused(refusal) => Self::refused(refusal),
            Verdict::HandedOver(code) => {
                let (zh, en) = (code.name.zh.clone(), code.name.en.clone());
                VerdictLine { reason: Some("handed_over"), ..Self::plain("handed_over", zh, en) }
            }
        };
        line.at = Some(rfc3339(context.now_unix_s));
        line.picture = picture.map(|file| file.display().to_string());
        line
    }

    /// The same, as it was found again from a receipt.
    pub(crate) fn of_receipt(self, number: u64) -> Self {
        VerdictLine { receipt: Some(number), ..self }
    }

    /// The same, where something of it is not on the disk.
    pub(crate) fn not_kept(&mut self, what: NotKept) {
        let named = [(what.receipt, "receipt"), (what.state, "state")];
        self.not_kept = named.into_iter().filter(|(not, _)| *not).map(|(_, name)| name).collect();
    }

    /// The kind of the verdict, and the number of the refusal, 0 without one.
    pub(crate) fn outcome(&self) -> (&'static str, u16) {
        (self.verdict, self.number.unwrap_or(0))
    }

    pub(crate) fn is_accepted(&self) -> bool {
        self.accepted.is_some()
    }

    /// A receipt that did not lead to its verdict again.
    pub(crate) fn not_replayed(receipt: &Receipt, error: &ReplayError) -> Self {
        let zh = not_replayed(error);
        let at = rfc3339(receipt.time_unix_s);
        let what_to_do = match error {
            ReplayError::OtherVerdict { .. } | ReplayError::OtherCard => String::new(),
            ReplayError::OtherText
            | ReplayError::OtherTrustList { .. }
            | ReplayError::OtherCatalogue { .. }
            | ReplayError::OtherRoots { .. }
            | ReplayError::OtherNotice { .. }
            | ReplayError::OtherStatusList => format!("; bring the region's folder of {at}"),
        };
        VerdictLine {
            reason: Some(error.name()),
            at: Some(at),
            receipt: Some(receipt.number),
            ..Self::plain("not_replayed", zh.into(), format!("{error}{what_to_do}"))
        }
    }

    /// A text that no receipt is for.
    pub(crate) fn no_receipt(line: usize) -> Self {
        let (zh, en) = ("没有这个码的受理回执。", "No receipt is for this text.");
        VerdictLine { line: Some(line), ..Self::plain("no_receipt", zh.into(), en.into()) }
    }

    /// A picture that nothing could be read from.
    pub(crate) fn unread(picture: &Path, problem: &Unread) -> Self {
        let zh = "没有读出二维码。".to_owned();
        VerdictLine {
            picture: Some(picture.display().to_string()),
            ..Self::plain("unread", zh, format!("No code was read: {problem}."))
        }
    }

    fn refused(refusal: &Refusal) -> Self {
        let message = refusal.message();
        let facts = refusal.facts().into_iter().map(|(name, fact)| {
            let value = match fact {
                Fact::Number(number) => Value::from(number),
                Fact::Text(text) => Value::from(text),
            };
            (name.to_owned(), value)
        });
        VerdictLine {
            number: Some(refusal.number()),
            reason: Some(message.name),
            facts: Some(facts.collect()),
            attendant_zh: Some(refusal.attendant(Language::Zh)),
            attendant_en: Some(refusal.attendant(Language::En)),
            ..Self::plain("refused", refusal.text(Language::Zh), refusal.text(Language::En))
        }
    }

    fn plain(verdict: &'static str, text_zh: String, text_en: String) -> Self {
        VerdictLine {
            verdict,
            picture: None,
            number: None,
            reason: None,
            facts: None,
            text_zh,
            text_en,
            attendant_zh: None,
            attendant_en: None,
            accepted: None,
            not_kept: vec![],
            at: None,
            receipt: None,
            line: None,
        }
    }
}

/// Why a scan could not be made again, or comes to another verdict, in Chinese.
pub(crate) fn not_replayed(error: &ReplayError) -> &'static str {
    match error {
        ReplayError::OtherTrustList { .. } => "受理回执对应另一版发卡机构名单。",
        ReplayError::OtherCatalogue { .. } => "受理回执对应另一版应用项目清单。",
        ReplayError::OtherRoots { .. } => "缺少受理回执所记的那一版根密钥名录。",
        ReplayError::OtherNotice { .. } => "缺少改变过这次判定的停用通知或索引。",
        ReplayError::OtherStatusList => "受理回执对应另一版卡状态名单。",
        ReplayError::OtherCard => "受理回执所记的卡与码中的卡不是同一张。",
        ReplayError::OtherText => "受理回执对应另一段扫码内容。",
        ReplayError::OtherVerdict { .. } => "按受理回执重新核验，判定不同。",
    }
}

/// A challenge that has to be shown to the next person.
#[derive(Serialize)]
pub(crate) struct ChallengeLine {
    /// `challenge`.
    verdict: &'static str,
    challenge: String,
    text_zh: String,
    text_en: String,
    until: String,
}

impl ChallengeLine {
    pub(crate) fn new(issued: &IssuedChallenge) -> Self {
        let text = issued.text();
        ChallengeLine {
            verdict: "challenge",
            text_zh: format!("请用手机应用读取或输入：{text}"),
            text_en: format!("Please scan or type this in the app: {text}"),
            challenge: text,
            until: rfc3339(issued.expires_unix_s),
        }
    }
}

pub(crate) fn write(output: &mut Vec<u8>, line: &impl Serialize) {
    // Strings and numbers can always be written, and a `Vec` takes them.
    let _ = serde_json::to_writer(&mut *output, line);
    output.push(b'\n');
}
