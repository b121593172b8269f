//! What engines of all versions in reach answered, read as ocx reads it; and the same in the shapes
//! that another version may have.

use ocx_core::{
    engine::{Dialect, Health, InfoError, Presence, Thing},
    image::ImageHandle,
    runtime::EngineMode,
    testing::{Recording, recordings, same_in_other_shapes, with_one_change},
};
use ocx_docker::{Docker, Endpoint};

fn docker() -> Docker {
    let endpoint = Endpoint {
        context: "default".to_owned(),
        host: None,
        buildkit: false,
    };
    Docker::new(&endpoint, "desk")
}

fn all() -> Vec<Recording> {
    recordings(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures"))
}

#[test]
fn every_version_is_understood() {
    for recording in all() {
        let name = &recording.name;
        let docker = docker();
        let stdout = |question: &str| recording.answer(question).stdout;
        let info = docker
            .parse_info(&[stdout("version"), stdout("info")])
            .unwrap();
        assert_eq!(info.version, recording.version, "{name}");
        assert_eq!(
            (info.mode, info.init),
            (EngineMode::Rootful, true),
            "{name}"
        );

        let imported = docker
            .parse_images(&stdout("image imported"))
            .unwrap()
            .remove(0);
        let tags: Vec<&str> = imported.tags().collect();
        assert_eq!(tags, ["ocx-fixture-imported:1"], "{name}");
        let built = docker
            .parse_images(&stdout("image built"))
            .unwrap()
            .remove(0);
        assert_eq!(built.variable("A"), Some("b c"), "{name}");
        assert_eq!(built.labels["comma"], "a,b", "{name}");
        assert_eq!(built.user, "1:2", "{name}");
        assert_eq!(built.working_directory, "/work", "{name}");
        assert_eq!(
            (built.entrypoint[0].as_str(), built.command[0].as_str()),
            ("/idle", "-P")
        );
        assert_eq!(built.stop_signal, "SIGQUIT", "{name}");
        assert_eq!(built.volumes, ["/data"], "{name}");
        assert_eq!(built.tags().count(), 2, "{name}: {:?}", built.names);
        if let Some(digest) = &recording.digest {
            let image = docker
                .parse_images(&stdout("image by digest"))
                .unwrap()
                .remove(0);
            assert!(image.answers_to(&digest.parse().unwrap()), "{name}");
        }
        for (question, number) in [
            ("images all there", 2),
            ("images one missing", 2),
            ("images all missing", 0),
        ] {
            let found = docker.parse_images(&stdout(question)).unwrap();
            assert_eq!(found.len(), number, "{name}: {question}");
        }

        let running = docker.parse_containers(&stdout("ps")).unwrap();
        assert_eq!(running[0].id.0, recording.container, "{name}");
        assert_eq!(running[0].name, "ocx-fixture", "{name}");
        assert_eq!(running[0].labels["ocx.project"], "/a,b", "{name}");
        assert_eq!(
            docker.parse_containers(&stdout("ps none")).unwrap(),
            [],
            "{name}"
        );
        assert!(recording.answer("volume there").failure.is_none(), "{name}");
        assert!(
            recording.answer("volume missing").failure.is_some(),
            "{name}"
        );
    }
}

#[test]
fn every_version_tells_what_is_there() {
    for recording in all() {
        let built = ImageHandle::Name("ocx-fixture-built".parse().unwrap());
        let nope = ImageHandle::Name("nope".parse().unwrap());
        for (question, thing, expected) in [
            (
                "presence image there",
                Thing::Image(&built),
                Presence::There,
            ),
            (
                "presence image missing",
                Thing::Image(&nope),
                Presence::Missing,
            ),
            (
                "presence container there",
                Thing::Container(&recording.container),
                Presence::There,
            ),
            (
                "presence container missing",
                Thing::Container("nope"),
                Presence::Missing,
            ),
        ] {
            let presence = docker().read_presence(thing, &recording.answer(question));
            assert_eq!(presence, Some(expected), "{}: {question}", recording.name);
        }
        let health = |question: &str| docker().read_health(&[recording.answer(question)]);
        assert_eq!(health("version"), Health::Answers, "{}", recording.name);
        let silent = health("silent");
        assert!(
            matches!(silent, Health::Silent { .. }),
            "{}",
            recording.name
        );
    }
}

#[test]
fn another_shape_means_the_same() {
    for recording in all() {
        let docker = docker();
        let stdout = |question: &str| recording.answer(question).stdout;
        let (version, info) = (stdout("version"), stdout("info"));
        let expected = docker.parse_info(&[version.clone(), info.clone()]).unwrap();
        for (shape, version) in same_in_other_shapes(&version) {
            let read = docker.parse_info(&[version, info.clone()]);
            assert_eq!(read.unwrap(), expected, "{}: {shape}", recording.name);
        }
        for (shape, info) in same_in_other_shapes(&info) {
            let read = docker.parse_info(&[version.clone(), info]);
            assert_eq!(read.unwrap(), expected, "{}: {shape}", recording.name);
        }
        let expected = docker.parse_images(&stdout("images all there")).unwrap();
        for (shape, images) in same_in_other_shapes(&stdout("images all there")) {
            let read = docker.parse_images(&images).unwrap();
            assert_eq!(read, expected, "{}: {shape}", recording.name);
        }
        let expected = docker.parse_containers(&stdout("ps")).unwrap();
        for (shape, containers) in same_in_other_shapes(&stdout("ps")) {
            let read = docker.parse_containers(&containers).unwrap();
            assert_eq!(read, expected, "{}: {shape}", recording.name);
        }
    }
}

/// Fields without which there is nothing to be told.
const NEEDED: [&str; 6] = [
    "/Id",
    "/ID",
    "/Os",
    "/Architecture",
    "/CreatedAt",
    "/Server",
];

#[test]
fn one_change_is_put_up_with_or_told() {
    for recording in all() {
        let docker = docker();
        let stdout = |question: &str| recording.answer(question).stdout;
        let version = stdout("version");
        let mut refused: Vec<String> = Vec::new();
        for (change, info) in with_one_change(&stdout("info")) {
            match docker.parse_info(&[version.clone(), info]) {
                Ok(_) => {}
                Err(InfoError::Unreadable { answer: 1, .. }) => refused.push(change),
                Err(other) => panic!("{change}: {other:?}"),
            }
        }
        for (change, image) in with_one_change(&stdout("image built")) {
            if docker.parse_images(&image).is_err() {
                refused.push(change);
            }
        }
        for (change, container) in with_one_change(&stdout("ps")) {
            if docker.parse_containers(&container).is_err() {
                refused.push(change);
            }
        }
        // Losing a field, or `null` in its place, is only refused where the field is needed.
        refused.retain(|change| change.ends_with("taken away") || change.ends_with("null"));
        refused.retain(|change| !NEEDED.iter().any(|field| change.starts_with(field)));
        assert_eq!(refused, [""; 0], "{}", recording.name);
    }
}

#[test]
fn an_old_engine_is_refused_and_an_unreadable_version_is_not() {
    for recording in all() {
        let stdout = |question: &str| recording.answer(question).stdout;
        let with_version = |version: &str| {
            let text = String::from_utf8(stdout("version")).unwrap();
            let text = text.replace(&recording.version, version);
            docker().parse_info(&[text.into_bytes(), stdout("info")])
        };
        let old = with_version("19.03.15").unwrap_err();
        assert!(
            matches!(old, InfoError::TooOld { .. }),
            "{}: {old:?}",
            recording.name
        );
        for version in ["20.10.24+dfsg1", "29.0.0-rc.1", "dev", ""] {
            assert!(
                with_version(version).is_ok(),
                "{}: {version}",
                recording.name
            );
        }
    }
}
