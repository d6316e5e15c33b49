//! What the folder of a practice region says about itself, and what to try in it.
//!
//! Uses the table of `people` and `lang`.

use std::path::Path;

use onecode::Language;

use super::people::{Person, PEOPLE};
use crate::lang::{language, padded};

/// What to try, as commands that can be pasted: the walk of the README, in this folder.
const WALK: &str = include_str!("walk.sh");

/// What it says between the commands, English and Chinese.
const COMMENTS: [(&str, &str); 14] = [
    (
        "The live code, which renews itself; Ctrl-C ends it.",
        "实时刷新的码，会自动更换；按 Ctrl-C 结束。",
    ),
    (
        "At a metro gate in Suzhou: accepted. A card reported lost: refused, 402.",
        "在苏州的地铁闸机：通过。已挂失的卡：拒绝，402。",
    ),
    ("As a picture, the way a camera meets it.", "写成图片，就像摄像头看到的那样。"),
    (
        "The phone picks the card: its own at the hospital, a child's card for the museum.",
        "由手机选卡：在医院用本人的卡，去博物馆用孩子的卡。",
    ),
    (
        "The phone is lost: from the next status list on, no gate takes the card. And found again.",
        "手机丢了：从下一份卡状态名单起，闸机都不受理这张卡。后来又找回了。",
    ),
    (
        "A gate that knows used codes after a restart, and signs a receipt for each verdict.",
        "闸机重启后仍记得用过的码，并为每次判定签发受理回执。",
    ),
    ("accepted", "通过"),
    ("the same code again: refused, 601", "同一个码再次出示：拒绝，601"),
    (
        "Somebody complains: both verdicts on that code, again, from the receipts.",
        "有人投诉：根据受理回执，重新得出对那个码的两次判定。",
    ),
    (
        "The complaint in one file, and what it proves to whoever gets it.",
        "把这次投诉装进一个文件；收到的单位能由此证明什么。",
    ),
    ("Will the hospital work until tonight?", "医院到今晚都能正常受理吗？"),
    (
        "A new catalogue. What one signature is worth: the gate says so, and goes on with edition 1.",
        "新的应用项目清单。只有一家签名算不算数：闸机会说明，并继续用第 1 版。",
    ),
    (
        "A second province signs, and a third completes it; then the index names it.",
        "第二家签名，第三家签后够数；再由索引载明。",
    ),
    ("Who signed what, and whether it is whole?", "谁签了什么，是否完整？"),
];

/// The walk in this folder, with its comments in the language of the process.
pub(super) fn walk(folder: &Path) -> String {
    let world = shell_word(&folder.display().to_string());
    in_language(language())
        .replace("--world w ", &format!("--world {world} "))
        .replace(" w/", &format!(" {world}/"))
}

fn in_language(language: Language) -> String {
    let line = |line: &str| match line.split_once("# ") {
        Some((command, comment)) if language == Language::Zh => {
            let found = COMMENTS.iter().find(|(en, _)| *en == comment);
            format!("{command}# {}\n", found.map_or(comment, |(_, zh)| zh))
        }
        _ => format!("{line}\n"),
    };
    WALK.lines().map(line).collect()
}

/// A word as a shell takes it.
fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./~".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

pub(super) fn read_me(walk: &str) -> String {
    let mut text = said!(
        "onecode 的演练地区。其中人物均为虚构，正式服务的扫码设备都不信任它。\n\
         由种子生成的密钥，知道种子的人都能得到。\n\n\
         roots.json   根密钥名录第一版：扫码设备的初始配置\n\
         holders/     五家签署方的密钥；三家签名，文档才算数\n\
         operator/    下一版名单的内容\n\
         signing/     签名还不够的文档\n\
         published/   发给扫码设备和手机的：根密钥名录、发卡机构名单、应用项目清单、卡状态名单、索引\n\
         issuers/     各发卡机构的账册、签发卡凭证和卡状态名单的密钥，以及服务的配置 service.toml\n\
         cards/       卡，以及签好的卡凭证\n\
         phones/      手机的密钥；.wallet：手机用过哪些秒\n\
         scanners/    闸机签发受理回执的密钥\n\n\
         签署应用项目清单：onecode sign catalogue --world DIR --holder sh\n\
         签署发卡机构名单：onecode sign trust-list --world DIR --holder sh\n\
         先修改 operator/ 里的文件；版次和日期自动填写，\n\
         三家签名后发布。\n\n卡：\n",
        "A practice region for onecode. Nobody in it is real, and no live scanner trusts it.\n\
         Keys made from a seed are known to everybody who knows the seed.\n\n\
         roots.json   the first roots document: what scanners are set up with\n\
         holders/     the keys of five holders; with three signatures a document counts\n\
         operator/    the content of the next lists\n\
         signing/     documents that too few have signed\n\
         published/   what scanners and phones get: roots, trust list, catalogue, status lists, index\n\
         issuers/     each agency's books, its keys for cards and status lists, its service.toml\n\
         cards/       the cards, with their signed credentials\n\
         phones/      the phones' keys; .wallet: which seconds a phone has used\n\
         scanners/    the keys with which gates sign receipts\n\n\
         The catalogue is signed with: onecode sign catalogue --world DIR --holder sh\n\
         the trust list with:          onecode sign trust-list --world DIR --holder sh\n\
         after a change to the file in operator/. Number and dates are filled in; three signatures\n\
         publish it.\n\nCards:\n"
    )
    .to_string();
    for Person { name, zh, about_zh, en, issuer, .. } in &PEOPLE {
        let about = match language() {
            Language::Zh => about_zh,
            Language::En => en,
        };
        text += &format!("  {name:<12} {issuer}  {}{about}\n", padded(zh, 8));
    }
    text += "\n";
    text += said!("请试：\n\n", "Try this:\n\n").as_str();
    text += walk;
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_is_the_same_in_both_languages_but_for_its_comments() {
        assert_eq!(in_language(Language::En), WALK);
        let chinese = in_language(Language::Zh);
        assert_eq!(chinese.lines().count(), WALK.lines().count());
        for (zh, en) in chinese.lines().zip(WALK.lines()) {
            assert_eq!(zh.split('#').next(), en.split('#').next());
            assert_eq!(en.contains('#'), !zh.is_ascii(), "{zh}");
        }
        for (en, _) in COMMENTS {
            assert!(WALK.contains(&format!("# {en}\n")), "{en}");
        }
    }
}
