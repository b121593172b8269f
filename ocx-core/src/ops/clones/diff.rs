//! What a session changed, as a text.

use super::chosen_work;
use crate::{
    clones::{At, CloneError, HostGit, from_or_nothing, git_dir, layout},
    host::Host,
    project::Project,
};

/// How changes are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiffFormat {
    /// Line by line.
    Patch,
    /// The files, with how much of each is another.
    Stat,
}

/// What a session changed between its beginning and its end, committed or not, as Git shows it. The
/// session may be left out where only one has left work.
///
/// Paths and lines are the session's own.
///
/// # Errors
///
/// If there is no such session, or Git fails.
///
/// # Examples
///
/// ```no_run
/// # async fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
/// use ocx_core::ops::{self, DiffFormat};
///
/// print!("{}", ops::diff(host, project, Some("1a2b"), DiffFormat::Patch).await?);
/// # Ok(())
/// # }
/// ```
pub async fn diff(
    host: &Host,
    project: &Project,
    session: Option<&str>,
    format: DiffFormat,
) -> Result<String, CloneError> {
    let work = chosen_work(host, project, session).await?;
    let git = HostGit::neutral(host);
    let git_dir = git_dir(layout(project)?);
    let from = from_or_nothing(&git, git_dir, work.base.as_deref()).await?;
    let Some(to) = work.tip() else {
        return Ok(String::new());
    };
    let format = match format {
        DiffFormat::Patch => "--patch",
        DiffFormat::Stat => "--stat=100",
    };
    let args = [
        "diff-tree",
        "-r",
        "--find-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--no-color",
        format,
        &from,
        to,
    ];
    let answer = git
        .run(At::git_dir(git_dir), "compare commits", &args, b"")
        .await?;
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}
