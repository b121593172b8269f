//! Sample records.

use std::collections::BTreeMap;

use crate::runtime::{EngineInfo, EngineMode, GroupSupport, HealthCheck, ImageInfo, LimitSupport};

/// An image without any configuration.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn image_info() -> ImageInfo {
    ImageInfo {
        id: "0".repeat(64).parse().expect("an ID"),
        layers: vec![],
        architecture: "amd64".to_owned(),
        os: "linux".to_owned(),
        environment: vec![],
        user: String::new(),
        entrypoint: vec![],
        command: vec![],
        stop_signal: String::new(),
        working_directory: String::new(),
        labels: BTreeMap::new(),
        volumes: vec![],
        on_build: vec![],
        health_check: HealthCheck::Absent,
        from_registry: false,
        names: vec![],
        size: 0,
    }
}

/// A rootful engine that can do everything.
#[must_use]
pub fn engine_info() -> EngineInfo {
    EngineInfo {
        version: "28.2.2".to_owned(),
        mode: EngineMode::Rootful,
        architecture: "amd64".to_owned(),
        remote: false,
        socket: None,
        selinux: false,
        seccomp: true,
        limits: LimitSupport {
            memory: true,
            cpus: true,
            pids: true,
        },
        init: true,
        copies_layers: false,
        copies_images: false,
        groups: GroupSupport::ByNumber,
        host_alias: Some("host.docker.internal".to_owned()),
    }
}
