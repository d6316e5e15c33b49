//! What to fetch: from indexes and what a scanner holds to the next file that is needed.
//!
//! Uses the scanner, its lists, and the layout of publications. It opens no connection and no file:
//! a host gets bytes from wherever they lie and hands them back. Specification: docs/SPEC.md
//! section 23.
//!
//! ```
//! use onecode::fetching::{Answer, Fetch, FetchProblem, Step};
//! use onecode::publication::PublishedFile;
//! use onecode::Scanner;
//!
//! /// `get` asks a server; `store` is where files are kept, by their paths.
//! fn fetch(
//!     scanner: &mut Scanner,
//!     store: &mut std::collections::HashMap<String, Vec<u8>>,
//!     get: impl Fn(&str, usize) -> Option<Vec<u8>>,
//!     now_unix_s: i64,
//! ) -> Vec<FetchProblem> {
//!     let mut fetch = Fetch::new(now_unix_s);
//!     while let Some(step) = fetch.step(&scanner.held(now_unix_s)) {
//!         match step {
//!             Step::Get(wanted) => {
//!                 let path = wanted.file.path();
//!                 let kept = store.get(&path).filter(|_| wanted.may_be_kept);
//!                 match (kept, get(&path, wanted.max_bytes)) {
//!                     (Some(kept), _) => {
//!                         fetch.answer(Answer::Kept(kept));
//!                     }
//!                     (None, Some(bytes)) => {
//!                         if fetch.answer(Answer::Fetched(&bytes)) {
//!                             store.insert(path, bytes);
//!                         }
//!                     }
//!                     (None, None) => {
//!                         fetch.answer(Answer::Missing);
//!                     }
//!                 }
//!             }
//!             Step::Install(files) => {
//!                 let bytes = files.iter().map(|file| &store[&file.path()]);
//!                 // What is not taken is among the problems.
//!                 let _ = fetch.install(scanner, bytes);
//!             }
//!         }
//!     }
//!     fetch.problems().to_vec()
//! }
//! ```

mod documents;
mod fetch;
mod problem;
mod status;
mod wait;

pub use crate::lists::{Held, HeldStatus};
pub use fetch::{Answer, Fetch, Purpose, Step, Wanted};
pub use problem::{FetchFault, FetchProblem};
pub use wait::fetch_wait_s;
