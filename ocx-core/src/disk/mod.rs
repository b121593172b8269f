//! What is written to the host's disk: whole or not at all, private, and beneath directories whose
//! content is hostile without following a link. And what is read from there, whatever it may be.

mod atomic_file;
mod bounded_file;
mod content_store;
mod copy_dir;
mod dir_watch;
mod file_name;
mod held_lock;
mod mount_point;
mod private_dir;
mod resolve;
mod tree;

pub(crate) use atomic_file::{open_lock_file, write_atomically, write_json};
pub use bounded_file::read_text;
pub(crate) use bounded_file::{check_regular_if_there, read_bounded, read_json};
pub(crate) use content_store::ContentStore;
pub use content_store::ContentStoreError;
pub(crate) use copy_dir::{CopyDir, Staging};
pub(crate) use dir_watch::{DirEvent, DirWatch};
pub(crate) use file_name::is_file_name;
pub(crate) use held_lock::is_lock_held;
pub(crate) use mount_point::{MountPoint, MountPointError, make_mount_point};
pub(crate) use private_dir::PrivateDirError;
pub(crate) use private_dir::make_private_dir;
pub(crate) use resolve::resolve;
pub(crate) use tree::{Trash, is_gone, tree_size};
