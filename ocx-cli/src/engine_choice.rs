//! The choice between two engines.

use std::fs;

use camino::Utf8PathBuf;
use ocx_core::{
    ops::{self, EngineKey, Ocx, OcxError},
    runtime::RuntimeError,
};
use serde::{Deserialize, Serialize};

use crate::backend::Backend;

/// An engine of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Docker,
    Podman,
}

/// What was chosen before. It is forgotten with whatever it depends on: another program, another
/// socket, another project; and when the chosen engine does not answer any more.
#[derive(Debug)]
pub(crate) struct Memory {
    file: Utf8PathBuf,
}

impl Memory {
    /// The memory for these engines and the project of `ocx`.
    pub(crate) fn of(docker: &Backend, podman: &Backend, ocx: &Ocx<'_>) -> Self {
        let project = ocx.project.id.as_str();
        let key = EngineKey::new(&[docker.key.as_str(), podman.key.as_str(), project]);
        Self {
            file: ocx
                .host
                .dirs
                .cache
                .join("engines")
                .join(format!("choice-{}.json", key.as_str())),
        }
    }

    pub(crate) fn recall(&self) -> Option<Engine> {
        serde_json::from_slice(&fs::read(&self.file).ok()?).ok()
    }

    pub(crate) fn forget(&self) {
        // Without it the engines are only asked once more.
        let _ = fs::remove_file(&self.file);
    }

    fn remember(&self, engine: Engine) {
        let Ok(text) = serde_json::to_vec(&engine) else {
            return;
        };
        let write = || {
            let directory = self.file.parent()?;
            fs::create_dir_all(directory).ok()?;
            let unfinished = tempfile::NamedTempFile::new_in(directory).ok()?;
            fs::write(unfinished.path(), text).ok()?;
            unfinished.persist(&self.file).ok()
        };
        let _ = write();
    }
}

/// The engine that answers; if both do, the one that has this project's ocx image, and Docker if both
/// or neither has.
///
/// `docker` and `podman` are the same project on either engine.
pub(crate) async fn choose(
    docker: &Ocx<'_>,
    podman: &Ocx<'_>,
    memory: &Memory,
) -> Result<Engine, OcxError> {
    if let Some(engine) = memory.recall() {
        return Ok(engine);
    }
    let (docker_answers, podman_answers) =
        tokio::join!(ops::meet_engine(docker), ops::meet_engine(podman));
    let engine = match (docker_answers, podman_answers) {
        (Ok(()), Err(_)) => Engine::Docker,
        (Err(_), Ok(())) => Engine::Podman,
        (Ok(()), Ok(())) => {
            let has_image = async |ocx| ops::has_image(ocx).await.unwrap_or(false);
            match tokio::join!(has_image(docker), has_image(podman)) {
                (false, true) => Engine::Podman,
                _ => Engine::Docker,
            }
        }
        (Err(docker_error), Err(_)) => return Err(docker_error),
    };
    memory.remember(engine);
    Ok(engine)
}

/// Whether an error may mean that an engine which was chosen before is not there any more.
pub(crate) fn is_gone(error: &OcxError) -> bool {
    matches!(
        error,
        OcxError::Runtime(
            RuntimeError::NotInstalled { .. }
                | RuntimeError::Unreachable { .. }
                | RuntimeError::Denied { .. }
                | RuntimeError::TooOld { .. }
        )
    )
}
