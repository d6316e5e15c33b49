//! Texts and codes that must be refused, each wrong in one way.

use onecode::{Algorithm, PublicKey, SigningKey};

use super::altered;
use super::parts::*;
use super::world::{answer, picture_text, Vector, World};

pub fn vectors(world: &World) -> Vec<Vector> {
    [
        texts(world),
        altered::vectors(world),
        form(world),
        claims(world),
        trust(world),
        sm2(world),
        time(world),
        rules(world),
        order(world),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn everyday(world: &World) -> Parts {
    Parts::new(&world.shanghai, &world.phone, &Card::default())
}

/// A text of another kind: this prefix, and so many bytes.
fn kind(prefix: &str, length: usize) -> String {
    let bytes: Vec<u8> = (0..=255).cycle().take(length).collect();
    prefix.to_owned() + &base45::encode(bytes)
}

/// Family 1, before the bytes are reached.
fn texts(world: &World) -> Vec<Vector> {
    let text = picture_text(&everyday(world).code());
    let v = Vector::refused_text;
    vec![
        v(101, "empty", "The reader gave nothing", String::new()),
        v(102, "text_4097", "One byte more than is looked at", "A".repeat(4_097)),
        v(103, "text_4096", "As long as is looked at, and not ours", "A".repeat(4_096)),
        v(
            102,
            "code_484",
            "One character more than a code can have",
            format!("OC1:{}", "0".repeat(480)),
        ),
        v(103, "web_address", "A web address", "https://example.cn/?c=OC1:".into()),
        v(110, "foreign_digits", "18 digits that begin as one of six", "134567890123456789".into())
            .detail("pay"),
        v(
            110,
            "foreign_line_end",
            "A reader's line end behind it is not looked at",
            "134567890123456789\r\n".into(),
        )
        .detail("pay"),
        v(103, "foreign_digits_17", "One digit fewer", "13456789012345678".into()),
        v(103, "foreign_digits_19", "One digit more", "1345678901234567890".into()),
        v(103, "foreign_digits_16", "Another beginning", "164567890123456789".into()),
        v(103, "foreign_digits_letter", "A letter among them", "13456789012345678A".into()),
        v(
            110,
            "foreign_contains",
            "The beginning fits, and what must stand somewhere does",
            "https://health.example/?card=1".into(),
        )
        .detail("health"),
        v(
            110,
            "foreign_case",
            "Capitals are as good as small letters",
            "HTTPS://HEALTH.EXAMPLE/?CARD=1".into(),
        )
        .detail("health"),
        v(
            110,
            "foreign_later_entry",
            "The special entry does not fit, the general one below it does",
            "https://health.example/".into(),
        )
        .detail("health.web"),
        v(110, "foreign_ends_with", "Told by its end", "2026-11-24 #TICKET".into())
            .detail("ticket"),
        v(
            110,
            "foreign_length_least",
            "32 digits of hex",
            "0123456789abcdefABCDEF9876543210".into(),
        )
        .detail("token"),
        v(110, "foreign_length_most", "64 of them", "f".repeat(64)).detail("token"),
        v(103, "foreign_length_over", "65 of them", "f".repeat(65)),
        v(103, "foreign_length_under", "31 of them", "f".repeat(31)),
        v(
            105,
            "order_altered_before_foreign",
            "Ours with a changed prefix is never foreign",
            " OC1:#TICKET".into(),
        )
        .detail("leading_space"),
        v(
            104,
            "order_version_before_foreign",
            "Nor is a later version of ours",
            "OC2:#TICKET".into(),
        ),
        v(
            102,
            "order_length_before_foreign",
            "Nor is what is too long to be looked at",
            format!("https://health.example/{}", "x".repeat(4_096)),
        ),
        v(
            110,
            "challenge_shown_to_a_scanner",
            "The picture of a scanner's challenge, held to a scanner",
            format!("OC1C:{}", base45::encode([1, 2, 3, 4, 5, 6, 7, 8])),
        )
        .detail("onecode.challenge"),
        v(110, "kind_request", "A desk's request, held to a gate", kind("OC1R:", 300))
            .detail("onecode.request"),
        v(110, "kind_answer", "An answer for the desk that asked", kind("OC1I:", 396))
            .detail("onecode.answer"),
        v(110, "kind_card_request", "A new phone's request", kind("OC1Q:", 318))
            .detail("onecode.card-request"),
        v(110, "kind_not_read", "A gate reads nothing behind the prefix", "OC1R:?".into())
            .detail("onecode.request"),
        v(104, "kind_pass", "A pass, which no scanner knows yet", kind("OC1P:", 115)).detail("P"),
        v(104, "kind_unknown", "A kind that nobody knows yet", kind("OC1Z:", 8)).detail("Z"),
        v(104, "kind_of_version_2", "Another kind of a later version", kind("OC2P:", 8))
            .detail("2"),
        v(103, "not_kind_digit", "A digit where the letter belongs", kind("OC11:", 8)),
        v(103, "not_kind_two_letters", "Two letters", kind("OC1PP:", 8)),
        v(103, "not_kind_no_colon", "No colon", kind("OC1P", 8)),
        v(
            104,
            "order_kind_before_foreign",
            "A kind of ours is never foreign",
            "OC1Z:#TICKET".into(),
        )
        .detail("Z"),
        v(
            105,
            "kind_lower_case",
            "A pass at a reader with Caps Lock",
            kind("OC1P:", 115).to_lowercase(),
        )
        .detail("lower_case"),
        v(
            105,
            "challenge_lower_case",
            "A challenge at a reader with Caps Lock: the reader's fault comes first",
            kind("OC1C:", 8).to_lowercase(),
        )
        .detail("lower_case"),
        v(
            105,
            "kind_byte_order_mark",
            "A mark in front",
            format!("\u{feff}{}", kind("OC1P:", 115)),
        )
        .detail("byte_order_mark"),
        v(105, "kind_leading_space", "A space in front", format!(" {}", kind("OC1R:", 300)))
            .detail("leading_space"),
        v(105, "kind_doubled_prefix", "Its prefix twice", kind("OC1P:OC1P:", 115))
            .detail("doubled_prefix"),
        v(
            105,
            "kind_behind_a_prefix",
            "A reader that puts the prefix of codes before all that it reads",
            kind("OC1:OC1P:", 115),
        )
        .detail("doubled_prefix"),
        v(105, "kind_trailing_crlf", "A line end, not taken off", kind("OC1C:", 8) + "\r\n")
            .detail("trailing_control"),
        v(103, "other_script", "Text in another script", "社保卡".into()),
        v(103, "prefix_cut", "Half of the prefix", "OC1".into()),
        v(104, "version_2", "A later version of the format", text.replacen("OC1", "OC2", 1)),
        v(105, "byte_order_mark", "A byte order mark in front", format!("\u{feff}{text}"))
            .detail("byte_order_mark"),
        v(105, "leading_space", "A space in front", format!(" {text}")).detail("leading_space"),
        v(105, "lower_case", "Caps Lock at a keyboard-wedge reader", text.to_lowercase())
            .detail("lower_case"),
        v(
            105,
            "lower_case_prefix",
            "Only the prefix in small letters",
            text.replacen("OC", "oc", 1),
        )
        .detail("lower_case"),
        v(105, "doubled_prefix", "A reader that adds the prefix", format!("OC1:{text}"))
            .detail("doubled_prefix"),
        v(105, "trailing_crlf", "A reader's line end, not taken off", format!("{text}\r\n"))
            .detail("trailing_control"),
        v(105, "trailing_tab", "A reader's tab, not taken off", format!("{text}\t"))
            .detail("trailing_control"),
        v(
            105,
            "last_character_lost",
            "The last character is missing",
            text[..text.len() - 1].into(),
        )
        .detail("cut_off"),
        v(
            106,
            "foreign_character",
            "A character that base45 does not have",
            text.replacen("OC1:", "OC1:!", 1),
        ),
        v(
            105,
            "small_letters_inside",
            "The body in small letters",
            format!("OC1:{}", text[4..].to_lowercase()),
        )
        .detail("lower_case"),
        v(
            106,
            "group_overflow",
            "Three characters that say more than two bytes hold",
            "OC1::::".into(),
        ),
        v(106, "pair_overflow", "Two characters that say more than a byte holds", "OC1:::".into()),
        v(106, "single_left", "One character left over", "OC1:BB8A".into()),
        Vector::malformed("truncated", "prefix_only", "Nothing behind the prefix", &[]),
        v(102, "two_codes", "Two codes in one text", format!("{text}{}", &text[4..])),
    ]
}

/// 107: each rule of the deterministic encoding, at each layer.
fn form(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let code = parts.code();
    let credential = parts.credential();
    let (card_header, card_payload) = (parts.card_header_bytes(), parts.card_payload());
    let code_header = parts.code_header(&credential);
    let code_payload = parts.code_payload();
    let m = Vector::malformed;
    // Cuts inside the layers: the code's header string, the credential in it, the phone key in
    // that, the code's payload, the code's signature.
    let find =
        |needle: &[u8]| code.windows(needle.len()).position(|window| window == needle).unwrap();
    let cut = |at: usize| code[..at].to_vec();
    let card =
        |header: &[u8], payload: &[u8]| parts.code_with(&parts.credential_of(header, payload));
    let with = |change: &dyn Fn(&mut Parts)| {
        let mut parts = parts.clone();
        change(&mut parts);
        parts.code()
    };
    // The same bytes with one piece replaced, signed as they are.
    let swap = |bytes: &[u8], from: &[u8], to: &[u8]| {
        let at = bytes.windows(from.len()).position(|window| window == from).unwrap();
        [&bytes[..at], to, &bytes[at + from.len()..]].concat()
    };
    let region_item = |item: Vec<u8>| parts.clone().card_item(1, item, &Card::default()).code();
    let point = world.phone.public_key().to_bytes();

    vec![
        m("truncated", "cut_at_the_head", "One byte of the outer array", &cut(1)),
        m(
            "truncated",
            "cut_in_the_header",
            "Inside the code's protected header",
            &cut(find(&credential) - 2),
        ),
        Vector::refused(
            105,
            "cut_in_the_credential",
            "Inside the credential: enough is there to call it ours",
            &cut(find(&credential) + 30),
        )
        .detail("cut_off"),
        Vector::refused(
            105,
            "cut_in_the_payload",
            "Inside the code's payload",
            &cut(find(&code_payload) + 3),
        )
        .detail("cut_off"),
        Vector::refused(105, "cut_in_the_signature", "One byte short", &cut(code.len() - 1))
            .detail("cut_off"),
        m(
            "truncated",
            "cut_in_the_credential_header",
            "The credential's header ends early, properly signed",
            &card(&card_header[..card_header.len() - 1], &card_payload),
        ),
        m(
            "truncated",
            "cut_in_the_claims",
            "The credential's claims end early, properly signed",
            &card(&card_header, &card_payload[..card_payload.len() - 1]),
        ),
        m(
            "truncated",
            "cut_in_the_code_claims",
            "The code's claims end early, properly signed",
            &parts.code_of(&code_header, &code_payload[..code_payload.len() - 1]),
        ),
        m(
            "truncated",
            "length_beyond_the_end",
            "A byte string of 2^63 bytes",
            &swap(
                &code,
                &bytes(&code_header)[..2],
                &[0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
            ),
        ),
        m("trailing_bytes", "trailing_byte", "A byte behind the code", &[&code[..], &[0]].concat()),
        m(
            "trailing_bytes",
            "trailing_in_header",
            "A byte behind the code's header map",
            &parts.code_of(&[&code_header[..], &[0]].concat(), &code_payload),
        ),
        m(
            "trailing_bytes",
            "trailing_in_payload",
            "A byte behind the code's claims",
            &parts.code_of(&code_header, &[&code_payload[..], &[0]].concat()),
        ),
        m(
            "trailing_bytes",
            "trailing_in_credential_header",
            "A byte behind the credential's header",
            &card(&[&card_header[..], &[0]].concat(), &card_payload),
        ),
        m(
            "trailing_bytes",
            "trailing_in_credential_claims",
            "A byte behind the credential's claims",
            &card(&card_header, &[&card_payload[..], &[0]].concat()),
        ),
        m("indefinite_length", "indefinite_array", "The outer array, indefinite", &{
            [&[0x9f], &code[1..], &[0xff]].concat()
        }),
        m(
            "indefinite_length",
            "indefinite_string",
            "The payload in chunks",
            &swap(
                &code,
                &bytes(&code_payload),
                &[&[0x5f][..], &bytes(&code_payload), &[0xff]].concat(),
            ),
        ),
        m(
            "indefinite_length",
            "indefinite_map",
            "The code's claims, indefinite",
            &parts.code_of(&code_header, &[&[0xbf][..], &code_payload[1..], &[0xff]].concat()),
        ),
        m(
            "indefinite_length",
            "indefinite_card_claims",
            "The credential's claims, indefinite",
            &card(&card_header, &[&[0xbf][..], &card_payload[1..], &[0xff]].concat()),
        ),
        m(
            "not_shortest",
            "long_array",
            "The outer array's count in two bytes",
            &[&[0x98, 4], &code[1..]].concat(),
        ),
        m(
            "not_shortest",
            "long_string",
            "A length of 64 in three bytes",
            &[&code[..code.len() - 66], &[0x59, 0, 0x40], &code[code.len() - 64..]].concat(),
        ),
        m(
            "not_shortest",
            "long_time",
            "The time in nine bytes",
            &with(&|parts| {
                parts.code_claims =
                    vec![(int(6), [&[0x1b, 0, 0, 0, 0][..], &(NOW as u32).to_be_bytes()].concat())];
            }),
        ),
        m(
            "not_shortest",
            "long_claim_key",
            "A claim key in two bytes",
            &with(&|parts| {
                parts.code_claims = vec![(vec![0x18, 6], uint(NOW as u64))];
            }),
        ),
        m(
            "not_shortest",
            "long_window",
            "The window in three bytes",
            &parts.clone().card_item(4, vec![0x19, 0, 60], &Card::default()).code(),
        ),
        m(
            "not_shortest",
            "long_algorithm",
            "The algorithm in two bytes",
            &with(&|parts| parts.code_alg = vec![0x38, 8]),
        ),
        m(
            "unexpected_key",
            "unsorted_claims",
            "The credential's claims in another order",
            &with(&|parts| {
                parts.card_claims.swap(0, 1);
            }),
        ),
        m(
            "unsorted_keys",
            "unsorted_code_claims",
            "The code's claims in another order",
            &with(&|parts| {
                parts.code_claims.push((int(3), text("101")));
            }),
        ),
        m("unexpected_key", "unsorted_key", "The phone key's parameters in another order", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries.swap(0, 1);
            parts.clone().holder_key(&entries).code()
        }),
        m(
            "unsorted_keys",
            "duplicate_claim",
            "One claim twice",
            &with(&|parts| {
                parts.code_claims.push(parts.code_claims[0].clone());
            }),
        ),
        m(
            "unsorted_keys",
            "duplicate_card_claim",
            "The expiry twice",
            &with(&|parts| {
                parts.card_claims.insert(0, parts.card_claims[0].clone());
            }),
        ),
        m(
            "unexpected_key",
            "extra_claim",
            "A claim that the code does not have",
            &with(&|parts| {
                parts.code_claims.push((int(40), int(1)));
            }),
        ),
        m(
            "unexpected_key",
            "extra_card_claim",
            "A name in the credential",
            &with(&|parts| {
                parts.card_claims.insert(0, (int(2), text("张三")));
            }),
        ),
        m(
            "unexpected_key",
            "extra_header",
            "A content type in the code's header",
            &parts.code_of(
                &map(&[
                    (int(1), parts.code_alg.clone()),
                    (int(13), credential.clone()),
                    (int(16), int(61)),
                ]),
                &code_payload,
            ),
        ),
        m(
            "unexpected_key",
            "critical_header",
            "A crit header",
            &parts.code_of(
                &map(&[
                    (int(1), parts.code_alg.clone()),
                    (int(2), array(&[int(13)])),
                    (int(13), credential.clone()),
                ]),
                &code_payload,
            ),
        ),
        m(
            "unexpected_key",
            "card_typ_header",
            "The credential's header names a type, as a status list's does",
            &with(&|parts| {
                parts.card_header.push((int(16), text("application/statuslist+cwt")));
            }),
        ),
        m(
            "missing_key",
            "no_time",
            "A code without its time",
            &parts.code_of(&code_header, &map(&[])),
        ),
        m(
            "missing_key",
            "only_algorithm",
            "A code header without a credential",
            &parts.code_of(&map(&[(int(1), parts.code_alg.clone())]), &code_payload),
        ),
        m(
            "missing_key",
            "empty_header",
            "An empty protected header",
            &parts.code_of(&map(&[]), &code_payload),
        ),
        m(
            "truncated",
            "zero_length_header",
            "A protected header of no bytes",
            &parts.code_of(&[], &code_payload),
        ),
        m(
            "missing_key",
            "no_card_claim",
            "A credential without the private claim",
            &with(&|parts| {
                parts.card_claims.pop();
            }),
        ),
        m(
            "unexpected_key",
            "no_expiry",
            "A credential that never expires",
            &with(&|parts| {
                parts.card_claims.remove(0);
            }),
        ),
        m(
            "unexpected_key",
            "no_phone_key",
            "A credential without a phone key",
            &with(&|parts| {
                parts.card_claims.remove(1);
            }),
        ),
        m(
            "unprotected_header",
            "unprotected",
            "Something in the code's unprotected header",
            &with(&|parts| {
                parts.code_unprotected = map(&[(int(4), bytes(&[1, 2]))]);
            }),
        ),
        m(
            "unprotected_header",
            "unprotected_in_credential",
            "Something in the credential's unprotected header",
            &with(&|parts| {
                parts.card_unprotected = map(&[(int(4), bytes(&[1, 2]))]);
            }),
        ),
        m(
            "unprotected_header",
            "unprotected_text_key",
            "Something under a name in the code's unprotected header",
            &with(&|parts| {
                parts.code_unprotected = map(&[(text("x5chain"), bytes(&[1, 2]))]);
            }),
        ),
        m(
            "unexpected_key",
            "card_issuer_after_time",
            "An unknown claim behind the credential's time",
            &with(&|parts| {
                let time = (int(6), uint(NOW as u64));
                parts.card_claims.splice(1..1, [time, (int(7), bytes(&[1]))]);
            }),
        ),
        m(
            "wrong_count",
            "no_card_items",
            "The private claim as an empty array",
            &parts.clone().card_claim(CARD, array(&[])).code(),
        ),
        m(
            "out_of_range",
            "algorithm_below_64_bits",
            "An algorithm below -2^63",
            &with(&|parts| parts.code_alg = [&[0x3b][..], &[0xff; 8]].concat()),
        ),
        m(
            "wrong_type",
            "header_number_cut",
            "A header that is a negative number, cut short",
            &parts.code_of(&[0x39], &code_payload),
        ),
        m(
            "wrong_length",
            "order_frame_before_header",
            "An unknown algorithm, and a signature that is too short",
            &{
                let mut parts = parts.clone();
                parts.code_alg = int(5);
                parts.code_signed(|raw| raw[..63].to_vec())
            },
        ),
        m(
            "trailing_bytes",
            "order_end_before_header",
            "An unknown algorithm, and a byte behind the code",
            &[&with(&|parts| parts.code_alg = int(5))[..], &[0]].concat(),
        ),
        m("wrong_type", "tagged", "COSE_Sign1 with its tag", &[&[0xd2], &code[..]].concat()),
        m(
            "wrong_type",
            "tagged_credential",
            "The credential with its tag",
            &parts.code_with(&[&[0xd2], &credential[..]].concat()),
        ),
        m(
            "wrong_type",
            "tagged_cwt",
            "A CWT tag around it all",
            &[&[0xd8, 61, 0xd2], &code[..]].concat(),
        ),
        m(
            "wrong_type",
            "wrapped_credential",
            "The credential in a byte string",
            &parts.code_with(&bytes(&credential)),
        ),
        m(
            "wrong_type",
            "detached",
            "The payload left out",
            &swap(&code, &bytes(&code_payload), &[0xf6]),
        ),
        m("wrong_type", "json", "JSON in base45", br#"{"iat":1795392000}"#),
        m("wrong_count", "five_items", "An array of five", &[&[0x85], &code[1..], &[0]].concat()),
        m(
            "wrong_count",
            "five_card_items",
            "The private claim without its flags",
            &parts.clone().card_claim(CARD, array(&Card::default().items()[..5])).code(),
        ),
        m("wrong_length", "der_in_code", "The phone's signature in DER", &parts.code_signed(der)),
        m(
            "wrong_length",
            "der_in_credential",
            "The issuer's signature in DER",
            &parts.card_signed(der),
        ),
        m(
            "wrong_length",
            "signature_63",
            "A phone signature of 63 bytes",
            &parts.code_signed(|raw| raw[..63].to_vec()),
        ),
        m(
            "wrong_length",
            "signature_65",
            "A phone signature of 65 bytes",
            &parts.code_signed(|raw| [raw, vec![0]].concat()),
        ),
        m(
            "wrong_length",
            "card_signature_96",
            "An issuer signature of 96 bytes",
            &parts.card_signed(|raw| [raw, vec![0; 32]].concat()),
        ),
        m(
            "wrong_length",
            "key_id_3",
            "A key id of three bytes",
            &with(&|parts| parts.card_header[1].1 = bytes(&[1, 2, 3])),
        ),
        m(
            "wrong_length",
            "key_id_empty",
            "An empty key id",
            &with(&|parts| parts.card_header[1].1 = bytes(&[])),
        ),
        m("wrong_length", "key_x_31", "31 bytes of x", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries[2].1 = bytes(&point[2..]);
            parts.clone().holder_key(&entries).code()
        }),
        m("wrong_type", "key_uncompressed", "The phone key with all of y", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries[3].1 = bytes(&[7; 32]);
            parts.clone().holder_key(&entries).code()
        }),
        m("unexpected_key", "key_with_algorithm", "The phone key with an algorithm of its own", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries.insert(1, (int(3), int(-9)));
            parts.clone().holder_key(&entries).code()
        }),
        m(
            "wrong_length",
            "challenge_4",
            "A challenge of four bytes",
            &with(&|parts| {
                parts.code_claims.push(answer(&[1; 4]));
            }),
        ),
        m(
            "wrong_length",
            "challenge_17",
            "A challenge of 17 bytes",
            &with(&|parts| {
                parts.code_claims.push(answer(&[1; 17]));
            }),
        ),
        m(
            "out_of_range",
            "milliseconds",
            "The code's time in milliseconds",
            &parts.clone().at(NOW * 1_000).code(),
        ),
        m(
            "out_of_range",
            "expiry_milliseconds",
            "The card's expiry in milliseconds",
            &parts.clone().card_claim(4, uint(NOW as u64 * 1_000)).code(),
        ),
        m("wrong_type", "time_negative", "A time before 1970", &parts.clone().at(-1).code()),
        m(
            "wrong_type",
            "time_float",
            "A time as a floating-point number",
            &with(&|parts| {
                parts.code_claims =
                    vec![(int(6), [&[0xfb][..], &(NOW as f64).to_be_bytes()].concat())];
            }),
        ),
        m(
            "wrong_type",
            "time_text",
            "A time as text",
            &with(&|parts| {
                parts.code_claims = vec![(int(6), text("2026-11-23T00:00:00Z"))];
            }),
        ),
        m("out_of_range", "region_zeros", "310000 where 31 says it", &region_item(uint(310_000))),
        m(
            "out_of_range",
            "region_zeros_prefecture",
            "320500 where 3205 says it",
            &region_item(uint(320_500)),
        ),
        m("out_of_range", "region_unknown", "99 is no province", &region_item(uint(99))),
        m("out_of_range", "region_seven_digits", "Seven digits", &region_item(uint(3_101_180))),
    ]
}

/// 107 to 109: claims out of their range, and what this version cannot know.
fn claims(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let item =
        |at: usize, value: Vec<u8>| parts.clone().card_item(at, value, &Card::default()).code();
    let bound = |aud: Vec<u8>| {
        let mut parts = parts.clone();
        parts.code_claims.insert(0, (int(3), aud));
        parts.code()
    };
    let key = |at: usize, value: Vec<u8>| {
        let mut entries = key_entries(&world.phone.public_key());
        entries[at].1 = value;
        parts.clone().holder_key(&entries).code()
    };
    let m = Vector::malformed;
    let r = Vector::refused;
    vec![
        m("out_of_range", "window_0", "A window of no time", &item(4, uint(0))),
        m("out_of_range", "window_301", "A window over the limit", &item(4, uint(301))),
        m(
            "out_of_range",
            "status_33_bits",
            "A status position of more than 32 bits",
            &item(2, uint(1 << 32)),
        ),
        m("wrong_type", "entitlements_negative", "Negative entitlements", &item(3, int(-1))),
        m(
            "out_of_range",
            "flag_unknown",
            "A flag that this version does not know",
            &item(5, uint(4)),
        ),
        m(
            "out_of_range",
            "aud_leading_zero",
            "An application number with a leading zero",
            &bound(text("0101")),
        ),
        m("out_of_range", "aud_zero", "Application 0", &bound(text("0"))),
        m(
            "out_of_range",
            "aud_65536",
            "An application number over the limit",
            &bound(text("65536")),
        ),
        m("out_of_range", "aud_plus", "An application number with a sign", &bound(text("+101"))),
        m("out_of_range", "aud_name", "An application by its name", &bound(text("transit.metro"))),
        m("wrong_type", "aud_number", "An application number that is no text", &bound(uint(101))),
        r(108, "scheme_2", "A credential of a later scheme", &item(0, uint(2))),
        r(108, "scheme_2_longer", "A later scheme with more items", &{
            let mut items = Card::default().items();
            items[0] = uint(2);
            items.push(uint(0));
            parts.clone().card_claim(CARD, array(&items)).code()
        }),
        r(109, "algorithm_es256", "The phone names ES256 (-7), which does not fix a curve", &{
            let mut parts = parts.clone();
            parts.code_alg = int(-7);
            parts.code()
        }),
        r(109, "algorithm_hmac", "The phone names HMAC", &{
            let mut parts = parts.clone();
            parts.code_alg = int(5);
            parts.code()
        }),
        r(109, "issuer_algorithm_es384", "The issuer names ES384", &{
            let mut parts = parts.clone();
            parts.card_header[0].1 = int(-35);
            parts.code()
        }),
        r(109, "key_curve_p384", "A phone key on P-384", &key(1, int(2))),
        r(109, "key_type_mismatch", "An OKP key on P-256", &key(0, int(1))),
    ]
}

/// Family 2.
fn trust(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let r = Vector::refused;
    let stranger = FixedKey::esp256("a stranger");
    let signed_by = |issuer: &FixedKey, region: u64| {
        Parts::new(issuer, &world.phone, &Card { region, ..Card::default() })
    };
    let with_kid_of = |mut parts: Parts, of: &FixedKey| {
        parts.card_header[1].1 = bytes(&of.public_key().key_id().0);
        parts
    };
    let scalar = |at: usize, number: [u8; 32], name: &'static str, comment: &'static str| {
        vec![
            (207, format!("code_{name}"), comment, parts.code_signed(put(at, number))),
            (206, format!("card_{name}"), comment, parts.card_signed(put(at, number))),
        ]
    };
    let mut above = ORDER;
    above[31] += 1;
    let scalars: Vec<Vector> = [
        scalar(0, [0; 32], "r_zero", "r is 0"),
        scalar(32, [0; 32], "s_zero", "s is 0"),
        scalar(0, ORDER, "r_is_n", "r is the order of the curve"),
        scalar(32, ORDER, "s_is_n", "s is the order of the curve"),
        scalar(0, above, "r_above_n", "r is above the order of the curve"),
        scalar(32, [0xff; 32], "s_all_ones", "s is 2^256 - 1"),
    ]
    .into_iter()
    .flatten()
    .map(|(number, name, comment, code)| r(number, name.leak(), comment, &code))
    .collect();

    let bare = parts.credential();
    let code = parts.code();
    let mut vectors = vec![
        r(201, "unknown_issuer", "Signed by nobody we know", &signed_by(&stranger, 31).code()),
        r(
            202,
            "foreign_region",
            "Shanghai's key signs a card of Jiangsu",
            &signed_by(&world.shanghai, 32).code(),
        ),
        r(
            202,
            "foreign_county",
            "Jiangsu's key signs a card of Qingpu",
            &signed_by(&world.jiangsu, 310_118).code(),
        ),
        r(
            202,
            "swapped_key_id",
            "Shanghai's card with the key id of Anhui",
            &with_kid_of(parts.clone(), &world.anhui).code(),
        ),
        r(
            203,
            "key_not_yet_valid",
            "A second before the key's first",
            &signed_by(&world.late, 33).code(),
        ),
        r(204, "key_expired", "A second after the key's last", &signed_by(&world.early, 33).code()),
        r(
            205,
            "key_withdrawn",
            "The very second of the withdrawal",
            &signed_by(&world.withdrawn, 33).code(),
        ),
        r(
            206,
            "card_by_stranger",
            "A stranger's signature under Shanghai's key id",
            &with_kid_of(signed_by(&stranger, 31), &world.shanghai).code(),
        ),
        r(
            206,
            "card_by_other_issuer",
            "Anhui's key, Shanghai's key id and region",
            &with_kid_of(signed_by(&world.anhui, 31), &world.shanghai).code(),
        ),
        r(206, "card_region_changed", "A card of Shanghai made one of Huangpu afterwards", &{
            let changed = parts.clone().card_item(1, uint(310_101), &Card::default());
            let signature =
                parts.issuer.raw(&signed_bytes(&parts.card_header_bytes(), &parts.card_payload()));
            parts.code_with(&parts.sign1(
                &changed.card_header_bytes(),
                &map(&[]),
                &changed.card_payload(),
                &signature,
            ))
        }),
        r(206, "phone_key_substituted", "The thief's key put into somebody's credential", &{
            let thief = Parts::new(&world.shanghai, &FixedKey::esp256("thief"), &Card::default());
            let signature =
                parts.issuer.raw(&signed_bytes(&parts.card_header_bytes(), &parts.card_payload()));
            thief.code_with(&parts.sign1(
                &thief.card_header_bytes(),
                &map(&[]),
                &thief.card_payload(),
                &signature,
            ))
        }),
        r(
            206,
            "card_bit_flipped",
            "One bit of the issuer's signature",
            &parts.card_signed(|mut raw| {
                raw[40] ^= 1;
                raw
            }),
        ),
        r(
            206,
            "card_of_both_twins_forged",
            "Two keys share the key id, and neither has signed",
            &with_kid_of(signed_by(&FixedKey::ed25519("a stranger"), 31), &world.twins[0]).code(),
        ),
        r(207, "code_by_other_phone", "Somebody's credential under the thief's signature", &{
            let mut thief = parts.clone();
            thief.phone = FixedKey::esp256("thief");
            thief.code()
        }),
        r(
            207,
            "code_bit_flipped",
            "One bit of the phone's signature",
            &parts.code_signed(|mut raw| {
                raw[0] ^= 0x80;
                raw
            }),
        ),
        r(207, "time_changed", "An old code with a fresh time", &{
            let old = parts.clone().at(NOW - 300);
            let (header, payload) = (old.code_header(&old.credential()), old.code_payload());
            let signature = old.phone.raw(&signed_bytes(&header, &payload));
            old.sign1(&header, &map(&[]), &parts.code_payload(), &signature)
        }),
        r(207, "signature_of_another_code", "The signature of the code a second before", &{
            let other = parts.clone().at(NOW - 1);
            let signature = other
                .phone
                .raw(&signed_bytes(&other.code_header(&other.credential()), &other.code_payload()));
            parts.code_signed(move |_| signature.clone())
        }),
        r(207, "code_signed_without_context", "The phone signed the payload alone", &{
            let signature = parts.phone.raw(&parts.code_payload());
            parts.code_signed(move |_| signature.clone())
        }),
        r(
            208,
            "phone_signature_empty",
            "The phone's signature is empty",
            &parts.code_signed(|_| vec![]),
        )
        .detail("phone"),
        r(208, "phone_signature_gone", "The phone's signature is not there at all", &{
            let mut stripped = code[..code.len() - 66].to_vec();
            stripped[0] = 0x83;
            stripped
        })
        .detail("phone"),
        r(208, "credential_alone", "Only the credential is left", &bare).detail("phone"),
        r(
            208,
            "issuer_signature_empty",
            "The issuer's signature is empty",
            &parts.card_signed(|_| vec![]),
        )
        .detail("issuer"),
        r(209, "phone_algorithm_swapped", "A P-256 phone key, and a header that says Ed25519", &{
            let mut parts = parts.clone();
            parts.code_alg = int(-19);
            parts.code()
        })
        .detail("phone"),
        r(
            209,
            "issuer_algorithm_swapped",
            "A P-256 issuer key, and a header that says Ed25519",
            &{
                let mut parts = parts.clone();
                parts.card_header[0].1 = int(-19);
                parts.code()
            },
        )
        .detail("issuer"),
        r(210, "phone_key_off_curve", "The issuer signed an x that no point has", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries[2].1 = bytes(&off_curve());
            parts.clone().holder_key(&entries).code()
        }),
        r(210, "phone_key_too_large", "The issuer signed an x that is not below p", &{
            let mut entries = key_entries(&world.phone.public_key());
            entries[2].1 = bytes(&[0xff; 32]);
            parts.clone().holder_key(&entries).code()
        }),
    ];
    vectors.extend(scalars);
    vectors
}

/// SM2: its own curve, order and signer ID.
fn sm2(world: &World) -> Vec<Vector> {
    let card = || Card { region: 34, ..Card::default() };
    let parts = Parts::new(&world.anhui_sm2, &world.phone_sm2, &card());
    let r = Vector::refused;
    let numbers: [(&str, &str, usize, [u8; 32]); 4] = [
        ("r_zero", "r is 0", 0, [0; 32]),
        ("s_zero", "s is 0", 32, [0; 32]),
        ("r_is_n", "r is the order of the curve", 0, SM2_ORDER),
        ("s_is_n", "s is the order of the curve", 32, SM2_ORDER),
    ];
    let scalars = numbers.into_iter().flat_map(|(name, comment, at, number)| {
        let (code, card) = (format!("sm2_code_{name}"), format!("sm2_card_{name}"));
        [
            r(207, code.leak(), comment, &parts.code_signed(put(at, number))),
            r(206, card.leak(), comment, &parts.card_signed(put(at, number))),
        ]
    });
    let with_key = |at: usize, value: Vec<u8>| {
        let mut entries = key_entries(&world.phone_sm2.public_key());
        entries[at].1 = value;
        parts.clone().holder_key(&entries).code()
    };
    let off_curve = (0u8..)
        .map(|n| sha256(&[n]))
        .find(|x| PublicKey::from_bytes(Algorithm::Sm2, &[&[2], &x[..]].concat()).is_err());
    let mut vectors = vec![
        r(206, "sm2_other_id", "The issuer signed under another ID than its key has", &{
            let default = FixedKey::sm2("issuer of Anhui with an ID");
            Parts::new(&default, &world.phone, &card()).code()
        }),
        r(207, "sm2_phone_with_id", "The phone signed under an ID of its own", &{
            let mut parts = Parts::new(&world.anhui_sm2, &world.phone_sm2, &card());
            parts.phone = FixedKey::sm2_with_id(
                "phone",
                onecode::keys::SignerId::new(b"13800138000").unwrap(),
            );
            parts.code()
        }),
        r(207, "sm2_signature_of_p256", "A P-256 signature under an SM2 phone key", &{
            let signature = world
                .phone
                .raw(&signed_bytes(&parts.code_header(&parts.credential()), &parts.code_payload()));
            parts.code_signed(move |_| signature.clone())
        }),
        r(209, "sm2_phone_named_esp256", "An SM2 phone key, and a header that says ESP256", &{
            let mut parts = parts.clone();
            parts.code_alg = int(-9);
            parts.code()
        })
        .detail("phone"),
        r(209, "sm2_issuer_named_esp256", "An SM2 issuer key, and a header that says ESP256", &{
            let mut parts = parts.clone();
            parts.card_header[0].1 = int(-9);
            parts.code()
        })
        .detail("issuer"),
        r(
            210,
            "sm2_key_off_curve",
            "An x that no point has",
            &with_key(2, bytes(&off_curve.unwrap())),
        ),
        r(210, "sm2_key_too_large", "An x that is not below p", &with_key(2, bytes(&[0xff; 32]))),
        Vector::malformed("wrong_length", "sm2_der_in_code", "The phone's signature in DER", &{
            // The same form as that of ECDSA: two integers in a sequence.
            parts.code_signed(|raw| {
                let integer = |number: &[u8]| [&[2, 33, 0], number].concat();
                let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
                [&[0x30, body.len() as u8], &body[..]].concat()
            })
        }),
    ];
    vectors.extend(scalars);
    vectors
}

/// Family 3.
fn time(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let code = parts.code();
    let of = |card: Card| Parts::new(&world.shanghai, &world.phone, &card).code();
    let r = Vector::refused;
    vec![
        r(301, "far_behind", "More than a quarter of an hour old: no signature is checked", &code)
            .after(901),
        r(301, "far_ahead", "More than a quarter of an hour ahead", &code).after(-901),
        r(
            301,
            "year_9999",
            "As far away as a time can be",
            &parts.clone().at(253_402_300_799).code(),
        ),
        r(301, "year_1970", "The phone's clock has never been set", &parts.clone().at(0).code()),
        r(702, "scanner_clock_extreme", "The scanner's clock is at the end of time", &code)
            .at_second(253_402_300_799),
        r(706, "scanner_clock_negative", "The scanner's clock is at the beginning of time", &code)
            .at_second(i64::MIN),
        r(302, "a_quarter_of_an_hour", "Still near enough for its signatures to be checked", &code)
            .after(900),
        r(
            303,
            "a_quarter_of_an_hour_ahead",
            "Still near enough for its signatures to be checked",
            &code,
        )
        .after(-900),
        r(302, "expired", "One second after window and tolerance", &code).after(91),
        r(302, "screenshot", "A picture of the code, two minutes later", &code).after(120),
        r(302, "expired_no_tolerance", "One second after the window, without tolerance", &code)
            .tolerance(0)
            .after(61),
        r(
            302,
            "expired_widest_tolerance",
            "A scanner asked for ten minutes of tolerance gets 120 s",
            &code,
        )
        .tolerance(600)
        .after(181),
        r(
            302,
            "expired_shortest_window",
            "A window of 1 s, one second late",
            &of(Card { window_s: 1, ..Card::default() }),
        )
        .after(32),
        r(
            302,
            "expired_longest_window",
            "A window of 300 s, one second late",
            &of(Card { window_s: 300, ..Card::default() }),
        )
        .after(331),
        r(303, "not_yet", "One second more ahead than tolerated", &code).after(-31),
        r(303, "not_yet_no_tolerance", "One second ahead, without tolerance", &code)
            .tolerance(0)
            .after(-1),
        r(
            304,
            "card_expired",
            "The very second of the card's expiry",
            &of(Card { expires: NOW as u64, ..Card::default() }),
        ),
        r(
            304,
            "card_expired_long_ago",
            "Expired in 1970",
            &of(Card { expires: 1, ..Card::default() }),
        ),
    ]
}

/// What the context alone decides of families 4 and 5.
fn rules(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let with = |aud: Option<&str>, challenge: Option<&[u8]>| {
        let mut parts = parts.clone();
        parts.code_claims.splice(0..0, aud.map(|aud| (int(3), text(aud))));
        parts.code_claims.extend(challenge.map(answer));
        parts.code()
    };
    let specimen = |flags: u64| {
        Parts::new(&world.shanghai, &world.phone, &Card { flags, ..Card::default() }).code()
    };
    let r = Vector::refused;
    vec![
        r(404, "specimen", "A practice card at a live service", &specimen(1)),
        r(
            404,
            "specimen_delegate",
            "A practice card of a relative at a live service",
            &specimen(3),
        ),
        r(506, "bound_to_other", "Made for another application", &with(Some("102"), None)),
        r(
            507,
            "challenge_missing",
            "The scanner asked, the code does not answer",
            &with(None, None),
        )
        .challenge(&[1; 8]),
        r(508, "challenge_wrong", "The answer to another challenge", &with(None, Some(&[2; 8])))
            .challenge(&[1; 8]),
        r(508, "challenge_shorter", "The beginning of the challenge", &with(None, Some(&[1; 7])))
            .challenge(&[1; 8]),
        r(
            508,
            "challenge_unasked",
            "An answer where nobody asked: made for another scanner",
            &with(None, Some(&[1; 8])),
        ),
        r(
            508,
            "consent_at_a_gate",
            "16 bytes answer no challenge, whether or not one is needed",
            &with(None, Some(&[1; 16])),
        ),
        r(
            508,
            "consent_for_a_challenge",
            "16 bytes that begin as the challenge that was shown",
            &with(None, Some(&[1; 16])),
        )
        .challenge(&[1; 15]),
    ]
}

/// Codes with two faults: the first in the order of checks is the one that is told.
fn order(world: &World) -> Vec<Vector> {
    let parts = everyday(world);
    let stranger = FixedKey::esp256("a stranger");
    let by_stranger = Parts::new(&stranger, &world.phone, &Card::default());
    let r = Vector::refused;
    vec![
        Vector::malformed(
            "wrong_length",
            "order_form_before_issuer",
            "Malformed and of an unknown issuer",
            &by_stranger.code_signed(|raw| raw[..63].to_vec()),
        ),
        r(
            208,
            "order_missing_before_issuer",
            "Unsigned and of an unknown issuer",
            &by_stranger.code_signed(|_| vec![]),
        ),
        r(
            201,
            "order_issuer_before_time",
            "Of an unknown issuer and hours old",
            &by_stranger.code(),
        )
        .after(36_000),
        r(
            209,
            "order_algorithm_before_region",
            "Another algorithm and another region than the key's",
            &{
                let mut parts = Parts::new(
                    &world.shanghai,
                    &world.phone,
                    &Card { region: 32, ..Card::default() },
                );
                parts.card_header[0].1 = int(-19);
                parts.code()
            },
        ),
        r(
            202,
            "order_region_before_key_validity",
            "Another region, signed with an expired key",
            &Parts::new(&world.early, &world.phone, &Card::default()).code(),
        ),
        r(
            204,
            "order_key_before_far_time",
            "An expired key, hours later",
            &Parts::new(&world.early, &world.phone, &Card { region: 33, ..Card::default() }).code(),
        )
        .after(36_000),
        r(
            301,
            "order_far_before_signature",
            "Hours old and forged: no signature is checked",
            &parts.card_signed(put(0, [1; 32])),
        )
        .after(36_000),
        r(206, "order_card_before_code", "Both signatures are wrong", &{
            let mut thief = parts.clone();
            thief.phone = FixedKey::esp256("thief");
            thief.card_signed(put(0, [1; 32]))
        }),
        r(
            206,
            "order_card_before_time",
            "Expired and forged: says nothing about clocks",
            &parts.card_signed(put(0, [1; 32])),
        )
        .after(120),
        r(
            207,
            "order_code_before_time",
            "Expired, and the phone's signature is wrong",
            &parts.code_signed(put(0, [1; 32])),
        )
        .after(120),
        r(
            302,
            "order_window_before_card_expiry",
            "The code and the card have expired",
            &Parts::new(&world.shanghai, &world.phone, &Card { expires: 1, ..Card::default() })
                .code(),
        )
        .after(120),
        r(
            304,
            "order_card_expiry_before_specimen",
            "An expired practice card",
            &Parts::new(
                &world.shanghai,
                &world.phone,
                &Card { expires: 1, flags: 1, ..Card::default() },
            )
            .code(),
        ),
        r(
            404,
            "order_specimen_before_application",
            "A practice card, bound to another application",
            &{
                let mut parts = Parts::new(
                    &world.shanghai,
                    &world.phone,
                    &Card { flags: 1, ..Card::default() },
                );
                parts.code_claims.insert(0, (int(3), text("102")));
                parts.code()
            },
        ),
        r(
            506,
            "order_application_before_challenge",
            "Bound to another application and without an answer",
            &{
                let mut parts = parts.clone();
                parts.code_claims.insert(0, (int(3), text("102")));
                parts.code()
            },
        )
        .challenge(&[1; 8]),
    ]
}

/// An x for which no point is on P-256.
fn off_curve() -> [u8; 32] {
    (0u8..)
        .map(|n| sha256(&[n]))
        .find(|x| {
            onecode::PublicKey::from_bytes(onecode::Algorithm::Esp256, &[&[2], &x[..]].concat())
                .is_err()
        })
        .unwrap()
}
