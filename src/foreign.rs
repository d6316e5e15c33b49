//! Codes of other systems (随申码, 交通码, 医保码, …), recognised by a table in the catalogue so
//! that people are told what they have shown.
//!
//! Uses the names of the signed-document layer. Specification: docs/SPEC.md section 14.

use crate::jose::Name;

/// A kind of code that is not ours, as the catalogue names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ForeignCode {
    /// A readable id that never changes, such as `suishenma`.
    pub id: String,
    /// What it is called.
    pub name: Name,
    /// What the attendant should do.
    pub advice: Name,
}
