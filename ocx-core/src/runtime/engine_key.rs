//! Which engine is behind a runtime.

use std::{fs, os::unix::fs::MetadataExt, time::UNIX_EPOCH};

use camino::Utf8Path;
use sha2::{Digest, Sha256};

/// Which engine is behind a runtime: everything that can be told without asking it and that changes
/// when it becomes another one, such as the path and time of its program, its address, and the inode
/// and owner of its socket. What is remembered about an engine is remembered under its key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EngineKey(String);

impl EngineKey {
    /// A key made from all that tells one engine from another.
    #[must_use]
    pub fn new(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(hex::encode(&hash.finalize()[..8]))
    }

    /// A text that is fit for a file's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A part of a key that tells a file from another one in its place: path, inode, owner, size and
    /// time.
    #[must_use]
    pub fn of_file(path: &Utf8Path) -> String {
        let Ok(metadata) = fs::metadata(path) else {
            return format!("{path}: none");
        };
        let modified = metadata
            .modified()
            .ok()
            .and_then(|time| time.duration_since(UNIX_EPOCH).ok())
            .map_or(0, |time| time.as_nanos());
        format!(
            "{path}: {} {} {} {modified}",
            metadata.ino(),
            metadata.uid(),
            metadata.len()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_file_in_its_place_has_another_part() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap().join("x");
        let none = EngineKey::of_file(&path);
        fs::write(&path, "a").unwrap();
        let one = EngineKey::of_file(&path);
        assert_eq!(one, EngineKey::of_file(&path));
        fs::write(&path, "ab").unwrap();
        let other = EngineKey::of_file(&path);
        assert!(none != one && one != other);
    }

    #[test]
    fn where_a_part_ends_counts() {
        assert_ne!(EngineKey::new(&["ab", "c"]), EngineKey::new(&["a", "bc"]));
    }
}
