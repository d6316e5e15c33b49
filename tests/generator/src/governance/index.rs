//! The index: what is newest. It brings nothing into force.

use serde_json::{json, Value};

use super::{
    hash, kid, sign, time, Given, Governance, ACCEPTS, DAY, INDEX, STRICT, TRUST_LIST, WITHDRAWAL,
};
use crate::parts::{FixedKey, NOW};
use crate::steps::Sequence;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    [named(g), who(g), in_order(g)].into_iter().flatten().collect()
}

/// What everybody has.
fn index(g: &Governance<'_>, issued_s: i64) -> Value {
    let of = |document: String| json!({ "sequence": 1, "sha256": hash(&document) });
    json!({
        "issued_at": time(NOW + issued_s),
        "expires": time(NOW + issued_s + DAY),
        "roots": of(g.first_roots_signed()),
        "trust_list": of(g.trust_list_signed(1, -10 * DAY)),
        "catalogue": of(g.catalogue_signed(1, -10 * DAY)),
        "withdrawals": [],
    })
}

fn with(g: &Governance<'_>, issued_s: i64, change: impl Fn(&mut Value)) -> String {
    let mut index = index(g, issued_s);
    change(&mut index);
    sign(INDEX, &index, &[&g.sh_index])
}

fn notice(g: &Governance<'_>) -> String {
    let notice = json!({
        "issued_at": time(NOW), "expires": time(NOW + 3 * DAY), "issuer": "cn-31",
        "keys": [kid(&g.world.shanghai)],
    });
    sign(WITHDRAWAL, &notice, &[&g.sh])
}

fn second(document: &str) -> Value {
    json!({ "sequence": 2, "sha256": hash(document) })
}

fn named(g: &Governance<'_>) -> Vec<Sequence> {
    let card = |after_s| g.jiangsu(7, ACCEPTS, after_s);
    let none = "status_unknown";
    let (roots, list, terms) =
        (g.second_roots_signed(), g.trust_list_signed(2, 0), g.catalogue_signed(2, 0));
    let newer =
        |kind: &'static str, document: &str| with(g, 0, |index| index[kind] = second(document));
    let all = with(g, 0, |index| {
        index["roots"] = second(&roots);
        index["trust_list"] = second(&list);
        index["catalogue"] = second(&terms);
        index["withdrawals"] = json!([hash(&notice(g))]);
    });
    let one = |name, comment, kind: &'static str, document: &String| {
        Sequence::new(name, comment)
            .takes("index", newer(kind, document))
            .missing(&[kind], card(0))
            .takes(kind, document.clone())
            .accepted_with(none, card(0))
    };
    let notices = with(g, 0, |index| index["withdrawals"] = json!([hash(&notice(g))]));
    let mut dealt = g.trust_list(2, 0);
    dealt["withdrawals"] = json!([hash(&notice(g))]);
    let dealt = sign(TRUST_LIST, &dealt, &g.three());
    vec![
        Sequence::new("index", "it names what is there: nothing is said")
            .takes("index", with(g, 0, |_| ()))
            .accepted_with(none, card(0)),
        one("index_roots", "a newer edition of the roots, until it has come", "roots", &roots),
        one("index_trust_list", "a newer trust list", "trust_list", &list),
        one("index_catalogue", "a newer catalogue", "catalogue", &terms),
        Sequence::new("index_withdrawal", "a notice")
            .takes("index", notices.clone())
            .missing(&["withdrawal"], card(0))
            .takes("withdrawal", notice(g))
            .accepted_with(none, card(0)),
        Sequence::new("index_withdrawal_dealt_with", "one that the trust list deals with")
            .takes("trust_list", dealt)
            .takes(
                "index",
                with(g, 1, |index| {
                    index["trust_list"]["sequence"] = json!(2);
                    index["withdrawals"] = json!([hash(&notice(g))]);
                }),
            )
            .accepted_with(none, card(1)),
        Sequence::new("index_all", "of each kind, and a refusal says nothing of it")
            .takes("index", all.clone())
            .missing(&["roots", "trust_list", "catalogue", "withdrawal"], card(0))
            .refused(403, g.jiangsu(7, STRICT, 0)),
        Sequence::new("index_higher", "the trust list here is newer than the one named")
            .takes("trust_list", g.trust_list_signed(9, 0))
            .takes("index", newer("trust_list", &list))
            .accepted_with(none, card(0)),
        Sequence::new("index_over", "past its end it says nothing of notices; of editions it does")
            .takes("index", all)
            .missing(&["roots", "trust_list", "catalogue", "withdrawal"], card(DAY - 1))
            .missing(&["roots", "trust_list", "catalogue"], card(DAY)),
        Sequence::new("index_preflight", "and before the doors open")
            .takes("index", newer("trust_list", &list))
            .told(g.preflight(0), "newer_exists", NOW - 1),
    ]
}

fn who(g: &Governance<'_>) -> Vec<Sequence> {
    let list = g.trust_list_signed(2, 0);
    let of = |keys: &[&FixedKey], change: &dyn Fn(&mut Value)| {
        let mut index = index(g, 0);
        index["trust_list"] = second(&list);
        change(&mut index);
        sign(INDEX, &index, keys)
    };
    let refused = |name, comment, document: String| {
        Sequence::new(name, comment).rejects("index", document).accepted(g.jiangsu(7, ACCEPTS, 0))
    };
    let of_life = |issued_s: i64, life_s: i64| {
        of(&[&g.ah_index], &|index| {
            index["issued_at"] = time(NOW + issued_s);
            index["expires"] = time(NOW + issued_s + life_s);
        })
    };
    let hashes = |count: u32| {
        of(&[&g.sh_index], &|index| {
            let hash = |n: u32| crate::jws::base64url([&n.to_be_bytes()[..], &[1; 28]].concat());
            index["withdrawals"] = (0..count).map(hash).collect();
        })
    };
    vec![
        refused(
            "index_by_three",
            "by three holders, none with an index key",
            of(&g.three(), &|_| ()),
        ),
        refused("index_by_a_stranger", "by a key that no holder has", of(&[&g.stranger], &|_| ())),
        Sequence::new("index_among_others", "by an index key among others")
            .takes("index", of(&[&g.sh, &g.stranger, &g.ah_index], &|_| ()))
            .missing(&["trust_list"], g.jiangsu(7, ACCEPTS, 0)),
        refused("index_day_and_a_second", "for more than a day", of_life(0, DAY + 1)),
        refused("index_no_time", "for no time", of_life(0, 0)),
        refused("index_expired", "over", of_life(-DAY, DAY)),
        refused("index_ahead", "issued more than a day ahead", of_life(DAY + 1, DAY)),
        Sequence::new("index_last_second", "in its last second")
            .takes("index", of_life(-DAY + 1, DAY)),
        refused("index_number_of_the_next_second", "a number above its own time", {
            of(&[&g.sh_index], &|index| index["catalogue"]["sequence"] = json!(NOW + 1))
        }),
        Sequence::new("index_number_of_now", "and not above it").takes(
            "index",
            of(&[&g.sh_index], &|index| index["catalogue"]["sequence"] = json!(NOW)),
        ),
        refused("index_critical", "that needs a feature", {
            of(&[&g.sh_index], &|index| index["critical"] = json!(["x"]))
        }),
        refused("index_no_catalogue", "that names no catalogue", {
            of(&[&g.sh_index], &|index| drop(index.as_object_mut().unwrap().remove("catalogue")))
        }),
        Sequence::new("index_256_notices", "as many notices as it may name")
            .takes("index", hashes(256)),
        refused("index_257_notices", "one more", hashes(257)),
    ]
}

fn in_order(g: &Governance<'_>) -> Vec<Sequence> {
    let card = |after_s| g.jiangsu(7, ACCEPTS, after_s);
    let list = g.trust_list_signed(2, 0);
    let newer = |issued_s| with(g, issued_s, |index| index["trust_list"] = second(&list));
    let hiding = |key: &FixedKey, issued_s: i64| sign(INDEX, &index(g, issued_s), &[key]);
    // Edition 2 without Shanghai's index key.
    let without = {
        let mut roots = g.second_roots();
        roots["holders"][0]["keys"].as_array_mut().unwrap().pop();
        sign(super::ROOTS, &roots, &g.three())
    };
    vec![
        Sequence::new("index_older", "of one key none older than the one held")
            .takes("index", newer(0))
            .rejects("index", hiding(&g.sh_index, -1))
            .missing(&["trust_list"], card(0)),
        Sequence::new("index_later", "a later one takes its place")
            .takes("index", newer(0))
            .takes("index", hiding(&g.sh_index, 1))
            .accepted(card(1)),
        Sequence::new(
            "index_of_another",
            "but of its own key alone: whatever names more is believed",
        )
        .takes("index", newer(0))
        .takes("index", hiding(&g.ah_index, 1))
        .missing(&["trust_list"], card(1)),
        Sequence::new("index_restart", "a restart forgets it")
            .takes("index", newer(0))
            .restart(true)
            .accepted(card(0)),
        Sequence::new("index_key_no_more", "it ends with the edition that has its key no more")
            .takes("index", newer(0))
            .takes("roots", without)
            .accepted(card(0))
            .rejects("index", newer(1)),
    ]
}
