//! What needs a clock that is set while the gate is open.

use std::path::PathBuf;

use clap::Parser;
use onecode::{
    Algorithm, CardClaims, CardCredential, Code, CodeClaims, Entitlements, Policy, SigningKey,
    SoftwareKey,
};

use super::*;
use crate::commands::Onecode;
use crate::state;
use crate::world::World;

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A region of now, in which the card of the text is suspended.
fn suspended(folder: &Folder, now: i64) -> (World, String) {
    let path = folder.0.to_str().unwrap();
    let made = Onecode::parse_from(["onecode", "sandbox", path, "--seed", "7"]).run();
    assert!(made.is_ok());
    let world = World::open(&folder.0).ok().unwrap();
    let mut books = world.issuer("cn-31").ok().unwrap();
    let status = world.issuer_key("cn-31", "status").ok().unwrap();
    books.suspended.push(2_000);
    assert!(world.change_books(&books, &status, now).is_ok());
    let phone = SoftwareKey::generate(Algorithm::Esp256).unwrap().key;
    let claims = CardClaims {
        region: Region::SHANGHAI,
        status_index: 2_000,
        entitlements: Entitlements::of([0]),
        max_window_s: 60,
        expires_unix_s: now + 86_400,
        confirmed_unix_s: None,
        specimen: false,
        delegate: false,
        holder_key: phone.public_key(),
    };
    let issuer = world.issuer_key("cn-31", "cards").ok().unwrap();
    let credential = CardCredential::issue(claims, &issuer).unwrap();
    let code = Code::make(&credential, &phone, &CodeClaims::at(now)).unwrap();
    (world, code.text().to_owned())
}

/// A small computer without a battery starts in 1970 and is set right some seconds later.
#[test]
fn lists_that_were_refused_for_a_wrong_clock_are_taken_before_the_next_verdict() {
    let now = time::now();
    let folder = std::env::temp_dir().join(format!("onecode-clock-{}", std::process::id()));
    let folder = Folder(folder);
    let (world, text) = suspended(&folder, now);
    let station = Station {
        application: world.known_application("422", None).ok().unwrap(),
        place: Region::SHANGHAI,
        at: None,
        challenge: None,
        asks: None,
    };
    let mut scanner =
        state::scanner(&world.roots(None).ok().unwrap(), None, Policy::default()).ok().unwrap();
    let mut published = world.lists();
    let (_, problems) = published.install(&mut scanner, 10);
    // It says what is wrong, of each list that waits for it.
    assert_eq!(problems.len(), 5, "{problems:?}");
    for problem in &problems {
        assert!(problem.as_str().contains("clock is wrong: it is before "), "{problem}");
    }
    // No list is there that could be judged, so the same is said once.
    assert_eq!(published.install(&mut scanner, 12).1, Vec::new());

    let mut gate = Gate {
        scanner,
        published,
        looked: Instant::now(),
        clock: (12, Instant::now()),
        station,
        asked_until: None,
        recorder: None,
        keeper: None,
        changed: false,
        capacity: 65_536,
        venue: Venue::default(),
        figures: None,
        is_at_fault: false,
        supervisor: Supervisor::of_environment(),
    };
    let line = |gate: &mut Gate| {
        let scanned = gate.decide(text.clone().into(), None);
        serde_json::to_value(&scanned.verdict).unwrap()
    };
    let verdict = line(&mut gate);
    assert_eq!(verdict["number"], 402, "{verdict}");
    // Set back again, and right: nothing that was taken is lost.
    gate.clock = (12, Instant::now());
    assert_eq!(line(&mut gate)["number"], 402);
}
