//! Finding the project.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    GitLayout, ProjectError, ProjectId, ProjectWarning, Refusal, config_file, find_config_file,
    git, refusal::refusal,
};
use crate::host::Host;

/// The project that ocx works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its top directory, canonical.
    pub root: Utf8PathBuf,
    /// The current directory, canonical, if it lies in the root; else the root.
    pub current_dir: Utf8PathBuf,
    /// A name for it that no other project has.
    pub id: ProjectId,
    /// Its configuration files: one, or none.
    pub config_files: Vec<Utf8PathBuf>,
    /// Its Git directories; `None` without Git, or if they could not be verified.
    pub git: Option<GitLayout>,
    /// What the user should know.
    pub warnings: Vec<ProjectWarning>,
    /// Why it is no project, and only stands for the place, see [`Project::discover_or_none`].
    pub refusal: Option<Refusal>,
}

impl Project {
    /// Finds the project, see [`discover`].
    ///
    /// # Errors
    ///
    /// As for [`discover`].
    ///
    /// # Examples
    ///
    /// ```
    /// # use ocx_core::{Host, Project};
    /// # let directory = tempfile::tempdir()?;
    /// # let home = camino::Utf8Path::from_path(directory.path()).unwrap().canonicalize_utf8()?;
    /// # std::fs::create_dir_all(home.join("app/src"))?;
    /// # let user = ocx_core::host::HostUser {
    /// #     name: "jane".to_owned(),
    /// #     group: "jane".to_owned(),
    /// #     uid: std::os::unix::fs::MetadataExt::uid(&home.metadata()?),
    /// #     gid: 1000,
    /// #     groups: Vec::new(),
    /// # };
    /// let host = Host::new(user, home.clone(), home.join("app/src"));
    ///
    /// // Without a repository or settings around it, the current directory is the project.
    /// assert_eq!(Project::discover(&host, None)?.root, home.join("app/src"));
    /// // Or what somebody names.
    /// let project = Project::discover(&host, Some("~/app".into()))?;
    /// assert_eq!(project.root, home.join("app"));
    /// assert_eq!(project.current_dir, home.join("app/src"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn discover(host: &Host, explicit: Option<&Utf8Path>) -> Result<Self, ProjectError> {
        discover(host, explicit)
    }

    /// Finds the project; where there may be none, what stands for the place: it has no settings and no Git,
    /// no session begins in it and nothing is built for it. For what looks at sessions, images or the user's
    /// own settings, which is done from a home directory, too.
    ///
    /// # Errors
    ///
    /// As for [`discover`], but for a directory that may not be a project.
    pub fn discover_or_none(
        host: &Host,
        explicit: Option<&Utf8Path>,
    ) -> Result<Self, ProjectError> {
        match discover(host, explicit) {
            Err(ProjectError::Refused { root, refusal }) => Ok(Self {
                refusal: Some(refusal),
                ..Self::none(root)
            }),
            found => found,
        }
    }

    /// That it is a project, and does not only stand for a place.
    ///
    /// # Errors
    ///
    /// [`ProjectError::Refused`] if it only does that, see [`Project::discover_or_none`].
    pub fn ensure(&self) -> Result<(), ProjectError> {
        match &self.refusal {
            None => Ok(()),
            Some(refusal) => Err(ProjectError::Refused {
                root: self.root.clone(),
                refusal: refusal.clone(),
            }),
        }
    }

    /// What stands for a place that is no project, with nothing in it.
    pub(crate) fn none(place: Utf8PathBuf) -> Self {
        Self {
            id: ProjectId::of(&place),
            current_dir: place.clone(),
            root: place,
            config_files: Vec::new(),
            git: None,
            warnings: Vec::new(),
            refusal: None,
        }
    }
}

/// Finds the project: at `explicit` if given (relative to the current directory, a leading `~` is
/// the home directory), else around the current directory.
///
/// # Errors
///
/// If the directory does not exist, may not be a project, or its configuration file is ambiguous
/// or somebody else's.
pub fn discover(host: &Host, explicit: Option<&Utf8Path>) -> Result<Project, ProjectError> {
    let (root, current_dir) = match explicit {
        // What is left of a variable that is not set, not the current directory.
        Some(directory) if directory == "" => return Err(ProjectError::EmptyPath),
        Some(directory) => {
            let root = canonical_directory(&host.current_dir.join(host.expand_home(directory)))?;
            // Where ocx was called does not matter for a project elsewhere, even if it is gone.
            let current = canonical_directory(&host.current_dir)
                .ok()
                .filter(|current| current.starts_with(&root))
                .unwrap_or_else(|| root.clone());
            (root, current)
        }
        None => {
            let current = canonical_directory(&host.current_dir)?;
            (root_around(&current, host)?, current)
        }
    };
    if let Some(refusal) = refusal(&root, host) {
        return Err(ProjectError::Refused { root, refusal });
    }

    let config_file = find_config_file(&root)?;
    if let Some(path) = &config_file {
        refuse_foreign(path, host)?;
    }
    let mut warnings = Vec::new();
    let git = git_around(&root, host).and_then(|(_, found)| match found {
        git::Found::Verified(layout) => Some(layout),
        git::Found::Unverified(warning) => {
            warnings.push(warning);
            None
        }
    });
    Ok(Project {
        id: ProjectId::of(&root),
        config_files: config_file.into_iter().collect(),
        root,
        current_dir,
        git,
        warnings,
        refusal: None,
    })
}

fn root_around(current: &Utf8Path, host: &Host) -> Result<Utf8PathBuf, ProjectError> {
    let top_level = git_around(current, host).map(|(top_level, _)| top_level);
    for directory in candidates(current, host) {
        if find_config_file(directory)?.is_some() {
            return Ok(directory.to_owned());
        }
        if top_level.as_deref() == Some(directory) {
            break;
        }
    }
    Ok(top_level.unwrap_or_else(|| current.to_owned()))
}

fn git_around(directory: &Utf8Path, host: &Host) -> Option<(Utf8PathBuf, git::Found)> {
    candidates(directory, host)
        .find_map(|candidate| Some((candidate.to_owned(), git::at(candidate)?)))
}

/// `directory` and what lies above it, up to the first that may not be a project. So a repository
/// of dotfiles in the home directory, or a file that somebody put into `/tmp`, is not found.
fn candidates<'a>(
    directory: &'a Utf8Path,
    host: &'a Host,
) -> impl Iterator<Item = &'a Utf8Path> + 'a {
    directory
        .ancestors()
        .take_while(|candidate| refusal(candidate, host).is_none())
}

fn canonical_directory(path: &Utf8Path) -> Result<Utf8PathBuf, ProjectError> {
    let missing = |kind| matches!(kind, io::ErrorKind::NotFound | io::ErrorKind::NotADirectory);
    let canonical = path.canonicalize_utf8().map_err(|source| {
        if missing(source.kind()) {
            ProjectError::Missing {
                path: path.to_owned(),
            }
        } else {
            ProjectError::Unreadable {
                path: path.to_owned(),
                source,
            }
        }
    })?;
    if canonical.is_dir() {
        Ok(canonical)
    } else {
        Err(ProjectError::NotADirectory {
            path: path.to_owned(),
        })
    }
}

fn refuse_foreign(path: &Utf8Path, host: &Host) -> Result<(), ProjectError> {
    match config_file::foreign_owner(path, host) {
        Ok(None) => Ok(()),
        Ok(Some(owner)) => Err(ProjectError::ForeignConfigFile {
            path: path.to_owned(),
            owner,
        }),
        Err(source) => Err(ProjectError::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::{super::sandbox::Sandbox, *};

    fn error(sandbox: &Sandbox, explicit: Option<&str>) -> String {
        let error = discover(&sandbox.host, explicit.map(Utf8Path::new)).unwrap_err();
        sandbox.plain(&error)
    }

    #[test]
    fn the_current_directory_if_there_is_nothing_else() {
        let sandbox = Sandbox::new();
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.host.current_dir);
        assert_eq!(project.current_dir, project.root);
        assert_eq!(project.git, None);
        assert!(project.config_files.is_empty());
    }

    #[test]
    fn the_nearest_configuration_file() {
        let mut sandbox = Sandbox::new();
        sandbox.write("home/work/ocx.toml", "");
        let inner = sandbox.write("home/work/app/ocx.json", "{}");
        sandbox.host.current_dir = sandbox.directory("home/work/app/src/deep");
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.top.join("home/work/app"));
        assert_eq!(project.current_dir, sandbox.host.current_dir);
        assert_eq!(project.config_files, [inner]);
    }

    #[test]
    fn the_git_top_level_and_nothing_above_it() {
        let mut sandbox = Sandbox::new();
        sandbox.write("home/work/ocx.toml", "");
        sandbox.git_dir("home/work/app/.git");
        sandbox.host.current_dir = sandbox.directory("home/work/app/src");
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.top.join("home/work/app"));
        assert!(project.config_files.is_empty());

        // A file below the top level is nearer; the repository is found nevertheless.
        sandbox.write("home/work/app/src/ocx.toml", "");
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.top.join("home/work/app/src"));
        assert_eq!(
            project.git.unwrap().top_level,
            sandbox.top.join("home/work/app")
        );
    }

    #[test]
    fn never_at_or_above_home() {
        let sandbox = Sandbox::new();
        sandbox.write("home/ocx.toml", "");
        sandbox.write("ocx.toml", "");
        sandbox.git_dir("home/.git");
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.host.current_dir);
        assert_eq!(project.git, None);
    }

    #[test]
    fn what_stands_for_no_project_has_nothing_of_the_place() {
        let mut sandbox = Sandbox::new();
        sandbox.write("home/ocx.toml", "");
        sandbox.git_dir("home/.git");
        sandbox.host.current_dir = sandbox.host.home.clone();
        let none = Project::discover_or_none(&sandbox.host, None).unwrap();
        assert_eq!(none.root, sandbox.host.home);
        assert_eq!((none.config_files.len(), &none.git), (0, &None));
        assert_eq!(none.refusal, Some(Refusal::Home));
        assert!(matches!(none.ensure(), Err(ProjectError::Refused { .. })));
        // Where nothing can run, nothing of a session's is in the way of the host's programs.
        let settings = crate::settings::load(&sandbox.host, &none, &[]).unwrap();
        assert_eq!(
            crate::trust::writable_places(&none, &settings.settings),
            [""; 0]
        );
        let there = Project::discover_or_none(&sandbox.host, Some("work/app".into())).unwrap();
        assert!(there.ensure().is_ok());
        let missing = Project::discover_or_none(&sandbox.host, Some("none".into()));
        assert!(matches!(missing, Err(ProjectError::Missing { .. })));
    }

    #[test]
    fn home_itself_is_refused() {
        let mut sandbox = Sandbox::new();
        sandbox.host.current_dir = sandbox.host.home.clone();
        assert_snapshot!(error(&sandbox, None), @"/home cannot be a project: it is a home directory, and everything in it would be open to the agent");
        assert_snapshot!(error(&sandbox, Some("..")), @" cannot be a project: your home directory /home lies in it");
        assert_snapshot!(error(&sandbox, Some("/etc")), @"/etc cannot be a project: it is a system directory, and would cover the container's own");
        assert_snapshot!(error(&sandbox, Some("/usr/bin")), @"/usr/bin cannot be a project: it is a system directory, and would cover the container's own");
    }

    #[test]
    fn an_explicit_directory_is_the_root_as_it_is() {
        let mut sandbox = Sandbox::new();
        sandbox.git_dir("home/work/app/.git");
        sandbox.write("home/work/app/ocx.toml", "");
        let inner = sandbox.directory("home/work/app/inner");
        let project = discover(&sandbox.host, Some("inner".into())).unwrap();
        assert_eq!(project.root, inner);
        assert_eq!(project.current_dir, inner);
        assert!(project.config_files.is_empty());

        sandbox.host.current_dir = sandbox.directory("home/work/app/inner/deep");
        for text in ["~/work/app", "../..", "../../"] {
            let project = discover(&sandbox.host, Some(text.into())).unwrap();
            assert_eq!(project.root, sandbox.top.join("home/work/app"), "{text}");
            assert_eq!(project.current_dir, sandbox.host.current_dir, "{text}");
        }
    }

    #[test]
    fn explicit_directories_that_are_none() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/file", "");
        assert_snapshot!(error(&sandbox, Some("nowhere")), @"the project directory /home/work/app/nowhere does not exist");
        assert_snapshot!(error(&sandbox, Some("file")), @"/home/work/app/file is not a directory");
        assert_snapshot!(error(&sandbox, Some("file/x")), @"the project directory /home/work/app/file/x does not exist");
        assert_snapshot!(error(&sandbox, Some("")), @"the path of the project directory is empty");
    }

    #[test]
    fn links_are_resolved() {
        let sandbox = Sandbox::new();
        let real = sandbox.directory("home/real");
        std::os::unix::fs::symlink(&real, sandbox.top.join("home/link")).unwrap();
        let project = discover(&sandbox.host, Some("~/link".into())).unwrap();
        assert_eq!(project.root, real);
    }

    #[test]
    fn two_configuration_files() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/ocx.toml", "");
        sandbox.write("home/work/app/ocx.json", "{}");
        assert_snapshot!(error(&sandbox, None), @"both /home/work/app/ocx.toml and /home/work/app/ocx.json exist; ocx reads one of them only");
    }

    #[test]
    fn a_configuration_file_of_somebody_else() {
        let mut sandbox = Sandbox::new();
        sandbox.write("home/work/app/ocx.toml", "");
        let owner = sandbox.host.user.uid;
        sandbox.host.user.uid = owner + 1;
        // A file of root's is fine for everybody, so as root the file must be given away first.
        let owner = if owner == 0 {
            std::os::unix::fs::chown(sandbox.top.join("home/work/app/ocx.toml"), Some(4321), None)
                .unwrap();
            4321
        } else {
            owner
        };
        let error = discover(&sandbox.host, None).unwrap_err();
        assert!(
            matches!(error, ProjectError::ForeignConfigFile { owner: found, .. } if found == owner),
            "{error}"
        );

        // Under sudo, the caller's files are trusted; but only root can say who the caller was.
        sandbox
            .host
            .environment
            .insert("SUDO_UID".to_owned(), owner.to_string());
        assert!(discover(&sandbox.host, None).is_err());
        sandbox.host.user.uid = 0;
        assert!(discover(&sandbox.host, None).is_ok());
    }

    #[test]
    fn an_unverified_git_file_is_said() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/.git", "gitdir: /nowhere\n");
        let project = sandbox.project();
        assert_eq!(project.root, sandbox.host.current_dir);
        assert_eq!(project.git, None);
        assert_snapshot!(sandbox.plain(&project.warnings[0]), @"the Git directory that /home/work/app/.git names is not made available: /nowhere is not a directory that can be read");
    }
}
