//! What a session needs on the host's disk: opencode's data, a private copy of its configuration,
//! credentials, and the files that keep concurrent sessions apart.
//!
//! Nothing here talks to an engine. Everything that a container may write to is treated as hostile
//! when it is read or written again: no symbolic link in it is followed on the host.

mod atomic_file;
mod auth_entries;
mod auth_ledger;
mod auth_merge;
mod auth_store;
mod auth_writeback;
mod config_copy;
mod config_manifest;
mod config_seed;
mod config_walk;
mod content_addressed;
mod copy_dir;
mod data_lock;
mod env_file;
mod in_place_file;
mod loopback_url;
pub(crate) mod plan;
mod private_dir;
mod project_store;
mod session_files;
mod session_id;

pub use auth_store::AuthStoreError;
pub(crate) use auth_store::{AuthStore, CredentialFile};
pub use config_copy::ConfigCopyError;
pub(crate) use config_copy::sync_config;
pub(crate) use content_addressed::ContentStore;
pub use content_addressed::ContentStoreError;
pub(crate) use data_lock::DataLock;
pub use data_lock::DataLockError;
pub use env_file::EnvFileError;
pub(crate) use env_file::read_env_file;
pub(crate) use project_store::ProjectStore;
pub use project_store::ProjectStoreError;
pub use session_files::SessionFilesError;
pub(crate) use session_files::{SessionFiles, remove_leftovers};
pub(crate) use session_id::{SessionId, random_hex};
