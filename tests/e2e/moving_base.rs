//! A base that is rebuilt by hand under its name is noticed, and one that is not costs nothing.

use ocx_tests::{bases, engine::Engine, on_each_engine, output::Output};

use crate::workshop::{Workshop, version};

on_each_engine!(a_base_that_is_rebuilt_by_hand_is_noticed_by_the_next_session);

fn a_base_that_is_rebuilt_by_hand_is_noticed_by_the_next_session(engine: &Engine) {
    let shop = Workshop::new(engine);
    let base = format!("{}-by-hand", shop.name());
    let rebuild = |text: &str| {
        let debian = bases::debian(engine);
        let dockerfile = format!("FROM {debian}\nRUN echo {text} > /text\n");
        bases::build(engine, &base, &dockerfile);
        shop.id(&base)
    };
    let session = || {
        shop.ocx(["--verbose", "opencode", "--version"])
            .run()
            .success()
            .prints(version())
    };
    let text = || shop.in_image(&shop.ocx_image(&base), &["cat", "/text"]);
    shop.use_image(&base);

    let first = rebuild("first");
    session().says("there is no such image yet").done();
    assert_eq!(text(), "first");
    assert_nothing_but_a_session(&session());

    let second = rebuild("second");
    assert_ne!(first, second);
    let [from, to] = [&first, &second].map(|id| &id.trim_start_matches("sha256:")[..12]);
    session()
        .says(&format!(
            "building {}: the base image moved from {from} to {to}",
            shop.ocx_image(&base)
        ))
        .done();
    assert_eq!(text(), "second");
    assert_nothing_but_a_session(&session());
}

/// Fails unless the engine was asked about both images at once, and then for the session.
#[track_caller]
fn assert_nothing_but_a_session(output: &Output) {
    let calls: Vec<&str> = output
        .stderr()
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    assert_eq!(calls.len(), 2, "{output}");
    assert!(calls[0].contains(" image inspect "), "{output}");
    assert!(calls[1].contains(" run "), "{output}");
    assert!(!output.stderr().contains("ocx: "), "{output}");
}
