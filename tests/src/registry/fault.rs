//! Ways in which a registry fails.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{Response, StatusCode, header::CONTENT_LENGTH, header::CONTENT_TYPE, response::Builder},
};
use futures_util::stream;

/// What is asked of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Which versions there are, and where.
    Metadata,
    /// The packages themselves.
    Tarball,
}

impl Part {
    pub(super) fn of(path: &str) -> Self {
        if path.ends_with(".tgz") {
            Self::Tarball
        } else {
            Self::Metadata
        }
    }
}

/// A failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No failure.
    None,
    /// 404, as npm answers it.
    NotFound,
    /// 500.
    ServerError,
    /// No answer at all.
    Hang,
    /// An answer that stops half-way and never goes on.
    Stall,
    /// A body with one byte changed.
    Corrupt,
    /// A body that ends half-way.
    Truncated,
    /// 200 and a page for people, as captive portals answer.
    Html,
}

impl Fault {
    /// The answer, unless it is made from the real one.
    pub(super) async fn instead(self) -> Option<Response<Body>> {
        match self {
            Self::None | Self::Stall | Self::Corrupt | Self::Truncated => None,
            Self::NotFound => Some(plain(StatusCode::NOT_FOUND, "{\"error\":\"Not found\"}")),
            Self::ServerError => Some(plain(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal server error",
            )),
            Self::Hang => {
                tokio::time::sleep(Duration::MAX).await;
                None
            }
            Self::Html => Some(
                Response::builder()
                    .header(CONTENT_TYPE, "text/html")
                    .body(Body::from("<html><body>Please log in</body></html>"))
                    .expect("the response is sound"),
            ),
        }
    }

    /// The real answer, made wrong.
    pub(super) fn spoil(self, response: Builder, mut body: Vec<u8>) -> Response<Body> {
        let whole = body.len();
        let half = whole / 2;
        match self {
            Self::Corrupt => {
                // The middle: neither an archive's header nor its trailer.
                if let Some(byte) = body.get_mut(half) {
                    *byte ^= 0x01;
                }
                response.body(Body::from(body))
            }
            Self::Truncated => {
                body.truncate(half);
                response.body(Body::from(body))
            }
            Self::Stall => {
                body.truncate(half);
                let start = stream::iter([Ok::<_, Infallible>(Bytes::from(body))]);
                let endless = futures_util::StreamExt::chain(start, stream::pending());
                response
                    .header(CONTENT_LENGTH, whole)
                    .body(Body::from_stream(endless))
            }
            _ => response.body(Body::from(body)),
        }
        .expect("the response is sound")
    }
}

pub(super) fn plain(status: StatusCode, text: impl Into<String>) -> Response<Body> {
    Response::builder()
        .status(status)
        .header(CONTENT_TYPE, "text/plain")
        .body(Body::from(text.into()))
        .expect("the response is sound")
}
