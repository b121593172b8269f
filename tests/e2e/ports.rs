//! Ports of sessions on the host.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
};

use ocx_tests::{engine::Engine, on_each_engine, running::Running};
use rustix::process::Signal;

use crate::session_setup::{END, Project, START};

on_each_engine!(
    a_server_on_the_sessions_own_loopback_is_opened_and_closed,
    ports_in_the_settings_are_open_while_the_session_runs,
    servers_of_opencode_in_two_projects_are_on_the_host,
);

/// Networks in which the container's loopback is not the host's.
const NETWORKS: [&str; 3] = ["bridge", "none", "filtered"];

/// A session in which a server listens on this port of 127.0.0.1.
fn serving(project: &mut Project, network: &str, port: u16) -> Running {
    project.sandbox.set_env("OCX_NETWORK", network);
    project.ensure_image();
    let serve = format!(
        "Bun.serve({{ hostname: '127.0.0.1', port: {port}, fetch: () => new Response('from inside') }}); console.log('ready')"
    );
    let script = format!("cd /; BUN_BE_BUN=1 exec /ocx/bin/opencode -e \"{serve}\"");
    let session = project
        .sandbox
        .ocx(["exec", "--new", "bash", "-c", &script]);
    let mut session = session.start();
    session.wait_for("ready", START);
    session
}

/// What a server answers, if there is one.
fn get(at: &str) -> Option<String> {
    let mut stream = TcpStream::connect(at).ok()?;
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    stream.write_all(request).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

fn answers(at: &str) -> bool {
    get(at).is_some_and(|answer| answer.ends_with("from inside"))
}

fn a_server_on_the_sessions_own_loopback_is_opened_and_closed(engine: &Engine) {
    for network in NETWORKS {
        let mut project = Project::new(engine);
        let session = serving(&mut project, network, 5173);
        let list = || project.sandbox.ocx(["port"]).run().success();
        let listed = list();
        assert!(listed.stdout().contains("5173  127.0.0.1   -"), "{listed}");
        // The port is taken, so that it gets another.
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let wanted = taken.local_addr().unwrap().port();
        let opening = format!("{wanted}:5173");
        let mut open = project.sandbox.ocx(["port", &opening]).start();
        open.wait_for("Ctrl-C closes it", START);
        let at = open.stdout().trim().to_owned();
        assert_ne!(at, format!("127.0.0.1:{wanted}"), "{network}");
        for _ in 0..30 {
            assert!(answers(&at), "{network} {at}");
        }
        let listed = list();
        assert!(listed.stdout().contains(&at), "{at}: {listed}");
        open.signal(Signal::INT);
        let open = open.wait(END);
        assert!(open.stderr().contains("is taken"), "{open}");
        assert!(get(&at).is_none(), "{network}");
        assert!(list().stdout().contains("5173  127.0.0.1   -"));
        // One that nobody closes ends with the session; nothing has to listen there.
        let mut open = project.sandbox.ocx(["port", "5999"]).start();
        open.wait_for("Ctrl-C closes it", START);
        let at = open.stdout().trim().to_owned();
        assert!(!answers(&at));
        session.signal(Signal::TERM);
        session.wait(END).exits(143).done();
        open.wait(START).success().says("has ended").done();
        project.assert_no_containers();
    }
}

fn ports_in_the_settings_are_open_while_the_session_runs(engine: &Engine) {
    for network in NETWORKS {
        let mut project = Project::new(engine);
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let wanted = taken.local_addr().unwrap().port();
        let ports = format!("[\"{wanted}:5173\"]");
        project.sandbox.set_env("OCX_PORTS", &ports);
        let session = serving(&mut project, network, 5173);
        let said = session.stderr();
        let at = &told_place(&session, "port 5173 of the session is ");
        assert!(said.contains(&format!("since {wanted} is taken")), "{said}");
        for _ in 0..30 {
            assert!(answers(at), "{network} {at}");
        }
        let listed = project.sandbox.ocx(["port"]).run().success();
        assert!(listed.stdout().contains(at), "{at}: {listed}");
        session.signal(Signal::TERM);
        session.wait(END).exits(143).done();
        assert!(get(at).is_none(), "{network}");
        project.assert_no_containers();
    }
}

/// Where the host has the port that `told` begins to name.
fn told_place(session: &Running, told: &str) -> String {
    let said = session.stderr();
    let place = said.split(told).nth(1);
    let place = place.and_then(|rest| rest.split([',', '\n']).next());
    place.unwrap_or_else(|| panic!("{said}")).trim().to_owned()
}

fn servers_of_opencode_in_two_projects_are_on_the_host(engine: &Engine) {
    let start = |network: &str| {
        let mut project = Project::new(engine);
        project.sandbox.set_env("OCX_NETWORK", network);
        project.sandbox.set_env("OCX_PUBLISH_PORT", "true");
        let mut session = project.opencode(&["serve"]).start();
        session.wait_for("listening", START);
        let place = told_place(&session, "port 4096 of the session is ");
        (project, session, place)
    };
    let both = [start("bridge"), start("filtered")];
    assert_ne!(both[0].2, both[1].2);
    for (project, session, place) in both {
        // It wants the password that ocx has made.
        let answer = get(&place).unwrap_or_default();
        assert!(answer.starts_with("HTTP/1.1 401"), "{place}: {answer}");
        session.signal(Signal::TERM);
        session.wait(END).done();
        assert!(get(&place).is_none(), "{place}");
        project.assert_no_containers();
    }
}
