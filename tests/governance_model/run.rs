//! Does each step to a scanner and to the model, and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use onecode::gate::{StatusAnswer, UnknownStatus};
use onecode::governance::{
    DocumentKind, Holder, HolderKey, Roots, RootsDocument, Sha256Hash, SignedDocument, Thresholds,
    Withdrawal,
};
use onecode::jose::Edition;
use onecode::preflight::DocumentState;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::{MaySign, TrustList, TrustedIssuer};
use onecode::{
    Algorithm, CardCredential, Code, CodeClaims, Policy, Region, Scanner, SigningKey, SoftwareKey,
    Verdict,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::model::{self, Issuer, IssuerKey, Key, Model, Role, Shown, DAY};
use super::steps::{step, theft, Number, Plan, Signing, Step, When, ALL, KEYS};
use crate::practice::{
    card, catalogue, context, issuer, issuer_key, key, name, open_application, NOW,
};

/// What the steps need of keys and cards, made once.
struct World {
    holders: Vec<SoftwareKey>,
    cards: BTreeMap<IssuerKey, SoftwareKey>,
    phone: SoftwareKey,
    /// One of Shanghai's that its status lists may suspend, another one, and one of Jiangsu's.
    credentials: [(IssuerKey, bool, CardCredential); 3],
}

const SUSPENDED: u32 = 7;

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let p256 = || key(Algorithm::Esp256);
    let keys = [
        IssuerKey::ShanghaiCards,
        IssuerKey::ShanghaiStatus(0),
        IssuerKey::ShanghaiStatus(1),
        IssuerKey::JiangsuCards,
    ];
    let cards: BTreeMap<_, _> = keys.into_iter().map(|key| (key, p256())).collect();
    let phone = p256();
    let credential = |signer: IssuerKey, status_index| {
        let region = match signer.issuer() {
            Issuer::Shanghai => Region::SHANGHAI,
            Issuer::Jiangsu => Region::JIANGSU,
        };
        let expires_unix_s = NOW + 9_999 * DAY;
        let card = card(phone.public_key());
        let claims = onecode::CardClaims { region, status_index, expires_unix_s, ..card };
        CardCredential::issue(claims, &cards[&signer]).unwrap()
    };
    let credentials = [
        (IssuerKey::ShanghaiCards, true, credential(IssuerKey::ShanghaiCards, SUSPENDED)),
        (IssuerKey::ShanghaiCards, false, credential(IssuerKey::ShanghaiCards, 8)),
        (IssuerKey::JiangsuCards, false, credential(IssuerKey::JiangsuCards, 9)),
    ];
    World { holders: (0..KEYS).map(|_| p256()).collect(), cards, phone, credentials }
});

/// Something that can be offered, for both.
#[derive(Clone)]
enum Offer {
    Roots(model::Roots, SignedDocument),
    List(Role, model::List, SignedDocument),
    Notice(model::Notice, SignedDocument),
    Status(model::StatusList, Vec<u8>),
}

struct Run {
    now: i64,
    scanner: Scanner,
    model: Model,
    /// What has been offered so far, with the keys that signed it.
    offered: Vec<(Offer, Signing)>,
    hashes: Vec<Sha256Hash>,
    /// Of each document, all keys that have signed any copy.
    signed_by: BTreeMap<model::Id, BTreeSet<Key>>,
}

fn policy() -> Policy {
    Policy { without_status_lists: true, ..Policy::default() }
}

fn sign(draft: &SignedDocument, by: &Signing) -> String {
    let mut document = draft.clone();
    by.keys.iter().for_each(|key| document.sign(&WORLD.holders[*key], i64::MAX).unwrap());
    let Some(at) = by.broken.filter(|at| *at < by.keys.len()) else { return document.to_json() };
    let mut json: serde_json::Value = serde_json::from_str(&document.to_json()).unwrap();
    let signature = &mut json["signatures"][at]["signature"];
    let text = signature.as_str().unwrap();
    let other = if text.starts_with('A') { "B" } else { "A" };
    *signature = format!("{other}{}", &text[1..]).into();
    json.to_string()
}

/// The keys whose signatures hold, in their order.
fn sound(by: &Signing) -> Vec<Key> {
    let at = by.keys.iter().enumerate();
    at.filter(|(at, _)| by.broken != Some(*at)).map(|(_, key)| *key).collect()
}

fn kind(role: Role) -> DocumentKind {
    match role {
        Role::Roots => DocumentKind::Roots,
        Role::TrustList => DocumentKind::TrustList,
        Role::Catalogue => DocumentKind::Catalogue,
        Role::Withdrawal => DocumentKind::Withdrawal,
    }
}

fn issuer_id(issuer: Issuer) -> &'static str {
    match issuer {
        Issuer::Shanghai => "cn-31",
        Issuer::Jiangsu => "cn-32",
    }
}

/// The first two holders answer for Shanghai, the third for Jiangsu.
fn answers_for(holder: usize) -> BTreeSet<Issuer> {
    match holder {
        0 | 1 => [Issuer::Shanghai].into(),
        2 => [Issuer::Jiangsu].into(),
        _ => BTreeSet::new(),
    }
}

impl Run {
    fn new(five: bool) -> Self {
        let mut run = Run {
            now: NOW,
            scanner: Scanner::new(WORLD.holders[0].public_key(), policy()),
            model: Model::lone_key(0),
            offered: Vec::new(),
            hashes: Vec::new(),
            signed_by: BTreeMap::new(),
        };
        if five {
            let at = NOW - 40 * DAY;
            let founding = run.roots(&Plan::five(), 1, None, at, 200 * DAY).unwrap();
            let by = Signing { keys: vec![0, 1, 2], broken: None };
            let Offer::Roots(model, draft) = founding else { unreachable!() };
            run.signed_by.insert(model.id, BTreeSet::from([0, 1, 2]));
            let roots = Roots::edition(sign(&draft, &by).as_bytes()).unwrap();
            run.scanner = Scanner::new(roots, policy());
            run.model = Model::edition(model);
        }
        run
    }

    /// A gate of the five that has lists of all kinds.
    fn at_work() -> Result<Self, TestCaseError> {
        let mut run = Run::new(true);
        for role in [Role::TrustList, Role::Catalogue] {
            let step = Step::List {
                role,
                number: Number::Beside(1),
                at: When::Now(-DAY),
                life: 60 * DAY,
                deals: false,
                withdraws: false,
                by: Signing { keys: vec![2, 3, 4], broken: None },
            };
            run.step(&step)?;
        }
        run.step(&Step::Status { key: 0, at: When::Now(-60), life: 60 * DAY, suspends: true })?;
        Ok(run)
    }

    fn time(&self, when: When) -> i64 {
        let roots = self.model.roots().map_or(NOW, |roots| roots.issued_at);
        let time = match when {
            When::Now(seconds) => self.now + seconds,
            When::Roots(seconds) => roots + seconds,
            When::Status(seconds) => self.model.status_issued_at().unwrap_or(NOW) + seconds,
        };
        // There is no time before 1970, and the numbers of lists need some room.
        time.max(100)
    }

    /// A name for a new document; its hash is known when it is written.
    fn id_of(&mut self, draft: &SignedDocument) -> model::Id {
        let hash = draft.hash();
        let known = self.hashes.iter().position(|other| *other == hash);
        known.unwrap_or_else(|| {
            self.hashes.push(hash);
            self.hashes.len() - 1
        })
    }

    /// `next_update` is different for each, so that no two are the same by chance and the preflight
    /// shows which one is in force.
    fn edition(&self, sequence: u64, issued_at_unix_s: i64, life: i64) -> Edition {
        Edition {
            sequence,
            issued_at_unix_s,
            next_update_unix_s: issued_at_unix_s + 1 + self.offered.len() as i64,
            expires_unix_s: issued_at_unix_s + life,
            previous: None,
            critical: vec![],
        }
    }

    fn roots(
        &mut self,
        plan: &Plan,
        number: u64,
        previous: Option<model::Id>,
        at: i64,
        life: i64,
    ) -> Option<Offer> {
        let holder = |holder: usize| Holder {
            id: format!("h{holder}"),
            name: name("持有方", "Holder"),
            issuers: answers_for(holder).into_iter().map(|id| issuer_id(id).into()).collect(),
            keys: plan
                .keys_of(holder)
                .map(|key| HolderKey {
                    key: WORLD.holders[key].public_key(),
                    signs: plan.roles[key].iter().map(|role| kind(*role)).collect(),
                })
                .collect(),
        };
        let [of_roots, of_trust_list, of_catalogue] = plan.thresholds;
        let document = RootsDocument {
            edition: Edition {
                previous: previous.map(|id| self.hashes[id]),
                ..self.edition(number, at, life)
            },
            thresholds: Thresholds {
                roots: of_roots as u8,
                trust_list: of_trust_list as u8,
                catalogue: of_catalogue as u8,
            },
            holders: plan.holders().map(holder).collect(),
        };
        // Too high a threshold, or a number above its date.
        let draft = document.draft().ok()?;
        let holders = plan.holders().map(|holder| model::Holder {
            keys: plan
                .keys_of(holder)
                .map(|key| (key, plan.roles[key].iter().copied().collect()))
                .collect(),
            answers_for: answers_for(holder),
        });
        let model = model::Roots {
            id: self.id_of(&draft),
            number,
            previous,
            issued_at: at,
            expires: at + life,
            holders: holders.collect(),
            thresholds: ALL.into_iter().zip(plan.thresholds).collect(),
        };
        Some(Offer::Roots(model, draft))
    }

    fn list(
        &mut self,
        role: Role,
        mut list: model::List,
        deals: bool,
        withdraws: bool,
    ) -> Option<Offer> {
        let edition = self.edition(list.number, list.issued_at, list.expires - list.issued_at);
        let draft = match role {
            Role::TrustList => {
                let notices = self.offered.iter().filter_map(|(offer, _)| match offer {
                    Offer::Notice(notice, _) if deals => Some(notice.id),
                    _ => None,
                });
                list.deals_with = notices.collect();
                if withdraws {
                    list.withdraws.insert(IssuerKey::ShanghaiStatus(0));
                }
                self.trust_list(edition, &list).draft()
            }
            _ => {
                let mut terms = catalogue(1, vec![open_application()]);
                terms.edition = edition;
                terms.draft()
            }
        };
        let draft = draft.ok()?;
        list.id = self.id_of(&draft);
        Some(Offer::List(role, list, draft))
    }

    fn trust_list(&self, edition: Edition, list: &model::List) -> TrustList {
        let key = |signer: IssuerKey| {
            let status = matches!(signer, IssuerKey::ShanghaiStatus(_));
            let credentials = match (status, signer.issuer()) {
                (true, _) => vec![],
                (false, Issuer::Shanghai) => vec![Region::SHANGHAI],
                (false, Issuer::Jiangsu) => vec![Region::JIANGSU],
            };
            let mut key = issuer_key(WORLD.cards[&signer].public_key(), &[]);
            key.may_sign = MaySign { credentials, status_lists: status, receipts: vec![] };
            (key.not_before_unix_s, key.not_after_unix_s) = (0, NOW + 9_999 * DAY);
            key.withdrawn_from_unix_s = list.withdraws.contains(&signer).then_some(0);
            key
        };
        let of = |id: Issuer| -> TrustedIssuer {
            let keys = WORLD.cards.keys().filter(|key| key.issuer() == id).map(|k| key(*k));
            issuer(issuer_id(id), Region::SHANGHAI, keys.collect())
        };
        TrustList {
            edition,
            withdrawals: list.deals_with.iter().map(|id| self.hashes[*id]).collect(),
            algorithms: vec![],
            issuers: vec![of(Issuer::Shanghai), of(Issuer::Jiangsu)],
        }
    }

    fn notice(&mut self, mut notice: model::Notice) -> Offer {
        let withdrawal = Withdrawal {
            issued_at_unix_s: notice.issued_at,
            expires_unix_s: notice.expires,
            critical: vec![],
            issuer: issuer_id(notice.issuer).into(),
            keys: vec![WORLD.cards[&notice.key].public_key().kid()],
        };
        let draft = withdrawal.draft().unwrap();
        notice.id = self.id_of(&draft);
        Offer::Notice(notice, draft)
    }

    fn status(list: model::StatusList) -> Offer {
        let mut agency = StatusIssuer::new("cn-31", 100);
        if list.suspends {
            agency.suspend(SUSPENDED).unwrap();
        }
        let publication = StatusPublication {
            issued_at_unix_s: list.issued_at,
            expires_unix_s: list.expires,
            ttl_s: 60,
        };
        let cwt = agency.publish(publication, &WORLD.cards[&list.signer]).unwrap().remove(0);
        Offer::Status(list, cwt)
    }

    /// Offers it to both, which must agree.
    fn offer(&mut self, offer: &Offer, by: &Signing) -> TestCaseResult {
        let (now, sound) = (self.now, sound(by));
        let (taken, expected) = match offer {
            Offer::Roots(roots, draft) => {
                self.signed_by.entry(roots.id).or_default().extend(&sound);
                let taken = self.scanner.install_roots(sign(draft, by).as_bytes());
                (taken, self.model.offer_roots(roots, &sound))
            }
            Offer::List(role, list, draft) => {
                self.signed_by.entry(list.id).or_default().extend(&sound);
                let json = sign(draft, by);
                let taken = match role {
                    Role::TrustList => self.scanner.install_trust_list(json.as_bytes(), now),
                    _ => self.scanner.install_catalogue(json.as_bytes(), now),
                };
                (taken, self.model.offer_list(*role, list, &sound, now))
            }
            Offer::Notice(notice, draft) => {
                let before = self.shown();
                let taken = self.scanner.install_withdrawal(sign(draft, by).as_bytes(), now);
                for (before, after) in before.iter().zip(self.shown()) {
                    let refused = |shown: &Shown| matches!(shown, Shown::Refused(_));
                    prop_assert!(!refused(before) || refused(&after), "{before:?}, then {after:?}");
                }
                (taken, self.model.offer_notice(notice, &sound, now))
            }
            Offer::Status(list, cwt) => {
                let taken = self.scanner.install_status(cwt, now);
                (taken, self.model.offer_status(list, now))
            }
        };
        prop_assert_eq!(taken.is_ok(), expected, "{:?}", taken);
        Ok(())
    }

    fn step(&mut self, step: &Step) -> TestCaseResult {
        let made = match step.clone() {
            Step::Roots { plan, number, follows, at, life, by } => {
                let number = self.model.number().saturating_add_signed(number);
                let previous = self.model.walked.last().copied().filter(|_| follows);
                let previous =
                    previous.or((number > 1).then_some(0).filter(|_| !self.hashes.is_empty()));
                let previous = previous.filter(|_| number > 1);
                let at = self.time(at);
                self.roots(&plan, number, previous, at, 10 * life).map(|offer| (offer, by))
            }
            Step::List { role, number, at, life, deals, withdraws, by } => {
                let issued_at = self.time(at);
                let number = match number {
                    Number::Beside(by) => self.model.number_of(role).saturating_add_signed(by),
                    Number::Highest => issued_at as u64,
                };
                let (deals_with, withdrawn) = (BTreeSet::new(), BTreeSet::new());
                let expires = issued_at + life;
                let list = model::List {
                    id: 0,
                    number,
                    issued_at,
                    expires,
                    deals_with,
                    withdraws: withdrawn,
                };
                self.list(role, list, deals, withdraws).map(|offer| (offer, by))
            }
            Step::Notice { key, misnamed, at, life, by } => {
                let issued_at = self.time(at);
                let issuer = match (key.issuer(), misnamed) {
                    (Issuer::Shanghai, false) | (Issuer::Jiangsu, true) => Issuer::Shanghai,
                    _ => Issuer::Jiangsu,
                };
                let expires = issued_at + life;
                let notice = model::Notice { id: 0, issuer, key, issued_at, expires };
                Some((self.notice(notice), by))
            }
            Step::Status { key, at, life, suspends } => {
                let issued_at = self.time(at);
                let signer = IssuerKey::ShanghaiStatus(key);
                let expires = issued_at + life;
                let list = model::StatusList { signer, issued_at, expires, suspends };
                Some((Run::status(list), Signing { keys: vec![], broken: None }))
            }
            Step::Again { which, by } => {
                if self.offered.is_empty() {
                    return Ok(());
                }
                let (offer, before) = self.offered[which.index(self.offered.len())].clone();
                return self.offer(&offer, &by.unwrap_or(before));
            }
            Step::Restart { lists_again } => return self.restart(lists_again),
            Step::BeginAnew { plan, number, at, by } => {
                return self.begin_anew(&plan, number as u64, at, &by)
            }
            Step::Clock { by } => {
                self.now = (self.now + by).max(1_000);
                None
            }
            Step::Flat => {
                // It is set again with the next step that moves it.
                let set = if self.now < DAY { NOW } else { 1_000 };
                self.now = set;
                None
            }
        };
        if let Some((offer, by)) = made {
            self.offer(&offer, &by)?;
            self.offered.push((offer, by));
        }
        Ok(())
    }

    fn restart(&mut self, lists_again: bool) -> TestCaseResult {
        let held = (self.model.trust_list().cloned(), self.model.catalogue().cloned());
        self.scanner = Scanner::restore(&self.scanner.snapshot(), policy()).unwrap();
        self.model.restart();
        if !lists_again {
            return Ok(());
        }
        let held: Vec<_> = [held.0, held.1].into_iter().flatten().map(|list| list.id).collect();
        let again = |offer: &Offer| match offer {
            Offer::List(_, list, _) => held.contains(&list.id),
            Offer::Status(..) => true,
            Offer::Roots(..) | Offer::Notice(..) => false,
        };
        let mut again: Vec<_> =
            self.offered.iter().filter(|(offer, _)| again(offer)).cloned().collect();
        // Status lists need a trust list.
        again.sort_by_key(|(offer, _)| matches!(offer, Offer::Status(..)));
        again.iter().try_for_each(|(offer, by)| self.offer(offer, by))
    }

    fn begin_anew(&mut self, plan: &Plan, number: u64, at: When, by: &Signing) -> TestCaseResult {
        let at = self.time(at);
        let previous = (number > 1).then_some(0);
        if previous.is_some() && self.hashes.is_empty() {
            return Ok(());
        }
        let Some(Offer::Roots(model, draft)) = self.roots(plan, number, previous, at, 100 * DAY)
        else {
            return Ok(());
        };
        let sound = sound(by);
        self.signed_by.entry(model.id).or_default().extend(&sound);
        let roots = Roots::edition(sign(&draft, by).as_bytes());
        prop_assert_eq!(roots.is_ok(), self.model.begin_anew(&model, &sound));
        if let Ok(roots) = roots {
            self.scanner.begin_anew(roots);
        }
        Ok(())
    }

    fn shown(&self) -> Vec<Shown> {
        // Nothing that one scan learns is to change another.
        let mut scanner = self.scanner.clone();
        let context = context(self.now);
        let mut show = |credential: &CardCredential| {
            let code = Code::make(credential, &WORLD.phone, &CodeClaims::at(self.now)).unwrap();
            match scanner.scan(code.text(), &context) {
                Verdict::Refused(refusal) => Shown::Refused(refusal.number()),
                Verdict::Accepted(accepted) => Shown::Accepted(match accepted.status {
                    StatusAnswer::Valid { .. } => "valid",
                    StatusAnswer::Unknown(UnknownStatus::OldList { .. }) => "old",
                    StatusAnswer::Unknown(UnknownStatus::Withdrawn { .. }) => "withdrawn",
                    StatusAnswer::Unknown(_) => "none",
                }),
                other => panic!("{other:?}"),
            }
        };
        WORLD.credentials.iter().map(|(_, _, credential)| show(credential)).collect()
    }

    fn compare(&self) -> TestCaseResult {
        let roots = self.scanner.roots();
        prop_assert_eq!(roots.number(), self.model.number());
        let walked = self.model.walked.last().map(|id| self.hashes[*id]);
        prop_assert_eq!(roots.document_hash(), walked);
        let preflight = self.scanner.preflight(self.now);
        let state = |state: Option<DocumentState>| {
            state.map(|state| (state.sequence, state.issued_at_unix_s, state.expires_unix_s))
        };
        let expected = |list: Option<&model::List>| {
            list.map(|list| (list.number, list.issued_at, list.expires))
        };
        prop_assert_eq!(state(preflight.trust_list), expected(self.model.trust_list()));
        prop_assert_eq!(state(preflight.catalogue), expected(self.model.catalogue()));
        let shown: Vec<Shown> = WORLD
            .credentials
            .iter()
            .map(|(signer, suspended, _)| self.model.show(*signer, *suspended, self.now))
            .collect();
        prop_assert_eq!(self.shown(), shown);
        Ok(())
    }

    /// Without a look at holders: three of them have at least three keys.
    fn nothing_by_fewer_than(&self, keys: usize) -> TestCaseResult {
        let lists = [self.model.trust_list(), self.model.catalogue()];
        let ids = lists.into_iter().flatten().map(|list| list.id);
        for id in ids.chain(self.model.walked.last().copied()) {
            let signers = &self.signed_by[&id];
            prop_assert!(signers.len() >= keys, "document {id} by {signers:?}");
        }
        Ok(())
    }
}

fn all(mut run: Run, steps: &[Step], check: impl Fn(&Run) -> TestCaseResult) -> TestCaseResult {
    for step in steps {
        run.step(step)?;
        run.compare()?;
        check(&run)?;
    }
    Ok(())
}

/// As many as `PROPTEST_CASES` says, or so many.
fn cases(usual: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig { cases: asked.unwrap_or(usual), ..ProptestConfig::default() }
}

fn any_thresholds() -> impl Strategy<Value = [usize; 3]> + Clone {
    prop_oneof![3 => Just([3; 3]), 1 => [1..=5usize, 1..=5usize, 1..=5usize]]
}

proptest! {
    #![proptest_config(cases(40))]

    #[test]
    fn a_scanner_with_a_lone_key_believes_what_the_rules_say(
        steps in vec(step(any_thresholds()), 1..30)
    ) {
        all(Run::new(false), &steps, |_| Ok(()))?;
    }

    #[test]
    fn a_scanner_with_five_holders_believes_what_the_rules_say(
        steps in vec(step(any_thresholds()), 1..30)
    ) {
        all(Run::new(true), &steps, |_| Ok(()))?;
    }

    #[test]
    fn where_three_of_five_sign_nothing_by_fewer_is_ever_in_force(
        steps in vec(step(Just([3; 3])), 1..30)
    ) {
        all(Run::new(true), &steps, |run| run.nothing_by_fewer_than(3))?;
    }

    #[test]
    fn while_keys_of_issuers_are_stolen_a_scanner_believes_what_the_rules_say(
        steps in vec(theft(), 1..40)
    ) {
        all(Run::at_work()?, &steps, |_| Ok(()))?;
    }
}
