//! Where the Dockerfile of a base lies.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::disk;

/// Nobody writes a larger one.
pub(crate) const LARGEST_DOCKERFILE: u64 = 1 << 20;

/// Files beside a Dockerfile, or named after it, that builders read whatever they are: a named pipe
/// would keep them waiting for ever.
const IGNORE_FILES: [&str; 2] = [".dockerignore", ".containerignore"];

/// A Dockerfile that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDockerfile {
    /// Its absolute path, as it was found.
    pub path: Utf8PathBuf,
    /// Its path with symbolic links resolved; it stands for the Dockerfile's identity.
    pub canonical: Utf8PathBuf,
    /// The build context: the directory where it was found, or the one that the settings name.
    pub context: Utf8PathBuf,
    /// What the settings call the build context, in a form that is the same in each clone of a
    /// repository; `None` if they name none.
    pub named_context: Option<Utf8PathBuf>,
    /// Which place it was found in.
    pub found_in: FoundIn,
    /// SHA-256 of its text, hexadecimal.
    pub sha256: String,
}

/// The place that a Dockerfile was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundIn {
    /// The project.
    Project,
    /// The global configuration directory, `~/.config/ocx` by default.
    GlobalConfig,
    /// The settings give its absolute path.
    AbsolutePath,
}

/// Finds the Dockerfile that the settings call `path`: relative to the project first, then to the
/// global configuration directory; an absolute path is taken as it is. `context` is what the settings
/// call the build context, relative to the project; without it, that is the Dockerfile's directory.
///
/// # Errors
///
/// If there is no such file, if it cannot be read, or if one found in the project, or its directory,
/// is a link that leads out of it: the project's files are not trusted to choose a build context
/// elsewhere. That holds as well for an absolute path into the project. And if the context that the
/// settings name is no directory of the project or, for another Dockerfile than one of the project's,
/// of the global configuration directory.
pub(crate) fn find_dockerfile(
    path: &Utf8Path,
    context: Option<&Utf8Path>,
    project_root: &Utf8Path,
    config_dir: &Utf8Path,
) -> Result<FoundDockerfile, DockerfileError> {
    let places = if path.is_absolute() {
        vec![(path.to_owned(), FoundIn::AbsolutePath)]
    } else {
        vec![
            (project_root.join(path), FoundIn::Project),
            (config_dir.join(path), FoundIn::GlobalConfig),
        ]
    };
    for (candidate, found_in) in &places {
        match disk::read_bounded(candidate, LARGEST_DOCKERFILE) {
            Ok(text) => {
                let found = found(candidate, *found_in, &text, project_root)?;
                let found = match context {
                    Some(context) => with_context(found, context, project_root, config_dir)?,
                    None => found,
                };
                check_ignore_files(&found)?;
                return Ok(found);
            }
            Err(error) if is_absent(&error) => {}
            Err(source) => {
                return Err(DockerfileError::Unreadable {
                    path: candidate.clone(),
                    source,
                });
            }
        }
    }
    let tried = places.into_iter().map(|(candidate, _)| candidate).collect();
    Err(DockerfileError::NotFound {
        path: path.to_owned(),
        tried,
    })
}

fn found(
    path: &Utf8Path,
    found_in: FoundIn,
    text: &[u8],
    project_root: &Utf8Path,
) -> Result<FoundDockerfile, DockerfileError> {
    let unreadable = |source| DockerfileError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let canonical = path.canonicalize_utf8().map_err(unreadable)?;
    let context = path
        .parent()
        .unwrap_or(path)
        .canonicalize_utf8()
        .map_err(unreadable)?;
    if found_in == FoundIn::Project || path.starts_with(project_root) {
        let root = project_root.canonicalize_utf8().map_err(unreadable)?;
        // A file elsewhere may well be a link back into the project.
        for target in [&canonical, &context] {
            if !target.starts_with(&root) {
                return Err(DockerfileError::OutsideProject {
                    path: path.to_owned(),
                    target: target.clone(),
                });
            }
        }
    }
    Ok(FoundDockerfile {
        path: path.to_owned(),
        canonical,
        context,
        named_context: None,
        found_in,
        sha256: hex::encode(Sha256::digest(text)),
    })
}

/// The same with the build context that the settings name.
fn with_context(
    dockerfile: FoundDockerfile,
    named: &Utf8Path,
    project_root: &Utf8Path,
    config_dir: &Utf8Path,
) -> Result<FoundDockerfile, DockerfileError> {
    let path: Utf8PathBuf = project_root.join(named).components().collect();
    let no_directory = |source| DockerfileError::NoContext {
        path: path.clone(),
        source,
    };
    let root = project_root.canonicalize_utf8().map_err(no_directory)?;
    let context = path.canonicalize_utf8().map_err(no_directory)?;
    if !context.is_dir() {
        return Err(no_directory(io::ErrorKind::NotADirectory.into()));
    }
    let is_projects =
        dockerfile.found_in == FoundIn::Project || dockerfile.canonical.starts_with(&root);
    let config_dir = config_dir.canonicalize_utf8().ok();
    // Who writes the project's Dockerfile would else read the user's own files with it.
    let is_users = !is_projects && config_dir.is_some_and(|dir| context.starts_with(dir));
    let inside = context.strip_prefix(&root).ok();
    if inside.is_none() && !is_users {
        return Err(DockerfileError::ContextElsewhere {
            path,
            target: context,
        });
    }
    // One Dockerfile of the user's makes another image of each project.
    let named_context = match inside {
        Some(inside) if is_projects && inside == "" => ".".into(),
        Some(inside) if is_projects => inside.to_owned(),
        _ => context.clone(),
    };
    Ok(FoundDockerfile {
        context,
        named_context: Some(named_context),
        ..dockerfile
    })
}

fn check_ignore_files(dockerfile: &FoundDockerfile) -> Result<(), DockerfileError> {
    let FoundDockerfile { path, context, .. } = dockerfile;
    let own = IGNORE_FILES.map(|name| Utf8PathBuf::from(format!("{path}{name}")));
    let beside = IGNORE_FILES.map(|name| context.join(name));
    beside.iter().chain(&own).try_for_each(|ignore_file| {
        disk::check_regular_if_there(ignore_file).map_err(|source| DockerfileError::IgnoreFile {
            path: ignore_file.clone(),
            source,
        })
    })
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

/// Why there is no Dockerfile to build from.
#[derive(Debug, thiserror::Error)]
pub enum DockerfileError {
    /// It is in none of the places where it may be.
    #[error("no Dockerfile `{path}` was found: tried {}", list(.tried))]
    NotFound {
        /// The path in the settings.
        path: Utf8PathBuf,
        /// The absolute paths that were tried, in order.
        tried: Vec<Utf8PathBuf>,
    },
    /// It is there, but cannot be read.
    #[error("could not read the Dockerfile `{path}`")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The file that tells builders what to leave out is none.
    #[error("the engine could not read `{path}`")]
    IgnoreFile {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The build context that the settings name is no directory.
    #[error("the build context `{path}` is no directory that can be read")]
    NoContext {
        /// Its absolute path.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The build context that the settings name is one that no build gets.
    #[error(
        "the build context `{path}` is `{target}`, which is neither in the project nor, for a Dockerfile of your own, in ocx's configuration directory"
    )]
    ContextElsewhere {
        /// Its absolute path.
        path: Utf8PathBuf,
        /// Where it leads.
        target: Utf8PathBuf,
    },
    /// It lies in the project, but it or its directory is a link to somewhere else.
    #[error("the project's Dockerfile `{path}` leads out of the project, to `{target}`")]
    OutsideProject {
        /// The file.
        path: Utf8PathBuf,
        /// Where it leads.
        target: Utf8PathBuf,
    },
}

fn list(paths: &[Utf8PathBuf]) -> String {
    paths
        .iter()
        .map(|path| format!("`{path}`"))
        .collect::<Vec<_>>()
        .join(" and ")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Places {
        _root: tempfile::TempDir,
        project: Utf8PathBuf,
        config: Utf8PathBuf,
    }

    fn places() -> Places {
        let root = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(root.path())
            .unwrap()
            .canonicalize_utf8()
            .unwrap();
        let (project, config) = (path.join("project"), path.join("config"));
        fs::create_dir_all(project.join("docker")).unwrap();
        fs::create_dir_all(config.join("docker")).unwrap();
        Places {
            _root: root,
            project,
            config,
        }
    }

    fn find_at(
        path: &Utf8Path,
        project: &Utf8Path,
        config: &Utf8Path,
    ) -> Result<FoundDockerfile, DockerfileError> {
        find_dockerfile(path, None, project, config)
    }

    #[test]
    fn the_project_wins_over_the_global_directory() {
        let places = places();
        fs::write(places.config.join("docker/Dockerfile"), "FROM global").unwrap();
        let find = || find_at("docker/Dockerfile".into(), &places.project, &places.config).unwrap();
        assert_eq!(find().found_in, FoundIn::GlobalConfig);
        assert_eq!(find().context, places.config.join("docker"));
        fs::write(places.project.join("docker/Dockerfile"), "FROM project").unwrap();
        assert_eq!(find().found_in, FoundIn::Project);
        assert_eq!(find().context, places.project.join("docker"));
    }

    #[test]
    fn both_paths_are_named_when_neither_exists() {
        let places = places();
        let error = find_at("x/Dockerfile".into(), &places.project, &places.config).unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains(places.project.join("x/Dockerfile").as_str()),
            "{message}"
        );
        assert!(
            message.contains(places.config.join("x/Dockerfile").as_str()),
            "{message}"
        );
    }

    #[test]
    fn an_absolute_path_is_taken_as_it_is() {
        let places = places();
        let path = places.config.join("Dockerfile.dev");
        fs::write(&path, "FROM x").unwrap();
        let found = find_at(&path, &places.project, &places.config).unwrap();
        assert_eq!(
            (found.found_in, found.context),
            (FoundIn::AbsolutePath, places.config)
        );
        let missing = find_at(
            "/nonexistent/Dockerfile".into(),
            &places.project,
            "/c".into(),
        )
        .unwrap_err();
        assert!(matches!(missing, DockerfileError::NotFound { tried, .. } if tried.len() == 1));
    }

    #[test]
    fn a_project_cannot_point_elsewhere() {
        let places = places();
        fs::write(places.config.join("Dockerfile"), "FROM x").unwrap();
        std::os::unix::fs::symlink(
            places.config.join("Dockerfile"),
            places.project.join("Dockerfile"),
        )
        .unwrap();
        let error = find_at("Dockerfile".into(), &places.project, &places.config).unwrap_err();
        assert!(
            matches!(error, DockerfileError::OutsideProject { .. }),
            "{error}"
        );
    }

    #[test]
    fn nor_can_its_directory_be_elsewhere() {
        let places = places();
        let project = &places.project;
        fs::write(project.join("docker/Dockerfile"), "FROM x").unwrap();
        fs::write(places.config.join("id_rsa"), "hunter2").unwrap();
        // The Dockerfile itself is the project's, but what lies beside it is not.
        std::os::unix::fs::symlink(
            project.join("docker/Dockerfile"),
            places.config.join("Dockerfile"),
        )
        .unwrap();
        std::os::unix::fs::symlink(&places.config, project.join("link")).unwrap();
        for path in ["link/Dockerfile".into(), project.join("link/Dockerfile")] {
            let error = find_at(&path, project, "/nonexistent".into()).unwrap_err();
            assert!(
                matches!(error, DockerfileError::OutsideProject { .. }),
                "{error}"
            );
        }
        // A link within the project is fine.
        std::os::unix::fs::symlink("docker", project.join("inside")).unwrap();
        let found = find_at("inside/Dockerfile".into(), project, "/c".into()).unwrap();
        assert_eq!(found.context, project.join("docker"));
    }

    #[test]
    fn a_directory_is_no_dockerfile() {
        let places = places();
        let error = find_at("docker".into(), &places.project, &places.config).unwrap_err();
        assert!(
            matches!(error, DockerfileError::Unreadable { .. }),
            "{error}"
        );
    }

    /// A project and a configuration directory with a Dockerfile in each of them.
    fn places_with_dockerfiles() -> Places {
        let places = places();
        for (directory, path) in [
            (&places.project, "docker/Dockerfile"),
            (&places.config, "own/Dockerfile"),
        ] {
            let file = directory.join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, "FROM x").unwrap();
        }
        places
    }

    #[test]
    fn the_context_that_is_named_is_relative_to_the_project() {
        let places = places_with_dockerfiles();
        let Places {
            project, config, ..
        } = &places;
        let find = |path: &str, context: &str| {
            let found =
                find_dockerfile(path.into(), Some(context.into()), project, config).unwrap();
            (found.context, found.named_context.unwrap())
        };
        let theirs = "docker/Dockerfile";
        assert_eq!(find(theirs, "."), (project.clone(), ".".into()));
        let docker = project.join("docker");
        assert_eq!(find(theirs, "docker/"), (docker.clone(), "docker".into()));
        assert_eq!(
            find(theirs, docker.as_str()),
            (docker.clone(), "docker".into())
        );
        std::os::unix::fs::symlink("docker", project.join("inside")).unwrap();
        assert_eq!(find(theirs, "inside"), (docker, "docker".into()));
        // The user's own Dockerfile makes another image of each project.
        let own = "own/Dockerfile";
        assert_eq!(find(own, "."), (project.clone(), project.clone()));
        let shared = config.join("own");
        assert_eq!(find(own, shared.as_str()), (shared.clone(), shared));
    }

    #[test]
    fn a_context_elsewhere_is_refused() {
        let places = places_with_dockerfiles();
        let Places {
            project, config, ..
        } = &places;
        std::os::unix::fs::symlink(config, project.join("link")).unwrap();
        let is_refused = |path: &str, context: &str| {
            let found = find_dockerfile(path.into(), Some(context.into()), project, config);
            matches!(found, Err(DockerfileError::ContextElsewhere { .. }))
        };
        for context in ["..", "/", "/etc", "link", "link/own", config.as_str()] {
            assert!(is_refused("docker/Dockerfile", context), "{context}");
        }
        for context in ["..", "/", "/etc"] {
            assert!(is_refused("own/Dockerfile", context), "{context}");
        }
        assert!(!is_refused("own/Dockerfile", config.as_str()));
        fs::write(project.join("file"), "").unwrap();
        for context in ["none", "file"] {
            let error = find_dockerfile(
                "docker/Dockerfile".into(),
                Some(context.into()),
                project,
                config,
            )
            .unwrap_err();
            assert!(
                matches!(error, DockerfileError::NoContext { .. }),
                "{error}"
            );
        }
    }

    #[test]
    fn what_the_named_context_leaves_out_is_looked_at() {
        let places = places_with_dockerfiles();
        fs::create_dir(places.project.join(".dockerignore")).unwrap();
        let find = |context: Option<&Utf8Path>| {
            let path = "docker/Dockerfile".into();
            find_dockerfile(path, context, &places.project, &places.config)
        };
        assert!(find(None).is_ok());
        assert!(matches!(
            find(Some(".".into())),
            Err(DockerfileError::IgnoreFile { .. })
        ));
    }
}
