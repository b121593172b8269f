//! Sessions that somebody ended by another command of ocx's.

use crate::ops::Ocx;
use crate::{
    cancellation::SIGTERM, ops::session::program_start::Finished, report::Notice, runtime::Exit,
    session::SessionId, state::ProjectStore, state::is_marked_as_stopped,
};

impl Ocx {
    /// Whether somebody did that to a session of the project whose files are still there.
    pub(super) fn is_stopped_from_elsewhere(&self, session: &SessionId) -> bool {
        let (state, project) = (&self.host.dirs.state, &self.project);
        ProjectStore::open(state, project.id.as_str(), &project.root)
            .is_ok_and(|store| is_marked_as_stopped(&store, session.as_str()))
    }

    /// Says so. A program that is asked to end may call that a success, as opencode does.
    pub(super) fn stopped_from_elsewhere(
        &self,
        session: &SessionId,
        outcome: Finished,
    ) -> Finished {
        self.notice(&Notice::StoppedFromElsewhere {
            session: session.to_string(),
        });
        Finished {
            exit: Exit::Interrupted { signal: SIGTERM },
            ..outcome
        }
    }
}
