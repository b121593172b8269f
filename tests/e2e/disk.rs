//! `ocx du` and `ocx prune` on real engines.

use std::{fs, time::Duration};

use camino::Utf8PathBuf;
use ocx_tests::{
    bases, engine::Engine, on_each_engine, on_engines, registry::Registry, sandbox::Sandbox,
};
use rustix::process::Signal;

use crate::workshop::{PACKAGE, Workshop};

on_each_engine!(what_nobody_needs_goes_and_nothing_else,);
on_engines!(
    [docker, podman],
    because "rootless Docker removes images as Docker does",
    pruning_takes_its_own_users_only_and_may_be_killed_at_any_moment
);

const PATIENCE: Duration = Duration::from_secs(120);
const VERSION: &str = "1.99.7";

struct Scene {
    shop: Workshop,
    /// A project that is going to vanish.
    gone: Utf8PathBuf,
    _registry: Registry,
}

impl Scene {
    fn new(engine: &Engine) -> Self {
        Self::of(Workshop::without_opencode(engine))
    }

    /// Another user of the same engine, root on an engine that all users share.
    fn of_another_user(engine: &Engine) -> Self {
        let shop = Workshop::without_opencode(engine);
        let root = (engine.kind().program() == "docker")
            .then(Sandbox::of_root)
            .flatten();
        Self::of(match root {
            Some(mut sandbox) => {
                sandbox.use_engine(engine);
                Workshop { sandbox, ..shop }
            }
            None => shop,
        })
    }

    fn of(mut shop: Workshop) -> Self {
        let registry = Registry::start();
        shop.sandbox
            .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
        shop.sandbox.set_env("OCX_OPENCODE_VERSION", VERSION);
        for package in [PACKAGE.to_owned(), format!("{PACKAGE}-baseline")] {
            let program = format!(
                "#!/bin/sh\ncase $1 in --version) echo {VERSION} ;; wait) sleep 100 ;; esac\n"
            );
            registry.publish(&package, VERSION, program.as_bytes());
        }
        let gone = shop.root().join("gone");
        shop.make_directory(&gone);
        shop.trust(&gone);
        Self {
            shop,
            gone,
            _registry: registry,
        }
    }

    fn has(&self, image: &str) -> bool {
        self.shop.engine.image(image).is_some()
    }

    fn homes(&self) -> Vec<String> {
        let all = self.shop.engine.cli().lines(&["volume", "ls", "--quiet"]);
        let id = ocx_core::project::ProjectId::of(&self.gone);
        let is_its = |name: &String| name.contains(id.as_str());
        all.into_iter().filter(is_its).collect()
    }
}

/// An image and a home that are in use go by their names, and come back.
fn removed_by_name(shop: &Workshop, image: &str) {
    let names = |part: &str| -> Vec<String> {
        let output = shop.ocx([part, "list", "--json"]).run().success();
        let answer = output.promised("du");
        let items = answer["items"].as_array().unwrap().iter();
        items
            .map(|item| item["name"].as_str().unwrap().to_owned())
            .collect()
    };
    shop.ocx(["opencode", "once"]).run().success().done();
    let homes = names("volume");
    assert_eq!(homes.len(), 1, "{homes:?}");
    assert!(names("image").contains(&image.to_owned()));
    for (part, name) in [("image", image), ("volume", homes[0].as_str())] {
        let mut args = vec![part, "rm", name];
        if part == "volume" {
            args.push("--yes");
        }
        let output = shop.ocx(args).run().success();
        output.says("removed 1 of 1").done();
        assert!(!names(part).contains(&name.to_owned()), "{name}");
    }
    assert!(shop.engine.image(image).is_none());
    let again = shop.ocx(["opencode", "once"]).run().success();
    again.says("there is no such image yet").done();
    // With its labels, by which it is known as ocx's.
    assert_eq!(names("volume"), homes);
}

fn what_nobody_needs_goes_and_nothing_else(engine: &Engine) {
    let scene = Scene::new(engine);
    let shop = &scene.shop;
    let [kept, theirs] = ["kept", "theirs"].map(|suffix| shop.base(suffix, &bases::debian(engine)));
    shop.use_image(&kept);
    let of = |base: &str| format!("ocx-{base}:{VERSION}");
    shop.write(
        scene.gone.join("ocx.toml"),
        format!("custom_base_image = {theirs:?}\n"),
    );
    let in_gone = |line: &[&str]| {
        let output = shop.ocx(line.iter().copied()).in_dir(&scene.gone).run();
        output.success().done();
    };
    in_gone(&["opencode", "once"]);
    assert_eq!(scene.homes().len(), 1);

    // One with all that ocx writes into its own, and one that has nothing to do with it.
    let labels = shop.engine.image(&of(&theirs)).unwrap();
    let labels: Vec<String> = labels["Config"]["Labels"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(name, _)| name.starts_with("ocx."))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let forged = format!("ocx-{}-forged:{VERSION}", shop.name());
    let dockerfile = format!("FROM {theirs}\nLABEL {}\n", labels.join(" "));
    bases::build(engine, &forged, &dockerfile);

    shop.ocx(["build"]).run().success().done();
    let mut session = shop.ocx(["opencode", "wait"]).start();
    session.wait_until("a container", PATIENCE, |_| !shop.containers().is_empty());
    // Its image loses its name while it runs.
    let running = shop.id(&of(&kept));
    shop.ocx(["build", "--force"]).run().success().done();
    fs::remove_dir_all(&scene.gone).unwrap();

    let output = shop.ocx(["du"]).run().success();
    output.prints(&of(&theirs)).prints(&of(&kept)).done();
    let prune = |flags: &[&str]| {
        let line = ["prune", "--yes"].iter().chain(flags).copied();
        shop.ocx(line).run().success()
    };
    prune(&[]).prints("only with --volumes").done();
    assert!(!scene.has(&of(&theirs)));
    assert_eq!(scene.homes().len(), 1);
    for image in [&of(&kept), &kept, &theirs, &forged, &running] {
        assert!(scene.has(image), "{image}");
    }

    prune(&["--volumes"]).prints("its project is gone").done();
    assert!(scene.homes().is_empty());
    session.signal(Signal::TERM);
    session.wait(PATIENCE).exits(143).done();
    // The session's end may have taken it along.
    prune(&[]).done();
    assert!(!scene.has(&running) || running == shop.id(&of(&kept)));
    assert!(scene.has(&of(&kept)));
    assert!(scene.has(&forged));
    prune(&[])
        .prints("there is nothing that nobody needs")
        .done();
    removed_by_name(shop, &of(&kept));
    assert!(scene.has(&kept) && scene.has(&forged));
}

/// Two users with images that nobody needs any more, beside images of neither. Pruning is killed at moments all
/// over it, and done at the end.
fn pruning_takes_its_own_users_only_and_may_be_killed_at_any_moment(engine: &Engine) {
    let (mine, theirs) = (Scene::new(engine), Scene::of_another_user(engine));
    let mut built = Vec::new();
    for (scene, count) in [(&mine, 4), (&theirs, 1)] {
        let shop = &scene.shop;
        let mut images = Vec::new();
        for number in 0..count {
            let base = shop.base(&format!("b{number}"), &bases::debian(engine));
            shop.write(
                scene.gone.join("ocx.toml"),
                format!("custom_base_image = {base:?}\n"),
            );
            let build = shop.ocx(["build"]).in_dir(&scene.gone).run();
            build.success().done();
            images.push(format!("ocx-{base}:{VERSION}"));
        }
        fs::remove_dir_all(&scene.gone).unwrap();
        built.push(images);
    }
    let foreign = mine.shop.base("foreign", &bases::debian(engine));
    let prune = || mine.shop.ocx(["prune", "--yes"]);
    for milliseconds in [0, 30, 80, 150, 250, 400, 600] {
        let running = prune().start();
        std::thread::sleep(Duration::from_millis(milliseconds));
        // Whether it had ended by then does not matter.
        running.signal(Signal::KILL);
        let _ = running.wait(PATIENCE);
        for image in built.iter().flatten() {
            // One that is there is whole.
            if let Some(found) = engine.image(image) {
                let layers = found["RootFS"]["Layers"].as_array();
                assert!(layers.is_some_and(|layers| layers.len() > 1), "{found:#}");
            }
        }
    }
    prune().run().success().done();
    for image in &built[0] {
        assert!(!mine.has(image), "{image}");
    }
    assert!(mine.has(&built[1][0]) && mine.has(&foreign));
    mine.shop.assert_tidy();
    let rest = mine.shop.ocx(["du", "--json"]).run().success();
    let rest = rest.promised("du");
    for item in rest["items"].as_array().unwrap() {
        assert_ne!(item["kind"], "image", "{item}");
    }

    theirs.shop.ocx(["prune", "--yes"]).run().success().done();
    assert!(!theirs.has(&built[1][0]) && theirs.has(&foreign));
}
