//! What is published: lists that a scanner takes as they come, and how they are read.
//!
//! Uses `files`. A folder of these is all that a scanner needs besides the root's public key.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use onecode::jose::decode_base64url;
use onecode::Scanner;

use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lang::Said;

/// Largest published document that is read, in bytes.
const MAX_PUBLISHED: u64 = 64 << 20;

/// The lists that scanners get, taken again when their files change.
pub(crate) struct Published {
    folder: PathBuf,
    seen: HashMap<PathBuf, Seen>,
}

/// A file as it was when it was last looked at.
struct Seen {
    stamp: Option<(SystemTime, u64)>,
    /// Why it was not taken, if so.
    problem: Option<Said>,
}

impl Published {
    pub(crate) fn of(folder: PathBuf) -> Self {
        Published { folder, seen: HashMap::new() }
    }

    /// Hands every list to the scanner that is new since the last time, or was not taken then: how
    /// many it took, and what is newly wrong with the others.
    ///
    /// What could not be taken may be taken later as it is: when the list comes that names its key,
    /// or the clock has been set.
    pub(crate) fn install(&mut self, scanner: &mut Scanner, now: i64) -> (usize, Vec<Said>) {
        let (mut taken, mut problems) = (0, Vec::new());
        let trust_list = self.folder.join("trust-list.jws");
        let catalogue = self.folder.join("catalogue.jws");
        let status = files::files_in(&self.folder.join("status"), "b64");
        for file in [&trust_list, &catalogue].into_iter().chain(&status) {
            let stamp = fs::metadata(file)
                .ok()
                .and_then(|found| Some((found.modified().ok()?, found.len())));
            let before = self.seen.get(file).filter(|seen| seen.stamp == stamp);
            if before.is_some_and(|seen| seen.problem.is_none()) {
                continue;
            }
            let installed = read(file).and_then(|bytes| {
                let installed = if *file == trust_list {
                    scanner.install_trust_list(&bytes, now)
                } else if *file == catalogue {
                    scanner.install_catalogue(&bytes, now)
                } else {
                    scanner.install_status(&bytes, now)
                };
                installed.map_err(|error| {
                    let error = error.said();
                    failed(file, said!("没有装入：{error}", "not taken: {error}"))
                })
            });
            let problem = installed.err().map(|Failure(line)| line);
            match &problem {
                None => taken += 1,
                Some(line) if before.is_some_and(|seen| seen.problem.as_ref() == Some(line)) => {}
                Some(line) => problems.push(line.clone()),
            }
            self.seen.insert(file.clone(), Seen { stamp, problem });
        }
        (taken, problems)
    }
}

/// A published document: binary as text in base64url, the others as they are.
pub(crate) fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let bytes = files::read_up_to(file, MAX_PUBLISHED)?;
    let text = bytes.trim_ascii();
    if file.extension().is_some_and(|extension| extension == "jws") {
        return Ok(text.to_vec());
    }
    decode_base64url(text).map_err(|error| failed(file, error))
}
