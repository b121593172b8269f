//! Taking one program out of a tarball.

use std::{
    fs::{self, File, OpenOptions},
    io::{Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
};

use camino::Utf8Path;
use flate2::read::GzDecoder;
use sha2::{Digest, Sha256};

use super::{
    ArchiveProblem, CacheError,
    blocking::{ReadError, Stop, for_each_piece},
    entry::MODE,
    record::Stamp,
};

/// Neither tarballs nor programs are larger; opencode 1.18 takes 60 MB and 190 MB.
pub(super) const LARGEST: u64 = 1 << 30;

/// A program that was taken out.
pub(super) struct Unpacked {
    pub(super) sha256: String,
    pub(super) stamp: Stamp,
}

/// Why it could not be taken out.
#[derive(Debug)]
pub(super) enum UnpackError {
    Archive(ArchiveProblem),
    Cache(CacheError),
}

impl From<ArchiveProblem> for UnpackError {
    fn from(problem: ArchiveProblem) -> Self {
        Self::Archive(problem)
    }
}

impl From<CacheError> for UnpackError {
    fn from(error: CacheError) -> Self {
        Self::Cache(error)
    }
}

impl From<ReadError> for UnpackError {
    fn from(error: ReadError) -> Self {
        Self::Archive(ArchiveProblem::Damaged(error.0))
    }
}

/// Writes the regular file `member` of a gzipped tarball to the new file `target`, executable and
/// safe on the disk. Nothing else of the tarball is written, so no path or link in it matters.
pub(super) fn unpack(
    tarball: impl Read,
    member: &'static str,
    target: &Utf8Path,
    stop: &Stop,
) -> Result<Unpacked, UnpackError> {
    // Space for other files before the program; what would be cut off counts as damaged.
    let limited = GzDecoder::new(tarball).take(2 * LARGEST);
    let mut archive = tar::Archive::new(limited);
    // Raw, since long names are read whole into memory, and could take as much as the archive may. The
    // wanted one is short.
    let entries = archive
        .entries()
        .map_err(ArchiveProblem::Damaged)?
        .raw(true);
    for entry in entries {
        let mut entry = entry.map_err(ArchiveProblem::Damaged)?;
        stop.check().map_err(ArchiveProblem::Damaged)?;
        if entry.path_bytes() != member.as_bytes() {
            continue;
        }
        if !entry.header().entry_type().is_file() {
            return Err(ArchiveProblem::NotAFile { member }.into());
        }
        if entry.size() > LARGEST {
            return Err(ArchiveProblem::TooLarge { limit: LARGEST }.into());
        }
        return write(&mut entry, target, stop);
    }
    Err(ArchiveProblem::Missing { member }.into())
}

fn write(
    program: &mut tar::Entry<'_, impl Read>,
    target: &Utf8Path,
    stop: &Stop,
) -> Result<Unpacked, UnpackError> {
    let failed = |source| CacheError::new("write", target, source);
    let expected = program.size();
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(target)
        .map_err(failed)?;
    let mut hasher = Sha256::new();
    for_each_piece(program, stop, |piece| {
        hasher.update(piece);
        file.write_all(piece).map_err(|error| failed(error).into()) as Result<(), UnpackError>
    })?;
    // Not by the mode of the call above, from which the umask takes away.
    file.set_permissions(fs::Permissions::from_mode(MODE))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    let stamp = Stamp::of(&file.metadata().map_err(failed)?);
    if stamp.size != expected {
        let error = std::io::Error::from(std::io::ErrorKind::UnexpectedEof);
        return Err(ArchiveProblem::Damaged(error).into());
    }
    Ok(Unpacked {
        sha256: hex::encode(hasher.finalize()),
        stamp,
    })
}

#[cfg(test)]
mod tests {
    use flate2::{Compression, write::GzEncoder};

    use super::*;
    use crate::testing::{corpus, fuzz};

    fn compressed(tar: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(tar).unwrap();
        encoder.finish().unwrap()
    }

    /// Whatever it is, nothing appears but the one file.
    fn check(tarball: &[u8]) {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        let target = root.join("inside/program");
        fs::create_dir(root.join("inside")).unwrap();
        let result = unpack(tarball, "package/bin/opencode", &target, &Stop::default());
        if let Ok(unpacked) = result {
            assert_eq!(unpacked.stamp.size, fs::metadata(&target).unwrap().len());
        }
        assert_eq!(fs::read_dir(root).unwrap().count(), 1);
        let inside = fs::read_dir(root.join("inside")).unwrap();
        for entry in inside.map(Result::unwrap) {
            assert_eq!(entry.file_name(), "program");
        }
    }

    #[test]
    fn fuzz_tarballs() {
        let seeds = corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/tar"));
        fuzz(&seeds, |tar| check(&compressed(tar)));
        let seeds: Vec<Vec<u8>> = seeds.iter().map(|tar| compressed(tar)).collect();
        fuzz(&seeds, check);
    }
}
