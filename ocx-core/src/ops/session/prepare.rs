//! What a session needs on the host: prepared before it, put in order after it.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    time::{Duration, SystemTime},
};

use camino::Utf8PathBuf;
use jiff::Timestamp;

use crate::ops::{Ocx, OcxError, session::program::Program};
use crate::{
    base::{BasePlan, BaseProbe, FoundIn},
    credentials::{AuthStore, CredentialFile},
    disk::ContentStore,
    image::OpencodeVersion,
    opencode::is_made_up,
    opencode_config::sync_config,
    project::Project,
    runtime::ContainerId,
    session::plan::{Server, SessionPaths, SessionPlan},
    session::{SessionId, random_hex, read_env_file},
    spec::{ContainerName, EnvName, EnvValue, Network, UserMapping},
    state::{DataLock, ProjectStore, SessionFiles, remove_leftovers},
};

/// Subcommands that make opencode a server.
const SERVERS: [&str; 2] = ["serve", "web"];

/// What was prepared for a session. Holds the locks.
pub(in crate::ops) struct Prepared {
    pub(in crate::ops) paths: SessionPaths,
    pub(in crate::ops) env_files: Vec<(EnvName, EnvValue)>,
    pub(in crate::ops) server: Option<Server>,
    store: ProjectStore,
    auth: AuthStore,
    _files: SessionFiles,
    _data: DataLock,
}

impl Ocx {
    pub(in crate::ops) fn prepare_session(
        &self,
        base: &BasePlan,
        probe: &BaseProbe,
        user: UserMapping,
        version: &OpencodeVersion,
        program: &Program,
        session: &SessionId,
    ) -> Result<Prepared, OcxError> {
        let dirs = &self.host.dirs;
        let store = ProjectStore::open(&dirs.state, self.project.id.as_str(), &self.project.root)?;
        let data = DataLock::acquire(&store, version)?;
        if let Some(downgrade) = data
            .downgrade()
            .filter(|downgrade| !is_made_up(&downgrade.from))
        {
            self.warn(&format!(
                "opencode {} has used this project's sessions; {} may not be able to read them",
                downgrade.from, downgrade.to
            ));
        }
        let files = SessionFiles::begin(&store, session.as_str())?;
        self.copy_config(&store)?;
        let auth = self.import_credentials()?;
        let content = ContentStore::new(&dirs.cache);
        let (passwd, group) = self.account_files(probe, user)?;
        let paths = SessionPaths {
            passwd,
            group,
            opencode_data: store.opencode_data(),
            opencode_config: store.config_copy(),
            auth: auth.path(CredentialFile::Auth).to_owned(),
            mcp_auth: auth.path(CredentialFile::McpAuth).to_owned(),
            empty_file: content.empty_file()?,
            empty_directory: content.empty_directory()?,
            id_file: files.id_file().to_owned(),
            workspace_tmp_exists: self.project.root.join("tmp").is_dir(),
            protected: protected(base, &self.project),
        };
        let mut env_files = Vec::new();
        for path in &self.settings.env_file {
            env_files.extend(read_env_file(path)?);
        }
        let server = match program {
            Program::Opencode(args)
                if args
                    .first()
                    .is_some_and(|first| SERVERS.contains(&first.as_str())) =>
            {
                Some(self.server(&store)?)
            }
            _ => None,
        };
        Ok(Prepared {
            paths,
            env_files,
            server,
            store,
            auth,
            _files: files,
            _data: data,
        })
    }
}

impl Ocx {
    /// Refreshes the project's copy of opencode's configuration from the host's.
    fn copy_config(&self, store: &ProjectStore) -> Result<(), OcxError> {
        let usual = || self.host.dirs.config.with_file_name("opencode");
        let source = self
            .settings
            .opencode_config_dir
            .clone()
            .unwrap_or_else(usual);
        let report = sync_config(&source, &store.config_copy())?;
        for note in &report.notes {
            self.note(&format!(
                "`{}` was not copied into the session: {}",
                source.join(&note.path),
                note.reason
            ));
        }
        // In a network of its own the container's loopback is not the host's.
        if self.settings.network != Network::Host {
            for found in &report.loopback_urls {
                self.warn(&format!(
                    "{} uses {}, which is the container's own address inside: use --set \
                     network=host, or --set add_host_docker_internal=true and the host's name there",
                    found.file, found.url
                ));
            }
        }
        Ok(())
    }

    fn import_credentials(&self) -> Result<AuthStore, OcxError> {
        let auth = AuthStore::open(&self.host.dirs.data)?;
        for warning in auth
            .import(&self.host_opencode_data(), Timestamp::now())?
            .warnings
        {
            self.warn(&warning.to_string());
        }
        Ok(auth)
    }

    /// Where opencode keeps its data on the host.
    fn host_opencode_data(&self) -> Utf8PathBuf {
        self.host.dirs.data.with_file_name("opencode")
    }

    /// The password of the project's server: the user's own, or one that is made up once.
    fn server(&self, store: &ProjectStore) -> Result<Server, OcxError> {
        const VARIABLE: &str = "OPENCODE_SERVER_PASSWORD";
        if let Some(password) = self.host.variable(VARIABLE) {
            return Ok(Server {
                password: password.to_owned(),
            });
        }
        let path = store.directory().join("server-password");
        let failed = |source: io::Error| OcxError::File {
            path: path.clone(),
            source,
        };
        let password = match fs::read_to_string(&path) {
            Ok(password) if !password.trim().is_empty() => password.trim().to_owned(),
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            Ok(_) | Err(_) => {
                let mut file = tempfile::Builder::new()
                    .permissions(fs::Permissions::from_mode(0o600))
                    .tempfile_in(store.directory())
                    .map_err(failed)?;
                let secret = random_hex::<24>().map_err(failed)?;
                writeln!(file, "{secret}").map_err(failed)?;
                file.persist(&path).map_err(|error| failed(error.error))?;
                secret
            }
        };
        self.note(&format!(
            "clients log in to the server as `opencode` with the password in {path}"
        ));
        Ok(Server { password })
    }

    /// Makes the volume of the home directory with its labels, when a project first needs it. An
    /// engine would make it by itself, but without labels to find it by.
    pub(in crate::ops) async fn ensure_home_volume(
        &self,
        plan: &SessionPlan,
        prepared: &Prepared,
    ) -> Result<(), OcxError> {
        let Some(volume) = &plan.home_volume else {
            return Ok(());
        };
        let engine = self.engine_key();
        let marker =
            prepared
                .store
                .directory()
                .join(format!("volume-{}-{}", engine.as_str(), volume.name));
        if marker.exists() {
            return Ok(());
        }
        self.runtime.ensure_volume(volume).await?;
        if !self.is_dry_run() {
            // Without the marker the next session only asks the engine again.
            let _ = fs::write(&marker, "");
        }
        Ok(())
    }

    /// Stops the container of a session that nobody waits for any more, and finishes the session.
    pub(in crate::ops) async fn end_abandoned_session(
        &self,
        prepared: Prepared,
        container: Option<ContainerName>,
    ) {
        if let Some(container) = container {
            let container = ContainerId(container.to_string());
            let _ = self.runtime.stop_container(&container, GRACE).await;
        }
        self.finish_session(prepared).await;
    }

    /// Gives refreshed logins back to the host, and cleans up after sessions that died.
    pub(in crate::ops) async fn finish_session(&self, prepared: Prepared) {
        match prepared
            .auth
            .export(&self.host_opencode_data(), Timestamp::now())
        {
            Ok(report) => {
                for warning in report.warnings {
                    self.warn(&warning.to_string());
                }
            }
            Err(error) => self.warn(&error.to_string()),
        }
        let Ok(leftovers) = remove_leftovers(&prepared.store, SystemTime::now()) else {
            return;
        };
        for container in leftovers
            .into_iter()
            .filter_map(|leftover| leftover.container_id)
        {
            // It is gone as a rule: its engine removes it when its program ends.
            let _ = self
                .runtime
                .stop_container(&ContainerId(container), GRACE)
                .await;
        }
    }
}

/// How long the container of a session that died gets to end.
const GRACE: Duration = Duration::from_secs(5);

/// The project's files that configure ocx: the agent must not prepare the next session's sandbox.
fn protected(base: &BasePlan, project: &Project) -> Vec<Utf8PathBuf> {
    let dockerfile = base
        .dockerfile()
        .filter(|found| found.found_in == FoundIn::Project);
    project
        .config_files
        .iter()
        .cloned()
        .chain(dockerfile.map(|found| found.canonical.clone()))
        .collect()
}
