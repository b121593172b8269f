//! Running a build, once more if it has tripped over what others do.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::{
    Captured, CliRuntime, Dialect, Invocation,
    capture::{Keep, Outcome, capture},
};
use crate::{
    report::{EventKind, Notice},
    runtime::{BuildObstacle, Failure, RuntimeError},
    spec::BuildOutput,
};

/// Less room than this does for no image with opencode in it, and a builder that ran out of room may
/// have given some back.
const HARDLY_ANY: u64 = 256 * 1024 * 1024;

impl<D: Dialect> CliRuntime<D> {
    /// Runs a build to its end, however it ends; `None` in a dry run.
    ///
    /// Podman's builds look at every image in the storage for one to begin with, and fail if one is
    /// removed just then: `checking if cached image exists from a previous build: getting top layer
    /// info: layer not known` (5.4.2: 5 of 48 builds while another terminal removed images). Such a
    /// build is repeated once. It is known by two facts: it ended with the code of the engine itself,
    /// where a failed `RUN` ends with its program's; and an image that was there before is gone.
    pub(super) async fn run_build(
        &self,
        invocation: &Invocation,
        output: BuildOutput,
    ) -> Result<Option<Captured>, RuntimeError> {
        let code = self.dialect.build_code_of_a_missing_image();
        let before = match code {
            Some(_) => self.image_ids().await?,
            None => None,
        };
        let captured = self.build_once(invocation, output).await?;
        let Some((before, failed)) = before.zip(captured.as_ref()) else {
            return Ok(captured);
        };
        if failed.failure != code.map(Failure::Code) {
            return Ok(captured);
        }
        let now = self.image_ids().await?;
        if now.is_none_or(|now| before.is_subset(&now)) {
            return Ok(captured);
        }
        let notice = EventKind::Notice(&Notice::BuildingOnceMore);
        self.connection.reporter.report(notice.into());
        self.build_once(invocation, output).await
    }

    async fn build_once(
        &self,
        invocation: &Invocation,
        output: BuildOutput,
    ) -> Result<Option<Captured>, RuntimeError> {
        if !self.announce(invocation) {
            return Ok(None);
        }
        Ok(Some(match output {
            BuildOutput::Stream => self.run_long(invocation).await?,
            BuildOutput::OnFailure => {
                let environment = &self.client.environment;
                match capture(invocation, environment, Keep::Excerpt, None).await? {
                    Outcome::Ended(captured) => captured,
                    Outcome::Cut(_) | Outcome::TimedOut => {
                        unreachable!("an excerpt is never cut, and there is no limit")
                    }
                }
            }
        }))
    }

    /// What keeps the engine from building. The storage of one on another machine is not looked for
    /// here, unless it has a directory of the same name.
    pub(super) async fn obstacle(&self) -> Result<Option<BuildObstacle>, RuntimeError> {
        if let Some((question, missing)) = self.dialect.builder_question()
            && self.ask(&self.query(&question)).await?.failure.is_some()
        {
            return Ok(Some(missing));
        }
        let answer = self
            .ask(&self.query(&self.dialect.storage_question()))
            .await?;
        let Ok(path) = serde_json::from_slice::<Utf8PathBuf>(&answer.stdout) else {
            return Ok(None);
        };
        let Ok(room) = rustix::fs::statvfs(path.as_std_path()) else {
            return Ok(None);
        };
        let left = room.f_bavail.saturating_mul(room.f_frsize);
        Ok((left < HARDLY_ANY).then_some(BuildObstacle::NoRoom { path, left }))
    }

    /// The IDs of all images; `None` if the engine does not tell.
    async fn image_ids(&self) -> Result<Option<BTreeSet<String>>, RuntimeError> {
        let question = self.query(&["image", "ls", "--all", "--quiet", "--no-trunc"]);
        let captured = self.ask(&question).await?;
        let text = String::from_utf8_lossy(&captured.stdout);
        let ids = || text.lines().map(str::to_owned).collect();
        Ok(captured.failure.is_none().then(ids))
    }
}
