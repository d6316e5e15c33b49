//! How the vectors about evidence bundles are run.

use onecode::receipt::{EvidenceBundle, Judged, NotProven};
use serde_json::{json, Value};

use super::{int, lists_of, roots, verdict_to_json};

/// Does what one vector says and tells what came of it: what stands in its `expected`.
pub fn run(document: &Value, vector: &Value) -> Value {
    let lists = lists_of(document, vector);
    let trusted = vector["trusted"].as_bool().unwrap().then(|| roots(&lists));
    let now = int(&vector["now_unix_s"]);
    let checked = EvidenceBundle::from_json(vector["bundle"].as_str().unwrap().as_bytes())
        .and_then(|bundle| bundle.check(trusted.as_ref(), now));
    let finding = match checked {
        Ok(finding) => finding,
        Err(error) => return json!({ "problem": error.name() }),
    };
    let mut found = json!({
        "number": finding.receipt.number,
        "verdict": finding.receipt.verdict,
        "judged": finding.judged.name(),
        "who": finding.answer.who.name(),
        "province": finding.answer.province.map(|province| province.code()),
        "before": finding.before,
        "after": finding.after,
        "not_proven": finding.not_proven.iter().map(|it| NotProven::name(*it)).collect::<Vec<_>>(),
    });
    match finding.judged {
        Judged::Rightly(verdict) => found["again"] = verdict_to_json(&verdict),
        Judged::Wrongly { replayed } => found["again"] = json!({ "number": replayed }),
        Judged::WithoutText | Judged::NotReplayed(_) => {}
    }
    found
}
