//! Sharing ocx's cache between sandboxes: opencode need not be unpacked for each of them.

use std::{
    fs::{self, File},
    io,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::Sandbox;
use crate::binaries::link_or_copy;

impl Sandbox {
    /// Puts the files under `from` into ocx's cache directory, by hard links where possible. The programs
    /// also count for [`unreachable_url`](crate::registry::unreachable_url).
    ///
    /// A linked file is the same file as in `from`: use [`own_copy`](Self::own_copy) before changing
    /// one in place.
    pub fn seed_cache_from(&self, from: &Utf8Path) {
        self.make_directory(&self.cache());
        self.link_tree(from, &self.cache().join("ocx"));
    }

    /// Lets the programs in the cache count for this registry.
    pub fn vouch_for_cache(&self, registry: &str) {
        let mut left = vec![self.cache().join("ocx")];
        while let Some(directory) = left.pop() {
            for entry in entries(&directory) {
                if entry.is_dir() {
                    left.push(entry);
                } else if let Some(record) = vouched_record(&entry, registry) {
                    self.write(&entry, record);
                }
            }
        }
    }

    /// Keeps ocx's cache directory at `to` for other sandboxes, with the owners and times of the files,
    /// which ocx looks at.
    pub fn save_cache_to(&self, to: &Utf8Path) {
        let unfinished = to.with_added_extension("new");
        let _ = fs::remove_dir_all(&unfinished);
        self.copy_tree(&self.cache().join("ocx"), &unfinished);
        let _ = fs::remove_dir_all(to);
        fs::rename(&unfinished, to).unwrap_or_else(|error| panic!("{to}: {error}"));
    }

    /// Puts a shared cache called `name` into the sandbox. The first sandbox that asks for it fills
    /// its own with `fill`, which is then what the others get.
    pub fn share_cache(&self, name: &str, fill: impl FnOnce(&Self)) {
        let shared = crate::cache::directory("ocx").join(name);
        let _lock = crate::cache::lock(&shared.with_added_extension("lock"));
        if shared.is_dir() {
            self.seed_cache_from(&shared);
        } else {
            fill(self);
            self.save_cache_to(&shared);
        }
    }

    /// Makes a file one of the sandbox's own that nothing else shares.
    pub fn own_copy(&self, path: &Utf8Path) {
        let copy = path.with_added_extension("copy");
        copy_with_time(path, &copy).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.account.give(&copy);
        fs::rename(&copy, path).unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    fn link_tree(&self, from: &Utf8Path, to: &Utf8Path) {
        self.make_directory(to);
        for entry in entries(from) {
            let target = to.join(entry.file_name().expect("entries have names"));
            if entry.is_dir() {
                self.link_tree(&entry, &target);
            } else if let Some(record) = vouched_record(&entry, crate::registry::unreachable_url())
            {
                self.write(&target, record);
            } else {
                link_or_copy(&entry, &target);
            }
        }
    }

    fn copy_tree(&self, from: &Utf8Path, to: &Utf8Path) {
        fs::create_dir_all(to).unwrap_or_else(|error| panic!("{to}: {error}"));
        for entry in entries(from) {
            let name = entry.file_name().expect("entries have names");
            let target = to.join(name);
            if entry.is_dir() {
                self.copy_tree(&entry, &target);
            } else if name != "lock" {
                // Locks would be shared between sandboxes.
                copy_with_time(&entry, &target).unwrap_or_else(|error| panic!("{entry}: {error}"));
                self.account.give(&target);
            }
        }
    }
}

/// The record of a program, so that it also counts for this registry; `None` if it is another file.
fn vouched_record(path: &Utf8Path, registry: &str) -> Option<String> {
    if path.extension() != Some("json") {
        return None;
    }
    let mut record: serde_json::Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let record_of_a_program = record.as_object_mut()?;
    record_of_a_program.get("integrity")?;
    // One of an earlier version of ocx names none.
    record_of_a_program
        .entry("registries")
        .or_insert_with(|| serde_json::json!([]))
        .as_array_mut()?
        .push(registry.trim_end_matches('/').into());
    Some(record.to_string())
}

fn copy_with_time(from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
    fs::copy(from, to)?;
    File::open(to)?.set_modified(fs::metadata(from)?.modified()?)
}

fn entries(directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    directory
        .read_dir_utf8()
        .and_then(|entries| entries.map(|entry| Ok(entry?.into_path())).collect())
        .unwrap_or_else(|error| panic!("{directory}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_cache_is_filled_once() {
        let name = format!("unit-test-{}", std::process::id());
        let shared = crate::cache::directory("ocx").join(&name);
        let text = || {
            let sandbox = Sandbox::new();
            let mut filled = false;
            sandbox.share_cache(&name, |sandbox| {
                sandbox.write(sandbox.cache().join("ocx/version"), "1");
                filled = true;
            });
            (filled, sandbox.read(sandbox.cache().join("ocx/version")))
        };
        assert_eq!(text(), (true, "1".to_owned()));
        assert_eq!(text(), (false, "1".to_owned()));
        fs::remove_dir_all(&shared).unwrap();
        fs::remove_file(shared.with_added_extension("lock")).unwrap();
    }

    #[test]
    fn linked_caches_are_shared_until_copied() {
        let shared = tempfile::tempdir().unwrap();
        let shared = Utf8Path::from_path(shared.path()).unwrap();
        fs::create_dir(shared.join("a")).unwrap();
        fs::write(shared.join("a/b"), "whole").unwrap();
        let sandbox = Sandbox::new();
        sandbox.seed_cache_from(shared);
        let file = sandbox.cache().join("ocx/a/b");
        assert_eq!(fs::read_to_string(&file).unwrap(), "whole");
        sandbox.own_copy(&file);
        fs::write(&file, "broken").unwrap();
        assert_eq!(fs::read_to_string(shared.join("a/b")).unwrap(), "whole");
        let root = sandbox.root().to_owned();
        drop(sandbox);
        assert!(!root.exists());
    }
}
