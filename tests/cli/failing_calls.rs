//! What people see of an engine's command that fails: what it is about, what the engine said last, and
//! what to type. The command line, which has thousands of characters, is for those who ask for it.

use ocx_tests::{fake_engine::Rule, output::Output};

use crate::scene::Scene;

/// A scene in which one command fails, and the command of ocx that runs into it.
struct Case {
    verb: &'static [&'static str],
    exit: u8,
    prepare: fn(&Scene),
    ocx: &'static [&'static str],
    /// A piece of the command line that nothing else in the message has.
    piece: &'static str,
}

fn nothing(_: &Scene) {}

fn forget_records(scene: &Scene) {
    scene.warm_up();
    let records = scene.sandbox.state().join("ocx");
    std::fs::remove_dir_all(records).expect("there are records");
}

const CASES: [Case; 9] = [
    Case {
        verb: &["build"],
        exit: 1,
        prepare: nothing,
        ocx: &["build"],
        piece: "--file",
    },
    Case {
        verb: &["pull"],
        exit: 1,
        prepare: |scene| {
            scene.docker.remove_image("team");
            scene.docker.publish_image("team");
        },
        ocx: &["build", "--pull"],
        piece: "docker pull team",
    },
    Case {
        verb: &["run"],
        exit: 125,
        prepare: nothing,
        ocx: &["build"],
        piece: "--security-opt",
    },
    Case {
        verb: &["run"],
        exit: 125,
        prepare: |scene| scene.warm_up(),
        ocx: &["run"],
        piece: "--security-opt",
    },
    Case {
        verb: &["image", "inspect"],
        exit: 1,
        prepare: nothing,
        ocx: &["build"],
        piece: "image inspect team",
    },
    Case {
        verb: &["create"],
        exit: 1,
        prepare: nothing,
        ocx: &["build"],
        piece: "--cidfile",
    },
    Case {
        verb: &["network", "create"],
        exit: 1,
        prepare: |scene| {
            scene.warm_up();
            scene.docker.remove_networks();
        },
        ocx: &["run"],
        piece: "--opt",
    },
    Case {
        verb: &["tag"],
        exit: 1,
        prepare: nothing,
        ocx: &["build"],
        piece: "docker tag ",
    },
    Case {
        verb: &["save"],
        exit: 1,
        prepare: forget_records,
        ocx: &["build"],
        piece: "docker save ",
    },
];

const COMPLAINT: &str = "daemon: the last word of the engine";

fn run(case: &Case, flags: &[&str]) -> Output {
    let mut scene = Scene::new();
    (case.prepare)(&scene);
    let rule = Rule::on(case.verb).stderr(&format!("{COMPLAINT}\n"));
    scene.docker.rule(rule.exit(case.exit));
    let args = flags.iter().chain(case.ocx).copied();
    scene.sandbox.ocx(args).run()
}

#[test]
fn the_cause_stands_last_and_the_command_line_is_not_there() {
    for case in &CASES {
        for flags in [&[][..], &["--quiet"]] {
            let output = run(case, flags);
            let text = output.stderr();
            let name = format!("{:?} {flags:?}", case.verb);
            if case.verb == ["save"] {
                // Only a reason to build anew.
                assert!(!text.contains(case.piece), "{name}: {text}");
                continue;
            }
            assert!(text.contains("error: "), "{name}: {text}");
            assert!(!text.contains(case.piece), "{name}: {text}");
            assert!(text.matches("because: ").count() <= 1, "{name}: {text}");
            let last = text.lines().rfind(|line| !line.starts_with("hint: "));
            let last = last.expect("there is a message").trim();
            // What went to the terminal before is not repeated.
            let is_told = case.verb == ["pull"] || case.ocx == ["run"];
            let summary = format!("exited with status {}", case.exit);
            assert!(
                last == COMPLAINT || is_told && last.ends_with(&summary),
                "{name}: {text}"
            );
            assert!(text.contains(COMPLAINT), "{name}: {text}");
        }
    }
}

#[test]
fn who_asks_for_it_sees_the_command_line() {
    for case in CASES.iter().filter(|case| case.verb != ["save"]) {
        let output = run(case, &["--verbose"]);
        let text = output.stderr();
        let after = text.split("error: ").nth(1).unwrap_or_default();
        let command = after.lines().find(|line| line.starts_with("  command: "));
        let command = command.unwrap_or_else(|| panic!("{:?}: {text}", case.verb));
        assert!(command.contains(case.piece), "{command}");
    }
}

#[test]
fn an_image_that_cannot_be_saved_is_told_in_brief() {
    let case = CASES.iter().find(|case| case.verb == ["save"]);
    let output = run(case.expect("it is there"), &[]).success();
    output
        .says("its layer cannot be read: docker failed: `docker save` exited with status 1")
        .says(COMPLAINT)
        .done();
}
