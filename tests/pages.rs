//! The pages: their links and commands lead to what exists, and a Chinese page says what its English
//! twin says. `README.zh-CN.md` is the twin of `README.md`, and so on.
//!
//! The walk of `README.md` is run word for word by `.ci/run`. The Chinese README has the same block,
//! byte for byte, between the same markers, so what CI runs holds for both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

const CHINESE: &str = ".zh-CN.md";

/// Folders at the top of the project: a path on a page that begins with one is checked.
const TOP: [&str; 14] = [
    ".cargo",
    ".ci",
    "bindings",
    "cli",
    "deploy",
    "docs",
    "examples",
    "keystore",
    "measure",
    "operations",
    "service",
    "src",
    "tests",
    "uniffi",
];

/// What a command on a page makes, or a build writes: it exists afterwards.
const MADE: [&str; 3] = [
    "bindings/kotlin/src/generated/resources/linux-x86-64",
    "bindings/kotlin/target/onecode-0.1.0.jar",
    "examples/android/app/src/main/assets/sandbox",
];

/// A fenced block: its language, and its text byte for byte.
#[derive(Debug, PartialEq)]
struct Block<'a> {
    language: &'a str,
    text: &'a str,
}

/// What stands from one heading to the next.
#[derive(Default)]
struct Section<'a> {
    level: usize,
    heading: &'a str,
    /// Inline code, with single spaces, in its order.
    code: Vec<String>,
    links: Vec<String>,
    /// The numbers of its text outside code and the targets of links.
    numbers: Vec<String>,
    /// The cells of each row of its tables.
    rows: Vec<Vec<&'a str>>,
}

struct Page<'a> {
    sections: Vec<Section<'a>>,
    blocks: Vec<Block<'a>>,
    comments: Vec<&'a str>,
}

impl<'a> Page<'a> {
    fn read(text: &'a str) -> Page<'a> {
        let mut page =
            Page { sections: vec![Section::default()], blocks: Vec::new(), comments: Vec::new() };
        let mut prose = String::new();
        // The language of the block that is open, and where its text begins.
        let mut open: Option<(&str, usize)> = None;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            let (begin, bare) = (at, line.trim_end());
            at += line.len();
            if let Some(language) = bare.trim_start().strip_prefix("```") {
                match open.take() {
                    Some((language, from)) => {
                        page.blocks.push(Block { language, text: &text[from..begin] });
                    }
                    None => open = Some((language, at)),
                }
            } else if open.is_some() {
                continue;
            } else if bare.starts_with("<!--") {
                page.comments.push(bare);
            } else if let Some((level, heading)) = heading(bare) {
                page.end_section(&mut prose);
                page.sections.push(Section { level, heading, ..Section::default() });
                prose.push_str(heading);
            } else {
                if let Some(row) = row(bare) {
                    page.sections.last_mut().unwrap().rows.push(row);
                }
                prose.push_str(bare);
            }
            prose.push('\n');
        }
        assert!(open.is_none(), "a block is not closed");
        page.end_section(&mut prose);
        page
    }

    fn end_section(&mut self, prose: &mut String) {
        let section = self.sections.last_mut().unwrap();
        (section.code, section.links, section.numbers) = parts(prose);
        prose.clear();
    }

    fn headings(&self) -> impl Iterator<Item = &Section<'a>> {
        self.sections.iter().filter(|section| section.level > 0)
    }

    /// The place of the heading that an anchor names, as GitHub makes anchors.
    fn anchored(&self, anchor: &str) -> Option<usize> {
        let mut seen = BTreeMap::new();
        self.headings().position(|section| {
            let slug = slug(section.heading);
            let times = seen.entry(slug.clone()).and_modify(|times| *times += 1).or_insert(0);
            anchor == if *times == 0 { slug } else { format!("{slug}-{times}") }
        })
    }
}

fn heading(line: &str) -> Option<(usize, &str)> {
    let level = line.bytes().take_while(|byte| *byte == b'#').count();
    let heading = line[level..].strip_prefix(' ')?;
    (level > 0).then_some((level, heading))
}

/// The cells of a row of a table, but for the row of dashes.
fn row(line: &str) -> Option<Vec<&str>> {
    let inner = line.strip_prefix('|')?.strip_suffix('|')?;
    let dashes = inner.bytes().all(|byte| b" -:|".contains(&byte)) && inner.contains("--");
    (!dashes).then(|| inner.split('|').map(str::trim).collect())
}

fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Inline code, the targets of links, and the numbers in what is left of the prose.
fn parts(prose: &str) -> (Vec<String>, Vec<String>, Vec<String>) {
    let (mut code, mut plain) = (Vec::new(), String::new());
    for (place, part) in prose.split('`').enumerate() {
        match place % 2 {
            0 => plain.push_str(part),
            _ => code.push(part.split_whitespace().collect::<Vec<_>>().join(" ")),
        }
    }
    let mut links = Vec::new();
    let mut pieces = plain.split("](");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (target, after) = piece.split_once(')').unwrap_or((piece, ""));
        links.push(target.to_owned());
        text += " ";
        text += after;
    }
    (code, links, numbers(&text))
}

/// The numbers of a text, sorted; 30 million and 3,000 万 are one number.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut rest = text;
    while let Some(from) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = &rest[from..];
        let end = digits.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')));
        let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
        rest = after;
        let digits = digits.trim_end_matches(['.', ',']).replace(',', "");
        let units = [("million", 1e6), ("万", 1e4), ("亿", 1e8)];
        let unit = units.iter().find(|(unit, _)| after.trim_start().starts_with(unit));
        numbers.push(match (digits.parse::<f64>(), unit) {
            (Ok(number), Some((_, factor))) => format!("{:.0}", number * factor),
            _ => digits,
        });
    }
    numbers.sort();
    numbers
}

/// `2.` or `2.1` at the beginning of a heading.
fn number(heading: &str) -> Option<&str> {
    let first = heading.split(' ').next()?;
    first.starts_with(|c: char| c.is_ascii_digit()).then_some(first)
}

/// What the first has and the second lacks, counting repetitions.
fn only<'a>(these: &'a [String], those: &[String]) -> Vec<&'a String> {
    let mut rest: Vec<&String> = those.iter().collect();
    let lacks = |code: &&String| match rest.iter().position(|other| other == code) {
        Some(at) => {
            rest.swap_remove(at);
            false
        }
        None => true,
    };
    these.iter().filter(lacks).collect()
}

/// Where the pages differ in what must be the same, but for the links.
fn differences(english: &Page, chinese: &Page) -> Vec<String> {
    let mut found = Vec::new();
    if english.sections.len() != chinese.sections.len() {
        let (here, there) = (english.headings().count(), chinese.headings().count());
        found.push(format!("{here} headings and {there}"));
    }
    for (here, there) in english.sections.iter().zip(&chinese.sections) {
        let place = format!("“{}” and “{}”", here.heading, there.heading);
        if (here.level, number(here.heading)) != (there.level, number(there.heading)) {
            found.push(format!("{place}: other level or number"));
        }
        let (extra, lacking) = (only(&here.code, &there.code), only(&there.code, &here.code));
        if !extra.is_empty() || !lacking.is_empty() {
            found.push(format!("{place}: inline code only here {extra:?}, only there {lacking:?}"));
        }
        if here.links.len() != there.links.len() {
            found.push(format!("{place}: {} links and {}", here.links.len(), there.links.len()));
        }
        if here.numbers != there.numbers {
            let (extra, lacking) =
                (only(&here.numbers, &there.numbers), only(&there.numbers, &here.numbers));
            found.push(format!("{place}: numbers only here {extra:?}, only there {lacking:?}"));
        }
        let shape = |section: &Section| section.rows.iter().map(Vec::len).collect::<Vec<_>>();
        if shape(here) != shape(there) {
            found.push(format!("{place}: tables of another shape"));
        }
        for (row, other) in here.rows.iter().zip(&there.rows) {
            for (cell, twin) in row.iter().zip(other) {
                if numbers(cell) != numbers(twin) {
                    found.push(format!("{place}: other numbers in “{cell}” and “{twin}”"));
                }
            }
        }
    }
    if english.blocks.len() != chinese.blocks.len() {
        let (here, there) = (english.blocks.len(), chinese.blocks.len());
        found.push(format!("{here} blocks and {there}"));
    }
    for (here, there) in english.blocks.iter().zip(&chinese.blocks) {
        if here != there {
            found.push(format!("blocks differ:\n{}\n{}", here.text, there.text));
        }
    }
    if english.comments != chinese.comments {
        found.push(format!("markers {:?} and {:?}", english.comments, chinese.comments));
    }
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every page of the project by its path from the root: what is generated or hidden is left out.
fn pages() -> BTreeMap<PathBuf, String> {
    fn walk(folder: &Path, pages: &mut BTreeMap<PathBuf, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let left_out = name.starts_with('.') || name == "target" || name == "generated";
            if path.is_dir() && !left_out {
                walk(&path, pages);
            } else if name.ends_with(".md") {
                let text = fs::read_to_string(&path).unwrap();
                pages.insert(path.strip_prefix(root()).unwrap().to_owned(), text);
            }
        }
    }
    let mut pages = BTreeMap::new();
    walk(&root(), &mut pages);
    assert!(pages.contains_key(Path::new("README.md")));
    pages
}

/// Where a relative link leads: the path from the root, and the anchor.
fn lead(page: &Path, target: &str) -> Option<(PathBuf, Option<String>)> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = match target.split_once('#') {
        Some((file, anchor)) => (file, Some(anchor.to_owned())),
        None => (target, None),
    };
    if file.is_empty() {
        return Some((page.to_owned(), anchor));
    }
    let mut path = page.parent().unwrap().to_owned();
    for part in Path::new(file).components() {
        match part {
            Component::ParentDir => assert!(path.pop(), "{}: {target}", page.display()),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    Some((path, anchor))
}

fn english_of(path: &Path) -> PathBuf {
    PathBuf::from(path.to_string_lossy().replace(CHINESE, ".md"))
}

/// The Chinese pages with their English twins.
fn twins(pages: &BTreeMap<PathBuf, String>) -> Vec<(&Path, &Path)> {
    let chinese = pages.keys().filter(|path| path.to_string_lossy().ends_with(CHINESE));
    let twins = chinese.map(|chinese| {
        let english = pages.get_key_value(&english_of(chinese));
        (english.unwrap_or_else(|| panic!("{} has no twin", chinese.display())).0, chinese)
    });
    twins.map(|(english, chinese)| (english.as_path(), chinese.as_path())).collect()
}

#[test]
fn chinese_pages_say_what_their_english_twins_say() {
    let pages = pages();
    let twins = twins(&pages);
    let expected = ["README.md", "docs/DATA.md", "docs/INTEGRATION.md", "docs/OPERATIONS.md"];
    for english in expected {
        assert!(twins.iter().any(|twin| twin.0 == Path::new(english)), "{english} has no twin");
    }
    for (english, chinese) in twins {
        let found = differences(&Page::read(&pages[english]), &Page::read(&pages[chinese]));
        assert!(found.is_empty(), "{}:\n{}", chinese.display(), found.join("\n"));
    }
}

/// Links of twins lead to the same places; those of a Chinese page to Chinese pages where there are.
#[test]
fn twins_link_to_the_same_places_and_to_each_other() {
    let pages = pages();
    let place = |page: &Path, target: &String| match lead(page, target) {
        Some((path, anchor)) => {
            let heading = anchor.map(|anchor| Page::read(&pages[&path]).anchored(&anchor));
            (english_of(&path).display().to_string(), heading)
        }
        None => (target.clone(), None),
    };
    for (english, chinese) in twins(&pages) {
        for (page, twin) in [(english, chinese), (chinese, english)] {
            let name = twin.file_name().unwrap().to_str().unwrap();
            let beginning: String = pages[page].lines().take(3).collect();
            assert!(beginning.contains(&format!("]({name})")), "{} → {name}", page.display());
        }
        let (here, there) = (Page::read(&pages[english]), Page::read(&pages[chinese]));
        for (here, there) in here.sections.iter().zip(&there.sections) {
            let places = |page: &Path, section: &Section| {
                let mut places: Vec<_> =
                    section.links.iter().map(|target| place(page, target)).collect();
                places.sort();
                places
            };
            assert_eq!(places(english, here), places(chinese, there), "{}", there.heading);
        }
        for target in there.sections.iter().flat_map(|section| &section.links) {
            let Some((path, _)) = lead(chinese, target) else { continue };
            let in_chinese = path.to_string_lossy().replace(".md", CHINESE);
            let is_english = !path.to_string_lossy().ends_with(CHINESE);
            if path != english && is_english && pages.contains_key(Path::new(&in_chinese)) {
                panic!("{}: {target} has a Chinese page", chinese.display());
            }
        }
    }
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    let mut broken = Vec::new();
    for (page, text) in &pages {
        for target in Page::read(text).sections.iter().flat_map(|section| &section.links) {
            let Some((path, anchor)) = lead(page, target) else { continue };
            let found = match (anchor, pages.get(&path)) {
                (None, _) => root().join(&path).exists(),
                (Some(anchor), Some(text)) => Page::read(text).anchored(&anchor).is_some(),
                (Some(_), None) => false,
            };
            if !found {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The packages of the workspace: their folders by their names.
fn packages() -> BTreeMap<String, PathBuf> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, members) = manifest.split_once("\nmembers = [").unwrap();
    let members = members.split(']').next().unwrap().split('"').skip(1).step_by(2);
    let folders = members.map(|member| root().join(member)).chain([root()]);
    let named = folders.filter_map(|folder| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
        let package = manifest.split_once("[package]")?.1;
        let name = package.lines().find_map(|line| line.strip_prefix("name = \""))?;
        Some((name.trim_end_matches('"').to_owned(), folder))
    });
    named.collect()
}

/// A path from the root that a word of a command or of inline code names, if it is one.
fn named_path(word: &str) -> Option<&str> {
    let word = word.trim_matches(['"', '\'', '(', ')', ';', ',', ':']);
    // The guide's reader has the project in a folder of its name.
    let word = word.strip_prefix("onecode/").unwrap_or(word).trim_end_matches('/');
    let top = word.split('/').next()?;
    let plain = !word.contains(['*', '{', '<', '$', '…', '=', '(']);
    (plain && word.contains('/') && TOP.contains(&top) && !MADE.contains(&word)).then_some(word)
}

/// What a line of shell, or inline code, names that exists neither in the project's folder nor in
/// that of the page.
fn missing(page: &Path, line: &str) -> Vec<String> {
    let packages = packages();
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |option: &str| {
        words.windows(2).filter(|pair| pair[0] == option).map(|pair| pair[1]).collect::<Vec<_>>()
    };
    let mut missing = Vec::new();
    for word in &words {
        let Some(path) = named_path(word) else { continue };
        let beside = root().join(page).with_file_name(path);
        if !root().join(path).exists() && !beside.exists() {
            missing.push(path.to_owned());
        }
    }
    if words.contains(&"cargo") {
        let package = after("-p").first().copied().unwrap_or("onecode");
        let Some(folder) = packages.get(package) else {
            missing.push(format!("package {package}"));
            return missing;
        };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for (option, place) in
            [("--bin", "src/bin"), ("--example", "examples"), ("--test", "tests")]
        {
            for name in after(option) {
                let files = [format!("{place}/{name}.rs"), format!("{place}/{name}/main.rs")];
                let there = files.iter().any(|file| folder.join(file).exists());
                if !there && !manifest.contains(&format!("name = \"{name}\"")) {
                    missing.push(format!("{option} {name} of {package}"));
                }
            }
        }
        for path in after("--path") {
            if !root().join(path).join("Cargo.toml").exists() {
                missing.push(format!("--path {path}"));
            }
        }
        for feature in after("--features").iter().flat_map(|features| features.split(',')) {
            let features = manifest.split_once("[features]").map_or("", |(_, features)| features);
            if !features.contains(&format!("\n{feature} = ")) {
                missing.push(format!("feature {feature} of {package}"));
            }
        }
    }
    missing
}

/// The change log is about what was, and may name what is gone.
#[test]
fn commands_and_paths_on_the_pages_name_what_exists() {
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        if page == Path::new("CHANGELOG.md") {
            continue;
        }
        let content = Page::read(&text);
        let shell = content.blocks.iter().filter(|block| block.language == "sh");
        let lines = shell.flat_map(|block| {
            let whole = block.text.replace("\\\n", " ");
            whole.lines().map(str::to_owned).collect::<Vec<_>>()
        });
        let inline = content.sections.iter().flat_map(|section| section.code.clone());
        for line in lines.chain(inline) {
            // A comment of the shell is prose.
            let command = line.split(" #").next().unwrap_or_default();
            for name in missing(&page, command) {
                wrong.push(format!("{}: {name} in `{line}`", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a new table keeps about people has to be said.
#[test]
fn every_table_of_the_books_is_on_the_page_about_data() {
    let schema = fs::read_to_string(root().join("service/src/books/schema.rs")).unwrap();
    let tables = schema.split("CREATE TABLE ").skip(1).map(|rest| {
        let rest = rest.strip_prefix("IF NOT EXISTS ").unwrap_or(rest);
        rest.split([' ', '(']).next().unwrap()
    });
    let tables: Vec<&str> = tables.collect();
    assert!(tables.len() > 8 && tables.contains(&"cards"), "{tables:?}");
    for page in ["docs/DATA.md", "docs/DATA.zh-CN.md"] {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let content = Page::read(&text);
        for table in &tables {
            let is_there = content.sections.iter().any(|section| {
                section.rows.iter().any(|row| row[0].contains(&format!("`{table}`")))
            });
            assert!(is_there, "{page} lacks {table}");
        }
    }
}

/// CI takes the walk from `README.md` by these markers; a block of shell stands between them.
#[test]
fn each_walk_stands_between_its_markers() {
    let ci = fs::read_to_string(root().join(".ci/run")).unwrap();
    let pages = pages();
    let walks = [
        ("walk", "end of walk", "\nonecode sandbox w\n"),
        (
            "walk from a counter to a phone",
            "end of the walk from a counter to a phone",
            "\nonecode sandbox s\n",
        ),
        (
            "walk of a gate on a Linux box",
            "end of the walk of a gate on a Linux box",
            "\nonecode sandbox /srv/practice\n",
        ),
    ];
    for (begin, end, line) in walks {
        for page in ["README.md", "README.zh-CN.md"] {
            let text = &pages[Path::new(page)];
            let begin = format!("\n<!-- {begin} -->\n```sh\n");
            let end = format!("```\n<!-- {end} -->\n");
            let (_, rest) = text.split_once(&begin).expect(page);
            let (walk, _) = rest.split_once(&end).expect(page);
            assert!(!walk.contains("```") && walk.contains(line), "{walk}");
            assert_eq!(text.matches(&begin).count(), 1, "{page}");
        }
    }
    let in_a_clean_debian = fs::read_to_string(root().join("deploy/check.sh")).unwrap();
    assert!(
        ci.contains("bash deploy/check.sh")
            && in_a_clean_debian.contains("/^<!-- walk of a gate on a Linux box -->$/")
    );
    assert!(ci.contains("<!-- walk -->") && ci.contains("<!-- end of walk -->"));
    assert!(
        ci.contains("<!-- end of the $1 -->") && ci.contains("\"walk from a counter to a phone\"")
    );
}

/// The checks find what they are for.
#[test]
fn a_page_that_differs_is_found() {
    let english =
        "# A\n\nSay `x` and [b](b.md).\n\n| a | 12 |\n\n```sh\ncargo test\n```\n\n## 2. B\n";
    let page = Page::read(english);
    assert!(differences(&page, &Page::read(english)).is_empty());
    let chinese =
        "# 甲\n\n说 `x` 和[乙](b.md)。\n\n| 甲 | 12 |\n\n```sh\ncargo test\n```\n\n## 2. 乙\n";
    assert!(differences(&page, &Page::read(chinese)).is_empty());
    let changes = [
        ("`x`", "`y`"),
        ("[乙](b.md)", "乙"),
        ("说", "说 2 次"),
        ("| 12 |", "| 13 |"),
        ("| 12 |", "| 12 | |"),
        ("cargo test", "cargo  test"),
        ("```sh", "```text"),
        ("## 2. 乙", "## 3. 乙"),
        ("## 2. 乙", "### 2. 乙"),
        ("## 2. 乙", "## 2. 乙\n## 3. 丙"),
        ("## 2. 乙", "<!-- walk -->\n## 2. 乙"),
    ];
    for (from, to) in changes {
        let changed = chinese.replacen(from, to, 1);
        assert_ne!(changed, chinese);
        assert!(!differences(&page, &Page::read(&changed)).is_empty(), "{from} → {to}");
    }

    assert_eq!(numbers("30 million of 1,024"), numbers("1,024 中的 3,000 万"));
    assert_eq!(numbers("235 million"), numbers("2.35 亿"));
    assert_ne!(numbers("30 million"), numbers("30 万"));
    assert_eq!(slug("1. Android: from `a` to B_c"), "1-android-from-a-to-b_c");
    assert_eq!(page.anchored("2-b"), Some(1));
    assert_eq!(page.anchored("2-c"), None);
    assert_eq!(lead(Path::new("docs/A.md"), "../src/#x"), Some(("src".into(), Some("x".into()))));
    assert_eq!(lead(Path::new("docs/A.md"), "https://example.com/"), None);

    let page = Path::new("README.md");
    assert!(missing(page, "cargo run --release --example one_code -- sm2").is_empty());
    for wrong in [
        "cargo run --example no_such",
        "cargo test -p onecode-nothing",
        "cargo test --test no_such",
        "cargo run -p onecode --features no_such",
        "cargo install --path nowhere",
        "bash onecode/bindings/no_such.sh",
        "tests/no_such.rs",
    ] {
        assert_eq!(missing(page, wrong).len(), 1, "{wrong}");
    }
}
