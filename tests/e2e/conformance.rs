//! The engines do what they must, with every flag that ocx can use; and a backend that does not is
//! found out.

use std::{collections::BTreeSet, time::Duration};

use ocx_core::testing::{Mutation, conformance::names};
use ocx_tests::{
    bases,
    engine::{Engine, EngineKind},
    on_each_engine,
    output::Output,
    sandbox::Sandbox,
};

use crate::session_setup::{END, Project};

on_each_engine!(
    an_engine_conforms_and_takes_every_flag,
    a_broken_backend_does_not_conform,
);

/// A group that the sandbox's user is in besides the own one.
const GROUP: u32 = 4242;

fn an_engine_conforms_and_takes_every_flag(engine: &Engine) {
    let conformance = conformance(engine);
    let mut used = flags(conformance.stderr());
    let sessions = sessions_with_everything(engine);
    for output in &sessions {
        used.extend(flags(output));
    }
    let expected = planned(engine);
    let missing: Vec<&String> = expected.difference(&used).collect();
    assert!(
        missing.is_empty(),
        "never tried on {}: {missing:?}\n{sessions:#?}",
        engine.lane()
    );
}

fn conformance(engine: &Engine) -> Output {
    let output = run(engine, &[]);
    let checks: Vec<Line> = lines(&output).collect();
    let inapplicable: BTreeSet<&str> = with(&checks, "n/a").map(|line| line.check).collect();
    assert_eq!(inapplicable, inapplicable_checks(engine), "{output}");
    let failed: Vec<&Line> = with(&checks, "FAILED").collect();
    assert!(failed.is_empty(), "{failed:#?}\n{output}");
    assert_eq!(checks.len(), names().count(), "{output}");
    output.success()
}

fn a_broken_backend_does_not_conform(engine: &Engine) {
    let output = run(engine, &["mutants"]);
    let findings: Vec<Line> = lines(&output).collect();
    let missed: Vec<&Line> = with(&findings, "MISSED").collect();
    assert!(missed.is_empty(), "{missed:#?}\n{output}");
    // Nothing but what no backend could do on this engine has an excuse.
    let excused: BTreeSet<&str> = with(&findings, "n/a").map(|line| line.check).collect();
    assert_eq!(excused, inapplicable_checks(engine), "{output}");
    let tried = Mutation::ALL.len() + names().count();
    assert_eq!(findings.len(), tried, "{output}");
    output.success().done();
}

/// The checks that make no sense on an engine, whatever its backend does.
fn inapplicable_checks(engine: &Engine) -> BTreeSet<&'static str> {
    let mut checks = BTreeSet::new();
    if !limits_resources(engine) {
        checks.extend([
            "memory is limited",
            "processors are limited",
            "processes are limited",
        ]);
    }
    if !engine.passes_groups_on() {
        checks.insert("groups are passed on");
    }
    match engine.kind() {
        EngineKind::Podman => checks.insert("the host has a name"),
        EngineKind::DockerRootless => checks.insert("a device is there"),
        EngineKind::Docker => false,
    };
    checks
}

/// Whether the engine can limit what containers use.
fn limits_resources(engine: &Engine) -> bool {
    // Limits take cgroup controllers, for rootless engines delegated ones.
    engine.kind() == EngineKind::Docker && engine.limits_processes()
}

/// A line of what the program prints: how it went, and the check.
#[derive(Debug)]
struct Line<'a> {
    verdict: &'a str,
    check: &'a str,
    #[expect(dead_code, reason = "it is shown if the test fails")]
    text: &'a str,
}

fn lines(output: &Output) -> impl Iterator<Item = Line<'_>> {
    output.stdout().lines().filter_map(|text| {
        let (verdict, rest) = text.split_once(' ')?;
        // A mutant that cannot capture writes here, too.
        if !["ok", "n/a", "FAILED", "told", "MISSED"].contains(&verdict) {
            return None;
        }
        let rest = rest.trim();
        let what = rest.split_once(": ").map_or(rest, |(what, _)| what);
        let check = match what.split_once(" (") {
            Some((_, check)) => check.trim_end_matches(')'),
            None => what,
        };
        Some(Line {
            verdict,
            check,
            text,
        })
    })
}

fn with<'a>(lines: &'a [Line<'a>], verdict: &'a str) -> impl Iterator<Item = &'a Line<'a>> {
    lines.iter().filter(move |line| line.verdict == verdict)
}

/// Runs the example with further arguments.
fn run(engine: &Engine, mode: &[&str]) -> Output {
    let mut sandbox = Sandbox::new();
    sandbox.use_engine(engine);
    sandbox.join_group(GROUP);
    let scratch = sandbox.root().join("scratch");
    sandbox.make_directory(&scratch);
    let program = ocx_tests::binaries::Binary::Conformance.reachable();
    let base = bases::debian(engine);
    let args = [
        engine.kind().program(),
        &base,
        sandbox.name(),
        scratch.as_str(),
    ];
    sandbox
        .command(
            program.as_str(),
            args.into_iter().chain(mode.iter().copied()),
        )
        .timeout(Duration::from_secs(300))
        .run()
}

/// Sessions that use what a mere container does not: a terminal, a network of its own, a target.
fn sessions_with_everything(engine: &Engine) -> Vec<String> {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let sandbox = &project.sandbox;
    let network = format!("{}-net", sandbox.name());
    engine.cli().require(&["network", "create", &network]);
    let dockerfile = format!(
        "FROM {} AS wanted\nARG WORD\nFROM wanted AS other\n",
        bases::debian(engine)
    );
    sandbox.write("docker/Dockerfile", dockerfile);
    sandbox.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\ncustom_base_target = \"wanted\"\n\
         custom_base_build_args = { WORD = \"two words\" }\n",
    );
    let built = sandbox
        .ocx(["--verbose", "build", "--no-cache"])
        .run()
        .success();
    // Rootless Docker gives devices no other names, and has this one anyway.
    let devices = match engine.kind() {
        EngineKind::DockerRootless => "[]",
        EngineKind::Docker | EngineKind::Podman => "/dev/zero:/dev/zero-too:r",
    };
    let mut terminal = sandbox
        .ocx(["--verbose", "opencode", "exit", "0"])
        .env("OCX_NETWORK", &network)
        .env("OCX_ADD_HOST_DOCKER_INTERNAL", "true")
        .env("OCX_KEEP_GROUPS", "true")
        .env("OCX_MEMORY", "1g")
        .env("OCX_CPUS", "1.5")
        .env("OCX_SHM_SIZE", "100m")
        .env("OCX_ULIMITS", "{ nofile = \"1024:2048\" }")
        .env("OCX_ADD_HOSTS", "{ \"db.local\" = \"192.0.2.1\" }")
        .env("OCX_DNS", "192.0.2.53")
        .env("OCX_DNS_SEARCH", "corp.example")
        .env("OCX_DEVICES", devices)
        .in_terminal();
    // The engine's whole command is to be seen.
    terminal.resize(120, 200);
    assert!(terminal.wait(END).success(), "{}", terminal.screen());
    let session = project.waiting();
    let mut shell = sandbox
        .ocx(["--verbose", "exec", "stty", "size"])
        .in_terminal();
    assert!(shell.wait(END).success(), "{}", shell.screen());
    session.signal(rustix::process::Signal::TERM);
    session.wait(END).exits(143).done();
    // Lines of a terminal are cut where it ends.
    let unfolded = |screen: String| screen.replace('\n', "");
    let outputs = vec![
        built.stderr().to_owned(),
        unfolded(terminal.screen()),
        unfolded(shell.screen()),
    ];
    engine.cli().require(&["network", "rm", &network]);
    outputs
}

/// The flags that occur in a text.
fn flags(text: &str) -> BTreeSet<String> {
    text.split(|character: char| character.is_whitespace() || "'\"=[]".contains(character))
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .map(str::to_owned)
        .collect()
}

/// The flags in the command lines of the whole corpus of specs, less those that cannot be tried here.
fn planned(engine: &Engine) -> BTreeSet<String> {
    let kind = engine.kind();
    let [run, build, exec] = match kind {
        EngineKind::Docker | EngineKind::DockerRootless => [
            include_str!("../../ocx-docker/tests/snapshots/argv__run.snap"),
            include_str!("../../ocx-docker/tests/snapshots/argv__build.snap"),
            include_str!("../../ocx-docker/tests/snapshots/argv__exec.snap"),
        ],
        EngineKind::Podman => [
            include_str!("../../ocx-podman/tests/snapshots/argv__run.snap"),
            include_str!("../../ocx-podman/tests/snapshots/argv__build.snap"),
            include_str!("../../ocx-podman/tests/snapshots/argv__exec.snap"),
        ],
    };
    let mut flags: BTreeSet<String> = [run, build, exec]
        .map(flags)
        .into_iter()
        .flatten()
        .collect();
    // There is no graphics card.
    flags.remove("--gpus");
    // Not every builder knows it; `base_dockerfiles` tries it.
    flags.remove("--secret");
    if kind != EngineKind::Docker {
        // Rootless engines pass groups on with crun only.
        flags.remove("--group-add");
    }
    if kind == EngineKind::DockerRootless {
        flags.remove("--device");
    }
    if !limits_resources(engine) {
        for flag in ["--memory", "--cpus", "--pids-limit"] {
            flags.remove(flag);
        }
    }
    flags
}
