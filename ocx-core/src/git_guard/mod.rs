//! Keeps a session from turning the project's Git directories against the host.
//!
//! A session writes to the same `.git` as the user. Whatever stands there as a hook, a filter or an
//! alias is executed by the host's next `git status`, which a shell's prompt is enough for. Ordinary
//! work must go on: `commit`, `push -u`, `remote add`, `git config`, submodules, worktrees, LFS.
//!
//! # What is prevented, and what is put back
//!
//! - **Prevented by mounts** ([`GitGuardPlan`]): hooks are the session's own copy; `.git` itself, a
//!   linked worktree's `.git` file and its way to the common directory cannot be replaced;
//!   `info/attributes` is read-only; other worktrees do not look abandoned from inside.
//! - **Put back at once** ([`GitGuard::watch`]): what Git changes by a new file and a rename in a
//!   directory that it must be able to write to. A mount over `config` makes `git config`, `remote
//!   add` and `push -u` fail, as a private copy does (`EBUSY`, Git 2.47); `GIT_CONFIG` is heeded by
//!   `git config` alone; a common directory of the session's own gets paths into the `.git` files of
//!   submodules and worktrees which the host does not have. So `config` is watched. Variables that
//!   are known to be harmless stay; any other comes back (`config`).
//! - **Looked at when the session ends** ([`GitGuard::end`]): everything once more; repositories in
//!   the working tree; commands of a rebase that is not finished; hooks in the working tree; other
//!   files that programs of the host run on their own, which are named.
//!
//! What is taken out is kept in a private directory. What a session left behind that was killed is put
//! in order when the next one begins: the baseline is kept on disk.
//!
//! # What is not covered
//!
//! - The moment until a change of `config` is noticed: some milliseconds with inotify (1 to 40 on a
//!   busy machine of two processors), up to a second without. Who writes again and again raises a
//!   [`GitAlarm`].
//! - Repositories that a session makes in the working tree, also as submodules without a word of Git,
//!   are found by walks: a tenth of a second after Git's index has changed in a small tree, later in a
//!   large one, and not at all beyond what a walk gets to see in its time, which is
//!   [told](Gap::TooMuch). What they may not have is taken from them, too: programs that test hooks do
//!   so in `/tmp`.
//! - What the user changes in `config` meanwhile counts as the session's. It is kept aside.
//! - Programs that hooks, filters and aliases of the user's call: where they lie in the project they
//!   are named after the session, as Makefiles are, and not put back.
//! - The content of the history. A session can commit whatever the user then checks out and runs.

mod aside;
mod baseline;
mod compare;
mod config;
mod covers;
mod error;
mod file_state;
mod git_dir;
mod guard;
mod held_dir;
mod held_dir_changes;
mod host_run;
mod inspector;
mod ledger;
mod newcomers;
mod notifier;
mod place;
mod plan;
mod rebase;
mod registrations;
mod report;
mod scan;
#[cfg(test)]
mod tests;
mod watch;

pub use error::GitGuardError;
pub use guard::{GitGuard, GitGuardPlan, GitGuardRequest};
pub(crate) use held_dir::HeldDir;
pub use report::{Change, Gap, GitReport, MovedRemote, Reverted};
pub use watch::GitAlarm;
