//! Sessions of the projects around this one.
//!
//! A directory becomes a project by an `ocx.toml` or a `.git` in it, and a session of the project around it
//! can write both. Whoever calls ocx down there would be in a project that nobody knows yet, and `ocx build`
//! in one is consent. So what those sessions wrote is the agent's here as well.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Change, Fingerprint, Inventory, TrustError,
    change::between,
    files::{read_marks, read_record, record_file, sessions_of},
    judge,
    record::Record,
};
use crate::host::Host;

/// What sessions of one project around this one are known to have done.
#[derive(Clone, Debug)]
pub(super) struct Enclosing {
    record: Record,
    /// What was there when sessions began of which nobody knows that they have ended.
    running: Vec<Inventory>,
}

impl Enclosing {
    /// Those of the projects that `root` lies in.
    pub(super) fn of(host: &Host, root: &Utf8Path) -> Result<Vec<Self>, TrustError> {
        let mut all = Vec::new();
        for around in root.ancestors().skip(1) {
            let marks = read_marks(&sessions_of(host, around))?;
            let running: Vec<_> = marks.into_iter().map(|(_, mark)| mark.before).collect();
            let file = record_file(host, around);
            if !running.is_empty() || file.symlink_metadata().is_ok() {
                let record = read_record(&file, around)?;
                all.push(Self { record, running });
            }
        }
        Ok(all)
    }

    pub(super) fn is_running(&self) -> bool {
        !self.running.is_empty()
    }

    /// What they changed of what is there `now` in the project at `root`.
    fn changes(&self, root: &Utf8Path, now: &Inventory) -> BTreeMap<Utf8PathBuf, Change> {
        let made = self.record.agent_made.iter().filter_map(|(path, made)| {
            let is = now.entries.get(path)?.print.clone();
            (made.was.as_ref() != Some(&is)).then(|| Change {
                path: path.clone(),
                purpose: made.purpose,
                was: made.was.clone(),
                is,
            })
        });
        let running = self.running.iter();
        let meanwhile = running.flat_map(|before| between(before, now, root));
        let by_times = judge::by_times(&self.record.windows, root, now);
        made.chain(meanwhile)
            .chain(by_times)
            .filter(|change| change.is != Fingerprint::Absent)
            .map(|change| (change.path.clone(), change))
            .collect()
    }
}

/// What sessions around the project changed, and nobody has accepted here.
pub(super) fn changes(around: &[Enclosing], record: &Record, now: &Inventory) -> Vec<Change> {
    let found = around
        .iter()
        .flat_map(|one| one.changes(&record.root, now).into_values());
    found
        .filter(|change| record.accepted.get(&change.path) != Some(&change.is))
        .map(|change| Change {
            // They may be read for something else here.
            purpose: now.purpose(&change.path).unwrap_or(change.purpose),
            ..change
        })
        .collect()
}
