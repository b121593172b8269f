//! What is there before the commands in the consoles of the pages, and which of those are not run.

use camino::Utf8PathBuf;
use ocx_tests::{
    fake_engine::{FakeEngine, Rule, container_record},
    pty::key,
};
use serde_json::json;

use crate::{
    adopt::Moving,
    clone,
    console_pages::Stage,
    disk::Other,
    inside, network,
    scene::{GLIBC, Scene},
};

/// Commands of a page that are not run here, by their beginnings, with the reason.
pub(crate) const NOT_RUN: &[(&str, &str, &str)] = &[
    ("README.md", "cargo install", "it compiles ocx"),
    ("README.md", "sha256sum", "it is about files of a release"),
    (
        "README.md",
        "sudo apt",
        "it installs a package; `cargo xtask dist` does that in a Debian of its own",
    ),
    (
        "README.md",
        "cargo xtask",
        "it is this test run, or a part of it",
    ),
    (
        "ci.md",
        "docker run",
        "it needs a container engine and an image; tests/e2e/own_container.rs has it",
    ),
    ("git.md", "git rebase", "it signs with a key of yours"),
    ("mutants.md", "cargo install", "it needs the network"),
    ("mutants.md", "TMPDIR", "it takes hours"),
    (
        "network.md",
        "ocx port 5173",
        "it needs a session that hands out sockets; tests/e2e/ports.rs has it",
    ),
];

type Scenes = &'static [(&'static str, &'static str, fn() -> Stage)];

/// The scene of each console, by its page and its first command.
pub(crate) const SCENES: Scenes = &[
    ("README.md", "cargo install --locked --path ocx-cli", || {
        Stage::in_project(Scene::new())
    }),
    ("README.md", "cd your-project", || {
        let scene = warm();
        let project = scene.sandbox.root().join("your-project");
        scene.sandbox.make_directory(&project);
        let root = scene.sandbox.root().to_owned();
        Stage::in_project(scene).in_directory(root)
    }),
    ("ci.md", "ocx build", || {
        let scene = clone::repository();
        scene.set_global("custom_base_image = \"team\"\n");
        Stage::in_project(scene)
    }),
    (
        "clone.md",
        "ocx --set workspace=clone opencode run \"add a test for the parser\"",
        || {
            let mut scene = clone::repository();
            scene.warm_up();
            let work = "echo three > c.txt && git add . && git commit --quiet -m inside && \
                        echo more >> a.txt && echo more >> b.txt";
            clone::next_session(&mut scene, work);
            Stage::in_project(scene)
        },
    ),
    ("disk.md", "ocx du", || {
        let other = Other::new();
        let _ = other.built();
        other.vanishes();
        Stage::in_project(other.scene).typing("ocx prune", "Remove that?", "y\r")
    }),
    ("disk.md", "ocx adopt ~/old/shop", || {
        let moving = Moving::between("home/old/shop", "home/shop");
        moving.copy();
        std::fs::remove_dir_all(&moving.first).expect("it is ours");
        let second = moving.second.clone();
        Stage::in_project(moving.scene).in_directory(second)
    }),
    ("engine-configuration.md", "ocx opencode", || {
        let scene = Scene::new();
        let mut podman = FakeEngine::podman(&scene.sandbox);
        podman.add_image("team", &[]);
        podman.add_file(GLIBC, b"");
        podman.add_file("/bin/sh", b"");
        podman.add_file("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n");
        podman.add_file("/etc/group", b"root:x:0:\n");
        scene.set_global("custom_base_image = \"team\"\nruntime = \"podman\"\n");
        scene.sandbox.ocx(["build"]).run().success().done();
        let mut record = container_record();
        record[0]["Mounts"] = json!([
            { "Type": "bind", "Source": "/home/jane", "Destination": "/host", "RW": true }
        ]);
        podman.rule(Rule::on(&["container", "inspect"]).stdout(&record.to_string()));
        let file = scene.sandbox.config().join("containers/containers.conf");
        let conf = "[containers]\nvolumes = [\"/home/jane:/host\"]\n";
        scene.sandbox.write(&file, conf);
        let mut stage = Stage::in_project(scene);
        let of_page = "/home/jane/.config/containers/containers.conf";
        stage.called = vec![(of_page, file.into_string())];
        stage
    }),
    (
        "exit-codes.md",
        "ocx run --detach \"update the dependencies\"",
        || Stage::in_project(warm()),
    ),
    ("first-steps.md", "cd shop", || {
        let scene = warm();
        let shop = scene.sandbox.root().join("shop");
        scene.sandbox.make_directory(&shop);
        scene
            .sandbox
            .write(shop.join("requirements.txt"), "flask\n");
        let root = scene.sandbox.root().to_owned();
        Stage::in_project(scene)
            .in_directory(root)
            .typing("ocx init", "Base image of this project", key::ENTER)
            .typing("ocx init", "Alpine Linux with", key::ENTER)
    }),
    ("models.md", "ocx opencode mcp list", || {
        Stage::in_project(warm())
    }),
    ("network.md", "ocx network pending --follow", || {
        let (scene, session, done) = network::running("ask");
        let admitted = network::wait_for_file(&scene, "admitted");
        let pending = r#"[{"destination": "docs.rs:443", "since": "2026-01-02T03:04:05Z"}]"#;
        scene
            .sandbox
            .write(admitted.with_extension("pending"), pending);
        let mut stage = Stage::in_project(scene)
            .typing("ocx network pending --follow", "waiting:", "y\r")
            .typing(
                "ocx network pending --follow",
                "may reach docs.rs",
                key::CTRL_C,
            );
        stage._kept = vec![Box::new((session, EndsSession(done)))];
        stage
    }),
    (
        "sessions.md",
        "ocx run --detach --notify \"update the dependencies and fix what breaks\"",
        || {
            let scene = clone::repository();
            scene.set_global("custom_base_image = \"team\"\n");
            scene.warm_up();
            Stage::in_project(scene)
        },
    ),
    ("sessions.md", "ocx logs --engine", || {
        let scene = warm();
        let run = scene.sandbox.ocx(["run", "fix the tests"]);
        run.run().success().done();
        Stage::in_project(scene)
    }),
    ("sessions.md", "ocx opencode --detach", || {
        let mut scene = Scene::new();
        scene.warm_up();
        inside::detachable(&mut scene);
        Stage::in_project(scene).typing("ocx attach", "Ask anything", "q")
    }),
];

/// Ends a session that waits for a file.
struct EndsSession(Utf8PathBuf);

impl Drop for EndsSession {
    fn drop(&mut self) {
        let _ = std::fs::write(&self.0, "");
    }
}

/// A scene in which a first session has been.
fn warm() -> Scene {
    let scene = Scene::new();
    scene.warm_up();
    scene
}
