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

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::super::fixture::Fixture;
    use super::*;
    use crate::project::GitLayout;

    const TMP: bool = true;
    const NO_TMP: bool = false;

    fn mounts(fixture: &Fixture, has_tmp: bool) -> Vec<Mount> {
        workspace_mounts(&fixture.project, &fixture.settings, has_tmp)
    }

    /// The project with its history there, as Git finds it from `top_level`.
    fn with_history(common_dir: &Utf8Path, top_level: &Utf8Path) -> Fixture {
        let mut fixture = Fixture::new(&[]);
        fixture.project.root = "/w/app".into();
        fixture.project.git = Some(GitLayout {
            top_level: top_level.to_owned(),
            common_dir: common_dir.to_owned(),
            worktree_dir: None,
        });
        fixture
    }

    #[test]
    fn a_linked_worktrees_history_is_there_too() {
        let both = |path: &str| Mount::bind(path, path, Access::ReadWrite);
        for (common_dir, top_level, expected) in [
            ("/main/.git", "/w/app", &["/w/app", "/main/.git"][..]),
            // Its name only begins like the project's.
            ("/w/app.git", "/w/app", &["/w/app", "/w/app.git"]),
            ("/w/app/.git", "/w/app", &["/w/app"]),
            // Below the top level Git finds no repository.
            ("/main/.git", "/w", &["/w/app"]),
            ("/w/.git", "/w", &["/w/app"]),
        ] {
            let fixture = with_history(common_dir.into(), top_level.into());
            let expected: Vec<Mount> = expected.iter().copied().map(both).collect();
            assert_eq!(
                mounts(&fixture, NO_TMP),
                expected,
                "{common_dir} {top_level}"
            );
        }
    }

    #[test]
    fn what_the_settings_name_is_added() {
        let mut fixture = Fixture::new(&[
            ("workspace_tmp_size", "1m"),
            ("rgignore_file", "/conf/rg"),
            ("extra_mounts", r#"["/data:/data", "/rw:/mnt/rw:rw"]"#),
        ]);
        fixture.project.root = "/w/app".into();
        let workspace = Mount::bind("/w/app", "/w/app", Access::ReadWrite);
        let named = [
            Mount::bind("/conf/rg", "/w/.rgignore", Access::ReadOnly),
            Mount::bind("/data", "/data", Access::ReadOnly),
            Mount::bind("/rw", "/mnt/rw", Access::ReadWrite),
        ];
        let memory = tmpfs("/w/app/tmp", Some(1024 * 1024));
        let with_tmp = [&[workspace.clone(), memory], &named[..]].concat();
        assert_eq!(mounts(&fixture, TMP), with_tmp);
        // Nothing is made in the workspace to mount onto.
        let without_tmp = [std::slice::from_ref(&workspace), &named[..]].concat();
        assert_eq!(mounts(&fixture, NO_TMP), without_tmp);
        let mut bare = Fixture::new(&[]);
        bare.project.root = "/w/app".into();
        assert_eq!(mounts(&bare, TMP), [workspace]);
    }
}
