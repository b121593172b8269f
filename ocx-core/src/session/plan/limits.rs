//! Limits on resources, and whether the engine can enforce them.

use crate::{
    runtime::EngineInfo,
    settings::{ByteSize, Settings},
    spec::Limits,
};

/// The setting that limits processes.
pub(super) const PIDS_LIMIT: &str = "pids_limit";

/// The default of that setting.
pub(super) const DEFAULT_PIDS_LIMIT: u32 = 4096;

/// The limits in the settings that the engine cannot enforce, by the names of their settings.
///
/// Rootless engines can enforce none on cgroup v1, and on v2 those whose controller the system
/// delegates to the user.
#[must_use]
pub(crate) fn unenforced_limits(settings: &Settings, engine: &EngineInfo) -> Vec<&'static str> {
    [
        ("memory", settings.memory.is_some(), engine.limits.memory),
        ("cpus", settings.cpus.is_some(), engine.limits.cpus),
        (
            PIDS_LIMIT,
            settings.pids_limit.is_some(),
            engine.limits.pids,
        ),
    ]
    .into_iter()
    .filter(|(_, wanted, supported)| *wanted && !supported)
    .map(|(name, _, _)| name)
    .collect()
}

/// The limits in the settings that the engine can enforce. The others are left out, since some
/// engines start nothing with a limit that they cannot enforce.
pub(super) fn enforced_limits(settings: &Settings, engine: &EngineInfo) -> Limits {
    let supported = engine.limits;
    Limits {
        memory: settings
            .memory
            .filter(|_| supported.memory)
            .map(ByteSize::bytes),
        cpus: settings.cpus.filter(|_| supported.cpus),
        pids: settings.pids_limit.filter(|_| supported.pids),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_the_default() {
        let line = format!("{PIDS_LIMIT} = {DEFAULT_PIDS_LIMIT}");
        assert!(crate::settings::DEFAULTS.lines().any(|text| text == line));
    }
}
