//! Logins of the real opencode through a browser on the host.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
};

use camino::Utf8PathBuf;
use ocx_tests::{
    cache,
    engine::Engine,
    on_each_engine,
    running::Running,
    stub_oauth::{CODE, StubOauth},
};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    an_mcp_server_is_logged_in_to_by_the_hosts_browser,
    a_login_that_only_prints_its_address_is_reached,
    an_ordinary_session_has_no_browser,
);

/// Networks in which the container's loopback is not the host's.
const NETWORKS: [&str; 3] = ["bridge", "none", "filtered"];

/// A browser that writes down what it is shown.
fn browser(project: &mut Project) -> Utf8PathBuf {
    let shown = project.sandbox.root().join("shown");
    project.sandbox.make_directory(&shown);
    let opened = shown.join("opened");
    let program = project.sandbox.bin().join("xdg-open");
    fs::write(
        &program,
        format!("#!/bin/sh\nprintf '%s\\n' \"$1\" >> {opened}\n"),
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    project.sandbox.set_env("DISPLAY", ":0");
    opened
}

/// What is in a query under this name, still encoded.
fn parameter(url: &str, name: &str) -> String {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query
        .trim_end()
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(key, _)| *key == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {url}"))
        .1
        .to_owned()
}

/// What a browser does in the end.
fn come_back(port: u16, path: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

fn an_mcp_server_is_logged_in_to_by_the_hosts_browser(engine: &Engine) {
    for network in NETWORKS {
        let mut project = Project::new(engine);
        let opened = browser(&mut project);
        let server = StubOauth::start().unwrap();
        let port = free_port();
        for (name, value) in [
            ("OCX_NETWORK", network),
            ("OCX_HOST_PORTS", &format!("[{}]", server.port())),
        ] {
            project.sandbox.set_env(name, value);
        }
        let config = serde_json::json!({
            "mcp": { "stub": { "type": "remote", "url": server.url(), "oauth": { "callbackPort": port } } }
        });
        let file = project.sandbox.config().join("opencode/opencode.json");
        project.sandbox.write(file, config.to_string());
        let mut login = project.opencode(&["mcp", "auth", "stub"]).start();
        let shown = || fs::read_to_string(&opened).unwrap_or_default();
        login.wait_until("the browser", START, |_| shown().ends_with('\n'));
        let url = shown();
        let state = parameter(&url, "state");
        let answer = come_back(
            port,
            &format!("/mcp/oauth/callback?code={CODE}&state={state}"),
        );
        assert!(answer.starts_with("HTTP/1.1 200"), "{network}: {answer}");
        let output = login.wait(START).success();
        assert!(
            output
                .stderr()
                .contains(&format!("opening {}", url.trim_end())),
            "{output}"
        );
        assert_eq!(server.codes(), [CODE], "{network}: {output}");
        assert_eq!(url.lines().count(), 1, "{url}");
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
        project.assert_no_containers();
    }
}

fn a_login_that_only_prints_its_address_is_reached(engine: &Engine) {
    // The port of this login is the same for all.
    const PORT: u16 = 1455;
    let _lock = cache::lock(&cache::directory("locks").join("port-1455"));
    for network in NETWORKS {
        let mut project = Project::new(engine);
        let opened = browser(&mut project);
        project.sandbox.set_env("OCX_NETWORK", network);
        let args = [
            "auth",
            "login",
            "--provider",
            "openai",
            "--method",
            "ChatGPT Pro/Plus (browser)",
        ];
        let mut login: Running = project.opencode(&args).start();
        login.wait_for("is waited for at port 1455", START);
        login.wait_for("Go to: ", START);
        let said = login.stdout();
        let url = said
            .split("Go to: ")
            .nth(1)
            .unwrap()
            .split_whitespace()
            .next()
            .unwrap();
        let state = parameter(url, "state");
        let denied =
            format!("/auth/callback?error=access_denied&error_description=no&state={state}");
        let answer = come_back(PORT, &denied);
        assert!(answer.starts_with("HTTP/1.1 200"), "{network}: {answer}");
        let output = login.wait(START);
        assert!(
            output.stderr().contains("Failed to authorize: no"),
            "{network}: {output}"
        );
        assert!(!opened.exists(), "{network}");
        assert!(TcpStream::connect((Ipv4Addr::LOCALHOST, PORT)).is_err());
        project.assert_no_containers();
    }
}

fn an_ordinary_session_has_no_browser(engine: &Engine) {
    let mut project = Project::new(engine);
    let opened = browser(&mut project);
    project.sandbox.set_env("OCX_NETWORK", "bridge");
    project.ensure_image();
    let script = "ls -d /ocx/login /ocx/bin/xdg-open; command -v xdg-open; \
                  (exec 3<>/dev/tcp/127.0.0.1/1455); echo ready; exec sleep 1000";
    let session = ["exec", "--new", "bash", "-c", script];
    let mut session = project.sandbox.ocx(session).start();
    session.wait_for("ready", START);
    assert_eq!(session.stdout().trim(), "ready");
    assert!(!opened.exists());
    session.signal(Signal::TERM);
    session.wait(END).exits(143).done();
    project.assert_no_containers();
}
