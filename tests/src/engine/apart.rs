//! Directories of engines that single tests have for themselves.

use std::{
    fs,
    sync::atomic::{AtomicU32, Ordering},
};

use camino::Utf8PathBuf;

use super::Lane;
use crate::run_id::RunId;

/// What the directories begin with that belong to a lane.
fn prefix(lane: Lane, run: &RunId) -> String {
    format!("{run}-{lane}.")
}

/// The path of a new one.
pub(super) fn new_directory(lane: Lane) -> Utf8PathBuf {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    // Test programs of one run are told apart by their processes.
    let process = std::process::id();
    Utf8PathBuf::from(format!(
        "/tmp/{}{process}-{number}",
        prefix(lane, RunId::current())
    ))
}

/// Those that are left.
pub(super) fn directories(lane: Lane, run: &RunId) -> Vec<Utf8PathBuf> {
    let prefix = prefix(lane, run);
    let entries = fs::read_dir("/tmp").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(&prefix))
        .map(|name| Utf8PathBuf::from("/tmp").join(name))
        .collect()
}
