//! From settings, facts and the parts' contributions to a [`RunSpec`].

use std::collections::BTreeMap;

use super::{
    Causes, ContainerFacts, ContainerPlan, Contribution, PlanCause, Streams, base_settings,
    environment,
    hosts::{host_causes, hosts},
    mounts, plan_container, setting, setting_or,
};
use crate::{
    base::BasePlan,
    image::label,
    project::Project,
    report::Notice,
    runtime::GroupSupport,
    session::SessionId,
    settings::{EntrypointUse, Settings},
    spec::{ContainerName, Groups, Network, Piece, RunSpec},
};

/// Everything that a session's plan is made from.
#[derive(Clone, Debug)]
pub(crate) struct SessionFacts<'a> {
    /// What its container has in common with others in which opencode runs.
    pub container: ContainerFacts<'a>,
    /// The session's ID.
    pub session: &'a SessionId,
    /// Its network.
    pub network: &'a Network,
    /// Which base image is meant.
    pub base_plan: &'a BasePlan,
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
    /// Why it has each of its pieces.
    pub causes: Causes,
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
        base,
        ..
    } = facts.container;
    let mut notes = Vec::new();
    if !engine.init {
        notes.push(Notice::NoInit);
    }
    if base.shell.is_none() {
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
    let variables = environment::session(&facts.container, parts);
    let mounts = mounts::session(&facts.container, root_filesystem, parts);
    let (mounts, causes_of_mounts) = mounts.apart();
    let ContainerPlan { run, mut causes } =
        plan_container(&facts.container, facts.name.clone(), facts.command.to_vec());
    causes.extend(session_causes(facts, parts));
    causes.extend(variables.causes);
    causes.extend(causes_of_mounts);
    let hosts = hosts(settings, facts.network);
    let run = RunSpec {
        working_directory: project.current_dir.clone(),
        mounts,
        environment: variables.environment,
        labels: labels(facts, parts),
        launcher: parts
            .iter()
            .flat_map(|part| part.launcher.clone())
            .collect(),
        groups,
        network: facts.network.clone(),
        host_alias,
        hosts: hosts.entries,
        dns_servers: hosts.servers,
        dns_search: hosts.search,
        devices: settings.devices.clone(),
        gpus: settings.gpus.clone(),
        root_filesystem,
        terminal: facts.streams.terminal(host),
        stdin: facts.streams.stdin,
        output: facts.streams.output,
        ..run
    };
    SessionPlan { run, causes, notes }
}

/// Why a session has what a container of ocx does not have anyway, but for mounts and variables.
fn session_causes(facts: &SessionFacts<'_>, parts: &[Contribution]) -> Causes {
    let settings = facts.container.settings;
    let mut causes = host_causes();
    causes.set(Piece::Devices, [setting("devices")]);
    causes.set(Piece::Gpus, [setting("gpus")]);
    let mut command = vec![PlanCause::Caller];
    if settings.entrypoint == EntrypointUse::Keep {
        command.push(setting("entrypoint"));
    }
    causes.set(Piece::Command, command);
    causes.set(Piece::WorkingDirectory, [PlanCause::Caller]);
    causes.set(
        Piece::Name,
        [setting_or(
            "container_name",
            settings.container_name.as_ref(),
            PlanCause::Needed,
        )],
    );
    causes.set(Piece::Image, image_causes(facts));
    causes.set(Piece::Groups, [setting("keep_groups")]);
    causes.set(Piece::RootFilesystem, [setting("read_only")]);
    let mut network = vec![setting("network")];
    if facts.network != settings.network.of_container() {
        network.push(PlanCause::Sandbox);
    }
    causes.set(Piece::Network, network);
    causes.set(
        Piece::HostAlias,
        [setting("add_host_docker_internal"), PlanCause::Engine],
    );
    for part in parts {
        if !part.launcher.is_empty() {
            causes.set(Piece::Launcher, part.causes_of(&Piece::Launcher));
        }
        for name in part.labels.keys() {
            let piece = Piece::Label(name.clone());
            causes.set(piece.clone(), part.causes_of(&piece));
        }
    }
    for name in [
        label::PROJECT,
        label::PROJECT_ID,
        label::SESSION,
        label::USER,
    ] {
        causes.set(Piece::Label(name.to_owned()), [PlanCause::Needed]);
    }
    causes
}

/// What the name of the image is made of.
fn image_causes(facts: &SessionFacts<'_>) -> Vec<PlanCause> {
    let settings = facts.container.settings;
    let mut causes: Vec<PlanCause> = base_settings(facts.base_plan, settings)
        .map(setting)
        .collect();
    causes.push(match settings.opencode_binary {
        Some(_) => setting("opencode_binary"),
        None => setting("opencode_version"),
    });
    causes
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
        (
            label::USER.to_owned(),
            facts.container.host.user.uid.to_string(),
        ),
    ]);
    labels
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

#[cfg(test)]
mod tests {
    use super::super::fixture::Fixture;
    use super::*;
    use crate::base::BaseSource;
    use crate::spec::{
        Access, EnvName, EnvValue, Mount, Network, Output, RootFilesystem, Stdin, Terminal,
    };

    fn plan(fixture: &Fixture, parts: &[Contribution]) -> SessionPlan {
        plan_session(&fixture.session(), parts)
    }

    #[test]
    fn a_session_without_settings_gets_what_it_needs_and_no_more() {
        let mut fixture = Fixture::new(&[]);
        fixture.project.current_dir = fixture.project.root.join("src");
        let SessionPlan { run, notes, .. } = plan(&fixture, &[]);
        assert_eq!(notes, []);
        assert_eq!(run.command, ["opencode", "run"]);
        assert_eq!(run.name.unwrap().as_str(), "ocx-app-1a2b");
        assert_eq!(run.working_directory, fixture.project.current_dir);
        assert_eq!(
            (run.network, run.groups, run.root_filesystem),
            (Network::Default, Groups::None, RootFilesystem::Writable)
        );
        assert_eq!((run.ports, run.host_alias), (vec![], None));
        assert_eq!((run.stdin, run.output), (Stdin::Inherit, Output::Inherit));
        assert_eq!(run.terminal, Terminal::Piped);
        assert_eq!(run.limits.pids, Some(4096));
    }

    #[test]
    fn settings_open_what_they_name() {
        let mut fixture = Fixture::new(&[
            ("network", "shared"),
            ("read_only", "true"),
            ("keep_groups", "true"),
            ("add_host_docker_internal", "true"),
            ("add_hosts", "{ db = \"10.0.0.5\" }"),
            ("dns", "10.0.0.2"),
            ("devices", "/dev/null"),
            ("gpus", "2"),
        ]);
        fixture.sandbox.host.terminals.stdin = true;
        fixture.sandbox.host.terminals.stdout = true;
        let SessionPlan { run, notes, .. } = plan(&fixture, &[]);
        assert_eq!(notes, []);
        assert_eq!(run.network, Network::Named("shared".to_owned()));
        assert_eq!(run.root_filesystem, RootFilesystem::ReadOnly);
        assert_eq!(run.groups, Groups::Numbers(vec![27, 100]));
        assert_eq!(run.host_alias.as_deref(), Some("host.docker.internal"));
        let hosts = [("db".parse().unwrap(), "10.0.0.5".parse().unwrap())];
        assert_eq!(run.hosts, hosts.into());
        assert_eq!(
            run.dns_servers,
            ["10.0.0.2".parse::<std::net::IpAddr>().unwrap()]
        );
        assert_eq!(
            run.devices,
            ["/dev/null".parse::<crate::spec::Device>().unwrap()]
        );
        assert_eq!(run.gpus, Some(crate::spec::Gpus::Count(2)));
        assert_eq!(run.terminal, Terminal::Interactive);
        fixture.engine.groups = GroupSupport::Keep;
        assert_eq!(plan(&fixture, &[]).run.groups, Groups::KeepHosts);
    }

    #[test]
    fn what_cannot_be_had_is_told() {
        let settings = [
            ("keep_groups", "true"),
            ("add_host_docker_internal", "true"),
        ];
        let mut fixture = Fixture::new(&settings);
        fixture.engine.init = false;
        fixture.engine.groups = GroupSupport::Unsupported;
        fixture.engine.host_alias = None;
        fixture.base.shell = None;
        let SessionPlan { run, notes, .. } = plan(&fixture, &[]);
        assert_eq!(
            notes,
            [
                Notice::NoInit,
                Notice::NoShell,
                Notice::NoHostAlias,
                Notice::NoGroups
            ]
        );
        assert_eq!((run.groups, run.host_alias), (Groups::None, None));
    }

    #[test]
    fn parts_add_mounts_variables_labels_and_notes() {
        let mut fixture = Fixture::new(&[]);
        fixture.engine.init = false;
        let mount = |target: &str| Mount::bind("/state", target, Access::ReadOnly);
        let part = |target: &str, label: &str, note: Notice| Contribution {
            mounts: vec![mount(target)],
            labels: [(label.to_owned(), "of a part".to_owned())].into(),
            notes: vec![note],
            ..Contribution::default()
        };
        let parts = [
            part("/b", "own", Notice::NoShell),
            Contribution {
                inherited: [("A".parse().unwrap(), EnvValue::Plain("b".to_owned()))].into(),
                launcher: vec!["first".to_owned(), "do this".to_owned()],
                ..part("/a", label::SESSION, Notice::NoGroups)
            },
        ];
        let SessionPlan { run, notes, .. } = plan(&fixture, &parts);
        assert_eq!(notes, [Notice::NoInit, Notice::NoShell, Notice::NoGroups]);
        let (common, added) = run.mounts.split_at(run.mounts.len() - 2);
        assert_eq!(added, [mount("/b"), mount("/a")]);
        assert_eq!(common, plan(&fixture, &[]).run.mounts);
        assert_eq!(run.launcher, ["first", "do this"]);
        let value = run.environment.get("A").map(EnvValue::expose);
        assert_eq!(value, Some("b"));
        // A session is found by its labels, so those that it needs are its own.
        let expected = [
            ("own", "of a part"),
            (label::PROJECT, fixture.project.root.as_str()),
            (label::PROJECT_ID, fixture.project.id.as_str()),
            (label::SESSION, fixture.id.as_str()),
            (label::USER, &fixture.sandbox.host.user.uid.to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(run.labels, expected.into());
    }

    #[test]
    fn each_piece_knows_what_decides_it() {
        let settings = |keys: &[&'static str]| -> Vec<PlanCause> {
            keys.iter().copied().map(PlanCause::Setting).collect()
        };
        let assert_causes = |fixture: &Fixture, piece: Piece, expected: &[PlanCause]| {
            let plan = plan(fixture, &[]);
            assert_eq!(plan.causes.of(&piece), expected, "{piece:?}");
        };
        let set = [
            ("keep_groups", "true"),
            ("uid", "7"),
            ("opencode_binary", "/opencode"),
            ("env", "{ TMPDIR = \"/var/tmp\" }"),
        ];
        let fixture = Fixture::new(&set);
        assert_causes(&fixture, Piece::Groups, &settings(&["keep_groups"]));
        let user = [PlanCause::Setting("uid"), PlanCause::Host];
        assert_causes(&fixture, Piece::User, &user);
        let base = ["custom_base_image", "custom_base_dockerfile"];
        let image = [&base[..], &["opencode_binary"]].concat();
        assert_causes(&fixture, Piece::Image, &settings(&image));
        // The setting wins over a default, and not over what ocx needs.
        let variable = |name: &str| Piece::Variable(name.parse().unwrap());
        assert_causes(&fixture, variable("TMPDIR"), &settings(&["env"]));
        assert_causes(&fixture, variable("HOME"), &[PlanCause::Needed]);
        assert_causes(&fixture, Piece::Memory, &[]);

        let mut fixture = Fixture::new(&[("network", "none")]);
        assert_causes(&fixture, Piece::Network, &settings(&["network"]));
        assert_causes(&fixture, Piece::User, &[PlanCause::Host]);
        fixture.base_plan.source = BaseSource::Image("team".parse().unwrap());
        let image = ["custom_base_image", "opencode_version"];
        assert_causes(&fixture, Piece::Image, &settings(&image));
    }

    #[test]
    fn what_a_part_brings_is_there_because_of_it() {
        let fixture = Fixture::new(&[("env", "{ A = \"set\" }")]);
        let variable = |name: &str| name.parse::<EnvName>().unwrap();
        let value = || EnvValue::Plain("b".to_owned());
        let mut part = Contribution {
            purpose: "a test",
            mounts: vec![
                Mount::bind("/state", "/a", Access::ReadOnly),
                Mount::bind("/state", "/b", Access::ReadOnly),
            ],
            inherited: [(variable("A"), value()), (variable("B"), value())].into(),
            environment: [(variable("HOME"), value())].into(),
            labels: [("own".to_owned(), "of a part".to_owned())].into(),
            ..Contribution::default()
        };
        part.causes
            .set(Piece::Mount("/b".into()), [setting("extra_mounts")]);
        let plan = plan(&fixture, &[part]);
        let own = [PlanCause::Part("a test")];
        for (piece, expected) in [
            (Piece::Mount("/a".into()), own),
            (
                Piece::Mount("/b".into()),
                [PlanCause::Setting("extra_mounts")],
            ),
            (Piece::Variable(variable("A")), [PlanCause::Setting("env")]),
            (Piece::Variable(variable("B")), own),
            (Piece::Variable(variable("HOME")), own),
            (Piece::Label("own".to_owned()), own),
            (Piece::Label(label::SESSION.to_owned()), [PlanCause::Needed]),
        ] {
            assert_eq!(plan.causes.of(&piece), expected, "{piece:?}");
        }
    }

    #[test]
    fn a_container_is_called_by_its_project_and_session() {
        let mut fixture = Fixture::new(&[]);
        let name = |fixture: &Fixture| {
            container_name(&fixture.project, &fixture.settings, &fixture.id).to_string()
        };
        let (project, id) = (fixture.project.id.clone(), fixture.id.clone());
        assert_eq!(name(&fixture), format!("ocx-{project}-{id}"));
        fixture.settings.container_name = Some("mine".to_owned());
        assert_eq!(name(&fixture), format!("mine-{id}"));
    }
}
