//! Why a session's container has what it has.

use std::sync::Arc;

use crate::ops::{DryRun, Ocx, Planned, Program, Session, SessionError};
use crate::{
    report::{Activity, Event, EventKind, Reporter},
    runtime::Request,
    session::plan::{PlanCause, Streams},
    settings::{Origin, Origins},
    spec::Piece,
};

/// How the engine is asked for one piece of a session's container, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explained {
    /// The piece.
    pub piece: Piece,
    /// The words in which the engine is asked for it, such as a flag with its value; of a secret variable
    /// only the name.
    pub words: Vec<String>,
    /// Why the session has it; never empty.
    pub causes: Vec<PlanCause>,
}

impl Explained {
    /// The settings that decide this piece, each with where it was set; more than one place only for a
    /// list that unites several. [`Origin::Default`] for what nobody has set.
    pub fn settings<'a>(
        &'a self,
        origins: &'a Origins,
    ) -> impl Iterator<Item = (&'static str, Vec<&'a Origin>)> {
        let keys = self.causes.iter().filter_map(|cause| match cause {
            PlanCause::Setting(key) => Some(*key),
            _ => None,
        });
        keys.map(|key| {
            let mut all: Vec<&Origin> = origins.all(key).iter().collect();
            all.sort_unstable();
            all.dedup();
            if all.is_empty() {
                all.push(origins.of(key));
            }
            (key, all)
        })
    }
}

impl DryRun {
    /// Tells, for each word in which the engine would be asked for the session's container, why it is
    /// there. In the order of the words: all together they are the engine's command. A session in a
    /// container of its own is meant, whatever the session's [`Place`](super::Place).
    ///
    /// Nothing is run, and what would be built is not told either.
    ///
    /// # Errors
    ///
    /// As for [`Session::run`], as far as that can be told beforehand.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # async fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::{Program, Settings, ops::Planned};
    ///
    /// let origins = Settings::of_files(ocx.host(), ocx.project()).load()?.origins;
    /// let session = ocx.session(Program::Shell);
    /// if let Planned::All(explained) = ocx.clone().dry_run().explain(session).await? {
    ///     for one in explained {
    ///         println!("{} because of {:?}", one.words.join(" "), one.causes);
    ///         for (key, set_in) in one.settings(&origins) {
    ///             println!("    {key}, set in {set_in:?}");
    ///         }
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn explain(&self, session: Session) -> Result<Planned<Vec<Explained>>, SessionError> {
        let session = session.on(self.0.telling_no_plans());
        Ok(session.explain().await?.into())
    }
}

impl Ocx {
    /// The pieces of a session's container that is about to begin and does not.
    pub(super) async fn explain_session(
        &self,
        program: &Program,
        streams: Streams,
    ) -> Result<Option<Vec<Explained>>, SessionError> {
        let session = self.new_session_id()?;
        let ocx = self.within(Activity::Session(session.to_string()));
        let begin = ocx.begin_session(program, streams, &session);
        let Some(begun) = ocx.guard_all(begin).await? else {
            return Ok(None);
        };
        begun.guards.end().await;
        let plan = begun.plan;
        let explained = |Request { piece, words }| Explained {
            causes: plan.causes.of(&piece).to_vec(),
            piece,
            words,
        };
        let requests = ocx.runtime.requests(&plan.run);
        Ok(Some(requests.into_iter().map(explained).collect()))
    }
}

/// Tells all but planned commands.
#[derive(Debug)]
pub(in crate::ops) struct WithoutPlans(pub(in crate::ops) Arc<dyn Reporter>);

impl Reporter for WithoutPlans {
    fn report(&self, event: Event<'_>) {
        if !matches!(event.kind, EventKind::PlannedCommand { .. }) {
            self.0.report(event);
        }
    }
}
