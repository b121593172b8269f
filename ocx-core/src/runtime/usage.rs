//! What a running container uses of the machine.

use crate::spec::ContainerId;

/// What a running container uses of the machine, as far as its engine measures that.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ContainerUsage {
    /// The container, as its engine calls it.
    pub container: ContainerId,
    /// Time of processors in percent of one. Docker measures for about a second; Podman tells the average
    /// since the container began (4.3 to 5.8).
    pub cpu_percent: Option<f64>,
    /// Bytes of memory, files that are held in memory not among them on Docker.
    pub memory: Option<u64>,
    /// Bytes of memory that it may use at most; the machine's own where no limit is set.
    pub memory_limit: Option<u64>,
    /// Processes and threads.
    pub processes: Option<u64>,
}

impl ContainerUsage {
    /// Of this container nothing is known.
    #[must_use]
    pub fn new(container: ContainerId) -> Self {
        Self {
            container,
            cpu_percent: None,
            memory: None,
            memory_limit: None,
            processes: None,
        }
    }

    /// Whether it is about the container with this ID; both may be the beginning of a longer one.
    #[must_use]
    pub fn is_of(&self, id: &ContainerId) -> bool {
        let (told, asked) = (&self.container.0, &id.0);
        !told.is_empty()
            && !asked.is_empty()
            && (told.starts_with(asked.as_str()) || asked.starts_with(told.as_str()))
    }
}
