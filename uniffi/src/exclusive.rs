//! One thread at a time, for core objects that change when used.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::UsageError;

/// A value that one thread uses at a time. Others wait.
///
/// While it is in use, a key or store of the host may be called. If that calls the same object
/// again, it gets an error, because waiting would never end. After a panic it stays usable: the
/// core changes wholly or not at all.
#[derive(Debug)]
pub(crate) struct Exclusive<T> {
    value: Mutex<T>,
    user: Mutex<Option<ThreadId>>,
}

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Self {
        Exclusive { value: Mutex::new(value), user: Mutex::new(None) }
    }

    pub(crate) fn with<R>(&self, f: impl FnOnce(&mut T) -> R) -> Result<R, UsageError> {
        let me = Some(thread::current().id());
        if *lock(&self.user) == me {
            return Err(UsageError::Reentrant);
        }
        let mut value = lock(&self.value);
        *lock(&self.user) = me;
        let _done = Done(&self.user);
        Ok(f(&mut value))
    }
}

struct Done<'e>(&'e Mutex<Option<ThreadId>>);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        *lock(self.0) = None;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::panic::{catch_unwind, AssertUnwindSafe};

    use super::*;

    #[test]
    fn a_call_inside_a_call_is_an_error() {
        let exclusive = Exclusive::new(0);
        let inner = exclusive.with(|_| exclusive.with(|value| *value += 1));
        assert_eq!(inner, Ok(Err(UsageError::Reentrant)));
        assert_eq!(exclusive.with(|value| *value), Ok(0));
    }

    #[test]
    fn a_panic_leaves_it_usable() {
        let exclusive = Exclusive::new(7);
        assert!(catch_unwind(AssertUnwindSafe(|| exclusive.with(|_| panic!("once")))).is_err());
        assert_eq!(exclusive.with(|value| *value), Ok(7));
    }
}
