//! The tables of the page, in both languages.

use onecode::Language;

use super::both;
use super::primitives::primitives;
use super::roles::roles;

/// The rows of the tables of the page: of keys, and of primitives, in Markdown.
pub fn tables(language: Language) -> [String; 2] {
    let row = |cells: &[&str]| format!("| {} |\n", cells.join(" | "));
    let mut keys = String::new();
    for role in roles() {
        let algorithms: Vec<_> = role.algorithms.iter().map(|name| format!("`{name}`")).collect();
        let signs = match language {
            Language::Zh => &role.signs_zh,
            Language::En => &role.signs,
        };
        let (name, lives) = (role.name.text(language), role.lives.text(language));
        keys += &row(&[name, &algorithms.join(" "), lives, signs]);
    }
    let (yes, no) = match language {
        Language::Zh => ("是", "否"),
        Language::En => ("yes", "no"),
    };
    let mut of_primitives = String::new();
    for it in primitives() {
        let is_commercial = if it.is_commercial { yes } else { no };
        of_primitives +=
            &row(&[&format!("`{}`", it.name), is_commercial, it.used_for.text(language)]);
    }
    let tls = both(
        "1.2 和 1.3，经 rustls：获取名单、服务、PostgreSQL、Valkey；没有国密套件",
        "1.2 and 1.3, by rustls: fetching, the service, PostgreSQL, Valkey; it has no SM suites",
    );
    of_primitives += &row(&["`TLS`", no, tls.text(language)]);
    [keys, of_primitives]
}
