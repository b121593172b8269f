//! What ocx keeps for each project: opencode's data and configuration, and what keeps concurrent
//! sessions apart.

mod data_lock;
mod held;
mod home_parents;
mod keys_lock;
mod moved;
mod private_paths;
mod project_store;
mod session_files;
mod settled_sessions;
mod stop_mark;

pub(crate) use data_lock::DataLock;
pub use data_lock::DataLockError;
pub(crate) use held::is_held;
pub use home_parents::HomeParentError;
pub(crate) use home_parents::{HomeParent, make_home_parents};
pub(crate) use keys_lock::KeysLock;
pub use keys_lock::KeysLockError;
pub use moved::AdoptError;
pub(crate) use moved::home_of;
pub use private_paths::PrivatePathError;
pub(crate) use private_paths::{PrivatePath, make_private_paths};
pub(crate) use project_store::ProjectStore;
pub use project_store::ProjectStoreError;
pub use session_files::SessionFilesError;
pub(crate) use session_files::{
    SessionFiles, admitted_hosts_file, bridge_dir, covers_dir, filtered_sessions, is_abandoned,
    login_dir, make_mounted_dir, pending_hosts_file, remove_leftovers,
};
pub(crate) use settled_sessions::{SettledSession, settled_sessions};
pub(crate) use stop_mark::{is_marked_as_stopped, mark_as_stopped};
