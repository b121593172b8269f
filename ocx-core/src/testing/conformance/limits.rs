//! Limits on resources, as the kernel has them, and devices.

use super::{
    CheckFunction, Found, Suite, check,
    verdict::{Verdict, applies, equal},
};
use crate::spec::{Limits, RunSpec, UserMapping};

pub(super) const CHECKS: &[(&str, CheckFunction)] = &[
    check!("memory is limited", memory),
    check!("processors are limited", processors),
    check!("processes are limited", processes),
    check!("shared memory has its size", shared_memory),
    check!("each process has its limits", ulimits),
    check!("a device is there", a_device),
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

async fn shared_memory(suite: &Suite<'_>) -> Verdict {
    let spec = RunSpec {
        shm_size: Some(100 << 20),
        ..suite.script("df -k /dev/shm | tail -n 1 | tr -s ' ' | cut -d ' ' -f 2")
    };
    let found = suite.output(&spec).await?;
    equal(found.trim(), "102400")
}

async fn ulimits(suite: &Suite<'_>) -> Verdict {
    let limits = [("core", "0"), ("nofile", "100:200")];
    let limits = limits.map(|(name, limit)| {
        let name = name.parse().expect("a name");
        (name, limit.parse().expect("a limit"))
    });
    let spec = RunSpec {
        ulimits: limits.into(),
        ..suite.script("echo $(ulimit -Hc) $(ulimit -Sn) $(ulimit -Hn)")
    };
    let found = suite.output(&spec).await?;
    equal(found.trim(), "0 100 200")
}

async fn a_device(suite: &Suite<'_>) -> Verdict {
    // Rootless Docker mounts a device from where it is to be (runc 1.1), so that none gets another name.
    let may_rename = suite.fixture.user != UserMapping::ContainerRootIsHost;
    applies(may_rename, "devices keep their names on this engine")?;
    let device = "/dev/zero:/dev/conformance:r";
    let spec = RunSpec {
        devices: vec![device.parse().expect("a device")],
        ..suite.script("head -c 5 /dev/conformance | wc -c")
    };
    let found = suite.output(&spec).await?;
    equal(found.trim(), "5")
}
