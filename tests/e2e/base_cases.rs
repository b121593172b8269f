//! Which base the settings mean: an image, a Dockerfile, both or neither.

use std::time::Duration;

use ocx_tests::bases;

use crate::workshop::{Workshop, version};

#[test]
fn an_image_that_exists_is_used_as_it_is() {
    let Some(shop) = Workshop::new() else { return };
    let base = shop.base("base", &bases::debian(&shop.docker));
    let before = shop.id(&base);
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().says("is ready").done();
    assert_eq!(shop.id(&base), before);
    let image = shop.docker.image(&shop.ocx_image(&base)).unwrap();
    let labels = &image["Config"]["Labels"];
    assert_eq!(labels["ocx.base.reference"], base);
    assert_eq!(labels["ocx.base.id"], before);
    assert_eq!(labels["ocx.opencode.version"], version());
    shop.assert_tidy();
}

#[test]
fn an_image_that_does_not_exist_is_an_error_that_names_both_remedies() {
    let Some(shop) = Workshop::new() else { return };
    let base = format!("{}-nothing", shop.name());
    shop.use_image(&base);
    for command in [&["build"][..], &["opencode", "--version"]] {
        shop.ocx(command.iter().copied())
            .run()
            .exits(78)
            .says(&format!("`{base}`"))
            .says(&format!("docker image inspect {base}"))
            .says("ocx build --pull")
            .says("custom_base_dockerfile")
            .done();
    }
    assert!(shop.images().is_empty(), "{:?}", shop.images());
    assert!(shop.containers().is_empty());
    assert!(shop.docker.images_mentioning(shop.name()).is_empty());
}

#[test]
fn a_foreign_image_wins_over_the_dockerfile() {
    let Some(shop) = Workshop::new() else { return };
    let base = shop.use_dockerfile("RUN touch /built-by-ocx");
    shop.base("team", &bases::debian(&shop.docker));
    let before = shop.id(&base);
    shop.ocx(["build"]).run().success().done();
    assert_eq!(shop.id(&base), before);
    let image = shop.ocx_image(&base);
    assert_eq!(
        shop.in_image(&image, &["sh", "-c", "ls /built-by-ocx || echo none"]),
        "none"
    );
}

#[test]
fn with_both_and_nothing_there_the_base_is_built_under_the_name() {
    let Some(shop) = Workshop::new() else { return };
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

#[test]
fn a_dockerfile_alone_gets_a_name_made_from_its_place() {
    let Some(shop) = Workshop::new() else { return };
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

#[test]
fn build_arguments_and_the_target_reach_the_build() {
    let Some(shop) = Workshop::new() else { return };
    let debian = bases::debian(&shop.docker);
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

#[test]
fn with_neither_it_is_ocxs_own() {
    const BASE: &str = "ocx-base";
    const DEBIAN: &str = "debian:trixie-slim";
    let Some(shop) = Workshop::new() else { return };
    if shop.docker.image(BASE).is_some() {
        eprintln!("skipped: {BASE} is somebody's own here");
        return;
    }
    let docker = shop.docker.cli();
    // Which Debian it is does not matter here, as long as the packages have the same names.
    let lent = shop.docker.image(DEBIAN).is_none();
    if lent {
        docker.require(&["tag", &bases::debian(&shop.docker), DEBIAN]);
    }
    let image = format!("ocx:{}", version());
    let output = shop.ocx(["build"]).timeout(Duration::from_secs(300)).run();
    let tools = docker.ask(&[
        "run",
        "--rm",
        "--pull=never",
        &image,
        "sh",
        "-c",
        "git --version && curl --version && jq --version && opencode --version",
    ]);
    let again = shop.ocx(["build"]).run();
    let _ = docker.ask(&["rmi", &image, BASE]);
    if lent {
        let _ = docker.ask(&["rmi", DEBIAN]);
    }
    output
        .success()
        .says(&format!("building base image {BASE}"))
        .says(&format!("{image} is ready"))
        .done();
    assert!(tools.status.success(), "{tools:?}");
    again.success().says("up to date").done();
}
