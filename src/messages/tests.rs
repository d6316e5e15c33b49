//! What all messages have in common.

use std::collections::BTreeSet;

use super::message::Message;
use super::refusals::UNLISTED;
use super::samples::samples;
use super::shared::SERVE_BY_CARD;
use super::text::fill;
use super::*;
use crate::clock::{ClockBlame, ClockEstimate};
use crate::keys::Algorithm;
use crate::language::{Language, Text};
use crate::lists::{Affected, EndReason, Ending, Until};
use crate::scan::{Fact, Refusal};
use crate::text::Alteration;

fn all_messages() -> impl Iterator<Item = &'static Message> {
    let blamed = CLOCK_MESSAGES.iter().map(|(_, message)| message);
    let altered = ALTERED_MESSAGES.iter().map(|(_, message)| message);
    MESSAGES.iter().chain([&UNLISTED]).chain(blamed).chain(altered)
}

fn texts(message: &Message) -> [Text; 4] {
    [message.reason, message.holder, message.attendant, message.operator]
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').expect("a closing brace").0)
        .map(|name| name.strip_prefix('-').unwrap_or(name))
        .collect()
}

/// Fails unless the text fits the display of a gate.
fn assert_fits(number: u16, text: &str, language: Language) {
    let (limit, end) = match language {
        Language::Zh => (60, '。'),
        Language::En => (160, '.'),
    };
    let han = text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    assert_eq!(han, language == Language::Zh, "{number}: {text}");
    assert!(text.ends_with(end), "{number}: {text}");
    assert!(text.chars().count() <= limit, "{number}: {text}");
    // Chinese has its own marks.
    let ascii_mark = text.contains([',', ';', ':', '(', ')']);
    assert!(!han || !ascii_mark, "{number}: {text}");
}

#[test]
fn numbers_ascend_and_find_their_message() {
    assert!(MESSAGES.is_sorted_by(|a, b| a.number < b.number));
    for message in MESSAGES {
        assert_eq!(Message::of(message.number), Some(message));
    }
    for number in [0, 100, 199, 999, u16::MAX] {
        assert_eq!(Message::of(number), None);
    }
}

#[test]
fn a_reserved_number_is_no_refusal_yet() {
    assert!(RESERVED.is_sorted_by(|a, b| a.number < b.number));
    for Reserved { number, name, reason } in RESERVED {
        let free = MESSAGES.iter().all(|it| it.number != *number && it.name != *name);
        assert!(free, "{number} {name} is in force: take it out of what is reserved");
        assert_fits(*number, reason.zh, Language::Zh);
        assert_fits(*number, reason.en, Language::En);
    }
}

/// The names and advice that the library itself gives for 110 and 104.
#[test]
fn our_own_kinds_have_texts_that_fit() {
    use crate::catalogue::ForeignCode;
    let named = ('A'..='Z').filter_map(ForeignCode::of_our_kind).map(Refusal::ForeignCode);
    let unknown = Refusal::NewerVersion { version: 1, kind: Some('P') };
    let mut count = 0;
    for refusal in named.chain([unknown]) {
        for language in [Language::Zh, Language::En] {
            for text in [refusal.text(language), refusal.attendant(language)] {
                assert!(!text.contains(['{', '}']), "{text}");
                assert_fits(refusal.number(), &text, language);
            }
        }
        count += 1;
    }
    assert_eq!(count, 5);
}

#[test]
fn every_refusal_has_its_message_by_number_and_name() {
    let samples = samples();
    for refusal in &samples {
        let message = refusal.message();
        assert_eq!(message.number, refusal.number());
        let debug = format!("{refusal:?}");
        let variant = debug.split([' ', '(']).next().unwrap();
        let mut name = String::new();
        for c in variant.chars() {
            if c.is_ascii_uppercase() && !name.is_empty() {
                name.push('_');
            }
            name.push(c.to_ascii_lowercase());
        }
        assert_eq!(message.name, name);
    }
    for message in MESSAGES {
        let number = message.number;
        let refusal = samples.iter().find(|refusal| refusal.number() == number);
        assert!(
            refusal.is_some(),
            "{number} is no refusal, or has no place in the chain of samples"
        );
    }
}

#[test]
fn placeholders_are_facts_and_stand_in_reasons() {
    for message in all_messages() {
        let Text { zh, en } = message.reason;
        // A fact that is a name has a form in each language.
        let plain = |text: &str| text.replace("_zh}", "}").replace("_en}", "}");
        let (zh, en) = (plain(zh), plain(en));
        assert_eq!(placeholders(&zh), placeholders(&en), "{}", message.number);
        // The advice for a code of another system is a fact too.
        let advised = message.number == 110;
        for text in &texts(message)[1..] {
            let filled_in = advised && *text == message.attendant;
            assert_eq!(text.zh.contains('{') || text.en.contains('{'), filled_in);
        }
    }
    for refusal in samples() {
        let facts = refusal.facts();
        let Message { reason, attendant, .. } = refusal.message();
        for name in placeholders(reason.zh).into_iter().chain(placeholders(attendant.en)) {
            // The core knows no time zone, and bits are meaningless to people.
            assert!(!name.ends_with("unix_s") && name != "missing", "{name}");
            assert!(
                facts.iter().any(|(fact, _)| *fact == name),
                "{name} is no fact of {refusal:?}"
            );
        }
    }
}

#[test]
fn every_text_fits_a_display() {
    for message in all_messages() {
        for text in texts(message) {
            assert_fits(message.number, text.zh, Language::Zh);
            assert_fits(message.number, text.en, Language::En);
        }
    }
    for refusal in samples() {
        for language in [Language::Zh, Language::En] {
            for text in [refusal.text(language), refusal.attendant(language)] {
                assert!(!text.contains(['{', '}']), "{text}");
                assert_fits(refusal.number(), &text, language);
            }
        }
    }
}

#[test]
fn each_message_about_clocks_is_somebodys() {
    let samples = samples();
    for (_, message) in CLOCK_MESSAGES {
        let named = samples.iter().any(|refusal| std::ptr::eq(refusal.message(), message));
        assert!(named, "{} {}", message.number, message.fault.name());
    }
}

#[test]
fn each_change_by_a_reader_has_its_own_message() {
    let named: Vec<Alteration> = ALTERED_MESSAGES.iter().map(|(how, _)| *how).collect();
    assert_eq!(named, Alteration::ALL);
    let reasons: BTreeSet<_> = ALTERED_MESSAGES.iter().map(|(_, it)| it.reason.zh).collect();
    assert_eq!(reasons.len(), named.len());
    for how in Alteration::ALL {
        let refusal = Refusal::Altered { how };
        let Message { number, name, reason, .. } = refusal.message();
        assert_eq!((*number, *name), (105, "altered"));
        assert_ne!(*reason, Message::of(105).unwrap().reason);
    }
}

#[test]
fn the_clock_to_blame_is_named_with_its_figure() {
    let (ahead_s, tolerance_s) = (95, 30);
    let told = |clock| Refusal::CodeNotYetValid { ahead_s, tolerance_s, clock };
    let phone = told(ClockBlame::Phone(ClockEstimate { behind_s: 0, agreeing: 17, of: 20 }));
    assert_eq!(phone.fault(), Fault::PhoneClock);
    assert_eq!(
        phone.to_string(),
        "303 This phone is 95 s ahead: 17 of the last 20 phones agree with this scanner."
    );
    let scanner = told(ClockBlame::Scanner(ClockEstimate { behind_s: 90, agreeing: 17, of: 20 }));
    assert_eq!(scanner.fault(), Fault::ScannerClock);
    assert_eq!(
        scanner.to_string(),
        "303 This scanner is at least 90 s behind: 17 of the last 20 phones agree."
    );
    assert_eq!(
        scanner.text(Language::Zh),
        "本扫码设备时间至少慢了90秒：最近20部手机中17部时间一致。"
    );
    assert_eq!(scanner.message().attendant, SERVE_BY_CARD);
    assert_eq!(told(ClockBlame::Unknown).fault(), Fault::Clocks);
    // For a clock that is ahead, the text shows no minus sign.
    let clock = ClockBlame::Scanner(ClockEstimate { behind_s: -65, agreeing: 9, of: 9 });
    let fast = Refusal::CodeExpired { age_s: 100, window_s: 60, tolerance_s, clock };
    assert!(fast.to_string().contains("at least 65 s ahead"), "{fast}");
}

#[test]
fn facts_are_filled_in() {
    let refusal =
        Refusal::CodeNotYetValid { ahead_s: 90, tolerance_s: 30, clock: ClockBlame::Unknown };
    assert_eq!(
        refusal.to_string(),
        "303 The code is 90 s ahead of the scanner's clock, 30 s are allowed: the phone's \
         clock is fast or the scanner's slow."
    );
    assert_eq!(
        refusal.text(Language::Zh),
        "此码的时间早了90秒，只允许差30秒：手机时间快了，或扫码设备时间慢了。"
    );
    let facts = [("a", Fact::Text("{b}".into())), ("b", Fact::Number(-1))];
    assert_eq!(fill("{a}, {b}{c}.", &facts), "{b}, -1.");
    assert_eq!(fill("open {", &facts), "open {");
}

#[test]
fn nobody_is_accused_or_sent_away() {
    for message in all_messages() {
        for text in [message.reason, message.holder, message.attendant] {
            for word in ["无效", "伪造", "假", "骗", "invalid", "forge", "fake", "fraud"] {
                assert!(!text.zh.contains(word), "{}: {}", message.number, text.zh);
                assert!(!text.en.contains(word), "{}: {}", message.number, text.en);
            }
        }
        // Article 22: a scanner that is not ready must not cost anybody a service.
        let scanner = matches!(message.fault, Fault::Scanner | Fault::ScannerClock);
        let text = message.attendant;
        let served = text == SERVE_BY_CARD
            || text.zh.ends_with("改用实体社会保障卡办理，不得因此拒绝服务。")
                && text.en.ends_with("serve them by physical card; do not turn them away.");
        assert_eq!(served, scanner, "{}: {}", text.zh, text.en);
        assert!(scanner || message.number < 700, "{}", message.number);
    }
}

#[test]
fn every_ending_has_its_text() {
    let issuer = || "cn-3205".to_owned();
    let algorithm = Algorithm::Esp256;
    let unix_s = 1_893_456_000;
    for reason in [
        EndReason::NoTrustList,
        EndReason::NoCatalogue,
        EndReason::ScannerClockBehind { behind_s: 31_536_000 },
        EndReason::TrustListExpires,
        EndReason::CatalogueExpires,
        EndReason::EntryEnds,
        EndReason::EntryNotYet { from_unix_s: unix_s },
        EndReason::NoStatusLists,
        EndReason::NotATime,
        EndReason::NoIssuer,
        EndReason::KeyEnds { issuer: issuer() },
        EndReason::KeyWithdrawn { issuer: issuer() },
        EndReason::KeyNotYet { issuer: issuer(), from_unix_s: unix_s },
        EndReason::IssuerAlgorithmEnds { issuer: issuer(), algorithm },
        EndReason::PhoneAlgorithmEnds { algorithm },
        EndReason::NoStatusList { issuer: issuer() },
        EndReason::StatusTooOld { issuer: issuer(), as_of_unix_s: unix_s },
        EndReason::StatusExpires { issuer: issuer() },
        EndReason::StatusKeyEnds { issuer: issuer() },
    ] {
        let affected = Affected::Everybody;
        let ending = Ending { until: Until::Second { unix_s }, reason, affected, refuses: true };
        for language in [Language::Zh, Language::En] {
            let text = ending.text(language);
            assert!(!text.contains(['{', '}']), "{text}");
            assert_fits(ending.reason.number(), &text, language);
            if let Some(issuer) = ending.reason.issuer() {
                assert!(text.contains(issuer), "{text}");
            }
        }
        // It leads to a refusal.
        assert!(Message::of(ending.reason.number()).is_some());
    }
}

#[test]
fn unknown_is_not_revoked() {
    let unknown = Message::of(403).unwrap();
    for text in texts(unknown) {
        for word in ["注销", "挂失", "失效", "cancelled", "revoked", "lost", "expired"] {
            assert!(!text.zh.contains(word) && !text.en.contains(word));
        }
    }
}
