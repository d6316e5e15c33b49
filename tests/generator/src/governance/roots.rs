//! Editions of the roots document: how a scanner is set up, what may be in one, how it walks.

use onecode::keys::SignerId;
use onecode::SigningKey;
use serde_json::{json, Value};

use super::{
    edition, hash, jwk, key, kid, merge, sign, time, Given, Governance, ACCEPTS, CATALOGUE, DAY,
    INDEX, ONCE, ROOTS, STRICT, TRUST_LIST, WITHDRAWAL,
};
use crate::parts::{FixedKey, NOW};
use crate::steps::Sequence;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    let all = [set_up(g), walks(g), counted(g), contents(g), keys(g), expiry(g), begun_anew(g)];
    all.into_iter().flatten().collect()
}

fn set_up(g: &Governance<'_>) -> Vec<Sequence> {
    let first = g.first_roots_signed();
    let list = g.trust_list_signed(1, -10 * DAY);
    let terms = g.catalogue_signed(1, -10 * DAY);
    let world = g.world;
    let mut with_root = g.three().to_vec();
    with_root.push(&world.root);
    let mut changed = g.first_roots();
    changed["comment"] = json!("another");
    let lone = |list: Value, typ: &str| sign(typ, &list, &[&world.root]);
    let notice = json!({
        "issued_at": time(NOW), "expires": time(NOW + DAY), "issuer": "cn-32",
        "keys": [kid(&world.jiangsu)],
    });
    let index = json!({
        "issued_at": time(NOW), "expires": time(NOW + DAY), "withdrawals": [],
        "roots": { "sequence": 1, "sha256": hash(&first) },
        "trust_list": { "sequence": 1, "sha256": hash(&list) },
        "catalogue": { "sequence": 1, "sha256": hash(&terms) },
    });
    vec![
        Sequence::new("set_up_by_edition", "with an edition: its own lists are taken")
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .takes("roots", first.clone()),
        Sequence::new("set_up_by_hash", "with the hash of one: nothing else before it has come")
            .lists("by_hash")
            .rejects("trust_list", list.clone())
            .refused(701, g.jiangsu(7, ACCEPTS, 0))
            .takes("roots", first.clone())
            .takes("trust_list", list.clone())
            .takes("catalogue", terms.clone())
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .takes("roots", g.second_roots_signed()),
        Sequence::new(
            "set_up_by_another_hash",
            "another edition is not taken, however it is signed",
        )
        .lists("by_hash")
        .rejects("roots", sign(ROOTS, &changed, &g.three()))
        .rejects("roots", g.second_roots_signed())
        .rejects("roots", sign(ROOTS, &g.first_roots(), &[&g.sh, &g.js]))
        .takes("roots", sign(ROOTS, &g.first_roots(), &[&g.escrow, &g.zj, &g.js])),
        Sequence::new("set_up_by_hash_restart", "which it keeps over a restart")
            .lists("by_hash")
            .restart(false)
            .rejects("roots", g.second_roots_signed())
            .takes("roots", first.clone()),
        Sequence::new("set_up_by_key", "with a lone key: it signs all but an index")
            .lists("by_key")
            .takes("trust_list", lone(g.trust_list(1, -10 * DAY), TRUST_LIST))
            .takes("catalogue", lone(g.catalogue(1, -10 * DAY), CATALOGUE))
            .rejects("index", lone(index, INDEX))
            .takes("withdrawal", lone(notice, WITHDRAWAL))
            .refused(205, g.jiangsu(7, ACCEPTS, 0)),
        Sequence::new("set_up_by_key_walks", "to edition 1, which the lone key signs as well")
            .lists("by_key_with_lists")
            .rejects("roots", first.clone())
            .rejects("roots", sign(ROOTS, &g.first_roots(), &[&world.root]))
            .takes("roots", sign(ROOTS, &g.first_roots(), &with_root))
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .rejects("trust_list", lone(g.trust_list(2, 0), TRUST_LIST))
            .takes("trust_list", g.trust_list_signed(2, 0)),
        Sequence::new("set_up_in_the_middle", "with edition 2: what is before it is not taken")
            .lists("in_the_middle")
            .rejects("roots", first)
            .takes("roots", g.third_roots_signed()),
    ]
}

fn walks(g: &Governance<'_>) -> Vec<Sequence> {
    let [first, second, third] =
        [g.first_roots_signed(), g.second_roots_signed(), g.third_roots_signed()];
    let previous = |previous: Value| {
        let mut roots = g.second_roots();
        roots["previous"] = previous;
        sign(ROOTS, &roots, &g.three())
    };
    let mut without = g.second_roots();
    without.as_object_mut().unwrap().remove("previous");
    let mut fork = g.second_roots();
    fork["comment"] = json!("the other one");
    let fork = sign(ROOTS, &fork, &g.three());
    let third_of_fork = {
        let mut roots = g.second_roots();
        merge(&mut roots, edition(3, -DAY / 2));
        roots["previous"] = json!(hash(&fork));
        sign(ROOTS, &roots, &g.three())
    };
    vec![
        Sequence::new("walk", "the next edition; what is in force stays")
            .takes("roots", second.clone())
            .accepted(g.jiangsu(7, ACCEPTS, 0))
            .takes("roots", second.clone()),
        Sequence::new("walk_jump", "a scanner that was off walks from edition to edition")
            .rejects("roots", third.clone())
            .takes("roots", second.clone())
            .takes("roots", third.clone()),
        Sequence::new("walk_back", "never back, not after a restart either")
            .takes("roots", second.clone())
            .rejects("roots", first.clone())
            .restart(true)
            .rejects("roots", first)
            .takes("roots", second.clone())
            .takes("roots", third),
        Sequence::new("walk_previous", "the hash of another edition before it")
            .rejects("roots", previous(json!(hash(&second))))
            .rejects("roots", previous(json!("AA")))
            .takes("roots", second.clone()),
        Sequence::new("walk_no_previous", "none")
            .rejects("roots", sign(ROOTS, &without, &g.three())),
        Sequence::new("walk_fork", "two editions with one number: the first stays")
            .takes("roots", second.clone())
            .rejects("roots", fork.clone())
            .rejects("roots", third_of_fork),
        Sequence::new("walk_other_fork", "whichever that was")
            .takes("roots", fork)
            .rejects("roots", second.clone()),
        Sequence::new("walk_by_a_wrong_clock", "no date is asked").takes_at(
            "roots",
            second,
            -20 * 365 * DAY,
        ),
    ]
}

/// A threshold of the holders before, and of the document's own.
fn counted(g: &Governance<'_>) -> Vec<Sequence> {
    let by = |keys: &[&FixedKey]| sign(ROOTS, &g.second_roots(), keys);
    let Governance { sh, js, js_second, zj, zj_new, ah, ah_notices, escrow, .. } = g;
    let one = |name, comment, document: String, taken: bool| {
        let sequence = Sequence::new(name, comment);
        match taken {
            true => sequence.takes("roots", document),
            false => sequence.rejects("roots", document).takes("roots", g.second_roots_signed()),
        }
    };
    // From three to four of five.
    let mut four = g.second_roots();
    four["thresholds"]["roots"] = json!(4);
    let four = |keys: &[&FixedKey]| sign(ROOTS, &four, keys);
    vec![
        one("change_both", "three who are holders before and after", by(&[sh, ah, escrow]), true),
        one("change_two", "two", by(&[sh, ah]), false),
        one(
            "change_old_alone",
            "three of the old holders, two of the new",
            by(&[sh, js, zj]),
            false,
        ),
        one("change_new_alone", "two of the old, three of the new", by(&[sh, js, zj_new]), false),
        one("change_joined", "together they are three of each", by(&[sh, js, zj, zj_new]), true),
        one("change_one_holder_twice", "two keys of a holder", by(&[sh, js, js_second]), false),
        one("change_wrong_role", "one who signs notices alone", by(&[sh, js, ah_notices]), false),
        one("change_index_key", "an index key signs no roots", by(&[sh, js, &g.ah_index]), false),
        one(
            "change_threshold",
            "a new threshold of four holds at once",
            four(&[sh, js, ah]),
            false,
        ),
        one("change_threshold_reached", "by four", four(&[sh, js, ah, zj_new]), true),
        one("change_threshold_both", "three before, four after", four(&[sh, js, ah, escrow]), true),
    ]
}

/// The next edition with something about it, signed by three holders.
fn one(
    g: &Governance<'_>,
    name: &'static str,
    comment: &'static str,
    taken: bool,
    change: &dyn Fn(&mut Value),
) -> Sequence {
    let mut roots = g.second_roots();
    change(&mut roots);
    let signed = sign(ROOTS, &roots, &g.three());
    let sequence = Sequence::new(name, comment);
    match taken {
        true => sequence.takes("roots", signed),
        false => sequence.rejects("roots", signed).takes("roots", g.second_roots_signed()),
    }
}

fn contents(g: &Governance<'_>) -> Vec<Sequence> {
    let one =
        |name, comment, taken, change: &dyn Fn(&mut Value)| one(g, name, comment, taken, change);
    let threshold = |kind: &str, count: i64| {
        let kind = kind.to_owned();
        move |r: &mut Value| r["thresholds"][&kind] = json!(count)
    };
    let holder = |n: usize| {
        let key = key(&FixedKey::ed25519(&format!("holder {n}")), &["withdrawal"]);
        json!({ "id": format!("h{n}"), "name": { "zh": "名", "en": "name" }, "issuers": [], "keys": [key] })
    };
    let holders = |r: &mut Value, count: usize| {
        let all = r["holders"].as_array_mut().unwrap();
        all.extend((all.len()..count).map(holder));
    };
    let keys = |r: &mut Value, count: usize| {
        let all = r["holders"][0]["keys"].as_array_mut().unwrap();
        let more = |n| key(&FixedKey::ed25519(&format!("key {n}")), &["roots"]);
        all.extend((all.len()..count).map(more));
    };
    let issuers =
        |r: &mut Value, count: usize| r["holders"][0]["issuers"] = json!(vec!["a"; count]);
    vec![
        one("roots_unknown_member", "a member that is not looked at", true, &|r| {
            r["new"] = json!(1)
        }),
        one("roots_critical", "a critical feature", false, &|r| r["critical"] = json!(["x"])),
        one("roots_times", "times out of order", false, &|r| {
            r["next_update"] = time(NOW - 2 * DAY)
        }),
        one("roots_threshold_0", "a threshold of 0", false, &threshold("roots", 0)),
        one("roots_threshold_negative", "a negative one", false, &threshold("trust_list", -1)),
        one("roots_threshold_5", "all five holders", true, &threshold("trust_list", 5)),
        one("roots_threshold_6", "above the holders", false, &threshold("trust_list", 6)),
        one("roots_threshold_261", "above what a byte holds", false, &threshold("trust_list", 261)),
        one("roots_threshold_missing", "a threshold that is missing", false, &|r| {
            drop(r["thresholds"].as_object_mut().unwrap().remove("catalogue"))
        }),
        one("roots_threshold_above_the_able", "above the holders with a key for it", false, &|r| {
            r["thresholds"]["catalogue"] = json!(5);
            r["holders"][2]["keys"][0]["signs"] = json!(["roots", "trust_list"]);
        }),
        one("roots_threshold_of_the_able", "as many as have one", true, &|r| {
            r["thresholds"]["catalogue"] = json!(4);
            r["holders"][2]["keys"][0]["signs"] = json!(["roots", "trust_list"]);
        }),
        one("roots_holder_twice", "two holders of one id", false, &|r| {
            r["holders"][1]["id"] = json!("sh")
        }),
        one("roots_holder_capital", "an id with a capital", false, &|r| {
            r["holders"][1]["id"] = json!("JS")
        }),
        one("roots_issuer_capital", "an issuer with a capital", false, &|r| {
            r["holders"][1]["issuers"] = json!(["CN-32"])
        }),
        one("roots_two_for_an_issuer", "two holders that answer for one issuer", true, &|r| {
            r["holders"][4]["issuers"] = json!(["cn-32", "cn-33"])
        }),
        one("roots_16_holders", "as many holders as there may be", true, &|r| holders(r, 16)),
        one("roots_17_holders", "one more", false, &|r| holders(r, 17)),
        one("roots_16_keys", "as many keys as a holder may have", true, &|r| keys(r, 16)),
        one("roots_17_keys", "one more", false, &|r| keys(r, 17)),
        one("roots_1024_issuers", "as many issuers", true, &|r| issuers(r, 1_024)),
        one("roots_1025_issuers", "one more", false, &|r| issuers(r, 1_025)),
    ]
}

fn keys(g: &Governance<'_>) -> Vec<Sequence> {
    let one =
        |name, comment, taken, change: &dyn Fn(&mut Value)| one(g, name, comment, taken, change);
    let signs = |kinds: &'static [&'static str]| {
        move |r: &mut Value| r["holders"][1]["keys"][1]["signs"] = json!(kinds)
    };
    let put = |at: usize, jwk: Value| {
        move |r: &mut Value| {
            let all = r["holders"][at]["keys"].as_array_mut().unwrap();
            all.push(json!({ "jwk": jwk, "signs": ["withdrawal"] }));
        }
    };
    let other_id = FixedKey::sm2_with_id("escrow", SignerId::new(b"another").unwrap());
    let FixedKey::Esp256(sh) = &g.sh else { panic!("not P-256") };
    let opposite = FixedKey::Esp256(p256::ecdsa::SigningKey::from(-*sh.as_nonzero_scalar()));
    vec![
        one("roots_key_twice", "one key twice", false, &put(1, jwk(&g.js))),
        one("roots_key_of_two_holders", "one key under two holders", false, &put(3, jwk(&g.js))),
        one("roots_sm2_point_twice", "one SM2 point under two IDs", false, &put(0, jwk(&other_id))),
        one(
            "roots_opposite_points",
            "a point and its opposite: who has one key has both",
            false,
            &put(4, jwk(&opposite)),
        ),
        one("roots_key_no_jwk", "a key that is none", false, &put(4, json!({ "kty": "EC" }))),
        one("roots_index_key", "a key that signs the index alone", true, &signs(&["index"])),
        one("roots_index_and_roots", "an index key that signs roots", false, {
            &signs(&["index", "roots"])
        }),
        one(
            "roots_index_and_withdrawal",
            "or withdrawals",
            false,
            &signs(&["withdrawal", "index"]),
        ),
        one("roots_signs_nothing", "a key that signs nothing", false, &signs(&[])),
        one("roots_signs_twice", "one kind twice", false, &signs(&["roots", "roots"])),
        one("roots_signs_unknown", "a kind that is none", false, &signs(&["roots", "card"])),
    ]
}

/// 711, `roots_due`, and the preflight.
fn expiry(g: &Governance<'_>) -> Vec<Sequence> {
    // The set's own edition 1 is another one than everywhere else.
    let mut before = g.first_roots();
    before["next_update"] = time(NOW + 10);
    before["expires"] = time(NOW + 20);
    let before = sign(ROOTS, &before, &g.three());
    let mut second = g.second_roots();
    second["previous"] = json!(hash(&before));
    let second = sign(ROOTS, &second, &g.three());
    let ending = |member: &str, number: u16| {
        let mut list = match member {
            "trust_list" => g.trust_list(2, 0),
            _ => g.catalogue(2, 0),
        };
        list["next_update"] = time(NOW + 15);
        list["expires"] = time(NOW + 15);
        let typ = if member == "trust_list" { TRUST_LIST } else { CATALOGUE };
        Sequence::new(
            if number == 702 {
                "order_trust_list_before_roots"
            } else {
                "order_catalogue_before_roots"
            },
            "both are over",
        )
        .lists("expiring_roots")
        .takes(member, sign(typ, &list, &g.three()))
        .refused(number, g.jiangsu(7, ACCEPTS, 20))
    };
    let expired = |scan| {
        Sequence::new("roots_expired", "from that second on nobody is accepted, until the next one")
            .lists("expiring_roots")
            .accepted(g.jiangsu(7, ONCE, 10))
            .accepted_with("roots_due+status_unknown", g.jiangsu(8, ONCE, 11))
            .accepted_with("roots_due+status_unknown", g.jiangsu(9, ONCE, 19))
            .refused_saying(711, "expired_unix_s", NOW + 20, scan)
    };
    vec![
        expired(g.jiangsu(10, ONCE, 20))
            .takes_at("roots", second, 21)
            .accepted(g.jiangsu(10, ONCE, 21)),
        Sequence::new("roots_expired_take_lists", "expired roots still say who signs lists")
            .lists("expiring_roots")
            .takes_at("trust_list", g.trust_list_signed(2, 0), 30)
            .refused(711, g.jiangsu(7, ACCEPTS, 30)),
        Sequence::new("order_roots_before_application", "before it is asked whether there is one")
            .lists("expiring_roots")
            .refused(711, g.jiangsu(7, 99, 20))
            .refused(705, g.jiangsu(7, 99, 19)),
        ending("trust_list", 702),
        ending("catalogue", 704),
        Sequence::new("preflight_roots", "how long it works").lists("expiring_roots").told(
            g.preflight(0),
            "roots_expire",
            NOW + 19,
        ),
    ]
}

/// The host sets a scanner up anew, and nothing is forgotten.
fn begun_anew(g: &Governance<'_>) -> Vec<Sequence> {
    let root = g.world.root.public_key().to_jwk();
    let anew = |member: &str, value: &str| {
        let mut step = json!({ "do": "begin_anew", "scanner": "gate 1" });
        step[member] = json!(value);
        step
    };
    let lone = |typ: &str, list: Value| sign(typ, &list, &[&g.world.root]);
    let used = g.jiangsu(7, ONCE, 0);
    vec![
        Sequence::new("begin_anew", "lists that the new roots would not take are out of force")
            .accepted(g.jiangsu(7, ONCE, 0))
            .step(anew("root", &root), Value::Null)
            .refused(701, g.jiangsu(8, STRICT, 0))
            .rejects("trust_list", g.trust_list_signed(1, -10 * DAY))
            .takes("trust_list", lone(TRUST_LIST, g.trust_list(1, -9 * DAY)))
            .refused(703, g.jiangsu(8, STRICT, 0))
            .takes("catalogue", lone(CATALOGUE, g.catalogue(1, -9 * DAY)))
            .refused(601, used),
        Sequence::new("begin_anew_same_holders", "those that they would take stay")
            .accepted(g.jiangsu(7, ONCE, 0))
            .step(anew("roots", &g.second_roots_signed()), Value::Null)
            .refused(601, g.jiangsu(7, ONCE, 0))
            .accepted(g.jiangsu(8, ONCE, 0)),
        Sequence::new("begin_anew_by_hash", "nothing is in force until that edition has come")
            .step(anew("roots_hash", &hash(&g.second_roots_signed())), Value::Null)
            .refused(701, g.jiangsu(7, ACCEPTS, 0))
            .takes("roots", g.second_roots_signed())
            .takes("trust_list", g.trust_list_signed(1, -10 * DAY))
            .takes("catalogue", g.catalogue_signed(1, -10 * DAY))
            .accepted(g.jiangsu(7, ACCEPTS, 0)),
    ]
}
