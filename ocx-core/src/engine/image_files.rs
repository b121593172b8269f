//! Reading files out of an image without running anything in it.

use std::io::{self, Read};

use camino::Utf8Path;

use super::{Captured, CliRuntime, Dialect, Invocation, Presence, Thing};
use crate::runtime::{Failure, RuntimeError};

/// Files larger than this are cut: nothing that ocx reads is, and of a shell or a library it counts
/// only that it is there.
const LARGEST: u64 = 16 * 1024 * 1024;

/// How much of an archive is read: such a file, with the headers before it.
pub(super) const LARGEST_ARCHIVE: usize = LARGEST as usize + 64 * 1024;

/// The content of the one regular file in an archive as `cp CONTAINER:PATH -` writes it; `None` if
/// it holds something else.
///
/// # Errors
///
/// If it is no archive: one that was cut off, or is not there at all.
pub(super) fn content_of_single_file(archive: &[u8]) -> io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(archive);
    let Some(entry) = archive.entries()?.next() else {
        return Err(io::Error::other("there is no file in it"));
    };
    let entry = entry?;
    if !entry.header().entry_type().is_file() {
        return Ok(None);
    }
    let size = entry.size().min(LARGEST);
    let mut content = Vec::new();
    entry.take(LARGEST).read_to_end(&mut content)?;
    if (content.len() as u64) < size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(content))
}

/// The source of `cp`. Symbolic links are followed inside the container.
pub(super) fn copy_source(container: &str, path: &Utf8Path) -> String {
    format!("{container}:{path}")
}

impl<D: Dialect> CliRuntime<D> {
    /// The files that `cp` brought out of a container, one for each call.
    ///
    /// No engine tells a missing file from other failures of `cp` but in words. So a copy that ended
    /// with a code of its own means that there is no such file if the container is there, and if not,
    /// that the engine failed. One that was ended by a signal, or that ended well without an archive,
    /// says nothing of the file.
    pub(super) async fn files_of(
        &self,
        container: &str,
        copies: Vec<(Captured, Invocation)>,
    ) -> Result<Vec<Option<Vec<u8>>>, RuntimeError> {
        let is_answer = |copied: &Captured| matches!(copied.failure, None | Some(Failure::Code(_)));
        let failed = copies
            .iter()
            .find(|(copied, _)| !is_answer(copied))
            .or_else(|| copies.iter().find(|(copied, _)| copied.failure.is_some()));
        if let Some((copied, copy)) = failed
            && let Some(error) = copied.error(copy)
            && (!is_answer(copied)
                || self.presence(Thing::Container(container)).await? != Some(Presence::There))
        {
            return Err(self.failed(error, RuntimeError::command_failed).await);
        }
        let file = |(copied, copy): (Captured, Invocation)| match copied.failure {
            None => content_of_single_file(&copied.stdout)
                .map_err(|error| RuntimeError::unexpected(&copy, &copied.stdout, &error)),
            Some(_) => Ok(None),
        };
        copies.into_iter().map(file).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(add: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        add(&mut archive);
        archive.into_inner().unwrap()
    }

    fn header(kind: tar::EntryType, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    #[test]
    fn a_file_something_else_and_no_archive() {
        let file = archive(|archive| {
            let mut header = header(tar::EntryType::Regular, 3);
            archive.append_data(&mut header, "a", &b"abc"[..]).unwrap();
        });
        assert_eq!(content_of_single_file(&file).unwrap(), Some(b"abc".into()));
        let directory = archive(|archive| {
            let mut header = header(tar::EntryType::Directory, 0);
            archive.append_data(&mut header, "a", &b""[..]).unwrap();
        });
        assert_eq!(content_of_single_file(&directory).unwrap(), None);
        // An answer that did not arrive, or in part, says nothing of the file.
        for cut in [&b""[..], &file[..100], &file[..513]] {
            content_of_single_file(cut).unwrap_err();
        }
    }

    #[test]
    fn fuzz_archives_of_one_file() {
        let mut seeds = crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/tar"));
        seeds.push(archive(|archive| {
            let mut header = header(tar::EntryType::Regular, 1000);
            let name = "long/".repeat(50);
            archive
                .append_data(&mut header, name, &[7; 1000][..])
                .unwrap();
        }));
        crate::testing::fuzz(&seeds, |input| {
            if let Ok(Some(content)) = content_of_single_file(input) {
                assert!(content.len() <= input.len(), "nothing is made up");
            }
        });
    }
}
