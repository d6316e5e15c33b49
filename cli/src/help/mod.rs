//! The command line's own description in Chinese.
//!
//! The English one stands at the arguments, where clap takes it from; the Chinese texts of `texts`
//! are put in its place when the description is made. A test walks all commands and arguments and
//! fails for one without Chinese. `error` has what clap says of a line that it cannot read.

mod error;
mod texts;

use clap::builder::Resettable;
use clap::{Arg, ArgAction, Command};

pub(crate) use self::error::Chinese;
use self::texts::{ABOUT, ARGUMENTS, PHRASES};

/// The whole description in Chinese.
pub(crate) fn in_chinese(command: Command) -> Command {
    let mut command = translated(command, "");
    // Now clap has made the command `help` everywhere.
    command.build();
    help_translated(command)
}

fn translated(command: Command, path: &str) -> Command {
    let mut command = command
        .disable_help_flag(true)
        .mut_args(|argument| argument_in_chinese(argument, path))
        .arg(Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示帮助"));
    if path.is_empty() {
        command = command.disable_version_flag(true).arg(
            Arg::new("version")
                .short('V')
                .long("version")
                .action(ArgAction::Version)
                .help("显示版本"),
        );
    }
    if let Some(text) = about(path) {
        command = command.about(text.split("\n\n").next().unwrap_or(text));
        command = match text.contains("\n\n") {
            true => command.long_about(text),
            false => command.long_about(Resettable::Reset),
        };
    }
    if let Some(after) = command.get_after_help().map(ToString::to_string) {
        command = command.after_help(in_phrases(&after));
    }
    let template = template(&command);
    command.help_template(template).mut_subcommands(|inner| {
        let path = below(path, inner.get_name());
        translated(inner, &path)
    })
}

fn help_translated(command: Command) -> Command {
    command.mut_subcommands(|inner| {
        if inner.get_name() == "help" {
            inner.about("显示本帮助，或某个子命令的帮助")
        } else {
            help_translated(inner)
        }
    })
}

fn below(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}

fn about(path: &str) -> Option<&'static str> {
    found(ABOUT, path)
}

/// The text of an argument: that for this command, or the one for all that have it.
fn argument(path: &str, id: &str) -> Option<&'static str> {
    found(ARGUMENTS, &below(path, id)).or_else(|| found(ARGUMENTS, id))
}

fn found(texts: &[(&str, &'static str)], key: &str) -> Option<&'static str> {
    texts.iter().find(|(found, _)| *found == key).map(|(_, text)| *text)
}

fn argument_in_chinese(argument: Arg, path: &str) -> Arg {
    let Some(text) = self::argument(path, argument.get_id().as_str()) else { return argument };
    let mut text = text.trim_end_matches('。').to_owned();
    // What clap would add in English.
    let defaults: Vec<_> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() {
        text += &format!("［默认：{}］", defaults.join(","));
    }
    let argument = argument.long_help(Resettable::Reset);
    if !argument.get_action().takes_values() {
        return argument.help(text);
    }
    let possible = argument.get_possible_values();
    let names: Vec<&str> = possible.iter().map(|value| value.get_name()).collect();
    if !names.is_empty() {
        text += &format!("［可选：{}］", names.join("、"));
    }
    argument.help(text).hide_default_value(true).hide_possible_values(true)
}

/// Examples stay as they are; the words around them are replaced.
fn in_phrases(after: &str) -> String {
    PHRASES.iter().fold(after.to_owned(), |text, (en, zh)| text.replace(en, zh))
}

/// The parts that a command has, under Chinese headings.
fn template(command: &Command) -> String {
    let mut template = "{before-help}{about-with-newline}\n用法：{usage}\n".to_owned();
    if command.get_subcommands().next().is_some() {
        template += "\n命令：\n{subcommands}\n";
    }
    if command.get_positionals().next().is_some() {
        template += "\n参数：\n{positionals}\n";
    }
    template += "\n选项：\n{options}{after-help}";
    template
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Onecode;

    /// Every command with its path, the first without.
    fn walk(command: &Command, path: &str, each: &mut impl FnMut(&str, &Command)) {
        each(path, command);
        for inner in command.get_subcommands() {
            walk(inner, &below(path, inner.get_name()), each);
        }
    }

    #[test]
    fn every_command_and_every_argument_has_a_chinese_text() {
        let (mut missing, mut used) = (vec![], vec![]);
        walk(&Onecode::described(), "", &mut |path, command| {
            match about(path) {
                Some(_) => used.push(path.to_owned()),
                None => missing.push(format!("ABOUT {path:?}")),
            }
            for argument in command.get_arguments() {
                let (id, own) =
                    (argument.get_id().as_str(), below(path, argument.get_id().as_str()));
                match super::argument(path, id) {
                    Some(_) if found(ARGUMENTS, &own).is_some() => used.push(own),
                    Some(_) => used.push(id.to_owned()),
                    None => missing.push(format!("ARGUMENTS {own:?}")),
                }
            }
        });
        assert!(missing.is_empty(), "without Chinese: {missing:#?}");
        // And none is left over from something that has gone.
        for (key, _) in ABOUT.iter().chain(ARGUMENTS) {
            assert!(used.iter().any(|used| used == key), "{key:?} describes nothing");
        }
    }

    #[test]
    fn what_follows_the_options_is_in_chinese_but_for_the_commands() {
        let mut phrases: Vec<&str> = PHRASES.iter().map(|(en, _)| *en).collect();
        walk(&Onecode::described(), "", &mut |path, command| {
            let Some(after) = command.get_after_help().map(ToString::to_string) else { return };
            phrases.retain(|phrase| !after.contains(phrase));
            for line in in_phrases(&after).lines().filter(|line| !line.starts_with("  ")) {
                let chinese = line.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
                assert!(line.is_empty() || chinese, "{path}: {line}");
            }
            for comment in in_phrases(&after).lines().filter_map(|line| line.split("   # ").nth(1))
            {
                assert!(!comment.is_ascii(), "{path}: {comment}");
            }
        });
        assert!(phrases.is_empty(), "they stand nowhere: {phrases:?}");
    }

    #[test]
    fn the_chinese_help_has_no_english_left_of_clap() {
        walk(&in_chinese(Onecode::described()), "", &mut |path, command| {
            if path.split(' ').any(|name| name == "help") {
                return;
            }
            let help = command.clone().render_long_help().to_string();
            for english in
                ["Usage", "Options", "Arguments", "Commands", "Print", "[default", "[poss"]
            {
                assert!(!help.contains(english), "{path}: {english} in {help}");
            }
        });
    }
}
