//! What can be typed.

mod global;
mod groups;
mod habits;
#[cfg(test)]
mod pages;
mod passthrough;
mod setting_name;
mod suggestion;

use std::{ffi::OsString, process::ExitCode};

use clap::{Command as Definition, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub(crate) use global::GlobalArgs;
use ocx_core::printable;
pub(crate) use passthrough::Reader;
pub(crate) use setting_name::KeyParser;

use crate::{
    commands::{
        adopt::AdoptArgs,
        apply::ApplyArgs,
        attach::AttachArgs,
        bug_report::BugReportArgs,
        build::BuildArgs,
        cache::CacheArgs,
        changes::ChangesArgs,
        compat::CompatArgs,
        completions::CompletionsArgs,
        config::ConfigArgs,
        detach::DetachedSessionArgs,
        diff::DiffArgs,
        discard::DiscardArgs,
        doctor::DoctorArgs,
        du::DuArgs,
        exec::{ExecArgs, ShellArgs},
        explain::ExplainArgs,
        image::ImageArgs,
        init::InitArgs,
        logins::LoginsArgs,
        logs::LogsArgs,
        man::ManArgs,
        network::NetworkArgs,
        opencode::{OpencodeArgs, RunArgs},
        port::PortArgs,
        prune::PruneAllArgs,
        ps::{PsArgs, StopArgs},
        stats::StatsArgs,
        status::StatusArgs,
        trust::TrustArgs,
        upgrade::UpgradeArgs,
        version::VersionArgs,
        volume::VolumeArgs,
        wait::WaitArgs,
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
    #[command(flatten, next_help_heading = "Global options")]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const AFTER_HELP: &str = "\
Settings come from ocx.toml or ocx.json in ~/.config/ocx and in the project, from OCX_* variables
and from flags; `ocx config --sources` shows them all.

Examples:
  ocx opencode
  ocx run \"fix the failing tests\"";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Adopt(AdoptArgs),
    Build(BuildArgs),
    Compat(CompatArgs),
    Config(ConfigArgs),
    Explain(ExplainArgs),
    Init(InitArgs),
    #[command(visible_alias = "o")]
    Opencode(OpencodeArgs),
    Run(RunArgs),
    Exec(ExecArgs),
    Shell(ShellArgs),
    Port(PortArgs),
    #[command(visible_alias = "ls")]
    Ps(PsArgs),
    Stats(StatsArgs),
    Stop(StopArgs),
    Attach(AttachArgs),
    Logs(LogsArgs),
    Wait(WaitArgs),
    #[command(hide = true)]
    DetachedSession(DetachedSessionArgs),
    Changes(ChangesArgs),
    Diff(DiffArgs),
    Apply(ApplyArgs),
    Discard(DiscardArgs),
    Status(StatusArgs),
    Upgrade(UpgradeArgs),
    Logins(LoginsArgs),
    Network(NetworkArgs),
    Trust(TrustArgs),
    Du(DuArgs),
    Prune(PruneAllArgs),
    Image(ImageArgs),
    Volume(VolumeArgs),
    Cache(CacheArgs),
    Doctor(DoctorArgs),
    BugReport(BugReportArgs),
    Version(VersionArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// All that can be typed, for what shows it or reads it.
pub(crate) fn definition() -> Definition {
    groups::in_groups(Cli::command())
}

/// The page of help of a command, in plain text.
pub(crate) fn help_of(command: &str) -> String {
    let help = ["ocx", "help", command].map(OsString::from).to_vec();
    match parse(help) {
        Err(Stop(page)) => page.render().to_string(),
        Ok(_) => String::new(),
    }
}

/// Whose the word behind these is, `ocx` among them.
pub(crate) fn reader_of(before: &[OsString]) -> Reader {
    passthrough::reader_of(&definition(), before)
}

/// Reads the command line. Everything behind `opencode` and `run` is left as it is.
pub(crate) fn parse(args: Vec<OsString>) -> Result<Cli, Stop> {
    let definition = definition();
    let (own, passed) = passthrough::split(&definition, args);
    let stop = |error| {
        let error = as_printable(error, &own);
        Stop(suggestion::improve(error, &definition, &own))
    };
    let matches = definition
        .clone()
        .try_get_matches_from(&own)
        .map_err(stop)?;
    let mut cli = Cli::from_arg_matches(&matches).map_err(stop)?;
    if let Command::Exec(ExecArgs { command, .. }) = &cli.command
        && let Some(flag) = passthrough::flag_for_program(&own, command)
    {
        return Err(Stop(suggestion::flag_for_program(&definition, flag)));
    }
    if let Command::Opencode(OpencodeArgs { args, detach })
    | Command::Run(RunArgs { args, detach }) = &mut cli.command
    {
        let command = passthrough::first_word(&definition, &own).unwrap_or(own.len());
        detach.own = own[1..command].to_vec();
        *args = passed
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
    match definition().try_get_matches_from(shown) {
        Err(shown) if shown.kind() == error.kind() => shown,
        // It is the odd characters that make no sense.
        _ => {
            let text = error.render().to_string();
            let message = text.split("\n\n").next().unwrap_or_default();
            let message = message.strip_prefix("error: ").unwrap_or(message);
            definition().error(error.kind(), printable::field(message))
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
        Self(definition().error(clap::error::ErrorKind::InvalidUtf8, message))
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
        definition().debug_assert();
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
        insta::assert_snapshot!("help_run", help(&["ocx", "help", "run"]));
        for command in [
            "exec",
            "shell",
            "port",
            "ps",
            "stop",
            "logins",
            "trust",
            "changes",
            "diff",
            "apply",
            "discard",
            "explain",
            "network",
            "version",
            "completions",
            "man",
            "doctor",
            "bug-report",
            "du",
            "prune",
            "attach",
            "logs",
            "wait",
            "adopt",
            "stats",
            "image",
            "volume",
            "cache",
        ] {
            insta::assert_snapshot!(format!("help_{command}"), help(&["ocx", command, "--help"]));
        }
        for command in ["get", "set", "unset", "path", "schema"] {
            let text = help(&["ocx", "config", command, "--help"]);
            insta::assert_snapshot!(format!("help_config_{command}"), text);
        }
        for (command, inner) in [
            ("image", "list"),
            ("image", "rm"),
            ("volume", "list"),
            ("volume", "rm"),
            ("cache", "list"),
            ("cache", "prune"),
        ] {
            let text = help(&["ocx", command, inner, "--help"]);
            insta::assert_snapshot!(format!("help_{command}_{inner}"), text);
        }
        for command in ["allow", "deny", "log", "pending", "sets"] {
            let text = help(&["ocx", "network", command, "--help"]);
            insta::assert_snapshot!(format!("help_network_{command}"), text);
        }
    }

    /// Calls `look` with each command that can be typed, and what is typed for it.
    fn for_each_command(look: &mut dyn FnMut(&[&str], &Definition)) {
        fn walk<'a>(
            words: &mut Vec<&'a str>,
            command: &'a Definition,
            look: &mut dyn FnMut(&[&str], &Definition),
        ) {
            words.push(command.get_name());
            look(words, command);
            for inner in command.get_subcommands() {
                walk(words, inner, look);
            }
            words.pop();
        }
        walk(&mut Vec::new(), &definition(), look);
    }

    #[test]
    fn each_page_of_the_help_ends_with_examples() {
        for_each_command(&mut |words, command| {
            let text = command.get_after_help().map(ToString::to_string);
            let text = text.unwrap_or_else(|| panic!("{words:?} has no examples"));
            let (_, examples) = text
                .split_once("Examples:\n")
                .unwrap_or_else(|| panic!("{words:?}: {text}"));
            let mut own = 0;
            for line in examples.lines() {
                let line = line.strip_prefix("  ").unwrap_or_else(|| panic!("{line}"));
                if !line.starts_with("ocx ") {
                    continue;
                }
                let mut typed = shell_words::split(line).unwrap();
                typed.truncate(
                    typed
                        .iter()
                        .position(|word| word == ">")
                        .unwrap_or(typed.len()),
                );
                if let Err(stop) = parse(typed.iter().map(OsString::from).collect()) {
                    panic!("{line}: {}", stop.0);
                }
                let mut typed = typed.iter().map(String::as_str);
                if words.iter().all(|word| typed.any(|typed| typed == *word)) {
                    own += 1;
                }
            }
            assert!(own > 0, "no example of {words:?} is one: {examples}");
        });
    }

    #[test]
    fn the_flags_of_every_command_come_last() {
        for_each_command(&mut |words, command| {
            let path = words.iter().skip(1).copied();
            // `--help` behind `opencode` is opencode's.
            let line: Vec<&str> = ["ocx", "help"].into_iter().chain(path).collect();
            let text = help(&line);
            let (before, after) = text.split_once("Global options:").unwrap();
            let global = "Show the commands that are sent";
            assert!(!before.contains(global), "{text}");
            assert!(after.contains(global), "{text}");
            let is_own = |arg: &&clap::Arg| !arg.is_global_set() && !arg.is_hide_set();
            for arg in command.get_arguments().filter(is_own) {
                let long = arg.get_long().map(|long| format!("--{long}"));
                assert!(long.is_none_or(|long| before.contains(&long)), "{text}");
            }
        });
    }

    #[test]
    fn what_other_programs_of_the_kind_take() {
        let parsed = |line: &str| {
            parse(line.split(' ').map(OsString::from).collect())
                .unwrap_or_else(|stop| panic!("{line}: {}", stop.0))
                .command
        };
        assert!(matches!(parsed("ocx ls --json"), Command::Ps(args) if args.json));
        for line in [
            "ocx exec -it bash -i",
            "ocx exec -i -t bash -i",
            "ocx exec --interactive --tty bash -i",
        ] {
            let Command::Exec(args) = parsed(line) else {
                panic!("{line}")
            };
            assert_eq!(args.command, ["bash", "-i"], "{line}");
        }
        let Command::Run(args) = parsed("ocx -q run --model x/y add --help") else {
            panic!()
        };
        assert_eq!(args.args, ["--model", "x/y", "add", "--help"]);
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
    fn only_directly_behind_opencode_a_session_is_detached() {
        let parsed = |line: &str| {
            let cli = parse(line.split(' ').map(OsString::from).collect()).unwrap();
            match cli.command {
                Command::Opencode(OpencodeArgs { args, detach })
                | Command::Run(RunArgs { args, detach }) => (args, detach),
                other => panic!("{line}: {other:?}"),
            }
        };
        let (args, detach) = parsed("ocx -q --set a=b o --detach --notify --continue");
        assert_eq!(args, ["--continue"]);
        assert!(detach.detach && detach.notify);
        assert_eq!(detach.own, ["-q", "--set", "a=b"]);
        let (args, detach) = parsed("ocx run --detach fix --detach it");
        assert_eq!(args, ["fix", "--detach", "it"]);
        assert!(detach.detach && !detach.notify);
        let (args, detach) = parsed("ocx run -- --detach");
        assert_eq!(args, ["--", "--detach"]);
        assert!(!detach.detach);
        let alone = ["ocx", "run", "--notify", "x"].map(OsString::from);
        assert!(parse(alone.to_vec()).is_err());
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
