//! The tables, and how they grow: each step once, in order, in one change.

use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe};

use super::OpenError;
use crate::config;

/// The newest schema that is known here.
pub const VERSION: i64 = STEPS.len() as i64;

/// Names the lock among those of the database ("onecode s").
const SCHEMA: i64 = 0x6f6e_6563_6f64_6573;

/// What leads from each version to the next. A step that was released never changes. `@bytes` orders
/// a text by its bytes. `@roomy` leaves room in each page of PostgreSQL, so that a row is renewed where
/// it is and its indexes stay as they are.
const STEPS: &[&[&str]] = &[&[
    "CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    // What the province granted. The reference is its own; the subject is that of a token.
    "CREATE TABLE cards (
        reference TEXT @bytes PRIMARY KEY,
        subject TEXT,
        region INT8 NOT NULL,
        entitlements INT8 NOT NULL,
        delegate INT8 NOT NULL,
        specimen INT8 NOT NULL,
        state INT8 NOT NULL,
        until INT8,
        made INT8 NOT NULL)",
    "CREATE INDEX cards_by_subject ON cards (subject)",
    "CREATE INDEX cards_that_end ON cards (until) WHERE until IS NOT NULL",
    "CREATE INDEX cards_revoked ON cards (reference) WHERE state = 2",
    // A phone that has, or had, a card. Positions without a card are those of books that these
    // continue, and those whose phone is forgotten. `asked` is when the newest challenge that was answered began, and `used` has what was
    // answered of that second; then the name of the last renewal's request, and the answer to it.
    "CREATE TABLE positions (
        position INT8 PRIMARY KEY,
        reference TEXT,
        holder TEXT,
        holder_jwk TEXT,
        level TEXT,
        state INT8 NOT NULL,
        until INT8,
        last_exp INT8 NOT NULL,
        renewed INT8 NOT NULL,
        retired INT8 NOT NULL,
        asked INT8 NOT NULL DEFAULT 0,
        used TEXT NOT NULL DEFAULT '',
        answered_name TEXT,
        answer TEXT) @roomy",
    "CREATE INDEX positions_by_holder ON positions (holder)",
    "CREATE INDEX positions_by_reference ON positions (reference)",
    "CREATE INDEX positions_listed ON positions (position) WHERE state <> 0 AND retired = 0",
    // Without `last_exp`, which renewals write: they would have to write this index, too.
    "CREATE INDEX positions_retired ON positions (position)
        WHERE retired = 1 AND holder IS NOT NULL",
    "CREATE INDEX positions_that_end ON positions (until) WHERE until IS NOT NULL",
    // One row: the next position that no process has set aside.
    "CREATE TABLE counter (one INT8 PRIMARY KEY, next_position INT8 NOT NULL, positions INT8 NOT NULL)",
    "CREATE TABLE moves (
        position INT8 NOT NULL,
        reference TEXT NOT NULL,
        from_holder TEXT NOT NULL,
        to_holder TEXT NOT NULL,
        moved INT8 NOT NULL)",
    "CREATE INDEX moves_by_reference ON moves (reference)",
    "CREATE INDEX moves_by_from_holder ON moves (from_holder)",
    "CREATE INDEX moves_by_time ON moves (moved)",
    // A challenge is used once; the same request has the same answer. Renewals stand in `positions`:
    // one for each, not one for each day.
    "CREATE TABLE requests (
        challenge TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        holder TEXT NOT NULL,
        answer TEXT NOT NULL,
        kept_until INT8 NOT NULL)",
    "CREATE INDEX requests_by_name ON requests (name)",
    "CREATE INDEX requests_by_time ON requests (kept_until)",
    "CREATE TABLE grants (
        code TEXT PRIMARY KEY,
        reference TEXT NOT NULL,
        expires INT8 NOT NULL,
        used INT8 NOT NULL)",
    "CREATE INDEX grants_by_reference ON grants (reference)",
    // Who of the staff did what.
    "CREATE TABLE events (
        happened INT8 NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        reference TEXT NOT NULL,
        position INT8)",
    "CREATE INDEX events_by_reference ON events (reference)",
    "CREATE TABLE publications (
        issued INT8 PRIMARY KEY,
        is_anchor INT8 NOT NULL,
        done INT8 NOT NULL)",
]];

/// Brings the tables up to date; the secret of the books.
pub(super) async fn prepare(
    pool: &AnyPool,
    is_sqlite: bool,
    config: &config::Books,
    now: i64,
) -> Result<Vec<u8>, OpenError> {
    let mut change = pool.begin_with(if is_sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await?;
    if !is_sqlite {
        // Two services that start at once.
        let lock = "SELECT COUNT(*) FROM (SELECT pg_advisory_xact_lock($1)) AS taken";
        sqlx::query(lock).bind(SCHEMA).execute(&mut *change).await?;
    }
    sqlx::query("CREATE TABLE IF NOT EXISTS schema_version (version INT8 NOT NULL)")
        .execute(&mut *change)
        .await?;
    let found: Option<i64> = sqlx::query_scalar("SELECT version FROM schema_version")
        .fetch_optional(&mut *change)
        .await?;
    let found = found.unwrap_or(0);
    if found > VERSION {
        return Err(OpenError::Newer { found, known: VERSION });
    }
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        for statement in *step {
            let [bytes, roomy] = if is_sqlite {
                ["COLLATE BINARY", ""]
            } else {
                ["COLLATE \"C\"", "WITH (fillfactor = 80)"]
            };
            let statement = statement.replace("@bytes", bytes).replace("@roomy", roomy);
            sqlx::query(AssertSqlSafe(statement)).execute(&mut *change).await?;
        }
    }
    if found == 0 {
        begin(&mut change, config, now).await?;
    }
    sqlx::query("DELETE FROM schema_version").execute(&mut *change).await?;
    sqlx::query("INSERT INTO schema_version VALUES ($1)")
        .bind(VERSION)
        .execute(&mut *change)
        .await?;
    grow(&mut change, config).await?;
    let secret: String = sqlx::query_scalar("SELECT value FROM settings WHERE name = 'secret'")
        .fetch_one(&mut *change)
        .await?;
    change.commit().await?;
    Ok(secret.into_bytes())
}

/// What new books begin with.
async fn begin(
    change: &mut AnyConnection,
    config: &config::Books,
    now: i64,
) -> Result<(), OpenError> {
    let secret = super::requests::random_text::<32>(&SystemRandom::new());
    let secret = secret.ok_or(OpenError::NoRandomness)?;
    sqlx::query("INSERT INTO settings VALUES ('secret', $1)")
        .bind(secret)
        .execute(&mut *change)
        .await?;
    let before = continued(config)?;
    sqlx::query("INSERT INTO counter VALUES (1, $1, $2)")
        .bind(i64::from(before.next_index))
        .bind(i64::from(config.positions))
        .execute(&mut *change)
        .await?;
    let suspended = before.suspended.iter().map(|position| (*position, 1_i64));
    let revoked = before.revoked.iter().map(|position| (*position, 2_i64));
    for (position, state) in suspended.chain(revoked) {
        let insert = "INSERT INTO positions (position, state, last_exp, renewed, retired)
            VALUES ($1, $2, $3, $3, 0) ON CONFLICT (position) DO NOTHING";
        sqlx::query(insert)
            .bind(i64::from(position))
            .bind(state)
            // Nothing says what was signed: such a position is not retired for as long as a card
            // of a practice region lasts.
            .bind(now.saturating_add(4 * 365 * 86_400))
            .execute(&mut *change)
            .await?;
    }
    Ok(())
}

/// Lists may have more positions than before, and never fewer.
async fn grow(change: &mut AnyConnection, config: &config::Books) -> Result<(), OpenError> {
    let grow = "UPDATE counter SET positions = $1 WHERE positions <= $1";
    let grown = sqlx::query(grow)
        .bind(i64::from(config.positions))
        .execute(&mut *change)
        .await?
        .rows_affected();
    if grown == 1 {
        return Ok(());
    }
    let found = sqlx::query_scalar("SELECT positions FROM counter").fetch_one(change).await?;
    Err(OpenError::Shrunk { asked: config.positions, found })
}

/// The books of a practice region that these continue.
#[derive(Default, Deserialize)]
struct Continued {
    next_index: u32,
    suspended: Vec<u32>,
    revoked: Vec<u32>,
}

fn continued(config: &config::Books) -> Result<Continued, OpenError> {
    let Some(file) = &config.continues else { return Ok(Continued::default()) };
    let failed = |problem: String| OpenError::Continues { file: file.clone(), problem };
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| failed(error.to_string()))
}

/// Whether the system gives random numbers.
pub(super) fn random<const N: usize>(system: &SystemRandom) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    system.fill(&mut bytes).ok()?;
    Some(bytes)
}
