//! What to type instead of a command that there is not.

use std::ffi::OsString;

use clap::{
    Command,
    builder::StyledStr,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

use ocx_core::printable;

use super::{
    habits::{FLAGS, HABITS, INNER, OPENCODE},
    passthrough,
};
use crate::guide;

/// An error with what to type instead: what does the same here, or else what is spelled almost alike.
pub(super) fn improve(error: Error, command: &Command, args: &[OsString]) -> Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => of_command(error, command, args),
        ErrorKind::UnknownArgument => of_flag(error, command, args),
        _ => error,
    }
}

fn of_flag(mut error: Error, command: &Command, args: &[OsString]) -> Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidArg) else {
        return error;
    };
    let words = commands_in(command, args);
    let habit = FLAGS.iter().find(|(path, flags, _)| {
        let is_meant = flags.contains(&typed.as_str());
        is_meant && words.starts_with(path)
    });
    if let Some((.., tip)) = habit {
        error.remove(ContextKind::SuggestedArg);
        suggest(&mut error, (*tip).to_owned());
    }
    error
}

/// An error for a flag where a program is to stand, which is read as the program's name.
pub(super) fn flag_for_program(command: &Command, typed: &str) -> Error {
    let mut built = command.clone();
    built.build();
    let exec = built.find_subcommand_mut("exec");
    let exec = exec.expect("there is such a command");
    let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(exec);
    let usage = ContextValue::StyledStr(exec.render_usage());
    error.insert(ContextKind::Usage, usage);
    let shown = printable::field(typed).into_owned();
    error.insert(ContextKind::InvalidArg, ContextValue::String(shown));
    let flags = exec.get_arguments().filter_map(|arg| arg.get_long());
    let mut flags = flags.map(|flag| format!("--{flag}"));
    let near = flags.find(|flag| is_near(typed, flag));
    suggest(
        &mut error,
        match near {
            Some(near) => format!("a similar flag of ocx's is `{near}`"),
            None => "flags of the program stand behind it, as in `ocx exec ls --all`; a program with such a name behind `--`".to_owned(),
        },
    );
    error
}

fn suggest(error: &mut Error, tip: String) {
    let tips = ContextValue::StyledStrs(vec![StyledStr::from(tip)]);
    error.insert(ContextKind::Suggested, tips);
}

/// The commands that a command line names, one in the other.
fn commands_in<'a>(command: &Command, args: &'a [OsString]) -> Vec<&'a str> {
    let mut command = command;
    let mut words = Vec::new();
    let first = passthrough::first_word(command, args).unwrap_or(args.len());
    for word in args[first..].iter().filter_map(|word| word.to_str()) {
        let Some(inner) = command.find_subcommand(word) else {
            continue;
        };
        words.push(word);
        command = inner;
    }
    words
}

fn of_command(mut error: Error, command: &Command, args: &[OsString]) -> Error {
    let Some(ContextValue::String(typed)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let typed = typed.clone();
    let first = passthrough::first_word(command, args).and_then(|first| args[first].to_str());
    let is_help = first == Some("help");
    let is_of_ocx = is_help || first == Some(typed.as_str());
    let page = is_help.then(|| page_near(&typed)).flatten();
    let tip = match is_of_ocx {
        true => page.or_else(|| instead(&typed)),
        false => instead_behind(first.unwrap_or_default(), &typed),
    };
    if let Some(tip) = tip {
        error.remove(ContextKind::SuggestedSubcommand);
        suggest(&mut error, tip);
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
            return error;
        }
    }
    if is_help {
        let tip = "`ocx help topics` lists the pages of the guide, `ocx help` the commands";
        suggest(&mut error, tip.to_owned());
    }
    error
}

fn instead_behind(command: &str, typed: &str) -> Option<String> {
    let mut habits = INNER.iter();
    let habit = habits.find(|(inner, words, _)| *inner == command && words.contains(&typed));
    habit.map(|(.., tip)| (*tip).to_owned())
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
            ("ocx rm x", "`ocx image rm`"),
            ("ocx rmi x", "`ocx image rm`"),
            ("ocx images", "`ocx image list`"),
            ("ocx help nonsense", "`ocx help topics`"),
            (
                "ocx config list --global",
                "`ocx config set` changes your own",
            ),
            ("ocx config show", "`ocx config list`"),
            ("ocx image prune", "`ocx prune`"),
            ("ocx image rm x --force", "does not ask"),
            ("ocx -q image rm -f x", "does not ask"),
            ("ocx volume rm x --force", "`ocx volume rm --yes`"),
            ("ocx help base", "`ocx help bases`"),
            ("ocx help topic", "`ocx help topics`"),
            ("ocx Models", "`ocx opencode models`"),
            ("ocx volumes", "`ocx volume list`"),
            ("ocx clean", "`ocx prune`"),
            ("ocx report", "`ocx bug-report`"),
        ] {
            let error = error(line);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_flag_is_no_program() {
        for line in ["ocx exec -x ls", "ocx -q exec --new -itx"] {
            let error = error(line);
            assert!(error.contains("unexpected argument '-"), "{error}");
        }
        insta::assert_snapshot!(error("ocx exec --sesion 1 ls"), @r"
        error: unexpected argument '--sesion' found

          tip: a similar flag of ocx's is `--session`

        Usage: ocx exec [OPTIONS] <CMD>...

        For more information, try '--help'.
        ");
        insta::assert_snapshot!(error("ocx exec --bad ls"), @r"
        error: unexpected argument '--bad' found

          tip: flags of the program stand behind it, as in `ocx exec ls --all`; a program with such a name behind `--`

        Usage: ocx exec [OPTIONS] <CMD>...

        For more information, try '--help'.
        ");
        for line in [
            "ocx exec -- --bad ls",
            "ocx exec ls -- --bad",
            "ocx exec -it -- -x",
        ] {
            let args = line.split(' ').map(OsString::from).collect();
            assert!(parse(args).is_ok(), "{line}");
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
        let inner = INNER.iter().map(|(_, _, tip)| tip);
        let flags = FLAGS.iter().map(|(_, _, tip)| tip);
        for tip in HABITS.iter().map(|(_, tip)| tip).chain(inner).chain(flags) {
            let lines: Vec<&str> = tip.split('`').skip(1).step_by(2).collect();
            assert!(!lines.is_empty(), "{tip}");
            for line in lines.iter().filter(|line| line.starts_with("ocx")) {
                let words: Vec<&str> = line.split(' ').collect();
                let mut inner = &command;
                for word in &words[1..] {
                    inner = match inner.find_subcommand(word) {
                        Some(found) => found,
                        None => break,
                    };
                }
                assert_ne!(inner.get_name(), "ocx", "{tip}");
                if inner.get_name() == "opencode" {
                    continue;
                }
                let exists = |flag: &&str| {
                    let name = flag.trim_start_matches("--");
                    inner
                        .get_arguments()
                        .any(|arg| arg.get_long() == Some(name))
                };
                let mut flags = words.iter().filter(|word| word.starts_with("--"));
                assert!(flags.all(exists), "{tip}");
            }
        }
        for (words, _) in HABITS {
            for word in *words {
                assert!(command.find_subcommand(word).is_none(), "{word}");
                assert!(!OPENCODE.contains(word), "{word}");
            }
        }
        for (outer, words, _) in INNER {
            let outer = command.find_subcommand(outer).unwrap();
            for word in *words {
                assert!(outer.find_subcommand(word).is_none(), "{word}");
            }
        }
        for (path, flags, _) in FLAGS {
            let mut inner = &command;
            for word in *path {
                inner = inner.find_subcommand(word).unwrap();
            }
            for flag in *flags {
                let is_there = inner.get_arguments().any(|arg| {
                    let long = arg.get_long().map(|long| format!("--{long}"));
                    let short = arg.get_short().map(|short| format!("-{short}"));
                    long.as_deref() == Some(flag) || short.as_deref() == Some(flag)
                });
                assert!(!is_there, "{path:?} {flag}");
            }
        }
        for word in OPENCODE {
            assert!(command.find_subcommand(word).is_none(), "{word}");
        }
    }
}
