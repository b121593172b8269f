//! The project's files in a session.

use super::mounts::tmpfs;
use crate::{
    project::Project,
    settings::{ByteSize, Settings},
    spec::{Access, Mount},
};

/// The mounts of the project, and those that the settings name. `has_tmp` says whether the workspace
/// has a directory `tmp`, which `workspace_tmp_size` covers.
#[must_use]
pub(crate) fn workspace_mounts(
    project: &Project,
    settings: &Settings,
    has_tmp: bool,
) -> Vec<Mount> {
    let root = &project.root;
    let mut mounts = vec![Mount::bind(root, root, Access::ReadWrite)];
    // A linked worktree's history lies in the main repository. In a project below the top level Git
    // finds no repository; with the history alone it would take all other files for deleted.
    mounts.extend(
        project
            .git
            .iter()
            .filter(|git| git.top_level == *root && !git.common_dir.starts_with(root))
            .map(|git| &git.common_dir)
            .map(|common| Mount::bind(common, common, Access::ReadWrite)),
    );
    if let (Some(size), true) = (settings.workspace_tmp_size, has_tmp) {
        mounts.push(tmpfs(root.join("tmp"), Some(ByteSize::bytes(size))));
    }
    if let Some(rgignore) = &settings.rgignore_file {
        // ripgrep reads the ignore files of parent directories, too, and nothing is made in the
        // user's workspace this way.
        let parent = root.parent().unwrap_or(root);
        mounts.push(Mount::bind(
            rgignore,
            parent.join(".rgignore"),
            Access::ReadOnly,
        ));
    }
    let extra = settings.extra_mounts.iter();
    mounts.extend(
        extra.map(|extra| Mount::bind(extra.source.clone(), extra.target.clone(), extra.access)),
    );
    mounts
}
