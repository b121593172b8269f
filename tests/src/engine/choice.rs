//! Which engines the tests of this program use.

use std::sync::OnceLock;

use super::{Engine, EngineKind, Unusable, podman};
use crate::run_id::RunId;

/// The variable that lists the engines without which tests fail: `docker,podman`, say.
pub const REQUIRED: &str = "OCX_TEST_REQUIRE_ENGINES";

/// The variable that lists the engines to use. Tests skip all others, and use all if it is not set.
pub const CHOSEN: &str = "OCX_TEST_ENGINES";

impl Engine {
    /// This machine's engine of a kind. `None`, with a message, if it cannot be used or was not
    /// chosen; a panic if [`REQUIRED`] names it.
    #[must_use]
    pub fn get(kind: EngineKind) -> Option<&'static Self> {
        static ENGINES: [OnceLock<Result<Engine, Unusable>>; EngineKind::ALL.len()] =
            [const { OnceLock::new() }; EngineKind::ALL.len()];
        let found = ENGINES[kind as usize].get_or_init(|| {
            if lists(CHOSEN, kind) == Some(false) {
                return Err(Unusable(format!("{CHOSEN} leaves {kind} out")));
            }
            // They may hold engines that would be in the way.
            crate::cleanup::remove_finished_directories();
            let engine = Self::find(kind, RunId::current())?;
            crate::cleanup::remove_finished_runs(&engine);
            Ok(engine)
        });
        match found {
            Ok(engine) => Some(engine),
            Err(reason) => {
                assert!(
                    lists(REQUIRED, kind) != Some(true),
                    "{kind} is required, but {reason}"
                );
                eprintln!("skipped on {kind}: {reason}");
                None
            }
        }
    }

    /// An engine for a test that is not about engines. `None`, with a message, if there is none.
    #[must_use]
    pub fn any() -> Option<&'static Self> {
        EngineKind::ALL.into_iter().find_map(Self::get)
    }
}

/// Runs the body of a test on an engine of this kind, if there is one.
pub fn run_on(kind: EngineKind, body: fn(&'static Engine)) {
    if let Some(engine) = Engine::get(kind) {
        body(engine);
    }
}

/// The engines of this machine that outlast `run`. Those that were made for it must be gone.
pub(crate) fn lasting(run: &RunId) -> Vec<Engine> {
    EngineKind::ALL
        .into_iter()
        .filter(|kind| *kind != EngineKind::Podman || podman::lasts())
        .filter_map(|kind| Engine::find(kind, run).ok())
        .collect()
}

fn lists(variable: &str, kind: EngineKind) -> Option<bool> {
    let list = std::env::var(variable).ok()?;
    Some(list.split(',').any(|name| name.trim() == kind.name()))
}
