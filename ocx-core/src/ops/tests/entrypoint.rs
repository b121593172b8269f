//! Sessions that are started by the entry point of their base.

use super::world::World;
use crate::ops::SessionError;

/// A base that is started by these words, which sessions keep.
fn kept_entrypoint(words: &[&str]) -> World {
    let settings = [("custom_base_image", "team"), ("entrypoint", "keep")];
    let world = World::with_images(&settings, &["team"]);
    let words = words.iter().map(|word| (*word).to_owned());
    world
        .engine
        .lock()
        .unwrap()
        .images
        .get_mut(&"team".parse().unwrap())
        .unwrap()
        .entrypoint = words.collect();
    world
}

#[tokio::test]
async fn the_entry_point_of_the_base_starts_what_runs_if_it_is_kept() {
    let world = kept_entrypoint(&["/setup", "quickly"]);
    world.opencode(&["run"]).await.unwrap();
    let run = world.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(run.command, ["/setup", "quickly", "opencode", "run"]);
    // The image of ocx's own has none, so without the base nobody knows it.
    let base = "team".parse().unwrap();
    world.engine.lock().unwrap().images.remove(&base);
    let error = world.opencode(&["run"]).await.unwrap_err();
    assert!(
        matches!(error, SessionError::EntrypointUnknown { .. }),
        "{error}"
    );
}

#[tokio::test]
async fn an_entry_point_that_starts_nothing_else_is_an_error() {
    for shell in ["/bin/sh", "/bin/bash"] {
        let world = kept_entrypoint(&[shell, "-c", "setup"]);
        let error = world.opencode(&["run"]).await.unwrap_err();
        assert!(
            matches!(error, SessionError::EntrypointOfShell { .. }),
            "{error}"
        );
    }
    // With brackets it may be a script of that kind.
    let world = kept_entrypoint(&["/bin/sh", "/setup.sh"]);
    world.opencode(&["run"]).await.unwrap();
}
