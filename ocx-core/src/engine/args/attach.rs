//! `attach`.

use camino::Utf8Path;

use crate::{
    engine::Invocation,
    spec::{AttachSpec, Terminal},
};

/// The command that connects the caller's terminal. All engines share its flags.
#[must_use]
pub(crate) fn attach_invocation(program: &Utf8Path, spec: &AttachSpec) -> Invocation {
    let mut invocation = Invocation::change(program, &["attach"]);
    invocation.option("--detach-keys", spec.detach_keys.to_string());
    // Or the end of this terminal, or a signal to this client, would be the program's end.
    invocation.arg("--sig-proxy=false");
    if spec.terminal == Terminal::Piped {
        invocation.arg("--no-stdin");
    }
    invocation.arg(spec.container.0.as_str());
    invocation
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::ContainerId;

    #[test]
    fn what_is_typed_goes_in_only_from_a_terminal() {
        let mut spec = AttachSpec::new(ContainerId("c".to_owned()));
        let args = |spec: &AttachSpec| attach_invocation("podman".into(), spec).args;
        let attached = [
            "attach",
            "--detach-keys",
            "ctrl-]",
            "--sig-proxy=false",
            "c",
        ];
        assert_eq!(args(&spec), attached);
        spec.terminal = Terminal::Piped;
        assert!(args(&spec).contains(&"--no-stdin".to_owned()));
    }
}
