//! `run`.

use camino::Utf8Path;

use super::{
    by_piece::ByPiece, environment::add_variable, mount::add_mount, terminal::add_terminal,
};
use crate::{
    engine::{Dialect, Invocation},
    runtime::Request,
    spec::{
        Capabilities, Groups, Init, Lifetime, Network, Piece, RootFilesystem, RunSpec,
        SelinuxLabel, Terminal,
    },
};

/// The command that runs `spec`.
#[must_use]
pub fn run_invocation(dialect: &dyn Dialect, program: &Utf8Path, spec: &RunSpec) -> Invocation {
    let run = Invocation::change(program, &["run"]);
    container(dialect, run, spec).invocation
}

/// The words of that command, by the pieces that they ask for.
#[must_use]
pub(crate) fn run_requests(
    dialect: &dyn Dialect,
    program: &Utf8Path,
    spec: &RunSpec,
) -> Vec<Request> {
    let run = Invocation::change(program, &["run"]);
    container(dialect, run, spec).requests()
}

/// The command that makes the container of `spec` without starting it. It is only looked at and then
/// removed, so it takes neither the name nor a terminal.
#[must_use]
pub(crate) fn create_invocation(
    dialect: &dyn Dialect,
    program: &Utf8Path,
    spec: &RunSpec,
) -> Invocation {
    let spec = RunSpec {
        name: None,
        terminal: Terminal::Piped,
        ..spec.clone()
    };
    let create = Invocation::query(program, &["create"]);
    container(dialect, create, &spec).invocation
}

fn container(dialect: &dyn Dialect, begun: Invocation, spec: &RunSpec) -> ByPiece {
    let mut command = ByPiece::begin(begun);
    if spec.lifetime == Lifetime::RemoveOnExit {
        command.ask(Piece::Lifetime).arg("--rm");
    }
    if let Some(name) = &spec.name {
        command.ask(Piece::Name).option("--name", name.as_str());
    }
    // A missing image is an error; engines would otherwise ask a registry for it.
    command.ask(Piece::Baseline).option("--pull", "never");
    add_terminal(command.ask(Piece::Terminal), spec.terminal, spec.stdin);
    if spec.init == Init::Engine {
        command.ask(Piece::Init).arg("--init");
    }
    command
        .ask(Piece::User)
        .args
        .extend(dialect.user_flags(spec.user));
    add_groups(command.ask(Piece::Groups), &spec.groups);
    add_hardening(&mut command, spec);
    command
        .ask(Piece::Baseline)
        .args
        .extend(dialect.isolation_flags());
    add_limits(&mut command, dialect, spec);
    add_network(&mut command, dialect, spec);
    add_devices(&mut command, dialect, spec);
    for mount in &spec.mounts {
        let piece = Piece::Mount(mount.target.clone());
        add_mount(command.ask(piece), dialect, mount, spec.user);
    }
    command
        .ask(Piece::WorkingDirectory)
        .option("--workdir", spec.working_directory.as_str());
    for (name, value) in &spec.environment {
        add_variable(command.ask(Piece::Variable(name.clone())), name, value);
    }
    for (name, value) in &spec.labels {
        command
            .ask(Piece::Label(name.clone()))
            .option("--label", format!("{name}={value}"));
    }
    command
        .ask(Piece::Image)
        .arg(dialect.local_name(&spec.image));
    command
        .ask(Piece::Launcher)
        .args
        .extend(spec.launcher.iter().cloned());
    command
        .ask(Piece::Command)
        .args
        .extend(spec.command.iter().cloned());
    command
}

fn add_groups(invocation: &mut Invocation, groups: &Groups) {
    match groups {
        Groups::None => {}
        Groups::Numbers(numbers) => {
            for number in numbers {
                invocation.option("--group-add", number.to_string());
            }
        }
        Groups::KeepHosts => {
            invocation.option("--group-add", "keep-groups");
        }
    }
}

fn add_hardening(command: &mut ByPiece, spec: &RunSpec) {
    if spec.capabilities == Capabilities::None {
        command
            .ask(Piece::Capabilities)
            .option("--cap-drop", "ALL")
            .option("--security-opt", "no-new-privileges");
    }
    if spec.selinux == SelinuxLabel::Disabled {
        command
            .ask(Piece::Selinux)
            .option("--security-opt", "label=disable");
    }
    if spec.root_filesystem == RootFilesystem::ReadOnly {
        command.ask(Piece::RootFilesystem).arg("--read-only");
    }
    // Podman's configuration may make it the default.
    let baseline = command.ask(Piece::Baseline);
    baseline.arg("--privileged=false");
    // `HEALTHCHECK NONE` in a Dockerfile is lost in the OCI image format.
    baseline.arg("--no-healthcheck");
}

fn add_limits(command: &mut ByPiece, dialect: &dyn Dialect, spec: &RunSpec) {
    let limits = &spec.limits;
    let processes = command.ask(Piece::Pids);
    match limits.pids {
        Some(pids) => {
            processes.option("--pids-limit", pids.to_string());
        }
        None => processes
            .args
            .extend(dialect.no_process_limit_flags(spec.user)),
    }
    if let Some(memory) = limits.memory {
        command
            .ask(Piece::Memory)
            .option("--memory", memory.to_string());
    }
    if let Some(cpus) = limits.cpus {
        command.ask(Piece::Cpus).option("--cpus", cpus.to_string());
    }
    if let Some(size) = spec.shm_size {
        command
            .ask(Piece::SharedMemory)
            .option("--shm-size", size.to_string());
    }
    for (name, limit) in &spec.ulimits {
        command
            .ask(Piece::Ulimits)
            .option("--ulimit", format!("{name}={}", limit.argument()));
    }
}

fn add_devices(command: &mut ByPiece, dialect: &dyn Dialect, spec: &RunSpec) {
    for device in &spec.devices {
        command
            .ask(Piece::Devices)
            .option("--device", device.to_string());
    }
    if let Some(gpus) = &spec.gpus {
        command
            .ask(Piece::Gpus)
            .args
            .extend(dialect.gpu_flags(gpus));
    }
}

fn add_network(command: &mut ByPiece, dialect: &dyn Dialect, spec: &RunSpec) {
    let network = command.ask(Piece::Network);
    match &spec.network {
        Network::Default => {}
        Network::None => {
            network.option("--network", "none");
        }
        Network::Host => {
            network.option("--network", "host");
        }
        Network::Named(name) => {
            network.option("--network", name);
        }
    }
    if let Some(host) = spec
        .host_alias
        .as_deref()
        .and_then(|alias| dialect.add_host(alias))
    {
        command.ask(Piece::HostAlias).option("--add-host", host);
    }
    for (name, address) in &spec.hosts {
        command
            .ask(Piece::Hosts)
            .option("--add-host", format!("{name}:{address}"));
    }
    for server in &spec.dns_servers {
        command
            .ask(Piece::DnsServers)
            .option("--dns", server.to_string());
    }
    for domain in &spec.dns_search {
        command.ask(Piece::DnsSearch).option("--dns-search", domain);
    }
    for port in &spec.ports {
        command.ask(Piece::Ports).option(
            "--publish",
            format!("127.0.0.1:{}:{}", port.host, port.container),
        );
    }
}
