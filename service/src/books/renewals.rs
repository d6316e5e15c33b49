//! Renewals: what a phone was given last, and for which challenges.
//!
//! A renewal reads, signs, and writes with one statement, which holds only if nothing has changed since
//! it read: nothing is locked while a key signs.

use sqlx::any::AnyRow;
use sqlx::pool::PoolConnection;
use sqlx::{Any, Executor};

use super::{column, failed, index, Books, Change};
use crate::problem::{Kind, Problem};

/// Bytes of a mark, and marks of one second at most.
const MARK: usize = 16;
const MAX_MARKS: usize = 64;

/// A valid position of a phone, with what its credential says and what it was given last.
#[derive(Clone, Debug)]
pub struct Held {
    /// In the status lists.
    pub position: u32,
    /// GB/T 2260.
    pub region: u32,
    /// One bit each.
    pub entitlements: u64,
    /// Shown by a relative.
    pub delegate: bool,
    /// A practice card.
    pub specimen: bool,
    /// When the newest challenge that was answered began.
    asked: i64,
    /// The marks of the challenges that began then and were answered, one after the other.
    used: String,
    /// The name of the last renewal's request, and the answer to it.
    answered_name: Option<String>,
    answer: Option<String>,
}

/// A request for a renewal, by what the books know of it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The thumbprint of its key.
    pub holder: &'a str,
    /// Its name, base64url.
    pub name: &'a str,
    /// Its challenge, base64url.
    pub challenge: &'a str,
    /// When that began.
    pub from_unix_s: i64,
}

/// What a request for a renewal is, to a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// A new one: this is written beside its answer.
    New(Used),
    /// The last one once more, with its answer.
    Again(String),
    /// Its challenge was answered before, or a newer one was.
    ChallengeUsed,
    /// As many were answered in the second of its challenge as are kept apart.
    TooMany,
}

/// The marks of a second, with one more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used(String);

/// What is written of a renewal.
#[derive(Clone, Copy, Debug)]
pub struct Renewed<'a> {
    /// The position as it was read.
    pub held: &'a Held,
    /// The request.
    pub asked: Asked<'a>,
    /// What was found of its challenge.
    pub used: &'a Used,
    /// The credential.
    pub answer: &'a str,
    /// When it expires.
    pub expires_unix_s: i64,
    /// When it was signed.
    pub now_unix_s: i64,
}

impl Asked<'_> {
    /// Tells the challenges of a second apart: the end of the tag that the issuer made.
    fn mark(&self) -> &str {
        let begin = self.challenge.len().saturating_sub(MARK);
        self.challenge.get(begin..).unwrap_or(self.challenge)
    }
}

impl Held {
    /// What a request is, after what was answered before.
    pub fn renewal(&self, asked: Asked<'_>) -> Renewal {
        if let (Some(name), Some(answer)) = (&self.answered_name, &self.answer) {
            if name == asked.name {
                return Renewal::Again(answer.clone());
            }
        }
        let mark = asked.mark();
        if asked.from_unix_s > self.asked {
            return Renewal::New(Used(mark.to_owned()));
        }
        let mut marks = self.used.as_bytes().chunks(MARK);
        if asked.from_unix_s < self.asked || marks.any(|used| used == mark.as_bytes()) {
            return Renewal::ChallengeUsed;
        }
        if self.used.len() >= MARK * MAX_MARKS {
            return Renewal::TooMany;
        }
        Renewal::New(Used(format!("{}{mark}", self.used)))
    }
}

fn held(row: &AnyRow) -> Result<Held, Problem> {
    let region: i64 = column(row, "region")?;
    Ok(Held {
        position: index(column(row, "position")?)?,
        region: u32::try_from(region).map_err(|_| Kind::Internal.with("a region"))?,
        entitlements: column::<i64>(row, "entitlements")?.cast_unsigned(),
        delegate: column::<i64>(row, "delegate")? != 0,
        specimen: column::<i64>(row, "specimen")? != 0,
        asked: column(row, "asked")?,
        used: column(row, "used")?,
        answered_name: column(row, "answered_name")?,
        answer: column(row, "answer")?,
    })
}

async fn read<'e>(
    from: impl Executor<'e, Database = Any>,
    holder: &str,
) -> Result<Option<Held>, Problem> {
    let select = "SELECT position, region, entitlements, delegate, specimen, asked, used,
            answered_name, answer
        FROM positions JOIN cards ON cards.reference = positions.reference
        WHERE holder = $1 AND positions.state = 0";
    let row = sqlx::query(select).bind(holder).fetch_optional(from).await;
    row.map_err(failed)?.as_ref().map(held).transpose()
}

async fn write<'e>(
    to: impl Executor<'e, Database = Any>,
    renewed: Renewed<'_>,
) -> Result<bool, Problem> {
    let Renewed { held, asked, used, .. } = renewed;
    let update = "UPDATE positions SET renewed = $6, asked = $7, used = $8, answered_name = $9,
            answer = $10, last_exp = CASE WHEN last_exp > $5 THEN last_exp ELSE $5 END
        WHERE position = $1 AND holder = $2 AND state = 0 AND asked = $3 AND used = $4";
    let written = sqlx::query(update)
        .bind(i64::from(held.position))
        .bind(asked.holder)
        .bind(held.asked)
        .bind(&held.used)
        .bind(renewed.expires_unix_s)
        .bind(renewed.now_unix_s)
        .bind(asked.from_unix_s)
        .bind(&used.0)
        .bind(asked.name)
        .bind(renewed.answer)
        .execute(to)
        .await
        .map_err(failed)?;
    Ok(written.rows_affected() == 1)
}

/// Where a renewal is read and then written: on PostgreSQL over one connection, because each that goes
/// back is asked whether it is whole. On SQLite the one that writes is not kept from others meanwhile.
pub struct Renewing<'b> {
    books: &'b Books,
    connection: Option<PoolConnection<Any>>,
}

impl Books {
    /// Begins a renewal. It locks nothing.
    pub async fn renewing(&self) -> Result<Renewing<'_>, Problem> {
        let connection =
            if self.is_sqlite { None } else { Some(self.writes.acquire().await.map_err(failed)?) };
        Ok(Renewing { books: self, connection })
    }
}

impl Renewing<'_> {
    /// The valid position of a phone.
    pub async fn held_by(&mut self, holder: &str) -> Result<Option<Held>, Problem> {
        match &mut self.connection {
            Some(connection) => read(&mut **connection, holder).await,
            None => read(&self.books.reads, holder).await,
        }
    }

    /// Uses up the challenge, and writes down what the phone got in place of what it had. `false` if
    /// the position has changed since it was read: then nothing is written.
    pub async fn renew(&mut self, renewed: Renewed<'_>) -> Result<bool, Problem> {
        match &mut self.connection {
            Some(connection) => write(&mut **connection, renewed).await,
            None => write(&self.books.writes, renewed).await,
        }
    }
}

impl Change {
    /// The same within a change.
    pub async fn held_by(&mut self, holder: &str) -> Result<Option<Held>, Problem> {
        read(self.connection(), holder).await
    }

    /// The same within a change.
    pub async fn renew(&mut self, renewed: Renewed<'_>) -> Result<bool, Problem> {
        write(self.connection(), renewed).await
    }
}
