//! Paths that a session must not see.
//!
//! They are covered by read-only binds of an empty file or directory. A tmpfs would not do: Podman
//! copies into it what lies beneath (tried with 4.3.1).
//!
//! # What is covered
//!
//! - What the patterns match, in any spelling of upper and lower case: where a file system does not
//!   tell them apart it is the same file, and where it does it is hidden all the same.
//! - What a link leads to that they match: an engine that mounts onto a link would cover what that leads
//!   to inside the container, and leave the content bare.
//! - Other names of the same file (`hard_links`), and other places in the container where it would be seen
//!   (`views`, `host_mounts`).
//!
//! # What ends the session
//!
//! A cover is a mount over a name. The kernel takes it away when the host puts another file in the place
//! of that name, as editors and Git do, and nothing covers what did not exist when the session began. So
//! the host's side is watched (`watch`), and the session is stopped.

mod cover;
mod error;
mod exposure;
mod hard_links;
mod host_mounts;
mod inside;
mod mount_table;
mod mounts;
mod newcomer;
mod patterns;
mod search;
mod tracked;
mod views;
mod walk;
mod watch;

pub(crate) use cover::Cover;
use cover::CoverKind;
pub use error::HiddenError;
pub use exposure::Exposure;
pub(crate) use inside::Inside;
pub(crate) use mounts::{Covering, cover_mounts};
pub(crate) use patterns::Patterns;
pub(crate) use search::find;
pub(crate) use tracked::{Marked, TrackedFiles};
pub(crate) use views::Views;
pub(crate) use watch::HiddenWatch;
