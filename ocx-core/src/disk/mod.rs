//! What is written to the host's disk: whole or not at all, private, and beneath directories whose
//! content is hostile without following a link.

mod atomic_file;
mod content_store;
mod copy_dir;
mod file_name;
mod private_dir;

pub(crate) use atomic_file::{open_lock_file, write_atomically, write_json};
pub(crate) use content_store::ContentStore;
pub use content_store::ContentStoreError;
pub(crate) use copy_dir::{CopyDir, Staging};
pub(crate) use file_name::is_file_name;
pub(crate) use private_dir::PrivateDirError;
pub(crate) use private_dir::make_private_dir;
