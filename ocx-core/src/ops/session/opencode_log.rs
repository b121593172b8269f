//! The log that opencode keeps in a project's data.

use std::{fs::File, io, time::SystemTime};

use camino::Utf8PathBuf;
use rustix::fs::{CWD, Dir, Mode, OFlags, openat};

use crate::{host::Host, project::Project, state::ProjectStore};

/// opencode's newest log of a project.
#[derive(Debug)]
pub struct OpencodeLog {
    /// Where it is on the host.
    pub path: Utf8PathBuf,
    /// It, at its beginning. Sessions write to it, so it is as trustworthy as they are.
    pub file: File,
}

/// The log that opencode wrote to last in the sessions of the project; `None` if there is none. It is there
/// when its session has ended, too.
///
/// # Errors
///
/// If the directory of the logs cannot be read.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// if let Some(mut log) = ocx_core::ops::opencode_log(host, project)? {
///     std::io::copy(&mut log.file, &mut std::io::stderr())?;
/// }
/// # Ok(())
/// # }
/// ```
pub fn opencode_log(host: &Host, project: &Project) -> io::Result<Option<OpencodeLog>> {
    let data_path = ProjectStore::opencode_data_of(&host.dirs.state, project.id.as_str());
    let directory = data_path.join("log");
    // A session may have left a link, a FIFO or a directory at the place of anything below its data.
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let opened = openat(
        CWD,
        data_path.as_std_path(),
        flags | OFlags::DIRECTORY,
        Mode::empty(),
    )
    .and_then(|data| openat(data, "log", flags | OFlags::DIRECTORY, Mode::empty()));
    let logs = match opened {
        Ok(logs) => logs,
        Err(error) if error == rustix::io::Errno::NOENT => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut newest: Option<(SystemTime, OpencodeLog)> = None;
    for entry in Dir::read_from(&logs)? {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().ok() else {
            continue;
        };
        if !name.ends_with(".log") {
            continue;
        }
        let Ok(file) = openat(&logs, name, flags | OFlags::RDONLY, Mode::empty()) else {
            continue;
        };
        let file = File::from(file);
        let metadata = file.metadata()?;
        if !metadata.is_file() {
            continue;
        }
        let changed = metadata.modified()?;
        if newest.as_ref().is_none_or(|(newest, _)| changed > *newest) {
            let path = directory.join(name);
            newest = Some((changed, OpencodeLog { path, file }));
        }
    }
    Ok(newest.map(|(_, log)| log))
}
