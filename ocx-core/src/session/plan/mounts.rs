//! The mounts of containers in which opencode runs.

use camino::Utf8PathBuf;

use super::{ContainerFacts, Contribution};
use crate::{
    layout,
    settings::{ByteSize, Settings},
    spec::{Access, Mount, MountSource, RootFilesystem},
};

/// What every such container has, parents before what is mounted into them.
pub(super) fn container(facts: &ContainerFacts<'_>, root_filesystem: RootFilesystem) -> Vec<Mount> {
    let mut mounts = vec![Mount {
        source: facts.home.clone(),
        target: layout::HOME.into(),
        access: Access::ReadWrite,
    }];
    mounts.extend(accounts(facts));
    mounts.extend(temporary(facts.settings, root_filesystem));
    mounts
}

/// The mounts of a session. What its parts add comes in their order.
pub(super) fn session(
    facts: &ContainerFacts<'_>,
    root_filesystem: RootFilesystem,
    parts: &[Contribution],
) -> Vec<Mount> {
    let mut mounts = container(facts, root_filesystem);
    mounts.extend(parts.iter().flat_map(|part| part.mounts.iter().cloned()));
    mounts
}

fn accounts(facts: &ContainerFacts<'_>) -> Vec<Mount> {
    let mut mounts = vec![
        Mount::bind(facts.passwd, "/etc/passwd", Access::ReadOnly),
        Mount::bind(facts.group, "/etc/group", Access::ReadOnly),
    ];
    mounts.extend(
        facts
            .host
            .ca_bundle
            .iter()
            .map(|bundle| Mount::bind(bundle, layout::CA_BUNDLE, Access::ReadOnly)),
    );
    mounts
}

/// Whether a session may change the image's own files.
pub(super) fn root_filesystem(settings: &Settings) -> RootFilesystem {
    if settings.read_only {
        RootFilesystem::ReadOnly
    } else {
        RootFilesystem::Writable
    }
}

/// Directories for temporary files.
fn temporary(settings: &Settings, root_filesystem: RootFilesystem) -> Vec<Mount> {
    let mut mounts = vec![tmpfs("/tmp", settings.tmp_size.map(ByteSize::bytes))];
    if root_filesystem == RootFilesystem::ReadOnly {
        // Podman adds these by itself, Docker does not.
        mounts.extend([tmpfs("/run", None), tmpfs("/var/tmp", None)]);
    }
    mounts
}

pub(super) fn tmpfs(target: impl Into<Utf8PathBuf>, size: Option<u64>) -> Mount {
    Mount {
        source: MountSource::Tmpfs { size },
        target: target.into(),
        access: Access::ReadWrite,
    }
}
