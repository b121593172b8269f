//! Sessions that outlast the terminal: the process that runs one out of sight, and what starts it.

mod own_terminal;
pub(crate) mod redraw;
mod replies;
mod supervisor;

pub(crate) use own_terminal::{LEAVE, OwnTerminal, Size, leave_terminal};
pub(crate) use supervisor::{DetachError, Supervisor};
