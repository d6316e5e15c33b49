//! What the rules of an application mean for a citizen, in words. The page and the difference both
//! take them from here.
//!
//! Uses `words` and `places`. Specification: docs/SPEC.md sections 12 and 14.

use std::collections::HashMap;

use onecode::catalogue::{Application, Beyond, Catalogue, Domain, DuplicateRule, StatusRule};
use onecode::jose::Name;
use onecode::Region;

use super::places::Areas;
use super::words::{Foreign, List, Seconds, Time, Words};

/// All fields of service, in the order of the regulation.
pub(super) const DOMAINS: [Domain; 6] = [
    Domain::Transit,
    Domain::Tourism,
    Domain::Culture,
    Domain::SocialSecurity,
    Domain::Health,
    Domain::Finance,
];

pub(super) fn domain(domain: Domain) -> Words {
    match domain {
        Domain::Transit => words!("交通出行", "Transit"),
        Domain::Tourism => words!("旅游观光", "Tourism"),
        Domain::Culture => words!("文化体验", "Culture"),
        Domain::SocialSecurity => words!("社会保障", "Social security"),
        Domain::Health => words!("医疗卫生", "Health"),
        Domain::Finance => words!("金融服务", "Finance"),
    }
}

/// One rule: what it is about, and what it says.
pub(super) struct Rule {
    pub(super) about: Words,
    pub(super) says: Words,
}

/// All rules of an application, in the order in which a citizen asks.
pub(super) fn rules(application: &Application, names: &Names) -> Vec<Rule> {
    // Named one by one, so that a new member is not forgotten here.
    let Application {
        number,
        id,
        domain: _,
        name: _,
        article,
        places,
        issuers,
        entitlements,
        entitlements_outside_home,
        max_code_age_s,
        status,
        bound,
        challenge,
        delegate,
        duplicates,
        from_unix_s,
        until_unix_s,
    } = application;
    let needs = match (entitlements.as_slice(), entitlements_outside_home.as_slice()) {
        ([_, ..], []) => required(entitlements, names),
        ([], [_, ..]) => required_outside_home(entitlements_outside_home, names),
        (all, outside) => match outside {
            [] => required(all, names),
            _ => required(all, names).and(required_outside_home(outside, names)),
        },
    };
    let rule = |about, says| Rule { about, says };
    let mut rules = vec![
        rule(words!("在哪里可用", "Where"), where_offered(places)),
        rule(words!("哪些卡可用", "Which cards"), cards(issuers.as_deref(), names)),
        rule(words!("卡上须开通", "What the card needs"), needs),
        rule(
            words!("出示什么码", "Which code"),
            code(*bound).and(check_code(*challenge)).and(code_age(*max_code_age_s)),
        ),
        rule(words!("谁可以出示", "Who may show it"), who(*delegate)),
        rule(words!("再次扫码", "Scanned again"), again(*duplicates).and(remembered(*duplicates))),
        rule(words!("挂失信息", "Lost cards"), lost_cards(*status)),
        rule(words!("断网时", "Without network"), offline(*status)),
        rule(words!("受理期", "When"), period(*from_unix_s, *until_unix_s)),
    ];
    let mut basis = words!(
        "服务项目号 {number}（{id}）。",
        "Application {number} ({id}).",
        number = number.get(),
        id = Foreign(id)
    );
    if let Some(article) = article {
        basis = article_served(Some(*article)).and(basis);
    }
    rules.push(rule(words!("依据和编号", "Basis and number"), basis));
    rules
}

/// What entitlements and issuers are called, by their ids.
pub(super) struct Names<'a> {
    entitlements: HashMap<&'a str, &'a Name>,
    issuers: &'a HashMap<String, Name>,
}

impl<'a> Names<'a> {
    /// Those of this catalogue, and issuers as a trust list names them.
    pub(super) fn of(catalogue: &'a Catalogue, issuers: &'a HashMap<String, Name>) -> Self {
        let named = catalogue.entitlements.iter().map(|entry| (entry.id.as_str(), &entry.name));
        Names { entitlements: named.collect(), issuers }
    }

    pub(super) fn entitlements(&self, ids: &[String]) -> List<Words> {
        let name = |id: &String| match self.entitlements.get(id.as_str()) {
            Some(name) => words!("{name}", "{name}", name = *name),
            // A catalogue that names what it does not have is unusable.
            None => words!("{id}", "{id}", id = Foreign(id)),
        };
        List(ids.iter().map(name).collect())
    }

    /// A catalogue has their ids alone.
    pub(super) fn issuers(&self, ids: &[String]) -> List<Words> {
        let name = |id: &String| match self.issuers.get(id) {
            Some(name) => {
                words!("{name}（{id}）", "{name} ({id})", name = name, id = Foreign(id))
            }
            None => words!("{id}", "{id}", id = Foreign(id)),
        };
        List(ids.iter().map(name).collect())
    }
}

pub(super) fn article_served(article: Option<u8>) -> Words {
    match article {
        Some(article) => {
            words!("《规定》第 {n} 条。", "Article {n} of the regulation.", n = article)
        }
        None => words!("未注明《规定》的条款。", "No article of the regulation is named."),
    }
}

pub(super) fn where_offered(places: &[Region]) -> Words {
    if places.is_empty() {
        return words!("目前没有地区受理。", "Nowhere at present.");
    }
    words!("{areas}。", "{areas}.", areas = Areas(places))
}

pub(super) fn cards(issuers: Option<&[String]>, names: &Names) -> Words {
    match issuers {
        None => words!("所有获承认的发卡机构发的卡。", "Cards of every recognised issuer."),
        Some([]) => words!("目前没有卡可用。", "No cards at present."),
        Some(issuers) => words!(
            "只限以下发卡机构发的卡：{issuers}。",
            "Only cards of these issuers: {issuers}.",
            issuers = names.issuers(issuers)
        ),
    }
}

pub(super) fn required(ids: &[String], names: &Names) -> Words {
    match ids {
        [] => words!("不需要另外开通功能。", "Nothing has to be activated."),
        ids => words!("{names}。", "{names}.", names = names.entitlements(ids)),
    }
}

pub(super) fn required_outside_home(ids: &[String], names: &Names) -> Words {
    match ids {
        [] => words!(
            "跨省使用时没有其他要求。",
            "Nothing besides is asked for outside the card's home province."
        ),
        ids => words!(
            "跨省使用时还须有：{names}。",
            "Outside the card's home province, besides: {names}.",
            names = names.entitlements(ids)
        ),
    }
}

pub(super) fn code(bound: bool) -> Words {
    match bound {
        true => words!(
            "先在手机应用中选择本项目，再出示专门为它生成的码。",
            "Choose this service in the app, then show the code made for it."
        ),
        false => words!("平常的一码通即可。", "The everyday code will do."),
    }
}

pub(super) fn check_code(challenge: bool) -> Words {
    match challenge {
        true => words!(
            "出示前先用手机应用扫描或输入设备显示的核验码。",
            "Before that, scan or type the scanner's check code in the app."
        ),
        false => words!("不需要核验码。", "No check code is needed."),
    }
}

pub(super) fn code_age(max_code_age_s: Option<u32>) -> Words {
    match max_code_age_s {
        Some(seconds) => words!(
            "码须在生成后 {age}内扫描。",
            "The code must be scanned within {age} of being made.",
            age = Seconds(seconds)
        ),
        None => words!(
            "码在自身的有效时间内都可扫描。",
            "The code can be scanned as long as it is valid itself."
        ),
    }
}

pub(super) fn who(delegate: bool) -> Words {
    match delegate {
        true => words!(
            "本人，或由亲属用亲情卡代为出示。",
            "The holder, or a relative with a family card."
        ),
        false => {
            words!("须本人出示，不受理亲情卡。", "The holder in person. Family cards are refused.")
        }
    }
}

pub(super) fn again(duplicates: DuplicateRule) -> Words {
    match duplicates {
        DuplicateRule::Allow => {
            words!("同一个码可以再次使用。", "The same code is accepted again.")
        }
        DuplicateRule::Warn => words!(
            "同一个码再次使用仍受理，但注明已用过。",
            "The same code is accepted again, with a note that it was used before."
        ),
        DuplicateRule::Refuse => {
            words!(
                "同一个码只能用一次，再用即拒绝。",
                "A code is good for one use; the second is refused."
            )
        }
        DuplicateRule::PassBack { seconds } => words!(
            "同一个码只能用一次，再用即拒绝；同一张卡在同一地点 {wait}内再次使用也拒绝。",
            "A code is good for one use; the second is refused. So is the same card at the same \
             place within {wait}.",
            wait = Seconds(seconds)
        ),
    }
}

/// What a scanner keeps for the rule about second uses. Specification: docs/SPEC.md section 14.
pub(super) fn remembered(duplicates: DuplicateRule) -> Words {
    match duplicates {
        DuplicateRule::Allow => {
            words!("设备不为此记录任何内容。", "The scanner remembers nothing for this.")
        }
        DuplicateRule::Warn | DuplicateRule::Refuse => words!(
            "为此，设备记住用过的码，直到它失效后 2 分钟。",
            "For this the scanner remembers the code until 2 minutes after it expires."
        ),
        DuplicateRule::PassBack { seconds } => words!(
            "为此，设备记住用过的码，直到它失效后 2 分钟；并记住此卡在这里用过，{wait}。",
            "For this the scanner remembers the code until 2 minutes after it expires, and for \
             {wait} that the card was used here.",
            wait = Seconds(seconds)
        ),
    }
}

pub(super) fn lost_cards(StatusRule { max_age_s, beyond }: StatusRule) -> Words {
    let age = Seconds(max_age_s);
    match beyond {
        Beyond::Accept => words!(
            "设备应掌握最近 {age}内的卡状态（是否挂失、注销）；更旧时仍受理，但注明。",
            "The scanner should know which cards were lost or revoked as of the last {age}. With \
             older knowledge it still accepts, and says so.",
            age = age
        ),
        Beyond::Refuse => words!(
            "设备须掌握最近 {age}内的卡状态（是否挂失、注销）；更旧时拒绝，但手机里的电子卡在这段\
             时间内更新过的除外。",
            "The scanner must know which cards were lost or revoked as of the last {age}. With \
             older knowledge it refuses, unless the card in the phone was renewed within that time.",
            age = age
        ),
    }
}

fn offline(StatusRule { max_age_s, beyond }: StatusRule) -> Words {
    match beyond {
        Beyond::Accept => words!(
            "设备照常受理，直到它的各种名单到期。",
            "The scanner goes on until its lists expire."
        ),
        Beyond::Refuse => words!(
            "设备最多继续受理 {age}，从最近一份卡状态名单签发时算起。",
            "The scanner goes on for at most {age} from the issue of its last status list.",
            age = Seconds(max_age_s)
        ),
    }
}

pub(super) fn begins(from_unix_s: i64) -> Words {
    words!("自{from}起", "From {from}", from = Time(from_unix_s))
}

pub(super) fn ends(until_unix_s: Option<i64>) -> Words {
    match until_unix_s {
        Some(until) => words!("至{until}止", "until {until}", until = Time(until)),
        None => words!("没有截止时间", "with no end"),
    }
}

fn period(from_unix_s: i64, until_unix_s: Option<i64>) -> Words {
    words!(
        "{begins}，{ends}。",
        "{begins}, {ends}.",
        begins = begins(from_unix_s),
        ends = ends(until_unix_s)
    )
}
