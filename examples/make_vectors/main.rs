//! Writes `tests/vectors/*.json`: every rule of the format with a valid and an invalid case.
//!
//! `cargo run --example make_vectors` gives the same bytes on every run; CI checks that they are
//! the committed ones. Keys and signatures are fixed, and codes are put together by `parts`,
//! which shares no code with the library's encoder.

mod documents;
mod invalid;
mod lists;
mod matrix;
mod parts;
mod receipts;
mod sequences;
mod valid;
#[path = "../../tests/vector_file/mod.rs"]
mod vector_file;
mod world;

use serde_json::{json, Map, Value};
use world::{Vector, World};

fn main() {
    let world = World::new();
    let everyday = world.lists(&world.trust_list(), &world.catalogue());
    write(
        "valid",
        json!({ "about": "Codes that are accepted", "lists": everyday }),
        valid::vectors(&world),
    );
    write(
        "invalid",
        json!({ "about": "Texts and codes that are refused, each for one reason", "lists": everyday }),
        invalid::vectors(&world),
    );
    let (lists, list_sets) = lists::lists(&world);
    write(
        "lists",
        with_sets(
            "What the scanner's own lists make of a code: missing, overdue, expired, damaged",
            lists,
            list_sets,
        ),
        lists::vectors(&world),
    );
    let rows = matrix::rows();
    let (lists, list_sets) = matrix::lists(&world, &rows);
    write(
        "matrix",
        with_sets(
            "Cards at applications and places by the catalogue of examples/data, one for each \
             row of tests/matrix.csv",
            lists,
            list_sets,
        ),
        matrix::vectors(&world, &rows),
    );
    write_sequences(&world);
    write_receipts(&world);
}

fn write_receipts(world: &World) {
    let document = receipts::document(world);
    let challenges = json!({ "about": "What a phone makes of the text of a challenge" });
    for (file, mut document, vectors) in [
        ("receipts", document.clone(), receipts::vectors(world, &document)),
        ("challenges", challenges, receipts::challenge_texts()),
    ] {
        let vectors: Vec<Value> = vectors.iter().map(|vector| vector.to_json(&document)).collect();
        println!("{file}: {} vectors", vectors.len());
        document["vectors"] = json!(vectors);
        save(file, &document);
    }
}

fn write_sequences(world: &World) {
    let mut document = json!({
        "about": "What a scanner makes of one scan after another; each vector has steps",
        "lists": sequences::lists(world),
        "venue_key": world::hex(&sequences::VENUE_KEY),
    });
    let vectors = sequences::vectors(world);
    let vectors: Vec<Value> = vectors.iter().map(|vector| vector.to_json(&document)).collect();
    println!("sequences: {} vectors", vectors.len());
    document["vectors"] = json!(vectors);
    save("sequences", &document);
}

/// A document whose vectors may name one of several sets of lists: what a set does not name is
/// as in `lists`.
fn with_sets(about: &str, lists: Value, list_sets: Map<String, Value>) -> Value {
    json!({ "about": about, "lists": lists, "list_sets": list_sets })
}

fn write(file: &str, mut document: Value, vectors: Vec<Vector>) {
    let vectors: Vec<Value> = vectors.iter().map(|vector| vector.to_json(&document)).collect();
    println!("{file}: {} vectors", vectors.len());
    document["vectors"] = json!(vectors);
    save(file, &document);
}

fn save(file: &str, document: &Value) {
    let text = serde_json::to_string_pretty(document).unwrap() + "\n";
    let path = format!("{}/tests/vectors/{file}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::write(path, text).unwrap();
}
