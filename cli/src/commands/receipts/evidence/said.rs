//! What came of a check, in words.

use onecode::messages::Message;
use onecode::receipt::{Finding, Judged, Receipt};
use onecode::{Language, Verdict};

use crate::lang::{language, Said};
use crate::time::rfc3339;
use crate::verdict_line::not_replayed;

/// Tells on standard output what happened, whether it was right, who answers, and what is not
/// proven.
pub(super) fn tell(finding: &Finding, text: Option<&str>) {
    let Finding { receipt, judged, answer, before, after, not_proven } = finding;
    let (scanner, number) = (&receipt.scanner, receipt.number);
    let (time, place) = (rfc3339(receipt.time_unix_s), receipt.place);
    let application = receipt.application.get();
    answer!(
        "受理回执 {number}，闸机 {scanner}，{time}，地点 {place}，服务项目 {application}",
        "receipt {number} of the gate {scanner}, {time}, place {place}, application {application}"
    );
    let verdict = verdict(receipt);
    answer!("闸机的判定：{verdict}", "the gate said: {verdict}");
    answer!(
        "链：签名和次序无误；前面附 {before} 份，后面附 {after} 份",
        "its chain: signed and in order; {before} receipts before it and {after} behind it are here"
    );
    match judged {
        Judged::Rightly(again) => {
            answer!(
                "按闸机当时所有的名单重新核验：判定相同，闸机判定正确",
                "made again by the lists that the gate held: the same verdict, the gate judged rightly"
            );
            let words = match again {
                Verdict::Refused(refusal) => Some(refusal.attendant(language())),
                Verdict::Accepted(_) | Verdict::HandedOver(_) => None,
            };
            if let Some(words) = words {
                outln!("{}", printable(&words));
            }
        }
        Judged::Wrongly { replayed } => answer!(
            "按闸机当时所有的名单重新核验：应为 {replayed}（0 为通过），闸机判定有误",
            "made again by the lists that the gate held: it should have been {replayed} (0 is \
             accepted), the gate judged WRONGLY"
        ),
        Judged::WithoutText => answer!(
            "没有码的文本：没有重新核验",
            "without the text of the code the scan was not made again"
        ),
        Judged::NotReplayed(error) => {
            let why = match language() {
                Language::Zh => not_replayed(error).to_owned(),
                Language::En => error.to_string(),
            };
            answer!("没有能够重新核验：{why}", "the scan could not be made again: {why}");
        }
    }
    if let Some(text) = text {
        let length = text.len();
        answer!("附有码的文本，{length} 字节", "the text of the code is there, {length} bytes");
    }
    outln!("{}", answer.text(language()));
    answer!("没有证明的：", "not proven:");
    for not in not_proven {
        outln!("  {}", not.text(language()));
    }
}

/// Most characters of a text by others that are shown.
const MAX_SHOWN: usize = 500;

/// What others have written, for a terminal: no character in it moves a cursor or rings a bell, and
/// its end is near.
pub(super) fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    text.chars().map(plain).take(MAX_SHOWN).collect()
}

fn verdict(receipt: &Receipt) -> Said {
    let number = receipt.verdict;
    match Message::of(number) {
        _ if number == 0 => said!("通过", "accepted"),
        _ if receipt.handed_over => said!("交宿主程序处理", "handed over to the host"),
        Some(message) => {
            let name = message.name;
            said!("拒绝，{number} {name}", "refused, {number} {name}")
        }
        None => said!("拒绝，{number}", "refused, {number}"),
    }
}
