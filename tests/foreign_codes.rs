//! Codes of other systems: named by the catalogue, or handed over to the host.

mod practice;

use std::sync::{Arc, Mutex};

use onecode::catalogue::{Catalogue, ForeignCode, ForeignEntry, ForeignPattern};
use onecode::gate::ForeignCodeHandler;
use onecode::jose::{DocumentError, SignDocumentError};
use onecode::{Algorithm, Context, Language, Policy, Refusal, Scanner, Verdict};
use practice::{catalogue, context, name, open_application, Practice, NOW};

fn gate() -> Scanner {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let mut scanner = world.scanner(Policy::default());
    let sample = Catalogue::from_json(include_str!("../examples/data/catalogue.json")).unwrap();
    let foreign_codes = sample.foreign_codes;
    let list = Catalogue { foreign_codes, ..catalogue(2, vec![open_application()]) };
    let jws = list.sign(&world.root).unwrap();
    scanner.install_catalogue(jws.as_bytes(), NOW).unwrap();
    scanner
}

fn foreign(verdict: Verdict) -> ForeignCode {
    match verdict {
        Verdict::Refused(Refusal::ForeignCode(code)) => code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_sample_table_names_what_people_show() {
    let mut scanner = gate();
    for (text, id) in [
        ("134567890123456789", "pay.wechat"),
        ("281234567890123456", "pay.alipay"),
        ("6212345678901234567", "pay.unionpay"),
        ("https://s.sh.gov.cn/3m8zz", "suishenma"),
        ("HTTPS://QR.ALIPAY.COM/fkx1", "web.alipay"),
        ("https://u.wechat.com/x", "web.wechat"),
        ("https://example.cn/", "web"),
    ] {
        assert_eq!(foreign(scanner.scan(text, &context(NOW))).id, id, "{text}");
    }
    let verdict = scanner.scan("something else", &context(NOW));
    assert_eq!(verdict, Verdict::Refused(Refusal::NotOurs));
}

#[test]
fn the_refusal_says_what_it_is_and_what_to_do() {
    let Verdict::Refused(refusal) = gate().scan("134567890123456789", &context(NOW)) else {
        panic!()
    };
    assert_eq!(refusal.text(Language::Zh), "这是微信付款码，不是社会保障卡一码通。");
    assert_eq!(
        refusal.text(Language::En),
        "This is a WeChat payment code, not a social security card code."
    );
    assert!(refusal.attendant(Language::Zh).starts_with("本设备不收款，请持卡人收起付款码。"));
    assert!(refusal.attendant(Language::En).starts_with("This scanner takes no payment;"));
}

/// Takes the codes with one id over, and notes what it was asked.
#[derive(Debug)]
struct Till {
    takes: &'static str,
    asked: Mutex<Vec<(String, String)>>,
}

impl ForeignCodeHandler for Till {
    fn take(&self, code: &ForeignCode, text: &str, context: &Context) -> bool {
        assert_eq!(context.now_unix_s, NOW);
        self.asked.lock().unwrap().push((code.id.clone(), text.to_owned()));
        code.id == self.takes
    }
}

#[test]
fn a_host_may_take_a_code_over() {
    let mut scanner = gate();
    let till = Arc::new(Till { takes: "pay.alipay", asked: Mutex::default() });
    scanner.set_foreign_handler(till.clone());
    let Verdict::HandedOver(code) = scanner.scan("281234567890123456", &context(NOW)) else {
        panic!()
    };
    assert_eq!(code.name, name("支付宝付款码", "an Alipay payment code"));
    // What it leaves is refused as before; what is nobody's, or ours, it is not asked about.
    assert_eq!(foreign(scanner.scan("134567890123456789", &context(NOW))).id, "pay.wechat");
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let ours = world.code(&world.credential(|_| {}), NOW);
    for text in ["", "something else", "OC2:1", ours.text()] {
        assert!(matches!(scanner.scan(text, &context(NOW)), Verdict::Refused(_)), "{text}");
    }
    let asked: Vec<String> = till.asked.lock().unwrap().iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(asked, ["pay.alipay", "pay.wechat"]);
}

#[test]
fn a_table_of_ten_thousand_is_not_taken() {
    let world = Practice::new(Algorithm::Esp256, Algorithm::Esp256, Algorithm::Esp256);
    let entry = |n: u32| ForeignEntry {
        code: ForeignCode {
            id: n.to_string(),
            name: name("码", "code"),
            advice: name("请。", "Do."),
        },
        pattern: ForeignPattern { contains: Some("a".repeat(128)), ..Default::default() },
    };
    let with = |entries: u32| Catalogue {
        foreign_codes: (0..entries).map(entry).collect(),
        ..catalogue(2, vec![open_application()])
    };
    let error = with(10_000).sign(&world.root).unwrap_err();
    assert!(matches!(error, SignDocumentError::Content(DocumentError::Content { .. })), "{error}");
    // As large as it may be, and the text as long as it may be: still one pass an entry.
    let mut scanner = world.scanner(Policy::default());
    let jws = with(1_024).sign(&world.root).unwrap();
    scanner.install_catalogue(jws.as_bytes(), NOW).unwrap();
    let text = format!("{}b", "a".repeat(127)).repeat(32);
    assert_eq!(scanner.scan(&text, &context(NOW)), Verdict::Refused(Refusal::NotOurs));
    // A document that somebody else's software signed is held to the same bounds.
    let by_hand = serde_json::to_value(with(1_025)).unwrap();
    assert!(Catalogue::from_json(&by_hand.to_string()).is_err());
}
