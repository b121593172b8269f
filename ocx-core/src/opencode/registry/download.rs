//! Streaming a tarball.

use url::Url;

use super::{Registry, RegistryError, body::Body, error::shown};

/// A tarball on its way.
pub(in crate::opencode) struct Download<'a>(Body<'a>);

impl Registry {
    /// Asks for a tarball, once: its caller has to try the whole again anyway.
    pub(in crate::opencode) async fn download<'a>(
        &'a self,
        url: &'a Url,
    ) -> Result<Download<'a>, RegistryError> {
        let response = self.get_once(url, "application/octet-stream, */*").await?;
        if !response.status().is_success() {
            return Err(RegistryError::Status {
                url: shown(url),
                status: response.status().as_u16(),
            });
        }
        Ok(Download(Body::new(self, url, response)))
    }

    /// Where a tarball lies by the convention of all npm registries, which saves asking for it.
    pub(in crate::opencode) fn usual_tarball_url(&self, package: &str, version: &str) -> Url {
        let name = package.rsplit('/').next().unwrap_or(package);
        let file = format!("{name}-{version}.tgz");
        let segments: Vec<&str> = package.split('/').chain(["-", &file]).collect();
        self.url_of(&segments)
    }
}

impl Download<'_> {
    /// Its length, where the server says.
    pub(in crate::opencode) fn total(&self) -> Option<u64> {
        self.0.total()
    }

    /// The next bytes; `None` at the end. An end that comes too early is an error.
    pub(in crate::opencode) async fn chunk(
        &mut self,
    ) -> Result<Option<impl AsRef<[u8]> + use<>>, RegistryError> {
        self.0.chunk().await
    }
}
