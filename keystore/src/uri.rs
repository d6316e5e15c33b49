//! The name of a key in a token: a PKCS#11 URI.
//!
//! Uses nothing else of the crate. Specification: RFC 7512.

use std::path::PathBuf;
use std::str::FromStr;

/// How a PKCS#11 URI begins.
const SCHEME: &str = "pkcs11:";

/// Longest URI that is read, in bytes.
const MAX_LENGTH: usize = 4_096;

/// A PKCS#11 URI (RFC 7512), read strictly. What it leaves out matches everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    /// `token`: the token's label.
    pub token: Option<String>,
    /// `serial`: the token's serial number.
    pub serial: Option<String>,
    /// `manufacturer`: the token's manufacturer.
    pub manufacturer: Option<String>,
    /// `model`: the token's model.
    pub model: Option<String>,
    /// `slot-id`: the number of the slot. Many drivers give another one after a restart.
    pub slot_id: Option<u64>,
    /// `object`: the label of the key (`CKA_LABEL`).
    pub object: Option<String>,
    /// `id`: the identifier of the key (`CKA_ID`), any bytes.
    pub id: Option<Vec<u8>>,
    /// `type`: which half of the pair is named.
    pub object_type: Option<ObjectType>,
    /// `module-path`: the file of the driver.
    pub module_path: Option<PathBuf>,
    /// `module-name`: the driver `libNAME.so`, where the system looks for libraries.
    pub module_name: Option<String>,
    /// `pin-source`: the file that holds the PIN.
    pub pin_file: Option<PathBuf>,
}

/// The value of `type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectType {
    /// `private`.
    Private,
    /// `public`.
    Public,
}

/// A text is no PKCS#11 URI that is taken here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// It does not begin with `pkcs11:`.
    #[error("it does not begin with pkcs11:")]
    Scheme,
    /// It is too long.
    #[error("it has {length} bytes, more than {limit}", limit = MAX_LENGTH)]
    TooLong {
        /// Bytes found.
        length: usize,
    },
    /// A part is not `name=value`.
    #[error("{part:?} is not of the form name=value")]
    NotAnAttribute {
        /// The part.
        part: String,
    },
    /// A PIN stands in the URI, where every user of the machine and the shell's history see it.
    #[error("pin-value shows the PIN to everybody; write it to a file and name that by pin-source=file:…")]
    PinValue,
    /// An attribute that is not used here, of RFC 7512 or of a vendor.
    #[error("the attribute {name:?} is not used here")]
    UnknownAttribute {
        /// Its name.
        name: String,
    },
    /// An attribute stands on the wrong side of the `?`, or behind `&` in place of `;`.
    #[error("{name} belongs {side} the question mark", side = if *.in_query { "behind" } else { "before" })]
    Misplaced {
        /// Its name.
        name: &'static str,
        /// Whether it belongs into the query.
        in_query: bool,
    },
    /// An attribute is there twice.
    #[error("{name} is there twice")]
    Twice {
        /// Its name.
        name: &'static str,
    },
    /// An attribute has no value.
    #[error("{name} is empty")]
    Empty {
        /// Its name.
        name: &'static str,
    },
    /// A character that has to be percent-encoded.
    #[error("{name} has the character {found:?}, which is written percent-encoded")]
    Character {
        /// The attribute.
        name: &'static str,
        /// The character.
        found: char,
    },
    /// A `%` without two hexadecimal digits behind it.
    #[error("{name} has a % without two hexadecimal digits")]
    Percent {
        /// The attribute.
        name: &'static str,
    },
    /// A text is not UTF-8, or has a NUL or another control character.
    #[error("{name} is not UTF-8 text without control characters")]
    NotText {
        /// The attribute.
        name: &'static str,
    },
    /// `slot-id` is no number.
    #[error("slot-id is no number")]
    SlotId,
    /// `type` is neither `private` nor `public`.
    #[error("type {found:?} is no key; it is private or public")]
    Type {
        /// Its value.
        found: String,
    },
    /// `module-name` has a path in it, or an ending.
    #[error("module-name is a name alone; module-path says where a file is")]
    ModuleName,
    /// `pin-source` is no file of this machine: a command, or another scheme.
    #[error("pin-source is taken as file:PATH alone")]
    PinSource,
}

/// What an attribute is called, and whether it stands in the query.
const ATTRIBUTES: &[(&str, bool)] = &[
    ("token", false),
    ("serial", false),
    ("manufacturer", false),
    ("model", false),
    ("slot-id", false),
    ("object", false),
    ("id", false),
    ("type", false),
    ("module-path", true),
    ("module-name", true),
    ("pin-source", true),
];

impl Pkcs11Uri {
    /// Whether a text is meant as a PKCS#11 URI: whatever it is, it is no name of a file.
    pub fn is_meant(text: &str) -> bool {
        text.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }
}

impl FromStr for Pkcs11Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        if !Self::is_meant(text) {
            return Err(UriError::Scheme);
        }
        if text.len() > MAX_LENGTH {
            return Err(UriError::TooLong { length: text.len() });
        }
        let rest = &text[SCHEME.len()..];
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (rest, None),
        };
        let mut uri = Pkcs11Uri::default();
        let mut seen = Vec::new();
        let path = path.split(';').filter(|_| !path.is_empty()).map(|part| (part, false));
        let query = query.into_iter().flat_map(|query| query.split('&')).map(|part| (part, true));
        for (part, in_query) in path.chain(query) {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| UriError::NotAnAttribute { part: shown(part) })?;
            let name = known(name, in_query)?;
            if seen.contains(&name) {
                return Err(UriError::Twice { name });
            }
            seen.push(name);
            uri.set(name, &decoded(name, value, in_query)?)?;
        }
        Ok(uri)
    }
}

/// The attribute of this name, if it is used and stands where it belongs.
fn known(name: &str, in_query: bool) -> Result<&'static str, UriError> {
    if name == "pin-value" {
        return Err(UriError::PinValue);
    }
    match ATTRIBUTES.iter().find(|(known, _)| *known == name) {
        None => Err(UriError::UnknownAttribute { name: name.to_owned() }),
        Some((name, belongs)) if *belongs != in_query => {
            Err(UriError::Misplaced { name, in_query: *belongs })
        }
        Some((name, _)) => Ok(name),
    }
}

/// A part that cannot be read, without what may be a PIN behind `pin-value`.
fn shown(part: &str) -> String {
    if part.to_ascii_lowercase().contains("pin") {
        return "pin…".into();
    }
    part.to_owned()
}

/// The bytes of a value. RFC 7512 section 2.3 says which characters stand for themselves.
fn decoded(name: &'static str, value: &str, in_query: bool) -> Result<Vec<u8>, UriError> {
    if value.is_empty() {
        return Err(UriError::Empty { name });
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.chars();
    while let Some(found) = rest.next() {
        match found {
            '%' => {
                let digit = |digit: Option<char>| digit.and_then(|digit| digit.to_digit(16));
                let (Some(high), Some(low)) = (digit(rest.next()), digit(rest.next())) else {
                    return Err(UriError::Percent { name });
                };
                bytes.extend(u8::try_from(high << 4 | low));
            }
            'A'..='Z' | 'a'..='z' | '0'..='9' => bytes.extend(u8::try_from(found)),
            _ if "-._~:[]@!$'()*+,=".contains(found)
                || (in_query && "/?|".contains(found))
                || (!in_query && found == '&') =>
            {
                bytes.extend(u8::try_from(found));
            }
            found => return Err(UriError::Character { name, found }),
        }
    }
    Ok(bytes)
}

impl Pkcs11Uri {
    fn set(&mut self, name: &'static str, value: &[u8]) -> Result<(), UriError> {
        if name == "id" {
            self.id = Some(value.to_vec());
            return Ok(());
        }
        let text = std::str::from_utf8(value)
            .ok()
            .filter(|text| !text.chars().any(char::is_control))
            .ok_or(UriError::NotText { name })?;
        match name {
            "token" => self.token = Some(text.into()),
            "serial" => self.serial = Some(text.into()),
            "manufacturer" => self.manufacturer = Some(text.into()),
            "model" => self.model = Some(text.into()),
            "object" => self.object = Some(text.into()),
            "slot-id" => {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                let number = text.parse().ok().filter(|_| digits);
                self.slot_id = Some(number.ok_or(UriError::SlotId)?);
            }
            "type" => {
                self.object_type = Some(match text {
                    "private" => ObjectType::Private,
                    "public" => ObjectType::Public,
                    _ => return Err(UriError::Type { found: text.into() }),
                });
            }
            "module-path" => self.module_path = Some(text.into()),
            "module-name" => {
                if text.contains(['/', '\\', '.']) {
                    return Err(UriError::ModuleName);
                }
                self.module_name = Some(text.into());
            }
            _ => self.pin_file = Some(file(text).ok_or(UriError::PinSource)?),
        }
        Ok(())
    }
}

/// The path in a URI of a file (RFC 8089), of this machine; a path that begins with no `/` is taken
/// from the current folder.
fn file(text: &str) -> Option<PathBuf> {
    let path = text.strip_prefix("file:")?;
    let path = match path.strip_prefix("//") {
        Some(host) => host.strip_prefix("localhost").unwrap_or(host),
        None => path,
    };
    let is_local = !path.is_empty() && (path.starts_with('/') || !text.starts_with("file://"));
    is_local.then(|| path.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pkcs11Uri, UriError> {
        text.parse()
    }

    #[test]
    fn every_attribute_is_read_and_decoded() {
        let uri = read(
            "pkcs11:token=Root%20of%20%E6%B1%9F%E8%8B%8F;serial=0123;manufacturer=A&B;model=v2;\
             slot-id=7;object=root-2026;id=%00%ffA;type=private?module-path=/usr/lib/p11.so&\
             module-name=softhsm2&pin-source=file:/run/pin",
        );
        let expected = Pkcs11Uri {
            token: Some("Root of 江苏".into()),
            serial: Some("0123".into()),
            manufacturer: Some("A&B".into()),
            model: Some("v2".into()),
            slot_id: Some(7),
            object: Some("root-2026".into()),
            id: Some(vec![0, 0xff, b'A']),
            object_type: Some(ObjectType::Private),
            module_path: Some("/usr/lib/p11.so".into()),
            module_name: Some("softhsm2".into()),
            pin_file: Some("/run/pin".into()),
        };
        assert_eq!(uri, Ok(expected));
        assert_eq!(read("pkcs11:"), Ok(Pkcs11Uri::default()));
        assert_eq!(read("PKCS11:token=a").unwrap().token.as_deref(), Some("a"));
    }

    #[test]
    fn a_pin_in_the_uri_is_refused_and_not_repeated() {
        for text in ["pkcs11:token=a?pin-value=1234", "pkcs11:pin-value=1234"] {
            assert_eq!(read(text), Err(UriError::PinValue));
        }
        let error = read("pkcs11:token=a?pin-value1234").unwrap_err();
        assert!(!error.to_string().contains("1234"), "{error}");
    }

    #[test]
    fn what_cannot_be_meant_is_refused_by_name() {
        let not_an_attribute = |part: &str| UriError::NotAnAttribute { part: part.into() };
        let unknown = |name: &str| UriError::UnknownAttribute { name: name.into() };
        let cases = [
            ("root.pem", UriError::Scheme),
            ("pkcs11:token", not_an_attribute("token")),
            ("pkcs11:token=a;", not_an_attribute("")),
            ("pkcs11:token=a?", not_an_attribute("")),
            ("pkcs11:x-vendor=1", unknown("x-vendor")),
            ("pkcs11:library-version=3", unknown("library-version")),
            ("pkcs11:Token=a", unknown("Token")),
            ("pkcs11:token=a;token=a", UriError::Twice { name: "token" }),
            ("pkcs11:token=", UriError::Empty { name: "token" }),
            ("pkcs11:token=a b", UriError::Character { name: "token", found: ' ' }),
            ("pkcs11:token=江苏", UriError::Character { name: "token", found: '江' }),
            ("pkcs11:token=a/b", UriError::Character { name: "token", found: '/' }),
            ("pkcs11:token=a#b", UriError::Character { name: "token", found: '#' }),
            ("pkcs11:token=%4", UriError::Percent { name: "token" }),
            ("pkcs11:token=%4g", UriError::Percent { name: "token" }),
            ("pkcs11:token=%", UriError::Percent { name: "token" }),
            ("pkcs11:token=%+4", UriError::Percent { name: "token" }),
            ("pkcs11:token=a%00", UriError::NotText { name: "token" }),
            ("pkcs11:object=%ff", UriError::NotText { name: "object" }),
            ("pkcs11:object=%1b[2J", UriError::NotText { name: "object" }),
            ("pkcs11:slot-id=+1", UriError::SlotId),
            ("pkcs11:slot-id=99999999999999999999", UriError::SlotId),
            ("pkcs11:type=cert", UriError::Type { found: "cert".into() }),
            ("pkcs11:a?token=b", not_an_attribute("a")),
            ("pkcs11:?token=b", UriError::Misplaced { name: "token", in_query: false }),
            ("pkcs11:module-name=b", UriError::Misplaced { name: "module-name", in_query: true }),
            ("pkcs11:?module-name=../b", UriError::ModuleName),
            ("pkcs11:?pin-source=/run/pin", UriError::PinSource),
            ("pkcs11:?pin-source=|cat", UriError::PinSource),
            ("pkcs11:?pin-source=file:", UriError::PinSource),
            ("pkcs11:?pin-source=file://host/pin", UriError::PinSource),
            ("pkcs11:?pin-source=https://host/pin", UriError::PinSource),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text), Err(expected), "{text}");
        }
        let long = format!("pkcs11:token={}", "a".repeat(MAX_LENGTH));
        assert_eq!(read(&long), Err(UriError::TooLong { length: long.len() }));
    }

    #[test]
    fn a_file_with_a_pin_is_named_in_the_ways_of_rfc_8089() {
        let pin_file = |text: &str| read(&format!("pkcs11:?pin-source={text}")).unwrap().pin_file;
        assert_eq!(pin_file("file:/run/pin"), Some("/run/pin".into()));
        assert_eq!(pin_file("file:///run/pin"), Some("/run/pin".into()));
        assert_eq!(pin_file("file://localhost/run/a%20pin"), Some("/run/a pin".into()));
        assert_eq!(pin_file("file:pin.txt"), Some("pin.txt".into()));
    }
}
