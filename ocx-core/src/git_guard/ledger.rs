//! What ocx keeps about a repository while sessions run on it.
//!
//! One directory for each repository, private and outside of every mount. All sessions on the
//! repository share one baseline, that of the first: what a later one finds may be the work of the
//! earlier one's agent. A baseline without a session is that of one that never ended.

use std::{
    fs::{self, File, TryLockError},
    io,
};

use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use super::{
    aside::Aside,
    baseline::{Baseline, Moment, Scope},
    error::GitGuardError,
    inspector::Inspector,
    report::{Gap, GitReport},
};
use crate::disk::{make_private_dir, open_lock_file};

/// The directory of one repository.
#[derive(Debug)]
pub(super) struct Ledger {
    directory: Utf8PathBuf,
    session: String,
}

/// Holds the repository for one session, among others.
#[derive(Debug)]
pub(super) struct Held {
    sessions: File,
}

impl Ledger {
    /// `repository` is the common Git directory, or the project's root where there is none.
    pub(super) fn open(
        state: &Utf8Path,
        repository: &Utf8Path,
        session: &str,
    ) -> Result<Self, GitGuardError> {
        let hash = hex::encode(&Sha256::digest(repository.as_str())[..10]);
        let directory = state.join(hash);
        make_private_dir(state)?;
        make_private_dir(&directory)?;
        Ok(Self {
            directory,
            session: session.to_owned(),
        })
    }

    /// The session's own directory, for what is mounted into its container.
    pub(super) fn covers(&self) -> Utf8PathBuf {
        self.directory.join(format!("covers-{}", self.session))
    }

    pub(super) fn inspector(&self, baseline: Baseline, home: &Utf8Path) -> Inspector {
        let aside = Aside::new(self.directory.join("aside").join(&self.session));
        Inspector::new(baseline, home.to_owned(), aside, self.directory.clone())
    }

    /// Begins a session: with a baseline of its own, or that of those that run. What a session that
    /// never ended has left behind is put in order first, by `finish`.
    pub(super) fn begin(
        &self,
        scope: &Scope<'_>,
        finish: impl FnOnce(Inspector) -> GitReport,
    ) -> Result<(Held, Baseline, GitReport), GitGuardError> {
        let _gate = self.gate()?;
        let sessions = self.lock_file("sessions")?;
        let others_run = match sessions.try_lock() {
            Ok(()) => false,
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(source)) => return Err(self.failed("sessions", source)),
        };
        let path = self.baseline_path();
        let before = Baseline::load(&path).map_err(|source| self.failed("baseline", source))?;
        let mut earlier = GitReport::default();
        let before = match before {
            Some(unfinished) if !others_run => {
                earlier = finish(self.inspector(unfinished, scope.home));
                self.remove_covers();
                None
            }
            other => other,
        };
        let mut gaps = Vec::new();
        let taken = Moment::now(&self.directory)
            .and_then(|started| Baseline::take(scope, started, &mut gaps))
            .map_err(|source| GitGuardError::Repository {
                path: scope.root.to_owned(),
                source,
            })?;
        earlier.gaps.append(&mut gaps);
        let baseline = match before {
            Some(mut shared) => {
                shared.join(taken);
                shared
            }
            None => taken,
        };
        baseline
            .save(&path)
            .map_err(|source| self.failed("baseline", source))?;
        // Nobody gets in between, since the gate is held.
        let held = sessions.unlock().and_then(|()| sessions.lock_shared());
        held.map_err(|source| self.failed("sessions", source))?;
        Ok((Held { sessions }, baseline, earlier))
    }

    /// Ends a session. `finish` is told whether it was the last one.
    pub(super) fn end(&self, held: &Held, finish: impl FnOnce(Last) -> GitReport) -> GitReport {
        // Without the gate the session ends as if others ran, and the next one does the rest.
        let gate = self.gate();
        let is_last =
            gate.is_ok() && held.sessions.unlock().is_ok() && held.sessions.try_lock().is_ok();
        let mut report = finish(if is_last { Last::Yes } else { Last::No });
        if is_last && let Err(source) = fs::remove_file(self.baseline_path()) {
            let path = self.baseline_path();
            report.gaps.push(Gap::Refused { path, source });
        }
        if is_last {
            self.remove_covers();
        } else {
            let _ = fs::remove_dir_all(self.covers());
        }
        report
    }

    /// Ends a session that never ran. What would have been mounted stays, for whoever was told of it.
    pub(super) fn release(&self, held: &Held) {
        if let Ok(_gate) = self.gate()
            && held.sessions.unlock().is_ok()
            && held.sessions.try_lock().is_ok()
        {
            // Without it nothing is compared; if it stays, all is compared with what is now.
            let _ = fs::remove_file(self.baseline_path());
        }
    }

    fn gate(&self) -> Result<File, GitGuardError> {
        let gate = self.lock_file("gate")?;
        gate.lock().map_err(|source| self.failed("gate", source))?;
        Ok(gate)
    }

    fn lock_file(&self, name: &str) -> Result<File, GitGuardError> {
        open_lock_file(&self.directory.join(name)).map_err(|source| self.failed(name, source))
    }

    fn baseline_path(&self) -> Utf8PathBuf {
        self.directory.join("baseline.json")
    }

    fn failed(&self, name: &str, source: io::Error) -> GitGuardError {
        GitGuardError::State {
            path: self.directory.join(name),
            source,
        }
    }

    /// Removes what sessions have had mounted, and second names of index files.
    fn remove_covers(&self) {
        let Ok(entries) = self.directory.read_dir_utf8() else {
            return;
        };
        for entry in entries.flatten() {
            let name = entry.file_name();
            if name.starts_with("covers-") || name.starts_with("index-") {
                let _ = fs::remove_dir_all(entry.path());
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

/// Whether no other session runs on the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
    Yes,
    No,
}
