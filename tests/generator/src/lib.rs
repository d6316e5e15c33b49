//! What stands in `tests/vectors/*.json` and in the worked examples of docs/SPEC.md: every rule of
//! the format with a valid and an invalid case.
//!
//! `cargo run -p onecode-vectors` writes the vectors and gives the same bytes on every run. Keys and
//! signatures are fixed, and codes are put together by `parts`, which shares no code with the
//! library's encoder.

mod altered;
pub mod cryptography;
mod document_bounds;
mod documents;
mod evidence;
mod governance;
mod governed_receipts;
mod invalid;
mod jws;
mod lists;
mod matrix;
mod parts;
mod publishing;
mod receipt_parts;
mod receipts;
mod requests;
mod sequences;
mod steps;
mod summaries;
mod valid;
#[path = "../../vector_file/mod.rs"]
mod vector_file;
pub mod worked_example;
mod world;

use serde_json::{json, Map, Value};
use world::{Vector, World};

/// One file of `tests/vectors`.
pub struct VectorFile {
    /// Its name without `.json`.
    pub name: &'static str,
    /// How many vectors it has.
    pub vectors: usize,
    /// All of its text.
    pub text: String,
}

impl VectorFile {
    fn new(name: &'static str, mut document: Value, vectors: Vec<Value>) -> Self {
        let count = vectors.len();
        document["vectors"] = json!(vectors);
        let text = serde_json::to_string_pretty(&document).unwrap() + "\n";
        VectorFile { name, vectors: count, text }
    }
}

/// All files that this package writes; `token-status-list.json` is the IETF's.
pub fn vector_files() -> Vec<VectorFile> {
    let world = World::new();
    let everyday = world.lists(&world.trust_list(), &world.catalogue());
    let (lists, list_sets) = lists::lists(&world);
    let rows = matrix::rows();
    let (matrix_lists, matrix_sets) = matrix::lists(&world, &rows);
    let mut files = vec![
        scans(
            "valid",
            json!({ "about": "Codes that are accepted", "lists": everyday }),
            &valid::vectors(&world),
        ),
        scans(
            "invalid",
            json!({
                "about": "Texts and codes that are refused, each for one reason",
                "lists": everyday,
            }),
            &invalid::vectors(&world),
        ),
        scans(
            "lists",
            with_sets(
                "What the scanner's own lists make of a code: missing, overdue, expired, damaged",
                lists,
                list_sets,
            ),
            &lists::vectors(&world),
        ),
        scans(
            "matrix",
            with_sets(
                "Cards at applications and places by the catalogue of examples/data, one for each \
                 row of tests/matrix.csv",
                matrix_lists,
                matrix_sets,
            ),
            &matrix::vectors(&world, &rows),
        ),
        sequences(&world),
        governance(&world),
        requests(&world),
        publishing(&world),
    ];
    files.extend(receipts(&world));
    files
}

fn scans(name: &'static str, document: Value, vectors: &[Vector]) -> VectorFile {
    let vectors = vectors.iter().map(|vector| vector.to_json(&document)).collect();
    VectorFile::new(name, document, vectors)
}

/// A document whose vectors may name one of several sets of lists: what a set does not name is
/// as in `lists`.
fn with_sets(about: &str, lists: Value, list_sets: Map<String, Value>) -> Value {
    json!({ "about": about, "lists": lists, "list_sets": list_sets })
}

fn sequences(world: &World) -> VectorFile {
    let document = json!({
        "about": "What a scanner makes of one scan after another; each vector has steps",
        "lists": sequences::lists(world),
        "list_sets": { "never_given": { "without_status_lists": false } },
        "venue_key": world::hex(&sequences::VENUE_KEY),
    });
    let vectors = sequences::vectors(world);
    let vectors = vectors.iter().map(|vector| vector.to_json(&document)).collect();
    VectorFile::new("sequences", document, vectors)
}

fn governance(world: &World) -> VectorFile {
    let (document, vectors) = governance::vectors(world);
    let vectors = vectors.iter().map(|vector| vector.to_json(&document)).collect();
    VectorFile::new("governance", document, vectors)
}

fn requests(world: &World) -> VectorFile {
    let about =
        "What phones ask their issuer for, and what becomes of it; each vector has one thing to do";
    VectorFile::new("requests", json!({ "about": about }), requests::vectors(world))
}

fn publishing(world: &World) -> VectorFile {
    let (document, vectors) = publishing::vectors(world);
    VectorFile::new("publishing", document, vectors)
}

fn receipts(world: &World) -> [VectorFile; 3] {
    let document = receipts::document(world);
    let challenges = json!({ "about": "What a phone makes of the text of a challenge" });
    let file = |name, document: Value, vectors: Vec<receipt_parts::ReceiptVector>| {
        let vectors = vectors.iter().map(|vector| vector.to_json(&document)).collect();
        VectorFile::new(name, document, vectors)
    };
    let vectors = receipts::vectors(world, &document);
    let evidence = json!({
        "about": "Evidence bundles: what one proves, and what is refused",
        "lists": { "root": document["lists"]["root"] },
    });
    let bundles = evidence::vectors(world, &document);
    [
        VectorFile::new("backend/evidence", evidence, bundles),
        file("receipts", document, vectors),
        file("challenges", challenges, receipts::challenge_texts()),
    ]
}
