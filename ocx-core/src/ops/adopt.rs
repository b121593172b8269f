//! Projects whose directory was moved.

use camino::{Utf8Path, Utf8PathBuf};

use crate::{
    host::Host,
    project::Project,
    state::{AdoptError, ProjectStore},
    trust::{self, SameDirectory},
};

/// What a project that has sessions of its own loses if it takes over what another one had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// Nothing: that is an error.
    Nothing,
    /// Its conversations, logins and clones, for good. Its homes stay with the engine, without a project.
    ItsOwn,
}

/// The directory that a project had before it was moved, if ocx knows it, and the project has had no session
/// in its new place. Told by the directory itself, not by its name or what is in it: only on file systems
/// that know when a directory was made.
///
/// # Examples
///
/// ```no_run
/// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), ocx_core::ops::AdoptError> {
/// use ocx_core::ops::{Replace, adopt, moved_from};
///
/// if let Some(from) = moved_from(host, project) {
///     adopt(host, project, &from, Replace::Nothing)?;
/// }
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn moved_from(host: &Host, project: &Project) -> Option<Utf8PathBuf> {
    ProjectStore::moved_from(&host.dirs.state, &project.id, &project.root)
}

/// Gives a project what ocx has kept for the one that was at `from`: conversations, logins, clones and homes,
/// and what is known of the trust in it. That it is trusted whatever it asks for goes along only if it is
/// known to be the same directory ([`moved_from`]).
///
/// # Errors
///
/// If ocx knows no project that was there, if it is there still, if a session of one of the two runs, or if
/// the project has had sessions itself and those are not to be replaced.
pub fn adopt(
    host: &Host,
    project: &Project,
    from: &Utf8Path,
    replace: Replace,
) -> Result<(), AdoptError> {
    let (state, to) = (&host.dirs.state, &project.root);
    // Two at once would take the store from each other. It is free again when it is dropped.
    let _alone = ProjectStore::lock_adoptions(state)?;
    let same = match moved_from(host, project).as_deref() == Some(from) {
        true => SameDirectory::Yes,
        false => SameDirectory::NotKnown,
    };
    check_adoption(host, project, from, replace)?;
    trust::adopt(host, from, to, same)?;
    ProjectStore::adopt(state, from, to)
}

/// Whether [`adopt`] would do it. Changes nothing.
///
/// # Errors
///
/// As for [`adopt`].
pub fn check_adoption(
    host: &Host,
    project: &Project,
    from: &Utf8Path,
    replace: Replace,
) -> Result<(), AdoptError> {
    let replace = replace == Replace::ItsOwn;
    ProjectStore::check_adoption(&host.dirs.state, from, &project.root, replace)
}

/// The projects that ocx keeps something for and whose directories are gone, by their roots.
#[must_use]
pub fn gone_projects(host: &Host) -> Vec<Utf8PathBuf> {
    ProjectStore::gone(&host.dirs.state)
}
