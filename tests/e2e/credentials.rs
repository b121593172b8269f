//! The user's configuration and credentials of opencode: there inside, and safe outside.

use ocx_tests::{engine::Engine, on_each_engine};
use std::{os::unix::fs::symlink, time::UNIX_EPOCH};

use camino::Utf8Path;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::session_setup::{END, Project};

on_each_engine!(
    credentials_go_in_and_come_back_only_when_they_are_taken,
    one_project_plants_nothing_for_another,
    the_hosts_own_files_are_not_mounted,
    the_configuration_is_a_copy,
    opencode_sees_both,
);

/// A time so many hours from now, in milliseconds.
fn in_hours(hours: u64) -> u64 {
    let now = UNIX_EPOCH.elapsed().unwrap().as_secs() / 3600;
    (now + hours) * 3_600_000
}

fn host_entries() -> Value {
    json!({
        "anthropic": { "type": "api", "key": "sk-of-the-host" },
        "copilot": { "type": "oauth", "access": "a1", "refresh": "r1", "expires": in_hours(24) },
    })
}

/// What a session writes into its credentials, in place as opencode does.
fn entries_of_a_session() -> Value {
    json!({
        "anthropic": { "type": "api", "key": "sk-changed-inside" },
        "copilot": { "type": "oauth", "access": "a2", "refresh": "r2", "expires": in_hours(48) },
        "added": { "type": "api", "key": "sk-added-inside" },
        "evil": { "type": "wellknown", "key": "K", "token": "T" },
    })
}

fn host_auth(project: &Project) -> Value {
    let path = project.sandbox.data().join("opencode/auth.json");
    serde_json::from_str(&project.sandbox.read(path)).unwrap()
}

fn auth_inside(project: &Project) -> Value {
    let output = project
        .inside("cat ~/.local/share/opencode/auth.json")
        .success();
    serde_json::from_str(output.stdout()).unwrap()
}

fn credentials_go_in_and_come_back_only_when_they_are_taken(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let host_file = project.sandbox.data().join("opencode/auth.json");
    project
        .sandbox
        .write(&host_file, host_entries().to_string());
    assert_eq!(auth_inside(&project), host_entries());

    let entries = entries_of_a_session().to_string();
    let script = format!("printf %s '{entries}' > ~/.local/share/opencode/auth.json");
    project
        .inside(&script)
        .success()
        .says("the login for copilot was refreshed")
        .done();
    assert_eq!(host_auth(&project), host_entries());
    let take = ["logins", "--take", "copilot"];
    project.sandbox.ocx(take).run().success().done();
    let mut refreshed = host_entries();
    refreshed["copilot"] = entries_of_a_session()["copilot"].clone();
    assert_eq!(host_auth(&project), refreshed);

    // The next session has the login of the first one, but not what only the host may decide.
    let inside = auth_inside(&project);
    assert_eq!(inside["added"], entries_of_a_session()["added"]);
    assert_eq!(inside["evil"], Value::Null);
    // A key that the user changes on the host wins.
    let mut changed = refreshed;
    changed["anthropic"]["key"] = "sk-new-on-the-host".into();
    project.sandbox.write(&host_file, changed.to_string());
    assert_eq!(auth_inside(&project)["anthropic"], changed["anthropic"]);
}

fn one_project_plants_nothing_for_another(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let data = project.sandbox.data().join("opencode");
    project
        .sandbox
        .write(data.join("auth.json"), host_entries().to_string());
    // Without the account's ID nothing speaks against the planted login.
    let planted = r#"{"openai": {"type": "api", "key": "planted"},
        "copilot": {"type": "oauth", "access": "planted", "refresh": "planted", "expires": LATER}}"#
        .replace("LATER", &in_hours(48).to_string());
    let script = format!(
        "cd ~/.local/share/opencode; printf %s '{planted}' > auth.json; \
         printf %s '{{\"m\": {{\"tokens\": {{\"accessToken\": \"planted\"}}}}}}' > mcp-auth.json"
    );
    project.inside(&script).success().done();
    assert_eq!(host_auth(&project), host_entries());
    assert!(!data.join("mcp-auth.json").exists());

    let other = project.sandbox.home().join("other");
    project
        .sandbox
        .write(other.join("ocx.toml"), project.sandbox.read("ocx.toml"));
    let show = "cd ~/.local/share/opencode; cat auth.json mcp-auth.json";
    let output = project
        .sandbox
        .ocx([
            "--workspace",
            other.as_str(),
            "opencode",
            "exec",
            "sh",
            "-c",
            show,
        ])
        .run()
        .success();
    assert!(output.stdout().contains("sk-of-the-host"), "{output}");
    assert!(!output.stdout().contains("planted"), "{output}");
}

fn the_hosts_own_files_are_not_mounted(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let host_file = project.sandbox.data().join("opencode/auth.json");
    project
        .sandbox
        .write(&host_file, host_entries().to_string());
    let session = project.waiting();
    let container = project.container();
    for mount in container["Mounts"].as_array().unwrap() {
        let source = Utf8Path::new(mount["Source"].as_str().unwrap());
        let of_opencode = [project.sandbox.data(), project.sandbox.config()]
            .iter()
            .any(|directory| source.starts_with(directory.join("opencode")));
        assert!(!of_opencode, "{source}");
    }
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
}

fn the_configuration_is_a_copy(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let host = sandbox.config().join("opencode");
    sandbox.write(host.join("opencode.json"), "{ \"theme\": \"host\" }");
    sandbox.write(sandbox.home().join("dotfiles/AGENTS.md"), "Be kind.");
    symlink(
        sandbox.home().join("dotfiles/AGENTS.md"),
        host.join("AGENTS.md"),
    )
    .unwrap();
    project
        .inside("cd ~/.config/opencode && cat opencode.json AGENTS.md && [ ! -L AGENTS.md ]")
        .success()
        .prints("\"host\"")
        .prints("Be kind.")
        .done();
    project
        .inside("cd ~/.config/opencode && echo changed > opencode.json && echo x > added && touch .gitignore")
        .success()
        .done();
    assert_eq!(
        project.sandbox.read(host.join("opencode.json")),
        "{ \"theme\": \"host\" }"
    );
    assert!(!host.join("added").exists() && !host.join(".gitignore").exists());
    // What the agent added stays, and what the user changes or deletes on the host counts.
    project
        .sandbox
        .write(host.join("opencode.json"), "{ \"theme\": \"newer\" }");
    std::fs::remove_file(host.join("AGENTS.md")).unwrap();
    project
        .inside("cd ~/.config/opencode && cat opencode.json added && [ ! -e AGENTS.md ]")
        .success()
        .prints("newer")
        .prints("x")
        .done();
}

fn opencode_sees_both(engine: &Engine) {
    let project = Project::new(engine);
    let sandbox = &project.sandbox;
    sandbox.write(
        sandbox.data().join("opencode/auth.json"),
        host_entries().to_string(),
    );
    sandbox.write(
        sandbox.config().join("opencode/opencode.json"),
        "{ \"username\": \"of the host\" }",
    );
    project
        .opencode(&["auth", "list"])
        .run()
        .success()
        .prints("Anthropic")
        .done();
    project
        .opencode(&["debug", "config"])
        .run()
        .success()
        .prints("of the host")
        .done();
}
