//! The opencode binary: which build, from where, and the cache of downloads.
//!
//! - `candidates` lists the builds that may run in a base, the best first.
//! - `resolve_latest` finds the newest version of a build, also without a network.
//! - [`Store`] fetches a build from a [`Registry`], checks and unpacks it, and keeps it.
//!
//! Nothing that was downloaded is ever run here.

mod integrity;
mod latest;
mod package;
mod registry;
mod store;
#[cfg(test)]
mod testing;

pub use integrity::{Integrity, IntegrityError};
pub use latest::{Freshness, How, LatestError, LatestVersion, Remembered};
pub(crate) use latest::{remembered_latest, resolve_latest};
pub(crate) use package::candidates;
pub use package::{Build, Libc, PinnedPackage, Variant, ripgrep};
pub use registry::{
    HttpOptions, Malformed, Manifest, Pace, ProxyUse, Registry, RegistryError, TransportError,
    VersionQuery,
};
pub(crate) use store::is_made_up;
pub use store::{
    ArchiveProblem, BinaryOrigin, CacheError, CachedBinary, CachedTool, FetchError, LOCAL_PACKAGE,
    LocalBinaryError, Store,
};
