//! Telling what would be done.

use crate::ops::{
    BuildError, BuildReport, BuildRequest, Ocx, Session, SessionError, UpgradeReport, upgrade,
};

/// ocx that changes nothing in the engine: the commands that would change it are told as
/// [`PlannedCommand`](crate::report::EventKind::PlannedCommand) instead. Files on the host are prepared all
/// the same, so that the commands work when they are pasted into a shell.
#[derive(Clone, Debug)]
pub struct DryRun(pub(in crate::ops) Ocx);

/// How far a plan goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned<T> {
    /// To the end: this would be the outcome.
    All(T),
    /// The rest depends on a base image that is not there yet.
    UpToTheBase,
}

impl<T> From<Option<T>> for Planned<T> {
    fn from(plan: Option<T>) -> Self {
        plan.map_or(Self::UpToTheBase, Self::All)
    }
}

impl DryRun {
    /// Tells what a build would do.
    ///
    /// # Errors
    ///
    /// As for [`Ocx::build`], as far as that can be told beforehand.
    pub async fn build(&self, request: &BuildRequest) -> Result<Planned<BuildReport>, BuildError> {
        Ok(self.0.build_or_plan(request).await?.into())
    }

    /// Tells what a session would do. The session must come from an [`Ocx`] of the same kind.
    ///
    /// # Errors
    ///
    /// As for [`Session::run`], as far as that can be told beforehand.
    pub async fn session(&self, session: Session) -> Result<Planned<()>, SessionError> {
        let session = session.on(self.0.clone());
        Ok(session.finish().await?.map(drop).into())
    }

    /// Tells what an upgrade would do. The registry is asked all the same.
    ///
    /// # Errors
    ///
    /// As for [`upgrade`](super::upgrade()).
    pub async fn upgrade(&self) -> Result<Planned<UpgradeReport>, BuildError> {
        Ok(upgrade::upgrade_or_plan(&self.0).await?.into())
    }

    /// What changes nothing is done with this.
    #[must_use]
    pub fn ocx(&self) -> &Ocx {
        &self.0
    }
}
