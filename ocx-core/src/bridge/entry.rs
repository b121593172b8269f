//! What runs in the container before the session's program, and becomes it.

use std::{fs, io};

use camino::Utf8Path;

use super::door::NAME;
use crate::layout;

/// Where the session has the door, and the script.
pub(crate) const DIRECTORY: &str = "/ocx/bridge";

const SCRIPT_NAME: &str = "entry.js";

/// See there.
const SCRIPT: &str = include_str!("entry.js");

/// The port of the proxy, on the container's loopback: the one that proxies have as a rule.
pub(super) const PORT: u16 = 3128;

/// Writes the script into the directory of the door.
pub(crate) fn write_entry(directory: &Utf8Path) -> io::Result<()> {
    fs::write(directory.join(SCRIPT_NAME), SCRIPT)
}

/// Program and arguments that a session's command is given to. opencode is the runtime of the script,
/// so that the base needs nothing. Nothing of the project may steer it: without the two flags it would read
/// `.env` and `bunfig.toml` in the working directory and at home (Bun 1.3.14).
pub(crate) fn launcher() -> Vec<String> {
    [
        format!("{}/opencode", layout::BIN),
        "--env-file=/dev/null".to_owned(),
        "--config=/dev/null".to_owned(),
        format!("{DIRECTORY}/{SCRIPT_NAME}"),
        format!("{DIRECTORY}/{NAME}"),
        PORT.to_string(),
    ]
    .into()
}
