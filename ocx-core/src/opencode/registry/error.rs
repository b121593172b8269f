//! What can go wrong with a registry.

use std::{error::Error, fmt, time::Duration};

use url::Url;

use crate::opencode::IntegrityError;

/// Why a registry did not give what it was asked for. Addresses are shown without credentials.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The registry answers, but does not have this package or this version of it.
    #[error("{} is not published at {registry}{}", wanted(package, version.as_deref()), newest_hint(newest.as_deref()))]
    NotPublished {
        /// The package.
        package: String,
        /// The version; `None` if the newest was asked for.
        version: Option<String>,
        /// The registry.
        registry: String,
        /// The newest version of the package that there is; `None` if there is no such package.
        newest: Option<String>,
    },
    /// The server answered with an error.
    #[error("{url} answered with HTTP status {status}")]
    Status {
        /// The address.
        url: String,
        /// The status code.
        status: u16,
    },
    /// No connection could be made: no network, no such host, nobody listening, or a certificate
    /// that the system does not trust.
    #[error("could not reach {url}")]
    Unreachable {
        /// The address.
        url: String,
        /// Why not.
        #[source]
        source: TransportError,
    },
    /// The server accepted the connection and then sent nothing for too long.
    #[error("{url} sent nothing for {} s", after.as_secs_f32())]
    Stalled {
        /// The address.
        url: String,
        /// For how long.
        after: Duration,
    },
    /// The server sends less and less, or has never sent more than that.
    #[error("{url} sends too slowly: {received} bytes in {} s", period.as_secs_f32())]
    TooSlow {
        /// The address.
        url: String,
        /// How much has arrived
        received: u64,
        /// in this time.
        period: Duration,
    },
    /// The connection broke off in the middle of an answer.
    #[error("the connection to {url} broke off")]
    Interrupted {
        /// The address.
        url: String,
        /// Why.
        #[source]
        source: TransportError,
    },
    /// The answer is not what a registry answers.
    #[error("could not understand the answer of {url}")]
    Malformed {
        /// The address.
        url: String,
        /// Why not.
        #[source]
        source: Malformed,
    },
    /// There is no checksum that is strong enough to trust a tarball.
    #[error("{url} gives no SHA-512 checksum for {package} {version}")]
    NoIntegrity {
        /// The address.
        url: String,
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// What there is instead, if anything.
        #[source]
        source: Option<IntegrityError>,
    },
    /// A secure registry refers to an address that is not.
    #[error("{url} refers to {target}, which is not secure")]
    Insecure {
        /// The address.
        url: String,
        /// Where it refers to.
        target: String,
    },
    /// The certificates that the system trusts could not be loaded.
    #[error("could not set up TLS with the certificates that the system trusts")]
    Tls {
        /// Why not.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl RegistryError {
    /// Whether the registry does not have what was asked for, as opposed to not answering.
    #[must_use]
    pub fn is_not_published(&self) -> bool {
        matches!(
            self,
            Self::NotPublished { .. }
                | Self::Status {
                    status: 404 | 410,
                    ..
                }
        )
    }

    /// Whether the network or the server is to blame, so that it may work another time. That
    /// includes answers that are no registry's: they come from login pages of public networks.
    #[must_use]
    pub fn is_network(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Stalled { .. }
            | Self::TooSlow { .. }
            | Self::Interrupted { .. }
            | Self::Malformed { .. }
            | Self::Tls { .. } => true,
            Self::Status { status, .. } => !matches!(status, 404 | 410),
            Self::NotPublished { .. } | Self::NoIntegrity { .. } | Self::Insecure { .. } => false,
        }
    }

    /// Whether it makes sense to ask once more at once.
    pub(in crate::opencode) fn is_transient(&self) -> bool {
        match self {
            // After a timeout the user has waited long enough.
            Self::Unreachable { source, .. } => !source.0.is_timeout(),
            Self::Interrupted { .. } => true,
            Self::Status { status, .. } => *status >= 500 || *status == 429,
            _ => false,
        }
    }

    pub(super) fn malformed(url: &Url, source: Malformed) -> Self {
        Self::Malformed {
            url: shown(url),
            source,
        }
    }
}

/// What is wrong with an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It is a web page.
    #[error("it is a web page; is this the address of an npm registry, and the network open?")]
    WebPage,
    /// It is not the JSON of a registry.
    #[error("it is not the JSON of an npm registry")]
    Json(#[source] serde_json::Error),
    /// It is longer than any sensible answer.
    #[error("it is longer than {limit} bytes")]
    TooLong {
        /// The limit.
        limit: usize,
    },
    /// It describes another version than the one asked for.
    #[error("it describes version {found}")]
    OtherVersion {
        /// What it describes.
        found: String,
    },
    /// It names no version.
    #[error("it names no newest version")]
    NoVersion,
    /// The address of the tarball makes no sense.
    #[error("`{found}` is not the address of a tarball")]
    TarballUrl {
        /// The address.
        found: String,
    },
}

/// How an HTTP exchange failed.
pub struct TransportError(pub(super) reqwest::Error);

impl TransportError {
    pub(super) fn new(error: reqwest::Error) -> Self {
        // The address may hold credentials.
        Self(error.without_url())
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for TransportError {
    /// What is below the library's own "error sending request", which says nothing.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.source() {
            Some(source) => fmt::Display::fmt(source, f),
            None => fmt::Display::fmt(&self.0, f),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()?.source()
    }
}

/// An address as it may be shown: without credentials, which may also be in the query.
pub(in crate::opencode) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Both fail only for addresses that cannot hold credentials.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn wanted(package: &str, version: Option<&str>) -> String {
    match version {
        Some(version) => format!("{package} {version}"),
        None => package.to_owned(),
    }
}

fn newest_hint(newest: Option<&str>) -> String {
    match newest {
        Some(newest) => format!(" (the newest version there is {newest})"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_credentials() {
        let url = "https://me:hunter2@npm.example/x?token=hunter2#hunter2";
        assert_eq!(shown(&url.parse().unwrap()), "https://npm.example/x");
    }
}
