//! What a container finds at the loopback address when it has the host's network.

use std::{fs::File, io, net::TcpListener, os::fd::AsFd, thread};

use rustix::{process::Pid, thread::LinkNameSpaceType};

/// A network that servers of the harness can listen in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HostNetwork {
    /// That of this machine.
    #[default]
    OfMachine,
    /// That of a process: containers of a rootless daemon see the daemon's network.
    OfProcess(Pid),
}

impl HostNetwork {
    /// Opens a socket in this network. Only root may do that in one of a process.
    pub fn listen(self, address: &str) -> io::Result<TcpListener> {
        let Self::OfProcess(pid) = self else {
            return TcpListener::bind(address);
        };
        let namespace = File::open(format!("/proc/{}/ns/net", pid.as_raw_pid()))?;
        // A socket stays in the network in which it was made, and any thread can serve it; but the
        // thread that enters a network must not be used for anything else.
        thread::scope(|scope| {
            let listener = scope.spawn(|| {
                rustix::thread::move_into_link_name_space(
                    namespace.as_fd(),
                    Some(LinkNameSpaceType::Network),
                )?;
                TcpListener::bind(address)
            });
            listener.join().expect("binding does not panic")
        })
    }
}
