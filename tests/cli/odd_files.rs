//! Files of a project and of the user that are something else than they should be: a clear error, at
//! once, and no memory filled.

use std::{
    fs,
    os::unix::{fs::symlink, net::UnixListener},
    time::Duration,
};

use camino::Utf8Path;
use ocx_tests::{output::Output, sandbox::Sandbox};
use rustix::fs::{CWD, Mode, mkfifoat};

use crate::scene::Scene;

/// Nothing here takes longer than a moment.
const PATIENCE: Duration = Duration::from_secs(20);

/// What may lie where a file should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Odd {
    Directory,
    Pipe,
    LinkToPipe,
    Socket,
    Device,
    Loop,
    Dangling,
    Huge,
    NotText,
    Unreadable,
}

const ALL: [Odd; 10] = [
    Odd::Directory,
    Odd::Pipe,
    Odd::LinkToPipe,
    Odd::Socket,
    Odd::Device,
    Odd::Loop,
    Odd::Dangling,
    Odd::Huge,
    Odd::NotText,
    Odd::Unreadable,
];

impl Odd {
    /// Puts it at `path`. What is returned has to be kept.
    fn make(self, sandbox: &Sandbox, path: &Utf8Path) -> Option<UnixListener> {
        sandbox.make_directory(path.parent().expect("it is in the sandbox"));
        let pipe = |path: &Utf8Path| {
            mkfifoat(CWD, path.as_std_path(), Mode::from_raw_mode(0o666)).unwrap();
        };
        match self {
            Self::Directory => sandbox.make_directory(path),
            Self::Pipe => pipe(path),
            Self::LinkToPipe => {
                let target = sandbox.root().join("pipe");
                pipe(&target);
                symlink(target, path).unwrap();
            }
            Self::Socket => return Some(UnixListener::bind(path).unwrap()),
            Self::Device => symlink("/dev/zero", path).unwrap(),
            Self::Loop => symlink(path, path).unwrap(),
            Self::Dangling => symlink("/nonexistent/x", path).unwrap(),
            Self::Huge => fs::File::create(path).unwrap().set_len(100 << 30).unwrap(),
            Self::NotText => fs::write(path, b"\xff\xfe\x00").unwrap(),
            Self::Unreadable => {
                fs::write(path, "x").unwrap();
                fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o0))
                    .unwrap();
            }
        }
        // Settings of somebody else's are not followed, which is another matter.
        if !matches!(self, Self::Device | Self::Loop | Self::Dangling) {
            sandbox.account().give(path);
        }
        None
    }
}

#[track_caller]
fn run(scene: &Scene, args: &[&str]) -> Output {
    let command = scene.sandbox.ocx(args.iter().copied());
    command.timeout(PATIENCE).run()
}

#[test]
fn settings() {
    for odd in ALL {
        for (name, is_project) in [("ocx.toml", true), ("ocx.json", true), ("ocx.toml", false)] {
            let scene = Scene::new();
            let path = if is_project {
                scene.sandbox.project().join(name)
            } else {
                let path = scene.sandbox.config().join("ocx").join(name);
                fs::remove_file(&path).unwrap();
                path
            };
            let _kept = odd.make(&scene.sandbox, &path);
            let text = if odd == Odd::NotText { "UTF-8" } else { name };
            for command in ["config", "status", "build", "opencode"] {
                let output = run(&scene, &[command]).exits(78);
                output.says("error: ").says(path.as_str()).says(text).done();
            }
            // It goes on where that is told apart from a project that cannot be.
            let output = run(&scene, &["ps"]);
            assert!(matches!(output.code(), Some(0 | 78)), "{output}");
            output.says(path.as_str()).says(text).done();
        }
    }
}

#[test]
fn dockerfiles() {
    for odd in ALL {
        let scene = Scene::with_dockerfile();
        let path = scene.sandbox.project().join("docker/Dockerfile");
        fs::remove_file(&path).unwrap();
        let _kept = odd.make(&scene.sandbox, &path);
        for command in ["status", "build", "run"] {
            let output = run(&scene, &[command]);
            // Which text there is, is the engine's business.
            if odd != Odd::NotText {
                output.exits(78).says("docker/Dockerfile").done();
            }
        }
    }
}

#[test]
fn what_builders_are_to_leave_out() {
    for name in [
        ".dockerignore",
        ".containerignore",
        "Dockerfile.dockerignore",
    ] {
        for odd in [Odd::Pipe, Odd::Device, Odd::Directory, Odd::Loop] {
            let scene = Scene::with_dockerfile();
            let path = scene.sandbox.project().join("docker").join(name);
            let _kept = odd.make(&scene.sandbox, &path);
            let output = run(&scene, &["build"]).exits(78);
            output
                .says(&format!("error: the engine could not read `{path}`\n"))
                .done();
            assert!(scene.docker.calls_of(&["build"]).is_empty());
        }
    }
}

#[test]
fn files_of_variables() {
    for odd in ALL {
        let scene = Scene::new();
        let path = scene.sandbox.project().join("my.env");
        let _kept = odd.make(&scene.sandbox, &path);
        scene.set_global(&format!(
            "custom_base_image = \"team\"\nenv_file = [\"{path}\"]\n"
        ));
        let output = run(&scene, &["opencode", "run"]);
        assert!(matches!(output.code(), Some(78)), "{odd:?}: {output}");
        output.says(path.as_str()).done();
    }
}

#[test]
fn opencodes_own_configuration() {
    for odd in ALL {
        let scene = Scene::new();
        for path in [
            scene.sandbox.config().join("opencode/opencode.json"),
            scene.sandbox.config().join("opencode/AGENTS.md"),
            scene.sandbox.project().join("opencode.json"),
        ] {
            let _ = fs::remove_file(scene.sandbox.root().join("pipe"));
            let _kept = odd.make(&scene.sandbox, &path);
        }
        // They are opencode's to complain about; a session is not kept waiting.
        run(&scene, &["opencode", "run"]).success().done();
    }
}

#[test]
fn logins() {
    for odd in ALL {
        let scene = Scene::new();
        let path = scene.sandbox.data().join("opencode/auth.json");
        let _kept = odd.make(&scene.sandbox, &path);
        let output = run(&scene, &["opencode", "run"]);
        assert!(matches!(output.code(), Some(0 | 74)), "{odd:?}: {output}");
    }
}

#[test]
fn git_directories() {
    for odd in ALL {
        let scene = Scene::new();
        let _kept = odd.make(&scene.sandbox, &scene.sandbox.project().join(".git"));
        run(&scene, &["opencode", "run"]).success().done();
        let scene = Scene::new();
        for name in ["HEAD", "config", "commondir", "gitdir"] {
            let path = scene.sandbox.project().join(".git").join(name);
            let _ = fs::remove_file(scene.sandbox.root().join("pipe"));
            let _kept = odd.make(&scene.sandbox, &path);
        }
        scene
            .sandbox
            .make_directory(&scene.sandbox.project().join(".git/objects"));
        scene
            .sandbox
            .make_directory(&scene.sandbox.project().join(".git/refs"));
        run(&scene, &["opencode", "run"]).success().done();
    }
}

#[test]
fn a_program_called_docker_that_is_a_pipe() {
    let scene = Scene::new();
    let path = scene.sandbox.bin().join("docker");
    fs::remove_file(&path).unwrap();
    let _kept = Odd::Pipe.make(&scene.sandbox, &path);
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    run(&scene, &["status"]).exits(69).done();
}

#[test]
fn ten_thousand_forbidden_paths() {
    let scene = Scene::new();
    let mut paths = Vec::new();
    for number in 0..10_000 {
        let path = format!("secrets/a-rather-long-directory-{}/{number}", number % 100);
        let file = scene.sandbox.project().join(&path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "").unwrap();
        paths.push(format!("\"{path}\""));
    }
    let settings = format!("forbidden_paths = [{}]\n", paths.join(", "));
    scene.sandbox.write("ocx.toml", settings);
    // So many mounts would take an engine long, if the system took the command line.
    run(&scene, &["opencode", "run"])
        .exits(78)
        .says("10000 paths are to be hidden, and 4000 at most can be")
        .says("hide the directories that they lie in")
        .done();
    scene
        .sandbox
        .write("ocx.toml", "forbidden_paths = [\"secrets/\"]\n");
    run(&scene, &["opencode", "run"]).success().done();
}
