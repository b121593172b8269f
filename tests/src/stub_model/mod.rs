//! A model server in the style of OpenAI's, which answers from what the prompt says.
//!
//! - `write PATH` or `write PATH: CONTENT` makes the agent write a file,
//! - `run: COMMAND` makes it run a command in a shell,
//! - anything else gets a plain answer.
//!
//! After the result of the tool comes a closing message. Requests without tools are opencode asking
//! for a title.

mod reply;
mod script;

use std::{
    convert::Infallible,
    fmt, io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, header::AUTHORIZATION},
    response::{
        IntoResponse, Response,
        sse::{Event, Sse},
    },
    routing::{get, post},
};
use futures_util::stream;
use serde_json::{Value, json};

use crate::{engine::HostNetwork, http_server::HttpServer};

pub use script::{CLOSING, DEFAULT_CONTENT};

/// How the server behaves.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// How long each piece of an answer takes.
    pub delay: Duration,
    /// Where the server can be reached.
    pub network: HostNetwork,
}

/// A running model server.
pub struct StubModel {
    server: HttpServer,
    requests: Arc<Mutex<Vec<Value>>>,
    authorizations: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Shared {
    options: Options,
    requests: Arc<Mutex<Vec<Value>>>,
    authorizations: Arc<Mutex<Vec<String>>>,
}

impl StubModel {
    /// Starts a server on any free port of the loopback interface.
    #[must_use]
    pub fn start() -> Self {
        Self::with(Options::default())
    }

    /// Like [`start`](Self::start), with options.
    #[must_use]
    pub fn with(options: Options) -> Self {
        Self::listen("127.0.0.1:0", options).expect("the loopback interface has free ports")
    }

    /// Starts a server on `address`. Port 0 stands for any free one.
    pub fn listen(address: &str, options: Options) -> io::Result<Self> {
        let listener = options.network.listen(address)?;
        let requests = Arc::default();
        let authorizations = Arc::default();
        let router = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/models", get(models))
            .with_state(Shared {
                options,
                requests: Arc::clone(&requests),
                authorizations: Arc::clone(&authorizations),
            });
        Ok(Self {
            server: HttpServer::start(listener, router)?,
            requests,
            authorizations,
        })
    }

    /// The `baseURL` to configure.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.server.address())
    }

    /// The bodies of all requests so far.
    #[must_use]
    pub fn requests(&self) -> Vec<Value> {
        self.requests.lock().unwrap().clone()
    }

    /// By what those that asked have shown who they are: the header `Authorization` of all requests so far.
    #[must_use]
    pub fn authorizations(&self) -> Vec<String> {
        self.authorizations.lock().unwrap().clone()
    }

    /// Serves until the process is killed.
    pub fn serve_forever(self) {
        self.server.join();
    }
}

impl fmt::Debug for StubModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StubModel({})", self.base_url())
    }
}

/// An `opencode.json` that makes opencode use the server at `base_url` and ask no questions.
///
/// The npm package of the provider is part of opencode's binary, so nothing is fetched.
#[must_use]
pub fn project_config(base_url: &str) -> String {
    let config = json!({
        "$schema": "https://opencode.ai/config.json",
        "autoupdate": false,
        "model": "stub/stub",
        "small_model": "stub/stub",
        "permission": { "edit": "allow", "bash": "allow" },
        "provider": {
            "stub": {
                "npm": "@ai-sdk/openai-compatible",
                "name": "Stub",
                "options": { "baseURL": base_url, "apiKey": "none" },
                "models": { "stub": { "name": "Stub", "tool_call": true } },
            },
        },
    });
    format!("{config:#}\n")
}

async fn models() -> Json<Value> {
    Json(json!({ "object": "list", "data": [{ "id": "stub", "object": "model" }] }))
}

async fn complete(
    State(shared): State<Shared>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Response {
    let authorization = headers.get(AUTHORIZATION).map(|value| value.to_str());
    let authorization = authorization.and_then(Result::ok).unwrap_or_default();
    shared
        .authorizations
        .lock()
        .unwrap()
        .push(authorization.to_owned());
    shared.requests.lock().unwrap().push(request.clone());
    let answer = script::answer(&request);
    if request["stream"] != json!(true) {
        return Json(reply::whole(&answer)).into_response();
    }
    let pieces = reply::pieces(&answer).into_iter();
    let delay = shared.options.delay;
    let events = stream::unfold(pieces, move |mut pieces| async move {
        let piece = pieces.next()?;
        tokio::time::sleep(delay).await;
        Some((Ok::<_, Infallible>(Event::default().data(piece)), pieces))
    });
    Sse::new(events).into_response()
}
