//! The user's browser.

use std::{
    collections::BTreeMap,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    thread,
};

use camino::Utf8PathBuf;
use ocx_core::{browser_login::LoginUrl, host::Host};

const PROGRAM: &str = "xdg-open";

/// One of these says where a browser would be seen.
const DISPLAYS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];

/// What opens addresses on the host, if there is anything to see them on.
#[derive(Debug)]
pub(crate) struct Browser {
    program: Option<Utf8PathBuf>,
    environment: BTreeMap<String, String>,
}

impl Browser {
    pub(crate) fn of(host: &Host) -> Self {
        let has_display = DISPLAYS.iter().any(|name| host.variable(name).is_some());
        Self {
            program: has_display.then(|| host.find_program(PROGRAM)).flatten(),
            environment: host.environment.clone(),
        }
    }

    /// Begins to open an address; `false` if that cannot be.
    pub(crate) fn open(&self, url: &LoginUrl) -> bool {
        let Some(program) = &self.program else {
            return false;
        };
        let opening = Command::new(program)
            .arg(url.as_str())
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in this terminal is not meant for a browser that begins now.
            .process_group(0)
            .spawn();
        match opening {
            Ok(mut opening) => {
                // Some do not end before the browser does.
                thread::spawn(move || opening.wait());
                true
            }
            Err(_) => false,
        }
    }
}
