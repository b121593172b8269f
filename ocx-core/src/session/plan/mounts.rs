//! The mounts of a session.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::{ContainerFacts, Cover, SessionFacts};
use crate::{
    layout,
    settings::{ByteSize, Settings},
    spec::{Access, Mount, MountSource, RootFilesystem, VolumeSpec},
};

/// The mounts of a session, parents before what is mounted into them.
pub(super) fn mounts(facts: &SessionFacts<'_>, home_volume: Option<&VolumeSpec>) -> Vec<Mount> {
    let mut mounts = home(facts, home_volume);
    mounts.extend(accounts(&facts.container()));
    mounts.extend(temporary(facts.settings, root_filesystem(facts.settings)));
    mounts.extend(workspace(facts));
    mounts.extend(
        facts
            .settings
            .extra_mounts
            .iter()
            .map(|extra| Mount::bind(extra.source.clone(), extra.target.clone(), extra.access)),
    );
    mounts.extend(protected(facts));
    mounts
}

fn home(facts: &SessionFacts<'_>, volume: Option<&VolumeSpec>) -> Vec<Mount> {
    let paths = facts.paths;
    let source = volume.map_or(MountSource::AnonymousVolume, |volume| {
        MountSource::Volume(volume.name.clone())
    });
    let mut mounts = vec![
        Mount {
            source,
            target: layout::HOME.into(),
            access: Access::ReadWrite,
        },
        Mount::bind(
            &paths.opencode_config,
            layout::OPENCODE_CONFIG,
            Access::ReadWrite,
        ),
    ];
    if volume.is_some() {
        mounts.push(Mount::bind(
            &paths.opencode_data,
            layout::OPENCODE_DATA,
            Access::ReadWrite,
        ));
    }
    // Single files: opencode writes them in place, and sessions see each other's refreshed tokens.
    let credentials = [
        (&paths.auth, "auth.json"),
        (&paths.mcp_auth, "mcp-auth.json"),
    ];
    mounts.extend(credentials.map(|(path, name)| {
        Mount::bind(
            path,
            Utf8Path::new(layout::OPENCODE_DATA).join(name),
            Access::ReadWrite,
        )
    }));
    mounts
}

pub(super) fn accounts(facts: &ContainerFacts<'_>) -> Vec<Mount> {
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
pub(super) fn temporary(settings: &Settings, root_filesystem: RootFilesystem) -> Vec<Mount> {
    let tmpfs = |target: &str, size| Mount {
        source: MountSource::Tmpfs { size },
        target: target.into(),
        access: Access::ReadWrite,
    };
    let mut mounts = vec![tmpfs("/tmp", settings.tmp_size.map(ByteSize::bytes))];
    if root_filesystem == RootFilesystem::ReadOnly {
        // Podman adds these by itself, Docker does not.
        mounts.extend([tmpfs("/run", None), tmpfs("/var/tmp", None)]);
    }
    mounts
}

fn workspace(facts: &SessionFacts<'_>) -> Vec<Mount> {
    let root = &facts.project.root;
    let mut mounts = vec![Mount::bind(root, root, Access::ReadWrite)];
    // A linked worktree's history lies in the main repository. In a project below the top level Git
    // finds no repository; with the history alone it would take all other files for deleted.
    mounts.extend(
        facts
            .project
            .git
            .iter()
            .filter(|git| git.top_level == *root && !git.common_dir.starts_with(root))
            .map(|git| &git.common_dir)
            .map(|common| Mount::bind(common, common, Access::ReadWrite)),
    );
    if let (Some(size), true) = (
        facts.settings.workspace_tmp_size,
        facts.paths.workspace_tmp_exists,
    ) {
        mounts.push(Mount {
            source: MountSource::Tmpfs {
                size: Some(size.bytes()),
            },
            target: root.join("tmp"),
            access: Access::ReadWrite,
        });
    }
    if let Some(rgignore) = &facts.settings.rgignore_file {
        // ripgrep reads the ignore files of parent directories, too, and nothing is made in the
        // user's workspace this way.
        let parent = root.parent().unwrap_or(root);
        mounts.push(Mount::bind(
            rgignore,
            parent.join(".rgignore"),
            Access::ReadOnly,
        ));
    }
    mounts
}

/// What lies in the workspace and must not be changed, or not be seen.
fn protected(facts: &SessionFacts<'_>) -> Vec<Mount> {
    let paths = facts.paths;
    // A mount holds its own place, but whoever may write to a directory above it can move that away
    // and put another there, which the next session would take for the real one. So each directory
    // on the way is mounted onto itself: the kernel moves and removes no mount point.
    let root = &facts.project.root;
    let covers = &facts.forbidden.covers;
    let protected: Vec<&Utf8Path> = paths
        .protected
        .iter()
        .map(Utf8PathBuf::as_path)
        .filter(|path| {
            !covers
                .iter()
                .any(|cover| cover.hides(path) || cover.path() == *path)
        })
        .collect();
    let on_the_way: BTreeSet<&Utf8Path> = protected
        .iter()
        .copied()
        .chain(covers.iter().map(Cover::path))
        .flat_map(|path| path.ancestors().skip(1))
        .filter(|above| above.starts_with(root) && *above != root)
        .collect();
    // In order, so that parents come before their children.
    let holders = on_the_way
        .into_iter()
        .map(|path| Mount::bind(path, path, Access::ReadWrite));
    let read_only = protected
        .iter()
        .map(|path| Mount::bind(*path, *path, Access::ReadOnly));
    let covers = covers.iter().map(|cover| {
        let (source, target) = match cover {
            Cover::Directory(target) => (&paths.empty_directory, target),
            Cover::File(target) => (&paths.empty_file, target),
        };
        Mount::bind(source, target, Access::ReadOnly)
    });
    holders.chain(read_only).chain(covers).collect()
}
