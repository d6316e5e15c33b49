//! A change of a member in words: what it was, what it is, and whom it concerns.
//!
//! Uses `words` and `rules`. `None` where the words are the same before and after, and for a member
//! that this version does not know; then the members themselves are told.

use onecode::catalogue::{Application, Catalogue, EntitlementName, ForeignEntry};
use onecode::jose::Name;
use onecode::Region;

use crate::commands::catalogue::places::Areas;
use crate::commands::catalogue::rules::{self, Names};
use crate::commands::catalogue::words::{Foreign, Time, Words};

/// `about：before → after` and whom it concerns.
fn turned(about: Words, before: Words, after: Words, whom: Words) -> Option<Words> {
    (before != after).then(|| {
        // Each is a whole sentence elsewhere.
        let inner = |mut words: Words| {
            words.zh = words.zh.trim_end_matches('。').to_owned();
            words.en = words.en.trim_end_matches('.').to_owned();
            words
        };
        let (before, after) = (inner(before), inner(after));
        words!(
            "{about}：由“{before}”改为“{after}”。",
            "{about}: from “{before}” to “{after}”.",
            about = about,
            before = before,
            after = after
        )
        .and(whom)
    })
}

fn renamed(before: &Name, after: &Name) -> Option<Words> {
    (before != after).then(|| {
        let both = |name: &Name| {
            let (zh, en) = (
                words!("{name}", "{name}", name = name).zh,
                words!("{name}", "{name}", name = name).en,
            );
            Words { zh: format!("{zh}（{en}）"), en: format!("{en} ({zh})") }
        };
        words!(
            "更名：由“{before}”改为“{after}”。",
            "Renamed from “{before}” to “{after}”.",
            before = both(before),
            after = both(after)
        )
    })
}

fn id(before: &str, after: &str) -> Option<Words> {
    turned(
        words!("标识", "Id"),
        words!("{id}", "{id}", id = Foreign(before)),
        words!("{id}", "{id}", id = Foreign(after)),
        words!("只涉及程序。", "This concerns programs only."),
    )
}

/// A list has another order, or says something twice.
fn listed_otherwise(about: Words) -> Words {
    words!(
        "{about}：列出的方式变了，规则不变。",
        "{about}: listed otherwise; the rule is the same.",
        about = about
    )
}

fn everybody() -> Words {
    words!("涉及所有使用这一项的人。", "This concerns everybody who uses it.")
}

/// The members of an application, with the names of both editions.
pub(super) struct Rules<'a> {
    pub(super) names: &'a [Names<'a>; 2],
}

impl Rules<'_> {
    pub(super) fn member(&self, member: &str, a: &Application, b: &Application) -> Option<Words> {
        match member {
            "number" => turned(
                words!("服务项目号", "Number"),
                words!("{number}", "{number}", number = a.number.get()),
                words!("{number}", "{number}", number = b.number.get()),
                words!(
                    "须重新设置扫码设备；为原编号生成的码不再受理。",
                    "Scanners have to be set anew; codes made for the old number are refused."
                ),
            ),
            "id" => id(&a.id, &b.id),
            "name" => renamed(&a.name, &b.name),
            "domain" => turned(
                words!("领域", "Field"),
                rules::domain(a.domain),
                rules::domain(b.domain),
                words!("规则不变。", "No rule changes by that."),
            ),
            "article" => turned(
                words!("依据", "Basis"),
                rules::article_served(a.article),
                rules::article_served(b.article),
                words!("规则不变。", "No rule changes by that."),
            ),
            "places" => places(&a.places, &b.places),
            "issuers" => self.issuers(a.issuers.as_deref(), b.issuers.as_deref()),
            "entitlements" => self.entitlements(
                words!("卡上须开通", "What the card needs"),
                [&a.entitlements, &b.entitlements],
                rules::required,
            ),
            "entitlements_outside_home" => self.entitlements(
                words!("跨省使用", "Outside the home province"),
                [&a.entitlements_outside_home, &b.entitlements_outside_home],
                rules::required_outside_home,
            ),
            "max_code_age_s" => turned(
                words!("码的时限", "Age of the code"),
                rules::code_age(a.max_code_age_s),
                rules::code_age(b.max_code_age_s),
                words!(
                    "涉及出示码后过一会儿才扫的人；超过时限的拒绝（504）。",
                    "This concerns whoever shows a code for a while before it is scanned; an older \
                     one is refused (504)."
                ),
            ),
            "bound" => turned(
                words!("出示什么码", "Which code"),
                rules::code(a.bound),
                rules::code(b.bound),
                match b.bound {
                    true => words!(
                        "涉及所有使用这一项的人；不是为它生成的码拒绝（505）。",
                        "This concerns everybody who uses it; codes not made for it are refused \
                         (505)."
                    ),
                    false => everybody(),
                },
            ),
            "challenge" => turned(
                words!("核验码", "Check code"),
                rules::check_code(a.challenge),
                rules::check_code(b.challenge),
                match b.challenge {
                    true => words!(
                        "涉及所有使用这一项的人；没有回应核验码的拒绝（507）。",
                        "This concerns everybody who uses it; codes that do not answer are refused \
                         (507)."
                    ),
                    false => everybody(),
                },
            ),
            "delegate" => turned(
                words!("谁可以出示", "Who may show it"),
                rules::who(a.delegate),
                rules::who(b.delegate),
                match b.delegate {
                    true => words!(
                        "涉及由亲属代为出示的人。",
                        "This concerns those whose relatives show the card for them."
                    ),
                    false => words!(
                        "涉及由亲属代为出示的人：今后拒绝（509）。",
                        "This concerns those whose relatives show the card for them: they are \
                         refused from now on (509)."
                    ),
                },
            ),
            "status" => turned(
                words!("挂失信息", "Lost cards"),
                rules::lost_cards(a.status),
                rules::lost_cards(b.status),
                words!(
                    "涉及断网的设备，以及在那里出示卡的人。",
                    "This concerns scanners without network, and whoever shows a card there."
                ),
            ),
            "duplicates" => turned(
                words!("再次扫码", "Scanned again"),
                rules::again(a.duplicates),
                rules::again(b.duplicates),
                words!(
                    "涉及短时间内再次扫码的人。",
                    "This concerns whoever scans again shortly after."
                ),
            ),
            "from" => turned(
                words!("开始", "Begin"),
                rules::begins(a.from_unix_s),
                rules::begins(b.from_unix_s),
                words!("在此之前拒绝（510）。", "Before that it is refused (510)."),
            ),
            "until" => turned(
                words!("截止", "End"),
                rules::ends(a.until_unix_s),
                rules::ends(b.until_unix_s),
                match b.until_unix_s {
                    Some(_) => words!("在此之后拒绝（510）。", "After that it is refused (510)."),
                    None => everybody(),
                },
            ),
            _ => None,
        }
    }

    fn entitlements(
        &self,
        about: Words,
        [before, after]: [&[String]; 2],
        say: impl Fn(&[String], &Names) -> Words,
    ) -> Option<Words> {
        let [old, new] = self.names;
        let (more, fewer) = (missing(after, before), missing(before, after));
        let mut whom = Words::default();
        if !more.is_empty() {
            whom = whom.and(words!(
                "没有开通{names}的卡今后拒绝（503）。",
                "Cards without {names} are refused from now on (503).",
                names = new.entitlements(&more)
            ));
        }
        if !fewer.is_empty() {
            whom = whom.and(words!(
                "没有开通{names}的卡今后也可用。",
                "Cards without {names} will do from now on.",
                names = old.entitlements(&fewer)
            ));
        }
        if more.is_empty() && fewer.is_empty() {
            return (before != after).then(|| listed_otherwise(about));
        }
        turned(about, say(before, old), say(after, new), whom)
    }

    fn issuers(&self, before: Option<&[String]>, after: Option<&[String]>) -> Option<Words> {
        let about = words!("哪些卡可用", "Which cards");
        let [names, _] = self.names;
        let whom = match (before, after) {
            (None, Some(_)) => words!(
                "其他发卡机构的卡今后拒绝（502）。",
                "Cards of all other issuers are refused from now on (502)."
            ),
            (_, None) => words!(
                "其他发卡机构的卡今后也可用。",
                "Cards of all other issuers will do from now on."
            ),
            (Some(before), Some(after)) => {
                let (more, fewer) = (missing(after, before), missing(before, after));
                if more.is_empty() && fewer.is_empty() {
                    return (before != after).then(|| listed_otherwise(about));
                }
                let mut whom = Words::default();
                if !more.is_empty() {
                    whom = whom.and(words!(
                        "今后也可用的卡：{ids}。",
                        "Accepted from now on: cards of {ids}.",
                        ids = names.issuers(&more)
                    ));
                }
                if !fewer.is_empty() {
                    whom = whom.and(words!(
                        "今后拒绝的卡（502）：{ids}。",
                        "Refused from now on (502): cards of {ids}.",
                        ids = names.issuers(&fewer)
                    ));
                }
                whom
            }
        };
        turned(about, rules::cards(before, names), rules::cards(after, names), whom)
    }
}

/// What of `all` is not in `from`.
fn missing(all: &[String], from: &[String]) -> Vec<String> {
    all.iter().filter(|id| !from.contains(id)).cloned().collect()
}

fn places(before: &[Region], after: &[Region]) -> Option<Words> {
    let uncovered = |all: &[Region], by: &[Region]| -> Vec<Region> {
        all.iter().copied().filter(|area| !by.iter().any(|other| other.contains(*area))).collect()
    };
    let (gained, lost) = (uncovered(after, before), uncovered(before, after));
    let mut whom = Words::default();
    if !gained.is_empty() {
        whom = whom.and(words!(
            "扩大：在新的范围里也可用：{areas}。",
            "Wider: it can be used in more places: {areas}.",
            areas = Areas(&gained)
        ));
    }
    if !lost.is_empty() {
        whom = whom.and(words!(
            "缩小：以下范围不再全部受理，涉及在那里使用的人（501）：{areas}。",
            "Narrower: no longer everywhere in {areas}. This concerns those who use it there (501).",
            areas = Areas(&lost)
        ));
    }
    let about = words!("受理地区", "Where");
    if gained.is_empty() && lost.is_empty() {
        return (before != after).then(|| listed_otherwise(about));
    }
    turned(about, rules::where_offered(before), rules::where_offered(after), whom)
}

/// The members of the document that are not lists of entries.
pub(super) fn document_member(member: &str, a: &Catalogue, b: &Catalogue) -> Option<Words> {
    let (a, b) = (&a.edition, &b.edition);
    let time = |about: Words, before: i64, after: i64| {
        let time = |unix_s| words!("{time}", "{time}", time = Time(unix_s));
        turned(about, time(before), time(after), Words::default())
    };
    match member {
        "sequence" => turned(
            words!("版本号", "Edition"),
            words!("{number}", "{number}", number = a.sequence),
            words!("{number}", "{number}", number = b.sequence),
            Words::default(),
        ),
        "issued_at" => time(words!("签发", "Issued"), a.issued_at_unix_s, b.issued_at_unix_s),
        "next_update" => time(
            words!("下一版最迟", "Next edition by"),
            a.next_update_unix_s,
            b.next_update_unix_s,
        ),
        "expires" => time(words!("到期", "Expires"), a.expires_unix_s, b.expires_unix_s),
        _ => None,
    }
}

pub(super) fn entitlement_member(
    member: &str,
    a: &EntitlementName,
    b: &EntitlementName,
) -> Option<Words> {
    match member {
        "id" => id(&a.id, &b.id),
        "name" => renamed(&a.name, &b.name),
        "bit" => turned(
            words!("卡里的位置", "Bit in the card"),
            words!("{bit}", "{bit}", bit = a.bit),
            words!("{bit}", "{bit}", bit = b.bit),
            words!(
                "已经发出的卡里，这一位的含义随之改变，涉及所有持卡人。",
                "What that bit means in cards that are out already changes with it. This concerns \
                 all holders."
            ),
        ),
        _ => None,
    }
}

pub(super) fn foreign_code_member(
    member: &str,
    a: &ForeignEntry,
    b: &ForeignEntry,
) -> Option<Words> {
    match member {
        "name" => renamed(&a.code.name, &b.code.name),
        "advice" => turned(
            words!("给工作人员的提示", "Advice to the attendant"),
            words!("{advice}", "{advice}", advice = &a.code.advice),
            words!("{advice}", "{advice}", advice = &b.code.advice),
            Words::default(),
        ),
        // The pattern is for programs, and its members are told as they are.
        _ => None,
    }
}
