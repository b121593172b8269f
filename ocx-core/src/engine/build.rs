//! Running a build, once more if it has tripped over what others do.

use std::collections::BTreeSet;

use camino::Utf8PathBuf;

use super::{
    Captured, CliRuntime, Dialect, Invocation,
    capture::{Keep, Outcome, capture},
};
use crate::{
    build_log::{BuildLog, FailedStep},
    report::{EventKind, Notice},
    runtime::{BuildObstacle, Failure, RuntimeError},
    spec::BuildOutput,
};

/// Less room than this does for no image with opencode in it, and a builder that ran out of room may
/// have given some back.
const HARDLY_ANY: u64 = 256 * 1024 * 1024;

/// How many of the last lines of a step that failed an error has.
const LAST_LINES: usize = 40;

/// A build that has ended.
pub(super) struct Built {
    pub(super) captured: Captured,
    /// The step in which it failed, if it did and that can be told.
    pub(super) step: Option<Box<FailedStep>>,
}

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
    ) -> Result<Option<Built>, RuntimeError> {
        let code = self.dialect.build_code_of_a_missing_image();
        let before = match code {
            Some(_) => self.image_ids().await?,
            None => None,
        };
        let built = self.build_once(invocation, output).await?;
        let Some((before, failed)) = before.zip(built.as_ref()) else {
            return Ok(built);
        };
        if failed.captured.failure != code.map(Failure::Code) {
            return Ok(built);
        }
        let now = self.image_ids().await?;
        if now.is_none_or(|now| before.is_subset(&now)) {
            return Ok(built);
        }
        let notice = EventKind::Notice(&Notice::BuildingOnceMore);
        self.connection.reporter.report(notice.into());
        self.build_once(invocation, output).await
    }

    async fn build_once(
        &self,
        invocation: &Invocation,
        output: BuildOutput,
    ) -> Result<Option<Built>, RuntimeError> {
        let Some(call) = self.announce(invocation) else {
            return Ok(None);
        };
        let mut log = BuildLog::new(LAST_LINES);
        let mut read = |line: &str| drop(log.read(line));
        let captured = match output {
            BuildOutput::Stream => self.run_long_and(call, invocation, &mut read).await?,
            BuildOutput::OnFailure => {
                let environment = &self.client.environment;
                let outcome = capture(invocation, environment, Keep::Excerpt, None).await;
                match outcome {
                    Err(error) => {
                        call.ended_with(Err(&error));
                        return Err(error);
                    }
                    Ok(Outcome::Ended(captured)) => {
                        call.ended_with(Ok(&captured));
                        // The legacy builder and buildah write their steps to standard output.
                        for stream in [&captured.stdout, &captured.stderr] {
                            String::from_utf8_lossy(stream).lines().for_each(&mut read);
                        }
                        captured
                    }
                    Ok(Outcome::Cut(_) | Outcome::TimedOut) => {
                        unreachable!("an excerpt is never cut, and there is no limit")
                    }
                }
            }
        };
        let failed = captured.failure.as_ref().and(log.failed());
        let step = failed.map(Box::new);
        Ok(Some(Built { captured, step }))
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
