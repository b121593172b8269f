//! What an engine is called, and its version.

use ocx_tests::engine::{Engine, EngineKind};

/// The engine with its version, and the release that it comes from.
pub(crate) fn describe(engine: &Engine) -> String {
    let (name, format) = match engine.kind() {
        EngineKind::Docker => ("Docker", DOCKER),
        EngineKind::DockerRootless => ("Docker, rootless", DOCKER),
        EngineKind::Podman => ("Podman, rootless", "{{.Client.Version}}"),
    };
    let version = engine.cli().require(&["version", "--format", format]);
    match engine.lane().release() {
        None => format!("{name} {version}"),
        Some(release) => format!("{name} {version} (Debian {})", release.suite()),
    }
}

const DOCKER: &str = "{{.Client.Version}}, engine {{.Server.Version}}";
