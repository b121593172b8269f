//! Sessions with a bridge: to a list of the network, and to ports of the host.

use std::{
    io::{IoSlice, Read as _, Write as _},
    mem::MaybeUninit,
    net::{TcpListener, TcpStream},
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    time::Duration,
};

use camino::Utf8PathBuf;
use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

use super::world::World;
use crate::{
    bridge::NetworkOutcome,
    ops::{NetworkLog, PendingAnswer, answer_pending, deny_now, pending_hosts},
    project::discover,
    spec::{Access, EnvValue, Mount, MountSource, Network, RunSpec},
};

fn world(settings: &[(&str, &str)]) -> World {
    let base = [("custom_base_image", "team"), ("network", "filtered")];
    let mut world = World::with_images(&[&base, settings].concat(), &["team"]);
    let proxy = "http://ann:hunter2@proxy.corp:3128".to_owned();
    for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "NO_PROXY"] {
        world
            .sandbox
            .host
            .environment
            .insert(name.to_owned(), proxy.clone());
    }
    world
}

/// The directory of the bridge, on the host. An image is tried out without one.
fn directory(spec: &RunSpec) -> Option<Utf8PathBuf> {
    let is_bridge = |mount: &&Mount| mount.target == "/ocx/bridge";
    let mount = spec.mounts.iter().find(is_bridge)?;
    assert_eq!(mount.access, Access::ReadOnly);
    match &mount.source {
        MountSource::Bind(path) => Some(path.clone()),
        other => panic!("{other:?}"),
    }
}

/// What the script in the container does: it hands out as many listeners as it is told to. An image is
/// tried out without a bridge.
fn enter(spec: &RunSpec) -> Vec<TcpListener> {
    let Some(directory) = directory(spec) else {
        return Vec::new();
    };
    let script = std::fs::read_to_string(directory.join("entry.js")).unwrap();
    assert!(script.contains("execvp"));
    let listener = |_: &str| TcpListener::bind("127.0.0.1:0").unwrap();
    let listeners: Vec<TcpListener> = spec.launcher[5].split(',').map(listener).collect();
    let mut door = UnixStream::connect(directory.join("door")).unwrap();
    let sockets: Vec<BorrowedFd<'_>> = listeners.iter().map(AsFd::as_fd).collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(8))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    assert!(ancillary.push(SendAncillaryMessage::ScmRights(&sockets)));
    let parts = [IoSlice::new(&[0])];
    sendmsg(&door, &parts, &mut ancillary, SendFlags::empty()).unwrap();
    door.read_exact(&mut [0]).unwrap();
    listeners
}

/// What comes from a port when this is said to it.
fn answer_of(listener: &TcpListener, said: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    stream.write_all(said.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Asks for what the session may not reach.
fn enter_and_ask(spec: &RunSpec) {
    let listeners = enter(spec);
    let Some(listener) = listeners.first() else {
        return;
    };
    for to in ["evil.example:443", "evil.example:443", "127.0.0.1:1"] {
        let request = format!("CONNECT {to} HTTP/1.1\r\nConnection: close\r\n\r\n");
        let answer = answer_of(listener, &request).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
}

#[tokio::test]
async fn it_reaches_what_is_listed_through_its_bridge_and_nothing_else() {
    let world = world(&[]);
    world.engine.lock().unwrap().during_run = Some(enter_and_ask);
    world.opencode(&["run", "x"]).await.unwrap();
    let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(spec.network, Network::None);
    assert_eq!(spec.command, ["opencode", "run", "x"]);
    assert_eq!(spec.launcher[0], "/ocx/bin/opencode");
    assert_eq!(
        spec.launcher[3..],
        ["/ocx/bridge/entry.js", "/ocx/bridge/door", "network=3128"]
    );
    for name in [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ] {
        let value = spec.environment.get(name).map(EnvValue::expose);
        assert_eq!(value, Some("http://127.0.0.1:3128"), "{name}");
    }
    for value in spec.environment.values() {
        assert!(!value.expose().contains("hunter2"));
    }
    // Nothing of it is left, and what was asked for is told once.
    assert!(!directory(&spec).unwrap().exists());
    let refused = "the session asked for what it may not reach: `127.0.0.1:1`, `evil.example:443`";
    assert_eq!(world.times_said(refused), 1, "{:?}", world.said);
    assert!(!world.said("did not come to its bridge"));
}

/// Asks for two hosts at once, which wait for the user's word.
fn enter_and_wait(spec: &RunSpec) {
    let listeners = enter(spec);
    let Some(listener) = listeners.first() else {
        return;
    };
    let asked = ["127.0.0.1:9", "denied.example:443"].map(|to| {
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || {
            let request = format!("CONNECT {to} HTTP/1.1\r\nConnection: close\r\n\r\n");
            answer_of(&listener, &request).unwrap()
        })
    });
    let [allowed, denied] = asked.map(|asked| asked.join().unwrap());
    // It may go there, and nobody listens.
    assert!(allowed.starts_with("HTTP/1.1 502 "), "{allowed}");
    assert!(denied.starts_with("HTTP/1.1 403 "), "{denied}");
    assert!(denied.contains("it is denied"), "{denied}");
}

/// Ends while a request waits.
fn enter_and_leave(spec: &RunSpec) {
    let Some(listener) = enter(spec).pop() else {
        return;
    };
    let mut stream = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let request = "CONNECT waits.example:443 HTTP/1.1\r\n\r\n";
    stream.write_all(request.as_bytes()).unwrap();
    let pending = directory(spec).unwrap().with_extension("pending");
    while !pending.exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn a_session_that_ends_while_something_waits_leaves_nothing() {
    let settings = [("custom_base_image", "team"), ("network", "ask")];
    let world = World::with_images(&settings, &["team"]);
    world.engine.lock().unwrap().during_run = Some(enter_and_leave);
    world.opencode(&["run", "x"]).await.unwrap();
    let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
    let sessions = directory(&spec).unwrap();
    let left = sessions.parent().unwrap().read_dir_utf8().unwrap();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect();
    assert_eq!(left, [""; 0]);
}

#[tokio::test]
async fn what_no_rule_is_about_waits_for_the_users_word() {
    let settings = [("custom_base_image", "team"), ("network", "ask")];
    let world = World::with_images(&settings, &["team"]);
    world.engine.lock().unwrap().during_run = Some(enter_and_wait);
    let host = world.sandbox.host.clone();
    let user = std::thread::spawn(move || {
        let project = discover(&host, None).unwrap();
        let waiting = loop {
            let waiting = pending_hosts(&host, &project).unwrap();
            if waiting.len() == 2 {
                break waiting;
            }
            std::thread::sleep(Duration::from_millis(5));
        };
        let [denied, allowed] = &waiting[..] else {
            unreachable!()
        };
        assert_eq!(denied.destination.to_string(), "denied.example:443");
        assert!(allowed.is_special() && !denied.is_special());
        assert!(answer_pending(&host, &project, allowed, PendingAnswer::Allow).unwrap());
        let sessions = deny_now(&host, &project, &["*.example".parse().unwrap()]).unwrap();
        assert_eq!(sessions, std::slice::from_ref(&denied.session));
        (project, waiting)
    });
    world.opencode(&["run", "x"]).await.unwrap();
    let (project, waiting) = user.join().unwrap();
    for host in ["127.0.0.1:9", "denied.example:443"] {
        let said = format!("the session asks to reach `{host}`, and waits for your word");
        assert_eq!(world.times_said(&said), 1, "{:?}", world.said);
    }
    let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(spec.network, Network::None);
    let proxy = spec.environment.get("HTTPS_PROXY").map(EnvValue::expose);
    assert_eq!(proxy, Some("http://127.0.0.1:3128"));
    // Nothing is left, and a word that comes too late says so.
    let host = &world.sandbox.host;
    assert_eq!(pending_hosts(host, &project).unwrap(), []);
    let late = answer_pending(host, &project, &waiting[0], PendingAnswer::Allow);
    assert!(!late.unwrap());
    let sessions = directory(&spec).unwrap();
    let left = sessions.parent().unwrap().read_dir_utf8().unwrap();
    let left: Vec<_> = left
        .map(|entry| entry.unwrap().file_name().to_owned())
        .collect();
    assert_eq!(left, [""; 0]);
    let mut log = NetworkLog::open(host, &project).unwrap();
    let outcomes = log.read().unwrap();
    let outcome = |to: &str| {
        let of = outcomes.iter().find(|record| record.destination == to);
        of.unwrap().outcome.clone()
    };
    assert!(matches!(
        outcome("127.0.0.1:9"),
        NetworkOutcome::Failed { .. }
    ));
    let reason = "it is denied".to_owned();
    let denied = NetworkOutcome::Refused { reason };
    assert_eq!(outcome("denied.example:443"), denied);
}

#[tokio::test]
async fn that_a_session_did_not_come_to_its_bridge_is_told() {
    let world = world(&[]);
    world.opencode(&[]).await.unwrap();
    assert!(world.said("did not come to its bridge"));
}

#[tokio::test]
async fn the_settings_win_over_what_is_said_of_javas_proxies() {
    let java = |world: &World| {
        let runs = &world.engine.lock().unwrap().runs;
        let environment = &runs.last().unwrap().environment;
        environment
            .get("JAVA_TOOL_OPTIONS")
            .unwrap()
            .expose()
            .to_owned()
    };
    let usual = world(&[]);
    usual.opencode(&[]).await.unwrap();
    assert!(java(&usual).contains("-Dhttps.proxyPort=3128"));
    let own = world(&[(
        "env",
        r#"{"JAVA_TOOL_OPTIONS": "-Xmx1g", "HTTPS_PROXY": "http://other"}"#,
    )]);
    own.opencode(&[]).await.unwrap();
    assert_eq!(java(&own), "-Xmx1g");
    let spec = own.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(
        spec.environment["HTTPS_PROXY"].expose(),
        "http://127.0.0.1:3128"
    );
}

#[tokio::test]
async fn other_networks_have_no_bridge() {
    for network in ["default", "none", "host"] {
        let world = World::with_images(
            &[("custom_base_image", "team"), ("network", network)],
            &["team"],
        );
        world.opencode(&[]).await.unwrap();
        let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
        assert!(spec.launcher.is_empty());
        assert_eq!(directory(&spec), None);
        assert!(!spec.environment.contains_key("BUN_BE_BUN"));
    }
}

/// Asks each port of the host that it was brought.
fn enter_and_ask_the_host(spec: &RunSpec) {
    let words = spec.launcher.get(5).cloned().unwrap_or_default();
    for (word, listener) in words.split(',').zip(enter(spec)) {
        if word.starts_with("host_ports=") {
            let answer = answer_of(&listener, "hello").unwrap_or_default();
            assert!(answer.is_empty() || answer == "of the host", "{answer}");
        }
    }
}

#[tokio::test]
async fn ports_of_the_host_come_into_each_network_but_the_hosts_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let served = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 5]);
            let _ = stream.write_all(b"of the host");
        }
    });
    // Reserved for a service that nobody runs.
    let silent = 9;
    let ports = format!("[{served}, {silent}, {served}]");
    let both = format!("host_ports={served},host_ports={silent}");
    for (network, expected) in [
        ("default", Some(both.clone())),
        ("none", Some(both.clone())),
        ("team", Some(both.clone())),
        ("filtered", Some(format!("network=3128,{both}"))),
        ("host", None),
    ] {
        let settings = [("network", network), ("host_ports", &ports)];
        let world = world(&settings);
        {
            let mut engine = world.engine.lock().unwrap();
            engine.networks.insert("team".to_owned());
            engine.during_run = Some(enter_and_ask_the_host);
        }
        world.opencode(&[]).await.unwrap();
        let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
        assert_eq!(spec.launcher.get(5), expected.as_ref(), "{network}");
        let with_bridge = expected.is_some();
        assert_eq!(directory(&spec).is_some(), with_bridge, "{network}");
        assert_eq!(spec.environment.contains_key("BUN_BE_BUN"), with_bridge);
        let proxy = spec.environment.get("HTTPS_PROXY").map(EnvValue::expose);
        let is_bridges = proxy == Some("http://127.0.0.1:3128");
        assert_eq!(is_bridges, network == "filtered", "{network}: {proxy:?}");
        let told = format!("what does not answer on the host: `127.0.0.1:{silent}`");
        assert_eq!(
            world.said(&told),
            with_bridge,
            "{network}: {:?}",
            world.said
        );
        assert!(!world.said("did not come to its bridge"), "{network}");
    }
}

#[tokio::test]
async fn the_proxy_makes_way_for_a_port_of_the_host() {
    let world = world(&[("host_ports", "[3128]")]);
    world.opencode(&[]).await.unwrap();
    let spec = world.engine.lock().unwrap().runs.last().unwrap().clone();
    assert_eq!(spec.launcher[5], "network=3129,host_ports=3128");
    let value = |name: &str| spec.environment[name].expose().to_owned();
    assert_eq!(value("https_proxy"), "http://127.0.0.1:3129");
    assert!(value("JAVA_TOOL_OPTIONS").contains("-Dhttp.proxyPort=3129 "));
}
