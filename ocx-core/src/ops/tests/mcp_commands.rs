//! MCP servers that a base has no program for.

use super::world::World;
use crate::ops::BuildRequest;

const CONFIG: &str = r#"{"mcp": {
    "browser": {"type": "local", "command": ["npx", "-y", "x"]},
    "git": {"type": "local", "command": ["git", "mcp"]},
    "own": {"type": "local", "command": ["opencode", "mcp"]},
    "off": {"type": "local", "command": ["uvx"], "enabled": false},
    "path": {"type": "local", "command": ["/opt/x/server"]},
    "elsewhere": {"type": "local", "command": ["deno"], "environment": {"PATH": "/opt/deno"}},
    "somehow": {"type": "local", "command": ["{env:SERVER}"]},
    "remote": {"type": "remote", "url": "https://example.com"},
    "odd": {"command": "npx"}
}}"#;

/// A world whose base has been looked at, and has `git` only.
async fn world(complete: bool) -> World {
    let world = World::with_images(&[("custom_base_image", "team")], &["team"]);
    let config = world.sandbox.host.dirs.config.with_file_name("opencode");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("opencode.json"), CONFIG).unwrap();
    let says = format!(
        "1.18.33\n{{\"closed\":[],\"refused\":[],\"programs\":[\"git\"],\"complete\":{complete}}}\n"
    );
    world.engine.lock().unwrap().says = Some(says);
    world.ocx().build(&BuildRequest::implicit()).await.unwrap();
    world
}

#[tokio::test]
async fn what_a_base_lacks_for_a_server_is_told_once() {
    let world = world(true).await;
    world.calls();
    world.opencode(&[]).await.unwrap();
    let told = "the MCP server `browser` is started by `npx`, which team does not have";
    assert_eq!(world.times_said(told), 1, "{:?}", world.said);
    assert_eq!(world.times_said("the MCP server"), 1, "{:?}", world.said);
    world.forget_what_was_said();
    world.opencode(&[]).await.unwrap();
    assert!(!world.said("the MCP server"), "{:?}", world.said);
}

#[tokio::test]
async fn what_is_not_known_is_not_told() {
    let world = world(false).await;
    world.opencode(&[]).await.unwrap();
    assert!(!world.said("the MCP server"), "{:?}", world.said);
}
