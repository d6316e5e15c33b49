//! Who is counted: holders, not keys, and only with keys for this kind of document.

use serde_json::json;

use super::{sign, Given, Governance, CATALOGUE, TRUST_LIST};
use crate::jws;
use crate::parts::FixedKey;
use crate::steps::Sequence;

pub fn vectors(g: &Governance<'_>) -> Vec<Sequence> {
    let by = |keys: &[&FixedKey]| sign(TRUST_LIST, &g.trust_list(2, 0), keys);
    let terms_by = |keys: &[&FixedKey]| sign(CATALOGUE, &g.catalogue(2, 0), keys);
    let list = |name, comment, taken: bool, keys: &[&FixedKey]| {
        let sequence = Sequence::new(name, comment);
        match taken {
            true => sequence.takes("trust_list", by(keys)),
            false => {
                sequence.rejects("trust_list", by(keys)).accepted(g.jiangsu(7, super::ACCEPTS, 0))
            }
        }
    };
    // Signatures that do not hold, beside good ones.
    let with_bad = |good: &[&FixedKey], bad: &FixedKey| {
        let payload = g.trust_list(2, 0).to_string();
        let mut all = Vec::new();
        let mut wrong = jws::signature(&jws::header(TRUST_LIST, bad), b"{}", bad);
        all.push(wrong.take());
        let of = |key: &&FixedKey| {
            jws::signature(&jws::header(TRUST_LIST, key), payload.as_bytes(), key)
        };
        all.extend(good.iter().map(of));
        jws::document(payload.as_bytes(), all)
    };
    let misnamed = |alg: &str, others: &[&FixedKey]| {
        let payload = g.trust_list(2, 0).to_string();
        let mut header = jws::header(TRUST_LIST, &g.sh);
        header["alg"] = json!(alg);
        let mut all = vec![jws::signature(&header, payload.as_bytes(), &g.sh)];
        let of = |key: &&FixedKey| {
            jws::signature(&jws::header(TRUST_LIST, key), payload.as_bytes(), key)
        };
        all.extend(others.iter().map(of));
        jws::document(payload.as_bytes(), all)
    };
    let Governance { sh, js, js_second, zj, ah, escrow, .. } = g;
    vec![
        list("tally_3", "three of five", true, &[sh, js, ah]),
        list("tally_2", "two of five", false, &[sh, js]),
        list("tally_1", "one of five", false, &[sh]),
        list("tally_5", "all of them, in another order", true, &[escrow, ah, zj, js, sh]),
        list(
            "tally_sm2",
            "two of the three sign with SM2, one under its own ID",
            true,
            &[zj, escrow, sh],
        ),
        list("tally_second_key", "a holder's second key", true, &[sh, js_second, ah]),
        list(
            "tally_one_holder_twice",
            "two keys of one holder count once",
            false,
            &[sh, js, js_second],
        ),
        list("tally_one_holder_twice_and_two", "and do no harm", true, &[sh, js, js_second, ah]),
        list(
            "tally_unknown",
            "a key that no holder has is not counted",
            false,
            &[sh, js, &g.stranger],
        ),
        list("tally_unknown_and_three", "and does no harm", true, &[&g.stranger, sh, js, ah]),
        list(
            "tally_wrong_role",
            "nor one that signs withdrawals alone",
            false,
            &[sh, js, &g.ah_notices],
        ),
        list(
            "tally_wrong_role_and_three",
            "which does no harm",
            true,
            &[&g.ah_notices, sh, js, zj],
        ),
        list("tally_index_key", "nor an index key", false, &[zj, js, &g.sh_index]),
        list("tally_issuer_key", "nor a key of an issuer", false, &[sh, js, &g.world.jiangsu]),
        Sequence::new("tally_bad", "a signature that does not hold is not counted")
            .rejects("trust_list", with_bad(&[sh, js], ah)),
        Sequence::new("tally_bad_and_three", "and does no harm")
            .takes("trust_list", with_bad(&[sh, js, ah], zj)),
        Sequence::new(
            "tally_bad_key_and_good_key",
            "a bad one beside a good one of the same holder",
        )
        .takes("trust_list", with_bad(&[sh, js, ah], js_second)),
        Sequence::new("tally_algorithm", "a good signature under another algorithm's name")
            .rejects("trust_list", misnamed("Ed25519", &[js, ah]))
            .rejects("trust_list", misnamed("none", &[js, ah]))
            .takes("trust_list", misnamed("none", &[js, ah, zj])),
        Sequence::new("tally_catalogue", "a catalogue has a threshold of its own: two")
            .rejects("catalogue", terms_by(&[sh]))
            .rejects("catalogue", terms_by(&[js, js_second]))
            .takes("catalogue", terms_by(&[zj, escrow])),
        Sequence::new("tally_more_signatures", "a copy with other signatures is the same document")
            .takes("trust_list", by(&[sh, js, ah]))
            .takes("trust_list", by(&[zj, escrow, sh, js, ah]))
            .takes("trust_list", by(&[zj, escrow, ah])),
        Sequence::new("tally_same_with_fewer", "and with too few signatures it is still in force")
            .takes("trust_list", by(&[sh, js, ah]))
            .takes("trust_list", by(&[sh]))
            .rejects("trust_list", sign(TRUST_LIST, &g.trust_list(3, 0), &[sh])),
        Sequence::new("tally_lone_key", "a lone key is one holder with threshold 1")
            .lists("by_key")
            .rejects("trust_list", by(&[sh, js, ah]))
            .takes("trust_list", by(&[&g.world.root]))
            .takes("catalogue", terms_by(&[&g.stranger, &g.world.root]))
            .accepted(g.jiangsu(7, super::ACCEPTS, 0)),
    ]
}
