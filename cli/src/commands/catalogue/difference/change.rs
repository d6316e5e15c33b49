//! One thing that is different: what it is about, in words and as JSON.
//!
//! Uses `words`.

use onecode::Language;
use serde_json::{json, Value};

use crate::commands::catalogue::words::{Foreign, Words};

/// One thing that is different.
pub(super) struct Change {
    pub(super) about: About,
    /// The member of the document, by its name there. Nothing where the whole entry came or went.
    pub(super) member: Option<String>,
    pub(super) before: Value,
    pub(super) after: Value,
    pub(super) says: Words,
}

/// What a change is about, in the order in which it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum About {
    /// The edition itself.
    Document,
    Application {
        number: u16,
        id: String,
        called: Words,
    },
    Entitlement {
        id: String,
        called: Words,
    },
    ForeignCode {
        id: String,
        called: Words,
    },
}

impl About {
    pub(super) fn heading(&self) -> Words {
        match self {
            About::Document => words!("清单本身", "The catalogue itself"),
            About::Application { number, id, called } => words!(
                "{called}（服务项目 {number}，{id}）",
                "{called} (application {number}, {id})",
                called = called,
                number = number,
                id = Foreign(id)
            ),
            About::Entitlement { id, called } => words!(
                "卡的功能：{called}（{id}）",
                "Entitlement: {called} ({id})",
                called = called,
                id = Foreign(id)
            ),
            About::ForeignCode { id, called } => words!(
                "其他系统的码：{called}（{id}）",
                "Code of another system: {called} ({id})",
                called = called,
                id = Foreign(id)
            ),
        }
    }

    pub(super) fn to_json(&self) -> Value {
        match self {
            About::Document => json!({ "kind": "document" }),
            About::Application { number, id, .. } => {
                json!({ "kind": "application", "number": number, "id": id })
            }
            About::Entitlement { id, .. } => json!({ "kind": "entitlement", "id": id }),
            About::ForeignCode { id, .. } => json!({ "kind": "foreign_code", "id": id }),
        }
    }
}

impl Change {
    /// A member that is different; `says` where this version knows what it means.
    pub(super) fn of(
        about: &About,
        member: String,
        before: Value,
        after: Value,
        says: Option<Words>,
    ) -> Self {
        let says = says.unwrap_or_else(|| {
            words!(
                "供程序读取的 {member}：由 {before} 改为 {after}。",
                "{member}, which programs read: from {before} to {after}.",
                member = Foreign(&member),
                before = shown(&before),
                after = shown(&after)
            )
        });
        Change { about: about.clone(), member: Some(member), before, after, says }
    }

    pub(super) fn to_json(&self) -> Value {
        json!({
            "about": self.about.to_json(),
            "member": self.member,
            "before": self.before,
            "after": self.after,
            "zh": self.says.plain(Language::Zh),
            "en": self.says.plain(Language::En),
        })
    }
}

/// A member as it stands in the document.
pub(super) fn shown(value: &Value) -> Words {
    match value {
        Value::Null => words!("（无）", "(nothing)"),
        value => {
            let json = value.to_string();
            words!("{json}", "{json}", json = Foreign(&json))
        }
    }
}
