//! The configuration file of a directory.

use std::{io, os::unix::fs::MetadataExt};

use camino::{Utf8Path, Utf8PathBuf};

use crate::host::Host;

/// The names that a configuration file may have: TOML, JSON. A directory may hold only one of them.
pub const CONFIG_FILE_NAMES: [&str; 2] = ["ocx.toml", "ocx.json"];

/// What is wrong with the configuration files of a directory.
#[derive(Debug)]
pub(crate) enum ConfigFileProblem {
    /// There are two.
    Two {
        toml: Utf8PathBuf,
        json: Utf8PathBuf,
    },
    /// One could not be looked at.
    Unreadable {
        path: Utf8PathBuf,
        source: io::Error,
    },
}

/// The configuration file in `directory`, if there is one.
pub(crate) fn find_config_file(
    directory: &Utf8Path,
) -> Result<Option<Utf8PathBuf>, ConfigFileProblem> {
    let [toml, json] = CONFIG_FILE_NAMES.map(|name| directory.join(name));
    match (exists(&toml)?, exists(&json)?) {
        (true, true) => Err(ConfigFileProblem::Two { toml, json }),
        (true, false) => Ok(Some(toml)),
        (false, true) => Ok(Some(json)),
        (false, false) => Ok(None),
    }
}

/// A dangling symbolic link exists too: leaving out what the user linked to would surprise.
fn exists(path: &Utf8Path) -> Result<bool, ConfigFileProblem> {
    match path.symlink_metadata() {
        Ok(_) => Ok(true),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(false)
        }
        Err(source) => Err(ConfigFileProblem::Unreadable {
            path: path.to_owned(),
            source,
        }),
    }
}

/// The mode of the file at `path`, links followed, if everybody may write to it.
pub(crate) fn mode_for_everybody(path: &Utf8Path) -> io::Result<Option<u32>> {
    let mode = path.metadata()?.mode() & 0o7777;
    Ok((mode & 0o002 != 0).then_some(mode))
}

/// The user ID of somebody else who owns the file at `path`, or a link there; `None` if it is the
/// user's own or root's.
///
/// This is the rule that Git has for repositories (`safe.directory`), with the same exception:
/// under `sudo`, files of the user who called it are trusted too.
pub(crate) fn foreign_owner(path: &Utf8Path, host: &Host) -> io::Result<Option<u32>> {
    let caller = (host.user.uid == 0)
        .then(|| host.variable("SUDO_UID")?.parse::<u32>().ok())
        .flatten();
    let trusted = |uid: u32| uid == 0 || uid == host.user.uid || Some(uid) == caller;
    for metadata in [path.symlink_metadata()?, path.metadata()?] {
        if !trusted(metadata.uid()) {
            return Ok(Some(metadata.uid()));
        }
    }
    Ok(None)
}
