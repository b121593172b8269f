//! Bases without Git.

use super::world::World;
use crate::ops::BuildRequest;

const TOLD: &str = "team has no `git`, so nothing can be committed in sessions";

/// A session on a base that has been looked at, and has these programs.
async fn session(world: &World, programs: &str) {
    let says = format!(
        "1.18.33\n{{\"closed\":[],\"refused\":[],\"programs\":[{programs}],\"complete\":true}}\n"
    );
    world.engine.lock().unwrap().says = Some(says);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    world.opencode(&[]).await.unwrap();
}

fn world() -> World {
    World::with_images(&[("custom_base_image", "team")], &["team"])
}

#[tokio::test]
async fn that_a_base_has_no_git_is_told_once() {
    let world = world().with_git();
    session(&world, "\"sh\"").await;
    assert_eq!(world.times_said(TOLD), 1, "{:?}", world.said);
    world.forget_what_was_said();
    world.opencode(&[]).await.unwrap();
    assert!(!world.said(TOLD), "{:?}", world.said);
}

#[tokio::test]
async fn nothing_is_told_where_there_is_one_or_nothing_to_commit() {
    let with_git = world().with_git();
    session(&with_git, "\"git\"").await;
    assert!(!with_git.said(TOLD), "{:?}", with_git.said);
    let without_repository = world();
    session(&without_repository, "\"sh\"").await;
    assert!(
        !without_repository.said(TOLD),
        "{:?}",
        without_repository.said
    );
}
