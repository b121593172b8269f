//! Reading files out of an image without running anything in it.

use std::io::Read;

use camino::Utf8Path;

/// Files larger than this are cut: nothing that ocx looks for is.
const LARGEST: u64 = 64 * 1024 * 1024;

/// The content of the one regular file in an archive as `cp CONTAINER:PATH -` writes it; `None` if
/// it holds something else.
pub(super) fn content_of_single_file(archive: &[u8]) -> Option<Vec<u8>> {
    let mut archive = tar::Archive::new(archive);
    let entry = archive.entries().ok()?.next()?.ok()?;
    if !entry.header().entry_type().is_file() {
        return None;
    }
    let mut content = Vec::new();
    entry.take(LARGEST).read_to_end(&mut content).ok()?;
    Some(content)
}

/// The source of `cp`. Symbolic links are followed inside the container.
pub(super) fn copy_source(container: &str, path: &Utf8Path) -> String {
    format!("{container}:{path}")
}
