//! Publications with gaps, and such as lie. Nothing of it comes into force.

use serde_json::{json, Value};

use super::super::governance::{self as g, merge, sign, time, DAY};
use super::super::parts::FixedKey;
use super::{index_of, visit, with, without, Files, Pool, ISSUER, NOW, STATUS_INDEX};

/// `today` has an anchor, `hour` a delta from it; the documents are the first editions.
pub(super) fn cases(pool: &mut Pool<'_>, today: &Files, hour: &Files, documents: [&String; 3]) {
    signed(pool, today, documents);
    status_indexes(pool, today, hour);
    files(pool, today, hour);
}

fn signed(pool: &mut Pool<'_>, today: &Files, [roots, trust_list, catalogue]: [&String; 3]) {
    let index = index_of((1, roots), (1, trust_list), (1, catalogue));
    let (sh_index, stranger) = (pool.g.sh_index.clone(), pool.g.stranger.clone());
    let three = [pool.g.sh.clone(), pool.g.js.clone(), pool.g.ah.clone()];
    let three: Vec<&FixedKey> = three.iter().collect();
    let changed = |members: Value| {
        let mut index = index.clone();
        merge(&mut index, members);
        index
    };
    let (second, other) = (pool.trust_list(2, &three), pool.trust_list(3, &three));
    let of_second = index_of((1, roots), (2, &second), (1, catalogue));
    let few = pool.trust_list(2, &three[..2]);
    let other_first = pool.g.trust_list_signed(1, -9 * DAY);
    let old = json!({ "issued_at": time(NOW - 3 * DAY), "expires": time(NOW - 2 * DAY) });
    let cases = [
        ("index_not_signed", "by no index key: it is not used", index.clone(), &stranger),
        ("index_expired", "it is used, and told", changed(old), &sh_index),
        (
            "index_ahead",
            "by a clock that is ahead, or to one that is behind: it is used, and told",
            changed(json!({ "issued_at": time(NOW + 2 * DAY), "expires": time(NOW + 3 * DAY) })),
            &sh_index,
        ),
        (
            "index_roots_missing",
            "the edition that would be walked to is not there",
            index_of((2, roots), (1, trust_list), (1, catalogue)),
            &sh_index,
        ),
    ];
    for (name, comment, index, key) in cases {
        let name_of = pool.index(&format!("index of {name}"), &index, key);
        let files = with(today, "index.json", name_of);
        pool.case(name, comment, "now", vec![visit(0, &files)]);
    }
    let behind = pool.index("index of an edition 2", &of_second, &sh_index);
    let newer = with(today, "index.json", behind);
    let good = with(&newer, "trust-list/2.json", pool.text("a trust list 2", &second));
    pool.case(
        "index_behind",
        "a mirror that has not seen the newest edition",
        "now",
        vec![visit(0, &good), visit(60, today)],
    );
    let fork = index_of((1, roots), (1, &other_first), (1, catalogue));
    let fork = with(today, "index.json", pool.index("index of a fork", &fork, &sh_index));
    pool.case(
        "index_of_another_edition",
        "it could not be taken, so it is not asked for",
        "now",
        vec![visit(0, today), visit(60, &fork)],
    );
    for (name, comment, list) in [
        ("document_missing", "the index names it", None),
        ("document_other", "another edition under its name", Some(other)),
        ("document_of_another_kind", "a catalogue under its name", Some(catalogue.clone())),
        ("document_by_too_few", "the right content, signed by two of the three", Some(few)),
        ("document_is_none", "a page that says 404", Some("<html>".to_owned())),
    ] {
        let mut files = newer.clone();
        if let Some(list) = &list {
            files = with(&files, "trust-list/2.json", pool.text(&format!("list of {name}"), list));
        }
        pool.case(
            name,
            comment,
            "keep",
            vec![visit(0, today), visit(60, &files), visit(120, &good)],
        );
    }
    let bad = with(today, "roots/2.json", pool.text("no roots", trust_list));
    pool.case(
        "roots_of_another_kind",
        "a trust list under the name of the next edition",
        "now",
        vec![visit(0, &bad)],
    );
    let mut hidden = pool.g.trust_list(2, -9 * DAY);
    let mut issuer = hidden["issuers"][1].clone();
    issuer["id"] = json!(".cn-32");
    hidden["issuers"] = json!([issuer]);
    let hidden = sign(g::TRUST_LIST, &hidden, &three);
    let index = index_of((1, roots), (2, &hidden), (1, catalogue));
    let files =
        with(today, "index.json", pool.index("index of a hidden issuer", &index, &sh_index));
    let files = with(&files, "trust-list/2.json", pool.text("list with a hidden issuer", &hidden));
    pool.case(
        "issuer_with_a_point",
        "its id would be a hidden folder",
        "now",
        vec![visit(0, &files)],
    );
    pool.case(
        "index_missing",
        "no index; the lists of known issuers are asked for all the same",
        "now",
        vec![visit(0, today), visit(60, &without(today, "index.json"))],
    );
}

fn status_indexes(pool: &mut Pool<'_>, today: &Files, hour: &Files) {
    let json: Value =
        serde_json::from_str(pool.files[&hour[STATUS_INDEX]].as_str().unwrap()).unwrap();
    let anchor = json["anchors"][0].clone();
    let delta = json["deltas"][0].clone();
    let changed = |members: Value| {
        let mut index = json.clone();
        merge(&mut index, members);
        index.to_string()
    };
    let of = |what: &Value, members: Value| {
        let mut what = what.clone();
        merge(&mut what, members);
        what
    };
    let at = |unix_s: i64| of(&anchor, json!({ "issued_at": unix_s }));
    let now = json["issued_at"].as_i64().unwrap();
    let many: Vec<Value> = (0..16).map(&at).collect();
    let cases = [
        ("other_issuer", "the index of another province", changed(json!({ "issuer": "cn-33" }))),
        ("parent_folder", "it leads out of the folder", changed(json!({ "issuer": "../cn-32" }))),
        ("not_json", "a page that says 404", "<html>".to_owned()),
        (
            "member_twice",
            "two readers would see two indexes",
            json.to_string().replacen('{', r#"{"issued_at":1,"#, 1),
        ),
        (
            "fraction",
            "a size that is no integer",
            changed(json!({ "anchors": [of(&anchor, json!({ "size": 1.5 }))] })),
        ),
        ("no_anchor", "a delta from nothing", changed(json!({ "anchors": [] }))),
        (
            "loop",
            "a delta that leads to where it begins",
            changed(json!({ "issued_at": anchor["issued_at"] })),
        ),
        (
            "anchor_later",
            "an anchor later than the newest publication",
            changed(json!({ "anchors": [anchor, at(now + 1)] })),
        ),
        ("anchor_twice", "one anchor twice", changed(json!({ "anchors": [anchor, anchor] }))),
        ("delta_twice", "one delta twice", changed(json!({ "deltas": [delta, delta] }))),
        ("leads_nowhere", "no way to the newest publication", changed(json!({ "deltas": [] }))),
        (
            "too_many_anchors",
            "sixteen",
            changed(json!({ "anchors": many, "deltas": [], "issued_at": 15 })),
        ),
        (
            "anchor_too_large",
            "more than 256 MiB",
            changed(json!({ "anchors": [of(&anchor, json!({ "size": (256u64 << 20) + 1 }))] })),
        ),
        (
            "delta_too_large",
            "more than 4 MiB",
            changed(json!({ "deltas": [of(&delta, json!({ "size": (4 << 20) + 1 }))] })),
        ),
        (
            "delta_empty",
            "of no byte",
            changed(json!({ "deltas": [of(&delta, json!({ "size": 0 }))] })),
        ),
        (
            "hash_short",
            "no SHA-256",
            changed(json!({ "deltas": [of(&delta, json!({ "sha256": "AA" }))] })),
        ),
        ("time_after_9999", "no time", changed(json!({ "issued_at": 253_402_300_800i64 }))),
        (
            "ahead",
            "more than a day ahead of the clock",
            changed(json!({ "issued_at": NOW + 3_600 + DAY + 1 })),
        ),
        (
            "behind",
            "older than what is in force",
            changed(json!({ "issued_at": NOW - 120, "anchors": [at(NOW - 120)], "deltas": [] })),
        ),
    ];
    for (name, comment, index) in cases {
        let name = format!("status_index_{name}");
        let files = with(hour, STATUS_INDEX, pool.text(&name, &index));
        pool.case(&name, comment, "now", vec![visit(0, today), visit(3_600, &files)]);
    }
    let later = at(now);
    let lie = changed(json!({ "anchors": [anchor, later], "deltas": [] }));
    let path = format!("status/{ISSUER}/{now}");
    let mut files = with(hour, STATUS_INDEX, pool.text("status_index_of_old_lists", &lie));
    let old = |file: &str| today[&format!("status/{ISSUER}/{}/{file}", NOW - 60)].clone();
    for file in ["index.json", "0.cwt"] {
        files = with(&files, &format!("{path}/{file}"), old(file));
    }
    pool.case(
        "status_index_of_old_lists",
        "old lists under a new time",
        "now",
        vec![visit(0, today), visit(3_600, &files)],
    );
    let unknown = changed(json!({ "later": { "than": "this version" } }));
    let files = with(hour, STATUS_INDEX, pool.text("status_index_unknown_member", &unknown));
    pool.case("status_index_unknown_member", "it is ignored", "now", vec![visit(3_600, &files)]);
}

fn files(pool: &mut Pool<'_>, today: &Files, hour: &Files) {
    let anchor = NOW - 60;
    let own = format!("status/{ISSUER}/{anchor}/index.json");
    let list = format!("status/{ISSUER}/{anchor}/0.cwt");
    let delta = format!("status/{ISSUER}/{}.from-{anchor}.cwt", NOW + 3_540);
    let bytes = |pool: &Pool<'_>, path: &str| pool.files[&hour[path]].as_str().unwrap().to_owned();
    let longer = format!("{}00", bytes(pool, &list));
    let flipped = format!("{}00", &bytes(pool, &list)[..bytes(pool, &list).len() - 2]);
    let hexed = |pool: &mut Pool<'_>, name: &str, hex: String| {
        pool.files.insert(name.to_owned(), json!(hex));
        name.to_owned()
    };
    let longer = hexed(pool, "longer.cwt", longer);
    let flipped = hexed(pool, "flipped.cwt", flipped);
    let empty = pool.text("no lists", r#"{"lists":[]}"#);
    for (name, comment, path, file) in [
        ("anchor_missing", "its own index is not there", &own, None),
        ("anchor_other", "another index of the anchor than is named", &own, Some(empty)),
        ("list_missing", "the anchor names it", &list, None),
        ("list_longer", "a byte more", &list, Some(longer)),
        ("list_changed", "a byte changed", &list, Some(flipped.clone())),
        ("delta_missing", "the status index names it", &delta, None),
        ("delta_other", "a list under its name", &delta, Some(flipped)),
    ] {
        let files = match file {
            None => without(hour, path),
            Some(file) => with(hour, path, file),
        };
        pool.case(name, comment, "keep", vec![visit(3_600, &files), visit(3_660, hour)]);
    }
    for purpose in ["keep", "mirror"] {
        let name = format!("behind_{purpose}");
        pool.case(
            &name,
            "what is in the store does not go back",
            purpose,
            vec![visit(0, today), visit(3_600, hour), visit(3_660, today), visit(3_720, hour)],
        );
    }
    // What is in force stays when nothing leads on.
    pool.case(
        "delta_missing_at_a_gate",
        "the lists in force stay",
        "keep",
        vec![visit(0, today), visit(3_600, &without(hour, &delta)), visit(3_660, hour)],
    );
}
