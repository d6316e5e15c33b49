//! Books that are new, old, newer, somebody else's, slow, full, or gone.

use std::fs;
use std::time::{Duration, Instant};

use onecode_service::books::VERSION;
use onecode_service::StartError;
use serde_json::json;
use sqlx::Connection;

use crate::harness::{execute, Phone, Setup, World};

#[test]
fn what_was_acknowledged_is_there_after_a_restart() {
    let mut world = World::new();
    world.grant("k-1");
    let mut phone = world.enrol("k-1");
    world.as_staff("/staff/cards/k-1/suspend", &json!({})).ok();
    world.end();
    world.pass(60);
    world.start();
    world.publish();
    assert_eq!(world.scan(&mut phone), Some(402));
    // Challenges outlive a process, and so do the tokens of practice.
    world.as_staff("/staff/cards/k-1/restore", &json!({})).ok();
    let next = phone.next_challenge.clone().unwrap();
    world.end();
    world.start();
    let request = phone.request(&next, None, None, world.now());
    world.post("/renewal", None, &crate::harness::proofs(&request)).ok();
    world.grant("k-2");
    assert_eq!(world.enrol("k-2").position(), phone.position() + 1);
}

#[test]
fn books_with_a_newer_schema_are_refused() {
    let mut world = World::new();
    world.end();
    execute(&world.place.url(), "UPDATE schema_version SET version = version + 1");
    let (config, clock) = (world.parsed(), world.clock());
    let error = world.runtime.block_on(onecode_service::start(config, clock)).err().unwrap();
    let expected = format!("the schema {}, and this service knows {VERSION}", VERSION + 1);
    assert!(error.to_string().contains(&expected), "{error}");
    execute(&world.place.url(), "UPDATE schema_version SET version = version - 1");
    world.start();
}

#[test]
fn a_second_service_on_one_file_is_refused_and_on_postgresql_it_shares_the_books() {
    let world = World::new();
    world.grant("k-3");
    let (config, clock) = (world.parsed(), world.clock());
    let second = world.runtime.block_on(onecode_service::start(config, clock));
    if world.place.is_sqlite() {
        let error = second.err().unwrap();
        assert!(matches!(error, StartError::Books(_)), "{error}");
        assert!(error.to_string().contains("another service uses these books"), "{error}");
    } else {
        world.runtime.block_on(second.unwrap().end()).unwrap();
    }
    world.enrol("k-3");
}

#[test]
fn lists_never_shrink() {
    let mut world = World::new();
    world.end();
    world.reconfigure(|text| text.replace("positions = 1000", "positions = 999"));
    let (config, clock) = (world.parsed(), world.clock());
    let error = world.runtime.block_on(onecode_service::start(config, clock)).err().unwrap();
    assert!(error.to_string().contains("lists never shrink"), "{error}");
}

#[test]
fn books_that_go_away_are_a_problem_that_passes_and_nothing_is_half_done() {
    let world = World::new();
    world.grant("k-4");
    let mut phone = world.enrol("k-4");
    world.pass(100);
    execute(&world.place.url(), "ALTER TABLE positions RENAME TO hidden");
    let answer = world.renew(&mut phone);
    answer.is(962);
    assert!(answer.retry_after_s.is_some());
    let text = answer.json.to_string();
    assert!(!text.contains("positions") && !text.contains("sql"), "{text}");
    world.as_staff("/staff/cards/k-4/suspend", &json!({})).is(962);
    execute(&world.place.url(), "ALTER TABLE hidden RENAME TO positions");
    let own = world.get("/cards", Some(&world.citizen("k-4"))).ok();
    assert_eq!(own["cards"][0]["state"], "valid", "the card was written without its positions");
    world.renew(&mut phone).ok();
}

/// Somebody who holds the books, so that nobody else writes.
struct Holder {
    runtime: tokio::runtime::Runtime,
    connection: sqlx::AnyConnection,
}

impl Holder {
    fn of(world: &World) -> Self {
        let hold = if world.place.is_sqlite() {
            "BEGIN IMMEDIATE"
        } else {
            "BEGIN; LOCK TABLE cards, positions IN ACCESS EXCLUSIVE MODE"
        };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let connection = runtime.block_on(async {
            let mut connection = sqlx::AnyConnection::connect(&world.place.url()).await.unwrap();
            // The service's own housekeeping may hold one of the two and wait for the other.
            while sqlx::raw_sql(hold).execute(&mut connection).await.is_err() {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
            }
            connection
        });
        Holder { runtime, connection }
    }

    fn let_go(mut self) {
        self.runtime.block_on(async {
            sqlx::raw_sql("ROLLBACK").execute(&mut self.connection).await.unwrap();
            self.connection.close().await.unwrap();
        });
    }
}

#[test]
fn books_that_somebody_holds_are_waited_for_and_not_for_ever() {
    let world = World::new();
    world.grant("k-8");
    let mut phone = world.enrol("k-8");
    // So that the service's own publisher does not wait for its turn as well.
    world.publish();
    world.pass(100);
    let holder = Holder::of(&world);
    let began = Instant::now();
    world.renew(&mut phone).is(962);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());

    // Several at once are told as one when to come back, and have lost nothing.
    let next = phone.next_challenge.clone().unwrap();
    let request = phone.request(&next, None, None, world.now()).text();
    let several = json!({ "proofs": { "onecode_card_request": [request, request] } });
    let answer = world.post("/renewal", None, &several);
    answer.is(962);
    assert!(answer.retry_after_s.unwrap() >= 7_200, "{answer:?}");
    holder.let_go();
    let answers = world.post("/renewal", None, &several).ok();
    assert_eq!(answers["renewals"][0]["credentials"], answers["renewals"][1]["credentials"]);
    assert!(answers["renewals"][0]["credentials"][0]["credential"].is_string());
}

#[test]
fn slow_books_hold_up_nobody_beyond_the_limit() {
    let limits = "per_minute = 100000\nrequest_s = 1\nat_once = 4".to_owned();
    let world = World::with(Setup { limits, ..Setup::default() });
    world.grant("k-9");
    let phone = world.enrol("k-9");
    world.pass(100);
    let request = phone.request(&world.key_nonce(&phone), None, None, world.now());
    let request = crate::harness::proofs(&request);
    let holder = Holder::of(&world);
    let began = Instant::now();
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || (0..3).map(|_| world.post("/renewal", None, &request)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(began.elapsed() < Duration::from_secs(8), "{:?}", began.elapsed());
    for answer in &answers {
        assert!([934, 961, 962].contains(&answer.number()), "{answer:?}");
        assert!(answer.retry_after_s.unwrap() >= 7_200, "{answer:?}");
    }
    assert!(answers.iter().any(|answer| answer.number() == 934));
    assert!(answers.iter().any(|answer| answer.number() == 961));
    let person = world.as_staff("/staff/cards/k-9/suspend", &json!({}));
    person.is(934);
    assert!((15..=60).contains(&person.retry_after_s.unwrap()), "{person:?}");
    holder.let_go();
    world.post("/renewal", None, &request).ok();
}

#[test]
fn a_failure_at_the_last_write_takes_no_position() {
    let world = World::new();
    world.grant("k-5");
    execute(&world.place.url(), "ALTER TABLE requests RENAME TO hidden");
    world.try_enrol("k-5", &mut Phone::new()).is(962);
    execute(&world.place.url(), "ALTER TABLE hidden RENAME TO requests");
    assert_eq!(world.enrol("k-5").position(), 0);
}

#[test]
fn new_books_continue_those_of_a_practice_region() {
    let mut world = World::new();
    world.end();
    let folder = world.place.folder.clone();
    let books = json!({ "id": "cn-31", "next_index": 17, "suspended": [3], "revoked": [5] });
    fs::write(folder.join("issuer.json"), books.to_string()).unwrap();
    for name in ["books.db", "books.db-wal", "books.db-shm"] {
        let _ = fs::remove_file(folder.join(name));
    }
    if !world.place.is_sqlite() {
        execute(&world.place.url(), "DROP SCHEMA public CASCADE");
        execute(&world.place.url(), "CREATE SCHEMA public");
    }
    let _ = fs::remove_dir_all(folder.join("published"));
    world.reconfigure(|text| text.replace("[books]", "[books]\ncontinues = \"issuer.json\""));
    world.start();
    world.grant("k-6");
    assert_eq!(world.enrol("k-6").position(), 17);
    world.publish();
    let statuses = crate::publishing::newest(&world);
    use onecode::status::Status;
    let expected = [Status::Suspended, Status::Valid, Status::Revoked];
    assert_eq!([3, 4, 5].map(|index| statuses.status(index).unwrap()), expected);
}

#[test]
fn many_phones_at_once_get_positions_of_their_own() {
    let world = World::new();
    let names: Vec<String> = (0..48).map(|number| format!("c-{number}")).collect();
    for name in &names {
        world.grant(name);
    }
    let mut positions: Vec<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = names
            .chunks(6)
            .map(|names| {
                let world = &world;
                scope.spawn(move || -> Vec<u32> {
                    names.iter().map(|name| world.enrol(name).position()).collect()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    positions.sort_unstable();
    assert_eq!(positions, (0..48).collect::<Vec<u32>>());
}

#[test]
fn one_request_sent_many_times_at_once_has_one_answer() {
    let world = World::new();
    world.grant("k-7");
    let token = world.citizen("k-7");
    let phone = Phone::new();
    let request = phone.request(&world.nonce(&token), None, None, world.now());
    let answers: Vec<_> = std::thread::scope(|scope| {
        let ask = || world.post("/credential", Some(&token), &crate::harness::proofs(&request));
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap().ok()).collect()
    });
    for answer in &answers {
        assert_eq!(answer["credentials"], answers[0]["credentials"]);
    }
}
