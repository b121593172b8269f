//! The directories of detached sessions.

use std::{
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt as _,
};

use camino::{Utf8Path, Utf8PathBuf};

use super::{DetachedEnd, DetachedRun, DetachedState};
use crate::{
    disk::{
        PrivateDirError, is_file_name, is_lock_held, make_private_dir, open_lock_file,
        read_bounded, read_json, write_atomically,
    },
    session::SessionId,
};

/// How many that have ended are kept.
const KEPT: usize = 20;

const RECORD: &str = "run.json";
const END: &str = "end.json";
const LOCK: &str = "lock";
const OUTPUT: &str = "output";
const MODES: &str = "modes";

/// More are not read.
const MOST_MODES: u64 = 4096;

/// The detached sessions of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DetachedStore {
    directory: Utf8PathBuf,
}

/// The word of the process that runs a session: it lives for as long as this does.
#[derive(Debug)]
#[must_use = "the session counts as ended when this is dropped"]
pub struct HeldRun {
    directory: Utf8PathBuf,
    _lock: File,
}

/// Why something about a detached session could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DetachedError {
    /// No session that was detached is called so, or there is none of the project.
    #[error("{}", match id {
        Some(id) => format!("no detached session has an ID that begins with `{id}`"),
        None => "this project has had no detached session".to_owned(),
    })]
    None {
        /// What was asked for, if something was.
        id: Option<String>,
    },
    /// More than one is called so.
    #[error("more than one detached session has an ID that begins with `{id}`")]
    Ambiguous {
        /// What was asked for.
        id: String,
    },
    /// Its directory cannot be made.
    #[error(transparent)]
    Directory(#[from] PrivateDirError),
    /// A file of its cannot be read or written.
    #[error("cannot use `{path}`")]
    File {
        /// The file.
        path: Utf8PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl DetachedStore {
    /// Those of the user with this [state directory](crate::host::Dirs::state).
    #[must_use]
    pub fn new(state: &Utf8Path) -> Self {
        Self {
            directory: state.join("detached"),
        }
    }

    /// Makes the file for what a session prints, and removes what is kept of the oldest that have ended.
    ///
    /// # Errors
    ///
    /// If its directory or the file cannot be made.
    pub fn make_output(&self, session: &SessionId) -> Result<File, DetachedError> {
        make_private_dir(&self.directory)?;
        self.forget_the_oldest();
        make_private_dir(&self.directory.join(session.as_str()))?;
        let path = self.output(session.as_str());
        let opened = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(&path);
        opened.map_err(|source| DetachedError::File { path, source })
    }

    /// Where a session prints to, if that is a file; with a terminal of its own, what ocx said.
    #[must_use]
    pub fn output(&self, session: &str) -> Utf8PathBuf {
        self.directory.join(session).join(OUTPUT)
    }

    /// What brings a terminal into the state in which the terminal of a session is, but for what it shows:
    /// escape sequences. Empty if nobody knows.
    #[must_use]
    pub fn modes(&self, session: &str) -> Vec<u8> {
        let path = self.directory.join(session).join(MODES);
        read_bounded(&path, MOST_MODES).unwrap_or_default()
    }

    /// Writes a session down that this process runs from now on.
    ///
    /// # Errors
    ///
    /// If its files cannot be written.
    pub fn begin(&self, run: &DetachedRun) -> Result<HeldRun, DetachedError> {
        make_private_dir(&self.directory)?;
        let directory = self.directory.join(&run.session);
        make_private_dir(&directory)?;
        let path = directory.join(LOCK);
        let lock = open_lock_file(&path).and_then(|file| {
            file.lock()?;
            Ok(file)
        });
        let lock = lock.map_err(|source| DetachedError::File { path, source })?;
        write(&directory.join(RECORD), run)?;
        Ok(HeldRun {
            directory,
            _lock: lock,
        })
    }

    /// All that are known, the newest first.
    #[must_use]
    pub fn all(&self) -> Vec<DetachedRun> {
        let entries = self.directory.read_dir_utf8();
        let mut all: Vec<DetachedRun> = entries
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let run: DetachedRun = read_json(&entry.path().join(RECORD))?;
                // Its ID is a part of paths from now on.
                (run.session == entry.file_name() && is_file_name(&run.session)).then_some(run)
            })
            .collect();
        all.sort_by(|a, b| {
            let newest_first = b.began.cmp(&a.began);
            newest_first.then_with(|| a.session.cmp(&b.session))
        });
        all
    }

    /// The one whose ID begins with `id`, or the newest of the project at `root`.
    ///
    /// # Errors
    ///
    /// If there is none, or more than one.
    pub fn find(&self, id: Option<&str>, root: &Utf8Path) -> Result<DetachedRun, DetachedError> {
        let all = self.all();
        let Some(id) = id else {
            let newest = all.into_iter().find(|run| run.project == root);
            return newest.ok_or(DetachedError::None { id: None });
        };
        let mut found = all.into_iter().filter(|run| run.session.starts_with(id));
        match (found.next(), found.next()) {
            (Some(run), None) => Ok(run),
            (None, _) => Err(DetachedError::None {
                id: Some(id.to_owned()),
            }),
            (Some(_), Some(_)) => Err(DetachedError::Ambiguous { id: id.to_owned() }),
        }
    }

    /// What has become of a session.
    #[must_use]
    pub fn state(&self, session: &str) -> DetachedState {
        let directory = self.directory.join(session);
        // In this order: the end is written before the lock is given up.
        let lives = is_lock_held(&directory.join(LOCK));
        match (lives, read_json(&directory.join(END))) {
            (true, _) => DetachedState::Runs,
            (false, Some(end)) => DetachedState::Ended(end),
            (false, None) => DetachedState::Lost,
        }
    }

    /// Waits until the process that runs a session has ended. Blocks this thread.
    ///
    /// # Errors
    ///
    /// If its lock cannot be used.
    pub fn wait(&self, session: &str) -> Result<DetachedState, DetachedError> {
        let path = self.directory.join(session).join(LOCK);
        let waited = File::open(&path).and_then(|lock| lock.lock_shared());
        waited.map_err(|source| DetachedError::File { path, source })?;
        Ok(self.state(session))
    }

    /// Removes what is kept of sessions of a project that is gone. What fails is forgotten when others come.
    pub(crate) fn forget_project(&self, root: &Utf8Path) {
        let runs = self.all().into_iter().filter(|run| run.project == root);
        for run in runs.filter(|run| self.state(&run.session) != DetachedState::Runs) {
            let _ = fs::remove_dir_all(self.directory.join(&run.session));
        }
    }

    fn forget_the_oldest(&self) {
        let over = self.all().into_iter();
        let over = over.filter(|run| self.state(&run.session) != DetachedState::Runs);
        for run in over.skip(KEPT - 1) {
            // What stays is removed by the next one.
            let _ = fs::remove_dir_all(self.directory.join(&run.session));
        }
    }
}

/// Where the process that runs a session writes down what changes meanwhile.
#[derive(Clone, Debug)]
pub struct RunFiles {
    directory: Utf8PathBuf,
}

impl RunFiles {
    /// Writes down the state of the session's terminal.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn write_modes(&self, modes: &[u8]) -> Result<(), DetachedError> {
        let path = self.directory.join(MODES);
        let written = write_atomically(&path, modes, 0o600);
        written.map_err(|source| DetachedError::File { path, source })
    }
}

impl HeldRun {
    /// The session's files.
    #[must_use]
    pub fn files(&self) -> RunFiles {
        RunFiles {
            directory: self.directory.clone(),
        }
    }

    /// Writes down how the session ended.
    ///
    /// # Errors
    ///
    /// If that cannot be written.
    pub fn end(self, end: &DetachedEnd) -> Result<(), DetachedError> {
        write(&self.directory.join(END), end)
    }
}

fn write(path: &Utf8Path, value: &impl serde::Serialize) -> Result<(), DetachedError> {
    let written = serde_json::to_vec(value)
        .map_err(io::Error::other)
        .and_then(|text| write_atomically(path, &text, 0o600));
    written.map_err(|source| DetachedError::File {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detached::DetachedStreams;

    struct Scene {
        _directory: tempfile::TempDir,
        store: DetachedStore,
    }

    impl Scene {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let state = Utf8Path::from_path(directory.path()).unwrap();
            Self {
                store: DetachedStore::new(state),
                _directory: directory,
            }
        }

        fn begin(&self, session: &str, project: &str, seconds: i64) -> HeldRun {
            let command = vec!["opencode".to_owned()];
            let mut run = DetachedRun::new(
                session.to_owned(),
                project.into(),
                command,
                DetachedStreams::File,
            );
            run.began = jiff::Timestamp::from_second(seconds).unwrap();
            self.store.make_output(&session.parse().unwrap()).unwrap();
            self.store.begin(&run).unwrap()
        }
    }

    #[test]
    fn what_becomes_of_one() {
        let scene = Scene::new();
        let held = scene.begin("11111111", "/p", 1);
        assert_eq!(scene.store.state("11111111"), DetachedState::Runs);
        let end = DetachedEnd::now(3);
        held.end(&end).unwrap();
        assert_eq!(
            scene.store.state("11111111"),
            DetachedState::Ended(end.clone())
        );
        assert_eq!(
            scene.store.wait("11111111").unwrap(),
            DetachedState::Ended(end)
        );
        drop(scene.begin("22222222", "/p", 2));
        assert_eq!(scene.store.state("22222222"), DetachedState::Lost);
    }

    #[test]
    fn one_is_found_by_the_beginning_of_its_id_or_as_the_newest_of_a_project() {
        let scene = Scene::new();
        let _held = [
            scene.begin("11111111", "/p", 1),
            scene.begin("12222222", "/p", 2),
            scene.begin("13333333", "/other", 3),
        ];
        let find = |id, root: &str| {
            let found = scene.store.find(id, root.into());
            found.map(|run| run.session)
        };
        assert_eq!(find(None, "/p").unwrap(), "12222222");
        assert_eq!(find(Some("13"), "/p").unwrap(), "13333333");
        assert!(matches!(
            find(Some("1"), "/p"),
            Err(DetachedError::Ambiguous { .. })
        ));
        for (id, root) in [(Some("2"), "/p"), (None, "/q")] {
            assert!(matches!(find(id, root), Err(DetachedError::None { .. })));
        }
    }

    #[test]
    fn the_oldest_that_have_ended_are_forgotten() {
        let scene = Scene::new();
        let _runs = scene.begin("00000000", "/p", 0);
        let begin_and_end = |number: i64| {
            let held = scene.begin(&format!("{number:08x}"), "/p", number);
            held.end(&DetachedEnd::now(0)).unwrap();
            let left = scene.store.all().into_iter();
            left.map(|run| run.session).collect::<Vec<String>>()
        };
        for number in 1..30 {
            begin_and_end(number);
        }
        // A process that another test begins has all locks for a moment, and what looks locked stays until
        // the next one is forgotten.
        let mut more = 30..60;
        let left = more
            .find_map(|number| Some(begin_and_end(number)).filter(|left| left.len() == KEPT + 1))
            .expect("the others are forgotten");
        assert_eq!(*left.first().unwrap(), format!("{:08x}", more.start - 1));
        assert_eq!(left.last().unwrap(), "00000000");
    }

    #[test]
    fn a_record_that_was_moved_or_cannot_be_read_is_none() {
        let scene = Scene::new();
        drop(scene.begin("11111111", "/p", 1));
        let directory = &scene.store.directory;
        fs::rename(directory.join("11111111"), directory.join("22222222")).unwrap();
        drop(scene.begin("33333333", "/p", 1));
        fs::write(directory.join("33333333").join(RECORD), "{").unwrap();
        assert_eq!(scene.store.all(), []);
    }
}
