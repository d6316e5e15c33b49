//! Where lists come from: a server, or a folder such as a stick or a share.

use std::path::{Path, PathBuf};

use onecode::fetching::Wanted;

use super::http::Http;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::lang::Said;
use crate::world::publishing::Folder;

/// How a server is reached.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Server {
    /// Certificates that the server's TLS is checked against, PEM; the system's without it.
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// How many seconds a file may take.
    #[arg(long, value_name = "S", default_value_t = 60, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) timeout: u16,
}

pub(crate) enum Source {
    Http(Box<Http>),
    Folder(PathBuf, Folder),
}

/// What came of a file.
pub(super) enum Got {
    Bytes(Vec<u8>),
    /// The copy at hand is what there is.
    Unchanged,
    Missing,
    Failed(Said),
    /// There is no connection, or it is too slow for anything.
    Down(Said),
}

impl Source {
    /// A server by its address, or a folder.
    pub(crate) fn of(text: &str, server: &Server) -> Result<Self, Failure> {
        if Self::is_url(text) {
            return Ok(Source::Http(Box::new(Http::new(text, server)?)));
        }
        let path = PathBuf::from(text);
        Ok(Source::Folder(path.clone(), Folder::of(path)))
    }

    pub(crate) fn is_url(text: &str) -> bool {
        text.contains("://")
    }

    /// Whether it is this very folder.
    pub(super) fn is_folder(&self, path: &Path) -> bool {
        match self {
            Source::Http(_) => false,
            Source::Folder(own, _) => {
                own.canonicalize().is_ok_and(|own| path.canonicalize().is_ok_and(|it| it == own))
            }
        }
    }

    /// Gets a file. `kept` is the copy at hand of one that is rewritten; `folder` is where what
    /// broke off is kept.
    pub(super) fn get(&self, wanted: &Wanted, kept: Option<&[u8]>, folder: &Path) -> Got {
        match self {
            Source::Http(http) => http.get(wanted, kept, folder),
            Source::Folder(_, of) => match of.read(&wanted.file) {
                Ok(bytes) if kept == Some(&bytes) => Got::Unchanged,
                Ok(bytes) => Got::Bytes(bytes),
                Err(error) if error.is_missing() => Got::Missing,
                Err(error) => Got::Failed(error.said()),
            },
        }
    }
}
