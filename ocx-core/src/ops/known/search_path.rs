//! What is known of a base's search path from the trial at the end of a build.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::Ocx;
use crate::{
    disk,
    image::ContentDigest,
    report::Notice,
    search_path::{OutOfReach, SearchPath},
};

/// Raised when something else is looked at.
const REVISION: u32 = 1;

/// More is read by nobody.
const MOST_TOLD: usize = 3;

#[derive(Serialize, Deserialize)]
struct Remembered {
    revision: u32,
    search_path: SearchPath,
}

impl Ocx {
    /// What the last trial on a base of this content found for a user with these IDs; `None` if there
    /// was none.
    pub(in crate::ops) fn known_search_path(
        &self,
        base: &ContentDigest,
        ids: (u32, u32),
    ) -> Option<SearchPath> {
        let remembered: Remembered = disk::read_json(&self.search_path_file(base, ids))?;
        (remembered.revision == REVISION).then_some(remembered.search_path)
    }

    /// Remembers what a trial found.
    pub(in crate::ops) fn remember_search_path(
        &self,
        base: &ContentDigest,
        ids: (u32, u32),
        search_path: SearchPath,
    ) {
        let remembered = Remembered {
            revision: REVISION,
            search_path,
        };
        // Without it nothing is told.
        let _ = disk::write_json(&self.search_path_file(base, ids), &remembered);
    }

    /// Tells what the user of a session cannot run.
    pub(in crate::ops) fn tell_out_of_reach(&self, out_of_reach: &[OutOfReach]) {
        let (told, more) = match out_of_reach.len() {
            count if count > MOST_TOLD => out_of_reach.split_at(MOST_TOLD - 1),
            _ => (out_of_reach, &[][..]),
        };
        for finding in told {
            self.notice(&Notice::OutOfReach(finding.clone()));
        }
        if !more.is_empty() {
            self.notice(&Notice::MoreOutOfReach { count: more.len() });
        }
    }

    fn search_path_file(&self, base: &ContentDigest, (uid, gid): (u32, u32)) -> Utf8PathBuf {
        let name = format!("{}-{uid}-{gid}.json", base.hex());
        self.host.dirs.cache.join("search-paths").join(name)
    }
}
