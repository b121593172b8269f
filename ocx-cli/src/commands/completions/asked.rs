//! What a shell's script asks: which words can stand where the cursor is.

use std::{
    ffi::{OsStr, OsString},
    process::ExitCode,
};

use clap::Command;
use clap_complete::engine::{self, CompletionCandidate};
use ocx_core::printable;

use super::offered;
use crate::{args, output};

/// What the scripts type. It is no command, so that nobody is offered it.
pub(super) const COMMAND: &str = "__complete";

/// The words of a command line up to the cursor; the last one may go on.
pub(crate) struct Asked {
    words: Vec<OsString>,
}

/// What can stand there.
enum Answer {
    Words(Vec<CompletionCandidate>),
    /// It is another program's word, or the name of a file.
    NotOurs,
}

impl Asked {
    /// By a command line that begins as the scripts' does.
    pub(crate) fn of(args: &[OsString]) -> Option<Self> {
        match args {
            [_, command, words @ ..] if command == COMMAND => Some(Self {
                words: words.to_vec(),
            }),
            _ => None,
        }
    }

    /// Prints a line for each word, with what it is behind a tab. The exit code says whether the word is
    /// ocx's; what fails is not told, since somebody is typing.
    pub(crate) fn show(&self) -> ExitCode {
        let Answer::Words(words) = self.answer() else {
            return ExitCode::FAILURE;
        };
        let lines = words.iter().map(line).collect::<String>();
        match output::answer(&lines) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        }
    }

    fn answer(&self) -> Answer {
        let Some((typed, before)) = self.words.split_last() else {
            return Answer::NotOurs;
        };
        let is_flag = typed.to_string_lossy().starts_with('-');
        let flags = match args::reader_of(before) {
            args::Reader::Ocx => None,
            args::Reader::OpencodeUnlessFlag(flags) if is_flag => Some(flags),
            args::Reader::OpencodeUnlessFlag(_) | args::Reader::Other => return Answer::NotOurs,
        };
        let asks = offered::Asks::new(before, typed);
        let mut definition = offered::definition(&asks);
        let found = engine::complete(
            &mut definition,
            self.words.clone(),
            before.len(),
            // No names of files: the shells have better ones.
            None,
        );
        let mut found = found.unwrap_or_default();
        found.retain(|candidate| !candidate.is_hide_set());
        let found = found.into_iter();
        let mut found: Vec<_> = found.map(|one| by_its_name(one, typed)).collect();
        if let Some(flags) = flags {
            found.retain(|one| flags.iter().any(|flag| one.get_value() == *flag));
        }
        without_noise(&mut found, is_flag);
        if found.is_empty() && !asks.were_made() && !is_of_a_command(&definition, before) {
            return Answer::NotOurs;
        }
        Answer::Words(found)
    }
}

/// A command by its name, where that may be typed: of its aliases only one is offered.
fn by_its_name(candidate: CompletionCandidate, typed: &OsStr) -> CompletionCandidate {
    let name = candidate
        .get_id()
        .and_then(|id| id.strip_prefix("command::"));
    match name {
        Some(name) if name.starts_with(&*typed.to_string_lossy()) => {
            CompletionCandidate::new(name).help(candidate.get_help().cloned())
        }
        _ => candidate,
    }
}

/// Flags are in the way of whoever types something else, and short ones have long names.
fn without_noise(found: &mut Vec<CompletionCandidate>, is_flag: bool) {
    let begins = |one: &CompletionCandidate, with: &str| {
        let value = one.get_value().to_string_lossy();
        value.starts_with(with)
    };
    if !is_flag && found.iter().any(|one| !begins(one, "-")) {
        found.retain(|one| !begins(one, "-"));
    }
    if found.iter().any(|one| begins(one, "--")) {
        found.retain(|one| !begins(one, "-") || begins(one, "--"));
    }
}

/// Whether a command is to be typed, of which there is none so.
fn is_of_a_command(definition: &Command, before: &[OsString]) -> bool {
    // It may be the value of a flag.
    if before
        .last()
        .is_some_and(|word| word.to_string_lossy().starts_with('-'))
    {
        return false;
    }
    let mut command = definition;
    for word in before.iter().skip(1).filter_map(|word| word.to_str()) {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    command.has_subcommands()
}

fn line(candidate: &CompletionCandidate) -> String {
    let value = candidate.get_value().to_string_lossy();
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let help = help.lines().next().unwrap_or_default();
    let (value, help) = (printable::field(&value), printable::field(help));
    format!("{value}\t{help}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is offered behind a line, whose last word may be empty; `None` for the shell's own.
    fn offered(line: &str) -> Option<Vec<String>> {
        let words = ["ocx", COMMAND].into_iter().chain(line.split(' '));
        let words: Vec<OsString> = words.map(OsString::from).collect();
        let Answer::Words(words) = Asked::of(&words).unwrap().answer() else {
            return None;
        };
        let value = |one: &CompletionCandidate| one.get_value().to_string_lossy().into_owned();
        Some(words.iter().map(value).collect())
    }

    #[test]
    fn commands_and_no_others() {
        let all = offered("ocx ").unwrap();
        for command in args::definition().get_subcommands() {
            let name = command.get_name().to_owned();
            assert_eq!(all.contains(&name), !command.is_hide_set(), "{name}");
        }
        assert!(all.contains(&"help".to_owned()));
        assert!(!all.iter().any(|word| word.starts_with('-')), "{all:?}");
        assert_eq!(offered("ocx statu").unwrap(), ["status"]);
        assert_eq!(offered("ocx detac").unwrap(), [""; 0]);
        assert_eq!(offered("ocx --quiet image r").unwrap(), ["rm"]);
    }

    #[test]
    fn help_has_commands_and_pages() {
        let all = offered("ocx help ").unwrap();
        for word in ["topics", "errors", "stop", "image"] {
            assert!(all.contains(&word.to_owned()), "{word}");
        }
        assert!(!all.contains(&"detached-session".to_owned()));
        assert_eq!(offered("ocx help detac").unwrap(), [""; 0]);
        assert_eq!(offered("ocx help topi").unwrap(), ["topics"]);
        assert_eq!(offered("ocx help image r").unwrap(), ["rm"]);
    }

    #[test]
    fn settings() {
        for line in ["ocx config get memo", "ocx config unset memo"] {
            assert_eq!(offered(line).unwrap(), ["memory"], "{line}");
        }
        assert_eq!(offered("ocx config set memo").unwrap(), ["memory"]);
        assert_eq!(offered("ocx --set memo").unwrap(), ["memory="]);
        assert_eq!(offered("ocx build --set memo").unwrap(), ["memory="]);
        assert_eq!(offered("ocx --set=memo").unwrap(), ["--set=memory="]);
    }

    #[test]
    fn what_is_another_programs_is_left_to_the_shell() {
        for line in [
            "ocx opencode ",
            "ocx -q run fix",
            "ocx run fix --deta",
            "ocx o --detach x",
            "ocx exec l",
            "ocx exec --new ls --ne",
            "ocx exec -- --ne",
            "ocx --workspace ",
            "ocx init --dockerfile ",
        ] {
            assert_eq!(offered(line), None, "{line}");
        }
        assert_eq!(offered("ocx run --deta").unwrap(), ["--detach"]);
        assert_eq!(offered("ocx o --detach --n").unwrap(), ["--notify"]);
        assert_eq!(offered("ocx exec --ne").unwrap(), ["--new"]);
        assert_eq!(
            offered("ocx --runtime ").unwrap(),
            ["auto", "docker", "podman"]
        );
        assert!(Asked::of(&["ocx".into(), "status".into()]).is_none());
        assert_eq!(
            Asked::of(&["ocx".into(), COMMAND.into()])
                .unwrap()
                .words
                .len(),
            0
        );
    }
}
