//! What is asked by operators, and by developers before they begin.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{header, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{json, Value};

use super::take::{self, Body};
use super::{CONFIGURATION, PROOF};
use crate::metrics::Standing;
use crate::problem::{Kind, Problem};
use crate::service::Service;

type Shared = State<Arc<Service>>;

const OPENAPI: &str = include_str!("../../openapi.json");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PracticeToken {
    subject: String,
    #[serde(default)]
    staff: bool,
}

/// The metadata of a credential issuer (OpenID4VCI 1.0 section 12.2).
pub(super) async fn metadata(State(service): Shared) -> Response {
    let url = service.config.public_url.trim_end_matches('/');
    let algorithms: Vec<&str> =
        onecode::Algorithm::ALL.iter().map(|algorithm| algorithm.name()).collect();
    let mut proof = json!({ "proof_signing_alg_values_supported": algorithms });
    if let crate::attestation::Policy::Required { level } = service.config.attestation.policy {
        proof["key_attestations_required"] = json!({ "key_storage": [level.name()] });
    }
    service.answer(Ok(json!({
        "credential_issuer": url,
        "nonce_endpoint": format!("{url}/nonce"),
        "credential_endpoint": format!("{url}/credential"),
        "credential_configurations_supported": {
            CONFIGURATION: {
                "format": "onecode",
                "cryptographic_binding_methods_supported": ["cose_key"],
                "proof_types_supported": { PROOF: proof },
            },
        },
    })))
}

/// Whether the service can do its work: books that answer, lists that are young.
pub(super) async fn health(State(service): Shared) -> Response {
    let books = service.books.ping().await.is_ok();
    let published = books && service.is_published_in_time().await.unwrap_or(false);
    let status = if books && published { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    service.answer_as(status, Ok(json!({ "books": books, "published_in_time": published })))
}

/// OpenMetrics text.
pub(super) async fn metrics(State(service): Shared) -> Response {
    let newest = service.newest_publication().await.ok().flatten();
    let standing = Standing {
        issuer: service.config.issuer.clone(),
        positions: service.config.books.positions,
        positions_given: service.books.positions_given().await.ok(),
        published_unix_s: newest,
        due_unix_s: newest.map(|at| at + i64::from(service.config.publish.delta_every_s)),
    };
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], service.metrics.text(&standing)).into_response()
}

/// The interface, for machines.
pub(super) async fn openapi() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], OPENAPI).into_response()
}

/// Practice: a token for whoever asks.
pub(super) async fn practice_token(State(service): Shared, body: Body) -> Response {
    let result = (|| {
        let practice = service.tokens.practice.as_ref();
        let practice = practice.ok_or(Problem::from(Kind::NoSuchEndpoint))?;
        let asked: PracticeToken = take::json(body)?;
        let token = practice.sign(&asked.subject, asked.staff, service.clock.now());
        Ok(json!({ "access_token": token, "token_type": "Bearer" }))
    })();
    service.answer(result)
}

/// Practice: the key that signs those.
pub(super) async fn practice_jwks(State(service): Shared) -> Response {
    let document: Result<Value, Problem> = match &service.tokens.practice {
        Some(practice) => Ok(practice.jwks_document()),
        None => Err(Kind::NoSuchEndpoint.into()),
    };
    service.answer(document)
}
