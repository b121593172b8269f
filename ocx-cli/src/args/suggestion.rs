//! What to type instead of a command that there is not.

use std::ffi::OsString;

use clap::{
    Command,
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use super::passthrough;
use crate::guide;

/// What people type by habit, and what does that here.
const HABITS: &[(&[&str], &str)] = &[
    (
        &["login", "signin"],
        "`ocx opencode auth login` logs in to a model provider",
    ),
    (
        &["logout", "signout"],
        "`ocx opencode auth logout` logs out of a model provider",
    ),
    (
        &["log", "output"],
        "`ocx logs` shows what a detached session has printed, `ocx network log` what sessions asked for",
    ),
    (
        &["start", "up", "launch", "open", "code", "tui", "chat"],
        "`ocx opencode` starts a session",
    ),
    (
        &["rm", "remove", "delete", "down", "kill", "end", "quit"],
        "`ocx stop` stops sessions, whose containers are removed when they end; `ocx discard` throws work on a clone away",
    ),
    (
        &["restart", "resume", "continue"],
        "`ocx opencode --continue` goes on with the last conversation",
    ),
    (
        &["enter", "sh", "bash", "ssh", "connect"],
        "`ocx shell` opens a shell where the agent works",
    ),
    (
        &["update", "self-update", "upgrade-opencode"],
        "`ocx upgrade` takes the newest version of opencode",
    ),
    (
        &["list", "sessions", "top"],
        "`ocx ps` lists the running sessions",
    ),
    (
        &["info", "inspect"],
        "`ocx status` shows what would run now",
    ),
    (
        &["check", "health", "diagnose"],
        "`ocx doctor` checks what ocx needs on this machine",
    ),
    (
        &["images", "volumes", "df", "disk", "storage"],
        "`ocx du` lists the images, homes and downloads of ocx's; `ocx status` shows the image of this project",
    ),
    (
        &["clean", "cleanup", "gc", "purge", "rmi"],
        "`ocx prune` removes what of ocx's nobody needs",
    ),
    (
        &["report", "bug", "issue", "feedback"],
        "`ocx bug-report` prints what a report needs",
    ),
    (
        &["pull", "fetch"],
        "`ocx build --pull` fetches the newest base image",
    ),
    (&["rebuild"], "`ocx build --force` builds the image anew"),
    (
        &["new", "create", "setup"],
        "`ocx init` writes an ocx.toml for this project",
    ),
    (
        &["settings", "configure", "set", "get"],
        "`ocx config` shows the settings",
    ),
    (
        &["ports", "forward"],
        "`ocx port` lists and opens the ports of a session",
    ),
    (
        &["merge", "accept"],
        "`ocx apply` takes over what a session made on a clone",
    ),
    (
        &["allow", "permit"],
        "`ocx network allow` lets running sessions reach more",
    ),
    (
        &["deny", "block"],
        "`ocx network deny` keeps running sessions from a host",
    ),
];

/// Commands of opencode's, which are behind `ocx opencode`.
const OPENCODE: &[&str] = &[
    "acp", "agent", "auth", "export", "github", "import", "mcp", "models", "pr", "serve",
    "session", "web",
];

/// An error about a command with what to type instead: what does the same here, or else what is spelled
/// almost alike.
pub(super) fn improve(mut error: Error, command: &Command, args: &[OsString]) -> Error {
    let typed = match (error.kind(), error.get(ContextKind::InvalidSubcommand)) {
        (ErrorKind::InvalidSubcommand, Some(ContextValue::String(typed))) => typed.clone(),
        _ => return error,
    };
    let first = passthrough::first_word(command, args).and_then(|first| args[first].to_str());
    let is_of_ocx = first == Some("help") || first == Some(typed.as_str());
    let page = (first == Some("help")).then(|| page_near(&typed)).flatten();
    if let Some(tip) = page.or_else(|| is_of_ocx.then(|| instead(&typed)).flatten()) {
        error.remove(ContextKind::SuggestedSubcommand);
        let tips = vec![StyledStr::from(tip)];
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
        return error;
    }
    if let Some(ContextValue::Strings(names)) = error.remove(ContextKind::SuggestedSubcommand) {
        let near: Vec<String> = names
            .into_iter()
            .filter(|name| is_near(&typed, name))
            .collect();
        if !near.is_empty() {
            let near = ContextValue::Strings(near);
            error.insert(ContextKind::SuggestedSubcommand, near);
        }
    }
    error
}

pub(super) fn instead(typed: &str) -> Option<String> {
    let typed = typed.to_lowercase();
    let habit = HABITS
        .iter()
        .find(|(words, _)| words.contains(&typed.as_str()));
    habit.map(|(_, tip)| (*tip).to_owned()).or_else(|| {
        let is_opencodes = OPENCODE.contains(&typed.as_str());
        is_opencodes.then(|| format!("that is a command of opencode's: `ocx opencode {typed}`"))
    })
}

/// A page of the guide that may be meant.
fn page_near(typed: &str) -> Option<String> {
    let topic = guide::topics().find(|topic| is_near(typed, topic))?;
    Some(format!("`ocx help {topic}` is in the guide"))
}

/// Whether one is the other but for a slip of the fingers in each few letters. An alias of one letter is near to everything.
fn is_near(typed: &str, name: &str) -> bool {
    let slips = (typed.chars().count() / 3).max(1);
    name.len() > 1 && strsim::osa_distance(&typed.to_lowercase(), name) <= slips
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::{Cli, parse};

    fn error(line: &str) -> String {
        let args = line.split(' ').map(OsString::from).collect();
        parse(args).unwrap_err().0.to_string()
    }

    #[test]
    fn habits_lead_to_a_command() {
        let line = "ocx login --help";
        insta::assert_snapshot!(error(line), @r"
        error: unrecognized subcommand 'login'

          tip: `ocx opencode auth login` logs in to a model provider

        Usage: ocx [OPTIONS] <COMMAND>

        For more information, try '--help'.
        ");
        for (line, expected) in [
            ("ocx -q update", "`ocx upgrade`"),
            ("ocx help rm", "`ocx stop`"),
            ("ocx help base", "`ocx help bases`"),
            ("ocx help topic", "`ocx help topics`"),
            ("ocx Models", "`ocx opencode models`"),
            ("ocx volumes", "`ocx du`"),
            ("ocx clean", "`ocx prune`"),
            ("ocx report", "`ocx bug-report`"),
        ] {
            let error = error(line);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn only_what_is_spelled_almost_alike_is_suggested() {
        for (line, near) in [
            ("ocx bulid", Some("'build'")),
            ("ocx stauts", Some("'status'")),
            ("ocx pss", Some("'ps'")),
            ("ocx network alow", Some("'allow'")),
            // What is right for ocx is not for one of its commands.
            ("ocx network login", None),
            ("ocx dog", None),
            ("ocx x", None),
            ("ocx nonsense", None),
        ] {
            let error = error(line);
            match near {
                Some(near) => assert!(error.contains(near), "{line}: {error}"),
                None => assert!(!error.contains("tip:"), "{line}: {error}"),
            }
            assert!(!error.contains("'o'"), "{line}: {error}");
        }
    }

    #[test]
    fn what_is_suggested_exists_and_what_exists_is_not_explained() {
        let command = Cli::command();
        for (words, tip) in HABITS {
            for word in *words {
                assert!(command.find_subcommand(word).is_none(), "{word}");
                assert!(!OPENCODE.contains(word), "{word}");
            }
            let lines: Vec<&str> = tip.split('`').skip(1).step_by(2).collect();
            assert!(!lines.is_empty(), "{tip}");
            for line in lines {
                let words: Vec<&str> = line.split(' ').collect();
                assert_eq!(words[0], "ocx", "{tip}");
                let mut inner = &command;
                for word in &words[1..] {
                    inner = match inner.find_subcommand(word) {
                        Some(found) => found,
                        None => break,
                    };
                }
                assert_ne!(inner.get_name(), "ocx", "{tip}");
            }
        }
        for word in OPENCODE {
            assert!(command.find_subcommand(word).is_none(), "{word}");
        }
    }
}
