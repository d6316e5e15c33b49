//! `tests/matrix.csv`: cards at applications and places, by the catalogue of `examples/data`.

use std::collections::BTreeSet;

use onecode::catalogue::Catalogue;
use onecode::status::{StatusIssuer, StatusPublication};
use onecode::trust::TrustList;
use onecode::ApplicationNumber;
use serde_json::{json, Map, Value};
use time::format_description::well_known::Rfc3339;
use time::OffsetDateTime;

use super::parts::{int, text, Card, FixedKey, Parts, NOW};
use super::world::{answer, hex, Vector, World};

const TABLE: &str = include_str!("../../matrix.csv");
const CATALOGUE: &str = include_str!("../../../examples/data/catalogue.json");
const COLUMNS: [&str; 13] = [
    "name",
    "card",
    "application",
    "place",
    "at",
    "age_s",
    "bound",
    "challenge",
    "list",
    "position",
    "expected",
    "detail",
    "comment",
];

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// How long a status list counts, whatever the application says.
const LIST_EXPIRES_AFTER: i64 = 30 * DAY;

/// Entitlement bits, written down here a second time.
const TRANSIT: u64 = 1 << 0;
const LIBRARY: u64 = 1 << 1;
const MUSEUM_SCENIC: u64 = 1 << 2;
const SOCIAL_INSURANCE: u64 = 1 << 3;
const MEDICAL_INSURANCE: u64 = 1 << 4;
const MEDICAL_OFFSITE: u64 = 1 << 5;
const FINANCIAL_ACCOUNT: u64 = 1 << 6;
const EVERYTHING: u64 = 0xff;
/// What a resident has who draws no subsidy and has filed no treatment away from home.
const RESIDENT: u64 =
    TRANSIT | LIBRARY | MUSEUM_SCENIC | SOCIAL_INSURANCE | MEDICAL_INSURANCE | FINANCIAL_ACCOUNT;

/// The kinds of cards, in a fixed order: it makes their status positions.
const CARDS: [(&str, Kind); 14] = [
    ("sh_all", Kind::of(31, EVERYTHING)),
    ("sh_bare", Kind::of(31, 0)),
    // For people whose phones are slow: five minutes.
    ("sh_window_300", Kind::of(31, EVERYTHING).window(300)),
    ("sh_practice", Kind::of(31, EVERYTHING).flags(1)),
    // Renewed online, so that the issuer has stated when it knew the card to be valid.
    ("sh_confirmed", Kind::of(31, EVERYTHING).confirmed(20 * HOUR)),
    ("sh_confirmed_3d", Kind::of(31, EVERYTHING).confirmed(3 * DAY)),
    // A resident of Qingpu, in the demonstration zone.
    ("qp_zone", Kind::of(310_118, RESIDENT)),
    // Residents of Suzhou, without and with treatment away from home filed.
    ("sz_local", Kind::of(3_205, RESIDENT)),
    ("sz_filed", Kind::of(3_205, RESIDENT | MEDICAL_OFFSITE)),
    // A student of Hangzhou, with another make of phone.
    ("hz_student", Kind::of(3_301, TRANSIT | LIBRARY)),
    // A pensioner of Hefei, and her card on her daughter's phone.
    ("hf_pensioner", Kind::of(3_401, EVERYTHING)),
    ("hf_by_daughter", Kind::of(3_401, EVERYTHING).flags(2)),
    ("hf_bare", Kind::of(3_401, 0)),
    // A card of Suzhou on the son's phone.
    ("sz_by_son", Kind::of(3_205, RESIDENT).flags(2)),
];

#[derive(Clone, Copy)]
struct Kind {
    region: u64,
    entitlements: u64,
    window_s: u64,
    flags: u64,
    /// How long before the scan the issuer has confirmed the card.
    confirmed_before_s: Option<i64>,
}

impl Kind {
    const fn of(region: u64, entitlements: u64) -> Self {
        Kind { region, entitlements, window_s: 60, flags: 0, confirmed_before_s: None }
    }

    const fn window(mut self, window_s: u64) -> Self {
        self.window_s = window_s;
        self
    }

    const fn flags(mut self, flags: u64) -> Self {
        self.flags = flags;
        self
    }

    const fn confirmed(mut self, before_s: i64) -> Self {
        self.confirmed_before_s = Some(before_s);
        self
    }
}

/// One row, as it stands there.
pub struct Row {
    cells: [&'static str; 13],
    at: i64,
}

/// Reads the table: `#` begins a comment, spaces pad the columns.
pub fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.map(|line| {
        let cells: Vec<&str> =
            line.splitn(COLUMNS.len(), ',').map(|cell| cell.trim().trim_matches('"')).collect();
        <[&str; 13]>::try_from(cells).unwrap_or_else(|cells| panic!("not 13 columns: {cells:?}"))
    });
    assert_eq!(lines.next(), Some(COLUMNS));
    lines.map(|cells| Row { cells, at: moment(cells[4]) }).collect()
}

impl Row {
    fn cell(&self, column: &str) -> &'static str {
        self.cells[COLUMNS.iter().position(|name| *name == column).unwrap()]
    }

    /// Rows with the same time and the same age of lists share a set of lists.
    fn list_set(&self) -> String {
        match self.cell("at") {
            "-" => self.cell("list").to_owned(),
            time => format!("{} at {time}", self.cell("list")),
        }
    }

    fn vector(&self, world: &World, catalogue: &Catalogue) -> Vector {
        let application = number_of(catalogue, self.cell("application"));
        let code = self.code(world, catalogue, application);
        let (name, comment) = (self.cell("name"), self.cell("comment"));
        let vector = match self.cell("expected") {
            "accepted" => Vector::valid(name, comment, &code),
            number => Vector::refused(number.parse().unwrap(), name, comment, &code),
        };
        let vector = match self.cell("challenge") {
            "right" | "wrong" | "missing" => vector.challenge(&[1; 8]),
            _ => vector,
        };
        vector
            .detail(self.cell("detail").trim_matches('-'))
            .lists(self.list_set())
            .at_application(application.get())
            .at_place(self.cell("place").parse().unwrap())
            .at_second(self.at)
    }

    fn code(&self, world: &World, catalogue: &Catalogue, here: ApplicationNumber) -> Vec<u8> {
        let name = self.cell("card");
        let at = CARDS.iter().position(|(card, _)| *card == name);
        let at = at.unwrap_or_else(|| panic!("there is no card {name}"));
        let kind = CARDS[at].1;
        let card = Card {
            region: kind.region,
            status_index: match self.cell("position") {
                "valid" => 4 * at as u64,
                "suspended" => 4 * at as u64 + 1,
                "revoked" => 4 * at as u64 + 2,
                "beyond" => 1_000,
                other => panic!("{other} is no position"),
            },
            entitlements: kind.entitlements,
            window_s: kind.window_s,
            flags: kind.flags,
            expires: (NOW + 365 * DAY) as u64,
            confirmed: kind.confirmed_before_s.map(|before| (self.at - before) as u64),
        };
        let issuer = match &name[..2] {
            "sh" | "qp" => &world.shanghai,
            "sz" => &world.jiangsu,
            "hz" => &world.zhejiang,
            _ => &world.anhui,
        };
        let phone = if name == "hz_student" { &world.phone_ed25519 } else { &world.phone };
        let age_s: i64 = self.cell("age_s").parse().unwrap();
        let mut parts = Parts::new(issuer, phone, &card).at(self.at - age_s);
        let bound_to = match self.cell("bound") {
            "-" => None,
            "yes" => Some(here),
            other => Some(number_of(catalogue, other)),
        };
        let audience = bound_to.map(|number| (int(3), text(&number.get().to_string())));
        parts.code_claims.splice(0..0, audience);
        match self.cell("challenge") {
            "-" | "missing" => {}
            "right" | "unasked" => parts.code_claims.push(answer(&[1; 8])),
            "wrong" => parts.code_claims.push(answer(&[2; 8])),
            other => panic!("{other} is no challenge"),
        }
        parts.code()
    }
}

fn catalogue() -> Catalogue {
    Catalogue::from_json(CATALOGUE).unwrap()
}

/// The issuers with one key each, which signs status lists too.
fn trust_list(world: &World) -> TrustList {
    let mut list = world.trust_list();
    for issuer in &mut list.issuers {
        issuer.keys.truncate(1);
        issuer.keys[0].may_sign.status_lists = true;
    }
    list
}

/// The signed documents, and the status lists of each age that the table speaks of.
pub fn lists(world: &World, rows: &[Row]) -> (Value, Map<String, Value>) {
    let mut sets = Map::new();
    let mut known = BTreeSet::new();
    for row in rows.iter().filter(|row| known.insert(row.list_set())) {
        let set = match row.cell("list") {
            "none" => json!({ "installed_at_unix_s": row.at, "status": [] }),
            // Handed in an hour ago, and broken off.
            "damaged" => json!({
                "installed_at_unix_s": row.at - HOUR,
                "status": [],
                "damaged": status_lists(world, row.at - HOUR, |list| hex(&list[..list.len() - 1])),
            }),
            age => {
                let issued_at = row.at - seconds(age);
                // When it was not over yet; not before the catalogue, which is issued then.
                json!({
                    "installed_at_unix_s": issued_at.max(catalogue().edition.issued_at_unix_s),
                    "status": status_lists(world, issued_at, hex),
                })
            }
        };
        sets.insert(row.list_set(), set);
    }
    (world.lists(&trust_list(world), &catalogue()), sets)
}

pub fn vectors(world: &World, rows: &[Row]) -> Vec<Vector> {
    let catalogue = catalogue();
    rows.iter().map(|row| row.vector(world, &catalogue)).collect()
}

/// One list for each issuer, with the positions that [`Row::code`] uses.
fn status_lists(
    world: &World,
    issued_at_unix_s: i64,
    written: impl Fn(&[u8]) -> String,
) -> Vec<String> {
    let issuers: [(&str, &FixedKey); 4] = [
        ("cn-31", &world.shanghai),
        ("cn-32", &world.jiangsu),
        ("cn-33", &world.zhejiang),
        ("cn-34", &world.anhui),
    ];
    let publication = StatusPublication {
        issued_at_unix_s,
        expires_unix_s: issued_at_unix_s + LIST_EXPIRES_AFTER,
        ttl_s: DAY as u32,
    };
    let publish = |(id, key): (&str, &FixedKey)| {
        let positions = 4 * CARDS.len() as u32;
        let mut issuer = StatusIssuer::new(id, positions);
        for first in (0..positions).step_by(4) {
            issuer.suspend(first + 1).unwrap();
            issuer.revoke(first + 2).unwrap();
        }
        issuer.publish(publication, key).unwrap()
    };
    issuers.into_iter().flat_map(publish).map(|list| written(&list)).collect()
}

fn number_of(catalogue: &Catalogue, id: &str) -> ApplicationNumber {
    let found = catalogue.applications.iter().find(|application| application.id == id);
    found.unwrap_or_else(|| panic!("there is no application {id}")).number
}

fn moment(cell: &str) -> i64 {
    match cell {
        "-" => NOW,
        time => OffsetDateTime::parse(time, &Rfc3339).unwrap().unix_timestamp(),
    }
}

/// `1h`, `3d`, `86401s`.
fn seconds(age: &str) -> i64 {
    let (number, unit) = age.split_at(age.len() - 1);
    let unit_s = match unit {
        "s" => 1,
        "h" => HOUR,
        "d" => DAY,
        _ => panic!("{age} is no age"),
    };
    number.parse::<i64>().unwrap() * unit_s
}
