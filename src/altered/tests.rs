use super::layouts::TELLING;
use super::trial::{FIRST, LEAST, MOST};
use super::{find, MAX_ADDED};
use crate::base45;
use crate::spec::assert_says;
use crate::text::MAX_TEXT;

#[test]
fn the_specification_states_what_is_here() {
    assert_says([
        &format!("has at least {TELLING} characters"),
        &format!("of which {TELLING} are left"),
        &format!("something else of at most {MAX_ADDED} bytes before the prefix"),
        &format!("base45 of {LEAST} to {MOST} bytes"),
    ]);
}

#[test]
fn every_code_goes_on_like_this() {
    assert_eq!(base45::encode(&[0x84, 0x58]).as_bytes(), FIRST);
}

#[test]
fn what_only_looks_like_ours_is_left_alone() {
    let long = "0".repeat(400);
    for text in [
        "",
        "OC1",
        "OC1:",
        "]Q1",
        "]Q1OC1:",
        "\\000026OC1:BB8",
        "\\00002",
        "oc1;bb8",
        "OC1ÖBB8",
        "ＯＣ１：ＢＢ８",
        "OC1%3ABB8",
        "4F43313A424238",
        "OC1:BB8OC1:BB8",
        "HC1:6BF+70790T9WJWG.FKY*4GO0.O1CV2 O5 N2FBBRW1*70HS8WY04AC*WIFN0AHCD8KD97TK0F90KECTHGWJC0FD",
        "https://example.cn/?c=OC1:BB8",
        "WIFI:S:OC1:;T:WPA;P:12345678;;",
        "WIFI:S:OC1P:;T:WPA;P:12345678;;",
        "]Q1OC1P:X507H0QS00",
        "]Q1OC1P:GGWGGWGGWGGW",
        "https://example.cn/?c=OC1P:X507H0QS00+0",
        "]Q1OC1:X507H0QS00+0",
        "]Q1OC11:X507H0QS00+0",
        "oc1p;x507h0qs00",
        "OC1PÖX507H0QS00",
        "134567890123456789",
        "]C10112345678901231",
        "\u{feff}\u{200b}\u{2}\"'「",
        "社保卡",
        &format!("oc1;{long}"),
        &format!("OC1Ö{long}é"),
        &format!("OC1:{long}"),
        &format!("OC1: {long}"),
    ] {
        assert_eq!(find(text), None, "{text:?}");
    }
}

/// A challenge's text, which needs no more than its prefix to tell.
#[test]
fn other_kinds_are_told_by_their_prefix() {
    use crate::text::Alteration::*;
    for (text, how) in [
        ("]Q1OC1C:X507H0QS00+0", AimIdentifier),
        ("\\000026OC1C:X507H0QS00+0", EciPrefix),
        ("\u{2}OC1C:X507H0QS00+0\u{3}", LeadingControl),
        ("\"OC1C:X507H0QS00+0\"", QuotationMarks),
        ("QR-Code:OC1C:X507H0QS00+0", AddedPrefix),
        ("QR-Code:OC1C:X507H0QS00+0;1", AddedPrefix),
        ("O\u{ad}C1C:X507H0QS00+0", InvisibleCharacter),
        ("O\0C\r1\0C\0:\0X507H0QS00+0", InnerControl),
        ("ＯＣ１Ｃ：Ｘ５０７Ｈ０ＱＳ００＋０", FullWidth),
        ("OC1C：X507H0QS00+0", FullWidth),
        ("4f4331433a583530374830515330302b30", Hexadecimal),
        ("OC1C%3AX507H0QS00%2B0", PercentEncoded),
        ("OC1CÖX507H0QS00`0", KeyboardLayout),
        ("oc1cöx507h0qs00`0", KeyboardLayout),
        ("oc1c;x507h0qs00=0", ShiftLost),
    ] {
        assert_eq!(find(text), Some(how), "{text:?}");
    }
}

/// Texts of every kind of character, cut and joined anywhere. Each gets an answer: unknown.
#[test]
fn no_text_is_too_strange() {
    let pieces = [
        "OC1:",
        "oc1;",
        "OC1Ö",
        "OC1>",
        "OC!.",
        "]Q1",
        "\\000026",
        "%20",
        "%",
        "%é",
        "À",
        "`",
        " ",
        "\0",
        "\u{feff}",
        "\u{200e}",
        "「",
        "：",
        "\\",
        "4F43313A",
        "é",
        "社",
        "+",
        "BB8",
        "BB8GGW",
        "\r\n",
        "\u{10ffff}",
    ];
    let mut state = 1_u64;
    let mut next = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize
    };
    for _ in 0..5_000 {
        let count = next() % 12;
        let text: String = (0..count).map(|_| pieces[next() % pieces.len()]).collect();
        assert_eq!(find(&text), None, "{text:?}");
    }
}

/// The longest texts accepted, made of what the changes are about.
#[test]
fn the_work_is_bounded() {
    let random = base45::encode(&[0xa5; 319]);
    let began = std::time::Instant::now();
    for piece in ["]Q1", "OC1:", "OC1: ", "%20", " ", "\"", "oc1;", "OC1>", "OC1Ö`", "4F", &random]
    {
        for head in ["", "OC1:", "OC1Ö", "OC1>", "]Q1OC1P:", "OC1PÖ"] {
            let text = head.to_owned() + &piece.repeat((MAX_TEXT - head.len()) / piece.len());
            find(&text);
        }
    }
    // Sixty-six texts of four thousand bytes, unoptimized, on a busy machine.
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}
