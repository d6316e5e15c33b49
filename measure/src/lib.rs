//! What the measuring programs share with the tests of the library.

/// A small world of keys and lists, the one of the tests.
#[allow(missing_docs)]
#[path = "../../tests/practice/mod.rs"]
pub mod practice;
