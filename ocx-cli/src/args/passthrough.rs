//! Cutting the command line where opencode's own arguments begin.

use std::ffi::OsString;

use clap::Command;

/// The subcommands whose arguments are another program's.
const PASSED: [&str; 3] = ["opencode", "o", "run"];

/// What is ocx's own directly behind such a subcommand: nobody would look for it before. opencode has no such
/// flags (1.18).
const OWN: [&str; 2] = ["--detach", "--notify"];

/// Splits behind a subcommand that passes its arguments on, if that is the first subcommand. A
/// parser would interpret some of them: `--help`, `--`, flags that ocx has, too.
pub(super) fn split(command: &Command, mut args: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let first = first_word(command, &args);
    let passed = first.filter(|&first| PASSED.iter().any(|name| args[first] == *name));
    let passed = passed.map(|first| {
        let words = args[first + 1..].iter();
        let own = words.take_while(|word| OWN.iter().any(|flag| *word == flag));
        let end = first + 1 + own.count();
        args.split_off(end)
    });
    (args, passed.unwrap_or_default())
}

/// The flag of nobody's that stands where `exec` wants a program, which has been read as `program`. Behind
/// `--` anything may stand.
pub(super) fn flag_for_program<'a>(own: &[OsString], program: &'a [String]) -> Option<&'a str> {
    let name = program.first()?;
    let before = own.len().checked_sub(program.len() + 1)?;
    (name.len() > 1 && name.starts_with('-') && own[before] != "--").then_some(name)
}

/// Whose the next word of a command line is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reader {
    Ocx,
    /// opencode's, unless it is one of these flags.
    OpencodeUnlessFlag(&'static [&'static str]),
    /// Another program's, for good.
    Other,
}

/// Whose the word behind these is.
pub(super) fn reader_of(command: &Command, before: &[OsString]) -> Reader {
    let Some(first) = first_word(command, before) else {
        return Reader::Ocx;
    };
    if PASSED.iter().any(|name| before[first] == *name) {
        let (_, passed) = split(command, before.to_vec());
        return match passed.is_empty() {
            true => Reader::OpencodeUnlessFlag(&OWN),
            false => Reader::Other,
        };
    }
    // The program of `exec`, behind which all is the program's.
    if before[first] == "exec"
        && let Some(exec) = command.find_subcommand("exec")
    {
        let words = &before[first..];
        let has_program = words.iter().any(|word| word == "--") || {
            let takes = |flag: &str| takes_next(exec, flag) || takes_next(command, flag);
            first_word_by(takes, words).is_some()
        };
        if has_program {
            return Reader::Other;
        }
    }
    Reader::Ocx
}

/// Where the first argument stands that is neither a flag nor a flag's value, which is to say a subcommand.
pub(super) fn first_word(command: &Command, args: &[OsString]) -> Option<usize> {
    first_word_by(|flag| takes_next(command, flag), args)
}

fn first_word_by(takes_next: impl Fn(&str) -> bool, args: &[OsString]) -> Option<usize> {
    let mut position = 1;
    while let Some(arg) = args.get(position).and_then(|arg| arg.to_str()) {
        if !arg.starts_with('-') || arg == "-" {
            return Some(position);
        }
        position += if takes_next(arg) { 2 } else { 1 };
    }
    None
}

/// Whether `flag` is one whose value is the next argument.
fn takes_next(command: &Command, flag: &str) -> bool {
    command
        .get_arguments()
        .filter(|arg| arg.get_action().takes_values())
        .any(|arg| {
            arg.get_long()
                .is_some_and(|long| flag.strip_prefix("--") == Some(long))
                || arg
                    .get_short()
                    .is_some_and(|short| flag.strip_prefix('-') == Some(&short.to_string()))
        })
}
