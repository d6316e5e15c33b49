//! Google's list of revoked attestation certificates: `{"entries": {SERIAL: {"status": …}}}`.
//!
//! Serial numbers are written in hexadecimal, some old ones in decimal. Whatever its status, a
//! certificate that is listed is not believed.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};

use serde::de::IgnoredAny;
use serde::Deserialize;

use super::config::{self, OpenError};

/// The file is read again after this time, in seconds.
const FRESH_S: i64 = 3_600;

/// The list, as the file had it when it was read last.
pub(super) struct RevocationList {
    file: PathBuf,
    held: RwLock<Held>,
}

struct Held {
    serials: HashSet<String>,
    read_unix_s: Option<i64>,
}

#[derive(Deserialize)]
struct List {
    entries: HashMap<String, IgnoredAny>,
}

impl RevocationList {
    pub(super) fn open(file: &std::path::Path) -> Result<Self, OpenError> {
        let held = Held { serials: read(file)?, read_unix_s: None };
        Ok(RevocationList { file: file.to_owned(), held: RwLock::new(held) })
    }

    pub(super) fn has(&self, serial: &[u8], now_unix_s: i64) -> bool {
        self.refresh(now_unix_s);
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        let [hexadecimal, decimal] = spellings(serial);
        held.serials.contains(&hexadecimal) || held.serials.contains(&decimal)
    }

    /// Reads the file again if it may have changed. While that fails, the old list counts.
    fn refresh(&self, now_unix_s: i64) {
        let is_fresh = |held: &Held| {
            let read = held.read_unix_s;
            read.is_some_and(|read| (0..FRESH_S).contains(&now_unix_s.saturating_sub(read)))
        };
        if is_fresh(&self.held.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if is_fresh(&held) {
            return;
        }
        held.read_unix_s = Some(now_unix_s);
        match read(&self.file) {
            Ok(serials) => held.serials = serials,
            Err(error) => tracing::warn!("revoked attestation certificates: {error}"),
        }
    }
}

fn read(file: &std::path::Path) -> Result<HashSet<String>, OpenError> {
    let text = config::read(file)?;
    let list: List = serde_json::from_str(&text)
        .map_err(|error| OpenError { file: file.to_owned(), problem: error.to_string() })?;
    Ok(list.entries.into_keys().map(|serial| serial.to_ascii_lowercase()).collect())
}

/// How a serial number is written. One of more than 16 bytes is never written in decimal.
fn spellings(serial: &[u8]) -> [String; 2] {
    let hexadecimal: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
    let hexadecimal = hexadecimal.trim_start_matches('0').to_owned();
    let decimal = u128::from_str_radix(&hexadecimal, 16).map(|number| number.to_string());
    [hexadecimal, decimal.unwrap_or_default()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_written_without_leading_zeros_in_both_ways() {
        assert_eq!(spellings(&[0, 0x0f, 0xa0]), ["fa0", "4000"].map(str::to_owned));
        let long = spellings(&[0xff; 17]);
        assert_eq!(long, ["ff".repeat(17), String::new()]);
    }

    #[test]
    fn a_list_is_read_again_after_an_hour_and_an_unreadable_one_changes_nothing() {
        let folder = std::env::temp_dir().join(format!("onecode-revoked-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("status.json");
        std::fs::write(&file, r#"{"entries": {"FA0": {"status": "SUSPENDED"}}}"#).unwrap();
        let list = RevocationList::open(&file).unwrap();
        assert!(list.has(&[0x0f, 0xa0], 1_000));
        std::fs::write(&file, r#"{"entries": {"17": {"status": "REVOKED"}}}"#).unwrap();
        assert!(list.has(&[0x0f, 0xa0], 4_599));
        assert!(!list.has(&[0x0f, 0xa0], 4_600));
        assert!(list.has(&[17], 4_600));
        std::fs::write(&file, "{").unwrap();
        assert!(list.has(&[17], 9_000));
        assert!(RevocationList::open(&file).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
