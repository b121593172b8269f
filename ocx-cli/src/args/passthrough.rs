//! Cutting the command line where opencode's own arguments begin.

use std::ffi::OsString;

use clap::Command;

/// The subcommands whose arguments are another program's.
const PASSED: [&str; 2] = ["opencode", "o"];

/// Splits behind a subcommand that passes its arguments on, if that is the first subcommand. A
/// parser would interpret some of them: `--help`, `--`, flags that ocx has, too.
pub(super) fn split(command: &Command, mut args: Vec<OsString>) -> (Vec<OsString>, Vec<OsString>) {
    let mut position = 1;
    while let Some(arg) = args.get(position).and_then(|arg| arg.to_str()) {
        if !arg.starts_with('-') || arg == "-" {
            if PASSED.contains(&arg) {
                let passed = args.split_off(position + 1);
                return (args, passed);
            }
            break;
        }
        position += if takes_next(command, arg) { 2 } else { 1 };
    }
    (args, Vec::new())
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
