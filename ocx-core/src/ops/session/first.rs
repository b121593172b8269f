//! Whether a project is new to ocx.

use crate::{host::Host, project::Project, state::ProjectStore};

/// Whether ocx has prepared a session for the project before, on this host.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) {
/// if !ocx_core::ops::has_had_session(host, project) {
///     println!("welcome");
/// }
/// # }
/// ```
#[must_use]
pub fn has_had_session(host: &Host, project: &Project) -> bool {
    ProjectStore::exists(&host.dirs.state, project.id.as_str())
}
