//! A notice by one holder takes, and never gives.

use onecode::gate::{StatusAnswer, UnknownStatus};
use onecode::governance::{Withdrawal, MAX_WITHDRAWAL_S};
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{CardCredential, InstallError, Policy, Scanner, SoftwareKey, Verdict};

use crate::practice::region::{signed_by, withdrawal, Five};
use crate::practice::{context, number, DAY, NOW};

const SUSPENDED: u32 = 7;
const VALID: u32 = 8;

/// A gate that works with status lists, and two cards, of which one is suspended.
struct Hall {
    region: Five,
    gate: Scanner,
    suspended: CardCredential,
    valid: CardCredential,
}

impl Hall {
    fn new() -> Self {
        let region = Five::new();
        let mut gate = region.scanner();
        gate.install_status(&status_list(&region.status[0], NOW - 60, &[SUSPENDED]), NOW).unwrap();
        let card = |index| region.cards.credential(|card| card.status_index = index);
        let (suspended, valid) = (card(SUSPENDED), card(VALID));
        let mut hall = Hall { region, gate, suspended, valid };
        assert_eq!(hall.suspended(NOW), Some(402));
        assert_eq!(hall.valid(NOW), StatusAnswer::Valid { as_of_unix_s: NOW - 60 });
        hall
    }

    fn suspended(&mut self, now: i64) -> Option<u16> {
        let code = self.region.cards.code(&self.suspended, now);
        number(&self.gate.scan(code.text(), &context(now)))
    }

    fn valid(&mut self, now: i64) -> StatusAnswer {
        let code = self.region.cards.code(&self.valid, now);
        match self.gate.scan(code.text(), &context(now)) {
            Verdict::Accepted(accepted) => accepted.status,
            other => panic!("{other:?}"),
        }
    }

    fn take(&mut self, notice: &Withdrawal, now: i64) -> Result<(), InstallError> {
        let json = self.region.signed(notice.draft(), &["sh"]);
        self.gate.install_withdrawal(json.as_bytes(), now)
    }

    fn take_list(&mut self, list: &TrustList, now: i64) {
        let json = self.region.signed(list.draft(), &["js", "zj", "ah"]);
        self.gate.install_trust_list(json.as_bytes(), now).unwrap();
    }

    /// Shanghai withdraws the key that signed the status list in force.
    fn withdraw_status_key(&mut self) -> Withdrawal {
        let notice = withdrawal("cn-31", &[&self.region.status[0]], NOW);
        self.take(&notice, NOW).unwrap();
        notice
    }

    fn restart(&mut self) {
        let policy = Policy { without_status_lists: true, ..Policy::default() };
        self.gate = Scanner::restore(&self.gate.snapshot(), policy).unwrap();
        let three = ["sh", "js", "zj"];
        let list = self.region.signed(self.region.trust_list(1, NOW - DAY).draft(), &three);
        self.gate.install_trust_list(list.as_bytes(), NOW).unwrap();
        let terms = crate::practice::catalogue(1, vec![crate::practice::open_application()]);
        let terms = self.region.signed(terms.draft(), &three);
        self.gate.install_catalogue(terms.as_bytes(), NOW).unwrap();
    }
}

fn status_list(key: &SoftwareKey, issued_at_unix_s: i64, suspended: &[u32]) -> Vec<u8> {
    let mut agency = StatusIssuer::new("cn-31", 100);
    suspended.iter().for_each(|index| agency.suspend(*index).unwrap());
    let expires_unix_s = NOW + 20 * DAY;
    let publication = StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s: 3_600 };
    agency.publish(publication, key).unwrap().remove(0)
}

fn by_withdrawn_key() -> Result<(), InstallError> {
    Err(InstallError::StatusKeyWithdrawn { issuer: "cn-31".into() })
}

const WITHDRAWN: StatusAnswer =
    StatusAnswer::Unknown(UnknownStatus::Withdrawn { as_of_unix_s: NOW - 60 });

#[test]
fn a_suspended_card_stays_suspended_when_the_key_of_its_list_is_withdrawn() {
    let mut hall = Hall::new();
    hall.withdraw_status_key();
    assert_eq!(hall.suspended(NOW), Some(402));
    assert_eq!(hall.valid(NOW), WITHDRAWN);

    // The thief lifts the suspension, in a list or in a delta: nothing more by that key is taken.
    let lifted = status_list(&hall.region.status[0], NOW + 1, &[]);
    assert_eq!(hall.gate.install_status(&lifted, NOW + 1), by_withdrawn_key());
    let again = status_list(&hall.region.status[0], NOW - 60, &[]);
    assert_eq!(hall.gate.install_status(&again, NOW + 1), by_withdrawn_key());
    assert_eq!(hall.suspended(NOW + 1), Some(402));

    // Another key's list takes its place only if it is later.
    let [_, other] = &hall.region.status;
    for (issued_at, suspended) in [(NOW - 61, 0), (NOW - 60, 0), (NOW - 60, SUSPENDED)] {
        let list = status_list(other, issued_at, &[suspended]);
        let taken = hall.gate.install_status(&list, NOW + 1);
        let older = InstallError::Rollback { in_force: NOW - 60, offered: issued_at };
        assert_eq!(taken, Err(older), "{issued_at}");
    }
    let later = status_list(other, NOW - 59, &[SUSPENDED]);
    assert_eq!(hall.gate.install_status(&later, NOW + 1), Ok(()));
    assert_eq!(hall.suspended(NOW + 1), Some(402));
    assert_eq!(hall.valid(NOW + 1), StatusAnswer::Valid { as_of_unix_s: NOW - 59 });
}

#[test]
fn after_a_restart_exactly_the_list_that_was_in_force_goes_on_refusing() {
    let mut hall = Hall::new();
    hall.withdraw_status_key();
    let [withdrawn, other] = &hall.region.status;
    let by_withdrawn = [61, 60, 59].map(|ago| status_list(withdrawn, NOW - ago, &[]));
    let in_force = status_list(withdrawn, NOW - 60, &[SUSPENDED]);
    let equal = status_list(other, NOW - 60, &[SUSPENDED]);
    let later = status_list(other, NOW - 59, &[SUSPENDED]);
    let older = InstallError::Rollback { in_force: NOW - 60, offered: NOW - 60 };

    hall.restart();
    for list in &by_withdrawn {
        assert_eq!(hall.gate.install_status(list, NOW), by_withdrawn_key());
    }
    assert_eq!(hall.gate.install_status(&equal, NOW), Err(older.clone()));
    assert_eq!(hall.gate.install_status(&in_force, NOW), Ok(()));
    assert_eq!((hall.suspended(NOW), hall.valid(NOW)), (Some(402), WITHDRAWN));
    assert_eq!(hall.gate.install_status(&equal, NOW), Err(older.clone()));
    assert_eq!(hall.gate.clone().install_status(&later, NOW), Ok(()));

    // The same for a host that hands in all that it has kept.
    hall.restart();
    for list in &by_withdrawn {
        // It is left out, and nothing else is left.
        assert_eq!(hall.gate.install_statuses([list], NOW), by_withdrawn_key());
        assert_eq!(hall.gate.status_bytes(), 0);
    }
    assert_eq!(hall.gate.install_statuses([&equal], NOW), Err(older));
    assert_eq!(hall.gate.install_statuses([&in_force], NOW), Ok(()));
    assert_eq!((hall.suspended(NOW), hall.valid(NOW)), (Some(402), WITHDRAWN));
    assert_eq!(hall.gate.install_statuses([&in_force, &later], NOW), Ok(()));
    assert_eq!(hall.valid(NOW), StatusAnswer::Valid { as_of_unix_s: NOW - 59 });
}

#[test]
fn a_routine_trust_list_that_knows_of_no_notice_ends_none() {
    let mut hall = Hall::new();
    let notice = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    hall.take(&notice, NOW).unwrap();
    let valid = |hall: &mut Hall, now| {
        let code = hall.region.cards.code(&hall.valid, now);
        number(&hall.gate.scan(code.text(), &context(now)))
    };
    assert_eq!(valid(&mut hall, NOW), Some(205));
    hall.take_list(&hall.region.trust_list(2, NOW + 1), NOW + 1);
    assert_eq!(valid(&mut hall, NOW + 1), Some(205));
    // Three holders who know of it say that the key is good.
    let mut list = hall.region.trust_list(3, NOW + 2);
    list.withdrawals = vec![notice.draft().unwrap().hash()];
    hall.take_list(&list, NOW + 2);
    assert_eq!(valid(&mut hall, NOW + 2), None);
    // Handed in again it stays over. A new one, even of shorter life, counts.
    assert_eq!(hall.take(&notice, NOW + 3), Ok(()));
    assert_eq!(valid(&mut hall, NOW + 3), None);
    let second = Withdrawal { expires_unix_s: NOW + DAY, ..notice };
    assert_eq!(hall.take(&second, NOW + 4), Ok(()));
    assert_eq!(valid(&mut hall, NOW + 4), Some(205));
}

/// Its signer leaves with its security module; another module of the province says the same.
#[test]
fn a_notice_whose_signer_is_gone_is_void_until_it_is_signed_anew() {
    let mut hall = Hall::new();
    let notice = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    hall.take(&notice, NOW).unwrap();
    let valid = |hall: &mut Hall| {
        let code = hall.region.cards.code(&hall.valid, NOW);
        number(&hall.gate.scan(code.text(), &context(NOW)))
    };
    assert_eq!(valid(&mut hall), Some(205));
    hall.region.replace_key("sh");
    let roots = hall.region.following(hall.gate.roots().document().unwrap(), NOW);
    let roots = hall.region.signed(roots.draft(), &["js", "zj", "ah"]);
    hall.gate.install_roots(roots.as_bytes()).unwrap();
    assert_eq!(valid(&mut hall), None);
    assert_eq!(hall.take(&notice, NOW), Ok(()));
    assert_eq!(valid(&mut hall), Some(205));
}

#[test]
fn a_notice_ends_with_its_date() {
    let mut hall = Hall::new();
    let mut notice = withdrawal("cn-31", &[&hall.region.status[0]], NOW);
    notice.expires_unix_s = NOW + MAX_WITHDRAWAL_S;
    hall.take(&notice, NOW).unwrap();
    hall.take_list(&hall.region.trust_list(2, NOW + DAY), NOW + DAY);
    let end = NOW + MAX_WITHDRAWAL_S;
    assert_eq!(hall.valid(end - 1), WITHDRAWN);
    // Old by now, for an application that wants to know of the last day.
    let old = StatusAnswer::Unknown(UnknownStatus::OldList { as_of_unix_s: NOW - 60 });
    assert_eq!(hall.valid(end), old);
    let late = hall.take(&notice, end);
    assert_eq!(late, Err(InstallError::Expired { expired_unix_s: end }));
}

/// Who signed the list a day after the notice's end knew that it was over.
#[test]
fn a_trust_list_dated_after_a_notice_has_ended_ends_it_also_at_a_gate_whose_clock_is_behind() {
    let mut hall = Hall::new();
    let notice = withdrawal("cn-31", &[&hall.region.status[0]], NOW);
    let end = notice.expires_unix_s;
    let behind = end - 60;
    hall.take(&notice, NOW).unwrap();
    hall.take_list(&hall.region.trust_list(2, end - 1), behind);
    assert_eq!(hall.valid(behind), WITHDRAWN);
    hall.take_list(&hall.region.trust_list(3, end), behind);
    assert_ne!(hall.valid(behind), WITHDRAWN);
    // Handed in again it stays over.
    assert_eq!(hall.take(&notice, behind), Ok(()));
    assert_ne!(hall.valid(behind), WITHDRAWN);
    hall.restart();
    assert_eq!(hall.take(&notice, behind), Ok(()));
    hall.take_list(&hall.region.trust_list(3, end), behind);
    assert_ne!(hall.valid(behind), WITHDRAWN);
}

/// Three who withdraw a key in the trust list drop its status lists: to lift a refusal takes several.
#[test]
fn a_threshold_that_withdraws_the_key_of_a_status_list_drops_the_list() {
    let mut hall = Hall::new();
    hall.withdraw_status_key();
    let mut list = hall.region.trust_list(2, NOW + 1);
    list.issuers[0].keys[1].withdrawn_from_unix_s = Some(NOW);
    hall.take_list(&list, NOW + 1);
    assert_eq!(hall.suspended(NOW + 1), None);
    assert_eq!(hall.valid(NOW + 1), StatusAnswer::Unknown(UnknownStatus::NoList));
}

/// A holder's key that signs notices without end makes sixteen of them, and none of them makes room
/// for another.
#[test]
fn ten_thousand_notices_fill_no_memory_and_drive_none_out() {
    let mut hall = Hall::new();
    let first = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    hall.take(&first, NOW).unwrap();
    let sixteen = {
        let mut gate = hall.gate.clone();
        (1..16).for_each(|n| gate.install_withdrawal(&flood(&hall.region, n), NOW).unwrap());
        gate.snapshot().len()
    };
    for n in 1..10_000 {
        let taken = hall.gate.install_withdrawal(&flood(&hall.region, n), NOW);
        let full = Err(InstallError::TooManyNotices { limit: 16 });
        assert_eq!(taken, if n < 16 { Ok(()) } else { full }, "{n}");
    }
    assert_eq!(hall.gate.snapshot().len(), sixteen);
    let code = hall.region.cards.code(&hall.valid, NOW);
    assert_eq!(number(&hall.gate.scan(code.text(), &context(NOW))), Some(205));
    // Another holder's notices have room of their own.
    let other = withdrawal("cn-32", &[&hall.region.cards.phone], NOW);
    let other = hall.region.signed(other.draft(), &["js"]);
    assert_eq!(hall.gate.install_withdrawal(other.as_bytes(), NOW), Ok(()));
}

/// A notice of Shanghai against a key that nobody has.
fn flood(region: &Five, n: u32) -> Vec<u8> {
    let mut notice = withdrawal("cn-31", &[], NOW);
    let mut thumbprint = [0; 32];
    thumbprint[..4].copy_from_slice(&n.to_be_bytes());
    notice.keys.push(onecode::governance::Sha256Hash(thumbprint));
    signed_by(notice.draft(), &region.keys(&["sh"])).into_bytes()
}

/// A clock that is weeks ahead for an hour, and a thief who knows: the notices of others stay.
#[test]
fn no_notice_that_is_dated_ahead_drives_others_out_at_a_gate_whose_clock_is_ahead() {
    let mut hall = Hall::new();
    hall.take(&withdrawal("cn-31", &[&hall.region.cards.issuer], NOW), NOW).unwrap();
    let ahead = NOW + 20 * DAY;
    let by_thief = withdrawal("cn-32", &[&hall.region.cards.phone], ahead);
    let by_thief = hall.region.signed(by_thief.draft(), &["js"]);
    assert_eq!(hall.gate.install_withdrawal(by_thief.as_bytes(), ahead), Ok(()));
    let code = hall.region.cards.code(&hall.valid, NOW);
    assert_eq!(number(&hall.gate.scan(code.text(), &context(NOW))), Some(205));
}

/// The room of a holder is not taken by what is over.
#[test]
fn sixteen_notices_that_are_over_leave_room_for_the_next() {
    let mut hall = Hall::new();
    (0..16).for_each(|n| hall.gate.install_withdrawal(&flood(&hall.region, n), NOW).unwrap());
    let next = |at| withdrawal("cn-31", &[&hall.region.cards.issuer], at);
    let (now, later) = (next(NOW), next(NOW + 7 * DAY));
    assert_eq!(hall.take(&now, NOW), Err(InstallError::TooManyNotices { limit: 16 }));
    assert_eq!(hall.take(&later, NOW + 7 * DAY), Ok(()));
}

/// The same key withdrawn again and again takes one place: the notice that ends last is kept.
#[test]
fn of_notices_against_one_key_the_one_that_ends_last_is_kept() {
    let mut hall = Hall::new();
    let notice = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    let valid = |hall: &mut Hall, now| {
        let code = hall.region.cards.code(&hall.valid, now);
        number(&hall.gate.scan(code.text(), &context(now)))
    };
    hall.take(&notice, NOW).unwrap();
    let length = hall.gate.snapshot().len();
    for days in [3, 9, 1, 8] {
        let again = Withdrawal { expires_unix_s: NOW + days * DAY, ..notice.clone() };
        assert_eq!(hall.take(&again, NOW), Ok(()));
    }
    assert_eq!(hall.gate.snapshot().len(), length);
    assert_eq!(valid(&mut hall, NOW + 9 * DAY - 1), Some(205));
    assert_eq!(valid(&mut hall, NOW + 9 * DAY), None);
}

#[test]
fn lists_by_a_withdrawn_key_alone_do_not_set_a_gate_up() {
    let region = Five::new();
    let mut gate = region.scanner_with(Policy::default());
    let card = region.cards.credential(|card| card.status_index = VALID);
    let shown = |gate: &mut Scanner| {
        number(&gate.scan(region.cards.code(&card, NOW).text(), &context(NOW)))
    };
    assert_eq!(shown(&mut gate), Some(710));
    let notice = withdrawal("cn-31", &[&region.status[0]], NOW);
    let notice = region.signed(notice.draft(), &["sh"]);
    gate.install_withdrawal(notice.as_bytes(), NOW).unwrap();
    let list = status_list(&region.status[0], NOW - 60, &[]);
    let withdrawn = Err(InstallError::StatusKeyWithdrawn { issuer: "cn-31".into() });
    assert_eq!(gate.install_status(&list, NOW), withdrawn);
    assert_eq!(gate.install_statuses([&list], NOW), withdrawn);
    assert_eq!(shown(&mut gate), Some(710));
    // A list by the other key does.
    let list = status_list(&region.status[1], NOW - 60, &[]);
    assert_eq!(gate.install_statuses([&list], NOW), Ok(()));
    assert_eq!(shown(&mut gate), None);
}
