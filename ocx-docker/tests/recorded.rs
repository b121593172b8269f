//! What engines of all versions in reach answered, read as ocx reads it; and the same in the shapes
//! that another version may have.

use ocx_core::{
    runtime::EngineMode,
    testing::{RecordedAnswers, Recording, corpus, fuzz, recordings},
};
use ocx_docker::{Docker, Endpoint};

fn answers() -> RecordedAnswers<'static, Docker> {
    let endpoint = Endpoint {
        context: "default".to_owned(),
        host: None,
        buildkit: false,
    };
    RecordedAnswers {
        dialect: Docker::new(&endpoint, "desk"),
        about_engine: &["version", "info"],
        health: "version",
        needed: &[
            "/Id",
            "/ID",
            "/Os",
            "/Architecture",
            "/CreatedAt",
            "/Server",
        ],
        too_old: "19.03.15",
        new_enough: &["20.10.24+dfsg1", "29.0.0-rc.1", "dev", ""],
    }
}

fn all() -> Vec<Recording> {
    recordings(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

#[test]
fn every_version_is_understood() {
    for recording in all() {
        let info = answers().are_understood(&recording);
        let found = (info.mode, info.init);
        assert_eq!(found, (EngineMode::Rootful, true), "{}", recording.name);
    }
}

#[test]
fn every_version_tells_what_is_there() {
    for recording in all() {
        answers().tell_what_is_there(&recording);
    }
}

#[test]
fn another_shape_means_the_same() {
    for recording in all() {
        answers().mean_the_same_in_other_shapes(&recording);
    }
}

#[test]
fn one_change_is_put_up_with_or_told() {
    for recording in all() {
        answers().are_read_with_one_change(&recording);
    }
}

#[test]
fn an_old_engine_is_refused_and_an_unreadable_version_is_not() {
    for recording in all() {
        answers().tell_an_old_version(&recording);
    }
}

#[test]
fn fuzz_answers() {
    let files = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"));
    answers().may_be_damaged(&all(), &files);
}

#[test]
fn fuzz_configuration_of_the_client() {
    let home = tempfile::tempdir().expect("there is room");
    let home = camino::Utf8Path::from_path(home.path()).expect("it is UTF-8");
    let file = home.join(".docker/config.json");
    std::fs::create_dir(home.join(".docker")).expect("it can be made");
    let seeds = [
        br#"{"auths": {"x": {"auth": "eA=="}}, "currentContext": "desktop-linux"}"#.to_vec(),
        br#"{"currentContext": null, "plugins": {}, "HttpHeaders": {"a": "b"}}"#.to_vec(),
    ];
    fuzz(&seeds, |input| {
        std::fs::write(&file, input).expect("it can be written");
        let endpoint = Endpoint::find(&std::collections::BTreeMap::new(), home);
        let _ = (endpoint.address(), endpoint.socket());
    });
}
