//! What an issuer's folder has, as its two kinds of index say it. They are unsigned: the lists have
//! their time and signature, and what an index says wrongly leads to no list in force.

use serde::{Deserialize, Serialize};

use super::file::{PublishedFile, MAX_STATUS_FILE};
use super::kept::{KEPT_DAYS, KEPT_MONDAYS, KEPT_MONTHS};
use crate::cose::encodable_time;
use crate::jose::{self, Sha256Hash};

/// Most anchors that a status index names.
pub const MAX_ANCHORS: usize = KEPT_DAYS + KEPT_MONDAYS + KEPT_MONTHS;
/// Most lists of an anchor.
const MAX_LISTS: usize = 4_096;
/// Most bytes of all lists of an anchor.
pub const MAX_ANCHOR_BYTES: u64 = 256 << 20;

/// What there is of an issuer's status lists (`status/ID/index.json`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusIndex {
    /// The issuer.
    #[serde(deserialize_with = "jose::text::<_, 32>")]
    pub issuer: String,
    /// The time of the newest publication (Unix seconds).
    #[serde(rename = "issued_at")]
    pub issued_at_unix_s: i64,
    /// Whole lists, in the order of their times.
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_ANCHORS>")]
    pub anchors: Vec<IndexedAnchor>,
    /// What has changed from an anchor to the newest publication, in the order of the anchors.
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_ANCHORS>")]
    pub deltas: Vec<IndexedDelta>,
}

/// Whole lists of one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedAnchor {
    /// Their time (Unix seconds).
    #[serde(rename = "issued_at")]
    pub issued_at_unix_s: i64,
    /// Bytes of all lists.
    pub size: u64,
    /// SHA-256 of the anchor's own index, which has those of the lists.
    pub sha256: Sha256Hash,
}

/// What has changed since an anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IndexedDelta {
    /// The time of the anchor (Unix seconds).
    #[serde(rename = "from")]
    pub from_unix_s: i64,
    /// Bytes of the file.
    pub size: u64,
    /// SHA-256 of the file.
    pub sha256: Sha256Hash,
}

/// The lists of an anchor (`status/ID/IAT/index.json`), in the order of their numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorFiles {
    /// From number 0 on.
    #[serde(deserialize_with = "jose::objects::<_, _, MAX_LISTS>")]
    pub lists: Vec<FileEntry>,
}

/// One file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Its bytes.
    pub size: u64,
    /// Its SHA-256.
    pub sha256: Sha256Hash,
}

/// An index of status lists cannot be used, or a publication cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublicationError {
    /// It departs from docs/SPEC.md section 23.
    #[error("not an index of status lists: {detail}")]
    Form {
        /// What is wrong.
        detail: String,
    },
    /// The index of another issuer.
    #[error("an index of the issuer {found:?}")]
    OtherIssuer {
        /// Whose it says it is.
        found: String,
    },
    /// A publication that is not later than the one before.
    #[error("the publication of {before_unix_s} is not before {issued_at_unix_s} (Unix seconds)")]
    NotLater {
        /// The time of the one before.
        before_unix_s: i64,
        /// The time of this one.
        issued_at_unix_s: i64,
    },
    /// There is no list, or more than can be published.
    #[error("{lists} lists of {bytes} bytes cannot be published as an anchor")]
    Lists {
        /// How many there are.
        lists: usize,
        /// Bytes of all of them.
        bytes: u64,
    },
}

impl StatusIndex {
    /// Reads the index of an issuer.
    pub fn read(json: &[u8], issuer: &str) -> Result<Self, PublicationError> {
        let index: StatusIndex = read(json)?;
        index.check()?;
        match index.issuer == issuer {
            true => Ok(index),
            false => Err(PublicationError::OtherIssuer { found: index.issuer }),
        }
    }

    /// Its bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, PublicationError> {
        self.check()?;
        write(self)
    }

    fn check(&self) -> Result<(), PublicationError> {
        let ascend = |times: &[i64]| times.windows(2).all(|pair| pair[0] < pair[1]);
        let anchors: Vec<i64> = self.anchors.iter().map(|anchor| anchor.issued_at_unix_s).collect();
        let deltas: Vec<i64> = self.deltas.iter().map(|delta| delta.from_unix_s).collect();
        let newest = self.issued_at_unix_s;
        let is_time = |time: &i64| encodable_time(*time).is_some();
        let is_anchor_size = |anchor: &IndexedAnchor| (1..=MAX_ANCHOR_BYTES).contains(&anchor.size);
        let is_delta_size =
            |delta: &IndexedDelta| (1..=MAX_STATUS_FILE as u64).contains(&delta.size);
        let detail = if !PublishedFile::is_folder(&self.issuer) {
            format!("{:?} is no issuer with a folder", self.issuer)
        } else if !anchors.iter().chain([&newest]).all(is_time) {
            "a time is before 1970 or after 9999".to_owned()
        } else if !ascend(&anchors) || anchors.last().is_some_and(|last| *last > newest) {
            "the anchors are not in order, or later than the newest publication".to_owned()
        } else if !ascend(&deltas) || !deltas.iter().all(|from| anchors.contains(from)) {
            "the deltas are not in order, or begin at no anchor".to_owned()
        } else if deltas.last().is_some_and(|last| *last == newest) {
            "a delta leads to where it begins".to_owned()
        } else if deltas.is_empty() && anchors.last() != Some(&newest) {
            "nothing leads to the newest publication".to_owned()
        } else if !self.anchors.iter().all(is_anchor_size) {
            format!("the lists of an anchor have none, or more than {MAX_ANCHOR_BYTES} bytes")
        } else if !self.deltas.iter().all(is_delta_size) {
            format!("a delta has no byte, or more than {MAX_STATUS_FILE}")
        } else {
            return Ok(());
        };
        Err(PublicationError::Form { detail })
    }

    /// The anchor of this time.
    pub fn anchor(&self, issued_at_unix_s: i64) -> Option<&IndexedAnchor> {
        self.anchors.iter().find(|anchor| anchor.issued_at_unix_s == issued_at_unix_s)
    }

    /// The times of its anchors.
    pub fn anchor_times(&self) -> Vec<i64> {
        self.anchors.iter().map(|anchor| anchor.issued_at_unix_s).collect()
    }

    /// The delta from an anchor to the newest publication.
    pub fn delta_from(&self, anchor_unix_s: i64) -> Option<&IndexedDelta> {
        self.deltas.iter().find(|delta| delta.from_unix_s == anchor_unix_s)
    }

    /// The file of a delta that it names.
    pub fn delta_file(&self, delta: &IndexedDelta) -> PublishedFile {
        PublishedFile::StatusDelta {
            issuer: self.issuer.clone(),
            issued_at_unix_s: self.issued_at_unix_s,
            from_unix_s: delta.from_unix_s,
        }
    }

    /// Bytes to go from an anchor to the newest publication; `None` where nothing leads there.
    pub fn from_anchor_bytes(&self, anchor_unix_s: i64) -> Option<u64> {
        match self.issued_at_unix_s == anchor_unix_s {
            true => Some(0),
            false => self.delta_from(anchor_unix_s).map(|delta| delta.size),
        }
    }

    /// The same publication for a folder that has only these anchors and the deltas from them.
    /// `None` if nothing in it would lead to the newest lists.
    pub fn with_only(&self, anchors: &[i64], deltas_from: &[i64]) -> Option<Self> {
        let mut less = self.clone();
        less.anchors.retain(|anchor| anchors.contains(&anchor.issued_at_unix_s));
        less.deltas.retain(|delta| {
            anchors.contains(&delta.from_unix_s) && deltas_from.contains(&delta.from_unix_s)
        });
        less.check().is_ok().then_some(less)
    }
}

impl AnchorFiles {
    /// What these lists say about themselves, in the order of their numbers.
    pub fn of(lists: &[Vec<u8>]) -> Self {
        let entry =
            |list: &Vec<u8>| FileEntry { size: list.len() as u64, sha256: Sha256Hash::of(list) };
        AnchorFiles { lists: lists.iter().map(entry).collect() }
    }

    /// Reads the index of an anchor. The status index has its hash, and the bytes of all lists.
    pub fn read(json: &[u8], anchor: &IndexedAnchor) -> Result<Self, PublicationError> {
        let files: AnchorFiles = read(json)?;
        match files.check()? == anchor.size {
            true => Ok(files),
            false => {
                let detail = format!("the lists have not {} bytes", anchor.size);
                Err(PublicationError::Form { detail })
            }
        }
    }

    /// Its bytes.
    pub fn to_json(&self) -> Result<Vec<u8>, PublicationError> {
        self.check()?;
        write(self)
    }

    /// Bytes of all lists.
    pub fn bytes(&self) -> u64 {
        self.lists.iter().fold(0, |sum, list| sum.saturating_add(list.size))
    }

    fn check(&self) -> Result<u64, PublicationError> {
        let (lists, bytes) = (self.lists.len(), self.bytes());
        let is_size = |list: &FileEntry| (1..=MAX_STATUS_FILE as u64).contains(&list.size);
        let fits = (1..=MAX_LISTS).contains(&lists) && bytes <= MAX_ANCHOR_BYTES;
        match fits && self.lists.iter().all(is_size) {
            true => Ok(bytes),
            false => Err(PublicationError::Lists { lists, bytes }),
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, PublicationError> {
    jose::read(json).map_err(|error| PublicationError::Form { detail: error.to_string() })
}

fn write(index: &impl Serialize) -> Result<Vec<u8>, PublicationError> {
    serde_json::to_vec(index).map_err(|error| PublicationError::Form { detail: error.to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most {MAX_ANCHORS} anchors"),
            &format!("1 to {} files", number(MAX_LISTS)),
            &format!("at most 256 MiB ({} bytes)", number(MAX_ANCHOR_BYTES)),
        ]);
    }

    const HASH: &str = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";

    fn anchor(at: i64, size: u64) -> String {
        format!(r#"{{"issued_at":{at},"size":{size},"sha256":"{HASH}"}}"#)
    }

    fn delta(from: i64, size: u64) -> String {
        format!(r#"{{"from":{from},"size":{size},"sha256":"{HASH}"}}"#)
    }

    fn index(at: i64, anchors: &[String], deltas: &[String]) -> String {
        let (anchors, deltas) = (anchors.join(","), deltas.join(","));
        format!(
            r#"{{"issuer":"cn-32","issued_at":{at},"anchors":[{anchors}],"deltas":[{deltas}]}}"#
        )
    }

    fn reads(json: &str) -> bool {
        StatusIndex::read(json.as_bytes(), "cn-32").is_ok()
    }

    #[test]
    fn an_index_has_one_form_that_it_is_written_in_again() {
        let json = index(300, &[anchor(100, 9), anchor(200, 9)], &[delta(100, 1)]);
        let read = StatusIndex::read(json.as_bytes(), "cn-32").unwrap();
        assert_eq!(read.to_json().unwrap(), json.as_bytes());
        assert_eq!(read.from_anchor_bytes(100), Some(1));
        assert_eq!(read.from_anchor_bytes(200), None);
        assert!(reads(&index(200, &[anchor(200, 9)], &[])));
        assert!(reads(&index(200, &[anchor(200, 9)], &[]).replace('{', r#"{"new":[1],"#)));
        let less = read.with_only(&[100], &[100, 200]).unwrap();
        assert_eq!((less.anchor_times(), less.deltas.len()), (vec![100], 1));
        assert_eq!(read.with_only(&[200], &[200]), None);
    }

    #[test]
    fn an_index_that_lies_is_refused() {
        let good = index(200, &[anchor(100, 9)], &[delta(100, 1)]);
        assert!(reads(&good));
        let many: Vec<String> = (0..=MAX_ANCHORS as i64).map(|at| anchor(at, 9)).collect();
        for json in [
            index(200, &[], &[]),
            index(200, &[anchor(100, 9)], &[]),
            index(200, &[anchor(300, 9)], &[]),
            index(200, &[anchor(200, 9), anchor(200, 9)], &[]),
            index(200, &[anchor(200, 9), anchor(100, 9)], &[]),
            index(200, &[anchor(100, 9)], &[delta(100, 1), delta(100, 1)]),
            index(200, &[anchor(100, 9)], &[delta(150, 1)]),
            index(200, &[anchor(200, 9)], &[delta(200, 1)]),
            index(200, &[anchor(200, 0)], &[]),
            index(200, &[anchor(200, MAX_ANCHOR_BYTES + 1)], &[]),
            index(200, &[anchor(100, 9)], &[delta(100, 0)]),
            index(200, &[anchor(100, 9)], &[delta(100, (4 << 20) + 1)]),
            index(-1, &[anchor(-1, 9)], &[]),
            index(253_402_300_800, &[anchor(253_402_300_800, 9)], &[]),
            index(16, &many, &[]),
            good.replace("cn-32", "../etc"),
            good.replace("cn-32", ".."),
            good.replace("\"size\":9", "\"size\":9.0"),
            good.replace("\"size\":9", "\"size\":9,\"size\":9"),
            good.replace(HASH, &HASH[1..]),
            good.replace("\"deltas\"", "\"more\""),
            "[]".repeat(40_000),
        ] {
            assert!(!reads(&json), "{json}");
        }
        let other = StatusIndex::read(good.replace("cn-32", "cn-31").as_bytes(), "cn-32");
        assert_eq!(other, Err(PublicationError::OtherIssuer { found: "cn-31".to_owned() }));
    }

    #[test]
    fn an_anchor_has_as_many_bytes_as_the_index_says() {
        let lists = AnchorFiles::of(&[vec![1; 5], vec![2; 7]]);
        let json = lists.to_json().unwrap();
        let anchor =
            |size| IndexedAnchor { issued_at_unix_s: 1, size, sha256: Sha256Hash::of(&json) };
        assert_eq!(AnchorFiles::read(&json, &anchor(12)), Ok(lists));
        assert!(AnchorFiles::read(&json, &anchor(13)).is_err());
        assert!(AnchorFiles::of(&[]).to_json().is_err());
        assert!(AnchorFiles::of(&[vec![]]).to_json().is_err());
        assert!(AnchorFiles::read(br#"{"lists":[]}"#, &anchor(0)).is_err());
        let huge = format!(r#"{{"lists":[{{"size":18446744073709551615,"sha256":"{HASH}"}}]}}"#);
        assert!(AnchorFiles::read(huge.as_bytes(), &anchor(u64::MAX)).is_err());
    }
}
