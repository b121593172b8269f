//! Bases that come from a registry: by tag, by digest, for several architectures, with credentials;
//! tags that move; and what goes wrong with all that.

use std::time::Duration;

use ocx_tests::{
    bases,
    engine::Engine,
    image_registry::{self, ImageRegistry},
    on_each_engine,
    output::Output,
};
use rustix::process::Signal;

use crate::{session_setup::stand_in, workshop::Workshop};

on_each_engine!(
    a_base_by_its_tag,
    a_base_by_its_digest,
    a_base_for_several_architectures,
    a_tag_that_moves_is_picked_up_on_request_only,
    what_lost_its_name_stays_while_something_needs_it,
    what_is_missing_is_fetched_where_the_settings_say_so,
    newer_is_looked_for_by_builds_and_not_by_sessions,
    the_images_of_a_dockerfile_are_renewed,
    a_registry_that_wants_credentials,
    what_cannot_be_fetched,
    a_fetch_that_is_interrupted_leaves_nothing,
);

const PATIENCE: Duration = Duration::from_secs(60);

/// A workshop, and a registry with one repository.
struct Scene {
    shop: Workshop,
    registry: ImageRegistry,
    repository: String,
}

impl Scene {
    /// `None`, with a message, if there can be no registry for this engine.
    fn new(engine: &Engine) -> Option<Self> {
        let registry = ImageRegistry::start(engine.host_network()?)?;
        let mut shop = Workshop::without_opencode(engine);
        shop.sandbox
            .set_env("OCX_OPENCODE_BINARY", stand_in().as_str());
        shop.sandbox.unset_env("OCX_OPENCODE_VERSION");
        ImageRegistry::trust(&mut shop.sandbox, &registry.host());
        Some(Self {
            repository: format!("{}/app", shop.name()),
            shop,
            registry,
        })
    }

    /// Puts an image with this text in a label into the registry, as the tag `text`.
    fn publish(&self, text: &str) {
        let engine = &self.shop.engine;
        let base = bases::glibc_only(engine);
        let name = format!("{}-{text}", self.shop.name());
        let sandbox = self.shop.name();
        let dockerfile = format!("FROM {base}\nLABEL ocxt.sandbox={sandbox} text={text}\n");
        bases::build(engine, &name, &dockerfile);
        self.registry.push(engine, &name, &self.repository, text);
        engine.cli().require(&["rmi", &name]);
    }

    /// Publishes an image with this text and lets the tag `1` mean it.
    fn release(&self, text: &str) {
        self.publish(text);
        self.registry.retag(&self.repository, text, "1");
    }

    /// Builds on the tag `1`, fetched for it; returns the base's name and its ID.
    #[track_caller]
    fn fetch_first(&self) -> (String, String) {
        self.release("one");
        let image = self.tagged("1");
        self.shop.use_image(&image);
        self.ocx(&["build", "--pull"]).success().done();
        let id = self.shop.id(&image);
        (image, id)
    }

    /// The name of what is in the registry under this tag.
    fn tagged(&self, tag: &str) -> String {
        format!("{}/{}:{tag}", self.registry.host(), self.repository)
    }

    /// The same by its digest.
    fn by_digest(&self, tag: &str) -> String {
        let digest = self.registry.digest(&self.repository, tag);
        format!("{}/{}@{digest}", self.registry.host(), self.repository)
    }

    fn ocx(&self, args: &[&str]) -> Output {
        self.shop
            .ocx(args.iter().copied())
            .timeout(2 * PATIENCE)
            .run()
    }

    /// A session that needs nothing of the registry, not even an answer.
    #[track_caller]
    fn session(&self) -> Output {
        self.ocx(&["--verbose", "opencode", "--version"])
            .success()
            .never_says(" pull ")
    }

    /// The text in the ocx image of now.
    #[track_caller]
    fn text(&self) -> String {
        let status = self.ocx(&["status", "--json"]).success();
        let status: serde_json::Value = serde_json::from_str(status.stdout()).unwrap();
        let name = status["image"]["name"].as_str().expect("it has a name");
        let image = self.shop.engine.image(name);
        let image = image.unwrap_or_else(|| panic!("there is no {name}: {status:#}"));
        image["Config"]["Labels"]["text"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

fn a_base_by_its_tag(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let image = scene.tagged("1");
    scene.shop.use_image(&image);
    for command in ["build", "run"] {
        scene
            .ocx(&[command])
            .exits(78)
            .says(&format!("error: base image `{image}` is not in the local"))
            .says(&format!("`ocx build --pull` fetches {image} from"))
            .done();
    }
    scene
        .ocx(&["build", "--pull"])
        .success()
        .says(&format!("ocx: pulling {image}"))
        .says(" is ready")
        .done();
    assert_eq!(scene.text(), "one");
    // From now on all is here.
    scene.registry.stop();
    scene.session().done();
    scene.ocx(&["build"]).success().says("is up to date").done();
    scene.shop.assert_tidy();
}

fn a_base_by_its_digest(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let image = scene.by_digest("1");
    scene.shop.use_image(&image);
    scene
        .ocx(&["build"])
        .exits(78)
        .says(&format!("error: base image `{image}` is not in the local"))
        .done();
    scene.ocx(&["build", "--pull"]).success().done();
    scene.session().done();
    assert_eq!(scene.text(), "one");
    scene.ocx(&["build"]).success().says("is up to date").done();
    // What is meant by a digest never changes, so nobody is asked.
    scene.registry.stop();
    for args in [
        &["build", "--pull"][..],
        &["--set", "base_pull=newer", "build"],
    ] {
        scene
            .ocx(args)
            .success()
            .says("is up to date")
            .never_says("pulling")
            .done();
    }
    scene.session().done();
}

fn a_base_for_several_architectures(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.publish("one");
    scene.registry.make_index(&scene.repository, "one", "index");
    for image in [scene.tagged("index"), scene.by_digest("index")] {
        scene.shop.use_image(&image);
        scene.ocx(&["build", "--pull"]).success().done();
        assert_eq!(scene.text(), "one", "{image}");
        scene.ocx(&["build"]).success().says("is up to date").done();
    }
    scene.registry.stop();
    scene.session().done();
}

fn a_tag_that_moves_is_picked_up_on_request_only(engine: &Engine) {
    let Some(scene) = Scene::new(engine) else {
        return;
    };
    let (image, first) = scene.fetch_first();

    scene.release("two");
    scene.session().done();
    scene.ocx(&["build"]).success().says("is up to date").done();
    assert_eq!(scene.text(), "one");
    scene
        .ocx(&["build", "--pull"])
        .success()
        .says("the base image moved from")
        .done();
    assert_eq!(scene.text(), "two");
    assert_ne!(scene.shop.id(&image), first);
    assert!(engine.image(&first).is_none(), "the old base is left over");
    scene.shop.assert_tidy();
    // There is nothing newer.
    scene
        .ocx(&["build", "--pull"])
        .success()
        .says("is up to date")
        .done();
    scene.session().done();
}

fn what_lost_its_name_stays_while_something_needs_it(engine: &Engine) {
    let Some(scene) = Scene::new(engine) else {
        return;
    };
    let (image, first) = scene.fetch_first();
    scene.shop.keep(&image);
    scene.release("two");
    scene.ocx(&["build", "--pull"]).success().done();
    assert_eq!(scene.shop.id(&format!("{image}-kept")), first);

    let container = engine.cli().require(&["create", &image, "/none"]);
    let second = scene.shop.id(&image);
    scene.release("three");
    scene.ocx(&["build", "--pull"]).success().done();
    assert_eq!(scene.text(), "three");
    assert!(engine.image(&second).is_some(), "a container needs it");
    engine.cli().require(&["rm", &container]);
}

fn what_is_missing_is_fetched_where_the_settings_say_so(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let image = scene.tagged("1");
    let set = |policy: &str| {
        let text = format!("custom_base_image = {image:?}\nbase_pull = {policy:?}\n");
        scene.shop.write("ocx.toml", text);
    };
    set("never");
    scene.ocx(&["opencode", "run"]).exits(78).done();
    set("missing");
    let status = scene.ocx(&["status"]).success();
    status.prints("the base is to be fetched").done();
    let dry = scene.ocx(&["--dry-run", "build"]).success();
    dry.prints(&format!("pull {image}")).done();
    assert!(engine.image(&image).is_none(), "nothing was to be fetched");
    // A session does what `ocx build` would do.
    scene
        .ocx(&["opencode", "--version"])
        .success()
        .says(&format!("ocx: pulling {image}"))
        .done();
    scene.release("two");
    scene.ocx(&["build"]).success().says("is up to date").done();
    assert_eq!(scene.text(), "one");
    scene.registry.stop();
    scene.session().done();
}

fn newer_is_looked_for_by_builds_and_not_by_sessions(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let image = scene.tagged("1");
    let text = format!("custom_base_image = {image:?}\nbase_pull = \"newer\"\n");
    scene.shop.write("ocx.toml", text);
    scene.ocx(&["opencode", "--version"]).success().done();
    scene
        .ocx(&["status"])
        .success()
        .prints("`ocx build` asks the registry for a newer one")
        .done();
    scene.release("two");
    scene.session().done();
    assert_eq!(scene.text(), "one");
    scene.ocx(&["build"]).success().done();
    assert_eq!(scene.text(), "two");
    scene.shop.assert_tidy();

    scene.registry.stop();
    scene.session().done();
    scene
        .ocx(&["build"])
        .success()
        .says(&format!("could not ask the registry for a newer {image}"))
        .says("using the image that is here")
        .says("is up to date")
        .done();
    // What was asked for on the command line is no wish.
    scene.ocx(&["build", "--pull"]).exits(76).done();

    // An image that was made here is not replaced by one of that name.
    let own = scene.shop.base("own", &bases::glibc_only(engine));
    let text = format!("custom_base_image = {own:?}\nbase_pull = \"newer\"\n");
    scene.shop.write("ocx.toml", text);
    scene.ocx(&["build"]).success().done();
}

fn the_images_of_a_dockerfile_are_renewed(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let team = format!("{}-team", scene.shop.name());
    scene.shop.write(
        "docker/Dockerfile",
        format!("FROM {}\nENV TEAM=1\n", scene.tagged("1")),
    );
    let set = |policy: &str| {
        let text = format!(
            "custom_base_image = {team:?}\ncustom_base_dockerfile = \"docker/Dockerfile\"\n\
             base_pull = {policy:?}\n"
        );
        scene.shop.write("ocx.toml", text);
    };
    set("never");
    // What a Dockerfile needs and is missing, the engine fetches by itself.
    scene.ocx(&["build"]).success().done();
    scene.release("two");
    let again = scene.ocx(&["build"]).success();
    if engine.builds_ask_registries() {
        again.done();
        assert_eq!(scene.text(), "two");
    } else {
        again.says("is up to date").done();
        assert_eq!(scene.text(), "one");
    }
    set("newer");
    scene.session().done();
    scene
        .ocx(&["status"])
        .success()
        .prints("newer images that its Dockerfile names")
        .done();
    scene.ocx(&["build"]).success().done();
    assert_eq!(scene.text(), "two");

    scene.registry.stop();
    scene.session().done();
    let offline = scene.ocx(&["build"]);
    if engine.builds_ask_registries() {
        offline.exits(76).says(&scene.registry.host()).done();
    } else {
        offline
            .success()
            .says("trying with the images that are here")
            .says("is up to date")
            .done();
    }
    scene.ocx(&["build", "--pull"]).exits(76).done();
    assert_eq!(scene.text(), "two");
}

fn a_registry_that_wants_credentials(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let (_server, host) = scene.registry.with_credentials();
    ImageRegistry::trust(&mut scene.shop.sandbox, &host);
    let image = format!("{host}/{}:1", scene.repository);
    scene.shop.use_image(&image);
    // Podman would keep them where all sandboxes see them.
    let credentials = scene.shop.home().join(".docker/config.json");
    scene
        .shop
        .sandbox
        .set_env("REGISTRY_AUTH_FILE", credentials.as_str());
    let program = engine.kind().program();
    let refused = |output: Output| {
        output
            .exits(76)
            .says(&format!("error: could not pull image `{image}`"))
            .says(&format!("`{program} login {host}`"))
            .done();
    };
    refused(scene.ocx(&["build", "--pull"]));
    refused(scene.ocx(&["--set", "base_pull=missing", "opencode", "run"]));
    // `alice:wrong`: the password has changed since.
    let wrong = format!("{{\"auths\":{{\"{host}\":{{\"auth\":\"YWxpY2U6d3Jvbmc=\"}}}}}}");
    scene.shop.write(&credentials, wrong);
    refused(scene.ocx(&["build", "--pull"]));

    let login = ["login", "--username", image_registry::USER];
    let login = login.into_iter().chain(["--password-stdin", &host]);
    let login = scene.shop.command(program, login);
    let login = login.stdin(image_registry::PASSWORD).run();
    login.success().done();
    scene.ocx(&["build", "--pull"]).success().done();
    assert_eq!(scene.text(), "one");
    scene.session().done();
}

fn what_cannot_be_fetched(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    scene.release("one");
    let host = scene.registry.host();
    let nowhere = format!("{host}/{}-none:1", scene.repository);
    let untagged = scene.tagged("none");
    let unreachable = scene.tagged("1");
    // Podman may keep a step of what the registry was given (4.3, while others build).
    let before = scene.shop.images();
    let check = |scene: &Scene, image: &str| {
        scene.shop.use_image(image);
        for args in [
            &["build", "--pull"][..],
            &["--quiet", "build", "--pull"],
            &["--set", "base_pull=missing", "run"],
            &["--set", "base_pull=newer", "build"],
        ] {
            let output = scene.ocx(args).exits(76);
            assert!(said_by_engine(&output).contains(&host), "{output}");
            output
                .says(&format!("error: could not pull image `{image}`"))
                .says("pull` exited with status ")
                .says("hint: check the name and the tag")
                .says(&format!("login {host}`"))
                .done();
        }
        assert_eq!(scene.shop.images(), before);
    };
    check(&scene, &nowhere);
    check(&scene, &untagged);
    scene.registry.stop();
    check(&scene, &unreachable);

    // With a Dockerfile it is the engine's build that says so.
    scene
        .shop
        .write("Dockerfile", format!("FROM {unreachable}\n"));
    let text = "custom_base_dockerfile = \"Dockerfile\"\n";
    scene.shop.write("ocx.toml", text);
    scene
        .ocx(&["build"])
        .exits(76)
        .says("error: could not build image `")
        .says("connection refused")
        .done();
}

/// The lines that are none of ocx's own.
fn said_by_engine(output: &Output) -> String {
    let own = ["ocx: ", "error: ", "warning: ", "hint: ", "  because: "];
    let lines = output.stderr().lines();
    lines
        .filter(|line| !own.iter().any(|start| line.starts_with(start)))
        .collect()
}

fn a_fetch_that_is_interrupted_leaves_nothing(engine: &Engine) {
    let Some(mut scene) = Scene::new(engine) else {
        return;
    };
    let network = engine.host_network().expect("there was one before");
    let (_listener, host) = image_registry::silent(network);
    ImageRegistry::trust(&mut scene.shop.sandbox, &host);
    let image = format!("{host}/{}:1", scene.repository);
    scene.shop.use_image(&image);
    for args in [
        &["build", "--pull"][..],
        &["--set", "base_pull=missing", "run"],
    ] {
        let mut running = scene.shop.ocx(args.iter().copied()).start();
        running.wait_for("ocx: pulling", PATIENCE);
        // Time for the engine's client to begin.
        std::thread::sleep(Duration::from_secs(1));
        running.signal_group(Signal::INT);
        running.wait(PATIENCE).exits(130).done();
    }
    assert!(scene.shop.images().is_empty(), "{:?}", scene.shop.images());
    // The engine is as good as before.
    scene.release("one");
    ImageRegistry::trust(&mut scene.shop.sandbox, &scene.registry.host());
    scene.shop.use_image(&scene.tagged("1"));
    scene.ocx(&["build", "--pull"]).success().done();
}
