//! Trust in a project: what the user has agreed to, and what an agent has made since.
//!
//! A project's settings, its Dockerfile and the files beside that decide what is built and run. Two
//! questions are asked of them. Has the user agreed to this project at all? A session builds nothing
//! from a fresh clone without a word. And whose work are they? What changed while a session ran is the
//! agent's, and is asked about; what changed otherwise is the user's own.
//!
//! [`Sources`] says what is read, an [`Inventory`] what it is at one moment, and [`Trust`] keeps the
//! record: when a session begins and ends, what was approved, and the [`Verdict`] on what is there now.
//! Whether a value of the settings loosens is [`crate::settings`]' business; which of them are
//! approved is told by [`Trust::approvals`].

mod change;
mod enclosing;
mod error;
mod files;
mod fingerprint;
mod ignore_file;
mod inventory;
mod judge;
mod ledger;
mod listing;
mod moved;
mod offer;
mod record;
mod sources;
mod walk;

pub use change::{Change, ChangeKind};
pub use error::TrustError;
pub use fingerprint::{Fingerprint, Stamp};
pub use inventory::Inventory;
pub use inventory::present_text;
pub use judge::Verdict;
pub use ledger::{Extent, Trust};
pub use listing::{Trusted, forget, list};
pub(crate) use moved::{SameDirectory, adopt};
pub use offer::{Look, Offer};
pub use record::Standing;
pub use sources::{Purpose, Sources, writable_places};

#[cfg(test)]
mod tests;
