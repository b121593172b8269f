//! Downloading a program into the store.

use std::{
    fs::{self, File},
    io::{self, Seek, SeekFrom},
};

use tokio::io::AsyncWriteExt;
use url::Url;

use super::{
    ArchiveProblem, BinaryOrigin, CacheError, FetchError, Store,
    blocking::{self, Stop},
    entry::Entry,
    lock::{self, Lock},
    record::{Record, write_json},
    unpack::{LARGEST, UnpackError, Unpacked, unpack},
};
use crate::{
    opencode::{Integrity, Registry, RegistryError, VersionQuery, integrity::Checker},
    report::{EventKind, Reporter},
};

/// A program to be had.
pub(super) struct Wanted<'a> {
    pub(super) package: &'a str,
    pub(super) version: &'a str,
    /// Path of the program in the tarball.
    pub(super) member: &'static str,
    /// The tarball's checksum, if it is known without asking.
    pub(super) pinned: Option<Integrity>,
}

impl Wanted<'_> {
    fn title(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    /// Whether a program that is there is the one that is wanted from this registry, as far as that is
    /// known without asking.
    fn is(&self, record: &Record, registry: &Registry) -> bool {
        match &self.pinned {
            Some(pinned) => record.integrity == pinned.to_string(),
            None => record.registries.contains(registry.key()),
        }
    }

    fn archive_error(&self, source: ArchiveProblem) -> FetchError {
        FetchError::Archive {
            package: self.package.to_owned(),
            version: self.version.to_owned(),
            source,
        }
    }
}

/// Where a tarball is and how to tell that it is the right one.
struct Tarball {
    url: Url,
    integrity: Integrity,
}

impl Store {
    /// The program of `entry`, downloaded if it is not there or not what it was.
    pub(super) async fn obtain(
        &self,
        entry: &Entry,
        wanted: &Wanted<'_>,
        registry: &Registry,
        reporter: &dyn Reporter,
    ) -> Result<(Record, BinaryOrigin), FetchError> {
        // Without the lock first, so that a cache that cannot be written to is still of use.
        let there = entry.clone();
        let known = blocking::run(move |stop| there.verified_record(stop)).await;
        if let Some(record) = known.filter(|record| wanted.is(record, registry)) {
            return Ok((record, BinaryOrigin::Cached));
        }
        // A version that does not exist must not leave a directory behind.
        let located = if entry.directory().exists() {
            None
        } else {
            Some(locate(wanted, registry).await?)
        };
        let lock = Lock::wait(entry.directory(), &wanted.title(), reporter).await?;
        let there = entry.clone();
        let directories = self.entry_directories();
        let (lock, adopted) = blocking::run(move |stop| {
            // Another process may have brought it meanwhile.
            let adopted = there.adopt(stop);
            lock::sweep(directories.iter().map(AsRef::as_ref));
            (lock, adopted)
        })
        .await;
        if let Some(record) = &adopted
            && wanted.is(record, registry)
        {
            return Ok((record.clone(), BinaryOrigin::Cached));
        }
        let tarball = match located {
            Some(tarball) => tarball,
            None => locate(wanted, registry).await?,
        };
        if let Some(mut record) = adopted
            && record.integrity == tarball.integrity.to_string()
        {
            entry.vouch(&mut record, registry.key());
            return Ok((record, BinaryOrigin::Cached));
        }
        let (file, integrity) = fetch(entry, wanted, tarball, registry, reporter).await?;
        let there = entry.clone();
        let (package, version) = (wanted.package.to_owned(), wanted.version.to_owned());
        let member = wanted.member;
        let registries = [registry.key().to_owned()].into();
        let installed = blocking::run(move |stop| {
            let installed = install(&there, file, member, stop, |unpacked| Record {
                package,
                version,
                integrity: integrity.to_string(),
                registries,
                sha256: unpacked.sha256,
                stamp: unpacked.stamp,
            });
            drop(lock);
            installed
        })
        .await;
        match installed {
            Ok(record) => Ok((record, BinaryOrigin::Downloaded)),
            Err(UnpackError::Archive(problem)) => Err(wanted.archive_error(problem)),
            Err(UnpackError::Cache(error)) => Err(error.into()),
        }
    }
}

/// Finds out where the tarball is.
async fn locate(wanted: &Wanted<'_>, registry: &Registry) -> Result<Tarball, RegistryError> {
    match &wanted.pinned {
        Some(integrity) => Ok(Tarball {
            url: registry.usual_tarball_url(wanted.package, wanted.version),
            integrity: integrity.clone(),
        }),
        None => ask(wanted, registry).await,
    }
}

async fn ask(wanted: &Wanted<'_>, registry: &Registry) -> Result<Tarball, RegistryError> {
    let manifest = registry
        .manifest(wanted.package, VersionQuery::Exact(wanted.version))
        .await?;
    Ok(Tarball {
        url: manifest.tarball,
        integrity: wanted.pinned.clone().unwrap_or(manifest.integrity),
    })
}

/// Downloads the tarball and checks it.
async fn fetch(
    entry: &Entry,
    wanted: &Wanted<'_>,
    mut tarball: Tarball,
    registry: &Registry,
    reporter: &dyn Reporter,
) -> Result<(File, Integrity), FetchError> {
    let mut result = download(entry, wanted, &tarball, registry, reporter).await;
    // A mirror may keep its tarballs elsewhere than where they usually are.
    if wanted.pinned.is_some() && result.as_ref().is_err_and(FetchError::is_not_published) {
        tarball = ask(wanted, registry).await?;
        result = download(entry, wanted, &tarball, registry, reporter).await;
    }
    Ok((result?, tarball.integrity))
}

/// Downloads, from the start again where the connection breaks.
async fn download(
    entry: &Entry,
    wanted: &Wanted<'_>,
    tarball: &Tarball,
    registry: &Registry,
    reporter: &dyn Reporter,
) -> Result<File, FetchError> {
    let mut pauses = registry.retry_pauses().iter();
    loop {
        match download_once(entry, wanted, tarball, registry, reporter).await {
            Err(FetchError::Registry(error)) if error.is_transient() => match pauses.next() {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return Err(error.into()),
            },
            result => return result,
        }
    }
}

async fn download_once(
    entry: &Entry,
    wanted: &Wanted<'_>,
    tarball: &Tarball,
    registry: &Registry,
    reporter: &dyn Reporter,
) -> Result<File, FetchError> {
    let failed = |source: io::Error| CacheError::new("write to", entry.directory(), source);
    let mut download = registry.download(&tarball.url).await?;
    let too_large = || wanted.archive_error(ArchiveProblem::TooLarge { limit: LARGEST });
    if download.total().is_some_and(|total| total > LARGEST) {
        return Err(too_large());
    }
    let _progress = Progress::start(reporter, &wanted.title(), download.total());
    // A file without a name: it vanishes with the process, and no late write of a download that was
    // given up can reach the file of the next.
    let file = tempfile::tempfile_in(entry.directory()).map_err(failed)?;
    let mut file = tokio::fs::File::from_std(file);
    let mut checker = Checker::new(tarball.integrity.clone());
    let mut received = 0;
    while let Some(chunk) = download.chunk().await? {
        let chunk = chunk.as_ref();
        received += chunk.len() as u64;
        if received > LARGEST {
            return Err(too_large());
        }
        checker.input(chunk);
        file.write_all(chunk).await.map_err(failed)?;
        reporter.report(EventKind::DownloadProgress { received }.into());
    }
    file.flush().await.map_err(failed)?;
    let mut file = file.into_std().await;
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    match checker.finish() {
        Ok(()) => Ok(file),
        Err(actual) => Err(FetchError::Checksum {
            package: wanted.package.to_owned(),
            version: wanted.version.to_owned(),
            url: crate::opencode::registry::shown(&tarball.url),
            expected: tarball.integrity.clone(),
            actual,
        }),
    }
}

/// Puts the program of a checked tarball and its record in place. To be called under the lock.
fn install(
    entry: &Entry,
    tarball: File,
    member: &'static str,
    stop: &Stop,
    describe: impl FnOnce(Unpacked) -> Record,
) -> Result<Record, UnpackError> {
    let (part, program) = (entry.part(), entry.program());
    entry
        .remove_parts()
        .map_err(|source| CacheError::new("clean up", entry.directory(), source))?;
    let unpacked = unpack(tarball, member, &part, stop).inspect_err(|_| {
        // The error that led here is the one worth telling.
        let _ = fs::remove_file(&part);
    })?;
    fs::rename(&part, &program).map_err(|source| CacheError::new("replace", &program, source))?;
    let record = describe(unpacked);
    let path = entry.record_path();
    write_json(&path, &record).map_err(|source| CacheError::new("write", &path, source))?;
    Ok(record)
}

/// Tells the end of a download, however it comes.
struct Progress<'a>(&'a dyn Reporter);

impl<'a> Progress<'a> {
    fn start(reporter: &'a dyn Reporter, title: &str, total: Option<u64>) -> Self {
        reporter.report(EventKind::DownloadStarted { title, total }.into());
        Self(reporter)
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        self.0.report(EventKind::DownloadFinished.into());
    }
}
