//! Making sure that the engine confines a session as it was planned.

use std::fs;

use camino::Utf8PathBuf;

use crate::ops::{BuildError, Ocx};
use crate::{
    confinement::{Applied, Excess, excess},
    disk,
    report::Notice,
    runtime::{EngineInfo, RuntimeError},
    spec::{Environment, Init, RunSpec},
};

/// What a container has beyond its plan, and where the engine's configuration may say so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it has.
    pub excess: Excess,
    /// Places in the engine's configuration, the likeliest one first.
    pub configuration: Vec<String>,
}

impl Ocx {
    /// Fails if the engine gives containers more than `spec` asks for. It is asked only once: what
    /// it says is remembered until it is another engine, or has another configuration, which
    /// [`EngineKey`](super::EngineKey) tells.
    pub(in crate::ops) async fn ensure_confined(
        &self,
        spec: &RunSpec,
        engine: &EngineInfo,
    ) -> Result<(), BuildError> {
        let known = self.confined_file();
        if self.is_dry_run() || known.exists() {
            return Ok(());
        }
        let rehearsed = RunSpec {
            // No secret need be told for this, and a container that is left over is no session.
            environment: Environment::new(),
            labels: [].into(),
            ..spec.clone()
        };
        let applied = self.rehearse(&rehearsed).await?;
        let findings: Vec<Finding> = excess(spec, &applied)
            .into_iter()
            .map(|excess| Finding {
                configuration: self.runtime.configuration_behind(&excess),
                excess,
            })
            .collect();
        if !findings.is_empty() {
            return Err(BuildError::Unconfined {
                engine: self.runtime.name(),
                findings,
            });
        }
        if !engine.seccomp {
            self.notice(&Notice::NoSeccomp {
                engine: self.runtime.name().to_string(),
            });
        }
        // Without it the engine is only asked once more.
        let _ = disk::write_json(&known, &true);
        Ok(())
    }

    /// Lets the engine make the container. Podman makes none with an init process that is not there
    /// (4.3 and 5.8); that is found out, and told, when the container is to be run. One that cannot be made
    /// could not be started either, and is told as that: by then, or now, is a matter of what is known.
    async fn rehearse(&self, spec: &RunSpec) -> Result<Applied, BuildError> {
        let (engine, source) = match self.runtime.rehearse(spec).await {
            Err(RuntimeError::CommandFailed { engine, source }) => (engine, source),
            result => return Ok(result?),
        };
        if spec.init == Init::Engine {
            let without = RunSpec {
                init: Init::Program,
                ..spec.clone()
            };
            if let Ok(applied) = self.runtime.rehearse(&without).await {
                return Ok(applied);
            }
            // The first failure is the one to be told.
        }
        Err(RuntimeError::StartFailed { engine, source }.into())
    }

    /// Forgets that the engine was found to confine containers.
    pub(in crate::ops) fn forget_confinement(&self) {
        let _ = fs::remove_file(self.confined_file());
    }

    fn confined_file(&self) -> Utf8PathBuf {
        let engine = self.engine_key();
        let directory = self.host.dirs.cache.join("engines");
        directory.join(format!("confined-{}.json", engine.as_str()))
    }
}
