//! From settings, facts and the parts' contributions to a [`RunSpec`].

use std::collections::BTreeMap;

use super::{
    ContainerFacts, Contribution, Streams, environment,
    limits::{DEFAULT_PIDS_LIMIT, PIDS_LIMIT, unenforced_limits},
    mounts, plan_container,
};
use crate::{
    base::BaseProbe,
    image::label,
    project::Project,
    report::Notice,
    runtime::GroupSupport,
    session::SessionId,
    settings::Settings,
    spec::{ContainerName, Groups, PublishedPort, RunSpec},
};

/// The port that opencode's server is published on if the settings name none; also opencode's own
/// documented default.
const DEFAULT_PORT: u16 = 4096;

/// Everything that a session's plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts<'a> {
    /// What its container has in common with others in which opencode runs.
    pub container: ContainerFacts<'a>,
    /// The session's ID.
    pub session: &'a SessionId,
    /// What is in the base image.
    pub base: &'a BaseProbe,
    /// The container's name.
    pub name: ContainerName,
    /// Program and arguments.
    pub command: &'a [String],
    /// Where the program reads from and prints to.
    pub streams: Streams,
}

/// The plan of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SessionPlan {
    /// The container.
    pub run: RunSpec,
    /// What the user should know.
    pub notes: Vec<Notice>,
}

/// Plans a session. Pure: the same facts and contributions make the same plan.
#[must_use]
pub(crate) fn plan_session(facts: &SessionFacts<'_>, parts: &[Contribution]) -> SessionPlan {
    let ContainerFacts {
        host,
        project,
        settings,
        engine,
        ..
    } = facts.container;
    let mut notes = Vec::new();
    let unenforced: Vec<&str> = unenforced_limits(settings, engine)
        .into_iter()
        .filter(|&name| name != PIDS_LIMIT || settings.pids_limit != Some(DEFAULT_PIDS_LIMIT))
        .collect();
    if !unenforced.is_empty() {
        notes.push(Notice::UnenforcedLimits(unenforced));
    }
    if !engine.init {
        notes.push(Notice::NoInit);
    }
    if facts.base.shell.is_none() {
        notes.push(Notice::NoShell);
    }
    let host_alias = if settings.add_host_docker_internal {
        engine.host_alias.clone()
    } else {
        None
    };
    if settings.add_host_docker_internal && host_alias.is_none() {
        notes.push(Notice::NoHostAlias);
    }
    let groups = groups(facts, &mut notes);
    notes.extend(parts.iter().flat_map(|part| part.notes.iter().cloned()));
    let root_filesystem = mounts::root_filesystem(settings);
    let run = RunSpec {
        working_directory: project.current_dir.clone(),
        mounts: mounts::session(&facts.container, root_filesystem, parts),
        environment: environment::session(&facts.container, parts),
        labels: labels(facts, parts),
        groups,
        network: settings.network.clone(),
        ports: ports(settings),
        host_alias,
        root_filesystem,
        terminal: facts.streams.terminal(host),
        stdin: facts.streams.stdin,
        output: facts.streams.output,
        ..plan_container(&facts.container, facts.name.clone(), facts.command.to_vec())
    };
    SessionPlan { run, notes }
}

/// The name of a session's container.
#[must_use]
pub(crate) fn container_name(
    project: &Project,
    settings: &Settings,
    session: &SessionId,
) -> ContainerName {
    let default = format!("ocx-{}", project.id);
    let prefix = settings.container_name.as_deref().unwrap_or(&default);
    format!("{prefix}-{session}")
        .parse()
        .expect("prefix and session are fit for a name")
}

fn labels(facts: &SessionFacts<'_>, parts: &[Contribution]) -> BTreeMap<String, String> {
    let project = facts.container.project;
    let mut labels: BTreeMap<String, String> =
        parts.iter().flat_map(|part| part.labels.clone()).collect();
    labels.extend([
        (label::PROJECT.to_owned(), project.root.to_string()),
        (label::PROJECT_ID.to_owned(), project.id.to_string()),
        (label::SESSION.to_owned(), facts.session.to_string()),
    ]);
    labels
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

fn groups(facts: &SessionFacts<'_>, notes: &mut Vec<Notice>) -> Groups {
    let ContainerFacts {
        host,
        settings,
        engine,
        ..
    } = facts.container;
    if !settings.keep_groups {
        return Groups::None;
    }
    match engine.groups {
        GroupSupport::ByNumber => Groups::Numbers(host.user.groups.clone()),
        GroupSupport::Keep => Groups::KeepHosts,
        GroupSupport::Unsupported => {
            notes.push(Notice::NoGroups);
            Groups::None
        }
    }
}
