//! Caches that the sessions of all projects share.

use camino::{Utf8Path, Utf8PathBuf};

use super::world::World;
use crate::spec::{Mount, MountSource};

/// The mounts below the home directory of a session with these settings.
async fn mounts(settings: &[(&str, &str)]) -> (World, Vec<Mount>) {
    let settings = [&[("custom_base_image", "team")], settings].concat();
    let world = World::with_images(&settings, &["team"]);
    world.opencode(&[]).await.unwrap();
    let run = world.engine.lock().unwrap().runs.last().unwrap().clone();
    let mounts = run.mounts.into_iter();
    let mounts = mounts.filter(|mount| mount.target.starts_with("/ocx/home"));
    (world, mounts.collect())
}

fn source(mounts: &[Mount], target: &str) -> Option<Utf8PathBuf> {
    let mount = mounts.iter().find(|mount| mount.target == target)?;
    match &mount.source {
        MountSource::Bind(path) => Some(path.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn they_lie_beside_each_other_where_no_session_sees_the_others() {
    let paths = r#"["~/.npm", "~/.cargo/registry", "~/.cargo/git"]"#;
    let (world, mounts) = mounts(&[("cache_paths", paths)]).await;
    let shared = world.sandbox.host.dirs.cache.join("shared/glibc");
    let mut sources = [".npm", ".cargo/registry", ".cargo/git"].map(|path| {
        let source = source(&mounts, &format!("/ocx/home/{path}")).expect(path);
        assert_eq!(source.parent(), Some(&*shared), "{path}");
        assert!(source.is_dir(), "{source}");
        source
    });
    sources.sort();
    assert!(sources[0] != sources[1] && sources[1] != sources[2]);
    // What they lie in is the project's own.
    let parent = source(&mounts, "/ocx/home/.cargo").unwrap();
    assert!(!parent.starts_with(&shared));
}

#[tokio::test]
async fn there_are_none_by_default_and_a_mount_of_the_users_comes_first() {
    let (world, mounts_without) = mounts(&[]).await;
    assert!(!world.sandbox.host.dirs.cache.join("shared").exists());
    assert_eq!(source(&mounts_without, "/ocx/home/.npm/_cacache"), None);

    let own = world.sandbox.host.home.join("npm");
    std::fs::create_dir_all(&own).unwrap();
    let mount = format!("[\"{own}:~/.npm:rw\"]");
    let settings = [("cache_paths", "common"), ("extra_mounts", &*mount)];
    let (_world, mounts) = mounts(&settings).await;
    assert_eq!(
        source(&mounts, "/ocx/home/.npm").as_deref(),
        Some(Utf8Path::new(&own))
    );
    assert_eq!(source(&mounts, "/ocx/home/.npm/_cacache"), None);
    assert!(source(&mounts, "/ocx/home/go/pkg/mod").is_some());
}
