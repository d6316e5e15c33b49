//! Prints the worked examples of docs/SPEC.md, byte by byte:
//! `cargo run -p onecode-vectors --bin worked_example`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for example in onecode_vectors::worked_example::worked_examples()? {
        println!("{example}");
    }
    Ok(())
}
