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
    pub(crate) fn offline_reason(&self) -> Option<String> {
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
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.since <= now && now.duration_since(self.since).unsigned_abs() < FRESH
    }
}

/// What the registry said earlier about the newest version of a build. It reads one small file and
/// asks nobody.
#[must_use]
pub(crate) fn remembered_latest(
    registry: &Registry,
    store: &Store,
    build: &Build,
) -> Option<Remembered> {
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
pub(crate) async fn resolve_latest(
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
        Err(cause) if cause.is_network() => {
            return offline(registry, store, build, remembered, cause);
        }
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
    registry: &Registry,
    store: &Store,
    build: &Build,
    remembered: Option<Remembered>,
    cause: RegistryError,
) -> Result<LatestVersion, LatestError> {
    let downloaded = store.cached_versions(registry, build);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        host::Arch,
        opencode::{
            Libc, candidates,
            testing::{
                FILE, Reply, Server, cache, document, json, nobody, not_found, sha512, tarball,
            },
        },
        report::Silent,
    };

    fn build() -> Build {
        candidates(Arch::X64, Libc::Musl, true)[0]
    }

    fn now() -> Timestamp {
        "2026-11-24T12:00:00Z".parse().unwrap()
    }

    fn hours(hours: i64) -> Timestamp {
        now() + jiff::SignedDuration::from_hours(hours)
    }

    /// A registry whose newest version is this, and that has any other, too.
    async fn server(newest: &'static str) -> Server {
        let bytes = tarball(&[("package/bin/opencode", FILE, "opencode")]);
        Server::start(move |path, base| {
            let version = match path.rsplit('/').next().unwrap() {
                "latest" => newest,
                version => version,
            };
            if path.ends_with(".tgz") {
                return Reply::from(bytes.clone());
            }
            json(&document(version, &format!("{base}a.tgz"), &sha512(&bytes)))
        })
        .await
    }

    /// The version and how it is known.
    async fn ask(
        registry: &Registry,
        store: &Store,
        now: Timestamp,
        freshness: Freshness,
    ) -> (String, How) {
        let latest = resolve_latest(registry, store, &build(), now, freshness).await;
        let latest = latest.unwrap();
        (latest.version.to_string(), latest.how)
    }

    #[tokio::test]
    async fn an_answer_counts_for_a_day() {
        let (_guard, cache) = cache();
        let (store, server) = (Store::new(cache), server("1.18.32").await);
        let registry = server.registry();
        assert_eq!(remembered_latest(&registry, &store, &build()), None);
        let may = Freshness::MayUseRemembered;
        let (version, how) = ask(&registry, &store, now(), may).await;
        assert!(version == "1.18.32" && matches!(how, How::Asked), "{how:?}");
        let since = now();
        assert_eq!(
            remembered_latest(&registry, &store, &build()),
            Some(Remembered {
                version: "1.18.32".parse().unwrap(),
                since
            })
        );
        let (version, how) = ask(&registry, &store, hours(23), may).await;
        assert_eq!(version, "1.18.32");
        assert!(matches!(how, How::Remembered { since } if since == now()));
        assert_eq!(server.requests_for("/opencode-linux-x64-musl/latest"), 1);
        for (later, freshness) in [
            (hours(23), Freshness::Ask),
            (hours(48), may),
            // The clock had been wrong.
            (hours(-1), may),
        ] {
            let (_, how) = ask(&registry, &store, later, freshness).await;
            assert!(matches!(how, How::Asked), "{how:?}");
        }
        assert_eq!(server.requests_for("/opencode-linux-x64-musl/latest"), 4);
    }

    #[tokio::test]
    async fn registries_have_memories_of_their_own() {
        let (_guard, cache) = cache();
        let store = Store::new(cache);
        let (one, two) = (server("1.18.32").await, server("1.18.33").await);
        let may = Freshness::MayUseRemembered;
        for (server, version) in [(&one, "1.18.32"), (&two, "1.18.33"), (&one, "1.18.32")] {
            assert_eq!(ask(&server.registry(), &store, now(), may).await.0, version);
        }
    }

    #[tokio::test]
    async fn offline_with_nothing_at_hand() {
        let (_guard, cache) = cache();
        let store = Store::new(cache);
        let latest = resolve_latest(&nobody(), &store, &build(), now(), Freshness::Ask).await;
        let error = latest.unwrap_err();
        assert!(error.is_network() && !error.is_not_published(), "{error:?}");
    }

    #[tokio::test]
    async fn offline_the_best_at_hand_is_used_and_said_to_be_that() {
        let (_guard, cache) = cache();
        let (store, server) = (Store::new(cache), server("1.18.33").await);
        let (registry, url) = (server.registry(), server.url.clone());
        ask(&registry, &store, now(), Freshness::Ask).await;
        let get = async |version: &str| {
            let version = version.parse().unwrap();
            let binary = store.opencode(&registry, &build(), &version, &Silent).await;
            binary.unwrap();
        };
        let offline = crate::opencode::testing::client(&url);
        let later = async || ask(&offline, &store, hours(48), Freshness::MayUseRemembered).await;

        get("1.18.30").await;
        get("1.18.31").await;
        get("1.18.34").await;
        get("1.18.33").await;
        drop(server);
        let (version, how) = later().await;
        assert_eq!(
            version, "1.18.33",
            "what the registry said, and it is there"
        );
        assert!(
            matches!(how, How::Offline { since: Some(_), .. }),
            "{how:?}"
        );

        let forget = |version: &str| {
            let version = version.parse().unwrap();
            std::fs::remove_file(store.cached(&offline, &build(), &version).unwrap().path).unwrap();
        };
        forget("1.18.33");
        let (version, how) = later().await;
        assert_eq!(version, "1.18.34", "the newest that is there");
        assert!(matches!(how, How::Offline { since: None, .. }), "{how:?}");

        for version in ["1.18.30", "1.18.31", "1.18.34"] {
            forget(version);
        }
        let (version, how) = later().await;
        assert_eq!(version, "1.18.33", "what the registry said");
        let latest = LatestVersion {
            version: version.parse().unwrap(),
            how,
        };
        let reason = latest.offline_reason().unwrap();
        assert!(
            reason.starts_with(&format!("could not reach {url}")),
            "{reason}"
        );
        assert!(reason.ends_with("(os error 111)"), "{reason}");
    }

    #[tokio::test]
    async fn a_package_that_is_not_there_is_no_matter_of_the_network() {
        let (_guard, cache) = cache();
        let (store, server) = (Store::new(cache), Server::start(|_, _| not_found()).await);
        let registry = server.registry();
        let latest = resolve_latest(&registry, &store, &build(), now(), Freshness::Ask).await;
        assert!(latest.unwrap_err().is_not_published());
    }

    #[tokio::test]
    async fn versions_that_are_refused_or_make_no_sense() {
        for newest in ["1.0.215", "next", "../../etc"] {
            let (_guard, cache) = cache();
            let (store, server) = (Store::new(cache), server(newest).await);
            let registry = server.registry();
            let latest = resolve_latest(&registry, &store, &build(), now(), Freshness::Ask).await;
            let error = latest.unwrap_err();
            assert!(matches!(error, LatestError::Unusable { .. }), "{error:?}");
            assert_eq!(remembered_latest(&registry, &store, &build()), None);
        }
    }

    #[tokio::test]
    async fn a_damaged_memory_is_forgotten() {
        let (_guard, cache) = cache();
        let (store, server) = (Store::new(cache), server("1.18.33").await);
        let registry = server.registry();
        let path = memory(&registry, &store, &build());
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{\"version\":\"1.0.2").unwrap();
        let may = Freshness::MayUseRemembered;
        let (_, how) = ask(&registry, &store, now(), may).await;
        assert!(matches!(how, How::Asked), "{how:?}");
    }
}
