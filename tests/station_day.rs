//! A whole day at a station: three gates, two thousand phones with clocks of their own, one in a
//! hundred hostile, lists that expire at noon, one gate whose clock is wrong for an hour, one that
//! is restarted.
//!
//! What is asked: no genuine code whose clocks are within the tolerance is refused, no hostile one
//! is accepted, and a refusal for the sake of time does not blame the wrong clock.

#[macro_use]
mod say;

mod practice;

use std::collections::BTreeMap;

use fastrand::Rng;
use onecode::catalogue::{Application, Beyond, Catalogue, DuplicateRule, StatusRule};
use onecode::clock::ClockBlame;
use onecode::duplicates::VenueKey;
use onecode::jose::Edition;
use onecode::keys::{EncodedSignature, ToBeSigned};
use onecode::messages::Fault;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::{
    Algorithm, CardClaims, CardCredential, Code, CodeClaims, Policy, Refusal, Region, Scanner,
    SigningKey, SoftwareKey, Verdict,
};
use practice::*;

const PHONES: usize = 2_000;
const SCANS: usize = 10_000;
const HOSTILE: usize = SCANS / 100;
const WINDOW_S: i64 = 60;
const TOLERANCE_S: i64 = 30;
/// The gates tell each other what they have seen every so many seconds.
const MERGE_EVERY_S: i64 = 10;

const HOUR: i64 = 3_600;
/// Six in the morning of the day, and when the last person goes through.
const OPENS: i64 = NOW;
const CLOSES: i64 = OPENS + 16 * HOUR;
const NOON: i64 = OPENS + 6 * HOUR;
const RESTART: i64 = OPENS + 7 * HOUR;

/// The second gate is 90 s behind for an hour.
const WRONG: std::ops::Range<i64> = OPENS + 3 * HOUR..OPENS + 4 * HOUR;
const WRONG_BEHIND_S: i64 = 90;

struct Phone {
    key: SoftwareKey,
    credential: CardCredential,
    /// How far its clock is ahead.
    skew_s: i64,
}

impl Phone {
    /// What is on its screen at a moment: made when the last one was replaced, at most half a
    /// window ago.
    fn shows(&self, moment: i64, shown_for_s: i64) -> Code {
        let iat = moment + self.skew_s - shown_for_s;
        Code::make(&self.credential, &self.key, &CodeClaims::at(iat)).unwrap()
    }
}

struct Gate {
    scanner: Scanner,
}

struct Station {
    root: SoftwareKey,
    issuer: SoftwareKey,
    venue: VenueKey,
    gates: Vec<Gate>,
    trust_lists: [Vec<u8>; 2],
    catalogues: [Vec<u8>; 2],
    status_lists: [Vec<Vec<u8>>; 2],
}

const SUSPENDED: u32 = 1;
const REVOKED: u32 = 2;

impl Station {
    fn new() -> Self {
        let (root, issuer) = (key(Algorithm::Esp256), key(Algorithm::Esp256));
        let editions = [(1, OPENS - HOUR, NOON), (2, NOON - HOUR, CLOSES + HOUR)];
        let edition = |(sequence, issued_at, expires)| Edition {
            sequence,
            issued_at_unix_s: issued_at,
            next_update_unix_s: expires - HOUR / 2,
            expires_unix_s: expires,
            previous: None,
            critical: vec![],
        };
        let trust_lists = editions.map(|times| {
            let key = issuer_key(issuer.public_key(), &[Region::SHANGHAI]);
            let issuers = vec![practice::issuer("cn-31", Region::SHANGHAI, vec![key])];
            let list = TrustList { edition: edition(times), ..trust_list(times.0, issuers) };
            list.sign(&root).unwrap().into_bytes()
        });
        let catalogues = editions.map(|times| {
            let metro = Application {
                status: StatusRule { max_age_s: 12 * HOUR as u32, beyond: Beyond::Refuse },
                delegate: false,
                duplicates: DuplicateRule::PassBack { seconds: 30 },
                ..open_application()
            };
            let list = Catalogue { edition: edition(times), ..catalogue(times.0, vec![metro]) };
            list.sign(&root).unwrap().into_bytes()
        });
        let mut cards = StatusIssuer::new("cn-31", 2 * PHONES as u32);
        cards.suspend(SUSPENDED).unwrap();
        cards.revoke(REVOKED).unwrap();
        let status_lists = editions.map(|(_, issued_at_unix_s, expires_unix_s)| {
            let publication =
                StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s: HOUR as u32 };
            cards.publish(publication, &issuer).unwrap()
        });
        let mut station = Station {
            gates: vec![],
            venue: VenueKey::new([7; 32]),
            root,
            issuer,
            trust_lists,
            catalogues,
            status_lists,
        };
        for _ in 0..3 {
            let scanner = Scanner::new(station.root.public_key(), Policy::default());
            station.gates.push(Gate { scanner });
        }
        for gate in 0..3 {
            station.install(gate, 0, OPENS);
        }
        station
    }

    fn install(&mut self, gate: usize, edition: usize, now: i64) {
        let scanner = &mut self.gates[gate].scanner;
        scanner.install_trust_list(&self.trust_lists[edition], now).unwrap();
        scanner.install_catalogue(&self.catalogues[edition], now).unwrap();
        for list in &self.status_lists[edition] {
            scanner.install_status(list, now).unwrap();
        }
    }

    /// Each gate takes what each other one has seen.
    fn merge(&mut self, moment: i64) {
        for from in 0..3 {
            let scanner = &mut self.gates[from].scanner;
            for summary in scanner.duplicates_summaries(&self.venue, clock(from, moment)) {
                for to in (0..3).filter(|to| *to != from) {
                    let (scanner, now) = (&mut self.gates[to].scanner, clock(to, moment));
                    scanner.merge_duplicates(&summary, &self.venue, now).unwrap();
                }
            }
        }
    }
}

/// The clock of a gate at a moment.
fn clock(gate: usize, moment: i64) -> i64 {
    let wrong = gate == 1 && WRONG.contains(&moment);
    moment - if wrong { WRONG_BEHIND_S } else { 0 }
}

fn phones(station: &Station, random: &mut Rng) -> Vec<Phone> {
    (0..PHONES)
        .map(|n| {
            let key = key(Algorithm::Esp256);
            let claims = CardClaims {
                status_index: 10 + n as u32,
                expires_unix_s: CLOSES + DAY,
                ..card(key.public_key())
            };
            // Most clocks are right within seconds, some are at the edge of what is tolerated, and
            // one in twenty-five is wrong by minutes.
            let skew_s = match random.u8(..100) {
                0..=3 => *random.choice(&[-1, 1]).unwrap() * random.i64(40..300),
                4..=9 => *random.choice(&[-TOLERANCE_S, TOLERANCE_S]).unwrap(),
                _ => random.i64(-5..=5),
            };
            Phone {
                credential: CardCredential::issue(claims, &station.issuer).unwrap(),
                key,
                skew_s,
            }
        })
        .collect()
}

/// What comes to a gate, and when.
struct Arrival {
    moment: i64,
    gate: usize,
    what: Shown,
}

enum Shown {
    /// A citizen: phone, and for how long the code has been on the screen.
    Genuine { phone: usize, shown_for_s: i64 },
    /// Somebody who is up to something.
    Hostile(Trick),
    /// What that person shows, at the moment it is shown.
    Copy { kind: Trick, text: String },
}

/// What the one in a hundred tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Trick {
    /// A photograph of the last code that this gate accepted, shown when its time is over.
    OldPicture,
    /// A copy of the last code that this gate accepted, shown at once.
    CopySameGate,
    /// The same at the next gate, once the gates have spoken.
    CopyNextGate,
    ChangedBit,
    UnknownIssuer,
    SignatureTakenOff,
    /// Somebody else's credential, signed with the thief's own key.
    StolenCredential,
    /// Made for a moment to come.
    MadeAhead,
    Suspended,
    Revoked,
    PracticeCard,
}

const TRICKS: [Trick; 11] = [
    Trick::OldPicture,
    Trick::CopySameGate,
    Trick::CopyNextGate,
    Trick::ChangedBit,
    Trick::UnknownIssuer,
    Trick::SignatureTakenOff,
    Trick::StolenCredential,
    Trick::MadeAhead,
    Trick::Suspended,
    Trick::Revoked,
    Trick::PracticeCard,
];

/// Genuine arrivals all day long, nobody twice within two minutes, and the hostile ones between
/// them.
fn arrivals(random: &mut Rng) -> Vec<Arrival> {
    let mut last_seen = vec![i64::MIN / 2; PHONES];
    let mut moments: Vec<i64> = (0..SCANS).map(|_| random.i64(OPENS + 60..CLOSES)).collect();
    moments.sort_unstable();
    let every = SCANS / HOSTILE;
    moments
        .into_iter()
        .enumerate()
        .map(|(n, moment)| {
            let gate = random.usize(..3);
            let what = if n % every == every - 1 {
                Shown::Hostile(TRICKS[n / every % TRICKS.len()])
            } else {
                let phone = loop {
                    let phone = random.usize(..PHONES);
                    if moment - last_seen[phone] >= 120 {
                        break phone;
                    }
                };
                last_seen[phone] = moment;
                Shown::Genuine { phone, shown_for_s: random.i64(0..WINDOW_S / 2) }
            };
            Arrival { moment, gate, what }
        })
        .collect()
}

/// A text that a trickster shows, and for how long a copy is held back before it is shown.
fn trick(
    trick: Trick,
    station: &Station,
    victim: &Phone,
    last: &str,
    moment: i64,
) -> (String, i64) {
    let made = |claims: CardClaims, issuer: &SoftwareKey, key: &SoftwareKey| {
        let credential = CardCredential::issue(claims, issuer).unwrap();
        Code::make(&credential, key, &CodeClaims::at(moment)).unwrap().text().to_owned()
    };
    let of_card = |change: &dyn Fn(&mut CardClaims)| {
        let own = key(Algorithm::Esp256);
        let mut claims = card(own.public_key());
        change(&mut claims);
        made(claims, &station.issuer, &own)
    };
    let text = match trick {
        Trick::OldPicture => return (last.to_owned(), WINDOW_S + 2 * TOLERANCE_S + 1),
        Trick::CopySameGate => return (last.to_owned(), 1),
        Trick::CopyNextGate => return (last.to_owned(), MERGE_EVERY_S + 1),
        Trick::ChangedBit => {
            // Another character of the alphabet near the end, where the phone's signature is.
            let mut text = victim.shows(moment, 0).text().to_owned();
            let at = text.len() - 10;
            let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
            text.replace_range(at..=at, other);
            text
        }
        Trick::UnknownIssuer => {
            let (issuer, own) = (key(Algorithm::Esp256), key(Algorithm::Esp256));
            made(card(own.public_key()), &issuer, &own)
        }
        Trick::SignatureTakenOff => {
            let text = victim.shows(moment, 0).text().to_owned();
            let mut bytes = base45::decode(&text["OC1:".len()..]).unwrap();
            // The head of the signature and its 64 bytes; an empty string in their place.
            bytes.truncate(bytes.len() - 66);
            bytes.push(0x40);
            format!("OC1:{}", base45::encode(bytes))
        }
        Trick::StolenCredential => {
            // Everything of the victim's, but the signature is of another key.
            let code = Code::make(&victim.credential, &victim.key, &CodeClaims::at(moment));
            let mut bytes = base45::decode(&code.unwrap().text()["OC1:".len()..]).unwrap();
            let thief = key(Algorithm::Esp256);
            let signed = thief.sign(&ToBeSigned::new(thief.public_key(), &bytes)).unwrap();
            let EncodedSignature::Raw(signature) = signed else { panic!("{signed:?}") };
            let at = bytes.len() - signature.len();
            bytes.splice(at.., signature);
            format!("OC1:{}", base45::encode(bytes))
        }
        Trick::MadeAhead => victim.shows(moment + 600 - victim.skew_s, 0).text().to_owned(),
        Trick::Suspended => of_card(&|card| card.status_index = SUSPENDED),
        Trick::Revoked => of_card(&|card| card.status_index = REVOKED),
        Trick::PracticeCard => of_card(&|card| card.specimen = true),
    };
    (text, 0)
}

/// The refusals that a trick may meet. A copy that comes too late is an old picture.
fn expected(trick: Trick) -> &'static [u16] {
    match trick {
        Trick::OldPicture => &[302],
        Trick::CopySameGate | Trick::CopyNextGate => &[601, 302],
        Trick::ChangedBit => &[106, 107, 207],
        Trick::UnknownIssuer => &[201, 206],
        Trick::SignatureTakenOff => &[208],
        Trick::StolenCredential => &[207],
        Trick::MadeAhead => &[303],
        Trick::Suspended => &[402],
        Trick::Revoked => &[401],
        Trick::PracticeCard => &[404],
    }
}

/// What happened all day.
#[derive(Debug, Default)]
struct Count {
    accepted: usize,
    /// Sent to another gate by the one whose lists had expired.
    not_ready: usize,
    /// By number, of phones whose own clock is wrong.
    wrong_phone: BTreeMap<u16, usize>,
    /// Refused by the gate whose clock was wrong.
    wrong_gate: usize,
    hostile: BTreeMap<Trick, BTreeMap<u16, usize>>,
    blames: BTreeMap<&'static str, usize>,
}

fn clock_of(refusal: &Refusal) -> Option<ClockBlame> {
    match refusal {
        Refusal::FarFromNow { clock, .. }
        | Refusal::CodeExpired { clock, .. }
        | Refusal::CodeNotYetValid { clock, .. } => Some(*clock),
        _ => None,
    }
}

#[test]
fn a_day_at_a_station() {
    let mut random = Rng::with_seed(20_261_125);
    let mut station = Station::new();
    let phones = phones(&station, &mut random);
    let mut count = Count::default();
    let mut last = [const { String::new() }; 3];
    let mut merged = OPENS;
    let mut installed = [false; 3];
    let mut restarted = false;
    let mut behind = [0; 3];
    // Held-back copies come back into the day at their moment.
    let mut day: BTreeMap<(i64, usize), Arrival> = BTreeMap::new();
    for (n, arrival) in arrivals(&mut random).into_iter().enumerate() {
        day.insert((arrival.moment, n), arrival);
    }

    while let Some(((moment, n), arrival)) = day.pop_first() {
        if moment >= merged + MERGE_EVERY_S {
            station.merge(moment - moment % MERGE_EVERY_S);
            merged = moment - moment % MERGE_EVERY_S;
        }
        // New lists reach two gates before noon, the third ten minutes late.
        for (gate, at) in [(0, NOON - HOUR / 2), (1, NOON - HOUR / 3), (2, NOON + 600)] {
            if !installed[gate] && moment >= at {
                station.install(gate, 1, clock(gate, moment));
                installed[gate] = true;
            }
        }
        if !restarted && moment >= RESTART {
            let snapshot = station.gates[0].scanner.snapshot();
            station.gates[0].scanner = Scanner::restore(&snapshot, Policy::default()).unwrap();
            // What was in force before cannot be brought back by switching the gate off and on.
            let old = station.gates[0].scanner.install_trust_list(&station.trust_lists[0], moment);
            assert!(old.is_err());
            station.install(0, 1, moment);
            restarted = true;
            let copy = station.gates[0].scanner.scan(&last[0], &context(moment));
            assert!(matches!(number(&copy), Some(601 | 302)), "{copy:?}");
        }

        let Arrival { gate, what, .. } = arrival;
        let now = clock(gate, moment);
        let gate_is_wrong = now != moment;
        let first_since_step = behind[gate] != moment - now;
        if !matches!(what, Shown::Hostile(_)) {
            behind[gate] = moment - now;
        }
        match what {
            Shown::Genuine { phone, shown_for_s } => {
                let phone = &phones[phone];
                let text = phone.shows(moment, shown_for_s).text().to_owned();
                let apart_s = phone.skew_s + moment - now;
                match station.gates[gate].scanner.scan(&text, &context(now)) {
                    Verdict::Accepted(_) => {
                        count.accepted += 1;
                        last[gate] = text;
                    }
                    Verdict::Refused(refusal)
                        if (NOON..NOON + 600).contains(&moment) && gate == 2 =>
                    {
                        assert_eq!(refusal.number(), 702);
                        assert_eq!(refusal.fault(), Fault::Scanner);
                        count.not_ready += 1;
                        // The attendant sends the person to the next gate.
                        let other = &mut station.gates[0].scanner;
                        if phone.skew_s.abs() <= TOLERANCE_S {
                            let verdict = other.scan(&text, &context(moment));
                            assert_eq!(number(&verdict), None, "{verdict:?}");
                        }
                    }
                    Verdict::Refused(refusal) => {
                        assert!(apart_s.abs() > TOLERANCE_S, "{refusal} within the tolerance");
                        assert!(matches!(refusal.number(), 301..=303), "{refusal}");
                        let blame = clock_of(&refusal).unwrap();
                        let phone_is_wrong = phone.skew_s.abs() > TOLERANCE_S;
                        let right = match blame {
                            ClockBlame::Phone(_) => phone_is_wrong,
                            ClockBlame::Scanner(_) => gate_is_wrong,
                            _ => true,
                        };
                        // Nothing tells the first code after a step of the gate's clock from one of
                        // a phone that is wrong.
                        assert!(right || first_since_step, "{refusal}");
                        *count.blames.entry(blame.name()).or_default() += 1;
                        if gate_is_wrong {
                            count.wrong_gate += 1;
                        } else {
                            *count.wrong_phone.entry(refusal.number()).or_default() += 1;
                        }
                    }
                    other => panic!("{other:?}"),
                }
            }
            Shown::Hostile(kind) if last[gate].is_empty() => panic!("{kind:?} before anybody"),
            Shown::Hostile(kind) => {
                let victim = &phones[random.usize(..PHONES)];
                let (text, wait_s) = trick(kind, &station, victim, &last[gate], moment);
                let gate = (gate + usize::from(kind == Trick::CopyNextGate)) % 3;
                let what = Shown::Copy { kind, text };
                let moment = moment + wait_s;
                day.insert((moment, SCANS + n), Arrival { moment, gate, what });
            }
            Shown::Copy { kind, text } => {
                let verdict = station.gates[gate].scanner.scan(&text, &context(now));
                let Some(number) = number(&verdict) else { panic!("{kind:?} got through") };
                let scanner_is_the_reason = gate_is_wrong || number == 702;
                assert!(
                    scanner_is_the_reason || expected(kind).contains(&number),
                    "{kind:?} is answered {verdict:?}"
                );
                *count.hostile.entry(kind).or_default().entry(number).or_default() += 1;
            }
        }
    }

    say!("{count:#?}");
    assert!(restarted && installed == [true; 3]);
    let hostile: usize = count.hostile.values().flat_map(BTreeMap::values).sum();
    assert_eq!(hostile, HOSTILE);
    assert!(TRICKS.iter().all(|trick| count.hostile.contains_key(trick)));
    // Copies were told as such, at the same gate and, after the gates had spoken, at the next.
    for trick in [Trick::CopySameGate, Trick::CopyNextGate] {
        assert!(count.hostile[&trick].get(&601) > Some(&0), "{:?}", count.hostile);
    }
    assert!(count.not_ready > 10 && count.wrong_gate > 100);
    // After the first few, blame is named.
    assert!(count.blames["scanner"] > count.wrong_gate / 2, "{:?}", count.blames);
    assert!(count.blames["phone"] > 100, "{:?}", count.blames);
}
