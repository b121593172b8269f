//! The registry's process.

use std::{
    fs::{self, File},
    io,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use camino::Utf8Path;

use super::PROGRAM;
use crate::{engine::HostNetwork, sandbox::find_program};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running registry, killed when this is dropped, or when the thread that started it ends.
#[derive(Debug)]
pub struct Server(Child);

impl Server {
    /// Starts a registry with these settings and waits until it listens.
    pub(super) fn start(network: HostNetwork, port: u16, settings: &Utf8Path) -> Self {
        let program = find_program(PROGRAM).expect("it was looked for before");
        let mut argv = vec!["setpriv".to_owned(), "--pdeathsig=KILL".to_owned()];
        if let HostNetwork::OfProcess(pid) = network {
            let namespace = format!("--net=/proc/{}/ns/net", pid.as_raw_pid());
            argv.extend(["nsenter".to_owned(), namespace]);
        }
        let log = settings.with_extension("log");
        let output = File::create(&log).unwrap_or_else(|error| panic!("{log}: {error}"));
        let mut child = Command::new(&argv[0])
            .args(&argv[1..])
            .args([program.as_str(), "serve", settings.as_str()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(output)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", argv[0]));
        let deadline = Instant::now() + PATIENCE;
        while !listens(&child, port).unwrap_or(false) {
            let ended = child.try_wait().expect("a child can be waited for");
            assert!(
                ended.is_none() && Instant::now() < deadline,
                "the registry does not listen on port {port} ({ended:?}): {}",
                fs::read_to_string(&log).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(20));
        }
        Self(child)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether somebody listens on `port` in the network of `child`, which need not be this process's.
/// The kernel's table, `proc_pid_net(5)`: the local address, the other one, and the state, 0A.
fn listens(child: &Child, port: u16) -> io::Result<bool> {
    let table = fs::read_to_string(format!("/proc/{}/net/tcp", child.id()))?;
    let local = format!("0100007F:{port:04X}");
    Ok(table.lines().any(|line| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        fields.get(1) == Some(&local.as_str()) && fields.get(3) == Some(&"0A")
    }))
}
