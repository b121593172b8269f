//! What is kept between test runs, under `target/ocx-test-cache`: all of it can be made again.

use std::fs::{self, File};

use camino::{Utf8Path, Utf8PathBuf};

/// A directory of the cache; made if it is missing.
#[must_use]
pub fn directory(name: &str) -> Utf8PathBuf {
    let workspace = Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package lies in the workspace");
    let directory = workspace.join("target/ocx-test-cache").join(name);
    fs::create_dir_all(&directory).unwrap_or_else(|error| panic!("{directory}: {error}"));
    directory
}

/// Makes sure that `file` exists, by `make`, which writes what it is given: a path beside it. Two
/// processes do not make the same file twice, and a failed one leaves nothing at `file`.
pub fn file<E>(file: &Utf8Path, make: impl FnOnce(&Utf8Path) -> Result<(), E>) -> Result<(), E> {
    if file.exists() {
        return Ok(());
    }
    let _lock = lock(&file.with_added_extension("lock"));
    if file.exists() {
        return Ok(());
    }
    let unfinished = file.with_added_extension("new");
    make(&unfinished)?;
    fs::rename(&unfinished, file).unwrap_or_else(|error| panic!("{file}: {error}"));
    Ok(())
}

/// Holds the lock that is `path` until the result is dropped.
#[must_use]
pub fn lock(path: &Utf8Path) -> File {
    let file = File::create(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    file.lock()
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    file
}
