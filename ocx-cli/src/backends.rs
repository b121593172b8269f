//! The engines that this command knows.

use std::sync::Arc;

use ocx_core::{
    engines::{Backend, ChoiceError, Trouble},
    runtime::EngineName,
    settings::RuntimeChoice,
};

/// All of them, the one that is preferred first. Another one is added here, and nowhere else.
pub(crate) fn all() -> Vec<Arc<dyn Backend>> {
    vec![ocx_docker::backend(), ocx_podman::backend()]
}

/// Fails if an engine is named that this command does not know, whether or not it will be used: it is told
/// where it is read, and not when a session is to begin.
pub(crate) fn check_choice(choice: &RuntimeChoice) -> Result<(), ChoiceError> {
    let RuntimeChoice::Named(name) = choice else {
        return Ok(());
    };
    let known: Vec<EngineName> = all().iter().map(|backend| backend.name()).collect();
    if known.contains(name) {
        return Ok(());
    }
    Err(ChoiceError::Unknown { name: *name, known })
}

/// What can be done about trouble with an engine.
pub(crate) fn remedies(engine: &EngineName, trouble: Trouble) -> Vec<String> {
    let backends = all();
    let backend = backends.iter().find(|backend| backend.name() == *engine);
    backend
        .map(|backend| backend.remedies(trouble))
        .unwrap_or_default()
}
