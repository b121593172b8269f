//! Reading files out of an image without running anything in it.

use std::io::Read;

use camino::Utf8Path;

use super::{Captured, CliRuntime, Dialect, Invocation, Presence, Thing};
use crate::runtime::RuntimeError;

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

impl<D: Dialect> CliRuntime<D> {
    /// The files that `cp` brought out of a container, one for each call.
    ///
    /// No engine tells a missing file from other failures of `cp` but in words. So a copy that failed
    /// means that there is no such file if the container is there, and if not, that the engine failed.
    pub(super) async fn files_of(
        &self,
        container: &str,
        copies: Vec<(Captured, Invocation)>,
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        let failed = copies.iter().find_map(|(copied, copy)| copied.error(copy));
        if let Some(error) = failed
            && self.presence(Thing::Container(container)).await? != Some(Presence::There)
        {
            return Err(self.failed(error, RuntimeError::command_failed).await);
        }
        let file = |copied: Captured| match copied.failure {
            None => content_of_single_file(&copied.stdout),
            Some(_) => None,
        };
        Ok(copies.into_iter().map(|(copied, _)| file(copied)).collect())
    }
}
