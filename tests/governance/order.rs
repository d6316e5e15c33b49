//! Documents in a wrong order: played back, by holders of yesterday, at a clock of 1970.

use onecode::governance::{SignedDocument, Tally};
use onecode::jose::DocumentError;
use onecode::{InstallError, Policy, Scanner, SigningKey};

use crate::practice::region::{signed_by, Five, FOUNDED};
use crate::practice::{context, number, DAY, NOW};

fn tally(taken: Result<(), InstallError>) -> Tally {
    match taken {
        Err(InstallError::Document(DocumentError::NotEnough(tally))) => tally,
        other => panic!("{other:?}"),
    }
}

/// A region whose Shanghai and Jiangsu have new keys since `NOW`, by the second roots. The gate has
/// a trust list of before, with the number 9, by the old keys.
struct Changed {
    region: Five,
    gate: Scanner,
    old: Vec<onecode::SoftwareKey>,
}

impl Changed {
    fn new() -> Self {
        let mut region = Five::new();
        let mut gate = region.scanner();
        let three = ["sh", "js", "zj"];
        let list = region.signed(region.trust_list(9, NOW - 1).draft(), &three);
        gate.install_trust_list(list.as_bytes(), NOW).unwrap();
        let old = vec![region.replace_key("sh"), region.replace_key("js")];
        let roots = region.following(gate.roots().document().unwrap(), NOW).draft();
        let roots = region.signed(roots, &["zj", "ah", "escrow"]);
        gate.install_roots(roots.as_bytes()).unwrap();
        Changed { region, gate, old }
    }

    fn list_in_force(&self) -> u64 {
        self.gate.preflight(NOW).trust_list.unwrap().sequence
    }
}

#[test]
fn a_good_signature_by_a_withdrawn_holder_is_by_nobody() {
    let mut changed = Changed::new();
    let [zj, ah] = changed.region.keys(&["zj", "ah"])[..] else { panic!() };
    let list = signed_by(changed.region.trust_list(10, NOW).draft(), &[&changed.old[0], zj, ah]);
    let tally = tally(changed.gate.install_trust_list(list.as_bytes(), NOW));
    assert_eq!((tally.holders, tally.unknown), (vec!["zj".into(), "ah".into()], 1));
    assert_eq!(changed.list_in_force(), 9);
}

#[test]
fn the_list_in_force_stays_when_its_signers_go() {
    let mut changed = Changed::new();
    let code = changed.region.cards.code(&changed.region.cards.credential(|_| ()), NOW);
    assert_eq!(number(&changed.gate.scan(code.text(), &context(NOW))), None);
    // After a restart it is taken again, from those who have it.
    let keys = [&changed.old[0], &changed.old[1], changed.region.keys(&["zj"])[0]];
    let same = signed_by(changed.region.trust_list(9, NOW - 1).draft(), &keys);
    let policy = crate::practice::without_status_lists();
    let mut restarted = Scanner::restore(&changed.gate.snapshot(), policy).unwrap();
    assert_eq!(restarted.install_trust_list(same.as_bytes(), NOW), Ok(()));
}

#[test]
fn an_older_edition_that_has_not_expired_is_not_taken_after_a_change_of_roots() {
    let mut changed = Changed::new();
    // As it was signed then.
    let keys = [&changed.old[0], &changed.old[1], changed.region.keys(&["zj"])[0]];
    let old = signed_by(changed.region.trust_list(8, NOW - DAY).draft(), &keys);
    assert_eq!(tally(changed.gate.install_trust_list(old.as_bytes(), NOW)).unknown, 2);
    // With enough holders of today, who had signed it then as well.
    let old = changed.region.trust_list(8, NOW - DAY).draft();
    let old = changed.region.signed(old, &["zj", "ah", "escrow"]);
    let taken = changed.gate.install_trust_list(old.as_bytes(), NOW);
    assert_eq!(taken, Err(InstallError::Rollback { in_force: 9, offered: 8 }));
    assert_eq!(changed.list_in_force(), 9);
}

/// The list in force may be the thieves'. So any number replaces it, but only in a document that
/// has been made since they were thrown out.
#[test]
fn what_too_few_of_the_new_holders_signed_is_replaced_by_any_number_dated_since() {
    let three = ["sh", "js", "zj"];
    for (issued_at, taken) in [
        (NOW - 1, Err(InstallError::Rollback { in_force: 9, offered: 2 })),
        (NOW, Ok(())),
        (NOW + 1, Ok(())),
    ] {
        let mut changed = Changed::new();
        let list = changed.region.signed(changed.region.trust_list(2, issued_at).draft(), &three);
        assert_eq!(changed.gate.install_trust_list(list.as_bytes(), NOW), taken, "{issued_at}");
    }
    // Once that is done, numbers count again.
    let mut changed = Changed::new();
    let list =
        |number| changed.region.signed(changed.region.trust_list(number, NOW).draft(), &three);
    assert_eq!(changed.gate.install_trust_list(list(4).as_bytes(), NOW), Ok(()));
    let older = changed.gate.install_trust_list(list(3).as_bytes(), NOW);
    assert_eq!(older, Err(InstallError::Rollback { in_force: 4, offered: 3 }));
}

#[test]
fn the_same_payload_signed_by_the_new_holders_holds_its_place_again() {
    let mut changed = Changed::new();
    let same = changed.region.trust_list(9, NOW - 1).draft();
    let same = changed.region.signed(same, &["zj", "ah", "escrow"]);
    assert_eq!(changed.gate.install_trust_list(same.as_bytes(), NOW), Ok(()));
    let lower =
        changed.region.signed(changed.region.trust_list(2, NOW).draft(), &["sh", "js", "zj"]);
    let taken = changed.gate.install_trust_list(lower.as_bytes(), NOW);
    assert_eq!(taken, Err(InstallError::Rollback { in_force: 9, offered: 2 }));
}

#[test]
fn roots_take_the_old_holders_and_the_new_ones_and_exactly_the_next_number() {
    let mut region = Five::new();
    let founding = region.founding();
    let gate = region.scanner();
    let old = [region.replace_key("sh"), region.replace_key("js"), region.replace_key("zj")];
    let next = region.following(&founding, NOW);
    let take = |json: &str| gate.clone().install_roots(json.as_bytes());

    let old_alone: Vec<_> = old.iter().collect();
    let by_old = tally(take(&signed_by(next.draft(), &old_alone)));
    assert_eq!((by_old.needed, by_old.holders.len(), by_old.unknown), (3, 0, 3), "old ones alone");
    let by_new = tally(take(&region.signed(next.draft(), &["sh", "js", "zj", "ah", "escrow"])));
    assert_eq!((by_new.holders.len(), by_new.unknown), (2, 3), "new ones alone");
    let [sh, ah, escrow] = region.keys(&["sh", "ah", "escrow"])[..] else { panic!() };
    let both = signed_by(next.draft(), &[&old[0], sh, ah, escrow]);
    assert_eq!(take(&both), Ok(()));

    // A fork: two second editions. Whoever has taken one takes no other.
    let mut forked = gate.clone();
    forked.install_roots(both.as_bytes()).unwrap();
    let fork = region.following(&founding, NOW + 1);
    let fork = signed_by(fork.draft(), &[&old[0], sh, ah, escrow]);
    let taken = forked.install_roots(fork.as_bytes());
    assert_eq!(taken, Err(InstallError::SameSequence { sequence: 2 }));
    // And a third that follows the other second is no third of this one.
    let elsewhere = region.following(&region.following(&founding, NOW + 1), NOW + 2);
    let elsewhere = region.signed(elsewhere.draft(), &["sh", "ah", "escrow"]);
    let taken = forked.install_roots(elsewhere.as_bytes());
    assert!(
        matches!(taken, Err(InstallError::Document(DocumentError::Content { .. }))),
        "{taken:?}"
    );
}

/// Of roots no date is asked: who does not know the time must be able to learn whom to believe.
#[test]
fn a_gate_whose_clock_says_1970_walks_and_names_its_clock() {
    let mut region = Five::new();
    let policy = Policy { without_status_lists: true, ..Policy::default() };
    let mut gate = Scanner::new(region.roots(), policy);
    let mut before = region.founding();
    for (at, id) in [(FOUNDED + 1, "sh"), (FOUNDED + 2, "js")] {
        region.replace_key(id);
        let next = region.following(&before, at);
        let signed = region.signed(next.draft(), &["zj", "ah", "escrow"]);
        assert_eq!(gate.install_roots(signed.as_bytes()), Ok(()));
        before = next;
    }
    assert_eq!(gate.roots().number(), 3);
    let three = ["sh", "js", "zj"];
    let list = region.signed(region.trust_list(1, NOW).draft(), &three);
    assert_eq!(gate.install_trust_list(list.as_bytes(), 0), Ok(()));
    let mut terms = crate::practice::catalogue(1, vec![crate::practice::open_application()]);
    terms.edition.previous = Some(region.cards.phone.public_key().kid());
    let terms = region.signed(terms.draft(), &three);
    assert_eq!(gate.install_catalogue(terms.as_bytes(), 0), Ok(()));
    let code = region.cards.code(&region.cards.credential(|_| ()), NOW);
    assert_eq!(number(&gate.scan(code.text(), &context(0))), Some(706));
    // The clock is set, and all is well.
    assert_eq!(number(&gate.scan(code.text(), &context(NOW))), None);
}

/// Whoever hands a document on could put a bad signature under a holder's thumbprint.
#[test]
fn a_bad_signature_under_a_holders_name_keeps_that_holder_from_nothing() {
    let region = Five::new();
    let mut gate = region.scanner();
    let signed = region.signed(region.trust_list(2, NOW).draft(), &["sh", "js", "zj"]);
    let of_sh = signed.find(r#""signature":""#).unwrap() + 20;
    let other = if signed.as_bytes()[of_sh] == b'A' { "B" } else { "A" };
    let spoilt = [&signed[..of_sh], other, &signed[of_sh + 1..]].concat();
    let counted = tally(gate.install_trust_list(spoilt.as_bytes(), NOW));
    assert_eq!((counted.holders.len(), counted.bad), (2, 1));

    let mut document = SignedDocument::from_json(spoilt.as_bytes()).unwrap();
    document.sign(region.keys(&["sh"])[0], NOW).unwrap();
    assert_eq!(document.signers().count(), 3);
    assert_eq!(gate.install_trust_list(document.to_json().as_bytes(), NOW), Ok(()));
    // One that holds is not made twice.
    assert!(document.sign(region.keys(&["sh"])[0], NOW).is_err());
}
