//! Sessions whose network goes through the bridge, beside those on the engine's own network.

use std::{
    io::{self, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use serde::Deserialize;

use super::{
    report::Comparison,
    scene::Scene,
    sessions,
    timing::{Pairs, pairs},
};
use crate::step::Outcome;

const SESSION: [&str; 2] = ["opencode", "--version"];
const FILTERED: &str = "network=filtered";

/// How much is fetched at once: so that 500 MB/s are about a second.
const BIG: usize = 512 << 20;

/// How many connections are made, one after the other.
const CONNECTIONS: usize = 1000;

/// What measures in a session, in the project.
const SCRIPT: &str = include_str!("bridge.mjs");

/// A session that begins and ends.
pub(super) fn start(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let filtered = ["--set", FILTERED, SESSION[0], SESSION[1]];
    let times = pairs(
        scene.rounds,
        || scene.ocx(&filtered),
        || scene.ocx(&SESSION),
        || {},
    )?;
    Ok(vec![Comparison {
        what: "a session with `network = \"filtered\"`".to_owned(),
        beside: "with the engine's own network".to_owned(),
        times,
    }])
}

/// Bytes and connections, from a program in a session to a server on the host.
pub(super) fn load(scene: &Scene<'_>) -> Outcome<Vec<Comparison>> {
    let port = serve().map_err(|error| format!("a server to measure with: {error}"))?;
    scene.sandbox.write("bridge.mjs", SCRIPT);
    let inner = format!("127.0.0.1:{port}");
    let allow = format!("network_allow=[\"{inner}\"]");
    let sleep = ["exec", "--new", "sleep", "3600"];
    // Else it would not run beside the other one.
    let keys = "keys=inside";
    let through_bridge: Vec<&str> = ["--set", FILTERED, "--set", &allow, "--set", keys]
        .into_iter()
        .chain(sleep)
        .collect();
    let begin = |args: &[&str], others: &[String]| {
        let running = scene.invocation(args).start();
        let told = |error| format!("{error}: {}", running.stderr());
        sessions::await_session(scene, others)
            .map_err(told)
            .map(|id| (running, id))
    };
    let (_bridged, bridged) = begin(&through_bridge, &[])?;
    let (_direct, direct) = begin(&sleep, std::slice::from_ref(&bridged))?;
    let measured = alternate(
        scene,
        &[(&bridged, &inner), (&direct, &format!("host:{port}"))],
    );
    scene.once(&["stop"]);
    let [bridged, direct] = measured?;
    let row = |what: String, of: fn(&Times) -> f64| {
        let times = |all: &[Times]| all.iter().map(|times| milliseconds(of(times))).collect();
        Comparison {
            what,
            beside: "on the engine's own network".to_owned(),
            times: Pairs {
                ocx: times(&bridged),
                bare: times(&direct),
            },
        }
    };
    Ok(vec![
        row(
            format!("{} MiB from the host through the bridge", BIG >> 20),
            |times| times.big,
        ),
        row(
            format!("{CONNECTIONS} connections to the host through the bridge, one by one"),
            |times| times.connections,
        ),
    ])
}

/// Milliseconds that a program in a session took.
#[derive(Deserialize)]
struct Times {
    big: f64,
    connections: f64,
}

fn milliseconds(time: f64) -> Duration {
    Duration::from_secs_f64(time / 1000.0)
}

/// Runs the script in both sessions by turns; the first round does not count.
fn alternate(scene: &Scene<'_>, sessions: &[(&str, &str); 2]) -> Outcome<[Vec<Times>; 2]> {
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..=scene.long_rounds() {
        for ((session, to), times) in sessions.iter().zip(&mut times) {
            let script =
                format!("BUN_BE_BUN=1 exec /ocx/bin/opencode bridge.mjs {to} {BIG} {CONNECTIONS}");
            let output = scene
                .invocation(&["exec", "--session", session, "sh", "-c", &script])
                .run()
                .success();
            let measured = serde_json::from_str(output.stdout())
                .map_err(|error| format!("{error}: {output}"))?;
            if round > 0 {
                times.push(measured);
            }
        }
    }
    Ok(times)
}

/// Answers each connection on a thread of its own, with as many bytes as it asks for, on all of the host's
/// addresses: containers reach it at the one of their network's gateway.
fn serve() -> io::Result<u16> {
    let listener = TcpListener::bind("0.0.0.0:0")?;
    let port = listener.local_addr()?.port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    Ok(port)
}

fn answer(mut stream: TcpStream) -> Option<()> {
    let mut request = [0; 64];
    let length = stream.read(&mut request).ok()?;
    let mut left: usize = std::str::from_utf8(&request[..length])
        .ok()?
        .trim()
        .parse()
        .ok()?;
    let block = vec![7; 1 << 20];
    while left > 0 {
        let part = left.min(block.len());
        stream.write_all(&block[..part]).ok()?;
        left -= part;
    }
    Some(())
}
