//! Reads what comes with a request: a token, a body.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::{header, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Json;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Kind, Problem};
use crate::service::Service;
use crate::tokens::Citizen;

/// A body as it arrived, or why it did not.
pub(super) type Body = Result<Bytes, BytesRejection>;

/// The bytes of a body.
pub(super) fn bytes(body: Body) -> Result<Bytes, Problem> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Kind::TooLarge.into(),
        _ => Kind::Form.with("the body ended early"),
    })
}

/// The JSON of a body. An error of it names members and places, never what stands there.
pub(super) fn json<T: DeserializeOwned>(body: Body) -> Result<T, Problem> {
    let bytes = bytes(body)?;
    serde_json::from_slice(&bytes).map_err(|error| {
        use serde_json::error::Category;
        let place = format!("line {}, column {}", error.line(), error.column());
        match error.classify() {
            Category::Data => {
                let text = error.to_string();
                let about = ["missing field", "unknown field", "duplicate field"];
                let known = about.iter().any(|about| text.starts_with(about));
                let what = if known { text.as_str() } else { "a member of another type" };
                Kind::Form.with(format!("{what} ({place})"))
            }
            _ => Kind::Form.with(format!("no JSON ({place})")),
        }
    })
}

/// The bearer token of a request (RFC 6750 section 2.1).
pub(super) fn bearer(headers: &HeaderMap) -> Result<&str, Problem> {
    optional_bearer(headers)?.ok_or_else(|| Kind::NoToken.into())
}

/// The same where it may be missing.
pub(super) fn optional_bearer(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let Some(value) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Kind::BadToken)?;
    let (scheme, token) = value.split_once(' ').ok_or(Kind::BadToken)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(Some(token.trim()))
    } else {
        Err(Kind::BadToken.into())
    }
}

impl Service {
    /// The citizen who asks, if the rate allows one more request.
    pub(super) async fn citizen(&self, headers: &HeaderMap, now: i64) -> Result<Citizen, Problem> {
        let citizen = self.tokens.citizen(bearer(headers)?, &self.secrets, now).await?;
        let who = citizen.counted_as();
        self.rates.take(who.as_bytes(), now).map_err(|wait_s| self.too_many(wait_s))?;
        Ok(citizen)
    }

    /// The person who asks, signed in.
    pub(super) async fn person(&self, headers: &HeaderMap, now: i64) -> Result<String, Problem> {
        match self.citizen(headers, now).await? {
            Citizen::Person { subject } => Ok(subject),
            Citizen::Grant { .. } => Err(Kind::NotAllowed.with("sign in for this")),
        }
    }

    /// The member of staff who asks.
    pub(super) async fn staff(&self, headers: &HeaderMap, now: i64) -> Result<String, Problem> {
        self.tokens.staff(bearer(headers)?, now).await
    }

    /// An answer in JSON that nobody keeps.
    pub(super) fn answer(&self, result: Result<Value, Problem>) -> Response {
        self.answer_as(StatusCode::OK, result)
    }

    /// The same with another status.
    pub(super) fn answer_as(&self, status: StatusCode, result: Result<Value, Problem>) -> Response {
        match result {
            Ok(json) => (status, [(header::CACHE_CONTROL, "no-store")], Json(json)).into_response(),
            Err(problem) => problem.into_response(),
        }
    }
}
