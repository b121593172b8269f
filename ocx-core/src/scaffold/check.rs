//! Whether the files may be written.

use std::io;

use camino::{Utf8Path, Utf8PathBuf};

use super::{BaseChoice, ScaffoldFile, Setup};
use crate::{
    base::{DockerfileError, find_dockerfile},
    image::{ImageReference, is_reserved},
    project::Project,
};

/// Makes sure that the files for a setup can be written into a project without a loss. Looks at the
/// disk, and changes nothing.
///
/// # Errors
///
/// If the project has settings, if the base would have a name of ocx's own, if one of the files exists, if it would lie outside of the project,
/// or if the Dockerfile that was chosen, or its build context, does not exist.
pub fn check(
    project: &Project,
    config_dir: &Utf8Path,
    setup: &Setup,
    files: &[ScaffoldFile],
) -> Result<(), ScaffoldError> {
    if let Some(path) = project.config_files.first() {
        return Err(ScaffoldError::HasSettings {
            path: path.clone(),
            current_dir: project.current_dir.clone(),
        });
    }
    if let BaseChoice::Image(image)
    | BaseChoice::Dockerfile { image, .. }
    | BaseChoice::Template { image, .. }
    | BaseChoice::Extension { image, .. } = &setup.base
        && is_reserved(image)
    {
        return Err(ScaffoldError::ReservedName {
            image: image.clone(),
        });
    }
    if let BaseChoice::Dockerfile { dockerfile, .. } = &setup.base {
        let context = setup.context.as_deref();
        find_dockerfile(dockerfile.as_path(), context, &project.root, config_dir)?;
    }
    files
        .iter()
        .try_for_each(|file| check_free(&project.root, &file.path))
}

fn check_free(root: &Utf8Path, path: &Utf8Path) -> Result<(), ScaffoldError> {
    let path = root.join(path);
    let unreadable = |path: &Utf8Path, source| ScaffoldError::Unreadable {
        path: path.to_owned(),
        source,
    };
    // The nearest ancestor that exists decides where the file would come to lie.
    for ancestor in path.ancestors() {
        match ancestor.symlink_metadata() {
            Ok(_) if ancestor == path => return Err(ScaffoldError::Exists { path }),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            // One further up is a file, and will be found.
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => continue,
            Err(source) => return Err(unreadable(ancestor, source)),
        }
        let real = ancestor
            .canonicalize_utf8()
            .map_err(|source| unreadable(ancestor, source))?;
        if !real.starts_with(root) {
            return Err(ScaffoldError::OutsideProject {
                path: ancestor.to_owned(),
                target: real,
            });
        }
        if !real.is_dir() {
            return Err(ScaffoldError::NotADirectory {
                path: ancestor.to_owned(),
            });
        }
        return Ok(());
    }
    Ok(())
}

/// Why the files of a project cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum ScaffoldError {
    /// The project has a settings file.
    #[error("this project has settings already: `{path}`")]
    HasSettings {
        /// The file.
        path: Utf8PathBuf,
        /// The current directory: it may lie deeper in the project.
        current_dir: Utf8PathBuf,
    },
    /// The base would have a name that ocx gives to images of its own.
    #[error(
        "`{image}` cannot be a base: names that begin with `ocx-` are those of ocx's own images"
    )]
    ReservedName {
        /// The name.
        image: ImageReference,
    },
    /// A file exists that would be overwritten.
    #[error("`{path}` exists already, and is not overwritten")]
    Exists {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A directory on the way is a link that leads out of the project.
    #[error("`{path}` leads out of the project, to `{target}`")]
    OutsideProject {
        /// The link.
        path: Utf8PathBuf,
        /// Where it leads.
        target: Utf8PathBuf,
    },
    /// What should be a directory is something else.
    #[error("`{path}` is not a directory")]
    NotADirectory {
        /// The path.
        path: Utf8PathBuf,
    },
    /// A path could not be looked at.
    #[error("could not look at `{path}`")]
    Unreadable {
        /// The path.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The Dockerfile that was chosen does not exist or cannot be read.
    #[error(transparent)]
    Dockerfile(#[from] DockerfileError),
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::{
        project::sandbox::Sandbox,
        scaffold::{DockerfilePath, Template, scaffold},
    };

    fn template(path: &str) -> BaseChoice {
        BaseChoice::Template {
            template: Template::Debian,
            dockerfile: path.parse().unwrap(),
            image: "app-tools".parse().unwrap(),
        }
    }

    fn result(sandbox: &Sandbox, choice: &BaseChoice) -> Result<(), ScaffoldError> {
        let project = sandbox.project();
        let setup = choice.clone().into();
        let files = scaffold(&setup);
        check(&project, &sandbox.host.dirs.config, &setup, &files)
    }

    fn error(sandbox: &Sandbox, choice: &BaseChoice) -> String {
        sandbox.plain(&result(sandbox, choice).unwrap_err())
    }

    #[test]
    fn an_empty_project_is_fine() {
        let sandbox = Sandbox::new();
        sandbox.directory("home/work/app/docker");
        for path in ["docker/Dockerfile", "new/deep/Dockerfile", "Dockerfile"] {
            result(&sandbox, &template(path)).unwrap();
        }
    }

    #[test]
    fn settings_of_either_form() {
        for name in ["ocx.toml", "ocx.json"] {
            let sandbox = Sandbox::new();
            sandbox.write(&format!("home/work/app/{name}"), "");
            let message = error(&sandbox, &BaseChoice::Default);
            assert_eq!(
                message,
                format!("this project has settings already: `/home/work/app/{name}`")
            );
        }
    }

    #[test]
    fn a_dockerfile_and_a_dangling_link() {
        let sandbox = Sandbox::new();
        sandbox.write("home/work/app/docker/Dockerfile", "FROM x");
        assert_snapshot!(error(&sandbox, &template("docker/Dockerfile")), @"`/home/work/app/docker/Dockerfile` exists already, and is not overwritten");
        std::os::unix::fs::symlink("/nowhere", sandbox.top.join("home/work/app/Dockerfile"))
            .unwrap();
        assert_snapshot!(error(&sandbox, &template("Dockerfile")), @"`/home/work/app/Dockerfile` exists already, and is not overwritten");
    }

    #[test]
    fn directories_that_cannot_hold_it() {
        let sandbox = Sandbox::new();
        let elsewhere = sandbox.directory("home/elsewhere");
        std::os::unix::fs::symlink(&elsewhere, sandbox.top.join("home/work/app/link")).unwrap();
        assert_snapshot!(error(&sandbox, &template("link/Dockerfile")), @"`/home/work/app/link` leads out of the project, to `/home/elsewhere`");
        assert_snapshot!(error(&sandbox, &template("link/deep/Dockerfile")), @"`/home/work/app/link` leads out of the project, to `/home/elsewhere`");
        sandbox.write("home/work/app/file", "");
        assert_snapshot!(error(&sandbox, &template("file/Dockerfile")), @"`/home/work/app/file` is not a directory");
    }

    #[test]
    fn a_dockerfile_that_is_used_as_it_is_must_exist() {
        let sandbox = Sandbox::new();
        let choice = BaseChoice::Dockerfile {
            dockerfile: DockerfilePath::default(),
            image: "app-tools".parse().unwrap(),
        };
        assert_snapshot!(error(&sandbox, &choice), @"no Dockerfile `docker/Dockerfile` was found: tried `/home/work/app/docker/Dockerfile` and `/home/.config/ocx/docker/Dockerfile`");
        sandbox.write("home/.config/ocx/docker/Dockerfile", "FROM x");
        result(&sandbox, &choice).unwrap();

        let mut setup: Setup = choice.into();
        setup.context = Some("none".into());
        let files = scaffold(&setup);
        let (project, config) = (sandbox.project(), &sandbox.host.dirs.config);
        let error = check(&project, config, &setup, &files).unwrap_err();
        assert_snapshot!(sandbox.plain(&error), @"the build context `/home/work/app/none` is no directory that can be read");
    }
}
