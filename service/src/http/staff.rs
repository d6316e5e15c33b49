//! The endpoints of staff.

use std::num::NonZeroU32;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use onecode::Entitlements;
use serde::Deserialize;
use serde_json::json;

use super::take::{self, Body};
use crate::books::NewCard;
use crate::issue::Sent;
use crate::problem::Kind;
use crate::service::Service;
use crate::staff::Action;

type Shared = State<Arc<Service>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Grant {
    reference: String,
    subject: Option<String>,
    region: u32,
    entitlements: Vec<u8>,
    #[serde(default)]
    delegate: bool,
    #[serde(default)]
    specimen: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Change {
    position: Option<u32>,
    /// For a suspension: until when, in Unix seconds.
    until: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct Search {
    reference: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Challenges {
    counter: NonZeroU32,
    count: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CounterRequest {
    reference: String,
    request: String,
    attestation: Option<String>,
}

/// Grants a card.
pub(super) async fn grant(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let mut status = StatusCode::OK;
    let result = async {
        let now = service.clock.now();
        let actor = service.staff(&headers, now).await?;
        let grant: Grant = take::json(body)?;
        if grant.entitlements.iter().any(|bit| *bit > 63) {
            return Err(Kind::Form.with("entitlements: numbers from 0 to 63"));
        }
        let subject = grant.subject.filter(|subject| !subject.is_empty());
        let new = NewCard {
            reference: grant.reference,
            subject,
            region: grant.region,
            entitlements: Entitlements::of(grant.entitlements).bits(),
            delegate: grant.delegate,
            specimen: grant.specimen,
        };
        let (is_new, answer) = service.grant(&actor, &new, now).await?;
        if is_new {
            status = StatusCode::CREATED;
        }
        Ok(answer)
    }
    .await;
    service.answer_as(status, result)
}

/// Cards whose reference begins like this.
pub(super) async fn search(
    State(service): Shared,
    headers: HeaderMap,
    query: Result<Query<Search>, axum::extract::rejection::QueryRejection>,
) -> Response {
    let result = async {
        service.staff(&headers, service.clock.now()).await?;
        let Query(search) = query.map_err(|_| Kind::Form.with("?reference=…"))?;
        service.search(&search.reference).await
    };
    service.answer(result.await)
}

/// One card.
pub(super) async fn card(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
) -> Response {
    let result = async {
        service.staff(&headers, service.clock.now()).await?;
        service.card_now(&reference).await
    };
    service.answer(result.await)
}

async fn act(
    service: &Service,
    reference: &str,
    headers: &HeaderMap,
    body: Body,
    action: impl FnOnce(Option<i64>) -> Action,
) -> Response {
    let result = async {
        let now = service.clock.now();
        let actor = service.staff(headers, now).await?;
        let bytes = take::bytes(body)?;
        let asked: Change =
            if bytes.is_empty() { Change::default() } else { take::json(Ok(bytes))? };
        let action = action(asked.until);
        if asked.until.is_some() && !matches!(action, Action::Suspend { .. }) {
            return Err(Kind::Form.with("only a suspension has until"));
        }
        service.act(&actor, reference, asked.position, action, now).await
    };
    service.answer(result.await)
}

/// 挂失, for good or until a day.
pub(super) async fn suspend(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let suspend = |until_unix_s| Action::Suspend { until_unix_s };
    act(&service, &reference, &headers, body, suspend).await
}

/// 解挂.
pub(super) async fn restore(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    act(&service, &reference, &headers, body, |_| Action::Restore).await
}

/// 注销.
pub(super) async fn revoke(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    act(&service, &reference, &headers, body, |_| Action::Revoke).await
}

/// 补换.
pub(super) async fn replace(
    State(service): Shared,
    Path(reference): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    act(&service, &reference, &headers, body, |_| Action::Replace).await
}

/// Challenges for a counter without network.
pub(super) async fn challenges(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        service.staff(&headers, now).await?;
        let asked: Challenges = take::json(body)?;
        service.counter_challenges(asked.counter, asked.count, now)
    };
    service.answer(result.await)
}

/// A request that a counter took.
pub(super) async fn request(State(service): Shared, headers: HeaderMap, body: Body) -> Response {
    let result = async {
        let now = service.clock.now();
        let actor = service.staff(&headers, now).await?;
        let asked: CounterRequest = take::json(body)?;
        let sent = Sent { request: &asked.request, attestation: asked.attestation.as_deref() };
        service.counter_request(&actor, &asked.reference, sent, now).await
    };
    service.answer(result.await)
}

/// Publishes now.
pub(super) async fn publish(State(service): Shared, headers: HeaderMap) -> Response {
    let result = async {
        service.staff(&headers, service.clock.now()).await?;
        // Not ended with the request: half a publication would keep others from beginning one.
        let publisher = Arc::clone(&service);
        let publication = tokio::spawn(async move { publisher.publish(true).await });
        match publication.await.map_err(|error| Kind::Internal.with(error))?? {
            Some(issued) => Ok(json!({ "issued_at": issued })),
            None => Err(Kind::NotPublished.with("another publication is being made")),
        }
    };
    service.answer(result.await)
}
