//! Telling once that a base has no Git where the project has: neither the agent nor `ocx exec` could look at
//! what changed, or commit it.

use crate::ops::Ocx;
use crate::{
    image::{ContentDigest, ImageReference},
    report::Notice,
    state::ProjectStore,
};

impl Ocx {
    /// Tells that the search path of the base has no `git`. Costs no call of the engine: it was looked at
    /// when the image was built.
    pub(in crate::ops) fn tell_missing_git(
        &self,
        store: &ProjectStore,
        (base, content): (&ImageReference, &ContentDigest),
        ids: (u32, u32),
    ) {
        if self.project.git.is_none() {
            return;
        }
        let Some(known) = self.known_search_path(content, ids) else {
            return;
        };
        if !known.complete || known.programs.contains("git") {
            return;
        }
        let fact = format!("no git {}", content.hex());
        if !self.untold(store, [fact]).is_empty() {
            self.notice(&Notice::NoGit { base: base.clone() });
        }
    }
}
