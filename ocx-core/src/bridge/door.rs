//! Where a session hands out its listening sockets.
//!
//! The door is a Unix socket in a directory that the session has mounted. The first process in the
//! container sends listening TCP sockets through it, before any other program runs there; then the
//! door is closed for good. So the agent finds nothing that it could speak with but what is behind them.

use std::{
    fs, io,
    io::IoSliceMut,
    mem::MaybeUninit,
    net::{IpAddr, Ipv4Addr},
    os::{
        fd::{AsFd, AsRawFd as _, OwnedFd},
        unix::{fs::PermissionsExt as _, net::UnixListener as StdUnixListener},
    },
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::{
    fs::{Mode, OFlags},
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SocketType, recvmsg,
        sockopt,
    },
};
use tokio::{
    io::{AsyncWriteExt as _, Interest},
    net::{TcpListener, UnixListener, UnixStream},
    time::timeout,
};

use super::doorway::MOST;

/// The name of the socket in its directory.
pub(super) const NAME: &str = "door";

/// Who knocks has what it brings in its hand.
const PATIENCE: Duration = Duration::from_secs(10);

/// The socket cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on `{path}`")]
pub struct DoorError {
    /// Where it should be.
    pub path: Utf8PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// The socket. Dropping it removes it.
#[derive(Debug)]
pub(crate) struct Door {
    listener: StdUnixListener,
    path: Utf8PathBuf,
}

impl Door {
    /// Makes the socket in `directory`, which is there and not for others to enter.
    pub(crate) fn make(directory: &Utf8Path, name: &str) -> Result<Self, DoorError> {
        let path = directory.join(name);
        let failed = |source| DoorError {
            path: path.clone(),
            source,
        };
        let listener = bind(directory, name).map_err(failed)?;
        // The user in the container may have another number. Nobody else can enter the directory.
        let open = fs::Permissions::from_mode(0o666);
        fs::set_permissions(&path, open).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        Ok(Self { listener, path })
    }

    /// Listens at it, while it is there.
    pub(crate) fn listener(&self) -> io::Result<UnixListener> {
        UnixListener::from_std(self.listener.try_clone()?)
    }

    /// Waits for this many listening sockets, and closes the door behind them. What else is brought is
    /// thrown away.
    pub(super) async fn receive(self, count: usize) -> io::Result<Entry> {
        let listener = self.listener()?;
        loop {
            let (stream, _) = listener.accept().await?;
            let Ok(Ok(sockets)) = timeout(PATIENCE, receive_sockets(&stream)).await else {
                continue;
            };
            if sockets.len() != count {
                continue;
            }
            let checked: io::Result<Vec<_>> = sockets.into_iter().map(checked).collect();
            if let Ok(listeners) = checked {
                return Ok(Entry { listeners, stream });
            }
        }
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// A session that has come through the door, and waits for an answer.
#[derive(Debug)]
pub(super) struct Entry {
    listeners: Vec<TcpListener>,
    stream: UnixStream,
}

impl Entry {
    /// Lets the program in the container begin, which is served from now on. The sockets are in the order
    /// in which they came.
    pub(super) async fn admit(mut self) -> io::Result<Vec<TcpListener>> {
        self.stream.write_all(&[1]).await?;
        Ok(self.listeners)
    }
}

/// Through the directory's descriptor, since the address of a Unix socket has 107 bytes at most.
fn bind(directory: &Utf8Path, name: &str) -> io::Result<StdUnixListener> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let opened = rustix::fs::open(directory.as_std_path(), flags, Mode::empty())?;
    StdUnixListener::bind(format!("/proc/self/fd/{}/{name}", opened.as_raw_fd()))
}

/// The sockets in the next message. None come at the end.
pub(crate) async fn receive_sockets(stream: &UnixStream) -> io::Result<Vec<OwnedFd>> {
    stream
        .async_io(Interest::READABLE, || {
            let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(MOST))];
            let mut ancillary = RecvAncillaryBuffer::new(&mut space);
            let mut byte = [0];
            let mut parts = [IoSliceMut::new(&mut byte)];
            recvmsg(
                stream.as_fd(),
                &mut parts,
                &mut ancillary,
                RecvFlags::CMSG_CLOEXEC,
            )?;
            let sockets = ancillary.drain().filter_map(|message| match message {
                RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
                _ => None,
            });
            Ok(sockets.flatten().collect())
        })
        .await
}

/// The socket, if it is what it should be: TCP, listening, and on a loopback interface.
fn checked(socket: OwnedFd) -> io::Result<TcpListener> {
    let is_listening = sockopt::socket_domain(&socket)? == AddressFamily::INET
        && sockopt::socket_type(&socket)? == SocketType::STREAM
        && sockopt::socket_acceptconn(&socket)?;
    if !is_listening {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let listener = std::net::TcpListener::from(socket);
    if listener.local_addr()?.ip() != IpAddr::V4(Ipv4Addr::LOCALHOST) {
        return Err(io::ErrorKind::InvalidData.into());
    }
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}
