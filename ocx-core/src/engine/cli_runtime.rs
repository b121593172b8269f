//! A [`ContainerRuntime`] on an engine's command line.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use camino::Utf8PathBuf;

use super::{Captured, CommandKind, Dialect, Invocation, Presence, Thing, process};
use crate::{
    image::ImageHandle,
    report::EventKind,
    runtime::{Connection, ContainerFilter, ContainerId, EngineKey, Execution, RuntimeError},
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
}

impl<D: Dialect> CliRuntime<D> {
    /// The engine behind this client.
    pub fn new(dialect: D, client: Client, connection: Connection) -> Self {
        Self {
            dialect,
            client,
            connection,
        }
    }

    /// Says what is about to run; `true` if it should.
    pub(super) fn announce(&self, invocation: &Invocation) -> bool {
        let line = invocation.to_string();
        if self.connection.execution == Execution::Plan && invocation.kind == CommandKind::Change {
            self.connection
                .reporter
                .report(EventKind::PlannedCommand { line: &line }.into());
            return false;
        }
        self.connection
            .reporter
            .report(EventKind::EngineCommand { line: &line }.into());
        true
    }

    /// Runs a command and returns what it printed, however it ended.
    pub(super) async fn ask(&self, invocation: &Invocation) -> Result<Captured, RuntimeError> {
        if !self.announce(invocation) {
            return Ok(Captured {
                told: false,
                failure: None,
                stdout: Vec::new(),
                stderr: Vec::new(),
            });
        }
        process::capture(invocation, &self.client.environment).await
    }

    /// Runs a command that takes time. What it prints meanwhile is told line by line.
    pub(super) async fn run_long(&self, invocation: &Invocation) -> Result<Captured, RuntimeError> {
        let told = |line: &str| {
            self.connection
                .reporter
                .report(EventKind::EngineOutput { line }.into());
        };
        let cancellation = &self.connection.cancellation;
        process::stream(invocation, &self.client.environment, cancellation, told).await
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
        let stop = self.change(&["stop", "-t", &seconds, &container.0]);
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

    /// Makes a container that is never started, and returns its ID.
    pub(super) async fn make_container(
        &self,
        image: &str,
        flags: &[String],
    ) -> Result<String, RuntimeError> {
        let mut create = self.query(&["create", "--pull", "never", "--network", "none"]);
        // Or the engine's configuration might keep it from being made (Podman's `ipcns = "host"`).
        create.args.extend(self.dialect.isolation_flags());
        create.args.extend(flags.iter().cloned());
        // The command need not exist; an image without one of its own cannot be created otherwise.
        create.arg(image).arg("/none");
        let id = self.require(&create).await?;
        Ok(String::from_utf8_lossy(&id).trim().to_owned())
    }

    /// Removes a container along with the volumes that its image declares.
    pub(super) async fn remove_container(&self, container: &str) -> Result<(), RuntimeError> {
        let remove = self.query(&["rm", "--volumes", container]);
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
