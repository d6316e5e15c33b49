//! The only place that reads the time.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Where the time comes from: UTC in whole Unix seconds.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// The clock of the system.
    pub fn system() -> Self {
        Clock(Arc::new(|| {
            let since = SystemTime::now().duration_since(UNIX_EPOCH);
            since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or(0)
        }))
    }

    /// Another one, for tests and simulations.
    pub fn of(now_unix_s: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Clock(Arc::new(now_unix_s))
    }

    pub(crate) fn now(&self) -> i64 {
        (self.0)()
    }
}
