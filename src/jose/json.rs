//! The JSON of a document: one form that every reader understands alike. Reading takes no more
//! memory than the bytes themselves.
//!
//! Specification: RFC 7493 (I-JSON), docs/SPEC.md section 11.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::Deserializer;

use super::error::DocumentError;
use super::member::Object;

/// How deep arrays and objects may nest, the outermost object included.
const MAX_DEPTH: usize = 64;

/// Most members of an object. The search for duplicates thus keeps few names.
const MAX_MEMBERS: usize = 1_024;

/// Reads a document. All of it is checked first, even parts that nobody reads. Otherwise a member
/// that only one reader skips could leave two readers on two editions.
pub(crate) fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, DocumentError> {
    let content = |detail: String| DocumentError::Content { detail };
    let text = std::str::from_utf8(json)
        .map_err(|error| content(format!("byte {} is no UTF-8", error.valid_up_to())))?;
    check(text).map_err(|error| content(error.to_string()))?;
    let Object(document) =
        serde_json::from_str(text).map_err(|error| content(error.to_string()))?;
    Ok(document)
}

fn check(text: &str) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Checked { names: &mut Vec::new(), depth: 0 }.deserialize(&mut reader)?;
    reader.end()
}

/// Any value, checked for what is forbidden. Only the names of the enclosing objects are kept.
struct Checked<'n, 'de> {
    names: &'n mut Vec<Cow<'de, str>>,
    /// How deeply it is nested.
    depth: usize,
}

impl<'de> Checked<'_, 'de> {
    /// The values inside this array or object.
    fn inner(&mut self) -> Checked<'_, 'de> {
        Checked { names: self.names, depth: self.depth + 1 }
    }

    fn check_depth<E: Error>(&self) -> Result<(), E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("deeper than {MAX_DEPTH} arrays and objects")));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Checked<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Checked<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, an integer of 64 bits, true, false, an array or an object")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        self.check_depth()?;
        while items.next_element_seed(self.inner())?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        self.check_depth()?;
        let first = self.names.len();
        while let Some(name) = members.next_key_seed(MemberName)? {
            self.names.push(name);
            if self.names.len() - first > MAX_MEMBERS {
                let detail = format_args!("an object with more than {MAX_MEMBERS} members");
                return Err(A::Error::custom(detail));
            }
            members.next_value_seed(self.inner())?;
        }
        let names = &mut self.names[first..];
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            let name: String = twice[0].chars().take(64).collect();
            return Err(A::Error::custom(format_args!("the member {name:?} is there twice")));
        }
        self.names.truncate(first);
        Ok(())
    }
}

/// The name of a member, borrowed from the document unless it has escapes.
struct MemberName;

impl<'de> DeserializeSeed<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for MemberName {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E: Error>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;
    use crate::spec::{assert_says, number};

    #[derive(Debug, Deserialize)]
    struct Known {
        known: u8,
    }

    fn reads(json: &[u8]) -> bool {
        let document: Result<Known, _> = read(json);
        assert_ne!(document.as_ref().map(|document| document.known), Ok(0));
        document.is_ok()
    }

    /// A document with a part that nobody reads.
    fn reads_beside(unknown: &str) -> bool {
        reads(format!(r#"{{"known":1,"unknown":{unknown}}}"#).as_bytes())
    }

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most {MAX_DEPTH} arrays and objects lie in each other"),
            &format!("An object has at most {} members", number(MAX_MEMBERS)),
        ]);
    }

    #[test]
    fn what_nobody_looks_at_has_the_one_form_all_the_same() {
        let good = [
            "0",
            "-9223372036854775808",
            "18446744073709551615",
            "true",
            "[]",
            "{}",
            "\"\"",
            r#"{"a":{"a":1},"b":[{"a":1},{"a":2}]}"#,
            r#""\ud83d\ude00 \u0000 \uffff""#,
            "\"\u{ffff}\"",
        ];
        for json in good {
            assert!(reads_beside(json), "{json}");
        }
        let bad = [
            "null",
            "1.0",
            "1e2",
            "-0",
            "18446744073709551616",
            "-9223372036854775809",
            "1e999",
            "01",
            "+1",
            "NaN",
            r#""\ud800""#,
            r#""\udc00""#,
            r#""\udc00\ud800""#,
            "\"\u{1}\"",
            r#""\x""#,
            "[1,]",
            r#"{"a":1,"b":2,"a":1}"#,
            r#"{"a":1,"\u0061":1}"#,
            r#"[{"a":[{"b":1,"b":1}]}]"#,
        ];
        for json in bad {
            assert!(!reads_beside(json), "{json}");
        }
        assert!(reads(b" {\"known\" : 1 }\r\n"));
        for json in [
            &b"\xef\xbb\xbf{\"known\":1}"[..],
            b"{\"known\":1,\"unknown\":\"\xff\"}",
            b"{\"known\":1,\"\xff\":1}",
            b"{\"known\":1,\"unknown\":\"\xed\xa0\x80\"}",
            b"{\"known\":1} {}",
            b"[1]",
            b"{\"known\":1,\"unknown\":1,\"unknown\":1}",
        ] {
            assert!(!reads(json), "{}", json.escape_ascii());
        }
    }

    #[test]
    fn depth_and_members_have_bounds() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(reads_beside(&nested(MAX_DEPTH - 1)));
        assert!(!reads_beside(&nested(MAX_DEPTH)));
        assert!(!reads_beside(&"[".repeat(1 << 20)));
        let object = |members: usize| {
            let members: Vec<_> = (0..members).map(|name| format!("\"{name}\":0")).collect();
            format!("{{{}}}", members.join(","))
        };
        assert!(reads_beside(&object(MAX_MEMBERS)));
        assert!(!reads_beside(&object(MAX_MEMBERS + 1)));
        assert!(reads_beside(&format!("[{0},{0}]", object(MAX_MEMBERS))));
    }
}
