//! Talking HTTP to a registry.

use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{Client, Response, header, redirect};
use rustls_platform_verifier::BuilderVerifierExt as _;
use url::Url;

use super::{RegistryError, TransportError, error::shown};

/// How many redirects are followed.
const MOST_REDIRECTS: usize = 10;

/// An npm registry.
///
/// Certificates are those that the system trusts, or the files named by `SSL_CERT_FILE` and
/// `SSL_CERT_DIR`; they are loaded with the first request, not before.
#[derive(Clone)]
pub struct Registry {
    base: Url,
    key: String,
    options: HttpOptions,
    client: OnceLock<Client>,
}

/// How patient the HTTP client is, and how it gets out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpOptions {
    /// How long making a connection may take.
    pub connect_timeout: Duration,
    /// How long a server may send nothing.
    pub stall_timeout: Duration,
    /// How long a server may take until it begins to answer, redirects included.
    pub answer_timeout: Duration,
    /// How slow an answer may be. There is no limit on a whole download.
    pub slowest: Pace,
    /// How long to wait before each further try after a broken connection or a server's error;
    /// there are as many further tries as there are pauses.
    pub retry_pauses: Vec<Duration>,
    /// Whether proxies are used.
    pub proxy: ProxyUse,
}

/// A number of bytes in a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many bytes must arrive,
    pub bytes: u64,
    /// in each period of this length.
    pub period: Duration,
}

/// Whether proxies are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyUse {
    /// Those that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`). The
    /// HTTP library reads the environment for this, the only place where this crate causes that
    /// besides the certificates.
    Environment,
    /// None.
    Never,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            stall_timeout: Duration::from_secs(30),
            answer_timeout: Duration::from_secs(120),
            // A fifth of what a modem does, which nobody waits for in earnest.
            slowest: Pace {
                bytes: 60 * 1024,
                period: Duration::from_secs(60),
            },
            retry_pauses: vec![Duration::from_millis(250), Duration::from_secs(1)],
            proxy: ProxyUse::Environment,
        }
    }
}

impl Registry {
    /// The registry at `base`, such as `https://registry.npmjs.org/`. A user name and password in
    /// the address are sent to that server, and never shown.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(ocx: ocx_core::Ocx) -> Result<(), Box<dyn std::error::Error>> {
    /// use ocx_core::opencode::Registry;
    ///
    /// let ocx = ocx.with_registry(Registry::new(&"https://npm.example.org/".parse()?));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(base: &Url) -> Self {
        Self::with_options(base, HttpOptions::default())
    }

    /// The same with other timeouts.
    #[must_use]
    pub fn with_options(base: &Url, options: HttpOptions) -> Self {
        Self {
            base: base.clone(),
            key: shown(base).trim_end_matches('/').to_owned(),
            options,
            client: OnceLock::new(),
        }
    }

    /// Its address, without credentials.
    #[must_use]
    pub fn address(&self) -> String {
        shown(&self.base)
    }

    /// What it is remembered by: its address, without credentials and a slash at the end.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// The address below the registry's with these path segments, each encoded.
    pub(super) fn url_of(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    pub(super) fn is_secure(&self) -> bool {
        self.base.scheme() == "https"
    }

    /// How slow an answer may be.
    pub(super) fn slowest(&self) -> Pace {
        self.options.slowest
    }

    pub(in crate::opencode) fn retry_pauses(&self) -> &[Duration] {
        &self.options.retry_pauses
    }

    /// Asks for `url`. Whatever the status is, it is an answer, except for those that say that the
    /// server is in trouble.
    pub(super) async fn get(&self, url: &Url, accept: &str) -> Result<Response, RegistryError> {
        let mut pauses = self.options.retry_pauses.iter();
        loop {
            let error = match self.get_once(url, accept).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match pauses.next() {
                Some(pause) if error.is_transient() => tokio::time::sleep(*pause).await,
                _ => return Err(error),
            }
        }
    }

    /// The same without further tries.
    pub(super) async fn get_once(
        &self,
        url: &Url,
        accept: &str,
    ) -> Result<Response, RegistryError> {
        let request = self
            .client()?
            .get(self.with_credentials(url))
            .header(header::ACCEPT, accept);
        let after = self.options.answer_timeout;
        let stalled = |_| RegistryError::Stalled {
            url: shown(url),
            after,
        };
        let response = tokio::time::timeout(after, request.send())
            .await
            .map_err(stalled)?
            .map_err(|error| self.failure(url, error))?;
        let status = response.status();
        if status.is_server_error() || status == reqwest::StatusCode::TOO_MANY_REQUESTS {
            return Err(RegistryError::Status {
                url: shown(url),
                status: status.as_u16(),
            });
        }
        Ok(response)
    }

    /// Sorts the ways in which an exchange can fail.
    pub(super) fn failure(&self, url: &Url, error: reqwest::Error) -> RegistryError {
        if let Some(refused) = find::<RefusedRedirect>(&error) {
            return RegistryError::Insecure {
                url: shown(url),
                target: refused.target.clone(),
            };
        }
        let (connect, timeout, request) =
            (error.is_connect(), error.is_timeout(), error.is_request());
        let url = shown(url);
        let source = TransportError::new(error);
        if connect {
            RegistryError::Unreachable { url, source }
        } else if timeout {
            RegistryError::Stalled {
                url,
                after: self.options.stall_timeout,
            }
        } else if request || source.0.is_body() || source.0.is_decode() {
            RegistryError::Interrupted { url, source }
        } else {
            RegistryError::Unreachable { url, source }
        }
    }

    /// Tarballs are named by addresses without credentials, also by registries that want them.
    fn with_credentials(&self, url: &Url) -> Url {
        let mut url = url.clone();
        if url.origin() == self.base.origin() && url.username().is_empty() {
            let _ = url.set_username(self.base.username());
            let _ = url.set_password(self.base.password());
        }
        url
    }

    fn client(&self) -> Result<&Client, RegistryError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = build_client(&self.options, self.is_secure())
            .map_err(|source| RegistryError::Tls { source })?;
        Ok(self.client.get_or_init(|| client))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("base", &self.address())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// The crypto provider is given to this client alone: installing it for the whole process, as
/// `reqwest` expects it, would be a surprise for a program that links this crate.
///
/// Without any certificates, a registry that needs none still works.
fn build_client(
    options: &HttpOptions,
    needs_tls: bool,
) -> Result<Client, Box<dyn Error + Send + Sync>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = || {
        rustls::ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
    };
    let tls = match tls()?.with_platform_verifier() {
        Ok(tls) => tls.with_no_client_auth(),
        Err(error) if needs_tls => return Err(error.into()),
        Err(_) => tls()?
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth(),
    };
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls)
        .user_agent(concat!("ocx/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.stall_timeout)
        .redirect(redirect::Policy::custom(follow));
    if options.proxy == ProxyUse::Never {
        builder = builder.no_proxy();
    }
    Ok(builder.build()?)
}

fn follow(attempt: redirect::Attempt<'_>) -> redirect::Action {
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error("too many redirects");
    }
    if gives_up_security(attempt.previous(), attempt.url()) {
        let target = shown(attempt.url());
        return attempt.error(RefusedRedirect { target });
    }
    attempt.follow()
}

/// Whether a redirect leads from a secure address to one that is not.
fn gives_up_security(previous: &[Url], next: &Url) -> bool {
    next.scheme() != "https" && previous.iter().any(|url| url.scheme() == "https")
}

/// A redirect that would give up security.
#[derive(Debug, thiserror::Error)]
#[error("refused a redirect to {target}")]
struct RefusedRedirect {
    target: String,
}

/// The error of a type somewhere in a chain of errors.
fn find<'a, T: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        next = error.source();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn paths_are_added_to_the_base() {
        for base in [
            "https://npm.example/api/npm",
            "https://npm.example/api/npm/",
        ] {
            let registry = Registry::new(&url(base));
            assert_eq!(
                registry.url_of(&["@vscode/x", "1.0.0"]).as_str(),
                "https://npm.example/api/npm/@vscode%2Fx/1.0.0"
            );
            assert_eq!(
                registry.usual_tarball_url("@vscode/x", "1.0.0").as_str(),
                "https://npm.example/api/npm/@vscode/x/-/x-1.0.0.tgz"
            );
        }
    }

    #[test]
    fn credentials_go_to_the_registry_only_and_are_not_shown() {
        let registry = Registry::new(&url("https://me:hunter2@npm.example/"));
        assert_eq!(registry.address(), "https://npm.example/");
        assert!(!format!("{registry:?}").contains("hunter2"));
        let own = registry.with_credentials(&url("https://npm.example/x.tgz"));
        assert_eq!(own.as_str(), "https://me:hunter2@npm.example/x.tgz");
        for other in [
            "https://cdn.example/x.tgz",
            "http://npm.example/x.tgz",
            "https://npm.example:8443/x.tgz",
        ] {
            assert_eq!(registry.with_credentials(&url(other)).as_str(), other);
        }
    }

    #[test]
    fn redirects_stay_secure() {
        let (secure, plain) = (url("https://a.example/"), url("http://a.example/"));
        assert!(gives_up_security(std::slice::from_ref(&secure), &plain));
        assert!(!gives_up_security(std::slice::from_ref(&plain), &plain));
        assert!(!gives_up_security(&[plain, secure.clone()], &secure));
    }
}
