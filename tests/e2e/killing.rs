//! A build that is killed leaves what was there, and the next one succeeds.

use std::{thread, time::Duration};

use ocx_tests::{
    engine::{Engine, PodmanApart, StorageDriver},
    on_engines,
    pause::{PausingEngine, When},
    registry::{Fault, Part, Registry},
    running::Running,
};
use rustix::process::Signal;

use crate::workshop::{PACKAGE, Workshop};

on_engines!(
    [docker],
    because "what ocx has to clean up does not depend on the engine, and other engines are slower",
    a_killed_build_leaves_what_was_there
);
on_engines!(
    [docker],
    because "what ocx has to clean up does not depend on the engine, and other engines are slower",
    an_interrupted_build_leaves_what_was_there
);
on_engines!(
    [podman],
    because "Docker goes through all points, and rootless Docker is the same to its client",
    a_build_that_is_killed_at_some_points
);
on_engines!(
    [podman],
    because "Docker goes through all points, and rootless Docker is the same to its client",
    a_build_that_is_interrupted_at_some_points
);

/// The version of the program that stands in for opencode: small, so that a build is quick.
const VERSION: &str = "1.99.7";

/// How long a build may take to come to a point.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where a build is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    BeforeBaseBuild,
    DuringBaseBuild,
    AfterBaseBuild,
    BeforeFetch,
    DuringFetch,
    DuringUnpack,
    BeforeLayerBuild,
    AfterLayerBuild,
    BeforeVerification,
    DuringVerification,
    BeforeTagging,
    AfterTagging,
}

impl Point {
    const ALL: [Self; 12] = [
        Self::BeforeBaseBuild,
        Self::DuringBaseBuild,
        Self::AfterBaseBuild,
        Self::BeforeFetch,
        Self::DuringFetch,
        Self::DuringUnpack,
        Self::BeforeLayerBuild,
        Self::AfterLayerBuild,
        Self::BeforeVerification,
        Self::DuringVerification,
        Self::BeforeTagging,
        Self::AfterTagging,
    ];

    /// The instruction that makes this build's base another one.
    fn instruction(self) -> String {
        let sleep = match self {
            Self::DuringBaseBuild => "sleep 1 && ",
            _ => "",
        };
        format!("RUN {sleep}echo {self:?} > /text")
    }

    /// What plays opencode.
    fn program(self) -> Vec<u8> {
        let sleep = match self {
            Self::DuringVerification => "sleep 1; ",
            _ => "",
        };
        let mut program = format!("#!/bin/sh\n# {self:?}\n{sleep}echo {VERSION}; exit 0\n");
        // Nothing can be cut off while it is too short to be seen.
        let padding = match self {
            Self::DuringUnpack => 200_000_000,
            _ => 0,
        };
        program.extend(std::iter::repeat_n('#', padding));
        program.into_bytes()
    }
}

/// A sandbox in which builds are cut off.
struct Scene {
    shop: Workshop,
    registry: Registry,
    pausing: PausingEngine,
    base: String,
    image: String,
}

impl Scene {
    fn new(engine: &Engine) -> Self {
        let mut shop = Workshop::new(engine);
        let registry = Registry::start();
        shop.sandbox
            .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
        shop.sandbox.set_env("OCX_OPENCODE_VERSION", VERSION);
        let pausing = PausingEngine::install(&shop, engine);
        let base = shop.use_dockerfile("");
        let image = format!("ocx-{base}:{VERSION}");
        Self {
            shop,
            registry,
            pausing,
            base,
            image,
        }
    }

    /// Lets the next build fetch, build and verify everything anew.
    fn renew(&self, point: Point) {
        self.shop.write_dockerfile(&point.instruction());
        for build in [PACKAGE.to_owned(), format!("{PACKAGE}-baseline")] {
            self.registry.publish(&build, VERSION, &point.program());
        }
        let cached = self.shop.ocx_cache().join("opencode").join(VERSION);
        if cached.exists() {
            std::fs::remove_dir_all(&cached).unwrap();
        }
    }

    /// Starts a build and returns it when it has come to the point.
    fn build_until(&self, point: Point) -> Running {
        let pause = |when, pattern: &str| self.pausing.pause(&self.shop, when, pattern);
        let base_build = format!("* build * {} *", self.base);
        let layer_build = "* build *:candidate*";
        let tagging = format!("* tag * {} *", self.image);
        match point {
            Point::BeforeBaseBuild => pause(When::Before, &base_build),
            Point::AfterBaseBuild => pause(When::After, &base_build),
            Point::BeforeFetch => self.registry.fail(Part::Metadata, Fault::Hang),
            Point::DuringFetch => self.registry.fail(Part::Tarball, Fault::Stall),
            Point::BeforeLayerBuild => pause(When::Before, layer_build),
            Point::AfterLayerBuild => pause(When::After, layer_build),
            Point::BeforeVerification => pause(When::Before, "* run *:candidate*"),
            Point::BeforeTagging => pause(When::Before, &tagging),
            Point::AfterTagging => pause(When::After, &tagging),
            Point::DuringBaseBuild | Point::DuringUnpack | Point::DuringVerification => {}
        }
        let asked = self.registry.requests().len();
        let asked_for = |end: &str| {
            let requests = self.registry.requests();
            requests[asked..].iter().any(|path| path.ends_with(end))
        };
        let mut build = self.shop.ocx(["build"]).start();
        let what = format!("{point:?}");
        match point {
            Point::BeforeFetch => build.wait_until(&what, PATIENCE, |_| asked_for(VERSION)),
            Point::DuringFetch => build.wait_until(&what, PATIENCE, |_| asked_for(".tgz")),
            Point::DuringUnpack => build.wait_until(&what, PATIENCE, |_| self.is_unpacking()),
            Point::DuringBaseBuild => build.wait_for("echo DuringBaseBuild", PATIENCE),
            Point::DuringVerification => build.wait_for("trying opencode", PATIENCE),
            _ => build.wait_until(&what, PATIENCE, |_| self.pausing.is_reached()),
        }
        if matches!(
            point,
            Point::DuringFetch | Point::DuringBaseBuild | Point::DuringVerification
        ) {
            // Into the middle of it.
            thread::sleep(Duration::from_millis(300));
        }
        build
    }

    fn is_unpacking(&self) -> bool {
        self.parts() > 0
    }

    /// Unfinished files in the cache.
    fn parts(&self) -> usize {
        let cached = self.shop.ocx_cache().join("opencode").join(VERSION);
        let Ok(builds) = cached.read_dir_utf8() else {
            return 0;
        };
        builds
            .filter_map(|build| build.ok()?.into_path().read_dir_utf8().ok())
            .flatten()
            .filter(|file| {
                file.as_ref()
                    .is_ok_and(|file| file.path().extension() == Some("part"))
            })
            .count()
    }

    fn id(&self) -> Option<String> {
        let image = self.shop.engine.image(&self.image)?;
        Some(image["Id"].as_str()?.to_owned())
    }

    /// Cuts a build off, and looks at what is left.
    fn cut_off(&self, point: Point, signal: Signal) {
        self.renew(point);
        let before = self.id();
        let build = self.build_until(point);
        // From the keyboard, the interrupt reaches what ocx has started as well.
        if signal == Signal::KILL {
            build.signal(signal);
        } else {
            build.signal_group(signal);
        }
        let output = build.wait(PATIENCE);
        assert_ne!(output.code(), Some(0), "{point:?}: {output}");
        self.pausing.go_on();
        self.registry.heal(Part::Metadata);
        self.registry.heal(Part::Tarball);
        if point == Point::AfterTagging {
            assert_ne!(self.id(), before, "{point:?}: {output}");
        } else {
            assert_eq!(self.id(), before, "{point:?}: {output}");
        }
        if self.id().is_some() {
            assert_eq!(self.inside(&["opencode", "--version"]), VERSION);
        }

        // One that was complete but for its temporary names has nothing to be built.
        let again: &[&str] = match point {
            Point::AfterTagging => &["build", "--force"],
            _ => &["build"],
        };
        let output = self.shop.ocx(again.iter().copied()).run().success();
        assert_eq!(self.inside(&["cat", "/text"]), format!("{point:?}"));
        assert_eq!(self.inside(&["opencode", "--version"]), VERSION);
        let marker = format!("# {point:?}");
        assert_eq!(
            self.inside(&["sed", "-n", "2p", "/ocx/bin/opencode"]),
            marker,
            "{output}"
        );
        assert_eq!(self.parts(), 0, "{point:?}: {output}");
        // Nameless images are not looked for: the engine may still have been at work for a build
        // that was cut off when the next one began.
        for (_, tags) in self.shop.images() {
            let temporary = tags.iter().find(|tag| tag.starts_with("ocx-tmp---"));
            assert_eq!(temporary, None, "{point:?}: {output}");
        }
    }

    fn inside(&self, command: &[&str]) -> String {
        self.shop.in_image(&self.image, command)
    }
}

fn cut_off_at_each(engine: &Engine, points: impl Iterator<Item = Point>, signal: Signal) {
    let scene = Scene::new(engine);
    for point in points {
        scene.cut_off(point, signal);
    }
}

fn a_killed_build_leaves_what_was_there(engine: &Engine) {
    cut_off_at_each(engine, Point::ALL.into_iter(), Signal::KILL);
}

fn an_interrupted_build_leaves_what_was_there(engine: &Engine) {
    cut_off_at_each(engine, Point::ALL.into_iter(), Signal::INT);
}

// A build of Podman's that was cut off may leave a layer mounted (4.3: `Found incomplete layer`,
// `device or resource busy`), so these have a storage of their own. The points are those at which the
// engine is at work, or has just been.

fn a_build_that_is_killed_at_some_points(engine: &Engine) {
    cut_off_at_each(
        &PodmanApart::new(engine, StorageDriver::Overlay),
        [Point::DuringBaseBuild, Point::AfterLayerBuild].into_iter(),
        Signal::KILL,
    );
}

fn a_build_that_is_interrupted_at_some_points(engine: &Engine) {
    cut_off_at_each(
        &PodmanApart::new(engine, StorageDriver::Overlay),
        [Point::DuringBaseBuild, Point::DuringVerification].into_iter(),
        Signal::INT,
    );
}
