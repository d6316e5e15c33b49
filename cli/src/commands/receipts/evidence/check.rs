//! `onecode receipts evidence check`: what a bundle proves, offline.
//!
//! Nothing in the file is trusted, and nothing of it is written anywhere.

use std::path::PathBuf;

use onecode::receipt::{EvidenceBundle, Judged, MAX_BUNDLE};

use super::said;
use crate::cause::Cause;
use crate::failure::Failure;
use crate::files::{self, failed};
use crate::lang::Said;
use crate::roots;
use crate::time;
use crate::world::World;

/// Say what happened at the gate, whether it judged rightly by what it held, and what is not proven.
///
/// The file is all that is needed, but for the roots: those that it brings prove nothing to whoever
/// does not know them. The scan is made again where the text of the code is in the file.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode receipts evidence check --roots roots.json complaint.json\n  \
    onecode receipts evidence check --world w complaint.json\n\n\
    The exit status is 0 when the gate judged rightly by what it held, 1 when it did not or the \
    file does not show it, 2 when the file is no evidence.")]
pub(crate) struct Check {
    /// The region's folder, whose `roots.json` is trusted.
    #[arg(long, value_name = "DIR", conflicts_with = "roots")]
    world: Option<PathBuf>,
    /// What is trusted: a signed roots document, its hash as sha256:HASH, or a lone public key as
    /// PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The evidence, as `onecode receipts evidence make` writes it; `-` is standard input.
    #[arg(id = "evidence_file", value_name = "FILE")]
    file: PathBuf,
}

impl Check {
    /// Whether the gate judged rightly.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let trusted = match (&self.world, &self.roots) {
            (Some(world), None) => Some(World::open(world)?.roots(None)?),
            (_, Some(roots)) => Some(roots::configured(roots)?),
            (None, None) => None,
        };
        let json = files::read_up_to(&self.file, MAX_BUNDLE as u64)?;
        // Its reason may quote what is in the file.
        let refused = |error: onecode::receipt::BundleError| {
            let text = said::printable(error.said().as_str());
            failed(&self.file, Said::in_language(text))
        };
        let bundle = EvidenceBundle::from_json(&json).map_err(refused)?;
        let now = self.at.unwrap_or_else(time::now);
        let finding = bundle.check(trusted.as_ref(), now).map_err(refused)?;
        said::tell(&finding, bundle.text.as_deref());
        let (made, by) = (time::rfc3339(bundle.made_at_unix_s), said::printable(&bundle.made_by));
        answer!("文件由 {by} 于 {made} 生成", "the file was made by {by} at {made}");
        Ok(matches!(finding.judged, Judged::Rightly(_)))
    }
}

impl Cause for onecode::receipt::BundleError {
    fn zh(&self) -> String {
        use onecode::receipt::BundleError;
        match self {
            BundleError::TooLarge { length, limit } => {
                format!("有 {length} 字节，超过上限 {limit}")
            }
            BundleError::Form(error) => format!("不是证据文件：{}", error.zh()),
            BundleError::NewerVersion { version } => {
                format!("证据文件的格式是第 {version} 版，比本软件新")
            }
            BundleError::OtherHash { kind, at } => {
                format!("第 {at} 份名单（{}）与所注的哈希不符", kind.name())
            }
            BundleError::Twice { kind } => format!("{} 只能有一份，却有两份", kind.name()),
            BundleError::Missing { kind } => format!("缺少 {}", kind.name()),
            BundleError::OtherList { kind } => {
                format!("其中的 {} 不是受理回执所记的那一份", kind.name())
            }
            BundleError::NoReceipt { about } => format!("第 {about} 个位置没有受理回执"),
            BundleError::Chain(error) => format!("受理回执：{}", error.problem.zh()),
            BundleError::List { kind, at, problem } => {
                format!("第 {at} 份名单（{}）：{}", kind.name(), problem.zh())
            }
            BundleError::OtherRoots { detail } => {
                format!("根密钥名录不是这里所信任的：{detail}")
            }
            BundleError::OtherAnswer => "所写的答复单位与受理回执不符".into(),
        }
    }
}
