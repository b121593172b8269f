//! Why something failed, for people: one cause, and nothing between them and it. The command line that
//! an engine got, and what lies between the first cause and the last, is for those who ask with `-v`.

use std::error::Error;

use ocx_core::runtime::{CommandError, UnexpectedAnswer};

use crate::{
    output,
    ui::{Ui, Verbosity},
};

/// The causes of an error, from what it says itself to the last one.
#[derive(Debug, PartialEq, Eq)]
struct Causes {
    /// The engine's command, if there was one.
    command: Option<String>,
    /// What went wrong, the nearest first.
    causes: Vec<String>,
}

impl Causes {
    fn of(error: &(dyn Error + 'static), ui: Ui) -> Self {
        let mut command = None;
        let mut causes: Vec<String> = Vec::new();
        // Transparent errors show what is inside them, so their own causes are the next ones.
        let mut cause = error.source();
        while let Some(error) = cause {
            command = command.or_else(|| whole_command(error));
            let said = match error.downcast_ref::<CommandError>() {
                // It was told while the command ran.
                Some(error) if error.told && ui.says(Verbosity::Normal) => error.summary(),
                _ => error.to_string(),
            };
            if causes.last().is_none_or(|last| !last.contains(&said)) {
                causes.push(said);
            }
            cause = error.source();
        }
        if !ui.says(Verbosity::Verbose) {
            causes = in_one(causes);
            command = None;
        }
        Self { command, causes }
    }
}

/// The first and the last cause in one: the first says with what, the last why.
fn in_one(mut causes: Vec<String>) -> Vec<String> {
    let Some(last) = causes.pop() else {
        return causes;
    };
    match causes.into_iter().next() {
        None => vec![last],
        Some(first) => vec![format!("{first}: {last}")],
    }
}

/// The engine's command in an error.
fn whole_command(error: &(dyn Error + 'static)) -> Option<String> {
    if let Some(error) = error.downcast_ref::<CommandError>() {
        return Some(error.command.whole().to_owned());
    }
    let answer = error.downcast_ref::<UnexpectedAnswer>()?;
    Some(answer.command.whole().to_owned())
}

/// Shows why something failed.
pub(crate) fn show(error: &(dyn Error + 'static), ui: Ui) {
    let Causes { command, causes } = Causes::of(error, ui);
    if let Some(command) = command {
        output::failed_command(&command);
    }
    for cause in causes {
        output::cause_with_output(&cause);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use ocx_core::{
        ops::{OcxError, in_full},
        runtime::{CommandLine, EngineName, Failure, RuntimeError},
    };

    use super::*;

    const QUIET: (bool, bool) = (true, false);
    const NORMAL: (bool, bool) = (false, false);
    const VERBOSE: (bool, bool) = (false, true);
    const WHOLE: &str = "docker frobnicate --very --long /command";

    fn of(error: &(dyn Error + 'static), (quiet, verbose): (bool, bool)) -> Causes {
        Causes::of(error, Ui::new(quiet, verbose))
    }

    fn command_error(failure: Failure, told: bool) -> CommandError {
        CommandError {
            command: CommandLine::new("docker frobnicate", WHOLE),
            failure,
            stderr: "first\nlast".to_owned(),
            told,
            step: None,
        }
    }

    /// Each kind that an engine's command leads to.
    fn kinds() -> Vec<RuntimeError> {
        let engine: EngineName = "docker".parse().unwrap();
        let image = "team:1".parse().unwrap();
        let image = || -> ocx_core::image::ImageReference { Clone::clone(&image) };
        let source = || command_error(Failure::Code(125), false);
        let engine = || engine;
        vec![
            RuntimeError::Unreachable {
                engine: engine(),
                source: source(),
            },
            RuntimeError::TimedOut {
                engine: engine(),
                source: command_error(Failure::TimedOut(Duration::from_secs(5)), false),
            },
            RuntimeError::Denied {
                engine: engine(),
                source: source(),
            },
            RuntimeError::BuildFailed {
                image: image(),
                obstacle: None,
                source: source(),
            },
            RuntimeError::PullFailed {
                engine: engine(),
                image: image(),
                source: source(),
            },
            RuntimeError::StartFailed {
                engine: engine(),
                source: source(),
            },
            RuntimeError::CommandNotRun {
                source: command_error(Failure::Io("no".to_owned()), false),
            },
            RuntimeError::CommandFailed {
                engine: engine(),
                source: command_error(Failure::Signal(9), false),
            },
            RuntimeError::NetworkNotMade {
                engine: engine(),
                source: source(),
            },
            RuntimeError::UnexpectedOutput {
                source: UnexpectedAnswer {
                    command: CommandLine::new("docker frobnicate", WHOLE),
                    reason: "odd".to_owned(),
                    beginning: "first\nlast".to_owned(),
                },
            },
        ]
    }

    #[test]
    fn no_kind_of_error_has_the_command_line_unless_asked_for() {
        for error in kinds() {
            let name = format!("{error:?}");
            assert!(!in_full(&error).contains(WHOLE), "{name}");
            for level in [QUIET, NORMAL] {
                let causes = of(&error, level);
                assert_eq!((causes.command, causes.causes.len()), (None, 1), "{name}");
                assert!(causes.causes[0].ends_with("\nlast"), "{name}");
                assert!(!causes.causes[0].contains(WHOLE), "{name}");
            }
            let causes = of(&error, VERBOSE);
            assert_eq!(causes.command.as_deref(), Some(WHOLE), "{name}");
            let wrapped = OcxError::from(error);
            assert_eq!(of(&wrapped, VERBOSE).command.as_deref(), Some(WHOLE));
            assert_eq!(of(&wrapped, NORMAL).causes.len(), 1, "{name}");
        }
    }

    #[test]
    fn what_was_told_is_not_told_again() {
        let error = RuntimeError::CommandFailed {
            engine: "docker".parse().unwrap(),
            source: command_error(Failure::Code(1), true),
        };
        let summary = "`docker frobnicate` exited with status 1";
        assert_eq!(of(&error, NORMAL).causes, [summary]);
        assert_eq!(
            of(&error, QUIET).causes,
            [format!("{summary}\nfirst\nlast")]
        );
    }

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        source: Option<Box<Link>>,
    }

    fn chain(texts: &[&'static str]) -> Link {
        let (text, rest) = texts.split_first().unwrap();
        Link {
            text,
            source: (!rest.is_empty()).then(|| Box::new(chain(rest))),
        }
    }

    #[test]
    fn a_long_chain_is_one_cause() {
        let long = chain(&[
            "whole",
            "fetching x",
            "sending",
            "sending",
            "dns",
            "no such name",
        ]);
        assert_eq!(of(&long, NORMAL).causes, ["fetching x: no such name"]);
        let all = ["fetching x", "sending", "dns", "no such name"];
        assert_eq!(of(&long, VERBOSE).causes, all);
        assert_eq!(of(&chain(&["whole", "a"]), NORMAL).causes, ["a"]);
        assert!(of(&chain(&["whole"]), NORMAL).causes.is_empty());
    }
}
