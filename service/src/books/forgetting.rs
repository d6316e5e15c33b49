//! What is erased of people when it is needed no more: moves, phones that lost their positions long
//! ago, and at last revoked cards with what staff did to them.
//!
//! A position keeps its number and that it is revoked, so that it is never given again. Each page is a
//! change of its own, in this order: whoever ends between two leaves books that are as good as before.

use super::{failed, Books, Change};
use crate::problem::Problem;

/// Rows that are erased in one change: others wait for it on SQLite.
const PAGE: i64 = 100;

/// What comes next to be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// Moves, the oldest first.
    Moves,
    /// Positions after this one.
    Positions(i64),
    /// Cards after this reference.
    Cards(String),
}

impl Books {
    /// Erases one page of what ended until a time: how many rows, and the next page. There is none when
    /// everything has been looked at.
    pub(crate) async fn forget(
        &self,
        page: Page,
        ended_until_unix_s: i64,
    ) -> Result<(u64, Option<Page>), Problem> {
        let mut change = self.change().await?;
        // One process at a time: two would lock the same rows in another order. Nobody else writes this
        // one.
        sqlx::query("UPDATE settings SET value = value WHERE name = 'secret'")
            .execute(change.connection())
            .await
            .map_err(failed)?;
        let forgotten = match page {
            Page::Moves => change.forget_moves(ended_until_unix_s).await?,
            Page::Positions(after) => change.forget_positions(after, ended_until_unix_s).await?,
            Page::Cards(after) => change.forget_cards(&after, ended_until_unix_s).await?,
        };
        change.commit().await?;
        Ok(forgotten)
    }
}

impl Change {
    async fn forget_moves(&mut self, until: i64) -> Result<(u64, Option<Page>), Problem> {
        let delete = "DELETE FROM moves WHERE moved <= (SELECT MAX(moved) FROM
            (SELECT moved FROM moves WHERE moved <= $1 ORDER BY moved LIMIT $2) AS oldest)";
        let deleted = sqlx::query(delete)
            .bind(until)
            .bind(PAGE)
            .execute(self.connection())
            .await
            .map_err(failed)?
            .rows_affected();
        Ok((deleted, Some(if deleted == 0 { Page::Positions(-1) } else { Page::Moves })))
    }

    /// Retired positions are published no more, and nothing else is written to them.
    async fn forget_positions(
        &mut self,
        after: i64,
        until: i64,
    ) -> Result<(u64, Option<Page>), Problem> {
        let update = "UPDATE positions SET reference = NULL, holder = NULL, holder_jwk = NULL,
                level = NULL, last_exp = 0, renewed = 0, asked = 0, used = '',
                answered_name = NULL, answer = NULL
            WHERE position IN (SELECT position FROM positions
                WHERE retired = 1 AND holder IS NOT NULL AND last_exp <= $1 AND position > $2
                ORDER BY position LIMIT $3)
            RETURNING position";
        let update = sqlx::query_scalar(update).bind(until).bind(after).bind(PAGE);
        let forgotten: Vec<i64> = update.fetch_all(self.connection()).await.map_err(failed)?;
        // RETURNING has no order.
        let last = forgotten.iter().copied().max();
        let next = last.map_or(Page::Cards(String::new()), Page::Positions);
        Ok((forgotten.len() as u64, Some(next)))
    }

    /// Revoked cards of which no phone is known any more, and with which nothing was done since.
    async fn forget_cards(
        &mut self,
        after: &str,
        until: i64,
    ) -> Result<(u64, Option<Page>), Problem> {
        let select = "SELECT reference FROM cards
            WHERE state = 2 AND made <= $1 AND reference > $2
                AND NOT EXISTS (SELECT 1 FROM positions WHERE positions.reference = cards.reference)
                AND NOT EXISTS (SELECT 1 FROM events
                    WHERE events.reference = cards.reference AND happened > $1)
            ORDER BY reference LIMIT $3";
        let select = sqlx::query_scalar(select).bind(until).bind(after).bind(PAGE);
        let ended: Vec<String> = select.fetch_all(self.connection()).await.map_err(failed)?;
        for reference in &ended {
            // Whoever waits for the card finds none.
            for delete in [
                "DELETE FROM cards WHERE reference = $1",
                "DELETE FROM events WHERE reference = $1",
                "DELETE FROM grants WHERE reference = $1",
            ] {
                let delete = sqlx::query(delete).bind(reference).execute(self.connection());
                delete.await.map_err(failed)?;
            }
        }
        Ok((ended.len() as u64, ended.last().cloned().map(Page::Cards)))
    }
}
