//! A local npm registry that passes on the real one's answers, keeps them on disk, and can be made
//! to fail.

mod fault;
mod publish;
mod upstream;

use std::{
    fmt,
    net::TcpListener,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Request, Response, StatusCode, header::CONTENT_TYPE},
};

use crate::http_server::HttpServer;

pub use fault::{Fault, Part};

/// A running registry.
pub struct Registry {
    server: HttpServer,
    shared: Shared,
}

#[derive(Clone, Default)]
struct Shared {
    faults: Arc<Mutex<Vec<(Part, Fault)>>>,
    requests: Arc<Mutex<Vec<String>>>,
    published: Arc<Mutex<publish::Published>>,
}

impl Registry {
    /// Starts a registry that works.
    #[must_use]
    pub fn start() -> Self {
        let shared = Shared::default();
        let router = Router::new().fallback(answer).with_state(shared.clone());
        Self {
            server: TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| HttpServer::start(listener, router))
                .expect("the loopback interface has free ports"),
            shared,
        }
    }

    /// Its address, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// From now on, `part` of the registry fails like this.
    pub fn fail(&self, part: Part, fault: Fault) {
        self.heal(part);
        self.shared.faults.lock().unwrap().push((part, fault));
    }

    /// From now on, `part` of the registry works again.
    pub fn heal(&self, part: Part) {
        self.shared
            .faults
            .lock()
            .unwrap()
            .retain(|(failing, _)| *failing != part);
    }

    /// Adds one version of a package that has `program` as its `bin/opencode`, or replaces it.
    pub fn publish(&self, package: &str, version: &str, program: &[u8]) {
        let mut published = self.shared.published.lock().unwrap();
        published.add(package, version, program);
    }

    /// The paths that were asked for so far.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registry({})", self.url())
    }
}

/// The address of a registry that cannot be reached: nothing listens on port 1.
#[must_use]
pub fn unreachable_url() -> &'static str {
    "http://127.0.0.1:1"
}

/// A file of the real registry, by its path there, such as `/opencode-linux-x64/latest`; from the
/// disk if it was fetched before.
pub fn fetch(path: &str) -> Result<Vec<u8>, String> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?
        .block_on(upstream::fetch(path))
        .map(|found| found.body)
}

/// A client for HTTP.
pub(crate) fn http_client() -> reqwest::Client {
    upstream::client().unwrap_or_else(|error| panic!("no client for HTTP: {error}"))
}

async fn answer(State(shared): State<Shared>, request: Request<Body>) -> Response<Body> {
    let path = request.uri().path().to_owned();
    shared.requests.lock().unwrap().push(path.clone());
    let part = Part::of(&path);
    let fault = shared
        .faults
        .lock()
        .unwrap()
        .iter()
        .find(|(failing, _)| *failing == part)
        .map(|(_, fault)| *fault);
    if let Some(fault) = fault
        && let Some(response) = fault.instead().await
    {
        return response;
    }
    let published = shared.published.lock().unwrap().get(&path);
    let found = match published {
        Some(body) => upstream::Found::good(part, body),
        None => match upstream::fetch(&path).await {
            Ok(found) => found,
            Err(error) => return fault::plain(StatusCode::BAD_GATEWAY, error),
        },
    };
    let mut body = found.body;
    if part == Part::Metadata {
        // Tarballs are to come from here, too.
        let host = request
            .headers()
            .get("host")
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        body = String::from_utf8_lossy(&body)
            .replace(upstream::URL, &format!("http://{host}"))
            .into_bytes();
    }
    let response = Response::builder()
        .status(found.status)
        .header(CONTENT_TYPE, found.content_type);
    fault.unwrap_or(Fault::None).spoil(response, body)
}
