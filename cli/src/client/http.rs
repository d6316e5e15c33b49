//! HTTP as far as a phone needs it: POST with JSON, an answer in JSON or a problem document.
//!
//! Follows no redirect, reads no more than a limit, waits no longer than it is told. A token crosses
//! a network under TLS alone. Uses `error`, `files` and `cause`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http::{Request, Uri};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};
use ureq::Agent;

use super::error::{CallError, Problem};
use crate::failure::Failure;
use crate::files::{self, failed};

/// Largest answer that is read, in bytes.
const MAX_ANSWER: u64 = 64 << 10;

/// Which service, and how it is reached.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    /// `https://…`; `http://` to this machine alone.
    pub(crate) url: String,
    /// Certificates that its TLS is checked against, PEM; the system's without it.
    pub(crate) ca: Option<PathBuf>,
    /// How many seconds an answer may take.
    pub(crate) timeout_s: u64,
}

pub(super) struct Http {
    url: String,
    timeout_s: u64,
    agent: Agent,
}

impl Http {
    pub(super) fn new(server: &Server) -> Result<Self, Failure> {
        let url = server.url.trim_end_matches('/').to_owned();
        check_address(&url)?;
        let agent = agent(server.ca.as_ref(), Duration::from_secs(server.timeout_s))?;
        Ok(Http { url, timeout_s: server.timeout_s, agent })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn post(
        &self,
        path: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Result<Value, CallError> {
        let mut request = Request::post(format!("{}{path}", self.url));
        request = request.header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let request = request.body(body.to_string()).map_err(|_| CallError::Token)?;
        self.answer(self.agent.run(request))
    }

    pub(super) fn post_form(
        &self,
        path: &str,
        form: [(&str, &str); 2],
    ) -> Result<Value, CallError> {
        self.answer(self.agent.post(format!("{}{path}", self.url)).send_form(form))
    }

    fn answer(
        &self,
        sent: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    ) -> Result<Value, CallError> {
        let failed = |error| CallError::of(&self.url, self.timeout_s, error);
        let mut response = sent.map_err(failed)?;
        let status = response.status();
        let retry_after = response.headers().get("retry-after");
        // Only seconds: the service gives no dates.
        let retry_after_s =
            retry_after.and_then(|value| value.to_str().ok()?.trim().parse::<u64>().ok());
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_vec();
        let body = match body {
            Ok(body) => body,
            Err(ureq::Error::BodyExceedsLimit(_)) => Vec::new(),
            Err(error) => return Err(failed(error)),
        };
        let json: Option<Value> = serde_json::from_slice(&body).ok();
        let strange =
            || CallError::Strange { url: self.url.clone(), status: status.as_u16(), member: None };
        match json {
            Some(json) if status.is_success() => Ok(json),
            Some(json) => match Problem::of(&json, status.as_u16(), retry_after_s) {
                Some(problem) => Err(CallError::Refused(Box::new(problem))),
                None => Err(strange()),
            },
            None => Err(strange()),
        }
    }
}

/// Whether a token may be sent there, and lists come from there.
pub(crate) fn check_address(url: &str) -> Result<(), Failure> {
    let parsed: Option<Uri> = url.parse().ok();
    let parts = parsed.as_ref().and_then(|uri| Some((uri.scheme_str()?, uri.host()?)));
    match parts {
        Some(("https", _)) | Some(("http", "localhost" | "127.0.0.1" | "[::1]")) => Ok(()),
        Some(("http", _)) => Err(Failure(said!(
            "{url}：http:// 只能用于本机；请用 https://",
            "{url}: http:// is for this machine alone; use https://"
        ))),
        _ => Err(Failure(said!(
            "{url} 不是服务地址；应写成 https://…",
            "{url} is no address of a service, such as https://…"
        ))),
    }
}

/// What asks over TLS, for a given time at most, and follows no redirect.
pub(crate) fn agent(ca: Option<&PathBuf>, timeout: Duration) -> Result<Agent, Failure> {
    // Several crates could bring one; TLS here is ring's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let roots = RootCerts::Specific(Arc::new(roots(ca)?));
    let config = Agent::config_builder()
        .tls_config(TlsConfig::builder().root_certs(roots).build())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_global(Some(timeout))
        .user_agent(concat!("onecode/", env!("CARGO_PKG_VERSION")))
        .build();
    Ok(config.into())
}

/// What TLS is checked against: these certificates, or those of the system.
fn roots(ca: Option<&PathBuf>) -> Result<Vec<Certificate<'static>>, Failure> {
    let Some(file) = ca else {
        let system = rustls_native_certs::load_native_certs().certs;
        return Ok(system.iter().map(|der| Certificate::from_der(der).to_owned()).collect());
    };
    let pem = files::read(file)?;
    let certificates: Vec<_> = ureq::tls::parse_pem(&pem)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if certificates.is_empty() {
        return Err(failed(file, said!("里面没有证书", "no certificate is in it")));
    }
    Ok(certificates)
}
