//! `onecode audit`: whether what was published is whole, and who signed what.
//!
//! `folder` reads documents, `checks` compares them with each other. Nothing of the folder is
//! trusted, and no problem ends the audit.

mod checks;
mod folder;

use std::path::PathBuf;

use serde_json::{json, Value};

use self::checks::Problem;
use self::folder::{Folder, Found};
use crate::failure::Failure;
use crate::roots;
use crate::signing::read_aloud;
use crate::time::{self, rfc3339};
use crate::world::editions::name;

/// Check all that was published: chains, thresholds, forks, and who signed what.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode audit w/published\n  \
    onecode audit mirror --roots sha256:HASH --json\n\n\
    The exit status is 0 when nothing is wrong, 1 when something is.")]
pub(crate) struct Audit {
    /// A folder with roots/, trust-list/, catalogue/, withdrawal/ and index.json.
    #[arg(id = "published_folder", value_name = "DIR")]
    folder: PathBuf,
    /// What is believed at first; the first edition in the folder without this.
    #[arg(long, id = "audit_roots", value_name = "ROOTS")]
    roots: Option<String>,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
}

impl Audit {
    /// Whether nothing is wrong.
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let now = self.at.unwrap_or_else(time::now);
        let begun = self.roots.as_deref().map(roots::configured).transpose()?;
        let vouched_for = begun.is_some();
        let mut folder = Folder::read(&self.folder)?;
        let steps = folder.walk(begun);
        folder.count(&steps);
        checks::editions(&mut folder);
        checks::notices(&mut folder, &steps);
        checks::index(&mut folder, now);
        let problems = folder.problems.len()
            + folder.found.iter().map(|found| found.problems.len()).sum::<usize>();
        let in_force = steps.last().map_or(0, onecode::governance::Roots::number);
        if self.json {
            let found: Vec<Value> = folder.found.iter().map(of_document).collect();
            outln!(
                "{:#}",
                json!({
                    "whole": problems == 0,
                    "roots_in_force": in_force,
                    "roots_vouched_for": vouched_for,
                    "documents": found,
                    "problems": of_problems(&folder.problems),
                })
            );
            return Ok(problems == 0);
        }
        folder.found.iter().for_each(tell);
        for problem in &folder.problems {
            answer!("错误：{problem}", "WRONG: {problem}", problem = problem.text);
        }
        if !vouched_for {
            answer!(
                "第一版根密钥名录只有它自己为证：请把它的哈希与签署方所公布的核对，或用 --roots",
                "the first roots document vouches for itself alone: compare its hash with what the \
                 holders say, or use --roots"
            );
        }
        let documents = folder.found.len();
        if problems == 0 {
            answer!(
                "完整：{documents} 份文档，根密钥名录现行第 {in_force} 版",
                "whole: {documents} documents, edition {in_force} of the roots in force"
            );
        } else {
            answer!(
                "不完整：{documents} 份文档，{problems} 处错误，根密钥名录现行第 {in_force} 版",
                "NOT WHOLE: {documents} documents, {problems} problems, edition {in_force} of the \
                 roots in force"
            );
        }
        Ok(problems == 0)
    }
}

fn tell(found: &Found) {
    let number = found.edition.as_ref().map(|edition| edition.sequence.to_string());
    let kind = found.kind.map_or("?", name);
    outln!("{} ({kind} {})", found.file, number.as_deref().unwrap_or("-"));
    if let Some(hash) = &found.hash {
        outln!("  {}", read_aloud(hash));
    }
    if let (Some(issued), Some(expires)) = (found.issued_at_unix_s, found.expires_unix_s) {
        answer!(
            "  签发 {issued}，{expires} 到期",
            "  issued {issued}, expires {expires}",
            issued = rfc3339(issued),
            expires = rfc3339(expires)
        );
    }
    if let Some(counted) = &found.counted {
        answer!(
            "  签署方：{holders}（须 {needed} 家，按根密钥名录第 {by} 版）",
            "  signed by {holders} (of {needed} it takes, by edition {by} of the roots)",
            holders = counted.tally.holders.join(" "),
            needed = counted.tally.needed,
            by = counted.by
        );
        for signed in &counted.signed {
            let holder = signed.holder.as_deref().unwrap_or("-");
            outln!("    {} {holder} {}", signed.key, signed.standing.name());
        }
    }
    for problem in &found.problems {
        answer!("  错误：{problem}", "  WRONG: {problem}", problem = problem.text);
    }
}

fn of_document(found: &Found) -> Value {
    let time = |unix_s: Option<i64>| unix_s.map(rfc3339);
    let edition = found.edition.as_ref();
    json!({
        "file": found.file,
        "kind": found.kind.map(|kind| kind.name()),
        "sequence": edition.map(|edition| edition.sequence),
        "sha256": found.hash,
        "previous": edition.and_then(|edition| edition.previous),
        "issued_at": time(found.issued_at_unix_s),
        "expires": time(found.expires_unix_s),
        "needed": found.counted.as_ref().map(|counted| counted.tally.needed),
        "holders": found.counted.as_ref().map(|counted| &counted.tally.holders),
        "by_roots": found.counted.as_ref().map(|counted| counted.by),
        "signatures": found.counted.iter().flat_map(|counted| &counted.signed).map(|signed| json!({
            "key": signed.key,
            "holder": signed.holder,
            "standing": signed.standing.name(),
        })).collect::<Vec<_>>(),
        "problems": of_problems(&found.problems),
    })
}

fn of_problems(problems: &[Problem]) -> Vec<Value> {
    let of = |problem: &Problem| json!({ "name": problem.name, "text": problem.text.as_str() });
    problems.iter().map(of).collect()
}
