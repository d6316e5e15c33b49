//! What is sent.

use std::fmt::Write as _;

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::Engine;
use serde_json::{json, Value};

use crate::keys::PublicKey;
use crate::request::{CardRequest, MoveAnswer};

/// Longest address of a service, in bytes.
const MAX_URL: usize = 2_048;

/// Hosts that a token reaches without leaving the machine: the loopback, and what an Android emulator
/// calls the loopback of the machine that it runs on.
const OWN_MACHINE: [&str; 4] = ["localhost", "127.0.0.1", "[::1]", "10.0.2.2"];

/// One HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerCall {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The whole address.
    pub url: String,
    /// The media type of the body.
    pub content_type: Option<&'static str>,
    /// The body.
    pub body: Option<Vec<u8>>,
    /// Whether the holder's token goes with it: `Authorization: Bearer …`. It goes with no other call.
    pub with_token: bool,
}

/// An issuer's service, by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerService {
    base: String,
}

/// This is no address of a service: no `https://` and a host, or with a query, a fragment, a user or
/// characters that are none of a URL. `http://` is for a service on the own machine alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the address of a service: https:// and a host, http:// on the own machine alone")]
pub struct NotAServiceUrl;

impl IssuerService {
    /// Takes the address, with or without a path; a `/` at its end is dropped.
    pub fn new(base_url: &str) -> Result<Self, NotAServiceUrl> {
        let base = base_url.strip_suffix('/').unwrap_or(base_url);
        let (scheme, rest) = base.split_once("://").ok_or(NotAServiceUrl)?;
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
            _ => authority,
        };
        let is_clean = base.bytes().all(|it| it.is_ascii_graphic() && !b"?#@\\".contains(&it));
        let is_safe = scheme == "https" || (scheme == "http" && OWN_MACHINE.contains(&host));
        if host.is_empty() || !is_clean || !is_safe || base.len() > MAX_URL {
            return Err(NotAServiceUrl);
        }
        Ok(IssuerService { base: base.to_owned() })
    }

    /// A code from a counter for a token. The answer is an [`super::AccessToken`].
    pub fn token(&self, pre_authorized_code: &str) -> IssuerCall {
        let grant = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Apre-authorized_code";
        let code = percent(pre_authorized_code);
        IssuerCall {
            method: "POST",
            url: self.at("/token"),
            content_type: Some("application/x-www-form-urlencoded"),
            body: Some(format!("grant_type={grant}&pre-authorized_code={code}").into_bytes()),
            with_token: false,
        }
    }

    /// A challenge for who is signed in. The answer is an [`super::IssuerChallenge`].
    pub fn challenge(&self) -> IssuerCall {
        self.post("/nonce", &json!({}), true)
    }

    /// A challenge for the renewal of a key in use.
    pub fn renewal_challenge(&self, key: &PublicKey) -> IssuerCall {
        let key = URL_SAFE_NO_PAD.encode(key.thumbprint().0);
        self.post("/nonce", &json!({ "key": key }), false)
    }

    /// A card for the phone of this request. `card` is the issuer's reference to it, where a person
    /// has several. The answer is an [`super::IssuedCard`].
    pub fn credential(
        &self,
        request: &CardRequest,
        attestation: Option<&[u8]>,
        card: Option<&str>,
    ) -> IssuerCall {
        let mut body = proofs(request, attestation);
        body["credential_configuration_id"] = "onecode".into();
        if let Some(card) = card {
            body["credential_identifier"] = card.into();
        }
        self.post("/credential", &body, true)
    }

    /// A new credential for a key in use. The answer is an [`super::IssuedCard`].
    pub fn renewal(&self, request: &CardRequest) -> IssuerCall {
        self.post("/renewal", &proofs(request, None), false)
    }

    /// The credential for a request that was handed in elsewhere. `collect` are the bytes of a
    /// [`CollectRequest`](crate::request::CollectRequest). The answer is an [`super::IssuedCard`].
    pub fn collect(&self, collect: &[u8]) -> IssuerCall {
        let collect = URL_SAFE_NO_PAD.encode(collect);
        self.post("/collect", &json!({ "collect_request": collect }), false)
    }

    /// A card from another phone. The answer is an [`super::IssuedCard`].
    pub fn move_card(
        &self,
        request: &CardRequest,
        consent: &MoveAnswer,
        attestation: Option<&[u8]>,
    ) -> IssuerCall {
        let mut body = proofs(request, attestation);
        body["consent"] = consent.text().into();
        self.post("/move", &body, true)
    }

    /// The own cards. The answer is a list of [`super::OwnCard`].
    pub fn cards(&self) -> IssuerCall {
        IssuerCall {
            method: "GET",
            url: self.at("/cards"),
            content_type: None,
            body: None,
            with_token: true,
        }
    }

    /// A card is lost, or one of its phones ([`super::OwnPhone::phone`]). The answer is the
    /// [`super::OwnCard`] as it is then.
    pub fn report_lost(&self, card: &str, phone: Option<&str>) -> IssuerCall {
        let body = phone.map_or_else(|| json!({}), |phone| json!({ "phone": phone }));
        self.post(&format!("/cards/{}/report-lost", percent(card)), &body, true)
    }

    fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn post(&self, path: &str, body: &Value, with_token: bool) -> IssuerCall {
        IssuerCall {
            method: "POST",
            url: self.at(path),
            content_type: Some("application/json"),
            body: Some(body.to_string().into_bytes()),
            with_token,
        }
    }
}

fn proofs(request: &CardRequest, attestation: Option<&[u8]>) -> Value {
    let request = URL_SAFE_NO_PAD.encode(request.as_bytes());
    let mut body = json!({ "proofs": { "onecode_card_request": [request] } });
    if let Some(attestation) = attestation {
        body["attestation"] = URL_SAFE_NO_PAD.encode(attestation).into();
    }
    body
}

/// Percent-encoding of all but the unreserved characters (RFC 3986 section 2.3).
fn percent(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leaves_the_machine_by_tls_alone() {
        for good in [
            "https://cards.example",
            "https://cards.example:8443/issuing/",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://10.0.2.2:8080/",
        ] {
            assert!(IssuerService::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "cards.example",
            "https://",
            "https://:443",
            "http://cards.example",
            "http://127.0.0.1.example:80",
            "http://127.0.0.1@cards.example",
            "https://user@cards.example",
            "https://cards.example?a",
            "https://cards.example/#a",
            "https://cards example",
            "https://cards.example\\a",
            "HTTPS://cards.example\n",
            "ftp://127.0.0.1",
        ] {
            assert_eq!(IssuerService::new(bad), Err(NotAServiceUrl), "{bad}");
        }
    }

    #[test]
    fn what_a_reference_has_stays_within_its_part_of_the_address() {
        let service = IssuerService::new("https://cards.example/a/").unwrap();
        let call = service.report_lost("../卡?x=1", Some("p"));
        assert_eq!(call.url, "https://cards.example/a/cards/..%2F%E5%8D%A1%3Fx%3D1/report-lost");
        assert_eq!(call.body.as_deref(), Some(&br#"{"phone":"p"}"#[..]));
        let body = service.token("a&b=c").body.unwrap();
        assert!(body.ends_with(b"&pre-authorized_code=a%26b%3Dc"));
    }
}
