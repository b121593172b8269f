//! What the user should know of a session.

use std::fmt;

use camino::Utf8PathBuf;

/// What the user should know of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum SessionNote {
    /// Limits that were asked for and that the engine cannot enforce, by the names of their settings.
    /// The default limit on processes is not among them: it is told when an image is built, and would
    /// be the same line in every session.
    UnenforcedLimits(Vec<&'static str>),
    /// The engine has no init process.
    NoInit,
    /// `data_volumes_mode = "git"`, and the project is in no Git repository.
    EphemeralHome,
    /// Forbidden paths that do not exist.
    ForbiddenAbsent(Vec<Utf8PathBuf>),
    /// The base has no shell, so opencode's shell tool does not work.
    NoShell,
    /// The host's name in containers was asked for, and the engine cannot give it.
    NoHostAlias,
    /// The user's supplementary groups were asked for, and the engine cannot pass them on.
    NoGroups,
}

impl fmt::Display for SessionNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnenforcedLimits(names) => {
                write!(f, "the engine cannot enforce {} here, so it is not limited", names.join(", "))
            }
            Self::NoInit => f.write_str("the engine has no init process; opencode runs as process 1"),
            Self::EphemeralHome => f.write_str(
                "the project is in no Git repository, so nothing of this session is kept (data_volumes_mode = \"git\")",
            ),
            Self::ForbiddenAbsent(paths) => {
                let paths: Vec<String> = paths.iter().map(|path| format!("`{path}`")).collect();
                write!(f, "forbidden but not there, so not hidden if it appears: {}", paths.join(", "))
            }
            Self::NoShell => f.write_str("the base image has no shell, so the agent cannot run commands"),
            Self::NoHostAlias => f.write_str("the engine gives the host no name in containers"),
            Self::NoGroups => f.write_str(
                "the engine cannot pass your groups on, so `keep_groups` has no effect (rootless Podman needs crun for it)",
            ),
        }
    }
}
