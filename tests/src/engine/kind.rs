//! The kinds of engines that tests run on.

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
    /// The command by which it is used.
    #[must_use]
    pub fn program(self) -> &'static str {
        match self {
            Self::Docker | Self::DockerRootless => "docker",
            Self::Podman => "podman",
        }
    }
}
