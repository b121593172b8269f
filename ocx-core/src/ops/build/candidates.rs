//! Which opencode goes into an image.

use crate::ops::{BuildError, Latest, Ocx};
use crate::{
    base::{BasePlan, BaseProbe},
    image::OpencodeVersion,
    opencode::{Build, CachedBinary, Freshness, LatestVersion, candidates, resolve_latest},
    report::Notice,
    settings::VersionRequest,
};

/// The opencode that goes into an image: its version, and the builds of it that may run there.
pub(in crate::ops) struct Choice {
    pub(in crate::ops) version: OpencodeVersion,
    pub(in crate::ops) source: Source,
    /// SHA-256 of a local binary, which may change without its version changing.
    pub(in crate::ops) local_sha256: Option<String>,
}

/// Where the binary comes from.
pub(in crate::ops) enum Source {
    /// The registry: builds in the order in which they are tried.
    Registry(Vec<Build>),
    /// A binary of the user's.
    Local(Box<CachedBinary>),
}

impl Ocx {
    pub(in crate::ops) async fn choose_opencode(
        &self,
        base: &BasePlan,
        probe: &BaseProbe,
        latest: Latest,
    ) -> Result<Choice, BuildError> {
        if let Some(path) = &self.settings.opencode_binary {
            let exact = match &self.settings.opencode_version {
                VersionRequest::Exact(version) => Some(version),
                VersionRequest::Latest => None,
            };
            let binary = self.store.local_binary(path, probe.arch, exact).await?;
            return Ok(Choice {
                version: binary.version.clone(),
                local_sha256: Some(binary.sha256.clone()),
                source: Source::Local(Box::new(binary)),
            });
        }
        let builds = candidates(probe.arch, probe.libc, self.host.cpu.avx2);
        let version = match &self.settings.opencode_version {
            VersionRequest::Exact(version) => version.clone(),
            VersionRequest::Latest => match self.kept_version(base, &builds, latest) {
                Some(version) => version,
                None => {
                    self.latest(&builds[0], Freshness::MayUseRemembered)
                        .await?
                        .version
                }
            },
        };
        Ok(Choice {
            version,
            source: Source::Registry(builds),
            local_sha256: None,
        })
    }

    /// The version that this base has had so far, if it can be had again without a download.
    fn kept_version(
        &self,
        base: &BasePlan,
        builds: &[Build],
        latest: Latest,
    ) -> Option<OpencodeVersion> {
        if latest == Latest::Newest {
            return None;
        }
        self.followed_version(base).filter(|version| {
            builds
                .iter()
                .any(|build| self.store.cached(&self.registry, build, version).is_some())
        })
    }

    /// The newest version of a build, and a word to the user if that is only a guess.
    pub(in crate::ops) async fn latest(
        &self,
        build: &Build,
        freshness: Freshness,
    ) -> Result<LatestVersion, BuildError> {
        let latest = resolve_latest(
            &self.registry,
            &self.store,
            build,
            jiff::Timestamp::now(),
            freshness,
        )
        .await?;
        if let Some(reason) = latest.offline_reason() {
            self.notice(&Notice::LatestUnknown {
                used: latest.version.clone(),
                reason: reason.clone(),
            });
        }
        Ok(latest)
    }
}
