//! Telling once for each project what would be the same line at each start.

use crate::ops::Ocx;
use crate::{disk, state::ProjectStore};

impl Ocx {
    /// Those of these facts that were not told in this project yet. From now on they count as told, but
    /// in a dry run.
    pub(in crate::ops) fn untold(
        &self,
        store: &ProjectStore,
        facts: impl IntoIterator<Item = String>,
    ) -> Vec<String> {
        let file = store.told_file();
        let mut told: Vec<String> = disk::read_json(&file).unwrap_or_default();
        let is_new = |fact: &String| !told.contains(fact);
        let untold: Vec<String> = facts.into_iter().filter(is_new).collect();
        if !untold.is_empty() && !self.is_dry_run() {
            told.extend(untold.iter().cloned());
            // Without it, the same is told again the next time.
            let _ = disk::write_json(&file, &told);
        }
        untold
    }
}
