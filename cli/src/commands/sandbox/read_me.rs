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
const COMMENTS: [(&str, &str); 10] = [
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
    ("Will the hospital work until tonight?", "医院到今晚都能正常受理吗？"),
];

/// The walk in this folder, with its comments in the language of the process.
pub(super) fn walk(folder: &Path) -> String {
    let world = shell_word(&folder.display().to_string());
    in_language(language()).replace("--world w ", &format!("--world {world} "))
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
         operator/    根密钥，以及运营方签名之前的名单\n\
         published/   发给扫码设备和手机的：发卡机构名单、应用项目清单、卡状态名单\n\
         issuers/     各发卡机构的账册、签发卡凭证的密钥和签发卡状态名单的密钥\n\
         cards/       卡，以及签好的卡凭证\n\
         phones/      手机的密钥；.wallet：手机用过哪些秒\n\
         scanners/    闸机签发受理回执的密钥\n\n\
         签发应用项目清单：onecode sign catalogue --world DIR\n\
         签发发卡机构名单：onecode sign trust-list --world DIR\n\
         先修改 operator/ 里的文件，并加大其中的 \"sequence\"。\n\n卡：\n",
        "A practice region for onecode. Nobody in it is real, and no live scanner trusts it.\n\
         Keys made from a seed are known to everybody who knows the seed.\n\n\
         operator/    the root key, and the lists as they are before it signs them\n\
         published/   what scanners and phones get: trust list, catalogue, status lists\n\
         issuers/     each agency's books, its key for cards and its key for status lists\n\
         cards/       the cards, with their signed credentials\n\
         phones/      the phones' keys; .wallet: which seconds a phone has used\n\
         scanners/    the keys with which gates sign receipts\n\n\
         The catalogue is signed with: onecode sign catalogue --world DIR\n\
         the trust list with:          onecode sign trust-list --world DIR\n\
         after a change to the file in operator/; raise its \"sequence\".\n\nCards:\n"
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
