//! The inventory of cryptography: which key has which role, by which algorithm, where it must live and
//! what it signs. `docs/cryptography.cdx.json` (CycloneDX 1.6) and the tables of `docs/OPERATIONS.md`
//! are written from here.
//!
//! A new algorithm or kind of document does not compile until it has a row; a test finds primitives
//! in the sources that have none. `primitives` and `roles` hold the rows, `cyclonedx` and `tables`
//! write them.

mod cyclonedx;
mod primitives;
mod roles;
mod tables;

use onecode::Language;

pub use cyclonedx::inventory;
pub use primitives::{primitives, Primitive};
pub use tables::tables;

/// A text in both languages.
struct Both {
    zh: &'static str,
    en: &'static str,
}

impl Both {
    fn text(&self, language: Language) -> &'static str {
        match language {
            Language::Zh => self.zh,
            Language::En => self.en,
        }
    }
}

const fn both(zh: &'static str, en: &'static str) -> Both {
    Both { zh, en }
}
