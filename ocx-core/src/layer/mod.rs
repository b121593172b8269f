//! The layer that ocx puts on a base image: the Dockerfile and its build context.

mod context;
mod dockerfile;
mod skeleton;

pub use context::{ContextError, LayerContext, Program};
pub use dockerfile::{LayerDockerfile, UnusablePath};
