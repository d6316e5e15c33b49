//! `onecode receipts totals`: what a month came to, for whoever needs figures and no receipts.
//!
//! Uses `receipt_file`, and `world` for keys, provinces and names. What is counted, and what may be
//! published of it, the library says.

use std::collections::HashMap;
use std::fmt::Display;
use std::path::PathBuf;

use onecode::catalogue::Catalogue;
use onecode::governance::{DocumentKind, SignedDocument};
use onecode::jose::Name;
use onecode::messages::Message;
use onecode::receipt::{
    province_name, published, Answers, CardProvinces, Month, MonthTotals, Published, Receipt,
    Totals as Counted, FEW,
};
use onecode::{ApplicationNumber, Region};
use serde_json::{json, Value};

use crate::failure::Failure;
use crate::files::failed;
use crate::lang::{in_language, language, Said};
use crate::progress::Progress;
use crate::receipt_file;
use crate::time;
use crate::world::editions;
use crate::world::World;

/// Count a month without persons: accepted and refused, by reason, province, application and gate.
///
/// Figures are made to be published: each is rounded down to a multiple of 5, and fewer than 5 is
/// said so. Receipts of several gates are counted together; those of one gate stand in their order.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  \
    onecode receipts totals --world w --month 2026-11 receipts.txt.* receipts.txt\n  \
    onecode receipts totals --world w --json gate-1.txt gate-2.txt\n\n\
    The exit status is 0 when nothing that should be counted is missing, 1 when something is.")]
pub(crate) struct Totals {
    /// The region's folder: `roots.json`, and of `published/` roots, trust lists and catalogues.
    #[arg(long, value_name = "DIR")]
    world: PathBuf,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// This month alone, by the calendar of China.
    #[arg(long, value_name = "YYYY-MM", value_parser = month)]
    month: Option<Month>,
    /// The figures as they are. Not to be published: one of 1 tells of a person.
    #[arg(long)]
    exact: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
    /// As if it were this time (RFC 3339 or Unix seconds): which keys have been withdrawn.
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// The receipts, as `onecode scan --receipts` writes them: of several files the oldest first.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

fn month(text: &str) -> Result<Month, Said> {
    let parts = text.split_once('-').filter(|(year, month)| (year.len(), month.len()) == (4, 2));
    let parsed = parts.and_then(|(year, month)| {
        Some(Month { year: year.parse().ok()?, month: month.parse().ok()? })
    });
    parsed
        .filter(|month| (1..=12).contains(&month.month))
        .ok_or_else(|| said!("月份的写法是 2026-11", "a month is written like 2026-11"))
}

impl Totals {
    /// Whether nothing that should be counted is missing.
    pub(super) fn run(self) -> Result<bool, Failure> {
        let world = World::open(&self.world)?;
        let now = self.at.unwrap_or_else(time::now);
        let (steps, keys) = super::keys(&world, self.roots.as_deref(), now)?;
        let mut provinces = CardProvinces::default();
        for (_, file) in world.editions().numbered(DocumentKind::TrustList) {
            let added = provinces.add_trust_list(&editions::read(&file)?, &steps);
            if let Err(error) = added {
                crate::out::warn(&failed(&file, error).0);
            }
        }
        let mut counted = Counted::new(provinces);
        let mut damaged = 0_u64;
        for file in &self.files {
            let (mut lines, size) = receipt_file::open(file)?;
            let mut progress = Progress::new(said!("受理回执", "receipts"), size);
            loop {
                let (some, read) =
                    receipt_file::some(&mut lines, 1).map_err(|error| failed(file, error))?;
                let Some(bytes) = some.first() else { break };
                progress.advance(read);
                match Receipt::verify(bytes, &keys) {
                    Ok(receipt) => counted.add(&receipt),
                    Err(_) => damaged += 1,
                }
            }
        }
        let shown: Vec<(Month, &MonthTotals)> = counted
            .months()
            .iter()
            .filter(|(month, _)| self.month.is_none_or(|wanted| wanted == **month))
            .map(|(month, totals)| (*month, totals))
            .collect();
        let figures = Figures { exact: self.exact, names: names(&world, &steps) };
        if self.json {
            let months: Vec<Value> =
                shown.iter().map(|(month, totals)| figures.to_json(*month, totals)).collect();
            let few = if self.exact { 1 } else { FEW };
            let repeated = counted.repeated();
            outln!(
                "{:#}",
                json!({ "rounded_down_to": few, "months": months, "repeated": repeated,
                    "damaged": damaged })
            );
        } else {
            shown.iter().for_each(|(month, totals)| figures.tell(*month, totals));
            if shown.is_empty() {
                answer!("没有这个月的回执", "there are no receipts of that month");
            } else if !self.exact {
                answer!(
                    "数字已向下取整为 {FEW} 的倍数，合计另行取整；缺失数除外",
                    "figures are rounded down to a multiple of {FEW}, totals by themselves; what is \
                     missing is not rounded"
                );
            }
        }
        if damaged > 0 {
            warn!(
                "有 {damaged} 行不是本地区的受理回执，没有计入",
                "{damaged} lines are no receipts of this region, and are not counted"
            );
        }
        if counted.repeated() > 0 {
            warn!(
                "有 {repeated} 份回执重复或次序颠倒，只计一次",
                "{repeated} receipts are there twice or out of order, and are counted once",
                repeated = counted.repeated()
            );
        }
        Ok(damaged == 0 && shown.iter().all(|(_, totals)| totals.missing == 0))
    }
}

/// The names of applications, as the newest catalogue has them. Numbers do where there is none.
fn names(world: &World, steps: &[onecode::governance::Roots]) -> HashMap<ApplicationNumber, Name> {
    let newest = world.editions().newest(DocumentKind::Catalogue, steps).ok();
    let document = newest.and_then(|(_, bytes)| SignedDocument::from_json(&bytes).ok());
    let catalogue = document.and_then(|document| {
        Catalogue::from_json(std::str::from_utf8(document.payload()).ok()?).ok()
    });
    let applications = catalogue.map(|catalogue| catalogue.applications).unwrap_or_default();
    applications.into_iter().map(|entry| (entry.number, entry.name)).collect()
}

/// How figures are said.
struct Figures {
    exact: bool,
    names: HashMap<ApplicationNumber, Name>,
}

impl Figures {
    fn said(&self, count: u64) -> Said {
        if self.exact {
            return Said::in_language(count.to_string());
        }
        match published(count) {
            Published::None => Said::in_language("0".into()),
            Published::Few => said!("少于 {FEW}", "fewer than {FEW}"),
            Published::AtLeast(count) => Said::in_language(count.to_string()),
        }
    }

    fn value(&self, count: u64) -> Value {
        if self.exact {
            return count.into();
        }
        match published(count) {
            Published::None => 0.into(),
            Published::Few => format!("<{FEW}").into(),
            Published::AtLeast(count) => count.into(),
        }
    }

    fn answers(&self, what: impl Display, answers: &Answers) {
        answer!(
            "  {what}：通过 {accepted}，拒绝 {refused}，交宿主程序处理 {handed_over}",
            "  {what}: {accepted} accepted, {refused} refused, {handed_over} handed over",
            accepted = self.said(answers.accepted),
            refused = self.said(answers.refused),
            handed_over = self.said(answers.handed_over)
        );
    }

    fn tell(&self, month: Month, totals: &MonthTotals) {
        outln!("{:04}-{:02}", month.year, month.month);
        self.answers(said!("合计", "all"), &totals.answers);
        for (number, count) in &totals.refused {
            let reason = Message::of(*number).map_or("", |message| message.name);
            answer!(
                "  拒绝 {number} {reason}：{count}",
                "  refused {number} {reason}: {count}",
                count = self.said(*count)
            );
        }
        for (province, answers) in &totals.by_province {
            self.answers(province_said(*province), answers);
        }
        for (application, answers) in &totals.by_application {
            let name = self.names.get(application).map(in_language).unwrap_or_default();
            let number = application.get();
            self.answers(said!("服务项目 {number} {name}", "application {number} {name}"), answers);
        }
        for (scanner, answers) in &totals.by_scanner {
            self.answers(said!("闸机 {scanner}", "gate {scanner}"), answers);
        }
        let MonthTotals { missing, begun_before, begun_anew, .. } = totals;
        if *missing > 0 {
            answer!(
                "  缺失：{missing} 份回执按编号应有而没有，未计入（缺口始于上月的，可能属于上月）",
                "  missing: {missing} receipts whose numbers were given are not there and not \
                 counted (where the gap began in an earlier month, they may belong there)"
            );
        }
        if *begun_anew > 0 {
            answer!(
                "  有 {begun_anew} 条链重新开始：闸机丢失过状态",
                "  {begun_anew} chains were begun anew: a gate had lost its state"
            );
        }
        if *begun_before > 0 {
            answer!(
                "  {begun_before} 台闸机的第一份回执不是链的开头：此前本月有没有回执，无从得知",
                "  of {begun_before} gates the first receipt here is not the first of the chain: \
                 what they did earlier in the month is not known"
            );
        }
    }

    fn to_json(&self, month: Month, totals: &MonthTotals) -> Value {
        let answers = |name: &str, key: Value, answers: &Answers| {
            json!({
                name: key,
                "accepted": self.value(answers.accepted),
                "refused": self.value(answers.refused),
                "handed_over": self.value(answers.handed_over),
            })
        };
        let month = format!("{:04}-{:02}", month.year, month.month);
        let mut all = answers("month", month.into(), &totals.answers);
        let refused = totals.refused.iter().map(|(number, count)| {
            let reason = Message::of(*number).map(|message| message.name);
            json!({ "number": number, "reason": reason, "count": self.value(*count) })
        });
        all["refused_by_number"] = refused.collect();
        let province = |province: &Option<Region>| province.map(|it| it.to_string()).into();
        let each = totals.by_province.iter();
        all["by_province"] = each.map(|(of, it)| answers("province", province(of), it)).collect();
        let each = totals.by_application.iter();
        all["by_application"] =
            each.map(|(of, it)| answers("application", of.get().into(), it)).collect();
        let each = totals.by_scanner.iter();
        all["by_scanner"] =
            each.map(|(of, it)| answers("scanner", of.as_str().into(), it)).collect();
        all["missing"] = totals.missing.into();
        all["begun_before"] = totals.begun_before.into();
        all["begun_anew"] = totals.begun_anew.into();
        all
    }
}

fn province_said(province: Option<Region>) -> Said {
    let Some(province) = province else {
        return said!(
            "发卡地未知（没有查到卡状态）",
            "province not told (no status was looked up)"
        );
    };
    let name = province_name(province).map(|name| name.in_language(language()));
    let name = name.map_or_else(|| province.to_string(), str::to_owned);
    said!("发卡地{name}", "cards of {name}")
}
