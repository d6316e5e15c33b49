//! Times as people write them: RFC 3339, or Unix seconds.
//!
//! Uses `lang` alone.

use std::time::{SystemTime, UNIX_EPOCH};

use time::format_description::well_known::Rfc3339;
use time::OffsetDateTime;

use crate::lang::Said;

/// For `--at`.
pub(crate) fn parse(text: &str) -> Result<i64, Said> {
    let unix_s = text.parse::<i64>().ok();
    let rfc3339 = || OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp);
    unix_s
        .or_else(rfc3339)
        .filter(|time| OffsetDateTime::from_unix_timestamp(*time).is_ok())
        .ok_or_else(|| {
            said!(
                "时间的写法是 2026-11-23T08:00:00+08:00 或 1795392000",
                "a time is written like 2026-11-23T08:00:00+08:00 or 1795392000"
            )
        })
}

/// The clock of this machine.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    since.as_secs().try_into().unwrap_or(i64::MAX)
}

/// `2026-11-23T00:00:00Z`, or nothing for a time that is none.
pub(crate) fn rfc3339(unix_s: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(unix_s).ok();
    time.and_then(|time| time.format(&Rfc3339).ok()).unwrap_or_default()
}
