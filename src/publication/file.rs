//! The files of a publication: what each is, and where it lies.

use std::fmt;

use crate::cose::encodable_time;
use crate::jose::{Sha256Hash, MAX_DOCUMENT};
use crate::lists::is_id;

/// Largest index, notice, status index or index of an anchor that is read, in bytes.
pub const MAX_INDEX_FILE: usize = 512 << 10;

/// Largest status list or delta that is read, in bytes.
pub const MAX_STATUS_FILE: usize = 4 << 20;

/// Most lists of one issuer.
const MAX_LISTS: u16 = 4_096;

/// A file of a publication. Its path and what it is are one thing: see [`PublishedFile::path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PublishedFile {
    /// Which documents are the newest, signed.
    Index,
    /// An edition of the roots, by number.
    Roots(u64),
    /// An edition of the trust list, by number.
    TrustList(u64),
    /// An edition of the catalogue, by number.
    Catalogue(u64),
    /// A withdrawal notice, by hash.
    Withdrawal(Sha256Hash),
    /// What there is of an issuer's status lists.
    StatusIndex {
        /// The issuer.
        issuer: String,
    },
    /// The lists of an anchor, with their sizes and hashes.
    AnchorIndex {
        /// The issuer.
        issuer: String,
        /// The time of its lists (Unix seconds).
        issued_at_unix_s: i64,
    },
    /// A whole list of an anchor.
    StatusList {
        /// The issuer.
        issuer: String,
        /// Its time (Unix seconds).
        issued_at_unix_s: i64,
        /// Its number.
        number: u16,
    },
    /// What has changed since an anchor.
    StatusDelta {
        /// The issuer.
        issuer: String,
        /// The time that it leads to (Unix seconds).
        issued_at_unix_s: i64,
        /// The time of the anchor (Unix seconds).
        from_unix_s: i64,
    },
}

impl PublishedFile {
    /// Where it lies: below the folder or the address of the publication, with `/` between names.
    pub fn path(&self) -> String {
        match self {
            PublishedFile::Index => "index.json".to_owned(),
            PublishedFile::Roots(number) => format!("roots/{number}.json"),
            PublishedFile::TrustList(number) => format!("trust-list/{number}.json"),
            PublishedFile::Catalogue(number) => format!("catalogue/{number}.json"),
            PublishedFile::Withdrawal(hash) => format!("withdrawal/{hash}.json"),
            PublishedFile::StatusIndex { issuer } => format!("status/{issuer}/index.json"),
            PublishedFile::AnchorIndex { issuer, issued_at_unix_s } => {
                format!("status/{issuer}/{issued_at_unix_s}/index.json")
            }
            PublishedFile::StatusList { issuer, issued_at_unix_s, number } => {
                format!("status/{issuer}/{issued_at_unix_s}/{number}.cwt")
            }
            PublishedFile::StatusDelta { issuer, issued_at_unix_s, from_unix_s } => {
                format!("status/{issuer}/{issued_at_unix_s}.from-{from_unix_s}.cwt")
            }
        }
    }

    /// The file with this path; `None` for every other text, so also for a second way to write one.
    pub fn from_path(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.split('/').take(5).collect();
        match parts[..] {
            ["index.json"] => Some(PublishedFile::Index),
            ["roots", name] => number(stem(name)?).map(PublishedFile::Roots),
            ["trust-list", name] => number(stem(name)?).map(PublishedFile::TrustList),
            ["catalogue", name] => number(stem(name)?).map(PublishedFile::Catalogue),
            ["withdrawal", name] => {
                let hash = Sha256Hash::from_base64url(stem(name)?)?;
                (hash.to_string() == stem(name)?).then_some(PublishedFile::Withdrawal(hash))
            }
            ["status", issuer, "index.json"] => {
                Some(PublishedFile::StatusIndex { issuer: folder(issuer)? })
            }
            ["status", issuer, name] => {
                let (issued_at, from) = name.strip_suffix(".cwt")?.split_once(".from-")?;
                Some(PublishedFile::StatusDelta {
                    issuer: folder(issuer)?,
                    issued_at_unix_s: time(issued_at)?,
                    from_unix_s: time(from)?,
                })
            }
            ["status", issuer, issued_at, name] => {
                let (issuer, issued_at_unix_s) = (folder(issuer)?, time(issued_at)?);
                if name == "index.json" {
                    return Some(PublishedFile::AnchorIndex { issuer, issued_at_unix_s });
                }
                let number = u16::try_from(number(name.strip_suffix(".cwt")?)?).ok()?;
                (number < MAX_LISTS).then_some(PublishedFile::StatusList {
                    issuer,
                    issued_at_unix_s,
                    number,
                })
            }
            _ => None,
        }
    }

    /// The issuer in whose folder it lies.
    pub fn issuer(&self) -> Option<&str> {
        match self {
            PublishedFile::StatusIndex { issuer }
            | PublishedFile::AnchorIndex { issuer, .. }
            | PublishedFile::StatusList { issuer, .. }
            | PublishedFile::StatusDelta { issuer, .. } => Some(issuer),
            _ => None,
        }
    }

    /// The media type that a server tells.
    pub fn media_type(&self) -> &'static str {
        match self {
            PublishedFile::StatusList { .. } => "application/statuslist+cwt",
            PublishedFile::StatusDelta { .. } => "application/onecode-status-delta+cwt",
            _ => "application/json",
        }
    }

    /// Whether it is written again under its name. All others are good for ever where they are
    /// cached.
    pub fn is_rewritten(&self) -> bool {
        matches!(self, PublishedFile::Index | PublishedFile::StatusIndex { .. })
    }

    /// Most bytes that are read of it.
    pub fn max_bytes(&self) -> usize {
        match self {
            PublishedFile::Roots(_) | PublishedFile::TrustList(_) | PublishedFile::Catalogue(_) => {
                MAX_DOCUMENT
            }
            PublishedFile::StatusList { .. } | PublishedFile::StatusDelta { .. } => MAX_STATUS_FILE,
            _ => MAX_INDEX_FILE,
        }
    }

    /// Whether an issuer with this id has a folder: an id that begins with a point has none.
    pub fn is_folder(issuer: &str) -> bool {
        is_id(issuer) && !issuer.starts_with('.')
    }
}

impl fmt::Display for PublishedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path())
    }
}

fn stem(name: &str) -> Option<&str> {
    name.strip_suffix(".json")
}

fn folder(issuer: &str) -> Option<String> {
    PublishedFile::is_folder(issuer).then(|| issuer.to_owned())
}

/// Decimal digits without leading zeros.
fn number(digits: &str) -> Option<u64> {
    digits.parse::<u64>().ok().filter(|number| number.to_string() == digits)
}

fn time(digits: &str) -> Option<i64> {
    let time = i64::try_from(number(digits)?).ok()?;
    encodable_time(time).map(|_| time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{assert_says, number};

    const SPEC_TABLE: &str = include_str!("../../docs/SPEC.md");

    #[test]
    fn the_specification_states_what_is_here() {
        assert_says([
            &format!("at most 512 KiB ({} bytes)", number(MAX_INDEX_FILE)),
            "an issuer whose id begins with a point has no folder",
        ]);
        // The table of files.
        let issuer = || "ID".to_owned();
        let (issued_at_unix_s, number) = (1, 2);
        let list = PublishedFile::StatusList { issuer: issuer(), issued_at_unix_s, number };
        let delta = PublishedFile::StatusDelta {
            issuer: issuer(),
            issued_at_unix_s,
            from_unix_s: number.into(),
        };
        for (file, path) in [
            (PublishedFile::Index, "index.json"),
            (PublishedFile::StatusIndex { issuer: issuer() }, "status/ID/index.json"),
            (
                PublishedFile::AnchorIndex { issuer: issuer(), issued_at_unix_s },
                "status/ID/IAT/index.json",
            ),
            (list, "status/ID/IAT/K.cwt"),
            (delta, "status/ID/IAT.from-ANCHOR.cwt"),
        ] {
            let written = file.path().replace("/1", "/IAT").replace("/2.cwt", "/K.cwt");
            assert_eq!(written.replace("from-2", "from-ANCHOR"), path);
            let row = SPEC_TABLE.lines().find(|row| row.starts_with(&format!("| `{path}` |")));
            let row = row.unwrap_or_else(|| panic!("no row for {path}"));
            assert!(row.contains(file.media_type()), "{row}");
            assert_eq!(row.contains("no-cache"), file.is_rewritten(), "{row}");
        }
    }

    #[test]
    fn a_path_leads_to_its_file_and_back() {
        let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU";
        for path in [
            "index.json",
            "roots/1.json",
            "trust-list/18446744073709551615.json",
            "catalogue/0.json",
            &format!("withdrawal/{hash}.json"),
            "status/cn-32/index.json",
            "status/cn-32/1795392000/index.json",
            "status/cn-32/1795392000/4095.cwt",
            "status/a..b/0/0.cwt",
            "status/cn-32/253402300799.from-1795392000.cwt",
        ] {
            let file = PublishedFile::from_path(path).unwrap_or_else(|| panic!("{path}"));
            assert_eq!(file.path(), path);
        }
    }

    #[test]
    fn every_other_path_is_refused() {
        let hash = "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFV"; // A stray bit at the end.
        for path in [
            "",
            "/index.json",
            "./index.json",
            "index.json/",
            "roots/01.json",
            "roots/+1.json",
            "roots/18446744073709551616.json",
            "roots/../index.json",
            "Roots/1.json",
            &format!("withdrawal/{hash}.json"),
            "status/../index.json",
            "status/./index.json",
            "status/.hidden/index.json",
            "status/CN-32/index.json",
            "status/cn-32\\x/index.json",
            "status/abcdefghijklmnopqrstuvwxyz-0123456/index.json",
            "status/cn-32/1795392000/4096.cwt",
            "status/cn-32/1795392000/00.cwt",
            "status/cn-32/253402300800/0.cwt",
            "status/cn-32/-1/0.cwt",
            "status/cn-32/1.from-2.from-3.cwt",
            "status/cn-32/1795392000/0.cwt/0.cwt",
            "status/cn-32/1795392000/0.cwt\0",
        ] {
            assert_eq!(PublishedFile::from_path(path), None, "{path:?}");
        }
    }
}
