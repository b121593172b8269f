//! Which engines the tests of this program use.

use std::sync::OnceLock;

use super::{Engine, Lane, Unusable, health, podman};
use crate::run_id::RunId;

/// The variable that lists the engines without which tests fail: `docker,podman`, say.
pub const REQUIRED: &str = "OCX_TEST_REQUIRE_ENGINES";

/// The variable that lists the engines to use. Tests skip all others, and use all if it is not set.
pub const CHOSEN: &str = "OCX_TEST_ENGINES";

impl Engine {
    /// The engine of a lane. `None`, with a message, if it cannot be used or was not chosen; a panic
    /// if [`REQUIRED`] names it.
    #[must_use]
    pub fn get(lane: Lane) -> Option<&'static Self> {
        static ENGINES: [OnceLock<Result<Engine, Unusable>>; Lane::ALL.len()] =
            [const { OnceLock::new() }; Lane::ALL.len()];
        let found = ENGINES[lane as usize].get_or_init(|| {
            if lists(CHOSEN, lane) == Some(false) {
                return Err(Unusable(format!("{CHOSEN} leaves {lane} out")));
            }
            // They may hold engines that would be in the way.
            crate::cleanup::remove_finished_directories();
            let engine = Self::find(lane, RunId::current())?;
            crate::cleanup::remove_finished_runs(&engine);
            Ok(engine)
        });
        match found {
            Ok(engine) => Some(engine),
            Err(reason) => {
                assert!(
                    lists(REQUIRED, lane) != Some(true),
                    "{lane} is required, but {reason}"
                );
                crate::skip::skip(format_args!("{lane}: {reason}"));
                None
            }
        }
    }

    /// An engine for a test that is not about engines. `None`, with a message, if there is none.
    #[must_use]
    pub fn any() -> Option<&'static Self> {
        Lane::ALL.into_iter().find_map(Self::get)
    }
}

/// Runs the body of a test on the engine of a lane, if there is one.
pub fn run_on(lane: Lane, body: fn(&'static Engine)) {
    if let Some(engine) = Engine::get(lane) {
        health::watched(engine, body);
    }
}

/// The engines of this machine that outlast `run`. Those that were made for it must be gone.
pub(crate) fn lasting(run: &RunId) -> Vec<Engine> {
    Lane::ALL
        .into_iter()
        .filter(|lane| match lane {
            Lane::Docker | Lane::DockerRootless => true,
            Lane::Podman => podman::lasts(),
            Lane::DockerTrixie | Lane::PodmanTrixie | Lane::DockerTesting | Lane::PodmanTesting => {
                false
            }
        })
        .filter_map(|lane| Engine::find(lane, run).ok())
        .collect()
}

fn lists(variable: &str, lane: Lane) -> Option<bool> {
    let list = std::env::var(variable).ok()?;
    Some(list.split(',').any(|name| name.trim() == lane.name()))
}
