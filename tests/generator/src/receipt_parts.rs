//! A vector about receipts, and a receipt put together by hand.

use onecode::SigningKey;
use serde_json::{json, Value};

use super::jws;
use super::parts::{
    array, bytes, int, map, sha256, signed_bytes, text, uint, Card, FixedKey, Parts, NOW,
};
use super::vector_file::receipts;
use super::world::{picture_text, World};

pub const DAY: i64 = 86_400;
pub const SCANNER: &str = "metro.31.gate-7";
/// The application that takes a code twice.
pub const OPEN: u16 = 1;

pub fn gate_key() -> FixedKey {
    FixedKey::ed25519("a scanner")
}

/// The card of Shanghai at a status position.
pub fn parts(world: &World, status_index: u64) -> Parts {
    Parts::new(&world.shanghai, &world.phone, &Card { status_index, ..Card::default() })
}

/// What stands before everything that is hashed for an application on a day.
fn scope(label: &str, application: u16, at: i64) -> Vec<u8> {
    let day = (at + 28_800) / DAY;
    [label.as_bytes(), &[0], &application.to_be_bytes(), &day.to_be_bytes()].concat()
}

pub fn text_hash(text: &str, application: u16, at: i64) -> [u8; 32] {
    sha256(&[&scope("onecode receipt text", application, at), text.as_bytes()].concat())
}

/// A vector: what is done, and what must come of it.
pub struct ReceiptVector {
    vector: Value,
    /// The problem by name, a member of the answer, or nothing that is demanded beforehand.
    wanted: (&'static str, Value),
}

impl ReceiptVector {
    pub fn new(
        what: &str,
        name: &str,
        comment: &str,
        wanted: (&'static str, Value),
        members: Value,
    ) -> Self {
        let mut vector = json!({ "name": name, "comment": comment, "do": what });
        let members = members.as_object().unwrap().clone();
        vector.as_object_mut().unwrap().extend(members);
        ReceiptVector { vector, wanted }
    }

    pub fn to_json(&self, document: &Value) -> Value {
        let found = receipts::run(document, &self.vector);
        let (member, value) = &self.wanted;
        assert_eq!(found[member], *value, "{}: {found}", self.vector["name"]);
        let mut vector = self.vector.clone();
        vector["expected"] = found;
        vector
    }
}

/// What a receipt of an accepted scan says, put together by hand.
pub struct Hand {
    pub key: FixedKey,
    pub header: Vec<(Vec<u8>, Vec<u8>)>,
    pub scanner: &'static str,
    pub time: Vec<u8>,
    pub items: Vec<Vec<u8>>,
}

impl Hand {
    pub fn new(world: &World, document: &Value) -> Self {
        let key = gate_key();
        let parts = parts(world, 8);
        let code = picture_text(&parts.code());
        let list = |name: &str, sequence: u64| {
            let list = document["lists"][name].as_str().unwrap();
            array(&[uint(sequence), bytes(&jws::hash(list))])
        };
        let signature =
            world.shanghai.raw(&signed_bytes(&parts.card_header_bytes(), &parts.card_payload()));
        let input = scope("onecode receipt pseudonym", OPEN, NOW);
        let hmac = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &signature[..32]);
        let card = &ring::hmac::sign(&hmac, &input).as_ref()[..16].to_vec();
        let kid = |key: &FixedKey| bytes(&key.public_key().key_id().0);
        Hand {
            header: vec![
                (int(1), int(key.algorithm().cose_id())),
                (int(4), kid(&key)),
                (int(16), text("application/onecode-receipt+cwt")),
            ],
            key,
            scanner: SCANNER,
            time: int(NOW),
            items: vec![
                uint(0),
                bytes(&[0; 32]),
                uint(0),
                uint(0),
                uint(OPEN.into()),
                uint(310_104),
                bytes(&text_hash(&code, OPEN, NOW)),
                uint(30),
                array(&[bytes(card)]),
                uint(0),
                list("trust_list", 1),
                list("catalogue", 1),
                array(&[]),
                array(&[uint(2), uint(0), int(NOW - 600), kid(&world.shanghai)]),
                array(&[]),
                array(&[vec![0xf4], uint(0)]),
                array(&[uint(0)]),
                array(&[]),
            ],
        }
    }

    pub fn item(mut self, at: usize, value: Vec<u8>) -> Self {
        self.items[at] = value;
        self
    }

    pub fn payload(&self) -> Vec<u8> {
        map(&[
            (int(2), text(self.scanner)),
            (int(6), self.time.clone()),
            (int(-65_540), array(&self.items)),
        ])
    }

    pub fn receipt(&self) -> Vec<u8> {
        let (header, payload) = (map(&self.header), self.payload());
        let signature = self.key.raw(&signed_bytes(&header, &payload));
        array(&[bytes(&header), map(&[]), bytes(&payload), bytes(&signature)])
    }
}
