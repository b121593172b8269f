//! A session as a value: its ID, the files of variables that it reads, and its plan.

mod env_file;
pub(crate) mod plan;
mod session_id;

pub use env_file::EnvFileError;
pub(crate) use env_file::read_env_file;
pub(crate) use session_id::random_hex;
pub use session_id::{SessionId, SessionIdError};
