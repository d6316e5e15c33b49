//! Writes `docs/cryptography.cdx.json`, and prints the tables of `docs/OPERATIONS.md`:
//! `cargo run -p onecode-vectors --bin cryptography`.

use onecode::Language;
use onecode_vectors::cryptography::{inventory, tables};

fn main() -> std::io::Result<()> {
    let path = format!("{}/../../docs/cryptography.cdx.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path, inventory())?;
    for language in [Language::En, Language::Zh] {
        for table in tables(language) {
            println!("{table}");
        }
    }
    Ok(())
}
