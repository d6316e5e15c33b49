//! Withdrawal notices: one holder takes keys of its own issuers out of force.

use onecode::status::{StatusIssuer, StatusPublication};
use serde_json::{json, Value};

use super::{
    hash, kid, sign, time, Given, Governance, ACCEPTS, DAY, STRICT, TRUST_LIST, WITHDRAWAL,
};
use crate::parts::{FixedKey, NOW};
use crate::steps::Sequence;
use crate::world::hex;

/// Seconds that most notices here count.
const LIFE: i64 = 3 * DAY;
const VALID: u64 = 8;
const SUSPENDED: u64 = 9;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    let all = [taken(g), who(g), times(g), many(g), ended(g), status_keys(g), later_lists(g)];
    all.into_iter().flatten().collect()
}

/// A notice from now on.
fn notice(issuer: &str, keys: &[&FixedKey]) -> Value {
    let keys: Vec<String> = keys.iter().map(|key| kid(key)).collect();
    json!({
        "issued_at": time(NOW), "expires": time(NOW + LIFE), "issuer": issuer, "keys": keys,
    })
}

fn by(notice: &Value, keys: &[&FixedKey]) -> String {
    sign(WITHDRAWAL, notice, keys)
}

/// Jiangsu withdraws its key for cards.
fn everyday(g: &Governance<'_>) -> String {
    by(&notice("cn-32", &[&g.world.jiangsu]), &[&g.js])
}

fn taken(g: &Governance<'_>) -> Vec<Sequence> {
    let card = |after_s| g.jiangsu(VALID, ACCEPTS, after_s);
    let two = notice("cn-32", &[&g.world.jiangsu, &g.status]);
    let anhui = by(&notice("cn-34", &[&g.world.anhui]), &[&g.ah_notices]);
    let mut shorter = notice("cn-32", &[&g.world.jiangsu]);
    shorter["expires"] = time(NOW + DAY);
    vec![
        Sequence::new("notice", "cards by that key are refused until its end, others are not")
            .accepted(card(0))
            .takes("withdrawal", everyday(g))
            .refused(205, card(0))
            .accepted(g.shown(&g.world.shanghai, 31, 7, ACCEPTS, 0))
            .refused(205, card(LIFE - 1))
            .accepted(card(LIFE)),
        Sequence::new("notice_again", "the same again is taken and changes nothing")
            .takes("withdrawal", everyday(g))
            .takes("withdrawal", everyday(g))
            .refused(205, card(0)),
        Sequence::new("notice_shorter", "a shorter one does not end it earlier")
            .takes("withdrawal", everyday(g))
            .takes("withdrawal", by(&shorter, &[&g.js]))
            .refused(205, card(LIFE - 1)),
        Sequence::new("notice_longer", "a longer one ends it later")
            .takes("withdrawal", by(&shorter, &[&g.js]))
            .takes("withdrawal", everyday(g))
            .refused(205, card(LIFE - 1)),
        Sequence::new("notice_restart", "it is kept over a restart")
            .takes("withdrawal", everyday(g))
            .restart(true)
            .refused(205, card(0))
            .accepted(card(LIFE)),
        Sequence::new("notice_first", "before there is a trust list")
            .lists("nothing")
            .takes("withdrawal", everyday(g))
            .takes("trust_list", g.trust_list_signed(1, -10 * DAY))
            .takes("catalogue", g.catalogue_signed(1, -10 * DAY))
            .refused(205, card(0)),
        Sequence::new("notice_two_keys", "one for two keys")
            .takes("status", status(g, &g.status, -600))
            .accepted_with("", card(0))
            .takes("withdrawal", by(&two, &[&g.js]))
            .refused(205, card(0)),
        Sequence::new("notice_by_a_key_for_notices", "by a key that signs nothing else")
            .takes("withdrawal", anhui)
            .refused(205, g.shown(&g.world.anhui, 34, 7, ACCEPTS, 0)),
        Sequence::new("notice_by_sm2", "by a holder with SM2")
            .takes("withdrawal", by(&notice("cn-33", &[&g.world.zhejiang]), &[&g.zj]))
            .refused(205, g.shown(&g.world.zhejiang, 33, 7, ACCEPTS, 0)),
    ]
}

fn who(g: &Governance<'_>) -> Vec<Sequence> {
    let card = || g.jiangsu(VALID, ACCEPTS, 0);
    let ours = notice("cn-32", &[&g.world.jiangsu]);
    let one = |name, comment, document: String| {
        Sequence::new(name, comment).rejects("withdrawal", document).accepted(card())
    };
    let mut twice = ours.clone();
    twice["keys"] = json!([kid(&g.world.jiangsu), kid(&g.world.jiangsu)]);
    let mut allows = ours.clone();
    allows["critical"] = json!(["allow"]);
    vec![
        one("notice_by_another_holder", "of one who does not answer for the issuer", {
            by(&ours, &[&g.sh])
        }),
        one("notice_by_a_stranger", "of a key that no holder has", by(&ours, &[&g.stranger])),
        one("notice_by_an_issuer", "of the issuer itself", by(&ours, &[&g.world.jiangsu])),
        one("notice_by_an_index_key", "of a key that signs an index", {
            by(&notice("cn-31", &[&g.world.shanghai]), &[&g.sh_index])
        }),
        one("notice_for_anothers_key", "of an own issuer, and a key of another one", {
            by(&notice("cn-31", &[&g.world.jiangsu]), &[&g.sh])
        }),
        one("notice_for_a_key_beside", "of an own key beside it", {
            by(&notice("cn-31", &[&g.world.shanghai, &g.world.jiangsu]), &[&g.sh])
        }),
        one("notice_no_key", "of no key", by(&notice("cn-32", &[]), &[&g.js])),
        one("notice_key_twice", "of one key twice", by(&twice, &[&g.js])),
        one("notice_critical", "that needs a feature", by(&allows, &[&g.js])),
        one("notice_as_trust_list", "signed as a trust list", sign(TRUST_LIST, &ours, &[&g.js])),
        Sequence::new("notice_by_two", "by two holders, one of whom answers for the issuer")
            .takes("withdrawal", by(&ours, &[&g.sh, &g.js]))
            .refused(205, card()),
        Sequence::new(
            "notice_of_a_stolen_key",
            "ends with the edition that has the signer no more",
        )
        .takes("withdrawal", by(&notice("cn-33", &[&g.world.zhejiang]), &[&g.zj]))
        .refused(205, g.shown(&g.world.zhejiang, 33, 7, ACCEPTS, 0))
        .takes("roots", g.second_roots_signed())
        .accepted(g.shown(&g.world.zhejiang, 33, 7, ACCEPTS, 0))
        .rejects("withdrawal", by(&notice("cn-33", &[&g.world.zhejiang]), &[&g.zj])),
    ]
}

fn times(g: &Governance<'_>) -> Vec<Sequence> {
    let of = |issued_s: i64, life_s: i64| {
        let mut notice = notice("cn-32", &[&g.world.jiangsu]);
        notice["issued_at"] = time(NOW + issued_s);
        notice["expires"] = time(NOW + issued_s + life_s);
        by(&notice, &[&g.js])
    };
    let one = |name, comment, taken: bool, document: String| match taken {
        true => Sequence::new(name, comment).takes("withdrawal", document),
        false => Sequence::new(name, comment)
            .rejects("withdrawal", document)
            .accepted(g.jiangsu(VALID, ACCEPTS, 0)),
    };
    vec![
        one("notice_14_days", "as long as one may count", true, of(0, 14 * DAY)),
        one("notice_14_days_and_a_second", "a second longer", false, of(0, 14 * DAY + 1)),
        one("notice_year", "of a year", false, of(0, 365 * DAY)),
        one("notice_no_time", "of no time", false, of(0, 0)),
        one("notice_last_second", "in its last second", true, of(-DAY, DAY + 1)),
        one("notice_expired", "over", false, of(-DAY, DAY)),
        one("notice_ahead_a_day", "issued a day ahead", true, of(DAY, DAY)),
        one("notice_ahead", "a second more", false, of(DAY + 1, DAY)),
    ]
}

fn many(g: &Governance<'_>) -> Vec<Sequence> {
    let key = |n: usize| FixedKey::ed25519(&format!("another key of Jiangsu, {n}"));
    let of = |n: usize| by(&notice("cn-32", &[&key(n)]), &[&g.js]);
    let filled = |name, comment| {
        (0..16).fold(Sequence::new(name, comment), |seq, n| seq.takes("withdrawal", of(n)))
    };
    let sixteen: Vec<FixedKey> = (0..16).map(key).collect();
    let all: Vec<&FixedKey> = sixteen.iter().collect();
    let mut joined = notice("cn-32", &all);
    joined["expires"] = time(NOW + LIFE + 1);
    let mut more = all.clone();
    more.push(&g.world.jiangsu);
    vec![
        filled("notice_17", "no more than 16 of one holder; another one's are taken")
            .rejects("withdrawal", everyday(g))
            .accepted(g.jiangsu(VALID, ACCEPTS, 0))
            .takes("withdrawal", by(&notice("cn-31", &[&g.world.shanghai]), &[&g.sh]))
            .refused(205, g.shown(&g.world.shanghai, 31, 7, ACCEPTS, 0)),
        filled("notice_16_again", "those it has are taken again").takes("withdrawal", of(3)),
        filled("notice_16_joined", "one that counts longer for all of them makes room")
            .takes("withdrawal", by(&joined, &[&g.js]))
            .takes("withdrawal", everyday(g))
            .refused(205, g.jiangsu(VALID, ACCEPTS, 0)),
        filled("notice_16_over", "so does their end").takes_at(
            "withdrawal",
            {
                let mut later = notice("cn-32", &[&g.world.jiangsu]);
                later["expires"] = time(NOW + LIFE + DAY);
                by(&later, &[&g.js])
            },
            LIFE,
        ),
        Sequence::new("notice_17_keys", "no more than 16 keys in one")
            .rejects("withdrawal", by(&notice("cn-32", &more), &[&g.js])),
    ]
}

fn ended(g: &Governance<'_>) -> Vec<Sequence> {
    let card = || g.jiangsu(VALID, ACCEPTS, 0);
    let naming = |sequence: u64, notices: Value| {
        let mut list = g.trust_list(sequence, 0);
        list["withdrawals"] = notices;
        sign(TRUST_LIST, &list, &g.three())
    };
    let noticed = |name, comment| {
        Sequence::new(name, comment).takes("withdrawal", everyday(g)).refused(205, card())
    };
    let named = json!([hash(&everyday(g))]);
    vec![
        noticed("notice_dealt_with", "ended by a trust list that names it")
            .takes("trust_list", naming(2, named.clone()))
            .accepted(card())
            .takes("withdrawal", everyday(g))
            .accepted(card()),
        noticed("notice_not_known", "not by one that does not know of it")
            .takes("trust_list", g.trust_list_signed(2, 0))
            .refused(205, card())
            .takes("trust_list", naming(3, json!(["A".repeat(43)])))
            .refused(205, card()),
        noticed("notice_dealt_with_by_two", "nor by one that two have signed")
            .rejects("trust_list", {
                let mut list = g.trust_list(2, 0);
                list["withdrawals"] = named.clone();
                sign(TRUST_LIST, &list, &[&g.sh, &g.js])
            })
            .refused(205, card()),
        noticed("notice_named_no_longer", "what has ended does not come back with a later list")
            .takes("trust_list", naming(2, named))
            .takes("trust_list", g.trust_list_signed(3, 0))
            .accepted(card())
            .takes("withdrawal", everyday(g))
            .refused(205, card()),
    ]
}

/// Jiangsu's list: one card suspended.
fn status(_: &Governance<'_>, key: &FixedKey, issued_s: i64) -> String {
    let mut agency = StatusIssuer::new("cn-32", 64);
    agency.suspend(SUSPENDED as u32).unwrap();
    published(&agency, key, issued_s)
}

/// The same with nobody suspended.
fn lifting(key: &FixedKey, issued_s: i64) -> String {
    published(&StatusIssuer::new("cn-32", 64), key, issued_s)
}

fn publication(issued_s: i64) -> StatusPublication {
    let (issued_at_unix_s, expires_unix_s) = (NOW + issued_s, NOW + 30 * DAY);
    StatusPublication { issued_at_unix_s, expires_unix_s, ttl_s: 3_600 }
}

fn published(agency: &StatusIssuer, key: &FixedKey, issued_s: i64) -> String {
    hex(&agency.publish(publication(issued_s), key).unwrap()[0])
}

/// Jiangsu withdraws a key for status lists.
fn against_status(g: &Governance<'_>) -> String {
    by(&notice("cn-32", &[&g.status]), &[&g.js])
}

fn begun(g: &Governance<'_>, name: &'static str, comment: &'static str) -> Sequence {
    Sequence::new(name, comment)
        .takes("status", status(g, &g.status, -600))
        .accepted_with("", g.jiangsu(VALID, STRICT, 0))
        .takes("withdrawal", against_status(g))
}

fn status_keys(g: &Governance<'_>) -> Vec<Sequence> {
    let suspended = |after_s| g.jiangsu(SUSPENDED, ACCEPTS, after_s);
    let restarted = |name, comment, list: String, taken: bool| {
        let sequence = begun(g, name, comment).restart(true);
        match taken {
            true => sequence.takes("status", list).refused(402, suspended(0)),
            false => sequence.rejects("status", list),
        }
    };
    let handed_in = |lists: &[&String]| json!({ "do": "reinstall", "scanner": "gate 1", "status": lists, "now_unix_s": NOW });
    let old = status(g, &g.status, -600);
    vec![
        begun(g, "notice_status_key", "it refuses whom it refused; of others nothing is known")
            .refused(402, suspended(0))
            .accepted(g.jiangsu(VALID, ACCEPTS, 0))
            .refused_saying(403, "since_unix_s", NOW - 600, g.jiangsu(VALID, STRICT, 0))
            .refused(402, suspended(LIFE - 1))
            .accepted_with("status_unknown", g.jiangsu(VALID, ACCEPTS, LIFE - 1)),
        begun(
            g,
            "notice_status_key_no_more_lists",
            "but for the very list in force nothing by that key is taken",
        )
        .rejects("status", lifting(&g.status, -60))
        .rejects("status", status(g, &g.status, -60))
        .takes("status", old.clone())
        .refused(402, suspended(0)),
        begun(g, "notice_status_key_over", "after its end they are taken again")
            .takes_at("status", lifting(&g.status, LIFE - 60), LIFE)
            .accepted_with("", g.jiangsu(SUSPENDED, ACCEPTS, LIFE)),
        restarted("notice_status_key_restart", "after a restart the very list", old.clone(), true),
        restarted("notice_status_key_restart_other", "no other", lifting(&g.status, -600), false),
        restarted(
            "notice_status_key_restart_later",
            "no later one",
            status(g, &g.status, -60),
            false,
        ),
        begun(g, "notice_status_key_reinstall", "nor together with what led to it")
            .restart(true)
            .step(handed_in(&[&old]), json!({ "taken": true }))
            .refused(402, suspended(0)),
    ]
}

/// Lists by another key than the one that a notice withdraws.
fn later_lists(g: &Governance<'_>) -> Vec<Sequence> {
    let suspended = || g.jiangsu(SUSPENDED, ACCEPTS, 0);
    let two = by(&notice("cn-32", &[&g.status, &g.status_new]), &[&g.js]);
    vec![
        begun(g, "notice_later_list", "a later one by another key takes its place")
            .takes("status", lifting(&g.status_new, -599))
            .accepted_with("", g.jiangsu(SUSPENDED, STRICT, 0)),
        begun(g, "notice_same_time_list", "not one of the same second")
            .rejects("status", lifting(&g.status_new, -600))
            .refused(402, suspended()),
        begun(g, "notice_older_list", "nor an older one: one holder lifts no refusal")
            .rejects("status", lifting(&g.status_new, -601))
            .refused(402, suspended())
            .restart(true)
            .rejects("status", lifting(&g.status_new, -601)),
        Sequence::new("notice_two_status_keys", "nor one by another key that it withdraws")
            .takes("status", status(g, &g.status, -600))
            .takes("withdrawal", two)
            .rejects("status", lifting(&g.status_new, -60))
            .refused(402, suspended()),
    ]
}
