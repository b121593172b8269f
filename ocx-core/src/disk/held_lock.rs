//! Whether somebody has a lock.

use std::fs::{File, TryLockError};

use camino::Utf8Path;

/// Whether somebody holds the lock on a file alone, as whoever is at work does for as long as it lives. Looking
/// takes it from nobody. One that cannot be looked at counts as free.
pub(crate) fn is_lock_held(path: &Utf8Path) -> bool {
    File::open(path)
        .is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_has_it_alone_holds_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = Utf8Path::from_path(file.path()).unwrap();
        assert!(!is_lock_held(path));
        file.as_file().lock_shared().unwrap();
        assert!(!is_lock_held(path));
        file.as_file().lock().unwrap();
        assert!(is_lock_held(path) && is_lock_held(path));
        file.as_file().unlock().unwrap();
        assert!(!is_lock_held(path) && !is_lock_held(&path.join("none")));
    }
}
