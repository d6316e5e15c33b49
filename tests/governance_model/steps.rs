//! What may happen, at random. Times and numbers are near those that matter.

use proptest::bool::weighted;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, Index};

use super::model::{IssuerKey, Key, Role, DAY};

/// Keys of holders, in the hands of whoever uses them.
pub const KEYS: usize = 9;
const HOLDERS: usize = 5;

/// Who holds which key, what each signs, and how many it takes.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The holder of each key; none for those above the last holder.
    pub holder_of: [usize; KEYS],
    pub roles: [Vec<Role>; KEYS],
    /// For roots, trust list, catalogue.
    pub thresholds: [usize; 3],
}

pub const ALL: [Role; 4] = [Role::Roots, Role::TrustList, Role::Catalogue, Role::Withdrawal];

impl Plan {
    /// Five holders with a key each, three of whom sign. Four keys are nobody's.
    pub fn five() -> Self {
        let holder_of = std::array::from_fn(|key| key);
        Plan { holder_of, roles: std::array::from_fn(|_| ALL.to_vec()), thresholds: [3; 3] }
    }

    pub fn keys_of(&self, holder: usize) -> impl Iterator<Item = Key> + '_ {
        (0..KEYS).filter(move |key| self.holder_of[*key] == holder)
    }

    pub fn holders(&self) -> impl Iterator<Item = usize> + '_ {
        (0..HOLDERS).filter(|holder| self.keys_of(*holder).next().is_some())
    }
}

/// A number beside the one to be passed.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    Beside(i64),
    /// As high as its date allows.
    Highest,
}

/// A time beside another.
#[derive(Clone, Copy, Debug)]
pub enum When {
    /// Seconds from the clock.
    Now(i64),
    /// Seconds from the date of the roots in force.
    Roots(i64),
    /// Seconds from the date of the last status list that was taken.
    Status(i64),
}

#[derive(Clone, Debug)]
pub struct Signing {
    pub keys: Vec<Key>,
    /// The signature at this place does not hold.
    pub broken: Option<usize>,
}

#[derive(Clone, Debug)]
pub enum Step {
    Roots {
        plan: Plan,
        number: i64,
        follows: bool,
        at: When,
        life: i64,
        by: Signing,
    },
    List {
        role: Role,
        number: Number,
        at: When,
        life: i64,
        deals: bool,
        withdraws: bool,
        by: Signing,
    },
    Notice {
        key: IssuerKey,
        misnamed: bool,
        at: When,
        life: i64,
        by: Signing,
    },
    Status {
        key: usize,
        at: When,
        life: i64,
        suspends: bool,
    },
    /// Something from before, with the same signatures or with others.
    Again {
        which: Index,
        by: Option<Signing>,
    },
    Restart {
        lists_again: bool,
    },
    BeginAnew {
        plan: Plan,
        number: i64,
        at: When,
        by: Signing,
    },
    Clock {
        by: i64,
    },
    /// The clock says 1970.
    Flat,
}

/// Small changes of the usual plan.
fn plan(thresholds: impl Strategy<Value = [usize; 3]>) -> impl Strategy<Value = Plan> {
    let moved = vec((0..KEYS, 0..HOLDERS + 2), 0..4);
    let narrowed = vec((0..KEYS, proptest::sample::subsequence(ALL.to_vec(), 1..4)), 0..3);
    (moved, narrowed, thresholds).prop_map(|(moved, narrowed, thresholds)| {
        let mut plan = Plan { thresholds, ..Plan::five() };
        moved.into_iter().for_each(|(key, holder)| plan.holder_of[key] = holder);
        narrowed.into_iter().for_each(|(key, roles)| plan.roles[key] = roles);
        plan
    })
}

fn signing() -> impl Strategy<Value = Signing> {
    let keys = || proptest::sample::subsequence((0..KEYS).collect::<Vec<_>>(), 1..=KEYS);
    let few = proptest::sample::subsequence((0..KEYS).collect::<Vec<_>>(), 1..=3);
    let chosen = prop_oneof![
        2 => Just((0..KEYS).collect::<Vec<_>>()),
        2 => Just(vec![0, 1, 2]),
        2 => keys(),
        2 => few,
    ];
    let broken = proptest::option::weighted(0.1, 0..KEYS);
    (chosen.prop_shuffle(), broken).prop_map(|(keys, broken)| Signing { keys, broken })
}

fn when() -> impl Strategy<Value = When> {
    prop_oneof![
        4 => select(vec![0, -1, -60, -DAY, -20 * DAY]).prop_map(When::Now),
        1 => select(vec![60, DAY, DAY + 1, 40 * DAY]).prop_map(When::Now),
        2 => select(vec![-1, 0, 1]).prop_map(When::Roots),
    ]
}

/// Of a status list: mostly beside the last one.
fn when_listed() -> impl Strategy<Value = When> {
    prop_oneof![1 => when(), 2 => select(vec![-1, 0, 0, 1]).prop_map(When::Status)]
}

fn life() -> impl Strategy<Value = i64> {
    select(vec![DAY, 10 * DAY, 10 * DAY, 60 * DAY])
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![
        6 => select(vec![-1, 0, 1, 1, 1, 2]).prop_map(Number::Beside),
        1 => Just(Number::Highest),
    ]
}

/// `thresholds` are those of all roots that are made.
fn roots(thresholds: impl Strategy<Value = [usize; 3]>) -> impl Strategy<Value = Step> {
    let next = select(vec![0, 1, 1, 1, 1, 1, 1, 2]);
    (plan(thresholds), next, weighted(0.95), when(), life(), signing()).prop_map(
        |(plan, number, follows, at, life, by)| Step::Roots { plan, number, follows, at, life, by },
    )
}

fn list(role: impl Strategy<Value = Role>, deals: f64) -> impl Strategy<Value = Step> {
    (role, number(), when(), life(), weighted(deals), weighted(0.2), signing()).prop_map(
        |(role, number, at, life, deals, withdraws, by)| Step::List {
            role,
            number,
            at,
            life,
            deals,
            withdraws,
            by,
        },
    )
}

fn notice() -> impl Strategy<Value = Step> {
    let key = select(vec![
        IssuerKey::ShanghaiCards,
        IssuerKey::ShanghaiCards,
        IssuerKey::ShanghaiStatus(0),
        IssuerKey::ShanghaiStatus(0),
        IssuerKey::ShanghaiStatus(1),
        IssuerKey::JiangsuCards,
    ]);
    // Mostly by one of those who answer for an issuer.
    let by = prop_oneof![
        3 => select(vec![0, 0, 1, 2]).prop_map(|key| Signing { keys: vec![key], broken: None }),
        1 => signing(),
    ];
    let at = prop_oneof![2 => Just(When::Now(0)), 1 => when()];
    (key, weighted(0.1), at, select(vec![60, DAY, 13 * DAY]), by)
        .prop_map(|(key, misnamed, at, life, by)| Step::Notice { key, misnamed, at, life, by })
}

fn status() -> impl Strategy<Value = Step> {
    (0..2usize, when_listed(), life(), any::<bool>())
        .prop_map(|(key, at, life, suspends)| Step::Status { key, at, life, suspends })
}

fn again() -> impl Strategy<Value = Step> {
    (any::<Index>(), proptest::option::of(signing()))
        .prop_map(|(which, by)| Step::Again { which, by })
}

fn restart() -> impl Strategy<Value = Step> {
    weighted(0.8).prop_map(|lists_again| Step::Restart { lists_again })
}

fn clock() -> impl Strategy<Value = Step> {
    select(vec![1, 60, DAY, 2 * DAY, 14 * DAY, -60, -DAY]).prop_map(|by| Step::Clock { by })
}

/// Everything that may happen.
pub fn step(thresholds: impl Strategy<Value = [usize; 3]> + Clone) -> impl Strategy<Value = Step> {
    let either = prop_oneof![2 => Just(Role::TrustList), 1 => Just(Role::Catalogue)];
    let begin_anew = (plan(thresholds.clone()), 1..4i64, when(), signing())
        .prop_map(|(plan, number, at, by)| Step::BeginAnew { plan, number, at, by });
    prop_oneof![
        4 => roots(thresholds),
        8 => list(either, 0.3),
        4 => notice(),
        4 => status(),
        4 => again(),
        2 => restart(),
        1 => begin_anew,
        3 => clock(),
        1 => Just(Step::Flat),
    ]
}

/// Keys of issuers are stolen and withdrawn; the rest is routine.
pub fn theft() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => notice(),
        6 => status(),
        2 => list(Just(Role::TrustList), 0.7),
        1 => roots(Just([3; 3])),
        3 => again(),
        1 => restart(),
        3 => clock(),
    ]
}
