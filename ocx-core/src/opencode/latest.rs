//! The newest version of a build.

use std::{error::Error, time::Duration};

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    Build, Registry, RegistryError, Store,
    store::{read_json, write_json},
};
use crate::image::{OpencodeVersion, VersionError};

/// For how long an answer of the registry counts.
const FRESH: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether an earlier answer of the registry will do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freshness {
    /// It will for 24 hours.
    MayUseRemembered,
    /// The registry is asked.
    Ask,
}

/// The newest version of a build, as far as it is known.
#[derive(Debug)]
pub struct LatestVersion {
    /// The version.
    pub version: OpencodeVersion,
    /// How it is known.
    pub how: How,
}

/// How the newest version is known.
#[derive(Debug)]
pub enum How {
    /// The registry has just said so.
    Asked,
    /// The registry said so less than 24 hours ago.
    Remembered {
        /// When.
        since: Timestamp,
    },
    /// The registry could not be asked; it is the newest that is at hand.
    Offline {
        /// Why not.
        cause: RegistryError,
        /// When the registry said so; `None` for what is just the newest downloaded version.
        since: Option<Timestamp>,
    },
}

impl LatestVersion {
    /// Why the registry could not be asked, as one line without a full stop.
    #[must_use]
    pub fn offline_reason(&self) -> Option<String> {
        let How::Offline { cause, .. } = &self.how else {
            return None;
        };
        let mut root: &dyn Error = cause;
        while let Some(source) = root.source() {
            root = source;
        }
        let (first, root) = (cause.to_string(), root.to_string());
        Some(if root == first {
            first
        } else {
            format!("{first}: {root}")
        })
    }
}

/// Why the newest version is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LatestError {
    /// The registry could not be asked or did not know, and nothing is at hand.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// What the registry calls the newest version cannot be used.
    #[error("the newest version of {package} at {registry} cannot be used")]
    Unusable {
        /// The package.
        package: String,
        /// The registry.
        registry: String,
        /// Why not.
        #[source]
        source: VersionError,
    },
}

impl LatestError {
    /// Whether the network or the server is to blame, so that it may work another time.
    #[must_use]
    pub fn is_network(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_network())
    }

    /// Whether the registry answers but does not have the package.
    #[must_use]
    pub fn is_not_published(&self) -> bool {
        matches!(self, Self::Registry(error) if error.is_not_published())
    }
}

/// What the registry said earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remembered {
    /// The newest version then.
    pub version: OpencodeVersion,
    /// When it said so.
    pub since: Timestamp,
}

impl Remembered {
    /// Whether it still counts. One from the future does not: the clock was wrong.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp) -> bool {
        self.since <= now && now.duration_since(self.since).unsigned_abs() < FRESH
    }
}

/// What the registry said earlier about the newest version of a build. It reads one small file and
/// asks nobody.
#[must_use]
pub fn remembered_latest(registry: &Registry, store: &Store, build: &Build) -> Option<Remembered> {
    read_json(&memory(registry, store, build))
}

/// Finds the newest version of a build: what the dist-tag `latest` of its own package says, since
/// the packages of one version are published at different times.
///
/// The answer is remembered. If the registry cannot be asked, the remembered version does if it has
/// been downloaded, else the newest that has, else the remembered one all the same: an image of it
/// may be there.
///
/// # Errors
///
/// See [`LatestError`].
pub async fn resolve_latest(
    registry: &Registry,
    store: &Store,
    build: &Build,
    now: Timestamp,
    freshness: Freshness,
) -> Result<LatestVersion, LatestError> {
    let remembered = remembered_latest(registry, store, build);
    if freshness == Freshness::MayUseRemembered
        && let Some(Remembered { version, since }) = remembered
            .clone()
            .filter(|remembered| remembered.is_fresh(now))
    {
        let how = How::Remembered { since };
        return Ok(LatestVersion { version, how });
    }
    let package = build.package_name();
    let text = match registry.latest(&package).await {
        Ok(text) => text,
        Err(cause) if cause.is_network() => return offline(store, build, remembered, cause),
        Err(error) => return Err(error.into()),
    };
    let version: OpencodeVersion = text.parse().map_err(|source| LatestError::Unusable {
        package,
        registry: registry.address(),
        source,
    })?;
    let answer = Remembered {
        version: version.clone(),
        since: now,
    };
    // Without it, the next start asks again, and nothing else.
    let _ = write_json(&memory(registry, store, build), &answer);
    let how = How::Asked;
    Ok(LatestVersion { version, how })
}

fn offline(
    store: &Store,
    build: &Build,
    remembered: Option<Remembered>,
    cause: RegistryError,
) -> Result<LatestVersion, LatestError> {
    let downloaded = store.cached_versions(build);
    let newest = downloaded.first().cloned();
    let (version, since) = match (remembered, newest) {
        (Some(Remembered { version, since }), newest)
            if newest.is_none() || downloaded.contains(&version) =>
        {
            (version, Some(since))
        }
        (_, Some(newest)) => (newest, None),
        (_, None) => return Err(cause.into()),
    };
    let how = How::Offline { cause, since };
    Ok(LatestVersion { version, how })
}

/// Each registry has a memory of its own.
fn memory(registry: &Registry, store: &Store, build: &Build) -> Utf8PathBuf {
    let registry = hex::encode(&Sha256::digest(registry.address())[..8]);
    store
        .latest_directory()
        .join(registry)
        .join(format!("{build}.json"))
}
