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
pub mod plan;
mod private_dir;
mod project_store;
mod session_files;
mod session_id;

pub use auth_entries::MalformedEntries;
pub use auth_store::{
    AuthStore, AuthStoreError, AuthWarning, CredentialFile, ExportReport, ImportReport,
};
pub use config_copy::{ConfigCopyError, SkipReason, SyncNote, SyncReport, sync_config};
pub use content_addressed::{ContentStore, ContentStoreError};
pub use data_lock::{DataLock, DataLockError, Downgrade};
pub use env_file::{EnvFileError, EnvLineError, parse_env_file, read_env_file, render_env_line};
pub use loopback_url::LoopbackUrl;
pub use private_dir::PrivateDirError;
pub use project_store::{ProjectStore, ProjectStoreError, StoredProject};
pub use session_files::{Leftover, SessionFiles, SessionFilesError, remove_leftovers};
pub use session_id::{SessionId, random_hex};
