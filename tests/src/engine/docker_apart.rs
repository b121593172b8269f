//! Docker with a daemon of one test's own, beside that of the lane.
//!
//! For tests about daemons that are configured in another way, or that lack something.

use std::{
    fs::File,
    ops::Deref,
    os::unix::process::CommandExt,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{Engine, EngineKind, System, apart, docker, docker_release::Daemon};
use crate::account::Account;

/// How long a daemon may take to start, on a busy machine.
const START: Duration = Duration::from_secs(60);

/// What is special about a daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DaemonVariant {
    /// Users in containers are others outside.
    RemappedUsers,
    /// The init process that it starts containers with is not there.
    NoInit,
    /// Its data lie where the snap's do, which is what a daemon from snap is known by.
    Snap,
}

impl DaemonVariant {
    fn flags(self) -> Vec<String> {
        match self {
            // Of the users here only that of the tests has other IDs for sure.
            Self::RemappedUsers => vec![format!("--userns-remap={}", Account::ordinary().name())],
            Self::NoInit => vec!["--init-path=/none/docker-init".to_owned()],
            // Nothing but copies can be kept on the overlay that is the root here.
            Self::Snap => [
                "--data-root=/var/snap/docker/common/var-lib-docker",
                "--storage-driver=vfs",
            ]
            .map(str::to_owned)
            .into(),
        }
    }
}

/// A Docker of the same version as a lane's, which ends with the test.
#[derive(Debug)]
pub struct DockerApart {
    engine: Engine,
    #[expect(dead_code, reason = "it is stopped when it is dropped")]
    running: RunningDaemon,
}

impl DockerApart {
    /// Starts one beside a lane's, which must be of another Debian release: this machine's own Docker
    /// would lose its network to it.
    #[must_use]
    pub fn start(lane: &Engine, variant: DaemonVariant) -> Self {
        assert_eq!(lane.kind(), EngineKind::Docker);
        assert_ne!(lane.system(), System::Machine, "there is no root for it");
        let daemon = Daemon::in_directory(apart::new_directory(lane.lane()));
        let mut words = lane.system().prefix("/".into());
        words.extend(daemon.command(&variant.flags()));
        let log = daemon.log();
        let output = File::create(&log).unwrap_or_else(|error| panic!("{log}: {error}"));
        let errors = output.try_clone().expect("files can be had twice");
        let process = Command::new(&words[0])
            .args(&words[1..])
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", words[0]));
        let mut running = RunningDaemon { process, daemon };
        let deadline = Instant::now() + START;
        loop {
            let address = running.daemon.address();
            if let Ok(engine) = docker::at(lane.lane(), lane.system(), &address) {
                return Self { engine, running };
            }
            let ended = running.process.try_wait().expect("it can be waited for");
            if ended.is_some() || Instant::now() > deadline {
                let said = std::fs::read_to_string(&log).unwrap_or_default();
                panic!("a Docker with {variant:?} does not start ({ended:?}):\n{said}");
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A daemon that is stopped when this is dropped.
#[derive(Debug)]
struct RunningDaemon {
    process: Child,
    daemon: Daemon,
}

impl Drop for RunningDaemon {
    fn drop(&mut self) {
        self.daemon.stop();
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.daemon.remove();
    }
}

impl Deref for DockerApart {
    type Target = Engine;

    fn deref(&self) -> &Engine {
        &self.engine
    }
}

impl Drop for DockerApart {
    fn drop(&mut self) {
        // The daemon would leave them running. A second panic in a test that fails ends the whole
        // program.
        let _ = std::panic::catch_unwind(|| self.engine.remove_all_containers());
    }
}
