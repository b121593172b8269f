//! What ocx reads from a project.

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::{
    base::{FoundDockerfile, find_dockerfile},
    host::Host,
    project::{CONFIG_FILE_NAMES, Project},
    settings::{FollowedDevcontainer, Settings, named_files},
    spec::Access,
};

/// What something that is read from a project decides about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Purpose {
    /// How sessions are set up: the settings file, and files that settings name.
    Settings,
    /// What is in the base: the Dockerfile and its build context.
    Build,
    /// What opencode does by itself: its configuration and plugins in the project.
    Opencode,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Settings, Self::Build, Self::Opencode];
}

/// Files that opencode follows beside its directory (1.18.34).
const OPENCODE_FILES: [&str; 4] = ["opencode.json", "opencode.jsonc", "tui.json", "tui.jsonc"];

/// What opencode itself writes into its directory of a project, and does not follow there: the packages
/// that it installs, and plans (1.18.34). Those of a project that nobody has agreed to are covered with
/// the directory.
pub(super) const WRITTEN_BY_OPENCODE: &str =
    ".gitignore\nbun.lock\nnode_modules\npackage-lock.json\npackage.json\nplans\n";

/// Files and directories that ocx reads from a project and that the agent can write to. What is not
/// there counts as well: it may come to be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sources {
    pub(super) files: Vec<(Purpose, Utf8PathBuf)>,
    pub(super) trees: Vec<Tree>,
}

/// A directory that is read with what is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Tree {
    pub(super) purpose: Purpose,
    pub(super) directory: Utf8PathBuf,
    /// The names of further files that say what of it is sent to a builder.
    pub(super) ignore_files: Vec<Utf8PathBuf>,
}

impl Sources {
    /// What is read before the settings are known: the settings files.
    #[must_use]
    pub fn of_settings(project: &Project) -> Self {
        let files = CONFIG_FILE_NAMES.map(|name| (Purpose::Settings, project.root.join(name)));
        Self {
            files: files.into(),
            trees: Vec::new(),
        }
    }

    /// All that is read with these settings.
    #[must_use]
    pub fn of(host: &Host, project: &Project, settings: &Settings) -> Self {
        let writable = Writable::new(project, settings);
        let mut sources = Self::of_settings(project);
        for key in ["env_file", "rgignore_file", "opencode_binary"] {
            sources.add(Purpose::Settings, named_files(key, settings), &writable);
        }
        if let Some(followed) = &settings.devcontainer {
            // One at the other place may come to be, and win.
            let places = FollowedDevcontainer::places(&project.root);
            let read = places.into_iter().chain(followed.read.iter().cloned());
            sources.add(Purpose::Settings, read.collect(), &writable);
        }
        if let Some(path) = &settings.custom_base_dockerfile {
            let context = settings.custom_base_context.as_deref();
            sources.add_build((path, context), host, project, &writable);
        }
        // opencode looks in each directory above the one where it is started.
        let levels: Vec<&Utf8Path> = project
            .current_dir
            .ancestors()
            .filter(|level| level.starts_with(&project.root))
            .collect();
        sources.and(&Self::of_opencode(&levels))
    }

    /// What opencode reads by itself in these directories.
    #[must_use]
    pub fn of_opencode(levels: &[impl AsRef<Utf8Path>]) -> Self {
        let mut sources = Self::default();
        for level in levels.iter().map(AsRef::as_ref) {
            let files = OPENCODE_FILES.map(|name| (Purpose::Opencode, level.join(name)));
            sources.files.extend(files);
            sources.trees.push(Tree {
                purpose: Purpose::Opencode,
                directory: level.join(".opencode"),
                ignore_files: Vec::new(),
            });
        }
        sources
    }

    /// What a build from this Dockerfile reads; nothing if the agent can write to none of it.
    #[must_use]
    pub fn of_build(project: &Project, settings: &Settings, dockerfile: &FoundDockerfile) -> Self {
        let writable = Writable::new(project, settings);
        let mut sources = Self::default();
        sources.add_dockerfile(dockerfile, &writable);
        sources
    }

    /// One file that says how sessions could be set up.
    pub(super) fn of_file(path: &Utf8Path) -> Self {
        Self {
            files: vec![(Purpose::Settings, path.to_owned())],
            trees: Vec::new(),
        }
    }

    /// Whether there is nothing to look at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.trees.is_empty()
    }

    /// Those that are read for this purpose.
    #[must_use]
    pub fn only(mut self, purpose: Purpose) -> Self {
        self.files.retain(|(of, _)| *of == purpose);
        self.trees.retain(|tree| tree.purpose == purpose);
        self
    }

    /// These and those of `others`.
    pub(super) fn and(mut self, others: &Self) -> Self {
        for file in &others.files {
            if !self.files.contains(file) {
                self.files.push(file.clone());
            }
        }
        for tree in &others.trees {
            if !self.trees.contains(tree) {
                self.trees.push(tree.clone());
            }
        }
        self
    }

    fn add_build(
        &mut self,
        (path, context): (&Utf8Path, Option<&Utf8Path>),
        host: &Host,
        project: &Project,
        writable: &Writable<'_>,
    ) {
        // In the project it wins over one of the user's as soon as it is there.
        self.add(Purpose::Build, vec![project.root.join(path)], writable);
        if let Ok(found) = find_dockerfile(path, context, &project.root, &host.dirs.config) {
            self.add_dockerfile(&found, writable);
        }
    }

    fn add_dockerfile(&mut self, found: &FoundDockerfile, writable: &Writable<'_>) {
        if !writable.holds(&found.path) && !writable.holds(&found.context) {
            return;
        }
        let beside = format!("{}.dockerignore", found.path);
        let ignore_files: Vec<Utf8PathBuf> = vec![
            found.context.join(".dockerignore"),
            found.context.join(".containerignore"),
            beside.into(),
        ];
        let files = [found.path.clone()]
            .into_iter()
            .chain(ignore_files.iter().cloned());
        self.add(Purpose::Build, files.collect(), writable);
        self.trees.push(Tree {
            purpose: Purpose::Build,
            directory: found.context.clone(),
            ignore_files,
        });
    }

    fn add(&mut self, purpose: Purpose, paths: Vec<Utf8PathBuf>, writable: &Writable<'_>) {
        for path in paths.into_iter().filter(|path| writable.holds(path)) {
            if !self.files.iter().any(|(_, known)| *known == path) {
                self.files.push((purpose, path));
            }
        }
    }
}

/// The directories of the host in which a session can write: the project, and what is mounted to be
/// written to.
#[must_use]
pub fn writable_places<'a>(project: &'a Project, settings: &'a Settings) -> Vec<&'a Utf8Path> {
    let mounts = settings
        .extra_mounts
        .iter()
        .filter(|mount| mount.access == Access::ReadWrite)
        .map(|mount| mount.source.as_path());
    // A place that is no project is mounted nowhere.
    let root = project.refusal.is_none().then_some(project.root.as_path());
    root.into_iter().chain(mounts).collect()
}

/// Where the agent can write.
struct Writable<'a>(Vec<&'a Utf8Path>);

impl<'a> Writable<'a> {
    fn new(project: &'a Project, settings: &'a Settings) -> Self {
        Self(writable_places(project, settings))
    }

    fn holds(&self, path: &Utf8Path) -> bool {
        let canonical = path.canonicalize_utf8();
        self.0.iter().any(|place| {
            path.starts_with(place) || canonical.as_ref().is_ok_and(|path| path.starts_with(place))
        })
    }
}
