//! What runs in the container before the session's program, and becomes it.

use std::{fs, io};

use camino::Utf8Path;

use super::{Doorway, door::NAME};
use crate::layout;

/// Where the session has the door, and the script.
pub(crate) const DIRECTORY: &str = "/ocx/bridge";

const SCRIPT_NAME: &str = "entry.js";
const CONNECT_NAME: &str = "connect.js";

/// See there.
const SCRIPT: &str = concat!(include_str!("libc.js"), include_str!("entry.js"));

/// See there.
const CONNECT: &str = include_str!("connect.js");

/// What scripts in a session's container need to hand out sockets; see there.
pub(crate) const LIBC: &str = include_str!("libc.js");

/// Writes the scripts into the directory of the door.
pub(crate) fn write_entry(directory: &Utf8Path) -> io::Result<()> {
    fs::write(directory.join(CONNECT_NAME), CONNECT)?;
    fs::write(directory.join(SCRIPT_NAME), SCRIPT)
}

/// The value of OpenSSH's option `ProxyCommand` that leads through the proxy at this port.
pub(crate) fn ssh_proxy_command(port: u16) -> String {
    let mut words = vec!["env".to_owned(), format!("{}=1", layout::AS_RUNTIME)];
    words.extend(runtime(&format!("{DIRECTORY}/{CONNECT_NAME}")));
    words.extend([port.to_string(), "%h".to_owned(), "%p".to_owned()]);
    words.join(" ")
}

/// Program and arguments that a session's command is given to; `doorways` are in the order in which they
/// are handed out.
pub(crate) fn launcher(doorways: &[Doorway]) -> Vec<String> {
    let words: Vec<String> = doorways.iter().map(Doorway::word).collect();
    let mut launcher = runtime(&format!("{DIRECTORY}/{SCRIPT_NAME}"));
    launcher.extend([format!("{DIRECTORY}/{NAME}"), words.join(",")]);
    launcher
}

/// Program and arguments that run a script of ocx's in a session's container. opencode is the runtime, so
/// that the base needs nothing. Nothing of the project may steer it: without the two flags it would read
/// `.env` and `bunfig.toml` in the working directory and at home (Bun 1.3.14).
pub(crate) fn runtime(script: &str) -> Vec<String> {
    [
        format!("{}/opencode", layout::BIN),
        "--env-file=/dev/null".to_owned(),
        "--config=/dev/null".to_owned(),
        script.to_owned(),
    ]
    .into()
}
