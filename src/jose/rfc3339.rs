//! A time in a document: RFC 3339 in UTC with whole seconds, `2026-11-23T00:00:00Z`.

use serde::{de::Error, Deserialize, Deserializer, Serializer};
use time::format_description::well_known::Rfc3339;
use time::OffsetDateTime;

/// The one form of a time, from 1970 to 9999; `None` outside.
pub(crate) fn written(unix_s: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(unix_s).ok().filter(|_| unix_s >= 0)?;
    time.format(&Rfc3339).ok()
}

pub(crate) fn serialize<S: Serializer>(unix_s: &i64, to: S) -> Result<S::Ok, S::Error> {
    use serde::ser::Error;
    let text = written(*unix_s)
        .ok_or_else(|| S::Error::custom("not a time within the years 1970 to 9999"))?;
    to.serialize_str(&text)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    let text = <std::borrow::Cow<'_, str>>::deserialize(from)?;
    // The parser also accepts small letters, a space and empty fractions.
    OffsetDateTime::parse(&text, &Rfc3339)
        .ok()
        .map(OffsetDateTime::unix_timestamp)
        .filter(|unix_s| written(*unix_s).is_some_and(|written| written == *text))
        .ok_or_else(|| D::Error::custom("a time is written like 2026-11-23T00:00:00Z"))
}

/// The same for a time that may be left out.
pub(crate) mod option {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(unix_s: &Option<i64>, to: S) -> Result<S::Ok, S::Error> {
        match unix_s {
            Some(unix_s) => super::serialize(unix_s, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
        #[derive(Deserialize)]
        struct Time(#[serde(with = "super")] i64);
        Ok(Option::<Time>::deserialize(from)?.map(|time| time.0))
    }
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};

    #[test]
    fn a_time_has_one_form() {
        #[derive(Debug, Deserialize, Serialize)]
        struct Time(#[serde(with = "super")] i64);
        let read = |text: &str| serde_json::from_value::<Time>(text.into()).map(|time| time.0);
        for (text, unix_s) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2026-11-23T00:00:00Z", 1_795_392_000),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            assert_eq!(read(text).unwrap(), unix_s);
            assert_eq!(serde_json::to_value(Time(unix_s)).unwrap(), text);
        }
        for text in [
            "",
            "2026-11-23",
            "2026-11-23T00:00Z",
            "2026-11-23T00:00:00",
            "2026-11-23t00:00:00Z",
            "2026-11-23T00:00:00z",
            "2026-11-23 00:00:00Z",
            " 2026-11-23T00:00:00Z",
            "2026-11-23T00:00:00Z ",
            "2026-11-23T00:00:00.0Z",
            "2026-11-23T00:00:00.000000000Z",
            "2026-11-23T00:00:00.5Z",
            "2026-11-23T00:00:00+00:00",
            "2026-11-23T00:00:00-00:00",
            "2026-11-23T08:00:00+08:00",
            "2016-12-31T23:59:60Z",
            "2026-11-23T24:00:00Z",
            "2026-02-29T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "0000-01-01T00:00:00Z",
            "10000-01-01T00:00:00Z",
            "+2026-11-23T00:00:00Z",
            "20261123T000000Z",
            "1795392000",
        ] {
            let read = read(text);
            assert!(read.is_err(), "{text} is read as {read:?}");
        }
        // Only what can be read is written.
        for unix_s in [-1, 253_402_300_800, i64::MIN, i64::MAX] {
            assert!(serde_json::to_value(Time(unix_s)).is_err(), "{unix_s}");
        }
    }
}
