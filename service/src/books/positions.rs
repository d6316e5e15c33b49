//! Positions of the status lists: which phone has which, and what became of it.

use sqlx::any::AnyRow;

use super::{column, failed, index, Books, Change, State};
use crate::problem::{Kind, Problem};

/// A position, and the phone that has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// In the status lists.
    pub position: u32,
    /// Of which card.
    pub reference: String,
    /// The thumbprint of the phone's key.
    pub holder: String,
    /// The key, as a JWK.
    pub holder_jwk: String,
    /// What became of it.
    pub state: State,
    /// Until when it is suspended, if that has an end.
    pub until_unix_s: Option<i64>,
    /// When its credential was last signed.
    pub renewed_unix_s: i64,
    /// Where the key lives, if the maker of the phone has said so.
    pub level: Option<String>,
}

/// A position that is to be given to a phone.
#[derive(Clone, Debug)]
pub struct NewPosition<'a> {
    /// Of which card.
    pub reference: &'a str,
    /// The thumbprint of the phone's key.
    pub holder: &'a str,
    /// The key, as a JWK.
    pub holder_jwk: &'a str,
    /// Where the key lives.
    pub level: Option<&'a str>,
}

/// A card that went from one phone to another.
#[derive(Clone, Debug)]
pub struct Move {
    /// The position, which stayed.
    pub position: u32,
    /// The thumbprint of the old phone's key.
    pub from_holder: String,
    /// When.
    pub moved_unix_s: i64,
}

const SELECT_BY_REFERENCE: &str = "SELECT position, reference, holder, holder_jwk, state, until,
    renewed, level FROM positions WHERE reference = $1 ORDER BY position";

const SELECT_BY_HOLDER: &str = "SELECT position, reference, holder, holder_jwk, state, until,
    renewed, level FROM positions WHERE holder = $1 ORDER BY position";

fn position(row: &AnyRow) -> Result<Position, Problem> {
    Ok(Position {
        position: index(column(row, "position")?)?,
        reference: column(row, "reference")?,
        holder: column(row, "holder")?,
        holder_jwk: column(row, "holder_jwk")?,
        state: State::of(column(row, "state")?)?,
        until_unix_s: column(row, "until")?,
        renewed_unix_s: column(row, "renewed")?,
        level: column(row, "level")?,
    })
}

fn moved(row: &AnyRow) -> Result<Move, Problem> {
    Ok(Move {
        position: index(column(row, "position")?)?,
        from_holder: column(row, "from_holder")?,
        moved_unix_s: column(row, "moved")?,
    })
}

impl Books {
    /// All positions that a card has and had.
    pub async fn positions_of(&self, reference: &str) -> Result<Vec<Position>, Problem> {
        let rows = sqlx::query(SELECT_BY_REFERENCE).bind(reference).fetch_all(&self.reads).await;
        rows.map_err(failed)?.iter().map(position).collect()
    }

    /// How many positions have been given, or set aside by other processes.
    pub async fn positions_given(&self) -> Result<i64, Problem> {
        let select = "SELECT next_position FROM counter";
        let taken: i64 = sqlx::query_scalar(select).fetch_one(&self.reads).await.map_err(failed)?;
        Ok(taken - self.reserve.left())
    }
}

impl Change {
    /// The card of a position.
    pub async fn reference_of(&mut self, position: u32) -> Result<Option<String>, Problem> {
        let select = "SELECT reference FROM positions WHERE position = $1";
        let select = sqlx::query_scalar(select).bind(i64::from(position));
        let found: Option<Option<String>> =
            select.fetch_optional(self.connection()).await.map_err(failed)?;
        Ok(found.flatten())
    }

    /// All positions that a card has and had.
    pub async fn positions_of(&mut self, reference: &str) -> Result<Vec<Position>, Problem> {
        let select = sqlx::query(SELECT_BY_REFERENCE).bind(reference);
        let rows = select.fetch_all(self.connection()).await;
        rows.map_err(failed)?.iter().map(position).collect()
    }

    /// All positions that a phone's key has.
    pub async fn positions_by(&mut self, holder: &str) -> Result<Vec<Position>, Problem> {
        let rows = sqlx::query(SELECT_BY_HOLDER).bind(holder).fetch_all(self.connection()).await;
        rows.map_err(failed)?.iter().map(position).collect()
    }

    /// Gives a phone a position that nobody had. It is never given again. What this phone's key has
    /// answered before at another position stays known.
    pub async fn give_position(
        &mut self,
        new: &NewPosition<'_>,
        expires_unix_s: i64,
        now: i64,
    ) -> Result<u32, Problem> {
        let position = self.spare.as_ref().ok_or(Kind::NoPosition)?.position();
        let insert = "INSERT INTO positions (position, reference, holder, holder_jwk, level,
                state, until, last_exp, renewed, retired, asked, used)
            VALUES ($1, $2, $3, $4, $5, 0, NULL, $6, $7, 0,
                COALESCE((SELECT MAX(asked) FROM positions WHERE holder = $3), 0),
                COALESCE((SELECT used FROM positions WHERE holder = $3
                    ORDER BY asked DESC, position DESC LIMIT 1), ''))";
        sqlx::query(insert)
            .bind(position)
            .bind(new.reference)
            .bind(new.holder)
            .bind(new.holder_jwk)
            .bind(new.level)
            .bind(expires_unix_s)
            .bind(now)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        self.given = self.spare.take();
        index(position)
    }

    /// Writes what became of one position. One that is revoked stays so: whether it changed.
    pub async fn set_position(
        &mut self,
        position: u32,
        state: State,
        until_unix_s: Option<i64>,
    ) -> Result<bool, Problem> {
        let update = "UPDATE positions SET state = $2, until = $3
            WHERE position = $1 AND state <> 2";
        let changed = sqlx::query(update)
            .bind(i64::from(position))
            .bind(state.number())
            .bind(until_unix_s)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(changed.rows_affected() == 1)
    }

    /// Writes what became of all positions of a card that are not revoked.
    pub async fn set_positions_of(
        &mut self,
        reference: &str,
        state: State,
        until_unix_s: Option<i64>,
    ) -> Result<(), Problem> {
        let update = "UPDATE positions SET state = $2, until = $3
            WHERE reference = $1 AND state <> 2";
        sqlx::query(update)
            .bind(reference)
            .bind(state.number())
            .bind(until_unix_s)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// Gives a position to another phone, if this one has it. Whether it did.
    pub async fn move_position(
        &mut self,
        position: u32,
        from_holder: &str,
        to: &NewPosition<'_>,
        expires_unix_s: i64,
        now: i64,
    ) -> Result<bool, Problem> {
        let update = "UPDATE positions SET holder = $3, holder_jwk = $4, level = $5, renewed = $7,
                answered_name = NULL, answer = NULL,
                last_exp = CASE WHEN last_exp > $6 THEN last_exp ELSE $6 END
            WHERE position = $1 AND holder = $2 AND state = 0";
        let changed = sqlx::query(update)
            .bind(i64::from(position))
            .bind(from_holder)
            .bind(to.holder)
            .bind(to.holder_jwk)
            .bind(to.level)
            .bind(expires_unix_s)
            .bind(now)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query("INSERT INTO moves VALUES ($1, $2, $3, $4, $5)")
            .bind(i64::from(position))
            .bind(to.reference)
            .bind(from_holder)
            .bind(to.holder)
            .bind(now)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(true)
    }

    /// The moves of a card, the oldest first.
    pub async fn moves_of(&mut self, reference: &str) -> Result<Vec<Move>, Problem> {
        let select = "SELECT position, from_holder, moved FROM moves
            WHERE reference = $1 ORDER BY moved";
        let rows = sqlx::query(select).bind(reference).fetch_all(self.connection()).await;
        rows.map_err(failed)?.iter().map(moved).collect()
    }

    /// Whether a card has moved away from this phone.
    pub async fn has_moved_away(&mut self, holder: &str) -> Result<bool, Problem> {
        let select = "SELECT COUNT(*) FROM moves WHERE from_holder = $1";
        let count = sqlx::query_scalar(select).bind(holder).fetch_one(self.connection()).await;
        let count: i64 = count.map_err(failed)?;
        Ok(count > 0)
    }
}
