//! The harness keeps its promises where no engine is needed.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use ocx_tests::{
    account::{Account, owner},
    engine::REQUIRED,
    fake_engine::{FakeEngine, Rule},
    pty::key,
    registry::{self, Fault, Part, Registry},
    sandbox::Sandbox,
};
use rustix::process::Signal;

const PATIENCE: Duration = Duration::from_secs(20);

#[test]
fn commands_see_the_sandbox_and_nothing_else() {
    let sandbox = Sandbox::new();
    let output = sandbox.command("env", []).run().success();
    let mut names: Vec<&str> = output
        .stdout()
        .lines()
        .filter_map(|line| Some(line.split_once('=')?.0))
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "HOME",
            "LANG",
            "PATH",
            "TERM",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_DATA_HOME",
            "XDG_RUNTIME_DIR",
            "XDG_STATE_HOME",
        ]
    );
    sandbox.ocx(["--version"]).run().success().done();
}

#[test]
fn commands_run_as_the_sandboxs_user() {
    let sandbox = Sandbox::new();
    sandbox.write("sub/given.txt", "x");
    sandbox
        .command("sh", ["-c", "cat > made.txt && echo more >> given.txt"])
        .in_dir("sub")
        .stdin("read")
        .umask("077")
        .run()
        .success()
        .done();
    assert_eq!(sandbox.read("sub/made.txt"), "read");
    let made = sandbox.project().join("sub/made.txt");
    assert_eq!(owner(&made), Account::ordinary());
    let listed = sandbox
        .command("sh", ["-c", "umask; [ -r sub/made.txt ]"])
        .umask("027")
        .run()
        .success();
    assert_eq!(listed.stdout(), "0027\n");
}

#[test]
#[should_panic(expected = "half of it")]
fn a_command_that_takes_too_long_fails_with_what_it_printed() {
    Sandbox::new()
        .command("sh", ["-c", "echo half of it; exec sleep 60"])
        .timeout(Duration::from_secs(1))
        .run()
        .done();
}

#[test]
fn outcomes_are_ready_for_snapshots() {
    let sandbox = Sandbox::new();
    let output = sandbox
        .command("sh", ["-c", "pwd; echo no >&2; exit 3"])
        .run()
        .exits(3)
        .says("no");
    insta::assert_snapshot!(output.snapshot(), @r"
    $ sh -c pwd; echo no >&2; exit 3
    [exit code 3]
    --- stdout
    [PROJECT]
    --- stderr
    no
    ");
}

#[test]
fn a_command_in_the_background_can_be_signalled() {
    let sandbox = Sandbox::new();
    let mut running = sandbox
        .command(
            "sh",
            [
                "-c",
                "trap 'echo caught; exit 7' TERM; echo ready; while :; do sleep 0.1; done",
            ],
        )
        .start();
    running.wait_for("ready", PATIENCE);
    running.signal(Signal::TERM);
    running.wait(PATIENCE).exits(7).prints("caught").done();
}

#[test]
fn the_fake_engine_records_and_answers() {
    let sandbox = Sandbox::new();
    let mut docker = FakeEngine::docker(&sandbox);
    let id = docker.add_image("team", &[("a", "b")]);
    let inspected = sandbox
        .command("docker", ["image", "inspect", "team", "absent"])
        .env("EXTRA", "1")
        .run()
        .exits(1)
        .says("No such image: absent:latest");
    let images: serde_json::Value = serde_json::from_str(inspected.stdout()).unwrap();
    assert_eq!(images[0]["Id"], id.as_str());
    assert_eq!(images.as_array().unwrap().len(), 1);

    let version = sandbox
        .command("docker", ["version", "--format", "{{.Server.Version}}"])
        .run()
        .success();
    assert_eq!(version.stdout(), "20.10.24+dfsg1\n");

    docker.rule(
        Rule::on(&["build"])
            .containing("--tag")
            .times(1)
            .stderr("disk full\n")
            .exit(9),
    );
    let build = || sandbox.command("docker", ["build", "--tag=x:1", "."]).run();
    build().exits(9).says("disk full").done();
    build().success().done();
    assert_eq!(docker.images(), ["team:latest", "x:1"]);

    let calls = docker.calls();
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[0].env["EXTRA"], "1");
    assert_eq!(docker.calls_of(&["build"])[0].values("--tag"), ["x:1"]);
}

#[test]
fn the_fake_engines_containers_start_unless_told_otherwise() {
    let sandbox = Sandbox::new();
    let mut docker = FakeEngine::docker(&sandbox);
    docker
        .rule(Rule::on(&["run"]).containing("plain-failure").exit(125))
        .rule(
            Rule::on(&["run"])
                .containing("created")
                .creates_only()
                .exit(127),
        );
    let was_started = |image: &str, code: i32| {
        sandbox
            .command("docker", ["run", "--name", image, image])
            .run()
            .exits(code)
            .done();
        let filter = format!("--filter=container={image}");
        let events = sandbox.command("docker", ["events", &filter]).run();
        let events = events.stdout();
        (!events.is_empty()).then(|| events.contains("start"))
    };
    assert_eq!(was_started("x", 0), Some(true));
    assert_eq!(was_started("created", 127), Some(false));
    assert_eq!(was_started("plain-failure", 125), None);
}

#[test]
fn a_terminal_shows_what_a_command_draws() {
    let sandbox = Sandbox::new();
    let script = "trap 'printf resized' WINCH; printf '\\033[?1049h\\033[?25l'; stty -echo raw; \
                  printf 'size '; stty size; while ! read -r line; do :; done";
    let mut terminal = sandbox.command("sh", ["-c", script]).in_terminal();
    terminal.wait_for("size 34 120", PATIENCE);
    assert!(terminal.is_full_screen());
    terminal.resize(20, 60);
    terminal.wait_for("resized", PATIENCE);
    terminal.send("\n");
    assert!(terminal.wait(PATIENCE).success());
    let restored = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        terminal.assert_restored();
    }));
    assert!(
        restored.is_err(),
        "raw mode, hidden cursor, alternate screen"
    );
}

#[test]
fn a_terminal_passes_keys_on_and_answers_questions() {
    let sandbox = Sandbox::new();
    let script = "old=$(stty -g); stty -echo -icanon min 1; printf '\\033[6n'; \
                  printf '<%s>' \"$(head -c 6 | cat -v)\"; stty \"$old\"; \
                  echo cooked; exec cat";
    let mut terminal = sandbox
        .command("sh", ["-c", script])
        .env("PATH", "/usr/bin:/bin")
        .in_terminal();
    terminal.wait_for("<^[[1;1R>", PATIENCE);
    // What is typed before is not echoed.
    terminal.wait_for("cooked", PATIENCE);
    terminal.send("typed\r");
    terminal.wait_until("an echo and cat's copy", PATIENCE, |screen| {
        screen.matches("typed").count() == 2
    });
    terminal.send(key::CTRL_C);
    assert_eq!(terminal.wait(PATIENCE).signal(), Some("Interrupt"));
    terminal.assert_restored();
}

/// How long an answer is waited for that never ends.
const SILENCE: Duration = Duration::from_secs(1);

/// The answer to a request, head and body, as far as it comes within `patience` of silence; `None`
/// after it if it never ends.
fn get(registry: &Registry, path: &str, patience: Duration) -> (Vec<u8>, Option<()>) {
    let host = registry.url().replace("http://", "");
    let mut stream = TcpStream::connect(&host).unwrap();
    stream.set_read_timeout(Some(patience)).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer).ok().map(drop);
    (answer, end)
}

/// What stands behind the head of an answer, which has the time in it.
fn body(answer: &[u8]) -> &[u8] {
    let blank = b"\r\n\r\n";
    let end = answer
        .windows(blank.len())
        .position(|window| window == blank)
        .expect("there is a head");
    &answer[end + blank.len()..]
}

#[test]
fn the_registry_passes_on_and_can_fail() {
    let path = "/is-number/7.0.0";
    if let Err(reason) = registry::fetch(path) {
        assert!(
            std::env::var_os(REQUIRED).is_none(),
            "the npm registry is required, but cannot be reached: {reason}"
        );
        ocx_tests::skip::skip(format_args!("the npm registry cannot be reached: {reason}"));
        return;
    }
    let registry = Registry::start();
    let text = |path| String::from_utf8_lossy(&get(&registry, path, PATIENCE).0).into_owned();
    let sound = text(path);
    assert!(
        sound.contains(&format!("{}/is-number/-/", registry.url())),
        "{sound}"
    );

    for (fault, expected) in [
        (Fault::NotFound, "HTTP/1.1 404"),
        (Fault::ServerError, "HTTP/1.1 500"),
        (Fault::Html, "Please log in"),
    ] {
        registry.fail(Part::Metadata, fault);
        assert!(text(path).contains(expected));
    }
    registry.fail(Part::Metadata, Fault::Hang);
    assert_eq!(get(&registry, path, SILENCE), (Vec::new(), None));

    let tarball = "/is-number/-/is-number-7.0.0.tgz";
    let (sound, end) = get(&registry, tarball, PATIENCE);
    assert_eq!(end, Some(()));
    registry.fail(Part::Tarball, Fault::Truncated);
    assert!(get(&registry, tarball, PATIENCE).0.len() < sound.len());
    registry.fail(Part::Tarball, Fault::Stall);
    let (stalled, end) = get(&registry, tarball, SILENCE);
    assert!(!stalled.is_empty() && stalled.len() < sound.len() && end.is_none());
    registry.fail(Part::Tarball, Fault::Corrupt);
    let (corrupt, end) = get(&registry, tarball, PATIENCE);
    assert_eq!(end, Some(()));
    let (corrupt, sound) = (body(&corrupt), body(&sound));
    assert_eq!(corrupt.len(), sound.len());
    let differing = corrupt.iter().zip(sound).filter(|(a, b)| a != b).count();
    assert_eq!(differing, 1);

    registry.heal(Part::Metadata);
    assert!(text(path).contains("HTTP/1.1 200"));
    assert_eq!(registry.requests()[0], path);
}
