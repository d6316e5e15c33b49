//! The PIN of a token: from a file that its owner alone can read, or from whoever is asked.
//!
//! Uses nothing else of the crate.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

/// Longest PIN, in bytes. Tokens say less.
const MAX_LENGTH: usize = 255;

/// The PIN of a token, wiped from memory when it is dropped.
#[derive(Clone)]
pub struct Pin(Zeroizing<String>);

/// For which token a PIN is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinWanted {
    /// The token's label.
    pub token: String,
    /// A wrong PIN now locks the token.
    pub is_last_try: bool,
}

/// A file with a PIN is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinFileProblem {
    /// The system does not give it.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// It is a folder or a device.
    #[error("it is no regular file")]
    NotAFile,
    /// Its group or everybody may read or write it.
    #[error("others than its owner may read or write it (mode {mode:03o}); `chmod 600` it")]
    OpenToOthers {
        /// Its permissions.
        mode: u32,
    },
    /// It belongs to another user, who knows the PIN then.
    #[error("it belongs to another user")]
    OfAnotherUser,
    /// It holds no single line of text, or one that is too long.
    #[error("it is not one line with a PIN")]
    Content,
}

impl Pin {
    /// A PIN as somebody types it: 1 to 255 bytes without control characters.
    pub fn new(text: Zeroizing<String>) -> Option<Self> {
        let good = (1..=MAX_LENGTH).contains(&text.len()) && !text.chars().any(char::is_control);
        good.then_some(Pin(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The first line of a file, which must be the only one.
    pub(crate) fn read(file: &Path) -> Result<Self, PinFileProblem> {
        let io = |error: io::Error| PinFileProblem::Io(error.kind());
        let opened = open(file).map_err(io)?;
        check_owner(&opened)?;
        // With room for all of it: a copy that is left behind would not be wiped.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_LENGTH + 3));
        opened.take(MAX_LENGTH as u64 + 3).read_to_end(&mut bytes).map_err(io)?;
        let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let text = std::str::from_utf8(line).map_err(|_| PinFileProblem::Content)?;
        Pin::new(Zeroizing::new(text.to_owned())).ok_or(PinFileProblem::Content)
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(…)")
    }
}

/// A FIFO that has nobody at its other end is not waited for.
#[cfg(unix)]
fn open(file: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    let flags = (rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY).bits();
    OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(file)
}

#[cfg(not(unix))]
fn open(file: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).open(file)
}

/// Of the file that was opened, which nobody can put another one in the place of.
fn check_owner(opened: &File) -> Result<(), PinFileProblem> {
    let found = opened.metadata().map_err(|error| PinFileProblem::Io(error.kind()))?;
    if !found.is_file() {
        return Err(PinFileProblem::NotAFile);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if ![0, rustix::process::geteuid().as_raw()].contains(&found.uid()) {
            return Err(PinFileProblem::OfAnotherUser);
        }
        let mode = found.mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(PinFileProblem::OpenToOthers { mode });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Option<Pin> {
        Pin::new(Zeroizing::new(text.to_owned()))
    }

    #[test]
    fn a_pin_is_a_line_of_text() {
        assert!(
            pin("1234").is_some() && pin("口令 1").is_some() && pin(&"1".repeat(255)).is_some()
        );
        assert!(pin("").is_none() && pin("12\n34").is_none() && pin("1\0").is_none());
        assert!(pin(&"1".repeat(256)).is_none());
        assert_eq!(format!("{:?}", pin("1234").unwrap()), "Pin(…)");
    }
}
