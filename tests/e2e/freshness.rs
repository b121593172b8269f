//! When images are built anew, and when not.

use std::time::Duration;

use ocx_tests::{bases, engine::Engine, on_each_engine};

use crate::workshop::{Workshop, version};

on_each_engine!(
    a_second_build_does_nothing,
    a_changed_dockerfile_leads_to_a_rebuild_that_says_why,
    a_changed_file_of_the_build_context_is_noticed_by_a_build,
    a_base_that_moved_leads_to_a_rebuild_that_names_both,
    a_foreign_base_is_built_over_when_that_is_asked_for,
    a_base_that_is_gone_stops_a_build_but_no_session,
    two_builds_at_once_do_not_disturb_each_other,
    a_base_that_nothing_was_built_on_leaves_nothing_behind,
);

fn a_second_build_does_nothing(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN touch /a");
    let image = shop.ocx_image(&base);
    shop.ocx(["build"]).run().success().done();
    let before = (shop.id(&base), shop.id(&image), shop.images());
    shop.ocx(["build"])
        .run()
        .success()
        .says(&format!("{image} is up to date"))
        .never_says("building")
        .done();
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .never_says("building")
        .done();
    assert_eq!((shop.id(&base), shop.id(&image), shop.images()), before);

    shop.ocx(["build", "--force"])
        .run()
        .success()
        .says("a rebuild was asked for")
        .done();
    assert_eq!(shop.id(&base), before.0);
    // The engine's build cache may give the very same image again, which has to stay then.
    assert!(engine.image(&image).is_some());
    shop.assert_tidy();
    assert!(shop.containers().is_empty());
}

fn a_changed_dockerfile_leads_to_a_rebuild_that_says_why(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN echo one > /text");
    let image = shop.ocx_image(&base);
    let text = || shop.in_image(&image, &["cat", "/text"]);
    shop.ocx(["build"]).run().success().done();
    assert_eq!(text(), "one");

    shop.write_dockerfile("RUN echo two > /text");
    shop.ocx(["build"])
        .run()
        .success()
        .says("its Dockerfile changed")
        .says("the base image moved from")
        .done();
    assert_eq!(text(), "two");
    shop.assert_tidy();

    shop.write_dockerfile("RUN echo three > /text");
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .says("its Dockerfile changed")
        .done();
    assert_eq!(text(), "three");
    shop.assert_tidy();

    // A broken one leaves what works.
    shop.write_dockerfile("RUN echo broken >&2 && exit 3");
    let before = shop.images();
    shop.ocx(["build"]).run().exits(76).says("broken").done();
    assert_eq!(shop.images(), before);
    shop.assert_tidy();
    assert!(shop.containers().is_empty());
}

fn a_changed_file_of_the_build_context_is_noticed_by_a_build(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("COPY text /text");
    shop.write("docker/text", "one\n");
    shop.ocx(["build"]).run().success().done();
    shop.write("docker/text", "two\n");
    let image = shop.ocx_image(&base);
    // A session looks at the Dockerfile only: the context may be the whole project.
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .never_says("building")
        .done();
    shop.ocx(["build"])
        .run()
        .success()
        .says("the base image moved from")
        .done();
    assert_eq!(shop.in_image(&image, &["cat", "/text"]), "two");
    shop.assert_tidy();
}

fn a_base_that_moved_leads_to_a_rebuild_that_names_both(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.base("moving", &bases::debian(engine));
    shop.keep(&base);
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().done();
    let moves = |to: &str, command: &[&str]| {
        let short = |id: &str| id.trim_start_matches("sha256:")[..12].to_owned();
        let from = short(&shop.id(&base));
        engine.cli().require(&["tag", to, &base]);
        let to = short(&shop.id(&base));
        shop.ocx(command.iter().copied())
            .run()
            .success()
            .says(&format!("the base image moved from {from} to {to}"))
            .done();
        shop.assert_tidy();
    };
    let [first, second] =
        ["first", "second"].map(|suffix| shop.base(suffix, &bases::with_own_path(engine)));
    // Two images that are the same would be one.
    bases::build(engine, &second, &format!("FROM {first}\nENV A=b\n"));
    moves(&first, &["build"]);
    moves(&second, &["opencode", "--version"]);
}

fn a_foreign_base_is_built_over_when_that_is_asked_for(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN touch /built-by-ocx");
    shop.base("team", &bases::debian(engine));
    shop.keep(&base);
    shop.ocx(["build"]).run().success().done();
    shop.ocx(["build", "--base"])
        .run()
        .success()
        .says("a rebuild was asked for")
        .done();
    assert_eq!(
        shop.in_image(&shop.ocx_image(&base), &["ls", "/built-by-ocx"]),
        "/built-by-ocx"
    );
    assert!(
        engine.image(&bases::debian(engine)).is_some(),
        "an image with another name stays"
    );
    shop.assert_tidy();
}

fn a_base_that_is_gone_stops_a_build_but_no_session(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.base("going", &bases::debian(engine));
    shop.use_image(&base);
    shop.ocx(["build"]).run().success().done();
    engine.untag(&base);
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .says(&format!("base image {base} is gone"))
        .done();
    shop.ocx(["build"])
        .run()
        .exits(78)
        .says(&format!("`{base}` is not in the local storage"))
        .done();
    assert!(engine.image(&shop.ocx_image(&base)).is_some());
}

fn two_builds_at_once_do_not_disturb_each_other(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN sleep 1 && date +%N > /a");
    let both = [
        shop.ocx(["build"]).start(),
        shop.ocx(["build", "--force"]).start(),
    ];
    for one in both {
        one.wait(Duration::from_secs(120)).success().done();
    }
    shop.ocx(["opencode", "--version"])
        .run()
        .success()
        .prints(version())
        .done();
    assert!(engine.image(&shop.ocx_image(&base)).is_some());
    shop.assert_tidy();
    assert!(shop.containers().is_empty());
}

fn a_base_that_nothing_was_built_on_leaves_nothing_behind(engine: &Engine) {
    let shop = Workshop::new(engine);
    shop.use_dockerfile("RUN echo 1 > /text");
    // The base is built, and then there is no opencode of this version.
    shop.ocx(["build"])
        .env("OCX_OPENCODE_VERSION", "1.0.999")
        .run()
        .exits(68)
        .done();
    shop.write_dockerfile("RUN echo 2 > /text");
    shop.ocx(["build"]).run().success().done();
    shop.assert_tidy();
}
