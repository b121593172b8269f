//! Where the Dockerfile of a project lies.

use std::{fmt, str::FromStr};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::CONFIG_FILE_NAMES;

/// The path of a Dockerfile, relative to the project, as a project's settings may name it: it cannot
/// lead upwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DockerfilePath(Utf8PathBuf);

impl DockerfilePath {
    /// The path, relative to the project.
    #[must_use]
    pub fn as_path(&self) -> &Utf8Path {
        &self.0
    }
}

impl Default for DockerfilePath {
    /// A directory of its own, so that the build context is small, and so that the Dockerfile of the
    /// application itself, which often lies at the top, stays apart.
    fn default() -> Self {
        Self("docker/Dockerfile".into())
    }
}

impl fmt::Display for DockerfilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DockerfilePath {
    type Err = DockerfilePathError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path: Utf8PathBuf = Utf8Path::new(text)
            .components()
            .filter(|component| *component != Utf8Component::CurDir)
            .collect();
        let stays_inside = path
            .components()
            .all(|component| matches!(component, Utf8Component::Normal(_)));
        // In settings, a leading tilde is the home directory.
        if !stays_inside || text.starts_with('~') {
            return Err(DockerfilePathError::NotInProject);
        }
        if path == "" || text.ends_with('/') || text.ends_with("/.") {
            return Err(DockerfilePathError::NotAFile);
        }
        if CONFIG_FILE_NAMES.iter().any(|name| path == *name) {
            return Err(DockerfilePathError::Settings);
        }
        Ok(Self(path))
    }
}

/// Why a text is no path of a project's Dockerfile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DockerfilePathError {
    /// It is absolute or leads upwards.
    #[error("a path below the project is needed, such as `docker/Dockerfile`")]
    NotInProject,
    /// It is empty, or the path of a directory.
    #[error("the path of a file is needed, such as `docker/Dockerfile`")]
    NotAFile,
    /// It is the settings file.
    #[error("that is the name of ocx's own settings file")]
    Settings,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, DockerfilePathError> {
        text.parse::<DockerfilePath>().map(|path| path.to_string())
    }

    #[test]
    fn paths_below_the_project() {
        for (text, expected) in [
            ("Dockerfile", "Dockerfile"),
            ("./docker//dev/Dockerfile", "docker/dev/Dockerfile"),
            ("my docker/Ünï.Dockerfile", "my docker/Ünï.Dockerfile"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected));
        }
        assert_eq!(
            parse("docker/Dockerfile").unwrap(),
            DockerfilePath::default().to_string()
        );
    }

    #[test]
    fn paths_that_are_not() {
        for text in [
            "/etc/Dockerfile",
            "../Dockerfile",
            "docker/../../x",
            "~/Dockerfile",
        ] {
            assert_eq!(
                parse(text),
                Err(DockerfilePathError::NotInProject),
                "{text}"
            );
        }
        for text in ["", ".", "docker/", "docker/."] {
            assert_eq!(parse(text), Err(DockerfilePathError::NotAFile), "{text}");
        }
        for text in ["ocx.toml", "./ocx.json"] {
            assert_eq!(parse(text), Err(DockerfilePathError::Settings), "{text}");
        }
    }
}
