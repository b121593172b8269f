//! The engines that tests run on, by name.

use std::{fmt, str::FromStr};

use super::{EngineKind, Release};

/// An engine that tests run on: a kind of engine, of this machine or of another Debian release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// This machine's Docker, whose daemon runs as root.
    Docker,
    /// This machine's Docker with a daemon of an ordinary user's.
    DockerRootless,
    /// This machine's Podman, run by an ordinary user.
    Podman,
    /// Docker of Debian 13: BuildKit through buildx, images in a graph driver.
    DockerTrixie,
    /// Podman of Debian 13 with crun, run by an ordinary user.
    PodmanTrixie,
    /// Docker of Debian's testing: BuildKit through buildx, the containerd image store.
    DockerTesting,
    /// Podman of Debian's testing with crun, run by an ordinary user.
    PodmanTesting,
}

impl Lane {
    /// Those of this machine.
    pub const MACHINE: [Self; 3] = [Self::Docker, Self::DockerRootless, Self::Podman];

    /// All of them; the first that can be used stands for any.
    pub const ALL: [Self; 7] = [
        Self::Docker,
        Self::DockerRootless,
        Self::Podman,
        Self::DockerTrixie,
        Self::PodmanTrixie,
        Self::DockerTesting,
        Self::PodmanTesting,
    ];

    /// Its name in variables, options and names of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::DockerRootless => "docker-rootless",
            Self::Podman => "podman",
            Self::DockerTrixie => "docker-trixie",
            Self::PodmanTrixie => "podman-trixie",
            Self::DockerTesting => "docker-testing",
            Self::PodmanTesting => "podman-testing",
        }
    }

    /// The kind of engine.
    #[must_use]
    pub fn kind(self) -> EngineKind {
        match self {
            Self::Docker | Self::DockerTrixie | Self::DockerTesting => EngineKind::Docker,
            Self::DockerRootless => EngineKind::DockerRootless,
            Self::Podman | Self::PodmanTrixie | Self::PodmanTesting => EngineKind::Podman,
        }
    }

    /// The Podman of the same system.
    #[must_use]
    pub fn podman_beside(self) -> Self {
        match self.release() {
            None => Self::Podman,
            Some(Release::Trixie) => Self::PodmanTrixie,
            Some(Release::Testing) => Self::PodmanTesting,
        }
    }

    /// What tests on it are called: `podman_trixie` in `NAME::podman_trixie`.
    #[must_use]
    pub fn test_name(self) -> String {
        self.name().replace('-', "_")
    }

    /// The Debian release that it comes from; `None` for this machine's engines.
    #[must_use]
    pub fn release(self) -> Option<Release> {
        match self {
            Self::Docker | Self::DockerRootless | Self::Podman => None,
            Self::DockerTrixie | Self::PodmanTrixie => Some(Release::Trixie),
            Self::DockerTesting | Self::PodmanTesting => Some(Release::Testing),
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Lane {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|lane| lane.name() == text)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join("`, `");
                format!("no engine is called `{text}`; there are `{names}`")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for lane in Lane::ALL {
            assert_eq!(lane.name().parse(), Ok(lane));
        }
        assert!("nerdctl".parse::<Lane>().is_err());
    }
}
