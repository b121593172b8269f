//! Running a program where the agent works: in a container of its own, or in a running session.

use std::{
    pin::{Pin, pin},
    time::Duration,
};

use futures_util::future::{Either, select};

use crate::ops::{
    Ocx, SessionError,
    session::explain::Explained,
    session::program::{Program, opencode_command},
    session::program_start::Finished,
    session::target::Target,
};
use crate::{
    base::resolve_base,
    cancellation::Cancellation,
    layout,
    report::Activity,
    runtime::{EngineInfo, Exit},
    session::{
        SessionId,
        plan::{Streams, terminal_environment},
    },
    spec::{EnvValue, ExecSpec, Output, Stdin},
    state::{ProjectStore, bridge_dir},
};

/// In which container a program runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The newest running session of the project; a new container if none runs.
    Any,
    /// The session whose ID begins like this.
    Session(String),
    /// A new container.
    New,
}

/// How a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SessionReport {
    /// How its program ended. That it ended with another code than 0 is no error.
    pub exit: Exit,
    /// What it wrote to standard output, if that was captured.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error, if that was captured.
    pub stderr: Vec<u8>,
}

/// A program that is to run in a session's container, as the user and with all that a session has.
///
/// Dropping the future of [`run`](Self::run) stops the container.
#[derive(Clone, Debug)]
#[must_use = "nothing runs before `run` is called"]
pub struct Session {
    ocx: Ocx,
    program: Program,
    place: Place,
    streams: Streams,
    timeout: Option<Duration>,
    id: Option<SessionId>,
}

impl Ocx {
    /// A session that runs `program` in a container of its own, in an image that is built first if it
    /// is missing or stale. Its streams are the caller's own.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::Program;
    ///
    /// let session = ocx.session(Program::opencode(["run", "fix the tests"]));
    /// let code = std::process::ExitCode::from(session.run().await?.exit.code());
    /// # Ok(())
    /// # }
    /// ```
    pub fn session(&self, program: Program) -> Session {
        Session {
            ocx: self.clone(),
            program,
            place: Place::New,
            streams: Streams::INHERITED,
            timeout: None,
            id: None,
        }
    }
}

impl Session {
    /// In which container the program runs.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, ops::Place};
    ///
    /// let list = ocx.session(Program::command(["git", "status"]));
    /// let done = list.place(Place::Any).run().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn place(self, place: Place) -> Self {
        Self { place, ..self }
    }

    /// The ID that a session in a new container gets, for who wants to find it among the running ones. No
    /// two may have the same.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, ops::SessionId};
    ///
    /// let id = SessionId::random()?;
    /// let session = ocx.session(Program::opencode(["run", "fix the tests"]));
    /// let running = tokio::spawn(session.called(id.clone()).run());
    /// println!("ocx exec --session {id} make test");
    /// println!("{:?}", running.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn called(self, id: SessionId) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Where the program reads from.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, Stdin};
    ///
    /// let tests = ocx.session(Program::command(["make", "test"]));
    /// tests.stdin(Stdin::Null).run().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdin(mut self, stdin: Stdin) -> Self {
        self.streams.stdin = stdin;
        self
    }

    /// Where the program prints to.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Output, Program, Stdin};
    ///
    /// let session = ocx.session(Program::command(["git", "log", "--oneline"]));
    /// let done = session.stdin(Stdin::Null).output(Output::Capture).run().await?;
    /// for line in String::from_utf8_lossy(&done.stdout).lines() {
    ///     println!("{line}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn output(mut self, output: Output) -> Self {
        self.streams.output = output;
        self
    }

    /// How long the program may run, along with what has to be built for it. Then its container is
    /// stopped, and [`SessionError::TimedOut`] is told.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// use ocx_core::{ErrorKind, Program};
    ///
    /// let tests = ocx.session(Program::command(["make", "test"]));
    /// match tests.timeout(Duration::from_secs(600)).run().await {
    ///     Err(error) if error.kind() == ErrorKind::TimedOut => println!("they hang"),
    ///     result => println!("{:?}", result?.exit),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Ends the session when `cancellation` is requested: its container is stopped, and refreshed
    /// credentials are given back.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, cancellation::Cancellation};
    ///
    /// let cancellation = Cancellation::new();
    /// let session = ocx.session(Program::opencode(["run", "refactor"]));
    /// let running = tokio::spawn(session.cancel(cancellation.clone()).run());
    /// cancellation.cancel();
    /// println!("{:?}", running.await?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel(self, cancellation: Cancellation) -> Self {
        Self {
            ocx: self.ocx.cancelled_by(cancellation),
            ..self
        }
    }

    pub(super) fn ocx(&self) -> &Ocx {
        &self.ocx
    }

    /// The same on another engine, or with other settings.
    pub(in crate::ops) fn on(self, ocx: Ocx) -> Self {
        Self { ocx, ..self }
    }

    /// Runs the program to its end.
    ///
    /// # Errors
    ///
    /// See [`SessionError`]. That the program ends with another code than 0 is no error.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, runtime::Exit};
    ///
    /// let done = ocx.session(Program::command(["make", "test"])).run().await?;
    /// if done.exit != Exit::Code(0) {
    ///     println!("ended with {}", done.exit.code());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn run(self) -> Result<SessionReport, SessionError> {
        let finished = self.finish().await?.ok_or(SessionError::OnlyPlanned)?;
        Ok(SessionReport {
            exit: finished.exit,
            stdout: finished.stdout,
            stderr: finished.stderr,
        })
    }

    /// Why its container would have what it has; `None` if that cannot be planned yet.
    pub(super) async fn explain(self) -> Result<Option<Vec<Explained>>, SessionError> {
        self.program.checked()?;
        let result = Box::pin(self.ocx.explain_session(&self.program, self.streams)).await;
        self.ocx.forget_engine_info_after(&result);
        result
    }

    /// `None` in a dry run that could not plan all.
    pub(in crate::ops) async fn finish(self) -> Result<Option<Finished>, SessionError> {
        self.program.checked()?;
        let Some(after) = self.timeout else {
            return self.go().await;
        };
        // Only this session ends, whoever else observes the caller's request.
        let outer = self.ocx.cancellation.clone();
        let own = Cancellation::new();
        let session = self.cancel(own.clone());
        let mut work = pin!(session.go());
        let limit = pin!(async {
            match select(pin!(tokio::time::sleep(after)), pin!(outer.requested())).await {
                Either::Left(_) => None,
                Either::Right((signal, _)) => Some(signal),
            }
        });
        match select(Pin::as_mut(&mut work), limit).await {
            Either::Left((result, _)) => result,
            Either::Right((Some(signal), _)) => {
                own.signal(signal);
                work.await
            }
            Either::Right((None, _)) => {
                own.cancel();
                match work.await {
                    Err(error) if !error.is_interruption() => Err(error),
                    _ => Err(SessionError::TimedOut { after }),
                }
            }
        }
    }

    async fn go(&self) -> Result<Option<Finished>, SessionError> {
        let result = Box::pin(self.find_place_and_run()).await;
        self.ocx.forget_engine_info_after(&result);
        result
    }

    async fn find_place_and_run(&self) -> Result<Option<Finished>, SessionError> {
        let ocx = &self.ocx;
        let session = match &self.place {
            Place::New => None,
            Place::Any => ocx.newest_session(&self.program).await?,
            Place::Session(id) => Some(ocx.session_called(id, &self.program).await?),
        };
        match session {
            Some(session) => {
                let ocx = ocx.within(Activity::Session(session.id.clone()));
                let ocx = ocx.logged_inside(&session.id, &self.program);
                let exec = ocx.run_in_session(&self.program, self.streams, &session);
                exec.await.map(Some)
            }
            None => {
                let session = match &self.id {
                    Some(id) => id.clone(),
                    None => ocx.new_session_id()?,
                };
                Box::pin(ocx.open_session(&self.program, self.streams, session)).await
            }
        }
    }
}

impl Ocx {
    async fn run_in_session(
        &self,
        program: &Program,
        streams: Streams,
        session: &Target,
    ) -> Result<Finished, SessionError> {
        let engine = self.engine_facts().await?.info().clone();
        let user = self.user_in(&engine)?;
        let mut environment = terminal_environment(&self.host);
        if self.has_bridge(session) {
            // Its container's variables are for the script that it began with.
            let as_runtime = layout::AS_RUNTIME.parse().expect("a name");
            environment.insert(as_runtime, EnvValue::Plain(String::new()));
        }
        let command = match program {
            Program::Opencode(args) => opencode_command(args),
            Program::Command(command) => command.clone(),
            Program::Shell => vec![self.shell_of(session, &engine).await?],
        };
        self.exec_program(&ExecSpec {
            container: session.container.clone(),
            command,
            working_directory: self.project.current_dir.clone(),
            environment,
            user,
            terminal: streams.terminal(&self.host),
            stdin: streams.stdin,
            output: streams.output,
        })
        .await
    }

    /// Whether a running session is one with a bridge.
    fn has_bridge(&self, session: &Target) -> bool {
        let state = &self.host.dirs.state;
        let store = ProjectStore::open(state, self.project.id.as_str(), &self.project.root);
        store.is_ok_and(|store| bridge_dir(&store, &session.id).exists())
    }

    /// The shell in the image of a running session, whose base may have moved since.
    async fn shell_of(
        &self,
        session: &Target,
        engine: &EngineInfo,
    ) -> Result<String, SessionError> {
        let base = resolve_base(&self.settings, &self.project.root, &self.host.dirs.config)?;
        let name = session.image.as_ref().and_then(|image| image.parse().ok());
        let image = match &name {
            Some(name) => self.find_image(name).await?,
            None => None,
        };
        let (Some(name), Some(image)) = (name, image) else {
            // The image was built anew while the session runs; its base's shell will do.
            return Ok("/bin/sh".to_owned());
        };
        let probe = self.probe(&base.reference(), &image, engine).await?;
        match probe.shell {
            Some(shell) => Ok(shell.into_string()),
            None => Err(SessionError::NoShell { image: name }),
        }
    }
}
