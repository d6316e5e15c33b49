//! What the books know of people ends by a rule: `books.keep_days` after the last credential.

use std::sync::Arc;
use std::time::Duration;

use crate::books::Page;
use crate::problem::Problem;
use crate::service::Service;

/// How often a process asks whether it is time.
const LOOK: Duration = Duration::from_secs(2);

/// How long it waits after something went wrong.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

/// Once a day: it reads every position that was revoked and is not forgotten yet.
const EVERY_S: i64 = 86_400;

/// Between pages others have their turn.
const BETWEEN: Duration = Duration::from_millis(20);

/// Forgets each day, and when the process begins, until the service ends.
pub(crate) async fn for_ever(service: Arc<Service>) {
    let mut last: Option<i64> = None;
    loop {
        let now = service.clock.now();
        if last.is_none_or(|last| now.saturating_sub(last) >= EVERY_S) {
            match service.forget(now).await {
                Ok(0) => last = Some(now),
                Ok(rows) => {
                    tracing::info!(rows, "forgotten");
                    last = Some(now);
                }
                // What is left is tried again.
                Err(problem) => {
                    tracing::error!(number = problem.what.number(), "not forgotten: {problem}");
                    tokio::time::sleep(AFTER_FAILURE).await;
                }
            }
        }
        tokio::time::sleep(LOOK).await;
    }
}

impl Service {
    /// Erases everything that ended long enough ago: how many rows.
    async fn forget(&self, now: i64) -> Result<u64, Problem> {
        let until = now.saturating_sub(self.config.books.keep_s());
        let (mut all, mut next) = (0, Some(Page::Moves));
        while let Some(page) = next {
            let rows;
            (rows, next) = self.books.forget(page, until).await?;
            all += rows;
            tokio::time::sleep(BETWEEN).await;
        }
        Ok(all)
    }
}
