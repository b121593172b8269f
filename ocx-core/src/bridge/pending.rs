//! Hosts that wait for the user's word, as they are seen from outside of the session.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    sync::{Mutex, MutexGuard, PoisonError},
};

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Destination, Rule, rule::reaches_special};
use crate::disk::{read_json, write_json};

/// More requests do not wait at once.
const MOST_REQUESTS: usize = 64;

/// More hosts do not.
const MOST_HOSTS: usize = 32;

/// Of more hosts nobody is told; they are in the file like all others.
const MOST_TOLD: usize = 100;

/// A host that waits for the user's word on whether a session may reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PendingHost {
    /// The session's ID.
    pub session: String,
    /// The host and the port.
    pub destination: Destination,
    /// Since when a request for it has been waiting.
    pub since: Timestamp,
}

impl PendingHost {
    /// The rule that is about exactly this host and port.
    #[must_use]
    pub fn rule(&self) -> Rule {
        let Destination { target, port } = self.destination.clone();
        Rule::host(target, Some(port))
    }

    /// Whether it is an address of the host or its neighbours, not one of the public network.
    #[must_use]
    pub fn is_special(&self) -> bool {
        reaches_special(&self.rule())
    }
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    destination: String,
    since: Timestamp,
}

/// Who is told of a host that begins to wait, once.
type Tell = Box<dyn Fn(&Destination) + Send + Sync>;

/// The hosts of a session that wait, also in a file that no session has mounted. There is none while nothing
/// waits.
pub(crate) struct PendingHosts {
    file: Utf8PathBuf,
    tell: Tell,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    hosts: BTreeMap<Destination, Waiting>,
    requests: usize,
    told: BTreeSet<Destination>,
    is_over: bool,
}

#[derive(Debug)]
struct Waiting {
    since: Timestamp,
    requests: usize,
}

/// A request that waits, until this is dropped.
#[derive(Debug)]
#[must_use = "it waits until this is dropped"]
pub(super) struct WaitingRequest<'p> {
    pending: &'p PendingHosts,
    destination: &'p Destination,
}

impl PendingHosts {
    /// Nothing waits yet.
    pub(crate) fn new(
        file: Utf8PathBuf,
        tell: impl Fn(&Destination) + Send + Sync + 'static,
    ) -> Self {
        Self {
            file,
            tell: Box::new(tell),
            open: Mutex::default(),
        }
    }

    /// Has a request wait; `None` if too many do.
    pub(super) fn enter<'p>(&'p self, destination: &'p Destination) -> Option<WaitingRequest<'p>> {
        let mut open = self.open();
        let is_known = open.hosts.contains_key(destination);
        let is_full = open.requests >= MOST_REQUESTS;
        if open.is_over || is_full || (!is_known && open.hosts.len() >= MOST_HOSTS) {
            return None;
        }
        open.requests += 1;
        let waiting = open.hosts.entry(destination.clone());
        let waiting = waiting.or_insert_with(|| Waiting {
            since: Timestamp::now(),
            requests: 0,
        });
        waiting.requests += 1;
        if !is_known {
            self.write(&open);
        }
        let is_told = open.told.len() >= MOST_TOLD || !open.told.insert(destination.clone());
        drop(open);
        if !is_told {
            (self.tell)(destination);
        }
        Some(WaitingRequest {
            pending: self,
            destination,
        })
    }

    /// The session has ended: nothing is written any more, and the file goes.
    pub(crate) fn end(&self) {
        let mut open = self.open();
        open.is_over = true;
        let _ = fs::remove_file(&self.file);
    }

    /// On a full disk, say, the user does not see what waits, and it is refused in the end.
    fn write(&self, open: &Open) {
        if open.is_over {
            return;
        }
        if open.hosts.is_empty() {
            let _ = fs::remove_file(&self.file);
            return;
        }
        let line = |(destination, waiting): (&Destination, &Waiting)| Line {
            destination: destination.to_string(),
            since: waiting.since,
        };
        let lines: Vec<Line> = open.hosts.iter().map(line).collect();
        let _ = write_json(&self.file, &lines);
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for PendingHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingHosts")
            .field("file", &self.file)
            .field("open", &self.open)
            .finish_non_exhaustive()
    }
}

impl Drop for WaitingRequest<'_> {
    fn drop(&mut self) {
        let mut open = self.pending.open();
        open.requests -= 1;
        let Some(waiting) = open.hosts.get_mut(self.destination) else {
            return;
        };
        waiting.requests -= 1;
        if waiting.requests == 0 {
            open.hosts.remove(self.destination);
            self.pending.write(&open);
        }
    }
}

/// What such a file of a session's holds; nothing if there is none.
pub(crate) fn read_pending(file: &Utf8Path, session: &str) -> Vec<PendingHost> {
    let lines: Vec<Line> = read_json(file).unwrap_or_default();
    let host = |line: Line| {
        Some(PendingHost {
            session: session.to_owned(),
            destination: Destination::parse(&line.destination).ok()?,
            since: line.since,
        })
    };
    lines.into_iter().filter_map(host).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    struct World {
        pending: PendingHosts,
        told: Arc<Mutex<Vec<String>>>,
        directory: tempfile::TempDir,
    }

    fn world() -> World {
        let directory = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(directory.path()).unwrap();
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let telling = Arc::clone(&told);
        let pending = PendingHosts::new(file.join("s.pending"), move |destination| {
            telling.lock().unwrap().push(destination.to_string());
        });
        World {
            pending,
            told,
            directory,
        }
    }

    impl World {
        fn seen(&self) -> Vec<String> {
            let found = read_pending(&self.pending.file, "s");
            let host = |host: &PendingHost| host.destination.to_string();
            found.iter().map(host).collect()
        }

        fn files(&self) -> usize {
            fs::read_dir(self.directory.path()).unwrap().count()
        }
    }

    fn host(number: usize) -> Destination {
        Destination::parse(&format!("h{number}.example:443")).unwrap()
    }

    #[test]
    fn a_host_is_seen_and_told_once_while_any_request_waits() {
        let world = world();
        assert_eq!(world.files(), 0);
        let (one, two) = (host(1), host(2));
        let first = world.pending.enter(&one).unwrap();
        let again = world.pending.enter(&one).unwrap();
        let other = world.pending.enter(&two).unwrap();
        assert_eq!(world.seen(), ["h1.example:443", "h2.example:443"]);
        drop(first);
        drop(other);
        assert_eq!(world.seen(), ["h1.example:443"]);
        drop(again);
        assert_eq!(world.files(), 0);
        drop(world.pending.enter(&one).unwrap());
        let told = world.told.lock().unwrap();
        assert_eq!(*told, ["h1.example:443", "h2.example:443"]);
    }

    #[test]
    fn only_so_many_wait() {
        let world = world();
        let hosts: Vec<Destination> = (0..=MOST_HOSTS).map(host).collect();
        let mut waiting = Vec::new();
        for host in &hosts[..MOST_HOSTS] {
            waiting.push(world.pending.enter(host).unwrap());
        }
        assert!(world.pending.enter(&hosts[MOST_HOSTS]).is_none());
        while waiting.len() < MOST_REQUESTS {
            waiting.push(world.pending.enter(&hosts[0]).unwrap());
        }
        assert!(world.pending.enter(&hosts[0]).is_none());
        assert_eq!(world.seen().len(), MOST_HOSTS);
        // Others may when these have gone.
        waiting.clear();
        let _waits = world.pending.enter(&hosts[MOST_HOSTS]).unwrap();
        assert_eq!(world.seen(), [hosts[MOST_HOSTS].to_string()]);
    }

    #[test]
    fn nobody_is_told_of_hosts_without_end() {
        let world = world();
        for number in 0..MOST_TOLD + 10 {
            drop(world.pending.enter(&host(number)).unwrap());
        }
        assert_eq!(world.told.lock().unwrap().len(), MOST_TOLD);
    }

    #[test]
    fn nothing_is_left_after_the_end() {
        let world = world();
        let (one, two) = (host(1), host(2));
        let first = world.pending.enter(&one).unwrap();
        let second = world.pending.enter(&two).unwrap();
        world.pending.end();
        drop(first);
        assert!(world.pending.enter(&one).is_none());
        drop(second);
        assert_eq!(world.files(), 0);
    }

    #[test]
    fn what_is_no_host_is_not_shown() {
        let world = world();
        fs::write(
            &world.pending.file,
            r#"[{"destination": "a\u001b[31m:1", "since": "2026-01-02T03:04:05Z"},
                {"destination": "10.0.0.1:80", "since": "2026-01-02T03:04:05Z"}]"#,
        )
        .unwrap();
        let found = read_pending(&world.pending.file, "s");
        let [host] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!(host.rule().to_string(), "10.0.0.1:80");
        assert!(host.is_special());
        fs::write(&world.pending.file, "{").unwrap();
        assert_eq!(world.seen(), [""; 0]);
    }
}
