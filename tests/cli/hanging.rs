//! Engines that do not answer, or that never stop doing so.

use std::time::{Duration, Instant};

use ocx_tests::fake_engine::Rule;

use crate::scene::Scene;

/// A question may take 30 seconds; then its process gets three to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A script that neither ends nor minds being asked to.
const STUBBORN: &str = "PATH=/usr/bin:/bin; trap '' TERM; while :; do sleep 1; done";

#[test]
fn an_engine_that_hangs() {
    let commands = ["status", "build", "run", "ps", "stop", "compat"];
    let scenes = commands.map(|command| {
        let mut scene = Scene::new();
        if command == "run" {
            scene.warm_up();
        }
        scene.docker.rule(Rule::on(&[]).shell(STUBBORN));
        (command, scene)
    });
    // All at once, since each takes its time.
    let running = scenes.each_ref().map(|(command, scene)| {
        let mut args = vec![*command];
        if *command == "compat" {
            args.push("team");
        }
        (*command, scene.sandbox.ocx(args).start())
    });
    for (command, running) in running {
        let output = running.wait(PATIENCE).exits(69);
        output
            .says("ocx: docker has not answered for 5 seconds; waiting up to 30\n")
            .says("error: docker does not answer in time\n")
            .says("` took longer than 30 seconds\n")
            .says("hint: `docker version` in another terminal")
            .done();
        let (_, scene) = scenes
            .iter()
            .find(|(name, _)| *name == command)
            .expect("it is one of them");
        // What was killed is gone at once, but on a busy machine that shows later.
        let home = scene.sandbox.home();
        let end = Instant::now() + Duration::from_secs(10);
        while !processes_of(home.as_str()).is_empty() {
            assert!(Instant::now() < end, "{command} leaves processes behind");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The processes with this home directory, as far as they can be seen.
fn processes_of(home: &str) -> Vec<String> {
    let variable = format!("HOME={home}");
    let processes = std::fs::read_dir("/proc").expect("there is a /proc");
    let directories = processes.filter_map(|process| Some(process.ok()?.path()));
    directories
        .filter(|directory| {
            let environment = std::fs::read(directory.join("environ")).unwrap_or_default();
            let mut variables = environment.split(|&byte| byte == 0);
            variables.any(|given| given == variable.as_bytes())
        })
        .map(|directory| directory.display().to_string())
        .collect()
}

#[test]
fn another_engine_is_taken_where_one_hangs() {
    let mut scene = Scene::new();
    let podman = ocx_tests::fake_engine::FakeEngine::podman(&scene.sandbox);
    podman.add_image("team", &[]);
    scene.docker.rule(Rule::on(&[]).hangs());
    let output = scene.sandbox.ocx(["status"]).timeout(PATIENCE).run();
    output.success().prints("engine    podman").done();
}

#[test]
fn what_comes_after_it_hangs_does_not_wait_as_long_again() {
    let mut scene = Scene::new();
    // It looks into the base, and removes the container for that.
    scene
        .docker
        .rule(Rule::on(&["cp"]).hangs())
        .rule(Rule::on(&["rm"]).hangs());
    let began = Instant::now();
    let output = scene.sandbox.ocx(["build"]).timeout(PATIENCE).run();
    output.exits(69).says("docker cp").done();
    assert!(began.elapsed() < Duration::from_secs(50));
}

#[test]
fn endless_answers() {
    for (words, command) in [
        (&["version"][..], "status"),
        (&["image", "inspect"], "build"),
        (&["ps"], "ps"),
        (&["create"], "build"),
    ] {
        let mut scene = Scene::new();
        scene
            .docker
            .rule(Rule::on(words).shell("exec /usr/bin/yes '{}'"));
        let output = scene.sandbox.ocx([command]).timeout(PATIENCE).run();
        output
            .exits(76)
            .says("could not understand what `docker ")
            .says("it is longer than 67108864 bytes; it printed\n")
            .done();
    }
    let mut scene = Scene::new();
    let endless = "PATH=/usr/bin:/bin; head -c 300000000 /dev/zero | tr '\\0' x >&2; exit 1";
    scene.docker.rule(Rule::on(&["tag"]).shell(endless));
    let output = scene
        .sandbox
        .ocx(["build"])
        .timeout(PATIENCE)
        .run()
        .exits(76);
    assert!(output.stderr().len() < 20_000);
    output.says("bytes left out]").done();
}

#[test]
fn a_huge_file_in_a_base_is_read_in_part() {
    let mut scene = Scene::new();
    // Nothing but the beginning of an archive: a shell of 8 GB.
    let mut header = tar::Header::new_gnu();
    header.set_path("sh").unwrap();
    header.set_size(8 << 30);
    header.set_mode(0o755);
    header.set_cksum();
    let file = scene.sandbox.root().join("header.tar");
    scene.sandbox.write(&file, header.as_bytes());
    let script = format!("/bin/cat {file}; exec /bin/cat /dev/zero");
    scene
        .docker
        .rule(Rule::on(&["cp"]).containing(":/bin/sh").shell(&script));
    let output = scene.sandbox.ocx(["build"]).timeout(PATIENCE).run();
    output.success().done();
}
