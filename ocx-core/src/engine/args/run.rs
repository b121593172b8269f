//! `run`.

use camino::Utf8Path;

use super::{environment::add_environment, mount::add_mount, terminal::add_terminal};
use crate::{
    engine::{Dialect, Invocation},
    spec::{
        Capabilities, Groups, Init, Lifetime, Network, RootFilesystem, RunSpec, SelinuxLabel,
        Terminal,
    },
};

/// The command that runs `spec`.
#[must_use]
pub fn run_invocation(dialect: &dyn Dialect, program: &Utf8Path, spec: &RunSpec) -> Invocation {
    container(dialect, Invocation::change(program, &["run"]), spec)
}

/// The command that makes the container of `spec` without starting it. It is only looked at and then
/// removed, so it takes neither the name nor a terminal.
#[must_use]
pub fn create_invocation(dialect: &dyn Dialect, program: &Utf8Path, spec: &RunSpec) -> Invocation {
    let spec = RunSpec {
        name: None,
        terminal: Terminal::Piped,
        ..spec.clone()
    };
    container(dialect, Invocation::query(program, &["create"]), &spec)
}

fn container(dialect: &dyn Dialect, mut invocation: Invocation, spec: &RunSpec) -> Invocation {
    if spec.lifetime == Lifetime::RemoveOnExit {
        invocation.arg("--rm");
    }
    if let Some(name) = &spec.name {
        invocation.option("--name", name.as_str());
    }
    // A missing image is an error; engines would otherwise ask a registry for it.
    invocation.option("--pull", "never");
    add_terminal(&mut invocation, spec.terminal);
    if spec.init == Init::Engine {
        invocation.arg("--init");
    }
    invocation.args.extend(dialect.user_flags(spec.user));
    add_groups(&mut invocation, &spec.groups);
    add_hardening(&mut invocation, spec);
    invocation.args.extend(dialect.isolation_flags());
    add_limits(&mut invocation, dialect, spec);
    add_network(&mut invocation, dialect, spec);
    for mount in &spec.mounts {
        add_mount(&mut invocation, dialect, mount, spec.user);
    }
    invocation.option("--workdir", spec.working_directory.as_str());
    add_environment(&mut invocation, &spec.environment);
    for (name, value) in &spec.labels {
        invocation.option("--label", format!("{name}={value}"));
    }
    invocation.arg(dialect.local_name(&spec.image));
    let command = spec.launcher.iter().chain(&spec.command);
    invocation.args.extend(command.cloned());
    invocation
}

/// The command for a message: without the flags, of which a session has dozens.
#[must_use]
pub(crate) fn run_in_brief(dialect: &dyn Dialect, program: &Utf8Path, spec: &RunSpec) -> String {
    let mut brief = Invocation::change(program, &["run", "…"]);
    brief.arg(dialect.local_name(&spec.image));
    brief.args.extend(spec.command.iter().cloned());
    brief.to_string().replace("'…'", "…")
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

fn add_hardening(invocation: &mut Invocation, spec: &RunSpec) {
    if spec.capabilities == Capabilities::None {
        invocation
            .option("--cap-drop", "ALL")
            .option("--security-opt", "no-new-privileges");
    }
    if spec.selinux == SelinuxLabel::Disabled {
        invocation.option("--security-opt", "label=disable");
    }
    if spec.root_filesystem == RootFilesystem::ReadOnly {
        invocation.arg("--read-only");
    }
    // Podman's configuration may make it the default.
    invocation.arg("--privileged=false");
    // `HEALTHCHECK NONE` in a Dockerfile is lost in the OCI image format.
    invocation.arg("--no-healthcheck");
}

fn add_limits(invocation: &mut Invocation, dialect: &dyn Dialect, spec: &RunSpec) {
    let limits = &spec.limits;
    match limits.pids {
        Some(pids) => {
            invocation.option("--pids-limit", pids.to_string());
        }
        None => invocation
            .args
            .extend(dialect.no_process_limit_flags(spec.user)),
    }
    if let Some(memory) = limits.memory {
        invocation.option("--memory", memory.to_string());
    }
    if let Some(cpus) = limits.cpus {
        invocation.option("--cpus", cpus.to_string());
    }
}

fn add_network(invocation: &mut Invocation, dialect: &dyn Dialect, spec: &RunSpec) {
    match &spec.network {
        Network::Default => {}
        Network::None => {
            invocation.option("--network", "none");
        }
        Network::Host => {
            invocation.option("--network", "host");
        }
        Network::Named(name) => {
            invocation.option("--network", name);
        }
    }
    if let Some(host) = spec
        .host_alias
        .as_deref()
        .and_then(|alias| dialect.add_host(alias))
    {
        invocation.option("--add-host", host);
    }
    for port in &spec.ports {
        invocation.option(
            "--publish",
            format!("127.0.0.1:{}:{}", port.host, port.container),
        );
    }
}
