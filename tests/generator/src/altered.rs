//! Codes that a reader has changed, and for each change a neighbour that is not ours: the same
//! change of something that is no code.

use super::parts::{Card, FixedKey, Parts};
use super::world::{picture_text, Vector, World};

/// A change as it comes out of a reader or a program, with what must be refused as before.
struct Change<'t> {
    text: &'t str,
    broken: &'t str,
    vectors: Vec<Vector>,
}

impl Change<'_> {
    /// What the change makes of a code, and of a text that differs from it in the form alone.
    fn named(
        &mut self,
        how: &'static str,
        [name, neighbour]: [&'static str; 2],
        comment: &'static str,
        number: u16,
        change: impl Fn(&str) -> String,
    ) {
        let (text, broken) = (change(self.text), change(self.broken));
        self.vectors.push(Vector::refused_text(105, name, comment, text).detail(how));
        let comment = "The same of a text that is no code";
        self.vectors.push(Vector::refused_text(number, neighbour, comment, broken));
    }
}

/// `how`, the names of the two vectors, a comment, the number of the neighbour, the change.
type Row = (&'static str, [&'static str; 2], &'static str, u16, fn(&str) -> String);

macro_rules! names {
    ($name:literal) => {
        [concat!("altered_", $name), concat!("not_altered_", $name)]
    };
}

pub fn vectors(world: &World) -> Vec<Vector> {
    let text = &text_where(world, |text| {
        let accents = ["+A", "+E", "+I", "+O", "+U"];
        accents.iter().any(|pair| text.contains(pair))
            && text.contains("+ ")
            && url_decoded(text).contains(|c: char| !c.is_ascii())
            && ['$', '%', '*', '-', '.', '/'].iter().all(|c| text.contains(*c))
    });
    let (second, body) = (&text_where(world, |other| other != text), &text[4..]);
    // The header has three entries.
    let broken = &{
        let mut code = base45::decode(body).unwrap();
        assert_eq!(code[3], 0xa2);
        code[3] = 0xa3;
        picture_text(&code)
    };
    let foreign = &text.replacen("OC1:", "HC1:", 1);
    let v = Vector::refused_text;

    let mut all = Change { text, broken, vectors: vec![] };
    let added: [Row; 27] = [
        ("aim_identifier", names!("aim_identifier"), "AIM identifiers are on", 103, |it| {
            format!("]Q1{it}")
        }),
        ("aim_identifier", names!("aim_identifier_d2"), "That of Data Matrix", 103, |it| {
            format!("]d2{it}")
        }),
        ("eci_prefix", names!("eci_prefix"), "ECI output is on", 103, |it| format!("\\000026{it}")),
        ("added_prefix", names!("added_prefix"), "A label", 103, |it| format!("QR-Code:{it}")),
        ("added_suffix", names!("added_suffix"), "A separator and a date", 106, |it| {
            format!("{it};2026-11-24")
        }),
        ("added_suffix", names!("full_width"), "A full-width character", 106, |it| {
            format!("{it}：")
        }),
        ("leading_control", names!("nul"), "A NUL byte in front", 103, |it| format!("\0{it}")),
        ("leading_control", names!("framing"), "STX in front and ETX behind", 103, |it| {
            format!("\u{2}{it}\u{3}")
        }),
        ("trailing_control", names!("gs"), "GS behind", 106, |it| format!("{it}\u{1d}")),
        ("trailing_space", names!("trailing_space"), "A space behind", 106, |it| format!("{it} ")),
        ("inner_control", names!("inner_control"), "A line end after 76 characters", 106, |it| {
            let (first, rest) = it.split_at(76);
            format!("{first}\r\n{rest}")
        }),
        ("inner_control", names!("utf_16"), "A NUL behind each character", 103, |it| {
            it.chars().flat_map(|c| [c, '\0']).collect()
        }),
        ("quotation_marks", names!("quotation_marks"), "As in CSV", 103, |it| format!("\"{it}\"")),
        ("quotation_marks", names!("corner_brackets"), "As in Chinese", 103, |it| {
            format!("「{it}」")
        }),
        ("invisible_character", names!("invisible"), "A left-to-right mark in front", 103, |it| {
            format!("\u{200e}{it}")
        }),
        ("invisible_character", names!("invisible_inside"), "A soft hyphen within", 106, |it| {
            let (first, rest) = it.split_at(100);
            format!("{first}\u{ad}{rest}")
        }),
        ("beginning_lost", names!("beginning_lost"), "The prefix is gone", 103, |it| {
            it[4..].into()
        }),
        ("full_width", names!("full_width_letters"), "An input method is on", 103, |it| {
            it.chars().map(full_width).collect()
        }),
        ("full_width", names!("chinese_marks"), "Its marks alone", 103, |it| {
            it.replace(':', "：").replace('.', "。").replace('/', "、").replace('$', "￥")
        }),
        ("other_space", names!("other_space"), "No-break spaces", 106, |it| {
            it.replace(' ', "\u{a0}")
        }),
        ("percent_encoded", names!("percent_encoded"), "Spaces as %20", 106, |it| {
            it.replace(' ', "%20")
        }),
        ("percent_encoded", names!("form_encoded"), "As form data, in small digits", 103, |it| {
            let it = it.replace('%', "%25").replace('+', "%2b").replace(' ', "+");
            it.replace('$', "%24").replace('/', "%2f").replace(':', "%3a")
        }),
        ("percent_decoded", names!("percent_decoded"), "URL-decoded", 106, url_decoded),
        ("plus_to_space", names!("plus_to_space"), "Plus became a space", 107, |it| {
            it.replace('+', " ")
        }),
        ("spaces_lost", names!("spaces_lost"), "No space is left", 106, |it| it.replace(' ', "")),
        ("escaped", names!("escaped"), "As JSON may write it", 106, |it| it.replace('/', "\\/")),
        ("hexadecimal", names!("hexadecimal"), "In hexadecimal digits", 103, |it| {
            it.bytes().map(|byte| format!("{byte:02x}")).collect()
        }),
    ];
    for (how, names, comment, number, change) in added {
        all.named(how, names, comment, number, change);
    }

    let mut vectors = all.vectors;
    let named = |how, name, comment, text: String| v(105, name, comment, text).detail(how);
    vectors.extend([
        named("joined_codes", "altered_twice", "The same code twice", format!("{text}{text}")),
        named("joined_codes", "altered_joined", "Two codes and a line end between", {
            format!("{text}\r\n{second}")
        }),
        v(102, "not_altered_joined", "The second is none", format!("{text}{broken}")),
        named("cut_off", "altered_cut", "A buffer of 256 bytes", text[..255].into()),
        v(107, "not_altered_cut", "No code begins so", broken[..256].into()),
    ]);
    let layout = |name, comment, text: String| named("keyboard_layout", name, comment, text);
    let not_a_layout = |name, comment, text: String| v(103, name, comment, text);
    let german = |text: &str| typed(text, "YZ*+-/:", "ZY(`ß-Ö");
    let swiss = |text: &str| typed(text, "YZ$*+-/:", "ZYç(`'-é");
    let italian = |text: &str| typed(text, "*+-/:", "(^'-ç");
    let french = |text: &str| typed(text, "0123456789AQWZM$%*-./:", "à&é\"'(-è_çQAZW?458):!M");
    let from_french =
        |text: &str| typed(text, "0123456789AQWZM$%*-./:", ")!@#$%^&*(QAZW:]\"\\6<>.");
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ$./:";
    let russian = |text: &str| typed(text, letters, "ФИСВУАПРШОЛДЬТЩЗЙКЫЕГМЦЧНЯ;ю.Ж");
    vectors.extend([
        layout("altered_german", "A US reader at a German computer", german(text)),
        layout("altered_german_accents", "Dead keys on letters", on_letters(&german(text))),
        layout("altered_german_lost", "Dead keys are gone", german(text).replace('`', "")),
        layout("altered_german_caps_lock", "And Caps Lock", german(text).to_lowercase()),
        not_a_layout("not_altered_german", "Another prefix", german(foreign)),
        not_a_layout("not_altered_german_short", "Too little to tell", "OC1Ö`ZXH-".into()),
        layout("altered_swiss", "Swiss", swiss(text)),
        not_a_layout("not_altered_swiss", "Another prefix", swiss(foreign)),
        layout("altered_italian", "Italian", italian(text)),
        not_a_layout("not_altered_italian", "Another prefix", italian(foreign)),
        layout("altered_french", "French", french(text)),
        not_a_layout("not_altered_french", "Another prefix", french(foreign)),
        layout("altered_from_french", "A French reader at a US computer", from_french(text)),
        not_a_layout("not_altered_from_french", "Another prefix", from_french(foreign)),
        layout("altered_russian", "Russian", russian(text)),
        not_a_layout("not_altered_russian", "Another prefix", russian(foreign)),
    ]);
    let shift_lost = |text: &str| typed(text, ":$%*+", ";458=").to_lowercase();
    vectors.extend([
        named("shift_lost", "altered_shift_lost", "No key was shifted", shift_lost(text)),
        v(103, "not_altered_shift_lost", "Too little to tell", shift_lost(&text[..299])),
        v(103, "not_altered_shift_kept", "A character that needs Shift", {
            shift_lost(text) + "_"
        }),
        v(103, "not_altered_link", "A link with a code in it", {
            format!("https://example.cn/?c={text}")
        }),
        v(103, "not_altered_long_label", "33 bytes in front", format!("{:33}{text}", "L-")),
        v(103, "not_altered_other_prefix", "AIM identifier, another code", format!("]Q1{foreign}")),
        v(110, "order_foreign_before_altered", "What the catalogue names is foreign", {
            format!("]Q1{text}#TICKET")
        })
        .detail("ticket"),
    ]);
    vectors.extend(kinds());
    vectors
}

/// A challenge and a pass, changed. Beside each the same change of a group that says more than two
/// bytes hold, which is base45 of nothing.
fn kinds() -> Vec<Vector> {
    let pass = "OC1P:".to_owned() + &base45::encode((0..115).collect::<Vec<u8>>());
    let challenge = "OC1C:".to_owned() + &base45::encode([1, 2, 3, 4, 5, 6, 7, 8]);
    let mut all = vec![];
    let changes: [Row; 8] = [
        ("aim_identifier", names!("kind_aim_identifier"), "AIM identifiers are on", 103, |it| {
            format!("]Q1{it}")
        }),
        ("added_prefix", names!("kind_added_prefix"), "A label", 103, |it| format!("QR-Code:{it}")),
        ("quotation_marks", names!("kind_quotation_marks"), "As in CSV", 103, |it| {
            format!("\"{it}\"")
        }),
        ("full_width", names!("kind_full_width"), "An input method is on", 103, |it| {
            it.chars().map(full_width).collect()
        }),
        ("full_width", names!("kind_colon"), "Its colon alone", 103, |it| {
            it.replacen(':', "：", 1)
        }),
        ("keyboard_layout", names!("kind_swiss"), "A US reader, a Swiss computer", 103, |it| {
            typed(it, "YZ$*+-/:", "ZYç(`'-é")
        }),
        ("hexadecimal", names!("kind_hexadecimal"), "In hexadecimal digits", 103, |it| {
            it.bytes().map(|byte| format!("{byte:02X}")).collect()
        }),
        ("percent_encoded", names!("kind_percent_encoded"), "Its colons as %3A", 103, |it| {
            it.replace('%', "%25").replace('+', "%2B").replace(':', "%3A")
        }),
    ];
    for (text, broken) in [(&pass, pass.clone() + "GGW"), (&challenge, challenge.clone() + "GGW")] {
        // Each change is in the vectors once, of one of the two.
        let mut of_kind = Change { text, broken: &broken, vectors: vec![] };
        let odd = text == &challenge;
        for (at, (how, names, comment, number, change)) in changes.into_iter().enumerate() {
            if (at % 2 == 1) == odd {
                of_kind.named(how, names, comment, number, change);
            }
        }
        all.extend(of_kind.vectors);
    }
    let v = Vector::refused_text;
    let shifted = typed(&challenge, ":$%*+", ";458=").to_lowercase();
    all.extend([
        v(105, "altered_kind_shift_lost", "No key was shifted", shifted.clone())
            .detail("shift_lost"),
        v(103, "not_altered_kind_shift_kept", "A character that needs Shift", shifted + "_"),
        v(103, "not_altered_kind_link", "A link with one in it", {
            format!("https://example.cn/?c={challenge}")
        }),
        v(103, "not_altered_kind_short", "Seven bytes", {
            format!("]Q1OC1P:{}", base45::encode([7; 7]))
        }),
    ]);
    all
}

/// A code of a phone that is looked for until the text has what the changes are about.
fn text_where(world: &World, wanted: impl Fn(&str) -> bool) -> String {
    let phones = (0..).map(|n| FixedKey::esp256(&format!("phone of a changed code {n}")));
    phones
        .map(|phone| picture_text(&Parts::new(&world.shanghai, &phone, &Card::default()).code()))
        .find(|text| wanted(text))
        .unwrap()
}

/// Each of the first characters shown as the one at its place.
fn typed(text: &str, keys: &str, shown: &str) -> String {
    assert_eq!(keys.chars().count(), shown.chars().count());
    let of = |c: char| keys.chars().zip(shown.chars()).find(|(key, _)| *key == c);
    text.chars().map(|c| of(c).map_or(c, |(_, shown)| shown)).collect()
}

/// As Windows joins a dead key with what is typed next.
fn on_letters(typed: &str) -> String {
    let joined = [("` ", "`"), ("`A", "À"), ("`E", "È"), ("`I", "Ì"), ("`O", "Ò"), ("`U", "Ù")];
    let mut text = String::new();
    let mut rest = typed;
    while let Some(c) = rest.chars().next() {
        let (taken, shown) = match joined.iter().find(|(pair, _)| rest.starts_with(pair)) {
            Some((pair, shown)) => (pair.len(), (*shown).to_owned()),
            None => (c.len_utf8(), c.to_string()),
        };
        text += &shown;
        rest = &rest[taken..];
    }
    text
}

fn full_width(c: char) -> char {
    match c {
        ' ' => '\u{3000}',
        c => char::from_u32(c as u32 + 0xfee0).unwrap(),
    }
}

/// `%41` is `A`, `%E9` is `é`.
fn url_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.get(..2).filter(|it| it.bytes().all(|c| c.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(char::from(byte));
                decoded += &part[2..];
            }
            None => {
                decoded.push('%');
                decoded += part;
            }
        }
    }
    decoded
}
