//! Positions that this process has set aside, to be given one at a time: then nobody waits for the
//! row of the counter while another card is signed.
//!
//! A process that is killed takes up to a block with it. Those positions are never given, and the lists
//! say valid of them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{failed, Books};
use crate::problem::Problem;

/// How many are set aside at once; fewer where the lists are nearly full.
const BLOCKS: [i64; 3] = [64, 8, 1];

/// What is set aside.
#[derive(Default)]
pub(super) struct Reserve {
    free: Mutex<Free>,
    /// One at a time sets more aside.
    refill: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Free {
    next: i64,
    end: i64,
    /// Before `next`, of changes that came to nothing.
    returned: BTreeSet<i64>,
    closed: bool,
}

/// A position for one change. Dropped, it is free for another.
pub(super) struct Spare {
    reserve: Arc<Reserve>,
    position: i64,
    is_kept: bool,
}

impl Spare {
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    /// It belongs to a phone from now on, or may do so.
    pub(super) fn kept(mut self) -> Self {
        self.is_kept = true;
        self
    }

    /// It belongs to nobody after all.
    pub(super) fn free(mut self) {
        self.is_kept = false;
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        if !self.is_kept {
            self.reserve.free().put(self.position);
        }
    }
}

impl Free {
    fn take(&mut self) -> Option<i64> {
        if self.closed {
            return None;
        }
        if let Some(position) = self.returned.pop_first() {
            return Some(position);
        }
        let position = self.next;
        (position < self.end).then(|| {
            self.next += 1;
            position
        })
    }

    /// A new block. What came back meanwhile of the one before is given as well.
    fn add(&mut self, begin: i64, end: i64) {
        self.returned.extend(self.next..self.end);
        (self.next, self.end) = (begin, end);
    }

    fn put(&mut self, position: i64) {
        self.returned.insert(position);
        while self.next > 0 && self.returned.remove(&(self.next - 1)) {
            self.next -= 1;
        }
    }
}

impl Reserve {
    fn free(&self) -> MutexGuard<'_, Free> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are set aside and not given.
    pub(super) fn left(&self) -> i64 {
        let free = self.free();
        free.end - free.next + i64::try_from(free.returned.len()).unwrap_or(0)
    }

    fn take(self: &Arc<Self>) -> Option<Spare> {
        let position = self.free().take()?;
        Some(Spare { reserve: Arc::clone(self), position, is_kept: false })
    }
}

impl Books {
    /// A position for a change that gives one; `None` when the lists are full.
    pub(super) async fn spare(&self) -> Result<Option<Spare>, Problem> {
        if let Some(spare) = self.reserve.take() {
            return Ok(Some(spare));
        }
        let _turn = self.reserve.refill.lock().await;
        if let Some(spare) = self.reserve.take() {
            return Ok(Some(spare));
        }
        if self.reserve.free().closed {
            return Ok(None);
        }
        for count in BLOCKS {
            let update = "UPDATE counter SET next_position = next_position + $1
                WHERE next_position + $1 <= positions RETURNING next_position - $1";
            let update = sqlx::query_scalar(update).bind(count);
            // All rows: the first may come before it is true.
            let begin: Vec<i64> = update.fetch_all(&self.writes).await.map_err(failed)?;
            if let [begin] = begin[..] {
                self.reserve.free().add(begin, begin + count);
                return Ok(self.reserve.take());
            }
        }
        Ok(None)
    }

    /// Gives back what was not needed, unless another process has set more aside since.
    pub(super) async fn give_back(&self) -> Result<(), Problem> {
        let (next, end) = {
            let mut free = self.reserve.free();
            free.closed = true;
            (free.next, free.end)
        };
        if next < end {
            sqlx::query("UPDATE counter SET next_position = $1 WHERE next_position = $2")
                .bind(next)
                .bind(end)
                .execute(&self.writes)
                .await
                .map_err(failed)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_that_came_to_nothing_is_the_next_one_and_no_other_is_given_twice() {
        let reserve = Arc::new(Reserve::default());
        reserve.free().add(10, 14);
        let take = || reserve.take().unwrap();
        let [first, second, third] = [take(), take(), take()];
        assert_eq!([first.position(), second.position(), third.position()], [10, 11, 12]);
        drop(second);
        assert_eq!(reserve.left(), 2);
        drop(third);
        assert_eq!((reserve.left(), reserve.free().next), (3, 11));
        drop(first.kept());
        let given = [take(), take(), take()];
        assert_eq!([11, 12, 13], given.each_ref().map(Spare::position));
        assert!(reserve.take().is_none());
        // What comes back of one block after the next was added is given, too.
        let [eleventh, twelfth, _thirteenth] = given;
        drop(twelfth.kept());
        reserve.free().add(70, 72);
        drop(eleventh);
        let given = [take(), take(), take()];
        assert_eq!([11, 70, 71], given.each_ref().map(Spare::position));
    }

    #[test]
    fn what_came_back_while_a_block_was_fetched_is_not_lost() {
        let mut free = Free::default();
        free.add(10, 11);
        assert_eq!((free.take(), free.take()), (Some(10), None));
        free.put(10);
        free.add(70, 71);
        assert_eq!([free.take(), free.take(), free.take()], [Some(10), Some(70), None]);
        free.put(70);
        free.closed = true;
        assert_eq!(free.take(), None);
    }
}
