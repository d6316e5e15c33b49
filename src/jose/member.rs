//! Members of documents that have one form, where `serde` would accept several.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// An object in a document: `#[serde(deserialize_with = "jose::object")]`. Without it, an array of
/// the members' values would be accepted as well.
pub(crate) fn object<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Members<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<T, A::Error> {
            T::deserialize(MapAccessDeserializer::new(members))
        }
    }

    from.deserialize_map(Members(PhantomData))
}

/// An array of at most `MOST` items: `#[serde(deserialize_with = "jose::items::<_, _, MOST>")]`.
/// Items beyond that are not read.
pub(crate) fn items<'de, D, T, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    struct Items<T, const MOST: usize>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for Items<T, MOST> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "an array of at most {MOST}")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Vec<T>, A::Error> {
            let mut items = Vec::new();
            while let Some(item) = from.next_element()? {
                if items.len() == MOST {
                    return Err(A::Error::invalid_length(MOST + 1, &self));
                }
                items.push(item);
            }
            Ok(items)
        }
    }

    from.deserialize_seq(Items::<T, MOST>(PhantomData))
}

/// The same for objects: `#[serde(deserialize_with = "jose::objects::<_, _, MOST>")]`.
pub(crate) fn objects<'de, D, T, const MOST: usize>(from: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let objects = items::<D, Object<T>, MOST>(from)?;
    Ok(objects.into_iter().map(|Object(object)| object).collect())
}

/// A text of at most `MOST` bytes: `#[serde(deserialize_with = "jose::text::<_, MOST>")]`.
pub(crate) fn text<'de, D, const MOST: usize>(from: D) -> Result<String, D::Error>
where
    D: Deserializer<'de>,
{
    let text = String::deserialize(from)?;
    if text.len() > MOST {
        let detail = format_args!("a text of {} bytes; {MOST} are the most", text.len());
        return Err(D::Error::custom(detail));
    }
    Ok(text)
}

/// An array of such texts, with a limit on their number.
pub(crate) fn texts<'de, D, const MOST: usize, const LENGTH: usize>(
    from: D,
) -> Result<Vec<String>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(Deserialize)]
    struct Text<const LENGTH: usize>(#[serde(deserialize_with = "text::<_, LENGTH>")] String);

    let texts = items::<D, Text<LENGTH>, MOST>(from)?;
    Ok(texts.into_iter().map(|Text(text)| text).collect())
}

/// One of several words in a document: `#[serde(deserialize_with = "jose::word")]`. Without it, an
/// object with the word as its only member would be accepted as well.
pub(crate) fn word<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(String::deserialize(from)?.into_deserializer())
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de>")]
pub(super) struct Object<T>(#[serde(deserialize_with = "object")] pub(super) T);
