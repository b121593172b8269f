//! One corpus of specs.

use std::collections::BTreeMap;

use crate::{
    engine::{Dialect, Invocation, build_invocation, exec_invocation, run_invocation},
    runtime::ContainerId,
    spec::{
        Access, BasePull, BuildCache, BuildNetwork, BuildOutput, BuildSpec, Capabilities, EnvValue,
        ExecSpec, Gpus, Groups, Init, Lifetime, Limits, Mount, MountSource, Network, Output,
        PublishedPort, RootFilesystem, RunSpec, SelinuxLabel, Stdin, Terminal, UserMapping,
    },
};

/// A container that does nothing special.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn run_spec() -> RunSpec {
    RunSpec {
        image: "ocx-team:1.18.33".parse().expect("a reference"),
        name: None,
        command: vec!["opencode".to_owned()],
        launcher: vec![],
        working_directory: "/work".into(),
        mounts: vec![],
        environment: BTreeMap::new(),
        labels: BTreeMap::new(),
        user: UserMapping::Direct {
            uid: 1501,
            gid: 1501,
        },
        groups: Groups::None,
        network: Network::Default,
        ports: vec![],
        host_alias: None,
        hosts: BTreeMap::new(),
        dns_servers: vec![],
        dns_search: vec![],
        limits: Limits::default(),
        shm_size: None,
        ulimits: BTreeMap::new(),
        devices: vec![],
        gpus: None,
        capabilities: Capabilities::None,
        root_filesystem: RootFilesystem::Writable,
        selinux: SelinuxLabel::EngineDefault,
        terminal: Terminal::Piped,
        init: Init::Engine,
        stdin: Stdin::Inherit,
        output: Output::Inherit,
        lifetime: Lifetime::RemoveOnExit,
    }
}

/// One corpus of containers that together use everything a plan can ask for, so that what two
/// backends make of it lies side by side.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn run_specs() -> Vec<(&'static str, RunSpec)> {
    let everything = RunSpec {
        name: Some("ocx-app-1a2b3c4d".parse().expect("a name")),
        command: ["opencode", "run", "fix it; rm -rf /", ""]
            .map(str::to_owned)
            .to_vec(),
        working_directory: "/home/jane/my, app/src".into(),
        mounts: vec![
            Mount {
                source: MountSource::Volume("ocx-app-home-1".parse().expect("a name")),
                target: "/ocx/home".into(),
                access: Access::ReadWrite,
            },
            Mount::bind(
                "/home/jane/my, app",
                "/home/jane/my, app",
                Access::ReadWrite,
            ),
            Mount::bind("/cache/a:b/passwd", "/etc/passwd", Access::ReadOnly),
            Mount {
                source: MountSource::Tmpfs {
                    size: Some(1 << 30),
                },
                target: "/tmp".into(),
                access: Access::ReadWrite,
            },
        ],
        environment: [
            ("HOME", EnvValue::Plain("/ocx/home".to_owned())),
            ("GREETING", EnvValue::Plain("it's \"me\"".to_owned())),
            ("OPENAI_API_KEY", EnvValue::Secret("hunter2".to_owned())),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().expect("a name"), value))
        .collect(),
        labels: [("ocx.project".to_owned(), "/home/jane/my, app".to_owned())].into(),
        network: Network::Named("team".to_owned()),
        ports: vec![PublishedPort {
            host: 4096,
            container: 4096,
        }],
        host_alias: Some("host.docker.internal".to_owned()),
        hosts: [("db.local", "10.0.0.5"), ("six", "2001:db8::5")]
            .map(|(name, address)| {
                let name = name.parse().expect("a name");
                (name, address.parse().expect("an address"))
            })
            .into(),
        dns_servers: vec!["10.0.0.2".parse().expect("an address")],
        dns_search: vec!["corp.example".to_owned()],
        limits: Limits {
            memory: Some(2 << 30),
            cpus: Some(1.5),
            pids: Some(4096),
        },
        shm_size: Some(1 << 30),
        ulimits: [("core", "0"), ("nofile", "1024:unlimited")]
            .map(|(name, limit)| {
                let name = name.parse().expect("a name");
                (name, limit.parse().expect("a limit"))
            })
            .into(),
        devices: vec!["/dev/snd:r".parse().expect("a device")],
        gpus: Some(Gpus::All),
        root_filesystem: RootFilesystem::ReadOnly,
        selinux: SelinuxLabel::Disabled,
        terminal: Terminal::Interactive,
        ..run_spec()
    };
    let anonymous = Mount {
        source: MountSource::AnonymousVolume,
        target: "/ocx/home".into(),
        access: Access::ReadWrite,
    };
    vec![
        ("plain", run_spec()),
        ("everything", everything),
        (
            "counted-gpus",
            RunSpec {
                gpus: Some(Gpus::Count(2)),
                ..run_spec()
            },
        ),
        (
            "named-gpus",
            RunSpec {
                gpus: Some(Gpus::Ids(vec!["0".to_owned(), "GPU-1a2b".to_owned()])),
                ..run_spec()
            },
        ),
        (
            "keep-id",
            RunSpec {
                user: UserMapping::KeepId {
                    uid: 1501,
                    gid: 1501,
                },
                ..run_spec()
            },
        ),
        (
            "root-is-host",
            RunSpec {
                user: UserMapping::ContainerRootIsHost,
                ..run_spec()
            },
        ),
        (
            "nothing-kept",
            RunSpec {
                launcher: vec!["/ocx/bin/opencode".to_owned(), "first.js".to_owned()],
                mounts: vec![anonymous],
                network: Network::None,
                init: Init::Program,
                capabilities: Capabilities::EngineDefault,
                ..run_spec()
            },
        ),
        (
            "host-network",
            RunSpec {
                network: Network::Host,
                lifetime: Lifetime::Keep,
                groups: Groups::Numbers(vec![27, 100]),
                ..run_spec()
            },
        ),
        (
            "keep-groups",
            RunSpec {
                user: UserMapping::KeepId {
                    uid: 1501,
                    gid: 1501,
                },
                groups: Groups::KeepHosts,
                ..run_spec()
            },
        ),
    ]
}

/// A corpus of builds, as [`run_specs`] is one of containers.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn build_specs() -> Vec<(&'static str, BuildSpec)> {
    let layer = BuildSpec {
        image: "ocx-tmp---0123456789ab:candidate"
            .parse()
            .expect("a reference"),
        dockerfile: "/cache/contexts/0123/Dockerfile".into(),
        context: "/cache/contexts/0123".into(),
        build_args: BTreeMap::new(),
        secrets: BTreeMap::new(),
        target: None,
        labels: [("ocx.recipe".to_owned(), "1".to_owned())].into(),
        cache: BuildCache::NotWorthKeeping,
        base_pull: BasePull::IfMissing,
        network: BuildNetwork::Default,
        output: BuildOutput::OnFailure,
    };
    let base = BuildSpec {
        image: "team-tools".parse().expect("a reference"),
        dockerfile: "/home/jane/my app/docker/Dockerfile".into(),
        context: "/home/jane/my app/docker".into(),
        build_args: [("VERSION".to_owned(), "3 or 4".to_owned())].into(),
        target: Some("dev".to_owned()),
        cache: BuildCache::Use,
        output: BuildOutput::Stream,
        ..layer.clone()
    };
    let fresh = BuildSpec {
        cache: BuildCache::Ignore,
        base_pull: BasePull::Always,
        network: BuildNetwork::None,
        ..base.clone()
    };
    let with_a_secret = BuildSpec {
        secrets: [(
            "ca-certificates".to_owned(),
            "/home/jane/my, authorities.pem".into(),
        )]
        .into(),
        ..base.clone()
    };
    vec![
        ("layer", layer),
        ("base", base),
        ("fresh", fresh),
        ("with_a_secret", with_a_secret),
    ]
}

/// A corpus of programs in running containers, as [`run_specs`] is one of containers.
///
/// # Panics
///
/// Never.
#[must_use]
pub fn exec_specs() -> Vec<(&'static str, ExecSpec)> {
    let piped = ExecSpec {
        container: ContainerId("0123456789ab".to_owned()),
        command: ["make", "all"].map(str::to_owned).to_vec(),
        working_directory: "/home/jane/my, app".into(),
        environment: BTreeMap::new(),
        user: UserMapping::KeepId {
            uid: 1501,
            gid: 1501,
        },
        terminal: Terminal::Piped,
        stdin: Stdin::Inherit,
        output: Output::Inherit,
    };
    let shell = ExecSpec {
        command: vec!["/bin/bash".to_owned()],
        environment: [(
            "TERM".parse().expect("a name"),
            EnvValue::Plain("xterm".to_owned()),
        )]
        .into(),
        user: UserMapping::ContainerRootIsHost,
        terminal: Terminal::Interactive,
        ..piped.clone()
    };
    vec![("piped", piped), ("shell", shell)]
}

/// The corpus of [`exec_specs`] as command lines of an engine, one flag a line, fit for a snapshot.
#[must_use]
pub fn exec_command_lines(dialect: &dyn Dialect) -> String {
    let invocations = exec_specs()
        .into_iter()
        .map(|(name, spec)| (name, exec_invocation(dialect.name().as_str().into(), &spec)));
    command_lines(invocations)
}

/// The corpus of [`run_specs`] as command lines of a dialect, one flag a line, fit for a snapshot.
#[must_use]
pub fn run_command_lines(dialect: &dyn Dialect) -> String {
    let invocations = run_specs().into_iter().map(|(name, spec)| {
        (
            name,
            run_invocation(dialect, dialect.name().as_str().into(), &spec),
        )
    });
    command_lines(invocations)
}

/// The corpus of [`build_specs`] as command lines of a dialect, one flag a line, fit for a snapshot.
#[must_use]
pub fn build_command_lines(dialect: &dyn Dialect) -> String {
    let invocations = build_specs().into_iter().map(|(name, spec)| {
        (
            name,
            build_invocation(dialect, dialect.name().as_str().into(), &spec),
        )
    });
    command_lines(invocations)
}

fn command_lines(invocations: impl Iterator<Item = (&'static str, Invocation)>) -> String {
    let mut text = String::new();
    for (name, invocation) in invocations {
        let variables: Vec<&String> = invocation
            .environment
            .keys()
            .chain(invocation.variables.keys())
            .collect();
        let line = invocation.to_string().replace(" --", " \\\n  --");
        text.push_str(&format!("# {name}, with {variables:?}\n{line}\n\n"));
    }
    text
}
