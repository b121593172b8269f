//! Running programs in the foreground, in a container of their own or in one that is there.

use std::time::Duration;

use super::{
    CliRuntime, Dialect, Invocation, Presence,
    abandoned::StopWhenAbandoned,
    args,
    contained_exit::{self, Ended, Foreground, OnInterrupt},
    start_record::StartRecord,
};
use crate::{
    runtime::{
        CommandError, CommandLine, ContainerId, Exit, Failure, RunOutcome, RuntimeError, Started,
    },
    spec::{AttachSpec, ContainerName, ExecSpec, Init, Output, RunSpec, Stdin, Terminal},
};

/// How long an interrupted program gets to end before it is killed.
const GRACE: Duration = Duration::from_secs(10);

/// How long one gets that ignores every signal, as opencode does without an init process.
const NO_GRACE: Duration = Duration::from_secs(1);

impl Ended {
    fn with(self, exit: Exit, started: Started) -> RunOutcome {
        RunOutcome {
            exit,
            started,
            stdout: self.stdout,
            stderr: self.stderr,
        }
    }

    fn ended(self, exit: Exit) -> RunOutcome {
        self.with(exit, Started::Yes)
    }

    fn error(&self, command: CommandLine, failure: Failure) -> CommandError {
        CommandError {
            command,
            failure,
            stderr: String::from_utf8_lossy(&self.stderr).trim_end().to_owned(),
            told: false,
            step: None,
        }
    }
}

/// A name for a container that was given none.
fn made_up_name() -> std::io::Result<ContainerName> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
    let name = format!("ocx-{}", hex::encode(bytes));
    Ok(name.parse().expect("a name of letters, digits and `-`"))
}

fn code(code: i32) -> Exit {
    Exit::Code(u8::try_from(code).unwrap_or(u8::MAX))
}

impl<D: Dialect> CliRuntime<D> {
    pub(super) async fn run_in_foreground(
        &self,
        spec: &RunSpec,
    ) -> Result<RunOutcome, RuntimeError> {
        // By its name it is stopped, and its record found.
        let name = match &spec.name {
            Some(name) => name.clone(),
            None => made_up_name().map_err(|source| RuntimeError::Other {
                engine: self.dialect.name(),
                source: source.into(),
            })?,
        };
        let spec = &RunSpec {
            name: Some(name.clone()),
            ..spec.clone()
        };
        let container = ContainerId(name.to_string());
        let invocation = args::run_invocation(&self.dialect, &self.client.program, spec);
        let grace = match spec.init {
            Init::Engine => GRACE,
            Init::Program => NO_GRACE,
        };
        let stop = || async {
            let stopped = self.stop_container_within(&container, grace).await;
            // One that cannot be asked about does not get better by asking on.
            !matches!(stopped, Ok(Presence::Missing))
        };
        // Without an init process opencode is process 1 and ignores what the client passes on; in a
        // terminal the key is opencode's own business.
        let on_interrupt = match (spec.init, spec.terminal) {
            (Init::Program, Terminal::Piped) => OnInterrupt::Stop,
            (Init::Program, Terminal::Interactive) | (Init::Engine, _) => OnInterrupt::Wait,
        };
        let began = jiff::Timestamp::now();
        let abandoned = StopWhenAbandoned::new(&self.client, name.as_str(), grace);
        let ended = self
            .foreground(&invocation, (spec.stdin, spec.output), on_interrupt, stop)
            .await;
        abandoned.ended();
        let ended = ended?;
        let failure = match (ended.signal, &ended.failure) {
            (Some(signal), _) => return Ok(ended.ended(Exit::Interrupted { signal })),
            (None, None) => return Ok(ended.ended(Exit::Code(0))),
            (None, Some(failure)) => failure.clone(),
        };
        let command = CommandLine::from(&invocation);
        let error = ended.error(command, failure.clone());
        if let Failure::Code(number) = failure {
            let started = self
                .whether_started(number, spec.init, name.as_str(), began, &error)
                .await?;
            if let Some(started) = started {
                return Ok(ended.with(code(number), started));
            }
        }
        let failed = |engine, source| RuntimeError::StartFailed { engine, source };
        Err(self.failed(error, failed).await)
    }

    /// Whether a run that ended with `number` had started its program; `None` if the engine failed.
    async fn whether_started(
        &self,
        number: i32,
        init: Init,
        container: &str,
        began: jiff::Timestamp,
        error: &CommandError,
    ) -> Result<Option<Started>, RuntimeError> {
        if !contained_exit::may_be_the_engines(number) {
            let doubtful = self.dialect.unstarted_codes(init).contains(&number);
            return Ok(Some(if doubtful {
                Started::Perhaps
            } else {
                Started::Yes
            }));
        }
        Ok(match self.start_record(container, began).await? {
            // What was started is the init process, which ends with 126 or 127 if it does not find
            // the program.
            StartRecord::Started if init == Init::Engine && number != 125 => Some(Started::Perhaps),
            StartRecord::Started => Some(Started::Yes),
            StartRecord::NotStarted => None,
            StartRecord::Nothing if self.is_silent().await => None,
            StartRecord::Nothing => Some(Started::Unknown(error.clone())),
        })
    }

    pub(super) async fn exec_in_foreground(
        &self,
        spec: &ExecSpec,
    ) -> Result<RunOutcome, RuntimeError> {
        let invocation = args::exec_invocation(&self.client.program, spec);
        // The container is a session's own and goes on; there is nothing to be stopped but the
        // client.
        let nothing_to_stop = || async { true };
        let ended = self
            .foreground(
                &invocation,
                (spec.stdin, spec.output),
                OnInterrupt::Wait,
                nothing_to_stop,
            )
            .await?;
        match (ended.signal, &ended.failure) {
            (Some(signal), _) | (None, &Some(Failure::Signal(signal))) => {
                Ok(ended.ended(Exit::Interrupted { signal }))
            }
            (None, None) => Ok(ended.ended(Exit::Code(0))),
            (None, &Some(Failure::Code(number))) => {
                // Docker's `exec` ends with 126 or 127, too (20.10: always with 126).
                let doubtful = contained_exit::may_be_the_engines(number)
                    || self
                        .dialect
                        .unstarted_codes(Init::Program)
                        .contains(&number);
                let started = if doubtful {
                    Started::Perhaps
                } else {
                    Started::Yes
                };
                Ok(ended.with(code(number), started))
            }
            (None, Some(failure @ (Failure::Io(_) | Failure::TimedOut(_)))) => {
                let source = ended.error((&invocation).into(), failure.clone());
                Err(RuntimeError::CommandNotRun { source })
            }
        }
    }

    /// Connects the caller's terminal to a container. A request to end only ends the client.
    pub(super) async fn attach_in_foreground(
        &self,
        spec: &AttachSpec,
    ) -> Result<Exit, RuntimeError> {
        let invocation = args::attach_invocation(&self.client.program, spec);
        let stdin = match spec.terminal {
            Terminal::Interactive => Stdin::Inherit,
            Terminal::Piped => Stdin::Null,
        };
        let nothing_to_stop = || async { true };
        let ended = self
            .foreground(
                &invocation,
                (stdin, Output::Inherit),
                OnInterrupt::Wait,
                nothing_to_stop,
            )
            .await?;
        match (ended.signal, &ended.failure) {
            (Some(signal), _) | (None, &Some(Failure::Signal(signal))) => {
                Ok(Exit::Interrupted { signal })
            }
            (None, None) => Ok(Exit::Code(0)),
            (None, &Some(Failure::Code(number))) => Ok(code(number)),
            (None, Some(failure @ (Failure::Io(_) | Failure::TimedOut(_)))) => {
                let source = ended.error((&invocation).into(), failure.clone());
                Err(RuntimeError::CommandNotRun { source })
            }
        }
    }

    /// Runs a command of the engine with its streams where the plan says. A dry run takes it to have
    /// gone well.
    async fn foreground<Stop, Stopped>(
        &self,
        invocation: &Invocation,
        (stdin, output): (Stdin, Output),
        on_interrupt: OnInterrupt,
        stop: Stop,
    ) -> Result<Ended, RuntimeError>
    where
        Stop: Fn() -> Stopped,
        Stopped: Future<Output = bool>,
    {
        let Some(call) = self.announce(invocation) else {
            return Ok(Ended::default());
        };
        let (invocation, _variables) = self.hand_over(invocation)?;
        let foreground = Foreground {
            environment: &self.client.environment,
            stdin,
            output,
            on_interrupt,
            cancellation: &self.connection.cancellation,
            reporter: &*self.connection.reporter,
        };
        let ended = foreground.run(&invocation, stop).await;
        match &ended {
            Ok(ended) => {
                // What was captured is the program's, and none of what is told of the engine.
                let failure = ended.failure.as_ref().map(Failure::to_string);
                call.ended(failure.as_deref());
            }
            Err(error) => call.ended_with(Err(error)),
        }
        ended
    }
}
