//! The service as a whole: what all requests share, how it starts and how it ends.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum_server::tls_rustls::RustlsConfig;
use axum_server::Handle;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::CertificateDer;
use tokio::task::JoinHandle;
use x509_cert::der::Decode;
use x509_cert::Certificate;

use crate::attestation::{self, Verifier};
use crate::books::{Books, OpenError};
use crate::clock::Clock;
use crate::config::{Config, ConfigError, Tls};
use crate::keys::{KeyError, Keys};
use crate::limits::Rates;
use crate::metrics::Metrics;
use crate::nonce::Secrets;
use crate::tokens::{Tokens, TokensError};
use crate::{forget, http, publish};

/// What all requests share.
pub(crate) struct Service {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) books: Books,
    pub(crate) keys: Keys,
    pub(crate) secrets: Secrets,
    pub(crate) tokens: Tokens,
    pub(crate) attestation: Arc<Verifier>,
    pub(crate) rates: Rates,
    pub(crate) metrics: Metrics,
}

/// The service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The books cannot be opened.
    #[error(transparent)]
    Books(#[from] OpenError),
    /// A key cannot be had.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The identity providers are not as they should be.
    #[error(transparent)]
    Tokens(#[from] TokensError),
    /// Whose attestations are believed cannot be read.
    #[error(transparent)]
    Attestation(#[from] attestation::OpenError),
    /// The address, or the files of TLS, cannot be used.
    #[error("{what}: {error}")]
    Listen {
        /// The address or the file.
        what: String,
        /// What the system says.
        error: io::Error,
    },
}

/// A service that runs.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    handle: Handle<SocketAddr>,
    server: JoinHandle<io::Result<()>>,
    background: [JoinHandle<()>; 2],
    service: Arc<Service>,
}

/// Starts the service, with what publishes and what forgets beside it.
pub async fn start(config: Config, clock: Clock) -> Result<Running, StartError> {
    config.check()?;
    // Several crates could bring one; TLS of both sides is ring's.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let keys = Keys::open(&config.keys)?;
    let books = Books::open(&config.books, clock.now()).await?;
    let secrets = Secrets::of(books.secret());
    let tokens = Tokens::new(&config, &secrets)?;
    let attestation = Arc::new(Verifier::open(&config.attestation)?);
    let rates = Rates::new(config.limits.per_minute);
    let (listen, tls) = (config.listen, config.tls.clone());
    let mut metrics = Metrics::default();
    metrics.certificate_expires_unix_s = tls.as_ref().and_then(tls_certificate_expires_unix_s);
    let service = Arc::new(Service {
        config,
        clock,
        books,
        keys,
        secrets,
        tokens,
        attestation,
        rates,
        metrics,
    });

    let failed = |what: String| move |error| StartError::Listen { what, error };
    let listener = std::net::TcpListener::bind(listen).map_err(failed(listen.to_string()))?;
    listener.set_nonblocking(true).map_err(failed(listen.to_string()))?;
    let address = listener.local_addr().map_err(failed(listen.to_string()))?;
    let handle = Handle::new();
    let router = http::router(Arc::clone(&service)).into_make_service();
    let first = Duration::from_secs(service.config.limits.request_s.into());
    let server = match tls {
        None => {
            let server = axum_server::from_tcp(listener).map_err(failed(listen.to_string()))?;
            let mut server = server.handle(handle.clone()).first_request_timeout(first);
            http::bound(server.http_builder(), first);
            tokio::spawn(server.serve(router))
        }
        Some(tls) => {
            let what = tls.certificate.display().to_string();
            let tls = RustlsConfig::from_pem_file(&tls.certificate, &tls.key)
                .await
                .map_err(failed(what))?;
            let server =
                axum_server::from_tcp_rustls(listener, tls).map_err(failed(listen.to_string()))?;
            let mut server = server.handle(handle.clone()).first_request_timeout(first);
            http::bound(server.http_builder(), first);
            tokio::spawn(server.serve(router))
        }
    };
    let background = [
        tokio::spawn(publish::for_ever(Arc::clone(&service))),
        tokio::spawn(forget::for_ever(Arc::clone(&service))),
    ];
    tracing::info!(%address, issuer = service.config.issuer, "started");
    Ok(Running { address, handle, server, background, service })
}

/// When the service's own certificate ends. What cannot be read, TLS itself complains of.
fn tls_certificate_expires_unix_s(tls: &Tls) -> Option<i64> {
    let der = CertificateDer::from_pem_file(&tls.certificate).ok()?;
    let certificate = Certificate::from_der(&der).ok()?;
    let end = certificate.tbs_certificate().validity().not_after;
    i64::try_from(end.to_unix_duration().as_secs()).ok()
}

impl Running {
    /// Ends it: no new requests, and those that run have some seconds. A publication that is being
    /// written is left as it is: the next one is complete.
    pub async fn end(self) -> io::Result<()> {
        let most = Duration::from_secs(self.service.config.limits.end_s.into());
        self.handle.graceful_shutdown(Some(most));
        let served = self.server.await.unwrap_or_else(|error| Err(io::Error::other(error)));
        for task in self.background {
            task.abort();
            let _ = task.await;
        }
        self.service.books.close().await;
        tracing::info!("ended");
        served
    }
}
