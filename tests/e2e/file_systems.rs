//! Projects on file systems that let few in.

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{engine::Engine, on_engines, sandbox::Sandbox};

use crate::session_setup::Project;

on_engines!(
    [docker_of_machine, podman_of_machine],
    because "the engine of a release is in a mount namespace of its own, which does not see the mount",
    a_project_on_fuse
);

/// A FUSE file system that only the account of a sandbox may enter.
struct Fuse<'a> {
    sandbox: &'a Sandbox,
    place: Utf8PathBuf,
}

impl<'a> Fuse<'a> {
    const PROGRAM: &'static str = "/usr/bin/fuse-overlayfs";

    /// `None`, with a message, where there are none.
    fn mount(sandbox: &'a Sandbox, content: &[(&str, &str)]) -> Option<Self> {
        if !["/dev/fuse", Self::PROGRAM]
            .iter()
            .all(|path| Utf8Path::new(path).exists())
        {
            ocx_tests::skip::skip("fuse-overlayfs is not installed");
            return None;
        }
        let at = |name: &str| sandbox.root().join("fuse").join(name);
        for directory in ["lower", "upper", "work", "place"] {
            sandbox.make_directory(&at(directory));
        }
        for (file, text) in content {
            sandbox.write(at("lower").join(file), text);
        }
        let (lower, upper, work, place) = (at("lower"), at("upper"), at("work"), at("place"));
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        let mount = ["-o", &options, place.as_str()];
        sandbox.command(Self::PROGRAM, mount).run().success().done();
        Some(Self { sandbox, place })
    }
}

impl Drop for Fuse<'_> {
    fn drop(&mut self) {
        let unmount = ["-u", "-z", self.place.as_str()];
        let _ = self.sandbox.command("/usr/bin/fusermount3", unmount).run();
    }
}

fn a_project_on_fuse(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let settings = sandbox.read("ocx.toml");
    let Some(fuse) = Fuse::mount(sandbox, &[("ocx.toml", &settings)]) else {
        return;
    };
    // The harness may be root, whom the kernel does not let in either.
    let ocx = sandbox.bin().join("ocx");
    for enter in [
        "cd \"$1\" && exec \"$2\" exec --new sh -c 'echo made > made; cat made'",
        "exec \"$2\" --workspace \"$1\" exec --new sh -c 'echo made > made; cat made'",
    ] {
        let args = ["-c", enter, "sh", fuse.place.as_str(), ocx.as_str()];
        let output = sandbox.command("/bin/sh", args).run();
        if engine.kind().program() == "docker" {
            // Its daemon is root, whom the kernel does not let in.
            output
                .exits(76)
                .says("could not start the container")
                .says("hint: this directory is on a FUSE file system")
                .done();
        } else {
            output.success().prints("made").done();
        }
    }
    project.assert_no_containers();
}
