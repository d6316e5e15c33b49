//! Pre-authorised codes: what a counter gives to a person who does not sign in.

use super::{failed, Change};
use crate::problem::Problem;

impl Change {
    /// A new code for a card, in place of those that it has. The books keep its hash alone.
    pub async fn add_grant(
        &mut self,
        code_hash: &str,
        reference: &str,
        expires_unix_s: i64,
    ) -> Result<(), Problem> {
        self.drop_grants(reference).await?;
        sqlx::query("INSERT INTO grants VALUES ($1, $2, $3, 0)")
            .bind(code_hash)
            .bind(reference)
            .bind(expires_unix_s)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// The codes of a card are good no more.
    pub async fn drop_grants(&mut self, reference: &str) -> Result<(), Problem> {
        sqlx::query("DELETE FROM grants WHERE reference = $1")
            .bind(reference)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// The card of a code that is good now.
    pub async fn grant_of(
        &mut self,
        code_hash: &str,
        now: i64,
    ) -> Result<Option<(String, i64)>, Problem> {
        let select = "SELECT reference, expires FROM grants
            WHERE code = $1 AND used = 0 AND expires > $2";
        sqlx::query_as(select)
            .bind(code_hash)
            .bind(now)
            .fetch_optional(self.connection())
            .await
            .map_err(failed)
    }

    /// Uses a code up. `false` if it is none, or was used before.
    pub async fn use_grant(&mut self, code_hash: &str, now: i64) -> Result<bool, Problem> {
        let update = "UPDATE grants SET used = 1 WHERE code = $1 AND used = 0 AND expires > $2";
        let used = sqlx::query(update)
            .bind(code_hash)
            .bind(now)
            .execute(self.connection())
            .await
            .map_err(failed)?;
        Ok(used.rows_affected() == 1)
    }
}
