//! A build that is killed leaves what was there, and the next one succeeds.

use ocx_tests::{engine::Engine, on_each_engine};
use std::{thread, time::Duration};

use rustix::process::Signal;

use crate::workshop::{Workshop, version};

on_each_engine!(
    a_killed_build_leaves_what_was_there,
    an_interrupted_build_leaves_what_was_there,
);

/// Where a build is cut off: when it has said this, and a moment later.
const POINTS: [(&str, u64); 4] = [
    ("building base image", 300),
    ("there is no such image yet", 0),
    ("trying opencode", 0),
    ("trying opencode", 500),
];

fn kill_and_recover(engine: &Engine, signal: Signal) {
    let shop = Workshop::new(engine);
    let base = shop.use_dockerfile("RUN sleep 1 && echo 0 > /text");
    let image = shop.ocx_image(&base);
    for (number, (said, milliseconds)) in POINTS.iter().enumerate() {
        shop.write_dockerfile(&format!("RUN sleep 1 && echo {number} > /text"));
        let before = shop.engine.image(&image).map(|image| image["Id"].clone());
        let mut build = shop.ocx(["build"]).start();
        let said = match (*said, before.is_some()) {
            ("there is no such image yet", true) => "the base image moved",
            (said, _) => said,
        };
        build.wait_for(said, Duration::from_secs(60));
        thread::sleep(Duration::from_millis(*milliseconds));
        // From the keyboard, the interrupt reaches what ocx has started as well.
        if signal == Signal::KILL {
            build.signal(signal);
        } else {
            build.signal_group(signal);
        }
        let output = build.wait(Duration::from_secs(20));
        if output.code() != Some(0) {
            let after = shop.engine.image(&image).map(|image| image["Id"].clone());
            assert_eq!(after, before, "{output}");
        }
        if number % 2 == 0 {
            shop.ocx(["opencode", "--version"])
                .run()
                .success()
                .prints(version())
                .done();
        } else {
            shop.ocx(["build"]).run().success().done();
        }
        assert_eq!(
            shop.in_image(&image, &["cat", "/text"]),
            number.to_string(),
            "after {output}"
        );
    }
    // Nameless images are not looked for here: the engine may still have been at work for a build
    // that was interrupted when the next one began.
}

fn a_killed_build_leaves_what_was_there(engine: &Engine) {
    kill_and_recover(engine, Signal::KILL);
}

fn an_interrupted_build_leaves_what_was_there(engine: &Engine) {
    kill_and_recover(engine, Signal::INT);
}
