//! Sockets of a session's network, for ocx to connect.

use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    os::fd::OwnedFd,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};
use rustix::net::{AddressFamily, SocketType, ipproto, sockopt};
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpSocket, TcpStream, UnixListener, UnixStream},
    sync::Mutex,
    task::JoinHandle,
    time::timeout,
};

use crate::bridge::{Door, DoorError, LIBC, receive_sockets, runtime};

/// Where the session has the Unix sockets.
pub(crate) const DIRECTORY: &str = "/ocx/ports";

/// See there.
const SCRIPT: &str = include_str!("sockets.js");

/// How long an engine may take to start the script, on a busy machine.
const START: Duration = Duration::from_secs(30);

/// How long it may take to hand out sockets, or to connect within a container.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a program did not run in a container: the engine's own error.
pub(crate) type EnterError = Box<dyn std::error::Error + Send + Sync>;

/// Runs a program in the session's container, and tells what it said in the end, to standard error.
#[async_trait]
pub(crate) trait Enter: Send + Sync {
    async fn run(&self, command: Vec<String>) -> Result<String, EnterError>;
}

/// A session hands out no sockets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketsError {
    /// The Unix socket for them cannot be made.
    #[error(transparent)]
    Door(#[from] DoorError),
    /// The engine did not run the script.
    #[error(transparent)]
    Runtime(Box<dyn std::error::Error + Send + Sync>),
    /// The script ended.
    #[error("the session does not hand out sockets{}{said}", if said.is_empty() { "" } else { ": " })]
    Ended {
        /// What it said, if anything.
        said: String,
    },
    /// It does not answer in time, or what it answers makes no sense.
    #[error("the session does not hand out sockets")]
    Silent(#[source] io::Error),
}

/// What hands out sockets of a session. It is started when somebody needs one, and again when it has ended.
pub(crate) struct Sockets {
    inside: &'static str,
    directory: Utf8PathBuf,
    enter: Arc<dyn Enter>,
    current: Mutex<Option<Helper>>,
}

/// The script, while it runs.
struct Helper {
    stream: UnixStream,
    v4: VecDeque<OwnedFd>,
    v6: VecDeque<OwnedFd>,
    task: JoinHandle<Result<String, EnterError>>,
}

impl Sockets {
    /// For the session that has `directory` mounted at [`DIRECTORY`].
    pub(crate) fn new(directory: Utf8PathBuf, enter: Arc<dyn Enter>) -> Self {
        Self::mounted_at(DIRECTORY, directory, enter)
    }

    /// For the session that has `directory` mounted at `inside`.
    pub(crate) fn mounted_at(
        inside: &'static str,
        directory: Utf8PathBuf,
        enter: Arc<dyn Enter>,
    ) -> Self {
        Self {
            inside,
            directory,
            enter,
            current: Mutex::new(None),
        }
    }

    /// Has the script started, if it does not run.
    pub(crate) async fn begin(&self) -> Result<(), SocketsError> {
        let mut current = self.current.lock().await;
        if current.as_ref().is_none_or(Helper::is_over) {
            *current = None;
            *current = Some(self.start().await?);
        }
        Ok(())
    }

    /// A connection to what listens on this port of the session's 127.0.0.1, or of its `::1`.
    pub(crate) async fn connect(&self, port: u16) -> io::Result<TcpStream> {
        let (v4, v6) = self.take().await.map_err(io::Error::other)?;
        let refused = match connected(v4, (Ipv4Addr::LOCALHOST.into(), port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => error,
        };
        match v6 {
            Some(v6) => connected(v6, (Ipv6Addr::LOCALHOST.into(), port)).await,
            None => Err(refused),
        }
    }

    async fn start(&self) -> Result<Helper, SocketsError> {
        Helper::begin(self.inside, &self.directory, &self.enter).await
    }

    /// One socket, and one of IPv6 if the container has any.
    async fn take(&self) -> Result<(OwnedFd, Option<OwnedFd>), SocketsError> {
        let mut current = self.current.lock().await;
        if let Some(helper) = current.as_mut()
            && let Ok(taken) = helper.take().await
        {
            return Ok(taken);
        }
        // What there was has ended. It is gone before another begins.
        *current = None;
        let mut helper = self.start().await?;
        let taken = helper.take().await.map_err(SocketsError::Silent)?;
        *current = Some(helper);
        Ok(taken)
    }
}

impl Helper {
    async fn begin(
        inside: &str,
        directory: &Utf8Path,
        enter: &Arc<dyn Enter>,
    ) -> Result<Self, SocketsError> {
        // Others may open ports of the same session.
        let name = fresh_name();
        let door = Door::make(directory, &name)?;
        let mut command = runtime("-e");
        command.push([LIBC, SCRIPT].concat());
        command.extend(["--".to_owned(), format!("{inside}/{name}")]);
        let enter = Arc::clone(enter);
        let mut task = tokio::spawn(async move { enter.run(command).await });
        let silent = |kind: io::ErrorKind| SocketsError::Silent(kind.into());
        let accepted = async {
            let listener: UnixListener = door.listener()?;
            listener.accept().await
        };
        // The door is closed behind the first who comes. The agent may come first: then it hands out what it
        // likes, and is what it says that it is anyway, whoever connects there.
        let stream = tokio::select! {
            accepted = timeout(START, accepted) => match accepted {
                Ok(accepted) => accepted.map(|(stream, _)| stream).map_err(SocketsError::Silent),
                Err(_) => Err(silent(io::ErrorKind::TimedOut)),
            },
            ended = &mut task => Err(match ended {
                Ok(Ok(said)) => SocketsError::Ended { said: said.trim().to_owned() },
                Ok(Err(error)) => SocketsError::Runtime(error),
                Err(_) => silent(io::ErrorKind::BrokenPipe),
            }),
        };
        match stream {
            Ok(stream) => Ok(Self {
                stream,
                v4: VecDeque::new(),
                v6: VecDeque::new(),
                task,
            }),
            Err(error) => {
                task.abort();
                Err(error)
            }
        }
    }

    fn is_over(&self) -> bool {
        self.task.is_finished()
    }

    async fn take(&mut self) -> io::Result<(OwnedFd, Option<OwnedFd>)> {
        loop {
            if let Some(v4) = self.v4.pop_front() {
                return Ok((v4, self.v6.pop_front()));
            }
            self.v6.clear();
            self.receive().await?;
        }
    }

    /// More sockets. The first come unasked; then each byte brings some, which is sent in time, so that
    /// nobody waits for them.
    async fn receive(&mut self) -> io::Result<()> {
        let more = async {
            let sockets = receive_sockets(&self.stream).await?;
            self.stream.write_all(&[1]).await?;
            io::Result::Ok(sockets)
        };
        for socket in timeout(PATIENCE, more).await?? {
            match family(&socket)? {
                AddressFamily::INET => self.v4.push_back(socket),
                _ => self.v6.push_back(socket),
            }
        }
        if self.v4.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        Ok(())
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // The script sees the end of its stream, too, whatever becomes of the engine's client.
        self.task.abort();
    }
}

/// Another one each time in this process, and among those that run now.
fn fresh_name() -> String {
    static MADE: AtomicU64 = AtomicU64::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    format!("sockets-{}-{number}", std::process::id())
}

/// The family of a socket, if it is what it should be: TCP, and with nobody at its other end.
fn family(socket: &OwnedFd) -> io::Result<AddressFamily> {
    let family = sockopt::socket_domain(socket)?;
    let is_right = [AddressFamily::INET, AddressFamily::INET6].contains(&family)
        && sockopt::socket_type(socket)? == SocketType::STREAM
        && sockopt::socket_protocol(socket)? == Some(ipproto::TCP)
        && !sockopt::socket_acceptconn(socket)?
        && rustix::net::getpeername(socket).is_err();
    if is_right {
        Ok(family)
    } else {
        Err(io::ErrorKind::InvalidData.into())
    }
}

async fn connected(socket: OwnedFd, to: (IpAddr, u16)) -> io::Result<TcpStream> {
    let to = SocketAddr::from(to);
    let socket = std::net::TcpStream::from(socket);
    socket.set_nonblocking(true)?;
    let connecting = TcpSocket::from_std_stream(socket).connect(to);
    let stream = timeout(PATIENCE, connecting).await??;
    // Whoever made the socket may have done something with it meanwhile.
    if stream.peer_addr()? != to || stream.local_addr()? == to {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use std::{io::IoSlice, mem::MaybeUninit, os::fd::AsFd as _, sync::atomic::AtomicUsize};

    use rustix::net::{
        RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags, recv, sendmsg, socket,
    };

    use super::*;

    /// Stands in for the script.
    struct Script {
        directory: Utf8PathBuf,
        sockets: fn() -> Vec<OwnedFd>,
        /// After how many messages it ends.
        messages: usize,
        started: AtomicUsize,
    }

    #[async_trait]
    impl Enter for Script {
        async fn run(&self, command: Vec<String>) -> Result<String, EnterError> {
            self.started.fetch_add(1, Ordering::SeqCst);
            let inside = command.last().unwrap();
            let name = inside.strip_prefix("/ocx/ports/").unwrap();
            let path = self.directory.join(name);
            let (sockets, messages) = (self.sockets, self.messages);
            if messages == 0 {
                return Ok("no such thing\n".to_owned());
            }
            tokio::task::spawn_blocking(move || {
                let door = std::os::unix::net::UnixStream::connect(path).unwrap();
                for _ in 0..messages {
                    let made = sockets();
                    let handed: Vec<_> = made.iter().map(|one| one.as_fd()).collect();
                    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(64))];
                    let mut ancillary = SendAncillaryBuffer::new(&mut space);
                    assert!(ancillary.push(SendAncillaryMessage::ScmRights(&handed)));
                    let parts = [IoSlice::new(&[0])];
                    sendmsg(&door, &parts, &mut ancillary, SendFlags::empty()).unwrap();
                    if recv(&door, &mut [0; 1], RecvFlags::empty()).unwrap().0 == 0 {
                        return;
                    }
                }
            })
            .await
            .unwrap();
            Ok(String::new())
        }
    }

    fn fresh() -> Vec<OwnedFd> {
        let one = |family| socket(family, SocketType::STREAM, None);
        let families = [AddressFamily::INET, AddressFamily::INET6];
        families.into_iter().filter_map(|f| one(f).ok()).collect()
    }

    fn world(
        sockets: fn() -> Vec<OwnedFd>,
        messages: usize,
    ) -> (Sockets, Arc<Script>, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        let script = Arc::new(Script {
            directory: path.clone(),
            sockets,
            messages,
            started: AtomicUsize::new(0),
        });
        (Sockets::new(path, script.clone()), script, directory)
    }

    fn echo() -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = std::io::copy(&mut &stream, &mut &stream);
            }
        });
        port
    }

    #[tokio::test]
    async fn connections_come_from_sockets_that_were_handed_out() {
        use tokio::io::AsyncReadExt as _;
        let (sockets, script, directory) = world(fresh, 100);
        let port = echo();
        for _ in 0..20 {
            let mut stream = sockets.connect(port).await.unwrap();
            stream.write_all(b"x").await.unwrap();
            let mut byte = [0];
            stream.read_exact(&mut byte).await.unwrap();
            assert_eq!(byte, *b"x");
        }
        assert_eq!(script.started.load(Ordering::SeqCst), 1);
        // Nobody else comes in.
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }

    #[tokio::test]
    async fn a_script_that_ended_is_started_once_more() {
        let (sockets, script, _directory) = world(fresh, 1);
        let port = echo();
        for _ in 0..3 {
            sockets.connect(port).await.unwrap();
        }
        assert!(script.started.load(Ordering::SeqCst) >= 2);
        let silent = sockets.connect(9).await.unwrap_err();
        assert_eq!(silent.kind(), io::ErrorKind::ConnectionRefused);
    }

    #[tokio::test]
    async fn what_is_no_fresh_socket_is_not_used() {
        let connected = || {
            let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
            let to = listener.local_addr().unwrap();
            std::mem::forget(listener);
            vec![std::net::TcpStream::connect(to).unwrap().into()]
        };
        let listening = || vec![std::net::TcpListener::bind("127.0.0.1:0").unwrap().into()];
        let packets = || vec![std::net::UdpSocket::bind("127.0.0.1:0").unwrap().into()];
        let local = || vec![socket(AddressFamily::UNIX, SocketType::STREAM, None).unwrap()];
        let file = || vec![std::fs::File::open("/dev/null").unwrap().into()];
        type Make = fn() -> Vec<OwnedFd>;
        let wrong: [(&str, Make); 6] = [
            ("connected", connected),
            ("listening", listening),
            ("packets", packets),
            ("local", local),
            ("file", file),
            ("nothing", Vec::new),
        ];
        for (what, make) in wrong {
            let (sockets, _, _directory) = world(make, 100);
            assert!(sockets.connect(echo()).await.is_err(), "{what}");
        }
    }

    #[tokio::test]
    async fn what_the_script_said_is_told() {
        let (sockets, _, _directory) = world(fresh, 0);
        let error = sockets.begin().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "the session does not hand out sockets: no such thing"
        );
    }
}
