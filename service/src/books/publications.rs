//! What is published, and when it was.

use onecode::status::RETIRE_AFTER_S;

use super::{failed, index, Books, Change, State};
use crate::problem::Problem;

/// Positions that are read at once.
const PAGE: i64 = 1_000;

/// `state <> 0` is said though `state = 2` says more: SQLite uses the index of what is not valid only
/// where its condition stands, and would read every position otherwise.
const RETIRE: &str = "UPDATE positions SET retired = 1
    WHERE state = 2 AND state <> 0 AND retired = 0 AND last_exp <= $1";

/// Everything that a publication says.
#[derive(Clone, Debug)]
pub(crate) struct Listed {
    /// The positions that are not valid.
    pub(crate) not_valid: Vec<(u32, State)>,
    /// How many positions the lists have.
    pub(crate) positions: u32,
}

impl Change {
    /// Ends suspensions whose time is over, retires positions, and forgets old answers and grants.
    pub(crate) async fn let_time_pass(&mut self, now: i64) -> Result<(), Problem> {
        let statements = [
            "UPDATE cards SET state = 0, until = NULL WHERE state = 1 AND until <= $1",
            "UPDATE positions SET state = 0, until = NULL WHERE state = 1 AND until <= $1",
        ];
        for statement in statements {
            sqlx::query(statement).bind(now).execute(self.connection()).await.map_err(failed)?;
        }
        sqlx::query(RETIRE)
            .bind(now.saturating_sub(RETIRE_AFTER_S))
            .execute(self.connection())
            .await
            .map_err(failed)?;
        let forget = [
            "DELETE FROM requests WHERE kept_until < $1",
            "DELETE FROM grants WHERE expires <= $1",
        ];
        for statement in forget {
            sqlx::query(statement).bind(now).execute(self.connection()).await.map_err(failed)?;
        }
        Ok(())
    }

    /// Begins a publication at this time, which has to be later than that of every one before. Whether
    /// it is. A time that has not come would claim events that the books do not have yet.
    pub(crate) async fn begin_publication(&mut self, now: i64) -> Result<bool, Problem> {
        let insert = "INSERT INTO publications SELECT $1, 0, 0
            WHERE NOT EXISTS (SELECT 1 FROM publications WHERE issued >= $1)";
        let begun = sqlx::query(insert).bind(now).execute(self.connection()).await;
        Ok(begun.map_err(failed)?.rows_affected() == 1)
    }

    /// Everything that is not valid, a page at a time: a province has hundreds of thousands. Each page
    /// is read after this change began, and says at least what was acknowledged before.
    pub(crate) async fn listed(&mut self) -> Result<Listed, Problem> {
        let select = "SELECT position, state FROM positions
            WHERE state <> 0 AND retired = 0 AND position > $1 ORDER BY position LIMIT $2";
        let mut not_valid: Vec<(u32, State)> = Vec::new();
        let mut last = -1;
        loop {
            let select = sqlx::query_as(select).bind(last).bind(PAGE);
            let page: Vec<(i64, i64)> =
                select.fetch_all(self.connection()).await.map_err(failed)?;
            let Some((end, _)) = page.last() else { break };
            last = *end;
            for (position, state) in page {
                not_valid.push((index(position)?, State::of(state)?));
            }
        }
        let select = "SELECT positions FROM counter";
        let positions: i64 =
            sqlx::query_scalar(select).fetch_one(self.connection()).await.map_err(failed)?;
        Ok(Listed { not_valid, positions: index(positions)? })
    }

    /// Forgets publications that are not kept.
    pub(crate) async fn drop_publications(&mut self, before: i64) -> Result<(), Problem> {
        sqlx::query("DELETE FROM publications WHERE issued < $1")
            .bind(before)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }
}

impl Books {
    /// A publication is complete.
    pub(crate) async fn end_publication(
        &self,
        issued_unix_s: i64,
        is_anchor: bool,
    ) -> Result<(), Problem> {
        let mut change = self.change().await?;
        sqlx::query("UPDATE publications SET done = 1, is_anchor = $2 WHERE issued = $1")
            .bind(issued_unix_s)
            .bind(i64::from(is_anchor))
            .execute(change.connection())
            .await
            .map_err(failed)?;
        change.commit().await
    }

    /// The complete publications, the newest first: when, and whether they are anchors.
    pub(crate) async fn publications(&self) -> Result<Vec<(i64, bool)>, Problem> {
        let select = "SELECT issued, is_anchor FROM publications WHERE done = 1
            ORDER BY issued DESC";
        let rows: Vec<(i64, i64)> =
            sqlx::query_as(select).fetch_all(&self.reads).await.map_err(failed)?;
        Ok(rows.into_iter().map(|(issued, is_anchor)| (issued, is_anchor != 0)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    #[test]
    fn retiring_reads_only_positions_that_are_not_valid() {
        let folder = std::env::temp_dir().join(format!("onecode_plan_{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let database = format!("sqlite:{}", folder.join("books.db").display());
        let config: config::Books =
            toml::from_str(&format!("database = {database:?}\npositions = 10")).unwrap();
        let plan = async {
            let books = Books::open(&config, 0).await.unwrap();
            let plan = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {RETIRE}"));
            let plan: (i64, i64, i64, String) =
                sqlx::query_as(plan).bind(0).fetch_one(&books.reads).await.unwrap();
            books.close().await;
            plan.3
        };
        let plan = tokio::runtime::Runtime::new().unwrap().block_on(plan);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(plan.contains("USING INDEX positions_listed"), "{plan}");
    }
}
