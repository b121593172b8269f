//! The user's browser.

use ocx_core::{browser_login::LoginUrl, host::Host};

use crate::host_program;

const PROGRAM: &str = "xdg-open";

/// One of these says where a browser would be seen.
const DISPLAYS: [&str; 2] = ["DISPLAY", "WAYLAND_DISPLAY"];

/// Begins to open an address; `false` if that cannot be, or there is nothing to see it on.
pub(crate) fn open(host: &Host, url: &LoginUrl) -> bool {
    let has_display = DISPLAYS.iter().any(|name| host.variable(name).is_some());
    has_display && host_program::start(host, PROGRAM, [url.as_str()])
}
