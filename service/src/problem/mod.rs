//! What goes wrong with a request: a number, texts in two languages, and a problem document
//! (RFC 9457).
//!
//! The numbers 901 to 930 are the library's ([`IssuingRefusal`]), those from 931 on the service's.
//! None changes its meaning; docs/SERVICE.md lists them. `texts` has the words.

mod texts;

use std::fmt;
use std::time::Duration;

use axum::http::{header, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use onecode::issuing::IssuingRefusal;
use onecode::Language;
use serde_json::{json, Value};

/// Why a request was refused, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Which one.
    pub what: What,
    /// What is the matter in this case, for a developer. Nothing personal, no token, no code.
    pub detail: Option<String>,
    /// When to come back.
    pub retry_after: Option<Duration>,
}

/// Which problem it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The format's: what the library refuses.
    Issuing(IssuingRefusal),
    /// The service's own.
    Service(Kind),
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])* $name:ident = $number:literal, $status:ident, $error:literal;)*) => {
        /// The kinds of problems.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($(#[doc = $doc])* $name,)*
        }

        impl Kind {
            /// All of them, by number.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),*];

            /// Its number.
            pub fn number(self) -> u16 {
                match self { $(Kind::$name => $number),* }
            }

            /// The status of the answer.
            pub fn status(self) -> StatusCode {
                match self { $(Kind::$name => StatusCode::$status),* }
            }

            /// The error code of OpenID4VCI 1.0 or OAuth 2.0 that comes nearest.
            pub fn oauth_error(self) -> &'static str {
                match self { $(Kind::$name => $error),* }
            }
        }
    };
}

kinds! {
    /// The body is not what the endpoint takes.
    Form = 931, BAD_REQUEST, "invalid_request";
    /// The body is larger than the limit.
    TooLarge = 932, PAYLOAD_TOO_LARGE, "invalid_request";
    /// No such path, or not with this method.
    NoSuchEndpoint = 933, NOT_FOUND, "invalid_request";
    /// The request took longer than the limit. What it asked for may have happened.
    TimedOut = 934, SERVICE_UNAVAILABLE, "temporarily_unavailable";

    /// The request has no token.
    NoToken = 940, UNAUTHORIZED, "invalid_token";
    /// The token is not signed by a known key, or not readable.
    BadToken = 941, UNAUTHORIZED, "invalid_token";
    /// The token has expired, or is not good yet.
    TokenTime = 942, UNAUTHORIZED, "invalid_token";
    /// The token is for another service, or by another provider.
    TokenAudience = 943, UNAUTHORIZED, "invalid_token";
    /// The token is good, and its bearer may not do this.
    NotAllowed = 944, FORBIDDEN, "insufficient_scope";
    /// The identity provider's keys could not be had.
    NoKeys = 945, SERVICE_UNAVAILABLE, "temporarily_unavailable";
    /// The pre-authorised code is not known, was used, or has expired.
    BadGrant = 946, BAD_REQUEST, "invalid_grant";

    /// The issuer wants an attestation of the key.
    NoAttestation = 950, BAD_REQUEST, "invalid_proof";
    /// The attestation does not hold, or says less than the issuer wants.
    BadAttestation = 951, BAD_REQUEST, "invalid_proof";

    /// The person has no such card.
    NoSuchCard = 955, NOT_FOUND, "invalid_credential_request";
    /// The card is on as many phones as are allowed.
    TooManyPhones = 956, CONFLICT, "credential_request_denied";
    /// The status lists have no free position.
    NoPosition = 957, SERVICE_UNAVAILABLE, "temporarily_unavailable";
    /// No card is on this phone.
    UnknownPhone = 958, NOT_FOUND, "credential_request_denied";

    /// Too many requests by one person or phone.
    TooMany = 960, TOO_MANY_REQUESTS, "slow_down";
    /// The service has more to do than it can.
    Overloaded = 961, SERVICE_UNAVAILABLE, "temporarily_unavailable";
    /// The books cannot be reached or written.
    NoBooks = 962, SERVICE_UNAVAILABLE, "temporarily_unavailable";
    /// The issuer's key does not sign.
    NoSignature = 963, SERVICE_UNAVAILABLE, "temporarily_unavailable";
    /// A mistake in the service.
    Internal = 964, INTERNAL_SERVER_ERROR, "server_error";

    /// The reference has a card that is otherwise.
    ReferenceTaken = 970, CONFLICT, "invalid_request";
    /// The status lists could not be published.
    NotPublished = 971, SERVICE_UNAVAILABLE, "temporarily_unavailable";
}

impl Kind {
    /// What is the matter, and what to do: in Chinese, then in English.
    pub fn texts(self) -> [Text; 2] {
        texts::of(self)
    }

    /// The problem, with what is the matter in this case.
    pub fn with(self, detail: impl fmt::Display) -> Problem {
        Problem { detail: Some(detail.to_string()), ..self.into() }
    }
}

/// What a person reads, in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// What is the matter.
    pub reason: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl From<Kind> for Problem {
    fn from(kind: Kind) -> Self {
        Problem { what: What::Service(kind), detail: None, retry_after: None }
    }
}

impl From<IssuingRefusal> for Problem {
    fn from(refusal: IssuingRefusal) -> Self {
        let detail = refusal.to_string();
        Problem { what: What::Issuing(refusal), detail: Some(detail), retry_after: None }
    }
}

impl What {
    /// Its number.
    pub fn number(&self) -> u16 {
        match self {
            What::Issuing(refusal) => refusal.number(),
            What::Service(kind) => kind.number(),
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            What::Service(kind) => kind.status(),
            What::Issuing(refusal) => issuing(refusal).0,
        }
    }

    /// The error code of OpenID4VCI 1.0 or OAuth 2.0 that comes nearest.
    pub fn oauth_error(&self) -> &'static str {
        match self {
            What::Service(kind) => kind.oauth_error(),
            What::Issuing(refusal) => issuing(refusal).1,
        }
    }

    /// What is the matter, and what to do: in Chinese, then in English.
    pub fn texts(&self) -> [Text; 2] {
        match self {
            What::Service(kind) => kind.texts(),
            What::Issuing(refusal) => {
                let message = refusal.message();
                [Language::Zh, Language::En].map(|language| Text {
                    reason: message.reason.in_language(language),
                    advice: message.advice.in_language(language),
                })
            }
        }
    }
}

/// How HTTP and OAuth say what the library refuses.
fn issuing(refusal: &IssuingRefusal) -> (StatusCode, &'static str) {
    use IssuingRefusal as R;
    match refusal {
        R::OtherChallenge | R::ChallengeOver { .. } => (StatusCode::BAD_REQUEST, "invalid_nonce"),
        R::ChallengeUsed => (StatusCode::CONFLICT, "invalid_nonce"),
        R::KeyInUse => (StatusCode::CONFLICT, "invalid_proof"),
        R::AttestationTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "invalid_proof"),
        R::CardSuspended
        | R::CardRevoked
        | R::TooManyMoves { .. }
        | R::PhoneNotInUse
        | R::OtherPerson => (StatusCode::FORBIDDEN, "credential_request_denied"),
        R::UnknownRequest => (StatusCode::NOT_FOUND, "invalid_transaction_id"),
        R::NotReady => (StatusCode::SERVICE_UNAVAILABLE, "issuance_pending"),
        _ => (StatusCode::BAD_REQUEST, "invalid_proof"),
    }
}

impl Problem {
    /// With an advice when to come back.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// Whether this is the service's problem of this kind.
    pub fn is(&self, kind: Kind) -> bool {
        self.what == What::Service(kind)
    }

    /// The problem document.
    pub fn document(&self) -> Value {
        let [zh, en] = self.what.texts();
        let number = self.what.number();
        let mut document = json!({
            "type": format!("urn:onecode:problem:{number}"),
            "title": en.reason,
            "status": self.what.status().as_u16(),
            "number": number,
            "error": self.what.oauth_error(),
            "texts": {
                "zh": { "reason": zh.reason, "advice": zh.advice },
                "en": { "reason": en.reason, "advice": en.advice },
            },
        });
        if let Some(detail) = &self.detail {
            document["detail"] = detail.as_str().into();
        }
        document
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, en] = self.what.texts();
        write!(f, "{} {}", self.what.number(), en.reason)?;
        match &self.detail {
            Some(detail) => write!(f, " ({detail})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// What the middleware reads of an answer, for logs and metrics.
#[derive(Clone, Copy, Debug)]
pub struct ProblemNumber(
    /// The number.
    pub u16,
);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.what.status();
        let mut response = (status, self.document().to_string()).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(header::CONTENT_TYPE, json);
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(wait) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if status == StatusCode::UNAUTHORIZED {
            let bearer = HeaderValue::from_static("Bearer error=\"invalid_token\"");
            headers.insert(header::WWW_AUTHENTICATE, bearer);
        }
        response.extensions_mut().insert(ProblemNumber(self.what.number()));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_stands_once_and_in_order() {
        let numbers: Vec<u16> = Kind::ALL.iter().map(|kind| kind.number()).collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "{numbers:?}");
        // Those below are the library's.
        assert!(numbers.iter().all(|number| (931..1000).contains(number)));
    }

    #[test]
    fn the_page_lists_each_number_with_its_status_and_texts() {
        let page = include_str!("../../../docs/SERVICE.md");
        for kind in Kind::ALL {
            let [zh, en] = kind.texts();
            let row = format!(
                "| {} | {} | {} {} | {} {} |",
                kind.number(),
                kind.status().as_u16(),
                en.reason,
                en.advice,
                zh.reason,
                zh.advice
            );
            assert!(page.contains(&row), "docs/SERVICE.md lacks: {row}");
        }
    }
}
