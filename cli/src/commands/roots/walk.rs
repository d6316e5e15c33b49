//! `onecode roots walk`: from edition to edition, as a scanner goes.

use std::path::Path;

use onecode::governance::Roots;

use crate::failure::Failure;
use crate::files::failed;
use crate::roots;
use crate::signing::read_aloud;
use crate::time::rfc3339;
use crate::world::editions;

/// Walk through editions, the oldest first, and say each step.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode roots walk published/roots/1.json \
    published/roots/2.json\n\n\
    The exit status is 0 when each edition follows the one before, 1 when one does not.")]
pub(crate) struct Walk {
    /// What is believed at first, and each edition since.
    #[arg(required = true, value_name = "ROOTS")]
    steps: Vec<String>,
}

impl Walk {
    pub(super) fn run(self) -> Result<bool, Failure> {
        let mut steps = self.steps.iter();
        let Some(first) = steps.next() else { return Ok(true) };
        let mut in_force = roots::configured(first)?;
        step(first, &in_force);
        for text in steps {
            let file = Path::new(text);
            if let Err(error) = in_force.walk(&editions::read(file)?) {
                let Failure(line) = failed(file, error);
                answer!("不能继续：{line}", "NO FURTHER: {line}");
                return Ok(false);
            }
            step(text, &in_force);
        }
        Ok(true)
    }
}

fn step(text: &str, roots: &Roots) {
    let hash = roots.document_hash().map(|hash| read_aloud(&hash)).unwrap_or_default();
    let Some(document) = roots.document() else {
        answer!("{text}：从这里开始", "{text}: begins here");
        return;
    };
    let holders: Vec<&str> = document.holders.iter().map(|holder| holder.id.as_str()).collect();
    answer!(
        "{text}：第 {number} 版，签署方 {holders}，须 {needed} 家签名，{expires} 到期\n  {hash}",
        "{text}: edition {number}, holders {holders}, {needed} to sign, expires {expires}\n  {hash}",
        number = roots.number(),
        holders = holders.join(" "),
        needed = document.thresholds.roots,
        expires = rfc3339(document.edition.expires_unix_s)
    );
}
