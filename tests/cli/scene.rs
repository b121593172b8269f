//! A sandbox in which ocx can do everything but reach a real engine or the network.

use camino::Utf8PathBuf;
use ocx_tests::{
    fake_engine::{Call, FakeEngine},
    output::Output,
    sandbox::{Sandbox, find_program},
};

/// A registry that nobody answers at: the port is reserved for a service that nobody runs.
pub(crate) const DEAD_REGISTRY: &str = "http://127.0.0.1:9/";

/// The loader that makes an image one with glibc.
pub(crate) const GLIBC: &str = if cfg!(target_arch = "aarch64") {
    "/lib/ld-linux-aarch64.so.1"
} else {
    "/lib64/ld-linux-x86-64.so.2"
};

/// A sandbox with a fake Docker that has the image `team`, and with global settings that make ocx
/// use that and a local program in place of opencode.
pub(crate) struct Scene {
    pub(crate) sandbox: Sandbox,
    pub(crate) docker: FakeEngine,
}

impl Scene {
    /// With the image `team` as the base.
    pub(crate) fn new() -> Self {
        let scene = Self::without_base();
        scene.docker.add_image("team", &[]);
        scene.set_global("custom_base_image = \"team\"\n");
        scene
    }

    /// With a project that has a Dockerfile for its base.
    pub(crate) fn with_dockerfile() -> Self {
        let scene = Self::without_base();
        scene.sandbox.write("docker/Dockerfile", "FROM scratch\n");
        scene.sandbox.write(
            "ocx.toml",
            "custom_base_dockerfile = \"docker/Dockerfile\"\n",
        );
        scene
    }

    /// With the image `team` as the base, which has no shell.
    pub(crate) fn without_shell() -> Self {
        let scene = Self::new();
        scene.docker.remove_file("/bin/sh");
        scene
    }

    /// With no base in the settings, and no image in the engine.
    pub(crate) fn without_base() -> Self {
        let mut sandbox = Sandbox::new();
        sandbox.set_env("OCX_OPENCODE_REGISTRY", DEAD_REGISTRY);
        // After a failure ocx looks at the socket itself, and this machine may have a real one.
        let socket = sandbox.root().join("docker.sock");
        let address = format!("unix://{socket}");
        sandbox.set_env("DOCKER_HOST", &address);
        let docker = FakeEngine::docker(&sandbox);
        docker.add_file(GLIBC, b"");
        docker.add_file("/bin/sh", b"");
        docker.add_file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n");
        docker.add_file("/etc/group", b"root:x:0:\n");
        // opencode is never run: the engine is fake. Any Linux program will do.
        let program = find_program("true").expect("there is a `true`");
        sandbox.write(
            sandbox.root().join("opencode"),
            std::fs::read(program).expect("programs are readable"),
        );
        let scene = Self { sandbox, docker };
        make_executable(&scene.opencode());
        scene.set_global("");
        scene
    }

    /// The program in place of opencode.
    pub(crate) fn opencode(&self) -> Utf8PathBuf {
        self.sandbox.root().join("opencode")
    }

    /// Writes the user's own settings, with the local program added.
    pub(crate) fn set_global(&self, toml: &str) {
        self.sandbox.write(
            self.sandbox.config().join("ocx/ocx.toml"),
            format!("opencode_binary = \"{}\"\n{toml}", self.opencode()),
        );
    }

    /// Runs a first session, so that the next one is warm, and forgets the calls for it.
    pub(crate) fn warm_up(&self) {
        self.sandbox.ocx(["opencode", "run"]).run().success().done();
        self.docker.forget_calls();
    }

    /// Runs a session and returns its `run` call.
    pub(crate) fn session(&self, args: &[&str]) -> Call {
        self.docker.forget_calls();
        let line = args.iter().copied();
        self.sandbox.ocx(line).run().success().done();
        self.session_call()
    }

    /// The only `run` of a session, in which opencode is not just tried out.
    pub(crate) fn session_call(&self) -> Call {
        let mut calls = self.docker.calls_of(&["run"]);
        calls.retain(is_session);
        assert_eq!(calls.len(), 1, "{calls:#?}");
        calls.remove(0)
    }

    /// What the engine was asked, one line a call with its first words.
    pub(crate) fn asked(&self) -> Vec<String> {
        let calls = self.docker.calls();
        calls.iter().map(kind).collect()
    }

    /// Fails the test if one of the calls so far would have changed something in the engine, or if
    /// there was none.
    pub(crate) fn assert_nothing_changed(&self) {
        let looking = [
            "image inspect",
            "ps",
            "volume ls",
            "image ls",
            "image exists",
            "container ls",
            "container exists",
            "volume inspect",
            "network inspect",
            "version",
            "info",
            "create",
            "save",
            "cp",
            "rm",
            "events",
        ];
        let asked = self.asked();
        assert!(!asked.is_empty(), "nothing was asked");
        for asked in asked {
            assert!(
                looking.contains(&asked.as_str()),
                "`{asked}` changes something"
            );
        }
    }
}

/// The command of a call, without its options.
pub(crate) fn kind(call: &Call) -> String {
    let words = match call.args.first().map(String::as_str) {
        Some("image" | "container" | "volume" | "network") => 2,
        _ => 1,
    };
    call.args[..words.min(call.args.len())].join(" ")
}

/// Fails the test if a text shows up anywhere in what ocx printed.
#[track_caller]
pub(crate) fn assert_secret(output: &Output, secret: &str) {
    assert!(
        !output.stdout().contains(secret) && !output.stderr().contains(secret),
        "the secret is shown: {output}"
    );
}

pub(crate) fn make_executable(path: &camino::Utf8Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).expect("it is ours");
}

/// Whether a call runs a session, and not a trial or a check.
pub(crate) fn is_session(call: &Call) -> bool {
    let labels = call.values("--label");
    labels.iter().any(|label| label.starts_with("ocx.session="))
}
