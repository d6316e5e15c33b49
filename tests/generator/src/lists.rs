//! What the scanner's own lists make of a code: families 7 and 211, 401 to 403, and advisories.

use onecode::catalogue::{Beyond, Catalogue};
use onecode::jose::Edition;
use onecode::status::{StatusIssuer, StatusPublication, SHARD_POSITIONS};
use onecode::trust::{AlgorithmRule, IssuerKey, MaySign, TrustList};
use onecode::{ApplicationNumber, SigningKey};
use serde_json::{json, Map, Value};

use super::parts::{Card, FixedKey, Parts, NOW};
use super::world::{hex, Vector, World, YEAR};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

const TRUST_ISSUED: i64 = NOW - 2 * DAY;
const TRUST_DUE: i64 = NOW + 7 * DAY;
const TRUST_EXPIRES: i64 = NOW + 30 * DAY;
const CATALOGUE_ISSUED: i64 = NOW - DAY;
const CATALOGUE_DUE: i64 = NOW + 14 * DAY;
const CATALOGUE_EXPIRES: i64 = NOW + 60 * DAY;
/// In the set `catalogue_ends_first`.
const CATALOGUE_EXPIRES_EARLY: i64 = NOW + 20 * DAY;
/// From when on only ES256 is admitted, in the sets `es256_*`.
const ES256_FROM: i64 = NOW + HOUR;

/// Takes a status up to a day old, and accepts with a mark beyond.
const ACCEPTS: u16 = 101;
/// Takes a status up to a day old, and refuses beyond.
const REFUSES: u16 = 102;

/// Status positions: in the first shard, and one in the second.
const VALID: u64 = 8;
const SUSPENDED: u64 = 9;
const REVOKED: u64 = 10;
const LOST_SINCE: u64 = 11;
const FOUND_SINCE: u64 = 12;
const SECOND_SHARD: u64 = SHARD_POSITIONS as u64 + 1;

fn status_key() -> FixedKey {
    FixedKey::esp256("status lists of Anhui")
}

fn trust_list(world: &World) -> TrustList {
    let mut list = world.trust_list();
    list.edition = Edition {
        sequence: 1,
        issued_at_unix_s: TRUST_ISSUED,
        next_update_unix_s: TRUST_DUE,
        expires_unix_s: TRUST_EXPIRES,
        previous: None,
        critical: vec![],
    };
    for issuer in &mut list.issuers {
        issuer.keys.truncate(1);
        // Jiangsu's key may sign cards and no lists.
        issuer.keys[0].may_sign.status_lists = issuer.issuer.id != "cn-32";
    }
    // Anhui signs its lists with a key of their own, which is withdrawn in an hour.
    let anhui = &mut list.issuers[3];
    anhui.keys[0].may_sign.status_lists = false;
    anhui.keys.push(IssuerKey {
        key: status_key().public_key(),
        may_sign: MaySign { status_lists: true, ..MaySign::default() },
        not_before_unix_s: NOW - YEAR,
        not_after_unix_s: NOW + YEAR,
        withdrawn_from_unix_s: Some(NOW + HOUR),
    });
    list
}

fn catalogue(world: &World) -> Catalogue {
    let mut catalogue = world.catalogue();
    catalogue.edition = Edition {
        sequence: 1,
        issued_at_unix_s: CATALOGUE_ISSUED,
        next_update_unix_s: CATALOGUE_DUE,
        expires_unix_s: CATALOGUE_EXPIRES,
        previous: None,
        critical: vec![],
    };
    catalogue.applications.truncate(2);
    for (application, number) in catalogue.applications.iter_mut().zip([ACCEPTS, REFUSES]) {
        application.number = ApplicationNumber::new(number).unwrap();
        application.id = format!("open.{number}");
    }
    catalogue.applications[1].status.beyond = Beyond::Refuse;
    catalogue
}

/// A state of Shanghai's cards: one suspended, one revoked.
fn shanghai(positions: u32) -> StatusIssuer {
    let mut issuer = StatusIssuer::new("cn-31", positions);
    issuer.suspend(SUSPENDED as u32).unwrap();
    issuer.suspend(FOUND_SINCE as u32).unwrap();
    issuer.revoke(REVOKED as u32).unwrap();
    issuer
}

fn publication(issued_at_unix_s: i64, expires_unix_s: i64) -> StatusPublication {
    StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s: 12 * HOUR as u32 }
}

/// The list of an issuer's first 64 cards.
fn status_list(id: &str, key: &FixedKey, issued_at_unix_s: i64, expires_unix_s: i64) -> Vec<u8> {
    let mut issuer = shanghai(64);
    if id != "cn-31" {
        issuer = StatusIssuer::new(id, 64);
    }
    let lists = issuer.publish(publication(issued_at_unix_s, expires_unix_s), key);
    lists.unwrap().remove(0)
}

pub fn lists(world: &World) -> (Value, Map<String, Value>) {
    let (trust, terms) = (trust_list(world), catalogue(world));
    let with_trust = |change: &dyn Fn(&mut TrustList)| {
        let mut list = trust.clone();
        change(&mut list);
        json!({ "trust_list": list.sign(&world.root).unwrap() })
    };
    let with_catalogue = |change: &dyn Fn(&mut Catalogue)| {
        let mut list = terms.clone();
        change(&mut list);
        json!({ "catalogue": list.sign(&world.root).unwrap() })
    };
    let rule = |from_unix_s, issuers: &[&str], phones: &[&str]| AlgorithmRule {
        from_unix_s,
        issuers: issuers.iter().map(|name| name.to_string()).collect(),
        phones: phones.iter().map(|name| name.to_string()).collect(),
    };
    let both = rule(NOW - YEAR, &["ES256", "Ed25519"], &["ES256", "Ed25519"]);

    let ours = |issued_at, expires| status_list("cn-31", &world.shanghai, issued_at, expires);
    let hour_old = ours(NOW - HOUR, NOW + 7 * DAY);
    let status = |list: &[u8]| json!({ "status": [hex(list)] });
    let damaged = |list: &[u8]| json!({ "damaged": [hex(list)] });
    let forged = |list: &[u8]| {
        let mut list = list.to_vec();
        *list.last_mut().unwrap() ^= 1;
        list
    };
    let (earlier, mut later) = (shanghai(64), shanghai(64));
    later.suspend(LOST_SINCE as u32).unwrap();
    later.restore(FOUND_SINCE as u32).unwrap();
    let delta = later.publish_delta(
        &earlier,
        NOW - HOUR,
        publication(NOW - 60, NOW + 7 * DAY),
        &world.shanghai,
    );
    let mut two_shards = shanghai(SHARD_POSITIONS + 64);
    two_shards.suspend(SECOND_SHARD as u32).unwrap();
    let two_shards =
        two_shards.publish(publication(NOW - HOUR, NOW + 7 * DAY), &world.shanghai).unwrap();

    let sets = [
        ("nothing", json!({ "trust_list": null, "catalogue": null })),
        ("no_trust_list", json!({ "trust_list": null })),
        ("no_catalogue", json!({ "catalogue": null })),
        (
            "catalogue_ends_first",
            with_catalogue(&|list| list.edition.expires_unix_s = CATALOGUE_EXPIRES_EARLY),
        ),
        ("both_end_together", with_catalogue(&|list| list.edition.expires_unix_s = TRUST_EXPIRES)),
        ("trust_list_is_newer", with_trust(&|list| list.edition.issued_at_unix_s = NOW)),
        (
            "es256_only",
            // The rules in no order: the one that began last is in force.
            with_trust(&|list| {
                list.algorithms = vec![
                    rule(ES256_FROM, &["ES256"], &["ES256", "one of the future"]),
                    both.clone(),
                ];
            }),
        ),
        (
            "es256_issuers",
            with_trust(&|list| {
                list.algorithms =
                    vec![both.clone(), rule(ES256_FROM, &["ES256"], &["ES256", "Ed25519"])];
            }),
        ),
        (
            "es256_phones",
            with_trust(&|list| {
                list.algorithms =
                    vec![both.clone(), rule(ES256_FROM, &["ES256", "Ed25519"], &["ES256"])];
            }),
        ),
        ("no_algorithm", with_trust(&|list| list.algorithms = vec![rule(NOW - YEAR, &[], &[])])),
        ("list_none", json!({ "status": [] })),
        ("never_given", json!({ "status": [], "without_status_lists": false })),
        ("given_by_another", {
            let mut set = status(&hour_old);
            set["without_status_lists"] = json!(false);
            set
        }),
        ("damaged_alone", {
            let mut set = damaged(&forged(&hour_old));
            set["without_status_lists"] = json!(false);
            set
        }),
        ("list_of_an_hour", status(&hour_old)),
        ("list_of_a_day", status(&ours(NOW - DAY, NOW + 7 * DAY))),
        ("list_of_a_day_and_a_second", status(&ours(NOW - DAY - 1, NOW + 7 * DAY))),
        ("list_of_three_days", status(&ours(NOW - 3 * DAY, NOW + 7 * DAY))),
        ("list_to_this_second", {
            let mut set = status(&ours(NOW - HOUR, NOW));
            set["installed_at_unix_s"] = json!(NOW - HOUR);
            set
        }),
        ("list_to_the_next_second", status(&ours(NOW - HOUR, NOW + 1))),
        ("delta", json!({ "status": [hex(&hour_old), hex(delta.as_ref().unwrap())] })),
        ("second_shard_only", status(&two_shards[1])),
        (
            "two_shards",
            json!({ "status": two_shards.iter().map(|list| hex(list)).collect::<Vec<_>>() }),
        ),
        ("list_of_anhui", status(&status_list("cn-34", &status_key(), NOW - HOUR, NOW + 7 * DAY))),
        ("truncated", damaged(&hour_old[..hour_old.len() - 1])),
        ("forged", damaged(&forged(&hour_old))),
        ("forged_after_a_good_one", {
            let mut set = damaged(&forged(&hour_old));
            set["status"] = json!([hex(&hour_old)]);
            set
        }),
        (
            "by_a_key_for_cards",
            damaged(&status_list("cn-32", &world.jiangsu, NOW - HOUR, NOW + 7 * DAY)),
        ),
        (
            "by_another_issuer",
            damaged(&status_list("cn-31", &world.zhejiang, NOW - HOUR, NOW + 7 * DAY)),
        ),
        ("expired_when_handed_in", damaged(&ours(NOW - DAY, NOW - 1))),
        ("issued_ahead", damaged(&ours(NOW + DAY + 1, NOW + 7 * DAY))),
        ("delta_without_a_list", damaged(&delta.unwrap())),
    ];
    let sets = sets.map(|(name, set)| (name.to_owned(), set));
    (world.lists(&trust, &terms), Map::from_iter(sets))
}

/// A card of Shanghai at this status position.
fn card(status_index: u64) -> Card {
    Card { status_index, ..Card::default() }
}

pub fn vectors(world: &World) -> Vec<Vector> {
    [readiness(world), never_given(world), algorithms(world), status(world), unusable(world)]
        .into_iter()
        .flatten()
        .collect()
}

/// 710: a scanner that was never given any status list.
fn never_given(world: &World) -> Vec<Vector> {
    let confirmed = |time: i64| {
        let card = Card { confirmed: Some(time as u64), ..card(VALID) };
        Parts::new(&world.shanghai, &world.phone, &card)
    };
    let everyday = Parts::new(&world.shanghai, &world.phone, &card(VALID));
    let (stranger, zhejiang) = (FixedKey::esp256("a stranger"), Card { region: 33, ..card(VALID) });
    let r =
        |name, comment, code: &[u8]| Vector::refused(710, name, comment, code).lists("never_given");
    let v = |name, comment, code: &[u8]| Vector::valid(name, comment, code).lists("never_given");
    vec![
        r(
            "no_status_lists",
            "Never given any, at a service that takes what is unknown",
            &everyday.code(),
        ),
        r(
            "no_status_lists_strict",
            "At one that does not: the scanner is the cause here, too",
            &everyday.code(),
        )
        .at_application(REFUSES),
        Vector::valid(
            "no_status_lists_by_policy",
            "A scanner that is to work without",
            &everyday.code(),
        )
        .lists("list_none")
        .detail("none"),
        Vector::valid(
            "no_status_list_of_this_issuer",
            "It has lists of another issuer: the application's rule",
            &Parts::new(&world.zhejiang, &world.phone, &zhejiang).code(),
        )
        .lists("given_by_another")
        .detail("none"),
        r("status_list_forged_alone", "The only one handed in was not taken", &everyday.code())
            .lists("damaged_alone"),
        v(
            "no_status_lists_confirmed",
            "The issuer has confirmed the card a day ago",
            &confirmed(NOW - DAY).code(),
        )
        .detail("")
        .known_at(NOW - DAY),
        r(
            "no_status_lists_confirmed_too_long_ago",
            "A second longer ago than the application asks",
            &confirmed(NOW - DAY - 1).code(),
        ),
        v(
            "no_status_lists_confirmed_ahead",
            "30 s ahead of this clock",
            &confirmed(NOW + 30).code(),
        )
        .detail(""),
        r(
            "no_status_lists_confirmed_far_ahead",
            "A second more ahead: it does not count",
            &confirmed(NOW + 31).code(),
        ),
        Vector::refused(
            206,
            "no_status_lists_confirmed_forged",
            "What a code says of itself leads to no acceptance",
            &{
                let mut forged = confirmed(NOW);
                forged.issuer = stranger.clone();
                forged.code()
            },
        )
        .lists("never_given"),
        Vector::refused(
            705,
            "order_application_before_status_lists",
            "Not in this catalogue",
            &everyday.code(),
        )
        .lists("never_given")
        .at_application(103),
        r(
            "order_status_lists_before_issuer",
            "And nobody knows the issuer",
            &Parts::new(&stranger, &world.phone, &card(VALID)).code(),
        ),
    ]
}

/// Family 7 and the advisories about lists.
fn readiness(world: &World) -> Vec<Vector> {
    let everyday = Parts::new(&world.shanghai, &world.phone, &card(VALID));
    // Made and scanned at that second.
    let at = |second: i64| everyday.clone().at(second).code();
    let v = |name, comment, second| Vector::valid(name, comment, &at(second)).at_second(second);
    let r = |number, name, comment, second| {
        Vector::refused(number, name, comment, &at(second)).at_second(second)
    };
    let stranger = FixedKey::esp256("a stranger");
    let by_stranger = Parts::new(&stranger, &world.phone, &card(VALID)).code();
    let text = |number, name, comment, text: &str| {
        Vector::refused_text(number, name, comment, text.to_owned())
    };
    let unsigned = everyday.code_signed(|_| vec![]);
    let behind = CATALOGUE_ISSUED - 120;
    vec![
        v("ready", "Both lists are there and no later one is due", NOW).detail("none"),
        r(701, "no_trust_list", "No trust list yet", NOW).lists("no_trust_list"),
        r(703, "no_catalogue", "No catalogue yet", NOW).lists("no_catalogue"),
        r(701, "nothing_at_all", "Neither of them: the trust list comes first", NOW)
            .lists("nothing"),
        text(
            103,
            "order_text_before_lists",
            "A web address at a scanner without lists is a web address still",
            "https://example.cn/",
        )
        .lists("nothing"),
        text(110, "foreign_code", "A code that the catalogue names", "2026-11-24 #Ticket")
            .detail("ticket"),
        text(110, "foreign_code_expired", "An expired catalogue names it, too", "1 #Ticket")
            .detail("ticket")
            .at_second(CATALOGUE_EXPIRES),
        text(103, "foreign_code_no_catalogue", "Without a catalogue nobody does", "1 #Ticket")
            .lists("no_catalogue"),
        text(110, "foreign_code_no_trust_list", "The catalogue alone will do", "1 #Ticket")
            .lists("no_trust_list")
            .detail("ticket"),
        text(
            110,
            "challenge_no_catalogue",
            "The picture of a challenge is known without one",
            "OC1C:8UA0ZCWEDKM2",
        )
        .lists("nothing")
        .detail("onecode.challenge"),
        Vector::refused(
            208,
            "order_signature_missing_before_lists",
            "A signature that was taken off needs no list to be seen",
            &unsigned,
        )
        .lists("nothing"),
        Vector::refused(
            701,
            "order_lists_before_issuer",
            "Without a trust list nobody is unknown",
            &by_stranger,
        )
        .lists("no_trust_list"),
        v("trust_list_due_now", "The second at which the next trust list is due", TRUST_DUE)
            .detail("none"),
        v("trust_list_due", "One second later: overdue, and in force still", TRUST_DUE + 1)
            .detail("trust_list_due+none"),
        v(
            "catalogue_due_now",
            "The second at which the next catalogue is due, the trust list overdue",
            CATALOGUE_DUE,
        )
        .detail("trust_list_due+none"),
        v("both_due", "Both are overdue", CATALOGUE_DUE + 1)
            .detail("trust_list_due+catalogue_due+none"),
        v("trust_list_last_second", "The trust list's last second", TRUST_EXPIRES - 1)
            .detail("trust_list_due+catalogue_due+none"),
        r(702, "trust_list_expired", "The second of its expiry", TRUST_EXPIRES),
        v("catalogue_last_second", "The catalogue's last second", CATALOGUE_EXPIRES_EARLY - 1)
            .lists("catalogue_ends_first")
            .detail("trust_list_due+catalogue_due+none"),
        r(704, "catalogue_expired", "The second of its expiry", CATALOGUE_EXPIRES_EARLY)
            .lists("catalogue_ends_first"),
        r(702, "both_expired", "Both at once: the trust list comes first", TRUST_EXPIRES)
            .lists("both_end_together"),
        v("another_application", "The other application of this catalogue", NOW)
            .at_application(REFUSES)
            .lists("list_of_an_hour")
            .detail(""),
        r(705, "unknown_application", "Not in this catalogue", NOW).at_application(103),
        Vector::refused(
            705,
            "order_application_before_issuer",
            "A scanner that is set up wrongly says so, whoever comes",
            &by_stranger,
        )
        .at_application(103),
        v(
            "clock_behind_by_120",
            "By its clock the catalogue is issued in two minutes: that may be",
            behind,
        )
        .detail("none"),
        r(706, "clock_behind_by_121", "One second more: the scanner's clock is wrong", behind - 1)
            .detail("121"),
        r(706, "clock_behind_the_trust_list", "The later one of the two lists counts", NOW - 121)
            .lists("trust_list_is_newer")
            .detail("121"),
        v("clock_behind_the_trust_list_by_120", "That may be", NOW - 120)
            .lists("trust_list_is_newer")
            .detail("none"),
        r(
            706,
            "order_clock_before_application",
            "A wrong clock and an unknown application",
            behind - 1,
        )
        .at_application(103),
        r(
            702,
            "order_expiry_before_application",
            "An expired list and an unknown application",
            TRUST_EXPIRES,
        )
        .at_application(103),
    ]
}

/// 211: the trust list ends the use of an algorithm.
fn algorithms(world: &World) -> Vec<Vector> {
    let code = |issuer: &FixedKey, phone: &FixedKey, second: i64| {
        let region = if issuer.public_key() == world.zhejiang.public_key() { 33 } else { 31 };
        Parts::new(issuer, phone, &Card { region, ..card(VALID) }).at(second).code()
    };
    let (esp256, ed25519) = (&world.shanghai, &world.zhejiang);
    let v = |name, comment, issuer, phone, second| {
        Vector::valid(name, comment, &code(issuer, phone, second)).at_second(second).detail("none")
    };
    let r = |name, comment, issuer, phone, second| {
        Vector::refused(211, name, comment, &code(issuer, phone, second)).at_second(second)
    };
    let forged = Parts::new(ed25519, &world.phone, &Card { region: 33, ..card(VALID) })
        .at(ES256_FROM)
        .card_signed(|mut raw| {
            raw[0] ^= 1;
            raw
        });
    let last = ES256_FROM - 1;
    vec![
        v("ed25519_before", "The last second of Ed25519", ed25519, &world.phone_ed25519, last)
            .lists("es256_only"),
        v("es256_after", "ES256 goes on", esp256, &world.phone, ES256_FROM).lists("es256_only"),
        r("ed25519_issuer", "An Ed25519 issuer", ed25519, &world.phone, ES256_FROM)
            .lists("es256_only")
            .detail("issuer"),
        r("ed25519_phone", "An Ed25519 phone", esp256, &world.phone_ed25519, ES256_FROM)
            .lists("es256_only")
            .detail("phone"),
        r(
            "ed25519_both",
            "Both: the issuer comes first",
            ed25519,
            &world.phone_ed25519,
            ES256_FROM,
        )
        .lists("es256_only")
        .detail("issuer"),
        v(
            "ed25519_phone_under_es256_issuers",
            "Only issuers are bound to ES256",
            esp256,
            &world.phone_ed25519,
            ES256_FROM,
        )
        .lists("es256_issuers"),
        r(
            "ed25519_issuer_under_es256_issuers",
            "Only issuers are bound to ES256",
            ed25519,
            &world.phone,
            ES256_FROM,
        )
        .lists("es256_issuers")
        .detail("issuer"),
        v(
            "ed25519_issuer_under_es256_phones",
            "Only phones are bound to ES256",
            ed25519,
            &world.phone,
            ES256_FROM,
        )
        .lists("es256_phones"),
        r(
            "ed25519_phone_under_es256_phones",
            "Only phones are bound to ES256",
            ed25519,
            &world.phone_ed25519,
            ES256_FROM,
        )
        .lists("es256_phones")
        .detail("phone"),
        r("no_algorithm_at_all", "A rule that admits nothing", esp256, &world.phone, NOW)
            .lists("no_algorithm")
            .detail("issuer"),
        Vector::refused(
            211,
            "order_algorithm_before_signature",
            "Not admitted and forged: no signature is checked",
            &forged,
        )
        .at_second(ES256_FROM)
        .lists("es256_only"),
        Vector::refused(
            211,
            "order_algorithm_before_far_time",
            "Not admitted and made an hour ago",
            &code(ed25519, &world.phone, NOW),
        )
        .at_second(ES256_FROM)
        .lists("es256_only"),
    ]
}

/// Families 401 to 403 by lists that could be read.
fn status(world: &World) -> Vec<Vector> {
    let code = |position| Parts::new(&world.shanghai, &world.phone, &card(position)).code();
    let confirmed = |position, at: i64| {
        let card = Card { confirmed: Some(at as u64), ..card(position) };
        Parts::new(&world.shanghai, &world.phone, &card).code()
    };
    let of_anhui = Parts::new(&world.anhui, &world.phone, &Card { region: 34, ..card(VALID) });
    let v = |name, comment, code: &[u8], list| Vector::valid(name, comment, code).lists(list);
    let r = |number, name, comment, code: &[u8], list| {
        Vector::refused(number, name, comment, code).lists(list).at_application(REFUSES)
    };
    let strict = |vector: Vector| vector.at_application(REFUSES).detail("");
    vec![
        v("listed_valid", "In the list, and valid", &code(VALID), "list_of_an_hour")
            .detail("")
            .known_at(NOW - HOUR),
        r(402, "listed_suspended", "Reported lost", &code(SUSPENDED), "list_of_an_hour")
            .known_at(NOW - HOUR),
        r(401, "listed_revoked", "Cancelled", &code(REVOKED), "list_of_an_hour")
            .known_at(NOW - HOUR),
        r(402, "suspended_where_marks_do", "No mark helps", &code(SUSPENDED), "list_of_an_hour")
            .at_application(ACCEPTS),
        v("nothing_known", "No list: accepted with a mark", &code(VALID), "list_none")
            .detail("none"),
        r(403, "nothing_known_refused", "No list: refused", &code(VALID), "list_none")
            .detail("none"),
        strict(v("as_old_as_allowed", "Exactly a day old", &code(VALID), "list_of_a_day"))
            .known_at(NOW - DAY),
        v(
            "older_than_allowed",
            "A second older: accepted with a mark",
            &code(VALID),
            "list_of_a_day_and_a_second",
        )
        .detail("old")
        .known_at(NOW - DAY - 1),
        r(
            403,
            "older_than_allowed_refused",
            "A second older: refused",
            &code(VALID),
            "list_of_a_day_and_a_second",
        )
        .detail("old")
        .known_at(NOW - DAY - 1),
        strict(v(
            "list_last_second",
            "Fresh enough, in the last second before the list's own expiry",
            &code(VALID),
            "list_to_the_next_second",
        )),
        v(
            "list_lapsed",
            "Fresh enough, and past the list's own expiry: accepted with a mark",
            &code(VALID),
            "list_to_this_second",
        )
        .detail("old")
        .known_at(NOW - HOUR),
        r(
            403,
            "list_lapsed_refused",
            "Fresh enough, and past the list's own expiry: refused",
            &code(VALID),
            "list_to_this_second",
        )
        .detail("old")
        .known_at(NOW - HOUR),
        r(
            402,
            "suspended_by_old_list",
            "An old list still knows of a loss",
            &code(SUSPENDED),
            "list_of_three_days",
        ),
        r(
            401,
            "revoked_by_lapsed_list",
            "So does one past its expiry",
            &code(REVOKED),
            "list_to_this_second",
        ),
        r(
            403,
            "beyond_the_list",
            "A card that is younger than the list",
            &code(64),
            "list_of_an_hour",
        )
        .detail("none"),
        strict(v("last_position", "The list's last position", &code(63), "list_of_an_hour")),
        strict(v(
            "confirmed_without_list",
            "No list, and the issuer confirmed the card a day ago",
            &confirmed(VALID, NOW - DAY),
            "list_none",
        ))
        .known_at(NOW - DAY),
        r(
            403,
            "confirmed_too_long_ago",
            "A second longer ago",
            &confirmed(VALID, NOW - DAY - 1),
            "list_none",
        )
        .detail("old")
        .known_at(NOW - DAY - 1),
        strict(v(
            "confirmed_after_loss",
            "Lost three days ago, and confirmed since: found again",
            &confirmed(SUSPENDED, NOW - 2 * HOUR),
            "list_of_three_days",
        ))
        .known_at(NOW - 2 * HOUR),
        r(
            402,
            "confirmed_with_the_list",
            "Confirmed in the very second of the list: the list counts",
            &confirmed(SUSPENDED, NOW - 3 * DAY),
            "list_of_three_days",
        ),
        r(
            401,
            "confirmed_after_cancellation",
            "A cancelled card never comes back",
            &confirmed(REVOKED, NOW - 2 * HOUR),
            "list_of_three_days",
        ),
        strict(v(
            "confirmed_ahead",
            "Confirmed 30 s ahead of this clock: within the tolerance",
            &confirmed(VALID, NOW + 30),
            "list_none",
        )),
        r(
            403,
            "confirmed_far_ahead",
            "Confirmed a second more ahead: it does not count",
            &confirmed(VALID, NOW + 31),
            "list_none",
        )
        .detail("none"),
        r(402, "lost_since", "A change brings the loss", &code(LOST_SINCE), "delta")
            .known_at(NOW - 60),
        strict(v(
            "not_lost_yet",
            "The list before the change",
            &code(LOST_SINCE),
            "list_of_an_hour",
        )),
        strict(v("found_since", "A change brings the card back", &code(FOUND_SINCE), "delta"))
            .known_at(NOW - 60),
        r(
            402,
            "not_found_yet",
            "The list before the change",
            &code(FOUND_SINCE),
            "list_of_an_hour",
        ),
        strict(v(
            "valid_through_the_change",
            "What is not in the change is known as of its time too",
            &code(VALID),
            "delta",
        ))
        .known_at(NOW - 60),
        r(402, "second_shard", "Position 2^20 + 1", &code(SECOND_SHARD), "two_shards"),
        strict(v("beside_it", "Position 2^20 + 2", &code(SECOND_SHARD + 1), "two_shards")),
        strict(v(
            "last_of_the_first_shard",
            "Position 2^20 - 1",
            &code(SECOND_SHARD - 2),
            "two_shards",
        )),
        r(
            402,
            "second_shard_alone",
            "The first list has not come, the second has",
            &code(SECOND_SHARD),
            "second_shard_only",
        ),
        r(
            403,
            "first_shard_missing",
            "The second list has come, the first has not",
            &code(VALID),
            "second_shard_only",
        )
        .detail("none"),
        Vector::valid(
            "list_key_valid",
            "The last second of the key that signed the list",
            &of_anhui.clone().at(NOW + HOUR - 1).code(),
        )
        .at_second(NOW + HOUR - 1)
        .at_application(REFUSES)
        .lists("list_of_anhui")
        .detail(""),
        Vector::refused(
            403,
            "list_key_withdrawn",
            "The key that signed the list is withdrawn: as if there were no list",
            &of_anhui.at(NOW + HOUR).code(),
        )
        .at_second(NOW + HOUR)
        .at_application(REFUSES)
        .lists("list_of_anhui")
        .detail("none"),
    ]
}

/// 403 by lists that could not be used.
fn unusable(world: &World) -> Vec<Vector> {
    let of = |issuer: &FixedKey, region| {
        Parts::new(issuer, &world.phone, &Card { region, ..card(VALID) }).code()
    };
    let (shanghai, jiangsu, zhejiang) =
        (of(&world.shanghai, 31), of(&world.jiangsu, 32), of(&world.zhejiang, 33));
    let accepted =
        |name, comment, code: &[u8], list| Vector::valid(name, comment, code).lists(list);
    let refused = |name, comment, code: &[u8], list| {
        Vector::refused(403, name, comment, code).lists(list).at_application(REFUSES)
    };
    let confirmed = Card { confirmed: Some((NOW - HOUR) as u64), ..card(VALID) };
    let confirmed = Parts::new(&world.shanghai, &world.phone, &confirmed).code();
    vec![
        accepted(
            "forged",
            "A list with a wrong signature: accepted with a mark",
            &shanghai,
            "forged",
        )
        .detail("unreadable")
        .known_at(NOW),
        refused("forged_refused", "A list with a wrong signature: refused", &shanghai, "forged")
            .detail("unreadable")
            .known_at(NOW),
        refused(
            "forged_elsewhere",
            "It named Shanghai, so nothing is said of Zhejiang's lists",
            &zhejiang,
            "forged",
        )
        .detail("none"),
        refused(
            "truncated",
            "A list that broke off says not even whose it was",
            &zhejiang,
            "truncated",
        )
        .detail("unreadable")
        .known_at(NOW),
        accepted(
            "forged_after_a_good_one",
            "The good list stays in force",
            &shanghai,
            "forged_after_a_good_one",
        )
        .at_application(REFUSES)
        .detail("")
        .known_at(NOW - HOUR),
        accepted(
            "confirmed_over_a_forged_list",
            "The issuer's word in the card helps over a damaged list",
            &confirmed,
            "forged",
        )
        .at_application(REFUSES)
        .detail("")
        .known_at(NOW - HOUR),
        refused(
            "list_by_a_key_for_cards",
            "Signed with a key that may sign cards and no lists",
            &jiangsu,
            "by_a_key_for_cards",
        )
        .detail("unreadable"),
        refused(
            "list_by_another_issuer",
            "Zhejiang signed a list of Shanghai's cards",
            &shanghai,
            "by_another_issuer",
        )
        .detail("unreadable"),
        refused(
            "list_expired_when_handed_in",
            "Expired before it came",
            &shanghai,
            "expired_when_handed_in",
        )
        .detail("unreadable"),
        refused(
            "list_issued_ahead",
            "Issued more than a day after the scanner's clock",
            &shanghai,
            "issued_ahead",
        )
        .detail("unreadable"),
        refused(
            "delta_without_a_list",
            "A change to a list that is not there is no list",
            &shanghai,
            "delta_without_a_list",
        )
        .detail("none"),
    ]
}
