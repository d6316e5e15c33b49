//! Around every request: how many at once, how long, and what is written down of it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{header, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::limits::Asker;
use crate::problem::{Kind, Problem, ProblemNumber};
use crate::service::Service;

/// Counts a request as long as it lives, however it ends.
struct InFlight<'s>(&'s AtomicI64);

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

pub(super) async fn around(
    State(service): State<Arc<Service>>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let metrics = &service.metrics;
    // The pattern, never the path: that has a reference in it.
    let endpoint = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let endpoint = endpoint.unwrap_or("-").to_owned();
    let method = request.method().clone();
    let asker = Asker::at(&endpoint, request.headers().contains_key(header::AUTHORIZATION));
    let here = metrics.in_flight.fetch_add(1, Ordering::Relaxed);
    let _here = InFlight(&metrics.in_flight);

    let is_watched = matches!(&*endpoint, "/health" | "/metrics");
    let mut response = if here >= i64::from(service.config.limits.at_once) && !is_watched {
        Problem::from(Kind::Overloaded).into_response()
    } else {
        let most = Duration::from_secs(service.config.limits.request_s.into());
        match tokio::time::timeout(most, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Problem::from(Kind::TimedOut).into_response(),
        }
    };
    let number = response.extensions().get::<ProblemNumber>().map_or(0, |number| number.0);
    if number != 0 && response.status() == StatusCode::SERVICE_UNAVAILABLE {
        // It passes by itself, whatever it is.
        let advice = service.config.limits.advice_s(asker, service.secrets.number());
        response.headers_mut().entry(header::RETRY_AFTER).or_insert(HeaderValue::from(advice));
    }
    let (status, took) = (response.status().as_u16(), began.elapsed());
    metrics.answered(&endpoint, status, number, took);
    let ms = took.as_millis() as u64;
    tracing::info!(%method, endpoint, status, number, ms, "answered");
    response
}

impl Service {
    /// Not all at once, if they were refused at once.
    pub(crate) fn too_many(&self, wait_s: u64) -> Problem {
        let wait = wait_s + self.secrets.number() % (wait_s + 1);
        Problem::from(Kind::TooMany).after(Duration::from_secs(wait))
    }
}
