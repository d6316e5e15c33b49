//! `onecode reason`: what the hotline reads out.
//!
//! Uses the library's table of messages, which has both languages.

use onecode::messages::{
    Fault, Message, Reserved, ALTERED_MESSAGES, CLOCK_MESSAGES, MESSAGES, RESERVED,
};
use onecode::text::Alteration;
use serde_json::{json, Value};

use crate::failure::Failure;
use crate::lang::{language, Said};

/// The hotline's page for a refusal number; all of them without one.
#[derive(clap::Args)]
#[command(after_help = "Example:\n  onecode reason 302")]
pub(crate) struct Reason {
    /// The number that the scanner shows.
    number: Option<u16>,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

impl Reason {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let Some(number) = self.number else {
            list(self.json);
            return Ok(());
        };
        if let Some(reserved) = RESERVED.iter().find(|reserved| reserved.number == number) {
            self.tell_reserved(reserved);
            return Ok(());
        }
        let message = Message::of(number).ok_or_else(|| Failure(unknown(number)))?;
        if self.json {
            outln!("{:#}", to_json(message));
        } else {
            out!("{}", page(message));
        }
        Ok(())
    }

    fn tell_reserved(&self, Reserved { number, name, reason }: &Reserved) {
        if self.json {
            let reason = json!({ "zh": reason.zh, "en": reason.en });
            let told =
                json!({ "number": number, "name": name, "reserved": true, "reason": reason });
            outln!("{told:#}");
            return;
        }
        let state = said!("保留编号，目前的扫码设备不会给出", "reserved: no scanner says it yet");
        let why = said!("原因", "reason");
        outln!("{number}  {name}  ({state})\n\n{why}  {}", reason.in_language(language()));
    }
}

/// Why there is no page for a number.
fn unknown(number: u16) -> Said {
    match number {
        800..=899 => said!(
            "没有拒绝编号 {number}：8 字头的编号属于手机应用，扫码设备不会给出",
            "there is no refusal {number}: what begins with 8 is the phone's; no scanner says it"
        ),
        900..=999 => said!(
            "没有拒绝编号 {number}：9 字头的编号属于服务端，扫码设备不会给出",
            "there is no refusal {number}: what begins with 9 is a service's; no scanner says it"
        ),
        _ => said!(
            "没有拒绝编号 {number}；`onecode reason` 列出全部编号",
            "there is no refusal {number}; `onecode reason` lists them all"
        ),
    }
}

/// All refusals, a line each.
fn list(json: bool) {
    if json {
        let all: Vec<Value> = MESSAGES.iter().map(to_json).collect();
        outln!("{:#}", Value::from(all));
        return;
    }
    for message in MESSAGES {
        outln!("{}  {}", message.number, message.reason.in_language(language()));
    }
}

fn page(message: &Message) -> String {
    let mut page = format!("{}  {}  ({})\n", message.number, message.name, message.fault.name());
    page += &texts(message);
    // What the scanner says where it knows which clock is wrong: other texts, and other advice.
    for message in clock_messages(message.number) {
        let told = match message.fault {
            Fault::ScannerClock => {
                said!("扫码设备已说明自己的时间不准", "the scanner names its own clock")
            }
            _ => said!(
                "扫码设备已说明是手机的时间不准或是旧图",
                "the scanner names the phone's clock or a picture"
            ),
        };
        page += &format!("\n---- {told}  ({})\n", message.fault.name());
        page += &texts(message);
    }
    for (how, message) in altered_messages(message.number) {
        page +=
            said!("\n---- 读码器的改动：{how}\n", "\n---- how: {how}\n", how = how.name()).as_str();
        page += &texts(message);
    }
    if page.contains('{') {
        let figure = said!("扫码设备上显示的数值", "a figure that the scanner shows");
        page += &format!("\n{{…}}  {figure}\n");
    }
    page
}

fn clock_messages(number: u16) -> impl Iterator<Item = &'static Message> {
    CLOCK_MESSAGES
        .iter()
        .map(|(_, message)| message)
        .filter(move |message| message.number == number)
}

/// What the scanner says where it knows how a reader has changed the code.
fn altered_messages(number: u16) -> impl Iterator<Item = &'static (Alteration, Message)> {
    ALTERED_MESSAGES.iter().filter(move |(_, message)| message.number == number)
}

fn texts(message: &Message) -> String {
    let Message { reason, holder, attendant, operator, .. } = message;
    let mut texts = String::new();
    for (who, text) in [
        (said!("原因", "reason"), reason),
        (said!("持卡人", "holder"), holder),
        (said!("工作人员", "attendant"), attendant),
        (said!("运营方", "operator"), operator),
    ] {
        texts += &format!("\n{who}  {}\n", text.in_language(language()));
    }
    texts
}

fn to_json(message: &Message) -> Value {
    let mut json = texts_to_json(message);
    let clocks: Vec<Value> = clock_messages(message.number).map(texts_to_json).collect();
    if !clocks.is_empty() {
        json["where_a_clock_is_known_to_be_wrong"] = clocks.into();
    }
    for (how, message) in altered_messages(message.number) {
        json["how"][how.name()] = texts_to_json(message);
    }
    json
}

fn texts_to_json(message: &Message) -> Value {
    let text = |text: &onecode::messages::Text| json!({ "zh": text.zh, "en": text.en });
    json!({
        "number": message.number,
        "name": message.name,
        "fault": message.fault.name(),
        "reason": text(&message.reason),
        "holder": text(&message.holder),
        "attendant": text(&message.attendant),
        "operator": text(&message.operator),
    })
}
