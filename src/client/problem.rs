//! What the service says when it does not do what was asked: a problem document (RFC 9457).

use std::fmt;

use serde::Deserialize;

use super::answer::IssuerAnswer;
use crate::issuing::IssuingRefusal;

/// A sentence or two, in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// Chinese (zh-CN).
    pub zh: String,
    /// English.
    pub en: String,
}

/// What a phone asked for when it asked for a credential. The same problem is mended otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CardStep {
    /// A card for a key that has none: a request, or a move.
    Issue,
    /// A new credential for a key in use.
    Renew,
    /// What was issued for a request that a counter took.
    Collect,
    /// What was issued for a request whose answer was lost and whose challenge has ended since
    /// ([`Remedy::CollectAnswer`]).
    CollectAnswer,
}

/// What an app does about a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// It passes by itself: send the same again, after
    /// [`retry_wait_s`](crate::request::retry_wait_s).
    TryLater,
    /// The challenge for a renewal is over or used: ask for another one, and make a new request.
    NewChallenge,
    /// The challenge of a card request has ended. If an earlier answer to it was lost, the issuer keeps
    /// it: fetch it with a [`CollectRequest`](crate::request::CollectRequest), as
    /// [`CardStep::CollectAnswer`].
    CollectAnswer,
    /// Begin anew with another key, another challenge and a new request: nothing comes of these any
    /// more. An attestation shows the challenge that its key was made with, so the key has no second
    /// one.
    NewKey,
    /// The holder has to sign in again.
    SignIn,
    /// Show the holder the texts: trying again does not help.
    Tell,
}

/// Why the service does not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerProblem {
    /// The HTTP status.
    pub status: u16,
    /// The number, 901 to 999. It never changes its meaning. `None` when something else than the
    /// service has answered, such as a proxy.
    pub number: Option<u16>,
    /// What is wrong, for the holder.
    pub reason: Words,
    /// What the holder can do.
    pub advice: Words,
    /// The facts, for a log.
    pub detail: Option<String>,
    /// When to come back, in seconds, where the service says so.
    pub retry_after_s: Option<u64>,
    /// What the app does.
    pub remedy: Remedy,
}

#[derive(Deserialize)]
struct Document {
    number: u16,
    detail: Option<String>,
    texts: Texts,
}

#[derive(Deserialize)]
struct Texts {
    zh: Said,
    en: Said,
}

#[derive(Deserialize)]
struct Said {
    reason: String,
    advice: String,
}

impl Remedy {
    /// What helps when HTTP says `status` and the problem has this number; `step` where a credential
    /// was asked for.
    pub fn of(status: u16, number: Option<u16>, step: Option<CardStep>) -> Self {
        use IssuingRefusal as R;
        let is = |refusal: R| number == Some(refusal.number());
        let is_over = is(R::ChallengeOver { ended_unix_s: 0 });
        let of_challenge = is_over || is(R::OtherChallenge) || is(R::ChallengeUsed);
        match step {
            Some(CardStep::Renew) if of_challenge => return Remedy::NewChallenge,
            Some(CardStep::Issue) if is_over => return Remedy::CollectAnswer,
            Some(CardStep::Issue) if of_challenge || is(R::KeyInUse) => return Remedy::NewKey,
            // Nothing was issued, and a request whose challenge has ended comes too late.
            Some(CardStep::CollectAnswer) if is(R::UnknownRequest) => return Remedy::NewKey,
            _ => {}
        }
        match status {
            401 => Remedy::SignIn,
            // What a request asks for is done once, however often it is sent.
            408 | 429 | 500..=599 => Remedy::TryLater,
            _ => Remedy::Tell,
        }
    }
}

impl IssuerProblem {
    /// Of an answer; `step` where a credential was asked for.
    pub(super) fn of(answer: &IssuerAnswer<'_>, step: Option<CardStep>) -> Self {
        let status = answer.status;
        let retry_after_s = answer.retry_after.and_then(|it| it.trim().parse().ok());
        let document = serde_json::from_slice::<Document>(answer.body).ok();
        let number = document.as_ref().map(|document| document.number);
        let remedy = Remedy::of(status, number, step);
        let Some(Document { number: _, detail, texts: Texts { zh, en } }) = document else {
            let [reason, advice] = unsaid(status);
            return IssuerProblem {
                status,
                number,
                reason,
                advice,
                detail: None,
                retry_after_s,
                remedy,
            };
        };
        IssuerProblem {
            status,
            number,
            reason: Words { zh: zh.reason, en: en.reason },
            advice: Words { zh: zh.advice, en: en.advice },
            detail,
            retry_after_s,
            remedy,
        }
    }
}

/// The texts where the answer has none: somebody between phone and service has given it.
fn unsaid(status: u16) -> [Words; 2] {
    let words = |zh: &str, en: &str| Words { zh: zh.to_owned(), en: en.to_owned() };
    let reason = Words {
        zh: format!("发卡服务没有正常答复（HTTP {status}）。"),
        en: format!("The issuer's service did not answer as it should (HTTP {status})."),
    };
    [reason, words("请检查网络后重试。", "Check the network and try again.")]
}

impl fmt::Display for IssuerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{number} {}", self.reason.en)?,
            None => f.write_str(&self.reason.en)?,
        }
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}
