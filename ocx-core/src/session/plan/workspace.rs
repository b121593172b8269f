//! The project's files in a session.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Causes, PlanCause, container::user_settings, mounts::tmpfs, setting};
use crate::{
    layout,
    project::Project,
    settings::{ByteSize, CachePath, ExtraMount, Settings, WorkspaceMode},
    spec::{Access, Mount, Piece},
    state::{HomeParent, PrivatePath},
};

/// What a session has at the project's place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProjectFiles<'a> {
    /// The project's own files, and its history.
    Own,
    /// A clone.
    Clone {
        /// What stands for the project's root.
        root: &'a Utf8Path,
        /// Directories with the objects that the clone borrows.
        objects: &'a [ObjectStore],
        /// An empty file that cannot be written to.
        empty_file: &'a Utf8Path,
    },
}

/// A directory with objects that a clone borrows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ObjectStore {
    /// The directory of the host, canonical.
    pub source: Utf8PathBuf,
    /// The name under which the clone looks for it, beside the project.
    pub name: String,
    /// Whether it borrows objects itself. Where from, the clone knows by itself.
    pub borrows: bool,
}

/// What of a session's own lies over the project's files.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overlays<'a> {
    /// Whether the workspace has a directory `tmp`, which `workspace_tmp_size` covers.
    pub has_tmp: bool,
    /// Directories that sessions have for themselves.
    pub private: &'a [PrivatePath],
    /// Directories on the way to mounts below the home directory.
    pub home: &'a [HomeParent],
}

/// The mounts of the project, and those that the settings name.
#[must_use]
pub(crate) fn workspace_mounts(
    files: ProjectFiles<'_>,
    project: &Project,
    settings: &Settings,
    overlays: Overlays<'_>,
) -> Vec<Mount> {
    let root = &project.root;
    let mut mounts = match files {
        ProjectFiles::Own => own_files(project),
        ProjectFiles::Clone {
            root: clone,
            objects,
            empty_file,
        } => {
            let mut mounts = vec![Mount::bind(clone, root, Access::ReadWrite)];
            for store in objects {
                let target = beside(root, &store.name);
                mounts.push(Mount::bind(&store.source, &target, Access::ReadOnly));
                if store.borrows {
                    // Git would complain of each path in there that is not in the container.
                    let alternates = target.join("info/alternates");
                    mounts.push(Mount::bind(empty_file, alternates, Access::ReadOnly));
                }
            }
            mounts
        }
    };
    if let (Some(size), true) = (settings.workspace_tmp_size, overlays.has_tmp) {
        mounts.push(tmpfs(root.join("tmp"), Some(ByteSize::bytes(size))));
    }
    mounts.extend(overlays.private.iter().map(|private| {
        let target = root.join(&private.path);
        Mount::bind(&private.source, target, Access::ReadWrite)
    }));
    if let Some(rgignore) = &settings.rgignore_file {
        // ripgrep reads the ignore files of parent directories, too, and nothing is made in the
        // user's workspace this way.
        mounts.push(Mount::bind(
            rgignore,
            beside(root, ".rgignore"),
            Access::ReadOnly,
        ));
    }
    let home = overlays.home.iter();
    mounts.extend(home.map(|home| Mount::bind(&home.source, &home.target, Access::ReadWrite)));
    let extra = settings.extra_mounts.iter();
    mounts.extend(
        extra.map(|extra| Mount::bind(extra.source.clone(), extra.target.clone(), extra.access)),
    );
    mounts
}

/// Why these mounts are there.
#[must_use]
pub(crate) fn workspace_causes(mounts: &[Mount], project: &Project, settings: &Settings) -> Causes {
    let root = &project.root;
    let mut causes = Causes::of_mounts(mounts, &[setting("workspace")]);
    let mut set = |target: Utf8PathBuf, because_of: Vec<PlanCause>| {
        causes.set(Piece::Mount(target), because_of);
    };
    let mut workspace = vec![setting("workspace")];
    if settings.workspace == WorkspaceMode::Clone && !settings.clone_include.is_empty() {
        workspace.push(setting("clone_include"));
    }
    set(root.clone(), workspace);
    if settings.workspace_tmp_size.is_some() {
        let mut tmp = vec![setting("workspace_tmp_size")];
        tmp.extend(user_settings(settings));
        set(root.join("tmp"), tmp);
    }
    if settings.rgignore_file.is_some() {
        set(beside(root, ".rgignore"), vec![setting("rgignore_file")]);
    }
    for path in &settings.private_paths {
        set(root.join(path), vec![setting("private_paths")]);
    }
    for mount in mounts {
        let leads_to = |extra: &ExtraMount| extra.target.starts_with(&mount.target);
        if mount.target.starts_with(layout::HOME) {
            let is_on_the_way = |path: &Utf8PathBuf| {
                Utf8Path::new(layout::HOME)
                    .join(path)
                    .starts_with(&mount.target)
            };
            let cause = if settings.extra_mounts.iter().any(leads_to) {
                setting("extra_mounts")
            } else if CachePath::directories(&settings.cache_paths)
                .iter()
                .any(is_on_the_way)
            {
                setting("cache_paths")
            } else {
                // The user's opencode configuration refers to something there.
                PlanCause::Host
            };
            set(mount.target.clone(), vec![cause]);
        }
    }
    for extra in &settings.extra_mounts {
        set(extra.target.clone(), vec![setting("extra_mounts")]);
    }
    causes
}

/// The project, and the history of a linked worktree, which lies in the main repository. In a project
/// below the top level Git finds no repository; with the history alone it would take all other files for
/// deleted.
fn own_files(project: &Project) -> Vec<Mount> {
    let root = &project.root;
    let history = project
        .git
        .iter()
        .filter(|git| git.top_level == *root && !git.common_dir.starts_with(root))
        .map(|git| &git.common_dir);
    std::iter::once(root)
        .chain(history)
        .map(|path| Mount::bind(path, path, Access::ReadWrite))
        .collect()
}

/// A place beside the project.
fn beside(root: &Utf8Path, name: &str) -> Utf8PathBuf {
    root.parent().unwrap_or(root).join(name)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::project::GitLayout;

    const NO_TMP: Overlays<'_> = Overlays {
        has_tmp: false,
        private: &[],
        home: &[],
    };
    const TMP: Overlays<'_> = Overlays {
        has_tmp: true,
        ..NO_TMP
    };

    fn mounts(fixture: &Fixture, overlays: Overlays<'_>) -> Vec<Mount> {
        workspace_mounts(
            ProjectFiles::Own,
            &fixture.project,
            &fixture.settings,
            overlays,
        )
    }

    #[test]
    fn directories_of_the_sessions_own_lie_over_the_projects() {
        let mut fixture = Fixture::new(&[("private_paths", r#"["web/node_modules"]"#)]);
        fixture.project.root = "/w/app".into();
        let private = [PrivatePath {
            source: "/state/private".into(),
            path: "web/node_modules".into(),
        }];
        let overlays = Overlays {
            private: &private,
            ..NO_TMP
        };
        let mounts = mounts(&fixture, overlays);
        let target = "/w/app/web/node_modules";
        let expected = Mount::bind("/state/private", target, Access::ReadWrite);
        assert_eq!(mounts[1..], [expected]);
        let causes = workspace_causes(&mounts, &fixture.project, &fixture.settings);
        let found = causes.of(&Piece::Mount(target.into()));
        assert_eq!(found, [setting("private_paths")]);
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

    #[test]
    fn of_a_clone_the_users_repository_lends_its_objects_only() {
        let fixture = with_history("/main/.git".into(), "/w/app".into());
        let store = |source: &str, name: &str, borrows| ObjectStore {
            source: source.into(),
            name: name.to_owned(),
            borrows,
        };
        let objects = [
            store("/main/.git/objects", ".ocx-objects-0", true),
            store("/mirror/objects", ".ocx-objects-1", false),
        ];
        let files = ProjectFiles::Clone {
            root: "/state/clone/tree".into(),
            objects: &objects,
            empty_file: "/state/empty".into(),
        };
        let read_only = |source: &str, target: &str| Mount::bind(source, target, Access::ReadOnly);
        assert_eq!(
            workspace_mounts(files, &fixture.project, &fixture.settings, NO_TMP),
            [
                Mount::bind("/state/clone/tree", "/w/app", Access::ReadWrite),
                read_only("/main/.git/objects", "/w/.ocx-objects-0"),
                read_only("/state/empty", "/w/.ocx-objects-0/info/alternates"),
                read_only("/mirror/objects", "/w/.ocx-objects-1"),
            ]
        );
    }
}
