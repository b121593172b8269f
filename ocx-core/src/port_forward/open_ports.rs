//! What others are told of ports that are open on the host.

use std::{
    fs::{self, File, TryLockError},
    io,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::ForwardedPort;
use crate::disk::open_lock_file;

/// The end of a file's name.
const END: &str = ".open";

/// A note that a port is open, for as long as this lives: a file whose name says which, locked, so that one
/// that was left behind is told from one that is true.
#[derive(Debug)]
pub(crate) struct OpenPort {
    path: Utf8PathBuf,
    _lock: File,
}

impl OpenPort {
    /// Notes it in the project's directory for that.
    pub(crate) fn note(
        directory: &Utf8Path,
        session: &str,
        port: ForwardedPort,
    ) -> io::Result<Self> {
        let name = format!("{session},{},{}{END}", port.on_host(), port.inside);
        let path = directory.join(name);
        let lock = open_lock_file(&path)?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }
}

impl Drop for OpenPort {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The ports of a session that are open, by where they are. Notes of what is over are removed.
pub(crate) fn open_ports(directory: &Utf8Path, session: &str) -> Vec<ForwardedPort> {
    let mut found = Vec::new();
    for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
        let name = entry.file_name().strip_suffix(END);
        let Some((of, port)) = name.and_then(|name| name.split_once(',')) else {
            continue;
        };
        let lock = File::open(entry.path()).map(|file| file.try_lock());
        if !matches!(lock, Ok(Err(TryLockError::WouldBlock))) {
            // Whoever made it was killed. One that is only not locked yet is missed, no more.
            let _ = fs::remove_file(entry.path());
        } else if of == session {
            found.extend(port.replace(',', ":").parse::<ForwardedPort>().ok());
        }
    }
    found.sort_by_key(|port: &ForwardedPort| port.on_host());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(directory.path()).unwrap();
        let port = |text: &str| text.parse::<ForwardedPort>().unwrap();
        let six = OpenPort::note(path, "a", port("[::1]:8080:80")).unwrap();
        let same = OpenPort::note(path, "a", port("3000")).unwrap();
        let _other = OpenPort::note(path, "ab", port("4000")).unwrap();
        fs::write(path.join("a,127.0.0.1:1,1.open"), "").unwrap();
        fs::write(path.join("sockets-1"), "").unwrap();
        assert_eq!(open_ports(path, "a"), [port("3000"), port("[::1]:8080:80")]);
        assert!(!path.join("a,127.0.0.1:1,1.open").exists());
        drop(six);
        assert_eq!(open_ports(path, "a"), [port("3000")]);
        drop(same);
        assert_eq!(open_ports(path, "a"), []);
        assert_eq!(open_ports("/nowhere".into(), "a"), []);
    }
}
