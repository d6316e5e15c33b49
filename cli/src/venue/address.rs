//! Where a store is, and how it is reached: `valkey://…` and `redis://…`, with TLS `valkeys://…` and
//! `rediss://…`.
//!
//! A password stands in a file and never in the address, where everybody on the machine could read
//! it. Uses `resp`, `files` and `cause`.

use std::io;
use std::net::{IpAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use ureq::http::Uri;
use zeroize::Zeroizing;

use super::resp::Connection;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed};

/// The port where none is named.
const PORT: u16 = 6_379;

/// How long it may take to connect, and to answer before the connection is given up. A gate waits
/// for neither.
const PATIENCE: Duration = Duration::from_secs(10);

/// A store, and who asks.
pub(super) struct Address {
    /// As it is named in a line of a log.
    pub(super) shown: String,
    host: String,
    port: u16,
    tls: Option<Arc<ClientConfig>>,
    pub(super) user: Option<String>,
    pub(super) password: Option<Zeroizing<String>>,
    /// The number of the database.
    pub(super) database: u16,
}

impl Address {
    pub(super) fn new(
        url: &str,
        password: Option<&Path>,
        ca: Option<&Path>,
    ) -> Result<Self, Failure> {
        let wrong = || {
            Failure(said!(
                "--store：不是存储地址；应写成 valkeys://主机 或 valkey://用户@主机:端口/库号",
                "--store: not the address of a store, such as valkeys://HOST or \
                 valkey://USER@HOST:PORT/DATABASE"
            ))
        };
        let uri: Uri = url.parse().map_err(|_| wrong())?;
        let with_tls = match uri.scheme_str() {
            Some("valkey" | "redis") => false,
            Some("valkeys" | "rediss") => true,
            _ => return Err(wrong()),
        };
        let authority = uri.authority().ok_or_else(wrong)?;
        let user = authority.as_str().rsplit_once('@').map(|(user, _)| user);
        if user.is_some_and(|user| user.contains(':')) {
            return Err(Failure(said!(
                "--store：密码不能写在地址里，本机所有人都看得到；请写进文件：--store-password FILE",
                "--store: a password does not belong in the address, where everybody on this \
                 machine can read it. Put it into a file: --store-password FILE"
            )));
        }
        let path = uri.path().trim_start_matches('/');
        let database = if path.is_empty() { Some(0) } else { path.parse().ok() };
        let database = database.filter(|_| uri.query().is_none()).ok_or_else(wrong)?;
        let port = authority.as_str().rsplit_once(authority.host()).map_or("", |(_, port)| port);
        let port = match port.strip_prefix(':') {
            Some(port) => port.parse().map_err(|_| wrong())?,
            None => PORT,
        };
        let host = authority.host().trim_matches(['[', ']']).to_owned();
        if host.is_empty() || user.is_some_and(|user| user.is_empty() || user.contains('%')) {
            return Err(wrong());
        }
        let password = password.map(read_password).transpose()?;
        if user.is_some() && password.is_none() {
            return Err(Failure(said!(
                "--store：写了用户，还需要 --store-password FILE",
                "--store: with a user, --store-password FILE is needed as well"
            )));
        }
        let here = host == "localhost" || host.parse().is_ok_and(|ip: IpAddr| ip.is_loopback());
        if password.is_some() && !with_tls && !here {
            warn!(
                "--store：没有 TLS，密码在网络上可以被读到，任何人也都可以冒充存储；请用 valkeys://",
                "--store: without TLS the password can be read on the network, and anybody can \
                 pretend to be the store; use valkeys://"
            );
        }
        let tls = with_tls.then(|| tls(ca)).transpose()?;
        let user = user.map(str::to_owned);
        Ok(Address { shown: url.to_owned(), host, port, tls, user, password, database })
    }

    pub(super) fn connect(&self) -> io::Result<Connection> {
        let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
        for address in (self.host.as_str(), self.port).to_socket_addrs()? {
            match TcpStream::connect_timeout(&address, PATIENCE) {
                Ok(socket) => return Connection::new(socket, self.tls()?, PATIENCE),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    fn tls(&self) -> io::Result<Option<ClientConnection>> {
        let Some(config) = &self.tls else { return Ok(None) };
        let name = ServerName::try_from(self.host.clone()).map_err(io::Error::other)?;
        ClientConnection::new(Arc::clone(config), name).map(Some).map_err(io::Error::other)
    }
}

fn read_password(file: &Path) -> Result<Zeroizing<String>, Failure> {
    let text = Zeroizing::new(files::read_text(file)?);
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.contains(['\r', '\n']) {
        let text = said!("里面应当是一行密码", "it should have one line, the password");
        return Err(failed(file, text));
    }
    Ok(Zeroizing::new(password.to_owned()))
}

fn tls(ca: Option<&Path>) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    let added = match ca {
        Some(file) => {
            let pem = files::read(file)?;
            let certificates = CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok);
            roots.add_parsable_certificates(certificates).0
        }
        None => roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs).0,
    };
    if added == 0 {
        return Err(match ca {
            Some(file) => failed(file, said!("里面没有证书", "no certificate is in it")),
            None => Failure(said!(
                "系统里没有可用的根证书；请用 --store-ca FILE 指定",
                "this system has no root certificates; name one with --store-ca FILE"
            )),
        });
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| {
        let error = io::Error::other(error).said();
        Failure(said!("TLS：{error}", "TLS: {error}"))
    })?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(url: &str) -> Result<(String, u16, Option<String>, u16, bool), String> {
        match Address::new(url, None, None) {
            Ok(it) => Ok((it.host, it.port, it.user, it.database, it.tls.is_some())),
            Err(Failure(text)) => Err(text.to_string()),
        }
    }

    #[test]
    fn an_address_names_a_host_and_nothing_secret() {
        let plain = |host: &str, port, database| Ok((host.to_owned(), port, None, database, false));
        assert_eq!(read("valkey://store"), plain("store", 6_379, 0));
        assert_eq!(read("redis://10.0.0.7:7000/3"), plain("10.0.0.7", 7_000, 3));
        assert_eq!(read("valkey://[::1]:7000/"), plain("::1", 7_000, 0));
        for secret in ["valkey://gate:secret@store", "valkey://:secret@store"] {
            let text = read(secret).unwrap_err();
            assert!(text.contains("--store-password") && !text.contains("secret"), "{text}");
        }
        assert!(read("valkey://gate@store").unwrap_err().contains("--store-password"));
        for wrong in ["", "store", "http://store", "valkey://", "valkey://store/x", "valkey:///0"] {
            assert!(read(wrong).unwrap_err().contains("not the address"), "{wrong}");
        }
        for wrong in ["valkey://store/0?x=1", "valkey://@store", "valkey://store:99999"] {
            assert!(read(wrong).unwrap_err().contains("not the address"), "{wrong}");
        }
    }
}
