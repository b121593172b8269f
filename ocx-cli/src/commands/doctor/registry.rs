//! Whether the registry of opencode answers, with this machine's proxies and authorities.

use std::time::Duration;

use ocx_core::{
    host::Host,
    opencode::{Build, Libc, Registry, Variant},
    ops::in_full,
    settings::Settings,
};

/// Whoever asks what is wrong does not wait for long.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of asking.
pub(super) struct Answer {
    /// Its address, without a password.
    pub(super) address: String,
    /// The newest version, or why there is no answer.
    pub(super) newest: Result<String, String>,
}

/// Asks it for the newest version, once.
pub(super) async fn ask(host: &Host, settings: &Settings) -> Answer {
    let registry = Registry::new(&settings.opencode_registry);
    let build = Build {
        arch: host.cpu.arch,
        variant: Variant::Plain,
        libc: Libc::Glibc,
    };
    let package = build.package_name();
    let newest = match tokio::time::timeout(PATIENCE, registry.latest(&package)).await {
        Ok(answer) => answer.map_err(|error| in_full(&error)),
        Err(_) => Err(format!("no answer in {} seconds", PATIENCE.as_secs())),
    };
    Answer {
        address: registry.address(),
        newest,
    }
}
