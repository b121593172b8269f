//! Telling a program's own exit code from the failure to start it.
//!
//! Exit codes do not tell: engines and init processes end with 125, 126, 127 or 1, and so do
//! programs. So, after such a code only, the image's own opencode is asked in the program's place,
//! under the same conditions: that it answers proves that the engine can start the container, and it
//! tells whether the program is there.

use std::time::Duration;

use crate::ops::{
    Ocx, SessionError,
    lost_output::once_more,
    session::program_problem::{Judgement, ProgramProblem, ProgramProblemKind},
};
use crate::{
    layout,
    report::EventKind,
    runtime::{ContainerId, Exit, RunOutcome, RuntimeError, Started},
    spec::{
        ContainerName, EnvValue, Environment, ExecSpec, Init, Output, RunSpec, Stdin, Terminal,
    },
};

/// The check takes half a second; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// See there.
const CHECK: &str = include_str!("program_check.js");

/// What came of a run in the program's place.
#[derive(Debug)]
enum Witness {
    /// The engine started it, and it says this of the program.
    Judged(Judgement),
    /// The engine started it.
    Started,
    /// The engine did not start it, as far as can be told.
    NotStarted,
}

/// How a program ended, and what it printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ops) struct Finished {
    pub(in crate::ops) exit: Exit,
    pub(in crate::ops) stdout: Vec<u8>,
    pub(in crate::ops) stderr: Vec<u8>,
}

impl From<RunOutcome> for Finished {
    fn from(outcome: RunOutcome) -> Self {
        Self {
            exit: outcome.exit,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
        }
    }
}

/// What is known of the program that is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ops) enum Presence {
    /// It is in the image, and was tried out there.
    Certain,
    /// Perhaps it is not there.
    Uncertain,
}

impl Ocx {
    /// Runs a session's container, and tells whose exit code it was.
    pub(in crate::ops) async fn run_program(
        &self,
        spec: &RunSpec,
        presence: Presence,
    ) -> Result<Finished, SessionError> {
        self.reporter.report(EventKind::ProgramBegins.into());
        let failure = match self.runtime.run(spec).await {
            Ok(outcome) if is_its_own(&outcome, presence) => return Ok(outcome.into()),
            Ok(outcome) => {
                let witness = self.witness(spec, spec.init).await?;
                match (witness, outcome.started.clone()) {
                    (Witness::Judged(Judgement::Problem(problem)), _)
                        if may_be_the_reason(&problem, spec.init) =>
                    {
                        return Err(SessionError::Program(problem));
                    }
                    (Witness::NotStarted, Started::Unknown(source)) => RuntimeError::StartFailed {
                        engine: self.runtime.name(),
                        source,
                    },
                    _ => return Ok(outcome.into()),
                }
            }
            Err(RuntimeError::StartFailed { .. }) if self.has_made_network_anew(spec).await? => {
                return Box::pin(self.run_program(spec, presence)).await;
            }
            Err(failure @ RuntimeError::StartFailed { .. }) => {
                match self.witness(spec, spec.init).await? {
                    Witness::Judged(Judgement::Problem(problem)) => {
                        return Err(SessionError::Program(problem));
                    }
                    // Whatever it was is over, such as a port that somebody else had.
                    Witness::Judged(Judgement::Fine) | Witness::Started => {
                        return Err(failure.into());
                    }
                    Witness::NotStarted => failure,
                }
            }
            Err(other) => return Err(other.into()),
        };
        if spec.init == Init::Program
            || matches!(
                self.witness(spec, Init::Program).await?,
                Witness::NotStarted
            )
        {
            return Err(failure.into());
        }
        self.init_does_not_start();
        let without = RunSpec {
            init: Init::Program,
            ..spec.clone()
        };
        Box::pin(self.run_program(&without, presence)).await
    }

    /// Runs a program in a running session, and tells whose exit code it was.
    pub(in crate::ops) async fn exec_program(
        &self,
        spec: &ExecSpec,
    ) -> Result<Finished, SessionError> {
        self.reporter.report(EventKind::ProgramBegins.into());
        let outcome = self.runtime.exec(spec).await?;
        if outcome.started == Started::Yes {
            return Ok(outcome.into());
        }
        let program = &spec.command[0];
        let check = ExecSpec {
            command: check_command(spec.working_directory.as_str(), program),
            environment: with_runtime(&spec.environment),
            working_directory: "/".into(),
            terminal: Terminal::Piped,
            stdin: Stdin::Null,
            output: Output::Capture,
            ..spec.clone()
        };
        let ask = || tokio::time::timeout(PATIENCE, self.runtime.exec(&check));
        let mut answer = ask().await;
        if matches!(&answer, Ok(Ok(first)) if self.is_output_lost(first)) {
            answer = ask().await;
        }
        // A container that is gone cannot tell any more.
        let judgement = match answer {
            Ok(Ok(answer)) => Judgement::read(program, &answer.stdout),
            Ok(Err(_)) | Err(_) => None,
        };
        match judgement {
            Some(Judgement::Problem(problem)) => Err(SessionError::Program(problem)),
            Some(Judgement::Fine) | None => Ok(outcome.into()),
        }
    }

    /// Runs the check of a program in its place, under the same conditions but for the init process.
    async fn witness(&self, spec: &RunSpec, init: Init) -> Result<Witness, SessionError> {
        let program = &spec.command[0];
        let prefix = match init {
            Init::Engine => "check",
            Init::Program => "check-without-init",
        };
        let check = RunSpec {
            name: name_before(spec, prefix),
            command: check_command(spec.working_directory.as_str(), program),
            launcher: Vec::new(),
            environment: with_runtime(&spec.environment),
            // Not in the workspace, where there may be settings of this runtime.
            working_directory: "/".into(),
            labels: [].into(),
            terminal: Terminal::Piped,
            init,
            stdin: Stdin::Null,
            output: Output::Capture,
            ..spec.clone()
        };
        let first = self.witness_by(&check).await?;
        Ok(match first {
            Some(witness) => witness,
            None => {
                let second = self.witness_by(&once_more(&check)).await?;
                second.unwrap_or(Witness::Started)
            }
        })
    }

    /// Runs a check; `None` if what it said did not arrive.
    async fn witness_by(&self, check: &RunSpec) -> Result<Option<Witness>, SessionError> {
        let program = check.command.last().expect("it is what is checked");
        let Ok(result) = tokio::time::timeout(PATIENCE, self.runtime.run(check)).await else {
            self.abandon(check).await;
            return Ok(Some(Witness::Started));
        };
        Ok(Some(match result {
            Ok(outcome) if self.is_output_lost(&outcome) => return Ok(None),
            Ok(outcome) => match Judgement::read(program, &outcome.stdout) {
                Some(judgement) => Witness::Judged(judgement),
                None if matches!(outcome.started, Started::Unknown(_)) => Witness::NotStarted,
                None => Witness::Started,
            },
            Err(RuntimeError::StartFailed { .. }) => Witness::NotStarted,
            Err(other) => return Err(other.into()),
        }))
    }

    /// Stops a container that nobody waits for any more: it outlives its client.
    pub(in crate::ops) async fn abandon(&self, spec: &RunSpec) {
        self.stop(spec, Duration::from_secs(1)).await;
    }

    pub(in crate::ops) async fn stop(&self, spec: &RunSpec, grace: Duration) {
        if let Some(name) = &spec.name {
            let container = ContainerId(name.to_string());
            let _ = self.runtime.stop_container(&container, grace).await;
        }
    }
}

/// Another name for a container like this one. It does not begin with the first one's, since Docker
/// takes the name in a filter of events for a beginning (20.10 to 28.5).
pub(in crate::ops) fn name_before(spec: &RunSpec, prefix: &str) -> Option<ContainerName> {
    let name = spec.name.as_ref()?;
    format!("{prefix}-{name}").parse().ok()
}

/// Whether a code is the program's own without a doubt.
fn is_its_own(outcome: &RunOutcome, presence: Presence) -> bool {
    match (&outcome.started, presence) {
        (Started::Yes, _) => true,
        // Codes like 1 are common, and opencode is there.
        (Started::Perhaps, Presence::Certain) => true,
        (Started::Perhaps, Presence::Uncertain) | (Started::Unknown(_), _) => false,
    }
}

/// Whether a program with this problem has not run. Init processes hand a file without a known format
/// to the shell, so the code is the script's own.
fn may_be_the_reason(problem: &ProgramProblem, init: Init) -> bool {
    init == Init::Program || problem.kind != ProgramProblemKind::NoFormat
}

fn check_command(directory: &str, program: &str) -> Vec<String> {
    let opencode = format!("{}/opencode", layout::BIN);
    [&opencode, "-e", CHECK, "--", directory, program]
        .map(str::to_owned)
        .to_vec()
}

/// With the variable that makes opencode its own runtime.
fn with_runtime(environment: &Environment) -> Environment {
    let mut environment = environment.clone();
    environment.insert(
        layout::AS_RUNTIME.parse().expect("a name"),
        EnvValue::Plain("1".to_owned()),
    );
    environment
}
