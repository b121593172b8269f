//! What really is, from somebody who asks the engine past the backend under test.

use std::{collections::BTreeMap, fmt};

use crate::runtime::{EngineMode, GroupSupport, LimitSupport};

/// Asks an engine by another way than the backend under test, such as its command line and the files
/// of its storage, and shares no code with it.
///
/// Each method fails with a sentence if the engine does not answer. What it says of the engine also
/// decides which checks make sense on it, so that a backend cannot excuse itself.
pub trait Witness: fmt::Debug + Send + Sync {
    /// What the engine is.
    fn engine(&self) -> Result<EngineFacts, String>;

    /// The image with this name or ID; `None` if there is none.
    fn image(&self, image: &str) -> Result<Option<ImageFacts>, String>;

    /// The container with this name or ID, running or not; `None` if there is none.
    fn container(&self, container: &str) -> Result<Option<ContainerFacts>, String>;

    /// The IDs of all containers with this label, running or not.
    fn containers_labelled(&self, name: &str, value: &str) -> Result<Vec<String>, String>;

    /// The IDs of all containers that were made from this image, running or not.
    fn containers_of(&self, image: &str) -> Result<Vec<String>, String>;

    /// The labels of a volume; `None` if there is no such volume.
    fn volume(&self, name: &str) -> Result<Option<BTreeMap<String, String>>, String>;

    /// Whether a container of this image starts with the engine's small init process.
    fn starts_with_init(&self, image: &str) -> Result<bool, String>;

    /// Ends and removes a container, if it is there.
    fn remove_container(&self, container: &str) -> Result<(), String>;

    /// Removes a volume, if it is there.
    fn remove_volume(&self, name: &str) -> Result<(), String>;
}

/// What an engine is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineFacts {
    /// Version of the engine (the server, where there is one).
    pub version: String,
    /// How its user IDs relate to the host's.
    pub mode: EngineMode,
    /// Architecture in its own words.
    pub architecture: String,
    /// Whether it applies SELinux labels.
    pub selinux: bool,
    /// Whether it keeps containers from system calls that they should not need.
    pub seccomp: bool,
    /// Which limits it can enforce.
    pub limits: LimitSupport,
    /// How it can pass the caller's supplementary groups on.
    pub groups: GroupSupport,
    /// The name that the host can have in containers.
    pub host_alias: String,
}

/// What an engine holds as an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Its ID in hexadecimal digits.
    pub id: String,
    /// Its tags, without a registry where it was given none.
    pub tags: Vec<String>,
    /// Digests of its layers, the lowest first.
    pub layers: Vec<String>,
    /// Its architecture in the engine's words.
    pub architecture: String,
    /// Its operating system.
    pub os: String,
    /// Its size in bytes.
    pub size: u64,
}

/// What an engine holds as a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerFacts {
    /// Its ID in hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its program runs.
    pub running: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its security options, such as `label=disable`.
    pub security_options: Vec<String>,
    /// Its published ports: the host's address and port, and the port inside.
    pub ports: Vec<(String, u16, u16)>,
}
