//! The page that citizens read: one HTML file that loads nothing and runs nothing.
//!
//! Uses `words`, `rules` and `document`. Everything of the catalogue comes through
//! [`Words::html`]. The first piece of the page forbids scripts and whatever else is not this
//! style, so that a mistake here would do nothing.

use std::collections::HashMap;
use std::fmt::Write;

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use onecode::catalogue::Application;
use onecode::jose::Name;
use onecode::Language;
use sha2::{Digest, Sha256};

use super::document::{Document, Trust, HASH_OF_PAYLOAD};
use super::rules::{self, Names, Rule};
use super::words::{Foreign, Time, Words};

const STYLE: &str = include_str!("style.css");

/// The whole page, with what issuers are called by their ids. The same documents give the same
/// bytes.
pub(super) fn html(document: &Document, issuers: &HashMap<String, Name>) -> String {
    let catalogue = &document.catalogue;
    let edition = &catalogue.edition;
    let title = words!("长三角一卡通应用项目清单", "Applications of the Yangtze River Delta card");
    let numbered = words!("第 {number} 版", "Edition {number}", number = edition.sequence);
    // On paper each sheet says which list it is of. Numbers alone are put in here.
    let sheet = format!(
        "@page {{ @top-center {{ content: \"{} {} · {}\"; font-size: 8.5pt; }} \
         @bottom-center {{ content: counter(page) \" / \" counter(pages); font-size: 8.5pt; }} }}\n",
        title.zh, numbered.zh, numbered.en
    );
    let style = format!("\n{STYLE}{sheet}");
    let allowed = STANDARD.encode(Sha256::digest(&style));
    let names = Names::of(catalogue, issuers);

    let mut fields = String::new();
    let mut contents = String::new();
    for domain in rules::DOMAINS {
        let here: Vec<&Application> =
            catalogue.applications.iter().filter(|entry| entry.domain == domain).collect();
        if here.is_empty() {
            continue;
        }
        let heading = spans(&rules::domain(domain));
        contents += &format!("<h3>{heading}</h3>\n<ul>\n");
        fields += &format!("<section>\n<h2>{heading}</h2>\n");
        for application in here {
            contents += &format!(
                "<li><a href=\"#a{}\">{}</a></li>\n",
                application.number,
                spans(&called(application))
            );
            fields += &entry(application, &names);
        }
        contents += "</ul>\n";
        fields += &format!("{}</section>\n", up());
    }

    format!(
        "<!DOCTYPE html>\n\
         <html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'sha256-{allowed}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title_zh} {numbered_zh}</title>\n<style>{style}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#contents\">{skip}</a>\n\
         <header>\n<h1>{title}</h1>\n{switch}{trust}{about}</header>\n\
         <nav id=\"contents\" aria-labelledby=\"contents-heading\" tabindex=\"-1\">\n\
         <h2 id=\"contents-heading\">{contents_heading}</h2>\n{contents}</nav>\n\
         <main>\n{general}{fields}</main>\n<footer>\n{check}</footer>\n</body>\n</html>\n",
        title_zh = title.html(Language::Zh),
        numbered_zh = numbered.html(Language::Zh),
        skip = spans(&words!("跳到目录", "Skip to the contents")),
        title = spans(&title),
        switch = SWITCH,
        trust = trust(&document.trust),
        about = about(document, numbered),
        contents_heading = spans(&words!("目录", "Contents")),
        general = general(),
        check = check(document, issuers.is_empty()),
    )
}

/// Which languages are shown. It works without a script; where a browser is too old for it, it is
/// not there and both are shown.
const SWITCH: &str = "<fieldset>\n\
    <legend><span lang=\"zh-CN\" class=\"keep\">显示语言</span> / \
    <span lang=\"en\" class=\"keep\">Language</span></legend>\n\
    <label><input type=\"radio\" name=\"language\" checked>中文 + \
    <span lang=\"en\" class=\"keep\">English</span></label>\n\
    <label><input type=\"radio\" name=\"language\" id=\"only-zh\">中文</label>\n\
    <label lang=\"en\"><input type=\"radio\" name=\"language\" id=\"only-en\">English</label>\n</fieldset>\n";

/// How an application is called.
pub(super) fn called(application: &Application) -> Words {
    words!("{name}", "{name}", name = &application.name)
}

/// A short text in both languages, each marked as what it is.
fn spans(words: &Words) -> String {
    format!(
        "<span lang=\"zh-CN\">{}</span> <span lang=\"en\">{}</span>",
        words.html(Language::Zh),
        words.html(Language::En)
    )
}

/// Longer texts in both languages: side by side where there is room.
fn side_by_side(write: impl Fn(Language) -> String) -> String {
    format!(
        "<div class=\"both\">\n<div lang=\"zh-CN\">\n{}</div>\n<div lang=\"en\">\n{}</div>\n</div>\n",
        write(Language::Zh),
        write(Language::En)
    )
}

fn paragraphs(texts: &[Words]) -> String {
    side_by_side(|language| {
        texts.iter().map(|text| format!("<p>{}</p>\n", text.html(language))).collect()
    })
}

fn list(rules: &[Rule]) -> String {
    side_by_side(|language| {
        let mut list = "<dl>\n".to_owned();
        for Rule { about, says } in rules {
            // Writing to a string cannot fail.
            let _ =
                writeln!(list, "<dt>{}</dt><dd>{}</dd>", about.html(language), says.html(language));
        }
        list + "</dl>\n"
    })
}

fn entry(application: &Application, names: &Names) -> String {
    let number = application.number;
    format!(
        "<article id=\"a{number}\" aria-labelledby=\"n{number}\">\n<h3 id=\"n{number}\">{}</h3>\n{}\
         </article>\n",
        spans(&called(application)),
        list(&rules::rules(application, names))
    )
}

/// How far the page can be believed. The place where a verified document says who signed it.
fn trust(trust: &Trust) -> String {
    let notice = match trust {
        Trust::Verified { needed, .. } => {
            let signed = trust.said();
            words!(
                "正式公布的版本，{signed}。须有 {needed} 方共同签名。",
                "A published edition, {signed}. It takes {needed} that sign together.",
                signed = signed,
                needed = *needed
            )
        }
        Trust::Draft => words!(
            "草案：本页由尚未签名的清单生成，不是正式公布的版本。",
            "Draft: this page was made from a list that is not signed. It is not a published edition."
        ),
        Trust::NotVerified => words!(
            "未核验：生成本页时没有核验清单上的签名。核对方法见页末。",
            "Not verified: the signatures of the list were not checked when this page was made. How \
             to check it is said at the end."
        ),
    };
    format!("<div class=\"notice\">{}</div>\n", paragraphs(&[notice]))
}

fn about(document: &Document, numbered: Words) -> String {
    let edition = &document.catalogue.edition;
    let rule = |about, says| Rule { about, says };
    list(&[
        rule(
            words!("版本", "Edition"),
            words!(
                "{numbered}，共 {count} 项",
                "{numbered}, {count} applications",
                numbered = numbered,
                count = document.catalogue.applications.len()
            ),
        ),
        rule(
            words!("签发", "Issued"),
            words!("{time}", "{time}", time = Time(edition.issued_at_unix_s)),
        ),
        rule(
            words!("下一版最迟", "Next edition by"),
            words!("{time}", "{time}", time = Time(edition.next_update_unix_s)),
        ),
        rule(
            words!("到期", "Expires"),
            words!(
                "{time}。到期后设备不再使用本版。",
                "{time}. From then on scanners do not use this edition.",
                time = Time(edition.expires_unix_s)
            ),
        ),
    ])
}

/// What holds for all entries, said once.
fn general() -> String {
    let heading = spans(&words!("怎样读这份清单", "How to read this list"));
    let texts = paragraphs(&[
        words!(
            "这份清单由上海市、江苏省、浙江省、安徽省共同编制，列出电子社会保障卡的一码通可以办什么、\
             在哪里办、按什么规则办。",
            "Shanghai, Jiangsu, Zhejiang and Anhui compile this list together. It says what the code \
             of the electronic social security card is good for, where, and by which rules."
        ),
        words!(
            "设备为防止重复使用而记住的，只是由码和卡算出的编号和使用时间，不含姓名和证件号码；过了所写\
             的时间就不再起作用，需要腾出空间时删除。",
            "What a scanner remembers against second uses is a number that is computed from the code \
             or card, and the time: no names and no ID numbers. After the time that is said it has \
             no effect any more, and goes when room is needed."
        ),
        words!(
            "码被拒绝时，请把设备显示的编号告诉工作人员或 12345 热线，也可以改用实体社会保障卡。",
            "When a code is refused, tell the number on the scanner to the staff or to the 12345 \
             hotline, or use the physical card."
        ),
    ]);
    format!("<section>\n<h2>{heading}</h2>\n{texts}</section>\n")
}

fn check(document: &Document, one_file: bool) -> String {
    let heading = spans(&words!("怎样核对本页", "How to check this page"));
    let hash = Foreign(&document.sha256);
    let texts = match &document.trust {
        Trust::Draft => paragraphs(&[
            words!(
                "所用文件的 SHA-256：{hash}。签名后的版本另有自己的值。",
                "SHA-256 of the file: {hash}. What is signed will have another one.",
                hash = hash
            ),
            same_page(one_file),
        ]),
        Trust::NotVerified | Trust::Verified { .. } => paragraphs(&[
            words!(
                "签名内容的 SHA-256：{hash}。请与各省市公布的值核对。",
                "SHA-256 of what is signed: {hash}. Compare it with the value that each government \
                 has published.",
                hash = hash
            ),
            words!(
                "从签名的文件算出这个值：{command}",
                "The value is computed from the signed file with: {command}",
                command = Foreign(HASH_OF_PAYLOAD)
            ),
            same_page(one_file),
        ]),
    };
    format!("<h2>{heading}</h2>\n{texts}{}", up())
}

fn up() -> String {
    let words = words!("回到目录", "Back to the contents");
    format!("<p><a class=\"up\" href=\"#contents\">{}</a></p>\n", spans(&words))
}

fn same_page(one_file: bool) -> Words {
    match one_file {
        true => words!(
            "任何人都可以用同一个文件重新生成本页，结果逐字节相同：onecode catalogue page FILE",
            "Anybody can make this page again from the same file, the same byte for byte: onecode \
             catalogue page FILE"
        ),
        false => words!(
            "发卡机构的名称取自一份未核验的发卡机构名单。任何人都可以用这两个文件重新生成本页，结果逐字节\
             相同：onecode catalogue page FILE --trust-list FILE",
            "The names of the issuers are from a trust list that was not verified. Anybody can make \
             this page again from the two files, the same byte for byte: onecode catalogue page FILE \
             --trust-list FILE"
        ),
    }
}
