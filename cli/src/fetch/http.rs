//! GET, well kept: TLS, no redirect, no more bytes and no more time than are allowed. What broke
//! off is continued, and what has not changed is not sent again.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use onecode::fetching::Wanted;
use onecode::publication::PublishedFile;
use ureq::http::{HeaderMap, StatusCode};
use ureq::Agent;

use super::source::{Got, Server};
use super::tag::Tag;
use crate::client::http::{agent, check_address};
use crate::failure::Failure;
use crate::files::{self, Readers};
use crate::lang::Said;

pub(crate) struct Http {
    url: String,
    timeout_s: u16,
    agent: Agent,
}

impl Http {
    pub(super) fn new(url: &str, server: &Server) -> Result<Self, Failure> {
        let url = url.trim_end_matches('/').to_owned();
        check_address(&url)?;
        let agent = agent(server.ca.as_ref(), Duration::from_secs(server.timeout.into()))?;
        Ok(Http { url, timeout_s: server.timeout, agent })
    }

    pub(super) fn get(&self, wanted: &Wanted, kept: Option<&[u8]>, folder: &Path) -> Got {
        let part = Part::of(wanted, folder);
        let begun = part.as_ref().map(Part::read).unwrap_or_default();
        let mut request = self.agent.get(format!("{}/{}", self.url, wanted.file));
        let tag = Tag::of(&self.url, folder);
        if let Some(tag) = kept.and_then(|kept| tag.read(kept)) {
            request = request.header("if-none-match", tag);
        }
        if !begun.is_empty() {
            request = request.header("range", format!("bytes={}-", begun.len()));
        }
        let mut response = match request.call() {
            Ok(response) => response,
            Err(error) => return Got::Down(self.failed(&error)),
        };
        let status = response.status();
        let begun = match status {
            StatusCode::OK => Vec::new(),
            StatusCode::PARTIAL_CONTENT if continues(response.headers(), begun.len()) => begun,
            StatusCode::NOT_MODIFIED if kept.is_some() => return Got::Unchanged,
            StatusCode::NOT_FOUND | StatusCode::GONE => return Got::Missing,
            status => {
                if let Some(part) = part.filter(|_| status == StatusCode::RANGE_NOT_SATISFIABLE) {
                    part.forget();
                }
                return Got::Failed(match status.is_redirection() {
                    true => said!(
                        "服务器要求改去别处（HTTP {number}），不予跟随",
                        "the server sends elsewhere (HTTP {number}), which is not followed",
                        number = status.as_u16()
                    ),
                    false => said!(
                        "服务器回答 HTTP {number}",
                        "the server says HTTP {number}",
                        number = status.as_u16()
                    ),
                });
            }
        };
        let new_tag = tag_in(response.headers());
        let (mut bytes, limit) = (begun, wanted.max_bytes);
        let room = (limit + 1).saturating_sub(bytes.len()) as u64;
        let read = response.body_mut().as_reader().take(room).read_to_end(&mut bytes);
        if bytes.len() > limit {
            return Got::Failed(said!("超过 {limit} 字节", "more than {limit} bytes"));
        }
        let is_short = wanted.size.is_some_and(|size| (bytes.len() as u64) < size);
        if let (Some(part), true) = (&part, read.is_err() || is_short) {
            part.keep(&bytes);
        }
        if let Err(error) = read {
            let error = ureq::Error::from(error);
            return Got::Down(self.failed(&error));
        }
        if let (Some(part), false) = (part, is_short) {
            part.forget();
        }
        if let (Some(new_tag), true) = (new_tag, wanted.file == PublishedFile::Index) {
            tag.keep(&new_tag, &bytes);
        }
        Got::Bytes(bytes)
    }

    fn failed(&self, error: &ureq::Error) -> Said {
        match error {
            ureq::Error::Timeout(_) => said!(
                "{seconds} 秒内没有取完",
                "it did not come within {seconds} s",
                seconds = self.timeout_s
            ),
            ureq::Error::HostNotFound => said!("找不到主机", "there is no such host"),
            ureq::Error::Io(error) => {
                let error = crate::cause::Cause::said(error);
                said!("连接中断：{error}", "the connection broke: {error}")
            }
            other => said!("连接不上：{other}", "no connection: {other}"),
        }
    }
}

/// Whether an answer goes on where the copy at hand ends.
fn continues(headers: &HeaderMap, at: usize) -> bool {
    let range = headers.get("content-range").and_then(|value| value.to_str().ok());
    range.is_some_and(|range| range.starts_with(&format!("bytes {at}-")))
}

fn tag_in(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("etag")?.to_str().ok()?.to_owned())
}

/// The beginning of a file that broke off. It is told by the hash of the whole, so it is of no
/// other.
struct Part(PathBuf);

impl Part {
    fn of(wanted: &Wanted, folder: &Path) -> Option<Self> {
        let hash = wanted.sha256?;
        wanted.size?;
        Some(Part(folder.join(format!(".{}.part", files::hex(&hash.0)))))
    }

    /// What there is: nothing, where it cannot be read.
    fn read(&self) -> Vec<u8> {
        files::try_read_up_to(&self.0, onecode::publication::MAX_STATUS_FILE as u64)
            .unwrap_or_default()
    }

    /// A part that cannot be kept is fetched anew.
    fn keep(&self, bytes: &[u8]) {
        if !bytes.is_empty() {
            let _ = files::replace(&self.0, bytes, Readers::Everybody);
        }
    }

    fn forget(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
