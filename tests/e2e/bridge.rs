//! Sessions whose network is a list, through the bridge.

use std::{io::Read as _, net::TcpListener, thread};

use ocx_tests::{
    bases,
    engine::{Engine, HostNetwork},
    on_each_engine, on_engines,
    output::Output,
    registry::Registry,
    stub_model::{DEFAULT_CONTENT, Options, StubModel},
};

use crate::{
    matrix::use_musl_build,
    session_setup::{END, Project, START},
    terminal::assert_terminal_is_opencodes,
};

on_each_engine!(
    the_main_job_with_the_model_only,
    what_is_not_listed_is_not_reached_by_any_way,
    a_program_is_its_own_as_without_a_bridge,
    the_terminal_is_opencodes,
    a_program_in_a_running_session_is_served_too,
    without_its_ocx_a_session_reaches_nothing,
);
on_engines!(
    [docker, podman],
    because "what is different is the base's libc, not the engine",
    a_base_with_musl
);

/// Loopback like 127.0.0.1, and not what programs keep away from proxies.
const AT: &str = "127.0.0.2:0";

fn model() -> StubModel {
    let options = Options {
        // The bridge is in ocx's own network, whatever the engine's is.
        network: HostNetwork::OfMachine,
        ..Options::default()
    };
    StubModel::listen(AT, options).expect("a free port")
}

fn authority(model: &StubModel) -> String {
    let url = model.base_url();
    let rest = url.strip_prefix("http://").unwrap();
    rest.split('/').next().unwrap().to_owned()
}

fn filtered(project: &mut Project, allow: &str) {
    project.sandbox.set_env("OCX_NETWORK", "filtered");
    project
        .sandbox
        .set_env("OCX_NETWORK_ALLOW", &format!("[\"{allow}\"]"));
}

/// Does the main job on this base.
fn write_a_file(mut project: Project) {
    let model = model();
    project.use_model(&model.base_url());
    filtered(&mut project, &authority(&model));
    project
        .opencode(&["run", "write hello.txt"])
        .run()
        .success()
        .done();
    assert_eq!(project.sandbox.read("hello.txt"), DEFAULT_CONTENT);
    assert!(!model.requests().is_empty());
    project.assert_no_containers();
}

fn the_main_job_with_the_model_only(engine: &Engine) {
    write_a_file(Project::new(engine));
}

fn a_base_with_musl(engine: &Engine) {
    let mut project = Project::on(engine, &bases::musl::musl(engine));
    let registry = Registry::start();
    project
        .sandbox
        .set_env("OCX_OPENCODE_REGISTRY", &registry.url());
    use_musl_build(&mut project);
    write_a_file(project);
}

/// Runs a script in a session of its own.
pub(crate) fn inside(project: &Project, script: &str) -> Output {
    project.ensure_image();
    let args = ["exec", "--new", "bash", "-c", script];
    project.sandbox.ocx(args).run()
}

/// Answers on a port of the host with what only the host has.
pub(crate) fn secret_server(at: &str) -> u16 {
    let listener = TcpListener::bind(at).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let _ = std::io::Write::write_all(
                &mut stream,
                b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 6\r\n\r\nsecret",
            );
        }
    });
    port
}

fn what_is_not_listed_is_not_reached_by_any_way(engine: &Engine) {
    let mut project = Project::new(engine);
    let allowed = secret_server("127.0.0.2:0");
    let other = secret_server("0.0.0.0:0");
    filtered(&mut project, &format!("127.0.0.2:{allowed}"));
    // One line a try: what came back.
    let script = format!(
        r#"
        try() {{ echo "$1: $( (eval "$2") 2>&1 | tr -d '\r' | head -1)"; }}
        connect() {{ exec 3<>"/dev/tcp/$1/$2" && printf "$3" >&3 && cat <&3; }}
        ask() {{ connect 127.0.0.1 3128 "$1"; }}
        try listed 'ask "GET http://127.0.0.2:{allowed}/ HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try tunnel 'ask "CONNECT 127.0.0.2:{allowed} HTTP/1.1\r\n\r\nGET / HTTP/1.0\r\n\r\n"'
        try name 'ask "CONNECT evil.example:443 HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try port 'ask "CONNECT 127.0.0.2:{other} HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try loopback 'ask "CONNECT 127.0.0.1:{other} HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try decimal 'ask "CONNECT 2130706433:{other} HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try mapped 'ask "CONNECT [::ffff:127.0.0.1]:{other} HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try localhost 'ask "CONNECT localhost:{other} HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try metadata 'ask "GET http://169.254.169.254/ HTTP/1.1\r\nConnection: close\r\n\r\n"'
        try fronted 'ask "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.2:{allowed}\r\nConnection: close\r\n\r\n"'
        try direct 'connect 127.0.0.2 {allowed} "GET / HTTP/1.0\r\n\r\n"'
        try host 'connect 127.0.0.1 {other} "GET / HTTP/1.0\r\n\r\n"'
        try outside 'connect 1.1.1.1 80 "GET / HTTP/1.0\r\n\r\n"'
        try link-local 'connect 169.254.169.254 80 "GET / HTTP/1.0\r\n\r\n"'
        try six 'connect 2606:4700:4700::1111 80 "GET / HTTP/1.0\r\n\r\n"'
        try interfaces 'ls /sys/class/net | tr "\n" " "'
        try door 'ls /ocx/bridge'
        try environment 'tr "\0" "\n" < /proc/self/environ | grep -c BUN_BE_BUN'
        "#
    );
    let output = inside(&project, &script).success();
    let told: Vec<(&str, &str)> = output
        .stdout()
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    let found = |name: &str| {
        let found = told.iter().find(|(tried, _)| *tried == name);
        found.unwrap_or_else(|| panic!("{name}: {output}")).1
    };
    for name in ["listed", "tunnel"] {
        assert_eq!(found(name), "HTTP/1.1 200 OK", "{output}");
    }
    for name in [
        "name",
        "port",
        "loopback",
        "decimal",
        "mapped",
        "localhost",
        "metadata",
        "fronted",
    ] {
        assert_eq!(found(name), "HTTP/1.1 403 Forbidden", "{name}: {output}");
    }
    for name in ["direct", "host", "outside", "link-local", "six"] {
        let refused = ["unreachable", "refused", "Cannot assign", "Address family"];
        assert!(
            refused.iter().any(|word| found(name).contains(word)),
            "{name}: {output}"
        );
    }
    assert_eq!(found("interfaces").trim(), "lo", "{output}");
    assert_eq!(found("door"), "entry.js", "the door is closed: {output}");
    assert_eq!(found("environment"), "0", "{output}");
    let stderr = output.stderr();
    assert!(
        stderr.contains("asked for what it may not reach: "),
        "{output}"
    );
    assert!(stderr.contains("`evil.example:443`"), "{output}");
    project.assert_no_containers();
}

fn a_program_is_its_own_as_without_a_bridge(engine: &Engine) {
    let mut project = Project::new(engine);
    filtered(&mut project, "nothing.example");
    // A runtime that begins in the project would read these.
    project.sandbox.write(".env", "PLANTED=1\n");
    project
        .sandbox
        .write("bunfig.toml", "preload = [\"./planted.js\"]\n");
    project
        .sandbox
        .write("planted.js", "console.log(\"planted\")\n");
    let script = r#"
        pwd; echo "planted: $PLANTED"
        grep -E 'SigIgn|SigBlk' /proc/self/status; ulimit -n
        ls /proc/self/fd | tr '\n' ' '; yes | head -1; exit 42
    "#;
    let with = inside(&project, script).exits(42);
    project.sandbox.set_env("OCX_NETWORK", "none");
    let without = inside(&project, script).exits(42);
    assert_eq!(with.stdout(), without.stdout());
    project.sandbox.set_env("OCX_NETWORK", "filtered");
    for code in [0, 1, 125, 126, 127] {
        inside(&project, &format!("exit {code}")).exits(code).done();
    }
    let missing = ["exec", "--new", "/no/such/program"];
    let missing = project.sandbox.ocx(missing).run().exits(127);
    assert!(missing.stderr().contains("/no/such/program"), "{missing}");
    let output = project
        .sandbox
        .ocx(["exec", "--new", "sed", "s/^/> /"])
        .stdin("through a pipe\n")
        .run()
        .success();
    assert_eq!(output.stdout(), "> through a pipe\n");
    project.assert_no_containers();
}

fn the_terminal_is_opencodes(engine: &Engine) {
    let mut project = Project::new(engine);
    let model = model();
    project.use_model(&model.base_url());
    filtered(&mut project, &authority(&model));
    assert_terminal_is_opencodes(&project);
}

fn a_program_in_a_running_session_is_served_too(engine: &Engine) {
    let mut project = Project::new(engine);
    let port = secret_server("127.0.0.2:0");
    filtered(&mut project, &format!("127.0.0.2:{port}"));
    project.ensure_image();
    let wait = ["exec", "--new", "bash", "-c", "echo ready; sleep 300"];
    let mut session = project.sandbox.ocx(wait).start();
    session.wait_for("ready", START);
    let ask = format!(
        "exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://127.0.0.2:{port}/ HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3"
    );
    project
        .sandbox
        .ocx(["exec", "bash", "-c", &ask])
        .run()
        .success()
        .prints("secret")
        .done();
    // opencode is itself there, too.
    project
        .sandbox
        .ocx(["exec", "opencode", "--version"])
        .run()
        .success()
        .prints(&project.sandbox.environment()["OCX_OPENCODE_VERSION"])
        .done();
    session.signal(rustix::process::Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}

fn without_its_ocx_a_session_reaches_nothing(engine: &Engine) {
    let mut project = Project::new(engine);
    let port = secret_server("127.0.0.2:0");
    filtered(&mut project, &format!("127.0.0.2:{port}"));
    project.ensure_image();
    let ask = format!(
        "(exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://127.0.0.2:{port}/ HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3)"
    );
    let script = format!(
        "{ask} > before; echo ready; until test -e killed; do sleep 0.05; done; {ask} > after 2>&1; echo > done; sleep 300"
    );
    let mut session = project
        .sandbox
        .ocx(["exec", "--new", "bash", "-c", &script])
        .start();
    session.wait_for("ready", START);
    session.signal(rustix::process::Signal::KILL);
    let _ = session.wait(END);
    project.sandbox.write("killed", "");
    let done = project.sandbox.project().join("done");
    let waited = std::time::Instant::now();
    while !done.exists() {
        assert!(waited.elapsed() < START, "the session is gone");
        thread::sleep(std::time::Duration::from_millis(50));
    }
    assert!(project.sandbox.read("before").ends_with("secret"));
    let after = project.sandbox.read("after");
    assert!(after.contains("Connection refused"), "{after}");
    // The next session puts in order what is left.
    inside(&project, "true").success().done();
    project.assert_no_containers();
}
