//! What the books know of people ends, and positions stay taken.

use std::time::{Duration, Instant};

use onecode::request::Reason;
use onecode::SigningKey;
use onecode_service::config::Config;
use serde_json::json;
use sqlx::Connection;
use tokio::runtime::Runtime;

use crate::harness::phone::replaces;
use crate::harness::{config_text, execute, write_keys, Phone, Place, Setup, World};
use crate::moving::move_card;
use crate::program::{now, Program};

const DAY: i64 = 86_400;

fn count(url: &str, of: &str) -> i64 {
    sqlx::any::install_default_drivers();
    let run = async {
        let mut connection = sqlx::AnyConnection::connect(url).await.unwrap();
        let select = sqlx::AssertSqlSafe(format!("SELECT COUNT(*) FROM {of}"));
        let count: i64 = sqlx::query_scalar(select).fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    };
    Runtime::new().unwrap().block_on(run)
}

/// Whether it comes true before long.
fn comes(is_true: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        if is_true() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    false
}

/// Every column that has a text of a person or a phone.
const TEXTS: [(&str, &str); 14] = [
    ("cards", "reference"),
    ("cards", "subject"),
    ("positions", "reference"),
    ("positions", "holder"),
    ("positions", "holder_jwk"),
    ("positions", "level"),
    ("positions", "answer"),
    ("moves", "reference"),
    ("moves", "from_holder"),
    ("moves", "to_holder"),
    ("requests", "holder"),
    ("requests", "answer"),
    ("grants", "reference"),
    ("events", "reference"),
];

/// Where the books name any of these.
fn named(world: &World, texts: &[String]) -> Vec<String> {
    let url = world.place.url();
    let is_in = |column: &str, text: &String| count(&url, &format!("{column} = '{text}'")) > 0;
    let mut found = Vec::new();
    for (table, column) in TEXTS {
        if texts.iter().any(|text| is_in(&format!("{table} WHERE {column}"), text)) {
            found.push(format!("{table}.{column}"));
        }
    }
    found
}

#[test]
fn a_revoked_card_is_forgotten_after_a_year_and_its_position_is_never_given_again() {
    let mut world = World::new();
    let url = world.place.url();
    for reference in ["z-gone", "z-later", "z-lives"] {
        world.grant(reference);
    }
    let mut old = world.enrol("z-gone");
    let (mut later, mut lives) = (world.enrol("z-later"), world.enrol("z-lives"));
    world.pass(100);
    let mut gone = Phone::new();
    move_card(&world, "z-gone", &mut old, &mut gone).ok();
    let of_gone =
        ["z-gone".to_owned(), old.thumbprint(), gone.thumbprint(), gone.key.public_key().to_jwk()];
    assert!(named(&world, &of_gone).len() >= 8);
    world.as_staff("/staff/cards/z-gone/revoke", &json!({})).ok();

    // The other card's last credential comes ten days later.
    world.pass(10 * DAY);
    world.renew(&mut later).ok();
    world.as_staff("/staff/cards/z-later/revoke", &json!({})).ok();
    let last = gone.credential().claims().expires_unix_s;
    world.pass(last + 365 * DAY - world.now() + 3 * DAY);
    world.publish();
    world.pass(DAY);
    assert!(comes(|| named(&world, &of_gone).is_empty()), "{:?}", named(&world, &of_gone));
    assert_eq!(count(&url, "cards WHERE reference = 'z-later'"), 1);
    assert_eq!(named(&world, &[later.thumbprint()]).first().unwrap(), "positions.holder");

    // The number stays, revoked, and everybody is told that there is no such card.
    let position = gone.position();
    assert_eq!(count(&url, &format!("positions WHERE position = {position} AND state = 2")), 1);
    world.renew(&mut gone).is(958);
    assert_eq!(world.get("/cards", Some(&world.citizen("z-gone"))).ok()["cards"], json!([]));
    world.as_staff("/staff/cards/z-gone/revoke", &json!({})).is(955);
    // Who lives renews, and the same reference is another card with another position.
    world.renew(&mut lives).ok();
    world.grant("z-gone");
    assert_eq!(world.enrol("z-gone").position(), lives.position() + 1);

    world.as_staff("/staff/cards/z-gone/revoke", &json!({})).ok();
    world.pass(10 * DAY);
    world.publish();
    world.pass(DAY);
    assert!(comes(|| count(&url, "cards WHERE reference = 'z-later'") == 0));
    if world.place.is_sqlite() {
        world.end();
        let books = std::fs::read(world.place.folder.join("books.db")).unwrap();
        let text = String::from_utf8_lossy(&books);
        for erased in [old.thumbprint(), gone.thumbprint(), later.thumbprint(), "z-later".into()] {
            assert!(!text.contains(&erased), "the file still has {erased}");
        }
    }
}

#[test]
fn a_phone_that_lost_its_position_is_forgotten_while_the_card_lives() {
    let world = World::new();
    world.grant("z-card");
    let mut old = world.enrol("z-card");
    world.pass(100);
    let mut new = Phone::new();
    world.try_replace("z-card", &mut new, Some(replaces(Reason::Lost, &old))).ok();
    world.publish();
    let last = old.credential().claims().expires_unix_s;
    world.pass(last + 365 * DAY - world.now() + 3 * DAY);
    world.publish();
    world.pass(DAY);
    assert!(comes(|| named(&world, &[old.thumbprint()]).is_empty()));
    world.renew(&mut old).is(958);
    world.renew(&mut new).ok();
    let own = world.get("/cards", Some(&world.citizen("z-card"))).ok();
    assert_eq!(own["cards"][0]["phones"].as_array().unwrap().len(), 1, "{own}");
}

#[test]
fn a_card_that_is_suspended_or_was_revoked_lately_is_kept() {
    let world = World::new();
    let url = world.place.url();
    for reference in ["z-suspended", "z-lately", "z-marker"] {
        world.grant(reference);
        world.enrol(reference);
    }
    world.as_staff("/staff/cards/z-suspended/suspend", &json!({})).ok();
    world.as_staff("/staff/cards/z-marker/revoke", &json!({})).ok();
    // Its credentials ended long before.
    world.pass(300 * DAY);
    world.as_staff("/staff/cards/z-lately/revoke", &json!({})).ok();
    world.pass(150 * DAY);
    world.publish();
    world.pass(DAY);
    assert!(comes(|| count(&url, "cards WHERE reference = 'z-marker'") == 0));
    assert_eq!(count(&url, "cards WHERE reference = 'z-lately'"), 1);
    assert_eq!(count(&url, "events WHERE reference = 'z-lately'"), 2);
    assert_eq!(count(&url, "positions WHERE reference = 'z-suspended'"), 1);
    world.as_staff("/staff/cards/z-suspended/restore", &json!({})).ok();
    world.pass(300 * DAY);
    assert!(comes(|| count(&url, "cards WHERE reference = 'z-lately'") == 0));
    assert_eq!(count(&url, "cards WHERE reference = 'z-suspended'"), 1);
}

#[test]
fn less_than_what_moves_and_challenges_need_is_refused() {
    let place = Place::sqlite();
    let text = config_text(&place, &Setup::default());
    let file = place.folder.join("service.toml");
    for (days, is_good) in [(30, false), (31, true)] {
        std::fs::write(&file, text.replace("[publish]", &format!("keep_days = {days}\n[publish]")))
            .unwrap();
        let read = Config::read(&file);
        assert_eq!(read.is_ok(), is_good, "{days}");
        assert!(is_good || read.unwrap_err().to_string().contains("books.keep_days"));
    }
}

const CARDS: i64 = 1_000;

/// So many cards that ended two years ago, each with a phone, a move and an event.
fn fill(url: &str) {
    let then = now() - 800 * DAY;
    let numbers = format!(
        "WITH RECURSIVE numbers(i) AS (SELECT CAST(0 AS INT8)
            UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {CARDS})"
    );
    for insert in [
        format!(
            "INSERT INTO cards {numbers} SELECT 'z-' || i, 'p-' || i, 310000, 3, 0, 0, 2,
                CAST(NULL AS INT8), {then} FROM numbers"
        ),
        format!(
            "INSERT INTO positions (position, reference, holder, holder_jwk, level, state, last_exp,
                renewed, retired) {numbers}
            SELECT i, 'z-' || i, 'h-' || i, 'k-' || i, 'tee', 2, {then}, {then}, 1 FROM numbers"
        ),
        format!("INSERT INTO moves {numbers} SELECT i, 'z-' || i, 'o-' || i, 'h-' || i, {then} - i FROM numbers"),
        format!("INSERT INTO events {numbers} SELECT {then}, 'clerk', 'revoke', 'z-' || i, CAST(NULL AS INT8) FROM numbers"),
    ] {
        execute(url, &insert);
    }
    execute(url, &format!("UPDATE counter SET next_position = {CARDS}"));
}

#[test]
fn whoever_is_killed_while_it_forgets_leaves_nothing_half_forgotten() {
    let place = Place::new();
    write_keys(&place.folder);
    Program::usual(&place).end();
    let url = place.url();
    fill(&url);
    let left = || ["moves", "cards", "events"].map(|table| count(&url, table));
    let (mut kills, mut between) = (0_u64, 0);
    while left() != [0; 3] {
        let program = Program::usual(&place);
        std::thread::sleep(Duration::from_millis(fastrand::u64(0..250 + 10 * kills)));
        drop(program);
        kills += 1;
        assert!(kills < 200, "it comes to no end");
        between += i32::from(![0, CARDS].contains(&count(&url, "positions WHERE holder IS NULL")));
        for half in [
            "positions WHERE (reference IS NULL) <> (holder IS NULL)",
            "positions WHERE holder IS NULL AND (holder_jwk IS NOT NULL OR level IS NOT NULL)",
            "positions WHERE reference IS NOT NULL AND reference NOT IN (SELECT reference FROM cards)",
            "events WHERE reference NOT IN (SELECT reference FROM cards)",
            "moves WHERE position IN (SELECT position FROM positions WHERE holder IS NULL)",
        ] {
            assert_eq!(count(&url, half), 0, "{half}");
        }
        assert_eq!(count(&url, "positions WHERE state = 2 AND retired = 1"), CARDS);
    }
    say!("{kills} kills, {between} in the middle of the positions");
}
