//! The records of trust on the disk.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};

use super::{
    Change, Inventory, Purpose, Sources, Standing, TrustError, Verdict,
    change::touched,
    enclosing::{self, Enclosing},
    files::{
        LATEST, SessionMark, read_json, read_marks, read_record, record_file, sessions_of, write,
    },
    judge,
    moved::SameDirectory,
    record::Record,
};
use crate::{
    disk::{is_file_name, make_private_dir, open_lock_file, write_json},
    host::Host,
    project::Project,
    settings::{Approvals, ContentHash},
};

/// What is kept about the trust in one project: in `<data>/trust/<id>.json` what the user has said and
/// what agents have made, in `<state>/projects/<id>/trust` what was there when running sessions began.
/// No container ever sees either of them.
///
/// A record that cannot be understood is one in which nothing is trusted.
#[derive(Clone, Debug)]
pub struct Trust {
    file: Utf8PathBuf,
    sessions: Utf8PathBuf,
    root: Utf8PathBuf,
    record: Record,
    marks: Vec<(Utf8PathBuf, SessionMark)>,
    around: Vec<Enclosing>,
}

/// How far an approval goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is there now.
    ThisContent,
    /// What the project will ask for as well, unless an agent makes it do so.
    ThisProject,
}

impl Trust {
    /// What is kept about `project`. Reads, and changes nothing.
    ///
    /// # Errors
    ///
    /// If a file is there and the system does not let it be read.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # fn example(host: &ocx_core::Host, project: &ocx_core::Project) -> Result<(), Box<dyn std::error::Error>> {
    /// let trust = ocx_core::trust::Trust::open(host, project)?;
    /// println!("{:?}", trust.standing());
    /// # Ok(())
    /// # }
    /// ```
    pub fn open(host: &Host, project: &Project) -> Result<Self, TrustError> {
        Self::at(host, &project.root)
    }

    /// What is kept about the project with this canonical root.
    pub(super) fn at(host: &Host, root: &Utf8Path) -> Result<Self, TrustError> {
        let mut trust = Self {
            file: record_file(host, root),
            sessions: sessions_of(host, root),
            root: root.to_owned(),
            record: Record::default(),
            marks: Vec::new(),
            around: Enclosing::of(host, root)?,
        };
        trust.reload()?;
        Ok(trust)
    }

    /// Whose work it is what is read for `purposes`.
    #[must_use]
    pub fn verdict(&self, now: &Inventory, purposes: &[Purpose]) -> Verdict {
        let running: Vec<&Inventory> = self.marks.iter().map(|(_, mark)| &mark.before).collect();
        let around = enclosing::changes(&self.around, &self.record, now);
        judge::judge(&self.record, &running, around, now, purposes)
    }

    /// Whether a session changed the file at `path`, or may have: of a file that ocx does not read otherwise,
    /// its times tell.
    #[must_use]
    pub fn is_of_session(&self, path: &Utf8Path) -> bool {
        let now = Inventory::take(&Sources::of_file(path), &Inventory::default());
        match self.verdict(&now, &[Purpose::Settings]) {
            Verdict::AgentMade(changes) => changes.iter().any(|change| change.path == path),
            Verdict::Known | Verdict::UsersOwn | Verdict::Untrusted => false,
        }
    }

    /// Which loosening values of the project's settings may take effect. What an agent made needs an
    /// approval of just that.
    #[must_use]
    pub fn approvals(&self, now: &Inventory) -> Approvals {
        let verdict = self.verdict(now, &[Purpose::Settings]);
        let is_agents = matches!(verdict, Verdict::AgentMade(_));
        if self.standing() == Some(Standing::Always) && !is_agents {
            return Approvals::everything();
        }
        self.record
            .contents
            .iter()
            .fold(Approvals::none(), |all, one| all.with(one.clone()))
    }

    /// How far the project is trusted; `None` if nobody has said anything.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        self.record.standing
    }

    /// The text that a file had when it was last known to be the user's own.
    #[must_use]
    pub fn known_text(&self, path: &Utf8Path) -> Option<&str> {
        self.record.texts.get(path).map(String::as_str)
    }

    /// What was there when the last session began or ended, so that it is not read again.
    #[must_use]
    pub(crate) fn known_inventory(&self) -> Inventory {
        read_json(&self.sessions.join(LATEST))
            .ok()
            .flatten()
            .unwrap_or_default()
    }

    /// Looks at all of `sources`, and remembers it for the next time.
    #[must_use]
    pub fn take(&self, sources: &Sources) -> Inventory {
        let known = self.known_inventory();
        let mut inventory = Inventory::take(sources, &known);
        let taken = inventory.clone();
        // Another look, at less, does not forget what the last one saw.
        for (path, entry) in known.entries {
            inventory.entries.entry(path).or_insert(entry);
        }
        if known.taken != 0 && inventory.entries.len() > MOST_REMEMBERED {
            inventory.entries = taken.entries.clone();
        }
        inventory.taken = taken.taken;
        // Only a look takes longer without it.
        if make_private_dir(&self.sessions).is_ok() {
            let _ = write_json(&self.sessions.join(LATEST), &inventory);
        }
        taken
    }

    /// Writes down that the user agrees with what is there now for `purposes`.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn accept(
        &mut self,
        now: &Inventory,
        purposes: &[Purpose],
        content: Option<ContentHash>,
        extent: Extent,
    ) -> Result<(), TrustError> {
        let standing = match extent {
            Extent::ThisContent => Standing::Known,
            Extent::ThisProject => Standing::Always,
        };
        let around = self.around.clone();
        self.update(|record, marks| {
            let mut running: Vec<Inventory> =
                marks.iter().map(|(_, mark)| mark.before.clone()).collect();
            judge::accept(record, &mut running, now, purposes);
            for change in enclosing::changes(&around, record, now) {
                if purposes.contains(&change.purpose) {
                    record.accepted.insert(change.path, change.is);
                }
            }
            for ((_, mark), before) in marks.iter_mut().zip(running) {
                mark.before = before;
            }
            record.raise(standing, now.taken);
            record.agreed.extend(purposes);
            if let Some(content) = content {
                record.approve(content);
            }
        })
    }

    /// Writes down that a session begins.
    ///
    /// # Errors
    ///
    /// If that cannot be written. Then the session must not run: nobody would know what it changed.
    pub fn begin(&mut self, session: &str, sources: &Sources) -> Result<Inventory, TrustError> {
        let now = self.take(sources);
        let file = self.mark(session)?;
        let around = enclosing::changes(&self.around, &self.record, &now);
        self.update(|record, marks| {
            for purpose in Purpose::ALL {
                let running: Vec<&Inventory> = marks.iter().map(|(_, mark)| &mark.before).collect();
                let verdict = judge::judge(record, &running, around.clone(), &now, &[purpose]);
                if verdict == Verdict::UsersOwn {
                    judge::remember(record, &now, &[purpose]);
                }
            }
            let mark = SessionMark {
                sources: sources.clone(),
                before: now.clone(),
            };
            marks.push((file, mark));
        })?;
        Ok(now)
    }

    /// Writes down that a session has ended: what is different from when it began is the agent's.
    /// `sources` are those of the settings as they are now. A session that has not begun changes
    /// nothing.
    ///
    /// # Errors
    ///
    /// If that cannot be written. The session then counts as running.
    pub fn end(&mut self, session: &str, sources: &Sources) -> Result<(), TrustError> {
        let file = self.mark(session)?;
        self.reload()?;
        let Some((_, mark)) = self.marks.iter().find(|(name, _)| *name == file) else {
            return Ok(());
        };
        let now = self.take(&sources.clone().and(&mark.sources));
        self.update(|record, marks| {
            if let Some(position) = marks.iter().position(|(name, _)| *name == file) {
                let (_, mark) = marks.remove(position);
                judge::end(record, &mark.before, &now);
            }
        })
    }

    /// What was written between two looks while a session was running, here or in a project around this
    /// one; also what is again as it was.
    #[must_use]
    pub(crate) fn written_meanwhile(&self, before: &Inventory, now: &Inventory) -> Vec<Change> {
        let is_running = !self.marks.is_empty() || self.around.iter().any(Enclosing::is_running);
        if is_running {
            touched(before, now)
        } else {
            Vec::new()
        }
    }

    /// The sessions of which nobody knows that they have ended.
    pub fn running(&self) -> impl Iterator<Item = &str> {
        self.marks.iter().filter_map(|(file, _)| file.file_stem())
    }

    /// Takes back what the user has said. What agents have made is not forgotten.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn revoke(&mut self) -> Result<(), TrustError> {
        self.update(|record, _| {
            record.standing = None;
            record.contents.clear();
            record.known.clear();
            record.agreed.clear();
            record.accepted.clear();
        })
    }

    /// Adds what another record knows.
    pub(super) fn take_over(&mut self, old: Record, same: SameDirectory) -> Result<(), TrustError> {
        self.update(|record, _| record.take_over(old, same))
    }

    fn mark(&self, session: &str) -> Result<Utf8PathBuf, TrustError> {
        let file = self.sessions.join(format!("{session}.json"));
        if is_file_name(session) && format!("{session}.json") != LATEST {
            Ok(file)
        } else {
            let source = io::ErrorKind::InvalidInput.into();
            Err(TrustError::File { path: file, source })
        }
    }

    fn reload(&mut self) -> Result<(), TrustError> {
        self.record = read_record(&self.file, &self.root)?;
        self.marks = read_marks(&self.sessions)?;
        Ok(())
    }

    /// Changes record and marks while nobody else does.
    fn update(
        &mut self,
        change: impl FnOnce(&mut Record, &mut Vec<(Utf8PathBuf, SessionMark)>),
    ) -> Result<(), TrustError> {
        let directory = self.file.parent().unwrap_or(&self.file);
        make_private_dir(directory)?;
        make_private_dir(&self.sessions)?;
        let lock = self.file.with_extension("lock");
        let failed = |source| TrustError::File {
            path: lock.clone(),
            source,
        };
        let held = open_lock_file(&lock).map_err(failed)?;
        held.lock().map_err(failed)?;
        self.reload()?;
        let (record, marks) = (self.record.clone(), self.marks.clone());
        change(&mut self.record, &mut self.marks);
        // Only what is another: each write waits for the disk, and sessions wait for it. The record
        // comes first: a session whose mark is still there counts as running.
        if self.record != record {
            write(&self.file, &self.record)?;
        }
        for mark in self.marks.iter().filter(|mark| !marks.contains(mark)) {
            write(&mark.0, &mark.1)?;
        }
        for (file, _) in marks {
            if !self.marks.iter().any(|(kept, _)| *kept == file) {
                fs::remove_file(&file).map_err(|source| TrustError::File { path: file, source })?;
            }
        }
        Ok(())
    }
}

/// More is not carried along in it.
const MOST_REMEMBERED: usize = 40_000;
