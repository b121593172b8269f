//! Values that fit each by itself and not together.

use super::{Origins, Settings, SettingsError};

/// Fails for the first of them.
pub(super) fn check(settings: &Settings, origins: &Origins) -> Result<(), SettingsError> {
    let (Some(shm_size), Some(memory)) = (settings.shm_size, settings.memory) else {
        return Ok(());
    };
    if shm_size <= memory {
        return Ok(());
    }
    // What lies there counts as memory of the session.
    Err(SettingsError::Value {
        origin: origins.of("shm_size").clone(),
        key: "shm_size",
        found: format!("`{shm_size}`"),
        expected: format!("no more than the limit on memory, `{memory}`"),
        at: None,
    })
}
