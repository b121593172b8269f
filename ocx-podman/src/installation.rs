//! What can be told of Podman without running it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::Configuration;

/// Where Podman keeps its helpers, in the order in which it looks
/// (<https://github.com/containers/common/blob/main/docs/containers.conf.5.md>, `helper_binaries_dir`;
/// 4.3.1 knows only `/usr/libexec/podman`, `init_path`).
const HELPERS: [&str; 4] = [
    "/usr/libexec/podman",
    "/usr/local/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/lib/podman",
];

/// The init process that `--init` starts.
const INIT: &str = "catatonit";

/// What `podman info` does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// The name of this machine, by which a service on another one is recognised.
    pub machine: String,
    /// Podman's init process; without it, `--init` fails.
    pub init_program: Option<Utf8PathBuf>,
    /// What it gives to every container.
    pub configuration: Configuration,
}

impl Installation {
    /// Looks for Podman's helpers on the disk. `search_path` is the value of `PATH`.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// let path = std::env::var("PATH").unwrap_or_default();
    /// let installation = ocx_podman::Installation::find("desk", &path);
    /// println!("{:?}", installation.init_program);
    /// ```
    #[must_use]
    pub fn find(machine: &str, search_path: &str) -> Self {
        let init_program = HELPERS
            .into_iter()
            .chain(search_path.split(':').filter(|path| !path.is_empty()))
            .map(|directory| Utf8Path::new(directory).join(INIT))
            .find(|program| program.is_file());
        Self {
            machine: machine.to_owned(),
            init_program,
            configuration: Configuration::default(),
        }
    }

    /// With this configuration.
    #[must_use]
    pub fn with_configuration(self, configuration: Configuration) -> Self {
        Self {
            configuration,
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_init_process_is_looked_for_in_the_search_path_too() {
        let directory = tempfile::tempdir().unwrap();
        let directory = Utf8Path::from_path(directory.path()).unwrap();
        std::fs::write(directory.join(INIT), "").unwrap();
        let found = Installation::find("desk", &format!("/nonexistent:{directory}"));
        assert!(found.init_program.is_some());
        assert_eq!(found.machine, "desk");
    }
}
