//! What the figures were measured on.

use std::{fs, process::Command};

use ocx_tests::engine::{Engine, EngineKind};

use crate::step::{Outcome, read};

/// Date, processor and kernel, in one line.
pub(super) fn describe() -> Outcome<String> {
    let date = read(Command::new("date").args(["--utc", "--iso-8601"]))?;
    let kernel = read(Command::new("uname").args(["--kernel-release", "--machine"]))?;
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    Ok(format!(
        "{}, {model}, {cores} cores, Linux {}",
        date.trim(),
        kernel.trim()
    ))
}

/// An engine with its version.
pub(super) fn engine(engine: &Engine) -> String {
    let format = match engine.kind() {
        EngineKind::Docker | EngineKind::DockerRootless => {
            "{{.Client.Version}}, engine {{.Server.Version}}"
        }
        EngineKind::Podman => "{{.Client.Version}}",
    };
    let version = engine.cli().require(&["version", "--format", format]);
    let name = match engine.kind() {
        EngineKind::Docker => "Docker",
        EngineKind::DockerRootless => "Docker, rootless",
        EngineKind::Podman => "Podman, rootless",
    };
    format!("{name} {version}")
}
