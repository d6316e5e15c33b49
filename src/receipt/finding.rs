//! What a bundle proves about one scan, and what it does not. Offline: it has all that is needed.
//!
//! Uses bundles, chains and replays. Specification: docs/SPEC.md section 19.

use super::bundle::{BundleError, BundledKind, EvidenceBundle};
use super::{
    Answer, CardProvinces, ChainError, ChainLink, ChainProblem, ChainVerifier, Receipt,
    ReceiptKeys, ReplayError, ReplayLists, ReplayListsError,
};
use crate::clock::ClockBlame;
use crate::jose::{DocumentKind, Envelope};
use crate::language::{text, Language, Text};
use crate::lists::roots::Roots;
use crate::lists::InstallError;
use crate::scan::evidence::{Consulted, Used};
use crate::scan::Verdict;

/// What came of the check of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The receipt that it is about.
    pub receipt: Receipt,
    /// Whether the gate judged rightly by what it held.
    pub judged: Judged,
    /// Who answers.
    pub answer: Answer,
    /// How many receipts of its chain stand before it, and behind it.
    pub before: usize,
    /// How many stand behind it.
    pub after: usize,
    /// What is not proven, in the order of importance.
    pub not_proven: Vec<NotProven>,
}

/// Whether the gate judged rightly by what it held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// The same scan, made again, comes to the same verdict.
    Rightly(Verdict),
    /// It comes to another one.
    Wrongly {
        /// The verdict now: 0 for accepted.
        replayed: u16,
    },
    /// It was not made again: the text is not there.
    WithoutText,
    /// It could not be made again: what is there is not what the receipt is about.
    NotReplayed(ReplayError),
}

impl Judged {
    /// A short name that never changes, for vectors and logs. Of a scan that could not be made
    /// again it says why.
    pub fn name(&self) -> &'static str {
        match self {
            Judged::Rightly(_) => "rightly",
            Judged::Wrongly { .. } => "wrongly",
            Judged::WithoutText => "without_text",
            Judged::NotReplayed(error) => error.name(),
        }
    }
}

/// Something that a bundle does not prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotProven {
    /// The roots are those of the bundle: nobody who checks has said that they are the region's.
    Roots,
    /// The text is not there, so nobody knows that the receipt is about the person's code.
    Text,
    /// No receipt stands before it.
    Before,
    /// No receipt stands behind it: it may be the last, or the rest of the chain another one.
    After,
    /// Uses, challenges and clocks are as the gate's memory had them.
    Memory,
    /// When and where is the gate's own word.
    TimeAndPlace,
    /// Whether newer lists were to be had at that time.
    NewerLists,
    /// Who has the gate's key could have written all of these receipts anew.
    KeyHolder,
    /// Who showed the code.
    Person,
}

impl NotProven {
    /// A short name that never changes, for vectors and logs.
    pub fn name(self) -> &'static str {
        match self {
            NotProven::Roots => "roots",
            NotProven::Text => "text",
            NotProven::Before => "before",
            NotProven::After => "after",
            NotProven::Memory => "memory",
            NotProven::TimeAndPlace => "time_and_place",
            NotProven::NewerLists => "newer_lists",
            NotProven::KeyHolder => "key_holder",
            NotProven::Person => "person",
        }
    }

    /// A sentence about it.
    pub fn text(self, language: Language) -> &'static str {
        let said: Text = match self {
            NotProven::Roots => text(
                "根密钥名录是否就是本地区的：核查者没有指定所信任的名录。",
                "That the roots are those of the region: whoever checks has named none.",
            ),
            NotProven::Text => text(
                "回执是否就是投诉人那个码的：没有码的文本。",
                "That the receipt is about the person's code: its text is not there.",
            ),
            NotProven::Before => text(
                "它之前的回执：没有附上。",
                "What came before it: no earlier receipt is there.",
            ),
            NotProven::After => text(
                "它之后链是否接续：没有附上后面的回执。",
                "That the chain went on from it: no later receipt is there.",
            ),
            NotProven::Memory => text(
                "此前的使用、核验码和时钟偏差：以闸机的记录为准，未另行证明。",
                "Earlier uses, challenges and clocks: they are as the gate remembered them.",
            ),
            NotProven::TimeAndPlace => text(
                "时间和地点：只有闸机自己的说法。",
                "Time and place: they are the gate's own word.",
            ),
            NotProven::NewerLists => text(
                "当时是否已有更新的名单可以取得。",
                "Whether newer lists were to be had at that time.",
            ),
            NotProven::KeyHolder => text(
                "回执有没有重写过：持有闸机密钥的人能重写；另处保存的编号和哈希可以查出。",
                "That the receipts were not written anew: whoever has the gate's key can do that. A \
                 number and a hash kept elsewhere would show it.",
            ),
            NotProven::Person => text(
                "出示码的是谁：回执里没有个人信息。",
                "Who showed the code: a receipt says nothing of persons.",
            ),
        };
        said.in_language(language)
    }
}

impl EvidenceBundle {
    /// Checks everything in it: lists, keys, chain; and makes the scan again where the text is
    /// there.
    ///
    /// `trusted` is the edition of the roots, or the lone key, that whoever checks trusts: the
    /// first that gates were set up with, so that all of them are reached. Without it the
    /// bundle's own first edition is believed, and the finding says so. `now_unix_s` says which
    /// keys of gates have been withdrawn.
    pub fn check(&self, trusted: Option<&Roots>, now_unix_s: i64) -> Result<Finding, BundleError> {
        let steps = self.steps(trusted)?;
        let keys = self.keys(&steps, now_unix_s)?;
        let receipt = self.chain(keys)?;
        self.lists_of(&receipt)?;
        let judged = match &self.text {
            None => Judged::WithoutText,
            Some(text) => match self.replay_lists(&steps)?.replay(&receipt, text) {
                Ok(verdict) => Judged::Rightly(verdict),
                Err(ReplayError::OtherVerdict { replayed, .. }) => Judged::Wrongly { replayed },
                Err(error) => Judged::NotReplayed(error),
            },
        };
        let answer = Answer::of(&receipt, &self.provinces(&steps)?);
        if self.answers.is_some_and(|said| said != answer) {
            return Err(BundleError::OtherAnswer);
        }
        let (before, after) = (self.about, self.receipts.len() - 1 - self.about);
        let believed = |receipt: &Receipt| {
            let evidence = &receipt.evidence;
            let used = evidence.used.is_some_and(|used| used != Used::Nothing);
            let clock = evidence.blame != ClockBlame::Unknown || evidence.clock_off.is_some();
            let unreadable = Consulted::Nothing { unreadable_since_unix_s: None };
            let list = matches!(evidence.status, Consulted::Nothing { .. });
            used || clock || evidence.question.is_some() || (list && evidence.status != unreadable)
        };
        let not_proven = [
            (trusted.is_none(), NotProven::Roots),
            (self.text.is_none(), NotProven::Text),
            (before == 0 && receipt.number > 0, NotProven::Before),
            (after == 0, NotProven::After),
            (believed(&receipt), NotProven::Memory),
            (true, NotProven::TimeAndPlace),
            (true, NotProven::NewerLists),
            (true, NotProven::KeyHolder),
            (true, NotProven::Person),
        ];
        let not_proven = not_proven.into_iter().filter(|(not, _)| *not).map(|(_, it)| it).collect();
        Ok(Finding { receipt, judged, answer, before, after, not_proven })
    }

    /// Each edition of the roots that is reached from the trusted one.
    fn steps(&self, trusted: Option<&Roots>) -> Result<Vec<Roots>, BundleError> {
        let mut lists = self.of_kind(BundledKind::Roots);
        let begun = match trusted {
            Some(trusted) => trusted.clone(),
            None => {
                let kind = BundledKind::Roots;
                let (at, first) = lists.next().ok_or(BundleError::Missing { kind })?;
                Roots::edition(first).map_err(|error| list(kind, at)(error.into()))?
            }
        };
        let mut steps = vec![begun];
        for (_, edition) in lists {
            let Some(mut next) = steps.last().cloned() else { break };
            let before = next.document_hash();
            match next.walk(edition) {
                Ok(()) if next.document_hash() != before => steps.push(next),
                // One before the trusted one, or that one.
                Ok(()) | Err(InstallError::Rollback { .. } | InstallError::OtherRoots { .. }) => {}
                Err(error) => {
                    return Err(BundleError::OtherRoots { detail: error.to_string() });
                }
            }
        }
        Ok(steps)
    }

    /// The keys of gates, by the latest trust list that is there.
    fn keys(&self, steps: &[Roots], now_unix_s: i64) -> Result<ReceiptKeys, BundleError> {
        let (kind, found) = match self.only(BundledKind::LaterTrustList) {
            None => (BundledKind::TrustList, self.only(BundledKind::TrustList)),
            later => (BundledKind::LaterTrustList, later),
        };
        let (at, json) = found.ok_or(BundleError::Missing { kind })?;
        ReceiptKeys::from_trust_list(json, steps, now_unix_s)
            .map_err(|error| list(kind, at)(error.into()))
    }

    /// The receipt that it is about, when all of them follow each other.
    fn chain(&self, keys: ReceiptKeys) -> Result<Receipt, BundleError> {
        let nothing = BundleError::NoReceipt { about: self.about };
        let Some(first) = self.receipts.first() else { return Err(nothing) };
        let start = ChainLink::unverified(first).map_err(|error| ChainError {
            at: 0,
            number: 0,
            problem: ChainProblem::Receipt(error.into()),
        })?;
        let mut chain = ChainVerifier::new(keys, None, start);
        let mut found = None;
        for (at, receipt) in self.receipts.iter().enumerate() {
            let receipt = chain.take(receipt)?;
            if at == self.about {
                found = Some(receipt);
            }
        }
        found.ok_or(nothing)
    }

    /// Whether trust list and catalogue are those that the receipt names.
    fn lists_of(&self, receipt: &Receipt) -> Result<(), BundleError> {
        for (kind, of, named) in [
            (BundledKind::TrustList, DocumentKind::TrustList, receipt.trust_list_hash()),
            (BundledKind::Catalogue, DocumentKind::Catalogue, receipt.catalogue_hash()),
        ] {
            let given = match self.only(kind) {
                None => None,
                Some((at, json)) => {
                    let envelope = Envelope::of_kind(of, json);
                    Some(envelope.map_err(|error| list(kind, at)(error.into()))?.hash())
                }
            };
            match (named, given) {
                (Some(_), None) => return Err(BundleError::Missing { kind }),
                _ if named != given => return Err(BundleError::OtherList { kind }),
                _ => {}
            }
        }
        Ok(())
    }

    fn replay_lists(&self, steps: &[Roots]) -> Result<ReplayLists, BundleError> {
        let one = |kind| match self.only(kind) {
            Some((at, json)) => (at, Some(json)),
            None => (0, None),
        };
        let (at, trust_list) = one(BundledKind::TrustList);
        // By itself first, so that the error names the one that is wrong.
        ReplayLists::new(steps, trust_list, None).map_err(list(BundledKind::TrustList, at))?;
        let (at, catalogue) = one(BundledKind::Catalogue);
        let mut lists = ReplayLists::new(steps, trust_list, catalogue)
            .map_err(list(BundledKind::Catalogue, at))?;
        for (at, bundled) in self.lists.iter().enumerate() {
            let (kind, bytes) = (bundled.kind, &bundled.bytes);
            let added = match kind {
                BundledKind::Withdrawal => lists.add_withdrawal(bytes),
                BundledKind::Index => lists.add_index(bytes),
                BundledKind::Status => lists.add_status(bytes),
                BundledKind::Roots
                | BundledKind::TrustList
                | BundledKind::LaterTrustList
                | BundledKind::Catalogue => Ok(()),
            };
            added.map_err(list(kind, at))?;
        }
        Ok(lists)
    }

    fn provinces(&self, steps: &[Roots]) -> Result<CardProvinces, BundleError> {
        let mut provinces = CardProvinces::default();
        for kind in [BundledKind::TrustList, BundledKind::LaterTrustList] {
            let Some((at, json)) = self.only(kind) else { continue };
            let added = provinces.add_trust_list(json, steps);
            added.map_err(|error| list(kind, at)(error.into()))?;
        }
        Ok(provinces)
    }
}

fn list(kind: BundledKind, at: usize) -> impl Fn(ReplayListsError) -> BundleError {
    move |problem| BundleError::List { kind, at, problem }
}
