//! A file of an archive or a package.

use std::io::Write;

use flate2::{Compression, GzBuilder};

use crate::step::Outcome;

/// What others may do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Program,
    Text,
}

impl Mode {
    pub(super) fn bits(self) -> u32 {
        match self {
            Self::Program => 0o755,
            Self::Text => 0o644,
        }
    }
}

/// A file with its place, relative to the archive's or the system's root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) mode: Mode,
    pub(super) content: Vec<u8>,
}

impl Entry {
    /// A file that is not run.
    pub(super) fn text(path: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self {
            path: path.into(),
            mode: Mode::Text,
            content: content.into(),
        }
    }
}

/// Compressed as gzip would do it, without a name and a date.
pub(super) fn gzip(content: &[u8]) -> Outcome<Vec<u8>> {
    let mut encoder = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    encoder
        .write_all(content)
        .and_then(|()| encoder.finish())
        .map_err(|error| format!("gzip: {error}"))
}
