//! What a session's log gets to see.

use std::sync::Arc;

use crate::{
    error_chain::in_full,
    ops::{
        Ocx, SessionError,
        session::{
            program::{Program, opencode_command},
            program_start::Finished,
        },
    },
    report::Reporter,
    session::SessionId,
    session_log::{LogEvent, Recorder, SessionLogs},
};

impl Ocx {
    /// The same, and what happens is written into the log of a session that begins, unless it is only
    /// planned.
    pub(super) fn logged(
        self,
        session: &SessionId,
        program: &Program,
    ) -> (Self, Option<Arc<Recorder>>) {
        if self.is_dry_run() {
            return (self, None);
        }
        let logs = SessionLogs::new(&self.host.dirs.state);
        let reporter = Arc::clone(&self.reporter);
        let log = logs.begin(session, &self.project.root, words(program), reporter);
        self.written_to(log)
    }

    /// The same of a program that is run in a session.
    pub(super) fn logged_inside(self, session: &str, program: &Program) -> Self {
        if self.is_dry_run() {
            return self;
        }
        let logs = SessionLogs::new(&self.host.dirs.state);
        let log = logs.go_on(session, words(program), Arc::clone(&self.reporter));
        self.written_to(log).0
    }

    fn written_to(self, log: Option<Recorder>) -> (Self, Option<Arc<Recorder>>) {
        let Some(log) = log.map(Arc::new) else {
            return (self, None);
        };
        let reporter: Arc<dyn Reporter> = log.clone();
        (self.told_through(reporter), Some(log))
    }
}

/// Writes down how a session has ended.
pub(super) fn log_end(log: &Recorder, finished: &Result<Option<Finished>, SessionError>) {
    match finished {
        Ok(Some(finished)) => log.end(LogEvent::Ended {
            code: finished.exit.code(),
        }),
        // That is of a dry run.
        Ok(None) => {}
        Err(error) => log.end(LogEvent::Failed {
            kind: error.kind(),
            error: in_full(error),
        }),
    }
}

fn words(program: &Program) -> Vec<String> {
    match program {
        Program::Opencode(args) => opencode_command(args),
        Program::Command(command) => command.clone(),
        Program::Shell => vec!["shell".to_owned()],
    }
}
