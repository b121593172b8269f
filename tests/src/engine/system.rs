//! Where an engine's command, and what runs it, is to be run: on this machine as it is, or in the
//! root of another Debian release.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Pid;

use super::{Lane, Release, Unusable, process};
use crate::{run_id::RunId, sandbox::find_program};

/// The program that holds the mount namespace of a root.
pub const HOLDER: &str = "sleep";

/// Directories in which a release's programs are looked up.
const SEARCH_PATH: [&str; 4] = ["usr/local/bin", "usr/bin", "usr/sbin", "usr/libexec/podman"];

/// The files and mounts that a command sees.
///
/// Processes are this machine's either way, so that tests can signal what they start; and `/tmp`,
/// with all sandboxes in it, is the same directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum System {
    /// Those of this machine.
    #[default]
    Machine,
    /// Those of a Debian release's root.
    Root {
        /// The release.
        release: Release,
        /// A process whose root and mount namespace it is.
        holder: Pid,
    },
}

impl System {
    /// The system that a lane's engine runs in.
    pub fn of(lane: Lane, run: &RunId) -> Result<Self, Unusable> {
        let Some(release) = lane.release() else {
            return Ok(Self::Machine);
        };
        let directory = release.directory(run);
        let holder = holder(&directory).ok_or_else(|| {
            Unusable(format!(
                "no root of Debian {} runs for this run: `cargo xtask test` starts one",
                release.suite()
            ))
        })?;
        Ok(Self::Root { release, holder })
    }

    /// The start of a command line that runs a command there, in `directory`. It replaces itself by
    /// the command, so that signals reach that.
    #[must_use]
    pub fn prefix(&self, directory: &Utf8Path) -> Vec<String> {
        match self {
            Self::Machine => Vec::new(),
            Self::Root { holder, .. } => vec![
                "/usr/bin/nsenter".to_owned(),
                format!("--target={}", holder.as_raw_pid()),
                "--mount".to_owned(),
                "--root".to_owned(),
                format!("--wdns={directory}"),
                "--".to_owned(),
            ],
        }
    }

    /// The path of a program there.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<Utf8PathBuf> {
        match self {
            Self::Machine => find_program(name),
            Self::Root { release, .. } => SEARCH_PATH
                .iter()
                .map(|directory| Utf8Path::new(directory).join(name))
                // Links there are absolute: to other files of the same root.
                .find(|path| release.files().join(path).symlink_metadata().is_ok())
                .map(|path| Utf8Path::new("/").join(path)),
        }
    }
}

/// The process that holds the root whose state is in `directory`, if there is one.
#[must_use]
pub fn holder(directory: &Utf8Path) -> Option<Pid> {
    process::of_pid_file(&directory.join("holder.pid"), HOLDER)
}

/// Ends what holds the root whose state is in `directory`, and the network of its Docker.
pub(crate) fn stop(directory: &Utf8Path) {
    use std::time::Duration;

    use rustix::process::Signal;

    for (file, program) in [("network.pid", "slirp4netns"), ("holder.pid", HOLDER)] {
        if let Some(pid) = process::of_pid_file(&directory.join(file), program) {
            process::end(pid, Signal::KILL, Duration::from_secs(5));
        }
    }
    let _ = fs::remove_dir_all(directory);
}
