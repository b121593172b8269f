//! Limits on resources, as the kernel has them.

use super::{
    CheckFunction, Found, Suite, check,
    verdict::{Verdict, applies, equal},
};
use crate::spec::{Limits, RunSpec};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("memory is limited", memory),
    check!("processors are limited", processors),
    check!("processes are limited", processes),
];

const MEMORY: u64 = 256 << 20;
const PROCESSES: u32 = 123;

/// What is in the first of these files of the container's control group that is there.
async fn control(suite: &Suite<'_>, limits: Limits, files: [&str; 2]) -> Found<String> {
    let paths = files.map(|file| format!("/sys/fs/cgroup/{file}"));
    let [unified, separate] = &paths;
    let spec = RunSpec {
        limits,
        ..suite.script(&format!("cat {unified} 2>/dev/null || cat {separate}"))
    };
    let found = suite.output(&spec).await?;
    Ok(found.split_whitespace().collect::<Vec<_>>().join(" "))
}

async fn memory(suite: &Suite<'_>) -> Verdict {
    applies(
        suite.witness.engine()?.limits.memory,
        "the engine cannot limit memory",
    )?;
    let limits = Limits {
        memory: Some(MEMORY),
        ..Limits::default()
    };
    let files = ["memory.max", "memory/memory.limit_in_bytes"];
    equal(control(suite, limits, files).await?, MEMORY.to_string())
}

async fn processors(suite: &Suite<'_>) -> Verdict {
    applies(
        suite.witness.engine()?.limits.cpus,
        "the engine cannot limit processors",
    )?;
    let limits = Limits {
        cpus: Some(1.5),
        ..Limits::default()
    };
    let files = [
        "cpu.max",
        "cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu/cpu.cfs_period_us",
    ];
    let found = control(suite, limits, files).await?;
    equal(found.as_str(), "150000 100000")
}

async fn processes(suite: &Suite<'_>) -> Verdict {
    applies(
        suite.witness.engine()?.limits.pids,
        "the engine cannot limit processes",
    )?;
    let limits = Limits {
        pids: Some(PROCESSES),
        ..Limits::default()
    };
    let files = ["pids.max", "pids/pids.max"];
    equal(control(suite, limits, files).await?, PROCESSES.to_string())
}
