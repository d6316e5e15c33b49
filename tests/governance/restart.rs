//! What a gate still knows after it was switched off, and how it tells that it was set up anew.

use onecode::governance::{Roots, RootsDiffer, Sha256Hash};
use onecode::{Algorithm, InstallError, Scanner, SigningKey};

use crate::practice::region::{edition_at, signed_by, withdrawal, Five, FOUNDED};
use crate::practice::{
    catalogue, context, key, number, open_application, without_status_lists, DAY, NOW,
};

fn restarted(gate: &Scanner) -> Scanner {
    Scanner::restore(&gate.snapshot(), without_status_lists()).unwrap()
}

#[test]
fn the_roots_and_the_way_to_them_are_kept() {
    let mut region = Five::new();
    let mut gate = Scanner::new(region.roots(), without_status_lists());
    assert_eq!(restarted(&gate).roots(), gate.roots());
    let mut before = region.founding();
    for number in 2..5 {
        region.replace_key("sh");
        let next = region.following(&before, FOUNDED + number);
        let signed = region.signed(next.draft(), &["js", "zj", "ah"]);
        gate.install_roots(signed.as_bytes()).unwrap();
        gate = restarted(&gate);
        assert_eq!(gate.roots().number(), number as u64);
        assert_eq!(gate.roots().document(), Some(&next));
        before = next;
    }
    // A gate that waits for the edition whose hash it knows waits after a restart as well.
    let founding = signed_by(region.founding().draft(), &region.keys(&["sh", "js", "zj"]));
    let hash = region.founding().draft().unwrap().hash();
    let mut waiting = restarted(&Scanner::new(Roots::hash(hash), without_status_lists()));
    let list = region.signed(region.trust_list(1, NOW).draft(), &["sh", "js", "zj"]);
    waiting.install_trust_list(list.as_bytes(), NOW).unwrap_err();
    let mut other = region.founding();
    other.edition.issued_at_unix_s += 1;
    let other = region.signed(other.draft(), &["sh", "js", "zj"]);
    let refused = waiting.install_roots(other.as_bytes()).unwrap_err();
    assert!(matches!(refused, InstallError::OtherRoots { expected, .. } if expected == hash));
    assert_eq!(waiting.install_roots(founding.as_bytes()), Ok(()));
    assert_eq!(waiting.install_trust_list(list.as_bytes(), NOW), Ok(()));
}

#[test]
fn a_notice_counts_after_a_restart() {
    let region = Five::new();
    let mut gate = region.scanner();
    let notice = withdrawal("cn-31", &[&region.cards.issuer], NOW);
    let notice = region.signed(notice.draft(), &["sh"]);
    gate.install_withdrawal(notice.as_bytes(), NOW).unwrap();
    let mut gate = restarted(&gate);
    let three = ["sh", "js", "zj"];
    let list = region.signed(region.trust_list(1, NOW - DAY).draft(), &three);
    gate.install_trust_list(list.as_bytes(), NOW).unwrap();
    let terms = region.signed(catalogue(1, vec![open_application()]).draft(), &three);
    gate.install_catalogue(terms.as_bytes(), NOW).unwrap();
    let code = region.cards.code(&region.cards.credential(|_| ()), NOW);
    assert_eq!(number(&gate.scan(code.text(), &context(NOW))), Some(205));
}

#[test]
fn who_signed_what_was_in_force_is_kept_so_that_new_roots_can_replace_it() {
    for list_is_trust in [true, false] {
        let mut region = Five::new();
        let gate = region.scanner();
        let take = |gate: &mut Scanner, region: &Five, number: u64, at: i64, ids: &[&str]| {
            if list_is_trust {
                let list = region.signed(region.trust_list(number, at).draft(), ids);
                gate.install_trust_list(list.as_bytes(), NOW)
            } else {
                let mut list = catalogue(number, vec![open_application()]);
                list.edition = edition_at(number, at);
                let list = region.signed(list.draft(), ids);
                gate.install_catalogue(list.as_bytes(), NOW)
            }
        };
        let mut gate = restarted(&gate);
        assert_eq!(take(&mut gate, &region, 9, NOW - 1, &["sh", "js", "zj"]), Ok(()));
        // Off, and on again: neither an older one, nor another one under the same number.
        let mut gate = restarted(&gate);
        let older = Err(InstallError::Rollback { in_force: 9, offered: 8 });
        assert_eq!(take(&mut gate, &region, 8, NOW, &["sh", "js", "zj"]), older);
        let same = Err(InstallError::SameSequence { sequence: 9 });
        assert_eq!(take(&mut gate, &region, 9, NOW - 2, &["sh", "js", "zj"]), same);
        // Two of the three signers change their keys while it is off.
        let before = gate.roots().document().unwrap().clone();
        region.replace_key("sh");
        region.replace_key("js");
        let roots = region.signed(region.following(&before, NOW).draft(), &["zj", "ah", "escrow"]);
        gate.install_roots(roots.as_bytes()).unwrap();
        let mut gate = restarted(&gate);
        assert_eq!(take(&mut gate, &region, 8, NOW - 1, &["sh", "js", "zj"]), older);
        assert_eq!(take(&mut gate, &region, 8, NOW, &["sh", "js", "zj"]), Ok(()));
    }
}

/// A host has a file that says which roots its gate believes. When the gate's state began with
/// other ones, somebody has changed the file, and the state does not follow by itself.
#[test]
fn a_gate_tells_whether_it_came_by_the_roots_it_is_configured_with() {
    let mut region = Five::new();
    let (first, sh) = (region.founding(), ["js", "zj", "ah"]);
    region.replace_key("sh");
    let second = region.following(&first, NOW);
    let signed = |document: &onecode::governance::RootsDocument, region: &Five| {
        region.signed(document.draft(), &sh)
    };
    let (first_json, second_json) = (signed(&first, &region), signed(&second, &region));
    let edition = |json: &str| Roots::edition(json.as_bytes()).unwrap();
    let hash = |json: &str| edition(json).document_hash().unwrap();
    let lone = key(Algorithm::Ed25519).public_key();
    let other_lone = key(Algorithm::Ed25519).public_key();

    let walk = |roots: Roots, editions: &[&str]| {
        let mut gate = Scanner::new(roots, without_status_lists());
        editions.iter().for_each(|json| gate.install_roots(json.as_bytes()).unwrap());
        restarted(&gate).roots().clone()
    };
    let (one, two) = (first_json.as_str(), second_json.as_str());
    let all = [
        ("key", Roots::key(lone)),
        ("other key", Roots::key(other_lone)),
        ("first", edition(one)),
        ("hash of the first", Roots::hash(hash(one))),
        ("second", edition(two)),
        ("hash of the second", Roots::hash(hash(two))),
        ("hash of nothing", Roots::hash(Sha256Hash([0; 32]))),
    ];
    let first_two = ["first", "hash of the first"];
    let four = ["first", "hash of the first", "second", "hash of the second"];
    let table: [(&str, Roots, &[&str]); 6] = [
        ("a lone key", walk(Roots::key(lone), &[]), &["key"]),
        ("the first", walk(edition(one), &[]), &first_two),
        ("awaiting the first", walk(Roots::hash(hash(one)), &[]), &first_two),
        ("the first by its hash", walk(Roots::hash(hash(one)), &[one]), &first_two),
        ("two, from the first", walk(edition(one), &[two]), &four),
        ("two, from the hash of the first", walk(Roots::hash(hash(one)), &[one, two]), &four),
    ];
    for (state, roots, agree) in &table {
        for (name, configured) in &all {
            let told = roots.came_by(configured);
            assert_eq!(told.is_ok(), agree.contains(name), "{state}, configured: {name}");
        }
    }
    // What is told names both, and how far it has walked.
    let told = table[4].1.came_by(&all[0].1);
    assert_eq!(told, Err(RootsDiffer { configured: lone.kid(), begun: hash(one), number: 2 }));
}

/// A small place grows up: its one key signs the first roots, and gates walk to them.
#[test]
fn a_gate_with_a_lone_key_walks_to_the_first_roots() {
    let region = Five::new();
    let lone = key(Algorithm::Ed25519);
    let mut gate = Scanner::new(lone.public_key(), without_status_lists());
    let mut keys = region.keys(&["sh", "js", "zj"]);
    let without_it = signed_by(region.founding().draft(), &keys);
    gate.install_roots(without_it.as_bytes()).unwrap_err();
    keys.push(&lone);
    let first = signed_by(region.founding().draft(), &keys);
    assert_eq!(gate.install_roots(first.as_bytes()), Ok(()));
    let mut gate = restarted(&gate);
    let alone = signed_by(region.trust_list(1, NOW).draft(), &[&lone]);
    gate.install_trust_list(alone.as_bytes(), NOW).unwrap_err();
    let three = region.signed(region.trust_list(1, NOW).draft(), &["ah", "zj", "js"]);
    assert_eq!(gate.install_trust_list(three.as_bytes(), NOW), Ok(()));
    let configured = [Roots::key(lone.public_key()), Roots::edition(first.as_bytes()).unwrap()];
    assert_eq!(configured.map(|roots| gate.roots().came_by(&roots)), [Ok(()), Ok(())]);
}
