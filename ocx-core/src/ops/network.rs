//! What the sessions of a project ask of the network, and letting them have more of it.

use std::{fs, io, io::Read as _, io::Seek as _};

use camino::Utf8PathBuf;

use crate::{
    bridge::{NetworkRecord, Rule, admit, records},
    host::Host,
    project::Project,
    state::{ProjectStore, ProjectStoreError, admitted_hosts_file, filtered_sessions},
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
/// which sessions those are. What `network_deny` lists stays denied.
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
    let store = store(host, project)?;
    let failed = |path: Utf8PathBuf| move |source| NetworkError::File { path, source };
    let sessions = filtered_sessions(&store).map_err(failed(store.sessions_dir()))?;
    for session in &sessions {
        let file = admitted_hosts_file(&store, session);
        admit(&file, rules).map_err(failed(file.clone()))?;
    }
    Ok(sessions)
}

fn store(host: &Host, project: &Project) -> Result<ProjectStore, ProjectStoreError> {
    ProjectStore::open(&host.dirs.state, project.id.as_str(), &project.root)
}
