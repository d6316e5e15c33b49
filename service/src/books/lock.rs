//! Who may use a file of SQLite, and whose turn it is to publish.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sqlx::{Any, Transaction};
use tokio::sync::OwnedMutexGuard;

use super::{failed, Books, OpenError};
use crate::problem::Problem;

/// A lock beside the books: closing the file, or the end of the process, opens it.
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    pub(super) fn take(books: &Path) -> Result<Self, OpenError> {
        // The books are the owner's: SQLite gives its other files the same mode.
        open(books)?;
        let path = beside(books);
        let file = open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(FileLock { _file: file }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse { file: books.to_owned() }),
            Err(TryLockError::Error(error)) => Err(OpenError::File { file: path, error }),
        }
    }
}

fn beside(books: &Path) -> PathBuf {
    let mut name = books.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn open(path: &Path) -> Result<File, OpenError> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| OpenError::File { file: path.to_owned(), error })
}

/// The URL of a file, whatever characters are in its name.
pub(super) fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' => {
                url.push(char::from(*byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push_str("?mode=rwc");
    url
}

/// The turn to publish: one process at a time has it, until it is dropped or the process ends.
pub struct PublisherTurn {
    /// On PostgreSQL, holds a lock of the database.
    transaction: Option<Transaction<'static, Any>>,
    _here: OwnedMutexGuard<()>,
}

/// Names the lock among those of the database ("onecode p").
const PUBLISHER: i64 = 0x6f6e_6563_6f64_6570;

impl Books {
    /// The turn to publish, unless another process or task has it.
    pub async fn publisher(&self) -> Result<Option<PublisherTurn>, Problem> {
        let Ok(here) = Arc::clone(&self.publisher).try_lock_owned() else { return Ok(None) };
        if self.is_sqlite {
            return Ok(Some(PublisherTurn { transaction: None, _here: here }));
        }
        let mut transaction = self.writes.begin().await.map_err(failed)?;
        // Signing large lists takes longer than any request.
        let no_limit = "SET LOCAL idle_in_transaction_session_timeout = 0";
        sqlx::query(no_limit).execute(&mut *transaction).await.map_err(failed)?;
        let lock = "SELECT CASE WHEN pg_try_advisory_xact_lock($1) THEN 1 ELSE 0 END::INT8";
        let taken: i64 = sqlx::query_scalar(lock)
            .bind(PUBLISHER)
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        let turn = PublisherTurn { transaction: Some(transaction), _here: here };
        Ok((taken == 1).then_some(turn))
    }
}

impl PublisherTurn {
    /// Asks the database whether the turn is still ours: a connection that broke has lost it.
    pub async fn is_still_ours(&mut self) -> Result<(), Problem> {
        if let Some(transaction) = &mut self.transaction {
            sqlx::query("SELECT 1").execute(&mut **transaction).await.map_err(failed)?;
        }
        Ok(())
    }
}
