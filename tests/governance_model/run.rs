//! Does each step to a scanner and to the model, and compares.

use std::collections::{BTreeMap, BTreeSet};

use onecode::gate::{StatusAnswer, UnknownStatus};
use onecode::governance::{Roots, Sha256Hash};
use onecode::preflight::DocumentState;
use onecode::{CardCredential, Code, CodeClaims, Scanner, SigningKey, Verdict};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::model::{self, Issuer, IssuerKey, Key, Model, Role, Shown, DAY};
use super::steps::{step, theft, Number, Plan, Signing, Step, When};
use super::world::{policy, sign, sound, Offer, WORLD};
use crate::practice::{context, NOW};

pub(super) struct Run {
    pub(super) now: i64,
    scanner: Scanner,
    pub(super) model: Model,
    /// What has been offered so far, with the keys that signed it.
    pub(super) offered: Vec<(Offer, Signing)>,
    pub(super) hashes: Vec<Sha256Hash>,
    /// Of each document, all keys that have signed any copy.
    signed_by: BTreeMap<model::Id, BTreeSet<Key>>,
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
