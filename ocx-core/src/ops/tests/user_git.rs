//! What a session's Git and SSH have of the user's own.

use std::os::unix::{fs::symlink, net::UnixListener};

use super::world::World;
use crate::{
    layout,
    spec::{Access, EnvName, MountSource, RunSpec},
};

fn world(settings: &[(&str, &str)]) -> World {
    let settings = [&[("custom_base_image", "team")][..], settings].concat();
    let mut world = World::with_images(&settings, &["team"]);
    let home = world.sandbox.host.home.to_string();
    for (name, value) in [("HOME", home.as_str()), ("GIT_CONFIG_NOSYSTEM", "1")] {
        set(&mut world, name, value);
    }
    world
}

fn set(world: &mut World, name: &str, value: &str) {
    let environment = &mut world.sandbox.host.environment;
    environment.insert(name.to_owned(), value.to_owned());
}

/// What runs in a session.
async fn session(world: &World) -> RunSpec {
    world.opencode(&[]).await.unwrap();
    let engine = world.engine.lock().unwrap();
    engine.runs.last().unwrap().clone()
}

/// Git's settings in it.
fn settings(run: &RunSpec) -> Vec<(String, String)> {
    let count: usize = variable(run, "GIT_CONFIG_COUNT").unwrap().parse().unwrap();
    let at = |word: &str, number| variable(run, &format!("GIT_CONFIG_{word}_{number}")).unwrap();
    let settings = (0..count).map(|number| (at("KEY", number), at("VALUE", number)));
    settings.collect()
}

fn variable(run: &RunSpec, name: &str) -> Option<String> {
    let name: EnvName = name.parse().unwrap();
    run.environment
        .get(&name)
        .map(|value| value.expose().to_owned())
}

/// What is mounted there, read-only.
fn mounted(run: &RunSpec, target: &str) -> Option<camino::Utf8PathBuf> {
    let mount = run.mounts.iter().find(|mount| mount.target == target)?;
    assert_eq!(mount.access, Access::ReadOnly, "{target}");
    match &mount.source {
        MountSource::Bind(source) => Some(source.clone()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn files_of_patterns_are_copied() {
    let world = world(&[]);
    let write = |path: &str, text: &str| world.sandbox.write(path, text);
    write(
        "home/.gitconfig",
        "[core]\nexcludesFile = ~/dotfiles/ignored\n",
    );
    write("home/dotfiles/ignored", ".idea\n");
    write("home/.config/git/ignore", "not this one\n");
    write("home/.config/git/attributes", "*.lock -diff\n");
    let run = session(&world).await;
    for (key, name, text) in [
        ("core.excludesFile", "ignore", ".idea\n"),
        ("core.attributesFile", "attributes", "*.lock -diff\n"),
    ] {
        let target = format!("{}/{name}", layout::GIT_FILES);
        let copy = mounted(&run, &target).unwrap();
        assert!(copy.starts_with(&world.sandbox.host.dirs.cache), "{copy}");
        assert_eq!(std::fs::read_to_string(copy).unwrap(), text);
        assert!(settings(&run).contains(&(key.to_owned(), target)), "{key}");
    }
}

#[tokio::test]
async fn what_holds_keys_or_is_no_file_is_not_copied() {
    let world = world(&[]);
    let key = world.sandbox.write("home/.ssh/id_ed25519", "hunter2");
    let ignore = world.sandbox.write("home/.config/git/ignore", "");
    let attributes = ignore.with_file_name("attributes");
    std::fs::remove_file(&ignore).unwrap();
    // As an agent would that may write to the directory.
    symlink(key, &ignore).unwrap();
    std::fs::create_dir(&attributes).unwrap();
    let run = session(&world).await;
    assert_eq!(settings(&run).len(), 1, "{:?}", settings(&run));
    assert!(
        run.mounts
            .iter()
            .all(|it| !it.target.starts_with(layout::GIT_FILES))
    );
    for (path, reason) in [
        (&ignore, "keys or passwords of yours are kept there"),
        (&attributes, "it is a directory, not a regular file"),
    ] {
        let told = format!("`{path}` was not copied into the session: {reason}");
        assert!(world.said(&told), "{told}");
    }
    std::fs::remove_file(&ignore).unwrap();
    std::fs::write(&ignore, vec![b'x'; (1 << 20) + 1]).unwrap();
    session(&world).await;
    assert!(world.said("it is larger than 1 MiB"));
}

#[tokio::test]
async fn an_agent_is_lent_with_the_hosts_that_the_user_knows() {
    let mut world = world(&[("ssh_agent", "true")]);
    let path = world.sandbox.top.join("agent.sock");
    let _agent = UnixListener::bind(&path).unwrap();
    let link = world.sandbox.top.join("newest");
    symlink(&path, &link).unwrap();
    set(&mut world, "SSH_AUTH_SOCK", link.as_str());
    let known = world
        .sandbox
        .write("home/.ssh/known_hosts", "x.example …\n");
    world.sandbox.write(
        "home/.gitconfig",
        "[url \"git@x.example:\"]\ninsteadOf = https://x.example/\n",
    );
    let run = session(&world).await;
    assert_eq!(mounted(&run, layout::SSH_AGENT), Some(path));
    assert_eq!(mounted(&run, layout::SSH_KNOWN_HOSTS), Some(known));
    assert_eq!(
        variable(&run, "SSH_AUTH_SOCK").as_deref(),
        Some("/ocx/ssh-agent.sock")
    );
    assert_eq!(
        variable(&run, "GIT_SSH_COMMAND").as_deref(),
        Some("ssh -o UserKnownHostsFile=/ocx/etc/ssh_known_hosts -o StrictHostKeyChecking=yes")
    );
    let rule = ("url.git@x.example:.insteadOf", "https://x.example/");
    let rule = (rule.0.to_owned(), rule.1.to_owned());
    assert_eq!(settings(&run)[1..], [rule]);
}

#[tokio::test]
async fn an_agent_is_used_through_the_bridge_where_the_network_is_a_list() {
    let given = [("ssh_agent", "true"), ("network", "filtered")];
    let mut world = world(&given);
    let path = world.sandbox.top.join("agent.sock");
    let _agent = UnixListener::bind(&path).unwrap();
    set(&mut world, "SSH_AUTH_SOCK", path.as_str());
    let run = session(&world).await;
    assert_eq!(mounted(&run, layout::SSH_AGENT), Some(path));
    let command = variable(&run, "GIT_SSH_COMMAND").unwrap();
    for part in [
        "StrictHostKeyChecking=yes",
        "/ocx/bridge/connect.js 3128 %h %p",
    ] {
        assert!(command.contains(part), "{command}");
    }
}

#[tokio::test]
async fn a_session_has_no_agent_unless_the_user_says_so_and_one_is_there() {
    let not_a_socket = "/tmp";
    let passed = ("env_passthrough", r#"["SSH_AUTH_SOCK"]"#);
    let mounted_there = ("extra_mounts", r#"["/srv:/data"]"#);
    let lent = ("ssh_agent", "true");
    let absent = Some("/data/agent");
    for (given, socket, told) in [
        (&[][..], absent, None),
        (&[passed][..], absent, Some("so no agent answers")),
        (&[passed][..], None, None),
        (&[passed, mounted_there][..], absent, None),
        (&[lent][..], None, Some("since SSH_AUTH_SOCK is not set")),
        (&[lent][..], Some(not_a_socket), Some("which is no socket")),
        (&[lent, ("network", "none")][..], absent, None),
    ] {
        let mut world = world(given);
        if let Some(socket) = socket {
            set(&mut world, "SSH_AUTH_SOCK", socket);
        }
        world.sandbox.write(
            "home/.gitconfig",
            "[url \"git@x.example:\"]\ninsteadOf = https://x.example/\n",
        );
        let run = session(&world).await;
        assert_eq!(mounted(&run, layout::SSH_AGENT), None, "{given:?}");
        assert_eq!(variable(&run, "GIT_SSH_COMMAND"), None, "{given:?}");
        assert_eq!(world.said("SSH_AUTH_SOCK"), told.is_some(), "{given:?}");
        assert!(told.is_none_or(|told| world.said(told)), "{given:?}");
        if !given.contains(&lent) {
            // HTTPS works without keys, and what they would make of it does not.
            assert_eq!(settings(&run).len(), 1, "{given:?}");
        }
    }
}
