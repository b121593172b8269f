//! Other names of the same file.
//!
//! A cover hides a name, and a file may have several. How many is known, so nothing is walked unless a
//! hidden file has more names than one.

use std::{
    collections::{HashMap, HashSet},
    fs::Metadata,
    os::unix::fs::{DirEntryExt, MetadataExt},
    path::{Path, PathBuf},
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{HiddenError, Views, search::Items, walk::MOST_FILES};

/// A file with several names: its device and number.
type Inode = (u64, u64);

fn inode(metadata: &Metadata) -> Inode {
    (metadata.dev(), metadata.ino())
}

/// Adds the other names of all that is hidden, wherever a session sees them.
pub(super) fn add(items: &mut Items, views: &Views, root: &Utf8Path) -> Result<(), HiddenError> {
    let mut walk = Walk {
        root,
        count: 0,
        missing: HashMap::new(),
    };
    let hidden: HashSet<PathBuf> = items.keys().map(|path| path.clone().into()).collect();
    for (path, metadata) in items.iter() {
        // Each name is met once.
        let mut above = path.ancestors().skip(1);
        if above.any(|directory| items.contains_key(directory)) {
            continue;
        }
        if metadata.is_dir() {
            walk.tree(path.as_std_path(), &HashSet::new(), &mut |walk, path, _| {
                if let Ok(metadata) = path.symlink_metadata() {
                    walk.meet(&metadata);
                }
            })?;
        } else {
            walk.meet(metadata);
        }
    }
    walk.missing.retain(|_, missing| *missing > 0);
    if walk.missing.is_empty() {
        return Ok(());
    }
    let numbers: HashSet<u64> = walk.missing.keys().map(|(_, number)| *number).collect();
    let mut sources: Vec<&Utf8Path> = views.sources().collect();
    sources.sort();
    // What lies in another is walked with it.
    let all = sources.clone();
    sources.retain(|source| {
        !all.iter()
            .any(|other| source != other && source.starts_with(other))
    });
    sources.dedup();
    let mut found: Vec<PathBuf> = Vec::new();
    for source in sources {
        walk.tree(source.as_std_path(), &hidden, &mut |walk, path, number| {
            if !numbers.contains(&number) {
                return;
            }
            let Ok(metadata) = path.symlink_metadata() else {
                return;
            };
            if let Some(missing) = walk.missing.get_mut(&inode(&metadata)) {
                *missing = missing.saturating_sub(1);
                found.push(path.to_owned());
            }
        })?;
    }
    for path in found {
        let metadata = path.symlink_metadata();
        match (Utf8PathBuf::from_path_buf(path), metadata) {
            (Ok(path), Ok(metadata)) => {
                items.insert(path, metadata);
            }
            (Err(path), Ok(_)) => {
                return Err(HiddenError::Name {
                    path: path.to_string_lossy().into_owned(),
                });
            }
            (_, Err(_)) => {}
        }
    }
    Ok(())
}

struct Walk<'a> {
    root: &'a Utf8Path,
    count: usize,
    /// How many names of a hidden file are not known.
    missing: HashMap<Inode, u64>,
}

impl Walk<'_> {
    /// Meets one of the names of a hidden file.
    fn meet(&mut self, metadata: &Metadata) {
        if metadata.is_file() && metadata.nlink() > 1 {
            let missing = self.missing.entry(inode(metadata));
            let missing = missing.or_insert_with(|| metadata.nlink());
            *missing = missing.saturating_sub(1);
        }
    }

    /// Walks a directory without what is in `except`, also a file alone. `look` gets each file's path
    /// and number.
    fn tree(
        &mut self,
        top: &Path,
        except: &HashSet<PathBuf>,
        look: &mut dyn FnMut(&mut Self, &Path, u64),
    ) -> Result<(), HiddenError> {
        if let Ok(metadata) = top.symlink_metadata()
            && metadata.is_file()
        {
            if !except.contains(top) {
                look(self, top, metadata.ino());
            }
            return Ok(());
        }
        let mut queue = vec![top.to_owned()];
        while let Some(directory) = queue.pop() {
            // One that vanished, or that its owner may not read: nor may the session.
            let Ok(entries) = std::fs::read_dir(&directory) else {
                continue;
            };
            for entry in entries.flatten() {
                self.count += 1;
                if self.count > MOST_FILES {
                    return Err(HiddenError::TooManyFiles {
                        root: self.root.to_owned(),
                        most: MOST_FILES,
                    });
                }
                let path = entry.path();
                let Ok(kind) = entry.file_type() else {
                    continue;
                };
                if except.contains(&path) {
                    continue;
                }
                if kind.is_dir() {
                    queue.push(path);
                } else if kind.is_file() {
                    look(self, &path, entry.ino());
                }
            }
        }
        Ok(())
    }
}
