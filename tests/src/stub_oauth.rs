//! An MCP server that wants an OAuth login, and the authorization server for that, in one. It registers
//! every client, and gives a token for the code `letmein`.

use std::{
    io,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode, header::AUTHORIZATION},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::{Value, json};

use crate::http_server::HttpServer;

/// The code that the authorization server would have the browser bring.
pub const CODE: &str = "letmein";

const TOKEN: &str = "token-of-the-stub";

/// A running server.
pub struct StubOauth {
    server: HttpServer,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    codes: Mutex<Vec<String>>,
    origin: Mutex<String>,
}

impl StubOauth {
    /// Starts a server on a free port of the loopback interface.
    pub fn start() -> io::Result<Self> {
        let seen = Arc::<Seen>::default();
        let router = Router::new()
            .route("/mcp", post(mcp).get(StatusCode::METHOD_NOT_ALLOWED))
            .route("/.well-known/oauth-authorization-server", get(metadata))
            .route("/register", post(register))
            .route("/token", post(token))
            .with_state(Arc::clone(&seen));
        let listener = TcpListener::bind("127.0.0.1:0")?;
        *locked(&seen.origin) = format!("http://{}", listener.local_addr()?);
        Ok(Self {
            server: HttpServer::start(listener, router)?,
            seen,
        })
    }

    /// Its port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// The address of the MCP server.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/mcp", locked(&self.seen.origin))
    }

    /// The codes for which a token was asked.
    #[must_use]
    pub fn codes(&self) -> Vec<String> {
        locked(&self.seen.codes).clone()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn metadata(State(seen): State<Arc<Seen>>) -> Json<Value> {
    let at = locked(&seen.origin).clone();
    Json(json!({
        "issuer": at,
        "authorization_endpoint": format!("{at}/authorize"),
        "token_endpoint": format!("{at}/token"),
        "registration_endpoint": format!("{at}/register"),
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
    }))
}

async fn register(Json(mut client): Json<Value>) -> Response {
    client["client_id"] = "stub-client".into();
    (StatusCode::CREATED, Json(client)).into_response()
}

async fn token(State(seen): State<Arc<Seen>>, body: String) -> Response {
    let code = body.split('&').find_map(|pair| pair.strip_prefix("code="));
    let code = code.unwrap_or_default().to_owned();
    let is_right = code == CODE;
    locked(&seen.codes).push(code);
    if is_right {
        Json(json!({ "access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600 }))
            .into_response()
    } else {
        let refused = json!({ "error": "invalid_grant" });
        (StatusCode::BAD_REQUEST, Json(refused)).into_response()
    }
}

async fn mcp(headers: HeaderMap, Json(request): Json<Value>) -> Response {
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if given != Some(&format!("Bearer {TOKEN}")) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let result = match request["method"].as_str() {
        Some("initialize") => json!({
            "protocolVersion": request["params"]["protocolVersion"],
            "capabilities": { "tools": {} },
            "serverInfo": { "name": "stub", "version": "1" },
        }),
        Some("tools/list") => json!({ "tools": [] }),
        _ if request["id"].is_null() => return StatusCode::ACCEPTED.into_response(),
        _ => json!({}),
    };
    Json(json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })).into_response()
}
