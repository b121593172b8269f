//! Logins that go through the user's browser, started in a session.
//!
//! Such a login waits in the container for what the browser, on the host, brings to a port of 127.0.0.1. So
//! a session that the user began as a login (`is_login`), and no other, has a way out: an `xdg-open` of
//! ocx's own hands the address to ocx, and a script tells which ports are listened on. Nothing that comes
//! that way is trusted: [`LoginUrl`] says what a browser may be shown, and `Allowance` how often.

mod allowance;
mod callback;
mod command;
mod login_url;
mod way_out;

pub(crate) use allowance::Allowance;
pub(crate) use callback::Callback;
pub(crate) use command::is_login;
pub use login_url::{LoginUrl, UrlRefusal};
pub(crate) use way_out::{Asked, DIRECTORY, WayOut, XDG_OPEN, watch_command, write_scripts};
