//! Commands leave no image without a name, no container and no temporary name, and as many images as
//! there were, by counting.

use std::time::Duration;

use ocx_tests::{
    bases, engine::Engine, on_each_engine, output::Output, registry::Registry, running::Running,
};
use rustix::process::Signal;

use crate::workshop::{PACKAGE, Workshop};

on_each_engine!(
    builds_leave_what_was_there,
    a_build_that_is_interrupted_leaves_what_was_there,
    an_image_that_a_session_is_in_goes_when_the_session_ends,
    the_same_base_by_another_id_is_no_other_base,
);

const PATIENCE: Duration = Duration::from_secs(120);

/// The versions of the program that stands in for opencode.
const VERSIONS: [&str; 2] = ["1.99.7", "1.99.8"];

/// A project whose base ocx builds, all of whose images can be told from those of other tests: they
/// inherit a label from what the Dockerfile begins with.
struct Scene {
    shop: Workshop,
    from: String,
    _registry: Registry,
}

/// What the engine holds of a scene.
#[derive(Debug, PartialEq, Eq)]
struct Count {
    images: usize,
    dangling: usize,
    temporary: usize,
    containers: usize,
}

impl Scene {
    fn new(engine: &Engine) -> Self {
        let mut shop = Workshop::without_opencode(engine);
        let registry = Registry::start();
        shop.sandbox
            .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
        shop.sandbox.set_env("OCX_OPENCODE_VERSION", VERSIONS[0]);
        for version in VERSIONS {
            for package in [PACKAGE.to_owned(), format!("{PACKAGE}-baseline")] {
                let program = format!(
                    "#!/bin/sh\ncase $1 in --version) echo {version} ;; *) sleep 100 ;; esac\n"
                );
                registry.publish(&package, version, program.as_bytes());
            }
        }
        let from = shop.base("from", &bases::debian(engine));
        shop.use_dockerfile("");
        let scene = Self {
            shop,
            from,
            _registry: registry,
        };
        scene.dockerfile("RUN echo one > /text");
        scene.shop.write("docker/text", "one\n");
        scene
    }

    fn dockerfile(&self, instruction: &str) {
        let text = format!("FROM {}\n{instruction}\nCOPY text /copied\n", self.from);
        self.shop.write("docker/Dockerfile", text);
    }

    fn build(&self, flags: &[&str]) -> Output {
        let mut line = vec!["--verbose", "build"];
        line.extend(flags);
        self.shop.ocx(line).run()
    }

    /// Steps of a build that others build on are images to some engines; they belong to an image with
    /// a name, so that their number stays the same, too.
    fn count(&self) -> Count {
        let images = self.shop.images();
        let names = || images.iter().flat_map(|(_, names)| names);
        Count {
            images: images.len(),
            dangling: images
                .iter()
                .filter(|(id, _)| self.shop.is_dangling(id))
                .count(),
            temporary: names()
                .filter(|name| name.starts_with("ocx-tmp---"))
                .count(),
            containers: self.shop.containers().len(),
        }
    }

    #[track_caller]
    fn assert_tidy(&self, after: &str) -> usize {
        let count = self.count();
        let tidy = Count {
            images: count.images,
            dangling: 0,
            temporary: 0,
            containers: 0,
        };
        assert_eq!(count, tidy, "after {after}: {:#?}", self.shop.images());
        count.images
    }

    #[track_caller]
    fn assert_count(&self, expected: usize, after: &str) {
        let images = self.assert_tidy(after);
        assert_eq!(images, expected, "after {after}: {:#?}", self.shop.images());
    }

    fn session(&self) -> Running {
        let mut session = self.shop.ocx(["opencode", "wait"]).start();
        session.wait_until("a container", PATIENCE, |_| {
            !self.shop.containers().is_empty()
        });
        session
    }
}

fn builds_leave_what_was_there(engine: &Engine) {
    let scene = Scene::new(engine);
    scene.build(&[]).success().done();
    let images = scene.assert_tidy("the first build");

    let again = scene.build(&[]).success().says("is up to date");
    scene.assert_count(images, "a build that changes nothing");
    let calls = |word: &str| {
        let is_it = |line: &&str| line.starts_with("$ ") && line.contains(word);
        again.stderr().lines().filter(is_it).count()
    };
    assert_eq!(calls(" build "), 1, "{again}");
    assert_eq!(calls(" image inspect "), 2, "{again}");

    scene.dockerfile("RUN echo two > /text");
    scene.build(&[]).success().says("moved from").done();
    scene.assert_count(images, "another Dockerfile");
    scene.shop.write("docker/text", "two\n");
    scene.build(&[]).success().says("moved from").done();
    scene.assert_count(images, "another file in the build context");
    scene.build(&["--force"]).success().done();
    scene.assert_count(images, "--force");
    scene.build(&["--base", "--no-cache"]).success().done();
    scene.assert_count(images, "--no-cache");

    scene.dockerfile("RUN exit 3");
    scene.build(&[]).exits(76).done();
    scene.assert_count(images, "a build that failed");

    scene.dockerfile("RUN echo two > /text");
    scene.build(&[]).success().done();
    scene
        .shop
        .ocx(["build"])
        .env("OCX_OPENCODE_VERSION", VERSIONS[1])
        .run()
        .success()
        .done();
    scene.assert_tidy("another version of opencode");
}

fn a_build_that_is_interrupted_leaves_what_was_there(engine: &Engine) {
    let scene = Scene::new(engine);
    scene.build(&[]).success().done();
    let images = scene.assert_tidy("the first build");
    let mut build = scene.shop.ocx(["build", "--force"]).start();
    build.wait_for("trying opencode", PATIENCE);
    build.signal_group(Signal::INT);
    build.wait(PATIENCE).exits(130).done();
    scene.assert_count(images, "an interrupted build of the layer");

    // The old base has lost its name when this one is killed.
    scene.dockerfile("RUN echo two > /text");
    let mut build = scene.shop.ocx(["build"]).start();
    build.wait_for("building ocx-", PATIENCE);
    build.signal(Signal::KILL);
    let _ = build.wait(PATIENCE);
    scene.build(&[]).success().done();
    scene.assert_count(images, "a killed build and another one");
}

fn an_image_that_a_session_is_in_goes_when_the_session_ends(engine: &Engine) {
    let scene = Scene::new(engine);
    scene.build(&[]).success().done();
    let images = scene.assert_tidy("the first build");
    let session = scene.session();
    scene.dockerfile("RUN echo two > /text");
    // It changed while a session ran, so it may be the agent's work.
    scene
        .build(&[])
        .exits(78)
        .says("changed while a session ran")
        .done();
    scene.shop.ocx(["trust", "--yes"]).run().success().done();
    scene.build(&[]).success().says("moved from").done();
    session.signal(Signal::TERM);
    session.wait(PATIENCE).exits(143).done();
    scene.assert_count(images, "the end of the session");
}

fn the_same_base_by_another_id_is_no_other_base(engine: &Engine) {
    let scene = Scene::new(engine);
    let [base, other] = ["own", "other"].map(|suffix| format!("{}-{suffix}", scene.shop.name()));
    let cli = engine.cli();
    let made = |variable: &str| {
        // Time is in an image's configuration, and so in its ID.
        std::thread::sleep(Duration::from_millis(1100));
        let dockerfile = format!("FROM {}\nENV A={variable}\n", scene.from);
        scene.shop.write("own/Dockerfile", &dockerfile);
        let context = scene.shop.project().join("own");
        cli.require(&["build", "--no-cache", "--tag", &base, context.as_str()]);
        scene.shop.id(&base)
    };
    let first = made("b");
    scene.shop.use_image(&base);
    scene.build(&[]).success().done();

    // BuildKit makes the very same one where nothing is run, unless the store gives it a new ID.
    assert!(made("b") != first || engine.has_buildkit());
    scene.build(&[]).success().says("is up to date").done();

    // Saved and loaded again.
    let archive = cli.ask(&["save", &base]).stdout;
    cli.require(&["tag", &scene.from, &other]);
    cli.require(&["tag", &other, &base]);
    cli.require_with_input(&["load"], &archive);
    scene.build(&[]).success().says("is up to date").done();

    // The same files, but another variable.
    made("c");
    scene.build(&[]).success().says("moved from").done();
    assert_eq!(
        scene.shop.in_image(
            &format!("ocx-{base}:{}", VERSIONS[0]),
            &["sh", "-c", "echo $A"]
        ),
        "c"
    );
}
