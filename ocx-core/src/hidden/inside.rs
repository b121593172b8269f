//! Whether a session's container has its covers, as the kernel sees it.
//!
//! What an engine says of a container is no proof, and a program in it would have to be believed. But
//! the kernel shows each process's mounts and root directory (proc(5)), and the covers are mounts of
//! files that no other session has. So the session's processes are known by them, also where the engine
//! says nothing, and no engine call is needed.

use std::{
    collections::HashSet,
    fs, io,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Cover, CoverKind, Exposure, mount_table::MountTable};

/// How often new processes are looked at until one of the session's is among them.
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The covers of one session, as its processes should see them.
#[derive(Debug)]
pub(crate) struct Inside {
    empty_file: Empty,
    empty_directory: Empty,
    covers: Vec<(CoverKind, Utf8PathBuf)>,
    /// Processes that ran before.
    others: HashSet<u32>,
}

/// What covers.
#[derive(Debug)]
struct Empty {
    path: Utf8PathBuf,
    inode: (u64, u64),
}

/// What is known of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Seen {
    /// It is none of the session's, or its container is not complete yet.
    Nothing,
    /// It sees all covers.
    Covered,
    /// It sees something else.
    Bare(Utf8PathBuf),
}

impl Empty {
    fn new(path: Utf8PathBuf) -> io::Result<Self> {
        let metadata = path.symlink_metadata()?;
        Ok(Self {
            inode: (metadata.dev(), metadata.ino()),
            path,
        })
    }
}

impl Inside {
    /// For covers that are made of these two, which belong to the session alone. To be called before its
    /// container is made.
    ///
    /// # Errors
    ///
    /// If they are not there.
    pub(crate) fn new(
        covers: &[Cover],
        empty_file: Utf8PathBuf,
        empty_directory: Utf8PathBuf,
    ) -> io::Result<Self> {
        Ok(Self {
            empty_file: Empty::new(empty_file)?,
            empty_directory: Empty::new(empty_directory)?,
            covers: covers
                .iter()
                .map(|cover| (cover.kind, cover.target.clone()))
                .collect(),
            others: processes().collect(),
        })
    }

    /// Waits until a process of the session is seen. Returns what is not covered for it.
    pub(crate) async fn not_covered(&self) -> Option<Exposure> {
        loop {
            for process in processes().filter(|process| !self.others.contains(process)) {
                match self.look(process) {
                    Seen::Nothing => {}
                    Seen::Covered => return None,
                    Seen::Bare(path) => return Some(Exposure::NotCovered { path }),
                }
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    fn look(&self, process: u32) -> Seen {
        let Ok(mounts) = MountTable::of(process) else {
            return Seen::Nothing;
        };
        // Before the container's root is its own, its mounts are elsewhere.
        if !self.covers.iter().any(|cover| self.is_in(&mounts, cover)) {
            return Seen::Nothing;
        }
        let bare = self
            .covers
            .iter()
            .find(|cover| !self.is_seen(process, &mounts, cover));
        // One that has ended meanwhile sees nothing.
        if MountTable::of(process).is_ok_and(|mounts| !mounts.is_empty()) {
            bare.map_or(Seen::Covered, |(_, target)| Seen::Bare(target.clone()))
        } else {
            Seen::Nothing
        }
    }

    fn empty(&self, kind: CoverKind) -> &Empty {
        match kind {
            CoverKind::Directory => &self.empty_directory,
            CoverKind::File => &self.empty_file,
        }
    }

    /// Whether a process sees a cover at its place, or nothing at all.
    fn is_seen(&self, process: u32, mounts: &MountTable, cover: &(CoverKind, Utf8PathBuf)) -> bool {
        let (kind, target) = cover;
        let path = format!("/proc/{process}/root{target}");
        match fs::symlink_metadata(path) {
            Ok(metadata) => (metadata.dev(), metadata.ino()) == self.empty(*kind).inode,
            Err(error) if error.kind() == io::ErrorKind::NotFound => true,
            // Of another user's process only the table is shown.
            Err(_) => self.is_in(mounts, cover),
        }
    }

    /// Whether a cover is the last mount at its place.
    fn is_in(&self, mounts: &MountTable, (kind, target): &(CoverKind, Utf8PathBuf)) -> bool {
        let marker = marker(&self.empty(*kind).path);
        let on_top = mounts.on_top_at(target);
        on_top.is_some_and(|mount| mount.root.as_str().ends_with(&marker))
    }
}

/// What of a path stands in the table of mounts, whatever file system it lies in: its last components,
/// which name the session.
fn marker(path: &Utf8Path) -> String {
    let mut last: Vec<&str> = path
        .components()
        .rev()
        .take(3)
        .map(|it| it.as_str())
        .collect();
    last.reverse();
    format!("/{}", last.join("/"))
}

/// The IDs of all processes that are seen.
fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        str::from_utf8(entry.file_name().as_bytes())
            .ok()?
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cover_is_the_last_mount_at_its_place() {
        let directory = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(directory.path())
            .unwrap()
            .join("s.covers/files");
        fs::create_dir_all(top.join("empty-directory")).unwrap();
        fs::write(top.join("empty-file"), "").unwrap();
        let inside = Inside::new(&[], top.join("empty-file"), top.join("empty-directory")).unwrap();
        let table = |mounts: &[(&str, &str)]| {
            let line = |(root, at): &(&str, &str)| format!("2 1 8:1 {root} {at} ro - ext4 x rw\n");
            MountTable::read(mounts.iter().map(line).collect::<String>().as_bytes())
        };
        let file = (CoverKind::File, "/w/.env".into());
        let cover = ("/state/s.covers/files/empty-file", "/w/.env");
        assert!(inside.is_in(&table(&[("/w", "/w"), cover]), &file));
        for mounts in [
            &[][..],
            &[("/state/other.covers/files/empty-file", "/w/.env")],
            &[("/state/s.covers/files/empty-file", "/w/.env.local")],
            // Something lies over it.
            &[cover, ("/secret", "/w/.env")],
        ] {
            assert!(!inside.is_in(&table(mounts), &file), "{mounts:?}");
        }
        // This very process has other mounts.
        let own = MountTable::of_this_process().unwrap();
        assert!(!inside.is_in(&own, &(CoverKind::Directory, "/".into())));
    }
}
