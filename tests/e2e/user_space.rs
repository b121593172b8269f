//! What a user finds in a session to work with: programs installed for one user, directories of the
//! session's own, mounts below home, and the base's own set-up.

use std::fs;

use camino::Utf8Path;
use ocx_tests::{account::owner, bases, engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(
    what_a_user_installs_is_found_and_kept,
    directories_and_mounts_are_the_users,
    the_entry_point_starts_what_runs,
    caches_are_shared_by_two_projects,
    a_moved_project_keeps_its_home_and_the_next_one_gets_another,
);

fn what_a_user_installs_is_found_and_kept(engine: &Engine) {
    let suffix = "of-root";
    let instructions = "ENV CARGO_HOME=/root/.cargo GOPATH=/go XDG_RUNTIME_DIR=/run/user/0";
    let base = bases::from_debian(engine, suffix, instructions);
    let mut project = Project::on(engine, &base);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let run = |script: &str| {
        let set = ["--set", "path_prepend=~/first", "exec", "--new"];
        sandbox
            .ocx([&set[..], &["sh", "-c", script]].concat())
            .run()
    };
    let script = "for place in first .local/bin .cargo/bin go/bin; do
        mkdir -p ~/$place
        printf '#!/bin/sh\\necho %s\\n' $place > ~/$place/tool-$(basename $(dirname $place))
        printf '#!/bin/sh\\necho %s\\n' $place > ~/$place/same
        chmod +x ~/$place/*
    done";
    run(script).success().done();
    let script = "same; tool-.local; tool-.cargo; tool-go; sh -lc tool-.local; \
        echo $CARGO_HOME $GOPATH ${XDG_RUNTIME_DIR-unset}; echo $SHELL";
    let found = run(script).success();
    let lines: Vec<&str> = found.stdout().lines().collect();
    let expected = [
        "first",
        ".local/bin",
        ".cargo/bin",
        "go/bin",
        ".local/bin",
        "/ocx/home/.cargo /go",
    ];
    assert_eq!(lines[..6], expected, "{found}");
    assert!(lines[6].ends_with("sh"), "{found}");
    project.assert_no_containers();
}

fn directories_and_mounts_are_the_users(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let shared = sandbox.root().join("home/.m2/repository");
    sandbox.make_directory(&shared);
    sandbox.write("node_modules/of-the-host", "");
    sandbox.write("web/.keep", "");
    let run = |script: &str| {
        let mount = "extra_mounts=[\"~/.m2/repository:~/.m2/repository:rw\"]";
        let private = "private_paths=[\"node_modules\", \"web/.venv\"]";
        let settings = ["--set", mount, "--set", private];
        let command = ["exec", "--new", "sh", "-c", script];
        sandbox.ocx([&settings[..], &command].concat()).run()
    };
    let script = "ls node_modules web/.venv && touch node_modules/inside web/.venv/inside \
        && touch ~/.m2/settings.xml ~/.m2/repository/jar && ls -A";
    let found = run(script).success();
    assert!(!found.stdout().contains("of-the-host"), "{found}");
    // The host has nothing of it, and its own things are as they were.
    let project_directory = sandbox.project();
    assert!(project_directory.join("node_modules/of-the-host").exists());
    assert!(!project_directory.join("node_modules/inside").exists());
    let place = project_directory.join("web/.venv");
    assert_eq!(owner(&place), *sandbox.account());
    assert_eq!(place.read_dir_utf8().unwrap().count(), 0);
    assert_eq!(owner(&shared.join("jar")), *sandbox.account());
    // The next session has it again.
    let found = run("ls -A node_modules web/.venv ~/.m2").success();
    for name in ["inside", "settings.xml", "repository"] {
        assert!(found.stdout().contains(name), "{name}: {found}");
    }
    project.assert_no_containers();
}

fn the_entry_point_starts_what_runs(engine: &Engine) {
    let base = bases::with_entrypoint(engine);
    let mut project = Project::on(engine, &base);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let run = |keep: &str| {
        let setting = format!("entrypoint={keep}");
        let args = ["--set", &setting, "exec", "--new", "echo", "said"];
        sandbox.ocx(args).run().success().stdout().to_owned()
    };
    assert_eq!(run("none"), "said\n");
    assert_eq!(run("keep"), "entrypoint: echo said\n");
    project.assert_no_containers();
}

fn caches_are_shared_by_two_projects(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let other = sandbox.root().join("other");
    sandbox.make_directory(&other);
    sandbox.write(other.join("ocx.toml"), sandbox.read("ocx.toml"));
    let run = |directory: &Utf8Path, script: &str| {
        let set = ["--set", "cache_paths=[\"common\", \"~/.mine/cache\"]"];
        let command = ["exec", "--new", "sh", "-c", script];
        let output = sandbox.ocx([&set[..], &command].concat());
        output.in_dir(directory).run().success()
    };
    let script = "echo jar > ~/.m2/repository/jar; echo mine > ~/.mine/cache/x; \
        touch ~/.m2/settings.xml ~/.mine/own; df ~/.npm/_cacache > /dev/null";
    run(&sandbox.project(), script).done();
    let found = run(
        &other,
        "cat ~/.m2/repository/jar ~/.mine/cache/x; ls -A ~/.m2 ~/.mine",
    );
    assert!(found.stdout().starts_with("jar\nmine\n"), "{found}");
    for own in ["settings.xml", "own"] {
        assert!(!found.stdout().contains(own), "{own}: {found}");
    }
    let shared = sandbox.root().join("home/.cache/ocx/shared/glibc");
    let of_jar = shared.read_dir_utf8().unwrap().map(|entry| entry.unwrap());
    let jar = of_jar
        .map(|entry| entry.path().join("jar"))
        .find(|jar| jar.exists());
    assert_eq!(owner(&jar.expect("on the host")), *sandbox.account());
    project.assert_no_containers();
}

fn a_moved_project_keeps_its_home_and_the_next_one_gets_another(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.ensure_image();
    let sandbox = &project.sandbox;
    let [first, second] = ["first", "second"].map(|name| sandbox.root().join(name));
    let begin = |directory: &Utf8Path| {
        sandbox.make_directory(directory);
        sandbox.write(directory.join("ocx.toml"), sandbox.read("ocx.toml"));
    };
    let run = |directory: &Utf8Path, script: &str| {
        let set = ["--set", "data_volumes_mode=always"];
        let command = ["exec", "--new", "sh", "-c", script];
        let output = sandbox.ocx([&set[..], &command].concat());
        output.in_dir(directory).run()
    };
    begin(&first);
    run(&first, "echo of-first > ~/kept").success().done();
    fs::rename(&first, &second).unwrap();
    // Where the file system knows when a directory was made, the session does it by itself.
    if second.metadata().unwrap().created().is_err() {
        let adopt = sandbox.ocx(["adopt", first.as_str()]).in_dir(&second);
        adopt.run().success().done();
    }
    let found = run(&second, "cat ~/kept; pwd").success();
    found.prints(&format!("of-first\n{second}\n")).done();
    begin(&first);
    run(&first, "ls -A ~/kept").exits(2).done();
    run(&first, "echo of-the-next > ~/kept").success().done();
    // What becomes of the one has nothing to do with the other.
    fs::remove_dir_all(&first).unwrap();
    let prune = ["prune", "--volumes", "--yes"];
    sandbox.ocx(prune).in_dir("/").run().success().done();
    let found = run(&second, "cat ~/kept").success();
    found.prints("of-first\n").done();
    begin(&first);
    run(&first, "ls -A ~/kept").exits(2).done();
    project.assert_no_containers();
}
