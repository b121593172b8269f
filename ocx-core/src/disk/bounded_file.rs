//! Reading files that somebody else has made: a project's, or the user's own. What lies at their place
//! may be anything, and must neither keep ocx waiting nor fill its memory.

use std::{
    fs::{self, FileType},
    io::{self, Read},
    os::unix::fs::{FileTypeExt, OpenOptionsExt},
};

use camino::Utf8Path;
use rustix::fs::OFlags;
use serde::de::DeserializeOwned;

/// Nothing that ocx remembers is larger.
const LARGEST_JSON: u64 = 64 << 20;

/// Why something is not read that is there. It is the source of an [`io::Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum OddFile {
    #[error("it is {0}, not a regular file")]
    NotRegular(&'static str),
    #[error("it is larger than {}", size(*.limit))]
    TooLarge { limit: u64 },
    #[error("it is not UTF-8: byte {position} cannot be read as text")]
    NotText { position: usize },
}

impl From<OddFile> for io::Error {
    fn from(odd: OddFile) -> Self {
        let kind = match odd {
            OddFile::NotRegular(_) => io::ErrorKind::InvalidInput,
            OddFile::TooLarge { .. } => io::ErrorKind::FileTooLarge,
            OddFile::NotText { .. } => io::ErrorKind::InvalidData,
        };
        Self::new(kind, odd)
    }
}

/// The content of a regular file, or of what a link there leads to.
///
/// # Errors
///
/// As those of the system; with the kind `InvalidInput` if it is no regular file, and `FileTooLarge` if it
/// has more than `limit` bytes.
pub(crate) fn read_bounded(path: &Utf8Path, limit: u64) -> io::Result<Vec<u8>> {
    // Devices may do something when they are opened, and sockets cannot be.
    check_regular(fs::metadata(path)?.file_type())?;
    let file = fs::OpenOptions::new()
        .read(true)
        // A FIFO that has taken its place meanwhile would wait for somebody to write.
        .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
        .open(path)?;
    let metadata = file.metadata()?;
    check_regular(metadata.file_type())?;
    let too_large = || OddFile::TooLarge { limit }.into();
    if metadata.len() > limit {
        return Err(too_large());
    }
    let mut content = Vec::new();
    // It may grow meanwhile, and files of `/proc` have no length.
    file.take(limit + 1).read_to_end(&mut content)?;
    if content.len() as u64 > limit {
        return Err(too_large());
    }
    Ok(content)
}

/// The same for a text.
///
/// # Errors
///
/// As `read_bounded`, and with the kind `InvalidData` if it is not UTF-8.
pub fn read_text(path: &Utf8Path, limit: u64) -> io::Result<String> {
    String::from_utf8(read_bounded(path, limit)?).map_err(|error| {
        let position = error.utf8_error().valid_up_to();
        OddFile::NotText { position }.into()
    })
}

/// A value from a JSON file of ocx's own; `None` if there is none that can be read or understood.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Utf8Path) -> Option<T> {
    serde_json::from_slice(&read_bounded(path, LARGEST_JSON).ok()?).ok()
}

/// Fails if what is there is not a regular file, or a link to one. It need not be there.
pub(crate) fn check_regular_if_there(path: &Utf8Path) -> io::Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        metadata => Ok(check_regular(metadata?.file_type())?),
    }
}

fn check_regular(file_type: FileType) -> Result<(), OddFile> {
    if file_type.is_file() {
        return Ok(());
    }
    Err(OddFile::NotRegular(if file_type.is_dir() {
        "a directory"
    } else if file_type.is_fifo() {
        "a named pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_block_device() || file_type.is_char_device() {
        "a device"
    } else {
        "something else"
    }))
}

/// A number of bytes in the largest unit of which it is a multiple.
fn size(bytes: u64) -> String {
    match bytes {
        _ if bytes.is_multiple_of(1 << 20) => format!("{} MiB", bytes >> 20),
        _ if bytes.is_multiple_of(1 << 10) => format!("{} KiB", bytes >> 10),
        _ => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::{fs::symlink, net::UnixListener};

    use camino::Utf8PathBuf;
    use rustix::fs::{CWD, Mode, mkfifoat};

    use super::*;

    #[test]
    fn only_regular_files_of_a_sane_size_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        let at = |name: &str| root.join(name);
        fs::write(at("file"), "12345").unwrap();
        fs::write(at("binary"), b"ab\xff").unwrap();
        fs::create_dir(at("directory")).unwrap();
        mkfifoat(CWD, at("fifo").as_std_path(), Mode::RUSR | Mode::WUSR).unwrap();
        let _listener = UnixListener::bind(at("socket")).unwrap();
        symlink("loop", at("loop")).unwrap();
        symlink("fifo", at("link to a fifo")).unwrap();
        symlink("file", at("link")).unwrap();
        symlink("/dev/zero", at("endless")).unwrap();
        fs::File::create(at("huge"))
            .unwrap()
            .set_len(1 << 40)
            .unwrap();

        let read = |name: &str| read_bounded(&root.join(name), 5);
        assert_eq!(read("file").unwrap(), b"12345");
        assert_eq!(read("link").unwrap(), b"12345");
        let kind = |name: &str| read(name).unwrap_err().kind();
        assert_eq!(kind("absent"), io::ErrorKind::NotFound);
        assert_eq!(kind("huge"), io::ErrorKind::FileTooLarge);
        let says = |name: &str, text: &str| {
            let error = read(name).unwrap_err();
            assert!(error.to_string().contains(text), "{name}: {error}");
        };
        says("directory", "it is a directory, not a regular file");
        says("fifo", "it is a named pipe, ");
        says("link to a fifo", "it is a named pipe, ");
        says("socket", "it is a socket, ");
        says("endless", "it is a device, ");
        says("huge", "it is larger than 5 bytes");
        // ELOOP, for which there is no stable kind.
        assert_eq!(read("loop").unwrap_err().raw_os_error(), Some(40));
        let error = read_text(&at("binary"), 1 << 20).unwrap_err();
        assert_eq!(
            error.to_string(),
            "it is not UTF-8: byte 2 cannot be read as text"
        );
        // It has no length, and is longer than that.
        let endless = read_bounded(&Utf8PathBuf::from("/proc/self/status"), 5);
        assert_eq!(endless.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(check_regular_if_there(&at("absent")).is_ok());
        assert!(check_regular_if_there(&at("fifo")).is_err());
    }

    #[test]
    fn sizes_in_words() {
        assert_eq!(size(1 << 20), "1 MiB");
        assert_eq!(size(4096), "4 KiB");
        assert_eq!(size(5), "5 bytes");
    }
}
