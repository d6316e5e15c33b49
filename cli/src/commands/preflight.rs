//! `onecode preflight`: before the doors open, how old every list is and what works until when.
//!
//! Uses `world` for the lists and `state` for what a scanner knows already.

use std::collections::BTreeSet;
use std::path::PathBuf;

use onecode::duplicates::DuplicateFill;
use onecode::governance::DocumentKind;
use onecode::preflight::{Affected, DocumentState, EndReason, Ending, Outlook, Preflight, Until};
use onecode::{Policy, Region};
use serde_json::{json, Value};

use crate::arguments::region;
use crate::failure::Failure;
use crate::lang::{in_language, language, padded, Said};
use crate::out;
use crate::state;
use crate::time::{self, rfc3339};
use crate::world::World;

/// Say how old every list is, and which application works until when.
#[derive(clap::Args)]
#[command(after_help = "Examples:\n  onecode preflight --world w\n  \
    onecode preflight --world w --application medical.local --hours 24 || echo call somebody\n  \
    onecode preflight --roots roots.json --lists lists --state gate.state\n\n\
    The exit status is 0 when ready, 1 when not: the lists, or the application that is named.")]
pub(crate) struct Options {
    /// The region's folder: `roots.json` and `published/` of it.
    #[arg(long, value_name = "DIR", required_unless_present = "lists")]
    world: Option<PathBuf>,
    /// The folder with the lists of a gate, in place of `published/` of a region.
    #[arg(long, value_name = "DIR", requires = "roots", conflicts_with = "world")]
    lists: Option<PathBuf>,
    /// What the scanner is set up with in place of `roots.json`: a signed roots document, its hash
    /// as sha256:HASH, or a lone public key as PEM or JWK.
    #[arg(long, value_name = "ROOTS")]
    roots: Option<String>,
    /// Only this application, by id or number, and its readiness is the exit status.
    #[arg(long, value_name = "ID")]
    application: Option<String>,
    /// Only what is offered here (GB/T 2260).
    #[arg(long, value_name = "CODE", value_parser = region)]
    place: Option<Region>,
    /// What has to work until so many hours from now counts as ready.
    #[arg(long, value_name = "HOURS", default_value_t = 0)]
    hours: u32,
    /// As a scanner that works without status lists.
    #[arg(long)]
    without_status_lists: bool,
    /// The scanner's state, as `onecode scan` keeps it.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// As if it were this time (RFC 3339 or Unix seconds).
    #[arg(long, value_name = "TIME", value_parser = time::parse)]
    at: Option<i64>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// Whether everything asked for is ready.
    pub(crate) fn run(self) -> Result<bool, Failure> {
        let world = match (&self.world, &self.lists) {
            (Some(region), _) => World::open(region)?,
            (None, lists) => World::with_lists(None, lists.clone().unwrap_or_default()),
        };
        let now = self.at.unwrap_or_else(time::now);
        let roots = world.roots(self.roots.as_deref())?;
        let without_status_lists = self.without_status_lists;
        let policy = Policy { without_status_lists, ..Policy::default() };
        let mut scanner = state::scanner(&roots, self.state.as_deref(), policy)?;
        let (_, problems) = world.lists().install(&mut scanner, now);
        problems.iter().for_each(out::warn);

        // Whether the state, if there is one, came by what is configured.
        let roots_agree = scanner.roots().came_by(&roots).is_ok();
        let mut preflight = scanner.preflight(now);
        let until = now.saturating_add(i64::from(self.hours) * 3_600);
        let works = |outlook: &Outlook| outlook.works_until() >= Until::Second { unix_s: until };
        if let Some(id) = &self.application {
            let wanted = world.known_application(id, self.roots.as_deref())?;
            preflight.applications.retain(|outlook| outlook.application == wanted);
            if preflight.applications.is_empty() {
                warn!(
                    "现行的应用项目清单里没有服务项目 {id}",
                    "no catalogue in force has the application {id}"
                );
            }
        }
        if let Some(place) = self.place {
            let offers = world.offers(self.roots.as_deref())?;
            let listed = offers.applications();
            let offered = |outlook: &Outlook| {
                let entry = listed.iter().find(|entry| entry.number == outlook.application);
                entry.is_some_and(|entry| entry.places.iter().any(|area| area.contains(place)))
            };
            let known = preflight.applications.len();
            preflight.applications.retain(offered);
            if known > 0 && preflight.applications.is_empty() {
                warn!(
                    "{place} 不受理其中任何一项：每个码都会以 501 拒绝",
                    "nothing of this is offered at {place}: each code is refused with 501"
                );
            }
        }
        let ready = if self.application.is_some() {
            !preflight.applications.is_empty() && preflight.applications.iter().all(works)
        } else {
            lists_work(&preflight, until)
        };
        if self.json {
            outln!("{:#}", to_json(&preflight, roots_agree, ready));
        } else {
            if !roots_agree {
                answer!(
                    "{name} 所配置的未启用",
                    "{name} the configured ones are NOT IN FORCE",
                    name = column(&said!("根密钥名录", "roots"))
                );
            }
            out!("{}", page(&preflight));
            if ready {
                answer!("\n就绪", "\nready");
            } else {
                answer!("\n未就绪", "\nNOT READY");
            }
        }
        Ok(ready)
    }
}

/// Without which nothing works.
fn lists_work(preflight: &Preflight, until: i64) -> bool {
    let lasts = |state: &Option<DocumentState>| {
        state.is_some_and(|state| state.expires_unix_s > until && state.age_s >= -120)
    };
    let known = |state: &onecode::preflight::StatusState| {
        state.lists > 0 && state.first_expires_unix_s.is_some_and(|expires| expires > until)
    };
    lasts(&preflight.trust_list)
        && lasts(&preflight.catalogue)
        && preflight.status.iter().all(known)
}

fn page(preflight: &Preflight) -> String {
    let mut page =
        said!("时间 {at}\n\n", "at {at}\n\n", at = rfc3339(preflight.now_unix_s)).to_string();
    if let Some(state) = &preflight.roots {
        page += document(&said!("根密钥名录", "roots"), state).as_str();
    }
    for (name, state) in [
        (said!("发卡机构名单", "trust list"), &preflight.trust_list),
        (said!("应用项目清单", "catalogue"), &preflight.catalogue),
    ] {
        page += match state {
            None => said!("{name} 缺失\n", "{name} MISSING\n", name = column(&name)),
            Some(state) => document(&name, state),
        }
        .as_str();
    }
    page += index(preflight).as_str();
    for state in &preflight.status {
        let name = column(&said!("状态 {issuer}", "status {issuer}", issuer = state.issuer));
        page += match (state.age_s, state.first_expires_unix_s) {
            (Some(age_s), Some(expires)) => said!(
                "{name} {lists} 份名单，已发布 {age}，{expires} 到期",
                "{name} {lists} lists, {age} old, expires {expires}",
                lists = state.lists,
                age = duration(age_s),
                expires = rfc3339(expires)
            ),
            _ => said!("{name} 缺失", "{name} MISSING"),
        }
        .as_str();
        if let Some(since) = state.unreadable_since_unix_s {
            let since = rfc3339(since);
            page += said!("，自 {since} 起读不出", ", UNREADABLE since {since}").as_str();
        }
        page.push('\n');
    }
    let newer = newer(preflight);
    if !newer.is_empty() {
        page += said!(
            "{name} 索引载有更新的文档，这里还没有：{newer}\n",
            "{name} an index names newer ones that are NOT HERE: {newer}\n",
            name = column(&said!("更新", "newer"))
        )
        .as_str();
    }
    let DuplicateFill { entries: used, capacity } = preflight.used_codes;
    page += said!(
        "{name} 记住 {used} 个，上限 {capacity} 个\n\n",
        "{name} {used} of {capacity} remembered\n\n",
        name = column(&said!("用过的码", "used codes"))
    )
    .as_str();
    for outlook in &preflight.applications {
        let until = match outlook.works_until() {
            Until::Open => said!("正常受理，没有截止时间", "works, no end in sight"),
            Until::NeverBegan => said!("不能受理", "DOES NOT WORK"),
            Until::Second { unix_s } if unix_s < preflight.now_unix_s => {
                said!("{last} 之后已停止受理", "STOPPED after {last}", last = rfc3339(unix_s))
            }
            Until::Second { unix_s } => {
                said!("正常受理至 {last}", "works until {last}", last = rfc3339(unix_s))
            }
        };
        let first = outlook.endings.iter().find(|ending| ending.refuses);
        let why = first.map(|ending| {
            said!("：{ending}", ": {ending}", ending = ending_text(ending)).to_string()
        });
        let (number, name) = (outlook.application, in_language(&outlook.name));
        page += &format!("{number:>5} {name}  {until}{}\n", why.unwrap_or_default());
    }
    page
}

/// The row of a document that has editions.
fn document(name: &Said, state: &DocumentState) -> Said {
    let due = if state.overdue {
        said!("更新已逾期，应于", "OVERDUE since")
    } else {
        said!("下次更新", "next due")
    };
    said!(
        "{name} 第 {edition} 版，已发布 {age}，{due} {update}，{expires} 到期\n",
        "{name} edition {edition}, {age} old, {due} {update}, expires {expires}\n",
        name = column(name),
        edition = state.sequence,
        age = duration(state.age_s),
        update = rfc3339(state.next_update_unix_s),
        expires = rfc3339(state.expires_unix_s)
    )
}

/// The kinds of documents of which an index names more than there is here.
fn newer(preflight: &Preflight) -> String {
    let endings = preflight.applications.iter().flat_map(|outlook| &outlook.endings);
    let kinds: BTreeSet<DocumentKind> = endings
        .filter_map(|ending| match &ending.reason {
            EndReason::NewerExists { kind } => Some(*kind),
            _ => None,
        })
        .collect();
    let kinds: Vec<&str> = kinds.into_iter().map(|kind| kind.text(language())).collect();
    kinds.join(", ")
}

/// The row of the index: its age shows a server that no longer tells of anything new.
fn index(preflight: &Preflight) -> Said {
    let name = column(&said!("索引", "index"));
    let Some(index) = &preflight.index else {
        return said!("{name} 无\n", "{name} none\n");
    };
    let age = duration(index.age_s);
    let until = rfc3339(index.expires_unix_s);
    if index.expires_unix_s <= preflight.now_unix_s {
        said!(
            "{name} 已发布 {age}，下一份已逾期，应于 {until}\n",
            "{name} {age} old, the next one OVERDUE since {until}\n"
        )
    } else {
        said!(
            "{name} 已发布 {age}，下一份应于 {until} 之前\n",
            "{name} {age} old, the next one due before {until}\n"
        )
    }
}

/// The name of a row, as wide as the others.
fn column(name: &Said) -> String {
    padded(name.as_str(), 12)
}

fn ending_text(ending: &Ending) -> String {
    let affected = match &ending.affected {
        Affected::Everybody => String::new(),
        Affected::CardsOf { issuer } | Affected::CardsSignedBy { issuer, .. } => {
            said!("，涉及 {issuer} 的卡", ", cards of {issuer}").to_string()
        }
        Affected::Phones { algorithm } => {
            said!("，涉及用 {algorithm} 的手机", ", phones with {algorithm}").to_string()
        }
    };
    format!("{} {}{affected}", ending.reason.number(), ending.reason.name())
}

fn to_json(preflight: &Preflight, roots_agree: bool, ready: bool) -> Value {
    let document = |state: &Option<DocumentState>| {
        state.map(|state| {
            json!({
                "sequence": state.sequence,
                "issued_at": rfc3339(state.issued_at_unix_s),
                "age_s": state.age_s,
                "next_update": rfc3339(state.next_update_unix_s),
                "overdue": state.overdue,
                "expires": rfc3339(state.expires_unix_s),
            })
        })
    };
    let time = |unix_s: Option<i64>| unix_s.map(rfc3339);
    let last = |until: Until| time(until.unix_s());
    json!({
        "ready": ready,
        "at": rfc3339(preflight.now_unix_s),
        "roots_agree": roots_agree,
        "roots": document(&preflight.roots),
        "index": preflight.index.map(|index| json!({
            "issued_at": rfc3339(index.issued_at_unix_s),
            "age_s": index.age_s,
            "expires": rfc3339(index.expires_unix_s),
        })),
        "trust_list": document(&preflight.trust_list),
        "catalogue": document(&preflight.catalogue),
        "status": preflight.status.iter().map(|state| json!({
            "issuer": state.issuer,
            "lists": state.lists,
            "oldest": time(state.oldest_unix_s),
            "age_s": state.age_s,
            "first_expires": time(state.first_expires_unix_s),
            "unreadable_since": time(state.unreadable_since_unix_s),
        })).collect::<Vec<_>>(),
        "used_codes": preflight.used_codes.entries,
        "used_codes_capacity": preflight.used_codes.capacity,
        "applications": preflight.applications.iter().map(|outlook| json!({
            "number": outlook.application,
            "name": outlook.name,
            "works_until": last(outlook.works_until()),
            "endings": outlook.endings.iter().map(|ending| json!({
                "until": last(ending.until),
                "reason": ending.reason.name(),
                "number": ending.reason.number(),
                "issuer": ending.reason.issuer(),
                "refuses": ending.refuses,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

/// 3 d 4 h, or 5 min.
fn duration(seconds: i64) -> Said {
    let (sign, s) = if seconds < 0 { ("-", seconds.unsigned_abs()) } else { ("", seconds as u64) };
    match s {
        0..=119 => said!("{sign}{s} 秒", "{sign}{s} s"),
        120..=7_199 => said!("{sign}{min} 分钟", "{sign}{min} min", min = s / 60),
        7_200..=172_799 => said!("{sign}{h} 小时", "{sign}{h} h", h = s / 3_600),
        _ => said!(
            "{sign}{d} 天 {h} 小时",
            "{sign}{d} d {h} h",
            d = s / 86_400,
            h = s % 86_400 / 3_600
        ),
    }
}
