//! The accidents that a region is built for, one after another.

use onecode::catalogue::Catalogue;
use onecode::governance::{RootsDocument, SignedDocument, Tally};
use onecode::jose::DocumentError;
use onecode::trust::TrustList;
use onecode::{Advisory, Algorithm, CardCredential, InstallError, Scanner, Verdict};

use crate::practice::region::{edition_at, index, signed_by, withdrawal, Five};
use crate::practice::{catalogue, context, key, number, open_application, DAY, NOW};

const MINUTE: i64 = 60;

/// A region, a gate that works, and a card.
struct Hall {
    region: Five,
    gate: Scanner,
    card: CardCredential,
}

impl Hall {
    fn of(region: Five) -> Self {
        let (gate, card) = (region.scanner(), region.cards.credential(|_| ()));
        Hall { region, gate, card }
    }

    fn new() -> Self {
        Hall::of(Five::new())
    }

    fn shown(&mut self, now: i64) -> Verdict {
        let code = self.region.cards.code(&self.card, now);
        self.gate.scan(code.text(), &context(now))
    }

    /// The kinds of documents that the gate knows it misses.
    fn missing(&mut self, now: i64) -> Vec<&'static str> {
        let Verdict::Accepted(accepted) = self.shown(now) else { panic!() };
        let missing = accepted.advisories.into_iter().find_map(|advisory| match advisory {
            Advisory::NewerExists { missing } => Some(missing),
            _ => None,
        });
        missing.unwrap_or_default().iter().map(|kind| kind.name()).collect()
    }

    fn take_list(&mut self, list: &TrustList, ids: &[&str], now: i64) -> Result<(), InstallError> {
        let json = self.region.signed(list.draft(), ids);
        self.gate.install_trust_list(json.as_bytes(), now)
    }

    fn roots(&self) -> &RootsDocument {
        self.gate.roots().document().unwrap()
    }
}

fn new_catalogue(sequence: u64, issued_at_unix_s: i64) -> Catalogue {
    let mut list = catalogue(sequence, vec![open_application()]);
    list.edition = edition_at(sequence, issued_at_unix_s);
    list
}

fn tally(error: InstallError) -> Tally {
    let InstallError::Document(DocumentError::NotEnough(tally)) = error else { panic!("{error}") };
    tally
}

#[test]
fn one_of_two_security_modules_of_a_province_dies_and_nothing_changes() {
    let mut region = Five::new();
    region.member("sh").keys.push(key(Algorithm::Ed25519));
    let mut hall = Hall::of(region);
    let list = |hall: &Hall, number| hall.region.trust_list(number, NOW).draft();

    // Both of its modules together are still one holder.
    let [first, second] = &hall.region.members[0].keys[..] else { panic!() };
    let twice = [first, second, hall.region.keys(&["js"])[0]];
    let twice = signed_by(list(&hall, 2), &twice);
    let error = hall.gate.install_trust_list(twice.as_bytes(), NOW).unwrap_err();
    assert_eq!(tally(error).holders, ["sh", "js"]);

    // The one in the second city signs for the province alone.
    let keys = [second, hall.region.keys(&["js"])[0], hall.region.keys(&["zj"])[0]];
    let signed = signed_by(list(&hall, 2), &keys);
    assert_eq!(hall.gate.install_trust_list(signed.as_bytes(), NOW), Ok(()));
    assert_eq!(number(&hall.shown(NOW)), None);
}

#[test]
fn a_province_loses_all_its_keys_and_the_next_roots_have_new_ones() {
    let mut hall = Hall::new();
    drop(hall.region.replace_key("sh"));
    let others = ["js", "zj", "ah"];
    assert_eq!(hall.take_list(&hall.region.trust_list(2, NOW), &others, NOW), Ok(()));
    let with_new_key = hall.take_list(&hall.region.trust_list(3, NOW), &["sh", "js", "zj"], NOW);
    assert_eq!(tally(with_new_key.unwrap_err()).unknown, 1);

    let roots = hall.region.following(hall.roots(), NOW + 1).draft();
    let roots = hall.region.signed(roots, &others);
    assert_eq!(hall.gate.install_roots(roots.as_bytes()), Ok(()));
    let list = hall.region.trust_list(3, NOW + 2);
    assert_eq!(hall.take_list(&list, &["sh", "js", "zj"], NOW + 2), Ok(()));
    assert_eq!(number(&hall.shown(NOW + 2)), None);
}

/// Lists, catalogues and roots: `stolen.rs`. This is the one thing that a holder does alone.
#[test]
fn a_stolen_holders_key_withdraws_keys_of_its_own_issuers_and_lifts_no_refusal() {
    let mut hall = Hall::new();
    let thief = hall.region.replace_key("js");
    let of_another = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    let of_another = signed_by(of_another.draft(), &[&thief]);
    let refused = hall.gate.install_withdrawal(of_another.as_bytes(), NOW);
    assert_eq!(refused, Err(InstallError::NotAnsweredFor { issuer: "cn-31".into() }));
    // Under the name of its own issuer it is no better: the key is another issuer's by the list.
    let misnamed = withdrawal("cn-32", &[&hall.region.cards.issuer], NOW);
    let misnamed = signed_by(misnamed.draft(), &[&thief]);
    let refused = hall.gate.install_withdrawal(misnamed.as_bytes(), NOW);
    assert_eq!(refused, Err(InstallError::NotAnsweredFor { issuer: "cn-31".into() }));
    assert_eq!(number(&hall.shown(NOW)), None);
}

#[test]
fn a_stolen_index_key_hides_new_lists_from_those_who_read_only_its_index() {
    let mut hall = Hall::new();
    let thief = std::mem::replace(&mut hall.region.member("js").index_key, key(Algorithm::Ed25519));
    // Its index names nothing new, although there is a third trust list.
    let old = signed_by(index(1, 1, 1, NOW).draft(), &[&thief]);
    hall.gate.install_index(old.as_bytes(), NOW).unwrap();
    assert_eq!(hall.missing(NOW), [""; 0]);
    // Whoever reads another holder's index as well is told, in whichever order they come.
    let honest = signed_by(index(1, 3, 1, NOW).draft(), &[&hall.region.members[0].index_key]);
    hall.gate.install_index(honest.as_bytes(), NOW).unwrap();
    hall.gate.install_index(old.as_bytes(), NOW).unwrap();
    assert_eq!(hall.missing(NOW), ["trust_list"]);

    // It may cry wolf. That refuses nobody, and brings nothing into force.
    let wolf = signed_by(index(9, 9, 9, NOW + 1).draft(), &[&thief]);
    hall.gate.install_index(wolf.as_bytes(), NOW + 1).unwrap();
    assert_eq!(hall.missing(NOW + 1), ["roots", "trust_list", "catalogue"]);
    // It signs nothing else.
    for draft in [
        hall.region.trust_list(9, NOW).draft(),
        hall.region.following(hall.roots(), NOW).draft(),
        withdrawal("cn-32", &[&hall.region.status[0]], NOW).draft(),
    ] {
        let kind = draft.as_ref().unwrap().kind().name();
        let json = signed_by(draft, &[&thief]);
        let refused = match kind {
            "roots" => hall.gate.install_roots(json.as_bytes()),
            "withdrawal" => hall.gate.install_withdrawal(json.as_bytes(), NOW),
            _ => hall.gate.install_trust_list(json.as_bytes(), NOW),
        };
        assert_eq!(tally(refused.unwrap_err()).not_admitted, 1, "{kind}");
    }

    // The next roots end what it said.
    let roots = hall.region.following(hall.roots(), NOW + 2).draft();
    let roots = hall.region.signed(roots, &["sh", "js", "zj"]);
    hall.gate.install_roots(roots.as_bytes()).unwrap();
    assert_eq!(hall.missing(NOW + 2), ["trust_list"]);
    let again = hall.gate.install_index(wolf.as_bytes(), NOW + 2);
    assert_eq!(tally(again.unwrap_err()).unknown, 1);
}

#[test]
fn a_stolen_issuers_key_is_stopped_by_one_holder_in_minutes_and_by_three_for_good() {
    let mut hall = Hall::new();
    // The thief makes cards with it, for a phone of its own.
    hall.card = hall.region.cards.credential(|card| card.status_index = 999);
    assert_eq!(number(&hall.shown(NOW)), None);

    let now = NOW + 3 * MINUTE;
    let notice = withdrawal("cn-31", &[&hall.region.cards.issuer], now).draft();
    let hash = notice.as_ref().unwrap().hash();
    let notice = hall.region.signed(notice, &["sh"]);
    assert_eq!(hall.gate.install_withdrawal(notice.as_bytes(), now), Ok(()));
    assert_eq!(number(&hall.shown(now)), Some(205));

    // Three sign a list without that key, which deals with the notice.
    let now = NOW + 3 * DAY;
    let mut list = hall.region.trust_list(2, now);
    list.withdrawals = vec![hash];
    list.issuers[0].keys[0].withdrawn_from_unix_s = Some(NOW);
    assert_eq!(hall.take_list(&list, &["zj", "ah", "escrow"], now), Ok(()));
    assert_eq!(number(&hall.shown(now)), Some(205));
    let now = NOW + 10 * DAY;
    assert_eq!(number(&hall.shown(now)), Some(205), "the notice would be over");
}

#[test]
fn a_gate_that_was_off_for_three_changes_of_roots_walks() {
    let mut hall = Hall::new();
    let snapshot = hall.gate.snapshot();
    let mut editions = vec![hall.roots().clone()];
    let mut signed = Vec::new();
    // Each time one holder changes its key: in the end three of the five are others.
    for (at, replaced) in [(NOW, "sh"), (NOW + 1, "js"), (NOW + 2, "zj")] {
        let before: Vec<_> = hall
            .region
            .members
            .iter()
            .filter(|holder| holder.id != replaced)
            .map(|m| m.id)
            .collect();
        hall.region.replace_key(replaced);
        let next = hall.region.following(editions.last().unwrap(), at);
        signed.push(hall.region.signed(next.draft(), &before[..3]));
        editions.push(next);
    }
    let now = NOW + DAY;
    let list = hall.region.signed(hall.region.trust_list(5, now).draft(), &["sh", "js", "zj"]);

    // One was switched off, the other lay in its box with the first edition.
    let policy = crate::practice::without_status_lists();
    let from_shelf = Scanner::new(hall.gate.roots().clone(), policy);
    for mut gate in [Scanner::restore(&snapshot, policy).unwrap(), from_shelf] {
        let too_early = gate.install_trust_list(list.as_bytes(), now).unwrap_err();
        assert_eq!(tally(too_early).unknown, 3);
        let jump = gate.install_roots(signed[2].as_bytes()).unwrap_err();
        assert!(matches!(jump, InstallError::Document(DocumentError::NotEnough(_))), "{jump}");
        // With a signature more it would be by enough of those in force, and still be a jump.
        let mut third = SignedDocument::from_json(signed[1].as_bytes()).unwrap();
        third.sign(hall.region.keys(&["escrow"])[0], now).unwrap();
        let jump = gate.install_roots(third.to_json().as_bytes());
        assert_eq!(jump, Err(InstallError::RootsSkipped { in_force: 1, offered: 3 }));
        for edition in &signed {
            assert_eq!(gate.install_roots(edition.as_bytes()), Ok(()));
        }
        assert_eq!(gate.roots().number(), 4);
        assert_eq!(gate.install_trust_list(list.as_bytes(), now), Ok(()));
        let back = gate.install_roots(signed[0].as_bytes());
        assert_eq!(back, Err(InstallError::Rollback { in_force: 4, offered: 2 }));
    }
}

#[test]
fn a_hostile_list_server_has_nothing_believed_and_the_age_of_the_index_shows_a_freeze() {
    let mut hall = Hall::new();
    let three = ["sh", "js", "zj"];
    let old = [
        hall.region.signed(hall.region.trust_list(2, NOW - DAY).draft(), &three),
        hall.region.signed(new_catalogue(2, NOW - DAY).draft(), &three),
    ];
    let new = [
        hall.region.signed(hall.region.trust_list(3, NOW).draft(), &three),
        hall.region.signed(new_catalogue(3, NOW).draft(), &three),
    ];
    let index_at = |roots, at: i64| {
        signed_by(index(roots, 3, 3, at).draft(), &[&hall.region.members[0].index_key])
    };
    let (today, tomorrow) = (index_at(1, NOW), index_at(1, NOW + DAY));
    let mut gate = hall.gate.clone();
    gate.install_trust_list(new[0].as_bytes(), NOW).unwrap();
    gate.install_catalogue(new[1].as_bytes(), NOW).unwrap();
    gate.install_index(today.as_bytes(), NOW).unwrap();

    // It makes up lists, and plays old ones back.
    let forged = Five::new();
    let forged = [
        forged.signed(forged.trust_list(4, NOW).draft(), &three),
        forged.signed(new_catalogue(4, NOW).draft(), &three),
    ];
    assert_eq!(tally(gate.install_trust_list(forged[0].as_bytes(), NOW).unwrap_err()).unknown, 3);
    assert_eq!(tally(gate.install_catalogue(forged[1].as_bytes(), NOW).unwrap_err()).unknown, 3);
    let rollback = Err(InstallError::Rollback { in_force: 3, offered: 2 });
    assert_eq!(gate.install_trust_list(old[0].as_bytes(), NOW), rollback);
    assert_eq!(gate.install_catalogue(old[1].as_bytes(), NOW), rollback);

    // It shows for days what there was on the first. The index cannot be made younger.
    let age_s = |gate: &Scanner, now| gate.preflight(now).index.unwrap().age_s;
    assert_eq!(age_s(&gate, NOW + MINUTE), MINUTE);
    let frozen = gate.install_index(today.as_bytes(), NOW + 3 * DAY);
    assert_eq!(frozen, Err(InstallError::Expired { expired_unix_s: NOW + DAY }));
    assert_eq!(age_s(&gate, NOW + 3 * DAY), 3 * DAY);
    assert!(gate.preflight(NOW + 3 * DAY).index.unwrap().expires_unix_s < NOW + 3 * DAY);
    // In the end the lists run out, and the gate says that they are due long before.
    hall.gate = gate;
    let Verdict::Accepted(accepted) = hall.shown(NOW + 8 * DAY) else { panic!() };
    let due = accepted.advisories.iter().any(|a| matches!(a, Advisory::TrustListDue { .. }));
    assert!(due);
    assert_eq!(number(&hall.shown(NOW + 31 * DAY)), Some(702));

    // An index that has been replaced is not taken again, not even within its day.
    hall.gate.install_index(tomorrow.as_bytes(), NOW + DAY).unwrap();
    let back = hall.gate.install_index(today.as_bytes(), NOW + DAY - 1);
    assert_eq!(back, Err(InstallError::Rollback { in_force: NOW + DAY, offered: NOW }));
}
