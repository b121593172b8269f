//! Bringing the store of a project up to date with the host's logins.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::{
    entries::CredentialFile,
    in_place_file::Found,
    ledger::Ledger,
    merge::Merge,
    reach::Reach,
    store::{AuthStore, AuthStoreError, AuthWarning, io_error, read_host},
    withheld,
};

/// What an import did. Names are those of providers and MCP servers.
#[derive(Debug, Default)]
pub(crate) struct ImportReport {
    /// Entries taken over from the host.
    pub imported: Vec<(CredentialFile, String)>,
    /// Entries removed because the host removed them.
    pub removed: Vec<(CredentialFile, String)>,
    /// `wellknown` entries that a session had added or changed, removed.
    pub stripped: Vec<(CredentialFile, String)>,
    /// Entries of the host that sessions do not get, other than the last time.
    pub withheld: Vec<(CredentialFile, String)>,
    /// What did not go well.
    pub warnings: Vec<AuthWarning>,
}

impl AuthStore {
    /// Takes over what is new, changed or gone in the host's files since the last import.
    ///
    /// `host_data_dir` is the host's `~/.local/share/opencode`. Between two logins that can be
    /// refreshed, the one that expires later wins, unless they name different accounts. An entry that the host removed goes, unless a
    /// session made a login of its own in its place. `wellknown` entries are exactly the host's.
    /// What `reach` does not have is kept where no session sees it.
    ///
    /// # Errors
    ///
    /// If the store cannot be locked, read or written. Trouble with the host's files is a warning in
    /// the report.
    pub(crate) fn import(
        &self,
        host_data_dir: &Utf8Path,
        now: jiff::Timestamp,
        reach: &Reach,
    ) -> Result<ImportReport, AuthStoreError> {
        let _lock = self.lock()?;
        let mut report = ImportReport::default();
        for file in [CredentialFile::Auth, CredentialFile::McpAuth] {
            self.import_file(file, host_data_dir, now, reach, &mut report)?;
        }
        Ok(report)
    }

    fn import_file(
        &self,
        file: CredentialFile,
        host_data_dir: &Utf8Path,
        now: jiff::Timestamp,
        reach: &Reach,
        report: &mut ImportReport,
    ) -> Result<(), AuthStoreError> {
        let store_file = self.file(file);
        let (found, recovered) = match store_file.read().map_err(io_error(store_file.path()))? {
            Found::Intact(entries) => (entries, false),
            Found::Recovered(entries) => (entries, true),
        };
        let beside = |suffix| {
            let name = file.file_name().replace(".json", suffix);
            self.directory.join(name)
        };
        let ledger_path = beside(".imported.json");
        let withheld_path = beside(".withheld.json");
        let old_ledger = if recovered {
            report.warnings.push(AuthWarning::StoreMalformed {
                path: store_file.path().to_owned(),
            });
            // The backup may lack what the ledger calls imported: compare with the host afresh.
            Ledger::default()
        } else {
            Ledger::read(&ledger_path)
        };
        let host_path = host_data_dir.join(file.file_name());
        let host = match read_host(&host_path) {
            Ok(host) => host,
            Err(warning) => {
                report.warnings.push(warning);
                None
            }
        };
        let was_withheld = withheld::read(&withheld_path);
        // Where a session has a login of the same name, it has made that itself: it did not see the
        // other.
        let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) = found
            .0
            .clone()
            .into_iter()
            .partition(|(name, _)| was_withheld.0.contains_key(name));
        let mut all = was_withheld.clone();
        all.0.extend(others);
        let mut merge = Merge {
            file,
            now,
            entries: all,
            ledger: old_ledger.clone(),
            report,
        };
        merge.run(host.as_ref());
        let Merge {
            entries, ledger, ..
        } = merge;
        let (mut entries, withheld) = withheld::split(entries, file, &ledger, reach);
        entries.0.extend(own);
        // First: if the next step fails, an entry is there twice, but not lost.
        if withheld != was_withheld {
            withheld::write(&withheld_path, &withheld).map_err(io_error(&withheld_path))?;
            let names = withheld.0.keys();
            let new = names.filter(|name| !was_withheld.0.contains_key(*name));
            report.withheld.extend(new.map(|name| (file, name.clone())));
        }
        if recovered || entries != found {
            store_file
                .write(&entries)
                .map_err(io_error(store_file.path()))?;
        }
        // Last: if this is lost, the next import takes the same entries once more.
        if ledger != old_ledger || recovered {
            ledger.write(&ledger_path).map_err(io_error(&ledger_path))?;
        }
        Ok(())
    }
}
