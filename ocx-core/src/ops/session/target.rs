//! The running session that a program is to run in.
//!
//! ocx holds a lock for each session that it runs, and writes down when its container has been running
//! for a while. So the project's own sessions are known without a word from the engine, and a program in
//! one of them starts as fast as by the engine's own `exec`. Whatever is in doubt is asked.

use crate::ops::{
    Ocx, SessionError,
    session::program::Program,
    session::running::{RunningSession, Scope, find_session, running_sessions, stop_abandoned},
};
use crate::{
    report::Notice,
    runtime::ContainerId,
    state::{SettledSession, settled_sessions},
};

/// A session as far as it has to be known to run something in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// The session's ID.
    pub(super) id: String,
    /// Its container, by ID or name.
    pub(super) container: ContainerId,
    /// The name of its image, if the engine was asked.
    pub(super) image: Option<String>,
}

impl From<RunningSession> for Target {
    fn from(session: RunningSession) -> Self {
        Self {
            id: session.id,
            container: session.container.id,
            image: Some(session.container.image),
        }
    }
}

impl From<SettledSession> for Target {
    fn from(session: SettledSession) -> Self {
        Self {
            id: session.session,
            container: ContainerId(session.container.to_string()),
            image: None,
        }
    }
}

impl Ocx {
    /// The newest running session of the project.
    pub(super) async fn newest_session(
        &self,
        program: &Program,
    ) -> Result<Option<Target>, SessionError> {
        let known = self.settled_sessions(program);
        if let Some([newest, ..]) = known.as_deref() {
            self.tell_newest(&newest.session, known.as_ref().map_or(0, Vec::len));
            return Ok(Some(newest.clone().into()));
        }
        let running = running_sessions(self, Scope::Project).await?;
        let running = stop_abandoned(self, running).await;
        if let Some(newest) = running.first() {
            self.tell_newest(&newest.id, running.len());
        }
        Ok(running.into_iter().next().map(Target::from))
    }

    /// The running session whose ID begins with `id`.
    pub(super) async fn session_called(
        &self,
        id: &str,
        program: &Program,
    ) -> Result<Target, SessionError> {
        let known = self.settled_sessions(program).unwrap_or_default();
        let mut called = known
            .into_iter()
            .filter(|known| known.session.starts_with(id));
        if let (Some(only), None) = (called.next(), called.next()) {
            return Ok(only.into());
        }
        let running = running_sessions(self, Scope::Project).await?;
        let running = stop_abandoned(self, running).await;
        Ok(
            find_session(&running, id, Scope::Project, &self.project.id)?
                .clone()
                .into(),
        )
    }

    fn tell_newest(&self, newest: &str, running: usize) {
        if running > 1 {
            self.notice(&Notice::ChosenSession {
                session: newest.to_owned(),
                running,
            });
        }
    }

    /// The sessions that are known without asking, if that is enough for the program: a shell is looked
    /// for in the session's image.
    fn settled_sessions(&self, program: &Program) -> Option<Vec<SettledSession>> {
        if *program == Program::Shell {
            return None;
        }
        settled_sessions(
            &self.host.dirs.state,
            self.project.id.as_str(),
            self.engine_key().as_str(),
        )
    }
}
