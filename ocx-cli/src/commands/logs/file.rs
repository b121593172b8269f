//! Showing a file that may grow.

use std::{
    fs::File,
    io::{self, Read as _},
};

use camino::Utf8Path;

use crate::failure::Failure;

pub(super) fn open(path: &Utf8Path) -> Result<File, Failure> {
    File::open(path).map_err(|source| Failure::Read {
        path: path.to_owned(),
        source,
    })
}

/// Shows what is left of a file; `false` if nobody reads it any more.
pub(super) fn show_rest(
    path: &Utf8Path,
    file: &mut File,
    show: impl Fn(&[u8]) -> io::Result<()>,
) -> Result<bool, Failure> {
    let mut bytes = Vec::new();
    const PIECE: u64 = 1 << 20;
    loop {
        bytes.clear();
        let read = (&mut *file).take(PIECE).read_to_end(&mut bytes);
        read.map_err(|source| Failure::Read {
            path: path.to_owned(),
            source,
        })?;
        if bytes.is_empty() {
            return Ok(true);
        }
        match show(&bytes) {
            Ok(()) => {}
            Err(source) if source.kind() == io::ErrorKind::BrokenPipe => return Ok(false),
            Err(source) => return Err(Failure::Output { source }),
        }
    }
}
