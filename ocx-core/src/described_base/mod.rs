//! The base that a project's own files describe: a `devcontainer.json`, or a service of a Compose file.
//!
//! `ocx init` makes proposals of it ([`crate::project_hints`]), and the setting `custom_base_devcontainer`
//! follows it on each run ([`crate::settings`]). All of it is the project's, and so untrusted: files are
//! bounded, what lies outside of the project is not read and not named, and nothing of the host's
//! environment gets into it but where the caller hands it in.

mod build;
pub(crate) mod compose;
pub(crate) mod devcontainer;
mod files;
pub(crate) mod json_lines;
mod left_out;
mod reader;
mod variables;
mod yaml;

pub(crate) use build::{Build, UsableBuild};
pub(crate) use devcontainer::{Devcontainer, Fault};
pub(crate) use files::ProjectFiles;
pub use left_out::LeftOut;
pub(crate) use left_out::{LeftOutList, short};
pub(crate) use variables::Variables;

use crate::image::ImageReference;

/// The base that a file describes.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum DescribedBase {
    /// An image.
    Image(ImageReference),
    /// What is built from a Dockerfile.
    Build(UsableBuild),
}
