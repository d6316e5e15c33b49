//! What clap says of a command line that it cannot read, in Chinese.

use std::error::Error as _;
use std::fmt::Write as _;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, Error, ErrorFormatter, ErrorKind};

/// The form of the errors. What was typed is named as clap names it.
pub(crate) struct Chinese;

impl ErrorFormatter for Chinese {
    fn format_error(error: &Error<Self>) -> StyledStr {
        let fact = |kind| fact(error, kind);
        let argument = fact(ContextKind::InvalidArg);
        let value = fact(ContextKind::InvalidValue);
        let mut text = match error.kind() {
            ErrorKind::UnknownArgument => format!("没有参数“{argument}”"),
            ErrorKind::MissingRequiredArgument => format!("缺少必需的参数：{argument}"),
            ErrorKind::InvalidValue if value.is_empty() => format!("“{argument}”缺少值"),
            ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
                format!("“{argument}”的值“{value}”无效")
            }
            ErrorKind::InvalidSubcommand => {
                format!("没有子命令“{}”", fact(ContextKind::InvalidSubcommand))
            }
            ErrorKind::MissingSubcommand => {
                format!("“{}”后面要有子命令", fact(ContextKind::InvalidSubcommand))
            }
            ErrorKind::ArgumentConflict => match fact(ContextKind::PriorArg) {
                prior if prior == argument => format!("“{argument}”不能重复使用"),
                prior => format!("“{argument}”不能与“{prior}”同时使用"),
            },
            ErrorKind::TooManyValues => format!("“{argument}”的值“{value}”是多余的"),
            ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => {
                format!("“{argument}”的值的个数不对")
            }
            ErrorKind::NoEquals => format!("给“{argument}”赋值要用等号"),
            ErrorKind::InvalidUtf8 => "有参数不是 UTF-8 文本".to_owned(),
            kind => kind.to_string(),
        };
        if let Some(source) = error.source() {
            let _ = write!(text, "：{source}");
        }
        for (kind, name) in [
            (ContextKind::ValidValue, "可选"),
            (ContextKind::ValidSubcommand, "子命令"),
            (ContextKind::SuggestedArg, "相近的参数"),
            (ContextKind::SuggestedSubcommand, "相近的子命令"),
            (ContextKind::SuggestedValue, "相近的值"),
        ] {
            let facts = fact(kind);
            if !facts.is_empty() {
                let _ = write!(text, "\n  {name}：{facts}");
            }
        }
        let usage = fact(ContextKind::Usage);
        if let Some(usage) = usage.strip_prefix("Usage: ") {
            let _ = write!(text, "\n\n用法：{usage}");
        }
        format!("错误：{text}\n\n详细用法见 --help。\n").into()
    }
}

/// What clap knows about the error, as text; nothing when it does not know it.
fn fact(error: &Error<Chinese>, kind: ContextKind) -> String {
    match error.get(kind) {
        Some(ContextValue::String(text)) => text.clone(),
        Some(ContextValue::Strings(texts)) => texts.join("、"),
        Some(ContextValue::StyledStr(text)) => text.to_string(),
        Some(ContextValue::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}
