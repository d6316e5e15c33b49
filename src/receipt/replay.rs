//! A scan repeated from its receipt, its text and the lists of that time.

use super::made::number_of;
use super::{text_hash, Pseudonym, Receipt};
use crate::jose::{DocumentError, Sha256Hash};
use crate::lists::roots::Roots;
use crate::lists::status::StatusListError;
use crate::lists::{ArchivedStatusError, Lists};
use crate::scan::evidence::{decide_again, Consulted, Edition, Redecided};
use crate::scan::{Context, KnownCards, Refusal, Verdict};

/// The lists that a scanner had when it scanned, from an archive. They may have expired.
#[derive(Clone, Debug)]
pub struct ReplayLists {
    roots: Vec<Roots>,
    lists: Lists,
    known_cards: KnownCards,
}

/// A list from the archive cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayListsError {
    /// The trust list or the catalogue.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// A status list or a delta.
    #[error(transparent)]
    Status(#[from] StatusListError),
    /// A status list that no key of the trust list has signed.
    #[error("no key of the trust list has signed this status list")]
    NotSigned,
    /// A delta without the lists it continues, or a list older than one already given.
    #[error("this delta or list does not follow those given before it")]
    NoBase,
}

/// A scan cannot be repeated, or the result differs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Another text than the scanned one.
    #[error("the receipt is for another text")]
    OtherText,
    /// Another trust list than in the receipt, or one where there was none.
    #[error("the receipt is for another trust list")]
    OtherTrustList {
        /// The sequence number in the receipt.
        receipt: Option<u64>,
        /// That of the list given.
        given: Option<u64>,
    },
    /// Another catalogue, or one where there was none.
    #[error("the receipt is for another catalogue")]
    OtherCatalogue {
        /// The sequence number in the receipt.
        receipt: Option<u64>,
        /// That of the catalogue given.
        given: Option<u64>,
    },
    /// The edition of the roots that was in force is not among those given.
    #[error("edition {receipt} of the roots is missing")]
    OtherRoots {
        /// Its number; 0 for a lone key.
        receipt: u64,
    },
    /// A withdrawal notice or an index that changed the verdict is missing.
    #[error("the withdrawal notice or index {missing} is missing")]
    OtherNotice {
        /// Its hash.
        missing: Sha256Hash,
    },
    /// The status list that the scan used is missing, or one is given that was not there.
    #[error("the receipt is for another status list")]
    OtherStatusList,
    /// The same scan leads to another verdict: the receipt says something that its scanner did not
    /// find.
    #[error("the receipt says {receipt}, the same scan comes to {replayed} (0 is accepted)")]
    OtherVerdict {
        /// The verdict in the receipt.
        receipt: u16,
        /// The verdict now.
        replayed: u16,
    },
    /// The pseudonym in the receipt is not that of the card in the text. The receipt is about
    /// another card.
    #[error("the receipt is about another card than the one in the text")]
    OtherCard,
}

impl ReplayError {
    /// A short name that never changes, for vectors and logs.
    pub fn name(&self) -> &'static str {
        match self {
            ReplayError::OtherText => "other_text",
            ReplayError::OtherTrustList { .. } => "other_trust_list",
            ReplayError::OtherCatalogue { .. } => "other_catalogue",
            ReplayError::OtherRoots { .. } => "other_roots",
            ReplayError::OtherNotice { .. } => "other_notice",
            ReplayError::OtherStatusList => "other_status_list",
            ReplayError::OtherVerdict { .. } => "other_verdict",
            ReplayError::OtherCard => "other_card",
        }
    }
}

impl ReplayLists {
    /// Lists signed by a threshold of any of these editions of the roots; `None` for a list the
    /// scanner did not have. `roots` are all editions that are known, for instance each step of a
    /// walk, or the lone key that a small place uses.
    pub fn new(
        roots: &[Roots],
        trust_list: Option<&[u8]>,
        catalogue: Option<&[u8]>,
    ) -> Result<Self, ReplayListsError> {
        let lists = Lists::from_archive(roots, trust_list, catalogue)?;
        Ok(ReplayLists { roots: roots.to_vec(), lists, known_cards: KnownCards::default() })
    }

    /// Adds a withdrawal notice. It counts in the scans whose receipts name it.
    pub fn add_withdrawal(&mut self, json: &[u8]) -> Result<(), ReplayListsError> {
        Ok(self.lists.add_archived_withdrawal(&self.roots, json)?)
    }

    /// Adds an index. It counts in the scans whose receipts name it.
    pub fn add_index(&mut self, json: &[u8]) -> Result<(), ReplayListsError> {
        Ok(self.lists.add_archived_index(&self.roots, json)?)
    }

    /// Adds a status list, or a delta to those given before.
    pub fn add_status(&mut self, cwt: &[u8]) -> Result<(), ReplayListsError> {
        self.lists.add_archived_status(cwt).map_err(|error| match error {
            ArchivedStatusError::Status(error) => error.into(),
            ArchivedStatusError::NotSigned => ReplayListsError::NotSigned,
            ArchivedStatusError::NoBase => ReplayListsError::NoBase,
        })
    }

    /// Repeats the scan of a receipt, with the same verdict and all of its facts.
    ///
    /// What the scanner's memory answered then (challenges, earlier uses, clocks, unreadable lists)
    /// is taken from the receipt, as far as such a scan asks for it. Everything else is decided
    /// anew.
    pub fn replay(&mut self, receipt: &Receipt, text: &str) -> Result<Verdict, ReplayError> {
        let evidence = &receipt.evidence;
        if text_hash(text, receipt.application, receipt.time_unix_s) != receipt.text_hash {
            return Err(ReplayError::OtherText);
        }
        let given = self.lists.trust.mark_in_force().map(Edition::from);
        if given != evidence.trust_list {
            let (receipt, given) = (receipt.trust_list, Receipt::sequence(given));
            return Err(ReplayError::OtherTrustList { receipt, given });
        }
        let given = self.lists.terms.mark_in_force().map(Edition::from);
        if given != evidence.catalogue {
            let (receipt, given) = (receipt.catalogue, Receipt::sequence(given));
            return Err(ReplayError::OtherCatalogue { receipt, given });
        }
        let roots = self.roots.iter().find(|roots| roots.number() == evidence.roots);
        let roots = roots.ok_or(ReplayError::OtherRoots { receipt: evidence.roots })?;
        self.lists.roots.clone_from(roots);
        if let Some(missing) = evidence.applied.iter().find(|hash| !self.lists.has(hash)) {
            return Err(ReplayError::OtherNotice { missing: *missing });
        }
        let context = Context {
            application: receipt.application,
            place: receipt.place,
            now_unix_s: receipt.time_unix_s,
            challenge: receipt.shown.clone(),
        };
        let ever_given_status = receipt.verdict != Refusal::NoStatusLists.number();
        let Redecided { decided, card_secret, status, applied, departed } = decide_again(
            &self.lists,
            text,
            &context,
            evidence,
            ever_given_status,
            &mut self.known_cards,
        );
        let verdict = match decided {
            Ok(accepted) => Verdict::Accepted(accepted),
            Err(Refusal::ForeignCode(code)) if receipt.handed_over => Verdict::HandedOver(code),
            Err(refusal) => Verdict::Refused(refusal),
        };
        // If only one of the two scans reached a list, the scans took different ways; the lists do
        // not differ.
        let (then, now) = (evidence.status, status);
        let either_ended_before = [then, now].contains(&Consulted::NotYet);
        if then != now && !either_ended_before {
            return Err(ReplayError::OtherStatusList);
        }
        let (replayed, handed_over) = number_of(&verdict);
        let same = (replayed, handed_over) == (receipt.verdict, receipt.handed_over);
        // Of an index the receipt says that it named more than the scanner had. What the scanner
        // had besides what is given here is not known.
        let missed = |hash: &Sha256Hash| !applied.contains(hash) && self.lists.has_notice(hash);
        let departed = departed || evidence.applied.iter().any(missed);
        if departed || then != now || !same {
            return Err(ReplayError::OtherVerdict { receipt: receipt.verdict, replayed });
        }
        let (application, time) = (receipt.application, receipt.time_unix_s);
        let card = card_secret.map(|secret| Pseudonym::keyed(&secret, application, time));
        if card != receipt.card {
            return Err(ReplayError::OtherCard);
        }
        Ok(verdict)
    }
}
