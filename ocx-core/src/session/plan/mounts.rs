//! The mounts of containers in which opencode runs.

use camino::Utf8PathBuf;

use super::{
    Causes, ContainerFacts, Contribution, PlanCause,
    container::{user_causes, user_settings},
    setting, setting_or,
};
use crate::{
    layout,
    settings::{ByteSize, Settings},
    spec::{Access, Mount, MountSource, Piece, RootFilesystem},
};

/// Mounts, and why each of them is there.
#[derive(Debug, Default)]
pub(super) struct Mounts(Vec<(Mount, Vec<PlanCause>)>);

impl Mounts {
    fn add(&mut self, mount: Mount, causes: impl Into<Vec<PlanCause>>) {
        self.0.push((mount, causes.into()));
    }

    /// The mounts, and their causes.
    pub(super) fn apart(self) -> (Vec<Mount>, Causes) {
        let mut causes = Causes::default();
        for (mount, of_mount) in &self.0 {
            causes.set(Piece::Mount(mount.target.clone()), of_mount.clone());
        }
        (self.0.into_iter().map(|(mount, _)| mount).collect(), causes)
    }
}

/// What every such container has, parents before what is mounted into them.
pub(super) fn container(facts: &ContainerFacts<'_>, root_filesystem: RootFilesystem) -> Mounts {
    let mut mounts = Mounts::default();
    let home = Mount {
        source: facts.home.clone(),
        target: layout::HOME.into(),
        access: Access::ReadWrite,
    };
    mounts.add(home, home_causes(facts));
    add_accounts(&mut mounts, facts);
    add_temporary(&mut mounts, facts.settings, root_filesystem);
    mounts
}

/// Only a volume that lasts has a name.
fn home_causes(facts: &ContainerFacts<'_>) -> Vec<PlanCause> {
    let mut causes = vec![setting("data_volumes_mode")];
    if facts.settings.data_volumes_name.is_some() && matches!(facts.home, MountSource::Volume(_)) {
        causes.push(setting("data_volumes_name"));
    }
    causes
}

/// The mounts of a session. What its parts add comes in their order.
pub(super) fn session(
    facts: &ContainerFacts<'_>,
    root_filesystem: RootFilesystem,
    parts: &[Contribution],
) -> Mounts {
    let mut mounts = container(facts, root_filesystem);
    for part in parts {
        for mount in &part.mounts {
            let piece = Piece::Mount(mount.target.clone());
            mounts.add(mount.clone(), part.causes_of(&piece));
        }
    }
    mounts
}

fn add_accounts(mounts: &mut Mounts, facts: &ContainerFacts<'_>) {
    let settings = facts.settings;
    let mut causes = user_causes(settings);
    causes.push(setting_or(
        "username",
        settings.username.as_ref(),
        PlanCause::Host,
    ));
    causes.dedup();
    for (file, target) in [(facts.passwd, "/etc/passwd"), (facts.group, "/etc/group")] {
        mounts.add(Mount::bind(file, target, Access::ReadOnly), causes.clone());
    }
    if let Some(bundle) = &facts.host.ca_bundle {
        let mount = Mount::bind(bundle, layout::CA_BUNDLE, Access::ReadOnly);
        mounts.add(mount, [PlanCause::Host]);
    }
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
fn add_temporary(mounts: &mut Mounts, settings: &Settings, root_filesystem: RootFilesystem) {
    let size = settings.tmp_size.map(ByteSize::bytes);
    let of_size = settings.tmp_size.map(|_| setting("tmp_size"));
    let because_of = |cause| {
        let causes = [cause].into_iter().chain(of_size);
        causes.chain(user_settings(settings)).collect::<Vec<_>>()
    };
    mounts.add(tmpfs("/tmp", size), because_of(PlanCause::Needed));
    if root_filesystem == RootFilesystem::ReadOnly {
        // Podman adds these by itself, Docker does not.
        for target in ["/run", "/var/tmp"] {
            mounts.add(tmpfs(target, size), because_of(setting("read_only")));
        }
    }
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
        let (mounts, _) = container(&fixture.container(), root_filesystem).apart();
        mounts.iter().map(line).collect()
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
