//! What all containers have in common in which opencode runs, so that what is tried out in a new image
//! is what runs in a session.

use camino::{Utf8Path, Utf8PathBuf};

use super::{environment, limits::enforced_limits, mounts};
use crate::{
    host::Host,
    image::ImageReference,
    layout,
    project::{GitIdentity, Project},
    runtime::EngineInfo,
    settings::Settings,
    spec::{ContainerName, Init, MountSource, RootFilesystem, RunSpec, SelinuxLabel, UserMapping},
};

/// What a container is made from in which opencode runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContainerFacts<'a> {
    /// The host.
    pub host: &'a Host,
    /// The identity that Git puts into commits.
    pub git_identity: &'a GitIdentity,
    /// The project.
    pub project: &'a Project,
    /// The settings.
    pub settings: &'a Settings,
    /// The engine.
    pub engine: &'a EngineInfo,
    /// How the user appears in the container.
    pub user: UserMapping,
    /// The ocx image.
    pub image: &'a ImageReference,
    /// The home directory.
    pub home: &'a MountSource,
    /// Generated `/etc/passwd`.
    pub passwd: &'a Utf8Path,
    /// Generated `/etc/group`.
    pub group: &'a Utf8Path,
}

/// A hardened container that holds nothing of the project: no workspace, no network, no secrets, and
/// a home directory of its own. A session adds what it has on top of that.
#[must_use]
pub(crate) fn plan_container(
    facts: &ContainerFacts<'_>,
    name: ContainerName,
    command: Vec<String>,
) -> RunSpec {
    let ContainerFacts { host, engine, .. } = *facts;
    RunSpec {
        name: Some(name),
        working_directory: Utf8PathBuf::from(layout::HOME),
        mounts: mounts::container(facts, RootFilesystem::ReadOnly),
        environment: environment::common(facts),
        limits: enforced_limits(facts.settings, engine),
        selinux: if engine.selinux || host.selinux_enforcing {
            SelinuxLabel::Disabled
        } else {
            SelinuxLabel::EngineDefault
        },
        init: if engine.init {
            Init::Engine
        } else {
            Init::Program
        },
        ..RunSpec::new(facts.image.clone(), command, facts.user)
    }
}
