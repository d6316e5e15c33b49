//! `onecode reason`: what the hotline reads out.

use onecode::{Message, MESSAGES};
use serde_json::{json, Value};

use super::Failure;

pub(crate) fn reason(number: Option<u16>, json: bool) -> Result<(), Failure> {
    let Some(number) = number else {
        if json {
            let all: Vec<Value> = MESSAGES.iter().map(to_json).collect();
            outln!("{:#}", Value::from(all));
        } else {
            for message in MESSAGES {
                outln!("{}  {}  {}", message.number, message.reason.zh, message.reason.en);
            }
        }
        return Ok(());
    };
    let message = Message::of(number).ok_or_else(|| {
        Failure(format!("there is no refusal {number}; `onecode reason` lists them all"))
    })?;
    if json {
        outln!("{:#}", to_json(message));
    } else {
        out!("{}", page(message));
    }
    Ok(())
}

fn page(message: &Message) -> String {
    let Message { number, name, fault, reason, holder, attendant, operator, .. } = message;
    let mut page = format!("{number}  {name}  ({})\n", fault.name());
    for (zh, en, text) in [
        ("原因", "reason", reason),
        ("持卡人", "holder", holder),
        ("工作人员", "attendant", attendant),
        ("运营方", "operator", operator),
    ] {
        page += &format!("\n{zh}  {}\n{en}  {}\n", text.zh, text.en);
    }
    page
}

fn to_json(message: &Message) -> Value {
    let text = |text: &onecode::Text| json!({ "zh": text.zh, "en": text.en });
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
