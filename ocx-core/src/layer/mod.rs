//! The layer that ocx puts on a base image: the Dockerfile and its build context.

mod context;
mod dockerfile;
mod skeleton;
mod tree;

pub use context::ContextError;
pub(crate) use context::{LayerContext, Program};
pub(crate) use dockerfile::LayerDockerfile;
pub use dockerfile::UnusablePath;
pub(crate) use skeleton::home_directories;
pub(crate) use tree::{LayerTree, TreeEntry};
