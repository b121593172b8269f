//! Logins through the user's browser with a fake engine. What the container would ask for is asked for by
//! the tests, at the socket that it would have mounted.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    os::{
        fd::AsRawFd as _,
        unix::{fs::PermissionsExt as _, net::UnixStream},
    },
    time::Duration,
};

use camino::{Utf8Path, Utf8PathBuf};
use ocx_tests::{fake_engine::Rule, output::Output, running::Running};

use crate::scene::Scene;

const SOON: Duration = Duration::from_secs(20);

/// A user with a browser, and a login that ends when the test says so.
struct Login {
    scene: Scene,
    ends: Utf8PathBuf,
    opened: Utf8PathBuf,
}

impl Login {
    fn new() -> Self {
        let mut scene = Scene::new();
        scene.warm_up();
        let root = scene.sandbox.root().to_owned();
        let (ends, shown) = (root.join("ends"), root.join("shown"));
        scene.sandbox.make_directory(&shown);
        let opened = shown.join("opened");
        let browser = scene.sandbox.bin().join("xdg-open");
        let script = format!("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$@\" >> {opened}\n");
        fs::write(&browser, script).unwrap();
        fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
        scene.sandbox.set_env("DISPLAY", ":0");
        scene
            .docker
            .rule(Rule::on(&["run"]).waits_for(&ends).starts());
        Self {
            scene,
            ends,
            opened,
        }
    }

    fn start(&self, args: &[&str]) -> Running {
        let mut login = self.scene.sandbox.ocx(args.iter().copied()).start();
        login.wait_until("the container", SOON, |_| {
            !self.scene.docker.calls_of(&["run"]).is_empty()
        });
        login
    }

    fn end(&self, login: Running) -> Output {
        fs::write(&self.ends, "").unwrap();
        login.wait(SOON)
    }

    /// What the browser was shown: how many arguments, and which.
    fn opened(&self) -> String {
        fs::read_to_string(&self.opened).unwrap_or_default()
    }

    /// The directories of logins among those of the project's sessions.
    fn directories(&self) -> Vec<Utf8PathBuf> {
        let projects = self.scene.sandbox.state().join("ocx/projects");
        let children = |directory: &Utf8Path| {
            let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
            entries
                .map(|entry| entry.path().to_owned())
                .collect::<Vec<_>>()
        };
        let projects = children(&projects).into_iter();
        let sessions = projects.flat_map(|project| children(&project.join("sessions")));
        sessions
            .filter(|path| path.extension() == Some("login"))
            .collect()
    }

    /// Asks as a program in the container does, and returns the answer.
    fn ask(&self, message: &serde_json::Value) -> String {
        let [directory] = &self.directories()[..] else {
            panic!("{:?}", self.directories());
        };
        // The path is too long for the address of a socket.
        let directory = fs::File::open(directory).unwrap();
        let door = format!("/proc/self/fd/{}/door", directory.as_raw_fd());
        let Ok(mut door) = UnixStream::connect(door) else {
            return "closed".to_owned();
        };
        let _ = door.write_all(format!("{message}\n").as_bytes());
        let mut answer = String::new();
        let _ = door.read_to_string(&mut answer);
        answer
    }

    fn open(&self, url: &str) -> String {
        self.ask(&serde_json::json!({ "open": url }))
    }
}

fn free_port() -> u16 {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    free.local_addr().unwrap().port()
}

fn accepts(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn a_login_is_shown_to_the_browser_and_waited_for_on_the_host() {
    for args in [
        &["opencode", "auth", "login"][..],
        &["opencode", "mcp", "auth", "x"],
        // The login waits for it, whatever is to be said.
        &["--quiet", "opencode", "auth", "login"],
    ] {
        let world = Login::new();
        let mut login = world.start(args);
        let call = world.scene.session_call();
        let has = |text: &str| call.args.iter().any(|arg| arg.contains(text));
        assert!(has("/ocx/bin/xdg-open") && has("/ocx/login"), "{call:?}");
        let port = free_port();
        let back = format!("http%3A%2F%2Flocalhost%3A{port}%2Fcb");
        let url = format!("https://auth.example/authorize?redirect_uri={back}");
        assert_eq!(world.open(&format!("{url}&x=$(id)")), "1");
        let shown = format!("1\n{url}&x=%24%28id%29\n");
        login.wait_until("the browser", SOON, |_| world.opened() == shown);
        assert!(accepts(port));
        // One that is only printed says by nothing but its server which port is its own.
        let other = free_port();
        assert_eq!(world.ask(&serde_json::json!({ "listening": other })), "1");
        assert!(accepts(other));
        let output = world.end(login).success();
        let is_told = output.stderr().contains(&format!("opening {url}"));
        assert_eq!(is_told, args[0] != "--quiet", "{output}");
        assert!(!accepts(port) && !accepts(other));
        assert_eq!(world.directories(), [""; 0]);
    }
}

#[test]
fn what_is_no_login_has_no_way_to_the_browser() {
    for args in [
        &["opencode", "run"][..],
        &["opencode", "run", "auth login"],
        &["opencode", "run", "mcp", "auth"],
        &["opencode", "--prompt", "auth", "login"],
        &["opencode", "mcp", "auth", "list"],
        &["exec", "--new", "opencode", "auth", "login"],
        &["shell", "--new"],
    ] {
        let world = Login::new();
        let session = world.start(args);
        let call = world.scene.session_call();
        let line = call.args.join(" ");
        assert!(
            !line.contains("xdg-open") && !line.contains("/ocx/login"),
            "{line}"
        );
        assert_eq!(world.directories(), [""; 0], "{args:?}");
        world.end(session).success().done();
    }
}

/// As with an activated `.venv`: a session could have put it there.
#[test]
fn a_browser_of_the_projects_is_not_run() {
    let mut world = Login::new();
    let sandbox = &world.scene.sandbox;
    let (bin, planted) = (sandbox.bin(), sandbox.project().join("bin"));
    let taken = sandbox.root().join("taken");
    let script = format!("#!/bin/sh\ntouch {taken}\n");
    sandbox.write("bin/xdg-open", script);
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(planted.join("xdg-open"), mode).unwrap();
    let path = format!("{planted}:{bin}");
    world.scene.sandbox.set_env("PATH", &path);
    let mut login = world.start(&["opencode", "auth", "login"]);
    assert_eq!(world.open("https://auth.example/"), "1");
    login.wait_until("the browser", SOON, |_| !world.opened().is_empty());
    assert_eq!(world.opened(), "1\nhttps://auth.example/\n");
    world.end(login).success().done();
    assert!(!taken.exists());
}

#[test]
fn a_login_shows_the_browser_nothing_else() {
    for (what, url, why) in [
        ("a file", "file:///etc/passwd", "it is neither `https`"),
        (
            "not encrypted",
            "http://auth.example/",
            "it is neither `https`",
        ),
        ("an option", "--help", "it is no address"),
        ("a path", "/etc/passwd", "it is no address"),
        (
            "control characters",
            "https://a.example/\u{1b}]0;evil\u{7}",
            "it has control characters",
        ),
        (
            "two lines",
            "https://a.example/\nerror: evil",
            "it has control characters",
        ),
        (
            "a user's name",
            "https://login.example@evil.example/",
            "it has a user's name",
        ),
        (
            "without an end",
            &format!("https://a.example/{}", "x".repeat(9000)),
            "it is longer than 8 KiB",
        ),
    ] {
        let world = Login::new();
        let login = world.start(&["opencode", "auth", "login"]);
        assert_eq!(world.open(url), "0", "{what}");
        let output = world.end(login).success();
        assert_eq!(world.opened(), "", "{what}");
        let said = output.stderr();
        assert!(
            said.contains("which is not opened") && said.contains(why),
            "{output}"
        );
        assert!(
            !said.contains('\u{1b}') && !said.contains("\nerror: evil"),
            "{output}"
        );
        assert!(said.len() < 2000, "{output}");
    }
}

#[test]
fn a_login_asks_three_times_at_most() {
    let world = Login::new();
    let mut login = world.start(&["opencode", "auth", "login"]);
    for number in 0..150 {
        let answer = world.open(&format!("https://a.example/{number}"));
        let expected = match number {
            0..3 => "1",
            3..100 => "0",
            _ => "closed",
        };
        // Nobody may have seen yet that it is closed.
        let is_last = number == 100 && answer.is_empty();
        assert!(answer == expected || is_last, "{number}: {answer}");
    }
    login.wait_until("the browser", SOON, |_| world.opened().lines().count() == 6);
    let output = world.end(login).success();
    assert_eq!(world.opened().lines().count(), 6);
    assert_eq!(
        output.stderr().matches("opening https").count(),
        3,
        "{output}"
    );
    assert_eq!(
        output.stderr().matches("no more than that").count(),
        3,
        "{output}"
    );
}

#[test]
fn a_login_opens_three_ports_at_most_and_none_of_the_machines_services() {
    let world = Login::new();
    let login = world.start(&["opencode", "auth", "login"]);
    let held: Vec<TcpListener> = (0..6)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let ports: Vec<u16> = held
        .iter()
        .map(|one| one.local_addr().unwrap().port())
        .collect();
    drop(held);
    for port in [1, 22, 80, 1023] {
        world.ask(&serde_json::json!({ "listening": port }));
    }
    for port in &ports {
        world.ask(&serde_json::json!({ "listening": port }));
    }
    let open = ports.iter().filter(|port| accepts(**port)).count();
    assert_eq!(open, 3);
    let output = world.end(login).success();
    assert_eq!(
        output.stderr().matches("is waited for at port").count(),
        3,
        "{output}"
    );
}

#[test]
fn a_port_that_somebody_else_has_is_told_and_the_browser_is_not_sent_there() {
    let world = Login::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let login = world.start(&["opencode", "mcp", "auth", "x"]);
    let url = format!("https://a.example/?redirect_uri=http://127.0.0.1:{port}/cb");
    world.ask(&serde_json::json!({ "listening": port }));
    assert_eq!(world.open(&url), "0");
    let output = world.end(login).success();
    assert_eq!(world.opened(), "");
    let told =
        format!("the login cannot come back, since 127.0.0.1:{port} of this machine cannot be had");
    assert_eq!(output.stderr().matches(&told).count(), 1, "{output}");
    let advice = format!("`ss -ltnp sport = :{port}`");
    assert!(output.stderr().contains(&advice), "{output}");
}

#[test]
fn without_a_display_the_address_is_only_shown() {
    let mut world = Login::new();
    world.scene.sandbox.unset_env("DISPLAY");
    let login = world.start(&["opencode", "auth", "login"]);
    assert_eq!(world.open("https://a.example/x"), "1");
    let output = world.end(login).success();
    output
        .says("open this in your browser to log in: https://a.example/x")
        .done();
    assert_eq!(world.opened(), "");
}

#[test]
fn in_the_hosts_own_network_no_port_is_opened() {
    let world = Login::new();
    let set = ["--set", "network=host", "opencode", "auth", "login"];
    let login = world.start(&set);
    let port = free_port();
    let url = format!("https://a.example/?redirect_uri=http://127.0.0.1:{port}/cb");
    assert_eq!(world.open(&url), "1");
    assert!(!accepts(port));
    world.end(login).success().done();
}
