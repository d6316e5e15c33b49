//! The main operations, one by one, for `cargo bench -p onecode-measure`. Beside their
//! yardsticks they are measured by `cargo run --release -p onecode-measure --bin headline`.
#![allow(missing_docs)]

use onecode::catalogue::Catalogue;
use onecode::gate::PastScan;
use onecode::keys::{Signature, ToBeSigned};
use onecode::receipt::ScannerId;
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::{Algorithm, Code, CodeSession, Level, Policy, QrCode, Scanner, SigningKey};
use std::hint::black_box;

use criterion::{criterion_group, criterion_main, Criterion};
use onecode_measure::practice::{self, context, Practice, DAY, NOW};

fn world() -> Practice {
    Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256)
}

fn phone(criterion: &mut Criterion) {
    let world = world();
    let card = world.credential(|_| ());
    let mut session = CodeSession::new(card.clone());
    let mut now = NOW;
    criterion.bench_function("make a code", |bencher| {
        bencher.iter(|| {
            now += 1;
            session.code(&world.phone, now)
        });
    });
    let text = world.code(&card, NOW).text().to_owned();
    criterion.bench_function("draw its QR modules", |bencher| {
        bencher.iter(|| QrCode::draw(black_box(&text), Level::M));
    });
    let picture = QrCode::draw(&text, Level::M).unwrap();
    criterion.bench_function("SVG of it", |bencher| bencher.iter(|| picture.to_svg()));
    criterion.bench_function("PNG of it", |bencher| bencher.iter(|| picture.to_png(4)));
}

fn gate(criterion: &mut Criterion) {
    let world = world();
    let mut scanner = world.scanner(Policy::default());
    // One more than a scanner remembers, in turn: none of them is ever known.
    let strangers: Vec<Code> = (0..4_097)
        .map(|n| world.code(&world.credential(|card| card.status_index = n), NOW))
        .collect();
    let mut next = strangers.iter().cycle();
    criterion.bench_function("scan a card never seen", |bencher| {
        bencher.iter(|| next.next().map(|code| scanner.scan(code.text(), &context(NOW))));
    });
    let code = world.code(&world.credential(|_| ()), NOW).text().to_owned();
    criterion.bench_function("scan a card seen before", |bencher| {
        bencher.iter(|| scanner.scan(black_box(&code), &context(NOW)));
    });
    criterion.bench_function("refuse a code of an hour ago", |bencher| {
        bencher.iter(|| scanner.scan(black_box(&code), &context(NOW + 3_600)));
    });
    criterion.bench_function("refuse a web address", |bencher| {
        bencher.iter(|| scanner.scan(black_box("https://example.cn/"), &context(NOW)));
    });
    let receipts = practice::key(Algorithm::Esp256);
    scanner.start_receipts(ScannerId::new("gate-1").unwrap());
    criterion.bench_function("scan a card seen before, with a receipt", |bencher| {
        bencher.iter(|| scanner.scan_with_receipt(black_box(&code), &context(NOW), &receipts));
    });
    let context = context(NOW);
    let batch = vec![PastScan { text: &code, context: &context }; 100];
    criterion.bench_function("a batch of 100 codes", |bencher| {
        bencher.iter(|| scanner.verify_batch(black_box(&batch)));
    });
}

fn signatures(criterion: &mut Criterion) {
    let message = [0x5a; 240];
    for algorithm in Algorithm::ALL {
        let key = practice::key(*algorithm);
        let message = ToBeSigned::new(key.public_key(), &message);
        criterion.bench_function(&format!("sign, {algorithm}"), |bencher| {
            bencher.iter(|| key.sign(black_box(&message)));
        });
        let signature = Signature::decode(*algorithm, &key.sign(&message).unwrap()).unwrap();
        let public_key = key.public_key();
        criterion.bench_function(&format!("verify, {algorithm}"), |bencher| {
            bencher.iter(|| black_box(&public_key).verify(black_box(message.bytes()), &signature));
        });
    }
}

fn lists(criterion: &mut Criterion) {
    let world = world();
    let fresh = Scanner::new(world.root.public_key(), Policy::default());
    let trust_list = world.trust_list(1).sign(&world.root).unwrap();
    criterion.bench_function("install a trust list", |bencher| {
        bencher.iter(|| fresh.clone().install_trust_list(black_box(trust_list.as_bytes()), NOW));
    });
    let catalogue =
        Catalogue::from_json(include_str!("../../examples/data/catalogue.json")).unwrap();
    let catalogue = catalogue.sign(&world.root).unwrap();
    criterion.bench_function("install a catalogue", |bencher| {
        bencher.iter(|| fresh.clone().install_catalogue(black_box(catalogue.as_bytes()), NOW));
    });
    let mut issuer = StatusIssuer::new("cn-31", SHARD_POSITIONS);
    (0..SHARD_POSITIONS).step_by(100).for_each(|index| issuer.revoke(index).unwrap());
    let publication =
        StatusPublication { issued_at_unix_s: NOW, expires_unix_s: NOW + DAY, ttl_s: 3_600 };
    let list = issuer.publish(publication, &world.issuer).unwrap().swap_remove(0);
    let mut scanner = world.scanner(Policy::default());
    criterion.bench_function("install a status list of a million", |bencher| {
        bencher.iter(|| scanner.install_status(black_box(&list), NOW));
    });
    let shard = issuer.shards().unwrap().swap_remove(0);
    let mut index = 0;
    criterion.bench_function("look up a status", |bencher| {
        bencher.iter(|| {
            index = (index + 7_919) % SHARD_POSITIONS;
            shard.status(black_box(index))
        });
    });
}

criterion_group!(benches, signatures, phone, gate, lists);
criterion_main!(benches);
