//! The proxy between real sockets: a session's listener is handed over through the door, servers and
//! upstream proxies listen on the loopback.

mod bounds;
mod doors;
mod host;
mod keyed;
mod keyed_over_tls;
mod outside;
mod requests;
mod upstream;

use std::{
    collections::BTreeMap,
    io,
    io::IoSlice,
    mem::MaybeUninit,
    net::{IpAddr, SocketAddr},
    os::fd::{AsFd, BorrowedFd},
    sync::{Arc, Mutex},
};

use async_trait::async_trait;
use camino::{Utf8Path, Utf8PathBuf};
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream, UnixStream},
};

use super::{Bridge, BridgeOptions};
use crate::bridge::{Event, Policy, Request, Resolver, Rule, Rules, Verdict, door};

/// Names with their addresses, and how often somebody has asked.
#[derive(Debug, Default)]
struct Names {
    known: BTreeMap<String, Vec<IpAddr>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl Resolver for Names {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(name.to_owned());
        let found = self.known.get(name).cloned();
        found.ok_or_else(|| io::Error::other("no such name"))
    }
}

/// Rules, and what they are told.
#[derive(Debug)]
struct Recorded {
    rules: Rules,
    events: Mutex<Vec<Event>>,
}

#[async_trait]
impl Policy for Recorded {
    async fn decide(&self, request: &Request) -> Verdict {
        assert_ne!(
            request.destination.to_string(),
            "panic.example:1",
            "as asked"
        );
        self.rules.decide(request).await
    }

    fn decide_address(&self, request: &Request, address: IpAddr) -> Verdict {
        self.rules.decide_address(request, address)
    }

    fn observe(&self, event: &Event) {
        self.events.lock().unwrap().push(event.clone());
    }
}

/// A session that is served.
struct World {
    bridge: Bridge,
    at: SocketAddr,
    policy: Arc<Recorded>,
    names: Arc<Names>,
    _directory: TempDir,
}

/// What a world is made of.
struct Plan {
    allow: Vec<&'static str>,
    deny: Vec<&'static str>,
    names: Vec<(&'static str, &'static str)>,
    change: fn(&mut BridgeOptions),
    upstream: Option<String>,
    providers: Vec<crate::bridge::Provider>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            allow: vec!["*.test", "127.0.0.1"],
            deny: Vec::new(),
            names: vec![("server.test", "127.0.0.1"), ("here.test", "127.0.0.1")],
            change: |_| {},
            upstream: None,
            providers: Vec::new(),
        }
    }
}

impl Plan {
    async fn world(self) -> World {
        let directory = tempfile::tempdir().unwrap();
        let list = |rules: &[&str]| -> Vec<Rule> {
            rules.iter().map(|rule| rule.parse().unwrap()).collect()
        };
        let policy = Arc::new(Recorded {
            rules: Rules::new(&list(&self.allow), &list(&self.deny), &[]),
            events: Mutex::default(),
        });
        let mut names = Names::default();
        for (name, address) in self.names {
            let addresses = names.known.entry(name.to_owned()).or_default();
            addresses.push(address.parse().unwrap());
        }
        let names = Arc::new(names);
        let mut options = BridgeOptions::new(policy.clone());
        options.resolver = names.clone();
        options.providers = self.providers;
        if let Some(proxy) = &self.upstream {
            options.upstream = crate::bridge::Upstream::of_environment(|name| match name {
                "ALL_PROXY" => Some(proxy),
                "NO_PROXY" => Some("here.test"),
                _ => None,
            });
        }
        (self.change)(&mut options);
        let path = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
        let bridge = Bridge::open(path.clone(), options).unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        assert_eq!(hand_over(&path, listener.as_fd()).await.unwrap(), 1);
        World {
            bridge,
            at,
            policy,
            names,
            _directory: directory,
        }
    }
}

/// Hands over a socket as the script in the container does, and tells how many bytes were answered.
async fn hand_over(directory: &Utf8Path, socket: BorrowedFd<'_>) -> io::Result<usize> {
    hand_over_all(directory, &[socket]).await
}

async fn hand_over_all(directory: &Utf8Path, sockets: &[BorrowedFd<'_>]) -> io::Result<usize> {
    let mut stream = UnixStream::connect(directory.join(door::NAME)).await?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(253))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(sockets)));
    let parts = [IoSlice::new(&[0])];
    sendmsg(stream.as_fd(), &parts, &mut ancillary, SendFlags::empty())?;
    stream.read(&mut [0; 1]).await
}

impl World {
    async fn connection(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }

    /// Sends a request on a connection of its own and reads the answer to its end.
    async fn ask(&self, request: &str) -> String {
        let mut stream = self.connection().await;
        say(&mut stream, request).await;
        let mut answer = Vec::new();
        // Who refuses to read on resets the connection.
        let _ = stream.read_to_end(&mut answer).await;
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A tunnel, and the head of the answer.
    async fn tunnel(&self, to: &str) -> (TcpStream, String) {
        let mut stream = self.connection().await;
        say(
            &mut stream,
            &format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n"),
        )
        .await;
        let head = head(&mut stream).await;
        (stream, head)
    }

    /// The events so far, in words.
    fn events(&self) -> Vec<String> {
        let events = self.policy.events.lock().unwrap();
        events.iter().map(ToString::to_string).collect()
    }

    /// Waits until there is an event of which this is true.
    async fn until(&self, is_it: impl Fn(&Event) -> bool) {
        while !self.policy.events.lock().unwrap().iter().any(&is_it) {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    }
}

async fn say(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// The head of what comes; nothing behind it is read.
async fn head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => break,
        }
    }
    String::from_utf8(head).unwrap()
}

/// A server on the loopback that does this with each connection; its port.
async fn server<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> u16
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    port
}

/// Sends back what comes, until its end.
async fn echo(mut stream: TcpStream) {
    let (mut read, mut write) = stream.split();
    let _ = tokio::io::copy(&mut read, &mut write).await;
    let _ = write.shutdown().await;
}
