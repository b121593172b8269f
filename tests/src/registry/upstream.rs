//! The real registry.

use std::{fs, sync::Once, time::Duration};

use camino::Utf8PathBuf;
use reqwest::header::CONTENT_TYPE;

use super::Part;
use crate::cache;

/// Its address, as it stands in its answers.
pub(super) const URL: &str = "https://registry.npmjs.org";

/// How long metadata is believed: it names the latest version.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

const TIMEOUT: Duration = Duration::from_secs(300);

/// An answer.
pub(super) struct Found {
    pub(super) status: u16,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
}

impl Found {
    /// What was asked for.
    pub(super) fn good(part: Part, body: Vec<u8>) -> Self {
        let content_type = match part {
            Part::Metadata => "application/json",
            Part::Tarball => "application/octet-stream",
        };
        Self {
            status: 200,
            content_type: content_type.to_owned(),
            body,
        }
    }
}

/// Asks for `path`, or takes what the disk has.
pub(super) async fn fetch(path: &str) -> Result<Found, String> {
    let part = Part::of(path);
    let file = cached(path);
    if let Some(body) = read(&file, part) {
        return Ok(Found::good(part, body));
    }
    let response = client()?
        .get(format!("{URL}{path}"))
        .send()
        .await
        .map_err(|error| format!("{URL}{path}: {error:?}"))?;
    let status = response.status().as_u16();
    let content_type = response
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/json")
        .to_owned();
    let body = response
        .bytes()
        .await
        .map_err(|error| format!("{URL}{path}: {error:?}"))?
        .to_vec();
    if status == 200 {
        // Two tests may fetch the same file at once.
        let unfinished = file.with_added_extension(format!("{:?}", std::thread::current().id()));
        fs::write(&unfinished, &body)
            .and_then(|()| fs::rename(&unfinished, &file))
            .map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(Found {
        status,
        content_type,
        body,
    })
}

fn cached(path: &str) -> Utf8PathBuf {
    let name = path.trim_start_matches('/').replace(['/', '%'], "+");
    cache::directory("npm").join(name)
}

fn read(file: &Utf8PathBuf, part: Part) -> Option<Vec<u8>> {
    let age = fs::metadata(file).ok()?.modified().ok()?.elapsed().ok()?;
    (part == Part::Tarball || age < FRESH)
        .then(|| fs::read(file).ok())
        .flatten()
}

pub(super) fn client() -> Result<reqwest::Client, String> {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another part of the process may have chosen one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder()
        .timeout(TIMEOUT)
        .build()
        .map_err(|error| format!("{error:?}"))
}
