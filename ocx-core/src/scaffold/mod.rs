//! What `ocx init` puts into a project: a settings file with comments, and a Dockerfile from a
//! template.
//!
//! [`scaffold`] says what the files are and what is in them, [`check`] whether they may be written;
//! asking the user and writing are left to the caller.

mod check;
mod files;
mod settings_file;
mod setup;
mod suggestion;
mod template;
mod tool;

pub use crate::project::{DockerfilePath, DockerfilePathError};
pub use check::{ScaffoldError, check};
pub use files::{BaseChoice, ScaffoldFile, base_image_name, scaffold};
pub use setup::Setup;
pub use suggestion::{Suggestion, suggest};
pub use template::{Template, UnknownTemplate};
pub use tool::TemplateTool;
