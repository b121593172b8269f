//! Running a program where the agent works: in a container of its own, or in a running session.

mod attach;
pub(in crate::ops) mod carried;
mod entrypoint;
mod explain;
mod first;
pub(in crate::ops) mod guards;
mod host_servers;
mod interface;
mod key_sources;
pub(in crate::ops) mod keys;
mod logged;
mod models;
mod mount_sources;
mod network;
mod on_engines;
mod open;
mod opencode_log;
mod own_container;
pub(in crate::ops) mod parts;
mod ports;
mod program;
mod program_problem;
mod program_start;
pub(in crate::ops) mod project_config;
mod reach;
mod ready;
mod run;
mod running;
mod stopped;
mod target;
mod usage;

pub use attach::{Attached, attach};
pub use explain::Explained;
pub(in crate::ops) use explain::WithoutPlans;
pub use first::has_had_session;
pub use host_servers::HostServer;
pub use on_engines::{running_sessions_on, stop_sessions_on, where_session_runs};
pub use opencode_log::{OpencodeLog, opencode_log};
pub use ports::{OpenedPort, SessionPorts, open_port, session_ports};
pub use program::Program;
pub use program_problem::{ProgramProblem, ProgramProblemKind};
pub(in crate::ops) use program_start::name_before;
pub use run::{Place, Session, SessionReport};
pub use running::{
    RunningSession, Scope, Sessions, SessionsError, running_sessions, stop_abandoned, stop_sessions,
};
pub use usage::{SessionsUsage, session_usage};
