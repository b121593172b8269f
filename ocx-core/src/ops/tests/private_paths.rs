//! Directories that sessions have for themselves.

use super::world::World;

#[tokio::test]
async fn what_is_hidden_does_not_become_private() {
    let settings = [
        ("custom_base_image", "team"),
        ("private_paths", r#"["secrets/a", "node_modules"]"#),
        ("forbidden_paths", r#"["secrets"]"#),
    ];
    let world = World::with_images(&settings, &["team"]);
    let root = world.sandbox.host.current_dir.clone();
    std::fs::create_dir_all(root.join("secrets/a")).unwrap();
    world.opencode(&[]).await.unwrap();
    let run = world.engine.lock().unwrap().runs.last().unwrap().clone();
    let is_mounted = |path: &str| {
        let target = root.join(path);
        run.mounts.iter().any(|mount| mount.target == target)
    };
    assert!(is_mounted("node_modules") && is_mounted("secrets"));
    assert!(!is_mounted("secrets/a"));
}
