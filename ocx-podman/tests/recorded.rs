//! What engines of all versions in reach answered, read as ocx reads it; and the same in the shapes
//! that another version may have.

use ocx_core::{
    runtime::EngineMode,
    testing::{RecordedAnswers, Recording, corpus, fuzz, recordings},
};
use ocx_podman::{Configuration, Installation, Podman};

fn answers() -> RecordedAnswers<'static, Podman> {
    RecordedAnswers {
        dialect: Podman::new(Installation {
            machine: "desk".to_owned(),
            init_program: None,
            ..Installation::default()
        }),
        about_engine: &["info"],
        health: "info",
        needed: &[
            "/Id",
            "/Os",
            "/Architecture",
            "/Created",
            "/host ",
            "/host/arch",
            "/host/security ",
            "/host/security/rootless",
        ],
        too_old: "3.4.4",
        new_enough: &["4.0.0", "4.9.4-rhel", "5.0.0-dev", "6.0.0", "dev", ""],
    }
}

fn all() -> Vec<Recording> {
    recordings(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

#[test]
fn every_version_is_understood() {
    for recording in all() {
        let info = answers().are_understood(&recording);
        assert_eq!(info.mode, EngineMode::RootlessKeepId, "{}", recording.name);
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
fn fuzz_configuration_of_containers() {
    let directory = tempfile::tempdir().expect("there is room");
    let directory = camino::Utf8Path::from_path(directory.path()).expect("it is UTF-8");
    let file = directory.join("containers.conf");
    let variables = [("CONTAINERS_CONF".to_owned(), file.to_string())].into();
    let seeds = [
        b"[containers]\nvolumes = [\"/a:/b:ro\"]\ndevices = []\nipcns = \"host\"\nenv_host = true\n".to_vec(),
        b"[engine]\nruntime = \"crun\"\n[containers]\ndefault_capabilities = [\"CHOWN\"]\nprivileged = true\n".to_vec(),
    ];
    fuzz(&seeds, |input| {
        std::fs::write(&file, input).expect("it can be written");
        let _ = Configuration::find(&variables, directory);
    });
}
