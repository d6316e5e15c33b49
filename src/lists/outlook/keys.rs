//! How long the keys of an issuer count.

use super::{Affected, EndReason, Ending, Until};
use crate::keys::PublicKey;
use crate::lists::trust::{Candidate, IssuerKey, KeyValidity, Trust};
use crate::lists::Lists;

/// What ends a key.
#[derive(Clone, Copy)]
pub(super) enum KeyEnd {
    Ends,
    Withdrawn,
    Algorithm,
}

/// A key of an issuer, and since when a notice keeps it out of force.
struct Judged<'t> {
    key: &'t IssuerKey,
    notice_unix_s: Option<i64>,
}

impl Lists {
    fn judged<'t>(
        &self,
        trust: &Trust,
        issuer: &str,
        candidate: &'t Candidate,
        now: i64,
    ) -> Judged<'t> {
        let Candidate { key, thumbprint, .. } = candidate;
        let against = self
            .notices
            .kept
            .iter()
            .filter(|notice| notice.is_against(&self.roots, trust, issuer, thumbprint, now));
        let notice_unix_s = against.map(|notice| notice.withdrawal.issued_at_unix_s).min();
        Judged { key, notice_unix_s }
    }

    /// When the first of the keys that count now ends. When none counts: the key that counted last,
    /// or will count first.
    pub(super) fn card_key_ending(
        &self,
        trust: &Trust,
        issuer: &str,
        keys: &[&Candidate],
        now: i64,
    ) -> Option<Ending> {
        let judge = |candidate| self.judged(trust, issuer, candidate, now);
        let keys: Vec<Judged<'_>> = keys.iter().copied().map(judge).collect();
        let end_of = |it: &Judged<'_>| end(trust, it.key, it.notice_unix_s, now);
        let issuer = || issuer.to_owned();
        let reason = |why, key: &PublicKey| match why {
            KeyEnd::Ends => EndReason::KeyEnds { issuer: issuer() },
            KeyEnd::Withdrawn => EndReason::KeyWithdrawn { issuer: issuer() },
            KeyEnd::Algorithm => {
                EndReason::IssuerAlgorithmEnds { issuer: issuer(), algorithm: key.algorithm() }
            }
        };
        let counts = |it: &&Judged<'_>| {
            it.notice_unix_s.is_none()
                && it.key.validity(now) == KeyValidity::Valid
                && trust.admits_issuer(it.key.key.algorithm(), now)
        };
        if let Some(first) = keys.iter().filter(counts).min_by_key(|it| end_of(it).0) {
            let (until, why) = end_of(first);
            let key = &first.key.key;
            return Some(Ending {
                until,
                reason: reason(why, key),
                affected: Affected::CardsSignedBy { issuer: issuer(), key_id: key.key_id() },
                refuses: true,
            });
        }
        let affected = Affected::CardsOf { issuer: issuer() };
        let begins = keys.iter().filter(|it| it.key.validity(now) == KeyValidity::NotYet);
        if let Some(from_unix_s) = begins.map(|it| it.key.not_before_unix_s).min() {
            let reason = EndReason::KeyNotYet { issuer: issuer(), from_unix_s };
            let until = Until::NeverBegan;
            return Some(Ending { until, reason, affected, refuses: true });
        }
        let last = keys.iter().max_by_key(|it| end_of(it).0)?;
        let (until, why) = end_of(last);
        Some(Ending { until, reason: reason(why, &last.key.key), affected, refuses: true })
    }
}

/// The last second at which a key's signatures count, past or future. `notice_unix_s` says since
/// when a notice keeps it out of force.
pub(super) fn end(
    trust: &Trust,
    key: &IssuerKey,
    notice_unix_s: Option<i64>,
    now: i64,
) -> (Until, KeyEnd) {
    let algorithm = key.key.algorithm();
    let admitted_until = if trust.admits_issuer(algorithm, now) {
        let end = trust.ends_admitting(now, |at| trust.admits_issuer(algorithm, at));
        end.map_or(Until::Open, Until::second)
    } else {
        Until::NeverBegan
    };
    let before =
        |from: Option<i64>| from.map_or(Until::Open, |from| Until::second(from.saturating_sub(1)));
    let withdrawn = before(key.withdrawn_from_unix_s).min(before(notice_unix_s));
    // In the order in which a scan asks.
    let ends = [
        (withdrawn, KeyEnd::Withdrawn),
        (Until::second(key.not_after_unix_s), KeyEnd::Ends),
        (admitted_until, KeyEnd::Algorithm),
    ];
    let first = ends.into_iter().min_by_key(|(until, _)| *until);
    let (until, why) = first.unwrap_or((Until::Open, KeyEnd::Ends));
    // A key that has ended is named as a scan names it now, whichever end came first.
    let why = match key.validity(now) {
        KeyValidity::Withdrawn { .. } => KeyEnd::Withdrawn,
        KeyValidity::Expired => KeyEnd::Ends,
        KeyValidity::Valid if notice_unix_s.is_some() => KeyEnd::Withdrawn,
        KeyValidity::Valid | KeyValidity::NotYet => why,
    };
    (until, why)
}
