//! What a backend has to read out of the recorded answers of its engine. Each function is the body of
//! a test, and panics where a backend reads something else.

use super::{Recording, fuzz, same_in_other_shapes, with_one_change};
use crate::{
    engine::{Captured, Dialect, Health, InfoError, Presence, Thing},
    image::ImageHandle,
    runtime::{EngineInfo, Failure, ImageInfo},
};

/// A backend, and how the answers of its engine are called in a recording.
#[derive(Debug)]
pub struct RecordedAnswers<'a, D> {
    /// The backend.
    pub dialect: D,
    /// The answers that tell about the engine, in the order in which they are asked for.
    pub about_engine: &'a [&'a str],
    /// The answer that tells whether the engine is there.
    pub health: &'a str,
    /// The beginnings of fields without which there is nothing to be told.
    pub needed: &'a [&'a str],
    /// A version that is too old.
    pub too_old: &'a str,
    /// Versions that will do, or that cannot be read.
    pub new_enough: &'a [&'a str],
}

impl<D: Dialect> RecordedAnswers<'_, D> {
    /// Damaged, they are refused or put up with, and nothing worse. `more` are further answers.
    pub fn may_be_damaged(&self, recordings: &[Recording], more: &[Vec<u8>]) {
        let outputs = recordings.iter().flat_map(Recording::outputs);
        let seeds: Vec<Vec<u8>> = outputs.chain(more.iter().cloned()).collect();
        let handle = ImageHandle::Name("team".parse().expect("it is a name"));
        fuzz(&seeds, |input| {
            if let Ok(images) = self.dialect.parse_images(input) {
                for image in &images {
                    let _ = (
                        image.content(),
                        image.tags().count(),
                        image.variable("PATH"),
                    );
                }
            }
            let _ = self.dialect.parse_containers(input);
            let _ = self.dialect.parse_applied(input);
            let _ = crate::engine::json_records::<serde_json::Value>(input);
            for place in 0..self.about_engine.len() {
                // One of them is damaged, the others are as they should be.
                let mut answers = self.answers(&recordings[0]);
                answers[place] = input.to_vec();
                let _ = self.dialect.parse_info(&answers);
            }
            for failure in [None, Some(Failure::Code(1)), Some(Failure::Code(125))] {
                let answer = Captured {
                    failure,
                    stdout: input.to_vec(),
                    ..Captured::default()
                };
                for thing in [Thing::Image(&handle), Thing::Container("c0ffee")] {
                    let _ = self.dialect.read_presence(thing, &answer);
                }
                let questions = self.dialect.health_questions().len();
                let _ = self.dialect.read_health(&vec![answer; questions]);
            }
        });
    }

    fn answers(&self, recording: &Recording) -> Vec<Vec<u8>> {
        let answer = |question: &&str| recording.answer(question).stdout;
        self.about_engine.iter().map(answer).collect()
    }

    fn first_image(&self, recording: &Recording, question: &str) -> ImageInfo {
        let answer = recording.answer(question).stdout;
        self.dialect.parse_images(&answer).unwrap().remove(0)
    }

    /// What is recorded is understood. Returns what it tells about the engine.
    pub fn are_understood(&self, recording: &Recording) -> EngineInfo {
        let name = &recording.name;
        let stdout = |question: &str| recording.answer(question).stdout;
        let info = self.dialect.parse_info(&self.answers(recording)).unwrap();
        assert_eq!(info.version, recording.version, "{name}");

        let imported = self.first_image(recording, "image imported");
        let tags: Vec<&str> = imported.tags().collect();
        assert_eq!(tags, ["ocx-fixture-imported:1"], "{name}");
        let built = self.first_image(recording, "image built");
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
            let image = self.first_image(recording, "image by digest");
            assert!(image.answers_to(&digest.parse().unwrap()), "{name}");
        }
        for (question, number) in [
            ("images all there", 2),
            ("images one missing", 2),
            ("images all missing", 0),
        ] {
            let found = self.dialect.parse_images(&stdout(question)).unwrap();
            assert_eq!(found.len(), number, "{name}: {question}");
        }

        let running = self.dialect.parse_containers(&stdout("ps")).unwrap();
        assert_eq!(running[0].id.0, recording.container, "{name}");
        assert_eq!(running[0].name, "ocx-fixture", "{name}");
        assert_eq!(running[0].labels["ocx.project"], "/a,b", "{name}");
        let none = self.dialect.parse_containers(&stdout("ps none")).unwrap();
        assert_eq!(none, [], "{name}");
        for (question, fails) in [("volume there", false), ("volume missing", true)] {
            let failure = recording.answer(question).failure;
            assert_eq!(failure.is_some(), fails, "{name}: {question}");
        }
        info
    }

    /// They tell what is there, and whether the engine answers.
    pub fn tell_what_is_there(&self, recording: &Recording) {
        let built = ImageHandle::Name("ocx-fixture-built".parse().unwrap());
        let nope = ImageHandle::Name("nope".parse().unwrap());
        let container = Thing::Container(&recording.container);
        for (question, thing, expected) in [
            ("image there", Thing::Image(&built), Presence::There),
            ("image missing", Thing::Image(&nope), Presence::Missing),
            ("container there", container, Presence::There),
            (
                "container missing",
                Thing::Container("nope"),
                Presence::Missing,
            ),
        ] {
            let answer = recording.answer(&format!("presence {question}"));
            let presence = self.dialect.read_presence(thing, &answer);
            assert_eq!(presence, Some(expected), "{}: {question}", recording.name);
        }
        let health = |question: &str| self.dialect.read_health(&[recording.answer(question)]);
        assert_eq!(health(self.health), Health::Answers, "{}", recording.name);
        let silent = health("silent");
        assert!(
            matches!(silent, Health::Silent { .. }),
            "{}",
            recording.name
        );
    }

    /// They mean the same in other shapes.
    pub fn mean_the_same_in_other_shapes(&self, recording: &Recording) {
        let answers = self.answers(recording);
        let expected = self.dialect.parse_info(&answers).unwrap();
        for (place, answer) in answers.iter().enumerate() {
            for (shape, other) in same_in_other_shapes(answer) {
                let mut answers = answers.clone();
                answers[place] = other;
                let read = self.dialect.parse_info(&answers).unwrap();
                assert_eq!(read, expected, "{}: {shape}", recording.name);
            }
        }
        let images = recording.answer("images all there").stdout;
        let expected = self.dialect.parse_images(&images).unwrap();
        for (shape, images) in same_in_other_shapes(&images) {
            let read = self.dialect.parse_images(&images).unwrap();
            assert_eq!(read, expected, "{}: {shape}", recording.name);
        }
        let containers = recording.answer("ps").stdout;
        let expected = self.dialect.parse_containers(&containers).unwrap();
        for (shape, containers) in same_in_other_shapes(&containers) {
            let read = self.dialect.parse_containers(&containers).unwrap();
            assert_eq!(read, expected, "{}: {shape}", recording.name);
        }
    }

    /// Losing a field, or `null` in its place, is only refused where the field is needed, and then
    /// with the answer that cannot be read.
    pub fn are_read_with_one_change(&self, recording: &Recording) {
        let answers = self.answers(recording);
        let last = answers.len() - 1;
        let mut refused: Vec<String> = Vec::new();
        for (change, info) in with_one_change(&answers[last]) {
            let mut answers = answers.clone();
            answers[last] = info;
            match self.dialect.parse_info(&answers) {
                Ok(_) => {}
                Err(InfoError::Unreadable { answer, .. }) if answer == last => refused.push(change),
                Err(other) => panic!("{change}: {other:?}"),
            }
        }
        for (change, image) in with_one_change(&recording.answer("image built").stdout) {
            if self.dialect.parse_images(&image).is_err() {
                refused.push(change);
            }
        }
        for (change, container) in with_one_change(&recording.answer("ps").stdout) {
            if self.dialect.parse_containers(&container).is_err() {
                refused.push(change);
            }
        }
        refused.retain(|change| change.ends_with("taken away") || change.ends_with("null"));
        refused.retain(|change| !self.needed.iter().any(|field| change.starts_with(field)));
        assert_eq!(refused, [""; 0], "{}", recording.name);
    }

    /// An old engine is refused, and one whose version cannot be read is not.
    pub fn tell_an_old_version(&self, recording: &Recording) {
        let with_version = |version: &str| {
            let mut answers = self.answers(recording);
            let first = String::from_utf8_lossy(&answers[0]);
            answers[0] = first.replace(&recording.version, version).into_bytes();
            self.dialect.parse_info(&answers)
        };
        let name = &recording.name;
        let old = with_version(self.too_old).unwrap_err();
        assert!(matches!(old, InfoError::TooOld { .. }), "{name}: {old:?}");
        for version in self.new_enough {
            assert!(with_version(version).is_ok(), "{name}: {version}");
        }
    }
}
