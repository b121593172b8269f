//! What the pages of the guide, and the README, say is to be typed: it can be.

use std::{ffi::OsString, fs};

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::{parse, suggestion};
use crate::guide;

/// Each page with its text.
fn pages() -> Vec<(String, String)> {
    let package = env!("CARGO_MANIFEST_DIR");
    let docs = fs::read_dir(format!("{package}/docs")).expect("the pages are there");
    let paths = docs.map(|entry| entry.expect("it can be read").path());
    let paths = paths.chain([format!("{package}/../README.md").into()]);
    paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("it is text");
            (path.display().to_string(), text)
        })
        .collect()
}

/// The lines of a page that are in blocks of a language, or in none with an empty one.
fn lines_in<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    let mut inside: Option<&str> = None;
    let mut lines = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("```"), inside) {
            (Some(language), None) => inside = Some(language),
            (Some(_), Some(_)) => inside = None,
            (None, _) if inside.unwrap_or_default() == language => lines.push(line),
            (None, _) => {}
        }
    }
    lines
}

/// The commands of ocx in a line that is typed into a shell.
fn commands(line: &str) -> Vec<Vec<String>> {
    // The end of a line that goes on in the next one.
    let words = shell_words::split(line.trim_end_matches('\\'));
    let words = words.unwrap_or_else(|error| panic!("{line}: {error}"));
    let is_end = |word: &String| {
        matches!(word.as_str(), "&&" | "||" | "|" | ";" | ">" | ">>") || word.starts_with('#')
    };
    let commands = words.split(is_end).map(<[String]>::to_vec);
    commands
        .filter(|command| command.first().is_some_and(|first| first == "ocx"))
        .collect()
}

/// Why a command makes no sense. What stands for something else, such as `NAME`, may be anything, and what is
/// only named may lack what it needs.
fn objection(words: &[String]) -> Option<String> {
    let typed: Vec<OsString> = words.iter().map(OsString::from).collect();
    if guide::Asked::of(&typed).is_some() {
        return None;
    }
    let error = parse(typed).err()?.0;
    let (kind, said) = (error.kind(), Some(error.to_string()));
    let refused = match kind {
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayVersion
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::MissingSubcommand
        | ErrorKind::MissingRequiredArgument => return None,
        ErrorKind::InvalidSubcommand => error.get(ContextKind::InvalidSubcommand),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            error.get(ContextKind::InvalidValue)
        }
        _ => return said,
    };
    let Some(ContextValue::String(refused)) = refused else {
        return said;
    };
    let is_placeholder = refused.chars().all(|c| !c.is_lowercase());
    // What people type by habit is named for what it is answered with.
    let is_habit = kind == ErrorKind::InvalidSubcommand && suggestion::instead(refused).is_some();
    (!is_placeholder && !is_habit).then_some(said).flatten()
}

#[test]
fn what_is_shown_to_be_typed_can_be() {
    let mut tried = 0;
    for (page, text) in pages() {
        let typed = lines_in(&text, "console").into_iter();
        for line in typed.filter_map(|line| line.strip_prefix("$ ")) {
            for command in commands(line) {
                let typed = command.iter().map(OsString::from).collect();
                if let Err(stop) = parse(typed) {
                    panic!("{page}: {line}: {}", stop.0);
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn commands_and_flags_that_are_named_exist() {
    let mut tried = 0;
    for (page, text) in pages() {
        for line in lines_in(&text, "") {
            let named = line.split('`').skip(1).step_by(2);
            for named in named.filter(|code| *code == "ocx" || code.starts_with("ocx ")) {
                let words = named.split_whitespace().filter(|word| *word != "…");
                let words: Vec<String> = words.map(str::to_owned).collect();
                if let Some(objection) = objection(&words) {
                    panic!("{page}: `{named}`: {objection}");
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 200, "{tried}");
}
