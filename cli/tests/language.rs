//! The command in Chinese: the same facts, the same JSON, the same exit status.

#[macro_use]
#[path = "../../tests/say/mod.rs"]
mod say;

mod run;

use std::process::{Command, Output};

use run::gate::{World, AT};
use run::{command, fed, folder, COMMAND};

const LANGUAGES: [&str; 2] = ["zh", "en"];

/// The same command line in both languages: Chinese, English.
fn both(arguments: &[&str], input: &str) -> [Output; 2] {
    LANGUAGES.map(|lang| fed(command().args(["--lang", lang]).args(arguments), input.as_bytes()))
}

/// What a person sees of it.
fn seen(output: &Output) -> String {
    let bytes = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(bytes).unwrap()
}

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The numbers of a text, in whatever order: a Chinese sentence has another one. Times are numbers
/// as well.
fn numbers(text: &str) -> Vec<String> {
    let digits = |c: char| !c.is_ascii_digit();
    let mut numbers: Vec<String> =
        text.split(digits).filter(|number| !number.is_empty()).map(str::to_owned).collect();
    numbers.sort();
    numbers
}

/// A command that answers in words: Chinese with the numbers of the English answer.
fn says_the_same(arguments: &[&str], input: &str) -> [String; 2] {
    let outputs = both(arguments, input);
    assert_eq!(outputs[0].status.code(), outputs[1].status.code(), "{arguments:?}");
    let [zh, en] = outputs.map(|output| seen(&output));
    assert!(is_chinese(&zh) && !is_chinese(&en), "{arguments:?}\n{zh}\n{en}");
    assert_eq!(numbers(&zh), numbers(&en), "{arguments:?}\n{zh}\n{en}");
    [zh, en]
}

#[test]
fn the_answers_have_the_same_facts_in_both_languages() {
    let world = World::new("language_answers");
    let w = world.world.as_str();
    let state = world.state();
    let receipts = world.folder.join("receipts.txt");
    let receipts = receipts.to_str().unwrap();

    let code = world.text("lin-yue", AT);
    let [zh, _] = says_the_same(&["explain", &code], "");
    assert!(zh.contains("未经核验") && zh.contains("310000"), "{zh}");

    let [zh, _] = says_the_same(&["preflight", "--world", w, "--at", AT], "");
    assert!(zh.contains("\n就绪\n") && zh.contains("城市轨道交通  正常受理至"), "{zh}");
    let late = ["preflight", "--world", w, "--at", "2027-11-25T08:00:00+08:00"];
    let [zh, en] = both(&late, "").map(|output| seen(&output));
    assert!(zh.contains("\n未就绪\n") && zh.contains("没有装入：已于"), "{zh}");
    assert_eq!(zh.matches("缺失").count(), en.matches("MISSING").count(), "{zh}");

    let gate = ["--state", &state, "--receipts", receipts, "--scanner", "cn-32.gate-1"];
    let gate = [&gate[..], &["--application", "transit.bus", "--at", AT]].concat();
    run::lines(&run::with_input(&world.arguments(&gate), format!("{code}\n{code}\n").as_bytes()));
    let verify = ["receipts", "verify", "--world", w, "--at", AT, receipts];
    let [zh, _] = says_the_same(&verify, "");
    assert!(zh.starts_with("完整：cn-32.gate-1 的 2 份受理回执：通过 1，拒绝 1"), "{zh}");
    assert!(zh.contains("要用 --state"), "{zh}");
    let all = std::fs::read_to_string(receipts).unwrap();
    let second: String = all.lines().skip(1).map(|line| format!("{line}\n")).collect();
    std::fs::write(receipts, second).unwrap();
    let [zh, _] = says_the_same(&verify, "");
    assert_eq!(zh, "不完整：第 1 行，编号 0：这里的编号是 1，之前的缺失；请先列出已移走的文件，或用 --from 1\n");

    for (event, word) in
        [("suspend", "已挂失"), ("restore", "正常"), ("revoke", "已注销"), ("replace", "新发位置")]
    {
        let mut arguments = vec!["card", event, "--world", w, "--card", "huang-lei", "--at", AT];
        let done = fed(command().args(&arguments).args(["--lang", "zh"]), b"");
        let zh = run::good(&done);
        assert!(zh.starts_with("huang-lei：") && zh.contains(word), "{zh}");
        if event != "replace" {
            // Once more is no mistake, and says the same.
            arguments.extend(["--lang", "en"]);
            let en = run::good(&fed(command().args(&arguments), b""));
            assert_eq!(numbers(&zh), numbers(&en), "{zh}{en}");
        }
    }
    let sign = |lang, holder: &str| {
        let sign = ["--lang", lang, "sign", "catalogue", "--world", w, "--at", AT];
        seen(&fed(command().args(sign).args(["--holder", holder]), b""))
    };
    let (zh, en) = (sign("zh", "sh"), sign("en", "js"));
    assert!(zh.contains("已有 1 家（sh）") && zh.contains("签名还不够"), "{zh}");
    assert!(en.contains("2 of the 3 holders") && !en.contains("签"), "{en}");
    let published = world.published("");
    let published = published.to_str().unwrap();
    let [zh, _] = says_the_same(&["audit", published, "--at", AT], "");
    assert!(zh.contains("\n完整：4 份文档"), "{zh}");
    let [zh, _] = says_the_same(&["roots", "walk", &format!("{published}/roots/1.json")], "");
    assert!(zh.contains("须 3 家签名"), "{zh}");
}

#[test]
fn what_goes_wrong_is_said_in_both_languages() {
    let world = World::new("language_failures");
    let w = world.world.as_str();
    let cases: &[(&[&str], &str)] = &[
        (&["reason", "999"], "没有拒绝编号 999"),
        (&["key", "no-such.pem"], "没有这个文件或文件夹（系统错误 2）"),
        (&["key", "-"], "不是 PEM"),
        (&["explain", "https://example.cn"], "103 这是别的二维码"),
        (&["show", "--world", "nowhere", "--card", "lin-yue"], "这里不是演练地区"),
        (&["show", "--world", w, "--card", "nobody"], "cards/ 里没有卡 nobody；现有：chen-jie, "),
        (&["show", "--world", w, "--card", "A"], "\"A\" 不能作名称"),
        (&["sandbox", w], "请另取文件夹名"),
        (&["card", "issue", "--world", w, "--issuer", "cn-31", "--name", "lin-yue"], "已有这张卡"),
    ];
    for (arguments, expected) in cases {
        let outputs = both(arguments, "");
        for output in &outputs {
            run::bad(output);
        }
        let [zh, en] = outputs.map(|output| seen(&output));
        assert!(zh.contains(expected) && !en.contains(expected), "{arguments:?}\n{zh}\n{en}");
        // The system numbers its errors, and the English text of the standard library has that.
        assert_eq!(numbers(&zh), numbers(&en), "{arguments:?}\n{zh}\n{en}");
    }
}

#[test]
fn json_is_the_same_in_both_languages() {
    let world = World::new("language_json");
    let w = world.world.as_str();
    let code = world.text("lin-yue", AT);
    let picture = world.folder.join("no-picture.png");
    std::fs::write(&picture, b"hello").unwrap();
    let scan = ["scan", "--world", w, "--place", "320500", "--at", AT, "--application"];
    let input = format!("{code}\nhello\n{}\n", world.text("zhang-wei", AT));
    let cases: &[(Vec<&str>, &str)] = &[
        ([&scan[..], &["transit.metro"]].concat(), &input),
        ([&scan[..], &["transit.metro", picture.to_str().unwrap()]].concat(), ""),
        ([&scan[..], &["transit.metro", w]].concat(), ""),
        (vec!["explain", "--json", &code], ""),
        (vec!["reason", "--json"], ""),
        (vec!["preflight", "--world", w, "--at", AT, "--json"], ""),
    ];
    for (arguments, input) in cases {
        let [zh, en] = both(arguments, input);
        assert!(zh.stdout.len() > 100, "{arguments:?}");
        assert_eq!(zh.stdout, en.stdout, "{arguments:?}");
    }
}

#[test]
fn the_system_says_which_language() {
    let spoken = |set: &[(&str, &str)], more: &[&str]| {
        let mut command = Command::new(COMMAND);
        ["LC_ALL", "LC_MESSAGES", "LANG"].iter().for_each(|name| {
            command.env_remove(name);
        });
        command.envs(set.iter().copied()).args(["reason", "999"]).args(more);
        if is_chinese(&seen(&command.output().unwrap())) {
            "zh"
        } else {
            "en"
        }
    };
    let chinese = ("LANG", "zh_CN.UTF-8");
    assert_eq!(spoken(&[], &[]), "en");
    assert_eq!(spoken(&[chinese], &[]), "zh");
    assert_eq!(spoken(&[chinese, ("LC_MESSAGES", "en_GB.UTF-8")], &[]), "en");
    assert_eq!(spoken(&[chinese, ("LC_ALL", "C")], &[]), "en");
    assert_eq!(spoken(&[("LANG", "en_GB.UTF-8"), ("LC_ALL", "zh_CN")], &[]), "zh");
    assert_eq!(spoken(&[chinese], &["--lang", "en"]), "en");
    assert_eq!(spoken(&[], &["--lang=zh"]), "zh");
}

#[test]
fn help_and_what_clap_refuses_are_in_the_language() {
    let [zh, en] = both(&["scan", "--help"], "").map(|output| run::good(&output));
    for expected in [
        "用法：onecode scan",
        "选项：",
        "示例：",
        "退出状态",
        "［默认：30］",
        "［可选：picture、typed］",
    ] {
        assert!(zh.contains(expected), "{expected}: {zh}");
    }
    let options = |help: &str| help.matches("--").count();
    assert!(en.contains("Usage: onecode scan") && !is_chinese(&en), "{en}");
    assert_eq!(options(&zh), options(&en));
    // The examples are those of the English page.
    let examples = |help: &str| {
        let lines = help.lines().filter(|line| line.starts_with("  onecode "));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(examples(&zh), examples(&en));
    assert!(!examples(&zh).is_empty());
    let [all, of_help] =
        [&["--help"][..], &["help", "scan"]].map(|line| run::good(&both(line, "")[0]));
    assert!(all.contains("班前检查") && all.contains("显示本帮助"), "{all}");
    assert!(of_help.contains("用法：onecode scan"), "{of_help}");

    for (arguments, expected) in [
        (&["scan"][..], "缺少必需的参数："),
        (&["scna"], "没有子命令“scna”"),
        (&["card"], "命令："),
        (&["reason", "--jsno"], "没有参数“--jsno”"),
        (&["reason", "many"], "的值“many”无效"),
        (&["keygen", "--alg", "rsa"], "可选：es256、ed25519"),
        (&["sandbox", "w", "--at", "noon"], "时间的写法是 2026-11-23T08:00:00+08:00"),
        (&["show", "--world", "w", "--card", "a", "--phone", "b"], "同时使用"),
    ] {
        let [zh, en] = both(arguments, "");
        assert_eq!((zh.status.code(), en.status.code()), (Some(2), Some(2)), "{arguments:?}");
        let [zh, en] = [seen(&zh), seen(&en)];
        assert!(zh.contains(expected) && !is_chinese(&en), "{arguments:?}: {zh}{en}");
        for word in ["error", "Usage", "For more", "tip"] {
            assert!(!zh.contains(word), "{word} in {zh}");
        }
    }
}

#[test]
fn a_region_made_in_chinese_explains_itself_in_chinese() {
    let place = folder("language_sandbox");
    let made = |name: &str, lang: &str| {
        let mut command = command();
        let arguments = ["sandbox", name, "--seed", "7", "--at", AT, "--lang", lang];
        let told = run::good(&command.args(arguments).current_dir(&place).output().unwrap());
        (told, std::fs::read_to_string(place.join(name).join("README.txt")).unwrap())
    };
    let ((told_zh, zh), (told_en, en)) = (made("zh", "zh"), made("en", "en"));
    assert!(told_zh.starts_with("zh: 4 家发卡机构，13 张卡。"), "{told_zh}");
    assert!(told_zh.contains("# 在苏州的地铁闸机：通过。"), "{told_zh}");
    assert!(zh.contains("演练地区") && zh.contains("受理回执"), "{zh}");
    assert_eq!(zh.lines().count(), en.lines().count());
    let commands = |text: &str| {
        let lines =
            text.lines().filter(|line| line.contains("onecode ") && line.contains("--world "));
        lines.map(|line| line.split(" #").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let renamed = |commands: Vec<String>| -> Vec<String> {
        commands.iter().map(|line| line.replace("--world en ", "--world zh ")).collect()
    };
    assert_eq!(commands(&told_zh), renamed(commands(&told_en)));
    say!("{} commands in the walk", commands(&told_zh).len());
}
