//! From settings and facts to a [`RunSpec`].

use std::collections::BTreeMap;

use camino::Utf8PathBuf;

use super::{
    ContainerFacts, Forbidden, environment,
    limits::{DEFAULT_PIDS_LIMIT, PIDS_LIMIT, unenforced_limits},
    mounts,
    notes::SessionNote,
    plan_container,
};
use crate::{
    base::BaseProbe,
    host::Host,
    image::{ImageReference, label},
    layout,
    project::{GitIdentity, Project},
    runtime::{EngineInfo, GroupSupport},
    session::SessionId,
    settings::{DataVolumesMode, Settings},
    spec::{
        ContainerName, EnvName, EnvValue, Groups, Output, PublishedPort, RunSpec, Stdin, Terminal,
        UserMapping, VolumeName, VolumeSpec,
    },
};

/// The port that opencode's server is published on if the settings name none; also opencode's own
/// documented default.
const DEFAULT_PORT: u16 = 4096;

/// Everything that a session's plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts<'a> {
    /// The host.
    pub host: &'a Host,
    /// The session's ID.
    pub session: &'a SessionId,
    /// The identity that Git puts into commits.
    pub git_identity: &'a GitIdentity,
    /// The project.
    pub project: &'a Project,
    /// The settings.
    pub settings: &'a Settings,
    /// The engine.
    pub engine: &'a EngineInfo,
    /// What is in the base image.
    pub base: &'a BaseProbe,
    /// How the user appears in the container.
    pub user: UserMapping,
    /// The ocx image.
    pub image: &'a ImageReference,
    /// Files that were prepared on the host.
    pub paths: &'a SessionPaths,
    /// What is hidden.
    pub forbidden: &'a Forbidden,
    /// Variables from the settings' env files.
    pub env_files: &'a [(EnvName, EnvValue)],
    /// The server that opencode is asked to be, if it is.
    pub server: Option<&'a Server>,
    /// Program and arguments.
    pub command: &'a [String],
    /// Where the program reads from and prints to.
    pub streams: Streams,
}

/// Where a program reads from and prints to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Streams {
    /// Its input.
    pub stdin: Stdin,
    /// Its output.
    pub output: Output,
}

impl Streams {
    /// The caller's own.
    pub(crate) const INHERITED: Self = Self {
        stdin: Stdin::Inherit,
        output: Output::Inherit,
    };

    /// Whether the program gets a terminal: if both are the caller's, and are one.
    #[must_use]
    pub(crate) fn terminal(self, host: &Host) -> Terminal {
        if self == Self::INHERITED {
            host.terminals.for_program()
        } else {
            Terminal::Piped
        }
    }
}

impl<'a> SessionFacts<'a> {
    pub(super) fn container(&self) -> ContainerFacts<'a> {
        ContainerFacts {
            host: self.host,
            git_identity: self.git_identity,
            project: self.project,
            settings: self.settings,
            engine: self.engine,
            user: self.user,
            image: self.image,
            passwd: &self.paths.passwd,
            group: &self.paths.group,
        }
    }
}

/// Files and directories of ocx on the host that a session mounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionPaths {
    /// Generated `/etc/passwd`.
    pub passwd: Utf8PathBuf,
    /// Generated `/etc/group`.
    pub group: Utf8PathBuf,
    /// opencode's data of the project.
    pub opencode_data: Utf8PathBuf,
    /// The copy of opencode's configuration.
    pub opencode_config: Utf8PathBuf,
    /// Credentials of model providers.
    pub auth: Utf8PathBuf,
    /// Credentials of MCP servers.
    pub mcp_auth: Utf8PathBuf,
    /// An empty file that cannot be written to.
    pub empty_file: Utf8PathBuf,
    /// An empty directory that cannot be written to.
    pub empty_directory: Utf8PathBuf,
    /// Where the engine writes the container's ID.
    pub id_file: Utf8PathBuf,
    /// Whether the workspace has a directory `tmp`, which `workspace_tmp_size` covers.
    pub workspace_tmp_exists: bool,
    /// Files of the project that configure ocx itself, so the agent must not change them.
    pub protected: Vec<Utf8PathBuf>,
}

/// opencode as a server.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// The password that clients must give.
    pub password: String,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Server(…)")
    }
}

/// The plan of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionPlan {
    /// The container.
    pub run: RunSpec,
    /// The volume of the home directory, if it outlives the session.
    pub home_volume: Option<VolumeSpec>,
    /// What the user should know.
    pub notes: Vec<SessionNote>,
}

/// Plans a session. Pure: the same facts make the same plan.
#[must_use]
pub(crate) fn plan_session(facts: &SessionFacts<'_>) -> SessionPlan {
    let SessionFacts {
        host,
        project,
        settings,
        engine,
        ..
    } = *facts;
    let mut notes = Vec::new();
    let keep = match settings.data_volumes_mode {
        DataVolumesMode::Always => true,
        DataVolumesMode::Never => false,
        DataVolumesMode::Git => {
            if project.git.is_none() {
                notes.push(SessionNote::EphemeralHome);
            }
            project.git.is_some()
        }
    };
    let home_volume = keep.then(|| home_volume(facts));
    let unenforced: Vec<&str> = unenforced_limits(settings, engine)
        .into_iter()
        .filter(|&name| name != PIDS_LIMIT || settings.pids_limit != Some(DEFAULT_PIDS_LIMIT))
        .collect();
    if !unenforced.is_empty() {
        notes.push(SessionNote::UnenforcedLimits(unenforced));
    }
    if !engine.init {
        notes.push(SessionNote::NoInit);
    }
    if facts.base.shell.is_none() {
        notes.push(SessionNote::NoShell);
    }
    if !facts.forbidden.absent.is_empty() {
        notes.push(SessionNote::ForbiddenAbsent(facts.forbidden.absent.clone()));
    }
    let host_alias = if settings.add_host_docker_internal {
        engine.host_alias.clone()
    } else {
        None
    };
    if settings.add_host_docker_internal && host_alias.is_none() {
        notes.push(SessionNote::NoHostAlias);
    }
    let command = facts.command.to_vec();
    let run = RunSpec {
        working_directory: project.current_dir.clone(),
        mounts: mounts::mounts(facts, home_volume.as_ref()),
        environment: environment::environment(facts),
        labels: labels(facts),
        groups: groups(facts, &mut notes),
        network: settings.network.clone(),
        ports: ports(settings),
        host_alias,
        root_filesystem: mounts::root_filesystem(settings),
        terminal: facts.streams.terminal(host),
        stdin: facts.streams.stdin,
        output: facts.streams.output,
        id_file: Some(facts.paths.id_file.clone()),
        ..plan_container(&facts.container(), container_name(facts), command)
    };
    SessionPlan {
        run,
        home_volume,
        notes,
    }
}

fn home_volume(facts: &SessionFacts<'_>) -> VolumeSpec {
    let name = facts.settings.data_volumes_name.as_ref().map_or_else(
        || format!("ocx-{}-home", facts.project.id),
        ToString::to_string,
    );
    let name: VolumeName = format!("{name}-{}", layout::SKELETON_REVISION)
        .parse()
        .expect("a project's ID is fit for a name");
    VolumeSpec {
        name,
        labels: [
            (label::PROJECT.to_owned(), facts.project.root.to_string()),
            (label::PROJECT_ID.to_owned(), facts.project.id.to_string()),
        ]
        .into(),
    }
}

fn container_name(facts: &SessionFacts<'_>) -> ContainerName {
    let default = format!("ocx-{}", facts.project.id);
    let prefix = facts.settings.container_name.as_deref().unwrap_or(&default);
    format!("{prefix}-{}", facts.session)
        .parse()
        .expect("prefix and session are fit for a name")
}

fn labels(facts: &SessionFacts<'_>) -> BTreeMap<String, String> {
    [
        (label::PROJECT.to_owned(), facts.project.root.to_string()),
        (label::PROJECT_ID.to_owned(), facts.project.id.to_string()),
        (label::SESSION.to_owned(), facts.session.to_string()),
    ]
    .into()
}

fn ports(settings: &Settings) -> Vec<PublishedPort> {
    let port = settings.port.unwrap_or(DEFAULT_PORT);
    if settings.publish_port {
        vec![PublishedPort {
            host: port,
            container: port,
        }]
    } else {
        Vec::new()
    }
}

fn groups(facts: &SessionFacts<'_>, notes: &mut Vec<SessionNote>) -> Groups {
    if !facts.settings.keep_groups {
        return Groups::None;
    }
    match facts.engine.groups {
        GroupSupport::ByNumber => Groups::Numbers(facts.host.user.groups.clone()),
        GroupSupport::Keep => Groups::KeepHosts,
        GroupSupport::Unsupported => {
            notes.push(SessionNote::NoGroups);
            Groups::None
        }
    }
}
