//! A registry on loopback, and tarballs, for the tests of this module.

use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use camino::Utf8PathBuf;
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt, stream};
use sha2::{Digest, Sha512};
use tempfile::TempDir;
use url::Url;

use super::{HttpOptions, Pace, ProxyUse, Registry};
use crate::report::{Event, EventKind, Reporter};

/// What the server does with a request.
pub(super) enum Reply {
    /// It answers.
    Answer(Response),
    /// It never says anything.
    Hang,
}

impl<T: IntoResponse> From<T> for Reply {
    fn from(response: T) -> Self {
        Self::Answer(response.into_response())
    }
}

pub(super) struct Server {
    pub(super) url: Url,
    requests: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// A server that answers requests for a path; it is told its own address, with a slash at the
    /// end.
    pub(super) async fn start(
        answer: impl Fn(&str, &Url) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url: Url = format!("http://{}/", listener.local_addr().unwrap())
            .parse()
            .unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let state = Arc::new((answer, url.clone(), requests.clone()));
        let router = Router::new().fallback(move |request: Request| {
            let state = state.clone();
            async move {
                let path = request.uri().path().to_owned();
                state.2.lock().unwrap().push(path.clone());
                match (state.0)(&path, &state.1) {
                    Reply::Answer(response) => response,
                    Reply::Hang => std::future::pending().await,
                }
            }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url,
            requests,
            task,
        }
    }

    /// A client of it.
    pub(super) fn registry(&self) -> Registry {
        client(&self.url)
    }

    /// A client of it that gives up after [`SILENCE`], for a server that falls silent. On a busy
    /// machine others fall silent for as long.
    pub(super) fn impatient_registry(&self) -> Registry {
        client_with(&self.url, SILENCE)
    }

    /// How many requests there were for paths that end in this.
    pub(super) fn requests_for(&self, end: &str) -> usize {
        let requests = self.requests.lock().unwrap();
        requests.iter().filter(|path| path.ends_with(end)).count()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// How long an impatient client waits.
const SILENCE: Duration = Duration::from_millis(300);

/// How long any other one waits: longer than a test takes.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn client(url: &Url) -> Registry {
    client_with(url, PATIENCE)
}

/// A client that gives up on a server that sends less than 100 bytes in [`SILENCE`].
pub(super) fn hasty_client(url: &Url) -> Registry {
    let slowest = Pace {
        bytes: 100,
        period: SILENCE,
    };
    client_of(url, PATIENCE, slowest)
}

fn client_with(url: &Url, stall_timeout: Duration) -> Registry {
    let slowest = Pace {
        bytes: 1,
        period: PATIENCE,
    };
    client_of(url, stall_timeout, slowest)
}

fn client_of(url: &Url, stall_timeout: Duration, slowest: Pace) -> Registry {
    let options = HttpOptions {
        connect_timeout: PATIENCE,
        stall_timeout,
        answer_timeout: stall_timeout,
        slowest,
        retry_pauses: vec![Duration::from_millis(1); 2],
        proxy: ProxyUse::Never,
    };
    Registry::with_options(url, options)
}

/// A client of an address where nobody listens.
pub(super) fn nobody() -> Registry {
    // Bound and closed again, so that nobody else has it.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    client(&format!("http://{address}/").parse().unwrap())
}

pub(super) fn json(value: &serde_json::Value) -> Reply {
    (
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into()
}

pub(super) fn not_found() -> Reply {
    StatusCode::NOT_FOUND.into()
}

/// Sends `start` and then nothing more, without an end.
pub(super) fn stalls_after(start: Vec<u8>) -> Reply {
    let start = stream::iter([Ok::<_, std::io::Error>(start)]);
    Body::from_stream(start.chain(stream::pending()))
        .into_response()
        .into()
}

/// Sends `bytes` in pieces, one every 20 ms.
pub(super) fn trickles(bytes: &[u8], piece: usize) -> Reply {
    let pieces: Vec<Vec<u8>> = bytes.chunks(piece).map(<[u8]>::to_vec).collect();
    let trickle = stream::iter(pieces).then(|piece| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok::<_, std::io::Error>(piece)
    });
    Body::from_stream(trickle).into_response().into()
}

/// Says that so many bytes are coming, and sends none.
pub(super) fn announces(length: u64) -> Reply {
    let nothing = stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let response = (
        [(header::CONTENT_LENGTH, length)],
        Body::from_stream(nothing),
    );
    response.into_response().into()
}

/// Sends `byte` now and then, without an end.
pub(super) fn drips(byte: u8) -> Reply {
    let drip = stream::unfold((), move |()| async move {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Some((Ok::<_, std::io::Error>(vec![byte]), ()))
    });
    Body::from_stream(drip).into_response().into()
}

/// Sends `start` and then breaks the connection.
pub(super) fn breaks_after(start: Vec<u8>) -> Reply {
    let end = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Body::from_stream(stream::iter([Ok(start), end]))
        .into_response()
        .into()
}

/// What a registry says about a version.
pub(super) fn document(version: &str, tarball: &str, integrity: &str) -> serde_json::Value {
    serde_json::json!({
        "name": "whatever",
        "version": version,
        "dist": { "tarball": tarball, "integrity": integrity, "shasum": "0".repeat(40) },
    })
}

pub(super) fn sha512(bytes: &[u8]) -> String {
    format!("sha512-{}", STANDARD.encode(Sha512::digest(bytes)))
}

/// One file of a tarball: its path, its kind and its content (or where a link leads).
pub(super) type Member<'a> = (&'a str, tar::EntryType, &'a str);

pub(super) const FILE: tar::EntryType = tar::EntryType::Regular;

/// A gzipped tarball. Paths are written as they are, also where the tar library would refuse them.
pub(super) fn tarball(members: &[Member<'_>]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, kind, content) in members {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(0o4777);
        let data = if *kind == FILE { *content } else { "" };
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_link_name(content).unwrap();
        }
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, data.as_bytes()).unwrap();
    }
    let mut encoder = builder.into_inner().unwrap();
    encoder.flush().unwrap();
    encoder.finish().unwrap()
}

/// A cache directory.
pub(super) fn cache() -> (TempDir, Utf8PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::from_path_buf(directory.path().join("cache")).unwrap();
    (directory, path)
}

/// Remembers events.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    lines: Mutex<Vec<String>>,
    pub(super) progress: tokio::sync::Notify,
}

impl Recorder {
    pub(super) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

impl Reporter for Recorder {
    fn report(&self, event: Event<'_>) {
        let line = match event.kind {
            EventKind::DownloadProgress { .. } => {
                self.progress.notify_one();
                return;
            }
            EventKind::DownloadStarted { title, total } => format!("started {title} {total:?}"),
            EventKind::DownloadFinished => "finished".to_owned(),
            EventKind::StepBegan(step) => format!("step {step}"),
            other => format!("{other:?}"),
        };
        self.lines.lock().unwrap().push(line);
    }
}
