//! Whose work it is what ocx reads from the project.

use async_trait::async_trait;

use super::{Begun, Guard, Opening, Part};
use crate::{
    ops::{Ocx, SessionError},
    report::Notice,
    session::plan::Contribution,
    settings::WorkspaceMode,
    trust::{Sources, Trust},
};

/// Writes down what is there when the session begins and when it ends: what changed in between is the
/// agent's.
pub(super) struct Fingerprints;

#[async_trait]
impl Part for Fingerprints {
    fn purpose(&self) -> &'static str {
        "knowing what sessions change"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let ocx = opening.ocx;
        // In a clone no session changes what ocx reads, so what changes meanwhile is the user's own.
        if ocx.is_dry_run() || ocx.settings.workspace == WorkspaceMode::Clone {
            return Ok(Begun::default());
        }
        let session = opening.session.to_string();
        let mut trust = Trust::open(&ocx.host, &ocx.project)?;
        trust.begin(&session, &sources(ocx))?;
        Ok(Contribution::default().guarded_by(Taken { session }))
    }
}

fn sources(ocx: &Ocx) -> Sources {
    Sources::of(&ocx.host, &ocx.project, &ocx.settings)
}

/// Writes down that a session has ended.
pub(super) fn session_ended(ocx: &Ocx, session: &str) {
    let ended = Trust::open(&ocx.host, &ocx.project)
        .and_then(|mut trust| trust.end(session, &sources(ocx)));
    // Until that is written down the session counts as running, which is on the safe side.
    if let Err(error) = ended {
        ocx.notice(&Notice::EndNotRecorded {
            problem: crate::ops::in_full(&error),
        });
    }
}

#[derive(Debug)]
struct Taken {
    session: String,
}

#[async_trait]
impl Guard for Taken {
    async fn end(self: Box<Self>, ocx: &Ocx) {
        session_ended(ocx, &self.session);
    }
}
