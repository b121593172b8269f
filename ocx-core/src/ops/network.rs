//! What the sessions of a project ask of the network, and letting them have more or less of it.

use std::{fs, io, io::Read as _, io::Seek as _};

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    bridge::{NetworkRecord, PendingHost, Rule, admit, read_pending, records, refuse},
    host::Host,
    project::Project,
    state::{
        ProjectStore, ProjectStoreError, admitted_hosts_file, filtered_sessions, pending_hosts_file,
    },
};

/// Why the network of a project's sessions cannot be looked at or changed.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The project's directory among ocx's own is unusable.
    #[error(transparent)]
    Project(#[from] ProjectStoreError),
    /// A file of ocx's own cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// What the filtered sessions of a project asked for, as it is written down.
#[derive(Debug)]
pub struct NetworkLog {
    path: Utf8PathBuf,
    read: u64,
}

impl NetworkLog {
    /// The records of a project.
    ///
    /// # Errors
    ///
    /// If the project's directory among ocx's own is unusable.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut log = ocx_core::ops::NetworkLog::open(host, project)?;
    /// for record in log.read()? {
    ///     println!("{} {}", record.at, record.destination);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(host: &Host, project: &Project) -> Result<Self, NetworkError> {
        Ok(Self {
            path: store(host, project)?.network_log(),
            read: 0,
        })
    }

    /// What was written since it was last read; at first all that there is.
    ///
    /// # Errors
    ///
    /// If the file cannot be read.
    pub fn read(&mut self) -> Result<Vec<NetworkRecord>, NetworkError> {
        let failed = |source| NetworkError::File {
            path: self.path.clone(),
            source,
        };
        let mut file = match fs::File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        // A new file was begun.
        if file.metadata().map_err(failed)?.len() < self.read {
            self.read = 0;
        }
        file.seek(io::SeekFrom::Start(self.read)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let (records, read) = records(&bytes);
        self.read += read as u64;
        Ok(records)
    }
}

/// Lets the project's running sessions reach what these rules name as well, until they end, and returns
/// which sessions those are. What of it waits goes on. What `network_deny` lists stays denied, and so does
/// what [`deny_now`] was told of unless these rules say all of it.
///
/// # Errors
///
/// If a file of ocx's own cannot be written.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = ocx_core::ops::allow_now(host, project, &["docs.rs:443".parse()?])?;
/// println!("{} sessions may reach it", sessions.len());
/// # Ok(())
/// # }
/// ```
pub fn allow_now(
    host: &Host,
    project: &Project,
    rules: &[Rule],
) -> Result<Vec<String>, NetworkError> {
    tell_all(host, project, |file| admit(file, rules))
}

/// Keeps the project's running sessions from what these rules name, until they end, and returns which
/// sessions those are. What of it waits is refused; connections that are there go on.
///
/// # Errors
///
/// If a file of ocx's own cannot be written.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// let sessions = ocx_core::ops::deny_now(host, project, &["*.tracker.example".parse()?])?;
/// println!("{} sessions may not reach it", sessions.len());
/// # Ok(())
/// # }
/// ```
pub fn deny_now(
    host: &Host,
    project: &Project,
    rules: &[Rule],
) -> Result<Vec<String>, NetworkError> {
    tell_all(host, project, |file| refuse(file, rules))
}

/// The hosts that the project's running sessions wait for, with
/// [`NetworkMode::Ask`](crate::settings::NetworkMode::Ask), by session and host.
///
/// # Errors
///
/// If a directory of ocx's own cannot be read.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{PendingAnswer, answer_pending, pending_hosts};
///
/// for waiting in pending_hosts(host, project)? {
///     if waiting.destination.to_string() == "docs.rs:443" {
///         answer_pending(host, project, &waiting, PendingAnswer::Allow)?;
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub fn pending_hosts(host: &Host, project: &Project) -> Result<Vec<PendingHost>, NetworkError> {
    let store = store(host, project)?;
    let of = |session: &String| read_pending(&pending_hosts_file(&store, session), session);
    Ok(running(&store)?.iter().flat_map(of).collect())
}

/// What the user says to a host that a session waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PendingAnswer {
    /// The session may reach it until it ends.
    Allow,
    /// It may not.
    Deny,
}

/// Answers for the one session that waits, also if it does not wait any more, and returns whether it still
/// runs.
///
/// # Errors
///
/// If a file of ocx's own cannot be written.
pub fn answer_pending(
    host: &Host,
    project: &Project,
    pending: &PendingHost,
    answer: PendingAnswer,
) -> Result<bool, NetworkError> {
    let store = store(host, project)?;
    if !running(&store)?.contains(&pending.session) {
        return Ok(false);
    }
    let rule = [pending.rule()];
    tell(&store, &pending.session, |file| match answer {
        PendingAnswer::Allow => admit(file, &rule),
        PendingAnswer::Deny => refuse(file, &rule),
    })?;
    Ok(true)
}

fn tell_all(
    host: &Host,
    project: &Project,
    how: impl Fn(&Utf8Path) -> io::Result<()>,
) -> Result<Vec<String>, NetworkError> {
    let store = store(host, project)?;
    let sessions = running(&store)?;
    for session in &sessions {
        tell(&store, session, &how)?;
    }
    Ok(sessions)
}

fn tell(
    store: &ProjectStore,
    session: &str,
    how: impl Fn(&Utf8Path) -> io::Result<()>,
) -> Result<(), NetworkError> {
    let path = admitted_hosts_file(store, session);
    how(&path).map_err(|source| NetworkError::File { path, source })
}

fn running(store: &ProjectStore) -> Result<Vec<String>, NetworkError> {
    filtered_sessions(store).map_err(|source| NetworkError::File {
        path: store.sessions_dir(),
        source,
    })
}

fn store(host: &Host, project: &Project) -> Result<ProjectStore, ProjectStoreError> {
    ProjectStore::open(&host.dirs.state, project.id.as_str(), &project.root)
}
