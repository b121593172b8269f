//! A [`ContainerRuntime`] on an engine's command line.

use std::{
    collections::BTreeMap,
    fmt,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use camino::Utf8PathBuf;
use tokio::time::timeout;

use super::{
    Captured, CommandKind, Dialect, Invocation, Presence, Thing,
    capture::{Keep, Outcome, capture},
    made::Made,
    process,
    under_way::UnderWay,
};
use crate::{
    image::ImageHandle,
    report::{EventKind, Notice},
    runtime::{
        CommandError, Connection, ContainerFilter, ContainerId, EngineKey, Execution, Failure,
        RuntimeError,
    },
};

/// The program through which an engine is driven.
#[derive(Clone)]
#[non_exhaustive]
pub struct Client {
    /// The program: a path, or a name to be looked up in the environment's `PATH`.
    pub program: Utf8PathBuf,
    /// The whole environment of its processes.
    pub environment: Arc<BTreeMap<String, String>>,
    /// Which engine it leads to.
    pub key: EngineKey,
}

impl Client {
    /// This program, with this environment.
    pub fn new(
        program: Utf8PathBuf,
        environment: BTreeMap<String, String>,
        key: EngineKey,
    ) -> Self {
        Self {
            program,
            environment: Arc::new(environment),
            key,
        }
    }
}

// The environment may hold secrets.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("program", &self.program)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

/// An engine that is driven through its command line.
#[derive(Debug)]
pub struct CliRuntime<D> {
    pub(super) dialect: D,
    pub(super) client: Client,
    pub(super) connection: Connection,
    /// Whether it was said that the engine is slow.
    was_slow: AtomicBool,
    /// Whether a command has taken too long already.
    is_hanging: AtomicBool,
}

/// More than any answer is: a list of ten thousand containers takes a tenth of it.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// From when on it is said that an answer is waited for.
const SLOW: Duration = Duration::from_secs(5);

/// How much longer than its program a container may take to stop.
pub(super) const STOPPING: Duration = Duration::from_secs(60);

/// How long it may take to make a container: some storages copy the whole image for it, and rootless
/// Podman does so for the first one with the user's own ID.
pub(super) const MAKING: Duration = Duration::from_secs(30 * 60);

/// How long it may take to remove a container that never ran, copied files included.
const REMOVING: Duration = Duration::from_secs(5 * 60);

/// How long each further change may take once a command has taken too long: what puts things in order
/// afterwards need not wait as long again. It is enough for a container to be stopped.
const LAST_CHANCE: Duration = Duration::from_secs(30);

impl<D: Dialect> CliRuntime<D> {
    /// The engine behind this client.
    pub fn new(dialect: D, client: Client, connection: Connection) -> Self {
        Self {
            dialect,
            client,
            connection,
            was_slow: AtomicBool::new(false),
            is_hanging: AtomicBool::new(false),
        }
    }

    /// Says what is about to run; `None` if it should not.
    pub(super) fn announce(&self, invocation: &Invocation) -> Option<UnderWay> {
        let line = invocation.to_string();
        if self.connection.execution == Execution::Plan && invocation.kind == CommandKind::Change {
            self.connection
                .reporter
                .report(EventKind::PlannedCommand { line: &line }.into());
            return None;
        }
        Some(UnderWay::begin(&self.connection.reporter, line))
    }

    /// Runs a command and returns what it printed, however it ended.
    ///
    /// # Errors
    ///
    /// If it cannot be run, takes too long, or prints more than any answer is.
    pub(super) async fn ask(&self, invocation: &Invocation) -> Result<Captured, RuntimeError> {
        let Some(call) = self.announce(invocation) else {
            return Ok(Captured::default());
        };
        match self.capture(call, invocation, LONGEST_ANSWER).await? {
            Ok(captured) => Ok(captured),
            Err(beginning) => {
                let reason = format!("it is longer than {LONGEST_ANSWER} bytes");
                Err(RuntimeError::unexpected(invocation, &beginning, &reason))
            }
        }
    }

    /// Runs a command and returns what it printed, cut after `most` bytes, however it ended.
    pub(super) async fn ask_for_the_beginning(
        &self,
        invocation: &Invocation,
        most: usize,
    ) -> Result<Captured, RuntimeError> {
        let Some(call) = self.announce(invocation) else {
            return Ok(Captured::default());
        };
        let answer = self.capture(call, invocation, most).await?;
        Ok(answer.unwrap_or_else(|stdout| Captured {
            stdout,
            ..Captured::default()
        }))
    }

    /// What a command printed; as an `Err` its beginning, if that is more than `most` bytes.
    async fn capture(
        &self,
        call: UnderWay,
        invocation: &Invocation,
        most: usize,
    ) -> Result<Result<Captured, Vec<u8>>, RuntimeError> {
        let answer = self.answer_within_limits(invocation, most).await;
        match &answer {
            Ok(Ok(captured)) => call.ended_with(Ok(captured)),
            Ok(Err(_)) => call.ended(None),
            Err(error) => call.ended_with(Err(error)),
        }
        answer
    }

    async fn answer_within_limits(
        &self,
        invocation: &Invocation,
        most: usize,
    ) -> Result<Result<Captured, Vec<u8>>, RuntimeError> {
        let limit = match (self.is_hanging.load(Ordering::Relaxed), invocation.kind) {
            (false, _) => invocation.limit,
            (true, CommandKind::Query) => invocation.limit.min(SLOW),
            (true, CommandKind::Change) => invocation.limit.min(LAST_CHANCE),
        };
        let environment = &self.client.environment;
        let keep = Keep::UpTo(most);
        let mut answer = pin!(capture(invocation, environment, keep, Some(limit)));
        let outcome = if invocation.kind == CommandKind::Query && limit > SLOW {
            match timeout(SLOW, &mut answer).await {
                Ok(outcome) => outcome,
                Err(_) => {
                    self.say_that_it_is_slow(limit);
                    answer.await
                }
            }
        } else {
            answer.await
        };
        match outcome? {
            Outcome::Ended(captured) => Ok(Ok(captured)),
            Outcome::Cut(beginning) => Ok(Err(beginning)),
            Outcome::TimedOut => {
                self.is_hanging.store(true, Ordering::Relaxed);
                Err(RuntimeError::TimedOut {
                    engine: self.dialect.name(),
                    source: CommandError {
                        command: invocation.into(),
                        failure: Failure::TimedOut(limit),
                        stderr: String::new(),
                        told: false,
                        step: None,
                    },
                })
            }
        }
    }

    /// Says once that an answer is waited for.
    fn say_that_it_is_slow(&self, limit: Duration) {
        if self.was_slow.swap(true, Ordering::Relaxed) {
            return;
        }
        let notice = Notice::SlowEngine {
            engine: self.dialect.name().to_string(),
            silent: SLOW,
            limit,
        };
        self.connection
            .reporter
            .report(EventKind::Notice(&notice).into());
    }

    /// Runs a command that takes time. What it prints meanwhile is told line by line.
    pub(super) async fn run_long(
        &self,
        call: UnderWay,
        invocation: &Invocation,
    ) -> Result<Captured, RuntimeError> {
        self.run_long_and(call, invocation, |_| {}).await
    }

    /// The same, with somebody else who reads along.
    pub(super) async fn run_long_and(
        &self,
        call: UnderWay,
        invocation: &Invocation,
        mut read: impl FnMut(&str),
    ) -> Result<Captured, RuntimeError> {
        let told = |line: &str| {
            read(line);
            self.connection
                .reporter
                .report(EventKind::EngineOutput { line }.into());
        };
        let cancellation = &self.connection.cancellation;
        let ended = process::stream(invocation, &self.client.environment, cancellation, told).await;
        let went_well = matches!(&ended, Ok(captured) if captured.failure.is_none());
        let event = EventKind::EngineOutputEnded { went_well };
        self.connection.reporter.report(event.into());
        call.ended_with(ended.as_ref());
        ended
    }

    /// Runs a command that must end well and returns its standard output.
    pub(super) async fn require(&self, invocation: &Invocation) -> Result<Vec<u8>, RuntimeError> {
        let captured = self.ask(invocation).await?;
        match captured.error(invocation) {
            None => Ok(captured.stdout),
            Some(error) => Err(self.failed(error, RuntimeError::command_failed).await),
        }
    }

    /// Runs a command on something that need not be there; `None` if it is not.
    pub(super) async fn require_if_there(
        &self,
        invocation: &Invocation,
        thing: Thing<'_>,
    ) -> Result<Option<Vec<u8>>, RuntimeError> {
        let captured = self.ask(invocation).await?;
        let Some(error) = captured.error(invocation) else {
            return Ok(Some(captured.stdout));
        };
        if self.presence(thing).await? == Some(Presence::Missing) {
            return Ok(None);
        }
        Err(self.failed(error, RuntimeError::command_failed).await)
    }

    /// Stops a container, if it is there, and says whether it was.
    pub(super) async fn stop_container_within(
        &self,
        container: &ContainerId,
        grace: Duration,
    ) -> Result<Presence, RuntimeError> {
        let seconds = grace.as_secs().to_string();
        let stop = self
            .change(&["stop", "-t", &seconds, &container.0])
            .within(grace + STOPPING);
        let stopped = self
            .require_if_there(&stop, Thing::Container(&container.0))
            .await?;
        Ok(stopped.map_or(Presence::Missing, |_| Presence::There))
    }

    pub(super) fn handle(&self, image: &ImageHandle) -> String {
        match image {
            ImageHandle::Id(id) => id.to_string(),
            ImageHandle::Name(name) => self.dialect.local_name(name),
        }
    }

    /// Makes a container that is never started; see [`make`](Self::make).
    pub(super) async fn make_container(
        &self,
        image: &str,
    ) -> Result<(String, Option<Made>), RuntimeError> {
        let mut create = self.query(&["create", "--pull", "never", "--network", "none"]);
        // Or the engine's configuration might keep it from being made (Podman's `ipcns = "host"`).
        create.args.extend(self.dialect.isolation_flags());
        // The command need not exist; an image without one of its own cannot be created otherwise.
        create.arg(image).arg("/none");
        self.make(create.within(MAKING)).await
    }

    /// Removes a container along with the volumes that its image declares.
    pub(super) async fn remove_container(&self, container: &str) -> Result<(), RuntimeError> {
        let remove = self.query(&["rm", "--volumes", container]).within(REMOVING);
        self.require_if_there(&remove, Thing::Container(container))
            .await
            .map(drop)
    }

    pub(super) fn query(&self, args: &[&str]) -> Invocation {
        Invocation::query(&self.client.program, args)
    }

    pub(super) fn change(&self, args: &[&str]) -> Invocation {
        Invocation::change(&self.client.program, args)
    }
}

/// A filter as `--filter label=…` flags.
#[must_use]
pub fn label_filters(filter: &ContainerFilter) -> Vec<String> {
    let with_value = filter
        .labels
        .iter()
        .map(|(name, value)| format!("label={name}={value}"));
    let having = filter.having.iter().map(|name| format!("label={name}"));
    with_value
        .chain(having)
        .flat_map(|label| ["--filter".to_owned(), label])
        .collect()
}
