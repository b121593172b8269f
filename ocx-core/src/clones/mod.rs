//! Private clones of the project's repository, one for each session, and bringing back what is in them.
//!
//! With `workspace = "clone"` a session works on a clone at the project's own path. The user's repository
//! lends its objects, read-only, and is otherwise not there. What the session made arrives in it as
//! references below `refs/ocx/<session>`, to be looked at, merged or thrown away.
//!
//! # What is hostile
//!
//! All below `CloneDir::tree` was written by a session, its Git directory included, and none of it is
//! believed:
//!
//! - Git is never run there. Its objects are linked, and its references copied, into a Git directory of
//!   ocx's own (`quarantine`), whose configuration, attributes and alternates are ocx's. The user's
//!   repository fetches from that with `fsckObjects`, and knows nothing of where it came from.
//! - What is not committed becomes a commit there by commands that read files and run nothing
//!   (`snapshot`).
//! - References arrive below a directory of their own and under names that cannot be ocx's (`refs`).
//!
//! The container must have ended before anything is brought: a link that is turned at the right moment
//! would make Git read a file of the host.
//!
//! # What is not lost
//!
//! A clone goes only when all that was in it has been seen in the user's repository. What cannot be
//! brought, such as a repository within the working tree or damaged objects, keeps its clone. Files that
//! Git ignores are not work, and go with the clone.

mod bring;
mod clone_dir;
mod config;
mod create;
mod error;
mod git;
mod include;
mod neutral;
mod quarantine;
mod refs;
mod selection;
mod snapshot;
mod source;
mod take_over;
#[cfg(test)]
mod tests;
mod work;

pub(crate) use bring::{Brought, bring};
pub(crate) use clone_dir::{BORROWED, CloneDir, Record};
pub(crate) use create::{Clone, CloneRequest};
pub use error::{CloneError, Stage};
pub(crate) use git::{At, HostGit};
pub(crate) use refs::directory as refs_directory;
pub(crate) use source::{git_dir, layout, read_refs};
pub use take_over::TakenOver;
pub(crate) use take_over::take_over;
pub use work::Work;
pub(crate) use work::{all, choose, delete, from_or_nothing};
