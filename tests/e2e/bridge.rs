//! Sessions whose network is a list, through the bridge.

use std::{fs, io::Read as _, net::TcpListener, os::unix::fs::PermissionsExt as _, thread};

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
    git_over_ssh_takes_the_way_that_is_listed,
    the_terminal_is_opencodes,
    a_program_in_a_running_session_is_served_too,
    without_its_ocx_a_session_reaches_nothing,
    a_host_is_allowed_while_a_session_runs,
    a_host_waits_until_somebody_answers,
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

/// What comes of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It is what the list allows.
    Served,
    /// The proxy says that it may not be.
    Forbidden,
    /// The proxy does not know what is meant.
    BadRequest,
    /// There is no way there.
    NoWay,
}

use Outcome::{BadRequest, Forbidden, NoWay, Served};

/// Requests to the proxy, as bytes for `printf`: `ALLOWED` is a server that the list names, `OTHER` the
/// port of one that it does not.
const REQUESTS: [(&str, &str, Outcome); 34] = [
    ("plain", "GET http://127.0.0.2:ALLOWED/", Served),
    ("a tunnel", "CONNECT 127.0.0.2:ALLOWED", Served),
    (
        "the same in hexadecimal",
        "CONNECT 0x7f.0.0.2:ALLOWED",
        Served,
    ),
    ("another name", "CONNECT evil.example:443", Forbidden),
    (
        "a name without its tunnel",
        "GET http://evil.example/",
        Forbidden,
    ),
    ("another port", "CONNECT 127.0.0.2:OTHER", Forbidden),
    ("loopback of the host", "CONNECT 127.0.0.1:OTHER", Forbidden),
    (
        "loopback as a number",
        "CONNECT 2130706433:OTHER",
        Forbidden,
    ),
    ("loopback in octal", "CONNECT 0177.0.0.1:OTHER", Forbidden),
    ("loopback in short", "CONNECT 127.1:OTHER", Forbidden),
    ("no address at all", "CONNECT 0.0.0.0:OTHER", Forbidden),
    (
        "a neighbour on loopback",
        "CONNECT 127.0.0.3:ALLOWED",
        Forbidden,
    ),
    ("loopback in version 6", "CONNECT [::1]:OTHER", Forbidden),
    ("the unspecified address", "CONNECT [::]:OTHER", Forbidden),
    ("mapped", "CONNECT [::ffff:127.0.0.1]:OTHER", Forbidden),
    (
        "mapped in hexadecimal",
        "CONNECT [::ffff:7f00:1]:OTHER",
        Forbidden,
    ),
    ("compatible", "CONNECT [::127.0.0.1]:OTHER", Forbidden),
    ("translated", "CONNECT [64:ff9b::7f00:1]:OTHER", Forbidden),
    ("localhost", "CONNECT localhost:OTHER", Forbidden),
    (
        "localhost in capitals",
        "CONNECT LOCALHOST.:OTHER",
        Forbidden,
    ),
    ("below localhost", "CONNECT a.localhost:OTHER", Forbidden),
    (
        "the metadata of a cloud",
        "GET http://169.254.169.254/",
        Forbidden,
    ),
    (
        "its name",
        "GET http://metadata.google.internal/",
        Forbidden,
    ),
    ("a private network", "CONNECT 10.0.0.1:443", Forbidden),
    ("a network of Docker", "CONNECT 172.17.0.1:OTHER", Forbidden),
    ("a public address", "CONNECT 1.1.1.1:443", Forbidden),
    (
        "a public address in version 6",
        "CONNECT [2606:4700:4700::1111]:443",
        Forbidden,
    ),
    (
        "a name that ends like an allowed one",
        "CONNECT 127.0.0.2.evil.example:ALLOWED",
        Forbidden,
    ),
    (
        "the host of an engine",
        "CONNECT host.docker.internal:OTHER",
        Forbidden,
    ),
    (
        "before an at sign",
        "GET http://127.0.0.2:ALLOWED@evil.example/",
        BadRequest,
    ),
    ("no port", "CONNECT 127.0.0.2", BadRequest),
    ("port zero", "CONNECT 127.0.0.2:0", BadRequest),
    ("another scheme", "GET file:///etc/passwd", BadRequest),
    ("a path only", "GET /etc/passwd", BadRequest),
];

/// Direct ways, for bash: none may lead anywhere.
const WAYS: [(&str, &str); 9] = [
    ("what is listed, without the proxy", "127.0.0.2 ALLOWED"),
    ("loopback of the host, directly", "127.0.0.1 OTHER"),
    ("the public network", "1.1.1.1 80"),
    ("the public network in version 6", "2606:4700:4700::1111 80"),
    ("the metadata of a cloud, directly", "169.254.169.254 80"),
    ("a network of Docker, directly", "172.17.0.1 OTHER"),
    ("the host as rootless engines have it", "10.0.2.2 OTHER"),
    ("a name server", "10.0.2.3 53"),
    ("a name", "localhost.evil.example 80"),
];

fn what_is_not_listed_is_not_reached_by_any_way(engine: &Engine) {
    let mut project = Project::new(engine);
    let allowed = secret_server("127.0.0.2:0").to_string();
    let other = secret_server("0.0.0.0:0").to_string();
    filtered(&mut project, &format!("127.0.0.2:{allowed}"));
    let fill = |text: &str| text.replace("ALLOWED", &allowed).replace("OTHER", &other);
    // One line a try: what came back.
    let mut script = r#"
        try() { echo "$1: $( (eval "$2") 2>&1 | tr -d '\r' | head -1)"; }
        connect() { exec 3<>"/dev/tcp/$1/$2" && printf "$3" >&3 && timeout 20 cat <&3; }
        ask() { connect 127.0.0.1 3128 "$1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n$2"; }
    "#
    .to_owned();
    for (name, request, _) in REQUESTS {
        let first = if request.starts_with("CONNECT") {
            "GET / HTTP/1.0\\r\\n\\r\\n"
        } else {
            ""
        };
        script += &format!("try '{name}' 'ask \"{}\" \"{first}\"'\n", fill(request));
    }
    for (name, way) in WAYS {
        script += &format!(
            "try '{name}' 'connect {} \"GET / HTTP/1.0\\r\\n\\r\\n\"'\n",
            fill(way)
        );
    }
    script += r#"
        try fronted 'connect 127.0.0.1 3128 "GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.2:ALLOWED\r\nConnection: close\r\n\r\n"'
        try interfaces 'ls /sys/class/net | tr "\n" " "'
        try door 'ls /ocx/bridge | tr "\n" " "'
        try write 'touch /ocx/bridge/door'
        try environment 'tr "\0" "\n" < /proc/self/environ | grep -c BUN_BE_BUN'
        try socket 'ls /var/run/docker.sock /run/podman/podman.sock 2>/dev/null | wc -l'
    "#
    .replace("ALLOWED", &allowed)
    .as_str();
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
    for (name, _, expected) in REQUESTS {
        let outcome = match found(name) {
            "HTTP/1.1 200 OK" => Served,
            "HTTP/1.1 403 Forbidden" => Forbidden,
            "HTTP/1.1 400 Bad Request" => BadRequest,
            _ => NoWay,
        };
        assert_eq!(outcome, expected, "{name}: {output}");
    }
    assert_eq!(found("fronted"), "HTTP/1.1 403 Forbidden", "{output}");
    for (name, _) in WAYS {
        assert!(!found(name).contains("HTTP"), "{name}: {output}");
        let failed = [
            "unreachable",
            "refused",
            "Cannot assign",
            "Address family",
            "name resolution",
            "not known",
        ];
        let failed = failed.iter().any(|word| found(name).contains(word));
        assert!(failed, "{name}: {output}");
    }
    assert_eq!(found("interfaces").trim(), "lo", "{output}");
    let scripts = "connect.js entry.js";
    assert_eq!(
        found("door").trim(),
        scripts,
        "the door is closed: {output}"
    );
    assert!(found("write").contains("Read-only"), "{output}");
    assert_eq!(found("environment"), "0", "{output}");
    assert_eq!(found("socket"), "0", "{output}");
    let stderr = output.stderr();
    assert!(
        stderr.contains("asked for what it may not reach: "),
        "{output}"
    );
    assert!(stderr.contains("`1.1.1.1:443`"), "{output}");
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

/// What stands in for OpenSSH takes the option by itself, and says what comes back.
fn git_over_ssh_takes_the_way_that_is_listed(engine: &Engine) {
    let mut project = Project::new(engine);
    let greeting = TcpListener::bind(AT).unwrap();
    let allowed = greeting.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in greeting.incoming().flatten() {
            let mut line = [0; 64];
            let count = stream.read(&mut line).unwrap_or(0);
            let said = [b"SSH-2.0-here ", &line[..count]].concat();
            let _ = std::io::Write::write_all(&mut stream, &said);
        }
    });
    let other = secret_server("127.0.0.2:0");
    filtered(&mut project, &format!("127.0.0.2:{allowed}"));
    let ssh = |port: u16| {
        let script = format!(
            "eval \"set -- $GIT_SSH_COMMAND\" && command=${{3#ProxyCommand=}} && \
             command=$(echo \"$command\" | sed 's/%h/127.0.0.2/; s/%p/{port}/') && \
             echo \"$1 $2\" && echo hello | sh -c \"exec $command\""
        );
        inside(&project, &script)
    };
    let output = ssh(allowed).success();
    assert_eq!(output.stdout(), "ssh -o\nSSH-2.0-here hello\n");
    let output = ssh(other).exits(1);
    assert!(!output.stdout().contains("secret"), "{output}");
    assert!(output.stderr().contains("ocx network allow"), "{output}");
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

fn a_host_is_allowed_while_a_session_runs(engine: &Engine) {
    let mut project = Project::new(engine);
    let port = secret_server("127.0.0.2:0");
    filtered(&mut project, "nothing.example");
    project.ensure_image();
    let ask = format!(
        "(exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://127.0.0.2:{port}/ HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3)"
    );
    let script = format!(
        "until {ask} | grep -q secret; do echo refused; sleep 0.2; done; echo reached; sleep 300"
    );
    let mut session = project
        .sandbox
        .ocx(["exec", "--new", "bash", "-c", &script])
        .start();
    session.wait_for("refused", START);
    let rule = format!("127.0.0.2:{port}");
    project
        .sandbox
        .ocx(["network", "allow", &rule])
        .run()
        .success()
        .says(&format!("may reach {rule} until it ends"))
        .done();
    session.wait_for("reached", START);
    let log = project.sandbox.ocx(["network", "log"]).run().success();
    let log = log.prints(&format!("refused  {rule}: it is not allowed"));
    log.prints(&format!("allowed  {rule}")).done();
    session.signal(rustix::process::Signal::TERM);
    session.wait(END).exits(143).done();
    // It was for that session.
    let output = inside(&project, &ask).success();
    assert!(output.stdout().contains("403 Forbidden"), "{output}");
    project.assert_no_containers();
}

fn a_host_waits_until_somebody_answers(engine: &Engine) {
    let mut project = Project::new(engine);
    let port = secret_server("127.0.0.2:0");
    filtered(&mut project, "nothing.example");
    project.sandbox.set_env("OCX_NETWORK", "ask");
    project.ensure_image();
    let notified = project.sandbox.home().join("notified");
    let notify = project.sandbox.bin().join("notify-send");
    project.sandbox.write(
        &notify,
        format!("#!/bin/sh\nprintf '%s\\n' \"$*\" >> {notified}\n"),
    );
    fs::set_permissions(&notify, fs::Permissions::from_mode(0o755)).unwrap();
    let ask = |to: &str, file: &str| {
        format!(
            "(exec 3<>/dev/tcp/127.0.0.1/3128; printf 'GET http://{to}/ HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n' >&3; cat <&3) > {file}"
        )
    };
    let allowed = format!("127.0.0.2:{port}");
    let script = format!(
        "{} & {} & echo asked; wait; cat allowed denied; echo answered; sleep 300",
        ask(&allowed, "allowed"),
        ask("denied.example", "denied"),
    );
    let mut session = project
        .sandbox
        .ocx(["exec", "--new", "bash", "-c", &script])
        .start();
    session.wait_for("asked", START);
    // Nobody has its terminal, so it is said there, too.
    session.wait_for(&format!("asks to reach `{allowed}`"), START);
    session.wait_for("asks to reach `denied.example:80`", START);
    let pending = || {
        let pending = ["network", "pending", "--json"];
        let output = project.sandbox.ocx(pending).run().success();
        let record = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
        let destination = |line| record(line)["destination"].as_str().unwrap().to_owned();
        output.stdout().lines().map(destination).collect::<Vec<_>>()
    };
    assert_eq!(pending(), ["denied.example:80", &allowed]);
    let say = |what: &str, rule: &str| {
        let output = project.sandbox.ocx(["network", what, rule]).run().success();
        output.says("until it ends").done();
    };
    say("allow", &allowed);
    say("deny", "*.example");
    session.wait_for("answered", START);
    assert_eq!(pending(), [""; 0]);
    let waited = std::time::Instant::now();
    while !notified.exists() || project.sandbox.read(&notified).lines().count() < 2 {
        assert!(waited.elapsed() < START, "nobody was notified");
        thread::sleep(std::time::Duration::from_millis(50));
    }
    let notified = project.sandbox.read(&notified);
    let expected = format!("-- A session asks for {allowed} ocx network allow '{allowed}'");
    assert!(notified.contains(&expected), "{notified}");
    let allowed_answer = project.sandbox.read("allowed");
    assert!(
        allowed_answer.starts_with("HTTP/1.1 200 OK"),
        "{allowed_answer}"
    );
    let denied_answer = project.sandbox.read("denied");
    assert!(
        denied_answer.starts_with("HTTP/1.1 403 "),
        "{denied_answer}"
    );
    assert!(denied_answer.contains("it is denied"), "{denied_answer}");
    let log = project.sandbox.ocx(["network", "log"]).run().success();
    let log = log.prints("refused  denied.example:80: it is denied");
    log.prints(&format!("allowed  {allowed}")).done();
    session.signal(rustix::process::Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}
