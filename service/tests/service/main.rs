//! The service over HTTP, on SQLite; with `DATABASE_URL`, the same on PostgreSQL.

#[macro_use]
#[path = "../../../tests/say/mod.rs"]
mod say;

mod attested;
mod bad_input;
mod bodies;
mod books;
mod flow;
mod forgetting;
#[allow(dead_code)]
mod harness;
#[allow(dead_code)]
#[path = "../attestation/maker.rs"]
mod maker;
mod model;
mod moving;
mod openapi;
mod operate;
#[allow(dead_code)]
#[path = "../attestation/phone.rs"]
mod phone;
mod program;
mod publishing;
#[path = "../../../keystore/tests/softhsm/mod.rs"]
mod softhsm;
mod tls;
mod tokens;
