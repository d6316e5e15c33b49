//! What a phone sends to its issuer's service, and what it makes of the answers.
//!
//! The app has the network: it sends an [`IssuerCall`] and hands in the [`IssuerAnswer`]. Uses
//! requests, cards and keys. The interface is `service/openapi.json`, explained in docs/SERVICE.md.

mod answer;
mod call;
mod problem;

pub use answer::{
    AccessToken, IssuedCard, IssuerAnswer, IssuerChallenge, OwnCard, OwnPhone, MAX_ANSWER,
};
pub use call::{IssuerCall, IssuerService, NotAServiceUrl};
pub use problem::{CardStep, IssuerProblem, Remedy, Words};

/// An answer has not what was asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The service says no, or not now.
    #[error("{0}")]
    Problem(Box<IssuerProblem>),
    /// The answer is larger than any that belongs here, and was not read.
    #[error("an answer of {length} bytes is over the limit of {limit}")]
    TooLarge {
        /// Bytes it has.
        length: usize,
        /// Bytes it may have.
        limit: usize,
    },
    /// The answer has another form. The app is older than the service, or this is no such service.
    #[error("the answer has another form: {detail}")]
    Form {
        /// What is wrong, for a log. Nothing that stood in the answer.
        detail: String,
    },
    /// The credential is bound to another key than the one that asked.
    #[error("the credential in the answer is bound to another key")]
    OtherKey,
}
