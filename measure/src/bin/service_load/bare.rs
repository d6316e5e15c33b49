//! The yardstick: a signature of `ring` and a durable write of one row, without anything around them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ring::rand::SystemRandom;
use ring::signature::{EcdsaKeyPair, ECDSA_P256_SHA256_FIXED_SIGNING};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};
use tokio::runtime::Runtime;
use tokio::sync::Mutex;

use crate::books::{numbers, Database};
use crate::{Failed, CONNECTIONS};

/// What each piece of bare work does.
#[derive(Clone, Copy)]
pub enum Work {
    Signature,
    Write,
    /// A signature and a write, of different pieces side by side.
    Both,
}

/// As many workers as the service is asked by connections, on as many threads as there are processors.
pub struct Bare {
    runtime: Runtime,
    /// One for each worker; on SQLite one for all, because it has one writer.
    connections: Vec<Arc<Mutex<AnyConnection>>>,
    key: Arc<EcdsaKeyPair>,
    random: SystemRandom,
    rows: u32,
}

/// A credential in base64url has about so many characters.
const ANSWER: usize = 258;

impl Bare {
    /// A table with as many rows as there are cards.
    pub fn new(database: &Database, rows: u32) -> Result<Self, Failed> {
        let runtime = Runtime::new()?;
        let connections = runtime.block_on(connections(database, rows))?;
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| "no key")?;
        let key = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random);
        let key = Arc::new(key.map_err(|_| "no key")?);
        Ok(Bare { runtime, connections, key, random, rows })
    }

    /// How long so many pieces take.
    pub fn run(&self, work: Work, count: usize) -> Result<Duration, Failed> {
        let next = Arc::new(AtomicUsize::new(0));
        let began = Instant::now();
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|worker| {
                let connection = &self.connections[worker % self.connections.len()];
                let (connection, next) = (Arc::clone(connection), Arc::clone(&next));
                let (key, random, rows) = (Arc::clone(&self.key), self.random.clone(), self.rows);
                self.runtime.spawn(async move {
                    let message = [worker as u8; 200];
                    while next.fetch_add(1, Ordering::Relaxed) < count {
                        if !matches!(work, Work::Write) {
                            key.sign(&random, &message).map_err(|_| "no signature")?;
                        }
                        if !matches!(work, Work::Signature) {
                            let mut connection = connection.lock().await;
                            write(&mut connection, fastrand::u32(..rows)).await?;
                        }
                    }
                    Ok::<(), Failed>(())
                })
            })
            .collect();
        for worker in workers {
            self.runtime.block_on(worker)??;
        }
        Ok(began.elapsed())
    }
}

/// One statement, and on the disk when it returns.
async fn write(connection: &mut AnyConnection, position: u32) -> Result<(), Failed> {
    let update = "UPDATE bare SET renewed = renewed + 1, answer = $2 WHERE position = $1";
    sqlx::query(update)
        .bind(i64::from(position))
        .bind("a".repeat(ANSWER))
        .execute(connection)
        .await?;
    Ok(())
}

async fn connections(
    database: &Database,
    rows: u32,
) -> Result<Vec<Arc<Mutex<AnyConnection>>>, Failed> {
    sqlx::any::install_default_drivers();
    let url = database.bare_url();
    let count = if database.is_sqlite() { 1 } else { CONNECTIONS };
    let mut connections = Vec::new();
    for _ in 0..count {
        let mut connection = AnyConnection::connect(&url).await?;
        // As durable as the service's.
        let durable: &[&str] = match database {
            Database::Sqlite(_) => &["PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL"],
            Database::Postgres(_) => &["SET synchronous_commit = on"],
        };
        for statement in durable {
            connection.execute(*statement).await?;
        }
        connections.push(connection);
    }
    let (numbers, text) = (numbers(0, rows), database.random_text());
    let table = [
        "DROP TABLE IF EXISTS bare".to_owned(),
        "CREATE TABLE bare (position INT8 PRIMARY KEY, renewed INT8 NOT NULL, answer TEXT)".into(),
        format!(
            "{numbers} INSERT INTO bare (position, renewed, answer)
            SELECT i, 0, {text} || {text} || {text} || {text} || {text} || {text} FROM numbers"
        ),
    ];
    for statement in table {
        connections[0].execute(AssertSqlSafe(statement)).await?;
    }
    if !database.is_sqlite() {
        connections[0].execute("VACUUM ANALYZE bare").await?;
    }
    Ok(connections.into_iter().map(|connection| Arc::new(Mutex::new(connection))).collect())
}
