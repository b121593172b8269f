//! Build contexts that are not the Dockerfile's directory.

use super::{APP, hints, read_in, why};
use crate::{
    project::sandbox::Sandbox, project_hints::Proposal, scaffold::scaffold, settings::load,
};

/// The context that a file describes, if it is not the Dockerfile's directory, and what is left out.
fn context(file: &str, text: &str) -> (Option<String>, Vec<String>) {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("{APP}/{file}"), text);
    for path in ["Dockerfile", "dev/Dockerfile", "dev/x/Dockerfile", "~/x"] {
        sandbox.write(&format!("{APP}/{path}"), "FROM x");
    }
    let root = &sandbox.host.current_dir;
    std::os::unix::fs::symlink("/", root.join("out")).unwrap();
    std::os::unix::fs::symlink("dev", root.join("in")).unwrap();
    let hints = read_in(&sandbox);
    let of_file = |proposal: &&Proposal| proposal.file == file;
    let proposal = hints.proposals.iter().find(of_file);
    let proposal = proposal.unwrap_or_else(|| panic!("{hints:?}"));
    // What is written is taken.
    let files = scaffold(&proposal.setup);
    sandbox.write(&format!("{APP}/ocx.toml"), &files.last().unwrap().text);
    let loaded = load(&sandbox.host, &sandbox.project(), &[]).unwrap();
    let context = proposal.setup.context.clone();
    assert_eq!(loaded.settings.custom_base_context, context);
    let left_out = proposal.left_out.iter();
    (
        context.map(Into::into),
        left_out.map(|left_out| left_out.name.clone()).collect(),
    )
}

#[test]
fn a_context_that_is_not_the_dockerfiles_directory() {
    const INSIDE: &str = ".devcontainer/devcontainer.json";
    for (file, dockerfile, named, expected) in [
        (INSIDE, "../dev/Dockerfile", "..", Some(".")),
        (INSIDE, "../dev/x/Dockerfile", "../dev", Some("dev")),
        (INSIDE, "../dev/x/Dockerfile", "../dev/x/../x/", None),
        (INSIDE, "../Dockerfile", "..", None),
        (
            INSIDE,
            "../Dockerfile",
            "${localWorkspaceFolder}/dev",
            Some("dev"),
        ),
        (INSIDE, "../Dockerfile", ".", Some(".devcontainer")),
        (".devcontainer.json", "dev/Dockerfile", ".", Some(".")),
        (".devcontainer.json", "Dockerfile", "in", Some("in")),
    ] {
        let text =
            format!(r#"{{"build": {{"dockerfile": "{dockerfile}", "context": "{named}"}}}}"#);
        let (context, left_out) = context(file, &text);
        assert_eq!(context.as_deref(), expected, "{text}");
        assert_eq!(left_out, [""; 0], "{text}");
    }
    // Without one it is the file's own directory for the older key, too.
    let text = r#"{"dockerFile": "dev/Dockerfile"}"#;
    assert_eq!(context(".devcontainer.json", text).0.as_deref(), Some("."));
    for named in ["out", "none", "Dockerfile", "~"] {
        let text = format!(r#"{{"build": {{"dockerfile": "Dockerfile", "context": "{named}"}}}}"#);
        let (context, left_out) = context(".devcontainer.json", &text);
        assert_eq!((context, left_out), (None, vec!["context".to_owned()]));
    }
    for (build, expected) in [
        ("{context: ., dockerfile: dev/Dockerfile}", Some(".")),
        ("{dockerfile: dev/Dockerfile}", Some(".")),
        ("{context: dev}", None),
        ("{context: ./dev/, dockerfile: ../Dockerfile}", Some("dev")),
        ("{context: dev, dockerfile: x/Dockerfile}", Some("dev")),
    ] {
        let text = format!("services: {{app: {{build: {build}}}}}");
        assert_eq!(
            context("compose.yaml", &text).0.as_deref(),
            expected,
            "{text}"
        );
    }
    let text = "services: {app: {build: {context: dev, additional_contexts: {a: b}, ssh: [x]}}}";
    assert_eq!(
        context("compose.yaml", text).1,
        ["build.additional_contexts", "build.ssh"]
    );
    let inline = "services: {app: {build: {context: ., dockerfile_inline: FROM x}}}";
    assert!(why(&[("compose.yaml", inline)]).contains("stands in the Compose file itself"));
}

/// They have one Dockerfile, and are two bases.
#[test]
fn two_contexts_are_two_proposals() {
    let compose = "services: {a: {build: dev}, b: {build: {dockerfile: dev/Dockerfile}}}";
    let hints = hints(&[("compose.yaml", compose), ("dev/Dockerfile", "FROM x")]);
    let contexts = hints.proposals.iter().map(|p| p.setup.context.as_deref());
    assert_eq!(contexts.collect::<Vec<_>>(), [None, Some(".".into())]);
}
