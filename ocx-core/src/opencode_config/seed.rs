//! Gives the copy a `node_modules` of its own, once.
//!
//! opencode installs what its plugins need into the configuration directory: thousands of files and
//! a minute or more. The host has done that already.

use std::{
    fs, io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink},
};

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use super::walk::{SkipReason, SyncNote, reason_for};

/// A bound for a `node_modules` that is no such thing.
const MAX_ENTRIES: usize = 200_000;

/// Copies a tree. Links that stay inside are kept as links; others, and special files, are left out
/// with a note. Never hard links: the agent would write to the host's files.
pub(super) struct Seeding<'a> {
    /// The tree's path relative to the configuration directory, for notes.
    pub(super) relative: &'a Utf8Path,
    pub(super) notes: &'a mut Vec<SyncNote>,
    pub(super) entries: usize,
}

impl Seeding<'_> {
    /// Copies the directory `from`, which lies at `inside` in the tree, to `to`, which must not
    /// exist. Returns whether the copy is complete enough to be used.
    ///
    /// An error is one of writing the copy; what cannot be read is noted.
    pub(super) fn copy_dir(
        &mut self,
        from: &Utf8Path,
        to: &Utf8Path,
        inside: &Utf8Path,
    ) -> io::Result<bool> {
        fs::DirBuilder::new().mode(0o700).create(to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o700))?;
        let entries = match fs::read_dir(from) {
            Ok(entries) => entries,
            Err(error) => {
                self.note(inside, reason_for(&error));
                return Ok(!inside.as_str().is_empty());
            }
        };
        for entry in entries.flatten() {
            self.entries += 1;
            if self.entries > MAX_ENTRIES {
                self.note(Utf8Path::new(""), SkipReason::TooMany);
                return Ok(false);
            }
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                self.note(
                    &inside.join(name.to_string_lossy().as_ref()),
                    SkipReason::NameNotUtf8,
                );
                continue;
            };
            let (from, to, inside) = (from.join(name), to.join(name), inside.join(name));
            let file_type = match entry.file_type() {
                Ok(file_type) => file_type,
                Err(error) => {
                    self.note(&inside, reason_for(&error));
                    continue;
                }
            };
            if file_type.is_dir() {
                if !self.copy_dir(&from, &to, &inside)? {
                    return Ok(false);
                }
            } else if file_type.is_file() {
                self.copy_file(&from, &to, &inside)?;
            } else if file_type.is_symlink() {
                self.copy_link(&from, &to, &inside)?;
            } else {
                self.note(&inside, SkipReason::Special);
            }
        }
        Ok(true)
    }

    fn copy_file(&mut self, from: &Utf8Path, to: &Utf8Path, inside: &Utf8Path) -> io::Result<()> {
        let executable = match fs::File::open(from).and_then(|file| file.metadata()) {
            Ok(metadata) => metadata.mode() & 0o100,
            Err(error) => {
                self.note(inside, reason_for(&error));
                return Ok(());
            }
        };
        // Shares the blocks where the file system can (`copy_file_range`).
        fs::copy(from, to)?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o600 | executable))
    }

    fn copy_link(&mut self, from: &Utf8Path, to: &Utf8Path, inside: &Utf8Path) -> io::Result<()> {
        match from.read_link_utf8() {
            Ok(target) if stays_inside(inside, &target) => symlink(target, to),
            Ok(_) => {
                self.note(inside, SkipReason::OutsideLink);
                Ok(())
            }
            Err(error) => {
                self.note(inside, reason_for(&error));
                Ok(())
            }
        }
    }

    fn note(&mut self, inside: &Utf8Path, reason: SkipReason) {
        let path = if inside.as_str().is_empty() {
            self.relative.to_owned()
        } else {
            self.relative.join(inside)
        };
        self.notes.push(SyncNote { path, reason });
    }
}

/// Whether a link at `link`, relative to a tree, leads to something in that tree.
fn stays_inside(link: &Utf8Path, target: &Utf8Path) -> bool {
    let mut depth = link
        .parent()
        .map_or(0, |parent| parent.components().count());
    for component in target.components() {
        match component {
            Utf8Component::Normal(_) => depth += 1,
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return false,
            },
            Utf8Component::RootDir | Utf8Component::Prefix(_) => return false,
        }
    }
    true
}

/// Whether there is something to copy. An empty directory would keep a later sync from seeding.
pub(super) fn is_worth_seeding(directory: &Utf8PathBuf) -> bool {
    fs::read_dir(directory).is_ok_and(|mut entries| entries.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_leave_the_tree() {
        for (link, target, inside) in [
            (".bin/tsc", "../typescript/bin/tsc", true),
            ("a", "b", true),
            ("a", "./b/../c", true),
            ("a", "../b", false),
            (".bin/x", "../../x", false),
            ("a/b/c", "../../../d", false),
            ("a", "/etc/passwd", false),
        ] {
            assert_eq!(
                stays_inside(Utf8Path::new(link), Utf8Path::new(target)),
                inside,
                "{link} -> {target}"
            );
        }
    }
}
