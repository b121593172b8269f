//! Telling once which limits the engine cannot enforce.

use camino::Utf8PathBuf;

use crate::ops::Ocx;
use crate::{disk, report::Notice, runtime::EngineInfo, session::plan::unenforced_limits};

impl Ocx {
    /// Tells which limits of the settings the engine cannot enforce, unless just that was told before:
    /// it would be the same line at each start.
    pub(in crate::ops) fn tell_unenforced_limits(&self, engine: &EngineInfo) {
        let unenforced = unenforced_limits(&self.settings, engine);
        let file = self.told_file();
        let told: Vec<String> = disk::read_json(&file).unwrap_or_default();
        if unenforced
            .iter()
            .all(|name| told.iter().any(|told| told == name))
        {
            return;
        }
        if !self.is_dry_run() {
            // Without it, the same is told again the next time.
            let _ = disk::write_json(&file, &unenforced);
        }
        self.notice(&Notice::UnenforcedLimits(unenforced));
    }

    fn told_file(&self) -> Utf8PathBuf {
        let name = format!("unenforced-{}.json", self.runtime.name());
        self.host.dirs.state.join(name)
    }
}
