//! What the user's opencode configuration refers to, in sessions.

use super::world::World;
use crate::spec::{Access, MountSource, RunSpec};

const TOKEN: &str = "sk-hunter2-of-a-file";

fn world(settings: &[(&str, &str)], config: &str) -> World {
    let base = [("custom_base_image", "team")];
    let world = World::with_images(&[&base, settings].concat(), &["team"]);
    world
        .sandbox
        .write("home/.config/opencode/opencode.json", config);
    world
}

async fn session(world: &World) -> RunSpec {
    world.opencode(&[]).await.unwrap();
    world.engine.lock().unwrap().runs.last().unwrap().clone()
}

/// What is mounted there, and how.
fn mounted(spec: &RunSpec, target: &str) -> Option<(String, Access)> {
    let mount = spec.mounts.iter().find(|mount| mount.target == target)?;
    match &mount.source {
        MountSource::Bind(source) => Some((source.to_string(), mount.access)),
        _ => None,
    }
}

#[tokio::test]
async fn files_that_values_are_taken_from_come_along() {
    let world = world(
        &[],
        r#"{ "mcp": { "a": { "headers": { "A": "{file:~/.secrets/token}", "B": "{file:./b}", "C": "{file:../c}" } } } }"#,
    );
    let token = world.sandbox.write("home/.secrets/token", TOKEN);
    world.sandbox.write("home/.config/opencode/b", TOKEN);
    let beside = world.sandbox.write("home/.config/c", TOKEN);
    let spec = session(&world).await;
    let expected = Some((token.to_string(), Access::ReadOnly));
    assert_eq!(mounted(&spec, "/ocx/home/.secrets/token"), expected);
    // Its directory is the user's.
    let parent = mounted(&spec, "/ocx/home/.secrets").unwrap();
    assert_eq!(parent.1, Access::ReadWrite);
    // One that is copied is not mounted, too; one beside the configuration is.
    assert_eq!(mounted(&spec, "/ocx/home/.config/opencode/b"), None);
    let expected = Some((beside.to_string(), Access::ReadOnly));
    assert_eq!(mounted(&spec, "/ocx/home/.config/c"), expected);
    assert!(!world.said("is not there"));
}

#[tokio::test]
async fn what_is_missing_or_would_be_seen_by_a_second_name_is_told() {
    let world = world(
        &[("forbidden_paths", "[\".env\"]")],
        r#"{ "x": "{file:~/.none}", "y": "{file:~/work/app/.env}", "z": "{file:/etc/passwd}" }"#,
    );
    world.sandbox.write("home/work/app/.env", TOKEN);
    let spec = session(&world).await;
    assert_eq!(mounted(&spec, "/ocx/home/work/app/.env"), None);
    for reference in ["{file:~/.none}", "{file:~/work/app/.env}"] {
        assert!(world.said(reference), "{reference}");
    }
    // A session's own.
    let accounts = mounted(&spec, "/etc/passwd").unwrap();
    assert_ne!(accounts.0, "/etc/passwd");
}

#[tokio::test]
async fn a_key_that_stays_outside_is_not_brought_in_by_its_file() {
    let world = world(
        &[("keys", "outside")],
        r#"{ "provider": { "corp": { "options": { "apiKey": "{file:~/key}", "baseURL": "https://llm.corp/v1" } } } }"#,
    );
    world.sandbox.write("home/key", TOKEN);
    let spec = session(&world).await;
    assert_eq!(mounted(&spec, "/ocx/home/key"), None);
}

#[tokio::test]
async fn a_variable_that_sessions_lack_is_told_with_the_line_to_write() {
    let config =
        r#"{ "a": "{env:GITHUB_TOKEN}", "b": "{env:UNSET}", "c": "{env:OPENAI_API_KEY}" }"#;
    for (passthrough, told) in [("[]", true), ("[\"GITHUB_TOKEN\"]", false)] {
        let mut world = world(&[("env_passthrough", passthrough)], config);
        for name in ["GITHUB_TOKEN", "OPENAI_API_KEY"] {
            let environment = &mut world.sandbox.host.environment;
            environment.insert(name.to_owned(), TOKEN.to_owned());
        }
        session(&world).await;
        assert_eq!(world.said("env_passthrough = [\"GITHUB_TOKEN\"]"), told);
        assert!(!world.said("UNSET") && !world.said("OPENAI_API_KEY"));
    }
}

#[tokio::test]
async fn rules_and_skills_of_other_agents_come_along() {
    let world = world(&[], "{}");
    world.sandbox.write("home/.claude/CLAUDE.md", "Be brief.");
    world.sandbox.write("home/.claude/settings.json", "{}");
    world.sandbox.write("home/.agents/skills/a/SKILL.md", "");
    let spec = session(&world).await;
    for target in ["/ocx/home/.claude/CLAUDE.md", "/ocx/home/.agents/skills"] {
        let (_, access) = mounted(&spec, target).unwrap();
        assert_eq!(access, Access::ReadOnly, "{target}");
    }
    let targets = spec.mounts.iter().map(|mount| mount.target.as_str());
    assert!(
        !targets
            .into_iter()
            .any(|target| target.contains("settings"))
    );
}

#[tokio::test]
async fn what_is_the_projects_does_not_come_along_under_a_second_name() {
    let world = world(&[("forbidden_paths", "[\".env\"]")], "{}");
    world.sandbox.write("home/work/app/skills/.env", TOKEN);
    let claude = world.sandbox.directory("home/.claude");
    std::os::unix::fs::symlink("../work/app/skills", claude.join("skills")).unwrap();
    // All of the project is in this one.
    let agents = world.sandbox.directory("home/.agents");
    std::os::unix::fs::symlink("../work", agents.join("skills")).unwrap();
    let spec = session(&world).await;
    for target in ["/ocx/home/.claude/skills", "/ocx/home/.agents/skills"] {
        assert_eq!(mounted(&spec, target), None, "{target}");
    }
}
