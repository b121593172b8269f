//! Whether two images are the same to a session.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{HealthCheck, ImageInfo};
use crate::image::{ContentDigest, ImageId};

/// Labels that tell how an image was made, not what it is: ocx's own, among them the path of a
/// Dockerfile, and the version of Podman's builder, which changes with each update of Podman.
const OF_BUILDERS: [&str; 2] = ["ocx.", "io.buildah."];

/// What [`ContentDigest`] is made of. Its JSON is hashed, so a change here makes every image another
/// one: [`RECIPE_REVISION`](crate::image::RECIPE_REVISION) has to be raised along with it.
#[derive(Serialize)]
struct Content<'a> {
    layers: Layers<'a>,
    architecture: &'a str,
    os: &'a str,
    environment: Vec<&'a str>,
    user: &'a str,
    entrypoint: &'a [String],
    command: &'a [String],
    stop_signal: &'a str,
    working_directory: &'a str,
    labels: BTreeMap<&'a str, &'a str>,
    volumes: Vec<&'a str>,
    on_build: &'a [String],
    health_check: HealthCheck,
}

#[derive(Serialize)]
enum Layers<'a> {
    Known(&'a [String]),
    /// The engine did not tell them, so the image is the same as itself only.
    Unknown(&'a ImageId),
}

impl ImageInfo {
    /// What the image holds and says, as one value: the same for two images in which sessions are
    /// the same, whatever their names, IDs and times of creation, and on each engine.
    ///
    /// An ID will not do for that. On Docker's containerd image store it is the digest of a manifest,
    /// which a provenance record with a time in it makes another one for each build that changes
    /// nothing (28.5.2 with buildx 0.29), and which differs between what is pulled and what is loaded.
    ///
    /// Layers count with the times of the files in them: a `RUN` that is carried out again makes
    /// another image even if it writes the same text.
    #[must_use]
    pub fn content(&self) -> ContentDigest {
        let mut environment: Vec<&str> = self.environment.iter().map(String::as_str).collect();
        // Of two lines for one name the last counts, and a stable sort leaves it the last.
        environment.sort_by_key(|line| line.split('=').next());
        let mut volumes: Vec<&str> = self.volumes.iter().map(|path| path.as_str()).collect();
        volumes.sort_unstable();
        let content = Content {
            layers: if self.layers.is_empty() {
                Layers::Unknown(&self.id)
            } else {
                Layers::Known(&self.layers)
            },
            architecture: &self.architecture,
            os: &self.os,
            environment,
            user: &self.user,
            entrypoint: &self.entrypoint,
            command: &self.command,
            stop_signal: &self.stop_signal,
            // Some builders write down where programs start when nothing is said.
            working_directory: match self.working_directory.as_str() {
                "/" => "",
                other => other,
            },
            labels: self
                .labels
                .iter()
                .filter(|(name, _)| !OF_BUILDERS.iter().any(|own| name.starts_with(own)))
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            volumes,
            on_build: &self.on_build,
            health_check: self.health_check,
        };
        let json = serde_json::to_vec(&content).expect("texts and lists can be written as JSON");
        ContentDigest::of(&json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    fn image() -> ImageInfo {
        ImageInfo {
            layers: vec!["sha256:aa".to_owned(), "sha256:bb".to_owned()],
            environment: vec!["PATH=/bin".to_owned(), "A=b".to_owned()],
            labels: [("team".to_owned(), "x".to_owned())].into(),
            volumes: vec!["/a".into(), "/b".into()],
            ..testing::image_info()
        }
    }

    /// An image that differs from [`image`] in one thing.
    fn with(change: impl FnOnce(&mut ImageInfo)) -> ImageInfo {
        let mut other = image();
        change(&mut other);
        other
    }

    #[test]
    fn what_makes_no_other_image() {
        let label = |name: &str| (name.to_owned(), "y".to_owned());
        let same = [
            with(|image| image.id = "1".repeat(64).parse().unwrap()),
            with(|image| image.names = vec!["a:1".to_owned(), "a@sha256:22".to_owned()]),
            with(|image| image.size = 7),
            with(|image| image.working_directory = "/".to_owned()),
            with(|image| image.environment.reverse()),
            with(|image| image.volumes.reverse()),
            with(|image| image.labels.extend([label("ocx.base.dockerfile")])),
            with(|image| image.labels.extend([label("io.buildah.version")])),
        ];
        for other in same {
            assert_eq!(other.content(), image().content(), "{other:?}");
        }
    }

    #[test]
    fn what_makes_another_image() {
        let text = || "x".to_owned();
        let others = [
            with(|image| image.layers.reverse()),
            with(|image| image.layers.truncate(1)),
            with(|image| image.environment.push("C=d".to_owned())),
            with(|image| image.environment.push("A=c".to_owned())),
            with(|image| image.user = text()),
            with(|image| image.entrypoint = vec![text()]),
            with(|image| image.command = vec![text()]),
            with(|image| image.stop_signal = text()),
            with(|image| image.working_directory = "/w".to_owned()),
            with(|image| image.labels.clear()),
            with(|image| image.labels.extend([(text(), text())])),
            with(|image| image.volumes.push("/c".into())),
            with(|image| image.on_build = vec![text()]),
            with(|image| image.health_check = HealthCheck::Present),
            with(|image| image.architecture = "arm64".to_owned()),
            with(|image| image.os = "windows".to_owned()),
        ];
        for other in others {
            assert_ne!(other.content(), image().content(), "{other:?}");
        }
    }

    #[test]
    fn one_whose_layers_are_not_told_is_like_no_other() {
        let unknown = |digit: &str| {
            with(|image| {
                image.layers.clear();
                image.id = digit.repeat(64).parse().unwrap();
            })
        };
        assert_eq!(unknown("1").content(), unknown("1").content());
        assert_ne!(unknown("1").content(), unknown("2").content());
    }
}
