//! A bridge that has much to carry.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use ocx_tests::{engine::Engine, on_each_engine};

use crate::session_setup::Project;

on_each_engine!(a_crowd_of_connections_and_two_gigabytes);

/// What a server sends that is asked for `/big`.
const BIG: u64 = 2 << 30;

/// Connections that are open at the same time.
const CROWD: usize = 500;

/// How long all of it may take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(240);

/// Answers each connection on a thread of its own.
fn server() -> u16 {
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream));
        }
    });
    port
}

fn answer(mut stream: TcpStream) {
    let mut request = [0; 4096];
    let length = stream.read(&mut request).unwrap_or(0);
    let is_big = request[..length].starts_with(b"GET /big ");
    let size = if is_big { BIG } else { 6 };
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n");
    let _ = stream.write_all(head.as_bytes());
    if !is_big {
        let _ = stream.write_all(b"secret");
        return;
    }
    let block = [7; 1 << 20];
    for _ in 0..BIG / block.len() as u64 {
        if stream.write_all(&block).is_err() {
            return;
        }
    }
}

/// Opens all tunnels before one of them is used, and reads what is big as it comes.
const SCRIPT: &str = r#"
const net = require("net");
const [to, crowd] = process.argv.slice(2);
const tunnel = () => new Promise((resolve, reject) => {
  const socket = net.connect(3128, "127.0.0.1");
  socket.once("error", reject);
  socket.once("data", (data) => String(data).startsWith("HTTP/1.1 200") ? resolve(socket) : reject(data));
  socket.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`);
});
const ask = (socket, path) => new Promise((resolve, reject) => {
  let length = 0, last = "";
  socket.on("data", (data) => { length += data.length; last = data.subarray(-6).toString("latin1"); });
  socket.on("close", () => resolve([length, last]));
  socket.on("error", reject);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: ${to}\r\n\r\n`);
});
const all = await Promise.all(Array.from({ length: Number(crowd) }, tunnel));
const answers = await Promise.all(all.map((socket) => ask(socket, "/")));
console.log("small", answers.filter(([, last]) => last === "secret").length);
const [length] = await ask(await tunnel(), "/big");
console.log("big", length);
"#;

fn a_crowd_of_connections_and_two_gigabytes(engine: &Engine) {
    let mut project = Project::new(engine);
    let to = format!("127.0.0.2:{}", server());
    project.sandbox.set_env("OCX_NETWORK", "filtered");
    let allow = format!("[\"{to}\"]");
    project.sandbox.set_env("OCX_NETWORK_ALLOW", &allow);
    project.sandbox.write("load.mjs", SCRIPT);
    project.ensure_image();
    let script = format!("BUN_BE_BUN=1 exec /ocx/bin/opencode load.mjs {to} {CROWD}");
    let session = project.sandbox.ocx(["exec", "--new", "sh", "-c", &script]);
    let output = session.timeout(PATIENCE).run().success();
    let lines: Vec<&str> = output.stdout().lines().collect();
    let [small, big] = lines[..] else {
        panic!("{output}")
    };
    assert_eq!(small, format!("small {CROWD}"));
    let length: u64 = big.strip_prefix("big ").unwrap().parse().unwrap();
    // With its head.
    assert!((BIG..BIG + 200).contains(&length), "{length}");
    project.assert_no_containers();
}
