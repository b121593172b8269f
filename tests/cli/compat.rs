//! `ocx compat`.

use std::collections::BTreeMap;

use ocx_tests::{
    fake_engine::{Rule, image_record},
    output::Output,
};
use serde_json::{Value, json};

use crate::scene::{GLIBC, Scene};

const ID: &str = "sha256:4444444444444444444444444444444444444444444444444444444444444444";

/// A scene with the image `app:2`, which `change` makes of an ordinary one.
fn with_image(change: impl FnOnce(&mut Value)) -> Scene {
    let mut scene = Scene::new();
    scene.sandbox.set_env("OCX_USERNAME", "jane");
    let mut record = image_record(ID, "app:2", &BTreeMap::new());
    change(&mut record);
    scene.docker.add_image_record("app:2", &record);
    scene
}

fn compat(scene: &Scene, image: &str) -> Output {
    scene.docker.forget_calls();
    let output = scene.sandbox.ocx(["compat", image]).run();
    scene.assert_nothing_changed();
    assert!(scene.docker.calls_of(&["run"]).is_empty());
    output
}

fn as_json(scene: &Scene) -> Value {
    let output = scene.sandbox.ocx(["compat", "app:2", "--json"]).run();
    assert_eq!(output.stderr(), "");
    let answer: Value = serde_json::from_str(output.stdout()).expect("it is JSON");
    let expected = if answer["usable"] == json!(true) {
        0
    } else {
        65
    };
    output.exits(expected).done();
    answer
}

#[test]
fn an_ordinary_image() {
    let scene = with_image(|_| ());
    let output = compat(&scene, "app:2").success();
    assert_eq!(output.stderr(), "");
    insta::assert_snapshot!(output.snapshot().replace("-arm64", "-x64"), @r"
    $ ocx compat app:2
    [exit code 0]
    --- stdout
    usable    yes
    image     app:2 (444444444444)
    system    linux/amd64
    opencode  opencode-linux-x64 or opencode-linux-x64-baseline, for glibc
    shell     /bin/sh
    user      jane ([UID]:[GID])
    PATH      /ocx/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
    programs  `ocx build` on it finds out which the session's user cannot run
    changes   CMD bash is replaced by opencode
    result    ocx-app--2:[LOCAL VERSION]
    ");
    let answer = as_json(&scene);
    assert_eq!(answer["libc"], "glibc");
    assert_eq!(answer["image"]["id"], ID);
    assert_eq!(answer["user"]["same_id"], json!([]));
}

#[test]
fn an_image_with_everything() {
    let scene = with_image(|record| {
        record["Config"] = json!({
            "User": "node",
            "Env": ["PATH=/opt/node/bin:bin"],
            "Cmd": ["node", "a b"],
            "Volumes": { "/data": {} },
            "WorkingDir": "/app",
            "Entrypoint": ["/entry.sh"],
            "Healthcheck": { "Test": ["CMD", "true"] },
            "StopSignal": "SIGQUIT",
        });
    });
    let account = scene.sandbox.account();
    let passwd = format!(
        "root:x:0:0::/:/bin/sh\nnode:x:{}:1::/:/bin/sh\njane:x:77:77::/:/bin/sh\n",
        account.uid
    );
    scene.docker.add_file("/etc/passwd", passwd.as_bytes());
    scene.docker.add_file(
        "/etc/os-release",
        b"PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
    );
    let output = compat(&scene, "app:2").success();
    let mut text = output
        .prints("Debian GNU/Linux 12 (bookworm), linux/")
        .prints("the image calls this ID node; in a session it is called ")
        .prints("has the ID 77; in a session the name is yours")
        .prints("PATH      /ocx/bin:/opt/node/bin:bin\n");
    for change in [
        "ENTRYPOINT /entry.sh is taken away",
        "CMD node 'a b' is replaced by opencode",
        "HEALTHCHECK set is taken away",
        "STOPSIGNAL SIGQUIT becomes SIGTERM",
        "USER node stays, but sessions run as you",
        "WORKDIR /app stays, but sessions begin in the project",
        "VOLUME /data stays: ",
    ] {
        text = text.prints(change);
    }
    text.done();
}

#[test]
fn an_image_that_cannot_be_used_is_shown_all_the_same() {
    let scene = with_image(|record| {
        record["Config"]["OnBuild"] = json!(["RUN make"]);
        record["Architecture"] = json!("riscv64");
    });
    let output = compat(&scene, "app:2").exits(65);
    output
        .prints("usable   no\n")
        .prints("is for riscv64, but this machine is")
        .prints("has ONBUILD instructions")
        .prints("hint: use an image without ONBUILD")
        .prints("system   linux/riscv64")
        .prints("result   ocx-app--2:")
        .done();
    let answer = as_json(&scene);
    assert_eq!(answer["problems"].as_array().unwrap().len(), 2);
    assert_eq!(answer["libc"], Value::Null);
}

/// Takes the glibc loader out of all images and puts these files in.
fn with_files(files: &[&str]) -> Scene {
    let mut scene = with_image(|_| ());
    for path in files {
        scene.docker.add_file(path, b"");
    }
    scene.docker.rule(
        Rule::on(&["cp"])
            .containing(GLIBC)
            .stderr("Error response from daemon: Could not find the file in container\n")
            .exit(1),
    );
    scene
}

#[test]
fn libraries_that_are_missing() {
    let loader = if cfg!(target_arch = "aarch64") {
        "/lib/ld-musl-aarch64.so.1"
    } else {
        "/lib/ld-musl-x86_64.so.1"
    };
    let scene = with_files(&[loader, "/usr/lib/libgcc_s.so.1"]);
    let output = compat(&scene, "app:2").exits(65);
    output
        .prints("lacks libstdc++.so.6")
        .prints("RUN apk add --no-cache libstdc++ libgcc")
        .prints("-musl, for musl")
        .done();
    assert_eq!(as_json(&scene)["libc"], "musl");

    let scene = with_files(&[]);
    let output = compat(&scene, "app:2").exits(65);
    output
        .prints("has no C library")
        .prints("system   linux/")
        .done();
}

#[test]
fn an_image_without_a_shell() {
    let mut scene = with_image(|_| ());
    scene.docker.rule(
        Rule::on(&["cp"])
            .containing(":/bin/sh")
            .stderr("Error response from daemon: Could not find the file in container\n")
            .exit(1),
    );
    compat(&scene, "app:2")
        .success()
        .prints("shell     none: opencode runs, but")
        .done();
}

#[test]
fn an_image_that_is_not_there() {
    let scene = Scene::new();
    let output = compat(&scene, "registry:5000/none/app:3");
    insta::assert_snapshot!(output.snapshot(), @r"
    $ ocx compat registry:5000/none/app:3
    [exit code 78]
    --- stderr
    error: image `registry:5000/none/app:3` is not in the local storage of docker
    hint: fetch it: `docker pull registry:5000/none/app:3`
    hint: or build it: `docker build --tag registry:5000/none/app:3 DIRECTORY`
    ");
}

#[test]
fn ways_to_name_an_image() {
    let scene = with_image(|_| ());
    let result = |image: &str| {
        let output = compat(&scene, image).success();
        let line = output
            .stdout()
            .lines()
            .find_map(|line| line.strip_prefix("result    "))
            .expect("there is a result");
        line.split(':').next().unwrap().to_owned()
    };
    assert_eq!(result("app:2"), "ocx-app--2");
    // By ID, it is built under the name that the settings can have.
    assert_eq!(result(ID), "ocx-app--2");
    assert_eq!(result(&ID["sha256:".len()..]), "ocx-app--2");
    assert_eq!(result("team:latest"), "ocx-team");

    let nameless = with_image(|record| record["RepoTags"] = json!([]));
    compat(&nameless, ID)
        .success()
        .prints("the image needs a name to be a base: `docker tag 444444444444 NAME`")
        .done();
    for text in ["", "a b", "App", "app:", "-x"] {
        let output = scene.sandbox.ocx(["compat", "--", text]).run().exits(64);
        assert_eq!(output.stdout(), "");
        output.says("is not an image reference").done();
    }
}

#[test]
fn what_a_build_found_out_of_reach() {
    let mut scene = Scene::new();
    let printed = json!({
        "closed": [{"directory": "/root/my \u{1b}tools", "at": "/root/my \u{1b}tools"}],
        "refused": [{"directory": "/opt/bin", "at": null, "count": 4, "names": ["a", "b", "c"]}],
        "programs": [],
        "complete": true,
    });
    let trial = Rule::on(&["run"]).containing("search-path.js").starts();
    scene.docker.rule(trial.stdout(&format!("{printed}\n")));
    let output = scene.sandbox.ocx(["build"]).run().success();
    assert!(!output.stderr().contains('\u{1b}'));
    output
        .says(r"warning: PATH has /root/my \x1btools, which the session's user may not enter")
        .says("warning: /opt/bin has programs that the session's user may not run: a, b, c and 1 more; `RUN chmod -R a+rX /opt/bin` in the Dockerfile of the base lets them\n")
        .done();
    assert_eq!(scene.docker.calls_of(&["run"]).len(), 1);
    let output = compat(&scene, "team").success();
    assert!(!output.stdout().contains('\u{1b}'));
    output
        .prints("usable    yes")
        .prints("programs  PATH has /root/my")
        .prints("          hint: `RUN chmod -R a+rX /opt/bin`")
        .done();
    let answer = scene.sandbox.ocx(["compat", "team", "--json"]).run();
    let answer: Value = serde_json::from_str(answer.stdout()).unwrap();
    assert_eq!(answer["out_of_reach"][1]["programs"]["count"], 4);

    scene.docker.clear_rules();
    let nothing = json!({"closed": [], "refused": [], "programs": [], "complete": true});
    let trial = Rule::on(&["run"]).containing("search-path.js").starts();
    scene.docker.rule(trial.stdout(&format!("{nothing}\n")));
    let output = scene.sandbox.ocx(["build", "--force"]).run().success();
    output.never_says("session's user").done();
    compat(&scene, "team")
        .success()
        .prints("programs  the session's user can run what is in PATH")
        .done();
}
