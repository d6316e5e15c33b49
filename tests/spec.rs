//! docs/SPEC.md says what the library does: its worked examples, its tables and its numbers.
#![allow(clippy::unwrap_used, clippy::panic)]

mod practice;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use onecode::card::CardId;
use onecode::catalogue::{Application, Beyond, Catalogue, CharacterClass, ForeignCode, StatusRule};
use onecode::clock::{ClockBlame, ClockEstimate};
use onecode::cose::{CborError, CborProblem, KeyId};
use onecode::gate::{MemoryProblem, Signer, StatusAnswer, UnknownStatus, PLAUSIBLE_S};
use onecode::governance::{DocumentKind, Sha256Hash};
use onecode::issuing::ISSUING_MESSAGES;
use onecode::jose::{DocumentError, Name};
use onecode::keys::{EncodedSignature, ToBeSigned};
use onecode::messages::{CLOCK_MESSAGES, MESSAGES, RESERVED};
use onecode::preflight::EndReason;
use onecode::receipt::{ChainProblem, ReceiptProblem, ReplayError, ScannerId};
use onecode::request::{
    CardRequest, CardRequestClaims, Reason, Replaces, RequestChallenge, UnverifiedCardRequest,
    REQUEST_MESSAGES,
};
use onecode::status::{
    pack, Change, Delta, PackedStatuses, Shard, ShardError, Status, StatusIssuer,
    StatusPublication, MAX_ISSUED_AHEAD_S,
};
use onecode::text::{Alteration, MAX_CODE, MAX_TEXT};
use onecode::trust::TrustList;
use onecode::{
    Advisory, Algorithm, Answer, ApplicationNumber, CardClaims, CardCredential, Challenge, Code,
    CodeClaims, Context, Entitlements, InstallError, Policy, PublicKey, Refusal, Region, Scanner,
    SigningKey, SoftwareKey, Verdict,
};
use practice::{context, Practice};
use qrcode::{bits::Bits, EcLevel, Version};

const SPEC: &str = include_str!("../docs/SPEC.md");

/// One worked example, read back from the specification as a stranger would.
struct Example {
    fields: BTreeMap<&'static str, &'static str>,
    dump: Vec<u8>,
}

impl Example {
    fn field(&self, name: &str) -> &'static str {
        self.fields[name]
    }
}

fn examples() -> Vec<Example> {
    let section = section("Worked examples");
    let blocks: Vec<&str> = section.split("```").skip(1).step_by(2).collect();
    let examples: Vec<Example> = blocks
        .chunks(2)
        .filter(|pair| pair[0].contains("text               OC1:"))
        .map(|pair| Example {
            // Name and value are apart by the column, not by spaces: a text may hold some.
            fields: pair[0]
                .lines()
                .filter(|line| line.len() > 19)
                .map(|line| (line[..19].trim_end(), &line[19..]))
                .collect(),
            dump: pair[1].lines().skip(1).flat_map(dump_line).collect(),
        })
        .collect();
    assert_eq!(examples.len(), 2);
    examples
}

/// The bytes of one line of a dump: an offset, then up to 16 bytes in a column of their own.
fn dump_line(line: &str) -> Vec<u8> {
    let column = line.get(5..52.min(line.len())).unwrap_or_default();
    unhex(&column.replace(' ', ""))
}

fn unhex(digits: &str) -> Vec<u8> {
    assert_eq!(digits.len() % 2, 0, "{digits}");
    (0..digits.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap())
        .collect()
}

/// The text of the section or appendix with this title.
fn section(title: &str) -> &'static str {
    let heading = SPEC.match_indices("\n## ").map(|(at, _)| &SPEC[at + 1..]);
    let section = heading.into_iter().find(|text| {
        text.lines().next().and_then(|line| line.split_once(". ")).is_some_and(|it| it.1 == title)
    });
    let section = section.unwrap_or_else(|| panic!("no section is called {title}"));
    section[3..].find("\n## ").map_or(section, |at| &section[..at + 3])
}

/// The rows of the table after a marker, without its head.
fn table(name: &str) -> Vec<Vec<&'static str>> {
    let marker = format!("<!-- table:{name} -->\n");
    let start = SPEC.find(&marker).unwrap() + marker.len();
    SPEC[start..]
        .lines()
        .take_while(|line| line.starts_with('|'))
        .skip(2)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The headings of the page, all levels.
fn headings() -> impl Iterator<Item = &'static str> {
    let mut in_code = false;
    SPEC.lines().filter_map(move |line| {
        in_code ^= line.starts_with("```");
        let title = line.trim_start_matches('#');
        (!in_code && title.len() < line.len()).then(|| title.trim())
    })
}

/// The number of a section or the letter of an appendix, from its heading.
fn number(heading: &str) -> Option<&str> {
    let (number, _) = heading.strip_prefix("Appendix ").unwrap_or(heading).split_once(". ")?;
    Some(number)
}

/// The anchor that a heading has where Markdown is displayed.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase().replace(' ', "-");
    kept.chars().filter(|c| c.is_alphanumeric() || *c == '-').collect()
}

/// The numbers and letters at the head of a text: `13`, `9 and 16`, `15 to 17`, `12, 14`. Empty for
/// a subsection of something else: `4.2.1`.
fn numbers(text: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), text);
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let letter = rest.starts_with(|c: char| c.is_ascii_uppercase());
        let (number, after) = rest.split_at(if letter { 1 } else { digits });
        let decimal =
            after.starts_with('.') && after[1..].starts_with(|c: char| c.is_ascii_digit());
        let word = letter && after.starts_with(|c: char| c.is_alphanumeric());
        if number.is_empty() || decimal || word {
            return found;
        }
        found.push(number);
        let next = [", ", " and ", " to ", "、", " 和 ", " 至 "];
        match next.iter().find_map(|between| after.strip_prefix(between)) {
            Some(after) => rest = after,
            None => return found,
        }
    }
}

/// The sections and appendices that a text refers to. Where the text names another document before
/// the word, the section is that one's: `RFC 9052, section 4.4`. Unless `all` are meant, only those
/// count that stand behind the name of this page.
fn references(text: &str, all: bool) -> Vec<String> {
    // Lines of a paragraph, or of a comment, are one line.
    let lines = text.lines().map(|line| line.trim_start_matches([' ', '/', '!', '#', '*']).trim());
    let text = lines.collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for word in ["ection ", "ections ", "ppendix ", "第", "附录"] {
        for (at, _) in text.match_indices(word) {
            let before = text[..at].trim_end_matches(['s', 'S', 'a', 'A']).trim_end();
            let before = before.trim_end_matches([',', '，', '(', '（', '的']).trim_end();
            let before = match before.strip_suffix(')').and_then(|link| link.rfind("](")) {
                Some(at) => &before[..at],
                None => before,
            };
            let last = before
                .trim_end_matches('`')
                .rsplit([' ', '(', '[', '/', '`', '（'])
                .next()
                .unwrap_or_default();
            let ours = last.ends_with("SPEC.md") || last.ends_with("SPEC");
            let other = last.ends_with(".md")
                || last.starts_with(|c: char| c.is_ascii_digit()) && before.contains("RFC ");
            if ours || all && !other {
                found.extend(
                    numbers(text[at + word.len()..].trim_start()).into_iter().map(str::to_owned),
                );
            }
        }
    }
    found
}

/// The project's own text files.
fn text_files(folder: &Path, into: &mut Vec<PathBuf>) {
    const BUILT: [&str; 4] = ["target", "build", "generated", "Generated"];
    const TEXT: [&str; 9] = ["rs", "md", "kt", "swift", "java", "py", "sh", "toml", "kts"];
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !BUILT.contains(&&*name) {
                text_files(&path, into);
            }
        } else if path.extension().is_some_and(|it| TEXT.iter().any(|text| it == *text)) {
            into.push(path);
        }
    }
}

#[test]
fn references_are_read_as_they_are_written() {
    let page = "SPEC.md"; // not in one piece with a number: this file is read, too
    for (text, all, expected) in [
        (format!("docs/{page} sections 9 and 16, {page} appendix B."), false, vec!["9", "16", "B"]),
        (format!("//! [`{page}`](docs/{page})\n//! section 7"), false, vec!["7"]),
        (
            format!("见 [docs/{page}](docs/{page}) 第 13 节，{page} 附录 A。"),
            false,
            vec!["13", "A"],
        ),
        (
            "RFC 9052, section 4.4 and RFC 8032\nsection 7; INTEGRATION.md, section 3".into(),
            true,
            vec![],
        ),
        ("Sections 12, 14; 302 (section 5).".into(), true, vec!["12", "14", "5"]),
        ("section 12".into(), false, vec![]),
    ] {
        let mut found = references(&text, all);
        found.sort();
        let mut expected = expected;
        expected.sort();
        assert_eq!(found, expected, "{text}");
    }
}

/// Every reference to this page, anywhere in the project, leads to a heading.
#[test]
fn the_sections_that_are_referred_to_are_there() {
    let known: BTreeSet<&str> = headings().filter_map(number).collect();
    let anchors: BTreeSet<String> = headings().map(anchor).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    text_files(root, &mut files);
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        // The pages that say "section 5" and mean this page's.
        let all =
            ["docs/SPEC.md", "docs/THREATS.md", "docs/DECISIONS.md", "tests/vectors/README.md"]
                .contains(&&*name);
        for number in references(&text, all) {
            assert!(known.contains(&*number), "{name}: docs/SPEC.md has no section {number}");
            found += 1;
        }
        let link = if name == "docs/SPEC.md" { "](#".into() } else { "SPEC.md".to_owned() + "#" };
        for (at, _) in text.match_indices(&link) {
            let anchor = text[at + link.len()..].split([')', '"', ' ']).next().unwrap();
            assert!(anchors.contains(anchor), "{name}: docs/SPEC.md has no heading #{anchor}");
        }
    }
    assert!(found > 100, "only {found} references were found");
}

#[test]
fn the_contents_are_the_headings() {
    let rows = SPEC.lines().filter(|line| line.starts_with("| [")).collect::<Vec<_>>();
    let cells: Vec<Vec<&str>> =
        rows.iter().map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect();
    let columns = cells.iter().map(|row| (row[0], row[1]));
    let columns = columns.chain(cells.iter().map(|row| (row[2], row[3])));
    let listed: Vec<_> = columns.filter(|(link, _)| !link.is_empty()).collect();
    let numbered: Vec<_> = headings().filter(|heading| number(heading).is_some()).collect();
    let expected: Vec<_> = numbered
        .iter()
        .map(|heading| {
            let (_, title) = heading.split_once(". ").unwrap();
            (format!("[{}](#{})", number(heading).unwrap(), anchor(heading)), title)
        })
        .collect();
    assert_eq!(listed, expected.iter().map(|(link, title)| (&**link, *title)).collect::<Vec<_>>());
    let order: Vec<_> = numbered.iter().filter_map(|heading| number(heading)).collect();
    let sections = (1..=23).map(|number| number.to_string());
    assert_eq!(order, sections.chain(["A".into(), "B".into()]).collect::<Vec<_>>());
}

#[test]
fn the_dumps_are_the_texts() {
    for example in examples() {
        let text = example.field("text");
        assert_eq!(text.len().to_string(), example.field("characters"));
        assert_eq!(example.dump.len().to_string(), example.field("bytes"));
        let decoded = base45::decode(text.strip_prefix("OC1:").unwrap()).unwrap();
        assert_eq!(decoded, example.dump);
    }
}

fn scan(example: &Example, context: &Context) -> Verdict {
    let bytes = unhex(example.field("issuer public key"));
    let algorithm = match bytes.len() {
        32 => Algorithm::Ed25519,
        _ => Algorithm::Esp256,
    };
    let key = PublicKey::from_bytes(algorithm, &bytes).unwrap();
    assert_eq!(key.thumbprint().to_string(), example.field("issuer thumbprint"));
    // Valid whenever the example was made.
    let mut key = practice::issuer_key(key, &[Region::JIANGSU, Region::SHANGHAI]);
    (key.not_before_unix_s, key.not_after_unix_s) = (0, context.now_unix_s);
    let mut list =
        practice::trust_list(1, vec![practice::issuer("cn-32", Region::JIANGSU, vec![key])]);
    list.edition.issued_at_unix_s = 1;
    practice::scanner_of_list(&practice::key(Algorithm::Esp256), &list, Policy::default())
        .scan(example.field("text"), context)
}

#[test]
fn the_everyday_example_is_accepted_when_the_page_says_so() {
    let example = &examples()[0];
    let Verdict::Accepted(accepted) = scan(example, &context(1_790_000_010)) else {
        panic!("refused");
    };
    assert_eq!(accepted.region.code(), 320_500);
    assert_eq!(accepted.entitlements.bits(), 39);
    assert_eq!(accepted.age_s, 10);
    assert!(!accepted.delegate && !accepted.specimen);

    // The card reference, from the formula of section 16.
    let mut input = b"onecode card reference\0\x00\x65".to_vec();
    input.extend(200_000_000u32.to_be_bytes());
    input.extend(b"cn-32");
    let hash = ring::digest::digest(&ring::digest::SHA256, &input);
    assert_eq!(accepted.card.0, hash.as_ref()[..16]);

    for (now_unix_s, number) in [
        (1_789_999_969, Some(303)),
        (1_789_999_970, None),
        (1_790_000_090, None),
        (1_790_000_091, Some(302)),
    ] {
        let found = match scan(example, &context(now_unix_s)) {
            Verdict::Refused(refusal) => Some(refusal.number()),
            _ => None,
        };
        assert_eq!(found, number, "{now_unix_s}");
    }
}

#[test]
fn the_bound_example_is_accepted_when_the_page_says_so() {
    let example = &examples()[1];
    let asked = Context {
        challenge: Challenge::new(b"\x01\x23\x45\x67\x89\xab\xcd\xef"),
        ..context(1_790_000_010)
    };
    let Verdict::Accepted(accepted) = scan(example, &asked) else {
        panic!("refused");
    };
    assert_eq!(accepted.region, Region::SHANGHAI);
    assert_eq!(accepted.entitlements.bits(), 257);
    assert!(accepted.delegate);

    let elsewhere = Context { application: ApplicationNumber::new(102).unwrap(), ..asked.clone() };
    let not_asked = context(1_790_000_010);
    for (context, number) in [(elsewhere, 506), (not_asked, 508)] {
        let Verdict::Refused(refusal) = scan(example, &context) else {
            panic!("accepted");
        };
        assert_eq!(refusal.number(), number);
    }
}

/// The number of the refusal of these bytes in place of those of an example, or 0.
fn number_of(example: &Example, bytes: &[u8], context: &Context) -> u16 {
    let text = format!("OC1:{}", base45::encode(bytes));
    let mut changed = example.fields.clone();
    changed.insert("text", text.leak());
    let example = Example { fields: changed, dump: Vec::new() };
    match scan(&example, context) {
        Verdict::Refused(refusal) => refusal.number(),
        _ => 0,
    }
}

#[test]
fn a_changed_bit_is_refused() {
    let challenge = Challenge::new(b"\x01\x23\x45\x67\x89\xab\xcd\xef");
    for (example, challenge) in examples().iter().zip([None, challenge]) {
        let context = Context { challenge, ..context(1_790_000_010) };
        let mut bytes = example.dump.clone();
        assert_eq!(number_of(example, &bytes, &context), 0);
        for at in 0..bytes.len() {
            for bit in 0..8 {
                bytes[at] ^= 1 << bit;
                assert_ne!(number_of(example, &bytes, &context), 0, "byte {at}, bit {bit}");
                bytes[at] ^= 1 << bit;
            }
        }
    }
}

#[test]
fn a_signature_that_was_taken_off_is_missing() {
    let example = &examples()[0];
    let code = &example.dump;
    let (signature_at, credential) = (166, &code[7..157]);
    let mut left_out = code[..signature_at].to_vec();
    left_out[0] = 0x83;
    let emptied = [&code[..signature_at], b"\x40"].concat();
    for bytes in [&left_out[..], &emptied, credential] {
        assert_eq!(number_of(example, bytes, &context(1_790_000_010)), 208);
    }
}

/// Characters of the text of a code.
fn characters(bytes: usize) -> usize {
    4 + bytes / 2 * 3 + bytes % 2 * 2
}

/// Whether a picture of this version holds so many characters.
fn fits(version: &str, level: EcLevel, characters: usize) -> bool {
    let mut bits = Bits::new(Version::Normal(version.parse().unwrap()));
    bits.push_alphanumeric_data(&vec![b'A'; characters])
        .and_then(|()| bits.push_terminator(level))
        .is_ok()
}

#[test]
fn the_table_of_pictures() {
    const LEVELS: [EcLevel; 4] = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H];

    let rows = table("qr");
    assert_eq!(rows.len(), 7);
    for row in &rows {
        let version: usize = row[0].parse().unwrap();
        assert_eq!(row[1], (17 + 4 * version).to_string());
        for (cell, level) in row[2..].iter().zip(LEVELS) {
            let mut numbers = cell.split(|c: char| !c.is_ascii_digit());
            let mut next =
                || -> usize { numbers.find(|n| !n.is_empty()).unwrap().parse().unwrap() };
            let (most_characters, most_bytes) = (next(), next());
            assert!(fits(row[0], level, most_characters), "{row:?}");
            assert!(!fits(row[0], level, most_characters + 1), "{row:?}");
            assert!(characters(most_bytes) <= most_characters, "{row:?}");
            assert!(characters(most_bytes + 1) > most_characters, "{row:?}");
        }
    }

    for row in table("limits") {
        let bytes: usize = row[1].parse().unwrap();
        assert_eq!(row[2], characters(bytes).to_string());
        for (version, level) in [(row[3], EcLevel::M), (row[4], EcLevel::L)] {
            let smaller = (version.parse::<i16>().unwrap() - 1).to_string();
            assert!(fits(version, level, characters(bytes)), "{row:?}");
            assert!(!fits(&smaller, level, characters(bytes)), "{row:?}");
        }
    }
    assert_eq!(MAX_CODE, 319);
    assert_eq!(characters(MAX_CODE), 483);
    assert_eq!(MAX_TEXT, 4_096);
}

/// The code of section 8, "where 232 bytes go", with changes.
fn length(
    phone: Algorithm,
    card: impl FnOnce(&mut CardClaims),
    code: impl FnOnce(&mut CodeClaims),
) -> usize {
    length_by(Algorithm::Esp256, phone, card, code)
}

fn length_by(
    issuer: Algorithm,
    phone: Algorithm,
    card: impl FnOnce(&mut CardClaims),
    code: impl FnOnce(&mut CodeClaims),
) -> usize {
    let (issuer, phone) = (practice::key(issuer), practice::key(phone));
    let mut card_claims = CardClaims {
        region: Region::new(320_500).unwrap(),
        status_index: 200_000_000,
        entitlements: Entitlements::from_bits(39),
        max_window_s: 60,
        expires_unix_s: 1_790_086_400,
        confirmed_unix_s: None,
        specimen: false,
        delegate: false,
        holder_key: phone.public_key(),
    };
    card(&mut card_claims);
    let mut code_claims = CodeClaims::at(1_790_000_000);
    code(&mut code_claims);
    let credential = CardCredential::issue(card_claims, &issuer).unwrap();
    Code::make(&credential, &phone, &code_claims).unwrap().byte_length()
}

fn largest_card(card: &mut CardClaims) {
    card.region = Region::new(320_506).unwrap();
    card.status_index = u32::MAX;
    card.entitlements = Entitlements::from_bits(u64::MAX);
    card.max_window_s = 300;
    card.confirmed_unix_s = Some(1_790_000_000);
    card.specimen = true;
    card.delegate = true;
}

fn largest_code(code: &mut CodeClaims) {
    code.application = ApplicationNumber::new(65_535);
    code.answers = Some(Answer::Consent([7; 16]));
}

#[test]
fn the_table_of_sizes() {
    const P256: Algorithm = Algorithm::Esp256;
    type Card = fn(&mut CardClaims);
    let card = |change: Card| length(P256, change, |_| {}) as i64 - 232;
    assert_eq!(card(|_| {}), 0);
    let changes: [(i64, Card); 11] = [
        (6, |card| card.confirmed_unix_s = Some(1_790_000_000)),
        (-1, |card| card.region = Region::JIANGSU),
        (2, |card| card.region = Region::new(320_506).unwrap()),
        (-4, |card| card.status_index = 23),
        (-3, |card| card.status_index = 255),
        (-2, |card| card.status_index = 65_535),
        (1, |card| card.entitlements = Entitlements::of([15])),
        (3, |card| card.entitlements = Entitlements::of([31])),
        (7, |card| card.entitlements = Entitlements::of([63])),
        (1, |card| card.max_window_s = 256),
        (4, |card| card.expires_unix_s = 1 << 32),
    ];
    for (expected, change) in changes {
        assert_eq!(card(change), expected);
    }
    assert_eq!(length(Algorithm::Ed25519, |_| {}, |_| {}), 230);

    type Changed = fn(&mut CodeClaims);
    let code = |change: Changed| length(P256, |_| {}, change) as i64 - 232;
    assert_eq!(code(|code| code.application = ApplicationNumber::new(1)), 3);
    assert_eq!(code(|code| code.application = ApplicationNumber::new(65_535)), 7);
    assert_eq!(code(|code| code.answers = Challenge::new(&[7; 5]).map(Answer::Challenge)), 8);
    assert_eq!(code(|code| code.answers = Challenge::new(&[7; 13]).map(Answer::Challenge)), 16);
    assert_eq!(code(|code| code.answers = Challenge::new(&[7; 14]).map(Answer::Challenge)), 18);
    assert_eq!(code(|code| code.answers = Some(Answer::Consent([7; 16]))), 20);

    assert_eq!(length(P256, largest_card, |_| {}), 248);
    assert_eq!(length(P256, largest_card, largest_code), 275);
}

#[cfg(feature = "sm2")]
#[test]
fn the_sizes_with_sm2() {
    const P256: Algorithm = Algorithm::Esp256;
    const SM2: Algorithm = Algorithm::Sm2;
    assert_eq!(length_by(SM2, P256, |_| {}, |_| {}), 232 + 4);
    assert_eq!(length_by(P256, SM2, |_| {}, |_| {}), 232 + 8);
    let confirmed = |card: &mut CardClaims| card.confirmed_unix_s = Some(1_790_000_000);
    assert_eq!(length_by(SM2, P256, confirmed, |_| {}), 242);
    // The most that can be said, after 2106.
    let card = |card: &mut CardClaims| {
        largest_card(card);
        card.expires_unix_s = 1 << 33;
        card.confirmed_unix_s = Some(1 << 32);
    };
    let code = |code: &mut CodeClaims| {
        largest_code(code);
        code.issued_at_unix_s = 1 << 32;
    };
    assert_eq!(length_by(SM2, SM2, card, code), 299);
}

#[test]
fn the_table_of_refusals_is_that_of_the_library() {
    let rows = table("refusals");
    let written: Vec<(String, String)> =
        rows.iter().map(|row| (row[0].to_string(), row[1].to_string())).collect();
    let made: Vec<(String, String)> = MESSAGES
        .iter()
        .map(|message| (message.number.to_string(), message.name.to_owned()))
        .collect();
    assert_eq!(written, made);
}

#[test]
fn the_reserved_numbers_are_those_of_the_library() {
    let rows = table("reserved");
    let written: Vec<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    let made: Vec<(String, &str)> =
        RESERVED.iter().map(|it| (it.number.to_string(), it.name)).collect();
    let made: Vec<(&str, &str)> = made.iter().map(|(number, name)| (&**number, *name)).collect();
    assert_eq!(written, made);
}

#[test]
fn the_numbers_of_phones_and_issuers_are_those_of_the_library() {
    let rows = table("issuing");
    let written: Vec<(&str, &str)> = rows.iter().map(|row| (row[0], row[1])).collect();
    let messages = REQUEST_MESSAGES.iter().chain(&ISSUING_MESSAGES);
    let made: Vec<_> = messages.map(|it| (it.number.to_string(), it.name)).collect();
    let made: Vec<(&str, &str)> = made.iter().map(|(number, name)| (&**number, *name)).collect();
    assert_eq!(written, made);
}

/// Read back from the specification, as a stranger would.
#[test]
fn the_card_request_of_the_worked_example_is_verified() {
    let section = section("Worked examples");
    let example = section.split("### A card request").nth(1).unwrap();
    let blocks: Vec<&str> = example.split("```").skip(1).step_by(2).collect();
    let field = |name: &str| {
        let named = |line: &&str| line.get(..19).is_some_and(|column| column.trim_end() == name);
        blocks[0].lines().find(named).unwrap()[19..].to_owned()
    };
    let dump: Vec<u8> = blocks[1].lines().skip(1).flat_map(dump_line).collect();
    let read = UnverifiedCardRequest::from_text(&field("text")).unwrap();
    assert_eq!(dump.len().to_string(), field("bytes"));
    let request = read.verify().unwrap();
    assert_eq!(request.as_bytes(), dump);
    let name: String = request.name().0.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(name, field("name"));
    let claims = request.claims();
    assert_eq!(claims.issued_at_unix_s, 1_790_000_000);
    assert_eq!(claims.replaces, Some(Replaces { reason: Reason::Move, card: None }));
    assert_eq!(claims.key.thumbprint().to_string(), field("thumbprint"));
    assert!(example.contains(&format!("`{}`", &field("thumbprint")[..32])));
}

/// Bytes and version of each row and algorithm.
#[test]
fn card_requests_have_the_sizes_that_are_stated() {
    let algorithms = [
        Algorithm::Esp256,
        Algorithm::Ed25519,
        #[cfg(feature = "sm2")]
        Algorithm::Sm2,
    ];
    let keys = algorithms.map(|algorithm| onecode::SoftwareKey::generate(algorithm).unwrap().key);
    let card = CardId { region: Region::new(320_500).unwrap(), status_index: 200_000_000 };
    let hash = Sha256Hash([7; 32]);
    let moved = |card| Some(Replaces { reason: Reason::Move, card });
    let shapes =
        [(None, None), (None, moved(None)), (Some(hash), None), (Some(hash), moved(Some(card)))];
    let rows = table("card-requests");
    assert_eq!(rows.len(), shapes.len());
    for (row, (attestation, replaces)) in rows.iter().zip(shapes) {
        for (cell, key) in row[1..].iter().zip(&keys) {
            let claims = CardRequestClaims {
                issued_at_unix_s: 1_790_000_000,
                key: key.public_key(),
                challenge: RequestChallenge::new(&[9; 64]).unwrap(),
                attestation,
                replaces,
            };
            let request = CardRequest::make(claims, key).unwrap();
            let length = request.text().len();
            let version = (1..=40).map(|it: i16| it.to_string());
            let version = version.into_iter().find(|it| fits(it, EcLevel::M, length)).unwrap();
            let bytes = request.as_bytes().len();
            assert_eq!(*cell, format!("{bytes} bytes, {version}-M"), "{row:?}");
        }
    }
}

/// Two kinds with one header and one external data would share their signatures.
#[test]
fn no_two_kinds_are_signed_alike() {
    let rows = table("kinds");
    let mut seen = BTreeSet::new();
    for row in &rows {
        assert!(seen.insert((row[2], row[3])), "{row:?}");
        // What is in force has no external data: so does every Sig_structure that the library makes.
        let plain = matches!(row[3], "empty" | "–");
        assert!(plain || row[0].contains("**reserved**"), "{row:?}");
    }
    assert!(rows.len() > 20);
}

#[test]
fn each_prefix_fits_its_picture_and_is_told_at_a_gate() {
    for row in table("prefixes") {
        let Some(prefix) = row[0].strip_prefix('`').and_then(|it| it.strip_suffix('`')) else {
            continue;
        };
        for cell in [row[2], row[3]] {
            let (bytes, version) = cell.split_once(" bytes, ").unwrap();
            let (bytes, version) = (bytes.parse().unwrap(), version.strip_suffix("-M").unwrap());
            let length = characters(bytes) - "OC1:".len() + prefix.len();
            let smaller = (version.parse::<i16>().unwrap() - 1).to_string();
            assert!(fits(version, EcLevel::M, length), "{row:?}");
            assert!(smaller == "0" || !fits(&smaller, EcLevel::M, length), "{row:?}");
        }
        let refusal = onecode::explain::explain(&format!("{prefix}BB8")).unwrap_err();
        let told = match &refusal {
            Refusal::ForeignCode(code) => format!("110, `{}`", code.id),
            refusal => refusal.number().to_string(),
        };
        assert!(prefix == "OC1:" || row[5].starts_with(&told), "{row:?}: {told}");
    }
}

#[test]
fn the_facts_of_refusals_are_named() {
    let issuer = || "cn-32".to_string();
    let issuer_name = || Name { zh: "江苏省".into(), en: "Jiangsu".into() };
    let application_name = || Name { zh: "地铁".into(), en: "metro".into() };
    let application = ApplicationNumber::new(101).unwrap();
    let clock = ClockBlame::Scanner(ClockEstimate { behind_s: 90, agreeing: 17, of: 20 });
    let refusals = [
        Refusal::TooLong { length: 5_000, limit: 4_096 },
        Refusal::NewerVersion { version: 2, kind: Some('P') },
        Refusal::Altered { how: Alteration::LowerCase },
        Refusal::NotBase45 { at: 4 },
        Refusal::Malformed { at: 0, problem: CborProblem::Truncated },
        Refusal::UnknownAlgorithm { at: 5 },
        Refusal::UnknownIssuer { key_id: KeyId([1, 2]) },
        Refusal::RegionNotAllowed {
            issuer: issuer(),
            issuer_name: issuer_name(),
            region: Region::ANHUI,
        },
        Refusal::IssuerKeyNotYetValid {
            issuer: issuer(),
            issuer_name: issuer_name(),
            not_before_unix_s: 1,
        },
        Refusal::IssuerKeyExpired {
            issuer: issuer(),
            issuer_name: issuer_name(),
            not_after_unix_s: 1,
        },
        Refusal::IssuerKeyWithdrawn {
            issuer: issuer(),
            issuer_name: issuer_name(),
            withdrawn_from_unix_s: 1,
        },
        Refusal::SignatureMissing { signer: Signer::Phone },
        Refusal::AlgorithmMismatch {
            signer: Signer::Phone,
            key: Algorithm::Esp256,
            named: Algorithm::Ed25519,
        },
        Refusal::AlgorithmNotAllowed { signer: Signer::Phone, algorithm: Algorithm::Esp256 },
        Refusal::ForeignCode(ForeignCode {
            id: "traffic".into(),
            name: Name { zh: "交通码".into(), en: "a transport code".into() },
            advice: Name { zh: "请走旁边的闸机。".into(), en: "Use the next gate.".into() },
        }),
        Refusal::FarFromNow { ahead_s: 1_000, limit_s: PLAUSIBLE_S, clock },
        Refusal::CodeExpired { age_s: 100, window_s: 60, tolerance_s: 30, clock },
        Refusal::CodeNotYetValid { ahead_s: 31, tolerance_s: 30, clock },
        Refusal::CardExpired { expired_unix_s: 1 },
        Refusal::CardRevoked { as_of_unix_s: 1 },
        Refusal::CardSuspended { as_of_unix_s: 1 },
        Refusal::StatusUnknown(UnknownStatus::OldList { as_of_unix_s: 1 }),
        Refusal::NotAcceptedHere {
            application,
            application_name: application_name(),
            place: Region::ANHUI,
        },
        Refusal::IssuerNotAccepted { issuer: issuer(), issuer_name: issuer_name() },
        Refusal::EntitlementMissing {
            missing: Entitlements::of([2]),
            missing_zh: "图书馆".into(),
            missing_en: "library".into(),
        },
        Refusal::CodeTooOld { age_s: 20, max_age_s: 10 },
        Refusal::NotBound { application, application_name: application_name() },
        Refusal::BoundToOther {
            bound_to: application,
            bound_to_name: application_name(),
            application,
            application_name: application_name(),
        },
        Refusal::NotInForce {
            application,
            application_name: application_name(),
            from_unix_s: 1,
            until_unix_s: Some(2),
        },
        Refusal::ChallengeExpired { expired_unix_s: 1 },
        Refusal::UsedBefore { first_unix_s: 1 },
        Refusal::UsedMomentsAgo { seconds: 1, wait_s: 2 },
        Refusal::TrustListExpired { expired_unix_s: 1 },
        Refusal::CatalogueExpired { expired_unix_s: 1 },
        Refusal::UnknownApplication { application },
        Refusal::ScannerClockBehind { behind_s: 1 },
        Refusal::DuplicatesUnavailable(MemoryProblem::Full),
        Refusal::ScannerClockWentBack { behind_s: 1 },
        Refusal::RootsExpired { expired_unix_s: 1 },
        Refusal::NotATime { unix_s: 1 },
    ];
    let rows = table("refusals");
    for refusal in &refusals {
        let number = refusal.number().to_string();
        let row = rows.iter().find(|row| row[0] == number).unwrap();
        for (name, _) in refusal.facts() {
            assert!(row[3].contains(&format!("`{name}`")), "{number} {name}");
        }
    }
    let with_facts = rows.iter().filter(|row| row[3].starts_with('`')).count();
    assert_eq!(with_facts, refusals.len());
}

#[test]
fn the_names_of_problems_are_there() {
    use CborProblem::*;
    for problem in [
        Truncated,
        TrailingBytes,
        IndefiniteLength,
        NotShortest,
        WrongType,
        WrongCount,
        UnsortedKeys,
        UnexpectedKey,
        MissingKey,
        WrongLength,
        OutOfRange,
        UnprotectedHeader,
    ] {
        assert!(section("Encoding and signatures").contains(&format!("| `{}` |", problem.name())));
    }
    let written: Vec<_> = table("altered").iter().map(|row| row[0]).collect();
    let made = Alteration::ALL.map(|how| format!("`{}`", how.name()));
    assert_eq!(written, made);
}

/// The trust list in section 11, the catalogue's members in section 12.
#[test]
fn the_signed_documents_are_those_of_the_library() {
    let json = section("Trust").split("```json").nth(1).unwrap().split("```").next().unwrap();
    let list = serde_json::from_str::<TrustList>(json);
    // It has an SM2 key: a build without SM2 refuses the list as a whole.
    assert_eq!(list.is_ok(), cfg!(feature = "sm2"));

    let catalogue = include_str!("../examples/data/catalogue.json");
    let catalogue: serde_json::Value = serde_json::from_str(catalogue).unwrap();
    for application in catalogue["applications"].as_array().unwrap() {
        for member in application.as_object().unwrap().keys() {
            assert!(section("The catalogue").contains(&format!("`{member}`")), "{member}");
        }
    }
}

/// The block of JSON after a marker.
fn json(name: &str) -> serde_json::Value {
    let marker = format!("<!-- json:{name} -->\n```json\n");
    let start = SPEC.find(&marker).unwrap() + marker.len();
    let end = start + SPEC[start..].find("```").unwrap();
    serde_json::from_str(&SPEC[start..end]).unwrap()
}

/// The names of all members, of objects within objects as well.
fn members(value: &serde_json::Value, into: &mut BTreeSet<String>) {
    use serde_json::Value;
    match value {
        Value::Object(object) => object.iter().for_each(|(name, value)| {
            into.insert(name.clone());
            members(value, into);
        }),
        Value::Array(items) => items.iter().for_each(|value| members(value, into)),
        _ => {}
    }
}

/// Each member that the library reads and writes stands in a table of the section, and the example
/// shows it.
fn assert_members(
    written: &serde_json::Value,
    example: &serde_json::Value,
    title: &str,
    left_out: &[&str],
) {
    let (mut known, mut shown) = (BTreeSet::new(), BTreeSet::new());
    members(written, &mut known);
    members(example, &mut shown);
    assert!(shown.is_subset(&known), "{:?} are unknown", shown.difference(&known));
    let missing: Vec<_> = known.difference(&shown).map(String::as_str).collect();
    assert_eq!(missing, left_out);
    for name in known {
        let section = section(title);
        assert!(section.contains(&format!("`{name}`")), "{title} lacks {name}");
    }
}

#[cfg(feature = "sm2")]
#[test]
fn the_example_of_a_trust_list_comes_into_force() {
    let example = json("trust-list");
    let mut list: TrustList = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(&list).unwrap(), example);
    let status_key = &list.issuers[0].keys[1];
    assert_eq!(status_key.key.sm2_id().unwrap().as_bytes(), b"cn-32 status");
    assert!(status_key.may_sign.status_lists);

    let root = practice::key(Algorithm::Esp256);
    let now = list.edition.issued_at_unix_s;
    let mut scanner = Scanner::new(root.public_key(), Policy::default());
    let jws = list.sign(&root).unwrap();
    assert_eq!(scanner.install_trust_list(jws.as_bytes(), now), Ok(()));
    assert_eq!(list.withdrawals.len(), 1);
    assert_eq!(scanner.install_trust_list(jws.as_bytes(), now), Ok(()), "the same bytes again");

    list.edition.critical = vec!["tides".into()];
    assert!(list.sign(&root).is_err());
    assert_members(&serde_json::to_value(&list).unwrap(), &example, "Trust", &["critical"]);
}

#[test]
fn the_example_of_an_application_is_one_of_the_catalogue() {
    let source = include_str!("../examples/data/catalogue.json");
    let catalogue = Catalogue::from_json(source).unwrap();
    let example = json("application");
    let application: Application = serde_json::from_value(example.clone()).unwrap();
    assert_eq!(serde_json::to_value(&application).unwrap(), example);
    assert_members(&serde_json::to_value(&application).unwrap(), &example, "The catalogue", &[]);

    let mut all = BTreeSet::new();
    members(&serde_json::from_str(source).unwrap(), &mut all);
    for name in all {
        let known = ["Trust", "The catalogue"]
            .iter()
            .any(|title| section(title).contains(&format!("`{name}`")));
        assert!(known, "neither section has {name}");
    }

    // With the entitlements of the published catalogue it is a good entry.
    let named = Catalogue { applications: vec![application], ..catalogue };
    assert!(Catalogue::from_json(&serde_json::to_string(&named).unwrap()).is_ok());
}

/// A trust list as JSON, changed, and signed by hand as section 11 says.
fn trust_list_by_hand(
    change: &str,
    header: impl Fn(&SoftwareKey) -> String,
) -> Option<InstallError> {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
    use base64::Engine;
    let root = practice::key(Algorithm::Ed25519);
    let payload = format!(
        r#"{{"sequence":1,"issued_at":"2026-11-23T00:00:00Z","next_update":"2026-11-24T00:00:00Z",
        "expires":"2026-11-25T00:00:00Z","issuers":[]{change}}}"#
    );
    let signed = format!("{}.{}", BASE64.encode(header(&root)), BASE64.encode(payload));
    let to_be_signed = ToBeSigned::new(root.public_key(), signed.as_bytes());
    let EncodedSignature::Raw(signature) = root.sign(&to_be_signed).unwrap() else {
        panic!("software keys answer raw");
    };
    let (protected, payload) = signed.split_once('.').unwrap();
    let signature = BASE64.encode(signature);
    let json = format!(
        r#"{{"payload":"{payload}",
        "signatures":[{{"protected":"{protected}","signature":"{signature}"}}]}}"#
    );
    let mut scanner = Scanner::new(root.public_key(), Policy::default());
    scanner.install_trust_list(json.as_bytes(), 1_795_392_000).err()
}

#[test]
fn a_stranger_can_sign_a_trust_list() {
    let header = |typ: &'static str, more: &'static str| {
        move |root: &SoftwareKey| {
            let kid = root.public_key().jwk_thumbprint();
            format!(r#"{{"typ":"{typ}","kid":"{kid}","alg":"Ed25519"{more}}}"#)
        }
    };
    let typ = "onecode-trust-list+jws";
    let document = |error| Some(InstallError::Document(error));
    assert_eq!(trust_list_by_hand("", header(typ, "")), None);
    assert_eq!(trust_list_by_hand(r#","tides":[1]"#, header(typ, "")), None, "unknown member");
    assert_eq!(
        trust_list_by_hand("", header(typ, r#","crit":["b64"]"#)),
        document(DocumentError::Header)
    );
    let found = "onecode-catalogue+jws";
    assert_eq!(
        trust_list_by_hand("", header(found, "")),
        document(DocumentError::WrongKind { found: found.into() })
    );
    for change in [
        r#","critical":["tides"]"#,
        r#","sequence":2"#,
        r#","algorithms":[{"from":"2026-11-23","issuers":[],"phones":[]}]"#,
        r#","algorithms":[{"from":"2026-11-23T00:00:00+00:00","issuers":[],"phones":[]}]"#,
        r#","algorithms":[{"from":"2026-11-23T00:00:00.5Z","issuers":[],"phones":[]}]"#,
        r#","withdrawals":["AA"]"#,
    ] {
        let error = trust_list_by_hand(change, header(typ, ""));
        assert!(
            matches!(error, Some(InstallError::Document(DocumentError::Content { .. }))),
            "{change}: {error:?}"
        );
    }
}

#[test]
fn the_names_of_advisories_and_of_blame_are_there() {
    let estimate = ClockEstimate { behind_s: 0, agreeing: 0, of: 0 };
    for advisory in [
        Advisory::UsedBefore { first_unix_s: 0 },
        Advisory::DuplicatesUnchecked(MemoryProblem::Full),
        Advisory::ClockOff(estimate),
    ] {
        assert!(
            section("The verdict").contains(&format!("| `{}` |", advisory.name())),
            "{advisory:?}"
        );
    }
    use MemoryProblem::{ClockWentBack, Full, Incomplete, Store};
    for problem in [Full, Store, ClockWentBack, Incomplete] {
        assert!(section("The verdict").contains(&format!("`{}`", problem.name())), "{problem:?}");
    }
    for blame in [ClockBlame::Phone(estimate), ClockBlame::Scanner(estimate)] {
        assert!(section("The verdict").contains(&format!("`{}`", blame.name())), "{blame:?}");
    }
}

#[test]
fn the_bounds_of_a_scanner_are_those_of_the_library() {
    let joined = SPEC.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(MAX_ISSUED_AHEAD_S, 86_400);
    for phrase in [
        &format!("| 17 | `iat` is within {PLAUSIBLE_S} s of now"),
        &format!("and never above {} s", Policy::MAX_TOLERANCE_S),
        "`issued_at` is more than **86,400 s** after the scanner's clock",
        "`iat` is more than 86,400 s after the scanner's clock",
    ] {
        assert!(joined.contains(phrase), "docs/SPEC.md does not say: {phrase}");
    }
}

/// The example of the text.
#[test]
fn two_changes_are_encoded_as_the_page_says() {
    assert!(section("Status lists").contains("`7f 02`"));
    let changes = [(42, Status::Revoked), (43, Status::Suspended)];
    let changes = changes.map(|(position, status)| Change { position, status });
    assert_eq!(Delta::new(changes.to_vec()).unwrap().encode(), [0x7f, 0x02]);
}

/// What is said of positions: 2 bits each, the lowest first; the fourth value refuses the list.
#[test]
fn status_values_are_packed_as_the_page_says() {
    let packed = PackedStatuses::inflate(2, &pack(8, &[0b10_01_00_01]).unwrap(), 1).unwrap();
    let shard = Shard::from_packed(&packed).unwrap();
    let found: Vec<_> = (0..5).map(|position| shard.status(position)).collect();
    use Status::*;
    assert_eq!(found, [Some(Revoked), Some(Valid), Some(Revoked), Some(Suspended), None]);
    let packed = PackedStatuses::inflate(2, &pack(8, &[0b11]).unwrap(), 1).unwrap();
    assert_eq!(
        Shard::from_packed(&packed),
        Err(ShardError::UnknownStatus { position: 0, value: 3 })
    );
}

/// The table of section 13, a row a line: what the list says, `iat` of the credential against its
/// time, what comes out.
#[test]
fn the_table_of_status_answers() {
    const L: i64 = practice::NOW;
    const NOW: i64 = L + 100;
    let practice = Practice::new(Algorithm::Ed25519, Algorithm::Ed25519, Algorithm::Ed25519);
    let mut trust = practice.trust_list(1);
    let status_key = practice::key(Algorithm::Ed25519);
    let mut listed = practice::issuer_key(status_key.public_key(), &[]);
    listed.may_sign.status_lists = true;
    trust.issuers[0].keys.push(listed);

    // The answer, as a number of a refusal, or `valid as of`, or why the status is unknown.
    let scan = |list: Option<(Status, i64)>, confirmed: Option<i64>, max_age_s: u32, beyond| {
        let mut scanner =
            Scanner::new(practice.root.public_key(), practice::without_status_lists());
        let application = Application {
            status: StatusRule { max_age_s, beyond },
            ..practice::open_application()
        };
        let catalogue = practice::catalogue(1, vec![application]);
        let (trust, catalogue) = (trust.sign(&practice.root), catalogue.sign(&practice.root));
        scanner.install_trust_list(trust.unwrap().as_bytes(), L).unwrap();
        scanner.install_catalogue(catalogue.unwrap().as_bytes(), L).unwrap();
        if let Some((status, expires_unix_s)) = list {
            let mut issuer = StatusIssuer::new("cn-31", 8);
            match status {
                Status::Valid => {}
                Status::Revoked => issuer.revoke(7).unwrap(),
                Status::Suspended => issuer.suspend(7).unwrap(),
            }
            let publication =
                StatusPublication { issued_at_unix_s: L, expires_unix_s, ttl_s: 3_600 };
            let lists = issuer.publish(publication, &status_key).unwrap();
            scanner.install_status(&lists[0], L).unwrap();
        }
        let credential = practice.credential(|card| card.confirmed_unix_s = confirmed);
        let code = practice.code(&credential, NOW);
        match scanner.scan(code.text(), &context(NOW)) {
            Verdict::HandedOver(code) => panic!("handed over: {code:?}"),
            Verdict::Refused(refusal) => refusal.number().to_string(),
            Verdict::Accepted(accepted) => match accepted.status {
                StatusAnswer::Valid { as_of_unix_s } => format!("valid {}", as_of_unix_s - L),
                StatusAnswer::Unknown(why) => {
                    let names: Vec<_> = accepted.advisories.iter().map(Advisory::name).collect();
                    assert_eq!(names, ["status_unknown"]);
                    why.name().to_string()
                }
            },
        }
    };
    use Status::*;
    let (good, over) = (NOW + 1, NOW);
    for (list, confirmed, max_age_s, expected) in [
        (Some((Revoked, good)), None, 1_000, "401"),
        (Some((Revoked, over)), Some(L + 50), 1_000, "401"),
        (Some((Suspended, good)), Some(L + 1), 1_000, "valid 1"),
        (Some((Suspended, good)), Some(L), 1_000, "402"),
        (Some((Suspended, over)), None, 0, "402"),
        (Some((Valid, good)), Some(L + 50), 1_000, "valid 50"),
        (Some((Valid, over)), Some(L + 50), 1_000, "valid 50"),
        (Some((Valid, good)), Some(L - 1), 1_000, "valid 0"),
        (Some((Valid, good)), None, 100, "valid 0"),
        (Some((Valid, good)), None, 99, "old"),
        (Some((Valid, over)), None, 1_000, "old"),
        (None, Some(L), 100, "valid 0"),
        (None, Some(L), 99, "old"),
        (None, Some(NOW + 30), 0, "valid 130"),
        (None, Some(NOW + 31), 1_000, "none"),
        (None, None, 1_000, "none"),
    ] {
        let case = format!("{list:?} {confirmed:?} {max_age_s}");
        assert_eq!(scan(list, confirmed, max_age_s, Beyond::Accept), expected, "{case}");
        let refused = if matches!(expected, "old" | "none") { "403" } else { expected };
        assert_eq!(scan(list, confirmed, max_age_s, Beyond::Refuse), refused, "{case}");
    }
}

#[test]
fn the_table_of_faults() {
    let written: BTreeSet<_> =
        table("faults").iter().map(|row| row[0].trim_matches('`').to_string()).collect();
    let used: BTreeSet<_> =
        MESSAGES.iter().map(|message| message.fault.name().to_string()).collect();
    let blamed = CLOCK_MESSAGES.iter().map(|(_, message)| message.fault.name().to_string());
    let used = used.into_iter().chain(blamed).collect();
    assert_eq!(written, used);
}

/// Names of sections 12 (foreign codes), 19 and 20.
#[test]
fn what_scanners_answer_is_named_as_in_the_source() {
    let issuer = || "cn-31".to_owned();
    let algorithm = Algorithm::Esp256;
    let reasons = [
        EndReason::NoTrustList,
        EndReason::NoCatalogue,
        EndReason::ScannerClockBehind { behind_s: 1 },
        EndReason::TrustListExpires,
        EndReason::CatalogueExpires,
        EndReason::RootsExpire,
        EndReason::NewerExists { kind: DocumentKind::Roots },
        EndReason::EntryEnds,
        EndReason::EntryNotYet { from_unix_s: 0 },
        EndReason::NoStatusLists,
        EndReason::NotATime,
        EndReason::NoIssuer,
        EndReason::KeyEnds { issuer: issuer() },
        EndReason::KeyWithdrawn { issuer: issuer() },
        EndReason::KeyNotYet { issuer: issuer(), from_unix_s: 1 },
        EndReason::IssuerAlgorithmEnds { issuer: issuer(), algorithm },
        EndReason::PhoneAlgorithmEnds { algorithm },
        EndReason::NoStatusList { issuer: issuer() },
        EndReason::StatusTooOld { issuer: issuer(), as_of_unix_s: 1 },
        EndReason::StatusExpires { issuer: issuer() },
        EndReason::StatusKeyEnds { issuer: issuer() },
    ];
    let rows = table("endings");
    let (mut named, mut known) = (BTreeSet::new(), BTreeSet::new());
    for row in rows {
        let names = row[0].split(", ").map(|name| name.trim_matches('`').to_owned());
        let numbers: Vec<&str> = row[1].split(", ").collect();
        for (at, name) in names.enumerate() {
            let number = numbers.get(at).or(numbers.last()).unwrap();
            let number = number.split(':').next().unwrap();
            named.insert((name, number.parse::<u16>().unwrap()));
        }
    }
    for reason in reasons {
        known.insert((reason.name().to_owned(), reason.number()));
    }
    assert_eq!(named, known);

    let scanner = || ScannerId::new("a").unwrap();
    let key_id = KeyId([0; KeyId::LENGTH]);
    let form = CborError { at: 0, problem: CborProblem::Truncated };
    let receipts = [
        ReceiptProblem::Form(form),
        ReceiptProblem::UnknownKey { key_id },
        ReceiptProblem::NotAdmitted { scanner: scanner() },
        ReceiptProblem::KeyNotInTime { time_unix_s: 1 },
        ReceiptProblem::KeyWithdrawn,
        ReceiptProblem::BadSignature,
    ];
    let chains = [
        ChainProblem::OtherScanner { found: scanner() },
        ChainProblem::Missing { found: 1 },
        ChainProblem::Repeated { found: 1 },
        ChainProblem::OtherPrevious,
        ChainProblem::End { expected: 1 },
    ];
    let replays = [
        ReplayError::OtherText,
        ReplayError::OtherTrustList { receipt: None, given: None },
        ReplayError::OtherCatalogue { receipt: None, given: None },
        ReplayError::OtherRoots { receipt: 1 },
        ReplayError::OtherNotice { missing: Sha256Hash([0; 32]) },
        ReplayError::OtherStatusList,
        ReplayError::OtherVerdict { receipt: 0, replayed: 0 },
        ReplayError::OtherCard,
    ];
    let names = receipts.iter().map(ReceiptProblem::name);
    let names = names.chain(chains.iter().map(ChainProblem::name));
    for name in names.chain(replays.iter().map(ReplayError::name)) {
        assert!(section("Receipts").contains(&format!("`{name}`")), "Receipts lacks {name}");
    }
    for class in ["digits", "hex", "alphanumeric", "base64", "printable"] {
        let class: Result<CharacterClass, _> = serde_json::from_value(class.into());
        let written = serde_json::to_value(class.unwrap()).unwrap();
        assert!(section("The catalogue").contains(&format!("`{}`", written.as_str().unwrap())));
    }
}
