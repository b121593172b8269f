//! What can be typed.

mod global;
mod passthrough;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub(crate) use global::GlobalArgs;
use ocx_core::printable;

use crate::{
    commands::{
        apply::ApplyArgs,
        build::BuildArgs,
        changes::ChangesArgs,
        compat::CompatArgs,
        config::ConfigArgs,
        diff::DiffArgs,
        discard::DiscardArgs,
        exec::{ExecArgs, ShellArgs},
        explain::ExplainArgs,
        init::InitArgs,
        logins::LoginsArgs,
        network::NetworkArgs,
        opencode::OpencodeArgs,
        port::PortArgs,
        ps::{PsArgs, StopArgs},
        status::StatusArgs,
        trust::TrustArgs,
        upgrade::UpgradeArgs,
    },
    exit_code, output,
};

/// Run the opencode coding agent in a hardened container on your own base image.
///
/// ocx takes a base image (by name, or built from a Dockerfile of the project or of
/// ~/.config/ocx), adds one thin layer with opencode, and runs it as you, on the files of the
/// project that you are in.
#[derive(Debug, Parser)]
#[command(name = "ocx", bin_name = "ocx", version, max_term_width = 100, after_help = AFTER_HELP)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings come from ocx.toml or ocx.json in ~/.config/ocx and in the project, from OCX_* variables
and from flags; `ocx config --sources` shows them all.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Build(BuildArgs),
    Compat(CompatArgs),
    Config(ConfigArgs),
    Explain(ExplainArgs),
    Init(InitArgs),
    #[command(visible_alias = "o")]
    Opencode(OpencodeArgs),
    Exec(ExecArgs),
    Shell(ShellArgs),
    Port(PortArgs),
    Ps(PsArgs),
    Stop(StopArgs),
    Changes(ChangesArgs),
    Diff(DiffArgs),
    Apply(ApplyArgs),
    Discard(DiscardArgs),
    Status(StatusArgs),
    Upgrade(UpgradeArgs),
    Logins(LoginsArgs),
    Network(NetworkArgs),
    Trust(TrustArgs),
}

/// Reads the command line. Everything behind `opencode` is left as it is.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Cli, Stop> {
    let (own, passed) = passthrough::split(&Cli::command(), args);
    let stop = |error| Stop(as_printable(error, &own));
    let matches = Cli::command().try_get_matches_from(&own).map_err(stop)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(stop)?;
    if let Command::Opencode(args) = &mut cli.command {
        args.args = passed
            .into_iter()
            .map(|arg| arg.into_string().map_err(|arg| Stop::not_utf8(&arg)))
            .collect::<Result<_, _>>()?;
    }
    Ok(cli)
}

/// An error with the arguments that it quotes made fit to be printed.
///
/// A parser's error is a styled text, in which its own lines cannot be told from an argument's. So it is
/// had once more, from the arguments as they are shown.
fn as_printable(error: clap::Error, args: &[OsString]) -> clap::Error {
    let texts: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
    let shown: Vec<_> = texts.iter().map(|arg| printable::field(arg)).collect();
    if texts == shown {
        return error;
    }
    let shown = shown.iter().map(|arg| OsString::from(&**arg));
    match Cli::command().try_get_matches_from(shown) {
        Err(shown) if shown.kind() == error.kind() => shown,
        // It is the odd characters that make no sense.
        _ => {
            let text = error.render().to_string();
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            Cli::command().error(error.kind(), printable::field(message))
        }
    }
}

/// The command line asks for help or makes no sense.
#[derive(Debug)]
pub(crate) struct Stop(clap::Error);

impl Stop {
    fn not_utf8(arg: &OsString) -> Self {
        let arg = arg.to_string_lossy();
        let message = format!("the argument {} is not UTF-8", printable::field(&arg));
        Self(Cli::command().error(clap::error::ErrorKind::InvalidUtf8, message))
    }

    /// Shows it and tells the exit code.
    pub(crate) fn show(&self) -> ExitCode {
        output::usage(&self.0);
        if self.0.use_stderr() {
            ExitCode::from(exit_code::USAGE)
        } else {
            ExitCode::SUCCESS
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn help(command: &[&str]) -> String {
        let args = command.iter().map(OsString::from).collect();
        parse(args).unwrap_err().0.to_string()
    }

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_texts() {
        insta::assert_snapshot!("help", help(&["ocx", "--help"]));
        insta::assert_snapshot!("help_build", help(&["ocx", "build", "--help"]));
        insta::assert_snapshot!("help_config", help(&["ocx", "config", "--help"]));
        insta::assert_snapshot!("help_init", help(&["ocx", "init", "--help"]));
        insta::assert_snapshot!("help_status", help(&["ocx", "status", "--help"]));
        insta::assert_snapshot!("help_upgrade", help(&["ocx", "upgrade", "--help"]));
        insta::assert_snapshot!("help_compat", help(&["ocx", "compat", "--help"]));
        insta::assert_snapshot!("help_opencode", help(&["ocx", "help", "opencode"]));
        for command in [
            "exec", "shell", "port", "ps", "stop", "logins", "trust", "changes", "diff", "apply",
            "discard", "explain", "network",
        ] {
            insta::assert_snapshot!(format!("help_{command}"), help(&["ocx", command, "--help"]));
        }
        for command in ["allow", "deny", "log", "pending", "sets"] {
            let text = help(&["ocx", "network", command, "--help"]);
            insta::assert_snapshot!(format!("help_network_{command}"), text);
        }
    }

    #[test]
    fn what_follows_opencode_is_not_ours() {
        for (line, expected) in [
            ("ocx opencode --help", vec!["--help"]),
            (
                "ocx --quiet o run --verbose x",
                vec!["run", "--verbose", "x"],
            ),
            (
                "ocx --set runtime=docker --runtime docker opencode -- --dry-run",
                vec!["--", "--dry-run"],
            ),
            ("ocx o", vec![]),
        ] {
            let cli = parse(line.split(' ').map(OsString::from).collect()).unwrap();
            let Command::Opencode(args) = cli.command else {
                panic!("{line}")
            };
            assert_eq!(args.args, expected, "{line}");
        }
    }

    #[test]
    fn what_follows_the_program_of_exec_is_not_ours() {
        let line = "ocx exec --new ls --new --help -q";
        let cli = parse(line.split(' ').map(OsString::from).collect()).unwrap();
        let Command::Exec(args) = cli.command else {
            panic!("{line}")
        };
        assert_eq!(args.command, ["ls", "--new", "--help", "-q"]);
        assert_eq!(args.place.place(), ocx_core::ops::Place::New);
    }

    #[test]
    fn flags_may_follow_other_commands() {
        let cli = parse(
            ["ocx", "build", "--dry-run", "--base"]
                .map(OsString::from)
                .to_vec(),
        )
        .unwrap();
        assert!(cli.global.dry_run);
        let cli = parse(
            ["ocx", "config", "--set", "runtime=docker"]
                .map(OsString::from)
                .to_vec(),
        )
        .unwrap();
        assert_eq!(cli.global.set.len(), 1);
    }
}
