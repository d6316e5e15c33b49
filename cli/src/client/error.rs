//! What goes wrong between a phone and its issuer's service, for the person with the phone.
//!
//! Uses `cause` and `lang`.

use std::fmt;
use std::io;

use onecode::client::{CardStep, Remedy};
use rustls::CertificateError;
use serde_json::Value;

use crate::cause::Cause;
use crate::lang::Said;

/// A request had no success.
#[derive(Debug)]
pub(crate) enum CallError {
    /// The service refused it, and says why.
    Refused(Box<Problem>),
    /// Nobody is at the address, or the network is away.
    Away { url: String, why: Said },
    /// No answer within the time.
    Slow { url: String, seconds: u64 },
    /// Whoever answered could not show that it is the service.
    Certificate { url: String, why: Certificate },
    /// Something answered, and not as this service does.
    Strange { url: String, status: u16, member: Option<&'static str> },
    /// The token has bytes that no token has.
    Token,
}

/// What is wrong with a certificate.
#[derive(Debug)]
pub(crate) enum Certificate {
    OtherName,
    UnknownSigner,
    OutOfTime,
    Other(String),
}

/// A problem document (RFC 9457) of the service.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) number: u64,
    pub(crate) status: u16,
    pub(crate) retry_after_s: Option<u64>,
    zh: String,
    en: String,
    /// What is the matter in this case, in English.
    detail: Option<String>,
}

impl Problem {
    pub(super) fn of(json: &Value, status: u16, retry_after_s: Option<u64>) -> Option<Self> {
        let text = |language: &str, between: &str| {
            let texts = &json["texts"][language];
            let (reason, advice) = (texts["reason"].as_str()?, texts["advice"].as_str()?);
            Some(plain(&format!("{reason}{between}{advice}")))
        };
        let number = json["number"].as_u64()?;
        // What the format refuses has number and reason in front of its facts.
        let said = format!("{number} {}", json["texts"]["en"]["reason"].as_str()?);
        let detail = json["detail"].as_str().map(|detail| match detail.strip_prefix(&said) {
            Some(facts) => facts.trim().trim_start_matches('(').trim_end_matches(')'),
            None => detail,
        });
        Some(Problem {
            number,
            status,
            retry_after_s,
            zh: text("zh", "")?,
            en: text("en", " ")?,
            detail: detail.filter(|detail| !detail.is_empty()).map(plain),
        })
    }
}

/// What another machine wrote, without what would steer a terminal, and not without end.
fn plain(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(400).collect()
}

impl CallError {
    pub(super) fn of(url: &str, seconds: u64, error: ureq::Error) -> Self {
        let url = url.to_owned();
        match error {
            ureq::Error::Timeout(_) => CallError::Slow { url, seconds },
            ureq::Error::Rustls(error) => CallError::tls(url, &error),
            ureq::Error::Io(error) => match inner(&error) {
                Some(tls) => CallError::tls(url, tls),
                None if error.kind() == io::ErrorKind::TimedOut => CallError::Slow { url, seconds },
                None => CallError::Away { url, why: error.said() },
            },
            ureq::Error::HostNotFound => CallError::Away {
                url,
                why: said!("没有这个主机名", "there is no such host"),
            },
            error => CallError::Away { url, why: Said::in_language(error.to_string()) },
        }
    }

    fn tls(url: String, error: &rustls::Error) -> Self {
        use rustls::Error::InvalidCertificate;
        let why = match error {
            InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => Certificate::OtherName,
            InvalidCertificate(CertificateError::UnknownIssuer) => Certificate::UnknownSigner,
            InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            ) => Certificate::OutOfTime,
            error => Certificate::Other(error.to_string()),
        };
        CallError::Certificate { url, why }
    }

    /// Whether the same request may succeed later, and how many seconds the service asked to wait.
    pub(crate) fn passes(&self) -> Option<Option<u64>> {
        match self {
            CallError::Refused(problem) if matches!(problem.status, 429 | 503) => {
                Some(problem.retry_after_s)
            }
            CallError::Away { .. } | CallError::Slow { .. } => Some(None),
            _ => None,
        }
    }

    /// What helps, by the library's rule: where the service refused a credential.
    pub(crate) fn remedy(&self, step: CardStep) -> Option<Remedy> {
        let CallError::Refused(problem) = self else { return None };
        let number = u16::try_from(problem.number).ok();
        Some(Remedy::of(problem.status, number, Some(step)))
    }

    /// The number of the service's refusal.
    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            CallError::Refused(problem) => Some(problem.number),
            _ => None,
        }
    }
}

/// The error of TLS that an error of a connection holds.
fn inner(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CallError::Refused(problem) => {
                write!(f, "{} {}", problem.number, problem.en)?;
                match &problem.detail {
                    Some(detail) => write!(f, " ({detail})"),
                    None => Ok(()),
                }
            }
            CallError::Away { url, why } => write!(f, "{url}: the service is not reached: {why}"),
            CallError::Slow { url, seconds } => write!(f, "{url}: no answer within {seconds} s"),
            CallError::Certificate { url, why } => {
                write!(f, "{url}: nothing was sent: ")?;
                match why {
                    Certificate::OtherName => f.write_str("its certificate is for another name"),
                    Certificate::UnknownSigner => f.write_str(
                        "nobody who is known signed its certificate; --ca names who signs them",
                    ),
                    Certificate::OutOfTime => {
                        f.write_str("its certificate has expired, or one of the clocks is wrong")
                    }
                    Certificate::Other(error) => f.write_str(error),
                }
            }
            CallError::Strange { url, status, member: None } => {
                write!(f, "{url}: what answers with status {status} is no issuer's service")
            }
            CallError::Strange { url, status, member: Some(member) } => {
                write!(f, "{url}: the answer with status {status} has no usable {member}")
            }
            CallError::Token => f.write_str("the token is none: it has line ends or the like"),
        }
    }
}

impl Cause for CallError {
    fn zh(&self) -> String {
        match self {
            CallError::Refused(problem) => match &problem.detail {
                Some(detail) => format!("{} {}（{detail}）", problem.number, problem.zh),
                None => format!("{} {}", problem.number, problem.zh),
            },
            CallError::Away { url, why } => format!("{url}：连接不上服务：{why}"),
            CallError::Slow { url, seconds } => format!("{url}：服务在 {seconds} 秒内没有应答"),
            CallError::Certificate { url, why } => {
                let why = match why {
                    Certificate::OtherName => "服务的证书属于另一个名称",
                    Certificate::UnknownSigner => {
                        "服务的证书不是由已知机构签发的；可用 --ca 指明签发机构"
                    }
                    Certificate::OutOfTime => "服务的证书不在有效期内，或双方有一方时间不准",
                    Certificate::Other(error) => error,
                };
                format!("{url}：没有发送任何内容：{why}")
            }
            CallError::Strange { url, status, member: None } => {
                format!("{url}：应答（状态码 {status}）不是来自发卡机构的服务")
            }
            CallError::Strange { url, status, member: Some(member) } => {
                format!("{url}：应答（状态码 {status}）里没有可用的 {member}")
            }
            CallError::Token => "登录凭据含有换行等字符，不能使用".into(),
        }
    }
}
