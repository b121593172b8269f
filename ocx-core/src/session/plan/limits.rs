//! Limits on resources, and whether the engine can enforce them.

use super::{Causes, setting};
use crate::{
    runtime::EngineInfo,
    settings::{ByteSize, Settings},
    spec::{Limits, Piece},
};

/// The setting that limits processes.
const PIDS_LIMIT: &str = "pids_limit";

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

/// Why there are limits. That of processes may also say that there is none.
pub(super) fn limit_causes(settings: &Settings) -> Causes {
    let mut causes = Causes::default();
    causes.set(Piece::Pids, [setting(PIDS_LIMIT)]);
    if settings.memory.is_some() {
        causes.set(Piece::Memory, [setting("memory")]);
    }
    if settings.cpus.is_some() {
        causes.set(Piece::Cpus, [setting("cpus")]);
    }
    causes.set(Piece::SharedMemory, [setting("shm_size")]);
    causes.set(Piece::Ulimits, [setting("ulimits")]);
    causes
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::runtime::LimitSupport;

    fn support(memory: bool, cpus: bool, pids: bool) -> LimitSupport {
        LimitSupport { memory, cpus, pids }
    }

    #[test]
    fn each_limit_is_enforced_or_told_by_itself() {
        let all = [("memory", "2g"), ("cpus", "1.5"), ("pids_limit", "100")];
        let mut fixture = Fixture::new(&all);
        for (memory, cpus, pids) in [
            (true, true, true),
            (false, true, true),
            (true, false, true),
            (true, true, false),
            (false, false, false),
        ] {
            fixture.engine.limits = support(memory, cpus, pids);
            let limits = Limits {
                memory: memory.then_some(2 << 30),
                cpus: cpus.then_some(1.5),
                pids: pids.then_some(100),
            };
            assert_eq!(enforced_limits(&fixture.settings, &fixture.engine), limits);
            let left_out: Vec<&str> = [("memory", memory), ("cpus", cpus), (PIDS_LIMIT, pids)]
                .into_iter()
                .filter(|(_, supported)| !supported)
                .map(|(name, _)| name)
                .collect();
            assert_eq!(
                unenforced_limits(&fixture.settings, &fixture.engine),
                left_out
            );
        }
    }

    #[test]
    fn what_nobody_limits_is_not_missed() {
        let mut fixture = Fixture::new(&[("pids_limit", "0")]);
        for limits in [support(true, true, true), support(false, false, false)] {
            fixture.engine.limits = limits;
            let (settings, engine) = (&fixture.settings, &fixture.engine);
            assert_eq!(enforced_limits(settings, engine), Limits::default());
            assert_eq!(unenforced_limits(settings, engine), [""; 0]);
        }
    }
}
