//! Writes `tests/vectors/*.json`: `cargo run -p onecode-vectors`.

fn main() -> std::io::Result<()> {
    for file in onecode_vectors::vector_files() {
        let path = format!("{}/../vectors/{}.json", env!("CARGO_MANIFEST_DIR"), file.name);
        std::fs::write(path, file.text)?;
        println!("{}: {} vectors", file.name, file.vectors);
    }
    Ok(())
}
