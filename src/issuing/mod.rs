//! What an issuer decides about requests: pure functions for its service, in whatever language.
//!
//! Uses requests, codes, and the statuses of cards. Holds no books: the caller says what is in them,
//! and the time. X.509 and the formats of attestation are the service's.
//! Specification: docs/SPEC.md section 22.

mod challenge;
mod moving;
mod positions;
mod refusal;
mod requests;

pub use challenge::{
    ChallengeKey, HandedTo, NotAChallengeTime, OpenChallenge, COUNTER_DELIVERY_S,
    MAX_COUNTER_CHALLENGE_S,
};
pub use moving::{verify_move, MoveStep, VerifiedMove, MAX_MOVES, MOVES_WITHIN_S};
pub use positions::{
    check_renewal, loss_effect, CardOnRecord, LossEffect, Placement, PositionOnRecord,
};
pub use refusal::{IssuingRefusal, ISSUING_MESSAGES};
pub use requests::{check_attestation, verify_card_request, verify_collect, MAX_ATTESTATION};
