//! The engines that this command knows.

use std::sync::Arc;

use ocx_core::{
    engines::{Backend, Trouble},
    runtime::EngineName,
};

/// All of them, the one that is preferred first. Another one is added here, and nowhere else.
pub(crate) fn all() -> Vec<Arc<dyn Backend>> {
    vec![ocx_docker::backend(), ocx_podman::backend()]
}

/// What can be done about trouble with an engine.
pub(crate) fn remedies(engine: &EngineName, trouble: Trouble) -> Vec<String> {
    let backends = all();
    let backend = backends.iter().find(|backend| backend.name() == *engine);
    backend
        .map(|backend| backend.remedies(trouble))
        .unwrap_or_default()
}
