//! The books: what was granted, which phone has which position, and what became of it.
//!
//! One SQL for SQLite and PostgreSQL: 64-bit integers and text, `$1`, `RETURNING`. A row is locked by
//! updating it, which both understand. The order is always: card, then positions, so that no two
//! changes wait for each other. `schema` has the tables, each other file a subject. Times are handed
//! in.

mod cards;
mod forgetting;
mod grants;
mod lock;
mod positions;
mod publications;
mod renewals;
mod requests;
mod reserve;
mod schema;

use std::ops::DerefMut;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::AnyPoolOptions;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Executor, Row, Transaction};
use tokio::sync::Mutex;

pub use cards::{Card, NewCard};
pub(crate) use forgetting::Page;
pub use lock::PublisherTurn;
pub use positions::{Move, NewPosition, Position};
pub(crate) use publications::Listed;
pub use renewals::{Asked, Held, Renewal, Renewed, Renewing, Used};
pub(crate) use requests::text;
pub use requests::{Answered, Request};
pub use schema::VERSION;

use crate::config;
use crate::problem::{Kind, Problem};
use reserve::{Reserve, Spare};

/// How long a request waits for a connection, or for its turn to write.
const WAIT: Duration = Duration::from_secs(5);

/// A connection that was not used for longer is asked whether it is still there. Before each use that
/// would be one more question to the database for each of ours.
const IDLE: Duration = Duration::from_secs(1);

/// What is written of a card or a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// In use.
    Valid,
    /// 挂失, until it is restored or its time is over.
    Suspended,
    /// 注销, for good.
    Revoked,
}

impl State {
    fn number(self) -> i64 {
        match self {
            State::Valid => 0,
            State::Suspended => 1,
            State::Revoked => 2,
        }
    }

    fn of(number: i64) -> Result<Self, Problem> {
        match number {
            0 => Ok(State::Valid),
            1 => Ok(State::Suspended),
            2 => Ok(State::Revoked),
            _ => Err(Kind::Internal.with("a state that is none")),
        }
    }

    /// As answers name it.
    pub fn name(self) -> &'static str {
        match self {
            State::Valid => "valid",
            State::Suspended => "suspended",
            State::Revoked => "revoked",
        }
    }
}

/// The books cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another service has this file.
    #[error("{}: another service uses these books; SQLite serves one (PostgreSQL several)", file.display())]
    InUse {
        /// The file.
        file: PathBuf,
    },
    /// The file, or the one beside it that is locked, cannot be made.
    #[error("{}: {error}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database does not answer, or not as it should.
    #[error("the database: {0}")]
    Database(#[from] sqlx::Error),
    /// A newer service has changed the tables.
    #[error("the books have the schema {found}, and this service knows {known}: run a newer one")]
    Newer {
        /// What they have.
        found: i64,
        /// What is known.
        known: i64,
    },
    /// The lists have more positions already.
    #[error("books.positions is {asked}, and the books have {found}: lists never shrink")]
    Shrunk {
        /// What the configuration says.
        asked: u32,
        /// What the books say.
        found: i64,
    },
    /// Neither of the two databases.
    #[error("{scheme}: books are in sqlite:FILE or postgres://…")]
    Scheme {
        /// What the URL begins with.
        scheme: String,
    },
    /// The system gave no random numbers.
    #[error("the system gives no random numbers")]
    NoRandomness,
    /// The books to be continued cannot be read.
    #[error("{}: {problem}", file.display())]
    Continues {
        /// The file.
        file: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

/// The database of one service.
#[derive(Clone)]
pub struct Books {
    reads: AnyPool,
    /// On SQLite one connection: it has one writer, and who waits here does not poll there. What
    /// another connection writes would empty its cache, too.
    writes: AnyPool,
    is_sqlite: bool,
    reserve: Arc<Reserve>,
    publisher: Arc<Mutex<()>>,
    secret: Arc<[u8]>,
    _file: Option<Arc<lock::FileLock>>,
}

/// A change of the books: all of it, or nothing. Dropped, it is nothing.
pub struct Change {
    // In this order: a position is free when its change has gone.
    transaction: Transaction<'static, Any>,
    spare: Option<Spare>,
    given: Option<Spare>,
}

impl Books {
    /// Opens the books, and makes them if they are new.
    pub async fn open(config: &config::Books, now: i64) -> Result<Self, OpenError> {
        sqlx::any::install_default_drivers();
        let (scheme, rest) = config.database.split_once(':').unwrap_or((&config.database, ""));
        let (url, file) = match scheme {
            "sqlite" => {
                let path = PathBuf::from(rest);
                let lock = lock::FileLock::take(&path)?;
                (lock::sqlite_url(&path), Some(Arc::new(lock)))
            }
            "postgres" | "postgresql" => (config.database.clone(), None),
            _ => return Err(OpenError::Scheme { scheme: scheme.to_owned() }),
        };
        let is_sqlite = file.is_some();
        let (reads, writes) = if is_sqlite {
            let writes = pool(1, SQLITE_WRITER).connect(&url).await?;
            (pool(config.connections, SQLITE_READER).connect(&url).await?, writes)
        } else {
            let pool = pool(config.connections, POSTGRES).connect(&url).await?;
            (pool.clone(), pool)
        };
        let secret = schema::prepare(&writes, is_sqlite, config, now).await?;
        Ok(Books {
            reads,
            writes,
            is_sqlite,
            reserve: Arc::default(),
            publisher: Arc::default(),
            secret: secret.into(),
            _file: file,
        })
    }

    /// A secret that all processes on these books share.
    pub fn secret(&self) -> &[u8] {
        &self.secret
    }

    /// Begins a change.
    pub async fn change(&self) -> Result<Change, Problem> {
        let begin = if self.is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" };
        let transaction = self.writes.begin_with(begin).await.map_err(failed)?;
        Ok(Change { transaction, spare: None, given: None })
    }

    /// Begins a change that may give a position. That comes first: within the change, others would
    /// wait for it.
    pub async fn change_that_gives(&self) -> Result<Change, Problem> {
        let spare = self.spare().await?;
        Ok(Change { spare, ..self.change().await? })
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Problem> {
        sqlx::query("SELECT 1").execute(&self.reads).await.map_err(failed)?;
        Ok(())
    }

    /// Closes all connections.
    pub async fn close(&self) {
        // Without it a few positions are lost, which is all right: the log has why.
        let _ = self.give_back().await;
        self.reads.close().await;
        self.writes.close().await;
    }
}

fn pool(connections: u32, settings: &'static [&'static str]) -> AnyPoolOptions {
    AnyPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(WAIT)
        .test_before_acquire(false)
        .before_acquire(|connection, meta| {
            // SQLite ends a change by itself when its disk is full. The driver goes on counting it, so
            // it would begin no other on this connection.
            let is_free = !connection.is_in_transaction();
            Box::pin(async move {
                if is_free && meta.idle_for > IDLE {
                    connection.ping().await?;
                }
                Ok(is_free)
            })
        })
        .after_connect(move |connection, _| {
            Box::pin(async move {
                for statement in settings {
                    connection.execute(*statement).await?;
                }
                Ok(())
            })
        })
}

/// Each commit is on the disk before it is acknowledged. What is erased is overwritten. A cache of
/// 8 MiB: the upper pages of a million cards.
const SQLITE_WRITER: &[&str] = &[
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA busy_timeout = 5000",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -8192",
];

/// Each write empties their caches, so these are small: there are many of them.
const SQLITE_READER: &[&str] =
    &["PRAGMA busy_timeout = 5000", "PRAGMA query_only = ON", "PRAGMA cache_size = -256"];

/// Nobody waits for ever, and a process that hangs lets go of its rows.
const POSTGRES: &[&str] = &[
    "SET lock_timeout = '5s'",
    "SET statement_timeout = '30s'",
    "SET idle_in_transaction_session_timeout = '60s'",
    "SET synchronous_commit = on",
];

impl Change {
    /// Makes it true. An error leaves open whether it is: who asks again gets the answer that
    /// belongs to it.
    pub async fn commit(mut self) -> Result<(), Problem> {
        // Whoever stops waiting does not know what became of it.
        let given = self.given.take().map(Spare::kept);
        self.transaction.commit().await.map_err(|error| {
            if let Some(given) = given.filter(|_| is_undone(&error)) {
                given.free();
            }
            failed(error)
        })
    }

    fn connection(&mut self) -> &mut AnyConnection {
        self.transaction.deref_mut()
    }
}

/// Whether a commit that failed has come to nothing for certain: the database says so itself, and not
/// because it ends (class 57).
fn is_undone(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().map(|error| error.code().unwrap_or_default());
    code.is_some_and(|code| !code.starts_with("57"))
}

/// The log has the reason, and the answer none: it could name hosts and tables.
pub(crate) fn failed(error: sqlx::Error) -> Problem {
    let kind = match &error {
        sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::RowNotFound
        | sqlx::Error::Decode(_) => Kind::Internal,
        _ => Kind::NoBooks,
    };
    tracing::error!(number = kind.number(), "books: {}", without_values(&error));
    kind.into()
}

/// A database repeats values in its details, and says what happened in its message. Constraints
/// name columns alone.
fn without_values(error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Database(database) => {
            format!("{} {}", database.code().unwrap_or_default(), database.message())
        }
        other => other.to_string(),
    }
}

/// Reads a column.
fn column<'r, T>(row: &'r sqlx::any::AnyRow, name: &str) -> Result<T, Problem>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name).map_err(failed)
}

/// A position as the format has it.
fn index(number: i64) -> Result<u32, Problem> {
    u32::try_from(number).map_err(|_| Kind::Internal.with("a position beyond 32 bits"))
}
