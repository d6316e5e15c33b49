//! Fills the books behind the service's back, with the columns of its schema: so many cards would take
//! hours by its own interface. Whoever changes a table finds out here.

use std::path::{Path, PathBuf};

use onecode::request::CREDENTIAL_S;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::runtime::Runtime;

use crate::phones::Phone;
use crate::postgres::Postgres;
use crate::{now, Failed};

/// Which database.
pub enum Database {
    Sqlite(PathBuf),
    Postgres(Postgres),
}

impl Database {
    pub fn name(&self) -> &'static str {
        match self {
            Database::Sqlite(_) => "SQLite",
            Database::Postgres(_) => "PostgreSQL",
        }
    }

    /// As the service is told.
    pub fn setting(&self) -> String {
        match self {
            Database::Sqlite(folder) => format!("sqlite:{}", folder.join("books.db").display()),
            Database::Postgres(postgres) => postgres.url.clone(),
        }
    }

    /// How this program reaches the books.
    pub fn url(&self) -> String {
        self.file_or_server("books.db")
    }

    /// How it reaches the table of the bare write: in SQLite another file, because a second writer
    /// would empty the service's cache.
    pub fn bare_url(&self) -> String {
        self.file_or_server("bare.db")
    }

    fn file_or_server(&self, file: &str) -> String {
        match self {
            Database::Sqlite(folder) => sqlite_url(&folder.join(file)),
            Database::Postgres(postgres) => postgres.url.clone(),
        }
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Database::Sqlite(_))
    }

    /// 43 characters that are not the same twice.
    pub fn random_text(&self) -> &'static str {
        match self {
            Database::Sqlite(_) => "lower(hex(randomblob(21))) || 'x'",
            Database::Postgres(_) => "md5(random()::text) || substr(md5(random()::text), 1, 11)",
        }
    }
}

fn sqlite_url(file: &Path) -> String {
    format!("sqlite:{}?mode=rwc", file.display().to_string().replace(' ', "%20"))
}

/// Runs statements, each for itself.
pub fn execute(url: &str, statements: &[String]) -> Result<(), Failed> {
    sqlx::any::install_default_drivers();
    let run = async {
        let mut connection = AnyConnection::connect(url).await?;
        for statement in statements {
            connection.execute(AssertSqlSafe(statement.clone())).await?;
        }
        connection.close().await
    };
    Ok(Runtime::new()?.block_on(run)?)
}

/// The numbers from one to before another.
pub fn numbers(from: u32, to: u32) -> String {
    format!(
        "WITH RECURSIVE numbers(i) AS (SELECT CAST({from} AS INT8)
            UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {to})"
    )
}

/// Cards and positions until there are `cards` of them, 1 % revoked, and among them these phones, with
/// equal distances.
pub fn fill(database: &Database, cards: u32, phones: &[Phone]) -> Result<(), Failed> {
    sqlx::any::install_default_drivers();
    Runtime::new()?.block_on(fill_with(database, cards, phones))
}

async fn fill_with(database: &Database, cards: u32, phones: &[Phone]) -> Result<(), Failed> {
    let mut connection = AnyConnection::connect(&database.url()).await?;
    let next: i64 =
        sqlx::query_scalar("SELECT next_position FROM counter").fetch_one(&mut connection).await?;
    let (next, now) = (u32::try_from(next)?, now());
    let mut statements = vec!["BEGIN".to_owned()];
    if next < cards {
        let text = database.random_text();
        let (numbers, expires) = (numbers(next, cards), now + CREDENTIAL_S);
        statements.push(format!(
            "{numbers} INSERT INTO cards (reference, subject, region, entitlements, delegate,
                specimen, state, until, made)
            SELECT 'card-' || i, 'person-' || i, 310000, 3, 0, 0, 0, NULL, {now} FROM numbers"
        ));
        // A key and an answer as long as real ones.
        statements.push(format!(
            "{numbers} INSERT INTO positions (position, reference, holder, holder_jwk, level, state,
                until, last_exp, renewed, retired, answered_name, answer)
            SELECT i, 'card-' || i, {text}, {text} || {text} || {text}, NULL,
                CASE WHEN i % 100 = 0 THEN 2 ELSE 0 END, NULL, {expires}, {now}, 0,
                {text}, {text} || {text} || {text} || {text} || {text} || {text} FROM numbers"
        ));
        statements.push(format!("UPDATE counter SET next_position = {cards}"));
    }
    for statement in statements {
        connection.execute(AssertSqlSafe(statement)).await?;
    }
    let distance = (cards / u32::try_from(phones.len())?).max(1);
    for (at, phone) in (0..).step_by(distance as usize).zip(phones) {
        let update = "UPDATE positions SET holder = $2, holder_jwk = $3, state = 0
            WHERE position = $1";
        sqlx::query(update)
            .bind(i64::from(at))
            .bind(&phone.thumbprint)
            .bind(&phone.jwk)
            .execute(&mut connection)
            .await?;
    }
    connection.execute("COMMIT").await?;
    let settle: &[&str] = match database {
        Database::Sqlite(_) => &["PRAGMA wal_checkpoint(TRUNCATE)"],
        Database::Postgres(_) => &["VACUUM ANALYZE", "CHECKPOINT"],
    };
    for statement in settle {
        connection.execute(*statement).await?;
    }
    connection.close().await?;
    Ok(())
}

/// Cards without a phone: `new-1`, `new-2` and so on, of persons of the same names.
pub fn grant(database: &Database, from: u32, to: u32) -> Result<(), Failed> {
    let (numbers, now) = (numbers(from, to), now());
    let insert = format!(
        "{numbers} INSERT INTO cards (reference, subject, region, entitlements, delegate,
            specimen, state, until, made)
        SELECT 'new-' || i, 'new-' || i, 310000, 3, 0, 0, 0, NULL, {now} FROM numbers"
    );
    execute(&database.url(), &[insert])
}
