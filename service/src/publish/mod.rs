//! What the books say becomes status lists: whole ones each day, deltas between, with the books as
//! the truth.
//!
//! A publication reads the books after its time, so whatever was acknowledged before is in it,
//! whoever was killed meanwhile: there is nothing to be lost between the books and the lists. One
//! process publishes at a time. `folder` knows the files.

mod folder;

use std::sync::Arc;
use std::time::Duration;

use onecode::publication::NextPublication;
use onecode::status::{StatusIssuer, StatusPublication};

use crate::books::{Listed, State};
use crate::keys::apart;
use crate::problem::{Kind, Problem};
use crate::service::Service;
use folder::Folder;

/// How often a process asks whether a publication is due.
const LOOK: Duration = Duration::from_secs(2);

/// After a publication that failed, the next is tried after this time.
const AFTER_FAILURE: Duration = Duration::from_secs(10);

/// Publishes as often as is configured, until the service ends.
pub(crate) async fn for_ever(service: Arc<Service>) {
    loop {
        let wait = match service.publish(false).await {
            Ok(_) => LOOK,
            Err(problem) => {
                service.metrics.failed_publications.add(1);
                tracing::error!(number = problem.what.number(), "not published: {problem}");
                AFTER_FAILURE
            }
        };
        tokio::time::sleep(wait).await;
    }
}

/// How often the next second is waited for, a tenth of one each.
const WAITS_FOR_SECOND: u32 = 20;

impl Service {
    /// Publishes, if it is due or `at_once`: the time of the publication. `None` if it is not due, or
    /// another process is at it.
    pub(crate) async fn publish(&self, at_once: bool) -> Result<Option<i64>, Problem> {
        if !at_once && !self.is_due(&self.books.publications().await?) {
            return Ok(None);
        }
        let Some(mut turn) = self.books.publisher().await? else { return Ok(None) };
        let published = self.books.publications().await?;
        if !at_once && !self.is_due(&published) {
            return Ok(None);
        }
        let issuer = &self.config.issuer;
        let folder = Folder::of(&self.config.publish.folder, issuer);
        let (issued, listed) = self.read_books().await?;
        let mut statuses = StatusIssuer::new(issuer, listed.positions);
        for (position, state) in listed.not_valid {
            let changed = match state {
                State::Suspended => statuses.suspend(position),
                State::Revoked => statuses.revoke(position),
                State::Valid => Ok(()),
            };
            changed.map_err(|error| Kind::NotPublished.with(error))?;
        }
        let statuses = Arc::new(statuses);
        let lasts_s = i64::from(self.config.publish.lasts_s);
        let publication = StatusPublication {
            issued_at_unix_s: issued,
            expires_unix_s: issued.saturating_add(lasts_s),
            ttl_s: self.config.publish.delta_every_s,
        };
        let whole_every_s = self.config.publish.whole_every_s;
        let before = {
            let folder = folder.clone();
            apart(move || folder.index()).await?
        };
        let next = NextPublication::after(before.as_ref(), issuer, issued, whole_every_s);
        let mut next = next.map_err(|error| Kind::NotPublished.with(error))?;
        for anchor in next.anchors() {
            let from = anchor.issued_at_unix_s;
            let (folder, id, key) = (folder.clone(), issuer.clone(), self.keys.status_key());
            let then = apart(move || {
                let then =
                    StatusIssuer::from_published(&id, folder.lists(&anchor)?, &[key]).ok()?;
                (then.continues_unix_s() == Some(from)).then_some(then)
            });
            // One by another status key is none: no delta continues it.
            let Some(then) = then.await? else {
                next.give_up(from);
                continue;
            };
            let (now, then) = (Arc::clone(&statuses), Arc::new(then));
            next.add_delta(from, self.keys.publish_delta(now, then, from, publication).await?);
        }
        let is_anchor = next.is_anchor();
        let lists = match is_anchor {
            true => Some(self.keys.publish(Arc::clone(&statuses), publication).await?),
            false => None,
        };
        let made = next.finish(lists).map_err(|error| Kind::NotPublished.with(error))?;
        let made = Arc::new(made);
        let (objects, of_objects) = (folder.clone(), Arc::clone(&made));
        apart(move || objects.write_objects(&of_objects)).await??;
        turn.is_still_ours().await?;
        let (last, of_last) = (folder.clone(), Arc::clone(&made));
        apart(move || last.switch(&of_last)).await??;
        self.books.end_publication(issued, is_anchor).await?;
        drop(turn);

        let oldest = made.index.anchor_times().into_iter().min().unwrap_or(issued);
        apart(move || folder.tidy(&made.index, issued)).await?;
        let mut change = self.books.change().await?;
        change.drop_publications(oldest).await?;
        change.commit().await?;
        self.metrics.publications.add(1);
        tracing::info!(issued, is_anchor, "published");
        Ok(Some(issued))
    }

    /// The time of a publication, and what the books say after it. Each has a second of
    /// its own, so one may have to be waited for.
    async fn read_books(&self) -> Result<(i64, Listed), Problem> {
        for _ in 0..WAITS_FOR_SECOND {
            // The time first, then the books: what was acknowledged before it is in the lists.
            let issued = self.clock.now();
            let mut change = self.books.change().await?;
            if change.begin_publication(issued).await? {
                change.let_time_pass(issued).await?;
                let listed = change.listed().await?;
                change.commit().await?;
                return Ok((issued, listed));
            }
            drop(change);
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Err(Kind::NotPublished.with("the last publication is not before this clock"))
    }

    fn is_due(&self, published: &[(i64, bool)]) -> bool {
        let every_s = i64::from(self.config.publish.delta_every_s);
        let now = self.clock.now();
        published.first().is_none_or(|(issued, _)| now.saturating_sub(*issued) >= every_s)
    }

    /// When the newest lists were published, by whichever process.
    pub(crate) async fn newest_publication(&self) -> Result<Option<i64>, Problem> {
        Ok(self.books.publications().await?.first().map(|(issued, _)| *issued))
    }

    /// Whether the lists in force are younger than two publications should be apart.
    pub(crate) async fn is_published_in_time(&self) -> Result<bool, Problem> {
        let most_s = 2 * i64::from(self.config.publish.delta_every_s) + 60;
        let newest = self.newest_publication().await?;
        Ok(newest.is_some_and(|issued| self.clock.now().saturating_sub(issued) <= most_s))
    }
}
