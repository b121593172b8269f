//! A small npm registry that has every version of opencode, and calls one of them the newest.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A package with `package/bin/opencode`, and its checksum.
const TARBALL: &[u8] = include_bytes!("fixtures/opencode.tgz");
const INTEGRITY: &str = "sha512-IxSW3LAS7+DUN+LtMmma8szCwZT92WMkuWBRVXNtHiSzh1gWbjUbh8XzDBKZoBWB1EbOnenxNdIQDvpQtQi2xA==";

/// A running registry. It ends with the test's process.
pub(crate) struct Versions {
    url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    newest: String,
    requests: Vec<String>,
    closed: bool,
}

impl Versions {
    pub(crate) fn start(newest: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!(
            "http://{}",
            listener.local_addr().expect("it has an address")
        );
        let state = Arc::new(Mutex::new(State {
            newest: newest.to_owned(),
            ..State::default()
        }));
        let (shared, address) = (Arc::clone(&state), url.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(stream, &address, &shared);
            }
        });
        Self { url, state }
    }

    /// The registry's address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Makes another version the newest.
    pub(crate) fn publish(&self, newest: &str) {
        self.state.lock().unwrap().newest = newest.to_owned();
    }

    /// Breaks off all connections from now on.
    pub(crate) fn close(&self) {
        self.state.lock().unwrap().closed = true;
    }

    /// What was asked for since the last time, without ripgrep.
    pub(crate) fn requests(&self) -> Vec<String> {
        let mut requests = std::mem::take(&mut self.state.lock().unwrap().requests);
        requests.retain(|path| !path.contains("ripgrep"));
        requests
    }
}

fn answer(mut stream: TcpStream, url: &str, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut request = String::new();
    reader.read_line(&mut request)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
    let newest = {
        let mut state = state.lock().unwrap();
        // Also one that gets no answer: tests want to know that nobody asked.
        state.requests.push(path.clone());
        if state.closed {
            return Ok(());
        }
        state.newest.clone()
    };
    let (status, body) = match path.rsplit('/').next() {
        _ if path.contains("ripgrep") => ("404 Not Found", Vec::new()),
        Some(name) if name.ends_with(".tgz") => ("200 OK", TARBALL.to_vec()),
        Some(version) => {
            let version = if version == "latest" {
                &newest
            } else {
                version
            };
            let document = serde_json::json!({
                "version": version,
                "dist": { "tarball": format!("{url}/{version}.tgz"), "integrity": INTEGRITY },
            });
            ("200 OK", document.to_string().into_bytes())
        }
        None => ("404 Not Found", Vec::new()),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)
}
