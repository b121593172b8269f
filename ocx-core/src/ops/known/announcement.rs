//! Mentioning a newer version of opencode once.

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

use crate::ops::Ocx;
use crate::{base::BaseProbe, disk, image::OpencodeVersion, report::Notice};

/// The newest version that the user was told of.
#[derive(Serialize, Deserialize)]
struct Announced {
    opencode: OpencodeVersion,
}

impl Ocx {
    /// Tells of a version that is known to be newer than the one in use, unless that was told
    /// before. It asks nobody.
    pub(in crate::ops) fn announce_newer(&self, probe: &BaseProbe, used: &OpencodeVersion) {
        if self.is_dry_run() {
            return;
        }
        let Some(newer) = self.newer_version(probe, used) else {
            return;
        };
        let told: Option<Announced> = disk::read_json(&self.announced_file());
        if told.is_some_and(|told| told.opencode >= newer) {
            return;
        }
        self.notice(&Notice::NewerVersion {
            newer: newer.clone(),
            used: used.clone(),
        });
        // Without it, the same is told again the next time.
        let _ = disk::write_json(&self.announced_file(), &Announced { opencode: newer });
    }

    fn announced_file(&self) -> Utf8PathBuf {
        self.host.dirs.state.join("announced.json")
    }
}
