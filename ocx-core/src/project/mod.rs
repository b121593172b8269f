//! The project that ocx works on: its root, its ID and its Git directories.
//!
//! The root is the nearest ancestor of the current directory with an `ocx.toml` or `ocx.json`, but
//! not above the Git top level and never at or above the home directory; else the Git top level;
//! else the current directory. A directory that the user names is the root as it is. Roots that
//! would put the whole home directory or the system's own files into a container are refused.

mod config_file;
mod discover;
mod dockerfile_path;
mod error;
mod git;
mod id;
mod refusal;
#[cfg(test)]
pub(crate) mod sandbox;
mod user_git;

pub use config_file::CONFIG_FILE_NAMES;
pub(crate) use config_file::{
    ConfigFileProblem, find_config_file, foreign_owner, mode_for_everybody,
};
pub use discover::{Project, discover};
pub use dockerfile_path::{DockerfilePath, DockerfilePathError};
pub use error::ProjectError;
pub use git::{GitLayout, ProjectWarning, UnverifiedGitDir};
pub use id::ProjectId;
pub use refusal::Refusal;
pub(crate) use user_git::{GitFile, GitSetting, UserGit};
