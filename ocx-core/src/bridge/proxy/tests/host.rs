//! Ports of the host's loopback interface.

use std::net::TcpListener as StdListener;

use super::*;
use crate::bridge::{Doorway, Serves};

/// What a session finds on its loopback interface: one port for each of the doorways, in their order.
struct Session {
    ports: Vec<u16>,
    policy: Arc<Recorded>,
    _bridge: Bridge,
    _directory: TempDir,
}

impl Session {
    async fn with(serves: &[Serves], change: fn(&mut BridgeOptions)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        let policy = Arc::new(Recorded {
            rules: Rules::default(),
            events: Mutex::default(),
        });
        let mut options = BridgeOptions::new(policy.clone());
        let bind = |_: &Serves| StdListener::bind("127.0.0.1:0").unwrap();
        let listeners: Vec<StdListener> = serves.iter().map(bind).collect();
        let port = |listener: &StdListener| listener.local_addr().unwrap().port();
        let ports: Vec<u16> = listeners.iter().map(port).collect();
        let doorways = ports.iter().zip(serves);
        options.doorways = doorways
            .map(|(port, serves)| Doorway {
                port: *port,
                serves: *serves,
            })
            .collect();
        change(&mut options);
        let bridge = Bridge::open(path.clone(), options).unwrap();
        let sockets: Vec<BorrowedFd<'_>> = listeners.iter().map(AsFd::as_fd).collect();
        assert_eq!(hand_over_all(&path, &sockets).await.unwrap(), 1);
        Self {
            ports,
            policy,
            _bridge: bridge,
            _directory: directory,
        }
    }

    async fn connect(&self, number: usize) -> TcpStream {
        let at = ("127.0.0.1", self.ports[number]);
        TcpStream::connect(at).await.unwrap()
    }

    /// What is answered to a text that is all that is said.
    async fn ask(&self, number: usize, text: &str) -> io::Result<String> {
        let mut stream = self.connect(number).await;
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    fn events(&self) -> Vec<String> {
        let events = self.policy.events.lock().unwrap();
        events.iter().map(ToString::to_string).collect()
    }
}

/// A port on which nobody listens, for as long as what holds it lives.
fn silent_port() -> (u16, std::net::UdpSocket) {
    loop {
        let listener = StdListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        if let Ok(held) = std::net::UdpSocket::bind(("127.0.0.1", port)) {
            return (port, held);
        }
    }
}

async fn named(name: &'static str) -> u16 {
    server(move |mut stream| async move {
        let mut said = String::new();
        let _ = stream.read_to_string(&mut said).await;
        let _ = stream.write_all(format!("{name}: {said}").as_bytes()).await;
    })
    .await
}

#[tokio::test]
async fn each_doorway_leads_to_its_own() {
    let serves = [
        Serves::Host(named("first").await),
        Serves::Proxy,
        Serves::Host(named("second").await),
    ];
    let session = Session::with(&serves, |_| {}).await;
    assert_eq!(session.ask(0, "a").await.unwrap(), "first: a");
    assert_eq!(session.ask(2, "b").await.unwrap(), "second: b");
    let Serves::Host(port) = serves[0] else {
        unreachable!()
    };
    // What is brought to the session's loopback interface is not for the proxy to reach.
    let asked = format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\nConnection: close\r\n\r\n");
    let answer = session.ask(1, &asked).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    let connected = format!("connected to 127.0.0.1:{port} at 127.0.0.1:{port}");
    assert_eq!(session.events()[0], connected);
}

#[tokio::test]
async fn a_server_on_the_hosts_other_loopback_address_is_found_if_there_is_none_on_the_first() {
    let Ok(listener) = TcpListener::bind("[::1]:0").await else {
        // This machine has no such address.
        return;
    };
    let port = listener.local_addr().unwrap().port();
    let Ok(held) = std::net::UdpSocket::bind(("127.0.0.1", port)) else {
        return;
    };
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(echo(stream));
        }
    });
    let session = Session::with(&[Serves::Host(port)], |_| {}).await;
    assert_eq!(session.ask(0, "six").await.unwrap(), "six");
    drop(held);
}

#[tokio::test]
async fn where_nothing_listens_the_session_is_reset_and_it_is_told() {
    let (port, _held) = silent_port();
    let session = Session::with(&[Serves::Host(port)], |_| {}).await;
    // It may be reset before it is known to be connected.
    let tried = async {
        let mut stream = TcpStream::connect(("127.0.0.1", session.ports[0])).await?;
        stream.read(&mut [0; 1]).await
    };
    let error = tried.await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let told = session.events();
    let expected = format!("cannot reach 127.0.0.1:{port}: cannot connect to it: ");
    assert!(told[0].starts_with(&expected), "{told:?}");
    // What is started later is reached.
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        echo(stream).await;
    });
    assert_eq!(session.ask(0, "late").await.unwrap(), "late");
}

#[tokio::test]
async fn bounds_hold_for_all_doorways_together() {
    let port = server(echo).await;
    let serves = [Serves::Host(port), Serves::Host(port)];
    let session = Session::with(&serves, |options| options.limits.connections = 1).await;
    let first = session.connect(0).await;
    let mut second = session.connect(1).await;
    second.write_all(b"x").await.unwrap();
    // Not served, however long it waits; a busy machine only makes this see less.
    let wait = std::time::Duration::from_millis(200);
    let early = tokio::time::timeout(wait, second.readable()).await;
    assert!(early.is_err(), "it is served already");
    drop(first);
    let mut byte = [0];
    second.read_exact(&mut byte).await.unwrap();
    assert_eq!(byte, *b"x");
}

#[tokio::test]
async fn a_connection_that_sleeps_is_ended() {
    let port = server(echo).await;
    let idle = std::time::Duration::from_millis(50);
    let session = Session::with(&[Serves::Host(port)], |options| {
        options.limits.idle = std::time::Duration::from_millis(50);
    })
    .await;
    let mut stream = session.connect(0).await;
    let ended = tokio::time::timeout(idle * 1000, stream.read(&mut [0; 1])).await;
    assert_eq!(ended.expect("it ends").unwrap_or(0), 0);
}

#[tokio::test]
async fn one_listener_for_each_doorway_comes_in_no_fewer_and_no_more() {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    let mut options = BridgeOptions::new(Arc::new(Rules::default()));
    options.doorways.push(Doorway::to_host(1));
    let bridge = Bridge::open(path.clone(), options).unwrap();
    let listener = || StdListener::bind("127.0.0.1:0").unwrap();
    let (one, two) = (listener(), listener());
    let other = StdListener::bind("0.0.0.0:0").unwrap();
    let (one, two, other) = (one.as_fd(), two.as_fd(), other.as_fd());
    for wrong in [
        &[][..],
        &[one],
        &[one, other],
        &[other, two],
        &[one, two, two],
    ] {
        let answered = hand_over_all(&path, wrong).await.unwrap_or(0);
        assert_eq!(answered, 0, "{wrong:?}");
        assert!(!bridge.is_entered());
    }
    let many = vec![one; 253];
    assert_eq!(hand_over_all(&path, &many).await.unwrap_or(0), 0);
    assert_eq!(hand_over_all(&path, &[one, two]).await.unwrap(), 1);
    assert!(bridge.is_entered());
}

#[test]
fn too_many_doorways_are_an_error() {
    let open = |count: u16| {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        let mut options = BridgeOptions::new(Arc::new(Rules::default()));
        options.doorways = (1..=count).map(Doorway::to_host).collect();
        Bridge::open(path, options).map(drop)
    };
    open(128).unwrap();
    let error = open(129).unwrap_err();
    assert_eq!(error.source.kind(), io::ErrorKind::InvalidInput);
}
