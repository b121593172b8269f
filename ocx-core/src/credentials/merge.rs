//! Which entries of the host's credentials go into the store of ocx, and which leave it.

use serde_json::Value;

use super::{
    entries::{
        CredentialFile, Entries, fingerprint, is_plausible, is_well_known, may_be_same_login,
    },
    import::ImportReport,
    ledger::{Imported, Ledger},
};

/// One import of one file.
pub(super) struct Merge<'a> {
    pub(super) file: CredentialFile,
    pub(super) now: jiff::Timestamp,
    pub(super) entries: Entries,
    pub(super) ledger: Ledger,
    pub(super) report: &'a mut ImportReport,
}

impl Merge<'_> {
    /// Brings `entries` and `ledger` up to date with the host; `None` if it has no readable file.
    pub(super) fn run(&mut self, host: Option<&Entries>) {
        self.strip_well_known(host);
        if let Some(host) = host {
            self.take_from_host(host);
            self.follow_removals(host);
        }
    }

    fn name(&self, provider: &str) -> (CredentialFile, String) {
        (self.file, provider.to_owned())
    }

    /// Removes the `wellknown` entries that are not the host's. If the host's file is missing or
    /// unreadable, those stay that were imported from it earlier.
    fn strip_well_known(&mut self, host: Option<&Entries>) {
        if self.file != CredentialFile::Auth {
            return;
        }
        let foreign: Vec<String> = self
            .entries
            .0
            .iter()
            .filter(|(_, entry)| is_well_known(entry))
            .filter(|(provider, entry)| match host {
                Some(host) => host.0.get(*provider) != Some(*entry),
                None => self.ledger.fingerprint(provider) != Some(&fingerprint(entry)),
            })
            .map(|(provider, _)| provider.clone())
            .collect();
        for provider in foreign {
            self.entries.0.remove(&provider);
            // What the host has in its place counts as new.
            self.ledger.0.remove(&provider);
            let name = self.name(&provider);
            self.report.stripped.push(name);
        }
    }

    fn take_from_host(&mut self, host: &Entries) {
        for (provider, theirs) in &host.0 {
            let fingerprint = fingerprint(theirs);
            let ours = self.entries.0.get(provider);
            let is_known = self.ledger.fingerprint(provider) == Some(&fingerprint);
            let is_host_only = self.file == CredentialFile::Auth && is_well_known(theirs);
            if (is_known && !is_host_only) || ours == Some(theirs) {
                self.ledger.remember(provider, theirs, fingerprint);
                continue;
            }
            if ours.is_none_or(|ours| !self.outlives(ours, theirs)) {
                self.entries.0.insert(provider.clone(), theirs.clone());
                let name = self.name(provider);
                self.report.imported.push(name);
            }
            self.ledger.remember(provider, theirs, fingerprint);
        }
    }

    /// Whether `ours` is a refreshed form of `theirs`, going by the expiry.
    fn outlives(&self, ours: &Value, theirs: &Value) -> bool {
        let is_same = may_be_same_login(ours, theirs);
        match (self.file.expires(ours), self.file.expires(theirs)) {
            (Some(ours), Some(theirs)) => ours > theirs && is_plausible(ours, self.now) && is_same,
            _ => false,
        }
    }

    fn follow_removals(&mut self, host: &Entries) {
        let gone: Vec<(String, Imported)> = self
            .ledger
            .0
            .iter()
            .filter(|(provider, _)| !host.0.contains_key(*provider))
            .map(|(provider, imported)| (provider.clone(), imported.clone()))
            .collect();
        for (provider, imported) in gone {
            self.ledger.0.remove(&provider);
            let is_the_hosts = self.entries.0.get(&provider).is_some_and(|ours| {
                fingerprint(ours) == imported.fingerprint
                    // A refreshed token of the host's login is still the host's login.
                    || (imported.refreshable && self.file.expires(ours).is_some())
            });
            if is_the_hosts {
                self.entries.0.remove(&provider);
                let name = self.name(&provider);
                self.report.removed.push(name);
            }
        }
    }
}
