//! A container that is looked at while it runs.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Found, Suite};
use crate::{
    runtime::RunOutcome,
    spec::{Access, Mount, RunSpec},
};

/// How long a container may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

const PAUSE: Duration = Duration::from_millis(20);

/// A path in `directory` that nothing else has.
pub(super) fn unique(directory: &Utf8Path, name: &str) -> Utf8PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    directory.join(format!("{name}-{}", NUMBER.fetch_add(1, Ordering::Relaxed)))
}

/// A container that waits to be looked at.
pub(super) struct Held {
    /// The name that it was asked to have.
    pub(super) name: String,
}

impl Suite<'_> {
    /// Runs the script of `spec` in a container, looks at that while it waits, and lets it end
    /// whatever came of the look.
    pub(super) async fn held<T>(
        &self,
        spec: RunSpec,
        look: impl AsyncFnOnce(&Held) -> Found<T>,
    ) -> Found<(T, RunOutcome)> {
        let directory = unique(&self.fixture.directory, "held");
        fs::create_dir_all(&directory)?;
        let name = directory.file_name().unwrap_or_default();
        let held = Held {
            name: format!("{}-{name}", self.fixture.prefix),
        };
        let spec = self.waiting(spec, &held, &directory)?;
        let found = self.look_at(&spec, &held, &directory, look).await;
        if found.is_err() {
            // It may wait for what it cannot see.
            self.witness.remove_container(&held.name)?;
        }
        fs::remove_dir_all(&directory)?;
        found
    }

    /// `spec` with a script that goes on to say that it is there, and waits to be let go.
    fn waiting(&self, mut spec: RunSpec, held: &Held, directory: &Utf8Path) -> Found<RunSpec> {
        let script = spec.command.pop().unwrap_or_default();
        spec.command.push(format!(
            "{script}\n: > {directory}/ready; n=0; \
             while [ ! -e {directory}/end ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done; \
             [ -e {directory}/end ]"
        ));
        let mount = Mount::bind(directory, directory, Access::ReadWrite);
        spec.mounts.push(mount);
        let name = held.name.parse();
        spec.name = Some(name.map_err(|error| format!("{error}"))?);
        Ok(spec)
    }

    async fn look_at<T>(
        &self,
        spec: &RunSpec,
        held: &Held,
        directory: &Utf8Path,
        look: impl AsyncFnOnce(&Held) -> Found<T>,
    ) -> Found<(T, RunOutcome)> {
        let ready = async {
            while !directory.join("ready").exists() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        let mut run = self.runtime.run(spec);
        tokio::select! {
            ended = &mut run => {
                let ended = ended?;
                return Err(format!("it ended before it was there: {ended:?}").into());
            }
            started = tokio::time::timeout(PATIENCE, ready) => {
                started.map_err(|_| "the container's script does not start")?;
            }
        }
        let looked = look(held).await;
        fs::write(directory.join("end"), "")?;
        let ended = tokio::time::timeout(PATIENCE, run).await;
        Ok((looked?, ended.map_err(|_| "the container does not end")??))
    }
}
