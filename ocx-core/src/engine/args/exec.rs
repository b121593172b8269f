//! `exec`.

use camino::Utf8Path;

use super::{environment::add_environment, terminal::add_terminal};
use crate::{engine::Invocation, spec::ExecSpec};

/// The command that runs `spec`. All engines share its flags.
#[must_use]
pub(crate) fn exec_invocation(program: &Utf8Path, spec: &ExecSpec) -> Invocation {
    let mut invocation = Invocation::change(program, &["exec"]);
    add_terminal(&mut invocation, spec.terminal, spec.stdin);
    // Podman's `privileged = true` would give it all capabilities to inherit from (5.4.2).
    invocation.arg("--privileged=false");
    let (uid, gid) = spec.user.ids_inside();
    invocation.option("--user", format!("{uid}:{gid}"));
    invocation.option("--workdir", spec.working_directory.as_str());
    add_environment(&mut invocation, &spec.environment);
    invocation.arg(spec.container.0.as_str());
    invocation.args.extend(spec.command.iter().cloned());
    invocation
}
