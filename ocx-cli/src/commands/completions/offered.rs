//! What can be typed, with where its values are asked for.

use std::{
    ffi::{OsStr, OsString},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use ocx_core::settings::KEYS;

use super::candidates::{self, Kind};
use crate::{args, guide};

/// Questions about what is there, asked once somebody is to type it.
pub(super) struct Asks {
    /// Whether the beginning of a flag is typed, which is no value.
    is_flag: bool,
    before: Arc<[OsString]>,
    made: Arc<AtomicBool>,
}

impl Asks {
    /// For a command line with these words before the one that is typed.
    pub(super) fn new(before: &[OsString], typed: &OsStr) -> Self {
        let typed = typed.to_string_lossy();
        Self {
            is_flag: typed.starts_with('-') && !typed.contains('='),
            before: before.into(),
            made: Arc::default(),
        }
    }

    /// Whether one was asked.
    pub(super) fn were_made(&self) -> bool {
        self.made.load(Ordering::Relaxed)
    }

    fn for_each_of(&self, kind: Kind) -> ArgValueCandidates {
        let (before, made) = (Arc::clone(&self.before), Arc::clone(&self.made));
        let is_flag = self.is_flag;
        ArgValueCandidates::new(move || {
            if is_flag {
                return Vec::new();
            }
            made.store(true, Ordering::Relaxed);
            candidates::find(kind, &before)
        })
    }
}

/// All that can be typed; `help` with the pages of the guide.
pub(super) fn definition(asks: &Asks) -> Command {
    let mut definition = args::definition();
    definition = definition
        .mut_arg("set", |arg| arg.add(ArgValueCandidates::new(settings)))
        .disable_help_subcommand(true);
    let help = help(&definition);
    asking(definition, asks).subcommand(help)
}

/// What the values are called says what they are.
fn asking(command: Command, asks: &Asks) -> Command {
    let kind = |arg: &Arg, command: &str| {
        let name = arg.get_value_names()?.first()?.as_str();
        match (name, command) {
            ("ID", "logs" | "wait") => Some(Kind::DetachedSession),
            ("ID", _) => Some(Kind::Session),
            // `compat` takes any image.
            ("IMAGE", "rm") => Some(Kind::Image),
            ("VOLUME", "rm") => Some(Kind::Volume),
            ("KEY", "unset") => Some(Kind::Setting),
            _ => None,
        }
    };
    let name = command.get_name().to_owned();
    let command = command.mut_args(|arg| match kind(&arg, &name) {
        Some(kind) => arg.add(asks.for_each_of(kind)),
        None => arg,
    });
    command.mut_subcommands(|inner| asking(inner, asks))
}

/// The command that clap would add by itself, with hidden ones and without pages.
fn help(definition: &Command) -> Command {
    // Only the names of these count.
    let shown = definition.get_subcommands();
    let shown = shown
        .filter(|command| !command.is_hide_set())
        .map(|command| {
            let command = command.clone().disable_help_subcommand(true);
            command.mut_args(|arg| arg.hide(true))
        });
    let pages = guide::titles().map(|(topic, title)| Command::new(topic).about(title));
    Command::new("help")
        .about("The help of a command, or a page of the guide")
        .disable_help_subcommand(true)
        .subcommands(shown.collect::<Vec<_>>())
        .subcommands(pages.collect::<Vec<_>>())
}

/// For `--set`, behind which a value follows.
fn settings() -> Vec<CompletionCandidate> {
    let names = KEYS.iter().map(|key| format!("{}=", key.name));
    names.map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_sound() {
        definition(&Asks::new(&[], "".as_ref())).debug_assert();
    }

    #[test]
    fn sessions_images_and_volumes_are_asked_for() {
        let asked = |line: &str| {
            let command = definition(&Asks::new(&[], "".as_ref()));
            let mut inner = &command;
            let (words, name) = line.rsplit_once(' ').unwrap();
            for word in words.split(' ') {
                inner = inner.find_subcommand(word).unwrap();
            }
            let mut args = inner.get_arguments();
            let arg = args.find(|arg| arg.get_id() == name).expect(line);
            arg.get::<ArgValueCandidates>().is_some()
        };
        for line in [
            "stop sessions",
            "stats sessions",
            "attach session",
            "logs session",
            "wait session",
            "exec session",
            "shell session",
            "port session",
            "image rm images",
            "volume rm volumes",
            "config unset key",
        ] {
            assert!(asked(line), "{line}");
        }
        assert!(!asked("compat image"));
    }
}
