//! Bases that ocx builds from Dockerfiles out of the ordinary, and one that is very large.

use std::{
    fs,
    time::{Duration, Instant},
};

use ocx_tests::{
    account::owner,
    bases::{self, unusual},
    engine::Engine,
    on_engines,
    sandbox::Sandbox,
    stub_model::{CLOSING, DEFAULT_CONTENT},
};

use crate::{session_setup::Project, workshop::Workshop};

on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_stage_in_the_middle
);
on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_devcontainer_that_is_followed
);
on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    features_and_commands_of_a_devcontainer_in_a_dockerfile
);
on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    syntax_that_the_builder_does_not_understand
);
on_engines!(
    [docker, podman],
    because "rootless Docker builds as Docker does",
    a_build_trusts_whom_the_host_trusts_if_it_asks
);
on_engines!(
    [docker],
    because "rootless Docker builds as Docker does, and Podman understands it",
    a_flag_that_the_builder_does_not_understand
);
on_engines!(
    [docker],
    because "copying such an image for another user takes Podman minutes",
    a_base_of_two_gigabytes
);

fn a_stage_in_the_middle(engine: &Engine) {
    let sandbox = Sandbox::new();
    let debian = bases::debian(engine);
    let base = format!("{}-staged", sandbox.name());
    sandbox.write(
        "ocx.toml",
        format!(
            "custom_base_image = {base:?}\ncustom_base_dockerfile = \"Dockerfile\"\n\
             custom_base_target = \"dev\"\n"
        ),
    );
    sandbox.write(
        "Dockerfile",
        format!(
            "FROM {debian} AS compiled\nRUN echo tool > /made\n\
             FROM {debian} AS dev\nCOPY --from=compiled /made /opt/made\n\
             FROM dev AS production\nRUN rm /opt/made\n"
        ),
    );
    let project = Project::bare(sandbox, engine);
    let Some(_model) = project.start_model() else {
        return;
    };
    let sandbox = &project.sandbox;
    sandbox
        .ocx(["opencode", "run", "write hello.txt"])
        .timeout(Duration::from_secs(240))
        .run()
        .success()
        .prints(CLOSING)
        .done();
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert_eq!(
        owner(&sandbox.project().join("hello.txt")),
        *sandbox.account()
    );
    sandbox
        .ocx(["exec", "cat", "/opt/made"])
        .run()
        .success()
        .prints("tool")
        .done();
    project.assert_no_containers();
}

/// The team's one file, with comments, a trailing comma and the project as the build context; and then, in the
/// same project, another base in it.
fn a_devcontainer_that_is_followed(engine: &Engine) {
    const FILE: &str = ".devcontainer/devcontainer.json";
    let sandbox = Sandbox::new();
    let debian = bases::debian(engine);
    sandbox.write("ocx.toml", "custom_base_devcontainer = true\n");
    sandbox.write(
        FILE,
        "{\n  // Ours.\n  \"build\": { \"dockerfile\": \"Dockerfile\", \"context\": \"..\",\n\
         \"args\": { \"WORD\": \"tool\" }, /* not the last one */ \"target\": \"dev\" },\n\
         \"postCreateCommand\": \"touch /tmp/evil\",\n}\n",
    );
    sandbox.write(
        ".devcontainer/Dockerfile",
        format!(
            "FROM {debian} AS dev\nARG WORD\nRUN echo $WORD > /made\nCOPY Gemfile.lock /locked\n\
             FROM dev AS production\nRUN rm /made\n"
        ),
    );
    sandbox.write("Gemfile.lock", "of the top\n");
    let project = Project::bare(sandbox, engine);
    let sandbox = &project.sandbox;
    let build = |word: &str| {
        let build = sandbox.ocx(["build"]).timeout(Duration::from_secs(240));
        build.run().success().says(word).done();
    };
    build("is followed, but for postCreateCommand");
    let show = ["exec", "cat", "/made", "/locked"];
    let output = sandbox.ocx(show).run().success();
    output
        .prints("tool\nof the top\n")
        .never_says("is followed")
        .done();

    sandbox.write(FILE, format!("{{ \"image\": \"{debian}\" }} // plain"));
    // Another test may have built on that base already.
    build(&format!("ocx-{}:", debian.trim_end_matches(":latest")));
    let show = ["exec", "ls", "/made"];
    assert_ne!(sandbox.ocx(show).run().code(), Some(0));
    project.assert_no_containers();
}

/// What `ocx init --extend` writes is built, and what it names for a session works in one. No registry can be
/// counted on: a program that writes down how it is called stands in for the package manager.
fn features_and_commands_of_a_devcontainer_in_a_dockerfile(engine: &Engine) {
    let sandbox = Sandbox::new();
    let debian = bases::debian(engine);
    sandbox.write(
        ".devcontainer/devcontainer.json",
        r#"{
            "build": { "dockerfile": "Dockerfile", "target": "dev" },
            "features": { "ghcr.io/devcontainers/features/git-lfs:1": {} },
            "onCreateCommand": "sudo apt-get install -y jq && cat ours > theirs"
        }"#,
    );
    sandbox.write(
        ".devcontainer/Dockerfile",
        format!(
            "FROM {debian} AS dev\nCOPY called /usr/local/bin/apt-get\nRUN chmod 755 /usr/local/bin/apt-get\nUSER nobody\n\
             FROM {debian}\nRUN touch /not-in-dev\n"
        ),
    );
    sandbox.write(
        ".devcontainer/called",
        "#!/bin/sh\necho \"$(id -un): $*\" >> /called\n",
    );
    sandbox.write("ours", "of the project\n");
    let project = Project::bare(sandbox, engine);
    let sandbox = &project.sandbox;
    let name = format!("{}-extended", sandbox.name());
    sandbox
        .ocx(["init", "--extend", "--yes", "--image", &name])
        .run()
        .success()
        .says("`ocx exec -- sh -c 'cat ours > theirs'`")
        .done();
    let build = sandbox.ocx(["build"]).timeout(Duration::from_secs(240));
    build.run().success().done();
    let show = sandbox.ocx(["exec", "cat", "/called"]).run().success();
    show.prints(
        "root: update\nroot: install --yes --no-install-recommends git-lfs\nroot: install -y jq\n",
    )
    .done();
    let typed = ["exec", "--", "sh", "-c", "cat ours > theirs"];
    sandbox.ocx(typed).run().success().done();
    assert_eq!(sandbox.read("theirs"), "of the project\n");
    project.assert_no_containers();
}

/// Fails unless a build shows the engine's own message and then names the use of newer syntax.
fn assert_pointed_at(shop: &Workshop, engines: &[&str], what: &str) {
    let output = shop.ocx(["build"]).run();
    if output.code() == Some(0) {
        ocx_tests::skip::skip(format_args!("this builder understands `{what}`"));
        return;
    }
    let output = output
        .exits(76)
        .says("could not build image")
        .says(&format!("hint: if that is about `{what}` in line 2 of `"));
    assert!(
        engines.iter().any(|said| output.stderr().contains(said)),
        "{output}"
    );
    // Steps that went well may stay in the engine's build cache, without a name.
    let named = shop.images().into_iter().find(|(_, tags)| !tags.is_empty());
    assert_eq!(named, None);
}

fn syntax_that_the_builder_does_not_understand(engine: &Engine) {
    let shop = Workshop::new(engine);
    shop.use_dockerfile("RUN <<EOF\necho text > /text\nEOF");
    assert_pointed_at(
        &shop,
        &["unknown instruction", "Unknown instruction"],
        "RUN <<EOF",
    );
}

fn a_flag_that_the_builder_does_not_understand(engine: &Engine) {
    let shop = Workshop::new(engine);
    shop.use_dockerfile("RUN --mount=type=cache,target=/var/cache/apt true");
    assert_pointed_at(
        &shop,
        &["the --mount option requires BuildKit"],
        "RUN --mount",
    );
}

fn a_build_trusts_whom_the_host_trusts_if_it_asks(engine: &Engine) {
    const HOSTS: &str = "/etc/ssl/certs/ca-certificates.crt";
    let shop = Workshop::new(engine);
    shop.use_dockerfile(
        "RUN mkdir -p /opt/kept && \\\n    cat /run/ca.pem > /opt/kept/without 2> /dev/null; true\n\
         RUN --mount=type=secret,id=ca-certificates,target=/run/ca.pem \\\n    tail -n 1 /run/ca.pem > /opt/kept/seen\n\
         RUN echo $(ls /run/ca.pem 2> /dev/null | wc -l) $(wc -c < /opt/kept/without) >> /opt/kept/seen",
    );
    let bundle = shop.sandbox.root().join("of the host and others.pem");
    let of_machine = fs::read_to_string(HOSTS).unwrap_or_default();
    shop.sandbox
        .write(&bundle, format!("{of_machine}\n# Of the company's own.\n"));
    let ocx = |args: &[&str]| {
        let ocx = shop.ocx(args.iter().copied());
        ocx.env("SSL_CERT_FILE", &bundle).run()
    };
    let output = ocx(&["build"]);
    if output.code() != Some(0) {
        // The client without BuildKit does not even know how to hand it over.
        output
            .says("unknown flag: --secret")
            .says("hint: if that is about `RUN --mount` in line 4 of `")
            .done();
        return;
    }
    output.done();
    let output = ocx(&["exec", "cat", "/opt/kept/seen"]).success();
    output.prints("# Of the company's own.\n0 0\n").done();
    // Whom the machine trusts is not part of the base: another bundle builds nothing.
    shop.sandbox.write(&bundle, of_machine);
    ocx(&["build"]).success().says("is up to date").done();
    shop.assert_tidy();
}

fn a_base_of_two_gigabytes(engine: &Engine) {
    let base = unusual::with_two_gigabytes(engine);
    let project = Project::on(engine, &base);
    let Some(_model) = project.start_model() else {
        return;
    };
    let sandbox = &project.sandbox;
    let timed = |args: &[&str]| {
        let start = Instant::now();
        sandbox
            .ocx(args.iter().copied())
            .timeout(Duration::from_secs(240))
            .run()
            .success()
            .done();
        start.elapsed()
    };
    let build = timed(&["build"]);
    let session = timed(&["opencode", "run", "write hello.txt"]);
    assert_eq!(sandbox.read("hello.txt"), DEFAULT_CONTENT);

    let size = |image: &str| engine.image(image).unwrap()["Size"].as_u64().unwrap();
    let version = &sandbox.environment()["OCX_OPENCODE_VERSION"];
    let image = format!("ocx-{}:{version}", base.trim_end_matches(":latest"));
    let (base, image) = (size(&base), size(&image));
    println!(
        "a base of {} MB: build {build:.1?}, session {session:.1?}, {} MB more on disk",
        base / 1_000_000,
        (image - base) / 1_000_000
    );
    // Engines that keep images as they are sent tell a size without the zeros.
    sandbox
        .ocx(["exec", "stat", "--format=%s", "/opt/large"])
        .run()
        .success()
        .prints(&(2_u64 << 30).to_string())
        .done();
    // What is added does not depend on the base.
    assert!(image - base < 300_000_000, "{image}");
}
