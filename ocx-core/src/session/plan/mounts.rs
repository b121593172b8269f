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
    let size = settings.tmp_size.map(ByteSize::bytes);
    let mut mounts = vec![tmpfs("/tmp", size)];
    if root_filesystem == RootFilesystem::ReadOnly {
        // Podman adds these by itself, Docker does not.
        mounts.extend([tmpfs("/run", size), tmpfs("/var/tmp", size)]);
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

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;

    /// The mounts of a container, one a line.
    fn mounts(fixture: &Fixture, root_filesystem: RootFilesystem) -> Vec<String> {
        let line = |mount: &Mount| {
            let source = match &mount.source {
                MountSource::Tmpfs { size: None } => "tmpfs".to_owned(),
                MountSource::Tmpfs { size: Some(size) } => format!("tmpfs of {size}"),
                MountSource::Bind(path) => path.to_string(),
                other => format!("{other:?}"),
            };
            format!("{source} at {}, {:?}", mount.target, mount.access)
        };
        container(&fixture.container(), root_filesystem)
            .iter()
            .map(line)
            .collect()
    }

    #[test]
    fn what_every_container_has() {
        let mut fixture = Fixture::new(&[]);
        let accounts = [
            "AnonymousVolume at /ocx/home, ReadWrite",
            "/state/passwd at /etc/passwd, ReadOnly",
            "/state/group at /etc/group, ReadOnly",
        ];
        let found = mounts(&fixture, RootFilesystem::Writable);
        assert_eq!(
            found,
            [&accounts[..], &["tmpfs at /tmp, ReadWrite"]].concat()
        );

        fixture.sandbox.host.ca_bundle = Some("/etc/ssl/cert.pem".into());
        fixture.settings.tmp_size = Some("1m".parse().unwrap());
        let more = [
            "/etc/ssl/cert.pem at /ocx/etc/ca-certificates.crt, ReadOnly",
            "tmpfs of 1048576 at /tmp, ReadWrite",
            "tmpfs of 1048576 at /run, ReadWrite",
            "tmpfs of 1048576 at /var/tmp, ReadWrite",
        ];
        let found = mounts(&fixture, RootFilesystem::ReadOnly);
        assert_eq!(found, [&accounts[..], &more].concat());
    }

    #[test]
    fn files_of_the_image_may_be_changed_unless_the_settings_forbid_it() {
        for (read_only, expected) in [
            ("false", RootFilesystem::Writable),
            ("true", RootFilesystem::ReadOnly),
        ] {
            let fixture = Fixture::new(&[("read_only", read_only)]);
            assert_eq!(root_filesystem(&fixture.settings), expected);
        }
    }
}
