//! Dockerfiles that go on from the base of a `devcontainer.json`.

use super::{Hints, hints};
use crate::{
    project_hints::Proposal,
    scaffold::{DockerfilePath, scaffold},
};

/// What is written for the first proposal.
fn extended(hints: &Hints) -> Option<(Proposal, String)> {
    let proposal = hints.proposals[0].extended(DockerfilePath::default())?;
    let files = scaffold(&proposal.setup);
    assert_eq!(files.len(), 2);
    assert_eq!(files[0].path, "docker/Dockerfile");
    let text = files[0].text.clone();
    Some((proposal, text))
}

#[test]
fn an_image_is_gone_on_from() {
    let hints = hints(&[(
        ".devcontainer/devcontainer.json",
        r#"{"image": "ruby:3.4", "features": {"ghcr.io/devcontainers/features/git-lfs:1": {}},
            "postCreateCommand": "bin/setup", "mounts": ["x"]}"#,
    )]);
    assert!(hints.proposals[0].can_be_extended());
    let (proposal, text) = extended(&hints).unwrap();
    insta::assert_snapshot!(text, @r"
    # What the agent works with. Look at each line: what it needs is a guess.
    # Written by `ocx init --extend`, from what .devcontainer/devcontainer.json says.
    ARG BASE=ruby:3.4
    FROM ${BASE}

    # These run as root and without the project's files. A session runs as whoever starts it.
    USER root

    # For these features, packages of Debian and Ubuntu, in the versions that those have:
    # - ghcr.io/devcontainers/features/git-lfs:1
    RUN apt-get update && apt-get install --yes --no-install-recommends git-lfs && rm -rf /var/lib/apt/lists/*

    # postCreateCommand
    # This may need the project's files, which a build does not have; once, in the project:
    # `ocx exec -- sh -c bin/setup`
    ");
    assert_eq!(
        proposal.setup.base.to_string(),
        "app-tools, built from docker/Dockerfile"
    );
    assert!(!proposal.can_be_extended());
    let left_out: Vec<&str> = proposal.left_out.iter().map(|l| l.name.as_str()).collect();
    assert_eq!(left_out, ["mounts", "postCreateCommand"]);
}

#[test]
fn a_dockerfile_is_copied_with_its_context_and_its_stage() {
    let hints = hints(&[
        (
            ".devcontainer/devcontainer.json",
            r#"{"build": {"dockerfile": "Dockerfile", "target": "dev", "args": {"A": "1"}},
                "onCreateCommand": "gem install x"}"#,
        ),
        (
            ".devcontainer/Dockerfile",
            "# syntax=docker/dockerfile:1\nFROM x AS dev\nCOPY tool /\nFROM dev\nRUN rm /tool",
        ),
    ]);
    let (proposal, text) = extended(&hints).unwrap();
    insta::assert_snapshot!(text, @r"
    # syntax=docker/dockerfile:1
    FROM x AS dev
    COPY tool /
    FROM dev
    RUN rm /tool

    # ----- All above is a copy of .devcontainer/Dockerfile.
    # Written by `ocx init --extend`, from what .devcontainer/devcontainer.json says.
    FROM dev

    # These run as root and without the project's files. A session runs as whoever starts it.
    USER root

    # onCreateCommand
    RUN gem install x
    ");
    let setup = &proposal.setup;
    assert_eq!(setup.target, None);
    assert_eq!(setup.context.as_deref(), Some(".devcontainer".into()));
    assert_eq!(setup.build_args.len(), 1);
    // What a session changed in the copied one counts as well.
    let read: Vec<&str> = proposal.read.iter().map(|path| path.as_str()).collect();
    assert_eq!(
        read,
        [
            ".devcontainer/devcontainer.json",
            ".devcontainer/Dockerfile"
        ]
    );
}

#[test]
fn the_context_at_the_top_and_a_named_one_stay() {
    for (build, context) in [
        (r#"{"dockerfile": "Dockerfile"}"#, "."),
        (r#"{"dockerfile": "Dockerfile", "context": "dev"}"#, "dev"),
    ] {
        let text = format!(r#"{{"build": {build}, "onCreateCommand": "gem install x"}}"#);
        let files = [
            (".devcontainer.json", text.as_str()),
            ("Dockerfile", "FROM x"),
            ("dev/x", ""),
        ];
        let (proposal, _) = extended(&hints(&files)).unwrap();
        assert_eq!(proposal.setup.context.as_deref(), Some(context.into()));
    }
}

#[test]
fn nothing_to_add() {
    for text in [
        r#"{"image": "x"}"#,
        r#"{"image": "x", "features": {}, "postCreateCommand": ""}"#,
        r#"{"image": "x", "initializeCommand": "gem install x"}"#,
        r#"{"build": {"dockerfile": "Dockerfile", "target": "0"}, "onCreateCommand": "gem install x"}"#,
    ] {
        let files = [(".devcontainer.json", text), ("Dockerfile", "FROM x")];
        assert!(extended(&hints(&files)).is_none(), "{text}");
    }
    // Other files say no such thing.
    assert!(extended(&hints(&[("Dockerfile", "FROM x")])).is_none());
}
