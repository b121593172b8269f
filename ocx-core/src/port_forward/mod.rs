//! Ports of a session on the host: `ports`, and `ocx port`.
//!
//! A [`ForwardedPort`] is listened on by ocx itself, on the host. For what connects there it needs a
//! connection to the session's own loopback interface, where nobody outside gets by any route. So
//! `Sockets` has a small script started in the container, which makes sockets there that are connected
//! to nothing and hands them out through a Unix socket; ocx connects them. Sockets belong to the network
//! in which they were made, whoever uses them, so that works in every network and on every engine, and no
//! byte goes through the script.
//!
//! - `forward` listens on the host and carries bytes.
//! - `open_ports` are what others are told of it.
//! - `listening` reads what listens in a session.

mod forward;
mod listening;
mod mapping;
mod open_ports;
mod sockets;

pub use forward::ListenError;
pub(crate) use forward::{HostListener, serve};
pub use listening::ListeningPort;
pub(crate) use listening::{LIST, read_listening};
pub use mapping::{ForwardedPort, ForwardedPortError};
pub(crate) use open_ports::{OpenPort, open_ports};
pub use sockets::SocketsError;
pub(crate) use sockets::{DIRECTORY, Enter, EnterError, Sockets};
