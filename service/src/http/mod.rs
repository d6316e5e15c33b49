//! HTTP: which endpoint is where. `layer` bounds and counts every request, `take` reads what comes;
//! `citizens`, `staff` and `operate` hand it on.

mod citizens;
mod layer;
mod operate;
mod staff;
mod take;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post, MethodRouter};
use axum::{middleware, Router};

use crate::problem::{Kind, Problem};
use crate::service::Service;

/// The one credential configuration (OpenID4VCI 1.0 section 12.2.4).
pub(crate) const CONFIGURATION: &str = "onecode";

/// The grant type of pre-authorised codes.
pub(crate) const PRE_AUTHORIZED: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";

/// The type of our proof.
pub(crate) const PROOF: &str = "onecode_card_request";

/// Largest body that is read, in bytes.
const MAX_BODY: usize = 64 << 10;

macro_rules! endpoints {
    ($($method:ident $path:literal => $handler:path;)*) => {
        /// Every endpoint: method and path, as the OpenAPI document has them.
        pub const ENDPOINTS: &[(&str, &str)] = &[$((stringify!($method), $path)),*];

        fn routes() -> Router<Arc<Service>> {
            let mut router = Router::new();
            $(
                let route: MethodRouter<Arc<Service>> = $method($handler);
                router = router.route($path, route);
            )*
            router
        }
    };
}

endpoints! {
    get "/.well-known/openid-credential-issuer" => operate::metadata;
    post "/token" => citizens::token;
    post "/nonce" => citizens::nonce;
    post "/credential" => citizens::credential;
    post "/renewal" => citizens::renewal;
    post "/collect" => citizens::collect;
    post "/move" => citizens::move_card;
    get "/cards" => citizens::cards;
    post "/cards/{reference}/report-lost" => citizens::report_lost;
    post "/staff/cards" => staff::grant;
    get "/staff/cards" => staff::search;
    get "/staff/cards/{reference}" => staff::card;
    post "/staff/cards/{reference}/suspend" => staff::suspend;
    post "/staff/cards/{reference}/restore" => staff::restore;
    post "/staff/cards/{reference}/revoke" => staff::revoke;
    post "/staff/cards/{reference}/replace" => staff::replace;
    post "/staff/challenges" => staff::challenges;
    post "/staff/requests" => staff::request;
    post "/staff/publish" => staff::publish;
    get "/health" => operate::health;
    get "/metrics" => operate::metrics;
    get "/openapi.json" => operate::openapi;
    post "/practice/token" => operate::practice_token;
    get "/practice/jwks.json" => operate::practice_jwks;
}

pub(crate) fn router(service: Arc<Service>) -> Router {
    routes()
        .fallback(|| async { Problem::from(Kind::NoSuchEndpoint) })
        .method_not_allowed_fallback(|| async { Problem::from(Kind::NoSuchEndpoint) })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), layer::around))
        .with_state(service)
}

/// What a connection may take before its request is there.
pub(crate) fn bound(
    builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>,
    header_time: Duration,
) {
    builder
        .http1()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(header_time)
        .max_buf_size(32 << 10);
    builder
        .http2()
        .timer(hyper_util::rt::TokioTimer::new())
        .max_concurrent_streams(64)
        .max_header_list_size(16 << 10)
        .keep_alive_interval(Some(Duration::from_secs(30)));
}
