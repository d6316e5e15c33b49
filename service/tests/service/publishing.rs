//! What is published: anchors, deltas, an index, and nothing between.

use std::fs;

use onecode::status::{Status, StatusIssuer};
use serde_json::{json, Value};

use crate::harness::{execute, World, ISSUER};

fn own(world: &World) -> std::path::PathBuf {
    world.place.folder.join("published/status").join(ISSUER)
}

pub(crate) fn index(world: &World) -> Value {
    serde_json::from_slice(&fs::read(own(world).join("index.json")).unwrap()).unwrap()
}

fn anchor(world: &World, issued: i64) -> Vec<Vec<u8>> {
    let folder = own(world).join(issued.to_string());
    (0..).map_while(|number| fs::read(folder.join(format!("{number}.cwt"))).ok()).collect()
}

/// The newest statuses, as a gate has them that keeps the oldest anchor and takes one delta.
pub(crate) fn newest(world: &World) -> StatusIssuer {
    let index = index(world);
    let newest = index["issued_at"].as_i64().unwrap();
    let anchors: Vec<i64> = index["anchors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|anchor| anchor["issued_at"].as_i64().unwrap())
        .collect();
    let from = anchors.iter().copied().min().unwrap();
    let mut files = anchor(world, from);
    if from != newest {
        let delta = own(world).join(format!("{newest}.from-{from}.cwt"));
        files.push(fs::read(delta).unwrap());
    }
    let statuses = StatusIssuer::from_published(ISSUER, &files, &[world.keys[1]]).unwrap();
    assert_eq!(statuses.continues_unix_s(), Some(newest));
    statuses
}

#[test]
fn deltas_lead_from_each_anchor_to_now_and_say_what_the_whole_lists_say() {
    let world = World::new();
    let mut phones = Vec::new();
    for day in 0..4 {
        let reference = format!("p-{day}");
        world.grant(&reference);
        phones.push(world.enrol(&reference));
        world.publish();
        world.pass(3_600);
        world.as_staff(&format!("/staff/cards/{reference}/suspend"), &json!({})).ok();
        world.publish();
        world.pass(86_400 - 3_600);
    }
    let index = index(&world);
    assert_eq!(index["anchors"].as_array().unwrap().len(), 4, "{index}");
    assert_eq!(index["deltas"].as_array().unwrap().len(), 4, "{index}");
    for phone in &phones {
        assert_eq!(newest(&world).status(phone.position()), Some(Status::Suspended));
    }
    let mut gate = world.gate();
    let newest = index["issued_at"].as_i64().unwrap();
    let from = index["deltas"][0]["from"].as_i64().unwrap();
    for list in anchor(&world, from) {
        gate.scanner.install_status(&list, world.now()).unwrap();
    }
    let delta = fs::read(own(&world).join(format!("{newest}.from-{from}.cwt"))).unwrap();
    gate.scanner.install_status(&delta, world.now()).unwrap();
    for phone in &mut phones {
        assert_eq!(gate.scan(&phone.code(world.now()), world.now()), Some(402));
    }
}

#[test]
fn each_publication_has_a_second_of_its_own_and_none_is_ahead_of_the_clock() {
    let world = World::new();
    let times: Vec<i64> = (0..3).map(|_| world.publish()).collect();
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    // In the same second the second one waits, and a clock that was set back publishes nothing that
    // gates would take for newer than it is.
    for back in [0, -7_200] {
        world.pass(back);
        let answer = world.as_staff("/staff/publish", &json!({}));
        answer.is(971);
        assert!(answer.retry_after_s.is_some());
    }
}

#[test]
fn a_folder_with_a_later_publication_is_left_as_it_is() {
    let world = World::new();
    world.publish();
    let file = own(&world).join("index.json");
    let mut later = index(&world);
    let time = later["issued_at"].as_i64().unwrap() + 86_400;
    (later["issued_at"], later["anchors"][0]["issued_at"]) = (time.into(), time.into());
    later["deltas"] = json!([]);
    let later = later.to_string();
    fs::write(&file, &later).unwrap();
    world.pass(10);
    world.as_staff("/staff/publish", &json!({})).is(971);
    assert_eq!(fs::read_to_string(&file).unwrap(), later);
}

/// The steps of `docs/OPERATIONS.md` for a publisher whose clock was two days ahead.
#[test]
fn a_publication_from_far_ahead_is_taken_away_by_hand() {
    let world = World::new();
    let before = world.publish();
    world.pass(2 * 86_400);
    let ahead = world.publish();
    world.pass(-2 * 86_400);
    world.as_staff("/staff/publish", &json!({})).is(971);
    let figures = world.get("/metrics", None).json.to_string();
    assert!(figures.contains(&format!("published_timestamp_seconds {ahead}")), "{figures}");

    fs::remove_file(own(&world).join("index.json")).unwrap();
    for entry in fs::read_dir(own(&world)).unwrap() {
        let path = entry.unwrap().path();
        let is_ahead = path.file_name().unwrap().to_str().unwrap().starts_with(&ahead.to_string());
        match (is_ahead, path.is_dir()) {
            (true, true) => fs::remove_dir_all(path).unwrap(),
            (true, false) => fs::remove_file(path).unwrap(),
            _ => {}
        }
    }
    let now = world.now();
    let forget = format!("DELETE FROM publications WHERE issued > {now}");
    execute(&world.place.url(), &forget);
    let after = world.publish();
    assert!(before < after && after < ahead, "{before} {after} {ahead}");
    let mut gate = world.gate();
    for list in anchor(&world, after) {
        gate.scanner.install_status(&list, world.now()).unwrap();
    }
}

#[test]
fn an_anchor_that_is_damaged_or_gone_is_replaced_at_once() {
    let world = World::new();
    let first = world.publish();
    let anchors = index(&world)["anchors"].as_array().unwrap().len();
    assert_eq!(anchors, 1);
    for entry in fs::read_dir(own(&world)).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            fs::write(path.join("0.cwt"), b"damaged").unwrap();
        }
    }
    world.pass(10);
    let second = world.publish();
    assert!(second > first);
    let index = index(&world);
    assert_eq!(index["anchors"].as_array().unwrap().len(), 1);
    assert_eq!(index["anchors"][0]["issued_at"], second);
    newest(&world);
}

#[test]
fn a_folder_that_cannot_be_written_loses_no_event() {
    let world = World::new();
    world.grant("p-9");
    let phone = world.enrol("p-9");
    world.publish();
    let status = world.place.folder.join("published/status");
    let aside = world.place.folder.join("aside");
    fs::rename(&status, &aside).unwrap();
    fs::write(&status, b"a file where the folder was").unwrap();
    world.as_staff("/staff/cards/p-9/revoke", &json!({})).ok();
    world.pass(10);
    let answer = world.as_staff("/staff/publish", &json!({}));
    answer.is(971);
    fs::remove_file(&status).unwrap();
    fs::rename(&aside, &status).unwrap();
    world.pass(10);
    world.publish();
    assert_eq!(newest(&world).status(phone.position()), Some(Status::Revoked));
}

#[test]
fn lists_that_grow_begin_with_a_new_anchor() {
    let setup = crate::harness::Setup { positions: 4, ..Default::default() };
    let mut world = World::with(setup);
    for number in 0..4 {
        world.grant(&format!("g-{number}"));
        world.enrol(&format!("g-{number}"));
    }
    world.grant("g-4");
    let answer = world.try_enrol("g-4", &mut crate::harness::Phone::new());
    answer.is(957);
    assert!(answer.retry_after_s.is_some());
    world.end();
    world.reconfigure(|text| text.replace("positions = 4", "positions = 400"));
    world.start();
    let phone = world.enrol("g-4");
    assert_eq!(phone.position(), 4);
    world.publish();
    assert_eq!(newest(&world).positions(), 400);
}

#[test]
fn a_list_has_everything_that_is_not_valid_however_much_that_is() {
    let setup = crate::harness::Setup { positions: 10_000, ..Default::default() };
    let world = World::with(setup);
    // More than is read at once, with gaps, and up to the last position.
    crate::harness::execute(
        &world.place.url(),
        "INSERT INTO positions (position, state, last_exp, renewed, retired)
            WITH RECURSIVE numbers(i) AS (SELECT CAST(0 AS INT8)
                UNION ALL SELECT i + 1 FROM numbers WHERE i < 3333)
            SELECT 3 * i, 1 + i % 2, 9000000000, 0, 0 FROM numbers",
    );
    world.publish();
    let statuses = newest(&world);
    for position in 0..10_000_u32 {
        let expected = match (position % 3, position % 2) {
            (0, 0) => Status::Suspended,
            (0, _) => Status::Revoked,
            _ => Status::Valid,
        };
        assert_eq!(statuses.status(position), Some(expected), "{position}");
    }
}
