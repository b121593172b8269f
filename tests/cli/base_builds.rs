//! What people see of the build of a base: its steps, the one that failed, and hints.

use std::time::Duration;

use ocx_tests::fake_engine::Rule;

use crate::scene::Scene;

const PATIENCE: Duration = Duration::from_secs(60);

/// What the fake builder prints of a Dockerfile whose second step fails.
fn failing_step(instruction: &str, said: &str) -> String {
    format!(
        "Step 1/2 : FROM scratch\n ---> 0123456789ab\nStep 2/2 : {instruction}\nfirst words\n{said}\n"
    )
}

#[test]
fn a_failed_build_ends_with_its_step_and_hints() {
    for (dockerfile, instruction, said, hint) in [
        (
            "FROM scratch\nCOPY gone /x\n",
            "COPY gone /x",
            "odd words",
            "hint: `gone` is not in the build context, ",
        ),
        (
            "FROM scratch\nCOPY left.out /x\n",
            "COPY left.out /x",
            "odd words",
            "hint: `left.out` is left out of the build context by ",
        ),
        (
            "ARG BASE\nFROM ${BASE}\n",
            "RUN x",
            "odd words",
            "hint: `[PROJECT]/docker/Dockerfile` takes its base from the build argument `BASE`",
        ),
        (
            "FROM scratch\nRUN apt-get update\n",
            "RUN apt-get update",
            "Temporary failure resolving 'deb.debian.org'",
            "hint: that looks like the network of the build: `base_build_network = \"host\"`",
        ),
    ] {
        let mut scene = Scene::with_dockerfile();
        scene.sandbox.write("docker/Dockerfile", dockerfile);
        scene.sandbox.write("docker/.dockerignore", "*.out\n");
        scene.sandbox.write("docker/left.out", "");
        let printed = failing_step(instruction, said);
        scene
            .docker
            .rule(Rule::on(&["build"]).stdout(&printed).exit(1));
        let hint = hint.replace("[PROJECT]", scene.sandbox.project().as_str());
        let output = scene.sandbox.ocx(["build"]).run().exits(76);
        let text = output.stderr();
        let cause =
            format!("because: `{instruction}` failed: `docker build` exited with status 1\nhint: ");
        assert!(text.contains(&cause), "{text}");
        let step = text.find(&format!("first words\n{said}\n")).expect(text);
        assert!(step < text.find("error: ").expect(text), "{text}");
        assert!(text.contains(&hint), "{text}");
        assert!(text.contains("hint: `ocx help bases` has more"), "{text}");
        let output = scene.sandbox.ocx(["--quiet", "build"]).run().exits(76);
        let text = output.stderr();
        assert!(text.contains(&format!("    {said}\nhint: ")), "{text}");
    }
}

#[test]
fn a_build_is_a_line_for_each_step_without_a_terminal() {
    let printed = "Step 1/2 : FROM scratch\n ---> 0123456789ab\nStep 2/2 : RUN make\nchatter\n";
    let run = |args: &[&str]| {
        let mut scene = Scene::with_dockerfile();
        let rule = Rule::on(&["build"]).containing("docker/Dockerfile");
        scene.docker.rule(rule.stdout(printed));
        let output = scene.sandbox.ocx(args.iter().copied()).run();
        output.stderr().to_owned()
    };
    let plain = run(&["build"]);
    assert!(
        plain.contains("\n[1/2] FROM scratch\n[2/2] RUN make\n"),
        "{plain}"
    );
    assert!(
        !plain.contains("chatter") && !plain.contains('\x1b'),
        "{plain}"
    );
    let all = run(&["-v", "build"]);
    assert!(all.contains(printed), "{all}");
}

#[test]
fn on_a_terminal_a_steps_lines_live_below_it_and_are_wiped() {
    for (term, is_folded) in [("xterm-256color", true), ("dumb", false)] {
        let mut scene = Scene::with_dockerfile();
        scene.sandbox.set_env("TERM", term);
        let gate = scene.sandbox.root().join("gate");
        let script = format!(
            "echo 'Step 1/2 : FROM scratch'; echo ' ---> 0123456789ab'; \
             echo 'Step 2/2 : RUN make'; echo chatter; \
             while [ ! -e {gate} ]; do /bin/sleep 0.1; done; echo ' ---> 1123456789ab'"
        );
        let rule = Rule::on(&["build"]).containing("docker/Dockerfile");
        scene.docker.rule(rule.shell(&script));
        let mut terminal = scene.sandbox.ocx(["build"]).in_terminal();
        terminal.wait_for("[2/2] RUN make", PATIENCE);
        if is_folded {
            terminal.wait_for("     chatter", PATIENCE);
        }
        scene.sandbox.write(&gate, "");
        terminal.wait(PATIENCE);
        let screen = terminal.screen();
        assert!(!screen.contains("chatter"), "{screen}");
        let line = screen.lines().find(|line| line.contains("[2/2] RUN make"));
        let line = line.unwrap_or_else(|| panic!("{screen}")).trim_end();
        assert_eq!(line.ends_with(" s)"), is_folded, "{screen}");
        assert!(line.starts_with("[2/2]"), "{screen}");
        terminal.assert_restored();
    }
}
