//! The kinds of engines that tests run on.

use std::{fmt, str::FromStr};

/// A kind of container engine, as far as it makes a difference to ocx.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineKind {
    /// Docker whose daemon runs as root.
    Docker,
    /// Docker whose daemon runs as an ordinary user.
    DockerRootless,
    /// Podman run by an ordinary user.
    Podman,
}

impl EngineKind {
    /// All of them; the first that can be used stands for any.
    pub const ALL: [Self; 3] = [Self::Docker, Self::DockerRootless, Self::Podman];

    /// Its name in variables, options and names of files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::DockerRootless => "docker-rootless",
            Self::Podman => "podman",
        }
    }

    /// The command by which it is used.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker | Self::DockerRootless => "docker",
            Self::Podman => "podman",
        }
    }
}

impl fmt::Display for EngineKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for EngineKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == text)
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
        for kind in EngineKind::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
        }
        assert!("nerdctl".parse::<EngineKind>().is_err());
    }
}
