//! What the folder of a practice region says about itself, and what to try in it.
//!
//! Uses the table of `people`.

use std::path::Path;

use super::people::{Person, PEOPLE};

/// What to try, as commands that can be pasted: the walk of the README, in this folder.
const WALK: &str = include_str!("walk.sh");

pub(super) fn walk(folder: &Path) -> String {
    let world = shell_word(&folder.display().to_string());
    WALK.replace("--world w ", &format!("--world {world} "))
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
    let mut text = String::from(
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
         after a change to the file in operator/; raise its \"sequence\".\n\nCards:\n",
    );
    for Person { name, zh, en, issuer, .. } in &PEOPLE {
        text += &format!("  {name:<12} {issuer}  {zh}  {en}\n");
    }
    text += "\n";
    text += "Try this:\n\n";
    text += walk;
    text
}
