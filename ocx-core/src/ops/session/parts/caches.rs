//! Caches that the sessions of all projects share.

use async_trait::async_trait;
use camino::Utf8Path;

use super::{Begun, Opening, Part};
use crate::{
    base::BaseProbe,
    disk::make_private_dir,
    layout,
    ops::{Ocx, SessionError},
    session::plan::{Causes, Contribution, PlanCause},
    settings::{CachePath, ExtraMount},
    slug::place_name,
    spec::{Access, Mount},
    state::HomeParentError,
};

/// Makes and mounts them.
pub(super) struct Caches;

#[async_trait]
impl Part for Caches {
    fn purpose(&self) -> &'static str {
        "caches that your sessions share"
    }

    async fn begin(&self, opening: &Opening<'_>) -> Result<Begun, SessionError> {
        let mut mounts = Vec::new();
        for cache in opening.caches {
            make_private_dir(&cache.source).map_err(HomeParentError::from)?;
            mounts.push(Mount::bind(&cache.source, &cache.target, cache.access));
        }
        let contribution = Contribution {
            causes: Causes::of_mounts(&mounts, &[PlanCause::Setting("cache_paths")]),
            mounts,
            ..Contribution::default()
        };
        Ok(contribution.into())
    }
}

impl Ocx {
    /// Where the shared caches are, and where sessions on this base have them. Those of another C library are
    /// others: wheels that were compiled for one are called as for the other. What is mounted by
    /// `extra_mounts` stays as it is. Touches nothing.
    ///
    /// All of them lie beside each other in one directory that no session sees: with one in another, a link that
    /// a session left would be followed.
    pub(in crate::ops::session) fn shared_caches(&self, base: &BaseProbe) -> Vec<ExtraMount> {
        let directory = self.host.dirs.cache.join("shared").join(base.libc.as_str());
        let is_mounted = |target: &Utf8Path| {
            let mut mounts = self.settings.extra_mounts.iter();
            mounts.any(|mount| target.starts_with(&mount.target))
        };
        CachePath::directories(&self.settings.cache_paths)
            .into_iter()
            .map(|path| ExtraMount {
                source: directory.join(place_name(path.as_str())),
                target: Utf8Path::new(layout::HOME).join(path),
                access: Access::ReadWrite,
            })
            .filter(|cache| !is_mounted(&cache.target))
            .collect()
    }
}
