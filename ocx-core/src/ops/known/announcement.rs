//! Mentioning a newer version of opencode once.

use camino::Utf8PathBuf;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ops::Ocx;
use crate::{
    base::BaseProbe,
    disk,
    image::OpencodeVersion,
    opencode::{Freshness, candidates, resolve_latest},
    report::Notice,
    settings::VersionRequest,
};

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

    /// Looks for the newest version, if the settings want that one, so that it can be announced later.
    pub(in crate::ops) async fn refresh_latest(&self, probe: &BaseProbe) {
        let wanted = self.settings.opencode_version == VersionRequest::Latest
            && self.settings.opencode_binary.is_none();
        if wanted && !self.is_dry_run() {
            let build = &candidates(probe.arch, probe.libc, self.host.cpu.avx2)[0];
            // Nobody waits for it, and the terminal is opencode's: a failure is told by the next
            // build.
            let _ = resolve_latest(
                &self.registry,
                &self.store,
                build,
                Timestamp::now(),
                Freshness::MayUseRemembered,
            )
            .await;
        }
    }
    fn announced_file(&self) -> Utf8PathBuf {
        self.host.dirs.state.join("announced.json")
    }
}
