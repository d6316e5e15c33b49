//! A key is stolen, or lost, or both: what the thief can do, and how the region gets rid of it.

use onecode::catalogue::{Application, Catalogue, DuplicateRule};
use onecode::governance::{Roots, Tally};
use onecode::jose::{DocumentError, Edition};
use onecode::trust::TrustList;
use onecode::{
    Algorithm, CardCredential, Code, CodeClaims, InstallError, Policy, Region, Scanner, SigningKey,
    SoftwareKey,
};

use crate::practice::region::{edition_at, signed_by, withdrawal, Five};
use crate::practice::{
    catalogue, context, issuer, issuer_key, key, number, open_application, Practice, DAY, NOW,
};

/// A gate in a region whose one key signs everything. Each card passes once a day.
struct LoneKey {
    world: Practice,
    gate: Scanner,
    card: CardCredential,
}

impl LoneKey {
    fn new() -> Self {
        let ed25519 = Algorithm::Ed25519;
        let world = Practice::new(ed25519, ed25519, ed25519);
        let mut gate = world.scanner(Policy::default());
        gate.install_catalogue(daily(2, NOW).sign(&world.root).unwrap().as_bytes(), NOW).unwrap();
        let card = world.credential(|_| ());
        LoneKey { world, gate, card }
    }

    fn code(&self, now: i64) -> Code {
        Code::make(&self.card, &self.world.phone, &CodeClaims::at(now)).unwrap()
    }

    fn shown(&mut self, code: &Code, now: i64) -> Option<u16> {
        number(&self.gate.scan(code.text(), &context(now)))
    }

    fn operators_list(&self, sequence: u64, issued_at_unix_s: i64) -> TrustList {
        let edition = edition_at(sequence, issued_at_unix_s);
        TrustList { edition, ..self.world.trust_list(sequence) }
    }
}

/// Every card once a day.
fn daily(sequence: u64, issued_at_unix_s: i64) -> Catalogue {
    let duplicates = DuplicateRule::PassBack { seconds: 86_400 };
    let mut list = catalogue(sequence, vec![Application { duplicates, ..open_application() }]);
    list.edition = edition_at(sequence, issued_at_unix_s);
    list
}

/// The thief is the only issuer, for as long as a list can be made to last.
fn thiefs_list(sequence: u64, issued_at_unix_s: i64) -> TrustList {
    let own = issuer_key(key(Algorithm::Ed25519).public_key(), &[Region::SHANGHAI]);
    let edition =
        Edition { expires_unix_s: 253_402_300_799, ..edition_at(sequence, issued_at_unix_s) };
    let issuers = vec![issuer("cn-31", Region::SHANGHAI, vec![own])];
    TrustList { edition, withdrawals: vec![], algorithms: vec![], issuers }
}

fn too_few(holders: &[&str], needed: usize, unknown: usize) -> Result<(), InstallError> {
    let holders = holders.iter().map(|id| id.to_string()).collect();
    let tally = Tally { needed, holders, unknown, ..Tally::default() };
    Err(InstallError::Document(DocumentError::NotEnough(tally)))
}

/// A number is at most the time of its document, and that time at most a day ahead. So the highest
/// number that can be is passed a day later by everybody who numbers documents by the time.
#[test]
fn a_stolen_lone_key_shuts_its_operator_out_for_one_day() {
    let mut region = LoneKey::new();
    let used = region.code(NOW + 2);
    assert_eq!(region.shown(&used, NOW + 2), None);

    // The thief strikes, with the highest number that the gate takes.
    let take = |region: &mut LoneKey, list: &TrustList, now: i64| {
        let json = list.sign(&region.world.root).unwrap();
        region.gate.install_trust_list(json.as_bytes(), now)
    };
    for beyond in [NOW as u64 + 86_401, 1 << 53, u64::MAX] {
        thiefs_list(beyond, NOW + DAY).draft().unwrap_err();
    }
    let later = thiefs_list(NOW as u64 + 86_401, NOW + DAY + 1);
    let ahead = take(&mut region, &later, NOW);
    assert!(matches!(ahead, Err(InstallError::IssuedAhead { .. })), "{ahead:?}");
    let highest = NOW as u64 + 86_400;
    assert_eq!(take(&mut region, &thiefs_list(highest, NOW + DAY), NOW), Ok(()));

    // The gate serves the thief: clocks seem wrong to it, and the operator's list is an old one.
    assert_eq!(region.shown(&used, NOW + 4), Some(706));
    let reply = region.operators_list(NOW as u64 + 5, NOW + 5);
    let rollback = InstallError::Rollback { in_force: NOW + DAY, offered: NOW + 5 };
    assert_eq!(take(&mut region, &reply, NOW + 5), Err(rollback));

    // A day later the operator's next list has a higher number. Nobody has touched the gate.
    let now = NOW + DAY + 1;
    let reply = region.operators_list(highest + 1, now);
    assert_eq!(take(&mut region, &reply, now), Ok(()));
    let code = region.code(now);
    assert_eq!(region.shown(&code, now), Some(602), "the card has passed less than a day ago");
    assert_eq!(region.shown(&region.code(now + 2), now + 2), None);
}

#[test]
fn an_operator_with_a_new_key_begins_anew_at_once_and_no_used_code_is_forgotten() {
    let mut region = LoneKey::new();
    let used = region.code(NOW);
    assert_eq!(region.shown(&used, NOW), None);
    let theft = thiefs_list(NOW as u64 + 86_400, NOW + DAY).sign(&region.world.root).unwrap();
    region.gate.install_trust_list(theft.as_bytes(), NOW).unwrap();

    // By hand, after a call from the operator: only this key from now on.
    let new = key(Algorithm::Ed25519);
    region.gate.begin_anew(new.public_key());
    assert_eq!(region.shown(&used, NOW + 1), Some(701), "the thief's list is out of force");
    let played_back = region.gate.install_trust_list(theft.as_bytes(), NOW + 1);
    assert_eq!(played_back, too_few(&[], 1, 1));

    let list = region.operators_list(1, NOW + 1).sign(&new).unwrap();
    assert_eq!(region.gate.install_trust_list(list.as_bytes(), NOW + 1), Ok(()));
    let list = daily(1, NOW + 1).sign(&new).unwrap();
    assert_eq!(region.gate.install_catalogue(list.as_bytes(), NOW + 1), Ok(()));
    assert_eq!(region.shown(&used, NOW + 2), Some(601));
    assert_eq!(region.shown(&region.code(NOW + 3), NOW + 3), Some(602));
    let stranger = region.world.credential(|card| card.status_index = 8);
    let code = region.world.code(&stranger, NOW + 3);
    assert_eq!(region.shown(&code, NOW + 3), None);
}

/// Such a gate has to say that its clock is wrong, so it takes a list from any time. It does not
/// hold on to it.
#[test]
fn a_list_from_the_year_9999_holds_no_gate_that_had_none() {
    let world = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519);
    let mut gate = Scanner::new(world.root.public_key(), Policy::default());
    let year_9999 = 253_402_300_798;
    let mut theft = thiefs_list(year_9999 as u64, year_9999);
    theft.edition.next_update_unix_s = year_9999;
    let theft = theft.sign(&world.root).unwrap();
    assert_eq!(gate.install_trust_list(theft.as_bytes(), NOW), Ok(()));
    // Over a restart, too.
    let mut restarted = Scanner::restore(&gate.snapshot(), Policy::default()).unwrap();
    let list = world.trust_list(1).sign(&world.root).unwrap();
    for gate in [&mut gate, &mut restarted] {
        assert_eq!(gate.install_trust_list(list.as_bytes(), NOW), Ok(()));
        let again = gate.install_trust_list(theft.as_bytes(), NOW);
        assert!(matches!(again, Err(InstallError::IssuedAhead { .. })), "{again:?}");
    }
}

/// A gate of the region of five, and what the thieves sign in vain.
struct Siege {
    region: Five,
    gate: Scanner,
}

impl Siege {
    fn new() -> Self {
        let region = Five::new();
        let gate = region.scanner();
        Siege { region, gate }
    }

    fn works(&mut self, now: i64) {
        let code = self.region.cards.code(&self.region.cards.credential(|_| ()), now);
        assert_eq!(number(&self.gate.scan(code.text(), &context(now))), None);
    }

    /// Everything that the thieves can try. Roots of their own, as the next edition or as the first
    /// one again; lists of all kinds with the highest number that can be.
    fn nothing_is_taken(&mut self, thieves: &[&SoftwareKey], known: &[&str], now: i64) {
        let before = (self.gate.roots().clone(), self.gate.preflight(now));
        let mut own = Five::new();
        own.members.truncate(1);
        let mut roots = match self.gate.roots().document() {
            Some(roots) => own.following(roots, now),
            None => own.founding(),
        };
        (roots.thresholds.roots, roots.thresholds.trust_list, roots.thresholds.catalogue) =
            (1, 1, 1);
        let mut keys = thieves.to_vec();
        keys.push(&own.members[0].keys[0]);
        let unknown = thieves.len() - known.len();
        let take = self.gate.install_roots(signed_by(roots.draft(), &keys).as_bytes());
        assert_eq!(take, too_few(known, 3, unknown + 1));
        let list = signed_by(thiefs_list(now as u64, now).draft(), thieves);
        let take = self.gate.install_trust_list(list.as_bytes(), now);
        assert_eq!(take, too_few(known, 3, unknown));
        let list = signed_by(daily(now as u64, now).draft(), thieves);
        let take = self.gate.install_catalogue(list.as_bytes(), now);
        assert_eq!(take, too_few(known, 3, unknown));
        assert_eq!((self.gate.roots().clone(), self.gate.preflight(now)), before);
        self.works(now);
    }

    /// The next roots without the thieves, signed by these three, and a list by three of them.
    fn thrown_out(&mut self, remaining: &[&str], now: i64) {
        let before = self.gate.roots().document().unwrap();
        let roots = self.region.signed(self.region.following(before, now).draft(), remaining);
        assert_eq!(self.gate.install_roots(roots.as_bytes()), Ok(()));
        let three = ["sh", "js", "escrow"];
        let list = self.region.signed(self.region.trust_list(2, now).draft(), &three);
        assert_eq!(self.gate.install_trust_list(list.as_bytes(), now), Ok(()));
        self.works(now);
    }
}

/// The same attack as on the lone key.
#[test]
fn with_one_stolen_key_of_five_nothing_is_taken_at_all() {
    let mut siege = Siege::new();
    let thief = siege.region.replace_key("js");
    siege.nothing_is_taken(&[&thief], &["js"], NOW);
    siege.thrown_out(&["sh", "zj", "ah"], NOW + 1);
    siege.nothing_is_taken(&[&thief], &[], NOW + 2);
}

#[test]
fn one_lost_key_of_five_is_replaced_by_the_others() {
    let mut siege = Siege::new();
    drop(siege.region.replace_key("sh"));
    siege.works(NOW);
    let list = siege.region.trust_list(2, NOW).draft();
    let list = siege.region.signed(list, &["js", "zj", "ah"]);
    assert_eq!(siege.gate.install_trust_list(list.as_bytes(), NOW), Ok(()), "lists go on");
    let before = siege.gate.roots().document().unwrap();
    let roots = siege.region.following(before, NOW + 1).draft();
    let roots = siege.region.signed(roots, &["js", "zj", "escrow", "sh"]);
    assert_eq!(siege.gate.install_roots(roots.as_bytes()), Ok(()));
    let list =
        siege.region.signed(siege.region.trust_list(3, NOW + 1).draft(), &["sh", "js", "ah"]);
    assert_eq!(siege.gate.install_trust_list(list.as_bytes(), NOW + 1), Ok(()));
}

#[test]
fn one_stolen_and_one_lost_key_of_five_are_replaced_by_the_other_three() {
    let mut siege = Siege::new();
    let thief = siege.region.replace_key("js");
    drop(siege.region.replace_key("sh"));
    siege.nothing_is_taken(&[&thief], &["js"], NOW);
    siege.thrown_out(&["zj", "ah", "escrow"], NOW + 1);
    siege.nothing_is_taken(&[&thief], &[], NOW + 2);
}

#[test]
fn two_lost_keys_of_five_are_replaced_by_the_other_three() {
    let mut siege = Siege::new();
    drop((siege.region.replace_key("sh"), siege.region.replace_key("js")));
    siege.thrown_out(&["zj", "ah", "escrow"], NOW);
}

#[test]
fn two_stolen_keys_of_five_sign_nothing_and_are_thrown_out() {
    let mut siege = Siege::new();
    let thieves = [siege.region.replace_key("sh"), siege.region.replace_key("js")];
    let thieves: Vec<&SoftwareKey> = thieves.iter().collect();
    siege.nothing_is_taken(&thieves, &["sh", "js"], NOW);
    siege.thrown_out(&["zj", "ah", "escrow"], NOW + 1);
    siege.nothing_is_taken(&thieves, &[], NOW + 2);
}

/// Three of five can do what the five can. Only hands on each gate help then, and what it has found
/// out itself survives them.
#[test]
fn three_stolen_keys_of_five_are_the_end_until_each_gate_begins_anew_by_hand() {
    let mut siege = Siege::new();
    let thieves = ["sh", "js", "zj"].map(|id| siege.region.replace_key(id));
    let thieves: Vec<&SoftwareKey> = thieves.iter().collect();
    let own = Five::new();
    let founding = siege.gate.roots().document().unwrap().clone();
    let coup = own.following(&founding, NOW);
    let keys = [thieves, own.keys(&["sh", "js", "zj"])].concat();
    assert_eq!(siege.gate.install_roots(signed_by(coup.draft(), &keys).as_bytes()), Ok(()));
    let list = own.signed(own.trust_list(NOW as u64, NOW).draft(), &["sh", "js", "zj"]);
    assert_eq!(siege.gate.install_trust_list(list.as_bytes(), NOW), Ok(()));

    let rightful = siege.region.following(&founding, NOW);
    let ids = ["sh", "js", "zj", "ah", "escrow"];
    let rightful = siege.region.signed(rightful.draft(), &ids);
    let take = siege.gate.install_roots(rightful.as_bytes());
    assert_eq!(take, too_few(&[], 3, 5), "the holders are others now");

    siege.gate.begin_anew(Roots::edition(rightful.as_bytes()).unwrap());
    let list = siege.region.signed(siege.region.trust_list(1, NOW + 1).draft(), &ids[..3]);
    assert_eq!(siege.gate.install_trust_list(list.as_bytes(), NOW + 1), Ok(()));
    let list = siege.region.signed(daily(2, NOW).draft(), &ids[2..]);
    assert_eq!(siege.gate.install_catalogue(list.as_bytes(), NOW + 1), Ok(()));
    siege.works(NOW + 1);
}

/// A thief may say who issues cards no more than the other holders let it; it may stop its own
/// province's cards, which the next roots put right.
#[test]
fn a_thief_withdraws_its_own_provinces_keys_until_the_next_roots() {
    let mut siege = Siege::new();
    let thief = siege.region.replace_key("sh");
    let notice = withdrawal("cn-31", &[&siege.region.cards.issuer], NOW);
    let notice = signed_by(notice.draft(), &[&thief]);
    assert_eq!(siege.gate.install_withdrawal(notice.as_bytes(), NOW), Ok(()));
    let card = siege.region.cards.credential(|_| ());
    let shown = |siege: &mut Siege, now: i64| {
        let code = siege.region.cards.code(&card, now);
        number(&siege.gate.scan(code.text(), &context(now)))
    };
    assert_eq!(shown(&mut siege, NOW), Some(205));
    siege.thrown_out(&["zj", "ah", "escrow"], NOW + 1);
    assert_eq!(shown(&mut siege, NOW + 2), None);
    let again = siege.gate.install_withdrawal(notice.as_bytes(), NOW + 2);
    assert_eq!(again, too_few(&[], 1, 1));
}
