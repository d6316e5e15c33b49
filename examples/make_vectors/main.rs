//! Writes `tests/vectors/*.json`: every rule of the format with a valid and an invalid case.
//!
//! `cargo run --example make_vectors` gives the same bytes on every run; CI checks that they are
//! the committed ones. Keys and signatures are fixed, and codes are put together by `parts`,
//! which shares no code with the library's encoder.

mod invalid;
mod parts;
mod valid;
#[path = "../../tests/vector_file/mod.rs"]
mod vector_file;
mod world;

use serde_json::{json, Value};
use world::{Vector, World};

fn main() {
    let world = World::new();
    write("valid", "Codes that are accepted", &world, valid::vectors(&world));
    write(
        "invalid",
        "Texts and codes that are refused, each for one reason",
        &world,
        invalid::vectors(&world),
    );
}

fn write(file: &str, about: &str, world: &World, vectors: Vec<Vector>) {
    let lists = world.to_json();
    let vectors: Vec<Value> = vectors.iter().map(|vector| vector.to_json(&lists)).collect();
    println!("{file}: {} vectors", vectors.len());
    let document = json!({ "about": about, "lists": lists, "vectors": vectors });
    let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path, text).unwrap();
}
