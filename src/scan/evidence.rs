//! The evidence a scan used besides its text, and the same scan repeated from it.
//!
//! Specification: docs/SPEC.md section 19.

use super::known_cards::KnownCards;
use super::status::Listed;
use super::{decide, Accepted, Advisory, Context, Genuine, MemoryProblem, Policy, Recall, Refusal};
use crate::card::UnverifiedCredential;
use crate::challenge::{Asked, Question};
use crate::clock::{ClockBlame, ClockEstimate, Sample};
use crate::code::Challenge;
use crate::cose::KeyId;
use crate::jose::Sha256Hash;
use crate::lists::catalogue::DuplicateRule;
use crate::lists::status::Known;
use crate::lists::{Lists, Mark};

/// Everything that a verdict depends on besides text, context and the documents themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Evidence {
    pub(crate) policy: Policy,
    /// The number of the roots edition in force; 0 for a lone key.
    pub(crate) roots: u64,
    /// The notices and indexes that changed the verdict, in the order in which they did.
    pub(crate) applied: Vec<Sha256Hash>,
    pub(crate) trust_list: Option<Edition>,
    pub(crate) catalogue: Option<Edition>,
    /// The first half of the issuer's signature on the credential, once found to hold.
    pub(crate) card_secret: Option<[u8; 32]>,
    pub(crate) status: Consulted,
    /// How the code relates to the scanner's challenges, if that was asked.
    pub(crate) question: Option<Question>,
    /// What was known of earlier uses, if that was asked.
    pub(crate) used: Option<Used>,
    /// Which clock a refusal blamed.
    pub(crate) blame: ClockBlame,
    /// By how much the clock was off, if an acceptance said so.
    pub(crate) clock_off: Option<ClockEstimate>,
}

/// Which document it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Edition {
    pub(crate) sequence: u64,
    pub(crate) hash: Sha256Hash,
}

/// Which status list the scan used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consulted {
    /// The scan did not get that far.
    NotYet,
    /// There was none for this card.
    Nothing { unreadable_since_unix_s: Option<i64> },
    /// This one.
    List { number: u16, issued_at_unix_s: i64, signed_by: KeyId },
}

/// What the memory of used codes answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Used {
    Nothing,
    Warned { first_unix_s: i64 },
    Unchecked(MemoryProblem),
    Before { first_unix_s: i64 },
    MomentsAgo { seconds: i64, wait_s: i64 },
    Unavailable(MemoryProblem),
    ClockWentBack { behind_s: i64 },
}

impl Used {
    fn of(answer: &Result<Option<Advisory>, Refusal>) -> Option<Self> {
        Some(match *answer {
            Ok(None) => Used::Nothing,
            Ok(Some(Advisory::UsedBefore { first_unix_s })) => Used::Warned { first_unix_s },
            Ok(Some(Advisory::DuplicatesUnchecked(problem))) => Used::Unchecked(problem),
            Err(Refusal::UsedBefore { first_unix_s }) => Used::Before { first_unix_s },
            Err(Refusal::UsedMomentsAgo { seconds, wait_s }) => {
                Used::MomentsAgo { seconds, wait_s }
            }
            Err(Refusal::DuplicatesUnavailable(problem)) => Used::Unavailable(problem),
            Err(Refusal::ScannerClockWentBack { behind_s }) => Used::ClockWentBack { behind_s },
            // The memory of used codes gives no other answer.
            Ok(Some(_)) | Err(_) => return None,
        })
    }

    /// Whether an application with this rule can have got this answer. The memory is the scanner's
    /// own word; the rule is public.
    fn is_answer_to(self, rule: DuplicateRule) -> bool {
        match self {
            Used::Nothing => true,
            Used::Unchecked(MemoryProblem::Incomplete) => rule != DuplicateRule::Allow,
            Used::Warned { .. } | Used::Unchecked(_) => rule == DuplicateRule::Warn,
            Used::Before { .. } | Used::Unavailable(_) | Used::ClockWentBack { .. } => {
                !matches!(rule, DuplicateRule::Allow | DuplicateRule::Warn)
            }
            Used::MomentsAgo { seconds, wait_s } => {
                let asked = |wait: u32| i64::from(wait) == wait_s && (0..wait_s).contains(&seconds);
                matches!(rule, DuplicateRule::PassBack { seconds } if asked(seconds))
            }
        }
    }

    fn answer(self) -> Result<Option<Advisory>, Refusal> {
        match self {
            Used::Nothing => Ok(None),
            Used::Warned { first_unix_s } => Ok(Some(Advisory::UsedBefore { first_unix_s })),
            Used::Unchecked(problem) => Ok(Some(Advisory::DuplicatesUnchecked(problem))),
            Used::Before { first_unix_s } => Err(Refusal::UsedBefore { first_unix_s }),
            Used::MomentsAgo { seconds, wait_s } => {
                Err(Refusal::UsedMomentsAgo { seconds, wait_s })
            }
            Used::Unavailable(problem) => Err(Refusal::DuplicatesUnavailable(problem)),
            Used::ClockWentBack { behind_s } => Err(Refusal::ScannerClockWentBack { behind_s }),
        }
    }
}

/// A memory, and the record of what it was asked.
pub(crate) struct Witness<'m> {
    memory: &'m mut dyn Recall,
    evidence: Evidence,
}

impl<'m> Witness<'m> {
    pub(crate) fn new(memory: &'m mut dyn Recall, policy: Policy, lists: &Lists) -> Self {
        let tolerance_s = policy.tolerance_s.min(Policy::MAX_TOLERANCE_S);
        let evidence = Evidence {
            policy: Policy { tolerance_s, ..policy },
            roots: lists.roots.number(),
            applied: Vec::new(),
            trust_list: lists.trust.mark_in_force().map(Edition::from),
            catalogue: lists.terms.mark_in_force().map(Edition::from),
            card_secret: None,
            status: Consulted::NotYet,
            question: None,
            used: None,
            blame: ClockBlame::Unknown,
            clock_off: None,
        };
        Witness { memory, evidence }
    }

    pub(crate) fn into_evidence(self) -> Evidence {
        self.evidence
    }
}

impl Recall for Witness<'_> {
    fn known_cards(&mut self) -> &mut KnownCards {
        self.memory.known_cards()
    }

    fn question(&mut self, answered: Option<&Challenge>, now: i64) -> Question {
        let question = self.memory.question(answered, now);
        self.evidence.question = Some(question);
        question
    }

    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        context: &Context,
    ) -> Result<Option<Advisory>, Refusal> {
        let answer = self.memory.note_use(genuine, context);
        self.evidence.used = Used::of(&answer);
        answer
    }

    fn hear(&mut self, sample: Sample, tolerance_s: i64) {
        self.memory.hear(sample, tolerance_s);
    }

    fn may_learn(&mut self, now: i64) -> bool {
        self.memory.may_learn(now)
    }

    fn learn(&mut self, sample: Sample, tolerance_s: i64) {
        self.memory.learn(sample, tolerance_s);
    }

    fn blame(&mut self, sample: &Sample, tolerance_s: i64) -> ClockBlame {
        self.evidence.blame = self.memory.blame(sample, tolerance_s);
        self.evidence.blame
    }

    fn clock_off(&mut self, now: i64, tolerance_s: i64) -> Option<ClockEstimate> {
        self.evidence.clock_off = self.memory.clock_off(now, tolerance_s);
        self.evidence.clock_off
    }

    fn applies(&mut self, document: &Sha256Hash) -> bool {
        note(&mut self.evidence.applied, document);
        true
    }

    fn saw_card(&mut self, credential: &UnverifiedCredential<'_>) {
        self.evidence.card_secret = credential.secret();
    }

    fn saw_status(&mut self, listed: &mut Listed) {
        self.evidence.status = consulted(listed);
    }
}

fn note(applied: &mut Vec<Sha256Hash>, document: &Sha256Hash) {
    if !applied.contains(document) {
        applied.push(*document);
    }
}

fn consulted(listed: &Listed) -> Consulted {
    match listed.known {
        Known::Nothing => {
            Consulted::Nothing { unreadable_since_unix_s: listed.unreadable_since_unix_s }
        }
        Known::Status { as_of_unix_s, signed_by, .. } => {
            Consulted::List { number: listed.number, issued_at_unix_s: as_of_unix_s, signed_by }
        }
    }
}

impl From<&Mark> for Edition {
    fn from(mark: &Mark) -> Self {
        Edition { sequence: mark.sequence, hash: mark.hash }
    }
}

/// A memory that repeats its answers of that time.
struct Recorded<'e> {
    evidence: &'e Evidence,
    known_cards: &'e mut KnownCards,
    /// Whether the scanner had been given status lists.
    ever_given_status: bool,
    /// The first half of the issuer's signature on the card being read now.
    card_secret: Option<[u8; 32]>,
    /// The status list used now.
    status: Consulted,
    /// The notices and indexes that change the verdict now.
    applied: Vec<Sha256Hash>,
    /// Whether something is asked now that was not asked then, or that cannot have been answered
    /// so.
    departed: bool,
}

impl Recall for Recorded<'_> {
    fn known_cards(&mut self) -> &mut KnownCards {
        self.known_cards
    }

    fn question(&mut self, _: Option<&Challenge>, _: i64) -> Question {
        self.departed |= self.evidence.question.is_none();
        self.evidence.question.unwrap_or(Question { any_open: false, asked: Asked::Unknown })
    }

    fn note_use(
        &mut self,
        genuine: &Genuine<'_>,
        _: &Context,
    ) -> Result<Option<Advisory>, Refusal> {
        let rule = genuine.entry.application.duplicates;
        self.departed |= !self.evidence.used.is_some_and(|used| used.is_answer_to(rule));
        self.evidence.used.unwrap_or(Used::Nothing).answer()
    }

    fn hear(&mut self, _: Sample, _: i64) {}

    fn may_learn(&mut self, _: i64) -> bool {
        false
    }

    fn learn(&mut self, _: Sample, _: i64) {}

    fn blame(&mut self, _: &Sample, _: i64) -> ClockBlame {
        self.evidence.blame
    }

    fn clock_off(&mut self, _: i64, _: i64) -> Option<ClockEstimate> {
        self.evidence.clock_off
    }

    fn ever_given_status(&mut self, _: bool) -> bool {
        self.ever_given_status
    }

    fn applies(&mut self, document: &Sha256Hash) -> bool {
        let applied = self.evidence.applied.contains(document);
        if applied {
            note(&mut self.applied, document);
        }
        applied
    }

    fn saw_card(&mut self, credential: &UnverifiedCredential<'_>) {
        self.card_secret = credential.secret();
    }

    fn saw_status(&mut self, listed: &mut Listed) {
        if let Consulted::Nothing { unreadable_since_unix_s } = self.evidence.status {
            listed.unreadable_since_unix_s = unreadable_since_unix_s;
        }
        self.status = consulted(listed);
    }
}

/// A decision made again.
pub(crate) struct Redecided {
    pub(crate) decided: Result<Accepted, Refusal>,
    /// The first half of the issuer's signature on the credential, if found to hold.
    pub(crate) card_secret: Option<[u8; 32]>,
    /// Which status list was used.
    pub(crate) status: Consulted,
    /// The notices and indexes that changed the verdict.
    pub(crate) applied: Vec<Sha256Hash>,
    /// Whether the scan took another way than the evidence says.
    pub(crate) departed: bool,
}

/// Decides again by these lists, with the memory of that time. Whether a scanner had never been
/// given a list shows only in its verdict, not in the lists.
pub(crate) fn decide_again(
    lists: &Lists,
    text: &str,
    context: &Context,
    evidence: &Evidence,
    ever_given_status: bool,
    known_cards: &mut KnownCards,
) -> Redecided {
    let mut recorded = Recorded {
        evidence,
        known_cards,
        ever_given_status,
        card_secret: None,
        status: Consulted::NotYet,
        applied: Vec::new(),
        departed: false,
    };
    let decided = decide(lists, text, context, evidence.policy, &mut recorded);
    let Recorded { card_secret, status, applied, departed, .. } = recorded;
    Redecided { decided, card_secret, status, applied, departed }
}
