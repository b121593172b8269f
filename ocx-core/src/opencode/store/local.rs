//! A binary that the user gives instead of a download.

use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    os::unix::fs::{MetadataExt, PermissionsExt},
};

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memmem;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    BinaryOrigin, CachedBinary, FetchError, Store,
    blocking::{self, Stop, for_each_piece},
    record::{Stamp, read_json, write_json},
};
use crate::{host::Arch, image::OpencodeVersion};

/// What stands for the npm package of a binary that the user gave.
pub const LOCAL_PACKAGE: &str = "local";

/// An option that the publisher builds into the binary, followed by the version. Seen in the
/// published 1.18.33; where it is missing, nothing worse happens than a made-up version.
const VERSION_MARK: &[u8] = b"--user-agent=opencode/";

/// A version is not longer than this.
const LONGEST_VERSION: usize = 64;

/// Why a binary that the user gave cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LocalBinaryError {
    /// It cannot be read.
    #[error("could not read {path}")]
    Unreadable {
        /// The file.
        path: Utf8PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// It is a directory or the like.
    #[error("{path} is not a regular file")]
    NotAFile {
        /// The path.
        path: Utf8PathBuf,
    },
    /// Nobody may execute it.
    #[error("{path} is not executable")]
    NotExecutable {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It is a script, a program for another system or the like.
    #[error(
        "{path} is not a Linux program (ELF); the npm package `opencode-ai` holds only a script that starts it"
    )]
    NotElf {
        /// The file.
        path: Utf8PathBuf,
    },
    /// It is for another processor.
    #[error("{path} is for {}, but the base image is for {}", found.map_or("another processor", Arch::engine_name), expected.engine_name())]
    OtherArch {
        /// The file.
        path: Utf8PathBuf,
        /// The processor it is for, if ocx knows it.
        found: Option<Arch>,
        /// The processor it must be for.
        expected: Arch,
    },
}

/// What was found out about a file by reading all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Content {
    path: Utf8PathBuf,
    inode: u64,
    stamp: Stamp,
    sha256: String,
    version: Option<OpencodeVersion>,
}

impl Store {
    /// A binary that the user gives.
    ///
    /// It is not run here. Its version is `version` if that is given, else that of a download with
    /// the same content, else what the binary itself says, else a made-up one: `9999.0.0-local.`
    /// and the beginning of its checksum, newer than any real version, because nothing is known
    /// about it.
    ///
    /// Its content is read once and then remembered until the file changes.
    ///
    /// # Errors
    ///
    /// [`FetchError::Local`].
    pub(crate) async fn local_binary(
        &self,
        path: &Utf8Path,
        arch: Arch,
        version: Option<&OpencodeVersion>,
    ) -> Result<CachedBinary, FetchError> {
        let (store, owned) = (self.clone(), path.to_owned());
        let content = blocking::run(move |stop| store.read_local(&owned, arch, stop)).await?;
        let version = version
            .cloned()
            .or_else(|| {
                let record = self.opencode_with_sha256(&content.sha256)?;
                record.version.parse().ok()
            })
            .or(content.version)
            .unwrap_or_else(|| made_up_version(&content.sha256));
        Ok(CachedBinary {
            path: content.path,
            sha256: content.sha256,
            version,
            package: LOCAL_PACKAGE.to_owned(),
            origin: BinaryOrigin::Local,
        })
    }

    fn read_local(
        &self,
        given: &Utf8Path,
        arch: Arch,
        stop: &Stop,
    ) -> Result<Content, LocalBinaryError> {
        let unreadable = |source| LocalBinaryError::Unreadable {
            path: given.to_owned(),
            source,
        };
        let path = given.canonicalize_utf8().map_err(unreadable)?;
        // Asked before it is opened: opening a named pipe would wait.
        let metadata = path.metadata().map_err(unreadable)?;
        if !metadata.is_file() {
            return Err(LocalBinaryError::NotAFile { path });
        }
        if metadata.permissions().mode() & 0o111 == 0 {
            return Err(LocalBinaryError::NotExecutable { path });
        }
        let mut file = File::open(&path).map_err(unreadable)?;
        let metadata = file.metadata().map_err(unreadable)?;
        check_elf(&mut file, &path, arch)?;
        let name = format!("{}.json", hex::encode(&Sha256::digest(path.as_str())[..16]));
        let memory = self.cache.join("local").join(name);
        let stamp = Stamp::of(&metadata);
        if let Some(known) = read_json::<Content>(&memory)
            && (&known.path, known.inode, known.stamp) == (&path, metadata.ino(), stamp)
        {
            return Ok(known);
        }
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let (sha256, version) = read_whole(&mut file, stop).map_err(unreadable)?;
        let content = Content {
            path,
            inode: metadata.ino(),
            stamp,
            sha256,
            version,
        };
        // Without it, the next start takes longer, and nothing else.
        let _ = write_json(&memory, &content);
        Ok(content)
    }
}

/// Checks that a file is a program for 64-bit Linux on the right processor, by the header that
/// <https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html> describes.
fn check_elf(file: &mut File, path: &Utf8Path, expected: Arch) -> Result<(), LocalBinaryError> {
    let path = path.to_owned();
    let mut header = [0; 20];
    match file.read_exact(&mut header) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Err(LocalBinaryError::NotElf { path });
        }
        Err(source) => return Err(LocalBinaryError::Unreadable { path, source }),
    }
    if !header.starts_with(b"\x7fELF") {
        return Err(LocalBinaryError::NotElf { path });
    }
    let machine = u16::from_le_bytes([header[18], header[19]]);
    let found = match (header[4], header[5], machine) {
        (2, 1, 62) => Some(Arch::X64),
        (2, 1, 183) => Some(Arch::Arm64),
        _ => None,
    };
    if found == Some(expected) {
        Ok(())
    } else {
        Err(LocalBinaryError::OtherArch {
            path,
            found,
            expected,
        })
    }
}

/// The checksum of a binary and the version that it says it has.
fn read_whole(
    reader: &mut impl Read,
    stop: &Stop,
) -> io::Result<(String, Option<OpencodeVersion>)> {
    let finder = memmem::Finder::new(VERSION_MARK);
    let mut hasher = Sha256::new();
    let mut version = None;
    // The end of the previous piece, in case the mark lies across the border.
    let mut window: Vec<u8> = Vec::new();
    for_each_piece(reader, stop, |piece| {
        hasher.update(piece);
        if version.is_none() {
            window.extend_from_slice(piece);
            version = finder.find(&window).and_then(|at| {
                let rest = &window[at + VERSION_MARK.len()..];
                version_at_start(rest)
            });
            let keep = window
                .len()
                .saturating_sub(VERSION_MARK.len() + LONGEST_VERSION);
            window.drain(..keep);
        }
        Ok::<(), io::Error>(())
    })?;
    Ok((hex::encode(hasher.finalize()), version))
}

/// The version at the start of `bytes`, if its end can be seen.
fn version_at_start(bytes: &[u8]) -> Option<OpencodeVersion> {
    let end = bytes
        .iter()
        .take(LONGEST_VERSION)
        .position(|byte| !(byte.is_ascii_alphanumeric() || b".-".contains(byte)))?;
    std::str::from_utf8(&bytes[..end]).ok()?.parse().ok()
}

/// The beginning of versions that are made up for binaries of which nothing is known.
const MADE_UP: &str = "9999.0.0-local.";

/// Whether a version was made up for a local binary, so that it is neither newer nor older than
/// another.
#[must_use]
pub(crate) fn is_made_up(version: &OpencodeVersion) -> bool {
    version.to_string().starts_with(MADE_UP)
}

fn made_up_version(sha256: &str) -> OpencodeVersion {
    // A letter before the digits: a number with a leading zero would not be a version.
    format!("{MADE_UP}x{}", &sha256[..8])
        .parse()
        .expect("a version")
}
