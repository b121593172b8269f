//! What happens around ocx while it works: it is killed, the disk is full, twenty want the same.

use std::{
    fs,
    time::{Duration, Instant, SystemTime},
};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{output::Output, sandbox::Sandbox};
use rustix::process::Signal;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// Fails the test if ocx lost its composure, whatever it came to.
fn assert_told(output: &Output) {
    let text = output.stderr();
    assert!(!text.contains("panicked"), "{output}");
    assert!(
        output.code() == Some(0) || text.contains("error: "),
        "{output}"
    );
}

fn files_below(directory: &Utf8Path) -> Vec<Utf8PathBuf> {
    let Ok(entries) = directory.read_dir_utf8() else {
        return Vec::new();
    };
    let paths = entries.map(|entry| entry.expect("it can be listed").into_path());
    paths
        .flat_map(|path| match path.is_dir() && !path.is_symlink() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

/// Makes the records of containers that the engine has not made, or not yet, look a day and more old. (They
/// are kept that long: an engine may still be at it.)
fn age_records(scene: &Scene) {
    let long_ago = SystemTime::now() - Duration::from_secs(25 * 60 * 60);
    for path in files_below(&scene.sandbox.cache().join("ocx/made")) {
        if path.extension() == Some("lock") && !path.with_extension("cid").exists() {
            let file = fs::File::open(&path).expect("it can be opened");
            file.set_modified(long_ago).expect("its time can be set");
        }
    }
}

fn remove_built(scene: &Scene) {
    for image in scene.docker.images() {
        if image.starts_with("ocx-team") {
            scene.docker.remove_image(&image);
        }
    }
}

/// What an ocx that is killed may leave, but not after the next one.
fn litter(scene: &Scene) -> Vec<String> {
    let images = scene.docker.images().into_iter();
    let images = images.filter(|image| image.starts_with("ocx-tmp"));
    let cache = scene.sandbox.cache().join("ocx");
    let unfinished = ["made", "unfinished", "contexts"].map(|name| files_below(&cache.join(name)));
    let files = unfinished.into_iter().flatten().map(String::from);
    images.chain(files).collect()
}

#[test]
fn killed_at_fifty_moments() {
    let scene = Scene::new();
    let began = Instant::now();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let usual = began.elapsed();
    // A sequence that is the same in each run; the moments that it meets are not.
    let mut random = 0x2545_f491_u32;
    for moment in 0..50 {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if moment % 2 == 0 {
            remove_built(&scene);
        }
        let command = ["build", "run", "status"][moment % 3];
        let running = scene.sandbox.ocx([command]).start();
        std::thread::sleep(usual * (random >> 22) / 1024);
        running.signal(Signal::KILL);
        let output = running.wait(PATIENCE);
        assert!(!output.stderr().contains("panicked"), "{output}");
    }
    age_records(&scene);
    remove_built(&scene);
    for command in ["status", "build", "run", "trust", "logins", "ps"] {
        scene.sandbox.ocx([command]).run().success().done();
    }
    assert_eq!(litter(&scene), [""; 0]);
    // Nothing that is read again is half written.
    let state = files_below(&scene.sandbox.state().join("ocx"));
    let cache = files_below(&scene.sandbox.cache().join("ocx"));
    let json = state.iter().chain(&cache);
    let json: Vec<_> = json
        .filter(|path| path.extension() == Some("json"))
        .collect();
    assert!(!json.is_empty());
    for path in json {
        let text = fs::read_to_string(path).expect("it can be read");
        let value: Result<serde_json::Value, _> = serde_json::from_str(&text);
        assert!(value.is_ok(), "{path}: {text}");
    }
}

#[test]
fn twenty_builds_at_once() {
    let scene = Scene::new();
    let running: Vec<_> = (0..20)
        .map(|_| scene.sandbox.ocx(["build"]).start())
        .collect();
    for running in running {
        running.wait(PATIENCE * 2).success().done();
    }
    assert_eq!(scene.docker.calls_of(&["build"]).len(), 1);
    assert_eq!(litter(&scene), [""; 0]);
}

/// Runs ocx where a directory of its own is a disk of so many bytes.
fn with_disk(sandbox: &Sandbox, directory: &Utf8Path, size: &str, args: &[&str]) -> Output {
    sandbox.make_directory(directory);
    let script =
        "/usr/bin/mount -t tmpfs -o size=$2,mode=0700 none \"$1\" && shift 2 && exec \"$@\"";
    let ocx = sandbox.bin().join("ocx");
    let words = [
        "--user",
        "--map-current-user",
        "--keep-caps",
        "--mount",
        "sh",
        "-c",
        script,
        "sh",
        directory.as_str(),
        size,
        ocx.as_str(),
    ];
    let line = words.iter().chain(args).copied();
    sandbox.command("/usr/bin/unshare", line).run()
}

#[test]
fn a_full_disk() {
    let scene = Scene::new();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let mut failed = 0;
    for place in [scene.sandbox.cache(), scene.sandbox.state()] {
        for size in ["4k", "16k", "40k", "100k"] {
            for command in ["build", "run", "status"] {
                let output = with_disk(&scene.sandbox, &place, size, &[command]);
                assert!(
                    !output.stderr().contains("unshare:") && !output.stderr().contains("mount:"),
                    "{output}"
                );
                assert_told(&output);
                failed += usize::from(output.code() != Some(0));
            }
        }
    }
    assert!(failed > 0, "no disk was full");
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    assert_eq!(litter(&scene), [""; 0]);
}

#[test]
fn directories_that_cannot_be_written_or_are_gone() {
    let scene = Scene::new();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    for place in [scene.sandbox.cache(), scene.sandbox.state()] {
        let own = place.join("ocx");
        for size in ["own", "file", "gone"] {
            let aside = place.join("aside");
            match size {
                "own" => set_modes(&own, 0o500),
                "file" => {
                    fs::rename(&own, &aside).expect("it can be moved");
                    scene.sandbox.write(&own, "a file");
                }
                _ => fs::rename(&own, &aside).expect("it can be moved"),
            }
            for command in ["status", "build", "run"] {
                let output = scene.sandbox.ocx([command]).run();
                assert_told(&output);
                if size == "gone" {
                    output.success().done();
                }
            }
            match size {
                "own" => set_modes(&own, 0o700),
                "file" => fs::remove_file(&own).expect("it can be removed"),
                _ => fs::remove_dir_all(&own).expect("it can be removed"),
            }
            if aside.exists() {
                fs::rename(&aside, &own).expect("it can be moved");
            }
            scene
                .sandbox
                .ocx(["opencode", "run"])
                .run()
                .success()
                .done();
        }
    }
}

fn set_modes(directory: &Utf8Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    let permissions = fs::Permissions::from_mode(mode);
    fs::set_permissions(directory, permissions).expect("the mode can be set");
}

/// Everything that ocx wrote seems to be of the future.
#[test]
fn a_clock_that_was_set_back() {
    let scene = Scene::new();
    scene
        .sandbox
        .ocx(["opencode", "run"])
        .run()
        .success()
        .done();
    let future = SystemTime::now() + Duration::from_secs(10 * 365 * 24 * 3600);
    let mut files = files_below(&scene.sandbox.cache().join("ocx"));
    files.extend(files_below(&scene.sandbox.state().join("ocx")));
    assert!(!files.is_empty());
    for file in files {
        let file = fs::File::options().read(true).open(&file);
        let file = file.expect("it can be opened");
        file.set_modified(future).expect("the time can be set");
    }
    scene.docker.forget_calls();
    for command in ["status", "build", "run", "trust", "logins"] {
        scene.sandbox.ocx([command]).run().success().done();
    }
    assert!(scene.docker.calls_of(&["build"]).is_empty());
}
