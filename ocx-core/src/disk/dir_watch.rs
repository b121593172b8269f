//! inotify on directories.

use std::{
    collections::BTreeMap,
    ffi::OsString,
    io,
    mem::MaybeUninit,
    os::{fd::OwnedFd, unix::ffi::OsStringExt},
    path::Path,
};

use rustix::{
    fs::inotify::{self, CreateFlags, ReadFlags, WatchFlags},
    io::Errno,
};
use tokio::io::unix::AsyncFd;

/// Whoever writes without a pause must not keep others from looking at what has happened.
const MOST_AT_ONCE: usize = 1000;

/// Something that happened in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DirEvent<K> {
    /// The key of the directory; `None` for one that is not watched any more, or if the kernel has
    /// lost some events.
    pub(crate) key: Option<K>,
    /// The entry's name, if it is about one.
    pub(crate) name: Option<OsString>,
    /// Whether the watch on the directory has ended, since the directory is gone.
    pub(crate) is_end: bool,
}

/// Tells of changes in directories, each of which has a key of the caller's.
#[derive(Debug)]
pub(crate) struct DirWatch<K> {
    /// `None` where the user has no more instances.
    inotify: Option<AsyncFd<OwnedFd>>,
    keys: BTreeMap<i32, K>,
    most: usize,
}

impl<K: Clone> DirWatch<K> {
    /// For at most this many directories.
    #[expect(
        deprecated,
        reason = "the call that replaces it is unsafe, for types that change their descriptor; this one does not"
    )]
    pub(crate) fn new(most: usize) -> Self {
        let inotify = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)
            .map_err(io::Error::from)
            .and_then(AsyncFd::new)
            .ok();
        Self {
            inotify,
            keys: BTreeMap::new(),
            most,
        }
    }

    /// Watches a directory. Says whether it is watched: the user may have no more watches, or it is
    /// none.
    pub(crate) fn add(&mut self, directory: &Path, key: K) -> bool {
        let Some(inotify) = &self.inotify else {
            return false;
        };
        if self.keys.len() >= self.most {
            return false;
        }
        let flags = WatchFlags::CREATE
            | WatchFlags::MOVED_TO
            | WatchFlags::MOVED_FROM
            | WatchFlags::DELETE
            | WatchFlags::MODIFY
            | WatchFlags::ATTRIB
            | WatchFlags::ONLYDIR
            | WatchFlags::EXCL_UNLINK;
        match inotify::add_watch(inotify.get_ref(), directory, flags) {
            Ok(watch) => {
                self.keys.insert(watch, key);
                true
            }
            Err(_) => false,
        }
    }

    /// Waits for changes; for ever if nothing can be watched. Can be dropped at any time.
    pub(crate) async fn changed(&mut self) -> Vec<DirEvent<K>> {
        let Some(inotify) = &self.inotify else {
            return std::future::pending().await;
        };
        loop {
            let Ok(mut ready) = inotify.readable().await else {
                return std::future::pending().await;
            };
            let events = read(inotify.get_ref(), &mut self.keys);
            if !events.is_empty() {
                return events;
            }
            ready.clear_ready();
        }
    }
}

/// Reads what there is to read.
fn read<K: Clone>(inotify: &OwnedFd, keys: &mut BTreeMap<i32, K>) -> Vec<DirEvent<K>> {
    let mut buffer = [MaybeUninit::uninit(); 8192];
    let mut reader = inotify::Reader::new(inotify, &mut buffer);
    let mut events = Vec::new();
    while events.len() < MOST_AT_ONCE {
        match reader.next() {
            Ok(event) => {
                let is_end = event.events().contains(ReadFlags::IGNORED);
                let key = if is_end {
                    keys.remove(&event.wd())
                } else {
                    keys.get(&event.wd()).cloned()
                };
                let name = event.file_name();
                events.push(DirEvent {
                    key,
                    name: name.map(|name| OsString::from_vec(name.to_bytes().to_vec())),
                    is_end,
                });
            }
            Err(Errno::INTR) => {}
            Err(_) => break,
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[tokio::test]
    async fn what_happens_in_a_directory_is_told_with_its_key() {
        let top = tempfile::tempdir().unwrap();
        let inner = top.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let mut watch = DirWatch::new(2);
        assert!(watch.add(top.path(), "top") && watch.add(&inner, "inner"));
        assert!(!watch.add(&inner, "more than are allowed"));
        fs::write(inner.join("a"), "").unwrap();
        let events = watch.changed().await;
        assert!(events.iter().all(|event| event.key == Some("inner")));
        assert_eq!(events[0].name.as_deref(), Some("a".as_ref()));
        fs::remove_dir_all(&inner).unwrap();
        let mut all = Vec::new();
        while !all
            .iter()
            .any(|event: &DirEvent<&str>| event.key == Some("top"))
        {
            all.extend(watch.changed().await);
        }
        assert!(
            all.iter()
                .any(|event| event.key == Some("inner") && event.is_end)
        );
        // The place is free for another.
        assert!(watch.add(top.path(), "again"));
    }

    #[test]
    fn what_is_no_directory_is_not_watched() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _entered = runtime.enter();
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut watch = DirWatch::new(2);
        assert!(!watch.add(file.path(), ()));
    }
}
