//! What a session gets of the user's values, of what the project brings, and of the host and others.

use std::{fs, time::Duration};

use camino::Utf8Path;
use ocx_tests::{engine::Engine, on_each_engine};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    values_of_variables_stand_in_no_command_line,
    a_fresh_clone_starts_without_its_plugins,
    sessions_of_two_projects_do_not_reach_each_other,
    a_network_that_vanished_is_made_anew,
    the_host_keeps_memory_for_itself,
);

/// The command lines of all processes of this machine that hold `text`.
fn command_lines_with(text: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(text))
        .collect()
}

/// The files below a directory that hold `text`.
fn files_with(directory: &Utf8Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_symlink() {
        } else if path.is_dir() {
            found.extend(files_with(path, text));
        } else if fs::read(path).is_ok_and(|content| {
            let mut parts = content.windows(text.len());
            content.len() < 1_000_000 && parts.any(|part| part == text.as_bytes())
        }) {
            found.push(path.to_string());
        }
    }
    found
}

fn values_of_variables_stand_in_no_command_line(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    // Not a literal, which would stand in the command line of no test.
    let secret = format!("hunter-{}", project.sandbox.name());
    let vars = project.sandbox.root().join("vars");
    let odd = r#" it's "$HOME" # \ "#;
    project.sandbox.write(
        &vars,
        format!("OF_FILE={secret}-file\nPEM='{secret}-pem\nsecond line'\n"),
    );
    project.sandbox.write(
        project.sandbox.config().join("ocx/ocx.toml"),
        format!(
            "env_file = \"{vars}\"\nenv_passthrough = [\"PASSED\"]\n[env]\nOF_ENV = \"{secret}-env\"\n\
             ODD = '''{secret}{odd}'''\nEMPTY = \"\"\nDOCKER_HOST = \"unix:///{secret}\"\n\
             CONTAINER_HOST = \"unix:///{secret}\"\nHTTP_PROXY = \"http://me:{secret}@127.0.0.1:9\"\n"
        ),
    );
    project
        .sandbox
        .set_env("PASSED", &format!("{secret}-passed"));
    let show = "for name in OF_FILE PEM OF_ENV ODD EMPTY DOCKER_HOST CONTAINER_HOST HTTP_PROXY PASSED; \
                do eval \"echo \\\"$name=\\$$name.\\\"\"; done";
    let expected = format!(
        "OF_FILE={secret}-file.\nPEM={secret}-pem\nsecond line.\nOF_ENV={secret}-env.\n\
         ODD={secret}{odd}.\nEMPTY=.\nDOCKER_HOST=unix:///{secret}.\n\
         CONTAINER_HOST=unix:///{secret}.\nHTTP_PROXY=http://me:{secret}@127.0.0.1:9.\n\
         PASSED={secret}-passed.\n"
    );
    let output = project.inside(show).success();
    assert_eq!(output.stdout(), expected);
    output.done();

    let session = project.waiting();
    assert_eq!(command_lines_with(&secret), Vec::<String>::new());
    let labels = project.container()["Config"]["Labels"].to_string();
    assert!(!labels.contains(&secret), "{labels}");
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    for args in [
        &["--dry-run", "opencode", "wait"][..],
        &["--verbose", "opencode", "exec", "true"],
        &["--verbose", "build", "--force"],
        &["config"],
    ] {
        let output = project.sandbox.ocx(args.iter().copied()).run().success();
        let all = format!("{}{}", output.stdout(), output.stderr());
        assert!(!all.contains(&secret), "{output}");
    }
    for directory in [
        project.sandbox.cache(),
        project.sandbox.home().join(".local/state"),
        project.sandbox.data(),
    ] {
        let found = files_with(&directory, &secret);
        assert!(found.is_empty(), "{found:#?}");
    }
}

/// Whether opencode's terminal interface runs a plugin of the project's.
fn runs_its_plugin(project: &Project) -> bool {
    let mark = project.sandbox.project().join("ran");
    let _ = fs::remove_file(&mark);
    let mut terminal = project.opencode(&[]).in_terminal();
    terminal.wait_for("Ask anything", START);
    // It loads plugins beside that.
    let deadline = std::time::Instant::now() + Duration::from_secs(8);
    while !mark.exists() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(100));
    }
    terminal.send(ocx_tests::pty::key::CTRL_C);
    terminal.wait(END);
    mark.exists()
}

fn a_fresh_clone_starts_without_its_plugins(engine: &Engine) {
    let project = Project::new(engine);
    let mark = project.sandbox.project().join("ran");
    let plugin = format!(
        "import fs from 'fs'; fs.writeFileSync('{mark}', 'x'); export const P = async () => ({{}})"
    );
    project.sandbox.write(".opencode/plugins/x.js", &plugin);
    project.sandbox.write("named.js", &plugin);
    project
        .sandbox
        .write("opencode.json", "{\"plugin\": [\"./named.js\"]}");
    project.ensure_image();
    assert!(runs_its_plugin(&project), "one that is trusted has plugins");
    project.sandbox.forget_trust();
    assert!(!runs_its_plugin(&project));
    let told = project.opencode(&["debug", "config"]).run().success();
    told.says("opencode starts without what the project brings for it")
        .done();
}

const SERVER: &str = "use Socket; $| = 1; socket(S, PF_INET, SOCK_STREAM, 0); \
    bind(S, sockaddr_in(8000, INADDR_ANY)) or die; listen(S, 5); print 'listening at ', `hostname -I`; \
    while (accept(C, S)) { print C \"reached\\n\"; close C }";

fn sessions_of_two_projects_do_not_reach_each_other(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.sandbox.set_env("OCX_NETWORK", "default");
    let mut server = project.opencode(&["exec", "perl", "-e", SERVER]).start();
    server.wait_for("listening at ", START);
    let container = project.container();
    let id = container["Id"].as_str().unwrap();
    let address = project.engine.exec(id, &["hostname", "-I"]);
    let address = address
        .split_whitespace()
        .next()
        .expect("it has an address");
    let connect = format!("timeout 4 bash -c 'cat < /dev/tcp/{address}/8000' || echo none");
    // It is there for itself.
    let own = project.engine.exec(id, &["sh", "-c", &connect]);
    assert_eq!(own, "reached");
    let other = project.sandbox.home().join("other");
    project
        .sandbox
        .write(other.join("ocx.toml"), project.sandbox.read("ocx.toml"));
    let workspace = ["--workspace", other.as_str()];
    let args = ["opencode", "exec", "sh", "-c", &connect];
    let output = project
        .sandbox
        .ocx(workspace.into_iter().chain(args))
        .run()
        .success();
    assert_eq!(output.stdout(), "none\n", "{output}");
    server.signal(Signal::TERM);
    server.wait(END).done();
}

fn a_network_that_vanished_is_made_anew(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    project.sandbox.set_env("OCX_NETWORK", "default");
    let name = format!("ocx-{}", project.sandbox.account().uid);
    project
        .inside("echo first")
        .success()
        .prints("first")
        .done();
    // Where there is none there is nothing to vanish. Other tests may be in it.
    let _ = project.engine.cli().ask(&["network", "rm", &name]);
    project
        .inside("echo second")
        .success()
        .prints("second")
        .done();
    project.assert_no_containers();
}

fn the_host_keeps_memory_for_itself(engine: &Engine) {
    let mut project = Project::new(engine);
    project.use_stand_in();
    let info = fs::read_to_string("/proc/meminfo").unwrap();
    let total: u64 = info.split_whitespace().nth(1).unwrap().parse().unwrap();
    let size = "df --block-size=1K --output=size /tmp | tail -1";
    let shown = |project: &Project| -> u64 {
        let output = project.inside(size).success();
        output.stdout().trim().parse().unwrap()
    };
    let found = shown(&project);
    assert!(
        found <= total / 4 && found > total / 5,
        "{found} of {total}"
    );
    let session = project.waiting();
    let memory = &project.container()["HostConfig"]["Memory"];
    let memory = memory.as_u64().unwrap_or_default() / 1024;
    // Engines that cannot enforce it leave it out.
    assert!(
        memory == 0 || (memory < total && memory > total / 2),
        "{memory}"
    );
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.configure("tmp_size = \"64m\"");
    assert_eq!(shown(&project), 64 * 1024);
}
