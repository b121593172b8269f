//! The choice of the engine.

use std::sync::Arc;

use ocx_core::{
    engine::Execution,
    host::Host,
    ops::EngineKey,
    report::Reporter,
    runtime::{ContainerRuntime, RuntimeError},
    settings::RuntimeChoice,
};
use ocx_docker::Endpoint;

use crate::engine_key;

/// An engine, and what tells it from others.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) runtime: Box<dyn ContainerRuntime>,
    pub(crate) key: EngineKey,
}

/// The engine that the settings choose.
pub(crate) fn choose(
    choice: RuntimeChoice,
    host: &Host,
    execution: Execution,
    reporter: Arc<dyn Reporter>,
) -> Result<Backend, RuntimeError> {
    match choice {
        RuntimeChoice::Auto | RuntimeChoice::Docker => {
            let endpoint = Endpoint::find(&host.environment, &host.home);
            let program = "docker".into();
            let key = engine_key::of_docker(host, "docker".into(), &endpoint);
            let runtime = Box::new(ocx_docker::docker(program, &endpoint, execution, reporter));
            Ok(Backend { runtime, key })
        }
        RuntimeChoice::Podman => Err(RuntimeError::Unsupported {
            engine: "podman",
            feature: "running sessions".to_owned(),
            remedy: "use Docker for now: `--runtime docker`".to_owned(),
        }),
    }
}
