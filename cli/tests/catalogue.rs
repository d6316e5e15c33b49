//! The page that citizens read, and the difference between two editions.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use run::gate::World;
use run::{bad, folder, good, onecode, with_input};
use serde_json::{json, Value};

fn sample() -> Value {
    serde_json::from_str(include_str!("../../examples/data/catalogue.json")).unwrap()
}

/// The sample with one application, which has every member that there is.
fn full() -> Value {
    let mut catalogue = sample();
    catalogue["applications"] = json!([{
        "number": 402, "id": "health.inpatient", "domain": "health",
        "name": { "zh": "住院", "en": "Hospital admission" }, "article": 14,
        "places": [310000, 320500], "issuers": ["cn-31", "cn-32"],
        "entitlements": ["medical_insurance"], "entitlements_outside_home": ["medical_offsite"],
        "max_code_age_s": 60, "status": { "max_age_s": 86400, "beyond": "refuse" },
        "bound": true, "challenge": false, "delegate": true,
        "duplicates": { "rule": "pass_back", "seconds": 30 },
        "from": "2026-12-31T16:00:00Z", "until": "2027-12-31T15:59:59Z"
    }]);
    catalogue
}

fn page(catalogue: &Value) -> String {
    good(&with_input(&["catalogue", "page", "-"], catalogue.to_string().as_bytes()))
}

/// The difference as text in one language, and as JSON.
fn diff(folder: &Path, before: &Value, after: &Value, lang: &str) -> (String, Value) {
    let write = |name: &str, value: &Value| {
        let file = folder.join(name);
        fs::write(&file, value.to_string()).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let (a, b) = (write("a.json", before), write("b.json", after));
    let text = good(&onecode(&["--lang", lang, "catalogue", "diff", &a, &b]));
    let json = good(&onecode(&["catalogue", "diff", &a, &b, "--json"]));
    (text, serde_json::from_str(&json).unwrap())
}

/// What lies between `begin` and the next `end`.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin}"));
    rest.split_once(end).unwrap().0
}

#[test]
fn the_page_says_every_rule_in_words_in_both_languages() {
    let page = page(&sample());
    let metro = between(&page, "<article id=\"a101\"", "</article>");
    for words in [
        "城市轨道交通",
        "上海市全境；江苏省：南京市、无锡市",
        "卡上须开通</dt><dd><bdi>交通联合一卡通</bdi>。",
        "同一张卡在同一地点 30 秒内再次使用也拒绝",
        "最近 3 天内的卡状态",
        "不受理亲情卡",
        "码须在生成后 90 秒内扫描",
        "自2022年10月1日 00:00:00（北京时间；UTC 2022-09-30 16:00:00）起，没有截止时间。",
        "《规定》第 11 条",
        "all of Shanghai; Jiangsu: Nanjing",
        "What the card needs</dt><dd><bdi>Transit (China T-Union)</bdi>.",
        "the same card at the same place within 30 seconds",
        "Family cards are refused",
        "From 1 October 2022, 00:00:00 Beijing time (UTC 2022-09-30 16:00:00), with no end.",
    ] {
        assert!(metro.contains(words), "{words}: {metro}");
    }
    let offsite = between(&page, "<article id=\"a502\"", "</article>");
    for words in ["跨省使用时还须有：<bdi>异地就医备案", "扫描或输入设备显示的核验码", "更旧时拒绝"]
    {
        assert!(offsite.contains(words), "{words}: {offsite}");
    }
    let pilot = between(&page, "<article id=\"a701\"", "</article>");
    for words in
        ["浙江省：嘉兴市嘉善县", "<bdi>cn-31</bdi>、<bdi>cn-32</bdi>", "至2027年12月31日 23:59:59"]
    {
        assert!(pilot.contains(words), "{words}: {pilot}");
    }
    // By field, in the order of the regulation.
    let at = |text: &str| page.rfind(&format!("<h2><span lang=\"zh-CN\">{text}</span>")).unwrap();
    let fields = ["交通出行", "旅游观光", "文化体验", "社会保障", "医疗卫生", "金融服务"];
    assert!(fields.windows(2).all(|pair| at(pair[0]) < at(pair[1])));
}

#[test]
fn the_page_loads_nothing_and_its_links_lead_somewhere() {
    let page = page(&sample());
    for forbidden in ["<script", "http:", "https:", "url(", "@import", " src=", " style=", "<link"]
    {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    let attribute = |name: &str| -> Vec<&str> {
        let parts = page.split(name).skip(1);
        parts.map(|rest| rest.split('"').next().unwrap()).collect()
    };
    let ids: BTreeSet<&str> = attribute(" id=\"").into_iter().collect();
    assert_eq!(ids.len(), attribute(" id=\"").len(), "an id is there twice");
    let targets = [attribute(" href=\"#"), attribute(" aria-labelledby=\"")].concat();
    assert!(targets.len() > 60);
    assert!(targets.iter().all(|target| ids.contains(target)), "{targets:?}");
    // Headings go down one level at a time, and there is one of the first.
    let levels: Vec<u32> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page[at + 2..].chars().next()?.to_digit(10))
        .collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1);
}

/// What is marked as English has no Chinese in it, so that a screen reader can speak it. The names
/// are those of the catalogue.
#[test]
fn each_piece_is_marked_with_its_language() {
    let page = page(&sample());
    let chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert!(page.contains("<html lang=\"zh-CN\">"));
    let mut pieces = 0;
    for (begin, end) in [("<span lang=\"en\">", "</span>"), ("<div lang=\"en\">", "</div>")] {
        for rest in page.split(begin).skip(1) {
            let piece = rest.split(end).next().unwrap();
            assert!(!chinese(piece), "{piece}");
            pieces += 1;
        }
    }
    assert!(pieces > 100);
}

#[test]
fn names_can_neither_leave_their_place_nor_turn_the_text_around_them() {
    let mut catalogue = full();
    let name =
        "</bdi><script>alert(1)</script>\" onload='x' &amp; \u{202e}gpj\u{2069}\u{200b}\u{feff}";
    catalogue["applications"][0]["name"] = json!({ "zh": name, "en": name });
    catalogue["applications"][0]["id"] = json!("<b>\u{202e}");
    catalogue["applications"][0]["issuers"] = json!(["<i>", "\u{2066}"]);
    catalogue["entitlements"][4]["name"] =
        json!({ "zh": "<img src=x>", "en": "\u{200f}<img src=x>" });
    let page = page(&catalogue);
    for tag in ["<script", "<img", "<b>", "<i>", "onload='"] {
        assert!(!page.contains(tag), "{tag}");
    }
    let hidden = |c: char| {
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}'
            | '\u{feff}')
    };
    assert!(!page.contains(hidden));
    let shown = "<bdi>&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39; \
                 &amp;amp; ⟨U+202E⟩gpj⟨U+2069⟩⟨U+200B⟩⟨U+FEFF⟩</bdi>";
    // In the contents and in the heading, in both languages.
    assert_eq!(page.matches(shown).count(), 4);
    assert_eq!(page.matches("<bdi>").count(), page.matches("</bdi>").count());

    // A terminal and the minutes get the same.
    let folder = folder("catalogue_names");
    let (text, _) = diff(&folder, &full(), &catalogue, "en");
    assert!(text.contains("⟨U+202E⟩gpj") && !text.contains(hidden), "{text}");
}

#[test]
fn the_page_says_how_far_it_can_be_believed_and_how_it_is_checked() {
    let world = World::new("catalogue_page");
    let published = Path::new(&world.world).join("published");
    let file = published.join("catalogue/1.json");
    let out = world.folder.join("page.html");
    let made =
        onecode(&["catalogue", "page", file.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!(good(&made), "");
    let signed = fs::read_to_string(&out).unwrap();
    assert!(signed.contains("未核验") && signed.contains("Not verified"), "{signed}");
    // The same file, the same page.
    assert_eq!(signed, good(&onecode(&["catalogue", "page", file.to_str().unwrap()])));

    // The command on the page gives the hash on the page.
    let hash = between(&signed, "SHA-256：<bdi>", "</bdi>");
    let command = between(&signed, "算出这个值：<bdi>", "</bdi>")
        .replace("&#39;", "'")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("FILE", "catalogue/1.json");
    let printed = Command::new("sh").args(["-c", &command]).current_dir(&published).output();
    let printed = String::from_utf8(printed.unwrap().stdout).unwrap();
    assert!(printed.starts_with(hash) && hash.len() == 64, "{command}: {printed}");

    // So does the difference of a draft to it.
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/catalogue.json");
    let diff = ["catalogue", "diff", file.to_str().unwrap(), sample];
    let text = good(&onecode(&diff));
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[1].contains("signatures not verified") && lines[1].contains(hash), "{text}");
    assert!(lines[2].contains("a draft, not signed"), "{text}");
    let json = good(&onecode(&[&diff[..], &["--json"]].concat()));
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        (&json["before"]["trust"], &json["after"]["trust"]),
        (&json!("not_verified"), &json!("draft"))
    );

    // By the roots of the region it is a published edition, and says who signed.
    let (file, roots) = (file.to_str().unwrap(), published.join("roots/1.json"));
    let roots = ["--roots", roots.to_str().unwrap()];
    let verified = good(&onecode(&[&["catalogue", "page", file], &roots[..]].concat()));
    assert!(verified.contains("正式公布的版本") && verified.contains("It takes 3"), "{verified}");
    assert!(verified.contains("<bdi>浙江省") && !verified.contains("未核验"), "{verified}");
    let stranger = world.folder.join("stranger.pem");
    good(&onecode(&["keygen", "--alg", "es256", "--out", stranger.to_str().unwrap()]));
    let stranger = good(&onecode(&["--lang", "en", "key", stranger.to_str().unwrap()]));
    let jwk = stranger.lines().find_map(|line| line.strip_prefix("jwk")).unwrap().trim();
    let other = world.folder.join("other.jwk");
    fs::write(&other, jwk).unwrap();
    let refused = onecode(&["catalogue", "page", file, "--roots", other.to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "signed by others");
    let draft = onecode(&[&["catalogue", "page", sample], &roots[..]].concat());
    assert_eq!(draft.status.code(), Some(2), "signed by nobody");

    let draft = page(&self::sample());
    assert!(draft.contains("草案") && draft.contains("Draft"), "{draft}");
    assert!(!draft.contains("未核验"));
}

#[test]
fn a_trust_list_says_what_the_issuers_are_called() {
    let world = World::new("catalogue_issuers");
    let list = Path::new(&world.world).join("published/trust-list/1.json");
    let list = list.to_str().unwrap();
    let catalogue = sample().to_string();
    let page = with_input(&["catalogue", "page", "-", "--trust-list", list], catalogue.as_bytes());
    let page = good(&page);
    let pilot = between(&page, "<article id=\"a701\"", "</article>");
    assert!(pilot.contains("<bdi>上海市社会保障卡管理机构</bdi>（<bdi>cn-31</bdi>）"), "{pilot}");
    assert!(pilot.contains("<bdi>Shanghai agency</bdi> (<bdi>cn-31</bdi>)"), "{pilot}");
    assert!(page.contains("发卡机构的名称取自一份未核验的发卡机构名单"));

    let (a, b) = (world.folder.join("a.json"), world.folder.join("b.json"));
    let mut after = full();
    after["applications"][0]["issuers"] = json!(["cn-31"]);
    fs::write(&a, full().to_string()).unwrap();
    fs::write(&b, after.to_string()).unwrap();
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let text = good(&onecode(&["catalogue", "diff", a, b, "--trust-list", list]));
    assert!(text.contains("Refused from now on (502): cards of Jiangsu agency (cn-32)"), "{text}");
    // What is none is told.
    let line = bad(&onecode(&["catalogue", "diff", a, b, "--trust-list", a]));
    assert!(line.contains("a.json"), "{line}");
}

#[test]
fn what_is_no_catalogue_is_refused() {
    let world = World::new("catalogue_refused");
    let list = Path::new(&world.world).join("published/trust-list/1.json");
    let refused = |input: &[u8]| bad(&with_input(&["catalogue", "page", "-"], input));
    assert!(refused(b"hello").contains("neither JSON nor a signed document"));
    assert!(refused(br#"{"payload":"","signatures":[]}"#).contains("no signature"));
    assert!(refused(b"{}").contains("missing"));
    refused(b"");
    bad(&onecode(&["catalogue", "page", list.to_str().unwrap()]));
    let mut catalogue = full();
    catalogue["applications"][0]["entitlements"] = json!(["nothing"]);
    assert!(refused(catalogue.to_string().as_bytes()).contains("no entitlement nothing"));
    // The file is written wholly or not at all.
    let folder = folder("catalogue_out");
    let out = folder.join("page.html");
    bad(&with_input(&["catalogue", "page", "-", "--out", out.to_str().unwrap()], b"hello"));
    assert!(!out.exists());
}

#[test]
fn equal_catalogues_have_no_difference() {
    let folder = folder("catalogue_equal");
    let (zh, json) = diff(&folder, &sample(), &sample(), "zh");
    assert!(zh.ends_with("\n没有差异。\n"), "{zh}");
    assert_eq!((&json["same"], &json["changes"]), (&json!(true), &json!([])));
    let (en, _) = diff(&folder, &sample(), &sample(), "en");
    assert!(en.ends_with("\nNo difference.\n"), "{en}");
    // Written otherwise, it says the same.
    let pretty = folder.join("pretty.json");
    fs::write(&pretty, format!("{:#}", sample())).unwrap();
    let a = folder.join("a.json");
    let text =
        good(&onecode(&["catalogue", "diff", a.to_str().unwrap(), pretty.to_str().unwrap()]));
    assert!(text.contains("only the writing differs"), "{text}");
}

#[test]
fn a_change_is_one_sentence_with_before_and_after_and_whom_it_concerns() {
    let folder = folder("catalogue_sentences");
    let said = |member: &str, value: Value| {
        let mut after = full();
        match value {
            Value::Null => drop(after["applications"][0].as_object_mut().unwrap().remove(member)),
            value => after["applications"][0][member] = value,
        }
        let (_, json) = diff(&folder, &full(), &after, "en");
        let changes = json["changes"].as_array().unwrap();
        assert_eq!(changes.len(), 1, "{json}");
        assert_eq!(changes[0]["member"], member);
        [&changes[0]["zh"], &changes[0]["en"]].map(|text| text.as_str().unwrap().to_owned())
    };
    for (member, value, zh, en) in [
        (
            "duplicates",
            json!({ "rule": "pass_back", "seconds": 60 }),
            "30 秒内再次使用也拒绝”改为“同一个码只能用一次，再用即拒绝；同一张卡在同一地点 60 秒内",
            "So is the same card at the same place within 60 seconds”. This concerns whoever scans",
        ),
        (
            "delegate",
            json!(false),
            "由“本人，或由亲属用亲情卡代为出示”改为“须本人出示，不受理亲情卡”。涉及由亲属代为",
            "to “The holder in person. Family cards are refused”. This concerns those whose",
        ),
        (
            "places",
            json!([310000]),
            "缩小：以下范围不再全部受理，涉及在那里使用的人（501）：江苏省：苏州市",
            "Narrower",
        ),
        ("places", json!([310000, 320000]), "扩大：在新的范围里也可用：江苏省。", "Wider"),
        ("places", json!([320500, 310000]), "列出的方式变了，规则不变", "the rule is the same"),
        ("issuers", Value::Null, "改为“所有获承认的发卡机构发的卡”", "will do from now on"),
        (
            "issuers",
            json!(["cn-31"]),
            "今后拒绝的卡（502）：cn-32",
            "Refused from now on (502): cards of cn-32",
        ),
        ("entitlements", json!([]), "没有开通基本医疗保险的卡今后也可用", "will do from now on"),
        (
            "entitlements_outside_home",
            json!(["medical_offsite", "library"]),
            "没有开通公共图书馆的卡今后拒绝（503）",
            "Cards without Public libraries are refused from now on (503)",
        ),
        ("until", Value::Null, "改为“没有截止时间”", "to “with no end”"),
        (
            "name",
            json!({ "zh": "入院", "en": "Hospital admission" }),
            "由“住院（Hospital admission）”改为“入院",
            "(入院)",
        ),
        (
            "x_new",
            json!([1]),
            "x_new：由 （无） 改为 [1]",
            "x_new, which programs read: from (nothing) to [1]",
        ),
    ] {
        let [said_zh, said_en] = said(member, value);
        assert!(said_zh.contains(zh), "{said_zh}");
        assert!(said_en.contains(en), "{said_en}");
    }
}

/// Every value of a document, however deep, with its path.
fn leaves(value: &Value, path: &str, into: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, inner)| leaves(inner, &format!("{path}/{name}"), into));
        }
        Value::Array(items) => {
            for (at, inner) in items.iter().enumerate() {
                leaves(inner, &format!("{path}/{at}"), into);
            }
        }
        _ => into.push(path.to_owned()),
    }
}

/// Other values that may stand in the place of this one.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(value) => vec![json!(!value)],
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            [number + 1, number.saturating_sub(1), 310_101, 63].map(Value::from).to_vec()
        }
        Value::String(text) => [
            &format!("{text}x"),
            &format!("{text}\u{200b}"),
            "2026-12-31T16:00:01Z",
            "2027-03-03T00:00:00Z",
            "accept",
            "refuse",
            "allow",
            "warn",
            "transit",
            "hex",
            "library",
        ]
        .map(|text: &str| json!(text))
        .to_vec(),
        _ => vec![],
    }
}

#[test]
fn nothing_that_differs_is_left_unsaid() {
    let folder = folder("catalogue_property");
    let mut before = full();
    before["foreign_codes"] = json!(before["foreign_codes"].as_array().unwrap()[..1].to_vec());
    before["entitlements"] = json!(before["entitlements"].as_array().unwrap()[..6].to_vec());
    let mut paths = Vec::new();
    leaves(&before, "", &mut paths);
    let (mut compared, mut unchanged) = (0, vec![]);
    for path in &paths {
        let mut taken = 0;
        for other in others(before.pointer(path).unwrap()) {
            let mut after = before.clone();
            *after.pointer_mut(path).unwrap() = other;
            if after == before || !is_catalogue(&after) || taken == 2 {
                continue;
            }
            let (text, json) = diff(&folder, &before, &after, "zh");
            let changes = json["changes"].as_array().unwrap();
            assert!(!changes.is_empty() && !text.contains("没有差异"), "{path}: {text}");
            for change in changes {
                let says = change["zh"].as_str().unwrap();
                assert!(!says.is_empty() && text.contains(says.lines().next().unwrap()), "{text}");
                assert_ne!(change["before"], change["after"]);
            }
            compared += 1;
            taken += 1;
        }
        if taken == 0 {
            unchanged.push(path);
        }
    }
    // An id that an application refers to cannot change alone.
    assert_eq!(unchanged, ["/entitlements/4/id", "/entitlements/5/id"]);
    assert!(compared > 80, "{compared}");

    // Members that come or go, known and unknown ones, at every level.
    for place in [
        "",
        "/applications/0",
        "/applications/0/status",
        "/entitlements/0",
        "/foreign_codes/0",
        "/foreign_codes/0/pattern",
        "/applications/0/name",
    ] {
        let mut after = before.clone();
        after.pointer_mut(place).unwrap()["x_new"] = json!("<x>");
        let (text, _) = diff(&folder, &before, &after, "en");
        assert!(text.contains("<x>"), "{place}: {text}");
    }
    // Entries that come, go, or stand in another order.
    for array in ["applications", "entitlements", "foreign_codes"] {
        let whole = sample();
        let mut less = whole.clone();
        less[array].as_array_mut().unwrap().pop();
        if array == "entitlements" {
            let uses = |entry: &Value| entry["entitlements"].to_string().contains("subsidy");
            less["applications"].as_array_mut().unwrap().retain(|entry| !uses(entry));
        }
        let (text, _) = diff(&folder, &whole, &less, "zh");
        assert!(text.contains("取消"), "{text}");
        let (text, _) = diff(&folder, &less, &whole, "zh");
        assert!(text.contains("新增"), "{text}");
        let mut turned = whole.clone();
        turned[array].as_array_mut().unwrap().reverse();
        let (text, json) = diff(&folder, &whole, &turned, "zh");
        assert!(text.contains("排列次序变了"), "{text}");
        assert_eq!(json["changes"].as_array().unwrap().len(), 1);
    }
}

fn is_catalogue(value: &Value) -> bool {
    onecode::catalogue::Catalogue::from_json(&value.to_string()).is_ok()
}

#[test]
fn editions_in_the_wrong_order_and_two_with_one_number_are_told() {
    let folder = folder("catalogue_order");
    let mut later = full();
    later["sequence"] = json!(2);
    let (text, json) = diff(&folder, &later, &full(), "en");
    assert!(text.contains("the later edition was named first"), "{text}");
    assert_eq!(json["order"], "backwards");
    let (text, json) = diff(&folder, &full(), &later, "en");
    assert!(!text.contains("Note") && text.contains("Edition: from “1” to “2”"), "{text}");
    assert_eq!(json["order"], "forwards");
    let mut other = full();
    other["applications"][0]["delegate"] = json!(false);
    let (text, json) = diff(&folder, &full(), &other, "zh");
    assert!(text.contains("用了同一个版本号"), "{text}");
    assert_eq!(json["order"], "same_number");
}

#[test]
fn an_application_is_followed_through_a_new_number_or_a_new_id() {
    let folder = folder("catalogue_follow");
    for (member, value) in [("number", json!(403)), ("id", json!("health.ward"))] {
        let mut after = full();
        after["applications"][0][member] = value;
        let (text, json) = diff(&folder, &full(), &after, "zh");
        let changes = json["changes"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["member"]), (1, &json!(member)), "{text}");
    }
}
