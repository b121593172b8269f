//! The sessions of a project that surely run, told without asking the engine.

use std::{
    fs::{self, File, TryLockError},
    io,
    time::SystemTime,
};

use camino::Utf8Path;

use super::{
    project_store::sessions_dir,
    session_files::{LOCK, RUNS},
};
use crate::{disk::is_file_name, spec::ContainerName};

/// A session whose container was started and has not ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SettledSession {
    /// The session's name.
    pub session: String,
    /// Its container.
    pub container: ContainerName,
    since: SystemTime,
}

/// The sessions of the project on the engine with the key `engine`, the newest first; `None` if one of
/// them has just begun, or if what runs it has died, so that only the engine knows.
///
/// Sessions that others have, with another state directory, are not among them.
pub(crate) fn settled_sessions(
    state_dir: &Utf8Path,
    project: &str,
    engine: &str,
) -> Option<Vec<SettledSession>> {
    if !is_file_name(project) {
        return None;
    }
    let directory = sessions_dir(state_dir, project);
    let mut sessions = Vec::new();
    for entry in directory.read_dir_utf8().ok()? {
        let entry = entry.ok()?;
        let Some((session, LOCK)) = entry.file_name().rsplit_once('.') else {
            continue;
        };
        let lock = entry.path();
        // The lock is looked at last: a session that is about to take it must not find it taken.
        let runs = lock.with_extension(RUNS);
        let text = fs::read_to_string(&runs).ok()?;
        let since = fs::metadata(&runs).and_then(|file| file.modified()).ok()?;
        let (on, container) = text.split_once('\n')?;
        if !is_locked(lock).ok()? {
            return None;
        }
        if on == engine {
            sessions.push(SettledSession {
                session: session.to_owned(),
                container: container.parse().ok()?,
                since,
            });
        }
    }
    let newest_first = |a: &SettledSession, b: &SettledSession| {
        let order = b.since.cmp(&a.since);
        order.then_with(|| a.session.cmp(&b.session))
    };
    sessions.sort_by(newest_first);
    Some(sessions)
}

/// Whether the program that runs the session is alive.
fn is_locked(lock: &Utf8Path) -> io::Result<bool> {
    match File::open(lock)?.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use camino::Utf8PathBuf;

    use super::*;
    use crate::state::{ProjectStore, SessionFiles};

    struct Project {
        _directory: tempfile::TempDir,
        state: Utf8PathBuf,
        store: ProjectStore,
    }

    impl Project {
        fn new() -> Self {
            let (directory, store) = ProjectStore::temporary();
            let state = Utf8Path::from_path(directory.path()).unwrap().to_owned();
            Self {
                _directory: directory,
                state,
                store,
            }
        }

        fn begin(&self, name: &str) -> SessionFiles {
            let container = format!("c-{name}").parse().unwrap();
            SessionFiles::begin(&self.store, name, &container).unwrap()
        }

        fn runs(&self, name: &str) -> Utf8PathBuf {
            self.store.sessions_dir().join(format!("{name}.{RUNS}"))
        }

        /// A session that has been running for so long.
        fn running(&self, name: &str, engine: &str, seconds: u64) -> SessionFiles {
            let files = self.begin(name);
            files.container_runs(engine);
            let since = SystemTime::now() - Duration::from_secs(seconds);
            let file = File::options().write(true).open(self.runs(name)).unwrap();
            file.set_modified(since).unwrap();
            files
        }

        fn settled(&self) -> Option<Vec<String>> {
            let settled = settled_sessions(&self.state, "p", "e")?;
            Some(
                settled
                    .into_iter()
                    .map(|found| found.container.to_string())
                    .collect(),
            )
        }
    }

    #[test]
    fn the_newest_comes_first_and_other_engines_have_their_own() {
        let project = Project::new();
        assert_eq!(project.settled(), Some(vec![]));
        let _sessions = [
            project.running("b", "e", 60),
            project.running("a", "e", 120),
            project.running("c", "other", 30),
        ];
        assert_eq!(project.settled().unwrap(), ["c-b", "c-a"]);
    }

    #[test]
    fn one_that_has_just_begun_or_just_ended_leaves_it_to_the_engine() {
        let project = Project::new();
        let old = project.running("old", "e", 60);
        let new = project.begin("new");
        assert_eq!(project.settled(), None);
        drop(new);
        assert_eq!(project.settled().unwrap(), ["c-old"]);
        old.container_ended();
        assert_eq!(project.settled(), None);
    }

    #[test]
    fn so_does_one_whose_program_died() {
        let project = Project::new();
        let _old = project.running("old", "e", 60);
        fs::write(project.store.sessions_dir().join("dead.lock"), "c-dead").unwrap();
        fs::write(project.runs("dead"), "e\nc-dead").unwrap();
        assert_eq!(project.settled(), None);
        crate::state::remove_leftovers(&project.store).unwrap();
        assert_eq!(project.settled().unwrap(), ["c-old"]);
        assert!(!project.runs("dead").exists());
    }

    #[test]
    fn a_name_that_is_used_again_does_not_run_at_once() {
        let project = Project::new();
        fs::write(project.runs("a"), "e\nc-a").unwrap();
        let _session = project.begin("a");
        assert_eq!(project.settled(), None);
    }

    #[test]
    fn looking_takes_no_lock_from_a_session() {
        let project = Project::new();
        let session = project.running("a", "e", 60);
        assert_eq!(project.settled().unwrap(), ["c-a"]);
        drop(session);
        assert!(!project.runs("a").exists());
        assert_eq!(project.settled(), Some(vec![]));
        let _again = project.running("a", "e", 60);
    }

    #[test]
    fn a_project_without_a_store_has_none_to_tell() {
        let project = Project::new();
        assert_eq!(settled_sessions(&project.state, "q", "e"), None);
        assert!(!project.state.join("projects/q").exists());
    }
}
