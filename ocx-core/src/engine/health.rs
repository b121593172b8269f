//! Finding out why a command failed, without reading what it said: messages are made for people and
//! change from one version to the next. So the engine is asked once more, in a way whose answer has
//! a form.

use std::{io, time::Duration};

use camino::Utf8Path;
use futures_util::future::try_join_all;
use tokio::net::UnixStream;

use super::{CliRuntime, Dialect, Health, Presence, Thing};
use crate::runtime::{CommandError, EngineName, Failure, RuntimeError};

/// An engine whose socket takes longer than this to be connected to is busy.
const PATIENCE: Duration = Duration::from_secs(2);

impl<D: Dialect> CliRuntime<D> {
    /// Whether the engine holds something; `None` if it does not tell.
    pub(super) async fn presence(
        &self,
        thing: Thing<'_>,
    ) -> Result<Option<Presence>, RuntimeError> {
        let mut question = self.query(&[]);
        question.args = self.dialect.presence_question(thing);
        let answer = self.ask(&question).await?;
        Ok(self.dialect.read_presence(thing, &answer))
    }

    /// The error of a failed command, `other` if it is not the engine as a whole that does not work.
    pub(super) async fn failed(
        &self,
        source: CommandError,
        other: impl FnOnce(EngineName, CommandError) -> RuntimeError,
    ) -> RuntimeError {
        let engine = self.dialect.name();
        // A client that was killed, or never ran, says nothing about the engine.
        if !matches!(source.failure, Failure::Code(_)) {
            return other(engine, source);
        }
        match self.health().await {
            Ok(Health::Silent { socket }) => match socket {
                Some(socket) if is_denied(&socket).await => RuntimeError::Denied { engine, source },
                _ => RuntimeError::Unreachable { engine, source },
            },
            Err(RuntimeError::TimedOut { .. }) => RuntimeError::Unreachable { engine, source },
            Ok(Health::Answers) | Err(_) => other(engine, source),
        }
    }

    /// Whether the engine does not answer at all.
    pub(super) async fn is_silent(&self) -> bool {
        matches!(
            self.health().await,
            Ok(Health::Silent { .. }) | Err(RuntimeError::TimedOut { .. })
        )
    }

    async fn health(&self) -> Result<Health, RuntimeError> {
        let questions = self.dialect.health_questions();
        let questions: Vec<_> = questions.iter().map(|args| self.query(args)).collect();
        let answers = try_join_all(questions.iter().map(|question| self.ask(question))).await?;
        Ok(self.dialect.read_health(&answers))
    }
}

/// Whether the system does not let the user connect to a socket.
async fn is_denied(socket: &Utf8Path) -> bool {
    let connected = tokio::time::timeout(PATIENCE, UnixStream::connect(socket)).await;
    matches!(connected, Ok(Err(error)) if error.kind() == io::ErrorKind::PermissionDenied)
}
