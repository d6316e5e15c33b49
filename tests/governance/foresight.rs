//! What is told before anything stops: due roots, newer lists, withdrawn keys.

use onecode::preflight::{EndReason, Ending, Until};
use onecode::{Advisory, CardCredential, Scanner, Verdict};

use crate::practice::region::{index, signed_by, withdrawal, Five, FOUNDED};
use crate::practice::{catalogue, context, number, open_application, DAY, NOW};

const YEAR: i64 = 365 * DAY;

struct Hall {
    region: Five,
    gate: Scanner,
    card: CardCredential,
}

impl Hall {
    fn new() -> Self {
        let region = Five::new();
        let (gate, card) = (region.scanner(), region.cards.credential(|_| ()));
        Hall { region, gate, card }
    }

    fn shown(&mut self, now: i64) -> Verdict {
        let code = self.region.cards.code(&self.card, now);
        self.gate.scan(code.text(), &context(now))
    }

    fn advisories(&mut self, now: i64) -> Vec<Advisory> {
        match self.shown(now) {
            Verdict::Accepted(accepted) => accepted.advisories,
            other => panic!("{other:?}"),
        }
    }

    fn endings(&self, now: i64, of: impl Fn(&EndReason) -> bool) -> Vec<Ending> {
        let endings = self.gate.preflight(now).applications.remove(0).endings;
        endings.into_iter().filter(|ending| of(&ending.reason)).collect()
    }

    /// Lists of that time that last for a month, and a card that lasts.
    fn renew(&mut self, number: u64, now: i64) {
        let mut list = self.region.trust_list(number, now);
        list.issuers[0].keys.iter_mut().for_each(|key| key.not_after_unix_s = now + YEAR);
        let list = self.region.signed(list.draft(), &["js", "zj", "ah"]);
        self.gate.install_trust_list(list.as_bytes(), now).unwrap();
        let mut terms = catalogue(number, vec![open_application()]);
        terms.edition = crate::practice::region::edition_at(number, now);
        let terms = self.region.signed(terms.draft(), &["js", "zj", "ah"]);
        self.gate.install_catalogue(terms.as_bytes(), now).unwrap();
        self.card = self.region.cards.credential(|card| card.expires_unix_s = now + YEAR);
    }
}

#[test]
fn roots_are_due_then_expired_and_the_preflight_says_so_from_the_first_day() {
    let mut hall = Hall::new();
    let (due, end) = (FOUNDED + YEAR, FOUNDED + 3 * YEAR);
    let expected = (Until::Second { unix_s: end - 1 }, 711, true);
    let seen = hall.endings(NOW, |reason| *reason == EndReason::RootsExpire);
    let seen: Vec<_> = seen.iter().map(|e| (e.until, e.reason.number(), e.refuses)).collect();
    assert_eq!(seen, [expected]);
    assert!(!hall.gate.preflight(due).roots.unwrap().overdue);

    hall.renew(2, due);
    let says_due =
        |advisories: Vec<Advisory>| advisories.contains(&Advisory::RootsDue { due_unix_s: due });
    assert!(!says_due(hall.advisories(due)));
    assert!(says_due(hall.advisories(due + 1)));
    assert!(hall.gate.preflight(due + 1).roots.unwrap().overdue);

    hall.renew(3, end - DAY);
    assert_eq!(number(&hall.shown(end - 1)), None);
    assert_eq!(number(&hall.shown(end)), Some(711));
    // Roots that have expired still say who makes the next ones.
    let before = hall.gate.roots().document().unwrap();
    let next = hall.region.following(before, end).draft();
    let next = hall.region.signed(next, &["sh", "js", "zj"]);
    assert_eq!(hall.gate.install_roots(next.as_bytes()), Ok(()));
    assert_eq!(number(&hall.shown(end)), None);
}

#[test]
fn a_gate_that_misses_something_newer_says_what_and_since_when_and_refuses_nobody() {
    let mut hall = Hall::new();
    let notice = withdrawal("cn-32", &[&hall.region.cards.phone], NOW).draft();
    let hash = notice.as_ref().unwrap().hash();
    let mut named = index(2, 1, 3, NOW);
    named.withdrawals = vec![hash];
    let signed = signed_by(named.draft(), &[&hall.region.members[4].index_key]);
    hall.gate.install_index(signed.as_bytes(), NOW).unwrap();

    let missing = |hall: &mut Hall, now| {
        let missing = hall.advisories(now).into_iter().find_map(|advisory| match advisory {
            Advisory::NewerExists { missing } => Some(missing),
            _ => None,
        });
        let missing: Vec<_> = missing.iter().flatten().map(|kind| kind.name()).collect();
        // The preflight says the same, since that index was made, and that it refuses nobody.
        let newer = |reason: &EndReason| matches!(reason, EndReason::NewerExists { .. });
        let endings = hall.endings(now, newer);
        assert!(endings.iter().all(|ending| {
            let since = Until::Second { unix_s: NOW - 1 };
            ending.until == since && !ending.refuses && ending.reason.number() == 0
        }));
        let mut kinds: Vec<_> = endings
            .iter()
            .map(|ending| match ending.reason {
                EndReason::NewerExists { kind } => kind,
                _ => panic!(),
            })
            .collect();
        kinds.sort();
        assert_eq!(kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>(), missing);
        missing
    };
    assert_eq!(missing(&mut hall, NOW), ["roots", "catalogue", "withdrawal"]);

    let notice = hall.region.signed(notice, &["js"]);
    hall.gate.install_withdrawal(notice.as_bytes(), NOW).unwrap();
    assert_eq!(missing(&mut hall, NOW), ["roots", "catalogue"]);
    let before = hall.gate.roots().document().unwrap();
    let next = hall.region.following(before, NOW).draft();
    let next = hall.region.signed(next, &["sh", "js", "zj"]);
    hall.gate.install_roots(next.as_bytes()).unwrap();
    assert_eq!(missing(&mut hall, NOW), ["catalogue"]);
    hall.renew(3, NOW);
    assert_eq!(missing(&mut hall, NOW), [""; 0]);
}

/// Who looks at a gate in the morning sees a withdrawn key before the first card is shown.
#[test]
fn the_preflight_shows_what_a_notice_stops() {
    let mut hall = Hall::new();
    let withdrawn = |reason: &EndReason| matches!(reason, EndReason::KeyWithdrawn { .. });
    assert_eq!(hall.endings(NOW, withdrawn), []);
    let notice = withdrawal("cn-31", &[&hall.region.cards.issuer], NOW);
    let signed = hall.region.signed(notice.draft(), &["sh"]);
    hall.gate.install_withdrawal(signed.as_bytes(), NOW).unwrap();
    let now = NOW + 60;
    assert_eq!(number(&hall.shown(now)), Some(205));
    let endings = hall.endings(now, withdrawn);
    let seen: Vec<_> = endings.iter().map(|e| (e.until, e.reason.number(), e.refuses)).collect();
    assert_eq!(seen, [(Until::Second { unix_s: NOW - 1 }, 205, true)]);
    // When it is over, the key counts again.
    hall.renew(2, notice.expires_unix_s);
    assert_eq!(hall.endings(notice.expires_unix_s, withdrawn), []);
    assert_eq!(number(&hall.shown(notice.expires_unix_s)), None);
}

#[test]
fn a_notice_that_another_outlasts_is_not_missed() {
    // The short one comes first, and the long one takes its place; or the other way round.
    for days in [[7, 8], [8, 7]] {
        let mut hall = Hall::new();
        let notices = days.map(|days| {
            let mut notice = withdrawal("cn-32", &[&hall.region.cards.phone], NOW);
            notice.expires_unix_s = NOW + days * DAY;
            notice.draft().unwrap()
        });
        let mut named = index(1, 1, 1, NOW);
        named.withdrawals = notices.iter().map(|notice| notice.hash()).collect();
        let signed = signed_by(named.draft(), &[&hall.region.members[4].index_key]);
        hall.gate.install_index(signed.as_bytes(), NOW).unwrap();
        let newer = |advisory: &Advisory| matches!(advisory, Advisory::NewerExists { .. });
        for notice in notices {
            assert!(hall.advisories(NOW).iter().any(newer));
            let notice = hall.region.signed(Ok(notice), &["js"]);
            hall.gate.install_withdrawal(notice.as_bytes(), NOW).unwrap();
        }
        assert!(!hall.advisories(NOW).iter().any(newer));
    }
}
