//! Which base the settings mean: an image, a Dockerfile, both or neither.

use std::time::Duration;

use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::workshop::{Workshop, version};

on_each_engine!(
    an_image_that_exists_is_used_as_it_is,
    an_image_that_does_not_exist_is_an_error_that_names_both_remedies,
    a_foreign_image_wins_over_the_dockerfile,
    with_both_and_nothing_there_the_base_is_built_under_the_name,
    a_dockerfile_alone_gets_a_name_made_from_its_place,
    build_arguments_and_the_target_reach_the_build,
    with_neither_it_is_ocxs_own,
);

fn an_image_that_exists_is_used_as_it_is(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.base("base", &bases::debian(engine));
    let before = shop.id(&base);
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().says("is ready").done();
    assert_eq!(shop.id(&base), before);
    let image = engine.image(&shop.ocx_image(&base)).unwrap();
    let labels = &image["Config"]["Labels"];
    assert_eq!(labels["ocx.base.reference"], base);
    assert_eq!(labels["ocx.base.id"], before);
    assert_eq!(labels["ocx.opencode.version"], version());
    shop.assert_tidy();
}

fn an_image_that_does_not_exist_is_an_error_that_names_both_remedies(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = format!("{}-nothing", shop.name());
    shop.use_image(&base);
    for command in [&["build"][..], &["opencode", "--version"]] {
        shop.ocx(command.iter().copied())
            .run()
            .exits(78)
            .says(&format!("`{base}`"))
            .says(&format!("{} image inspect {base}", engine.kind().program()))
            .says("ocx build --pull")
            .says("custom_base_dockerfile")
            .done();
    }
    assert!(shop.images().is_empty(), "{:?}", shop.images());
    assert!(shop.containers().is_empty());
    assert!(engine.images_mentioning(shop.name()).is_empty());
}

fn a_foreign_image_wins_over_the_dockerfile(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN touch /built-by-ocx");
    shop.base("team", &bases::debian(engine));
    let before = shop.id(&base);
    shop.ocx(["build"]).run().success().done();
    assert_eq!(shop.id(&base), before);
    let image = shop.ocx_image(&base);
    assert_eq!(
        shop.in_image(&image, &["sh", "-c", "ls /built-by-ocx || echo none"]),
        "none"
    );
}

fn with_both_and_nothing_there_the_base_is_built_under_the_name(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN touch /built-by-ocx");
    shop.ocx(["build"])
        .run()
        .success()
        .says(&format!("building base image {base}"))
        .done();
    assert_eq!(
        shop.in_image(&base, &["ls", "/built-by-ocx"]),
        "/built-by-ocx"
    );
    assert_eq!(
        shop.in_image(&shop.ocx_image(&base), &["ls", "/built-by-ocx"]),
        "/built-by-ocx"
    );
    shop.assert_tidy();
}

fn a_dockerfile_alone_gets_a_name_made_from_its_place(engine: &Engine) {
    let shop = Workshop::new(engine);
    shop.write_dockerfile("RUN touch /derived");
    shop.write(
        "ocx.toml",
        "custom_base_dockerfile = \"docker/Dockerfile\"\n",
    );
    shop.ocx(["build"]).run().success().done();
    let images = shop.images();
    let named = |prefix: &str| {
        images
            .iter()
            .flat_map(|(_, tags)| tags)
            .find(|tag| tag.starts_with(prefix))
            .unwrap_or_else(|| panic!("no {prefix} in {images:?}"))
            .clone()
    };
    let base = named("ocx-base-project-docker---");
    let image = named("ocx-project-docker---");
    assert!(base.ends_with(":latest"), "{base}");
    assert!(image.ends_with(&format!(":{}", version())), "{image}");
    assert_eq!(shop.in_image(&image, &["ls", "/derived"]), "/derived");
}

fn build_arguments_and_the_target_reach_the_build(engine: &Engine) {
    let shop = Workshop::new(engine);
    let debian = bases::debian(engine);
    shop.write(
        "Dockerfile",
        format!(
            "FROM {debian} AS dev\nARG GREETING\nRUN echo \"$GREETING\" > /greeting\n\
             FROM dev AS production\nRUN touch /production\n"
        ),
    );
    let base = format!("{}-staged", shop.name());
    shop.write(
        "ocx.toml",
        format!(
            "custom_base_image = {base:?}\ncustom_base_dockerfile = \"Dockerfile\"\n\
             custom_base_target = \"dev\"\n\n\
             [custom_base_build_args]\nGREETING = \"two words, $x and \\\"quotes\\\"\"\n"
        ),
    );
    shop.ocx(["build"]).run().success().done();
    let image = shop.ocx_image(&base);
    assert_eq!(
        shop.in_image(&image, &["cat", "/greeting"]),
        "two words, $x and \"quotes\""
    );
    assert_eq!(
        shop.in_image(&image, &["sh", "-c", "ls /production || echo none"]),
        "none"
    );

    let changed = shop
        .read("ocx.toml")
        .replace("target = \"dev\"", "target = \"production\"");
    shop.write("ocx.toml", changed);
    shop.ocx(["build"])
        .run()
        .success()
        .says("its build target changed")
        .done();
    assert_eq!(shop.in_image(&image, &["ls", "/production"]), "/production");
    let changed = shop.read("ocx.toml").replace("two words", "three words");
    shop.write("ocx.toml", changed);
    shop.ocx(["build"])
        .run()
        .success()
        .says("its build arguments changed")
        .done();
    assert_eq!(
        shop.in_image(&image, &["cat", "/greeting"]),
        "three words, $x and \"quotes\""
    );
    shop.assert_tidy();
}

fn with_neither_it_is_ocxs_own(engine: &Engine) {
    const BASE: &str = "ocx-base";
    const DEBIAN: &str = "debian:trixie-slim";
    let shop = Workshop::new(engine);
    if engine.image(BASE).is_some() {
        ocx_tests::skip::skip(format_args!("{BASE} is somebody's own here"));
        return;
    }
    let cli = engine.cli();
    // Which Debian it is does not matter here, as long as the packages have the same names.
    let lent = engine.image(DEBIAN).is_none();
    if lent {
        cli.require(&["tag", &bases::debian(engine), DEBIAN]);
    }
    let image = format!("ocx:{}", version());
    let output = shop.ocx(["build"]).timeout(Duration::from_secs(300)).run();
    let tools = cli.ask(&[
        "run",
        "--rm",
        "--pull=never",
        &image,
        "sh",
        "-c",
        "git --version && curl --version && jq --version && opencode --version",
    ]);
    let again = shop.ocx(["build"]).run();
    let _ = cli.ask(&["rmi", &image, BASE]);
    if lent {
        let _ = cli.ask(&["rmi", DEBIAN]);
    }
    output
        .success()
        .says(&format!("building base image {BASE}"))
        .says(&format!("{image} is ready"))
        .done();
    assert!(tools.status.success(), "{tools:?}");
    again.success().says("up to date").done();
}
