//! Programs that are not there or cannot be executed.

use ocx_tests::{bases, engine::Engine, on_each_engine, output::Output};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(a_program_that_cannot_be_executed_is_told_by_ocx);

/// Files of the base, each with what is wrong with it.
const FILES: &str = "RUN mkdir -p /files/directory \
    && cp /bin/true /files/closed && chmod 644 /files/closed \
    && printf '#!/no/such/interpreter\\n' > /files/script \
    && sed 's#/ld-linux#/no-linux#' /bin/true > /files/loader \
    && (head -c 18 /bin/true; printf '\\067\\000'; tail -c +21 /bin/true) > /files/foreign \
    && chmod 755 /files/script /files/loader /files/foreign";

fn a_program_that_cannot_be_executed_is_told_by_ocx(engine: &Engine) {
    // opencode itself looks, so it is no stand-in.
    let project = Project::on(engine, &bases::from_debian(engine, "programs", FILES));
    let sandbox = &project.sandbox;
    sandbox.write("windows", "#!/bin/sh\r\necho\r\n");
    sandbox.write("tool", "#!/bin/sh\nexit 127\n");
    sandbox.write("closed", "#!/bin/sh\n");
    let all = ["windows", "tool"].map(|name| sandbox.project().join(name).into_string());
    sandbox
        .command("/bin/chmod", ["+x", all[0].as_str(), all[1].as_str()])
        .run()
        .success()
        .done();
    project.ensure_image();

    let check = |place: &[&str]| {
        let exec = |command: &[&str]| -> Output {
            let line: Vec<&str> = [&["exec"], place, command].concat();
            sandbox.ocx(line).run()
        };
        for (program, code, said) in [
            ("nosuch", 127, "error: there is no program `nosuch`"),
            ("/no/such", 127, "error: there is no file `/no/such`"),
            ("/files/closed", 126, "`/files/closed` cannot be executed"),
            ("/files/directory", 126, "`/files/directory` is a directory"),
            (
                "/files/script",
                127,
                "a script for \"/no/such/interpreter\"",
            ),
            ("/files/loader", 127, "`/files/loader` needs the loader"),
            ("/files/foreign", 126, "another kind of processor"),
            ("./windows", 127, "hint: its lines end as on Windows"),
            ("./closed", 126, "hint: make it executable"),
        ] {
            exec(&[program, "x"]).exits(code).says(said).done();
        }
        // A program's own code is not ocx's to explain.
        for code in ["1", "125", "126", "127"] {
            let script = format!("exit {code}");
            let output = exec(&["sh", "-c", &script]).exits(code.parse().unwrap());
            assert!(!output.stderr().contains("error"), "{output}");
        }
        let output = exec(&["./tool"]).exits(127);
        assert!(!output.stderr().contains("error"), "{output}");
    };
    check(&["--new"]);

    let mut session = project.opencode(&["serve", "--port", "0"]).start();
    session.wait_for("listening on", START);
    check(&[]);
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}
