//! The private copy of opencode's configuration, refreshed from the host when a session starts.
//!
//! opencode writes to its configuration directory and crashes where it cannot, but what an agent
//! writes there must not change what opencode does on the host: plugins in it are programs. So each
//! project has a copy, and nothing flows back.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;
use sha2::{Digest, Sha256};

use super::{
    manifest::{Copied, Manifest, Stamp},
    redaction::Redaction,
    seed::{Seeding, is_worth_seeding},
    walk::{HostFile, HostWalk, MAX_FILE_BYTES, reason_for},
};
use crate::disk::{CopyDir, PrivateDirError, Staging, make_private_dir, open_lock_file};

pub(crate) use super::walk::{SkipReason, SyncNote};

/// Brings `copy` up to date with `host_config_dir`, the host's `~/.config/opencode`.
///
/// - Symbolic links on the host are followed, wherever they lead.
/// - The host's version of a file wins if its content changed since the last sync, or if the copy
///   has no regular file there any more. What the agent changed otherwise stays, as do files that
///   the host never had.
/// - What the host deleted since is deleted. What it has but cannot be read is left alone.
/// - `node_modules` is copied once, where the copy has none.
/// - What `redaction` leaves out is in no file of it but in those of `node_modules`.
///
/// Nothing is written outside the copy and its companions beside it (`<copy>.manifest.json`,
/// `<copy>.lock`, `<copy>.staging`), whatever links are in the copy. Running sessions see each file
/// change at once. Syncs of one copy wait for each other.
///
/// # Errors
///
/// If the copy or its companions cannot be read or written. Trouble with single files is a note in
/// the report.
pub(crate) fn sync_config(
    host_config_dir: &Utf8Path,
    copy: &Utf8Path,
    redaction: &Redaction,
) -> Result<SyncReport, ConfigCopyError> {
    make_private_dir(copy)?;
    let lock_path = beside(copy, "lock");
    let lock = open_lock_file(&lock_path).map_err(io_error(&lock_path))?;
    lock.lock().map_err(io_error(&lock_path))?;

    let manifest_path = beside(copy, "manifest.json");
    let old_manifest = Manifest::read(&manifest_path);
    let staging_path = beside(copy, "staging");
    let mut walk = HostWalk::new(host_config_dir);
    let mut sync = Sync {
        directory: CopyDir::open(copy).map_err(io_error(copy))?,
        staging: Staging::new(staging_path.clone()).map_err(io_error(&staging_path))?,
        manifest: old_manifest.clone(),
        is_redacted_alike: old_manifest.redaction == redaction.fingerprint(),
        redaction,
        report: SyncReport::default(),
    };
    sync.manifest.redaction = redaction.fingerprint();
    // First, so that a file can take the place of a directory.
    sync.delete_what_the_host_deleted(&walk)
        .map_err(io_error(copy))?;
    for file in &walk.files {
        sync.copy_file(file)
            .map_err(io_error(&copy.join(&file.relative)))?;
    }
    for (relative, path) in &walk.node_modules {
        sync.seed(relative, path)
            .map_err(io_error(&copy.join(relative)))?;
    }
    let Sync {
        manifest,
        mut report,
        ..
    } = sync;
    if manifest != old_manifest {
        manifest
            .write(&manifest_path)
            .map_err(io_error(&manifest_path))?;
    }
    report.notes.append(&mut walk.notes);
    report.notes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(report)
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SyncReport {
    /// Files written, because they are new or the host's version changed.
    pub written: usize,
    /// Files left as they are.
    pub unchanged: usize,
    /// Files deleted, because the host deleted them.
    pub deleted: usize,
    /// `node_modules` directories that were seeded, relative to the configuration directory.
    pub seeded: Vec<Utf8PathBuf>,
    /// What was not copied, and why, sorted by path.
    pub notes: Vec<SyncNote>,
}

/// Why the copy cannot be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum ConfigCopyError {
    /// Its directory is unusable.
    #[error("the copy of opencode's configuration is unusable")]
    Directory(#[from] PrivateDirError),
    /// Something in it or beside it cannot be read or written.
    #[error("cannot update `{path}`")]
    Io {
        /// The file or directory.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

fn io_error(path: &Utf8Path) -> impl FnOnce(io::Error) -> ConfigCopyError {
    move |source| ConfigCopyError::Io {
        path: path.to_owned(),
        source,
    }
}

/// A companion of the copy, which is not mounted.
fn beside(copy: &Utf8Path, suffix: &str) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{copy}.{suffix}"))
}

struct Sync<'a> {
    directory: CopyDir,
    staging: Staging,
    manifest: Manifest,
    redaction: &'a Redaction,
    /// Whether what was left out the last time is left out now, and nothing else.
    is_redacted_alike: bool,
    report: SyncReport,
}

impl Sync<'_> {
    fn delete_what_the_host_deleted(&mut self, walk: &HostWalk) -> io::Result<()> {
        let there: BTreeSet<&Utf8Path> = walk
            .files
            .iter()
            .map(|file| file.relative.as_path())
            .collect();
        let gone: Vec<Utf8PathBuf> = self
            .manifest
            .files
            .keys()
            .filter(|path| !there.contains(path.as_path()) && !walk.is_unknown(path))
            .cloned()
            .collect();
        for path in gone {
            match self.directory.remove_file(&path) {
                Ok(true) => self.report.deleted += 1,
                Ok(false) => {}
                Err(error) => {
                    self.unwritable(&path, error)?;
                    continue;
                }
            }
            self.manifest.files.remove(&path);
        }
        Ok(())
    }

    fn copy_file(&mut self, file: &HostFile) -> io::Result<()> {
        let is_there = match self.directory.has_file(&file.relative) {
            Ok(is_there) => is_there,
            Err(error) => return self.unwritable(&file.relative, error),
        };
        let known = self.manifest.files.get(&file.relative);
        let may_be_same = is_there && self.is_redacted_alike;
        if may_be_same && known.is_some_and(|known| known.stamp == file.stamp) {
            self.report.unchanged += 1;
            return Ok(());
        }
        let read = read_host_file(&file.path).map_err(|error| reason_for(&error));
        let (content, stamp) = match read.and_then(|read| read.ok_or(SkipReason::TooLarge)) {
            Ok(read) => read,
            Err(reason) => {
                self.note(&file.relative, reason);
                return Ok(());
            }
        };
        let content = self.redaction.of(content);
        let sha256 = hex::encode(Sha256::digest(&content));
        let is_same = is_there
            && known.is_some_and(|known| {
                known.sha256 == sha256 && known.stamp.executable == stamp.executable
            });
        if is_same {
            self.report.unchanged += 1;
        } else {
            let staged = self.stage(&content, stamp)?;
            if let Err(error) = self.directory.put_file(&staged, &file.relative) {
                return self.unwritable(&file.relative, error);
            }
            self.report.written += 1;
        }
        let copied = Copied { stamp, sha256 };
        self.manifest.files.insert(file.relative.clone(), copied);
        Ok(())
    }

    fn stage(&mut self, content: &[u8], stamp: Stamp) -> io::Result<Utf8PathBuf> {
        let path = self.staging.path("file")?;
        let mode = if stamp.executable { 0o700 } else { 0o600 };
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        file.write_all(content)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        Ok(path)
    }

    fn seed(&mut self, relative: &Utf8Path, from: &Utf8PathBuf) -> io::Result<()> {
        match self.directory.file_type(relative) {
            Ok(None) => {}
            Ok(Some(_)) => return Ok(()),
            Err(error) => return self.unwritable(relative, error),
        }
        if !is_worth_seeding(from) {
            return Ok(());
        }
        let staged = self.staging.path("node_modules")?;
        let mut seeding = Seeding {
            relative,
            notes: &mut self.report.notes,
            entries: 0,
        };
        if seeding.copy_dir(from, &staged, Utf8Path::new(""))? {
            match self.directory.put_new_dir(&staged, relative) {
                Ok(true) => self.report.seeded.push(relative.to_owned()),
                Ok(false) => {}
                Err(error) => return self.unwritable(relative, error),
            }
        }
        // Nothing is left but after an incomplete copy.
        match fs::remove_dir_all(&staged) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn note(&mut self, relative: &Utf8Path, reason: SkipReason) {
        self.report.notes.push(SyncNote {
            path: relative.to_owned(),
            reason,
        });
    }

    /// Notes a directory that the agent closed; any other failure ends the sync.
    fn unwritable(&mut self, relative: &Utf8Path, error: io::Error) -> io::Result<()> {
        if error.kind() != io::ErrorKind::PermissionDenied {
            return Err(error);
        }
        self.note(relative, SkipReason::Unwritable(error.kind()));
        Ok(())
    }
}

/// The content and stamp of a file, or `None` if it has grown beyond the limit.
fn read_host_file(path: &Utf8Path) -> io::Result<Option<(Vec<u8>, Stamp)>> {
    let file = fs::OpenOptions::new()
        .read(true)
        // A FIFO that took the file's place must not make ocx wait.
        .custom_flags(OFlags::NONBLOCK.bits().cast_signed())
        .open(path)?;
    let stamp = Stamp::of(&file.metadata()?);
    let mut content = Vec::new();
    file.take(MAX_FILE_BYTES + 1).read_to_end(&mut content)?;
    Ok((content.len() as u64 <= MAX_FILE_BYTES).then_some((content, stamp)))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    /// A host configuration, a copy, and a place outside both with a file to protect.
    struct Fixture {
        _dir: tempfile::TempDir,
        host: Utf8PathBuf,
        copy: Utf8PathBuf,
        outside: Utf8PathBuf,
    }

    impl Fixture {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let root = Utf8PathBuf::from_path_buf(dir.path().canonicalize().unwrap()).unwrap();
            let fixture = Self {
                host: root.join("host"),
                copy: root.join("store/opencode-config"),
                outside: root.join("outside"),
                _dir: dir,
            };
            for directory in [&fixture.host, &fixture.outside] {
                fs::create_dir(directory).unwrap();
            }
            fs::write(fixture.outside.join("precious"), "untouched").unwrap();
            fixture
        }

        fn sync(&self) -> SyncReport {
            self.sync_without(&[])
        }

        fn sync_without(&self, texts: &[&str]) -> SyncReport {
            let redaction = Redaction::new(texts.iter().copied());
            let report = sync_config(&self.host, &self.copy, &redaction).unwrap();
            let mut left: Vec<_> = fs::read_dir(&self.outside)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            left.sort();
            assert_eq!(left, ["precious"], "written outside the copy");
            assert_eq!(
                fs::read(self.outside.join("precious")).unwrap(),
                b"untouched"
            );
            assert!(!beside(&self.copy, "staging").exists());
            report
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.host.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn copied(&self, path: &str) -> String {
            let path = self.copy.join(path);
            assert!(fs::symlink_metadata(&path).unwrap().is_file(), "{path}");
            fs::read_to_string(path).unwrap()
        }

        fn mode(&self, path: &str) -> u32 {
            fs::symlink_metadata(self.copy.join(path)).unwrap().mode() & 0o7777
        }
    }

    fn counts(report: &SyncReport) -> (usize, usize, usize) {
        (report.written, report.unchanged, report.deleted)
    }

    fn notes(report: &SyncReport) -> Vec<(&str, SkipReason)> {
        report
            .notes
            .iter()
            .map(|note| (note.path.as_str(), note.reason.clone()))
            .collect()
    }

    #[test]
    fn follows_the_host_and_keeps_the_agents_own() {
        let f = Fixture::new();
        f.write("opencode.json", "{}");
        f.write("agent/a.md", "a");
        f.write("agent/deep/b.md", "b");
        assert_eq!(counts(&f.sync()), (3, 0, 0));
        assert_eq!(counts(&f.sync()), (0, 3, 0));

        fs::write(f.copy.join("opencode.json"), "the agent's").unwrap();
        fs::write(f.copy.join("agent/extra.md"), "extra").unwrap();
        assert_eq!(counts(&f.sync()), (0, 3, 0));
        assert_eq!(f.copied("opencode.json"), "the agent's");

        f.write("opencode.json", "{\"model\": 1}");
        fs::remove_dir_all(f.host.join("agent")).unwrap();
        assert_eq!(counts(&f.sync()), (1, 0, 2));
        assert_eq!(f.copied("opencode.json"), "{\"model\": 1}");
        assert_eq!(f.copied("agent/extra.md"), "extra");
        assert!(!f.copy.join("agent/deep").exists());

        fs::remove_file(f.copy.join("opencode.json")).unwrap();
        assert_eq!(counts(&f.sync()), (1, 0, 0));
    }

    #[test]
    fn what_is_left_out_is_so_also_if_it_was_copied_before() {
        let f = Fixture::new();
        f.write("opencode.json", r#"{"apiKey": "sk-hunter2"}"#);
        f.write("other.md", "other");
        f.sync();
        assert_eq!(f.copied("opencode.json"), r#"{"apiKey": "sk-hunter2"}"#);
        fs::write(f.copy.join("other.md"), "the agent's").unwrap();
        let without = r#"{"apiKey": "kept-outside-by-ocx"}"#;
        assert_eq!(counts(&f.sync_without(&["sk-hunter2"])), (1, 1, 0));
        assert_eq!(f.copied("opencode.json"), without);
        assert_eq!(f.copied("other.md"), "the agent's");
        assert_eq!(counts(&f.sync_without(&["sk-hunter2"])), (0, 2, 0));
        // Nothing of it is in the manifest.
        let manifest = fs::read_to_string(beside(&f.copy, "manifest.json")).unwrap();
        assert!(!manifest.contains("hunter2"), "{manifest}");
        assert_eq!(counts(&f.sync()), (1, 1, 0));
        assert_eq!(f.copied("opencode.json"), r#"{"apiKey": "sk-hunter2"}"#);
    }

    #[test]
    fn a_touched_file_has_not_changed_and_one_of_equal_size_has() {
        let f = Fixture::new();
        f.write("a.json", "one");
        f.sync();
        fs::write(f.copy.join("a.json"), "the agent's").unwrap();
        f.write("a.json", "one");
        assert_eq!(counts(&f.sync()), (0, 1, 0));
        assert_eq!(f.copied("a.json"), "the agent's");

        // A new version in a store where all files have the same time.
        let time = fs::metadata(f.host.join("a.json"))
            .unwrap()
            .modified()
            .unwrap();
        f.write("new", "two");
        let file = fs::File::options()
            .write(true)
            .open(f.host.join("new"))
            .unwrap();
        file.set_modified(time).unwrap();
        fs::rename(f.host.join("new"), f.host.join("a.json")).unwrap();
        assert_eq!(counts(&f.sync()), (1, 0, 0));
        assert_eq!(f.copied("a.json"), "two");
    }

    #[test]
    fn modes_are_private_whatever_they_are_on_the_host() {
        let f = Fixture::new();
        f.write("dir/script", "#!/bin/sh");
        f.write("dir/text", "");
        for (path, mode) in [("dir/script", 0o777), ("dir/text", 0o666), ("dir", 0o777)] {
            fs::set_permissions(f.host.join(path), fs::Permissions::from_mode(mode)).unwrap();
        }
        f.sync();
        assert_eq!((f.mode(""), f.mode("dir")), (0o700, 0o700));
        assert_eq!((f.mode("dir/script"), f.mode("dir/text")), (0o700, 0o600));
        assert_eq!(
            fs::metadata(beside(&f.copy, "manifest.json"))
                .unwrap()
                .mode()
                & 0o7777,
            0o600
        );
        fs::set_permissions(f.host.join("dir/script"), fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(counts(&f.sync()), (1, 1, 0));
        assert_eq!(f.mode("dir/script"), 0o600);
    }

    #[test]
    fn links_on_the_host_are_followed() {
        let f = Fixture::new();
        f.write("real/a.md", "a");
        symlink(f.outside.join("precious"), f.host.join("linked.json")).unwrap();
        symlink("real", f.host.join("again")).unwrap();
        symlink("..", f.host.join("real/up")).unwrap();
        symlink("self", f.host.join("self")).unwrap();
        symlink("/nowhere", f.host.join("dangling")).unwrap();
        let report = f.sync();
        assert_eq!(f.copied("linked.json"), "untouched");
        assert_eq!(f.copied("again/a.md"), "a");
        assert_eq!(
            notes(&report),
            [
                ("again/up", SkipReason::LinkLoop),
                ("dangling", SkipReason::DanglingLink),
                ("real/up", SkipReason::LinkLoop),
                ("self", SkipReason::LinkLoop),
            ]
        );
    }

    #[test]
    fn what_cannot_be_copied_is_noted_and_its_old_copy_kept() {
        let f = Fixture::new();
        for name in ["fifo", "large", "unreadable", "gone"] {
            f.write(name, "old");
        }
        assert_eq!(counts(&f.sync()), (4, 0, 0));
        for name in ["fifo", "large", "unreadable", "gone"] {
            fs::remove_file(f.host.join(name)).unwrap();
        }
        rustix::fs::mknodat(
            rustix::fs::CWD,
            f.host.join("fifo").as_str(),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        let large = fs::File::create(f.host.join("large")).unwrap();
        large.set_len(MAX_FILE_BYTES + 1).unwrap();
        // Reading this fails also for root.
        symlink("/proc/self/mem", f.host.join("unreadable")).unwrap();
        fs::create_dir(f.host.join("closed")).unwrap();
        fs::set_permissions(f.host.join("closed"), fs::Permissions::from_mode(0o000)).unwrap();
        let report = f.sync();
        let found = notes(&report);
        assert!(found.contains(&("fifo", SkipReason::Special)));
        assert!(found.contains(&("large", SkipReason::TooLarge)));
        assert!(
            report.notes.iter().any(|note| note.path == "unreadable"
                && matches!(note.reason, SkipReason::Unreadable(_)))
        );
        assert_eq!(counts(&report), (0, 0, 1));
        for name in ["fifo", "large", "unreadable"] {
            assert_eq!(f.copied(name), "old");
        }
        fs::set_permissions(f.host.join("closed"), fs::Permissions::from_mode(0o700)).unwrap();
    }

    #[test]
    fn planted_links_are_replaced_by_the_real_thing() {
        let f = Fixture::new();
        f.write("precious", "from the host");
        f.write("a/b/precious", "deep");
        f.write("a/kept", "kept");
        f.sync();
        // At the file itself, unchanged on the host.
        fs::remove_file(f.copy.join("precious")).unwrap();
        symlink(f.outside.join("precious"), f.copy.join("precious")).unwrap();
        // At its directory, and at the one above.
        fs::remove_dir_all(f.copy.join("a/b")).unwrap();
        symlink(&f.outside, f.copy.join("a/b")).unwrap();
        f.sync();
        assert_eq!(f.copied("precious"), "from the host");
        assert_eq!(f.copied("a/b/precious"), "deep");
        fs::remove_dir_all(f.copy.join("a")).unwrap();
        fs::create_dir(f.host.join("x")).unwrap();
        symlink("../../outside", f.copy.join("a")).unwrap();
        f.write("a/b/precious", "deeper");
        f.sync();
        assert_eq!(f.copied("a/b/precious"), "deeper");
        assert!(fs::symlink_metadata(f.copy.join("a")).unwrap().is_dir());
    }

    #[test]
    fn deletions_do_not_follow_planted_links() {
        let f = Fixture::new();
        f.write("dir/precious", "x");
        f.sync();
        fs::remove_dir_all(f.copy.join("dir")).unwrap();
        symlink(&f.outside, f.copy.join("dir")).unwrap();
        fs::remove_dir_all(f.host.join("dir")).unwrap();
        assert_eq!(counts(&f.sync()), (0, 0, 0));
    }

    #[test]
    fn a_linked_top_directory_is_refused() {
        let f = Fixture::new();
        fs::create_dir_all(f.copy.parent().unwrap()).unwrap();
        symlink(&f.outside, &f.copy).unwrap();
        f.write("precious", "x");
        assert!(sync_config(&f.host, &f.copy, &Redaction::default()).is_err());
        assert_eq!(fs::read(f.outside.join("precious")).unwrap(), b"untouched");
    }

    #[test]
    fn a_file_becomes_a_directory_and_back() {
        let f = Fixture::new();
        f.write("x", "file");
        f.sync();
        fs::remove_file(f.host.join("x")).unwrap();
        f.write("x/y", "in a directory");
        f.sync();
        assert_eq!(f.copied("x/y"), "in a directory");
        symlink(&f.outside, f.copy.join("x/link")).unwrap();
        fs::remove_dir_all(f.host.join("x")).unwrap();
        f.write("x", "file again");
        f.sync();
        assert_eq!(f.copied("x"), "file again");
    }

    #[test]
    fn no_host_directory_leaves_only_the_agents_own() {
        let f = Fixture::new();
        f.write("opencode.json", "{}");
        f.sync();
        fs::write(f.copy.join("extra"), "").unwrap();
        fs::remove_dir_all(&f.host).unwrap();
        assert_eq!(counts(&f.sync()), (0, 0, 1));
        assert!(f.copy.join("extra").exists());
        assert_eq!(counts(&f.sync()), (0, 0, 0));
    }

    #[test]
    fn the_top_directory_keeps_its_inode_for_running_sessions() {
        let f = Fixture::new();
        f.write("a", "1");
        f.sync();
        let inode = fs::metadata(&f.copy).unwrap().ino();
        f.write("a", "22");
        f.sync();
        assert_eq!(fs::metadata(&f.copy).unwrap().ino(), inode);
    }

    #[test]
    fn node_modules_are_seeded_once_without_hard_links() {
        let f = Fixture::new();
        f.write("node_modules/p/index.js", "code");
        f.write("node_modules/p/cli", "#!/bin/sh");
        let cli = f.host.join("node_modules/p/cli");
        fs::set_permissions(&cli, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(f.host.join("node_modules/.bin")).unwrap();
        symlink("../p/cli", f.host.join("node_modules/.bin/cli")).unwrap();
        symlink(&f.outside, f.host.join("node_modules/linked")).unwrap();
        let report = f.sync();
        assert_eq!(report.seeded, ["node_modules"]);
        assert_eq!(
            notes(&report),
            [("node_modules/linked", SkipReason::OutsideLink)]
        );
        assert_eq!(f.copied("node_modules/p/index.js"), "code");
        assert_eq!(f.mode("node_modules/p/cli"), 0o700);
        assert_eq!(
            fs::read_link(f.copy.join("node_modules/.bin/cli")).unwrap(),
            std::path::Path::new("../p/cli")
        );
        assert_eq!(fs::metadata(&cli).unwrap().nlink(), 1);

        f.write("node_modules/p/index.js", "newer");
        let report = f.sync();
        assert_eq!((report.seeded.len(), report.notes.len()), (0, 0));
        assert_eq!(f.copied("node_modules/p/index.js"), "code");

        fs::remove_dir_all(f.copy.join("node_modules")).unwrap();
        symlink(&f.outside, f.copy.join("node_modules")).unwrap();
        assert_eq!(f.sync().seeded.len(), 0);
    }

    #[test]
    fn what_an_interrupted_sync_left_is_removed() {
        let f = Fixture::new();
        f.sync();
        let staging = beside(&f.copy, "staging");
        fs::create_dir_all(staging.join("node_modules/half")).unwrap();
        fs::write(beside(&f.copy, "manifest.json"), "{ half").unwrap();
        f.write("a", "1");
        assert_eq!(counts(&f.sync()), (1, 0, 0));
    }

    #[test]
    fn a_manifest_that_leads_elsewhere_is_not_acted_upon() {
        let f = Fixture::new();
        f.write("a", "1");
        f.sync();
        let path = beside(&f.copy, "manifest.json");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("\"a\"", "\"../../outside/precious\"")).unwrap();
        assert!(sync_config(&f.host, &f.copy, &Redaction::default()).is_err());
        assert!(f.outside.join("precious").exists());
    }

    #[test]
    fn syncs_at_the_same_time_wait_for_each_other() {
        let f = Fixture::new();
        for index in 0..20 {
            f.write(&format!("d{}/f{index}", index % 3), &"x".repeat(index));
        }
        let written: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        sync_config(&f.host, &f.copy, &Redaction::default())
                            .unwrap()
                            .written
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).sum()
        });
        assert_eq!(written, 20);
        assert_eq!(counts(&f.sync()), (0, 20, 0));
    }

    #[test]
    fn links_planted_while_a_sync_runs_lead_nowhere() {
        let f = Fixture::new();
        f.write("dir/precious", "0");
        f.sync();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    let _ = fs::rename(f.copy.join("dir"), f.copy.join("moved"));
                    let _ = symlink(&f.outside, f.copy.join("dir"));
                    std::thread::yield_now();
                    let _ = fs::remove_file(f.copy.join("dir"));
                    let _ = fs::remove_dir_all(f.copy.join("moved"));
                }
            });
            for index in 0..200 {
                f.write("dir/precious", &"x".repeat(index));
                // It may fail; it must not get out.
                let _ = sync_config(&f.host, &f.copy, &Redaction::default());
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        assert_eq!(fs::read(f.outside.join("precious")).unwrap(), b"untouched");
        assert_eq!(fs::read_dir(&f.outside).unwrap().count(), 1);
    }
}
