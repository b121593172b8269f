//! What an engine tells about itself and what it holds.

use std::collections::{BTreeMap, BTreeSet};

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::{
    image::{ImageId, ImageReference},
    spec::ContainerId,
};

/// Facts about an engine that change seldom, so that they can be remembered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EngineInfo {
    /// Version of the engine (the server, where there is one).
    pub version: String,
    /// How its user IDs relate to the host's.
    pub mode: EngineMode,
    /// Architecture of the machine that it runs on, in its own words, such as `amd64`.
    pub architecture: String,
    /// Whether it runs on another machine, so that paths of this one mean nothing to it.
    pub remote: bool,
    /// The socket of this machine by which it is reached, if that is how it is.
    #[serde(default)]
    pub socket: Option<Utf8PathBuf>,
    /// Whether it applies SELinux labels.
    pub selinux: bool,
    /// Whether it keeps containers from system calls that they should not need (seccomp).
    pub seccomp: bool,
    /// Which limits it can enforce.
    pub limits: LimitSupport,
    /// Whether it can start its own small init process.
    pub init: bool,
    /// Whether the first container with the user's own ID copies the image's layers with shifted IDs,
    /// which takes seconds, so that it is better done when the image is built.
    pub copies_layers: bool,
    /// Whether each container gets a copy of its image's files, since the storage cannot lay one over
    /// the other (the storage driver `vfs`).
    pub copies_images: bool,
    /// How the user's supplementary groups can be passed on.
    pub groups: GroupSupport,
    /// The name that the host has inside containers, if the engine gives it one on request.
    pub host_alias: Option<String>,
}

impl EngineInfo {
    /// An engine that can do nothing beyond what it must.
    #[must_use]
    pub fn new(version: String, mode: EngineMode, architecture: String) -> Self {
        Self {
            version,
            mode,
            architecture,
            remote: false,
            socket: None,
            selinux: false,
            seccomp: false,
            limits: LimitSupport::default(),
            init: false,
            copies_layers: false,
            copies_images: false,
            groups: GroupSupport::Unsupported,
            host_alias: None,
        }
    }
}

/// How an engine can pass the user's supplementary groups on to a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum GroupSupport {
    /// By number: IDs in containers are the host's.
    ByNumber,
    /// All of them, by not dropping them (`keep-groups`, which needs the runtime crun).
    Keep,
    /// Not at all.
    Unsupported,
}

/// How an engine's user IDs relate to the host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EngineMode {
    /// It runs as root and IDs in containers are the host's.
    Rootful,
    /// It runs as the user, and a container's root is that user.
    RootlessRootIsHost,
    /// It runs as the user and can keep the user's own ID in containers.
    RootlessKeepId,
    /// It runs as the user, who has no subordinate IDs (`/etc/subuid`), so that a container can hold
    /// no other user than that one. Nearly every image has files of several.
    RootlessSingleId,
    /// It maps all containers to a range of subordinate IDs (`userns-remap`), so that no user in a
    /// container is the host user.
    UserNamespaceRemap,
}

/// Which limits an engine can enforce.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitSupport {
    /// Memory.
    pub memory: bool,
    /// Processors.
    pub cpus: bool,
    /// Processes.
    pub pids: bool,
}

/// An image in local storage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImageInfo {
    /// Its ID.
    pub id: ImageId,
    /// Digests of its layers, the lowest first; empty if the engine does not tell them.
    pub layers: Vec<String>,
    /// Its architecture in the engine's words, such as `amd64`.
    pub architecture: String,
    /// Its operating system, such as `linux`.
    pub os: String,
    /// The environment it sets, as `NAME=value`.
    pub environment: Vec<String>,
    /// Its user, empty if not set.
    pub user: String,
    /// Its entry point.
    pub entrypoint: Vec<String>,
    /// Its command, the arguments of the entry point where there is one.
    pub command: Vec<String>,
    /// The signal that stops its containers, empty if not set.
    pub stop_signal: String,
    /// Its working directory, empty if not set.
    pub working_directory: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Paths that it declares as volumes.
    pub volumes: Vec<Utf8PathBuf>,
    /// Instructions that run in images built on it.
    pub on_build: Vec<String>,
    /// Whether it has a health check.
    pub health_check: HealthCheck,
    /// Names it has in local storage, by tag and by digest.
    pub names: Vec<String>,
    /// Whether it has been in a registry, as far as the engine tells: it has a digest there. With
    /// containerd's store Docker gives a digest to what was made here, too.
    pub from_registry: bool,
    /// Its size in bytes, shared layers included.
    pub size: u64,
}

impl ImageInfo {
    /// An image without anything in its configuration.
    #[must_use]
    pub fn new(id: ImageId) -> Self {
        Self {
            id,
            layers: Vec::new(),
            architecture: String::new(),
            os: String::new(),
            environment: Vec::new(),
            user: String::new(),
            entrypoint: Vec::new(),
            command: Vec::new(),
            stop_signal: String::new(),
            working_directory: String::new(),
            labels: BTreeMap::new(),
            volumes: Vec::new(),
            on_build: Vec::new(),
            health_check: HealthCheck::Absent,
            names: Vec::new(),
            from_registry: false,
            size: 0,
        }
    }
}

/// Whether an image has a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HealthCheck {
    /// It has.
    Present,
    /// It has none.
    Absent,
}

/// Which containers are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerFilter {
    /// Labels that all must be there with these values.
    pub labels: BTreeMap<String, String>,
    /// Labels that all must be there, whatever their values.
    pub having: BTreeSet<String>,
}

/// A running container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ContainerInfo {
    /// Its ID.
    pub id: ContainerId,
    /// Its name.
    pub name: String,
    /// The image it was made from.
    pub image: String,
    /// Its program with arguments, in one line.
    pub command: String,
    /// When it was made.
    pub created: jiff::Timestamp,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

impl ContainerInfo {
    /// A container without a name or labels.
    #[must_use]
    pub fn new(id: ContainerId, created: jiff::Timestamp) -> Self {
        Self {
            id,
            name: String::new(),
            image: String::new(),
            command: String::new(),
            created,
            labels: BTreeMap::new(),
        }
    }
}

/// A volume.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct VolumeInfo {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Where the engine keeps its files on its machine, if it tells.
    pub directory: Option<Utf8PathBuf>,
}

impl ImageInfo {
    /// The value of a variable that the image sets.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .iter()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
    }

    /// Its tags, as the engine lists them.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.contains('@'))
    }

    /// Whether one of the image's names is `reference`.
    #[must_use]
    pub fn is_called(&self, reference: &ImageReference) -> bool {
        self.references().any(|name| name == *reference)
    }

    /// Whether an engine that was asked for `reference` may have meant this image: by a name that may
    /// be written in full or in short, such as `docker.io/library/debian` and `debian`, or by its ID.
    #[must_use]
    pub fn answers_to(&self, reference: &ImageReference) -> bool {
        let is_name = |name: &ImageReference| {
            without_registry(name.repository()) == without_registry(reference.repository())
                && match reference.digest() {
                    Some(digest) => name.digest() == Some(digest),
                    None => name.digest().is_none() && name.tag() == reference.tag(),
                }
        };
        let digits = reference.as_str();
        let digits = digits.strip_prefix("sha256:").unwrap_or(digits);
        self.references().any(|name| is_name(&name)) || self.id.hex().starts_with(digits)
    }

    fn references(&self) -> impl Iterator<Item = ImageReference> {
        let all = self.names.iter();
        all.filter_map(|name| name.parse().ok())
    }
}

/// A repository without the registry that engines add to a short name: Docker Docker Hub's, and
/// Podman `localhost` for an image that was made here.
#[must_use]
pub fn without_registry(repository: &str) -> &str {
    let hub = ["docker.io/", "index.docker.io/"]
        .into_iter()
        .find_map(|registry| repository.strip_prefix(registry));
    match hub {
        Some(path) => path.strip_prefix("library/").unwrap_or(path),
        None => repository.strip_prefix("localhost/").unwrap_or(repository),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::image_info;

    #[test]
    fn names_are_compared_whatever_the_engine_makes_of_them() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let image = ImageInfo {
            names: vec![
                "localhost/team:1".to_owned(),
                "debian:latest".to_owned(),
                format!("ghcr.io/acme/app@{digest}"),
            ],
            id: "b".repeat(64).parse().unwrap(),
            ..image_info()
        };
        let answers = |name: &str| image.answers_to(&name.parse().unwrap());
        for name in [
            "team:1",
            "docker.io/library/debian",
            "index.docker.io/library/debian:latest",
            "debian",
            &format!("ghcr.io/acme/app@{digest}"),
            &format!("ghcr.io/acme/app:2@{digest}"),
            "bbbbbbbbbbbb",
        ] {
            assert!(answers(name), "{name}");
        }
        for name in [
            "team",
            "debian:12",
            "acme/debian",
            "ghcr.io/acme/app",
            &format!("app@{digest}"),
            "bbbbbbbbbbbc",
        ] {
            assert!(!answers(name), "{name}");
        }
    }
}
