//! `ocx bug-report`.

use std::{error::Error, fs, iter, process::ExitCode};

use clap::Args;
use ocx_core::host::Host;

use super::{config, doctor, status, version};
use crate::{args::GlobalArgs, context::Context, failure::Failure};

/// Print what a bug report needs, without names of yours
///
/// In Markdown, to be pasted: versions, the machine, what `ocx doctor` and `ocx status` say, and the settings
/// that are set. Nothing is changed or sent. Your home directory, the project's path, your user name and that of
/// the machine are replaced; values of variables and build arguments are left out. Look through the rest before
/// you publish it: names of images and networks, and texts of engines, stay.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct BugReportArgs {}

const EXAMPLES: &str = "\
Examples:
  ocx bug-report > report.md
  ocx --runtime podman bug-report";

/// Shorter names of users and machines are words of their own too often.
const SHORTEST_NAME: usize = 3;

pub(crate) async fn run(global: &GlobalArgs) -> Result<ExitCode, Failure> {
    let host = Host::of_this_process()?;
    let context = Context::if_there_is_one(global);
    let versions = version::as_text(context.as_ref().map(|context| &context.loaded), None);
    let mut names = vec![(host.home.to_string(), "~")];
    let (status, settings) = match context {
        Ok(context) => {
            names.insert(0, (context.project.root.to_string(), "PROJECT"));
            let settings = or_defaults(config::that_are_set(&context));
            let status = status::report(global, context).await;
            (status.unwrap_or_else(|failure| told(&failure)), settings)
        }
        Err(failure) => (told(&failure), told(&failure)),
    };
    for (name, word) in [(&host.user.name, "USER"), (&host.machine, "MACHINE")] {
        if name.len() >= SHORTEST_NAME {
            names.push((name.clone(), word));
        }
    }
    let sections = [
        ("Versions", versions),
        ("Machine", machine()),
        ("ocx doctor", doctor::report(global, host).await),
        ("ocx status", status),
        ("Settings", settings),
    ];
    global.ui().answer(&in_markdown(&sections, &names))?;
    Ok(ExitCode::SUCCESS)
}

/// The settings that are set; that none is, is said.
fn or_defaults(set: String) -> String {
    if set.trim().is_empty() {
        "all defaults\n".to_owned()
    } else {
        set
    }
}

/// A failure with its causes.
fn told(failure: &Failure) -> String {
    let causes = iter::successors(failure.source(), |&error| error.source());
    let causes = causes.map(|error| format!("because {error}\n"));
    iter::once(format!("error: {failure}\n"))
        .chain(causes)
        .collect()
}

fn machine() -> String {
    let kernel = rustix::system::uname();
    let kernel = [kernel.sysname(), kernel.release(), kernel.machine()]
        .map(|word| word.to_string_lossy().into_owned())
        .join(" ");
    // <https://www.freedesktop.org/software/systemd/man/latest/os-release.html>
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release
        .lines()
        .find_map(|line| line.strip_prefix("PRETTY_NAME="))
        .map_or("unknown", |name| name.trim_matches('"'));
    format!("{name}\n{kernel}\n")
}

fn in_markdown(sections: &[(&str, String)], names: &[(String, &str)]) -> String {
    let mut text =
        "## What happened\n\n(what you typed, what you expected, what came instead)\n".to_owned();
    for (title, content) in sections {
        let content = without(names, content);
        let content = content.trim_end();
        // A fence of the content's own does not end this one.
        let fence = "`".repeat(longest_run(content).max(2) + 1);
        text.push_str(&format!(
            "\n## {title}\n\n{fence}text\n{content}\n{fence}\n"
        ));
    }
    text
}

fn longest_run(text: &str) -> usize {
    text.split(|character| character != '`')
        .map(str::len)
        .max()
        .unwrap_or_default()
}

/// The text with each of the names replaced, where it is a whole word or path.
fn without(names: &[(String, &str)], text: &str) -> String {
    let mut text = text.to_owned();
    for (name, word) in names {
        let is_part = |character: char| character.is_alphanumeric() || character == '_';
        let mut rest = text.as_str();
        let mut replaced = String::new();
        while let Some(at) = rest.find(name.as_str()) {
            let (before, behind) = (&rest[..at], &rest[at + name.len()..]);
            replaced.push_str(before);
            let is_whole = !replaced.ends_with(is_part) && !behind.starts_with(is_part);
            replaced.push_str(if is_whole { word } else { name });
            rest = behind;
        }
        replaced.push_str(rest);
        text = replaced;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_where_they_are_whole() {
        let names = [
            ("/home/jane/app".to_owned(), "PROJECT"),
            ("/home/jane".to_owned(), "~"),
            ("jane".to_owned(), "USER"),
        ];
        for (text, expected) in [
            ("/home/jane/app/ocx.toml", "PROJECT/ocx.toml"),
            ("/home/jane/apple", "~/apple"),
            ("/home/janet", "/home/janet"),
            ("/srv/jane-2 of jane", "/srv/USER-2 of USER"),
            ("", ""),
        ] {
            assert_eq!(without(&names, text), expected, "{text}");
        }
    }

    #[test]
    fn without_settings_it_says_so() {
        assert_eq!(or_defaults(String::new()), "all defaults\n");
        assert_eq!(or_defaults("memory = 1\n".to_owned()), "memory = 1\n");
    }

    #[test]
    fn no_content_ends_its_fence() {
        let text = in_markdown(&[("One", "a\n````\nb\n".to_owned())], &[]);
        insta::assert_snapshot!(text, @r"
        ## What happened

        (what you typed, what you expected, what came instead)

        ## One

        `````text
        a
        ````
        b
        `````
        ");
    }
}
