//! A list or a delta without its signature, and what it says in plain words.

use super::issuer::StatusPublication;
use super::resident::{Change, Shard};
use super::Status;
use crate::cose::Unsigned;
use crate::jose::rfc3339::written;
use crate::keys::{Draft, Signature};
use crate::language::{text, Language, Lines};

pub(super) struct StatusDraft {
    pub(super) unsigned: Unsigned,
    pub(super) issuer_id: String,
    pub(super) publication: StatusPublication,
    pub(super) content: Content,
}

pub(super) enum Content {
    List { number: usize, of: usize, shard: Shard },
    Delta { from_unix_s: i64, to: Totals },
}

/// How many positions have, or get, each status.
#[derive(Default)]
pub(super) struct Totals {
    valid: usize,
    suspended: usize,
    revoked: usize,
}

impl FromIterator<Status> for Totals {
    fn from_iter<I: IntoIterator<Item = Status>>(statuses: I) -> Self {
        let mut totals = Totals::default();
        for status in statuses {
            match status {
                Status::Valid => totals.valid += 1,
                Status::Suspended => totals.suspended += 1,
                Status::Revoked => totals.revoked += 1,
            }
        }
        totals
    }
}

/// How many changes lead to each status.
pub(super) fn totals(changes: &[Change]) -> Totals {
    changes.iter().map(|change| change.status).collect()
}

impl Draft<Vec<u8>> for StatusDraft {
    fn words(&self, language: Language) -> String {
        let StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s } = self.publication;
        let issuer = text("发卡机构", "Issuer");
        let mut lines;
        match &self.content {
            Content::List { number, of, shard } => {
                lines = Lines::new(language, text("卡状态名单", "Status list"));
                let not_valid: Totals = shard.iter_not_valid().map(|(_, status)| status).collect();
                lines
                    .fact(issuer, &self.issuer_id)
                    .fact(text("编号（从 0 起）", "Number, from 0"), number)
                    .fact(text("名单份数", "Number of lists"), of)
                    .fact(text("位置数", "Positions"), shard.len())
                    .fact(text("已挂失", "Suspended"), not_valid.suspended)
                    .fact(text("已注销", "Revoked"), not_valid.revoked)
                    .fact(text("几秒后取下一份", "Seconds until the next is fetched"), ttl_s);
            }
            Content::Delta { from_unix_s, to } => {
                lines = Lines::new(language, text("增量名单", "Status delta"));
                lines
                    .fact(issuer, &self.issuer_id)
                    .time(text("所承接名单的时间", "Since the lists of"), written(*from_unix_s))
                    .fact(text("新挂失", "Newly suspended"), to.suspended)
                    .fact(text("新注销", "Newly revoked"), to.revoked)
                    .fact(text("解挂", "Valid again"), to.valid);
            }
        }
        lines
            .time(text("时间", "Time"), written(issued_at_unix_s))
            .time(text("失效时间", "Expires"), written(expires_unix_s))
            .finish()
    }

    fn signed(&self, signature: &Signature) -> Vec<u8> {
        self.unsigned.signed(signature)
    }
}
