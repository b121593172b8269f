//! What to type next where a session is not what was thought.

use ocx_core::{detached::DetachedError, session_log::SessionLogError};

use crate::{detached::DetachError, hints::hints};

pub(crate) fn of_detach(error: &DetachError) -> Vec<String> {
    match error {
        DetachError::Store(DetachedError::None { .. } | DetachedError::Ambiguous { .. }) => {
            hints(["`ocx ps` lists the sessions that run, and `ocx run --detach` begins one"])
        }
        DetachError::NoTerminal => hints(["`ocx logs --follow` shows what a task prints"]),
        _ => Vec::new(),
    }
}

pub(crate) fn of_log(error: &SessionLogError) -> Vec<String> {
    match error {
        SessionLogError::None { .. } | SessionLogError::Ambiguous { .. } => {
            hints(["`ocx ps` lists the sessions that run; the newest 50 are known after their end"])
        }
        _ => Vec::new(),
    }
}

pub(crate) fn of_not_detached(session: &str) -> Vec<String> {
    vec![format!(
        "`ocx logs --engine {session}` shows what ocx did for it, and `ocx logs --opencode {session}` opencode's own log"
    )]
}
